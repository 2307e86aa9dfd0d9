"""Scales costs, demand and weights of extreme size, because solvers have absolute tolerances."""

from dataclasses import replace

import numpy as np

from geofront.errors import SolverError
from geofront.model.problem import Problem
from geofront.names import WORKLOAD

USUAL_SIZES = 1.0, 2.0**17
"""Range of the largest cost or demand that needs no scaling [-]."""

USUAL_SPREAD = 1e3
"""Largest ratio of the weights in a block that needs no scaling [-]."""

LARGEST_EXPONENT = 30
"""Largest exponent of two in the scale of an hour: solvers would refuse larger coefficients [-]."""

USUAL_DEMANDS = 1e4
"""Largest ratio of demands for which the solvers' tolerances suit the smallest demand [-]."""

LARGEST_EXECUTION = 1e9
"""Largest accepted IT energy used per IT energy demanded: HiGHS refuses coefficients above 1e15, and CBC ends the
process at some above 1e20 [-]."""


def of_usual_size(problem: Problem) -> bool:
    """Whether the costs, demand and weights of a problem need no scaling."""
    hours = (hour_scale(problem.weight[hours]) for hours in problem.blocks())
    return (
        power_of_two(problem.largest_cost) == power_of_two(problem.demand.max()) == 1
        and problem.demand.max() <= USUAL_DEMANDS * problem.least_demand
        and all((scale == 1).all() for scale in hours)
    )


def power_of_two(size: float) -> float:
    """Power of two that scales a size into `USUAL_SIZES`, 1 if it is in the range; exact in floating point."""
    if size == 0 or USUAL_SIZES[0] <= size <= USUAL_SIZES[1]:
        return 1.0
    return 2.0 ** int((9 if size < 1 else 17) - np.frexp(size)[1])


def hour_scale(weight: np.ndarray) -> np.ndarray:
    """Powers of two that divide the flows of each hour and multiply its costs, shape (t,).

    Costs are multiplied by the weight of their hour and demands are not. If weights span many orders of magnitude, the
    costs of the lightest hours are below a solver's tolerance. Scaling by the square root of the weight makes costs and
    demands span half as many orders of magnitude as the weights.
    """
    if weight.max() <= USUAL_SPREAD * weight.min():
        return np.ones(len(weight))
    exponent = np.round(-0.5 * np.log2(weight / unit_of_weight(weight)))
    return 2.0 ** np.clip(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT)


def unit_of_weight(weight: np.ndarray) -> float:
    """Reference weight of a block: the mean, or the geometric mean of the extremes if they differ widely [h]."""
    usual = weight.max() <= USUAL_SPREAD * weight.min()
    return weight.mean() if usual else np.sqrt(weight.min()) * np.sqrt(weight.max())


def with_scaled_costs(problem: Problem) -> tuple[Problem, float]:
    """Scale the costs of a problem for the solvers, and return the factor too.

    Raises
    ------
    SolverError
        If a coefficient is larger than any solver accepts.
    """
    if not np.isfinite(problem.largest_cost):
        raise SolverError(
            "a cost per MWh is not a finite number: look for extreme values of 'price', 'carbon', 'pue', "
            "'warmup', 'upload', 'download', egress prices or 'overhead_cost'"
        )
    if not problem.execution.max() <= LARGEST_EXECUTION:
        _, _, workload = np.unravel_index(problem.execution.argmax(), problem.execution.shape)
        raise SolverError(
            f"class {problem.labels[WORKLOAD][workload]} uses {problem.execution.max():.3g} times the "
            f"energy when it is relocated, and solvers accept at most {LARGEST_EXECUTION:g}: "
            "lower 'overhead_energy'"
        )
    factor = power_of_two(problem.largest_cost)
    if factor == 1:
        return problem, factor
    return replace(
        problem, price=factor * problem.price, fixed=factor * problem.fixed, warmup=factor * problem.warmup
    ), factor

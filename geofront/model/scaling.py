"""Costs, demand and weights of extreme size, brought to sizes that suit solvers, whose tolerances are absolute."""

from dataclasses import replace

import numpy as np

from geofront.errors import SolverError
from geofront.model.problem import Problem
from geofront.names import WORKLOAD

USUAL_SIZES = 1.0, 2.0**17
"""Sizes of a largest cost or demand with which solvers work as they are: their tolerances are absolute [-]."""

USUAL_SPREAD = 1e3
"""Ratio of the weights in a block up to which hours are not scaled [-]."""

LARGEST_EXPONENT = 30
"""Of a power of two by which an hour is scaled: more would make coefficients that solvers do not accept [-]."""

USUAL_DEMANDS = 1e4
"""Ratio of demands up to which the tolerances of solvers suit the smallest too [-]."""

LARGEST_EXECUTION = 1e9
"""Largest IT energy burned per IT energy asked for that solvers accept: HiGHS refuses coefficients above 1e15, and CBC
ends the process at some above 1e20 [-]."""


def of_usual_size(problem: Problem) -> bool:
    """Whether solvers work with the costs, demand and weights of a problem as they are."""
    hours = (hour_scale(problem.weight[hours]) for hours in problem.blocks())
    return (
        power_of_two(problem.largest_cost) == power_of_two(problem.demand.max()) == 1
        and problem.demand.max() <= USUAL_DEMANDS * problem.least_demand
        and all((scale == 1).all() for scale in hours)
    )


def power_of_two(size: float) -> float:
    """The power of two that brings a size into `USUAL_SIZES`, and 1 for those; it changes no digit."""
    if size == 0 or USUAL_SIZES[0] <= size <= USUAL_SIZES[1]:
        return 1.0
    return 2.0 ** int((9 if size < 1 else 17) - np.frexp(size)[1])


def hour_scale(weight: np.ndarray) -> np.ndarray:
    """Powers of two by which to divide the flows of each hour and to multiply its costs, shape (t,).

    A cost is multiplied by its hour's weight and a demand is not. If weights span many magnitudes, the costs of the
    lightest hours are below a solver's tolerance. Divided by the square root of the weight, costs and demands span the
    same number of magnitudes, half of that of the weights.
    """
    if weight.max() <= USUAL_SPREAD * weight.min():
        return np.ones(len(weight))
    exponent = np.round(-0.5 * np.log2(weight / unit_of_weight(weight)))
    return 2.0 ** np.clip(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT)


def unit_of_weight(weight: np.ndarray) -> float:
    """What a block's weights are relative to: their mean, or the middle of many magnitudes [h]."""
    usual = weight.max() <= USUAL_SPREAD * weight.min()
    return weight.mean() if usual else np.sqrt(weight.min()) * np.sqrt(weight.max())


def with_scaled_costs(problem: Problem) -> tuple[Problem, float]:
    """The same problem with costs of a size that suits solvers, and the factor by which they are multiplied.

    Raises
    ------
    SolverError
        A coefficient is larger than any solver accepts.
    """
    if not np.isfinite(problem.largest_cost):
        raise SolverError(
            "a cost per MWh is not a finite number: look for extreme values of 'price', 'carbon', 'pue', "
            "'warmup', 'upload', 'download', egress prices or 'overhead_cost'"
        )
    if not problem.execution.max() <= LARGEST_EXECUTION:
        _, _, workload = np.unravel_index(problem.execution.argmax(), problem.execution.shape)
        raise SolverError(
            f"class {problem.labels[WORKLOAD][workload]} burns {problem.execution.max():.3g} times the "
            f"energy when it is relocated, and a solver computes with at most {LARGEST_EXECUTION:g}: "
            "lower 'overhead_energy'"
        )
    factor = power_of_two(problem.largest_cost)
    if factor == 1:
        return problem, factor
    return replace(
        problem, price=factor * problem.price, fixed=factor * problem.fixed, warmup=factor * problem.warmup
    ), factor

"""What every arc would cost at given shadow prices, which tells the columns that a program lacks."""

import numpy as np

from geofront.model.problem import Problem, coupling_costs
from geofront.solver.origins import Origins


def arc_costs(execution: np.ndarray, fixed: np.ndarray, price: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Cost of every arc at given prices of its region, where nothing couples hours.

    Regions come first in memory, where reductions over them are ten times as fast. No matrix product is used, because
    the last digits of one depend on the processor, and among ties they decide.

    Parameters
    ----------
    execution : numpy.ndarray
        (o, r) IT energy burned per IT energy asked for.
    fixed : numpy.ndarray
        (o, r) per MWh whatever the hour, infinite where an arc is not to be used.
    price : numpy.ndarray
        (r, t) per MWh of IT energy burned.
    out : numpy.ndarray, optional
        (r, o, t) memory to use.

    Returns
    -------
    numpy.ndarray
        (o, r, t) per MWh of IT energy asked for.
    """
    cost = np.multiply(execution.T[..., None], price[:, None], out=out)
    cost += fixed.T[..., None]
    return cost.transpose(1, 0, 2)


class Pricing:
    """Costs of all arcs, worked out in the same memory again and again: asking for it anew would take longer.

    Parameters
    ----------
    problem : Problem
        Any of the problems to come, for its sizes.
    origins : Origins
    coupled : bool
        Whether arcs draw on warm-up.
    """

    def __init__(self, problem: Problem, origins: Origins, *, coupled: bool):
        regions, workloads, hours = problem.warmup.shape
        self.coupled = coupled
        self.execution = origins.execution
        self.cost = np.empty((regions, len(origins.service), hours))
        workload = np.where(origins.away, origins.workload[:, None], workloads)  # the last at home, which is up anyway
        self.coupling = np.arange(regions)[:, None], workload.T
        self.at_home = np.zeros((regions, 1, hours))

    def costs(self, problem: Problem, fixed: np.ndarray, capacity_price: np.ndarray,
              warmup_price: np.ndarray) -> np.ndarray:
        """Costs at given shadow prices.

        Parameters
        ----------
        problem : Problem
        fixed : numpy.ndarray
            As for :func:`arc_costs`.
        capacity_price, warmup_price : numpy.ndarray
            (r, t) and (r, k, t).

        Returns
        -------
        numpy.ndarray
            (o, r, t) per MWh; its memory is used again by the next call.
        """
        cost = arc_costs(self.execution, fixed, problem.price + capacity_price, out=self.cost)
        if self.coupled:
            coupling = np.concatenate([coupling_costs(problem, warmup_price), self.at_home], axis=1)
            self.cost += coupling[self.coupling]
        return cost

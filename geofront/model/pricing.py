"""What every arc would cost at given shadow prices, which tells the columns that a program lacks."""

import numpy as np

from geofront.model.origins import Origins
from geofront.model.problem import Problem, coupling_costs


class Pricing:
    """Costs of all arcs, worked out in the same memory again and again: asking for it anew would take longer.

    Regions come first in memory, where reductions over them are ten times as fast. No matrix product is used, because
    the last digits of one depend on the processor, and among ties they decide.

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
        self.execution = origins.execution.T.copy()[..., None]
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
            (o, r) per MWh whatever the hour, infinite where an arc is not to be used.
        capacity_price, warmup_price : numpy.ndarray
            (r, t) and (r, k, t).

        Returns
        -------
        numpy.ndarray
            (o, r, t) per MWh; its memory is used again by the next call.
        """
        np.multiply(self.execution, (problem.price + capacity_price)[:, None], out=self.cost)
        self.cost += fixed.T.copy()[..., None]
        if self.coupled:
            coupling = np.concatenate([coupling_costs(problem, warmup_price), self.at_home], axis=1)
            self.cost += coupling[self.coupling]
        return self.cost.transpose(1, 0, 2)

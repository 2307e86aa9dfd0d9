"""Every hour placed by itself: the optimum where nothing couples hours, and near it where warming up does."""

import numpy as np

from geofront.model.master import Master
from geofront.model.origins import Origins, pinned_load
from geofront.model.problem import Problem
from geofront.names import HOUR


def place_hourly(problem: Problem, origins: Origins, reach: np.ndarray, solver: str,
                 masters: dict) -> tuple[np.ndarray, np.ndarray]:
    """The optimum of each hour as if warming up cost nothing.

    Parameters
    ----------
    problem : Problem
    origins : Origins
    reach : numpy.ndarray
        (o, r) regions that may execute.
    solver : {"CBC", "HiGHS"}
    masters : dict
        Holds the program that all hours share, once one has been needed.

    Returns
    -------
    placed : numpy.ndarray
        (o, r, t) [MW].
    capacity_price : numpy.ndarray
        (r, t), per hour.

    Raises
    ------
    Infeasible
    """
    placed, load = cheapest(problem, origins, reach)
    capacity_price = np.zeros(load.shape)
    for t in np.flatnonzero((load > problem.capacity).any(axis=0)):
        hour = problem.at([t])
        if HOUR not in masters:
            masters[HOUR] = Master(hour, origins, solver, reach=reach)
        placed[..., [t]], capacity_price[:, [t]], _ = masters[HOUR].solve(hour)
    return placed, capacity_price


def cheapest(problem: Problem, origins: Origins, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every origin in its cheapest region as if no capacity could bind, and the load that makes.

    Parameters
    ----------
    problem : Problem
    origins : Origins
    reach : numpy.ndarray
        (o, r) regions that may execute.

    Returns
    -------
    placed : numpy.ndarray
        (o, r, t) [MW].
    load : numpy.ndarray
        (r, t) [MW], pinned demand included.
    """
    cost = origins.execution[..., None] * problem.price + origins.fixed[..., None]
    cost[~reach] = np.inf
    choice = cost.argmin(axis=1)
    placed = np.zeros(cost.shape)
    np.put_along_axis(placed, choice[:, None], origins.demand(problem)[:, None], axis=1)
    return placed, pinned_load(problem) + np.einsum("ort,or->rt", placed, origins.execution)

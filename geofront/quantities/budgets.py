"""A few budgets at which to evaluate a frontier, where all of its breakpoints would take too long."""

import numpy as np
import xarray as xr

from geofront.errors import GeofrontError
from geofront.model.feasibility import at_home, latency
from geofront.names import HOUR, WORKLOAD

EXACT_HOURS = 744
"""Number of hours up to which a frontier has all of its breakpoints, if not told otherwise."""

FEW_BUDGETS = 5
"""Number of budgets beyond that."""


def number_of_budgets(scenario: xr.Dataset, points: int) -> int:
    """How many budgets a frontier is evaluated at, 0 for every breakpoint.

    Parameters
    ----------
    scenario : xarray.Dataset
    points : int
        That number, or -1 to have it follow from the number of hours: a breakpoint takes seconds in a year of them.

    Returns
    -------
    int
    """
    if points != -1:
        return points
    return 0 if scenario.sizes[HOUR] <= EXACT_HOURS else FEW_BUDGETS


def chosen_budgets(scenario: xr.Dataset, workload=None, points: int = 0) -> np.ndarray | None:
    """Budgets for :func:`geofront.latency_frontier`, evenly spaced on a log scale of what the network takes.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : str, optional
        The class whose own budget varies; by default the network budget common to all classes.
    points : int
        How many, as for :func:`number_of_budgets`.

    Returns
    -------
    numpy.ndarray or None
        [ms], ascending, from the shortest latency at home to the longest in any region; of a class, its nominal
        budget and that of twice the nominal network budget besides. None for every breakpoint, as the frontier
        takes it.

    Raises
    ------
    GeofrontError
        One point, or a negative number other than -1.
    """
    points = number_of_budgets(scenario, points)
    if points == 0:
        return None
    if points < 2:
        raise GeofrontError(f"{points} budgets make no frontier: give 2 or more, 0 for every breakpoint, or -1 to have "
                            "their number follow from that of the hours")
    network = latency(scenario) - scenario.service_time
    if workload is not None:
        network = network.sel({WORKLOAD: workload})
    spaced = np.geomspace(float(network.where(at_home(scenario)).min()), float(network.max()), points)
    if workload is None:
        return spaced
    service_time = float(scenario.service_time.sel({WORKLOAD: workload}))
    return np.unique([*(spaced + service_time), *nominal_budgets(scenario, workload)])


def nominal_budgets(scenario: xr.Dataset, workload) -> tuple[float, float]:
    """The latency budget of a class, and that of twice its network budget.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : str

    Returns
    -------
    tuple of float
        End to end [ms].
    """
    budget, service_time = (float(scenario[name].sel({WORKLOAD: workload}))
                            for name in ("latency_budget", "service_time"))
    return budget, 2 * budget - service_time

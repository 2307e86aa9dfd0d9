"""A few budgets at which to evaluate a frontier, where all of its breakpoints would take too long."""

import numpy as np
import xarray as xr

from geofront.errors import GeofrontError
from geofront.model.feasibility import at_home, network_latency
from geofront.names import HOUR, WORKLOAD

EXACT_HOURS = 744
"""Number of hours up to which a frontier has all of its breakpoints and the joint policies all of their carbon prices,
if not told otherwise."""

NETWORK_BUDGETS = (50.0, 100.0, 200.0, 500.0, 5000.0)
"""Network budgets beyond that, besides the shortest latency at home: those of notebooks 04 and 05, if these are not
told otherwise, so that one placement serves all [ms]."""


def chosen_budgets(scenario: xr.Dataset, workload=None, points: int = 0) -> np.ndarray | None:
    """Budgets for :func:`geofront.latency_frontier`.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : str, optional
        The class whose own budget varies; by default the network budget common to all classes.
    points : int
        How many, evenly spaced on a log scale of what the network takes; 0 for every breakpoint; -1 for every
        breakpoint of up to `EXACT_HOURS` and a few budgets of more: a breakpoint takes seconds in a year of hours.

    Returns
    -------
    numpy.ndarray or None
        [ms], ascending, from the shortest latency at home to the longest in any region; of a class, its nominal
        budget and that of twice the nominal network budget besides. The few are none but these, and for all classes
        `NETWORK_BUDGETS`. None for every breakpoint, as the frontier takes it.

    Raises
    ------
    GeofrontError
        One point, or a negative number other than -1.
    """
    if points == 0 or (points == -1 and scenario.sizes[HOUR] <= EXACT_HOURS):
        return None
    if points != -1 and points < 2:
        raise GeofrontError(f"{points} budgets make no frontier: give 2 or more, 0 for every breakpoint, or -1 to have "
                            "their number follow from that of the hours")
    network = network_latency(scenario)
    if workload is not None:
        network = network.sel({WORKLOAD: workload})
    shortest, longest = float(network.where(at_home(scenario)).min()), float(network.max())
    if workload is None:
        return np.unique([shortest, *NETWORK_BUDGETS]) if points == -1 else np.geomspace(shortest, longest, points)
    spaced = np.geomspace(shortest, longest, max(points, 2))
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

"""How much demand each limit keeps from a cheaper region."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked
from geofront.model.problem import marginal_costs
from geofront.names import TOLERANCE, WORKLOAD
from geofront.quantities.worth import Prices
from geofront.results import SOLVED, result
from geofront.scenarios.validation import admitted

LIMITS = ("capacity", "latency", "legal", "locality")
"""The limits that can keep demand from a cheaper region."""


@checked(scenario=admitted, placement=result(SOLVED))
def limited_demand(scenario: xr.Dataset, placement: xr.Dataset) -> pd.DataFrame:
    """Share of demand that each limit keeps from a cheaper region.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        What :func:`geofront.place` returned for it.

    Returns
    -------
    pandas.DataFrame
        Index ``workload``, the last ``all``; columns `LIMITS`, shares of the class's demand [-]. Each limit is counted
        by itself at the present shadow prices, so demand can count several times:

        - ``capacity``: demand that may leave home and has a region in reach, lawful for it, that would cost less if
          no capacity were scarce.
        - ``latency``: demand that may leave home and would cost less in a region, lawful for it, beyond its budget.
        - ``legal``: regulated demand that may leave home and would cost less in a region in reach that is not lawful.
        - ``locality``: pinned demand that would cost less away from home.

    Raises
    ------
    GeofrontError
        Invalid scenario, or the placement of another scenario.

    Notes
    -----
    See "What limits are worth" in docs/model.md.
    """
    prices = Prices(scenario, placement)
    problem = prices.problem
    energy = problem.demand * problem.weight
    kept = np.zeros((energy.shape[1], len(LIMITS)))
    least = TOLERANCE * max(problem.largest_cost, 1.0)
    for client in range(len(energy)):
        cost = prices.of_client(client)
        home, lawful, free = marginal_costs(problem, prices.capacity, prices.coupling, client)
        _, lawful_unscarce, free_unscarce = marginal_costs(problem, 0 * prices.capacity, prices.coupling, client)
        regulated = problem.regulated[client][:, None]
        allowed, may = problem.allowed[client].T[..., None], problem.lawful[client][:, None, None]
        beyond = np.where(allowed, np.inf, cost)
        movable = regulated * lawful + (1 - regulated) * free
        shares = {
            "capacity": _mixed(regulated, lawful > lawful_unscarce + least, free > free_unscarce + least),
            "latency": _mixed(
                regulated, np.where(may, beyond, np.inf).min(axis=0) < lawful - least, beyond.min(axis=0) < free - least
            ),
            "legal": regulated * (lawful > free + least),
        }
        pinned = problem.pinned[:, None]
        of_demand = [(1 - pinned) * shares[limit] for limit in LIMITS[:-1]] + [pinned * (home > movable + least)]
        kept += np.stack([(share * energy[client]).sum(axis=1) for share in of_demand], axis=1)
    table = pd.DataFrame(kept, pd.Index(problem.labels[WORKLOAD], name=WORKLOAD), LIMITS)
    table.loc["all"] = table.sum()
    total = energy.sum(axis=(0, 2))
    return table.div(np.append(total, total.sum()), axis=0)


def _mixed(regulated: np.ndarray, if_lawful: np.ndarray, if_free: np.ndarray) -> np.ndarray:
    """Share of movable demand for which a condition holds, of its regulated and its free part."""
    return regulated * if_lawful + (1 - regulated) * if_free

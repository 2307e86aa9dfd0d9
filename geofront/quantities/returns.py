"""Energy and carbon return on latency: the saving per millisecond of a latency budget."""

from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import ascending, checked, shown, truth
from geofront.errors import GeofrontError
from geofront.model.costs import objective_of_result
from geofront.results import FRONTIER, result


@checked(frontier=result(FRONTIER), between=partial(ascending, fewest=2), hull=truth)
def returns(frontier: xr.Dataset, *, between=None, hull: bool = False) -> pd.DataFrame:
    """Compute the energy and carbon return on latency: the saving per additional millisecond of budget.

    Parameters
    ----------
    frontier : xarray.Dataset
        Result of :func:`geofront.latency_frontier`.
    between : sequence of float, optional
        Budgets [ms] between which returns are computed; by default every step of the frontier.
    hull : bool
        Whether to keep only the corners of the lower convex hull of the frontier's objective, along which the return
        on latency diminishes.

    Returns
    -------
    pandas.DataFrame
        Columns ``from_ms``, ``to_ms`` [ms], ``saving`` [USD/MWh], ``carbon_saving`` [kg/MWh], ``erl``
        [USD/MWh per ms], ``crl`` [kg/MWh per ms]. Along a frontier of least cost ``erl`` is never negative and
        ``crl`` may be; along one of least emissions it is the other way round.

    Raises
    ------
    GeofrontError
        If there are fewer than two budgets, they are not ascending, or one is below the frontier's first.

    Notes
    -----
    ERL = −Δcost/Δbudget and CRL = −Δcarbon/Δbudget: see "Returns on latency" in docs/model.md. The frontier is a step
    function: between its own budgets it has the value of the lower one.
    """
    budgets = frontier.budget.values
    if between is not None:
        budgets = between
        if budgets[0] < float(frontier.budget[0]):
            raise GeofrontError(
                f"between={shown(between.tolist())} begins below the frontier's first budget: give at "
                f"least {float(frontier.budget[0]):g} ms"
            )
    chosen = frontier[["cost_per_mwh", "carbon_per_mwh"]].sel(budget=budgets, method="ffill")
    cost, carbon = chosen.cost_per_mwh.values, chosen.carbon_per_mwh.values
    if hull:
        corners = _lower_hull(budgets, chosen[objective_of_result(frontier).per_mwh].values)
        budgets, cost, carbon = budgets[corners], cost[corners], carbon[corners]
    length = np.diff(budgets)
    return pd.DataFrame(
        {
            "from_ms": budgets[:-1],
            "to_ms": budgets[1:],
            "saving": -np.diff(cost),
            "carbon_saving": -np.diff(carbon),
            "erl": -np.diff(cost) / length,
            "crl": -np.diff(carbon) / length,
        }
    )


def _lower_hull(x: np.ndarray, y: np.ndarray) -> list[int]:
    """Corners of the lower convex hull of points with ascending x, up to the first minimum of y."""
    corners: list[int] = []
    for i in range(int(np.argmin(y)) + 1):
        while len(corners) > 1:
            a, b = corners[-2], corners[-1]
            if (y[b] - y[a]) * (x[i] - x[a]) < (y[i] - y[a]) * (x[b] - x[a]):
                break
            corners.pop()
        corners.append(i)
    return corners

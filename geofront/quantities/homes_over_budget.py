"""Clients whose home misses a latency budget."""

import pandas as pd
import xarray as xr

from geofront.arguments import checked
from geofront.model.feasibility import at_home, feasibility_masks
from geofront.names import CLIENT, HOUR, REGION, WEIGHT, WORKLOAD
from geofront.scenarios.validation import admitted


@checked(scenario=admitted)
def homes_over_budget(scenario: xr.Dataset) -> pd.DataFrame:
    """List clients whose home misses the latency budget of a class; they are still served there.

    Parameters
    ----------
    scenario : xarray.Dataset
        For example, the result of :func:`geofront.tail`.

    Returns
    -------
    pandas.DataFrame
        Index ``client``, ``workload``; ``latency`` at home and ``budget`` [ms]; ``demand_share``, the share of all
        demand [-]. The largest share comes first.

    Raises
    ------
    GeofrontError
        Invalid scenario.

    Notes
    -----
    See "Feasibility" and "At the tail" in docs/model.md.
    """
    masks = feasibility_masks(scenario)
    energy = (scenario.demand * scenario[WEIGHT]).sum(HOUR)
    frame = xr.Dataset(
        {
            "latency": masks.latency_ms.where(at_home(scenario)).max(REGION),
            "budget": scenario.latency_budget.broadcast_like(energy),
            "demand_share": energy / energy.sum(),
            "over": masks.home_over_budget,
        }
    ).to_dataframe(dim_order=[CLIENT, WORKLOAD])
    frame = frame.loc[frame.over, ["latency", "budget", "demand_share"]]
    return frame.sort_values("demand_share", ascending=False, kind="stable")

"""What a growing fleet saves where prices respond to its load."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping
from geofront.charts.titles import region_names
from geofront.names import HOUR, REGION
from geofront.results import EQUILIBRIUM, result
from geofront.scenarios.validation import with_names


@checked(scenario=with_names, results=mapping(result(EQUILIBRIUM), "what gf.equilibrium returned, by size and slope"))
def equilibrium(scenario: xr.Dataset, results: Mapping[tuple[float, float], xr.Dataset]) -> pd.DataFrame:
    """List savings and changes of load for each size of the fleet and slope of the price.

    Parameters
    ----------
    scenario : xarray.Dataset
        Source of the names of regions.
    results : mapping of (float, float) to xarray.Dataset
        Results of :func:`geofront.equilibrium`, by demand [GW] and slope [% of price per % of zone load].

    Returns
    -------
    pandas.DataFrame
        Columns ``demand_gw``, ``slope``, ``system_saving``, ``bill_saving``, ``others_saving`` [USD/MWh],
        ``zone_share``, the largest change of load relative to its zone's [-], and ``region``, the name of that region.
    """
    names = region_names(scenario)
    rows = []
    for (demand_gw, slope), each in results.items():
        share = abs(each.zone_share).max(HOUR)
        savings = {name: float(each[name]) for name in ("system_saving", "bill_saving", "others_saving")}
        region = str(share.idxmax(REGION).item())
        where = names.get(region, region)
        rows.append(
            {"demand_gw": demand_gw, "slope": slope, **savings, "zone_share": float(share.max()), REGION: where}
        )
    return pd.DataFrame(rows)

"""What a growing fleet saves where prices respond to its load."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping, same_names
from geofront.charts.titles import region_names
from geofront.names import HOUR, REGION
from geofront.results import EQUILIBRIUM, result
from geofront.scenarios.validation import with_names
from geofront.tables.columns import headed

_BY_SIZE = mapping(result(EQUILIBRIUM), "what gf.equilibrium returned, by demand")


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


@checked(takers=_BY_SIZE, fleets=_BY_SIZE)
def behaviours(takers: Mapping[float, xr.Dataset], fleets: Mapping[float, xr.Dataset]) -> pd.DataFrame:
    """Compare savings if operators take prices as given, and if one fleet knows its effect on them.

    Parameters
    ----------
    takers, fleets : mapping of float to xarray.Dataset
        Results of :func:`geofront.equilibrium` by demand [GW], with either behaviour and the same demands.

    Returns
    -------
    pandas.DataFrame
        Index ``Demand``; saving on the fleet's own bill and of the whole system [USD/MWh]. Units and decimals are in
        ``attrs``.
    """
    same_names(takers=takers, fleets=fleets)
    columns = {
        f"{head}, {who}": [float(results[size][f"{name}_saving"]) for size in takers]
        for name, head in (("bill", "Own bill"), ("system", "Whole system"))
        for who, results in (("price takers", takers), ("one fleet", fleets))
    }
    table = pd.DataFrame(columns, pd.Index([f"{size:g}" for size in takers], name="Demand [GW]"))
    return headed(table, {head: (head, "USD/MWh", 2) for head in columns})

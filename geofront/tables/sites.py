"""Where models are kept ready."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping
from geofront.charts.titles import region_names
from geofront.names import CLIENT, HOUR, REGION, WEIGHT, WORKLOAD
from geofront.placement import totals
from geofront.results import PLACEMENT, SITES, result
from geofront.scenarios.validation import with_names


@checked(scenario=with_names, sites=result(SITES))
def sites(scenario: xr.Dataset, sites: xr.Dataset) -> pd.DataFrame:
    """List for every region and class or model whether it is kept ready, and the demand that it imports.

    Parameters
    ----------
    scenario : xarray.Dataset
    sites : xarray.Dataset
        Result of :func:`geofront.site` for this scenario.

    Returns
    -------
    pandas.DataFrame
        Columns ``region`` (name), ``workload`` (label), ``ready`` (bool) and ``imported``, the mean demand from
        elsewhere [MW].
    """
    away = sites["home"] != sites[REGION]
    imported = (sites.flow * away).sum(CLIENT).weighted(sites[WEIGHT]).mean(HOUR)
    frame = xr.Dataset({"ready": sites.ready, "imported": imported}).to_dataframe(dim_order=[REGION, WORKLOAD])
    frame = frame[["ready", "imported"]].reset_index()
    names = region_names(scenario)
    return frame.assign(**{REGION: frame[REGION].astype(str).map(lambda label: names.get(label, label))})


@checked(sites=mapping(result(SITES), "what gf.site returned, by size of the replicas"), at_home=result(PLACEMENT))
def site_cases(sites: Mapping[float, xr.Dataset], at_home: xr.Dataset) -> pd.DataFrame:
    """List saving and number of sites by the size of the replicas.

    Parameters
    ----------
    sites : mapping of float to xarray.Dataset
        Results of :func:`geofront.site` by the IT power of the replicas of one model [MW].
    at_home : xarray.Dataset
        Local execution of the same scenario, see :func:`geofront.local`.

    Returns
    -------
    pandas.DataFrame
        Columns ``hosting_mw`` [MW], rising; ``sites``, the number of open pairs of a region and a class; ``gap``,
        relative to the cost [-]; ``saving`` against execution at home, net of hosting [USD/MWh].
    """
    baseline = totals(at_home)
    rows = [
        {
            "hosting_mw": size,
            "sites": int(each.ready.sum()),
            "gap": each.attrs["gap"],
            "saving": baseline.cost_per_mwh - each.attrs["cost"] / baseline.demand_mwh,
        }
        for size, each in sites.items()
    ]
    return pd.DataFrame(rows).sort_values("hosting_mw", ignore_index=True)

"""Where models are kept ready."""

import pandas as pd
import xarray as xr

from geofront.arguments import checked
from geofront.charts.titles import region_names
from geofront.names import CLIENT, HOUR, REGION, WEIGHT, WORKLOAD
from geofront.results import SITES, result
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

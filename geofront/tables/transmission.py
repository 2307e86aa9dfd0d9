"""Physical transmission against digital relocation of the same megawatt-hour (Table 1)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping
from geofront.charts.titles import option_names
from geofront.names import WORKLOAD
from geofront.results import DISTANCES, OPTIONS, result
from geofront.tables.columns import headed

_COLUMNS = {
    "delivered_share": ("Useful share", "%", 1),
    "cost": ("Cost", "USD/MWh", 1),
    "emissions": ("Emissions", "kg/MWh", 0),
    "latency_added": ("Latency added", "ms", 0),
    "feasible": ("In time", "", None),
    "value": ("Break-even distance", "km", 0),
    "favours_transmission": ("Break-even, favouring HVDC", "km", 0),
    "favours_relocation": ("Break-even, favouring relocation", "km", 0),
    "reach": ("Latency reach", "km", 0),
}
"""Head, unit and decimals of the columns."""


@checked(options=result(OPTIONS),
         break_even=mapping(result(DISTANCES), "what gf.break_even_distance returned, by case"))
def transmission(options: xr.Dataset, break_even: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """HVDC links and workload classes side by side (Table 1).

    Parameters
    ----------
    options : xarray.Dataset
        What :func:`geofront.transmission_or_relocation` returned for a few distances.
    break_even : mapping
        What :func:`geofront.break_even_distance` returned, by its ``case``.

    Returns
    -------
    pandas.DataFrame
        Index ``Option`` and ``Distance``. Useful share of the electricity, cost and emissions per MWh of IT
        energy served, latency added, and whether that is in time; of each class, the distance beyond which
        relocation is cheaper than either line, with central figures and with those that favour one side, and
        the largest distance within its latency budget. Units and decimals in ``attrs``.
    """
    of_classes = {case: result.break_even.max("line") for case, result in break_even.items()}
    of_classes["reach"] = next(iter(break_even.values())).reach
    limits = xr.Dataset(of_classes).rename({WORKLOAD: "option"}).reindex(option=options.option)
    chosen = xr.merge([options, limits], compat="override").assign(delivered_share=100 * options.delivered_share)
    named = chosen.reset_coords(drop=True).assign_coords(option=list(option_names(options).values()))
    table = headed(named.to_dataframe(dim_order=["option", "distance"]), _COLUMNS)
    table.index.names = ["Option", "Distance"]
    table.attrs["units"]["Distance"], table.attrs["digits"]["Distance"] = "km", 0
    return table

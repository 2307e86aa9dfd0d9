"""Physical transmission and digital relocation of the same megawatt-hour (Table 1)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping
from geofront.charts.titles import option_names
from geofront.names import WORKLOAD
from geofront.quantities.region_pairs import WAYS
from geofront.results import DISTANCES, OPTIONS, PAIRS, result
from geofront.tables.columns import headed

_COLUMNS = {
    "delivered_share": ("Useful share", "%", 1),
    "cost": ("Cost", "USD/MWh", 1),
    "local_price": ("Pays above a local price of", "USD/MWh", 1),
    "emissions": ("Emissions", "kg/MWh", 0),
    "latency_added": ("Latency added", "ms", 0),
    "feasible": ("In time", "", None),
    "value": ("Break-even distance", "km", 0),
    "favours_transmission": ("Break-even, favouring lines", "km", 0),
    "favours_relocation": ("Break-even, favouring relocation", "km", 0),
    "reach": ("Latency reach", "km", 0),
}
"""Head, unit and decimals of the columns."""

_BY_CASE = {
    "value": ("break_even", "local", "transmission", "relocation"),
    "favours_transmission": ("break_even_lines", "local_lines", "transmission_lines", "relocation_lines"),
}
_SOURCE_COLUMNS = {
    "break_even": ("Break-even distance", "km", 0),
    "local": ("Bought locally", "%", 0),
    "transmission": ("By line", "%", 0),
    "relocation": ("Relocated", "%", 0),
    "break_even_lines": ("Break-even, favouring lines", "km", 0),
    "local_lines": ("Bought locally, favouring lines", "%", 0),
    "transmission_lines": ("By line, favouring lines", "%", 0),
    "relocation_lines": ("Relocated, favouring lines", "%", 0),
}


@checked(
    options=result(OPTIONS), break_even=mapping(result(DISTANCES), "what gf.break_even_distance returned, by case")
)
def transmission(options: xr.Dataset, break_even: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Make a table of lines and workload classes (Table 1).

    Parameters
    ----------
    options : xarray.Dataset
        Result of :func:`geofront.transmission_or_relocation` for a few distances.
    break_even : mapping
        Results of :func:`geofront.break_even_distance` by ``case``.

    Returns
    -------
    pandas.DataFrame
        Index ``Option`` and ``Distance``. Useful share of the electricity, cost per MWh of IT energy served, local
        price of electricity above which the option pays, emissions, latency added, and whether it is within the
        latency budget; for each class, the distance beyond which relocation is cheaper than every line, with central
        values and with values that favour one side, and the largest distance within its latency budget. Units and
        decimals are in ``attrs``.
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


@checked(pairs=mapping(result(PAIRS), "what gf.ways_by_pair returned, by case"))
def ways_by_source(pairs: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Make a table of break-even distances, and shares of the cheapest way, by region of the electricity (Table E11).

    Parameters
    ----------
    pairs : mapping
        Results of :func:`geofront.ways_by_pair` by ``case``: ``value`` and ``favours_transmission``.

    Returns
    -------
    pandas.DataFrame
        Index ``Electricity from``. Break-even distance against every line of the class with the most expensive
        requests to move; and shares [%] of the pairs of a class and a user's region in which local purchase, a line or
        relocation is the cheapest way within the latency budget.
    """
    frames = []
    for case, heads in _BY_CASE.items():
        ways = pairs[case]
        elsewhere = (ways.cheapest != "").sum(("workload", "user"))
        columns = {heads[0]: ways.break_even.max(("workload", "line"))}
        columns |= {
            head: 100 * (ways.cheapest == way).sum(("workload", "user")) / elsewhere
            for way, head in zip(WAYS, heads[1:], strict=True)
        }
        shares = xr.Dataset(columns).drop_vars("user", errors="ignore").to_dataframe()
        frames.append(shares.set_index("name").rename_axis("Electricity from"))
    return headed(pd.concat(frames, axis=1), _SOURCE_COLUMNS)

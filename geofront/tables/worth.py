"""Worth of limits (Table E5), and cost of lower emissions (Table E6)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping, table
from geofront.charts.titles import class_names, region_names
from geofront.names import CARBON_SIGNAL
from geofront.results import FRONT, result
from geofront.scenarios.validation import with_names
from geofront.tables.columns import headed

CUTS = (1, 2, 5, 10, 15, 20)
"""Cuts of emissions in Table E6, relative to the cheapest placement [%]."""

MOST_ROWS = 5
"""Number of most valuable limits of each kind in Table E5."""

_LIMITS = {
    "worth": ("Worth at the margin", "1000 USD/yr", 1),
    "of_building": ("Relative to building it", "%", 1),
    "less": ("Holds for a decrease of", "", 1),
    "more": ("Holds for an increase of", "", 1),
}


_WORTH = {
    kind: table(columns, maker=f"gf.{kind}_worth", index=False, empty=True)
    for kind, columns in (
        ("capacity", ["worth"]),
        ("latency", ["worth", "worth_per_ms", "extra_ms"]),
        ("law", ["worth"]),
        ("locality", ["worth"]),
    )
}


@checked(scenario=with_names, **_WORTH)
def worth(
    scenario: xr.Dataset, capacity: pd.DataFrame, latency: pd.DataFrame, law: pd.DataFrame, locality: pd.DataFrame
) -> pd.DataFrame:
    """Make a table of the worth of one more megawatt, millisecond, lawful transfer and movable per cent (Table E5).

    Parameters
    ----------
    scenario : xarray.Dataset
    capacity, latency, law, locality : pandas.DataFrame
        Results of :func:`geofront.capacity_worth`, :func:`geofront.latency_worth`, :func:`geofront.law_worth` and
        :func:`geofront.locality_worth` [USD/yr]. Optional columns: ``of_building`` of capacity, its worth relative
        to the cost of building it [-]; ``less`` and ``more``, changes over which the worth holds [units of the limit],
        from :func:`geofront.capacity_range`, :func:`geofront.law_range` and :func:`geofront.locality_range`. For
        latency ``more`` is ``extra_ms``, the extension of the budget of which the worth is the mean.

    Returns
    -------
    pandas.DataFrame
        Index ``Limit``, ``Where`` and ``One more``: the most valuable limits of each kind.
    """
    regions, classes = region_names(scenario), class_names(scenario)
    kinds = {
        ("Capacity", "MW"): capacity.rename(index=regions),
        ("Latency", "ms"): latency.assign(worth=latency.worth_per_ms, more=latency.extra_ms).set_axis(
            [f"{client}, {classes[workload]}" for client, workload in latency.index]
        ),
        ("Law", "pair of jurisdictions"): law.set_axis([f"{origin} to {target}" for origin, target in law.index]),
        ("Locality", "percentage point"): locality.rename(index=classes),
    }
    table = pd.concat(
        {
            kind: frame[frame.worth > 0].nlargest(MOST_ROWS, "worth").rename_axis("Where")
            for kind, frame in kinds.items()
        },
        names=["Limit", "One more"],
    )
    table = table.reorder_levels(["Limit", "Where", "One more"]).reindex(columns=list(_LIMITS))
    return headed(table * pd.Series({"worth": 1e-3, "of_building": 100, "less": 1, "more": 1}), _LIMITS)


@checked(
    fronts=mapping(result(FRONT, "cost", "emissions", "carbon_price"), "what gf.pareto returned, by carbon signal")
)
def emission_cuts(fronts: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Make a table of the cost of lower emissions (Table E6).

    Parameters
    ----------
    fronts : mapping of str to xarray.Dataset
        Results of :func:`geofront.pareto` by carbon signal.

    Returns
    -------
    pandas.DataFrame
        Index ``Emissions``: change against the cheapest placement [%]. For each signal the change of cost [%] and the
        carbon price that achieves it [USD/t]; missing if no placement emits as little.
    """
    columns, heads = {}, {}
    for signal, front in fronts.items():
        cuts = [cut_cost(front, cut / 100) for cut in CUTS]
        name = CARBON_SIGNAL[signal].short if signal in CARBON_SIGNAL else signal
        columns[f"{signal} cost"] = [100 * cost for cost, _ in cuts]
        columns[f"{signal} price"] = [price for _, price in cuts]
        heads[f"{signal} cost"] = (f"Change of cost, {name} signal", "%", 2)
        heads[f"{signal} price"] = (f"Carbon price, {name} signal", "USD/t", 0)
    table = pd.DataFrame(columns, index=pd.Index([f"−{cut} %" for cut in CUTS], name="Emissions"))
    return headed(table, heads)


def cut_cost(front: xr.Dataset, cut: float) -> tuple[float, float]:
    """Compute the cost of a cut of emissions against the cheapest placement.

    Parameters
    ----------
    front : xarray.Dataset
        Result of :func:`geofront.pareto`.
    cut : float
        Avoided share of the cheapest placement's emissions [-].

    Returns
    -------
    change, carbon_price : float
        Change of cost against the cheapest placement [-], and the carbon price that achieves it [USD/t]; NaN if no
        placement emits as little.
    """
    emissions, cost = front.emissions.values, front.cost.values
    wanted = emissions[0] * (1 - cut)
    if wanted < emissions[-1]:
        return np.nan, np.nan
    after = int(np.searchsorted(-emissions, -wanted))
    return float(np.interp(-wanted, -emissions, cost) / cost[0] - 1), float(front.carbon_price[after])

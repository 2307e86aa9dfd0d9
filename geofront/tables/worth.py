"""What limits are worth (Table E5), and what lower emissions cost (Table E6)."""

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
"""Cuts of emissions in Table E6 [% of the cheapest placement's]."""

MOST_ROWS = 5
"""Rows of each part of Table E5: the most valuable limits."""

_LIMITS = {
    "worth": ("Worth at the margin", "1000 USD/yr", 1),
    "realised": ("Worth if relaxed", "1000 USD/yr", 1),
    "of_building": ("Relative to building it", "%", 1),
}


_WORTH = {
    kind: table(columns, maker=f"gf.{kind}_worth", index=False, empty=True)
    for kind, columns in (
        ("capacity", ["worth"]),
        ("latency", ["worth", "worth_per_ms"]),
        ("law", ["worth"]),
        ("locality", ["worth"]),
    )
}


@checked(scenario=with_names, **_WORTH)
def worth(
    scenario: xr.Dataset, capacity: pd.DataFrame, latency: pd.DataFrame, law: pd.DataFrame, locality: pd.DataFrame
) -> pd.DataFrame:
    """What one more megawatt, millisecond, lawful transfer and movable percent are worth (Table E5).

    Parameters
    ----------
    scenario : xarray.Dataset
    capacity, latency, law, locality : pandas.DataFrame
        What :func:`geofront.capacity_worth`, :func:`geofront.latency_worth`, :func:`geofront.law_worth` and
        :func:`geofront.locality_worth` returned [USD/yr]. Optional columns: ``realised``, what relaxing the limit
        saves per unit [USD/yr]; ``of_building`` of capacity, its worth relative to what it costs to build [-].

    Returns
    -------
    pandas.DataFrame
        Index ``Limit``, ``Where`` and ``One more``: the most valuable limits of each kind.
    """
    regions, classes = region_names(scenario), class_names(scenario)
    kinds = {
        ("Capacity", "MW"): capacity.rename(index=regions),
        ("Latency", "ms"): latency.assign(worth=latency.worth_per_ms).set_axis(
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
    return headed(table * pd.Series({"worth": 1e-3, "realised": 1e-3, "of_building": 100}), _LIMITS)


@checked(
    fronts=mapping(result(FRONT, "cost", "emissions", "carbon_price"), "what gf.pareto returned, by carbon signal")
)
def emission_cuts(fronts: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """What lower emissions cost (Table E6).

    Parameters
    ----------
    fronts : mapping of str to xarray.Dataset
        What :func:`geofront.pareto` returned, by carbon signal.

    Returns
    -------
    pandas.DataFrame
        Index ``Emissions``: change against the cheapest placement [%]. For each signal the change of cost [%] and the
        carbon price that leads there [USD/t]; missing where no placement emits as little.
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
    """What it costs to emit less than the cheapest placement.

    Parameters
    ----------
    front : xarray.Dataset
        What :func:`geofront.pareto` returned.
    cut : float
        Part of the cheapest placement's emissions that is avoided [-].

    Returns
    -------
    change, carbon_price : float
        Change of cost against the cheapest placement [-], and the carbon price that leads there [USD/t]; not a number
        if no placement emits as little.
    """
    emissions, cost = front.emissions.values, front.cost.values
    wanted = emissions[0] * (1 - cut)
    if wanted < emissions[-1]:
        return np.nan, np.nan
    after = int(np.searchsorted(-emissions, -wanted))
    return float(np.interp(-wanted, -emissions, cost) / cost[0] - 1), float(front.carbon_price[after])

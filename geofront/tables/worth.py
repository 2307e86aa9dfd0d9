"""What limits are worth (Table E5), and what lower emissions cost (Table E6)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from geofront.charts.titles import region_names
from geofront.names import CARBON_SIGNAL
from geofront.tables.columns import headed

CUTS = (1, 2, 5, 10, 15, 20)
"""Cuts of emissions in Table E6 [% of the cheapest placement's]."""

_CAPACITY = {
    "worth": ("Worth of one more MW", "1000 USD/yr", 1),
    "holds": ("Worth of the tenth MW more", "1000 USD/yr", 1),
    "scarce_hours": ("Hours in which it is scarce", "h/yr", 0),
    "share": ("Worth relative to building cost", "%", 1),
}


def capacity_worth(scenario: xr.Dataset, worth: pd.DataFrame, annual_cost: float) -> pd.DataFrame:
    """What one more megawatt is worth in each region, beside what it costs to build (Table E5).

    Parameters
    ----------
    scenario : xarray.Dataset
    worth : pandas.DataFrame
        What :func:`geofront.capacity_worth` returned, with a column ``holds`` [USD/yr]: the saving of the tenth MW.
    annual_cost : float
        What a megawatt of data-centre building costs per year [USD/MW/yr].

    Returns
    -------
    pandas.DataFrame
        Index ``Region``, the most valuable first; regions whose capacity has no price are left out.
    """
    table = worth[worth.worth > 0].sort_values("worth", ascending=False)
    table = table.assign(share=100 * table.worth / annual_cost, worth=table.worth / 1000, holds=table.holds / 1000)
    return headed(table[list(_CAPACITY)], _CAPACITY).rename(index=region_names(scenario)).rename_axis("Region")


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
        name = CARBON_SIGNAL[signal].word if signal in CARBON_SIGNAL else signal
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

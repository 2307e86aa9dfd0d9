"""Findings about the worth of limits and the cost of lower emissions (notebook 11)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from geofront.charts.titles import region_names
from geofront.names import TOLERANCE
from geofront.quantities.worth_ranges import WITHIN
from geofront.tables.cells import rounded
from geofront.tables.finding import Finding, failures
from geofront.tables.policies import SIGNALS
from geofront.tables.worth import cut_cost

SAVED_CUTS = (1, 2, 5, 10, 15)
"""Cuts of emissions whose cost is saved [%]."""


def of_capacity(
    scenario: xr.Dataset, capacity: pd.DataFrame, building: Mapping[str, float], by_scope: Mapping[str, pd.DataFrame]
) -> Finding:
    """What one more megawatt is worth, and whether it pays for its building.

    Parameters
    ----------
    scenario : xarray.Dataset
        Scenario with the names of regions.
    capacity : pandas.DataFrame
        Result of :func:`geofront.capacity_worth` with ``of_building``, the worth relative to `building` [-], and
        ``less`` and ``more`` from :func:`geofront.capacity_range` [MW].
    building : mapping of str to float
        Yearly cost of a megawatt of data centre by case: ``value``, ``low`` and ``high`` [USD/MW/yr].
    by_scope : mapping of str to pandas.DataFrame
        Results of :func:`geofront.capacity_worth` by price scope.

    Returns
    -------
    Finding
        Worth in USD/MW/yr, ranges in MW, shares in per cent.
    """
    shares = {scope: 100 * float(each.worth.max()) / building["value"] for scope, each in by_scope.items()}
    best = capacity.loc[capacity.worth.idxmax()]
    numbers = {
        "capacity_worth_usd_per_mw_yr": capacity.worth.to_dict(),
        "largest_capacity_worth_thousand_usd": best.worth / 1000,
        "capacity_worth_percent_of_building": 100 * best.of_building,
        "capacity_worth_percent_of_building_by_price_scope": shares,
        "capacity_range_mw": capacity.loc[capacity.worth > 0, ["less", "more"]].dropna().to_dict("index"),
        "building_cost_usd_per_mw_yr": building["value"],
    }
    if best.worth <= 0:
        return Finding("No capacity is scarce.", numbers)
    paying = [scope for scope, share in shares.items() if share >= 100]
    sentence = (
        f"One more MW is worth {best.worth / 1000:,.0f} thousand USD a year in {region_names(scenario)[best.name]}, "
        f"where capacity is most valuable: {100 * best.of_building:.0f} % of what a MW of data centre costs to build, "
        f"about {building['value'] / 1e6:.2f} million USD a year ({building['low'] / 1e6:.2f} to "
        f"{building['high'] / 1e6:.2f}). That price holds from {best.less:.1f} MW less to {best.more:.1f} MW more. The "
        "saving in electricity pays for a new data centre "
        + (f"somewhere by {' and '.join(paying)} prices" if paying else "nowhere")
        + "; at most, it is "
        + " and ".join(f"{share:.0f} % by {scope} prices" for scope, share in shares.items())
        + "."
    )
    return Finding(sentence, numbers)


def of_fronts(fronts: Mapping[str, xr.Dataset], tolerance: float) -> Finding:
    """What lower emissions cost, by every carbon signal.

    Parameters
    ----------
    fronts : mapping of str to xarray.Dataset
        Results of :func:`geofront.pareto` by carbon signal.
    tolerance : float
        Their requested tolerance [-].

    Returns
    -------
    Finding
        Costs in per cent, carbon prices in USD/t, errors as the tolerance. It fails if a front is less exact than
        requested.
    """
    numbers = {
        "cuts": {signal: _cuts(front) for signal, front in fronts.items()},
        "front_error": {signal: front.attrs["error"] for signal, front in fronts.items()},
    }
    sentence = " ".join(_halves(SIGNALS.get(signal, signal), front) for signal, front in fronts.items())
    checks = {
        f"the front by the {SIGNALS.get(signal, signal)} signal is less exact than requested": error <= tolerance
        for signal, error in numbers["front_error"].items()
    }
    return Finding(sentence, numbers, failures(checks))


def range_failures(limit: pd.Series, saved: float, least: float) -> tuple[str, ...]:
    """Check the worth of a limit at the end of its range against another placement.

    Parameters
    ----------
    limit : pandas.Series
        ``worth`` [USD/yr per unit] and ``more`` [units], a row of a table of worth with its range.
    saved : float
        Saving of the placement with ``more`` units [USD/yr].
    least : float
        Cost of the placement without them [USD/yr].

    Returns
    -------
    tuple of str
        What is wrong; empty if the saving is the worth, up to `WITHIN`.
    """
    small, priced = TOLERANCE * abs(least), limit.more * limit.worth
    return failures(
        {
            f"{limit.name} saves less than its worth within its range": saved >= (1 - WITHIN) * priced - small,
            f"{limit.name} saves more than its worth": saved <= priced + small,
        }
    )


def front_failures(policies: pd.DataFrame, optima: Mapping[float, pd.Series]) -> tuple[str, ...]:
    """Check the joint policies of a front against placements at their carbon prices.

    Parameters
    ----------
    policies : pandas.DataFrame
        Result of :func:`geofront.quantities.pareto.policies_on_front`.
    optima : mapping of float to pandas.Series
        Totals of the optimum by carbon price [USD/t]: ``cost_per_mwh`` [USD/MWh], with payments for carbon.

    Returns
    -------
    tuple of str
        What is wrong; empty if every optimum is a point of the front.
    """
    checks = {}
    for price, optimum in optima.items():
        point = policies.loc[f"joint at {price:g} USD/t"]
        excess = point.cost_per_mwh + price / 1000 * point.carbon_per_mwh - optimum.cost_per_mwh
        missed = f"the front misses the placement at {price:g} USD/t"
        checks[missed] = abs(excess) <= TOLERANCE * abs(optimum.cost_per_mwh)
    return failures(checks)


def _cuts(front: xr.Dataset) -> dict[str, dict[str, float]]:
    """Cost of `SAVED_CUTS` that the front reaches."""
    costs = {cut: cut_cost(front, cut / 100) for cut in SAVED_CUTS}
    return {
        f"{cut:g}": {"cost_percent": 100 * change, "carbon_price": price}
        for cut, (change, price) in costs.items()
        if np.isfinite(price)
    }


def _halves(signal: str, front: xr.Dataset) -> str:
    """Cost of both halves of the possible cut of emissions."""
    most, least = (float(front.emissions[end]) for end in (0, -1))
    if most <= least:
        return f"By the {signal} signal, the cheapest placement has the least emissions."
    cut, whole = 1 - least / most, float(front.cost[-1] / front.cost[0]) - 1
    half, price = cut_cost(front, cut / 2)
    return (
        f"By the {signal} signal, emissions can fall by {100 * cut:.0f} % against the cheapest placement. The first "
        f"half of that raises cost by {rounded(100 * half, 1)} %, up to a carbon price of {price:.0f} USD/t; the "
        f"second half by {rounded(100 * (whole - half), 1)} percentage points."
    )

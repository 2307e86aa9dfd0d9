"""Findings about a lower price in one region (notebook 00)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.charts.titles import region_names
from geofront.names import REGION, TOLERANCE, WEIGHT
from geofront.tables.finding import Finding, failures


def lower_price(
    scenario: xr.Dataset, placements: Mapping[str, xr.Dataset], comparison: pd.DataFrame, region: str, discount: float
) -> Finding:
    """What a lower price in one region does, with and without more capacity there.

    Parameters
    ----------
    scenario : xarray.Dataset
        The scenario before the changes.
    placements : mapping of str to xarray.Dataset
        Placements by case: before the changes, with the lower price, and with twice the capacity in the region too.
    comparison : pandas.DataFrame
        Result of :func:`geofront.compare` with these cases.
    region : str
        Label of the region.
    discount : float
        Fall of its price, relative to the price before [-].

    Returns
    -------
    Finding
        Load of the region in MW of IT power, cost in USD/MWh of IT energy. It fails if the lower price moves demand to
        the region in hours in which it was full, or if a change increases cost.
    """
    loads = [each.used_capacity.sel({REGION: region}) for each in placements.values()]
    mw, mw_when_cheap, mw_when_roomy = (float(each.weighted(each[WEIGHT]).mean()) for each in loads)
    cost, cost_when_cheap, cost_when_roomy = comparison.cost_per_mwh[list(placements)]
    is_limited = "capacity" in next(iter(placements.values())).attrs["frictions"]
    is_full = is_limited & (loads[0] >= (1 - TOLERANCE) * scenario.capacity.sel({REGION: region}))
    full = float(is_full.weighted(scenario[WEIGHT]).mean())
    place = region_names(scenario)[region]
    numbers = {
        "discount_percent": 100 * discount,
        "full_share_of_hours": full,
        "mw": mw,
        "mw_when_cheap": mw_when_cheap,
        "mw_when_cheap_and_roomy": mw_when_roomy,
        "cost_usd_per_mwh": cost,
        "cost_usd_per_mwh_when_cheap": cost_when_cheap,
        "cost_usd_per_mwh_when_cheap_and_roomy": cost_when_roomy,
    }
    sentence = (
        f"With electricity {100 * discount:.0f} % cheaper in {place}, {mw_when_cheap:.0f} MW run there instead of "
        f"{mw:.0f} MW{_room(full)}. With twice the capacity, {mw_when_roomy:.0f} MW would run there. The cost of all "
        f"demand {_costs(cost, cost_when_cheap, cost_when_roomy)} USD per MWh of IT energy."
    )
    more = (loads[1] - loads[0]).where(is_full, 0.0).max()
    checks = {
        "the lower price moves demand without room": more <= 2 * TOLERANCE * mw_when_cheap,
        "a lower price or more room costs more": comparison.cost.diff().max() <= TOLERANCE * comparison.cost.max(),
    }
    return Finding(sentence, numbers, failures(checks))


def _room(full: float) -> str:
    if full > 0.999:
        return ": its capacity is full already"
    return f"; before, its capacity was full in {100 * full:.0f} % of the hours" if full >= 0.005 else ""


def _costs(before: float, *after: float) -> str:
    first, *others = (f"{each:.1f}" for each in (before, *after))
    return f"stays at {first}" if set(others) == {first} else f"falls from {first} to {' and '.join(others)}"

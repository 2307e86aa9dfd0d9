"""Findings about prices that respond to the fleet (notebook 16)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.tables.cells import rounded
from geofront.tables.finding import Finding, failures

BENEFICIARIES = ("system", "bill", "others")
"""Whose saving: the whole system, the fleet on its own bill, the other consumers."""

ALIKE = 0.02
"""Largest difference of savings by the same product of size and slope [USD/MWh]."""

MWH_PER_GW = 8.76e6
"""Demand of a mean GW in a year [MWh]."""


def by_size(sizes: pd.DataFrame, largest_share: float) -> Finding:
    """What relocation saves as the fleet grows, and up to which size linear prices are valid.

    Parameters
    ----------
    sizes : pandas.DataFrame
        Result of :func:`geofront.tables.equilibrium`; the sentence is about its first slope.
    largest_share : float
        Largest change of a zone's load for which a linear price is valid, relative to that load [-].

    Returns
    -------
    Finding
        Savings in USD/MWh, sizes in GW, shares in per cent. It fails if fleets with the same product of size and slope
        save the system different amounts.
    """
    flattest = sizes[sizes.slope == sizes.slope.iloc[0]]
    first, last = flattest.iloc[0], flattest.iloc[-1]
    valid = flattest.demand_gw[flattest.zone_share <= largest_share]
    end = float(valid.max()) if len(valid) else 0.0
    numbers = {
        "saving_usd_per_mwh": {
            f"{slope:g}": {f"{each.demand_gw:g}": _savings(each) for each in part.itertuples()}
            for slope, part in sizes.groupby("slope")
        },
        "answer_ends_gw": end,
        "largest_share_percent": 100 * largest_share,
        "ends_in": str(last.region),
    }
    sentence = (
        f"At {first.slope:g} % of the price per percent of load, the whole system saves {_growing(first, last)}. Other "
        f"consumers {'gain' if first.others_saving >= 0 else 'lose'} {rounded(abs(first.others_saving), 1)} USD per "
        f"MWh of inference at {first.demand_gw:g} GW, a transfer {'from' if first.others_saving >= 0 else 'to'} "
        f"producers. {_validity(end, last, largest_share)}"
    )
    by_product = sizes.system_saving.groupby(sizes.demand_gw * sizes.slope)
    checks = {
        "size and slope do not matter by their product alone": (by_product.max() - by_product.min() < ALIKE).all()
    }
    return Finding(sentence, numbers, failures(checks))


def wrong_behaviours(
    takers: Mapping[float, xr.Dataset], fleets: Mapping[float, xr.Dataset], tolerance: float
) -> tuple[str, ...]:
    """What is wrong with the savings of price takers and of fleets.

    Parameters
    ----------
    takers, fleets : mapping of float to xarray.Dataset
        Results of :func:`geofront.equilibrium` by demand [GW], with either behaviour.
    tolerance : float
        Largest gap of the equilibria [-].

    Returns
    -------
    tuple of str
        A fleet with a larger bill than price takers, or one that saves the system more.
    """
    bills, systems = [], []
    for size, fleet in fleets.items():
        negligible = 2 * tolerance * (abs(fleet.attrs["objective"]) / (MWH_PER_GW * size) + 100)
        bills.append(float(fleet.bill_saving) >= float(takers[size].bill_saving) - negligible)
        systems.append(float(fleet.system_saving) <= float(takers[size].system_saving) + negligible)
    return failures({"a fleet pays more than price takers": all(bills), "a fleet saves the system more": all(systems)})


def _savings(row) -> dict[str, float]:
    return {name: float(getattr(row, f"{name}_saving")) for name in BENEFICIARIES}


def _growing(first: pd.Series, last: pd.Series) -> str:
    """Savings of the smallest and the largest fleet, or of the only one."""
    system, bill, system_at_last, bill_at_last = (
        rounded(each[f"{name}_saving"], 1) for each in (first, last) for name in ("system", "bill")
    )
    why = ": leaving an expensive zone makes what stays there cheaper" * bool(last.bill_saving > last.system_saving)
    if first.demand_gw == last.demand_gw:
        return f"{system} USD/MWh at {first.demand_gw:g} GW, while the fleet's own bill saves {bill}{why}"
    return (
        f"{system} USD/MWh at {first.demand_gw:g} GW and {system_at_last} at {last.demand_gw:g} GW, while the fleet's "
        f"own bill saves {bill} and {bill_at_last}{why}"
    )


def _validity(end: float, last: pd.Series, largest_share: float) -> str:
    if end >= last.demand_gw:
        return f"Linear prices are valid up to {end:g} GW, the largest fleet here."
    changes = f"the load of {last.region} changes by more than {100 * largest_share:g} % of its zone's"
    if not end:
        return f"Linear prices are valid for no fleet here: {changes}."
    return f"Linear prices are valid up to {end:g} GW; above, {changes}."

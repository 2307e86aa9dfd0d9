"""Findings about lines and relocation (notebook 01)."""

from collections.abc import Mapping

import xarray as xr

from geofront.quantities.region_pairs import WAYS, shares
from geofront.tables.finding import Finding, failures


def from_source(options: xr.Dataset, break_even: Mapping[str, xr.Dataset], place: str) -> Finding:
    """What electricity from one place costs over a line and by relocation.

    Parameters
    ----------
    options : xarray.Dataset
        Result of :func:`geofront.transmission_or_relocation`; the sentence is about its last distance.
    break_even : mapping of str to xarray.Dataset
        Results of :func:`geofront.break_even_distance` by case: ``value``, ``favours_transmission`` and
        ``favours_relocation``.
    place : str
        Name of the place.

    Returns
    -------
    Finding
        Costs in USD/MWh of IT energy, distances in km. It fails if the cheaper side does not change at the break-even.
    """
    far = options.isel(distance=-1)
    line = far.cost.where(far.kind == "transmission").idxmin("option").item()
    by_line = far.sel(option=line)
    relocated = far.where(far.kind == "relocation", drop=True)
    central, favouring_lines, favouring_requests = (
        break_even[case].break_even.max("line") for case in ("value", "favours_transmission", "favours_relocation")
    )
    reach = break_even["value"].reach
    numbers = {
        "source": place,
        "distance_km": float(far.distance),
        "cheaper_line": line,
        "line_delivered_share": float(by_line.delivered_share),
        "line_cost_usd_per_mwh": float(by_line.cost),
        "line_pays_above_usd_per_mwh": float(by_line.local_price),
        "relocation_cost_least_usd_per_mwh": float(relocated.cost.min()),
        "relocation_cost_most_usd_per_mwh": float(relocated.cost.max()),
        "relocation_pays_above_most_usd_per_mwh": float(relocated.local_price.max()),
        "break_even_most_km": float(central.max()),
        "break_even_km": central.to_series().to_dict(),
        "break_even_favouring_lines_km": favouring_lines.to_series().to_dict(),
        "classes_that_lines_may_beat_in_reach": reach.workload.values[(favouring_lines >= reach).values].tolist(),
        "reach_least_km": float(reach.min()),
        "reach_least_class": reach.idxmin().item(),
        "terminal_cost_usd_per_mwh": break_even["value"].terminal_cost.to_series().to_dict(),
        "relocation_cost_usd_per_mwh": break_even["value"].relocation_cost.to_series().to_dict(),
    }
    by_class = ", ".join(f"{km:,.0f} km for {name}" for name, km in numbers["break_even_favouring_lines_km"].items())
    terminals = numbers["terminal_cost_usd_per_mwh"]
    sentence = (
        f"With electricity from {place}, {numbers['distance_km']:,.0f} km away, {line} delivers "
        f"{100 * numbers['line_delivered_share']:.0f} % of it and serves a MWh of inference for "
        f"{numbers['line_cost_usd_per_mwh']:.0f} USD; relocated, a MWh costs "
        f"{numbers['relocation_cost_least_usd_per_mwh']:.0f} to {numbers['relocation_cost_most_usd_per_mwh']:.0f} USD, "
        f"depending on the class. The line pays if electricity at the user's site costs more than "
        f"{numbers['line_pays_above_usd_per_mwh']:.0f} USD/MWh, relocation of any class above "
        f"{numbers['relocation_pays_above_most_usd_per_mwh']:.0f}. Relocation is cheaper than every line beyond "
        f"{numbers['break_even_most_km']:,.0f} km for every class. With every uncertain input at the end that favours "
        f"lines, that distance is {by_class}. The latency budget sets the other limit: class "
        f"{numbers['reach_least_class']} reaches {numbers['reach_least_km']:,.0f} km at most. A break-even of zero "
        f"says that the terminals of a line alone ({terminals['overhead']:.1f} USD/MWh for HVDC, {terminals['ac']:.1f} "
        "for AC) cost more than moving the requests; it does not say that relocation beats local purchase."
    )
    line_cost = options.cost.where(options.kind == "transmission", drop=True).min("option")
    class_cost = options.cost.where(options.kind == "relocation", drop=True).rename(option="workload")
    is_cheaper, is_beyond = class_cost < line_cost, options.distance > central
    checks = {
        "costs contradict the break-even": ((is_cheaper == is_beyond) | (options.distance == central)).all(),
        "some class costs more than a line at 0 km": (class_cost <= line_cost).where(central == 0, True).all(),
        "break-evens are not ordered by what the inputs favour": (
            (favouring_lines >= central).all() and (central >= favouring_requests).all()
        ),
    }
    return Finding(sentence, numbers, failures(checks))


def by_pair(pairs: Mapping[str, xr.Dataset], by_scope: Mapping[str, xr.Dataset], price_scope: str) -> Finding:
    """How often each way is the cheapest, over all classes and pairs of regions.

    Parameters
    ----------
    pairs : mapping of str to xarray.Dataset
        Results of :func:`geofront.ways_by_pair` by case: ``value``, ``favours_transmission`` and others.
    by_scope : mapping of str to xarray.Dataset
        The same of case ``value`` by price scope.
    price_scope : str
        The scope of `pairs`.

    Returns
    -------
    Finding
        Shares in per cent, distances in km.
    """
    by_case, of_scopes = (
        {name: shares(ways.cheapest) for name, ways in several.items()} for several in (pairs, by_scope)
    )
    central, favouring_lines = by_case["value"], by_case["favours_transmission"]
    by_region = pairs["value"].break_even.max(("workload", "line"))
    farthest = by_region.idxmax().item()
    numbers = {
        "cheapest_way_percent": by_case,
        "cheapest_way_percent_by_price_scope": of_scopes,
        "farthest_break_even_source": pairs["value"]["name"].sel(source=farthest).item(),
        "farthest_break_even_km": float(by_region.max()),
    }
    sentence = (
        "Of all classes and pairs of regions, local purchase is the cheapest way in time for "
        f"{central['local']:.0f} %, relocation for {central['relocation']:.0f} % and a line for "
        f"{central['transmission']:.1f} %; with every uncertain input in favour of lines, for "
        f"{_listed(favouring_lines, 0)} %. "
        + "".join(
            f"By {scope} prices, these shares are {_listed(each, 1)} %. "
            for scope, each in of_scopes.items()
            if scope != price_scope
        )
        + f"The central break-even is largest for electricity from {numbers['farthest_break_even_source']}: "
        f"{numbers['farthest_break_even_km']:,.0f} km."
    )
    return Finding(sentence, numbers)


def _listed(share: Mapping[str, float], digits: int) -> str:
    local, line, relocation = (share[way] for way in WAYS)
    return f"{local:.0f}, {relocation:.0f} and {line:.{digits}f}"

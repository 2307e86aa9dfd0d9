"""Findings about placement policies and carbon signals (notebook 06)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.charts.titles import region_names
from geofront.tables.cells import rounded
from geofront.tables.claims import (
    Verdict,
    cheap_is_not_clean,
    contested_factor_decides,
    delivered_prices_save_a_smaller_share,
    every_signal_has_its_own_cleanest,
)
from geofront.tables.finding import Finding, failures
from geofront.tables.policies import SIGNALS, more_or_less

SMALL_COST, SMALL_CARBON = 1e-3, 1e-2
"""What a relative duality gap of 1e-6 leaves open [USD/MWh and kg/MWh]."""


def cheap_and_clean(policies: Mapping[str, pd.DataFrame], carbon_signal: str) -> Finding:
    """What the cheapest and the cleanest placement cost and emit, by every carbon signal.

    Parameters
    ----------
    policies : mapping of str to pandas.DataFrame
        Results of :func:`geofront.policies` by carbon signal.
    carbon_signal : str
        Signal whose cheapest placement gives the costs; they are the same by every signal.

    Returns
    -------
    Finding
        Costs in USD/MWh of IT energy, changes against local execution in per cent. It fails if some policy is cheaper
        than the cheapest or cleaner than the cleanest, or a higher carbon price lowers cost or raises emissions.
    """
    cheapest, cleanest = (
        pd.DataFrame({signal: table.loc[name] for signal, table in policies.items()})
        for name in ("cheapest", "cleanest")
    )
    own = cheapest[carbon_signal]
    sentence = f"The cheapest placement costs {more_or_less(own.cost_vs_local)} than local execution. " + " ".join(
        f"By the {SIGNALS[signal]} signal it emits {more_or_less(cheapest[signal].carbon_vs_local)}, whereas the "
        f"cleanest placement emits {more_or_less(cleanest[signal].carbon_vs_local)} and costs "
        f"{more_or_less(cleanest[signal].cost_vs_local)}."
        for signal in policies
    )
    numbers = {
        "local_cost_usd_per_mwh": policies[carbon_signal].cost_per_mwh["local"],
        "cheapest_cost_usd_per_mwh": own.cost_per_mwh,
        "cheapest_cost_change_percent": own.cost_vs_local,
        "cheapest_carbon_change_percent": cheapest.loc["carbon_vs_local"].to_dict(),
        "cleanest_carbon_change_percent": cleanest.loc["carbon_vs_local"].to_dict(),
        "cleanest_cost_change_percent": cleanest.loc["cost_vs_local"].to_dict(),
    }
    checks = {}
    for signal, table in policies.items():
        by, cost, carbon = f"by the {SIGNALS[signal]} signal", table.cost_per_mwh, table.carbon_per_mwh
        steps = table[table.objective == "cost"].sort_values("carbon_price")
        checks |= {
            f"{by}, some policy costs less than the cheapest": (cost >= cost["cheapest"] - SMALL_COST).all(),
            f"{by}, some policy emits less than the cleanest": (carbon >= carbon["cleanest"] - SMALL_CARBON).all(),
            f"{by}, a higher carbon price lowers cost": not (steps.cost_per_mwh.diff() < -SMALL_COST).any(),
            f"{by}, a higher carbon price raises emissions": not (steps.carbon_per_mwh.diff() > SMALL_CARBON).any(),
        }
    return Finding(sentence, numbers, failures(checks))


def by_price_scope(by_scope: Mapping[str, pd.DataFrame]) -> Finding:
    """What the cheapest placement saves by each scope of prices.

    Parameters
    ----------
    by_scope : mapping of str to pandas.DataFrame
        Results of :func:`geofront.compare` by price scope, of the cases ``local`` and ``cheapest``.

    Returns
    -------
    Finding
        Savings in USD/MWh of IT energy, changes of cost in per cent.
    """
    cost = {scope: table.cost_per_mwh for scope, table in by_scope.items()}
    change = {scope: float(table.cost_change["cheapest"]) for scope, table in by_scope.items()}
    saved = {scope: float(each["local"] - each["cheapest"]) for scope, each in cost.items()}
    sentence = "By " + "; by ".join(
        f"{scope} prices the cheapest placement saves {rounded(saved[scope], 1)} of {cost[scope]['local']:.1f} USD/MWh "
        f"({rounded(-change[scope], 0)} %)"
        for scope in by_scope
    )
    numbers = {"saving_usd_per_mwh_by_price_scope": saved, "cost_change_percent_by_price_scope": change}
    return Finding(f"{sentence}.", numbers)


def by_contested_factor(scenario: xr.Dataset, contested: pd.Series, by_factor: Mapping[str, pd.DataFrame]) -> Finding:
    """How much emissions change, depending on a marginal factor that is contested.

    Parameters
    ----------
    scenario : xarray.Dataset
    contested : pandas.Series
        Contested factors of regions of the scenario [kg/MWh], see
        :func:`geofront.quantities.signals.contested_factors`.
    by_factor : mapping of str to pandas.DataFrame
        Results of :func:`geofront.compare` of the cases ``local``, ``cheapest`` and ``cleanest``: with these factors at
        ``zero`` and as ``given``.

    Returns
    -------
    Finding
        Changes of emissions against local execution in per cent. The sentence is empty if nothing is contested.
    """
    names = ", ".join(region_names(scenario)[region] for region in contested.index)
    largest = float(contested.max()) if len(contested) else None
    change = {
        case: {name: float(table.carbon_change[case]) for name, table in by_factor.items()}
        for case in ("cheapest", "cleanest")
    }
    numbers = {
        "contested_region": names,
        "contested_factor_kg_per_mwh": largest,
        "cheapest_carbon_change_percent_contested": change["cheapest"],
        "cleanest_carbon_change_percent_contested": change["cleanest"],
    }
    sentence = (
        ""
        if largest is None
        else (
            f"With a marginal factor of {names} between 0 and {largest:.0f} kg/MWh, the cheapest placement changes "
            f"emissions by {_ends(change['cheapest'], 1)} %, and the cleanest by {_ends(change['cleanest'], 0)} %."
        )
    )
    return Finding(sentence, numbers)


def _ends(by_factor: Mapping[str, float], digits: int) -> str:
    return " to ".join(dict.fromkeys(rounded(by_factor[name], digits, "+") for name in ("zero", "given")))


def regret(comparison: pd.DataFrame) -> Finding:
    """How much more than necessary the cleanest placement by one signal emits by another.

    Parameters
    ----------
    comparison : pandas.DataFrame
        Result of :func:`geofront.signal_comparison` for the cleanest placement of every signal.

    Returns
    -------
    Finding
        Emissions above the least [%], by the signals for which the least is positive. It fails if a placement emits
        less by some signal than the one made for it.
    """
    emitted = comparison.carbon_per_mwh.unstack("evaluated_under")
    checks = {
        f"another placement emits less by the {SIGNALS[signal]} signal than the one made for it": (
            emitted[signal] >= emitted.at[signal, signal] - SMALL_CARBON
        ).all()
        for signal in emitted
    }
    excess = (100 * (emitted / emitted.min() - 1)).loc[:, emitted.min() > 0].stack()
    if excess.empty:
        return Finding("By every signal, some placement emits nothing.", {}, failures(checks))
    largest, (placed_under, judged_by) = float(excess.max()), excess.idxmax()
    if round(largest, 1) > 0:
        sentence = (
            f"Placed to be cleanest by the {SIGNALS[placed_under]} signal, inference emits "
            f"{rounded(largest, 0 if largest >= 10 else 1)} % more by the {SIGNALS[judged_by]} signal than it had to."
        )
    else:
        sentence = "Placed to be cleanest by one signal, inference emits the least by every other signal too."
    numbers = {
        "largest_signal_regret_percent": largest,
        "largest_signal_regret": {"placed_under": placed_under, "judged_by": judged_by},
    }
    return Finding(sentence, numbers, failures(checks))


def claims(
    policies: Mapping[str, pd.DataFrame],
    comparison: pd.DataFrame,
    cost_change: Mapping[str, float],
    carbon_change: Mapping[str, float] | None,
) -> list[Verdict]:
    """Claims about policies that the data could refute.

    Parameters
    ----------
    policies : mapping of str to pandas.DataFrame
        Results of :func:`geofront.policies` by carbon signal.
    comparison : pandas.DataFrame
        Result of :func:`geofront.signal_comparison`.
    cost_change : mapping of str to float
        Change of cost of the cheapest placement by price scope [%]; the claim about delivered prices needs both.
    carbon_change : mapping of str to float, or None
        Its change of emissions with contested factors at ``zero`` and as ``given`` [%]; None if nothing is contested.

    Returns
    -------
    list of Verdict
    """
    made = [cheap_is_not_clean(policies), every_signal_has_its_own_cleanest(comparison)]
    if {"wholesale", "delivered"} <= set(cost_change):
        made.append(delivered_prices_save_a_smaller_share(cost_change))
    if carbon_change is not None:
        made.append(contested_factor_decides(carbon_change["zero"], carbon_change["given"]))
    return made

"""Claims that data can refute, each with its numbers and the verdict that follows from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, instance, several
from geofront.charts.titles import region_names
from geofront.names import CLIENT, WORKLOAD
from geofront.quantities.returns import returns
from geofront.scenarios.snapshots import annual_mean
from geofront.tables.cells import rounded
from geofront.tables.geography import ALL
from geofront.tables.policies import SIGNALS
from geofront.tables.worth import cut_cost

NEARLY = 0.9
"""Part of the possible cut of emissions that counts as nearly clean, and of a benefit as nearly all [-]."""

LITTLE = 0.1
"""Rise of cost, relative to the cheapest placement, that counts as nearly free [-]."""

NOTABLY = 0.01
"""Relative difference of emissions that counts [-]."""


@dataclass(frozen=True)
class Verdict:
    """A claim, whether it holds, and the numbers that decide."""

    claim: str
    holds: bool
    numbers: str


@checked(made=several(instance(Verdict, "make claims with the functions of geofront.tables.claims")))
def claims(made: Iterable[Verdict]) -> pd.DataFrame:
    """Claims with their verdicts as a table.

    Parameters
    ----------
    made : iterable of Verdict

    Returns
    -------
    pandas.DataFrame
        Columns ``Claim``, ``Verdict`` (``holds`` or ``refuted``) and ``Numbers``.
    """
    rows = [(each.claim, "holds" if each.holds else "refuted", each.numbers) for each in made]
    return pd.DataFrame(rows, columns=["Claim", "Verdict", "Numbers"])


def capacity_keeps_more_than_latency(limited: pd.DataFrame) -> Verdict:
    """From what :func:`geofront.limited_demand` returned."""
    share = 100 * limited.loc["all"]
    return Verdict(
        "scarce capacity keeps more demand from a cheaper region than latency does",
        bool(share.capacity > share.latency),
        "kept by " + ", by ".join(f"{limit} {value:.0f} %" for limit, value in share.items()) + " of demand",
    )


def cheapest_region_imports_most(scenario: xr.Dataset, placement: xr.Dataset) -> Verdict:
    """Whether demand gathers where electricity is cheapest. The loads of regions are unique at least cost."""
    cost = annual_mean(scenario.price * scenario.pue).to_series()
    load = annual_mean(placement.flow.sum((CLIENT, WORKLOAD))).to_series()
    demand = annual_mean(scenario.demand.sum(WORKLOAD)).to_series().groupby(scenario.home.to_series()).sum()
    imports = (load - demand.reindex(load.index, fill_value=0.0)).reindex(cost.index)
    cheapest, largest = cost.idxmin(), imports.idxmax()
    names = region_names(scenario)
    return Verdict(
        "the region with the cheapest electricity imports the most inference",
        cheapest == largest,
        f"electricity is cheapest in {names[cheapest]} ({cost[cheapest]:.0f} USD per MWh of IT energy), which imports "
        f"{imports[cheapest]:,.0f} MW; the largest importer is {names[largest]} ({imports[largest]:,.0f} MW at "
        f"{cost[largest]:.0f} USD/MWh)",
    )


def latency_closes_more_than_law(geography: pd.DataFrame, others: int) -> Verdict:
    """From Table 5, whose last row of each class has its own budget, with the number of regions other than home."""
    own = geography.groupby(level="Class", sort=False).tail(1).droplevel("Budgets")
    closed = pd.DataFrame(
        {"latency": others - own["Regions in reach"], "law": own["Regions in reach"] - own["Lawful regions in reach"]}
    )
    everyone, by_class = closed.loc[ALL], closed.drop(index=ALL)
    of_classes = ", ".join(f"{name} {row.latency:.1f} and {row.law:.1f}" for name, row in by_class.iterrows())
    return Verdict(
        "latency closes more regions to the average request than law does",
        bool(everyone.latency > everyone.law),
        f"of {others} regions, latency closes {everyone.latency:.1f} and law {everyone.law:.1f} more ({of_classes})",
    )


def reach_grows_ever_slower(geography: pd.DataFrame) -> Verdict:
    """From Table 5: lawful regions in reach of the average request, by common network budget."""
    common = geography.loc[ALL].iloc[:-1].set_index("Network budget")["Lawful regions in reach"]
    per_100_ms = 100 * np.diff(common) / np.diff(common.index)
    steps = [
        f"{rate:.2f} regions per 100 ms from {start:g} to {end:g} ms"
        for rate, (start, end) in zip(per_100_ms, pairwise(common.index), strict=True)
    ]
    return Verdict(
        "each further millisecond opens fewer lawful regions than the one before",
        bool((np.diff(per_100_ms) <= 0).all()),
        "the average request gains " + ", ".join(steps),
    )


def every_class_moves_more(geography: pd.DataFrame) -> Verdict:
    """From Table 5: whether realised RID of every class grows with the budget common to all."""
    common = geography.drop(index=ALL).xs("common", level="Budgets")
    common = common.sort_values("Network budget", kind="stable")["Realised RID"]
    falls = common.groupby(level="Class").agg(lambda share: share.max() - share.iloc[-1])
    return Verdict(
        "every class moves most where budgets are loosest",
        bool((falls < 0.05).all()),
        "at the loosest common budget, realised RID is below its best by "
        + ", ".join(f"{fall:.0f} ({name})" for name, fall in falls.items())
        + " percentage points",
    )


def own_budget_reaches_half(shares: Mapping[str, float]) -> Verdict:
    """From the share of what latency could save each class that it has at its own budget [-]."""
    return Verdict(
        "every class has half of what latency can save it at its own budget",
        all(share >= 0.5 for share in shares.values()),
        "they have " + ", ".join(f"{100 * share:.0f} % ({name})" for name, share in shares.items()),
    )


def returns_diminish(frontier: xr.Dataset, budgets) -> Verdict:
    """Whether the return on latency falls from one stretch between budgets [ms] to the next."""
    within = [budget for budget in budgets if budget >= float(frontier.budget[0])]
    erl = 100 * returns(frontier, between=within).erl.to_numpy()
    steps = [f"{rate:.2f} from {a:g} to {b:g} ms" for rate, (a, b) in zip(erl, pairwise(within), strict=True)]
    return Verdict(
        "each further millisecond saves less than the one before",
        bool((np.diff(erl) <= 0).all()),
        "the return in USD/MWh per 100 ms is " + ", ".join(steps),
    )


def emissions_follow_costs(frontier: xr.Dataset) -> Verdict:
    """Whether every step of a frontier that lowers cost lowers emissions too."""
    steps = returns(frontier)
    saving = steps[steps.saving > 1e-6 * abs(float(frontier.cost_per_mwh[0]))]
    worse = int((saving.carbon_saving < 0).sum())
    return Verdict(
        "what lowers cost along the frontier lowers emissions",
        worse == 0,
        f"{worse} of {len(saving)} steps that lower cost raise emissions; over the whole frontier they change by "
        f"{rounded(-steps.carbon_saving.sum(), 1, '+')} kg/MWh",
    )


def no_megawatt_pays(capacity: pd.DataFrame) -> Verdict:
    """From what :func:`geofront.capacity_worth` returned, with ``of_building``, relative to the building's cost [-]."""
    return Verdict(
        "nowhere does a megawatt save as much electricity cost as its building costs",
        bool((capacity.of_building < 1).all()),
        f"it saves at most {100 * capacity.of_building.max():.0f} % of that",
    )


def nearly_clean_is_nearly_free(fronts: Mapping[str, xr.Dataset]) -> Verdict:
    """Whether most of the possible cut of emissions costs little, by every carbon signal."""
    cuts = {
        name: NEARLY * (1 - float(front.emissions[-1] / front.emissions[0])) if front.emissions[0] > 0 else 0.0
        for name, front in fronts.items()
    }
    rises = {name: cut_cost(fronts[name], cut)[0] for name, cut in cuts.items()}
    return Verdict(
        f"nearly clean is nearly free: {100 * NEARLY:.0f} % of the possible cut of emissions costs at most "
        f"{100 * LITTLE:.0f} % more",
        all(rise <= LITTLE for rise in rises.values()),
        "that cut costs "
        + ", ".join(f"{100 * rise:.0f} % more by the {SIGNALS.get(name, name)} signal" for name, rise in rises.items()),
    )


def cheap_is_not_clean(policies: Mapping[str, pd.DataFrame]) -> Verdict:
    """From what :func:`geofront.policies` returned for every carbon signal."""
    excess = {
        name: _excess(table.carbon_per_mwh["cheapest"], table.carbon_per_mwh["cleanest"])
        for name, table in policies.items()
    }
    return Verdict(
        f"cheap is not clean: by every signal, the cheapest placement emits over {100 * NOTABLY:.0f} % more than the "
        "cleanest",
        all(each > NOTABLY for each in excess.values()),
        "it emits " + _by_signal(excess),
    )


def every_signal_has_its_own_cleanest(comparison: pd.DataFrame) -> Verdict:
    """From what :func:`geofront.signal_comparison` returned for the cleanest placement of every signal."""
    emitted = comparison.carbon_per_mwh.unstack("evaluated_under")
    excess = {}
    for name in emitted.columns.astype(str):
        by_signal = emitted[name]
        excess[name] = _excess(float(by_signal.drop(name).min()), float(by_signal[name]))
    return Verdict(
        "every signal has its own cleanest placement: those that are cleanest by another emit over "
        f"{100 * NOTABLY:.0f} % more",
        all(each > NOTABLY for each in excess.values()),
        "the best of the others emits " + _by_signal(excess),
    )


def delivered_prices_save_a_smaller_share(cost_change: Mapping[str, float]) -> Verdict:
    """From the change of cost of the cheapest placement by price scope [%]."""
    return Verdict(
        "relocation saves a smaller share of cost by delivered than by wholesale prices",
        cost_change["delivered"] > cost_change["wholesale"],
        "it saves " + ", ".join(f"{-change:.0f} % by {scope} prices" for scope, change in cost_change.items()),
    )


def contested_factor_decides(at_zero: float, as_given: float) -> Verdict:
    """From the change of emissions of the cheapest placement [%] with the contested factor at zero and as given."""
    return Verdict(
        "the cheapest placement is cleaner if the contested factor is zero",
        at_zero < as_given,
        f"it changes emissions by {rounded(at_zero, 1, '+')} % at zero and by {rounded(as_given, 1, '+')} % as given",
    )


def extreme_hours_miss_most(share_of_hours: float, share_of_missed: float) -> Verdict:
    """From the share of hours with extreme prices and their share of the missed benefit [%]."""
    return Verdict(
        "typical days miss more in hours with extreme prices than in proportion to their number",
        share_of_missed > share_of_hours,
        f"these are {share_of_hours:.0f} % of hours and {share_of_missed:.0f} % of the missed benefit",
    )


def fitted_days_miss_more(missed: Mapping[str, float]) -> Verdict:
    """From the missed share of the benefit [-] of the fitted and then of the averaged typical days, by name."""
    fitted, averaged = missed.values()
    return Verdict(
        "typical days fitted by harmonics miss more of the benefit than days averaged from the hours",
        fitted > averaged,
        ", ".join(f"{name.lower()} miss {100 * share:.1f} %" for name, share in missed.items()),
    )


def yesterday_is_a_good_forecast(captured: Mapping[str, float]) -> Verdict:
    """From the share of the benefit of perfect foresight that each forecast captures [-]."""
    return Verdict(
        f"placed by yesterday's prices, relocation has at least {100 * NEARLY:.0f} % of its benefit",
        captured["yesterday"] >= NEARLY,
        "captured are " + ", ".join(f"{100 * share:.1f} % ({name})" for name, share in captured.items()),
    )


def _excess(emitted: float, least: float) -> float:
    return emitted / least - 1 if least else (np.inf if emitted else 0.0)


def _by_signal(excess: Mapping[str, float]) -> str:
    return ", ".join(
        f"{100 * each:.1f} % more by the {SIGNALS.get(name, name)} signal" for name, each in excess.items()
    )

"""Findings about the energy-latency frontier (notebook 05)."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from geofront.names import TOLERANCE, WORKLOAD
from geofront.placement import totals
from geofront.quantities.frontier import nominal_budgets
from geofront.tables.finding import Finding, failures
from geofront.tables.policies import SIGNALS, more_or_less, span

UNDER = {"all": "all frictions", "some": "some frictions", "none": "no friction"}
"""Which frictions are active, in sentences."""

CHANGED = 0.01
"""Least change of emissions that counts [%]."""


def evaluated_at(budgets: Mapping[str | None, np.ndarray | None]) -> str:
    """State at how many budgets frontiers are evaluated.

    Parameters
    ----------
    budgets : mapping of str or None to numpy.ndarray or None
        Results of :func:`geofront.quantities.frontier.chosen_budgets` [ms].

    Returns
    -------
    str
        A sentence after a space; empty if the frontiers have every breakpoint.
    """
    sizes = [len(each) for each in budgets.values() if each is not None]
    if not sizes:
        return ""
    return (
        f" The frontiers are evaluated at {span(min(sizes), max(sizes), joint=' to ')} budgets each instead of every "
        "breakpoint; frontiers of classes include their nominal network budget and twice that."
    )


def latency_buys(scenario: xr.Dataset, frontiers: Mapping[str, Sequence[xr.Dataset]], coarse: str = "") -> Finding:
    """How the least cost falls as latency budgets grow, and how much of that the classes have at their own budgets.

    Parameters
    ----------
    scenario : xarray.Dataset
    frontiers : mapping of str to sequence of xarray.Dataset
        Results of :func:`geofront.latency_frontier`, of each class and then of the network budget common to all, by
        frictions: first ``all``, ``some`` or ``none``, last ``none``.
    coarse : str
        Result of :func:`evaluated_at`.

    Returns
    -------
    Finding
        Costs in USD/MWh of IT energy, budgets in ms, shares [-].
    """
    kind, *_ = frontiers
    network, frictionless = (frontiers[name][-1].cost_per_mwh.to_series() for name in (kind, "none"))
    saved = network.iloc[0] - network
    half = float(saved.index[saved >= 0.5 * saved.iloc[-1]][0])
    at_nominal = {each.attrs["scope"]: _saved_at_nominal(scenario, each) for each in frontiers[kind][:-1]}
    numbers = {
        "network_cost_usd_per_mwh": [network.iloc[0], network.iloc[-1]],
        "network_cost_without_frictions_usd_per_mwh": frictionless.iloc[-1],
        "half_of_the_saving_ms": half,
        "saving_reached_at_nominal_share": at_nominal,
        "breakpoints": {name: [each.sizes["budget"] for each in several] for name, several in frontiers.items()},
    }
    begin, end, without = network.iloc[0], network.iloc[-1], frictionless.iloc[-1]
    if saved.iloc[-1] <= TOLERANCE * abs(begin):
        sentence = (
            f"As the network budget of all classes grows, cost stays at {begin:.1f} USD/MWh with {UNDER[kind]}: "
            f"latency saves nothing.{coarse}"
        )
        return Finding(sentence, numbers)
    free, which = ("", "") if kind == "none" else (f", and to {without:.1f} without any", " with frictions")
    sentence = (
        f"As the network budget of all classes grows, cost falls from {begin:.1f} to {end:.1f} USD/MWh with "
        f"{UNDER[kind]}{free}; half of the saving{which} is reached at {half:,.0f} ms. Their own nominal budgets give "
        "the classes "
        + ", ".join(f"{100 * share:.0f} % ({workload})" for workload, share in at_nominal.items())
        + f" of what latency could save them.{coarse}"
    )
    return Finding(sentence, numbers)


def _saved_at_nominal(scenario: xr.Dataset, frontier: xr.Dataset) -> float:
    """Saving at a class's own budget relative to that at its loosest [-]; zero if latency saves nothing."""
    budget, _ = nominal_budgets(scenario, frontier.attrs["scope"])
    cost = frontier.cost_per_mwh
    return float((cost[0] - cost.sel(budget=budget, method="ffill")) / ((cost[0] - cost[-1]) or 1))


def by_signal(judged: pd.DataFrame, budgets: Sequence[float]) -> Finding:
    """How emissions change with cost along the network frontier, by every carbon signal.

    Parameters
    ----------
    judged : pandas.DataFrame
        Result of :func:`geofront.tables.frontier_by_signal`: local execution, then a row for each of `budgets`.
    budgets : sequence of float
        Network budgets, ascending [ms].

    Returns
    -------
    Finding
        Changes against local execution [%]. It fails if cost rises from one budget to the next.
    """
    local, loosest = judged.iloc[0], judged.iloc[-1]
    cost = judged.Cost.iloc[1:]
    changes = judged[[f"Change, {name}" for name in SIGNALS.values()]].iloc[1:]
    steps = changes.diff()[cost.diff() < -TOLERANCE * local.Cost]
    cleaner, dirtier = int((changes < -CHANGED).to_numpy().sum()), int((steps > CHANGED).to_numpy().sum())
    is_clean = dirtier == 0 and not (changes > CHANGED).to_numpy().any()
    cost_change = 100 * (loosest.Cost / local.Cost - 1)
    carbon_change = {signal: loosest[f"Change, {name}"] for signal, name in SIGNALS.items()}
    along = (
        ". From one of these budgets to the next cost never rises; where it falls, emissions rise in "
        f"{dirtier} of {steps.size} cases"
    )
    sentence = (
        f"Against local execution, least cost emits less in {cleaner} of {changes.size} cases, each a network budget "
        f"and a signal{along if steps.size else ''}: what is cheaper is {'here' if is_clean else 'not'} always "
        f"cleaner. At {judged.index[-1]} for the network, the placement of least cost emits "
        + ", ".join(f"{more_or_less(carbon_change[signal])} by the {name} signal" for signal, name in SIGNALS.items())
        + f" than local execution, and costs {more_or_less(cost_change)}."
    )
    numbers = {
        "cases_of_lower_emissions": cleaner,
        "cases_against_local": changes.size,
        "steps_of_higher_emissions": dirtier,
        "steps_between_budgets": steps.size,
        "loosest_budget_ms": budgets[-1],
        "cost_change_at_loosest_percent": cost_change,
        "carbon_change_at_loosest_percent": carbon_change,
    }
    return Finding(
        sentence,
        numbers,
        failures({"a looser network budget costs more": not (judged.Cost.diff() > TOLERANCE * local.Cost).any()}),
    )


def contradictions(scenario: xr.Dataset, frontiers: Iterable[xr.Dataset], placement: xr.Dataset) -> tuple[str, ...]:
    """Compare frontiers of least cost with a placement that is proved optimal.

    Parameters
    ----------
    scenario : xarray.Dataset
    frontiers : iterable of xarray.Dataset
        Results of :func:`geofront.latency_frontier` with the carbon price and frictions of `placement`.
    placement : xarray.Dataset
        Result of :func:`geofront.place`; every class has its own budget.

    Returns
    -------
    tuple of str
        Frontiers whose cost rises, and frontiers of a class with another cost at its own budget.
    """
    least, checks = totals(placement).cost, {}
    for frontier in frontiers:
        scope, cost = frontier.attrs["scope"], frontier.cost.to_series()
        checks[f"the frontier of {scope} rises"] = (cost.diff().dropna() <= TOLERANCE * abs(cost.iloc[0])).all()
        if scope in scenario.indexes[WORKLOAD]:
            budget, _ = nominal_budgets(scenario, scope)
            missed = abs(float(frontier.cost.sel(budget=budget, method="ffill")) - least)
            checks[f"the frontier of {scope} misses the certified optimum"] = missed <= 2 * TOLERANCE * abs(cost).max()
    return failures(checks)


def frictions_that_save(held: Iterable[xr.Dataset], free: Iterable[xr.Dataset]) -> tuple[str, ...]:
    """Compare frontiers with frictions, `held`, with frontiers of the same budgets without any, `free`.

    Returns
    -------
    tuple of str
        Frontiers with frictions that are below the one without.
    """
    checks = {}
    for with_some, without in zip(held, free, strict=True):
        least = without.cost.sel(budget=with_some.budget, method="ffill").values
        below = f"frictions save {with_some.attrs['scope']} something"
        checks[below] = (least <= with_some.cost.values + TOLERANCE * abs(with_some.cost.values)).all()
    return failures(checks)


def misses_at_budgets(
    frontier: xr.Dataset, placements: Mapping[float, xr.Dataset], evaluated: np.ndarray | None
) -> tuple[str, ...]:
    """Compare the frontier of the network budget with placements that are proved optimal at some budgets.

    Parameters
    ----------
    frontier : xarray.Dataset
        Result of :func:`geofront.latency_frontier` for the network budget.
    placements : mapping of float to xarray.Dataset
        Placements of least cost by network budget [ms].
    evaluated : numpy.ndarray or None
        Budgets of the frontier [ms]; None for every breakpoint. Between them it may be above the optimum.

    Returns
    -------
    tuple of str
        Budgets at which the frontier is below the optimum, or above it although it is evaluated there.
    """
    checks = {}
    for budget, placement in placements.items():
        excess = float(frontier.cost.sel(budget=budget, method="ffill")) / totals(placement).cost - 1
        is_met = evaluated is None or budget in evaluated
        checks[f"the frontier is below the optimum at {budget:g} ms"] = excess >= -2 * TOLERANCE
        checks[f"the frontier is above the optimum at {budget:g} ms"] = not is_met or excess <= 2 * TOLERANCE
    return failures(checks)

"""Findings about what frictions take of the benefit of relocation (notebook 07)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.names import FRICTION, TOLERANCE
from geofront.tables.finding import Finding, failures

SHORT = {name: friction.label.partition(":")[0].lower() for name, friction in FRICTION.items()}
"""Names of the frictions in sentences."""


def loss(losses: xr.Dataset, local_cost: float) -> Finding:
    """How much of the benefit of relocation frictions take, and which takes the largest part.

    Parameters
    ----------
    losses : xarray.Dataset
        Result of :func:`geofront.friction_losses`.
    local_cost : float
        Cost of local execution [USD/MWh].

    Returns
    -------
    Finding
        Benefits and losses in USD/MWh of IT energy. It fails if some friction gives benefit back, or the parts do not
        add up to the loss.
    """
    without, remaining, lost = _benefits(losses)
    ranking = losses.shapley.to_series().sort_values(ascending=False)
    small = TOLERANCE * abs(local_cost)  # each benefit is proved to that precision
    numbers = {
        "benefit_without_frictions_usd_per_mwh": without,
        "benefit_with_all_frictions_usd_per_mwh": remaining,
        "cost_at_home_usd_per_mwh": local_cost,
        "loss_usd_per_mwh": lost,
        "loss_percent_of_benefit": 100 * lost / without if without > small else 0.0,
        "shapley_usd_per_mwh": ranking.to_dict(),
        "shapley_percent_of_loss": (100 * ranking / lost if lost > small else 0 * ranking).to_dict(),
    }
    sentence = (
        f"Without frictions, relocation would save {without:.1f} of {local_cost:.1f} USD/MWh; with {_which(losses)} "
        f"frictions it saves {remaining:.1f}"
    )
    if lost > small:
        sentence += f": frictions take {numbers['loss_percent_of_benefit']:.0f} % of the benefit."
        sentence += _ranked(numbers["shapley_percent_of_loss"])
    else:
        sentence += ": frictions take nothing."
    checks = {
        "some friction gives benefit back": not (losses.marginal < -2 * small).any(),
        "the Shapley values do not add up to the loss": abs(ranking.sum() - lost) < 1e-9,
        "the losses in order do not add up to the loss": abs(float(losses["cumulative"].sum()) - lost) < 1e-9,
    }
    return Finding(sentence, numbers, failures(checks))


def _benefits(losses: xr.Dataset) -> tuple[float, float, float]:
    """Benefit without frictions and with all, and the loss [USD/MWh]."""
    without, remaining = losses.benefit.isel(subset=[0, -1]).values.tolist()
    return without, remaining, without - remaining


def _which(losses: xr.Dataset) -> str:
    return "all" if losses.sizes["friction"] == len(FRICTION) else "these"


def _ranked(percent: Mapping[str, float]) -> str:
    """Largest and smallest parts of the loss, from all in descending order [%]; empty for a single friction."""
    parts = [f"({share:.0f} %)" for share in percent.values()]
    names = [SHORT[name] for name in percent]
    if len(names) == 1:
        return ""
    most = "larger" if len(names) == 2 else "largest"
    last = "" if len(names) == 2 else f", and {names[-1]} the smallest {parts[-1]}"
    return (
        f" On average over all orders {names[0]} takes the {most} part of this loss {parts[0]}, then {names[1]} "
        f"{parts[1]}{last}."
    )


def overlap(losses: xr.Dataset) -> Finding:
    """How frictions overlap: losses to each alone, and gains if each is removed, against the loss to all.

    Parameters
    ----------
    losses : xarray.Dataset
        Result of :func:`geofront.friction_losses`.

    Returns
    -------
    Finding
        Sums over the frictions [USD/MWh].
    """
    *_, lost = _benefits(losses)
    alone, last = float(losses.alone.sum()), float(losses["last"].sum())
    sentence = (
        f"The losses to single frictions add up to {alone:.1f} USD/MWh, {_which(losses)} frictions together take "
        f"{lost:.1f}, and the gains from removing one at a time add up to {last:.1f}"
        + (": often several frictions keep the same demand at home." if alone > lost > last else ".")
    )
    return Finding(sentence, {"sum_alone_usd_per_mwh": alone, "sum_removed_usd_per_mwh": last})


def by_price_scope(by_scope: Mapping[str, pd.DataFrame], losses: xr.Dataset, price_scope: str) -> Finding:
    """What relocation saves by each scope of prices.

    Parameters
    ----------
    by_scope : mapping of str to pandas.DataFrame
        Results of :func:`geofront.compare` by price scope, of the cases ``local``, ``none``, least cost without
        frictions, and ``all``, least cost with the frictions of `losses`.
    losses : xarray.Dataset
        Result of :func:`geofront.friction_losses`.
    price_scope : str
        Scope of the prices of `losses`.

    Returns
    -------
    Finding
        Savings in USD/MWh of IT energy. It fails if the savings at `price_scope` differ from the benefits in
        `losses`.
    """
    cost = {scope: table.cost_per_mwh for scope, table in by_scope.items()}
    benefit = {
        scope: {case: float(each["local"] - each[case]) for case in ("none", "all")} for scope, each in cost.items()
    }
    sentence = "By " + "; by ".join(
        f"{scope} prices relocation saves {saved['none']:.1f} USD/MWh without frictions and {saved['all']:.1f} of "
        f"{cost[scope]['local']:.1f} with {_which(losses)}"
        for scope, saved in benefit.items()
    )
    small = 2 * TOLERANCE * abs(cost[price_scope]["local"])
    without, remaining, _ = _benefits(losses)
    own = benefit[price_scope]
    checks = {
        f"the saving by {price_scope} prices is not the benefit {name}": abs(saved - expected) <= small
        for name, saved, expected in (
            ("without frictions", own["none"], without),
            ("with frictions", own["all"], remaining),
        )
    }
    return Finding(f"{sentence}.", {"benefit_usd_per_mwh_by_price_scope": benefit}, failures(checks))

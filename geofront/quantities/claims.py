"""How sure results are: bands of headlines, and the share of worlds in which claims hold."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from geofront.quantities.ensemble import SAMPLE

PERCENTILES = (5, 25, 50, 75, 95)

LEAF = 0.05
"""Smallest share of worlds in a region that describes where a claim fails [1]."""

ENOUGH = 128
"""Worlds without which no region is looked for [-]."""

DEPTH = 2
"""Inputs that such a region depends on, at most [-]."""


class Claim(NamedTuple):
    """A finding of the README as a predicate."""

    finding: int
    sentence: str
    holds: Callable[[xr.Dataset], xr.DataArray]
    """From an ensemble to booleans, dims (sample,)."""


def _ordered(shares: xr.DataArray, sign: int) -> xr.DataArray:
    return (sign * shares.diff("workload") > 0).all("workload")


def _local(worlds: xr.Dataset) -> xr.DataArray:
    return worlds.layer_shares.sel(layer="local")


def _friction_is(worlds: xr.Dataset, names) -> xr.DataArray:
    others = worlds.friction_shares.drop_sel(friction=list(names))
    return worlds.friction_shares.sel(friction=list(names)).min("friction") > others.max("friction")


CLAIMS = {
    "half_of_the_saving_comes_early": Claim(
        1,
        "Half of what latency can save is saved within 250 ms of network budget.",
        lambda worlds: worlds.half_of_the_saving <= 250,
    ),
    "reach_is_not_relocation": Claim(
        1,
        "Less than two thirds of the demand that could move does move.",
        lambda worlds: (
            worlds.relocatable_share.sel(level="realised") < 2 / 3 * worlds.relocatable_share.sel(level="technical")
        ),
    ),
    "local_shares_fall_from_A_to_D": Claim(
        2, "From A to D, less and less runs at home.", lambda worlds: _ordered(_local(worlds), -1)
    ),
    "energy-oriented_shares_rise_from_A_to_D": Claim(
        2,
        "From A to D, more and more runs far away.",
        lambda worlds: _ordered(worlds.layer_shares.sel(layer="energy-oriented"), 1),
    ),
    "no_class_is_mostly_regional": Claim(
        2,
        "No class is mostly regional.",
        lambda worlds: (worlds.layer_shares.sel(layer="regional") < 50).all("workload"),
    ),
    "batch_work_keeps_much_at_home": Claim(
        2, "Even batch work keeps a quarter or more at home.", lambda worlds: _local(worlds).sel(workload="D") >= 25
    ),
    "frictions_take_a_third": Claim(
        3, "Frictions take more than a third of the benefit.", lambda worlds: worlds.friction_loss > 100 / 3
    ),
    "capacity_is_the_largest_friction": Claim(
        3,
        "Scarce capacity accounts for the largest part of the loss.",
        lambda worlds: _friction_is(worlds, ["capacity"]),
    ),
    "capacity_and_locality_are_the_two_largest": Claim(
        3,
        "Scarce capacity and pinned state account for the two largest parts of the loss.",
        lambda worlds: _friction_is(worlds, ["capacity", "locality"]),
    ),
    "cheap_is_no_cleaner_by_the_marginal_signal": Claim(
        4,
        "The cheapest placement changes emissions by less than 5 % by the marginal signal.",
        lambda worlds: abs(worlds.cheapest_carbon_change.sel(signal="marginal")) < 5,
    ),
    "cheap_emits_less_by_the_marginal_signal": Claim(
        4,
        "The cheapest placement emits less than local execution by the marginal signal.",
        lambda worlds: worlds.cheapest_carbon_change.sel(signal="marginal") < 0,
    ),
    "cheap_emits_less_by_the_average_signal": Claim(
        4,
        "The cheapest placement emits less than local execution by the average signal.",
        lambda worlds: worlds.cheapest_carbon_change.sel(signal="average") < 0,
    ),
    "cheap_emits_less_by_the_IFI_signal": Claim(
        4,
        "The cheapest placement emits less than local execution by the IFI signal.",
        lambda worlds: worlds.cheapest_carbon_change.sel(signal="ifi") < 0,
    ),
    "clean_costs_more_than_local": Claim(
        4, "The cleanest placement costs more than local execution.", lambda worlds: worlds.cleanest_cost_change > 0
    ),
    "requests_beat_lines": Claim(
        5,
        "Requests cost less than any line beyond 500 km, for every class.",
        lambda worlds: worlds.requests_win_beyond < 500,
    ),
}
"""Findings of the README, by name."""


def bands(ensemble: xr.Dataset) -> pd.DataFrame:
    """Percentiles of every outcome beside its value in the default world.

    Parameters
    ----------
    ensemble : xarray.Dataset
        What :func:`geofront.ensemble` returned with ``sampler="sobol"`` or ``"latin"``.

    Returns
    -------
    pandas.DataFrame
        Index ``outcome`` and ``of``, the labels of the outcome's own dims. ``title`` and ``units``; ``default``;
        ``p5``, ``p25``, ``p50``, ``p75``, ``p95``, in the outcome's units; and ``usual``, whether the default lies
        between the 25th and the 75th percentile. Failed worlds are left out.
    """
    rows = []
    for name in outcomes(ensemble):
        default = ensemble[f"default_{name}"]
        values = ensemble[name].transpose(SAMPLE, *default.dims)
        percentiles = np.nanpercentile(values.values.reshape(len(values), -1), PERCENTILES, axis=0).T
        labels = product(*(values[dim].values for dim in default.dims))
        for label, here, (low, usual_low, median, usual_high, high) in zip(
            labels, default.values.ravel(), percentiles, strict=True
        ):
            rows.append(
                {
                    "outcome": name,
                    "of": ", ".join(map(_text, label)),
                    "title": values.attrs.get("long_name", name),
                    "units": values.attrs.get("units", ""),
                    "default": here,
                    "p5": low,
                    "p25": usual_low,
                    "p50": median,
                    "p75": usual_high,
                    "p95": high,
                    "usual": usual_low <= here <= usual_high,
                }
            )
    return pd.DataFrame(rows).set_index(["outcome", "of"])


def outcomes(ensemble: xr.Dataset) -> list[str]:
    """Names of an ensemble's outcomes."""
    return [name for name in ensemble.data_vars if f"default_{name}" in ensemble.data_vars]


def _text(label) -> str:
    return f"{label:g}" if isinstance(label, float) else str(label)


def convergence(ensemble: xr.Dataset, outcome: str | xr.DataArray) -> pd.DataFrame:
    """Percentiles of an outcome in the first 64, 128, 256, … worlds.

    Parameters
    ----------
    ensemble : xarray.Dataset
    outcome : str or xarray.DataArray
        Name of an outcome without dims of its own, or values with the one dim ``sample``.

    Returns
    -------
    pandas.DataFrame
        Index ``samples``; columns ``p5`` to ``p95``, in the outcome's units.
    """
    values = (ensemble[outcome] if isinstance(outcome, str) else outcome).values
    counts = [*(2**i for i in range(6, 30) if 2**i < len(values)), len(values)]
    table = [np.nanpercentile(values[:count], PERCENTILES) for count in counts]
    return pd.DataFrame(table, pd.Index(counts, name="samples"), [f"p{p}" for p in PERCENTILES])


def claims(ensemble: xr.Dataset, claims: Mapping[str, Claim] = CLAIMS) -> pd.DataFrame:
    """In which share of worlds claims hold, and where they fail.

    Parameters
    ----------
    ensemble : xarray.Dataset
        With the outcomes that the claims need.
    claims : mapping of str to Claim
        By default the findings of the README.

    Returns
    -------
    pandas.DataFrame
        Index ``claim``. ``finding`` and ``sentence``; ``default``, whether it holds in the default world; ``share`` of
        worlds in which it holds, with its ``standard_error`` [1]; ``worlds`` that could be solved [-]; ``fails_where``,
        the region of inputs in which it fails most, as a sentence, empty where it never fails or none stands out.

    Notes
    -----
    The standard error is that of independent draws, √(s(1 − s)/n). The region is the leaf of a decision tree of depth
    `DEPTH` with the highest weighted relative accuracy: its share of all worlds times how much more often the claim
    fails there than everywhere. The tree is fitted to the first half of the worlds, and shares are counted in the
    second; a region is named only if they differ by more than three standard errors, and if there are `ENOUGH` worlds.
    """
    solved = ensemble.isel({SAMPLE: np.flatnonzero(ensemble.error.values == "")})
    default = _default_world(ensemble)
    rows = {}
    for name, claim in claims.items():
        holds = claim.holds(solved).values
        share = holds.mean()
        rows[name] = {
            "finding": claim.finding,
            "sentence": claim.sentence,
            "default": bool(claim.holds(default).item()),
            "share": share,
            "standard_error": np.sqrt(share * (1 - share) / len(holds)),
            "worlds": len(holds),
            "fails_where": _fails_where(solved, ~holds),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("claim")


def _default_world(ensemble: xr.Dataset) -> xr.Dataset:
    """The default world as an ensemble of one."""
    return xr.Dataset({name: ensemble[f"default_{name}"].expand_dims({SAMPLE: 1}) for name in outcomes(ensemble)})


def _fails_where(worlds: xr.Dataset, fails: np.ndarray) -> str:
    from sklearn.tree import DecisionTreeClassifier

    # Halves and not every other world: those of a Sobol sequence lie in opposite halves of every input.
    half = len(fails) // 2
    values, fitted = worlds.input_value.values, fails[:half]
    if len(fails) < ENOUGH or not fitted.any() or fitted.all():
        return ""
    tree = DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=max(2, int(LEAF * half)), class_weight="balanced", random_state=0
    ).fit(values[:half], fitted)
    leaf = tree.apply(values)
    gain = {
        each: (leaf[:half] == each).mean() * (fitted[leaf[:half] == each].mean() - fitted.mean())
        for each in np.unique(leaf[:half])
    }
    best = max(gain, key=gain.get)
    inside, fails = leaf[half:] == best, fails[half:]
    if gain[best] <= 0 or not inside.any() or inside.all():
        return ""
    here, elsewhere, base = fails[inside].mean(), fails[~inside].mean(), fails.mean()
    if here - elsewhere <= 3 * np.sqrt(base * (1 - base) * (1 / inside.sum() + 1 / (~inside).sum())):
        return ""
    where = " and ".join(_limit(worlds, i, *ends) for i, ends in _limits(tree.tree_, best).items())
    return (
        f"It holds in {100 * (1 - here):.0f} % of the worlds with {where}, which are {100 * inside.mean():.0f} % "
        f"of all, and in {100 * (1 - elsewhere):.0f} % of the others."
    )


def _limits(tree, leaf: int) -> dict[int, list[float]]:
    """Lower and upper limits of the inputs on the way to a leaf."""
    limits: dict[int, list[float]] = {}
    node = leaf
    while node:
        parent = int(np.flatnonzero((tree.children_left == node) | (tree.children_right == node))[0])
        ends = limits.setdefault(int(tree.feature[parent]), [-np.inf, np.inf])
        if tree.children_left[parent] == node:
            ends[1] = min(ends[1], tree.threshold[parent])
        else:
            ends[0] = max(ends[0], tree.threshold[parent])
        node = parent
    return dict(reversed(limits.items()))


def _limit(worlds: xr.Dataset, i: int, low: float, high: float) -> str:
    label, change = str(worlds.label.values[i]), str(worlds.change.values[i])
    label = label[0].lower() + label[1:] if label[1:2].islower() else label
    times = " times its default" if change in ("multiply", "excess") else ""
    if np.isfinite(low) and np.isfinite(high):
        return f"{label} between {low:.2g} and {high:.2g}{times}"
    return f"{label} {'above' if np.isfinite(low) else 'below'} {low if np.isfinite(low) else high:.2g}{times}"

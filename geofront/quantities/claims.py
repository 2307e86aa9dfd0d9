"""How sure results are: bands of headlines, and the share of worlds in which claims hold."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, either, instance, mapping, text
from geofront.errors import GeofrontError
from geofront.quantities.ensemble import SAMPLE, outcome_of, outcomes
from geofront.results import ENSEMBLE, result

PERCENTILES = (5, 25, 50, 75, 95)

LEAF = 0.05
"""Smallest share of worlds in a region that describes where a claim fails [-]."""

ENOUGH = 128
"""Least number of worlds from which a region is fitted [-]."""

DEPTH = 2
"""Inputs that such a region depends on, at most [-]."""


class Claim(NamedTuple):
    """A finding of the README as a predicate."""

    finding: int
    sentence: str
    question: str
    """What the README says instead where it holds in fewer than two thirds of the worlds."""
    holds: Callable[[xr.Dataset], xr.DataArray]
    """From an ensemble to booleans, dims (sample,)."""
    workload: str = ""
    """The class that it is about; empty for claims about any classes."""


def _ordered(shares: xr.DataArray, sign: int) -> xr.DataArray:
    return (sign * shares.diff("workload") > 0).all("workload")


def _layer(worlds: xr.Dataset, layer: str) -> xr.DataArray:
    return worlds.layer_shares.sel(layer=layer)


def _change(worlds: xr.Dataset, signal: str) -> xr.DataArray:
    return worlds.cheapest_carbon_change.sel(signal=signal)


def _friction_is(worlds: xr.Dataset, names) -> xr.DataArray:
    others = worlds.friction_shares.drop_sel(friction=list(names))
    return worlds.friction_shares.sel(friction=list(names)).min("friction") > others.max("friction")


CLAIMS = {
    "half_of_the_saving_comes_early": Claim(
        1,
        "Half of what latency can save is saved within 200 ms of network budget.",
        "Is half of what latency can save saved within 200 ms of network budget?",
        lambda worlds: worlds.early_saving >= 50,
    ),
    "reach_is_not_relocation": Claim(
        1,
        "Of the demand that could move, less than two thirds does.",
        "Does less than two thirds of the demand that could move do so?",
        lambda worlds: (
            worlds.relocatable_share.sel(level="realised") < 2 / 3 * worlds.relocatable_share.sel(level="technical")
        ),
    ),
    "local_shares_fall_from_A_to_D": Claim(
        2,
        "From A to D, less and less runs at home.",
        "Does less and less run at home from A to D?",
        lambda worlds: _ordered(_layer(worlds, "local"), -1),
    ),
    "energy_oriented_shares_rise_from_A_to_D": Claim(
        2,
        "From A to D, more and more runs far away.",
        "Does more and more run far away from A to D?",
        lambda worlds: _ordered(_layer(worlds, "energy-oriented"), 1),
    ),
    "no_class_is_mostly_regional": Claim(
        2,
        "No class is mostly regional.",
        "Is no class mostly regional?",
        lambda worlds: (_layer(worlds, "regional") < 50).all("workload"),
    ),
    "batch_work_keeps_much_at_home": Claim(
        2,
        "Even batch work keeps a quarter or more at home.",
        "Does even batch work keep a quarter or more at home?",
        lambda worlds: _layer(worlds, "local").sel(workload="D") >= 25,
        workload="D",
    ),
    "frictions_take_a_third": Claim(
        3,
        "Frictions take more than a third of the benefit.",
        "Do frictions take more than a third of the benefit?",
        lambda worlds: worlds.friction_loss > 100 / 3,
    ),
    "cheap_is_no_cleaner_by_the_marginal_signal": Claim(
        4,
        "By the marginal signal, the cheapest placement changes emissions by less than 5 %.",
        "Does the cheapest placement change emissions by less than 5 % by the marginal signal?",
        lambda worlds: abs(_change(worlds, "marginal")) < 5,
    ),
    "cheap_emits_less_by_the_marginal_signal": Claim(
        4,
        "By the marginal signal, the cheapest placement emits less than local execution.",
        "Does the cheapest placement emit less than local execution by the marginal signal?",
        lambda worlds: _change(worlds, "marginal") < 0,
    ),
    "cheap_emits_less_by_the_average_signal": Claim(
        4,
        "By the average signal, it emits less.",
        "Does it emit less by the average signal?",
        lambda worlds: _change(worlds, "average") < 0,
    ),
    "cheap_emits_less_by_the_IFI_signal": Claim(
        4,
        "By the IFI signal, it emits less.",
        "Does it emit less by the IFI signal?",
        lambda worlds: _change(worlds, "ifi") < 0,
    ),
    "clean_costs_more_than_local": Claim(
        4,
        "The cleanest placement costs more than local execution.",
        "Does the cleanest placement cost more than local execution?",
        lambda worlds: worlds.cleanest_cost_change > 0,
    ),
    "requests_beat_lines": Claim(
        5,
        "Requests of every class cost less than any line beyond 500 km.",
        "Do requests of every class cost less than any line beyond 500 km?",
        lambda worlds: worlds.requests_win_beyond < 500,
    ),
    "a_megawatt_is_worth_less_than_its_building": Claim(
        6,
        "One more megawatt is worth less than building it.",
        "Is one more megawatt worth less than building it?",
        lambda worlds: worlds.capacity_worth_of_building < 100,
    ),
}
"""Findings of the README, by name, about :data:`geofront.HEADLINES`."""

FRICTION_CLAIMS = {
    "capacity_is_the_largest_friction": Claim(
        3,
        "Scarce capacity accounts for the largest part of the loss.",
        "Does scarce capacity account for the largest part of the loss?",
        lambda worlds: _friction_is(worlds, ["capacity"]),
    ),
    "capacity_and_locality_are_the_two_largest": Claim(
        3,
        "Scarce capacity and pinned state account for the two largest parts of the loss.",
        "Do scarce capacity and pinned state account for the two largest parts of the loss?",
        lambda worlds: _friction_is(worlds, ["capacity", "locality"]),
    ),
}
"""The same about single frictions, see :data:`geofront.quantities.costly_headlines.COSTLY_HEADLINES`."""


@checked(ensemble=result(ENSEMBLE), quoted=instance(xr.Dataset, "give outcomes of one world"))
def bands(ensemble: xr.Dataset, quoted: xr.Dataset | None = None) -> pd.DataFrame:
    """Percentiles of every outcome and its value in the default world.

    Parameters
    ----------
    ensemble : xarray.Dataset
        What :func:`geofront.ensemble` returned with ``sampler="sobol"`` or ``"latin"``.
    quoted : xarray.Dataset, optional
        The same outcomes as texts quote them, for example on typical days.

    Returns
    -------
    pandas.DataFrame
        Index ``outcome`` and ``of``, the labels of the outcome's own dims. ``title`` and ``units``; ``quoted``, if
        given; ``default``; ``p5``, ``p25``, ``p50``, ``p75``, ``p95``, in the outcome's units; and ``usual``, whether
        the default lies between the 25th and the 75th percentile. Failed worlds are left out.
    """
    rows, solved = [], _solved(ensemble)
    for name in outcomes(ensemble):
        default = ensemble[f"default_{name}"]
        is_numeric = {ensemble[name].dtype.kind, default.dtype.kind} <= set("iufb")
        if {SAMPLE, *default.dims} != set(ensemble[name].dims) or not is_numeric:
            raise GeofrontError(f"the outcome {name!r} does not hold numbers by sample and by the dims of its default")
        values = solved[name].transpose(SAMPLE, *default.dims)
        percentiles = _percentiles(values.values.reshape(len(values), -1))
        labels = product(*(values[dim].values for dim in default.dims))
        others = {"default": default.values.ravel()}
        if quoted is not None:
            others = {"quoted": _as_quoted(quoted, name, default)} | others
        for i, (label, (low, usual_low, median, usual_high, high)) in enumerate(zip(labels, percentiles, strict=True)):
            rows.append(
                {
                    "outcome": name,
                    "of": ", ".join(map(_text, label)),
                    "title": values.attrs.get("long_name", name),
                    "units": values.attrs.get("units", ""),
                    **{column: each[i] for column, each in others.items()},
                    "p5": low,
                    "p25": usual_low,
                    "p50": median,
                    "p75": usual_high,
                    "p95": high,
                    "usual": bool(usual_low <= others["default"][i] <= usual_high),
                }
            )
    if not rows:
        raise GeofrontError("the ensemble has no outcomes: give gf.ensemble at least one")
    return pd.DataFrame(rows).set_index(["outcome", "of"])


def _as_quoted(quoted: xr.Dataset, name: str, default: xr.DataArray) -> np.ndarray:
    if name not in quoted or set(quoted[name].dims) != set(default.dims):
        raise GeofrontError(f"quoted has no outcome {name!r} of one world with the dims of the ensemble's")
    return quoted[name].reindex_like(default).transpose(*default.dims).values.ravel()


def _percentiles(values: np.ndarray) -> np.ndarray:
    """`PERCENTILES` of each column, (column, percentile), without missing values."""
    return pd.DataFrame(values).quantile(np.array(PERCENTILES) / 100).to_numpy().T


def _text(label) -> str:
    return f"{label:g}" if isinstance(label, float) else str(label)


@checked(ensemble=result(ENSEMBLE), outcome=either(xr.DataArray, lambda values, _: values, text))
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
    values = outcome_of(ensemble, outcome)
    if values.dims != (SAMPLE,):
        raise GeofrontError(f"the outcome has dims {', '.join(map(str, values.dims))}: select one value a sample")
    values = values.values
    counts = [*(2**i for i in range(6, 30) if 2**i < len(values)), len(values)]
    table = [_percentiles(values[:count, None])[0] for count in counts]
    return pd.DataFrame(table, pd.Index(counts, name="samples"), [f"p{p}" for p in PERCENTILES])


@checked(ensemble=result(ENSEMBLE), claims=mapping(instance(Claim, "name its fields"), "claims by name"))
def claims(ensemble: xr.Dataset, claims: Mapping[str, Claim] = CLAIMS) -> pd.DataFrame:
    """Share of worlds in which each claim holds, and where it fails.

    Parameters
    ----------
    ensemble : xarray.Dataset
        With the outcomes that the claims need.
    claims : mapping of str to Claim
        By default the findings of the README.

    Returns
    -------
    pandas.DataFrame
        Index ``claim``. ``finding``, ``sentence`` and ``question``; ``default``, whether it holds in the default world;
        ``share`` of worlds in which it holds, with its ``standard_error`` [-]; ``worlds`` that could be solved [-];
        ``fails_where``, the region of inputs in which it fails most, as a sentence, empty where it never fails or none
        stands out.

    Raises
    ------
    GeofrontError
        The ensemble lacks an outcome that a claim needs, or no world could be solved.

    Notes
    -----
    The standard error assumes independent draws: √(s(1 − s)/n). The region is the leaf of a decision tree of depth
    `DEPTH` with the highest weighted relative accuracy: its share of all worlds times how much more often the claim
    fails there than everywhere. The tree is fitted to the first half of the worlds, and shares are counted in the
    second; a region is named only if they differ by more than three standard errors, and if there are `ENOUGH` worlds.
    """
    solved, default = _solved(ensemble), _default_world(ensemble)
    rows = {}
    for name, claim in claims.items():
        try:
            holds, by_default = claim.holds(solved).values, bool(claim.holds(default).item())
        except (AttributeError, KeyError, TypeError) as error:
            raise GeofrontError(
                f"the ensemble lacks what the claim {name!r} needs ({error}): add its outcome"
            ) from error
        share = holds.mean()
        rows[name] = {
            "finding": claim.finding,
            "sentence": claim.sentence,
            "question": claim.question,
            "default": by_default,
            "share": share,
            "standard_error": np.sqrt(share * (1 - share) / len(holds)),
            "worlds": len(holds),
            "fails_where": _fails_where(solved, ~holds),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("claim")


def applicable(ensemble: xr.Dataset, claims: Mapping[str, Claim]) -> dict[str, Claim]:
    """The claims that say something about an ensemble's world: some are about a class that it may not have."""
    classes = ensemble.indexes["workload"]
    return {name: claim for name, claim in claims.items() if not claim.workload or claim.workload in classes}


def _solved(ensemble: xr.Dataset) -> xr.Dataset:
    solved = np.flatnonzero(ensemble.error.values == "")
    if not len(solved):
        raise GeofrontError("no world of the ensemble could be solved: see its 'error'")
    return ensemble.isel({SAMPLE: solved})


def _default_world(ensemble: xr.Dataset) -> xr.Dataset:
    """The default world as an ensemble of one."""
    return xr.Dataset({name: ensemble[f"default_{name}"].expand_dims({SAMPLE: 1}) for name in outcomes(ensemble)})


def _fails_where(worlds: xr.Dataset, fails: np.ndarray) -> str:
    from sklearn.tree import DecisionTreeClassifier

    # Halves and not alternate worlds: alternate worlds of a Sobol sequence lie in opposite halves of every input.
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
    best = max(gain, key=gain.__getitem__)
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
    is_factor = change in ("multiply", "excess")
    low_end, high_end = (f"{end:.2g}".replace("-", "−") for end in (low, high))
    if np.isfinite(low) and np.isfinite(high):
        return f"{label} between {low_end} and {high_end}{' times its default' if is_factor else ''}"
    side, end = ("above", low_end) if np.isfinite(low) else ("below", high_end)
    if is_factor:
        return f"{label} {side} {'' if end == '1' else f'{end} times '}its default"
    return f"{label} {side} {end}"

"""What would change a notebook's findings: bands, claims and indices of an ensemble, or a notebook's own sweep."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping, number, several, text, truth, whole
from geofront.errors import GeofrontError, first_labels
from geofront.quantities import claims as of_ensembles
from geofront.quantities.claims import CLAIMS, FRICTION_CLAIMS
from geofront.quantities.ensemble import outcomes as outcomes_of
from geofront.quantities.headlines import EARLY
from geofront.quantities.sensitivity import sensitivity
from geofront.results import ENSEMBLE, result
from geofront.tables.cells import rounded
from geofront.tables.display import Said, say
from geofront.tables.ensemble import percent, title
from geofront.tables.policies import SIGNALS

PHRASES = {
    "local_cost": "execution at home costs {value}",
    "cheapest_cost": "the cheapest placement costs {value}",
    "cheapest_cost_change": "the cheapest placement changes cost by {value}",
    "cheapest_carbon_change": "it changes emissions by {value} by the {0} signal",
    "cheapest_carbon_change_contested": "it changes them by {value} with contested marginal factors at zero",
    "cleanest_carbon_change": "the cleanest placement changes emissions by {value}",
    "cleanest_cost_change": "the cleanest placement changes cost by {value}",
    "layer_shares": "{value} of class {1} is {0}",
    "relocatable_share": "{0} RID is {value} of demand",
    "benefit_without_frictions": "relocation without frictions saves {value}",
    "benefit_with_frictions": "relocation with all frictions saves {value}",
    "friction_loss": "frictions take {value} of the benefit",
    "network_cost": "the cheapest placement within {0} ms for the network costs {value}",
    "network_relocated_share": "{value} of demand moves within {0} ms for the network",
    "early_saving": f"{{value}} of what latency can save is saved within {EARLY:g} ms for the network",
    "regions_in_reach": "{value} regions are in reach within {0} ms for the network",
    "requests_win_beyond": "requests of every class cost less than any line beyond {value}",
    "capacity_worth": "the largest worth of one more MW is {value}",
    "capacity_worth_of_building": "that is {value} of the cost of building it",
    "friction_shares": "{0} accounts for {value} of the loss to frictions",
    "half_of_the_saving": "half of what latency can save is reached within {value} for the network",
    "energy_oriented_spans": "the {0} share of class {1} beyond 100 ms at equal cost is {value}",
    "cheapest_ways": "{0} is the cheapest way for {value} of classes and pairs of regions",
    "waiting_saving": "the class that may wait saves {value} by {0}",
    "greenfield_saving": "where all capacity is built, relocation saves {value} of {0}",
    "standing_saving": "where capacity stands, it saves {value} of operation",
    "sites_worth_opening": "{value} pairs of a region and a class are worth opening",
    "market_saving": "with a fleet of {0} GW the system saves {value}",
    "linear_prices_end": "linear prices are valid up to {value}",
    "tail_saving": "{0}, relocation saves {value}",
}
"""How a sentence states the value of an outcome, by its name; numbers are places for the labels of its own dims."""

SUBJECTS = {
    "cheapest_cost_change": "the change of cost",
    "cheapest_carbon_change": "the change of emissions by the {0} signal",
    "friction_loss": "the part that frictions take",
}
"""The same outcomes as subjects of a sentence about what they depend on."""

LABELS = SIGNALS | {
    "time": "waiting",
    "space": "moving",
    "both": "moving and waiting",
    "none": "without jitter",
    "median": "at the median of measured jitter",
    "high": "at its 90th percentile",
}
"""Labels of an outcome's own dims in sentences."""

MOST = 2
"""Groups of inputs named for an outcome [-]."""

NOT_OURS = "The ensemble is of geofront's own world with all frictions; it does not say how sure these results are."


@checked(
    worlds=result(ENSEMBLE),
    outcomes=several(text),
    claims=several(text),
    indices=result(ENSEMBLE),
    costly=result(ENSEMBLE),
    own_world=truth,
)
def what_would_change(
    worlds: xr.Dataset,
    outcomes: Iterable[str],
    claims: Iterable[str] = (),
    *,
    indices: xr.Dataset | None = None,
    costly: xr.Dataset | None = None,
    own_world: bool = False,
) -> Said:
    """What would change a notebook's findings, as a list of sentences.

    Parameters
    ----------
    worlds : xarray.Dataset
        Ensemble of :data:`geofront.HEADLINES`, from a Sobol sequence or a Latin hypercube.
    outcomes : iterable of str
        Names of headlines, each with the labels of its own dims, such as ``"layer_shares, local, A"``.
    claims : iterable of str
        Names from :data:`geofront.CLAIMS`, or of claims about single frictions.
    indices : xarray.Dataset, optional
        Ensemble from a Saltelli design. Of the outcomes that it has, the inputs that matter most are named.
    costly : xarray.Dataset, optional
        Ensemble of the outcomes that take longer, such as the shares of single frictions.
    own_world : bool
        Whether the notebook's world is not the one that the ensembles vary; the text then says only that.

    Returns
    -------
    Said
        The 5th to the 95th percentile of each outcome, with the groups of inputs that have the largest total-order
        index; the share of worlds in which each claim holds, and where it fails.

    Raises
    ------
    GeofrontError
        An outcome or a claim is unknown, or no ensemble has it.
    """
    if own_world:
        return say(NOT_OURS)
    sampled = [worlds] if costly is None else [worlds, costly]
    bands = pd.concat([of_ensembles.bands(each).assign(worlds=_solved(each)) for each in sampled])
    rows = {title(*key): (*key, row) for key, row in zip(bands.index, bands.itertuples(), strict=True)}
    if unknown := [name for name in outcomes if name not in rows]:
        raise GeofrontError(
            f"no ensemble has the outcome {first_labels(unknown)}; choose from {first_labels(rows, 50)}"
        )
    solved = _solved(worlds)
    within = "; ".join(
        _band(*rows[name]) + (f" ({row.worlds:,} worlds)" if (row := rows[name][2]).worlds != solved else "")
        for name in outcomes
    )
    said = [f"In the middle nine tenths of {solved:,} worlds around the default scenario, {within}."]
    known = [name for name in outcomes if indices is not None and rows[name][0] in outcomes_of(indices)]
    if known:
        depends = "; ".join(_depends(indices, *rows[name]) for name in known)
        said.append(f"By total-order index, {depends}.")
    return say(*said, *(_claim(name, worlds, costly) for name in claims), as_list=True)


def _solved(ensemble: xr.Dataset) -> int:
    return ensemble.sizes["sample"] - int(ensemble.attrs["failed"])


def _labels(of: str) -> list[str]:
    return [f"{float(each):,g}" if each.isdigit() else LABELS.get(each, each) for each in of.split(", ")]


def _band(outcome: str, of: str, row) -> str:
    sign = "+" if outcome.endswith("_change") else ""
    digits = 0 if max(abs(row.p5), abs(row.p95)) >= 10 else 1
    unit = "" if row.units in ("", "1") else f" {row.units}"
    value = f"{rounded(row.p5, digits, sign)} to {rounded(row.p95, digits, sign)}{unit}"
    return PHRASES.get(outcome, f"{title(row.title, of)} is {{value}}").format(*_labels(of), value=value)


def _depends(indices: xr.Dataset, outcome: str, of: str, row) -> str:
    own_dims = indices[f"default_{outcome}"].dims
    values = indices[outcome].sel(dict(zip(own_dims, of.split(", ") if of else (), strict=True)))
    groups = " and ".join(
        f"{each.Index} ({each.total_order:.2f} ± {each.total_order_confidence:.2f})"
        for each in sensitivity(indices, values).head(MOST).itertuples()
    )
    subject = SUBJECTS.get(outcome, title(row.title, of)).format(*_labels(of))
    return f"{subject} depends most on {groups}"


def _claim(name: str, worlds: xr.Dataset, costly: xr.Dataset | None) -> str:
    known = {**dict.fromkeys(CLAIMS, worlds), **dict.fromkeys(FRICTION_CLAIMS, costly)}
    if known.get(name) is None:
        raise GeofrontError(f"no ensemble for the claim {name!r}; choose from {first_labels(known, 50)}")
    (row,) = of_ensembles.claims(known[name], {name: (CLAIMS | FRICTION_CLAIMS)[name]}).itertuples()
    holds = f"“{row.sentence.rstrip('.')}” holds in {percent(row.share)} % of {row.worlds:,} worlds."
    return f"{holds} {row.fails_where}".rstrip()


def _number_or_nan(value, name: str) -> float:
    return np.nan if isinstance(value, float) and np.isnan(value) else number()(value, name)


@checked(what=text, values=mapping(_number_or_nan, "values by name"), unit=text, digits=whole(least=0))
def swept(what: str, values: Mapping[str, float], unit: str, digits: int = 1) -> str:
    """Range of a quantity over a notebook's own sweep, in a sentence.

    Parameters
    ----------
    what : str
        What precedes the least value, such as ``"Relocation saves"``.
    values : mapping of str to float
        Value by case, in `unit`; cases without one are NaN and left out.
    unit : str
    digits : int
        Decimals.

    Returns
    -------
    str
        The least and the largest value with the names of their cases; one value if all are equal; empty if no case has
        a value.
    """
    names = [name for name, value in values.items() if np.isfinite(value)]
    if not names:
        return ""
    numbers = np.array([values[name] for name in names])
    least, most = (rounded(value, digits) for value in (numbers.min(), numbers.max()))
    if least == most:
        return f"{what} {least} {unit} in every case."
    return f"{what} {least} ({names[numbers.argmin()]}) to {most} {unit} ({names[numbers.argmax()]})."

"""Kinds of results that public functions return and accept: their variables, dims and attributes."""

from collections.abc import Mapping
from numbers import Real
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from pandas.api.types import is_hashable
from xarray.indexes import PandasMultiIndex

from geofront.arguments import Check, shown
from geofront.errors import GeofrontError, first_labels
from geofront.names import BLOCK, CLIENT, COMPONENTS, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.names import LAYERS as OF_LAYERS


class Result(NamedTuple):
    """A kind of dataset."""

    name: str
    maker: str
    """Function that returns it."""
    dims: Mapping[str, tuple[str, ...]]
    """Dims of the required variables and coordinates."""
    attributes: tuple[str, ...] = ()
    finite: tuple[str, ...] = ()
    """Variables without NaN or infinity."""
    labels: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """Required labels by dim."""


_OF_PLACEMENT = {
    "flow": (CLIENT, REGION, WORKLOAD, HOUR),
    "cost": ("component", REGION, WORKLOAD, HOUR),
    "emissions": (REGION, WORKLOAD, HOUR),
    "energy": (REGION, WORKLOAD, HOUR),
    "used_capacity": (REGION, HOUR),
    WEIGHT: (HOUR,),
    BLOCK: (HOUR,),
    "home": (CLIENT,),
}
PLACEMENT = Result(
    "placement",
    "gf.place, gf.local or gf.evaluate",
    _OF_PLACEMENT,
    ("status", "solver", "objective", "carbon_signal", "carbon_price", "frictions"),
    ("flow", "cost", "emissions", "energy", "used_capacity", WEIGHT),
    {"component": COMPONENTS},
)
SOLVED = PLACEMENT._replace(
    name="placement with shadow prices",
    maker="gf.place",
    dims=_OF_PLACEMENT
    | {
        "capacity_price": (REGION, HOUR),
        "warmup_price": (REGION, WORKLOAD, HOUR),
        **dict.fromkeys(("demand_price", "locality_price", "law_price"), (CLIENT, WORKLOAD, HOUR)),
    },
    finite=(*PLACEMENT.finite, "capacity_price", "warmup_price", "demand_price", "locality_price", "law_price"),
)
FRONTIER = Result(
    "frontier",
    "gf.latency_frontier",
    {"cost_per_mwh": ("budget",), "carbon_per_mwh": ("budget",), "budget": ("budget",)},
    finite=("budget",),
)
SCOPED_FRONTIER = FRONTIER._replace(attributes=("scope",))
BREAK_EVEN = Result(
    "result of gf.break_even",
    "gf.break_even",
    {
        **dict.fromkeys(
            (
                "saving",
                "price_gap",
                "break_even_gap",
                "break_even_price",
                "emissions_avoided",
                "carbon_price_floor",
                "carbon_price_ceiling",
                "break_even_egress",
                "dwell_time",
                "feasible",
            ),
            (CLIENT, REGION, WORKLOAD),
        ),
        "demand": (CLIENT, WORKLOAD),
    },
    finite=("demand",),
)
RELOCATABLE = Result(
    "result of gf.relocatable",
    "gf.relocatable",
    {"rid": ("level", CLIENT, WORKLOAD), "demand": (CLIENT, WORKLOAD), "level": ("level",)},
    labels={"level": ("technical", "economic", "realised")},
)
LAYERS = Result(
    "result of gf.layers",
    "gf.layers",
    {"power": ("layer", REGION, WORKLOAD, HOUR), "share": ("layer", WORKLOAD), WEIGHT: (HOUR,)},
    finite=("power", WEIGHT),
    labels={"layer": OF_LAYERS},
)
LOSSES = Result(
    "result of gf.friction_losses",
    "gf.friction_losses",
    {"benefit": ("subset",), **dict.fromkeys(("alone", "last", "cumulative", "shapley"), ("friction",))},
)
OPTIONS = Result(
    "result of gf.transmission_or_relocation",
    "gf.transmission_or_relocation",
    {
        **dict.fromkeys(("cost", "emissions", "delivered_share", "latency_added", "feasible"), ("option", "distance")),
        "kind": ("option",),
        "label": ("option",),
        "distance": ("distance",),
    },
    finite=("cost",),
)
DISTANCES = Result(
    "result of gf.break_even_distance",
    "gf.break_even_distance",
    {"break_even": (WORKLOAD, "line"), "reach": (WORKLOAD,)},
)
BENEFITS = Result(
    "result of real_year.benefits",
    "geofront.quantities.real_year.benefits",
    {"benefit": (SERVICE, WORKLOAD), "demand": (SERVICE, WORKLOAD)},
    finite=("benefit", "demand"),
)

BENEFIT_RANGES = Result(
    "result of real_year.benefit_ranges",
    "geofront.quantities.real_year.benefit_ranges",
    {"home_least": (SERVICE,), "home_most": (SERVICE,), "class_least": (WORKLOAD,), "class_most": (WORKLOAD,)},
)
RANGES = Result(
    "result of gf.near_optimal",
    "gf.near_optimal",
    {
        "least": ("quantity", "slack"),
        "most": ("quantity", "slack"),
        "value": ("quantity",),
        "units": ("quantity",),
        "slack": ("slack",),
    },
    finite=("slack",),
)
LAYER_RANGES = Result(
    "result of near_optimal.layer_ranges",
    "geofront.quantities.near_optimal.layer_ranges",
    {"least": ("layer", WORKLOAD), "most": ("layer", WORKLOAD)},
    labels={"layer": OF_LAYERS},
)
SHARES = Result(
    "result of gf.energy_oriented",
    "gf.energy_oriented",
    {"least": ("definition", WORKLOAD), "most": ("definition", WORKLOAD)},
)
FRONT = Result(
    "result of gf.pareto",
    "gf.pareto",
    dict.fromkeys(("cost", "emissions", "cost_per_mwh", "carbon_per_mwh", "carbon_price"), ("point",)),
    finite=("cost", "emissions", "carbon_price"),
)
_PLANS = ("local", "optimum", "paid", "expected")
FORESIGHT = Result("result of gf.rolling", "gf.rolling", dict.fromkeys(_PLANS, (BLOCK,)), ("captured",), finite=_PLANS)
PAIRS = Result(
    "result of gf.ways_by_pair",
    "gf.ways_by_pair",
    {"cheapest": (WORKLOAD, "source", "user"), "break_even": (WORKLOAD, "line", "source"), "name": ("source",)},
)
INVESTMENT = Result(
    "result of gf.invest",
    "gf.invest",
    dict.fromkeys(("energy_benefit", "capital_benefit", "relocated_share", "capital_cost"), ("capital_cost",))
    | dict.fromkeys(("live", "local_live", "built", "rent"), ("capital_cost", REGION)),
)

SITES = Result(
    "result of gf.site",
    "gf.site",
    {"flow": (CLIENT, REGION, WORKLOAD, HOUR), "ready": (REGION, WORKLOAD), WEIGHT: (HOUR,), "home": (CLIENT,)},
    ("hosting_mw", "gate", "cost", "gap"),
    ("flow", WEIGHT),
)

EQUILIBRIUM = Result(
    "result of gf.equilibrium",
    "gf.equilibrium",
    {"system_saving": (), "bill_saving": (), "others_saving": (), "zone_share": (REGION, HOUR)},
    ("behaviour", "gap"),
    ("zone_share",),
)
ENSEMBLE = Result(
    "ensemble",
    "gf.ensemble",
    {"input_value": ("sample", "input"), "error": ("sample",)}
    | dict.fromkeys(("label", "group", "change"), ("input",)),
    ("sampler", "seed", "options", "failed"),
    finite=("input_value",),
)

LARGEST = 1e30
"""Upper bound of all results of scenarios within the ranges of the schema."""

RESULTS = (
    PLACEMENT,
    FRONTIER,
    BREAK_EVEN,
    RELOCATABLE,
    LAYERS,
    LOSSES,
    OPTIONS,
    DISTANCES,
    BENEFITS,
    BENEFIT_RANGES,
    RANGES,
    LAYER_RANGES,
    SHARES,
    FRONT,
    FORESIGHT,
    PAIRS,
    SITES,
    EQUILIBRIUM,
    INVESTMENT,
    ENSEMBLE,
)
_TEXTS = ("level", "kind", "label", "units", "cheapest", "name", "error", "group", "change")
_TEXT_ATTRIBUTES = ("status", "solver", "objective", "carbon_signal", "sampler")
_COORDINATES = (*_TEXTS, "home", WEIGHT, BLOCK, "distance", "budget", "slack", "capital_cost")


def level_problems(dataset: xr.Dataset) -> list[str]:
    """Problems of dimensions with multi-level labels."""
    wrong = dict.fromkeys(index.dim for index in dataset.xindexes.values() if isinstance(index, PandasMultiIndex))
    return [
        f"the labels of dimension {dim!r} have several levels: give it single labels, for example with "
        f"reset_index({dim!r})"
        for dim in wrong
    ]


def label_problems(dim: str, index: pd.Index) -> list[str]:
    """Problems of the labels of a dimension with at least one label."""
    kinds = {
        "text" if isinstance(label, str) else "a number" if isinstance(label, Real) else type(label).__name__
        for label in index
    }
    if index.hasnans:
        return [f"dimension {dim!r} has an empty label: name it, or drop it"]
    if len(kinds) > 1:
        return [f"dimension {dim!r} has labels of several types, {' and '.join(sorted(kinds))}: use one type for all"]
    if not is_hashable(index[0]) or isinstance(index[0], tuple):
        return [f"dimension {dim!r} has labels of type {kinds.pop()}: use text, numbers or time stamps"]
    if index.has_duplicates:
        repeated = index[index.duplicated()].unique()
        return [f"dimension {dim!r} repeats {first_labels(repeated)}: labels must be unique"]
    return []


def _with_article(kind: Result) -> str:
    return f"{'an' if kind.name[0] in 'aeiou' else 'a'} {kind.name}"


def result(kind: Result, *needed: str) -> Check:
    """Make a check for the result of a public function, or for the needed variables of it."""
    if needed:
        kind = kind._replace(
            dims={name: kind.dims[name] for name in needed},
            attributes=(),
            labels={},
            finite=tuple(name for name in kind.finite if name in needed),
        )
    remedy = f"pass what {kind.maker} returned"

    def check(value, name: str) -> xr.Dataset:
        if not isinstance(value, xr.Dataset):
            raise GeofrontError(f"{name} is {shown(value)}, not {_with_article(kind)}: {remedy}")
        levels = level_problems(value)
        if levels:
            raise GeofrontError(f"{name}: {levels[0]}")
        missing = _missing(value, kind)
        if missing:
            raise GeofrontError(
                f"{name} is {called(value)}, not {_with_article(kind)}: it lacks {first_labels(missing)}, or "
                f"has them with other dims; {remedy}"
            )
        for dim in dict.fromkeys(dim for dims in kind.dims.values() for dim in dims):
            problems = label_problems(dim, value.indexes[dim]) if value.sizes[dim] else [f"{dim!r} is empty"]
            if problems:
                raise GeofrontError(f"{name}: {problems[0]}; or {remedy}")
        for each in kind.dims:
            values = value[each].values
            if each in _TEXTS and not all(isinstance(text, str) for text in values.ravel()):
                raise GeofrontError(f"{name}: {each!r} does not hold text at every label: {remedy}")
            if each == "home":
                if not all(map(is_hashable, values)):
                    raise GeofrontError(f"{name}: 'home' does not hold labels of regions: {remedy}")
                unknown = pd.Index(values).difference(value.indexes[REGION])
                if len(unknown):
                    raise GeofrontError(f"{name}: homes {first_labels(unknown)} are not regions of it: {remedy}")
                continue
            if each not in _TEXTS and values.dtype.kind not in "iufb":
                raise GeofrontError(f"{name}: {each!r} has dtype {values.dtype}, it needs numbers: {remedy}")
            if each not in _TEXTS and (np.isfinite(values) & (np.abs(values.astype(np.longdouble)) > LARGEST)).any():
                raise GeofrontError(f"{name}: {each!r} is beyond ±{LARGEST:g}, which no result is: {remedy}")
            if each in kind.finite and not np.isfinite(values).all():
                raise GeofrontError(f"{name}: {each!r} is not a number, or infinite, at some labels: {remedy}")
        unclear = [
            each for each in kind.attributes if each in _TEXT_ATTRIBUTES and not isinstance(value.attrs[each], str)
        ]
        if unclear:
            raise GeofrontError(f"{name}: the attribute(s) {first_labels(unclear)} do not hold text: {remedy}")
        absent = [label for dim, labels in kind.labels.items() for label in labels if label not in value.indexes[dim]]
        if absent:
            raise GeofrontError(f"{name} lacks the labels {first_labels(absent)}: {remedy}")
        value = value.drop_indexes([each for each in value.xindexes if each not in value.dims])
        value = value.drop_vars([each for each in value.coords if each not in value.dims and each not in kind.dims])
        value = value.set_coords([each for each in kind.dims if each in _COORDINATES])
        value = value.reset_coords([each for each in kind.dims if each in value.coords and each not in _COORDINATES])
        short = [
            each
            for each in kind.dims
            if each in value.data_vars and value[each].dtype.kind == "f" and value[each].dtype != np.float64
        ]
        return value.assign({each: value[each].astype(np.float64) for each in short}) if short else value

    return check


def _missing(dataset: xr.Dataset, kind: Result) -> list[str]:
    missing = [
        name
        for name, dims in kind.dims.items()
        if name not in dataset.variables or set(dataset[name].dims) != set(dims)
    ]
    indexed = {dim for dims in kind.dims.values() for dim in dims if dim not in dataset.indexes}
    return [*missing, *sorted(indexed), *(name for name in kind.attributes if name not in dataset.attrs)]


def kind_of(dataset: xr.Dataset) -> Result | None:
    """Find the kind in `RESULTS` that a dataset matches, if any."""
    return next((kind for kind in RESULTS if not _missing(dataset, kind)), None)


def called(dataset: xr.Dataset) -> str:
    """Name of a dataset in messages: a placement, a frontier, … or its variables."""
    kind = kind_of(dataset)
    if kind:
        return _with_article(kind)
    if {"demand", "price", "capacity"} <= set(dataset.variables):
        return "a scenario"
    return f"a Dataset with {first_labels(dataset.data_vars) or 'no variables'}"

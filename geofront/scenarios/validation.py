"""Validates a scenario against the schema and reports all problems in one error."""

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from pandas.api.types import is_hashable

from geofront.arguments import checked, shown, truth
from geofront.errors import GeofrontError, first_labels
from geofront.names import BLOCK, CARBON_SIGNALS, CLIENT, HOUR, REGION, SERVICE, TOLERANCE, WEIGHT, WORKLOAD
from geofront.results import called, kind_of, label_problems, level_problems
from geofront.scenarios.alignment import demand_by_home, without_names
from geofront.scenarios.schema import allowed_dims, schema

HOME = "home"
EGRESS = ("egress_request", "egress_response")
DIMS = (CLIENT, SERVICE, REGION, WORKLOAD, HOUR)

_DTYPES = {"bool": ("b", "bool"), "integer": ("iu", "whole numbers"), "float": ("iuf", "numbers")}
"""Accepted kinds of numpy dtypes, and their name in messages, by dtype in the schema."""


@checked(baseline=truth)
def validate(scenario: xr.Dataset, *, baseline: bool = True) -> xr.Dataset:
    """Check that a dataset is a scenario, and return it with float64 numbers.

    Parameters
    ----------
    scenario : xarray.Dataset
        Variables, dims and units as in :func:`geofront.scenarios.schema`.
    baseline : bool
        Whether to require capacity for all-local execution, the baseline.

    Returns
    -------
    xarray.Dataset
        The scenario itself if all its numbers are float64, else a copy with float64 numbers, so that integers do not
        overflow and short floats do not lose digits. Variables beyond the schema are kept, but results do not have
        them.

    Raises
    ------
    GeofrontError
        If it is not a Dataset, or once for all problems, each with variable, first five labels, count and remedy.

    Notes
    -----
    ``data/schema.csv`` defines the schema. See "Parameters" in docs/model.md.
    """
    return validated(scenario, "scenario", baseline)


def admitted(
    scenario: xr.Dataset, name: str = "scenario", *, baseline: bool = False, waiting: bool = False
) -> xr.Dataset:
    """Validate a scenario and drop variables beyond the schema; `name` is the name of the argument.

    Every public function uses this, so that a user's own coordinates cannot clash with results. Demand that
    may wait is refused unless the function allows for `waiting`.
    """
    scenario = validated(scenario, name, baseline)
    waits = scenario[WORKLOAD].values[scenario.deferral_window.values > 0]
    if len(waits) and not waiting:
        raise GeofrontError(
            f"'deferral_window' of {name} is above 0 for {first_labels(waits)}, but here demand runs when it arrives: "
            "use gf.defer, which lets it wait, or set 'deferral_window' to 0"
        )
    return without_names(scenario.drop_vars([own for own in scenario.data_vars if own not in schema().index]))


def with_names(scenario: xr.Dataset, name: str = "scenario") -> xr.Dataset:
    """Validate a scenario without checking the baseline, and keep names and positions for display."""
    return validated(scenario, name, False)


def validated(scenario: xr.Dataset, name: str, baseline: bool) -> xr.Dataset:
    remedy = "make one with gf.scenario, gf.stylized or gf.from_tables, or read one with gf.open_scenario"
    if not isinstance(scenario, xr.Dataset):
        raise GeofrontError(
            f"{name} is {shown(scenario)}: a scenario is an xarray.Dataset, not {type(scenario).__name__}: {remedy}"
        )
    structure = level_problems(scenario)
    if structure:
        raise GeofrontError(_listed(name, structure))
    if not {"price", "capacity"} & set(scenario.variables) and (kind_of(scenario) or "demand" not in scenario):
        raise GeofrontError(f"{name} is {called(scenario)}, not a scenario: {remedy}")
    scenario = _in_float64(_with_kinds_of_schema(scenario))
    problems = [message for _, message in _problems(scenario, baseline)]
    if problems:
        raise GeofrontError(_listed(name, problems))
    return scenario


def _listed(name: str, problems: list[str]) -> str:
    whose = "the scenario" if name == "scenario" else name
    return f"{whose} has {len(problems)} problem(s):\n" + "\n".join(f"  - {problem}" for problem in problems)


def _with_kinds_of_schema(scenario: xr.Dataset) -> xr.Dataset:
    """Turn coordinates into variables and variables into coordinates as the schema requires."""
    kinds = schema()["kind"]
    as_coordinate = [name for name in kinds.index[kinds == "variable"] if name in scenario.coords]
    as_variable = [name for name in kinds.index[kinds == "coordinate"] if name in scenario.data_vars]
    indexed = [name for name in kinds.index if name in scenario.xindexes]
    if indexed:
        scenario = scenario.drop_indexes(indexed)
    if as_coordinate:
        scenario = scenario.reset_coords(as_coordinate)
    return scenario.set_coords(as_variable) if as_variable else scenario


def _in_float64(scenario: xr.Dataset) -> xr.Dataset:
    given = {
        name: scenario.variables[name]
        for name, dtype in schema()["dtype"].items()
        if dtype == "float" and name in scenario.variables
    }
    # A long double beyond the range of float64 becomes infinite, which the checks refuse by name.
    with np.errstate(over="ignore"):
        converted = {
            name: array.astype(np.float64)
            for name, array in given.items()
            if array.dtype.kind in _DTYPES["float"][0] and array.dtype != np.float64
        }
    return scenario.assign(converted) if converted else scenario


def _problems(scenario: xr.Dataset, baseline: bool) -> list[tuple[str, str]]:
    """Problems by variable or dimension. A check is skipped if its own inputs already have a problem."""
    problems = [*_label_problems(scenario), *_shape_problems(scenario)]
    misshapen = {name for name, _ in problems}
    rows = {str(row.Index): row for row in schema().itertuples() if row.Index not in misshapen}
    gaps = {name: _gaps(scenario.variables[name]) for name in rows}
    problems += _mismatch_problems(scenario, gaps)
    for name, row in rows.items():
        problems += [(name, message) for message in _value_problems(scenario, name, row, gaps[name])]
    if HOME in rows and SERVICE in scenario.indexes:
        problems += _home_problems(scenario)
    wrong = {name for name, _ in problems}
    if not wrong & {HOUR, BLOCK}:
        problems += _order_problems(scenario)
    if baseline and not wrong & {CLIENT, REGION, WORKLOAD, HOUR, HOME, "demand", "capacity"}:
        problems += _capacity_problems(scenario)
    return problems


def labels_where(mask: xr.DataArray) -> str:
    """Labels at which a boolean array is True: ``('paris', 'A') … (12 in all)``."""
    stacked = mask.values.nonzero()
    coordinates = [
        mask.indexes[dim].astype(str) if dim in mask.indexes else pd.RangeIndex(mask.sizes[dim]) for dim in mask.dims
    ]
    labels = [
        ", ".join(str(index[i]) for index, i in zip(coordinates, position, strict=True))
        for position in zip(*(axis[:5] for axis in stacked), strict=True)
    ]
    total = len(stacked[0]) if stacked else 1
    return first_labels(labels) + (f", … ({total} in all)" if total > len(labels) else "")


def _label_problems(scenario: xr.Dataset) -> Iterator[tuple[str, str]]:
    for dim in DIMS:
        if dim not in scenario.dims:
            yield dim, f"dimension {dim!r} is missing: give every one of {', '.join(DIMS)}"
        elif dim not in scenario.indexes:
            yield dim, f"dimension {dim!r} has no labels: assign_coords({dim}=[…])"
        elif scenario.sizes[dim] == 0:
            yield dim, f"dimension {dim!r} is empty: it needs at least one label"
        else:
            yield from ((dim, message) for message in label_problems(dim, scenario.indexes[dim]))
    if SERVICE in scenario.indexes and REGION in scenario.indexes:
        homeless = [
            label for label in scenario.indexes[SERVICE] if is_hashable(label) and label not in scenario.indexes[REGION]
        ]
        if len(homeless):
            yield (
                SERVICE,
                (
                    f"service nodes {first_labels(homeless)} have no compute region of the same label: "
                    "local execution needs one, so add the region ('capacity' 0 if nothing runs there) or rename the "
                    "service node"
                ),
            )
    signal = scenario.attrs.get("carbon_signal")
    if not isinstance(signal, str):
        yield (
            "carbon_signal",
            (
                f"attribute 'carbon_signal' is {'missing' if signal is None else shown(signal)}: name "
                f"the signal that 'carbon' holds, for example one of {', '.join(CARBON_SIGNALS)}"
            ),
        )


def _shape_problems(scenario: xr.Dataset) -> Iterator[tuple[str, str]]:
    for name in schema().index:
        if name not in scenario.variables:
            yield name, f"{name!r} is missing: it needs dims ({', '.join(allowed_dims(name)[0])})"
        elif not any(set(scenario.variables[name].dims) == set(dims) for dims in allowed_dims(name)):
            wanted = " or ".join(f"({', '.join(dims)})" for dims in allowed_dims(name))
            yield name, f"{name!r} has dims ({', '.join(scenario[name].dims)}): it needs {wanted}"


def _gaps(array: xr.Variable) -> dict[Hashable, np.ndarray]:
    """Labels without any value, by dim: xarray fills labels that do not match with missing values."""
    empty = np.asarray(pd.isnull(array.values))
    if not empty.any():
        return {}
    axes = range(array.ndim)
    gaps = {
        dim: np.asarray(empty.all(axis=tuple(other for other in axes if other != axis)))
        for axis, dim in enumerate(array.dims)
    }
    return {dim: gap for dim, gap in gaps.items() if gap.any()}


def _mismatch_problems(scenario: xr.Dataset, gaps: dict) -> Iterator[tuple[str, str]]:
    """Labels that a variable lacks, and labels that most variables lack because another one introduced them."""
    void = [name for name, gap in gaps.items() if gap and all(missing.all() for missing in gap.values())]
    for name in void:
        yield (
            name,
            (
                f"{name!r} has no values, or its labels do not match: give it values "
                "under exactly the labels of the scenario"
            ),
        )
    for dim in DIMS:
        lacking = {
            name: gap.get(dim, np.zeros(scenario.sizes[dim], bool))
            for name, gap in gaps.items()
            if dim in scenario.variables[name].dims and name not in void
        }
        if not any(missing.any() for missing in lacking.values()):
            continue
        labels = scenario[dim].to_index()
        unknown = np.mean(list(lacking.values()), axis=0) > 0.5
        if unknown.any():
            knowing = [name for name, missing in lacking.items() if not missing[unknown].all()]
            yield (
                dim,
                (
                    f"{dim} {first_labels(labels[unknown])} is missing from most variables, only "
                    f"{first_labels(knowing)} has values there: rename these labels to match exactly, or drop them"
                ),
            )
        for name, missing in lacking.items():
            if (missing & ~unknown).any():
                yield (
                    name,
                    (
                        f"{name!r} has no value for {dim} {first_labels(labels[missing & ~unknown])}, or its "
                        "labels do not match: give it values under exactly these labels, or drop "
                        "them from the scenario"
                    ),
                )


def _value_problems(scenario: xr.Dataset, name: str, row: Any, gaps: dict) -> Iterator[str]:
    kinds, wanted = _DTYPES.get(row.dtype, ("", ""))
    dtype, is_number = scenario.variables[name].dtype, row.dtype == "float"
    # Missing values at labels that do not match change booleans and integers to other types.
    if kinds and dtype.kind not in kinds and (is_number or not gaps):
        yield f"{name!r} has dtype {dtype}: it needs {wanted}" + f" [{_unit(row)}]" * is_number
    elif is_number:
        yield from _number_problems(scenario, name, row, gaps)


def _unit(row: Any) -> str:
    return "-" if row.units == "1" else row.units


def _number_problems(scenario: xr.Dataset, name: str, row: Any, gaps: dict) -> Iterator[str]:
    given = scenario.variables
    values, dims = given[name].values, given[name].dims
    # Infinity is valid where it is the neutral value: no limit to capacity or latency.
    unknown = np.isnan(values) if row.neutral == np.inf else ~np.isfinite(values)
    unlimited = np.isinf(values) & ~unknown
    for dim, gap in gaps.items():
        unknown &= ~np.expand_dims(gap, tuple(axis for axis, other in enumerate(dims) if other != dim))
    for mask, what, remedy in (
        (unknown, "is not a number", "fill or drop the labels"),
        ((values < row.minimum) & ~unknown, f"is below {row.minimum:g}", f"the unit is [{_unit(row)}]"),
        ((values > row.maximum) & ~unlimited & ~unknown, f"is above {row.maximum:g}", f"the unit is [{_unit(row)}]"),
        (values == 0 if name == WEIGHT else np.False_, "is 0", "drop snapshots that represent no hour"),
    ):
        if mask.any():
            yield f"{name!r} {what} at {labels_where(scenario[name].copy(data=mask))}: {remedy}"
    if name in EGRESS and {SERVICE, REGION} <= set(dims) & set(scenario.indexes):
        paid = ((given[name] > 0) & (given[SERVICE] == given[REGION])).any(REGION)
        if bool(paid.any()):
            paid = xr.DataArray(paid, {dim: scenario[dim] for dim in paid.dims})
            yield f"{name!r} is not 0 at home for {labels_where(paid)}: local bytes are free"


def _order_problems(scenario: xr.Dataset) -> Iterator[tuple[str, str]]:
    labels, blocks = scenario[HOUR].values, scenario[BLOCK].values
    shuffled = []
    for block in np.unique(blocks):
        hours = labels[blocks == block]
        # A block is a cycle, so its labels may begin anywhere but may wrap around only once.
        if (hours < np.roll(hours, 1)).sum() > 1:
            shuffled.append(block)
    if shuffled:
        yield (
            BLOCK,
            (
                f"{HOUR!r} labels are out of order in blocks {first_labels(shuffled)}: the snapshots of a block "
                "are consecutive, so sort them"
            ),
        )


def _home_problems(scenario: xr.Dataset) -> Iterator[tuple[str, str]]:
    services, home = scenario.indexes[SERVICE], scenario[HOME]
    known = np.array([is_hashable(label) and label in services for label in home.values], bool)
    stray = home.notnull() & ~known
    if bool(stray.any()):
        names = dict.fromkeys(map(str, home.values[stray.values]))
        yield (
            HOME,
            (
                f"'home' names {first_labels(names)}, not a service node, "
                f"for clients {labels_where(stray)}: use one of {first_labels(services)}"
            ),
        )


def _capacity_problems(scenario: xr.Dataset) -> Iterator[tuple[str, str]]:
    by_home = demand_by_home(scenario.demand, scenario[HOME], scenario.indexes[REGION])
    missing = by_home - scenario.capacity
    short = missing > TOLERANCE * by_home
    if bool(short.any()):
        yield (
            "capacity",
            (
                f"home demand exceeds 'capacity' at {labels_where(short.transpose(REGION, HOUR))}, "
                f"by up to {float(missing.max()):.6g} MW: raise the capacity or lower the demand, "
                "because all-local execution is the baseline"
            ),
        )

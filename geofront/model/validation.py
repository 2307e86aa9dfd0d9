"""Checks a scenario against the schema and gathers every problem before raising once."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.model.schema import allowed_dims, schema
from geofront.names import BLOCK, CARBON_SIGNALS, CLIENT, HOUR, REGION, SERVICE, TOLERANCE, WEIGHT, WORKLOAD

HOME = "home"
DIMS = (CLIENT, SERVICE, REGION, WORKLOAD, HOUR)


def validate(scenario: xr.Dataset, *, baseline: bool = True) -> xr.Dataset:
    """Check that a dataset is a scenario.

    Parameters
    ----------
    scenario : xarray.Dataset
        Variables, dims and units as in :func:`geofront.model.schema`.
    baseline : bool
        Whether all-local execution, the baseline, must find capacity too.

    Returns
    -------
    xarray.Dataset
        The same object, so that a call can be chained.

    Raises
    ------
    GeofrontError
        Names every problem at once: variable, first five labels, count and remedy.

    Notes
    -----
    The contract is section 3 of the model page; see also ``data/schema.csv``.
    """
    problems = [*_label_problems(scenario), *_shape_problems(scenario)]
    if not problems:
        problems = [*_value_problems(scenario), *_snapshot_problems(scenario), *_home_problems(scenario)]
    if baseline and not problems:
        problems = list(_capacity_problems(scenario))
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise GeofrontError(f"the scenario has {len(problems)} problem(s):\n{listed}")
    return scenario


def labels_where(mask: xr.DataArray) -> str:
    """The labels at which a boolean array holds: ``('paris', 'A') … (12 in all)``."""
    stacked = mask.values.nonzero()
    coordinates = [mask.indexes[dim].astype(str) if dim in mask.indexes else pd.RangeIndex(mask.sizes[dim])
                   for dim in mask.dims]
    labels = [", ".join(str(index[i]) for index, i in zip(coordinates, position, strict=True))
              for position in zip(*(axis[:5] for axis in stacked), strict=True)]
    total = len(stacked[0]) if stacked else 1
    return first_labels(labels) + (f", … ({total} in all)" if total > len(labels) else "")


def _label_problems(scenario: xr.Dataset) -> Iterator[str]:
    for dim in DIMS:
        if dim not in scenario.dims:
            yield f"dimension {dim!r} is missing: give every one of {', '.join(DIMS)}"
        elif dim not in scenario.indexes:
            yield f"dimension {dim!r} has no labels: assign_coords({dim}=[…])"
        elif scenario.indexes[dim].has_duplicates:
            index = scenario.indexes[dim]
            repeated = index[index.duplicated()].unique()
            yield f"dimension {dim!r} repeats {first_labels(repeated)}: labels must be unique"
        elif scenario.sizes[dim] == 0:
            yield f"dimension {dim!r} is empty: it needs at least one label"
    if SERVICE in scenario.indexes and REGION in scenario.indexes:
        homeless = scenario.indexes[SERVICE].difference(scenario.indexes[REGION])
        if len(homeless):
            yield (f"service nodes {first_labels(homeless)} have no compute region of the same label: "
                   "local execution needs one, so add the region or rename the service node")
    signal = scenario.attrs.get("carbon_signal")
    if signal is None:
        yield ("attribute 'carbon_signal' is missing: name the signal that 'carbon' holds, "
               f"for example one of {', '.join(CARBON_SIGNALS)}")


def _shape_problems(scenario: xr.Dataset) -> Iterator[str]:
    for name in schema().index:
        if name not in scenario.variables:
            yield f"{name!r} is missing: it needs dims ({', '.join(allowed_dims(name)[0])})"
        elif not any(set(scenario[name].dims) == set(dims) for dims in allowed_dims(name)):
            wanted = " or ".join(f"({', '.join(dims)})" for dims in allowed_dims(name))
            yield f"{name!r} has dims ({', '.join(scenario[name].dims)}): it needs {wanted}"


def _value_problems(scenario: xr.Dataset) -> Iterator[str]:
    for name, row in schema().iterrows():
        array = scenario[name]
        if row["dtype"] == "bool":
            if array.dtype != bool:
                yield f"{name!r} has dtype {array.dtype}: it needs bool"
        elif row["dtype"] == "integer":
            if array.dtype.kind not in "iu":
                yield f"{name!r} has dtype {array.dtype}: it needs whole numbers"
        elif row["dtype"] == "float":
            yield from _number_problems(name, row, array)


def _number_problems(name: str, row: pd.Series, array: xr.DataArray) -> Iterator[str]:
    if array.dtype.kind not in "iuf":
        yield f"{name!r} has dtype {array.dtype}: it needs numbers [{row.units}]"
        return
    # Without the capacity friction there is no capacity limit, so infinity is a value there.
    unknown = array.isnull() if name == "capacity" else ~np.isfinite(array)
    for mask, what, remedy in (
        (unknown, "is not a number", "fill or drop the labels"),
        (array < row.minimum, f"is below {row.minimum:g}", f"the unit is [{row.units}]"),
        (array > row.maximum, f"is above {row.maximum:g}", f"the unit is [{row.units}]"),
    ):
        if bool(mask.any()):
            yield f"{name!r} {what} at {labels_where(mask)}: {remedy}"


def _snapshot_problems(scenario: xr.Dataset) -> Iterator[str]:
    empty = scenario[WEIGHT] == 0
    if bool(empty.any()):
        yield f"{WEIGHT!r} is 0 at {labels_where(empty)}: drop snapshots that stand for no hour"
    labels = scenario[HOUR].values
    shuffled = []
    for block in np.unique(scenario[BLOCK].values):
        hours = labels[scenario[BLOCK].values == block]
        # A block is a cycle, so its labels may begin anywhere but must come back to the start once only.
        if (hours < np.roll(hours, 1)).sum() > 1:
            shuffled.append(block)
    if shuffled:
        yield (f"{HOUR!r} labels are out of order in blocks {first_labels(shuffled)}: the snapshots of a block "
               "are consecutive, so sort them")


def _home_problems(scenario: xr.Dataset) -> Iterator[str]:
    services = scenario.indexes[SERVICE]
    stray = scenario[HOME].values[~np.isin(scenario[HOME].values, services)]
    if len(stray):
        clients = scenario.indexes[CLIENT][~np.isin(scenario[HOME].values, services)]
        yield (f"'home' names {first_labels(dict.fromkeys(stray))}, not a service node, "
               f"for clients {first_labels(clients)}: use one of {first_labels(services)}")
        return
    for name in ("egress_request", "egress_response"):
        at_home = scenario[name].sel({REGION: services.rename(None)}).values.diagonal()
        if (at_home != 0).any():
            yield f"{name!r} is not 0 at home for {first_labels(services[at_home != 0])}: local bytes are free"


def _capacity_problems(scenario: xr.Dataset) -> Iterator[str]:
    regions = scenario.indexes[REGION]
    by_home = scenario.demand.sum(WORKLOAD).groupby(scenario.home).sum().rename({HOME: REGION})
    missing = by_home.reindex({REGION: regions}, fill_value=0.0) - scenario.capacity
    short = missing > TOLERANCE * (1 + by_home.max())
    if bool(short.any()):
        yield (f"home demand exceeds 'capacity' at {labels_where(short.transpose(REGION, HOUR))}, "
               f"by up to {float(missing.max()):.6g} MW: raise the capacity or lower the demand, "
               "because all-local execution is the baseline")



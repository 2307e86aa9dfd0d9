"""Builds a scenario from arrays and tables of one's own, whatever they hold: :func:`scenario`."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import permutations

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.names import BLOCK, CLIENT, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.scenarios.schema import allowed_dims, annotate, schema
from geofront.scenarios.validation import DIMS, EGRESS, HOME, validate

ONE_CLASS = "all"
"""Label of the workload class where no argument names classes."""


def scenario(*, demand, price=0.0, carbon=0.0, capacity=np.inf, rtt=None, home=None, latency_budget=np.inf, hours=None,
             weight=None, block=None, carbon_signal="own", **others) -> xr.Dataset:
    """A scenario from arrays, Series, DataFrames or DataArrays.

    Parameters
    ----------
    demand : scalar, array, Series, DataFrame, DataArray or mapping
        IT power by client, class and hour, or by some of them [MW]. All arguments below take the same types.
    price : optional
        By region, hour or both [USD/MWh].
    carbon : optional
        By region, hour or both [kg/MWh], the same as g/kWh.
    capacity : optional
        By region, hour or both [MW].
    rtt : optional
        Rows are service nodes, columns regions [ms]. Taken as it is: it may be asymmetric, and its diagonal is kept.
    home : optional
        By client: label of its service node. By default the client's own label if a service node has it, else the
        nearest service node by `access_rtt`.
    latency_budget : optional
        By class [ms]; infinite where latency does not matter.
    hours : sequence, optional
        Labels of the hours, such as a DatetimeIndex. Stamps with a time zone are converted to UTC.
    weight : optional
        By hour: hours that it stands for [h]; 1 by default.
    block : optional
        By hour: snapshots of one block are consecutive; one block by default.
    carbon_signal : str
        What `carbon` holds, kept as an attribute.
    **others : optional
        Any other variable of :func:`geofront.schema`, by its name. None stands for the neutral value.

    Returns
    -------
    xarray.Dataset
        Every variable of the schema, validated. Coordinates of DataArrays stay. Home capacity is not checked:
        :func:`geofront.local` needs it, :func:`geofront.place` does not.

    Raises
    ------
    GeofrontError
        Unknown argument, axes that could be several dimensions, labels that differ between arguments, clients without
        a home, or whatever :func:`geofront.validate` refuses.

    Notes
    -----
    The axes of an argument are recognised by name (``client``, ``service``, ``region``, ``workload``, ``hour``), by
    time stamps, by labels or sizes that another argument has, and otherwise by the schema's order of dims. Axes without
    labels, such as those of plain arrays, get 0, 1, 2, … Arguments broadcast by label. A variable that is not given is
    ``neutral`` in :func:`geofront.schema`. Without labels of their own, service nodes are the regions, and clients are
    the service nodes. Egress prices that do not depend on both service node and region are 0 at home. See "Building a
    scenario" in docs/model.md.

    Examples
    --------
    >>> import geofront as gf
    >>> import pandas as pd
    >>> price = pd.Series({"north": 30.0, "south": 80.0})
    >>> own = gf.scenario(demand=pd.Series({"north": 2.0, "south": 5.0}), price=price, capacity=6.0)
    >>> round(gf.totals(gf.place(own))["cost_per_mwh"], 2)
    37.14
    """
    named = {"demand": demand, "price": price, "carbon": carbon, "capacity": capacity, "rtt": rtt, HOME: home,
             "latency_budget": latency_budget, WEIGHT: weight, BLOCK: block}
    known = list(schema().index)
    for name in others:
        if name not in known:
            nearest = get_close_matches(name, [*known, "hours", "carbon_signal"], n=1, cutoff=0.0)[0]
            raise GeofrontError(f"{name!r} is no variable of a scenario: the nearest name is {nearest!r}; gf.schema() "
                                "lists all")
    if demand is None:
        raise GeofrontError("'demand' is missing: give the IT power of each client [MW]")
    given = {name: value for name, value in (named | others).items() if value is not None}
    arrays = [value for value in given.values() if isinstance(value, xr.DataArray)]
    for name in (WEIGHT, BLOCK):
        carried = [array.coords[name] for array in arrays if name in array.coords and array.coords[name].dims == (HOUR,)]
        if carried:
            given.setdefault(name, carried[0])
    tables = {name: _table(name, value) for name, value in given.items()}
    dims = _Dims(hours)
    dims.recognise(tables)
    s = xr.Dataset(coords=dims.coords(), attrs={"carbon_signal": carbon_signal})
    variables = {name: _variable(name, tables.get(name), s, dims) for name in known if name != HOME}
    s = s.assign(variables).set_coords([WEIGHT, BLOCK])
    s[HOME] = _home(tables.get(HOME), s, dims, access_given="access_rtt" in tables)
    return validate(annotate(s.assign_coords(_coordinates(arrays, s))), baseline=False)


@dataclass
class _Table:
    """An argument as an array; each axis may have a name of the schema, and labels."""

    name: str
    values: np.ndarray
    names: list
    labels: list
    dims: tuple = ()

    @property
    def labelled(self) -> bool:
        return all(name is not None or labels is not None and _kind(labels) != "number"
                   for name, labels in zip(self.names, self.labels, strict=True))


def _table(name: str, value) -> _Table:
    if isinstance(value, Mapping):
        value = pd.Series(value) if all(np.ndim(item) == 0 for item in value.values()) else pd.DataFrame(value)
    if isinstance(value, pd.DataFrame) and any(isinstance(axis, pd.MultiIndex) for axis in value.axes):
        value = value.stack(list(range(value.columns.nlevels)))
    if isinstance(value, pd.Series) and isinstance(value.index, pd.MultiIndex):
        _refuse_repeated(name, value.index)
        value = xr.DataArray.from_series(value)
    if isinstance(value, pd.Series | pd.DataFrame):
        names, labels = [axis.name for axis in value.axes], list(value.axes)
    elif isinstance(value, xr.DataArray):
        names, labels = list(value.dims), [value.indexes.get(dim) for dim in value.dims]
    else:
        names, labels = [None] * np.ndim(value), [None] * np.ndim(value)
    names = [axis if axis in DIMS else None for axis in names]
    labels = [_labels(name, index) for index in labels]
    stray = [axis for axis in names if axis is not None and axis not in allowed_dims(name)[-1]]
    if stray or len(names) > len(allowed_dims(name)[-1]):
        what = f"dimension {first_labels(stray)}" if stray else f"{len(names)} dimensions"
        raise GeofrontError(f"{name!r} has {what}: it needs ({', '.join(allowed_dims(name)[-1])}), or some of them")
    return _Table(name, np.asarray(value), names, labels)


def _labels(name: str, index: pd.Index | None) -> pd.Index | None:
    """Labels of an axis, stamps as UTC without time zone; None for those that pandas counts by itself."""
    if index is None or isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index))):
        return None
    _refuse_repeated(name, index)
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    elif _kind(index) == "text" and min(map(len, map(str, index)), default=0) >= len("2023-01-01"):
        stamps = pd.to_datetime(index.astype(str), format="ISO8601", errors="coerce", utc=True)
        index = index if stamps.hasnans else stamps
    if isinstance(index, pd.DatetimeIndex):
        index = index if index.tz is None else index.tz_convert("UTC").tz_localize(None)
        return index.as_unit("ns")
    return index


def _refuse_repeated(name: str, index: pd.Index) -> None:
    if index.has_duplicates:
        raise GeofrontError(f"{name!r} repeats the labels {first_labels(index[index.duplicated()].unique())}: keep one "
                            "of each, for example by groupby(level=0).min()")


def _kind(index: pd.Index) -> str:
    if isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex):
        return "time"
    return "number" if pd.api.types.is_numeric_dtype(index.dtype) else "text"


class _Dims:
    """What is known of each dim so far: its labels or its size, and the argument that gave them."""

    def __init__(self, hours):
        self.labels, self.sizes, self.source = {}, {}, {}
        if hours is not None:
            self._learn(HOUR, len(hours), _labels("hours", pd.Index(hours)), "hours")

    def recognise(self, tables: Mapping[str, _Table]) -> None:
        """Give every axis its dim: first where only one fits, then by the schema's order."""
        pending = sorted(tables.values(), key=lambda table: (not table.labelled, -len(table.names)))
        while pending:
            choices = {table.name: self._choices(table) for table in pending}
            table = next((table for table in pending if len(choices[table.name]) == 1
                          and (table.labelled or not any(other.labelled for other in pending))), None)
            table = table or next((table for table in pending if table.labelled), None)
            if table is None and self._assume():
                continue
            table = table or next((table for table in pending if set(choices[table.name][0]) == {SERVICE, REGION}), None)
            if table is None:
                table = pending[0]
                options = " or ".join(f"({', '.join(dims)})" for dims in choices[table.name])
                raise GeofrontError(
                    f"{table.name!r} of shape {table.values.shape} could have dims {options}: name its axes, as "
                    "Series.rename_axis and DataFrame.rename_axis do, or give a DataArray")
            pending.remove(table)
            table.dims = choices[table.name][0]
            for dim, size, labels in zip(table.dims, table.values.shape, table.labels, strict=True):
                self._learn(dim, size, labels, table.name)
        while self._assume():
            pass

    def _choices(self, table: _Table) -> list[tuple[str, ...]]:
        """The dims that a table's axes can have, best ones only, in the schema's order."""
        possible = [dims for dims in permutations(allowed_dims(table.name)[-1], len(table.names))
                    if all(map(self._possible, dims, table.names, table.values.shape, table.labels))]
        if not possible:
            sizes = {dim: f"{self.sizes[dim]} in {self.source[dim]!r}" for dim in allowed_dims(table.name)[-1]
                     if dim in self.sizes}
            raise GeofrontError(f"{table.name!r} of shape {table.values.shape} fits none of its dims "
                                f"({', '.join(allowed_dims(table.name)[-1])}): the sizes are {sizes}")
        score = [sum(map(self._match, dims, table.values.shape, table.labels)) for dims in possible]
        return [dims for dims, points in zip(possible, score, strict=True) if points == max(score)]

    def _possible(self, dim: str, name: str | None, size: int, labels: pd.Index | None) -> bool:
        if name is not None:
            return name == dim
        if labels is None:
            return self.sizes.get(dim, size) == size
        if _kind(labels) == "number":
            return True
        is_hour = _kind(labels) == "time" or HOUR in self.labels and labels.isin(self.labels[HOUR]).all()
        return is_hour == (dim == HOUR)

    def _match(self, dim: str, size: int, labels: pd.Index | None) -> int:
        if dim not in self.sizes:
            return 0
        if labels is None or dim not in self.labels:
            return 1 if self.sizes[dim] == size else -1
        return 1 if len(labels) == self.sizes[dim] and labels.isin(self.labels[dim]).all() else -1

    def _learn(self, dim: str, size: int, labels: pd.Index | None, source: str) -> None:
        if dim not in self.sizes or dim not in self.labels and labels is not None and self.sizes[dim] == size:
            self.sizes[dim], self.source[dim] = size, source
            if labels is not None:
                self.labels[dim] = labels
            return
        stray = [] if labels is None else labels.symmetric_difference(self.labels.get(dim, labels))
        if len(stray) or size != self.sizes[dim]:
            what = f"the {dim} labels {first_labels(stray)}" if len(stray) else f"the number of {dim} labels"
            raise GeofrontError(f"{source!r} and {self.source[dim]!r} do not share {what}: give both the same labels")

    def _assume(self) -> bool:
        """Take labels that nothing gives from the next layer, one dim a time."""
        for dim, like in ((SERVICE, REGION), (CLIENT, SERVICE), (SERVICE, CLIENT), (REGION, SERVICE)):
            if dim not in self.sizes and like in self.sizes:
                self._learn(dim, self.sizes[like], self.labels.get(like), self.source[like])
                return True
        return False

    def coords(self) -> dict:
        if REGION not in self.sizes:
            raise GeofrontError("no argument has regions: give 'price', 'carbon' or 'capacity' as a Series by region")
        counted = {dim: np.arange(self.sizes.get(dim, 1)) for dim in DIMS}
        counted[WORKLOAD] = counted[WORKLOAD] if WORKLOAD in self.sizes else np.array([ONE_CLASS], object)
        return {dim: np.asarray(self.labels[dim], object if _kind(self.labels[dim]) == "text" else None)
                if dim in self.labels else counted[dim] for dim in DIMS}


def _variable(name: str, table: _Table | None, s: xr.Dataset, known: _Dims) -> xr.Variable:
    """A variable in the scenario's order of labels, over all its dims."""
    table = table or _table(name, schema().at[name, "neutral"])
    values = table.values
    for axis, (dim, labels) in enumerate(zip(table.dims, table.labels, strict=True)):
        if labels is not None:
            values = values.take(labels.get_indexer(s.indexes[dim]), axis)
    dims = next(dims for dims in allowed_dims(name) if set(table.dims) <= set(dims))
    array = xr.Variable(table.dims, values).set_dims({dim: s.sizes[dim] for dim in dims}).transpose(*dims).copy()
    if name in EGRESS and set(table.dims) != set(dims):
        array = array * (s.variables[SERVICE] != s.variables[REGION])
    return array


def _home(table: _Table | None, s: xr.Dataset, known: _Dims, *, access_given: bool) -> xr.Variable:
    if table is not None:
        return _variable(HOME, table, s, known)
    clients, services = s.indexes[CLIENT], s.indexes[SERVICE]
    away = ~clients.isin(services)
    if away.any() and not access_given and len(services) > 1:
        raise GeofrontError(f"clients {first_labels(clients[away])} have no home: give 'home', or 'access_rtt' to take the "
                            f"nearest of the service nodes {first_labels(services)}")
    nearest = services.to_numpy()[s.access_rtt.fillna(np.inf).argmin(SERVICE).values]
    return xr.Variable(CLIENT, np.where(away, nearest, clients.to_numpy()))


def _coordinates(arrays: list[xr.DataArray], s: xr.Dataset) -> dict:
    """Coordinates that DataArrays bring along, such as names and positions; the first of each name."""
    found = {}
    for array in arrays:
        for name, coord in array.coords.items():
            fits = set(coord.dims) <= set(s.dims) and all(dim in coord.indexes for dim in coord.dims)
            if name not in found and name not in {*schema().index, *DIMS} and fits:
                found[name] = coord.sel({dim: s[dim].values for dim in coord.dims}).variable
    return found

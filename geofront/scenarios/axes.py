"""Identifies the dims of arrays, Series, DataFrames and DataArrays by the names, labels and sizes of their axes."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.names import CLIENT, HOUR, REGION, SERVICE, WORKLOAD
from geofront.scenarios.schema import allowed_dims
from geofront.scenarios.validation import DIMS

ONE_CLASS = "all"
"""Label of the workload class if no argument has classes."""


@dataclass
class Table:
    """An argument as an array; each axis may have a name from the schema, and labels."""

    name: str
    values: np.ndarray
    names: list
    labels: list
    dims: tuple = ()

    @property
    def labelled(self) -> bool:
        """Whether every axis has a name, text labels or time stamps; labels that are numbers do not count."""
        return all(
            name or _kind(labels) in ("text", "time") for name, labels in zip(self.names, self.labels, strict=True)
        )


def table_of(name: str, value) -> Table:
    """Convert the value of a variable, of any type, to a table.

    Raises
    ------
    GeofrontError
        If it is no array or table, has dims that the variable cannot have, or has repeated labels.
    """
    value = _read(name, value)
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
        what = f"the dimension {first_labels(stray)}" if stray else f"{len(names)} dimensions"
        raise GeofrontError(
            f"{name!r} has {what}: give it ({', '.join(allowed_dims(name)[-1])}) or some of them, for "
            "example by rename or rename_axis"
        )
    return Table(name, np.asarray(value), names, labels)


def _read(name: str, value) -> np.ndarray | pd.Index | pd.Series | pd.DataFrame | xr.DataArray:
    """Convert mappings to Series and DataFrames, and numbers and lists to arrays."""
    if isinstance(value, xr.Dataset):
        raise GeofrontError(f"{name!r} is a Dataset: give one of its variables")
    try:
        if isinstance(value, Mapping):
            nested = any(isinstance(item, Mapping) or np.ndim(item) for item in value.values())
            return pd.DataFrame(value) if nested else pd.Series(value)
        if isinstance(value, pd.Series | pd.DataFrame | xr.DataArray | pd.Index):
            return value
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise GeofrontError(f"{name!r} is no table ({error}): give all rows the same length") from error
    if array.ndim == 0 and array.dtype == object:
        raise GeofrontError(
            f"{name!r} has type {type(value).__name__}: give a number, an array, a Series, a DataFrame or a DataArray"
        )
    return array


def _labels(name: str, index: pd.Index | None) -> pd.Index | None:
    """Labels of an axis, stamps as UTC without time zone; None for pandas' default labels 0, 1, 2, …"""
    if index is None or (isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index)))):
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
        raise GeofrontError(
            f"{name!r} repeats the labels {first_labels(index[index.duplicated()].unique())}: keep one "
            "of each, for example by groupby(level=0).min()"
        )


def _kind(index: pd.Index | None) -> str:
    if index is None:
        return ""
    if isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex):
        return "time"
    # Column names of a CSV file are text even if they are numbers of hours.
    counts = pd.api.types.is_numeric_dtype(index.dtype) or all(str(label).isdigit() for label in index)
    return "number" if counts else "text"


class Dims:
    """Labels or size of each dim identified so far, and the argument they come from."""

    def __init__(self, hours):
        self.labels, self.sizes, self.source = {}, {}, {}
        if hours is None:
            return
        if isinstance(hours, xr.Dataset) or _read("hours", hours).ndim != 1:
            raise GeofrontError(
                "'hours' are the labels of the hours: give a list or a DatetimeIndex, and the values "
                "of these hours as 'price' and 'carbon'"
            )
        self._learn(HOUR, len(hours), _labels("hours", pd.Index(hours)), "hours")

    def recognise(self, tables: Mapping[str, Table]) -> None:
        """Identify the dim of every axis: labelled arguments first, and among them the unambiguous ones."""
        pending = sorted(
            tables.values(),
            key=lambda table: (not table.labelled, len(allowed_dims(table.name)[-1]) > 1, -len(table.names)),
        )
        while pending:
            choices = {table.name: self._choices(table) for table in pending}
            labelled = [table for table in pending if table.labelled]
            certain = [table for table in labelled or pending if len(choices[table.name]) == 1]
            if not certain and not labelled and self._assume():
                continue
            squares = [table for table in pending if set(choices[table.name][0]) == {SERVICE, REGION}]
            # Without hours or tables, a list is by client or by region, the first dim of its variable.
            lists = [] if HOUR in self.sizes or any(len(table.names) > 1 for table in pending) else pending
            table = next(iter(certain or labelled or squares or lists), None)
            if table is None:
                options = " or ".join(f"({', '.join(dims)})" for dims in choices[pending[0].name])
                raise GeofrontError(
                    f"{pending[0].name!r} of shape {pending[0].values.shape} could have dims {options}: give a "
                    "DataArray, or name the axes by rename_axis"
                )
            pending.remove(table)
            table.dims = choices[table.name][0]
            for dim, size, labels in zip(table.dims, table.values.shape, table.labels, strict=True):
                self._learn(dim, size, labels, table.name)
        # Labels keep the order of the first argument, regardless of the order of recognition.
        for table in reversed(list(tables.values())):
            self.labels |= {
                dim: labels
                for dim, labels in zip(table.dims, table.labels, strict=True)
                if labels is not None and self.source[dim] != "hours"
            }
        while self._assume():
            pass

    def _choices(self, table: Table) -> list[tuple[str, ...]]:
        """Best matching dims of a table's axes, in the schema's order."""
        possible = [
            dims
            for dims in permutations(allowed_dims(table.name)[-1], len(table.names))
            if all(map(self._possible, dims, table.names, table.values.shape, table.labels))
        ]
        if not possible:
            sizes = ", ".join(f"{dim} {self.sizes.get(dim, 'of any length')}" for dim in allowed_dims(table.name)[-1])
            raise GeofrontError(
                f"{table.name!r} of shape {table.values.shape} does not fit the dims that it can have: "
                f"{sizes}; correct its shape or the labels of its axes"
            )
        score = [sum(map(self._match, dims, table.values.shape, table.labels)) for dims in possible]
        return [dims for dims, points in zip(possible, score, strict=True) if points == max(score)]

    def _possible(self, dim: str, name: str | None, size: int, labels: pd.Index | None) -> bool:
        if name is not None:
            return name == dim
        if labels is None:
            return self.sizes.get(dim, size) == size
        if _kind(labels) == "number":
            return True
        is_hour = _kind(labels) == "time" or (HOUR in self.labels and labels.isin(self.labels[HOUR]).all())
        return is_hour == (dim == HOUR)

    def _match(self, dim: str, size: int, labels: pd.Index | None) -> int:
        if dim not in self.sizes:
            return 0
        if labels is None or dim not in self.labels:
            return 1 if self.sizes[dim] == size else -1
        return 1 if len(labels) == self.sizes[dim] and labels.isin(self.labels[dim]).all() else -1

    def _learn(self, dim: str, size: int, labels: pd.Index | None, source: str) -> None:
        if not size:
            raise GeofrontError(f"{source!r} is empty: give at least one value")
        known = self.labels.get(dim, labels)
        stray = [] if labels is None or known is None else list(labels.symmetric_difference(known, sort=False))
        if len(stray) or size != self.sizes.get(dim, size):
            what = f"the {dim} labels {first_labels(stray)}" if len(stray) else f"the number of {dim} labels"
            raise GeofrontError(f"{source!r} and {self.source[dim]!r} do not share {what}: give both the same labels")
        self.sizes[dim], self.source[dim] = size, self.source.get(dim, source)
        if known is not None:
            self.labels[dim] = known

    def _assume(self) -> bool:
        """Copy missing labels from a related dim, one dim at a time."""
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
        return {
            dim: np.asarray(self.labels[dim], object if _kind(self.labels[dim]) == "text" else None)
            if dim in self.labels
            else counted[dim]
            for dim in DIMS
        }

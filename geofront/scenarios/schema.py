"""The scenario schema: one table of every variable with dims, units, meaning and range.

Validation, the ``units`` and ``long_name`` attributes and the documentation (Table 2) all read
``data/schema.csv``, so that each variable is defined in one place.
"""

from collections.abc import Callable, Mapping
from functools import cache

import pandas as pd
import xarray as xr

from geofront.inputs.table_paths import data_path

_NEUTRAL: dict[str, Callable[[str], object]] = {"float": float, "integer": int, "bool": "True".__eq__}
"""Parser of a neutral value by dtype in the schema."""


@cache
def _table() -> pd.DataFrame:
    table = pd.read_csv(data_path("schema.csv"), index_col="name", keep_default_na=False)
    for bound in ("minimum", "maximum"):
        table[bound] = pd.to_numeric(table[bound])
    neutral = [_NEUTRAL[dtype](text) if text else None for dtype, text in zip(table.dtype, table.neutral, strict=True)]
    return table.assign(neutral=pd.Series(neutral, table.index, object))


def schema() -> pd.DataFrame:
    """List every variable and coordinate of a scenario.

    Returns
    -------
    pandas.DataFrame
        Indexed by name; columns ``kind`` (``variable`` or ``coordinate``), ``dims`` (alternatives
        separated by ``|``), ``units``, ``dtype``, ``minimum``, ``maximum``, ``neutral`` (default of a missing variable
        in :func:`geofront.scenario`), ``long_name``, ``meaning``.
    """
    return _table().copy()


def allowed_dims(name: str) -> list[tuple[str, ...]]:
    """Allowed dims of variable ``name``; the first are the usual ones."""
    return [tuple(choice.split()) for choice in _table()["dims"][name].split("|")]


def annotate(scenario: xr.Dataset) -> xr.Dataset:
    """Add ``units`` and ``long_name`` from the schema, and put dims in the schema's order."""
    annotated = {}
    for row in _table().itertuples():
        if row.Index not in scenario.variables:
            continue
        array = scenario.variables[row.Index].copy(deep=False)
        array.attrs = {"long_name": row.long_name} | ({"units": row.units} if row.units else {})
        order = next((dims for dims in allowed_dims(str(row.Index)) if set(dims) == set(array.dims)), array.dims)
        annotated[row.Index] = array.transpose(*order)
    return scenario.assign(annotated)


def described(result: xr.Dataset, attrs: Mapping[str, tuple[str, str]]) -> xr.Dataset:
    """Add ``(units, long_name)`` from `attrs` to the variables of a result; units may be empty."""
    for name, (units, long_name) in attrs.items():
        if name in result.variables:
            result[name].attrs = {"long_name": long_name} | ({"units": units} if units else {})
    return result

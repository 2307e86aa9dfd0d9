"""Formats tables for readers, with units in heads and rounded numbers, for LaTeX, notebooks and the gallery."""

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Real

import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype, is_numeric_dtype, is_object_dtype

from geofront.errors import GeofrontError, first_labels

SIGNIFICANT_DIGITS = 4
MISSING, INFINITE, MINUS = "–", "∞", "−"


def with_units(
    frame: pd.DataFrame, units: Mapping[str, str] | None = None, digits: Mapping[str, int] | None = None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Append units in brackets to the heads of columns and named index levels.

    Parameters
    ----------
    frame : pandas.DataFrame
    units, digits : mapping, optional
        Unit and decimals by column; by default ``frame.attrs["units"]`` and ``frame.attrs["digits"]``.

    Returns
    -------
    tuple
        The frame with its new heads, and the decimals by new head.

    Raises
    ------
    GeofrontError
        If `units` or `digits` have unknown columns.
    """
    names = [*(name for name in frame.index.names if name is not None), *frame.columns]
    if frame.columns.nlevels > 1 or len(set(names)) < len(names) or not all(isinstance(name, str) for name in names):
        raise GeofrontError(
            f"the table has the columns and index levels {first_labels(names, limit=30)}: give each "
            "its own name, as text"
        )
    for what, given in (("units", units), ("digits", digits)):
        if unknown := [name for name in given or () if name not in names]:
            raise GeofrontError(
                f"{what} for unknown columns {first_labels(unknown)}; the table has {first_labels(names, limit=30)}."
            )
    units = frame.attrs.get("units", {}) if units is None else units
    digits = frame.attrs.get("digits", {}) if digits is None else digits
    heads = {name: f"{name} [{unit}]" for name, unit in units.items() if unit}
    renamed = frame.rename(columns=heads).rename_axis(index=heads)
    return renamed, {heads.get(name, name): places for name, places in digits.items() if name in names}


def with_texts(frame: pd.DataFrame, change: Callable[[object], object], numbers: Sequence[str] = ()) -> pd.DataFrame:
    """Apply `change` to heads and texts, except in the columns `numbers`."""
    texts = [name for name in frame if name not in numbers and any(isinstance(cell, str) for cell in frame[name])]
    changed = frame.assign(**{name: frame[name].astype(object).map(change) for name in texts})
    return changed.rename(columns=change)


def decimals(column: pd.Series) -> int:
    """Number of decimals that gives the largest value of a column four significant digits; at most six."""
    finite = [abs(value) for value in column.dropna() if math.isfinite(value)]
    largest = max(finite, default=0.0)
    if largest == 0.0:
        return 0
    return min(6, max(0, SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(largest))))


def is_numeric(column: pd.Series) -> bool:
    """Whether a column holds numbers, possibly with dtype object; booleans are not numbers."""
    if is_object_dtype(column):
        values = list(column.dropna())
        return bool(values) and all(_is_number(value) for value in values)
    return is_numeric_dtype(column) and not is_bool_dtype(column)


def texts(column: pd.Series, places: int | None = None) -> list[str]:
    """Format a column's cells: ``–`` for a missing value, ``∞`` for infinity, yes or no for booleans.

    Numbers have thousands separators and `places` decimals. By default integers have no decimals and floats the number
    from `decimals`. Each number in a column of dtype object has at most four significant digits, or all digits before
    the point.
    """
    if places is None and is_integer_dtype(column):
        places = 0
    elif places is None and is_float_dtype(column):
        places = decimals(column)
    return [_text(value, places) for value in column]


def rounded(value: float, digits: int, sign: str = "") -> str:
    """Format a number for sentences: thousands separators, a minus sign, no sign at zero; a plus if `sign` is "+"."""
    if value != value:
        return MISSING
    value = round(value, digits) + 0.0
    return f"{value:{sign if value else ''},.{digits}f}".replace("-", MINUS)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _text(value: object, places: int | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value is pd.NA or value != value:
        return MISSING
    if not _is_number(value):
        return str(value)
    if math.isinf(value):
        return INFINITE if value > 0 else MINUS + INFINITE
    rounded = f"{_own_digits(value):,}" if places is None else f"{value:,.{places}f}"
    return rounded.replace("-", MINUS if float(rounded.replace(",", "")) else "")


def _own_digits(value: Real) -> Real:
    if abs(value) < 10**SIGNIFICANT_DIGITS:
        value = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return round(value) if abs(value) >= 10**SIGNIFICANT_DIGITS or value == int(value) else value

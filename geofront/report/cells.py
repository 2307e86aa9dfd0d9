"""The cells of a table as text, rounded for readers; LaTeX and notebooks show the same."""

import math
import textwrap
from itertools import groupby
from numbers import Real
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SIGNIFICANT_DIGITS = 4
MISSING, INFINITE, MINUS = "–", "∞", "−"
HEAD_WIDTH = 8
"""Letters of a head that fit on one line, however narrow its column."""


def decimals(column: "pd.Series") -> int:
    """Decimals that leave the largest value of a column four significant digits, and at most six."""
    finite = [abs(value) for value in column.dropna() if math.isfinite(value)]
    largest = max(finite, default=0.0)
    if largest == 0.0:
        return 0
    return min(6, max(0, SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(largest))))


def is_numeric(column: "pd.Series") -> bool:
    """Whether a column holds numbers, be it as objects; truth values are none."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_object_dtype

    if is_object_dtype(column):
        values = list(column.dropna())
        return bool(values) and all(_is_number(value) for value in values)
    return is_numeric_dtype(column) and not is_bool_dtype(column)


def texts(column: "pd.Series", places: int | None = None) -> list[str]:
    """A column's cells as readers see them.

    Parameters
    ----------
    column : pandas.Series
        Floats, integers, text, truth values or objects.
    places : int, optional
        Decimals of numbers. By default whole numbers have none, floats those of `decimals`, and numbers
        that are objects each their own: four significant digits at most, or all before the point.

    Returns
    -------
    list of str
        Thousands are separated by commas; ``–`` where nothing is, ``∞`` for infinity, yes or no for truth.
    """
    from pandas.api.types import is_float_dtype, is_integer_dtype

    if places is None and is_numeric(column):
        if is_integer_dtype(column):
            places = 0
        elif is_float_dtype(column):
            places = decimals(column)
    return [_text(value, places) for value in column]


def head_lines(head: str, cells: list[str]) -> list[str]:
    """A head broken into lines about as wide as the cells below it, its unit in brackets kept whole."""
    width = max([HEAD_WIDTH, *map(len, cells)])
    name, bracket, unit = head.partition(" [")
    lines = textwrap.wrap(name, width, break_long_words=False, break_on_hyphens=False)
    if not bracket:
        return lines or [""]
    unit = f"[{unit}"
    if len(lines) == 1 and len(head) <= width:
        return [head]
    return [*lines, unit]


def row_spans(labels: list[str]) -> list[int]:
    """How many rows the label of each row spans: zero where the row above has the same."""
    lengths = [len(list(group)) for _, group in groupby(labels)]
    return [span for length in lengths for span in (length, *[0] * (length - 1))]


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _text(value: object, places: int | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value != value:
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

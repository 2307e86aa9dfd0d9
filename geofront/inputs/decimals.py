"""Numbers as files write them: with a decimal point or comma, or a marker where a value is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

MISSING = ("", "-", "--", "–", "—", "nan", "-nan", "na", "n/a", "n.a.", "n/e", "null", "none", "#n/a", "#na", "<na>")
"""Cells that stand for a missing value, in lower case."""
POINT = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
POINT_GROUPED = r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
COMMA = r"[+-]?(?:\d+(?:,\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?)"
SPACED = r"[+-]?\d{1,3}(?:\s\d{3})+(?:[.,]\d+)?"
SURELY_COMMA = r"[+-]?(?:0,\d+|\d+,(?:\d{1,2}|\d{4,})|\d{4,},\d+|\d{1,3}(?:\.\d{3})+,\d+)"
"""A number that has another value, or is invalid, if its comma separates thousands."""


def numbers(cells: pd.Series, decimal: str | None = None) -> tuple[pd.Series, pd.Series]:
    """Parse the numbers in a column of text.

    Parameters
    ----------
    cells : pandas.Series
        Text.
    decimal : {".", ","} or None
        The decimal mark; the other one may then separate thousands. None means a point, or a comma if every
        cell is valid with a decimal comma and at least one is valid only so.

    Returns
    -------
    values : pandas.Series
        Float, NaN where the value is missing or unreadable.
    unreadable : pandas.Series
        Bool, True for cells that are neither a number nor one of `MISSING`.
    """
    text = cells.str.strip().str.replace("\u2212", "-", regex=False)
    text = text.where(~text.str.fullmatch(SPACED), text.str.replace(r"\s", "", regex=True))
    missing = text.str.lower().isin(MISSING)
    pattern, thousands = (COMMA, ".") if decimal == "," else (POINT, ",")
    if decimal is None and _comma_is_decimal(text[~missing]):
        decimal, pattern, thousands = ",", COMMA, "."
    fits = text.str.fullmatch(pattern)
    if decimal == ".":
        fits |= text.str.fullmatch(POINT_GROUPED)
    readable = ~missing & fits
    plain = text[readable]
    if decimal is not None:
        plain = plain.str.replace(thousands, "", regex=False).str.replace(",", ".", regex=False)
    values = plain.astype(float).reindex(cells.index)
    return values.where(np.isfinite(values)), ~missing & ~np.isfinite(values)


def _comma_is_decimal(text: pd.Series) -> bool:
    return bool(text.str.fullmatch(COMMA).all() and text.str.fullmatch(SURELY_COMMA).any())

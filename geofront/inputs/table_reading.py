"""Reads a table of labels, text and numbers from a file or a DataFrame, and checks it."""

import io
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_hashable, is_scalar

from geofront.arguments import has_numbers, is_number_or_missing
from geofront.errors import GeofrontError, first_labels
from geofront.inputs.text_files import cells_of, read_text, separator_of, unguarded

TEXT_COLUMNS = frozenset(
    {
        "name",
        "label",
        "tier",
        "country",
        "jurisdiction",
        "client_jurisdiction",
        "region_jurisdiction",
        "region_a",
        "region_b",
        "timezone",
        "hourly_zone",
        "home",
        "quantity",
        "source",
    }
)
"""Columns that hold text; every other required column must hold numbers."""


def read_table(
    table: pd.DataFrame | str | PathLike[str],
    index: str | Sequence[str] | None = None,
    required: Sequence[str] = (),
    name: str = "table",
) -> pd.DataFrame:
    """Read and check a table in a DataFrame or a CSV file.

    Parameters
    ----------
    table : pandas.DataFrame, str or path
        A frame, left unchanged, or the path of a UTF-8 CSV file, plain or compressed.
    index : str, sequence of str or None
        Column or columns that hold the labels; a frame may already have them as its index. None keeps the rows
        unlabelled.
    required : sequence of str
        Required columns. All but the text columns (`TEXT_COLUMNS`) must hold numbers; they become float64, with
        NaN for empty cells. Booleans are not numbers.
    name : str
        Name of a frame in messages; a file is named by its path.

    Returns
    -------
    pandas.DataFrame
        Indexed by `index`, rows and columns in their original order.

    Raises
    ------
    GeofrontError
        If the file cannot be read, a table with one column of labels has no rows, columns are missing or
        repeated, labels are empty, repeated or of several types, or a cell is not a number. One error lists all
        problems of labels and numbers.
    """
    frame, origin = (table, name) if isinstance(table, pd.DataFrame) else _from_file(table)
    keys = [index] if isinstance(index, str) else list(index or ())
    _check_heads(frame, keys, origin)
    if keys and list(frame.index.names) == keys:
        frame = frame.reset_index()
    if isinstance(index, str) and frame.empty:
        raise GeofrontError(f"{origin}: no rows; add at least one.")
    missing = [column for column in [*keys, *required] if column not in frame.columns]
    if missing:
        raise GeofrontError(
            f"{origin}: missing column(s) {', '.join(map(repr, missing))}; "
            f"it has {first_labels(frame.columns)}. Add them under exactly these names."
        )
    numbers = [column for column in required if column not in TEXT_COLUMNS]
    problems = _label_problems(frame, keys) + _text_problems(frame) + _number_problems(frame, keys, numbers)
    if problems:
        raise GeofrontError(f"{origin}: " + "; ".join(problems))
    frame = frame.assign(**{column: frame[column].to_numpy(float, na_value=np.nan) for column in numbers})
    return frame.set_index(keys) if keys else frame


def _from_file(path: str | PathLike[str]) -> tuple[pd.DataFrame, str]:
    """The table as a frame, and its name in messages."""
    path = Path(path)
    text = read_text(path)
    # cells_of refuses uneven lines, which pandas would shift.
    cells_of(text, path)
    # Only an empty cell is a missing value: "NA" is Namibia's country code.
    frame = pd.read_csv(io.StringIO(text), sep=separator_of(text), keep_default_na=False, na_values=[""])
    return frame.map(lambda cell: unguarded(cell.strip() if isinstance(cell, str) else cell)), str(path)


def _check_heads(frame: pd.DataFrame, keys: list[str], origin: str) -> None:
    """Refuse tables with ambiguous column names."""
    levels = [name for name in frame.index.names if name in keys]
    repeated = frame.columns[frame.columns.duplicated()].unique()
    if frame.columns.nlevels > 1 or len(repeated):
        raise GeofrontError(f"{origin}: repeated column(s) {first_labels(repeated)}; give each its own name, once.")
    both = [name for name in levels if name in frame.columns]
    if both:
        raise GeofrontError(
            f"{origin}: {first_labels(both)} is both the index and a column; keep one of them, for "
            "example with reset_index(drop=True)."
        )


def _label_problems(frame: pd.DataFrame, keys: list[str]) -> list[str]:
    if not keys:
        return []
    problems = []
    for key in keys:
        kinds = {type(label).__name__ for label in frame[key].dropna()}
        if len(kinds) > 1:
            problems.append(f"labels of several types in {key}, {' and '.join(sorted(kinds))}: use text for all")
        elif not all(map(is_hashable, frame[key].dropna())):
            problems.append(f"labels of type {kinds.pop()} in {key}: use text")
    if problems:
        return problems
    empty = int(frame[keys].isna().any(axis=1).sum())
    if empty:
        problems.append(f"{empty} row(s) without a label in {', '.join(keys)}: fill or remove them")
    repeated = frame.duplicated(keys)
    if repeated.any():
        rows = frame.loc[repeated, keys].drop_duplicates()
        labels = [" → ".join(map(str, row)) for row in rows.itertuples(index=False)]
        problems.append(f"repeated label(s) in {', '.join(keys)}: {first_labels(labels)}: keep one row each")
    return problems


def _text_problems(frame: pd.DataFrame) -> list[str]:
    nested = [column for column in frame if column in TEXT_COLUMNS and not all(map(is_scalar, frame[column]))]
    return [f"column {column!r} holds lists: use text" for column in nested]


def _number_problems(frame: pd.DataFrame, keys: list[str], columns: Sequence[str]) -> list[str]:
    problems = []
    for column in columns:
        if has_numbers(frame[column]):
            continue
        if frame[column].dtype.kind == "c":
            problems.append(f"column {column!r} is not a number, but complex: give real values")
            continue
        bad = ~frame[column].map(is_number_or_missing).astype(bool)
        labels = frame.loc[bad, keys[0]] if keys else frame.index[bad]
        remedy = "convert text with pandas.to_numeric" if isinstance(frame[column][bad].iloc[0], str) else "correct it"
        problems.append(f"column {column!r} is not a number for {first_labels(labels)}: {remedy}")
    return problems

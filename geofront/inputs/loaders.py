"""Small tables of cited figures: where they are and how they, or tables of one's own, are read."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from functools import cache
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_hashable

from geofront.arguments import Check, frame_or_path, has_numbers, is_number_or_missing, number
from geofront.errors import GeofrontError, first_labels
from geofront.files import PACKAGE
from geofront.inputs.text_files import cells_of, read_text, separator_of

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


def data_path(name: str) -> Path:
    """Path of a file that comes with geofront.

    Parameters
    ----------
    name : str
        File name, such as ``"regions.csv"``.

    Returns
    -------
    pathlib.Path
        Inside the installed package, or in ``data/`` of a checkout.

    Raises
    ------
    GeofrontError
        If neither place has the file.
    """
    places = [PACKAGE / "data" / name, PACKAGE.parent / "data" / name]
    for place in places:
        if place.is_file():
            return place
    raise GeofrontError(
        f"geofront's data file {name!r} is missing; looked in {', '.join(str(p.parent) for p in places)}. "
        "Reinstall geofront, or run from a complete checkout."
    )


@cache
def bounds(variable: str) -> tuple[float, float]:
    """Smallest and largest value of a variable of the scenario, which no real figure exceeds: ``data/schema.csv``."""
    table = pd.read_csv(data_path("schema.csv"), index_col="name")
    return float(table.at[variable, "minimum"]), float(table.at[variable, "maximum"])


def figure(variable: str, unit: str = "") -> Check:
    """A check for an argument that has the range of a variable of the scenario."""
    least, most = bounds(variable)
    return number(unit, least=least, most=most)


def read_table(
    table: pd.DataFrame | str | PathLike[str],
    index: str | Sequence[str] | None = None,
    required: Sequence[str] = (),
) -> pd.DataFrame:
    """Read and check a table, be it a DataFrame or a CSV file.

    Parameters
    ----------
    table : pandas.DataFrame, str or path
        A frame, left unchanged, or the path of a UTF-8 CSV file, plain or compressed.
    index : str, sequence of str or None
        Column or columns whose values are the labels; a frame may already have them as its index.
        None keeps the rows unlabelled.
    required : sequence of str
        Columns that must be there. Of these, all that are not text (`TEXT_COLUMNS`) must hold numbers;
        they become float64, and empty cells are kept as NaN. Booleans are no numbers.

    Returns
    -------
    pandas.DataFrame
        Indexed by `index`, rows and columns in their original order.

    Raises
    ------
    GeofrontError
        If the file cannot be read, a table with one column of labels has no rows, columns are missing or
        repeated, labels are empty, repeated or of several types, or a number is not a number. All problems of
        labels and numbers are named at once.
    """
    frame, origin = _frame(table)
    keys = [index] if isinstance(index, str) else list(index or ())
    _check_heads(frame, keys, origin)
    if keys and list(frame.index.names) == keys:
        frame = frame.reset_index()
    if isinstance(index, str) and frame.empty:
        raise GeofrontError(f"{origin}: no rows; give at least one.")
    missing = [column for column in [*keys, *required] if column not in frame.columns]
    if missing:
        raise GeofrontError(
            f"{origin}: missing column(s) {', '.join(map(repr, missing))}; "
            f"it has {first_labels(frame.columns)}. Add them under exactly these names."
        )
    numbers = [column for column in required if column not in TEXT_COLUMNS]
    problems = _label_problems(frame, keys) + _number_problems(frame, keys, numbers)
    if problems:
        raise GeofrontError(f"{origin}: " + "; ".join(problems))
    frame = frame.assign(**{column: frame[column].to_numpy(float, na_value=np.nan) for column in numbers})
    return frame.set_index(keys) if keys else frame


def _frame(table) -> tuple[pd.DataFrame, str]:
    """The table as a frame, and what to call it in messages."""
    table = frame_or_path(table, "table")
    if isinstance(table, pd.DataFrame):
        return table, "table"
    path = Path(table)
    text = read_text(path)
    # Refuses uneven lines, which pandas would shift.
    cells_of(text, path)
    # Only an empty cell is a missing value: "NA" is Namibia's country code.
    frame = pd.read_csv(io.StringIO(text), sep=separator_of(text), keep_default_na=False, na_values=[""])
    return frame, str(path)


def _check_heads(frame: pd.DataFrame, keys: list[str], origin: str) -> None:
    """Refuse tables in which a name does not say which column it means."""
    levels = [name for name in frame.index.names if name in keys]
    repeated = frame.columns[frame.columns.duplicated()].unique()
    if frame.columns.nlevels > 1 or len(repeated):
        raise GeofrontError(f"{origin}: repeated column(s) {first_labels(repeated)}; give each its own name, once.")
    both = [name for name in levels if name in frame.columns]
    if both:
        raise GeofrontError(f"{origin}: {first_labels(both)} is both the index and a column; keep one of them, for "
                            "example with reset_index(drop=True).")


def _label_problems(frame: pd.DataFrame, keys: list[str]) -> list[str]:
    if not keys:
        return []
    problems = []
    for key in keys:
        kinds = {type(label).__name__ for label in frame[key].dropna()}
        if len(kinds) > 1:
            problems.append(f"labels of several types in {key}, {' and '.join(sorted(kinds))}: use text for all")
        elif not frame[key].dropna().map(is_hashable).all():
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


def _number_problems(frame: pd.DataFrame, keys: list[str], columns: Sequence[str]) -> list[str]:
    problems = []
    for column in columns:
        if has_numbers(frame[column]):
            continue
        bad = ~frame[column].map(is_number_or_missing).astype(bool)
        labels = frame.loc[bad, keys[0]] if keys else frame.index[bad]
        remedy = "convert text with pandas.to_numeric" if isinstance(frame[column][bad].iloc[0], str) else "correct it"
        problems.append(f"column {column!r} is not a number for {first_labels(labels)}: {remedy}")
    return problems


def regions(tier: str | None = "core") -> pd.DataFrame:
    """Compute regions and their figures; units are in the column names.

    Parameters
    ----------
    tier : {"core", "alternate", "annual_only"} or None
        ``"core"`` are the 12 with hourly prices and every figure, ``"alternate"`` have hourly prices but
        may lack a figure, ``"annual_only"`` have annual figures at best. None returns all 25.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``region``; figures that nobody publishes are NaN.

    Raises
    ------
    GeofrontError
        If the tier is unknown.
    """
    table = read_table(data_path("regions.csv"), "region")
    if tier is None:
        return table
    known = list(table["tier"].unique())
    if tier not in known:
        raise GeofrontError(f"no region has tier {tier!r}; choose from {first_labels(known)}, or None.")
    return table[table["tier"] == tier]


def clients() -> pd.DataFrame:
    """Markets with users, indexed by ``client``: position, jurisdiction, time zone, demand weight."""
    return read_table(data_path("clients.csv"), "client")


def workloads() -> pd.DataFrame:
    """Workload classes, indexed by ``workload``; units are in the column names, shares are fractions."""
    return read_table(data_path("workloads.csv"), "workload")


def lawful_transfers() -> pd.DataFrame:
    """Jurisdictions that may process a client's regulated data: one row per lawful pair.

    Returns
    -------
    pandas.DataFrame
        Columns ``client_jurisdiction`` and ``region_jurisdiction``.
    """
    pair = ["client_jurisdiction", "region_jurisdiction"]
    return read_table(data_path("lawful_transfers.csv"), pair).reset_index()


def measured_rtt() -> pd.DataFrame:
    """Measured median round trips between regions: ``region_a``, ``region_b``, ``rtt_ms`` [ms]."""
    return measured_table(data_path("rtt_measured.csv"))


def measured_table(table: pd.DataFrame | str | PathLike[str] | None) -> pd.DataFrame | None:
    """Measured round trips of one's own, checked; None stays None.

    Parameters
    ----------
    table : pandas.DataFrame, path or None
        Columns ``region_a``, ``region_b``, ``rtt_ms`` [ms], one row per pair.

    Raises
    ------
    GeofrontError
        As `read_table`, and for round trips that are empty or not positive.
    """
    if table is None:
        return None
    frame = read_table(table, ["region_a", "region_b"], ("rtt_ms",)).reset_index()
    wrong = frame[~(frame["rtt_ms"] > 0)]
    if len(wrong):
        pairs = [f"{a} → {b}" for a, b in zip(wrong["region_a"], wrong["region_b"], strict=True)]
        raise GeofrontError(
            f"rtt_ms is empty or not positive for {first_labels(pairs)}; correct it, or leave the pair out "
            "to have it modelled."
        )
    return frame


def profiles() -> pd.DataFrame:
    """Fitted hourly shapes, one row per region and quantity; see `geofront.inputs.profiles`."""
    return read_table(data_path("profiles.csv"), ["region", "quantity"]).reset_index()


def hvdc() -> pd.DataFrame:
    """Losses and costs of HVDC transmission, and what moving data takes; see `geofront.quantities.transmission`.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``parameter``: ``value``, the ends of its range by whom they favour
        (``favours_transmission``, ``favours_relocation``), ``unit`` and ``label``.
    """
    cases = ("value", "favours_transmission", "favours_relocation")
    return read_table(data_path("hvdc.csv"), "parameter", cases)


def land() -> dict:
    """Natural Earth land, 1:110 million, as TopoJSON (object ``land``)."""
    return json.loads(data_path("land-110m.json").read_text(encoding="utf-8"))


def provenance(table: str) -> pd.DataFrame:
    """Where the values of one of geofront's tables come from.

    Parameters
    ----------
    table : str
        ``"regions"``, ``"clients"``, ``"workloads"``, ``"lawful_transfers"``, ``"rtt_measured"`` or
        ``"hvdc"``.

    Returns
    -------
    pandas.DataFrame
        One row per value, with at least ``year``, ``source`` and ``confidence``; the vocabulary of
        ``confidence`` is explained in ``data/README.md``.

    Raises
    ------
    GeofrontError
        If the table has no provenance.
    """
    return read_table(data_path(f"{table}_provenance.csv"))

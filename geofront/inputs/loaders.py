"""Small tables of cited figures: where they are and how they, or tables of one's own, are read."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

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


def read_table(
    table: pd.DataFrame | str | PathLike[str],
    index: str | Sequence[str] | None = None,
    required: Sequence[str] = (),
    name: str = "table",
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
    name : str
        What messages call a frame; a file has its path.

    Returns
    -------
    pandas.DataFrame
        Indexed by `index`, rows and columns in their original order.

    Raises
    ------
    GeofrontError
        If the file cannot be read, columns are missing, labels are empty or repeated, or a number is not
        a number. All problems of the table are named at once.
    """
    frame, origin = (table, name) if isinstance(table, pd.DataFrame) else _from_file(table)
    keys = [index] if isinstance(index, str) else list(index or ())
    if keys and list(frame.index.names) == keys:
        frame = frame.reset_index()
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
    frame = frame.assign(**{column: pd.to_numeric(frame[column]).astype(float) for column in numbers})
    return frame.set_index(keys) if keys else frame


def _from_file(path: str | PathLike[str]) -> tuple[pd.DataFrame, str]:
    """The table as a frame, and what to call it in messages."""
    path = Path(path)
    text = read_text(path)
    # Refuses uneven lines, which pandas would shift.
    cells_of(text, path)
    # Only an empty cell is a missing value: "NA" is Namibia's country code.
    frame = pd.read_csv(io.StringIO(text), sep=separator_of(text), keep_default_na=False, na_values=[""])
    return frame, str(path)


def _label_problems(frame: pd.DataFrame, keys: list[str]) -> list[str]:
    if not keys:
        return []
    problems = []
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
        if is_numeric_dtype(frame[column]) and not is_bool_dtype(frame[column]):
            continue
        truth = frame[column].map(lambda cell: isinstance(cell, bool | np.bool_)).astype(bool)
        bad = truth | frame[column].notna() & pd.to_numeric(frame[column], errors="coerce").isna()
        if bad.any():
            labels = frame.loc[bad, keys[0]] if keys else frame.index[bad]
            problems.append(f"column {column!r} is not a number for {first_labels(labels)}: correct it")
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
    frame = read_table(table, ["region_a", "region_b"], ("rtt_ms",), "rtt").reset_index()
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


def data_tables(tier: str | None = "core") -> dict[str, pd.DataFrame]:
    """The package's own tables, to be edited and passed on: ``gf.from_tables(**gf.data_tables())``.

    Parameters
    ----------
    tier : {"core", "alternate", "annual_only"} or None
        Of the regions: ``"core"`` are the 12 of :func:`geofront.stylized`, None all 25, of which some lack figures.

    Returns
    -------
    dict of pandas.DataFrame
        ``regions``, ``clients`` and ``workloads``, indexed by label; ``lawful``, ``rtt`` and ``profiles``. Copies, as
        :func:`geofront.from_tables` takes them.

    Raises
    ------
    GeofrontError
        If the tier is unknown.

    Examples
    --------
    >>> import geofront as gf
    >>> tables = gf.data_tables()
    >>> tables["clients"] = tables["clients"].loc[["london", "paris"]]
    >>> gf.from_tables(**tables, snapshots="day").client.values.tolist()
    ['london', 'paris']
    """
    return {"regions": regions(tier), "clients": clients(), "workloads": workloads(), "lawful": lawful_transfers(),
            "rtt": measured_rtt(), "profiles": profiles()}


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


def building() -> pd.DataFrame:
    """What a data centre costs to build, without servers and land.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``parameter``: ``value``, the ends of its range (``low`` and ``high`` cost), ``unit`` and ``label``.
    """
    return read_table(data_path("building.csv"), "parameter", ("value", "low", "high"))


def land() -> dict:
    """Natural Earth land, 1:110 million, as TopoJSON (object ``land``)."""
    return json.loads(data_path("land-110m.json").read_text(encoding="utf-8"))


def provenance(table: str) -> pd.DataFrame:
    """Where the values of one of geofront's tables come from.

    Parameters
    ----------
    table : str
        ``"regions"``, ``"clients"``, ``"workloads"``, ``"lawful_transfers"``, ``"rtt_measured"``, ``"hvdc"`` or
        ``"building"``.

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

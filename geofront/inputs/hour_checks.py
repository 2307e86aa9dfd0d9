"""Checks a tidy table of hours: its stamps, its values, and that every region has every hour once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs.intervals import STAMP
from geofront.inputs.loaders import bounds
from geofront.inputs.stamps import parse

PRICE = "price_usd_per_mwh"
CARBON = "carbon_avg_g_per_kwh"
FILLED = "price_filled"
RANGES = {PRICE: bounds("price"), CARBON: bounds("carbon"), FILLED: (0, 1)}
ONE_HOUR = pd.Timedelta("1h")


def checked_stamps(table: pd.DataFrame, origin: str, *, gaps: bool = True) -> pd.Series:
    """Check a tidy table of hours and return its UTC stamps.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``utc`` and ``region`` (text) and any of `RANGES` (numbers).
    origin : str
        Name of the file or files in messages.
    gaps : bool
        Whether to refuse a region that lacks an hour between the first and the last of the table.

    Returns
    -------
    pandas.Series
        UTC stamps without time zone.

    Raises
    ------
    GeofrontError
        Lists all problems at once, each with its first five occurrences and their number.
    """
    stamps, problems = _stamps(table["utc"])
    problems += _value_problems(table) + _completeness_problems(table["region"], stamps, gaps)
    if problems:
        raise GeofrontError(f"{origin}: " + "; ".join(problems))
    return stamps


def _stamps(text: pd.Series) -> tuple[pd.Series, list[str]]:
    """UTC stamps without time zone, NaT where the time is unknown, and a list of problems."""
    parsed = parse(text)
    given, readable, bare = text != "", parsed["wall"].notna(), parsed["offset"].isna()
    utc = parsed["wall"] - parsed["offset"]
    elsewhere = parsed["offset"].fillna(pd.Timedelta(0)) != pd.Timedelta(0)
    wrong = (
        ("unreadable stamps", given & ~readable, "write them as 2023-01-01T00:00Z"),
        ("stamps without time zone", readable & bare, "convert them to UTC and append 'Z'"),
        ("stamps that are not UTC", readable & elsewhere, "convert them to UTC, ending in 'Z'"),
        ("stamps not on the hour", readable & ~elsewhere & (utc != utc.dt.floor("h")) & ~bare, "keep full hours only"),
    )
    problems = [f"{what}: {first_labels(text[bad].unique())}; {remedy}" for what, bad, remedy in wrong if bad.any()]
    if not given.all():
        problems.append(f"{int((~given).sum())} row(s) without 'utc'; fill or remove them")
    return utc, problems


def _value_problems(table: pd.DataFrame) -> list[str]:
    problems = []
    nameless = int((table["region"] == "").sum())
    if nameless:
        problems.append(f"{nameless} row(s) without 'region'; fill or remove them")
    where = table["utc"] + " " + table["region"]
    for column, (least, most) in RANGES.items():
        if column not in table:
            continue
        bad = ~(table[column].isin((0, 1)) if column == FILLED else table[column].between(least, most))
        if bad.any():
            allowed = "0 or 1" if column == FILLED else f"a number from {least:g} to {most:g}"
            problems.append(f"{column!r} must be {allowed}, but is not at {first_labels(where[bad])}; correct it")
    return problems


def _completeness_problems(region: pd.Series, stamps: pd.Series, gaps: bool) -> list[str]:
    """Duplicate and missing hours of each region, from the first to the last full hour of the file.

    A row of unknown time may be a missing hour, so regions with such rows are checked for duplicates only.
    """
    rows = pd.DataFrame({"region": region, "utc": stamps})[(region != "") & (stamps == stamps.dt.floor("h"))]
    rows = rows.sort_values(["region", "utc"])
    problems = []
    twice = rows[rows.duplicated()].drop_duplicates()
    if len(twice):
        labels = [f"{label} {stamp:{STAMP}}" for label, stamp in twice.itertuples(index=False)]
        problems.append(f"hours given more than once: {first_labels(labels)}; keep one row each")
    if not gaps:
        return problems
    first, last = rows["utc"].min(), rows["utc"].max()
    certain = rows[~rows["region"].isin(region[stamps.isna()])]
    missing = [gap for label, own in certain.groupby("region")["utc"] for gap in _gaps(label, own, first, last)]
    if missing:
        problems.append(
            f"hours missing between {first:{STAMP}} and {last:{STAMP}}: {first_labels(missing)}; "
            "add them, or leave the region out"
        )
    return problems


def _gaps(region: str, stamps: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> list[str]:
    """Labels of a region's runs of missing hours from ``first`` to ``last``; ``stamps`` must ascend."""
    return [f"{region} {gap}" for gap in missing_runs(pd.DatetimeIndex([first - ONE_HOUR, *stamps, last + ONE_HOUR]))]


def missing_runs(stamps: pd.DatetimeIndex) -> list[str]:
    """Labels of the runs of hours missing between ascending stamps."""
    before = np.flatnonzero(np.diff(stamps) > ONE_HOUR)
    labels = []
    for start, end in zip(stamps[before] + ONE_HOUR, stamps[before + 1] - ONE_HOUR, strict=True):
        labels.append(f"{start:{STAMP}} to {end:{STAMP}}" if end > start else f"{start:{STAMP}}")
    return labels

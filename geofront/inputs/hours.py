"""Real hourly prices and carbon intensities: reading and checking files of hours.

See "Prices and carbon" in docs/model.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.inputs.electricity_maps import listed, tidy_hours
from geofront.names import HOUR, REGION

FILLED = "price_filled"
COLUMNS = {"price_usd_per_mwh": "price", "carbon_avg_g_per_kwh": "carbon_average"}
ATTRIBUTES = {
    "price": {"units": "USD/MWh", "long_name": "electricity price"},
    "carbon_average": {"units": "kg/MWh", "long_name": "average carbon intensity, life cycle"},
    FILLED: {"long_name": "price was missing and has been filled"},
}
ALLOWED = {
    "price_usd_per_mwh": "must be a number",
    "carbon_avg_g_per_kwh": "must be a number and not negative",
    FILLED: "must be 0 or 1",
}
UTC_ZONES = ("Z", "+00:00", "+0000", "+00")
UNREADABLE = (
    OSError,
    EOFError,
    zlib.error,
    UnicodeDecodeError,
    pd.errors.ParserError,
    pd.errors.EmptyDataError,
)
ONE_HOUR = pd.Timedelta("1h")
STAMP = "%Y-%m-%dT%H:%MZ"


def hours(
    path: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    prices: str | PathLike[str] | Mapping[str, str | PathLike[str]] | None = None,
    timezone: str | Mapping[str, str] | None = None,
    usd_per_unit: float | Mapping[str, float] | None = None,
    zones: Mapping[str, str] | None = None,
) -> xr.Dataset:
    """Read hourly prices and average carbon intensities: a tidy file, or Electricity Maps exports and prices.

    Parameters
    ----------
    path : path, or with `prices` also a sequence of paths
        A tidy CSV, plain or gzipped (``.csv.gz``), one row per region and hour, with the columns ``utc``
        (ISO 8601 with ``Z`` or ``+00:00``), ``region``, ``price_usd_per_mwh`` [USD/MWh],
        ``carbon_avg_g_per_kwh`` [g/kWh] and optionally ``price_filled`` (0 or 1). Other columns are ignored,
        the order of the rows does not matter. With `prices`: one or several hourly exports of Electricity
        Maps, as downloaded, each of one or several zones.
    prices : path or mapping of region to path, optional
        CSV with time stamps in the first column and a column of prices per region, called as the region
        or its zone [currency/MWh]; or one such file for each region. The only price column of a region's
        own file may have any name. A stamp names the beginning of what it prices.
    timezone : str or mapping of region to str, optional
        IANA name of the time zone of the price stamps; required with `prices`. Stamps with an offset of
        their own keep it.
    usd_per_unit : float or mapping of region to float, optional
        US dollars per unit of the prices' currency, 1 for prices in USD [USD]; required with `prices`.
    zones : mapping of zone to region, optional
        Zones of the exports to use, and the labels that they get; by default all, under their own names.

    Returns
    -------
    xarray.Dataset
        ``price`` [USD/MWh] and ``carbon_average`` [kg/MWh], dims (region, hour), and ``price_filled`` if the
        file has it. ``hour`` is ascending UTC without time zone, ``region`` in the order of the file or of
        `zones`. Negative prices are real and stay.

    Raises
    ------
    GeofrontError
        If a file cannot be read, columns are missing, or the prices do not fit the exports; otherwise once
        for all of: stamps that cannot be read, are not UTC or not on the hour, empty or non-numeric values,
        an hour twice in a region, hours missing in a region, gaps. Each is named with its first five
        occurrences and their number.

    Notes
    -----
    Missing prices of a market are filled and flagged (`geofront.inputs.prices.gapless_usd`), missing carbon is an
    error. ``data/README.md`` shows the formats, with the files that this example reads.

    Examples
    --------
    >>> import geofront as gf
    >>> real = gf.hours("zones.csv", prices="prices.csv", timezone="Europe/Paris", usd_per_unit=1.08,
    ...                 zones={"FR": "eu-paris", "DE": "eu-frankfurt"})
    >>> real["price"].sel(region="eu-frankfurt").round(2).values.tolist()
    [54.0, 43.2, 32.4]
    >>> real["price_filled"].sel(region="eu-frankfurt").values.tolist()
    [False, True, False]
    """
    files = listed(path)
    if prices is not None:
        table = tidy_hours(files, prices, timezone=timezone, usd_per_unit=usd_per_unit, zones=zones)
    elif len(files) == 1 and timezone is usd_per_unit is zones is None:
        table = _read(Path(files[0]))
    else:
        raise GeofrontError(
            "several files, timezone=, usd_per_unit= and zones= belong to Electricity Maps exports: pass "
            "prices= with them, or nothing but the path of one tidy file."
        )
    stamps = _checked_stamps(table, ", ".join(map(str, files)))
    return _dataset(table, stamps).assign_attrs(source=", ".join(Path(file).name for file in files))


def _checked_stamps(table: pd.DataFrame, origin: str) -> pd.Series:
    """The table's UTC stamps without time zone, after every check of the table."""
    stamps, problems = _stamps(table["utc"])
    problems += _value_problems(table) + _completeness_problems(table["region"], stamps)
    if problems:
        raise GeofrontError(f"{origin}: " + "; ".join(problems))
    return stamps


def _read(path: Path) -> pd.DataFrame:
    needed = ["utc", "region", *COLUMNS]
    try:
        # Only an empty cell is a missing value; values are parsed later, so that none fails unnamed.
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"utc": str, "region": str})
    except UNREADABLE as error:
        raise GeofrontError(f"{path}: no CSV file of hours, or no such file ({error}).") from error
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise GeofrontError(
            f"{path}: missing column(s) {', '.join(map(repr, missing))}; it has "
            f"{first_labels(table.columns)}. A file of hours has the columns {', '.join(needed)}; an export "
            "of Electricity Maps needs prices=, timezone= and usd_per_unit= beside it."
        )
    if table.empty:
        raise GeofrontError(f"{path}: no rows; a file of hours has one row per region and hour.")
    return table


def _stamps(text: pd.Series) -> tuple[pd.Series, list[str]]:
    """UTC stamps without time zone, row by row, NaT where the time is not known, and what is wrong with them."""
    # A stamp occurs once per region, so parsing each distinct text once is many times faster.
    distinct = pd.Series(text.dropna().unique(), dtype=str)
    parsed = pd.to_datetime(distinct, format="ISO8601", utc=True, errors="coerce").dt.tz_localize(None)
    # The parser takes a stamp without zone for UTC, so the zone has to be read from the text.
    zone = distinct.str.extract(r"[T ].*?(Z|[+-]\d\d(?::?\d\d)?)$", expand=False)
    readable, utc = parsed.notna(), zone.isin(UTC_ZONES)
    wrong = (
        ("unreadable stamps", ~readable, "write them as 2023-01-01T00:00Z"),
        ("stamps without time zone", readable & zone.isna(), "convert them to UTC and append 'Z'"),
        ("stamps that are not UTC", readable & zone.notna() & ~utc, "convert them to UTC, ending in 'Z'"),
        ("stamps not on the hour", readable & utc & (parsed != parsed.dt.floor("h")), "keep full hours only"),
    )
    problems = [
        f"{what}: {first_labels(distinct[bad])}; {remedy}" for what, bad, remedy in wrong if bad.any()
    ]
    if text.isna().any():
        problems.append(f"{int(text.isna().sum())} row(s) without 'utc'; fill or remove them")
    known = dict(zip(distinct, parsed.where(zone.notna()), strict=True))
    return pd.to_datetime(text.map(known)), problems


def _value_problems(table: pd.DataFrame) -> list[str]:
    problems = []
    if table["region"].isna().any():
        problems.append(f"{int(table['region'].isna().sum())} row(s) without 'region'; fill or remove them")
    where = table["utc"].astype(str) + " " + table["region"].astype(str)
    for column in [column for column in (*COLUMNS, FILLED) if column in table]:
        values = pd.to_numeric(table[column], errors="coerce")
        bad = ~np.isfinite(values)
        if column == FILLED:
            bad |= ~values.isin((0, 1))
        elif column == "carbon_avg_g_per_kwh":
            bad |= values < 0
        if bad.any():
            places = first_labels(where[bad])
            problems.append(f"{column!r} {ALLOWED[column]}, but is not at {places}; correct it")
    return problems


def _completeness_problems(region: pd.Series, stamps: pd.Series) -> list[str]:
    """Hours that a region has twice or lacks, between the first and the last full hour of the whole file.

    A row whose time is not known may be the one that its region lacks, so only duplicates are sought there.
    """
    rows = pd.DataFrame({"region": region, "utc": stamps})[region.notna() & (stamps == stamps.dt.floor("h"))]
    rows = rows.sort_values(["region", "utc"])
    problems = []
    twice = rows[rows.duplicated()].drop_duplicates()
    if len(twice):
        labels = [f"{label} {stamp:{STAMP}}" for label, stamp in twice.itertuples(index=False)]
        problems.append(f"hours given more than once: {first_labels(labels)}; keep one row each")
    first, last = rows["utc"].min(), rows["utc"].max()
    certain = rows[~rows["region"].isin(region[stamps.isna()])]
    gaps = [gap for label, own in certain.groupby("region")["utc"] for gap in _gaps(label, own, first, last)]
    if gaps:
        problems.append(
            f"hours missing between {first:{STAMP}} and {last:{STAMP}}: {first_labels(gaps)}; "
            "add them, or leave the region out"
        )
    return problems


def _gaps(region: str, stamps: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> list[str]:
    """Runs of hours that a region lacks from ``first`` to ``last``, as labels; ``stamps`` ascend."""
    known = pd.DatetimeIndex([first - ONE_HOUR, *stamps, last + ONE_HOUR])
    before = np.flatnonzero(np.diff(known) > ONE_HOUR)
    labels = []
    for start, end in zip(known[before] + ONE_HOUR, known[before + 1] - ONE_HOUR, strict=True):
        until = f" to {end:{STAMP}}" if end > start else ""
        labels.append(f"{region} {start:{STAMP}}{until}")
    return labels


def _dataset(table: pd.DataFrame, stamps: pd.Series) -> xr.Dataset:
    regions = table["region"].unique()
    index = [table["region"], stamps]
    data = {}
    for column, name in {**COLUMNS, FILLED: FILLED}.items():
        if column not in table:
            continue
        wide = pd.Series(pd.to_numeric(table[column]).to_numpy(), index=index).unstack().loc[regions]
        values = wide.to_numpy(bool if column == FILLED else float)
        data[name] = ((REGION, HOUR), values, ATTRIBUTES[name])
        hour = wide.columns.to_numpy("datetime64[ns]")
    return xr.Dataset(data, coords={REGION: np.asarray(regions, dtype=object), HOUR: hour})

"""Parses time stamps and converts them to UTC. All readers of the package use this module."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels

LARGEST_OFFSET = 14 * 60
"""Largest offset from UTC of any place on Earth [min]."""
MOST_OFFSETS = 4
"""A place has at most two offsets, apart from changes of its law. A file with more than this has no real offsets."""
YEARS = range(1900, 2262)
"""Plausible years of a price file that fit in nanosecond time stamps."""
NO_ZONES = ("localtime", "posixrules", "Factory", "posix", "right")
"""Files of the time zone database that hold the zone of this machine, none, or zones with leap seconds."""
TO_WRITE = "write them as 2023-12-31 23:00, with an offset from UTC as 2023-12-31T23:00+01:00"

_DATE = r"\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{8}|\d{1,2}\.\d{1,2}\.\d{4}"
_END_DATE = r"\d[\d./-]{6,8}\d"
_TIME = r"\d{1,2}:\d\d(?::\d\d(?:[.,]0+)?)?|\d{4}(?:\d\d)?|\d\d"
_OFFSET = r"\s*(?:Z|(?:UTC|GMT)(?:\s*[+\-−]\d{1,2}(?::?\d\d)?)?|[+\-−](?:\d{4}|\d{1,2}(?::\d\d)?))"
_END = rf"\s*(?:[-–—/]|to|bis)\s*(?:{_END_DATE}(?:T|\s+))?(?:{_TIME})(?P<end_offset>{_OFFSET})?"
_STAMP = re.compile(
    rf"(?P<date>{_DATE})(?:(?:T|\s+)(?P<time>{_TIME})(?P<offset>{_OFFSET})?(?:{_END})?)?", re.IGNORECASE
)
_NUMERIC = re.compile(r"[+\-−]\d.*")
_DIGITS = re.compile(r"\d+")


def parse(text: pd.Series) -> pd.DataFrame:
    """Parse time stamps into clock times and offsets from UTC.

    Parameters
    ----------
    text : pandas.Series
        Stamps: ISO 8601, or with a date as 31.12.2023; with an offset as ``+01``, ``+0100``, ``+01:00``,
        ``Z``, ``UTC`` or ``GMT+1``, or without. A range stands for its beginning.

    Returns
    -------
    pandas.DataFrame
        Indexed as `text`: ``wall``, the clock time, NaT where the stamp is unreadable; ``offset``, its offset
        from UTC, NaT where the stamp has none.

    Notes
    -----
    ``00:00-01:00`` is a range if most stamps of the file span the same time of at most an hour. A single one
    is ambiguous, because ``-01:00`` may be an offset, and counts as unreadable. So do stamps whose offsets
    exceed ±14 h, differ in every row, or number more than `MOST_OFFSETS`.
    """
    found = {stamp: _STAMP.fullmatch(stamp.strip()) for stamp in text.unique()}
    found = {stamp: match for stamp, match in found.items() if match}
    dashes = [match for match in found.values() if _offset_or_end(match)]
    ends = bool(dashes) and len(dashes) == len(found) and _are_ends(dashes)
    if ends and len({match["offset"] for match in dashes}) == 1:
        found = {}
    offsets = {} if ends else {stamp: match["offset"] or match["end_offset"] for stamp, match in found.items()}
    numeric = {stamp: _lead(offset) for stamp, offset in offsets.items() if offset and _NUMERIC.search(offset)}
    of_one_place = _are_of_one_place(numeric.values())
    for stamp, lead in numeric.items():
        if lead is None or not of_one_place:
            del found[stamp]
    walls = {stamp: _wall(match["date"], match["time"] or "00:00") for stamp, match in found.items()}
    leads = {stamp: _lead(offsets[stamp]) for stamp in found if offsets.get(stamp) and walls[stamp]}
    return pd.DataFrame(
        {
            "wall": pd.to_datetime(text.map(walls)).astype("datetime64[ns]"),
            "offset": pd.to_timedelta(text.map(leads), unit="min"),
        }
    )


def to_utc(text: pd.Series, timezone: str | tzinfo | None, whose: str) -> pd.DatetimeIndex:
    """Convert time stamps, in the order of a file, to UTC.

    Parameters
    ----------
    text : pandas.Series
        As `parse` takes it.
    timezone : str or tzinfo
        Time zone of stamps without an offset; None if all have one.
    whose : str
        Name of the file in error messages.

    Returns
    -------
    pandas.DatetimeIndex
        With time zone UTC; NaT where a clock time is ambiguous (`from_wall_time`).

    Raises
    ------
    GeofrontError
        If a stamp is unreadable, if only some stamps have an offset, or as `from_wall_time`.
    """
    stamps = parse(text)
    unread = stamps["wall"].isna()
    if unread.any():
        raise GeofrontError(f"{whose}: unreadable stamps {first_labels(text[unread].unique())}; {TO_WRITE}.")
    bare = stamps["offset"].isna()
    if bare.all():
        return from_wall_time(pd.DatetimeIndex(stamps["wall"]), timezone, whose)
    if timezone is not None:
        time_zone(timezone, whose)
    if bare.any():
        raise GeofrontError(
            f"{whose}: only some stamps have an offset from UTC; {first_labels(text[bare].unique())} do not; "
            "write all of them in the same way."
        )
    return pd.DatetimeIndex(stamps["wall"] - stamps["offset"]).tz_localize("UTC")


def from_wall_time(
    wall: pd.DatetimeIndex, timezone: str | tzinfo | None, whose: str, summer: np.ndarray | None = None
) -> pd.DatetimeIndex:
    """Convert clock times, in the order of a file, to UTC; the newest may be last or first.

    Parameters
    ----------
    wall : pandas.DatetimeIndex
        Clock times without time zone.
    timezone : str or tzinfo
        Time zone of the clock.
    whose : str
        Name of the file in error messages.
    summer : numpy.ndarray, optional
        1 where the file marks a time as summer time, 0 for winter time, NaN where it has no mark.

    Returns
    -------
    pandas.DatetimeIndex
        With time zone UTC. NaT for a time that clocks skip, and for a time that clocks repeat if the file has
        it once and without a mark.

    Raises
    ------
    GeofrontError
        If the time zone is missing or unknown, or the rows of a repeated hour are not in chronological order.

    Notes
    -----
    Where clocks go back, the first of two equal clock times is summer time.
    """
    if timezone is None:
        raise GeofrontError(f"{whose}: timezone= is missing: the stamps have no offset from UTC.")
    zone = time_zone(timezone, whose)
    summer = np.full(len(wall), np.nan) if summer is None else summer
    if _descends(wall):
        return from_wall_time(wall[::-1], zone, whose, summer[::-1])[::-1]
    local = wall.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    first = np.where(np.isnan(summer), ~wall.duplicated(), summer == 1)
    either = wall.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    twofold = local.isna() & either.notna()
    repeated = twofold & np.isnan(summer) & wall.duplicated(keep=False)
    if repeated.any():
        _check_order(wall, twofold, repeated, either, whose)
    return local.where(~(repeated | (twofold & ~np.isnan(summer))), either).tz_convert("UTC")


def clock_times(text: pd.Series, form: str) -> pd.Series:
    """Parse clock times in a known `strftime` format; NaT where a stamp has another format."""
    times = pd.to_datetime(text, format=form, errors="coerce")
    return times.where(times.dt.year.isin(YEARS)).astype("datetime64[ns]")


def time_zone(name: str | tzinfo, whose: str) -> tzinfo:
    """Look up a time zone by name.

    Parameters
    ----------
    name : str or tzinfo
        IANA name; a time zone is returned as it is.
    whose : str
        Name of the file in the error message.

    Raises
    ------
    GeofrontError
        If there is no such zone.
    """
    if isinstance(name, tzinfo):
        return name
    try:
        if isinstance(name, str) and name and name.split("/")[0] not in NO_ZONES:
            return ZoneInfo(name)
        raise ValueError("no text")
    except (KeyError, ValueError, OSError) as error:
        raise GeofrontError(
            f"{whose}: unknown time zone {name!r}; use an IANA name such as Europe/Paris or UTC."
        ) from error


def _descends(wall: pd.DatetimeIndex) -> bool:
    steps = np.diff(wall)
    return bool((steps < np.timedelta64(0)).sum() > (steps > np.timedelta64(0)).sum())


def _check_order(
    wall: pd.DatetimeIndex, twofold: np.ndarray, repeated: np.ndarray, either: pd.DatetimeIndex, whose: str
) -> None:
    """Refuse a repeated hour whose order does not identify summer and winter time."""
    back = np.diff(wall) < np.timedelta64(0)
    clock = wall[repeated]
    # Rows sorted by clock time, as 02:00, 02:00, 02:15, 02:15, no longer tell summer from winter time.
    if (back & ~(twofold[1:] & twofold[:-1])).any() or not either[repeated].is_monotonic_increasing:
        why = "and the rows are not in chronological order"
    elif (wall.value_counts()[clock.unique()] > 2).any() or wall[~twofold].has_duplicates:
        why = "and other stamps are repeated too"
    else:
        return
    raise GeofrontError(
        f"{whose}: the clock shows {first_labels(clock.unique())} twice when it goes back, {why}, so "
        "these stamps are ambiguous; sort the rows, keep one per instant, or write offsets from UTC."
    )


def _offset_or_end(match: re.Match) -> bool:
    """Whether the text after the time may be an offset or the end of a range, as in 00:00-01:00."""
    offset = (match["offset"] or "").strip()
    return offset.startswith("-") and _DIGITS.sub("0", offset[1:]) == _DIGITS.sub("0", match["time"])


def _are_ends(matches: list[re.Match]) -> bool:
    times = [(_minute_of_day(match["time"]), _minute_of_day(match["offset"].strip()[1:])) for match in matches]
    lengths = [0 if None in time else (time[1] - time[0]) % (24 * 60) for time in times]
    length, count = Counter(lengths).most_common(1)[0]
    return 0 < length <= 60 and count > len(lengths) / 2


def _are_of_one_place(leads: Collection[int | None]) -> bool:
    """Whether one place can have these offsets: few of them, and not a different one in every row."""
    different = set(leads) - {None}
    return len(different) <= MOST_OFFSETS and not (len(leads) > 2 and len(different) == len(leads))


def _lead(offset: str) -> int | None:
    """Minutes of an offset from UTC, positive to the east [min]; None if no place has it."""
    number = _NUMERIC.search(offset)
    if not number:
        return 0
    minutes = _minute_of_day(number[0][1:])
    if minutes is None or minutes > LARGEST_OFFSET or minutes % 15:
        return None
    return minutes if number[0][0] == "+" else -minutes


def _minute_of_day(time: str) -> int | None:
    """Minutes of ``1``, ``01``, ``0100`` or ``01:00``; None where the digits are ambiguous."""
    if ":" in time:
        hour, minute = time.split(":")[:2]
    elif len(time) == 3:
        return None
    else:
        hour, minute = time[:2], time[2:4] or "0"
    return None if int(minute) > 59 else 60 * int(hour) + int(minute)


def _wall(date: str, time: str) -> datetime | None:
    parts = re.split("[-/.]", date)
    if len(parts) == 1:
        parts = [date[:4], date[4:6], date[6:]]
    elif len(parts[2]) == 4:
        parts.reverse()
    digits = re.split("[.,]", time)[0].split(":")
    if len(digits) == 1:
        digits = [time[i : i + 2] for i in range(0, len(time), 2)]
    try:
        stamp = datetime(*map(int, parts), *map(int, digits))
    except ValueError:
        return None
    return stamp if stamp.year in YEARS else None

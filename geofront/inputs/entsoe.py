"""Reads day-ahead prices exported from the ENTSO-E Transparency Platform, in the layouts before and since 2024."""

from __future__ import annotations

import re
from collections.abc import Collection
from os import PathLike

import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import areas
from geofront.inputs.decimals import numbers
from geofront.inputs.stamps import clock_times, from_wall_time

TIMEZONES = {"UTC": "UTC", "WET/WEST": "Europe/Lisbon", "CET/CEST": "Europe/Brussels", "EET/EEST": "Europe/Helsinki"}
"""Time zones by their names in the first column's header, where they stand in brackets."""
UNIT = re.compile(r"MTU \((?P<zone>[^)]+)\)")
PRICE = re.compile(r"Day-ahead Price [\[(]\w+/MWh[\])]")
STAMP = re.compile(
    r"(?P<day>\d\d)[./](?P<month>\d\d)[./](?P<year>\d{4}) (?P<time>\d\d:\d\d)(?::00)?"
    r"(?: \([WCE]E(?P<summer>S?)T\))? - .+"
)
AREA = "Area"
AUCTION = "Sequence"


def recognises(columns: Collection[str]) -> bool:
    """Whether a file with these columns is an export of the Transparency Platform, in a known time zone."""
    unit = UNIT.fullmatch(next(iter(columns), ""))
    return unit is not None and unit["zone"] in TIMEZONES and any(PRICE.fullmatch(column) for column in columns)


def read(
    cells: pd.DataFrame, path: str | PathLike[str], names: Collection[str] = (), *, any_name: bool = True
) -> pd.Series:
    """Read the prices of one bidding zone.

    Parameters
    ----------
    cells : pandas.DataFrame
        The export as text.
    path : str or path
        For messages.
    names : collection of str
        Accepted names of the bidding zone: its name in the export, its code such as ``"DE-LU"``, or its zone
        at Electricity Maps.
    any_name : bool
        Whether to accept a bidding zone under any other name if the export has only one.

    Returns
    -------
    pandas.Series
        Prices in the export's order and currency, indexed by UTC instant.

    Raises
    ------
    GeofrontError
        If the export does not have exactly one such bidding zone and one column of prices, if it has prices
        of several auctions of the zone, or if a stamp or price is unreadable.
    """
    # Exports before 2024 name the bidding zone in the header of an empty column.
    given = cells[AREA].unique() if AREA in cells else [head for head in cells if "|" in head]
    known = {area: area.rpartition("|")[2] for area in given}
    area = areas.chosen(known, names, any_name, f"{path}: this export of ENTSO-E")
    columns = [column for column in cells if PRICE.fullmatch(column)]
    if len(columns) != 1:
        raise GeofrontError(f"{path}: needs one column of day-ahead prices; it has {first_labels(columns)}.")
    rows = cells[cells[AREA] == area] if AREA in cells else cells
    text = rows.iloc[:, 0]
    parts = text.str.extract(f"^{STAMP.pattern}$")
    wall = clock_times(parts["day"] + parts["month"] + parts["year"] + " " + parts["time"], "%d%m%Y %H:%M")
    prices, bad = numbers(rows[columns[0]], ".")
    for wrong, what in ((wall.isna(), "unreadable stamps"), (bad, f"no readable price of {area} at")):
        if wrong.any():
            raise GeofrontError(f"{path}: {what} {first_labels(text[wrong])}; export the file again, without edits.")
    auctions = rows.loc[prices.notna(), AUCTION].unique() if AUCTION in rows else []
    if len(auctions) > 1:
        raise GeofrontError(
            f"{path}: prices of several auctions of {area}: {first_labels(auctions)} in the column {AUCTION!r}; "
            "keep the rows of one."
        )
    summer = parts["summer"].map({"S": 1.0, "": 0.0}).to_numpy(float)
    zone = TIMEZONES[UNIT.fullmatch(cells.columns[0])["zone"]]
    return prices.set_axis(from_wall_time(pd.DatetimeIndex(wall), zone, str(path), summer))

"""Reads wholesale prices exported from smard.de, the market data site of the German regulator."""

from __future__ import annotations

import re
from collections.abc import Collection
from os import PathLike

import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import areas
from geofront.inputs.decimals import numbers
from geofront.inputs.stamps import clock_times, from_wall_time

TIMEZONE = "Europe/Berlin"
STAMPS = {
    ("Datum von", "Datum bis"): (["Datum von"], "%d.%m.%Y %H:%M", ","),
    ("Datum", "Anfang", "Ende"): (["Datum", "Anfang"], "%d.%m.%Y %H:%M", ","),
    ("Datum", "Anfang"): (["Datum", "Anfang"], "%d.%m.%Y %H:%M", ","),
    ("Datum", "Uhrzeit"): (["Datum", "Uhrzeit"], "%d.%m.%Y %H:%M", ","),
    ("Start date", "End date"): (["Start date"], "%b %d, %Y %I:%M %p", "."),
    ("Date", "Start", "End"): (["Date", "Start"], "%b %d, %Y %I:%M %p", "."),
    ("Date", "Start"): (["Date", "Start"], "%b %d, %Y %I:%M %p", "."),
}
"""Columns, format and decimal mark of each edition's interval starts, by the edition's leading columns."""
PRICE = re.compile(r"(?P<area>.+?)\s*\[(?:€|EUR|Euro)/MWh\].*")
AREAS = {
    "Deutschland/Luxemburg": "DE-LU", "Germany/Luxembourg": "DE-LU",
    "DE/AT/LU": "DE-AT-LU",
    "Belgien": "BE", "Belgium": "BE",
    "Dänemark 1": "DK1", "Denmark 1": "DK1",
    "Dänemark 2": "DK2", "Denmark 2": "DK2",
    "Frankreich": "FR", "France": "FR",
    "Italien (Nord)": "IT-North", "Northern Italy": "IT-North",
    "Niederlande": "NL", "Netherlands": "NL",
    "Norwegen 2": "NO2", "Norway 2": "NO2",
    "Österreich": "AT", "Austria": "AT",
    "Polen": "PL", "Poland": "PL",
    "Schweden 4": "SE4", "Sweden 4": "SE4",
    "Schweiz": "CH", "Switzerland": "CH",
    "Slowenien": "SI", "Slovenia": "SI",
    "Tschechien": "CZ", "Czech Republic": "CZ",
    "Ungarn": "HU", "Hungary": "HU",
}  # fmt: skip
"""Codes of the market areas by their German and English names."""


def recognises(columns: Collection[str]) -> bool:
    """Whether a file with these columns is an export of SMARD."""
    return _edition(columns) is not None and any(PRICE.fullmatch(column) for column in columns)


def read(
    cells: pd.DataFrame, path: str | PathLike[str], names: Collection[str] = (), *, any_name: bool = True
) -> pd.Series:
    """Read the prices of one market area.

    Parameters
    ----------
    cells : pandas.DataFrame
        The export as text.
    path : str or path
        For messages.
    names : collection of str
        Accepted names of the area: its name in the export, its code such as ``"DE-LU"``, or its zone at
        Electricity Maps.
    any_name : bool
        Whether to accept an area under any other name if the export has only one.

    Returns
    -------
    pandas.Series
        Prices in the export's order [EUR/MWh], indexed by UTC instant.

    Raises
    ------
    GeofrontError
        If the export does not have exactly one such area, or if a stamp or price is unreadable.
    """
    columns = {match["area"]: column for column in cells if (match := PRICE.fullmatch(column))}
    known = {area: AREAS.get(area, area) for area in columns if not area.startswith(("∅", "Ø"))}
    area = areas.chosen(known, names, any_name, f"{path}: this export of SMARD")
    same = [column for column in cells if (match := PRICE.fullmatch(column)) and match["area"] == area]
    if len(same) > 1:
        raise GeofrontError(f"{path}: several columns of prices of {area}: {first_labels(same)}; keep one.")
    stamp, form, decimal = STAMPS[_edition(cells.columns)]
    text = cells[stamp].agg(" ".join, axis=1)
    wall = clock_times(text, form)
    prices, bad = numbers(cells[columns[area]], decimal)
    for wrong, what in ((wall.isna(), "unreadable stamps"), (bad, f"no readable price of {area} at")):
        if wrong.any():
            raise GeofrontError(f"{path}: {what} {first_labels(text[wrong])}; export the file from SMARD again.")
    return prices.set_axis(from_wall_time(pd.DatetimeIndex(wall), TIMEZONE, str(path)))


def _edition(columns: Collection[str]) -> tuple[str, ...] | None:
    return next((head for head in STAMPS if tuple(columns)[: len(head)] == head), None)

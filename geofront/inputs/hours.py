"""Reads and checks files of real hourly prices and carbon intensities.

See "Prices and carbon" in docs/model.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from geofront import arguments
from geofront.arguments import checked, either, mapping, number, several, shown
from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders
from geofront.inputs.decimals import numbers
from geofront.inputs.electricity_maps import listed, tidy_hours
from geofront.inputs.hour_checks import CARBON, FILLED, PRICE, checked_stamps, missing_runs
from geofront.inputs.loaders import bounds
from geofront.inputs.text_files import read_cells
from geofront.names import HOUR, REGION
from geofront.results import label_problems, level_problems

_RANGES = {"price": bounds("price"), "carbon_average": bounds("carbon")}
COLUMNS = {PRICE: "price", CARBON: "carbon_average"}
ATTRIBUTES = {
    "price": {"units": "USD/MWh", "long_name": "electricity price"},
    "carbon_average": {"units": "kg/MWh", "long_name": "average carbon intensity, life cycle"},
    FILLED: {"long_name": "price was missing and has been filled"},
}


def hours_or_path(value, name: str):
    """Check an argument that is a dataset of hours or the path of a file, as :func:`checked_hours` takes them."""
    if not isinstance(value, xr.Dataset | str | PathLike):
        raise GeofrontError(
            f"{name} is {shown(value)}, neither hours nor a path: pass what gf.hours returned, or a tidy file of hours"
        )
    return value if isinstance(value, xr.Dataset) else arguments.path(value, name)


def _for_all_or_by_region(check: arguments.Check, example: str) -> arguments.Check:
    return either(Mapping, mapping(check, example), check)


@checked(
    path=several(arguments.path),
    prices=_for_all_or_by_region(arguments.path, "the path of prices by region"),
    timezone=_for_all_or_by_region(lambda value, _: value, "time zones by region"),
    usd_per_unit=_for_all_or_by_region(number("USD, such as 1.08", above=0, most=1e6), "USD per unit by region"),
    zones=mapping(arguments.text, "regions by zone"),
)
def hours(
    path: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    prices: str | PathLike[str] | Mapping[str, str | PathLike[str]] | None = None,
    timezone: str | Mapping[str, str] | None = None,
    usd_per_unit: float | Mapping[str, float] | None = None,
    zones: Mapping[str, str] | None = None,
) -> xr.Dataset:
    """Read hourly prices and average carbon intensities from a tidy file, or from Electricity Maps exports and prices.

    Parameters
    ----------
    path : path, or with `prices` also a sequence of paths
        A tidy CSV, plain or compressed, one row per region and hour, with the columns ``utc``
        (ISO 8601 with ``Z``, ``UTC`` or ``+00:00``), ``region``, ``price_usd_per_mwh`` [USD/MWh],
        ``carbon_avg_g_per_kwh`` [g/kWh] and optionally ``price_filled`` (0 or 1). Other columns are ignored.
        Rows may be in any order. With `prices`: one or several hourly exports of Electricity Maps, as
        downloaded, each of one or several zones.
    prices : path or mapping of region to path, optional
        CSV with time stamps in the first column and one column of prices per region, named after the region
        or its zone [currency/MWh]; or an export of SMARD or of the ENTSO-E Transparency Platform; or one
        such file per region. In a file of one region, the only price column may have any name. A stamp is
        the beginning of its interval.
    timezone : str or mapping of region to str, optional
        IANA name of the time zone of the price stamps. It may be left out for stamps with an offset from UTC
        and for exports of SMARD and ENTSO-E, which have their own time zone; all other `prices` require it.
    usd_per_unit : float or mapping of region to float, optional
        US dollars per unit of the prices' currency, 1 for prices in USD [USD]; required with `prices`.
    zones : mapping of zone to region, optional
        Zones of the exports to use and their region labels; by default all zones, under their own names.

    Returns
    -------
    xarray.Dataset
        ``price`` [USD/MWh] and ``carbon_average`` [kg/MWh], dims (region, hour), and ``price_filled`` if the
        file has it. ``hour`` is ascending UTC without time zone, ``region`` in the order of the file or of
        `zones`. Negative prices are kept.

    Raises
    ------
    GeofrontError
        If a file cannot be read, columns are missing, or prices are wrong
        (`geofront.inputs.prices.gapless_usd`) or do not match the exports. Otherwise one error lists all
        stamps that are unreadable, not UTC or not on the hour, empty or non-numeric values, and duplicate or
        missing hours of a region, each with its first five occurrences and their number.

    Notes
    -----
    Missing prices of a market are filled and flagged (`geofront.inputs.prices.gapless_usd`). Missing carbon
    intensities are an error. ``data/README.md`` shows the formats and the files of this example.

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
            "prices= with them, or only the path of one tidy file."
        )
    stamps = checked_stamps(table, ", ".join(map(str, files)))
    return _dataset(table, stamps).assign_attrs(source=", ".join(Path(file).name for file in files))


def covers_regions(path: str | PathLike[str], tables_dir: str | PathLike[str] | None = None) -> bool:
    """Whether a file has the hours of every region.

    Parameters
    ----------
    path : path
        A tidy file, as for :func:`hours`.
    tables_dir : str or path, optional
        Folder with your own tables; by default the regions are geofront's core tier.

    Returns
    -------
    bool

    Raises
    ------
    GeofrontError
        If the file or the tables cannot be read.
    """
    return bool(loaders.regions(tables_dir=tables_dir).index.isin(hours(path)[REGION].values).all())


def checked_hours(given: xr.Dataset | str | PathLike[str]) -> xr.Dataset:
    """Check the hours for a scenario, after reading them if they are a file.

    Parameters
    ----------
    given : xarray.Dataset or path
        Dims (region, hour), as `hours` returns it. Stamps with a time zone are converted.

    Returns
    -------
    xarray.Dataset
        ``hour`` is UTC without time zone.

    Raises
    ------
    GeofrontError
        If the hours cannot be read, have no regions or no time stamps, or if stamps are not on the hour,
        duplicate or missing.
    """
    if not isinstance(given, xr.Dataset):
        return hours(given)
    absent = [dim for dim in (REGION, HOUR) if dim not in given.indexes or not given.sizes[dim]]
    if absent:
        raise GeofrontError(f"'hours' have no labels for {first_labels(absent)}; pass what geofront.hours returns.")
    problems = [*level_problems(given), *label_problems(REGION, given.indexes[REGION])]
    if problems:
        raise GeofrontError(f"'hours': {problems[0]}.")
    given = _in_float64(given)
    labels = given.indexes[HOUR]
    if not all(isinstance(stamp, datetime) for stamp in labels):
        raise GeofrontError(f"'hours': {first_labels(labels)} are no time stamps; pass what geofront.hours returns.")
    aware = {stamp.tzinfo is not None for stamp in labels}
    if len(aware) > 1:
        raise GeofrontError("'hours': only some stamps have a time zone; convert all to UTC.")
    stamps = pd.DatetimeIndex(pd.to_datetime(labels, utc=True)).tz_localize(None)
    for wrong, what in ((stamps != stamps.floor("h"), "are not on the hour"), (stamps.duplicated(), "are duplicate")):
        if wrong.any():
            raise GeofrontError(f"'hours': {first_labels(stamps[wrong])} {what}; keep one stamp per hour.")
    gaps = missing_runs(stamps.sort_values())
    if gaps:
        raise GeofrontError(f"'hours' lack {first_labels(gaps)}; add them.")
    return given.assign_coords({HOUR: stamps.to_numpy("datetime64[ns]")}) if aware == {True} else given


def _in_float64(given: xr.Dataset) -> xr.Dataset:
    numbers = [name for name in _RANGES if name in given.variables]
    wrong = [name for name in numbers if given[name].dtype.kind not in "iuf"]
    if wrong:
        raise GeofrontError(f"'hours': {first_labels(wrong)} must hold numbers, not booleans or text; convert them.")
    misshapen = [name for name in numbers if set(given[name].dims) != {REGION, HOUR}]
    if misshapen:
        raise GeofrontError(f"'hours': {first_labels(misshapen)} must have the dims ({REGION}, {HOUR}).")
    with np.errstate(over="ignore"):
        given = given.assign({name: given[name].astype(float) for name in numbers if given[name].dtype != np.float64})
    for name in numbers:
        least, most = _RANGES[name]
        beyond = (given[name] < least) | (given[name] > most)
        if beyond.any():
            raise GeofrontError(
                f"'hours': {name!r} is not from {least:g} to {most:g} {ATTRIBUTES[name]['units']} at "
                f"{first_labels(given.indexes[HOUR][beyond.any(REGION).values])}; correct it."
            )
    return given


def _read(path: Path) -> pd.DataFrame:
    needed = ["utc", "region", *COLUMNS]
    table = read_cells(path)
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise GeofrontError(
            f"{path}: missing column(s) {', '.join(map(repr, missing))}; it has "
            f"{first_labels(table.columns)}. A file of hours has the columns {', '.join(needed)}; an export "
            "of Electricity Maps also needs prices=, timezone= and usd_per_unit=."
        )
    if table.empty:
        raise GeofrontError(f"{path}: no rows; a file of hours has one row per region and hour.")
    values = {column: numbers(table[column])[0] for column in COLUMNS}
    if FILLED in table:
        flags = table[FILLED].str.lower().replace({"false": "0", "true": "1"})
        values[FILLED] = numbers(flags)[0]
    return table.assign(**values)


def _dataset(table: pd.DataFrame, stamps: pd.Series) -> xr.Dataset:
    regions = table["region"].unique()
    index = [table["region"], stamps]
    data = {}
    for column, name in {**COLUMNS, FILLED: FILLED}.items():
        if column not in table:
            continue
        wide = pd.Series(table[column].to_numpy(), index=index).unstack().loc[regions]
        values = wide.to_numpy(bool if column == FILLED else float)
        data[name] = ((REGION, HOUR), values, ATTRIBUTES[name])
        hour = wide.columns.to_numpy("datetime64[ns]")
    return xr.Dataset(data, coords={REGION: np.asarray(regions, dtype=object), HOUR: hour})

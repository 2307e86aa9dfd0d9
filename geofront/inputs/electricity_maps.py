"""Combines hourly Electricity Maps exports and market prices in a tidy table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from os import PathLike

import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs.decimals import MISSING, numbers
from geofront.inputs.hour_checks import checked_stamps
from geofront.inputs.intervals import STAMP
from geofront.inputs.prices import gapless_usd, read_prices
from geofront.inputs.stamps import parse
from geofront.inputs.text_files import read_cells

COLUMNS = {
    "utc": ("datetime (utc)",),
    "zone": ("zone id",),
    "carbon_avg_g_per_kwh": ("carbon intensity gco2eq/kwh (lca)", "carbon intensity gco2eq/kwh (life cycle)"),
    "carbon_direct_g_per_kwh": ("carbon intensity gco2eq/kwh (direct)",),
}
"""Columns read, and their headers in exports of different years, in lower case and with a plain 2."""
DIRECT = "carbon_direct_g_per_kwh"
"""The only optional column of an export."""
CARBON = ["carbon_avg_g_per_kwh", DIRECT]


def read_export(path: str | PathLike[str]) -> pd.DataFrame:
    """Read the zones and carbon intensities of an hourly Electricity Maps export.

    Parameters
    ----------
    path : str or path
        CSV as downloaded, of one or several zones. The header may be the older one (``Zone Id``, ``Carbon
        Intensity gCO₂eq/kWh (LCA)``), the newer one (``Zone id``, ``Carbon intensity gCO₂eq/kWh (Life
        cycle)``), or hold both; each row then uses the column that has a value.

    Returns
    -------
    pandas.DataFrame
        Columns ``utc`` (with time zone), ``zone``, ``carbon_avg_g_per_kwh`` (life cycle) and, if the
        export has it, ``carbon_direct_g_per_kwh`` [g/kWh], in the file's order. NaN where a cell is not a number.

    Raises
    ------
    GeofrontError
        If the file cannot be read or is no such export, or two of its columns disagree.
    """
    cells = read_cells(path)
    heads = {column: [head for head in cells if _plain(head) in COLUMNS[column]] for column in COLUMNS}
    absent = [" or ".join(map(repr, COLUMNS[column])) for column in COLUMNS if not heads[column] and column != DIRECT]
    if absent:
        raise GeofrontError(
            f"{path}: no column {'; '.join(absent)} (in any case); it has {first_labels(cells)}. "
            "Pass an hourly carbon intensity export of Electricity Maps."
        )
    table = pd.DataFrame(
        {
            column: _merged(cells[heads[column]], path, MISSING if column in CARBON else ("",))
            for column in COLUMNS
            if heads[column]
        }
    )
    stamps = parse(table["utc"])
    bad = stamps["wall"].isna() | (table["zone"] == "")
    if bad.any():
        lines = first_labels(table.index[bad])
        raise GeofrontError(f"{path}: no readable stamp or no zone in lines {lines}; export it again.")
    values = {column: numbers(table[column])[0] for column in CARBON if column in table}
    utc = stamps["wall"] - stamps["offset"].fillna(pd.Timedelta(0))
    return table.assign(utc=utc.dt.tz_localize("UTC"), **values)


def _merged(columns: pd.DataFrame, path: str | PathLike[str], gaps: Collection[str]) -> pd.Series:
    """Merge columns of the same quantity into one."""
    head, *others = columns
    columns = columns.mask(columns.apply(lambda column: column.str.lower().isin(gaps)), "")
    merged = columns[head]
    for other in others:
        new = columns[other]
        differ = (merged != "") & (new != "") & (merged != new) & (numbers(merged)[0] != numbers(new)[0])
        if differ.any():
            raise GeofrontError(
                f"{path}: columns {head!r} and {other!r} disagree in lines {first_labels(differ.index[differ])}; "
                "keep the right one."
            )
        merged = merged.where(merged != "", new)
    return merged


def tidy_hours(
    exports: str | PathLike[str] | Sequence[str | PathLike[str]],
    prices: str | PathLike[str] | Mapping[str, str | PathLike[str]],
    *,
    timezone: str | Mapping[str, str] | None = None,
    usd_per_unit: float | Mapping[str, float] | None,
    zones: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Make a tidy table of hours from Electricity Maps exports and market prices.

    Parameters
    ----------
    exports : path or sequence of paths
        One or several exports, each as `read_export` takes it.
    prices : path or mapping of region to path
        CSV with time stamps in the first column and one column of prices per region, named after the region
        or its zone [currency/MWh]; or an export of SMARD or of the ENTSO-E Transparency Platform; or one
        such file per region. In a file of one region, the only price column may have any name.
    timezone : str or mapping of region to str
        IANA name of the time zone of the price stamps. It may be None for stamps with an offset from UTC and
        for exports of SMARD and ENTSO-E, which have their own time zone.
    usd_per_unit : float or mapping of region to float
        US dollars per unit of the prices' currency, 1 for prices in USD [USD].
    zones : mapping of zone to region, optional
        Zones to use and their region labels; by default all zones, under their own names.

    Returns
    -------
    pandas.DataFrame
        One row per region and hour, columns as a tidy file of hours.

    Raises
    ------
    GeofrontError
        If a file, zone, region, price, time zone or exchange rate is missing or wrong.

    Notes
    -----
    `geofront.inputs.prices.gapless_usd` converts and fills prices. Carbon intensities are not filled.
    """
    tables = {path: table for path in listed(exports) if len(table := read_export(path))}
    if not tables or zones == {}:
        raise GeofrontError("no hours: the exports have no rows, or zones= is empty; give at least one zone.")
    known = pd.concat([table["zone"] for table in tables.values()]).unique()
    if zones is None:
        zones = {zone: zone for zone in known}
    absent = sorted(set(zones) - set(known))
    if absent:
        raise GeofrontError(f"zones: the exports lack {first_labels(absent)}; they hold {first_labels(known)}.")
    carbon = pd.concat([_checked(table[table["zone"].isin(zones)], path) for path, table in tables.items()])
    shared = not isinstance(prices, Mapping) and len(zones) > 1
    parts = []
    for zone, region in zones.items():
        path = _for_region("prices", prices, region)
        parts.append(
            region_hours(
                region,
                zone,
                carbon[carbon["zone"] == zone],
                read_prices(path, (region, zone), any_name=not shared),
                timezone=_for_region("timezone", timezone, region, required=False),
                usd_per_unit=_for_region("usd_per_unit", usd_per_unit, region),
                market=f"{path}, region {region!r}",
            )
        )
    return pd.concat(parts, ignore_index=True)


def _checked(carbon: pd.DataFrame, path: str | PathLike[str]) -> pd.DataFrame:
    """Check the rows of one export; hours missing here may be in another export."""
    checked_stamps(carbon.assign(utc=carbon["utc"].dt.strftime(STAMP), region=carbon["zone"]), str(path), gaps=False)
    return carbon


def listed(paths: str | PathLike[str] | Sequence[str | PathLike[str]]) -> list[str | PathLike[str]]:
    """Return one path or several as a list."""
    return [paths] if isinstance(paths, str | PathLike) else list(paths)


def region_hours(
    region: str,
    zone: str,
    carbon: pd.DataFrame,
    prices: pd.Series,
    *,
    timezone: str | None,
    usd_per_unit: float,
    market: str,
) -> pd.DataFrame:
    """Make one region's rows of a tidy table: the hours of its carbon data, ascending, with prices in USD.

    Parameters
    ----------
    region, zone : str
        Labels for the columns of these names.
    carbon : pandas.DataFrame
        The zone's rows of `read_export`.
    prices : pandas.Series
        As `geofront.inputs.prices.read_prices` returns them [currency/MWh].
    timezone, usd_per_unit, market
        As `geofront.inputs.prices.gapless_usd` takes them.

    Returns
    -------
    pandas.DataFrame
        Columns as a tidy file of hours; ``utc`` is text.

    Raises
    ------
    GeofrontError
        As `geofront.inputs.prices.gapless_usd`.
    """
    carbon = carbon.sort_values("utc").set_index("utc")[[column for column in CARBON if column in carbon]]
    usd = gapless_usd(prices, carbon.index, timezone=timezone, usd_per_unit=usd_per_unit, market=market)
    tidy = pd.concat([usd["price_usd_per_mwh"], carbon, usd["price_filled"]], axis=1).reset_index()
    tidy.insert(1, "region", region)
    tidy.insert(2, "zone", zone)
    return tidy.assign(utc=tidy["utc"].dt.strftime(STAMP))


def _plain(header: str) -> str:
    return header.strip().lower().replace("₂", "2")


def _for_region(name: str, given, region: str, *, required: bool = True):
    """Value for a region: its entry in a mapping, or the one value for all regions."""
    if given is None and required:
        raise GeofrontError(f"{name}= is missing: prices need the time zone of their stamps and a currency.")
    if not isinstance(given, Mapping):
        return given
    if region not in given and required:
        raise GeofrontError(f"{name}: no entry for region {region!r}; it has {first_labels(given)}. Add it.")
    return given.get(region)

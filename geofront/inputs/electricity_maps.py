"""Hours of one's own: hourly exports of Electricity Maps, together with market prices, as a tidy table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike

import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders
from geofront.inputs.prices import gapless_usd, read_prices

COLUMNS = {
    "utc": ("datetime (utc)",),
    "zone": ("zone id",),
    "carbon_avg_g_per_kwh": (
        "carbon intensity gco2eq/kwh (lca)",
        "carbon intensity gco2eq/kwh (life cycle)",
    ),
    "carbon_direct_g_per_kwh": ("carbon intensity gco2eq/kwh (direct)",),
}
"""Columns read, and what exports of different years call them, in lower case and with a plain 2."""
CARBON = ["carbon_avg_g_per_kwh", "carbon_direct_g_per_kwh"]


def read_export(path: str | PathLike[str]) -> pd.DataFrame:
    """Read the zones and carbon intensities of an hourly Electricity Maps export.

    Parameters
    ----------
    path : str or path
        CSV as downloaded, of one or several zones, with the older header (``Zone Id``, ``Carbon Intensity
        gCO₂eq/kWh (LCA)``) or the newer (``Zone id``, ``Carbon intensity gCO₂eq/kWh (Life cycle)``).

    Returns
    -------
    pandas.DataFrame
        Columns ``utc`` (with time zone), ``zone``, ``carbon_avg_g_per_kwh`` (life cycle) and
        ``carbon_direct_g_per_kwh`` [g/kWh], in the file's order.

    Raises
    ------
    GeofrontError
        If the file cannot be read or is not such an export.
    """
    name_of = {header: column for column, headers in COLUMNS.items() for header in headers}
    table = loaders.read_table(path)
    given = list(table.columns)
    table = table.rename(columns=lambda header: name_of.get(_plain(header), header))
    absent = [" or ".join(map(repr, COLUMNS[column])) for column in COLUMNS if column not in table]
    if absent:
        raise GeofrontError(
            f"{path}: no column {'; '.join(absent)} (in any case); it has {first_labels(given)}. "
            "Pass an hourly carbon intensity export of Electricity Maps."
        )
    utc = pd.to_datetime(table["utc"], format="ISO8601", errors="coerce", utc=True)
    bad = utc.isna() | table["zone"].isna()
    if bad.any():
        lines = first_labels(table.index[bad] + 2)
        raise GeofrontError(f"{path}: no readable stamp or no zone in lines {lines}; export it again.")
    return table[list(COLUMNS)].assign(utc=utc)


def tidy_hours(
    exports: str | PathLike[str] | Sequence[str | PathLike[str]],
    prices: str | PathLike[str] | Mapping[str, str | PathLike[str]],
    *,
    timezone: str | Mapping[str, str] | None,
    usd_per_unit: float | Mapping[str, float] | None,
    zones: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """A tidy table of hours from Electricity Maps exports and market prices.

    Parameters
    ----------
    exports : path or sequence of paths
        One or several exports, each as `read_export` takes it.
    prices : path or mapping of region to path
        CSV with time stamps in the first column and a column of prices per region, called as the region
        or its zone [currency/MWh]; or one such file for each region. The only price column of a region's
        own file may have any name.
    timezone : str or mapping of region to str
        IANA name of the time zone of the price stamps. Stamps with an offset of their own keep it.
    usd_per_unit : float or mapping of region to float
        US dollars per unit of the prices' currency, 1 for prices in USD [USD].
    zones : mapping of zone to region, optional
        Zones to use and what to call them; by default all, under their own names.

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
    Conversion and filling of prices: `geofront.inputs.prices.gapless_usd`. Carbon intensities are not filled.
    """
    tables = [table for table in map(read_export, listed(exports)) if len(table)]
    if not tables or zones == {}:
        raise GeofrontError("no hours: the exports have no rows, or zones= is empty; give at least one zone.")
    carbon = pd.concat(tables, ignore_index=True)
    if zones is None:
        zones = {zone: zone for zone in carbon["zone"].unique()}
    absent = sorted(set(zones) - set(carbon["zone"]))
    if absent:
        known = first_labels(carbon["zone"].unique())
        raise GeofrontError(f"zones: the exports lack {first_labels(absent)}; they hold {known}.")
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
                timezone=_for_region("timezone", timezone, region),
                usd_per_unit=_for_region("usd_per_unit", usd_per_unit, region),
            )
        )
    return pd.concat(parts, ignore_index=True)


def listed(paths: str | PathLike[str] | Sequence[str | PathLike[str]]) -> list[str | PathLike[str]]:
    """One path or several, as a list."""
    return [paths] if isinstance(paths, str | PathLike) else list(paths)


def region_hours(
    region: str, zone: str, carbon: pd.DataFrame, prices: pd.Series, *, timezone: str, usd_per_unit: float
) -> pd.DataFrame:
    """One region's rows of a tidy table: the hours of its carbon, ascending, with prices in USD.

    Parameters
    ----------
    region, zone : str
        Labels for the columns of these names.
    carbon : pandas.DataFrame
        The zone's rows of `read_export`.
    prices : pandas.Series
        As `geofront.inputs.prices.read_prices` returns them [currency/MWh].
    timezone, usd_per_unit
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
    carbon = carbon.sort_values("utc").set_index("utc")[CARBON]
    market = gapless_usd(prices, carbon.index, timezone=timezone, usd_per_unit=usd_per_unit, market=region)
    tidy = pd.concat([market["price_usd_per_mwh"], carbon, market["price_filled"]], axis=1).reset_index()
    tidy.insert(1, "region", region)
    tidy.insert(2, "zone", zone)
    return tidy.assign(utc=tidy["utc"].dt.strftime("%Y-%m-%dT%H:%MZ"))


def _plain(header: str) -> str:
    return header.strip().lower().replace("₂", "2")


def _for_region(name: str, given, region: str):
    """What holds for a region: its entry of a mapping, or the one value for all regions."""
    if given is None:
        raise GeofrontError(f"{name}= is missing: prices need the time zone of their stamps and a currency.")
    if not isinstance(given, Mapping):
        return given
    if region not in given:
        raise GeofrontError(f"{name}: no entry for region {region!r}; it has {first_labels(given)}. Add it.")
    return given[region]

"""Downloads real hours from public repositories at pinned commits, checks them and writes a tidy file."""

from __future__ import annotations

import gzip
import io
from os import PathLike
from pathlib import Path

import pandas as pd
import pooch

from geofront import arguments
from geofront.arguments import checked
from geofront.errors import GeofrontError
from geofront.files import staged
from geofront.inputs.electricity_maps import read_export, region_hours
from geofront.inputs.pinned import obtain
from geofront.inputs.prices import read_prices
from geofront.inputs.table_paths import data_path
from geofront.inputs.table_reading import read_table
from geofront.names import YEAR

REGISTRY = f"upstream_registry_{YEAR}.csv"
SOURCES = f"hourly_sources_{YEAR}.csv"


@checked(year=arguments.whole(least=0), source=arguments.path, to=arguments.path, cache=arguments.path)
def fetch_hours(
    year: int = YEAR,
    *,
    source: str | PathLike[str] | None = None,
    to: str | PathLike[str] | None = None,
    cache: str | PathLike[str] | None = None,
) -> Path:
    """Make the tidy file of hourly prices and carbon intensities of the twelve core regions.

    Parameters
    ----------
    year : int
        Year of the hours; 2023 is the one with pinned files.
    source : str or path, optional
        Folder, or ``http(s)://`` address, that holds the files of ``data/upstream_registry_2023.csv`` under
        the same relative paths. By default they come from their repositories on GitHub, at the commits
        pinned there. The sha256 of every file is checked in either case.
    to : str or path, optional
        File to write, replaced if it exists, gzipped if its name ends in ``.gz``; by default
        ``hours_2023.csv.gz`` in the current folder.
    cache : str or path, optional
        Folder for downloads, by default the user's cache folder for geofront. A cached file is not downloaded
        again; a `source` folder is read in place.

    Returns
    -------
    pathlib.Path
        The file written, which `geofront.hours` reads: ``utc``, ``region``, ``zone``, ``price_usd_per_mwh``
        [USD/MWh], ``carbon_avg_g_per_kwh`` (life cycle) and ``carbon_direct_g_per_kwh`` [g/kWh], and
        ``price_filled``, 1 where the price is filled in rather than observed.

    Raises
    ------
    GeofrontError
        If the year has no pinned files, a file is missing, cannot be downloaded, is incomplete or is not
        the pinned one, or the result cannot be written. No partial file is left in `cache` or in `to`.

    Notes
    -----
    See "Prices and carbon" in docs/model.md.
    ``data/hourly_sources_2023.csv`` lists the files of each region, and the time zone and currency of its prices.
    `geofront.inputs.prices.gapless_usd` converts and fills them. Files of neighbouring years are not fetched, so
    the few hours of the UTC year that lie in another year of market time are filled and flagged.
    """
    if year != YEAR:
        raise GeofrontError(
            f"year {year}: only {YEAR} has pinned files. For another year, pass your own Electricity Maps exports "
            "and prices to geofront.hours(…, prices=…)."
        )
    to = Path(f"hours_{year}.csv.gz" if to is None else to)
    sources = read_table(data_path(SOURCES), "region", ("usd_per_unit",)).sort_index()
    registry = read_table(data_path(REGISTRY), "path", ("size_bytes",))
    files = obtain(registry, REGISTRY, source, Path(cache or pooch.os_cache("geofront")))
    table = pd.concat([_region(row, files, year) for row in sources.itertuples()])
    _write(table, to)
    return to


def _region(row, files: dict[str, Path], year: int) -> pd.DataFrame:
    """Rows of one region; `row` is its row in the table of sources."""
    prices = read_prices(files[row.price_path])
    # Some files contain fragments of hours of a neighbouring year.
    prices = prices[prices.index.str.startswith(str(year))]
    # Melbourne's file splits the first hour of each month into two rows. No file holds a repeated clock hour twice.
    prices = prices.groupby(level=0, sort=False).mean()
    return region_hours(
        row.Index,
        row.carbon_zone,
        read_export(files[row.carbon_path]),
        prices,
        timezone=row.price_timezone,
        usd_per_unit=row.usd_per_unit,
        market=str(files[row.price_path]),
    )


def _write(table: pd.DataFrame, to: Path) -> None:
    # Adding zero turns -0.0 into 0.0.
    rounded = table.assign(price_usd_per_mwh=table["price_usd_per_mwh"].round(3) + 0.0)
    content = rounded.to_csv(index=False, lineterminator="\n").encode()
    try:
        with staged(to.parent) as staging:
            (staging / to.name).write_bytes(_gzipped(content) if to.suffix == ".gz" else content)
    except (OSError, GeofrontError) as error:
        raise GeofrontError(f"{to}: cannot be written ({error}); choose another file with --to.") from error


def _gzipped(content: bytes) -> bytes:
    """Compress without time stamp or name, so that equal content gives equal bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=buffer, mode="wb", mtime=0) as file:
        file.write(content)
    return buffer.getvalue()

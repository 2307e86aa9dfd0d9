"""Fits hourly shapes of price and carbon: two diurnal harmonics and an annual one.

See "Prices and carbon" in docs/model.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.files import write_text
from geofront.inputs.hours import hours as read_hours
from geofront.inputs.table_paths import data_path
from geofront.inputs.table_reading import read_table
from geofront.inputs.text_files import guarded
from geofront.names import HOUR, REGION

DIURNAL = ("cos1d", "sin1d", "cos2d", "sin2d")
ANNUAL = ("cos1y", "sin1y")
QUANTITIES = ("price", "carbon_average")
CLIPPED = {"price": (5.0, 95.0)}
"""Percentiles of a year's hours to which the fit clips a quantity [%]. A few scarcity hours would
otherwise distort a typical day: unclipped, the fit of Texas 2023 falls below zero in a quarter of all hours."""
DIGITS = 9
"""Significant digits of the written coefficients: a refit reproduces them to a relative 1e-6."""


FITTED = "fitted"
"""Confidence of every fit, as defined in ``data/README.md``."""


def harmonics(stamps: Iterable) -> np.ndarray:
    """Evaluate the six harmonics at some points in time.

    Parameters
    ----------
    stamps : sequence of datetime64
        UTC, without time zone.

    Returns
    -------
    numpy.ndarray
        One row per stamp, one column per name in `DIURNAL` and `ANNUAL`.

    Notes
    -----
    ``cos(2πh/24), sin(2πh/24), cos(4πh/24), sin(4πh/24), cos(2πd/365), sin(2πd/365)`` with h the UTC hour
    of the day and d the days since 1 January 00:00 UTC, including fractions.
    """
    stamps = pd.DatetimeIndex(stamps)
    day = (stamps - stamps.floor("D")) / pd.Timedelta("1D")
    year = ((stamps.day_of_year - 1) + day) / 365
    angles = 2 * np.pi * np.array([day, 2 * day, year])
    return np.stack([wave(angle) for angle in angles for wave in (np.cos, np.sin)], axis=1)


def fit_profiles(hours: xr.Dataset, source: str = "") -> pd.DataFrame:
    """Fit the harmonics to real hours by least squares.

    Parameters
    ----------
    hours : xarray.Dataset
        ``price`` [USD/MWh] and ``carbon_average`` [kg/MWh] of a whole year, dims (region, hour), as
        `geofront.inputs.hours.hours` returns them.
    source : str
        Source of the hours, kept in the table.

    Returns
    -------
    pandas.DataFrame
        One row per region and quantity: ``mean`` [USD/MWh, kg/MWh], the coefficients relative to the mean
        [-], ``r_squared`` [-], ``hours``, ``year``, ``source``, ``confidence``.

    Raises
    ------
    GeofrontError
        If the hours are not one whole calendar year, or a mean is not positive.

    Notes
    -----
    Prices are clipped to their `CLIPPED` percentiles. The relative deviations of the hours from their mean
    are regressed on `harmonics` without intercept. Over a whole year of 365 days the harmonics have mean zero
    and are orthogonal, so the shape reproduces ``mean``, the mean of the unclipped hours, exactly. R² is
    measured against the unclipped hours.
    """
    stamps = hours.indexes[HOUR]
    year = _whole_year(stamps)
    waves = harmonics(stamps)
    rows = []
    for quantity in QUANTITIES:
        for region in map(str, hours[REGION].values):
            values = hours[quantity].sel({REGION: region}).to_numpy()
            mean = values.mean()
            if mean <= 0:
                raise GeofrontError(
                    f"{quantity} of {region!r} has the mean {mean:g}; a shape relative to the mean needs a "
                    "positive mean: leave the region out."
                )
            deviation = values / mean - 1
            typical = np.clip(values, *np.percentile(values, CLIPPED.get(quantity, (0, 100))))
            coefficients = np.linalg.lstsq(waves, typical / typical.mean() - 1, rcond=None)[0]
            residual = deviation - waves @ coefficients
            fit = dict(zip(DIURNAL + ANNUAL, coefficients, strict=True))
            r_squared = 1 - residual.var() / deviation.var() if deviation.any() else 1.0
            rows.append({"region": region, "quantity": quantity, "mean": mean, **fit, "r_squared": r_squared})
    return pd.DataFrame(rows).assign(hours=len(stamps), year=year, source=source, confidence=FITTED)


def _whole_year(stamps: pd.DatetimeIndex) -> int:
    """Return the calendar year that the stamps cover hour by hour."""
    year = int(stamps[0].year)
    whole = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq="h", inclusive="left")
    if not stamps.equals(whole):
        raise GeofrontError(
            f"harmonics need one whole calendar year of hours ({len(whole)} in {year}); the file has "
            f"{len(stamps)} from {stamps[0]} to {stamps[-1]} UTC."
        )
    return year


def write_profiles(hours_path: str | PathLike[str], to: str | PathLike[str] | None = None) -> Path:
    """Fit the harmonics to a tidy file of hours and write them as CSV.

    Parameters
    ----------
    hours_path : str or path
        Tidy hourly file, see `geofront.inputs.hours.hours`.
    to : str, path or None
        File to write; None overwrites geofront's own ``profiles.csv``.

    Returns
    -------
    pathlib.Path
        The file written.
    """
    hours_path = Path(hours_path)
    target = data_path("profiles.csv") if to is None else Path(to)
    table = fit_profiles(read_hours(hours_path), source=hours_path.name)
    write_text(target, table.map(guarded).to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n"))
    return target


def shape(
    profiles: pd.DataFrame | str | PathLike[str] | None,
    quantity: str,
    regions: Iterable[str],
    stamps: Iterable,
    *,
    annual: bool = True,
) -> xr.DataArray:
    """Evaluate the shape of a quantity over time, relative to its annual mean.

    Parameters
    ----------
    profiles : pandas.DataFrame, path or None
        Columns ``region``, ``quantity`` and the coefficients, as `fit_profiles` returns them.
    quantity : {"price", "carbon_average"}
        Quantity of the shape.
    regions : sequence of str
        Regions. A region without a fit gets the flat shape 1, as does every region if `profiles` is None.
    stamps : sequence of datetime64
        Points in time, UTC without time zone.
    annual : bool
        Whether to include the annual harmonic; without it, the shape is of the year's average day.

    Returns
    -------
    xarray.DataArray
        (region, hour) [-], with mean 1 over a whole year.

    Raises
    ------
    GeofrontError
        If the quantity is unknown, or the profiles lack columns or repeat a region.

    Notes
    -----
    The shape is not clipped. It may fall below zero where real prices were spiky or negative; the stylized
    price is then negative at those hours, and the annual mean stays correct.
    """
    if quantity not in QUANTITIES:
        raise GeofrontError(f"there are no shapes of {quantity!r}; choose from {first_labels(QUANTITIES)}.")
    labels = pd.Index(regions)
    stamps = pd.DatetimeIndex(stamps)
    names = DIURNAL + ANNUAL if annual else DIURNAL
    coefficients = _coefficients(profiles, quantity).reindex(index=labels, columns=names).fillna(0.0)
    values = 1 + coefficients.to_numpy() @ harmonics(stamps)[:, : len(names)].T
    coords = {REGION: labels.to_numpy(object), HOUR: stamps}
    attributes = {"units": "1", "long_name": f"shape of {quantity}"}
    return xr.DataArray(values, coords=coords, dims=(REGION, HOUR), attrs=attributes)


def _coefficients(profiles, quantity: str) -> pd.DataFrame:
    """Coefficients of one quantity, indexed by region."""
    if profiles is None:
        return pd.DataFrame(columns=DIURNAL + ANNUAL, dtype=float)
    table = read_table(profiles, ["region", "quantity"], DIURNAL + ANNUAL, "profiles").reset_index("quantity")
    return table[table["quantity"] == quantity]

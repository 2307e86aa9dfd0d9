"""The snapshots of a scenario, their prices and carbon intensities, and their average day."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.names import BLOCK, HOUR, REGION, SNAPSHOTS, WEIGHT, YEAR


def snapshot_coords(snapshots: str, hours: xr.Dataset | None = None) -> dict:
    """Make the coordinates ``hour``, ``weight`` [h] and ``block`` of snapshots.

    ``month-hour`` is the 15th of each month, weighted by its number of days. ``day`` is one day for the whole year.
    ``year`` is every hour of the year of the real hours, and ``hours`` the real hours themselves; both have one block
    per day.

    Raises
    ------
    GeofrontError
        If the choice is unknown, or ``hours`` has no real hours.
    """
    if snapshots not in SNAPSHOTS:
        raise GeofrontError(f"snapshots={snapshots!r} is unknown: use one of {', '.join(SNAPSHOTS)}")
    day = pd.to_timedelta(range(24), unit="h")
    if snapshots == "month-hour":
        months = pd.to_datetime([f"{YEAR}-{month:02d}-01" for month in range(1, 13)])
        stamps = pd.DatetimeIndex(np.concatenate([month + pd.Timedelta(days=14) + day for month in months]))
        weight, block = np.repeat(months.days_in_month, 24), np.repeat(months.month, 24)
    elif snapshots == "day":
        stamps, weight, block = pd.Timestamp(f"{YEAR}-03-21") + day, np.full(24, 365), np.ones(24)
    elif snapshots == "hours":
        if hours is None:
            raise GeofrontError("snapshots='hours' needs hours: pass hours=, or choose other snapshots")
        stamps = time_stamps(hours).sort_values()
        weight, block = np.ones(len(stamps)), (stamps.normalize() - stamps[0].normalize()).days + 1
    else:
        year = YEAR if hours is None else hours.indexes[HOUR][0].year
        stamps = pd.date_range(f"{year}-01-01", f"{year}-12-31T23:00", freq="h")
        weight, block = np.ones(len(stamps)), stamps.day_of_year
    return {
        HOUR: np.asarray(stamps, "datetime64[ns]"),
        WEIGHT: (HOUR, np.asarray(weight, float)),
        BLOCK: (HOUR, np.asarray(block, np.int64)),
    }


def time_stamps(scenario: xr.Dataset | xr.DataArray) -> pd.DatetimeIndex:
    """Time stamps of the hours of a scenario or result.

    Raises
    ------
    GeofrontError
        If the hours have other labels, so that hour of the day and month are unknown.
    """
    stamps = scenario.indexes[HOUR]
    if not isinstance(stamps, pd.DatetimeIndex):
        raise GeofrontError(
            f"{HOUR!r} has the labels {first_labels(stamps)}, which are no time stamps: give UTC time "
            "stamps, such as 2023-01-01T00:00"
        )
    return stamps


def annual_mean(array: xr.DataArray) -> xr.DataArray:
    """Mean over the snapshots, weighted by ``weight``."""
    return array.weighted(array[WEIGHT]).mean(HOUR)


def average_day(scenario: xr.Dataset) -> xr.Dataset:
    """Average the hourly variables of a scenario over its blocks.

    Parameters
    ----------
    scenario : xarray.Dataset

    Returns
    -------
    xarray.Dataset
        One block of 24 hours with the labels of the first block. Each hour of the day is the mean over the blocks,
        weighted by ``weight``, and its ``weight`` [h] is their sum. The scenario is returned unchanged if it has only
        one block, a block without exactly the 24 hours of the day, or hours that are not time stamps.

    Notes
    -----
    See "Snapshots" in docs/model.md.
    """
    stamps = scenario.indexes[HOUR]
    if not isinstance(stamps, pd.DatetimeIndex):
        return scenario
    block = np.unique(scenario[BLOCK], return_inverse=True)[1]
    position = 24 * block + stamps.hour
    order = np.argsort(position)
    days = block.max() + 1
    if days == 1 or not np.array_equal(position[order], np.arange(24 * days)):
        return scenario
    hourly = [name for name, array in scenario.data_vars.items() if HOUR in array.dims]
    by_day = (
        scenario[[*hourly, WEIGHT]]
        .drop_vars([HOUR, BLOCK])
        .isel({HOUR: xr.DataArray(order.reshape(days, 24), dims=("day", HOUR))})
    )
    averages = by_day[hourly].weighted(by_day[WEIGHT]).mean("day", skipna=False, keep_attrs=True)
    weight = by_day[WEIGHT].sum("day", keep_attrs=True)
    return scenario.isel({HOUR: order[:24]}).assign(averages.variables).assign_coords({WEIGHT: weight.variable})


def real_hours(hours: xr.Dataset, quantity: str, regions, snapshots: str, stamps: pd.DatetimeIndex) -> xr.DataArray:
    """Quantity at every snapshot from the real hours of :func:`geofront.hours`, dims (region, hour).

    Typical days are averages by month and hour.

    Raises
    ------
    GeofrontError
        If the hours lack the quantity, regions, hours or values.
    """
    if quantity not in hours:
        raise GeofrontError(f"'hours' lack {quantity!r}: they have {first_labels(hours.data_vars)}")
    absent = sorted(label for label in regions if label not in hours.indexes[REGION])
    if absent:
        raise GeofrontError(
            f"'hours' lack the regions {first_labels(absent)}: add them, or leave them out "
            "of the scenario with regions=[…]"
        )
    real = hours[quantity].sel({REGION: list(regions)}).transpose(REGION, HOUR).reset_coords(drop=True)
    empty = real.isnull()
    if empty.any():
        places = real.where(empty, drop=True)
        raise GeofrontError(
            f"'hours' have no {quantity!r} for {first_labels(places[REGION].values)} at "
            f"{first_labels(places.indexes[HOUR])}: fill in the values"
        )
    if snapshots in ("year", "hours"):
        missing = stamps.difference(real.indexes[HOUR])
        if len(missing):
            raise GeofrontError(
                f"'hours' lack {first_labels(missing)}: a year needs every hour of {stamps[0].year}; "
                "snapshots='hours' accepts any hours"
            )
        return real.sel({HOUR: stamps})
    stamp = real.indexes[HOUR]
    typical = (stamp.month * (snapshots == "month-hour"), stamp.hour)
    averaged = real.to_pandas().T.groupby(list(typical)).mean()
    if len(averaged) != len(stamps):
        raise GeofrontError(
            f"'hours' cover {len(averaged)} of the {len(stamps)} hours of typical days: "
            "they need every hour of the day in every month; snapshots='hours' accepts any hours"
        )
    return xr.DataArray(averaged.to_numpy().T, {REGION: real[REGION].values, HOUR: stamps}, (REGION, HOUR))


def longer_blocks(scenario: xr.Dataset, days: int) -> xr.Dataset:
    """The scenario with blocks of several days.

    Parameters
    ----------
    scenario : xarray.Dataset
    days : int
        Days of 24 hours per block; the last block may be shorter.

    Raises
    ------
    GeofrontError
        If the hours are not consecutive; the hours of typical days are not.
    """
    if days == 1:
        return scenario
    stamps = time_stamps(scenario)
    elapsed = np.asarray((stamps - stamps[0]) / pd.Timedelta(hours=1))
    if not np.array_equal(elapsed, np.arange(len(stamps))):
        raise GeofrontError(
            f"block_days={days} needs hours that follow one another, as with snapshots='year': use block_days=1"
        )
    return scenario.assign_coords({BLOCK: (HOUR, (elapsed // (24 * days)).astype(np.int64) + 1)})

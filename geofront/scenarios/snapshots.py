"""The hours of a scenario, prices and carbon in them, and their average day."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.names import BLOCK, HOUR, REGION, SNAPSHOTS, WEIGHT, YEAR


def snapshot_coords(snapshots: str, hours: xr.Dataset | None = None) -> dict:
    """Coordinates ``hour``, ``weight`` [h] and ``block`` of snapshots.

    ``month-hour`` is the 15th of each month, weighing its days; ``day`` one day for all; ``year`` every hour of the
    year of the real hours, a block a day; ``hours`` the real hours themselves, a block a day.

    Raises
    ------
    GeofrontError
        Unknown choice, or ``hours`` without any.
    """
    if snapshots not in SNAPSHOTS:
        raise GeofrontError(f"snapshots={snapshots!r} is unknown: use one of {', '.join(SNAPSHOTS)}")
    day = pd.to_timedelta(range(24), unit="h")
    if snapshots == "month-hour":
        months = pd.to_datetime([f"{YEAR}-{month:02d}-01" for month in range(1, 13)])
        stamps = np.concatenate([month + pd.Timedelta(days=14) + day for month in months])
        weight, block = np.repeat(months.days_in_month, 24), np.repeat(months.month, 24)
    elif snapshots == "day":
        stamps, weight, block = pd.Timestamp(f"{YEAR}-03-21") + day, np.full(24, 365), np.ones(24)
    elif snapshots == "hours":
        if hours is None:
            raise GeofrontError("snapshots='hours' needs hours: pass hours=, or choose other snapshots")
        stamps = hours.indexes[HOUR].sort_values()
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


def time_stamps(scenario: xr.Dataset) -> pd.DatetimeIndex:
    """The hours of a scenario or of a result as time stamps.

    Raises
    ------
    GeofrontError
        They are anything else, so that neither hour of the day nor month is known.
    """
    stamps = scenario.indexes[HOUR]
    if not isinstance(stamps, pd.DatetimeIndex):
        raise GeofrontError(
            f"{HOUR!r} has the labels {first_labels(stamps)}, which are no time stamps: give UTC time "
            "stamps, such as 2023-01-01T00:00"
        )
    return stamps


def annual_mean(array: xr.DataArray) -> xr.DataArray:
    """Mean over the snapshots by their weights."""
    return array.weighted(array[WEIGHT]).mean(HOUR)


def average_day(scenario: xr.Dataset) -> xr.Dataset:
    """A scenario's average day: hourly demand, price, carbon and capacity averaged over its blocks.

    Parameters
    ----------
    scenario : xarray.Dataset

    Returns
    -------
    xarray.Dataset
        One block of 24 hours with the labels of the first block. Each hour of the day is a mean over the blocks by
        ``weight``, and its ``weight`` [h] is the sum of theirs. The same scenario if it has one block only, a block
        without exactly the 24 hours of the day, or hours that are no time stamps.

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
    """A quantity at every snapshot from what :func:`geofront.hours` returned, dims (region, hour).

    Typical days are averages by month and hour.

    Raises
    ------
    GeofrontError
        The hours lack the quantity, regions, hours, or values.
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
                f"'hours' lack {first_labels(missing)}: a year needs every hour of {stamps[0].year}, "
                "snapshots='hours' takes those that there are"
            )
        return real.sel({HOUR: stamps})
    stamp = real.indexes[HOUR]
    typical = (stamp.month * (snapshots == "month-hour"), stamp.hour)
    averaged = real.to_pandas().T.groupby(list(typical)).mean()
    if len(averaged) != len(stamps):
        raise GeofrontError(
            f"'hours' cover {len(averaged)} of the {len(stamps)} hours of typical days: "
            "they need every hour of the day in every month; snapshots='hours' takes any hours"
        )
    return xr.DataArray(averaged.to_numpy().T, {REGION: real[REGION].values, HOUR: stamps}, (REGION, HOUR))

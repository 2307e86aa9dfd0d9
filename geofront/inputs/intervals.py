"""Converts prices of intervals, each an hour or a fraction of it, to hourly prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels

HOUR = pd.Timedelta("1h")
PHASES = (0, 15, 30)
"""Minutes after a whole UTC hour at which the hours of a time zone may begin [min]."""
FEW = 3
"""Fewer short intervals than this among longer ones are stray stamps."""
COARSE_RUN = 24
"""A run of at least this many hours with one price each is hourly, even in a file with shorter intervals [h].
European markets changed from hours to quarter-hours in the middle of a year."""
STAMP = "%Y-%m-%dT%H:%MZ"


def one_per_instant(prices: pd.Series, utc: pd.DatetimeIndex, market: str) -> pd.Series:
    """Sort prices by instant and merge equal duplicates.

    Parameters
    ----------
    prices : pandas.Series
        Prices in the file's order, indexed by the file's own stamps.
    utc : pandas.DatetimeIndex
        Instants of the prices; NaT drops the price.
    market : str
        Name of the prices in error messages.

    Returns
    -------
    pandas.Series
        Indexed by UTC instant, ascending; NaN where the price is missing.

    Raises
    ------
    GeofrontError
        If an instant has two different prices.
    """
    known = ~utc.isna()
    by_instant = pd.Series(prices.to_numpy()[known], index=utc[known]).groupby(level=0)
    different = by_instant.nunique()
    clashes = different.index[different > 1]
    if len(clashes):
        rows = utc == clashes[0]
        values = " and ".join(f"{value:g}" for value in prices[rows].dropna().unique())
        raise GeofrontError(
            f"{market}: two prices for {str(prices.index[rows][0])!r}, {values}"
            f"{f' ({len(clashes)} such stamps in all)' if len(clashes) > 1 else ''}; keep one price per stamp, "
            "of one hub, component or auction."
        )
    return by_instant.first()


def hourly(prices: pd.Series, hours: pd.DatetimeIndex, market: str) -> pd.DataFrame:
    """Average prices over hours.

    Parameters
    ----------
    prices : pandas.Series
        As `one_per_instant` returns them.
    hours : pandas.DatetimeIndex
        Consecutive UTC hours.
    market : str
        Name of the prices in error messages.

    Returns
    -------
    pandas.DataFrame
        Indexed by `hours`: ``price``, NaN for an hour without any price; ``partly``, whether an interval of
        the hour has no price. Such an interval gets the price before it, or the price after it if it begins
        the hour and the hour before has no price either.

    Raises
    ------
    GeofrontError
        If the intervals are longer than an hour, shorter than a minute, no whole fraction of an hour, or
        uneven.

    Notes
    -----
    The step is the shortest time between two stamps; a file of one or two stamps is hourly. Stamps of a time
    zone whose hours begin between UTC hours are moved back to the step before.
    """
    step = _step(prices.index, market)
    slots = prices.set_axis(prices.index.floor(step))
    count = HOUR // step
    fine = hours.repeat(count) + pd.TimedeltaIndex(np.tile(np.arange(count), len(hours)) * step)
    given = slots.reindex(fine).to_numpy().reshape(-1, count)
    known = ~np.isnan(given)
    held = pd.Series(given.ravel()).ffill(limit=max(count - 1, 1)).to_numpy().reshape(-1, count)
    held = pd.DataFrame(held if count > 1 else given).bfill(axis=1).to_numpy()
    price = np.where(known.any(axis=1), held.mean(axis=1), np.nan)
    partly = known.any(axis=1) & ~known.all(axis=1) & ~_coarse(slots.index).reindex(hours, fill_value=False)
    return pd.DataFrame({"price": price, "partly": partly}, index=hours)


def _step(utc: pd.DatetimeIndex, market: str) -> pd.Timedelta:
    if not len(utc):
        return HOUR
    step = pd.Timedelta(np.diff(utc).min()) if len(utc) > 1 else HOUR
    if len(utc) == 2:
        step = min(step, HOUR)
    if step > HOUR:
        raise GeofrontError(
            f"{market}: its prices are at least {step / HOUR:g} hours apart, from {utc[0]:{STAMP}} on; pass a "
            "file with hourly prices or shorter intervals."
        )
    gaps = np.diff(utc)
    minute = pd.Timedelta("1min")
    phases = pd.Series((utc - utc.floor("h")) % step / minute)
    odd = utc[phases != phases.mode()[0]]
    # A few stray stamps among longer intervals do not define the step.
    rare = len(utc) > 2 and (gaps == step).sum() < FEW and pd.Series(gaps).mode()[0] != step
    if rare or HOUR % step or step < minute or phases.mode()[0] not in {phase % (step / minute) for phase in PHASES}:
        odd = utc[1:][gaps == step] if len(utc) > 2 else utc
    if len(odd):
        labels = first_labels(f"{stamp:{STAMP}}" for stamp in odd)
        raise GeofrontError(
            f"{market}: stamps that do not follow at one step of a whole fraction of an hour: {labels}; keep "
            "only stamps of one step, such as hours, half-hours or quarter-hours."
        )
    return step


def _coarse(slots: pd.DatetimeIndex) -> pd.Series:
    """Whether an hour is in a run of `COARSE_RUN` hours that each have one price, at their beginning."""
    hour = slots.floor("h")
    lone = pd.Series(slots == hour, index=hour).groupby(level=0).agg(["size", "all"]).eval("size == 1 and all")
    run = lone.groupby((lone != lone.shift()).cumsum()).transform("size")
    return lone & (run >= COARSE_RUN)

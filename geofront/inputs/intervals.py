"""Prices of one interval each, of an hour or a fraction of it, to hourly prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels

HOUR = pd.Timedelta("1h")
PHASES = (0, 15, 30)
"""Where whole hours of any time zone begin, after whole UTC hours [min]."""
FEW = 3
"""Fewer short intervals than this among longer ones are stray stamps."""
COARSE_RUN = 24
"""From this many hours on with one price each, a file with shorter intervals elsewhere is hourly there [h].
European markets changed from hours to quarter-hours in the middle of a year."""
STAMP = "%Y-%m-%dT%H:%MZ"


def one_per_instant(prices: pd.Series, utc: pd.DatetimeIndex, market: str) -> pd.Series:
    """Prices by instant, ascending, equal duplicates merged.

    Parameters
    ----------
    prices : pandas.Series
        In the file's order, indexed by the stamps as the file writes them.
    utc : pandas.DatetimeIndex
        Instants of the prices; those of NaT are left out.
    market : str
        What error messages call the prices.

    Returns
    -------
    pandas.Series
        Indexed by UTC instant; NaN where no price of the instant is known.

    Raises
    ------
    GeofrontError
        If an instant has two prices.
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
    """Means of prices over hours.

    Parameters
    ----------
    prices : pandas.Series
        As `one_per_instant` returns them.
    hours : pandas.DatetimeIndex
        Consecutive UTC hours.
    market : str
        What error messages call the prices.

    Returns
    -------
    pandas.DataFrame
        Indexed by `hours`: ``price``, NaN for an hour without any; ``partly``, whether the price of a part
        of the hour is missing. That part has the price before it, or at the beginning of the hour, where
        the hour before is missing too, the price after it.

    Raises
    ------
    GeofrontError
        If the intervals are longer than an hour or shorter than a minute, do not divide the hour, or do
        not follow one another at one step.

    Notes
    -----
    The step is the shortest time between two stamps; one or two stamps alone are hours. Stamps of a zone
    whose hours begin between UTC hours are moved back to the step before.
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
            "file with a price for every hour or shorter interval."
        )
    gaps = np.diff(utc)
    minute = pd.Timedelta("1min")
    phases = pd.Series((utc - utc.floor("h")) % step / minute)
    odd = utc[phases != phases.mode()[0]]
    # A few stamps between those of longer intervals do not make a step.
    rare = len(utc) > 2 and (gaps == step).sum() < FEW and pd.Series(gaps).mode()[0] != step
    if rare or HOUR % step or step < minute or phases.mode()[0] not in {phase % (step / minute) for phase in PHASES}:
        odd = utc[1:][gaps == step] if len(utc) > 2 else utc
    if len(odd):
        labels = first_labels(f"{stamp:{STAMP}}" for stamp in odd)
        raise GeofrontError(
            f"{market}: stamps that do not follow at one step of a whole fraction of an hour: {labels}; keep "
            "those of hours, half-hours or quarter-hours, say, and no others."
        )
    return step


def _coarse(slots: pd.DatetimeIndex) -> pd.Series:
    """Whether an hour of the file is one of many in a row that have one price each, at their beginning."""
    hour = slots.floor("h")
    lone = pd.Series(slots == hour, index=hour).groupby(level=0).agg(["size", "all"]).eval("size == 1 and all")
    run = lone.groupby((lone != lone.shift()).cumsum()).transform("size")
    return lone & (run >= COARSE_RUN)

"""Market prices as published, in local time and currency, to gapless UTC hours in USD."""

from __future__ import annotations

from collections.abc import Collection
from os import PathLike

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders

SHORT_GAP = 3
"""Gaps up to this length are bridged by a straight line; longer ones repeat the last day known [h]."""
LONGEST_GAP = 48
"""Gaps beyond this length are not filled [h]."""
OFFSET = r"\d(?:Z|[+-]\d\d:?\d\d)$"


def read_prices(
    path: str | PathLike[str], names: Collection[str] = (), *, any_name: bool = True
) -> pd.Series:
    """Read one market's prices as they are published.

    Parameters
    ----------
    path : str or path
        CSV; the first column holds time stamps, the others prices of one market each.
    names : collection of str
        Names that the market's column may have.
    any_name : bool
        Whether the only price column of a file will do under any other name.

    Returns
    -------
    pandas.Series
        Prices in the file's order and currency, indexed by the text of their stamps; empty cells are NaN.

    Raises
    ------
    GeofrontError
        If the file cannot be read, has no such column or more than one, or holds what is not a number.
    """
    stamp, *columns = loaders.read_table(path).columns
    candidates = [column for column in columns if column in names] or (columns if any_name else [])
    if len(candidates) != 1:
        wanted = f"one column called {' or '.join(map(repr, names))}" if names else "only one price column"
        given = first_labels(columns) or "none"
        raise GeofrontError(f"{path}: needs {wanted} beside the stamps in {stamp!r}; it has {given}.")
    table = loaders.read_table(path, required=candidates)
    return table.set_index(table[stamp].astype(str))[candidates[0]].astype(float)


def gapless_usd(
    prices: pd.Series, hours: pd.DatetimeIndex, *, timezone: str, usd_per_unit: float, market: str
) -> pd.DataFrame:
    """Prices at given UTC hours, in USD, with gaps filled and flagged.

    Parameters
    ----------
    prices : pandas.Series
        As `read_prices` returns them [currency/MWh].
    hours : pandas.DatetimeIndex
        Consecutive UTC hours.
    timezone : str
        IANA name of the zone of stamps that carry no offset of their own.
    usd_per_unit : float
        US dollars per unit of the prices' currency [USD].
    market : str
        What error messages call the prices.

    Returns
    -------
    pandas.DataFrame
        Indexed by `hours`: ``price_usd_per_mwh`` [USD/MWh] and ``price_filled`` (0 or 1).

    Raises
    ------
    GeofrontError
        If the time zone is unknown, a stamp cannot be read, the exchange rate is not a positive number, or
        a gap is longer than `LONGEST_GAP`.

    Notes
    -----
    A stamp names the beginning of what it prices; the price of a UTC hour is the mean of the stamps in it.
    That also moves markets with half-hour offsets to whole UTC hours. Where clocks go back, the repeated
    hour counts as missing unless the file has it twice; a price at a wall time that clocks skip is dropped.
    """
    if not (np.isfinite(usd_per_unit) and usd_per_unit > 0):
        raise GeofrontError(
            f"{market}: usd_per_unit={usd_per_unit!r} must be positive; for prices in USD it is 1."
        )
    utc = _utc(prices.index, timezone, market)
    known = (prices * usd_per_unit).groupby(utc.floor("h")).mean().reindex(hours)
    filled = _fill(known, market)
    return pd.DataFrame({"price_usd_per_mwh": filled, "price_filled": known.isna().astype(int)})


def _utc(stamps: pd.Index, timezone: str, market: str) -> pd.DatetimeIndex:
    """UTC of every stamp; NaT where wall time does not tell."""
    has_offset = stamps.str.contains(OFFSET)
    if has_offset.any() and not has_offset.all():
        raise GeofrontError(
            f"{market}: only some stamps carry an offset from UTC; {first_labels(stamps[~has_offset])} do "
            "not; write all of them one way."
        )
    parsed = pd.to_datetime(stamps, format="ISO8601", errors="coerce", utc=True)
    if parsed.isna().any():
        unreadable = first_labels(stamps[parsed.isna()])
        raise GeofrontError(f"{market}: unreadable stamps {unreadable}; write them as 2023-12-31 23:00.")
    return parsed if has_offset.any() else _from_wall_time(parsed.tz_localize(None), timezone, market)


def _from_wall_time(wall: pd.DatetimeIndex, timezone: str, market: str) -> pd.DatetimeIndex:
    try:
        certain = wall.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    except (KeyError, ValueError, OSError) as error:
        raise GeofrontError(
            f"{market}: unknown time zone {timezone!r}; use an IANA name such as 'Europe/Paris' or 'UTC'."
        ) from error
    in_order = wall.tz_localize(timezone, ambiguous=~wall.duplicated(), nonexistent="NaT")
    return certain.where(~wall.duplicated(keep=False), in_order).tz_convert("UTC")


def _fill(prices: pd.Series, market: str) -> pd.Series:
    missing = prices.isna()
    length = missing.groupby((~missing).cumsum()).transform("sum").where(missing, 0)
    if length.max() > LONGEST_GAP:
        begin = length.idxmax()
        raise GeofrontError(
            f"{market}: no price for {length.max()} hours from {begin:%Y-%m-%dT%H:%MZ}; only gaps up to "
            f"{LONGEST_GAP} hours are filled. Complete the file, or check its time zone and year."
        )
    straight = prices.interpolate(limit_direction="both")
    # By hour of day: the day before, and where the file begins with a gap, the day after.
    repeated = prices.groupby(prices.index.hour).ffill().groupby(prices.index.hour).bfill()
    return prices.where(~missing, straight.where(length <= SHORT_GAP, repeated))

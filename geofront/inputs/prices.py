"""Converts published market prices, in local time and currency, to gapless UTC hours in USD."""

from __future__ import annotations

from collections.abc import Collection
from datetime import tzinfo
from numbers import Real
from os import PathLike

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import entsoe, smard
from geofront.inputs.decimals import numbers
from geofront.inputs.intervals import STAMP, hourly, one_per_instant
from geofront.inputs.loaders import bounds
from geofront.inputs.stamps import time_zone, to_utc
from geofront.inputs.text_files import read_cells

SHORT_GAP = 3
"""Gaps up to this length are interpolated linearly; longer ones repeat the last known day [h]."""
LONGEST_GAP = 48
"""Gaps beyond this length are not filled [h]."""
LAYOUTS = (smard, entsoe)
"""Readers of publishers' own layouts; any other file has one column of stamps and one per market."""


def read_prices(path: str | PathLike[str], names: Collection[str] = (), *, any_name: bool = True) -> pd.Series:
    """Read one market's published prices.

    Parameters
    ----------
    path : str or path
        An export of SMARD or of the ENTSO-E Transparency Platform; or any CSV whose first column holds time
        stamps and whose other columns hold prices of one market each. Commas, semicolons or tabs may separate
        columns; a decimal comma is accepted unless it may be a thousands separator.
    names : collection of str
        Accepted names of the market's column.
    any_name : bool
        Whether to accept a price column under any other name if the file has only one.

    Returns
    -------
    pandas.Series
        Prices in the file's order and currency, indexed by the text of their stamps, or by UTC instant if
        the layout defines the time zone. Empty cells and markers of missing values are NaN.

    Raises
    ------
    GeofrontError
        If the file cannot be read, has no rows, does not have exactly one such column, or has a price that is
        not a number.
    """
    cells = read_cells(path)
    if cells.empty:
        raise GeofrontError(f"{path}: no prices: the file has only a header; add one row per hour.")
    for layout in LAYOUTS:
        if layout.recognises(cells.columns):
            return layout.read(cells, path, names, any_name=any_name)
    stamp, *columns = cells.columns
    candidates = [column for column in columns if column in names] or (columns if any_name else [])
    if len(candidates) != 1:
        called = " or ".join(map(repr, dict.fromkeys(names)))
        wanted = f"one column called {called}" if names else "only one price column"
        given = first_labels(columns) or "none"
        raise GeofrontError(f"{path}: needs {wanted} next to the stamps in {stamp!r}; it has {given}.")
    prices, bad = numbers(cells[candidates[0]])
    if bad.any():
        wrong = cells.loc[bad, stamp] + ": " + cells.loc[bad, candidates[0]]
        raise GeofrontError(
            f"{path}: column {candidates[0]!r} is not a number at {first_labels(wrong)}; write numbers with a "
            "decimal point and without thousands separators, and leave missing ones empty."
        )
    return prices.set_axis(cells[stamp])


def gapless_usd(
    prices: pd.Series, hours: pd.DatetimeIndex, *, timezone: str | tzinfo | None, usd_per_unit: float, market: str
) -> pd.DataFrame:
    """Convert prices to USD at given UTC hours, and fill and flag gaps.

    Parameters
    ----------
    prices : pandas.Series
        As `read_prices` returns them [currency/MWh].
    hours : pandas.DatetimeIndex
        Consecutive UTC hours.
    timezone : str, tzinfo or None
        IANA name of the time zone of stamps without an offset; None if all stamps have one.
    usd_per_unit : float
        US dollars per unit of the prices' currency [USD].
    market : str
        Name of the prices in error messages.

    Returns
    -------
    pandas.DataFrame
        Indexed by `hours`: ``price_usd_per_mwh`` [USD/MWh] and ``price_filled`` (0 or 1).

    Raises
    ------
    GeofrontError
        If the time zone is unknown, a stamp is unreadable, an instant has two prices, the stamps do not
        follow at one step of an hour or less, the exchange rate is not a positive number, a price is outside the
        range of ``data/schema.csv``, or a gap is longer than `LONGEST_GAP` or cannot be filled from other days.

    Notes
    -----
    A stamp is the beginning of its interval. The price of a UTC hour is the mean over its intervals, whose
    length is the shortest time between two stamps. A missing interval within an hour gets the last known
    price, and the hour is flagged. Hourly prices of markets with half-hour offsets move back to whole UTC
    hours. Where clocks go back, the repeated hour counts as missing unless the file has it twice. A price at
    a wall time that clocks skip is dropped.
    """
    if isinstance(usd_per_unit, bool) or not isinstance(usd_per_unit, Real):
        raise GeofrontError(f"{market}: usd_per_unit={usd_per_unit!r} must be a number, such as 1.08, without quotes.")
    if not (np.isfinite(usd_per_unit) and usd_per_unit > 0):
        raise GeofrontError(f"{market}: usd_per_unit={usd_per_unit!r} must be positive; for prices in USD it is 1.")
    zone = None if timezone is None else time_zone(timezone, market)
    utc = prices.index if isinstance(prices.index, pd.DatetimeIndex) else to_utc(prices.index.to_series(), zone, market)
    known = hourly(one_per_instant(prices, utc, market), hours, market)
    filled = _fill(known["price"], market) * usd_per_unit
    least, most = bounds("price")
    beyond = ~filled.between(least, most)
    if beyond.any():
        where = filled.index[beyond].strftime(STAMP)
        raise GeofrontError(
            f"{market}: prices are not from {least:g} to {most:g} USD/MWh at {first_labels(where)}; "
            f"correct them, or usd_per_unit={usd_per_unit!r}."
        )
    return pd.DataFrame(
        {"price_usd_per_mwh": filled, "price_filled": (known["price"].isna() | known["partly"]).astype(int)}
    )


def _fill(prices: pd.Series, market: str) -> pd.Series:
    missing = prices.isna()
    length = missing.groupby((~missing).cumsum()).transform("sum").where(missing, 0)
    straight = prices.interpolate(limit_direction="both")
    # The same hour of the day before, or of the day after if the file begins with a gap.
    repeated = prices.groupby(prices.index.hour).ffill().groupby(prices.index.hour).bfill()
    filled = prices.where(~missing, straight.where(length <= SHORT_GAP, repeated))
    lacking = filled.isna() | (length > LONGEST_GAP)
    if lacking.any():
        begin = lacking.idxmax()
        raise GeofrontError(
            f"{market}: no price for {length[begin]} hours from {begin:{STAMP}}; only gaps up to {LONGEST_GAP} hours "
            f"are filled, and those beyond {SHORT_GAP} hours from other days. Complete the file, or check its time "
            "zone and year."
        )
    return filled

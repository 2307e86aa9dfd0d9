"""Heads, units and decimals of a table's columns."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.charts.titles import region_names
from geofront.names import HOUR, REGION
from geofront.scenarios.snapshots import time_stamps


def headed(table: pd.DataFrame, columns: Mapping[str, tuple[str, str, int | None]]) -> pd.DataFrame:
    """Select and rename columns for readers.

    Parameters
    ----------
    table : pandas.DataFrame
    columns : mapping of str to tuple
        Head, unit (empty for none) and decimals (None to derive them from the values) by column name. Columns missing
        in the table are left out.

    Returns
    -------
    pandas.DataFrame
        These columns in this order with their heads; ``units`` and ``digits`` by head in ``attrs``.
    """
    shown = {name: column for name, column in columns.items() if name in table}
    table = table[list(shown)].rename(columns={name: head for name, (head, _, _) in shown.items()})
    table.attrs = {
        "units": {head: units for head, units, _ in shown.values() if units},
        "digits": {head: digits for head, _, digits in shown.values() if digits is not None},
    }
    return table


def by_month_and_hour(scenario: xr.Dataset, array: xr.DataArray, name: str, long_name: str) -> pd.DataFrame:
    """Average a quantity [USD/MWh], dims (region, hour), over the days of each month.

    Columns are ``region`` (by name, in the order of the array), ``month``, ``hour`` (UTC) and `name`, for
    :func:`geofront.charts.pays_heatmap`.
    """
    time_stamps(scenario)
    by_hour = array.transpose(HOUR, REGION).to_pandas().rename(columns=region_names(scenario))
    stamps = time_stamps(scenario)
    by_hour = by_hour.groupby([stamps.month, stamps.hour]).mean().rename_axis(["month", "hour"])
    frame = by_hour.reset_index().melt(["month", "hour"], var_name=REGION, value_name=name)
    frame.attrs = {"long_names": {name: long_name}, "units": {name: "USD/MWh"}}
    return frame


def largest_ratio(most: pd.Series | float, least: pd.Series) -> float | None:
    """Largest ratio of values to positive ones with the same labels [-]; None if none is positive."""
    ratios = (most / least)[least > 0]
    return float(ratios.max()) if len(ratios) else None

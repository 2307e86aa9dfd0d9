"""Benefit of placements that follow a forecast of prices (Table E12)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping, number
from geofront.names import TOLERANCE
from geofront.results import FORESIGHT, result
from geofront.tables.columns import headed

WORST_DAYS = 10
"""Number of worst days whose share of the regret is in Table E12."""

_COLUMNS = {
    "captured": ("Benefit captured", "%", 1),
    "expected": ("Expected cost", "USD/MWh", 2),
    "paid": ("Cost paid", "USD/MWh", 2),
    "worst": (f"Regret on the {WORST_DAYS} worst days", "%", 1),
}


@checked(results=mapping(result(FORESIGHT), "what gf.rolling returned, by forecast"), demand_mwh=number("MWh", above=0))
def foresight(results: Mapping[str, xr.Dataset], demand_mwh: float) -> pd.DataFrame:
    """Make a table of expected and paid cost and captured benefit by forecast (Table E12).

    Parameters
    ----------
    results : mapping of str to xarray.Dataset
        Results of :func:`geofront.rolling` by forecast.
    demand_mwh : float
        Demand of all hours [MWh].

    Returns
    -------
    pandas.DataFrame
        Index ``Forecast``; the last column is the share of the regret, cost paid less least cost, on the worst days.
        The last row has perfect foresight.
    """
    rows = {
        name: {
            "captured": 100 * each.attrs["captured"],
            "expected": float(each.expected.sum()) / demand_mwh,
            "paid": float(each.paid.sum()) / demand_mwh,
            "worst": 100 * worst_share(each),
        }
        for name, each in results.items()
    }
    least = float(next(iter(results.values())).optimum.sum()) / demand_mwh
    rows["perfect foresight"] = {"captured": 100.0, "expected": least, "paid": least, "worst": float("nan")}
    return headed(pd.DataFrame(rows).T, _COLUMNS).rename_axis("Forecast")


def worst_share(result: xr.Dataset) -> float:
    """Share of the regret on the worst days [-]; NaN if the regret is within the tolerance of the solver."""
    regrets = regret(result)
    total = float(regrets.sum())
    is_regretted = total > TOLERANCE * abs(float(result.paid.sum()))
    return float(regrets[:WORST_DAYS].sum()) / total if is_regretted else float("nan")


def regret(result: xr.Dataset) -> pd.Series:
    """Cost paid less least cost of every block, largest first [USD]."""
    return (result.paid - result.optimum).to_series().sort_values(ascending=False)

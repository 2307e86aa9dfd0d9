"""Benefit of placements that follow a forecast of prices."""

from collections.abc import Callable
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, either
from geofront.errors import GeofrontError
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.names import BLOCK, FRICTIONS, HIGHS, HOUR, REGION, SOLVERS, WEIGHT, WORKLOAD
from geofront.placement import evaluate, local, place
from geofront.scenarios.alignment import aligned
from geofront.scenarios.schema import described
from geofront.scenarios.snapshots import time_stamps
from geofront.scenarios.validation import admitted

DAY = 24
"""Period of prices [h]."""


def _days_before(price: xr.DataArray, *days: int) -> xr.DataArray:
    """Mean price at the same hour of the given numbers of days ago; the last days precede the first."""
    return reduce(add, (price.roll({HOUR: DAY * day}, roll_coords=False) for day in days)) / len(days)


def _by_month_and_hour(price: xr.DataArray) -> xr.DataArray:
    """Mean price by month and hour of the day."""
    stamps = time_stamps(price)
    number = pd.MultiIndex.from_arrays([stamps.month, stamps.hour]).factorize()[0]
    groups = xr.DataArray(number, {HOUR: price[HOUR]}, (HOUR,), "group")
    return price.groupby(groups).map(lambda each: each * 0 + each.mean(HOUR)).transpose(*price.dims)


FORECASTS: dict[str, Callable[[xr.DataArray], xr.DataArray]] = {
    "yesterday": lambda price: _days_before(price, 1),
    "last 7 days": lambda price: _days_before(price, *range(1, 8)),
    "yesterday and last 28 days": lambda price: (_days_before(price, 1) + _days_before(price, *range(1, 29))) / 2,
    "month and hour, in hindsight": _by_month_and_hour,
    "annual mean, in hindsight": lambda price: price * 0 + price.mean(HOUR),
}
"""Forecasts by name: functions of the prices (region, hour) [USD/MWh]. Forecasts in hindsight use future prices."""


@checked(
    scenario=admitted,
    carbon_price=check_carbon_price,
    frictions=check_frictions,
    solver=choice(SOLVERS),
    forecast=either(xr.DataArray, lambda forecast, _: forecast, choice(FORECASTS)),
)
def rolling(
    scenario: xr.Dataset, *, forecast="yesterday", carbon_price: float = 0.0, frictions=FRICTIONS, solver: str = HIGHS
) -> xr.Dataset:
    """Place demand with a forecast of prices, and evaluate the cost at real prices.

    Parameters
    ----------
    scenario : xarray.Dataset
        Consecutive hours, such as a year. Demand and capacities are known; prices are not.
    forecast : str or xarray.DataArray
        One of `FORECASTS`, or prices (region, hour) [USD/MWh].
    carbon_price, frictions, solver
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.Dataset
        Dim ``block``, such as the days of a year. All in USD:

        - ``local``: cost of all-local execution;
        - ``optimum``: least cost with known prices;
        - ``paid``: cost of the placement by forecast at real prices;
        - ``expected``: cost of the placement by forecast at forecast prices.

        Attribute ``captured`` [-]: share of the benefit of the optimum that the placement by forecast achieves.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, the forecast is unknown, its labels differ from the scenario's, or it is a forecast
        by days and the hours are not whole days.

    Notes
    -----
    See "Foresight" in docs/model.md. For a forecast by days the hours are a cycle: the last days precede the first.
    """
    expectation = scenario.assign(price=forecast_prices(scenario, forecast).assign_attrs(scenario.price.attrs))
    options = {"carbon_price": carbon_price, "frictions": frictions}
    plan = place(expectation, **options, solver=solver)
    placements = {
        "local": local(scenario, carbon_price=carbon_price),
        "optimum": place(scenario, **options, solver=solver),
        "paid": evaluate(scenario, plan.flow, **options),
        "expected": plan,
    }
    result = xr.Dataset({name: _by_block(scenario, placement) for name, placement in placements.items()})
    possible = float((result.local - result.optimum).sum())
    kept = float((result.local - result.paid).sum())
    result.attrs = {
        "forecast": forecast if isinstance(forecast, str) else "given prices",
        "captured": kept / possible if possible > 0 else np.nan,
    }
    return described(
        result,
        {
            "local": ("USD", "All-local cost"),
            "optimum": ("USD", "Least cost"),
            "paid": ("USD", "Cost of the placement by forecast"),
            "expected": ("USD", "Cost expected by forecast"),
        },
    )


def forecast_prices(scenario: xr.Dataset, forecast) -> xr.DataArray:
    """Prices (region, hour) [USD/MWh] of one of `FORECASTS`, or given prices aligned with the scenario."""
    price = scenario.price.transpose(REGION, HOUR)
    if isinstance(forecast, xr.DataArray):
        return aligned(scenario, forecast, REGION, HOUR)
    if scenario.sizes[HOUR] % DAY:
        raise GeofrontError(f"{scenario.sizes[HOUR]} hours are not whole days: forecast={forecast!r} needs whole days")
    return FORECASTS[forecast](price)


def _by_block(scenario: xr.Dataset, placement: xr.Dataset) -> xr.DataArray:
    """Cost of each block [USD]."""
    cost = placement.cost.sum(("component", REGION, WORKLOAD)) * scenario[WEIGHT]
    return cost.groupby(scenario[BLOCK]).sum()

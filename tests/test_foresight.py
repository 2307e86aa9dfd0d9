"""Placements by a price forecast: expected cost, actual cost, and captured share of the benefit."""

import numpy as np
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront.errors import GeofrontError

pytestmark = pytest.mark.slow


def three_days():
    """10 MW at home P at 50 USD/MWh; Q costs 30, 70 and 40 USD/MWh through each of three days."""
    return tiny(
        hours=72, block=np.repeat([1, 2, 3], 24).tolist(), price={"P": 50, "Q": np.repeat([30, 70, 40], 24).tolist()}
    )


def test_yesterdays_prices():
    """The last day precedes the first. Day 1 by 40: moves, pays 30. Day 2 by 30: moves, pays 70. Day 3 by 70: stays."""
    result = gf.rolling(three_days())
    assert result.expected.values == pytest.approx([240 * 40, 240 * 30, 240 * 50])
    assert result.paid.values == pytest.approx([240 * 30, 240 * 70, 240 * 50])
    assert result.optimum.values == pytest.approx([240 * 30, 240 * 50, 240 * 40])
    assert result.local.values == pytest.approx([240 * 50] * 3)
    assert result.attrs["captured"] == pytest.approx((20 - 20 + 0) / (20 + 0 + 10))


def test_the_mean_price_in_hindsight():
    """Q costs 46.7 USD/MWh in the mean, so all days move."""
    result = gf.rolling(three_days(), forecast="annual mean, in hindsight")
    assert result.paid.values == pytest.approx([240 * 30, 240 * 70, 240 * 40])
    assert result.expected.values == pytest.approx([240 * 140 / 3] * 3)
    assert result.attrs["captured"] == pytest.approx(10 / 30)


def test_given_prices_are_aligned_by_label():
    scenario = three_days()
    result = gf.rolling(scenario, forecast=scenario.price.sel(region=["Q", "P"]))
    assert result.paid.values == pytest.approx(result.optimum.values)
    assert result.attrs["captured"] == pytest.approx(1)


def test_means_of_earlier_days():
    """The mean of the seven days before, of three: each day uses all three days, cyclically."""
    scenario = tiny(
        hours=24 * 8,
        block=np.repeat(range(8), 24).tolist(),
        price={"P": 50, "Q": np.repeat([9, 30, 30, 30, 30, 30, 30, 30], 24).tolist()},
    )
    forecast = gf.FORECASTS["last 7 days"](scenario.price)
    assert forecast.sel(region="Q").values[::24] == pytest.approx([30, *[27] * 7])
    by_hour = gf.FORECASTS["month and hour, in hindsight"](scenario.price)
    assert by_hour.sel(region="Q").values == pytest.approx(27.375)


@pytest.mark.parametrize(
    ("forecast", "message"),
    [
        ("tomorrow", "forecast='tomorrow' is unknown: use one of yesterday, last 7 days"),
        (xr.DataArray([1.0], {"region": ["P"]}, ("region",), "price"), r"'price' has dims \(region\)"),
    ],
)
def test_unknown_forecasts_are_refused(forecast, message):
    with pytest.raises(GeofrontError, match=message):
        gf.rolling(three_days(), forecast=forecast)


def test_forecasts_by_days_need_whole_days():
    with pytest.raises(GeofrontError, match="5 hours are not whole days"):
        gf.rolling(tiny(hours=5))

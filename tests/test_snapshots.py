"""The average day of a scenario, with values computed by hand."""

import numpy as np
import pytest
from scenarios import tiny

import geofront as gf
from geofront.names import HOUR
from geofront.scenarios.snapshots import average_day

CLOCK = np.arange(24.0)
TWO_DAYS = {"hours": 48, "weight": np.repeat([30.0, 10.0], 24), "block": np.repeat([3, 7], 24)}
"""Hours of the first day have weight 30 h and of the second 10 h, so means are (3 × first + second) / 4."""


def days(first, second) -> np.ndarray:
    return np.concatenate([first + 0 * CLOCK, second + 0 * CLOCK])


def test_each_hour_of_the_average_day_is_a_weighted_mean():
    scenario = tiny(
        demand=days(CLOCK, CLOCK + 8),
        price={"P": days(40, 80), "Q": days(-CLOCK, 4)},
        carbon=days(100, 0),
        capacity={"P": days(100, 60), "Q": days(np.inf, np.inf)},
        warmup=0.5,
        **TWO_DAYS,
    )
    day = gf.validate(average_day(scenario))
    assert day.demand.values[0, 0] == pytest.approx(CLOCK + 2)
    assert day.price.sel(region="P").values == pytest.approx(np.full(24, 50))
    assert day.price.sel(region="Q").values == pytest.approx(1 - 0.75 * CLOCK)
    assert day.carbon.values == pytest.approx(np.full((2, 24), 75))
    assert day.capacity.sel(region="P").values == pytest.approx(np.full(24, 90))
    assert np.isinf(day.capacity.sel(region="Q")).all()
    assert day.weight.values.tolist() == [40.0] * 24
    assert day.block.values.tolist() == [3] * 24
    assert day.indexes[HOUR].equals(scenario.indexes[HOUR][:24])


def test_average_day_keeps_what_does_not_vary_and_all_attributes():
    scenario = gf.stylized(regions=["eu-paris", "us-texas"])
    day = average_day(scenario)
    assert day.drop_dims(HOUR).identical(scenario.drop_dims(HOUR))
    assert day.attrs == scenario.attrs
    for name in scenario.variables:
        assert day[name].dims == scenario[name].dims
        assert day[name].attrs == scenario[name].attrs


def test_average_day_of_typical_days_has_the_energy_and_mean_price_of_the_year():
    scenario = gf.stylized(regions=["eu-paris", "us-texas"])
    day = average_day(scenario)
    assert day.weight.values.tolist() == [365.0] * 24
    assert float((day.demand * day.weight).sum()) == pytest.approx(float((scenario.demand * scenario.weight).sum()))
    for one, all_days in zip(
        day.price.weighted(day.weight).mean(HOUR), scenario.price.weighted(scenario.weight).mean(HOUR), strict=True
    ):
        assert float(one) == pytest.approx(float(all_days))


def test_hours_are_matched_by_time_of_day():
    """The blocks of the second scenario begin at 06:00, and its days are swapped."""
    scenario = tiny(demand=days(CLOCK, CLOCK + 8), **TWO_DAYS)
    order = np.concatenate([24 + np.roll(np.arange(24), -6), np.roll(np.arange(24), -6)])
    assert average_day(scenario.isel({HOUR: order})).demand.values == pytest.approx(average_day(scenario).demand.values)


@pytest.mark.parametrize(
    "given",
    [
        {"hours": 24},
        {"hours": 36, "block": np.repeat([1, 2], [24, 12])},
        {"hours": 50, "block": np.repeat([1, 2], 25)},
        {"hours": 48, "block": np.repeat([1, 2], [20, 28])},
    ],
    ids=["one day", "a half day", "25 hours", "20 and 28 hours"],
)
def test_without_several_days_of_24_hours_a_scenario_is_its_own_average_day(given):
    scenario = tiny(**given)
    assert average_day(scenario) is scenario

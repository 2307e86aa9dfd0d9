"""A sweep over network budgets and carbon prices has the placement at every point of its grid."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.names import REGION, SOLVERS, TOLERANCE

pytestmark = pytest.mark.slow

ascending = st.lists(st.integers(0, 700), min_size=1, max_size=3, unique=True).map(sorted)
carbon_prices = st.lists(st.sampled_from([0.0, 20.0, 50.0, 200.0]), min_size=1, max_size=3, unique=True)


def numbers(array):
    return pytest.approx(np.array(array, float), rel=TOLERANCE, abs=TOLERANCE)


def equal_to(cost, scenario):
    """Relative to the cost or, where that is smaller, to one USD per MWh of demand."""
    demand = float((scenario.demand * scenario.weight).sum())
    return pytest.approx(cost, rel=TOLERANCE, abs=TOLERANCE * max(demand, 1.0))


def placed(scenario, network_budget, **choices):
    """An independent placement in which every class has the network budget [ms]."""
    return gf.place(scenario.assign(latency_budget=scenario.service_time + network_budget), **choices)


@settings(max_examples=15)
@given(scenarios(), ascending, carbon_prices, friction_subsets, st.sampled_from(SOLVERS))
def test_every_point_equals_a_placement(scenario, budgets, prices, frictions, solver):
    """Warm starts from the carbon price before, in any order, change nothing."""
    grid = gf.sweep(scenario, network_budgets=budgets, carbon_prices=prices, frictions=frictions, solver=solver)
    for budget in budgets:
        for price in prices:
            placement = placed(scenario, budget, carbon_price=price, frictions=frictions)
            cost = float(grid.cost.sel(network_budget=budget, carbon_price=price))
            assert cost == equal_to(gf.totals(placement)["cost"], scenario)


@settings(max_examples=10)
@given(scenarios(), ascending, carbon_prices)
def test_least_emissions_at_every_point(scenario, budgets, prices):
    """Warm starts from one carbon price to the next change nothing."""
    grid = gf.sweep(scenario, network_budgets=budgets, carbon_prices=prices, objective="carbon")
    for budget in budgets:
        for price in prices:
            total = gf.totals(placed(scenario, budget, carbon_price=price, objective="carbon"))
            point = grid.sel(network_budget=budget, carbon_price=price)
            assert float(point.emissions) == equal_to(total["emissions"], scenario)


@settings(max_examples=10)
@given(scenarios(), ascending, carbon_prices)
def test_prices_together_are_as_each_alone(scenario, budgets, prices):
    together = gf.sweep(scenario, network_budgets=budgets, carbon_prices=prices)
    for price in prices:
        alone = gf.sweep(scenario, network_budgets=budgets, carbon_prices=[price])
        assert together.cost.sel(carbon_price=price).values == equal_to(alone.cost.values[:, 0], scenario)


def test_independent_and_coupled_hours_in_one_sweep():
    """Negative prices make warm-up free unless carbon has a price: then blocks are solved, otherwise hours."""
    scenario = tiny(
        hours=4,
        block=[1, 1, 2, 2],
        warmup=0.5,
        capacity={"P": 100, "Q": 5},
        price={"P": [-10, -20, -10, -10], "Q": [-40, -30, -40, -20]},
        carbon={"P": 500, "Q": [100, 300, 100, 800]},
    )
    grid = gf.sweep(scenario, network_budgets=[20, 100], carbon_prices=[0, 100])
    for point in np.ndindex(2, 2):
        budget, price = float(grid.network_budget[point[0]]), float(grid.carbon_price[point[1]])
        total = gf.totals(placed(scenario, budget, carbon_price=price))
        assert float(grid.cost[point]) == equal_to(total["cost"], scenario)


def test_two_budgets_and_three_prices():
    """Per MWh P costs 50 USD and emits 500 kg, Q 40 and 600, R 70 and 100; Q takes 60 ms, R 210.

    At 60 ms Q saves 10 USD, up to a price of 100 USD/t; at 210 ms R is the best of the three at 80 USD/t.
    """
    scenario = tiny(
        regions="PQR",
        services="P",
        rtt={"P": [2, 50, 200]},
        price={"P": 50, "Q": 40, "R": 70},
        carbon={"P": 500, "Q": 600, "R": 100},
        weight=2,
    )
    grid = gf.sweep(scenario, network_budgets=[60, 210], carbon_prices=[120, 0, 80])
    assert grid.cost.dims == ("network_budget", "carbon_price")
    assert grid.cost.values == numbers(20 * np.array([[110, 40, 88], [82, 40, 78]]))
    assert grid.emissions.values == numbers(20 * np.array([[500, 600, 600], [100, 600, 100]]))
    assert grid.relocated_share.values == numbers([[0, 1, 1], [1, 1, 1]])
    assert grid.layer_share.sel(layer="regional").values == numbers([[0, 1, 1], [0, 1, 0]])
    assert grid.layer_share.sel(layer="energy-oriented").values == numbers([[0, 0, 0], [1, 0, 1]])
    assert grid.network_budget.values.tolist() == [60, 210]
    assert grid.carbon_price.values.tolist() == [120, 0, 80]


def test_least_emissions_by_hand():
    """Of the regions of the test above, P emits least at 60 ms and R at 210, at any carbon price."""
    scenario = tiny(
        regions="PQR",
        services="P",
        rtt={"P": [2, 50, 200]},
        price={"P": 50, "Q": 40, "R": 70},
        carbon={"P": 500, "Q": 600, "R": 100},
        weight=2,
    )
    grid = gf.sweep(scenario, network_budgets=[60, 210], carbon_prices=[0, 100], objective="carbon")
    assert grid.emissions.values == numbers(20 * np.array([[500, 500], [100, 100]]))
    assert grid.cost.values == numbers(20 * np.array([[50, 100], [70, 80]]))
    assert grid.attrs == {"objective": "carbon", "carbon_signal": "marginal"}
    assert grid.emissions.attrs["long_name"] == "Least emissions"
    assert grid.cost.attrs["long_name"] == "Cost at least emissions"


@pytest.fixture(scope="module")
def day():
    return gf.stylized(snapshots="day", regions=["us-texas", "ca-ontario", "eu-paris", "sg-singapore"])


@pytest.mark.parametrize("frictions", [gf.FRICTIONS, ("egress", "locality", "legal", "capacity")])
def test_stylized_day(day, frictions):
    """Cost, emissions and layers, with and without coupled hours."""
    grid = gf.sweep(day, network_budgets=[30, 150, 400], carbon_prices=[100, 0], frictions=frictions)
    assert (np.diff(grid.cost, axis=0) <= TOLERANCE * float(grid.cost.max())).all()
    for budget, price in ((150, 0), (400, 100)):
        placement = placed(day, budget, carbon_price=price, frictions=frictions)
        point, total = grid.sel(network_budget=budget, carbon_price=price), gf.totals(placement)
        assert float(point.cost) == pytest.approx(total["cost"], rel=TOLERANCE)
        assert float(point.emissions) == pytest.approx(total["emissions"], rel=TOLERANCE)
        shares = gf.layers(day, placement).share_of_all
        assert point.layer_share.sel(layer=shares.layer).values == numbers(shares)


def test_one_price_is_the_network_frontier(day):
    frontier = gf.latency_frontier(day, carbon_price=40)
    budgets = frontier.budget.values[::40]
    grid = gf.sweep(day, network_budgets=budgets, carbon_prices=[40])
    for name in ("cost", "emissions", "relocated_share"):
        assert grid[name].values[:, 0] == numbers(frontier[name].sel(budget=budgets).values)


def test_attributes(day):
    before = day.copy(deep=True)
    grid = gf.sweep(day, network_budgets=[100])
    units = {name: grid[name].attrs["units"] for name in [*grid.data_vars, "network_budget", "carbon_price"]}
    assert units == {
        "cost": "USD/yr",
        "emissions": "kg/yr",
        "layer_share": "1",
        "relocated_share": "1",
        "network_budget": "ms",
        "carbon_price": "USD/t",
    }
    assert all(grid[name].attrs["long_name"] for name in units)
    xr.testing.assert_identical(day, before)


def test_without_demand_there_is_no_share():
    grid = gf.sweep(tiny(demand=0), network_budgets=[10, 100])
    assert grid.cost.values == numbers([[0], [0]])
    assert grid[["relocated_share", "layer_share"]].isnull().all()


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"network_budgets": []}, "network_budgets must be at least one finite number"),
        ({"network_budgets": [60, 20]}, "in ascending order"),
        ({"network_budgets": [np.inf]}, "finite"),
        ({"carbon_prices": []}, "carbon_prices must hold at least one price"),
        ({"carbon_prices": [0, np.nan]}, "carbon_price=nan is not a number"),
        ({"frictions": ("gravity",)}, "unknown frictions 'gravity'"),
        ({"objective": "fame"}, "objective='fame' is unknown"),
        ({"solver": "Abacus"}, "solver='Abacus' is unknown"),
    ],
)
def test_wrong_choices(choices, message):
    with pytest.raises(gf.GeofrontError, match=message):
        gf.sweep(tiny(), **{"network_budgets": [20, 60], **choices})


def test_invalid_scenario():
    scenario = tiny()
    scenario["price"] = scenario.price.where(scenario[REGION] != "P")
    with pytest.raises(gf.GeofrontError, match="'price' has no value for region 'P'"):
        gf.sweep(scenario, network_budgets=[20])

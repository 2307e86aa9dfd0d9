"""The front of cost against emissions: by hand, and against placements at carbon prices."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.errors import GeofrontError
from geofront.names import TOLERANCE
from geofront.quantities.pareto import at_carbon_price, policies_on_front

pytestmark = pytest.mark.slow


def three_regions():
    """10 MW at home P (20 USD, 800 kg); Q (50 USD, 300 kg) and R (100 USD, 200 kg) have room for all, one hour."""
    return tiny(regions="PQR", price={"P": 20, "Q": 50, "R": 100}, carbon={"P": 800, "Q": 300, "R": 200})


def test_front_by_hand():
    """From P to Q 500 kg cost 30 USD, that is 60 USD/t; from Q to R 100 kg cost 50 USD, 500 USD/t."""
    front = gf.pareto(three_regions())
    assert front.cost_per_mwh.values == pytest.approx([20, 50, 100])
    assert front.carbon_per_mwh.values == pytest.approx([800, 300, 200])
    assert front.carbon_price.values == pytest.approx([0, 60, 500])
    assert front.cost.values == pytest.approx([200, 500, 1000])
    assert front.error == 0


def test_optima_at_given_carbon_prices_are_points():
    """Every vertex between 60 and 500 USD/t is Q's; a loose tolerance finds it only if it is asked for."""
    front = gf.pareto(three_regions(), tolerance=1, carbon_prices=[10, 100])
    for price, cost in ((0, 200), (10, 200), (100, 500), (1e6, 1000)):
        assert float(at_carbon_price(front, price).cost) == pytest.approx(cost)


def test_policies_of_least_cost_and_emissions_are_points():
    """As placed one by one; the others stay as they are."""
    scenario = three_regions()
    placed = gf.policies(scenario, carbon_prices=[100])
    front = gf.pareto(scenario, carbon_prices=[100])
    table = policies_on_front(front, placed.loc[["local", "nearest"]], [100])
    columns = ["objective", "carbon_price", "cost_per_mwh", "carbon_per_mwh"]
    pd.testing.assert_frame_equal(table, placed[columns], check_dtype=False)
    assert table.cost_per_mwh["joint at 100 USD/t"] == pytest.approx(50)


@settings(max_examples=10)
@given(scenarios(), st.sampled_from([20.0, 100.0, 1000.0]))
def test_points_at_given_carbon_prices_are_placements(scenario, carbon_price):
    point = at_carbon_price(gf.pareto(scenario, tolerance=1, carbon_prices=[carbon_price]), carbon_price)
    placement = gf.totals(gf.place(scenario, carbon_price=carbon_price))
    objective = float(point.cost) + carbon_price / 1000 * float(point.emissions)
    assert objective == pytest.approx(placement.cost, abs=TOLERANCE * max(1.0, placement.demand_mwh) * 500)


def test_blocks_follow_one_another_by_slope():
    """In a second block the step costs 40 USD/t and comes first."""
    scenario = tiny(hours=2, block=[1, 2], price={"P": 20, "Q": [50, 40]}, carbon={"P": 800, "Q": 300})
    front = gf.pareto(scenario)
    assert front.carbon_price.values == pytest.approx([0, 40, 60])
    assert front.cost.values == pytest.approx([400, 600, 900])
    assert front.emissions.values == pytest.approx([16000, 11000, 6000])


def test_where_the_cheapest_is_the_cleanest_there_is_one_point():
    front = gf.pareto(tiny(price={"P": 50, "Q": 20}, carbon={"P": 800, "Q": 300}))
    assert front.cost_per_mwh.values == pytest.approx([20])
    assert front.carbon_per_mwh.values == pytest.approx([300])


@settings(max_examples=20)
@given(scenarios(), friction_subsets, st.sampled_from([1e-2, 1e-4]), st.sampled_from([0.0, 20.0, 100.0, 1000.0]))
def test_no_placement_lies_below_the_front(scenario, frictions, tolerance, carbon_price):
    """And at its carbon price the front exceeds the optimum by at most its reported error."""
    front = gf.pareto(scenario, tolerance=tolerance, frictions=frictions)
    placement = gf.totals(gf.place(scenario, carbon_price=carbon_price, frictions=frictions))
    local = gf.totals(gf.local(scenario))
    scale = max(abs(local.cost), local.demand_mwh, 1)
    demand = max(1.0, placement.demand_mwh)
    objective = front.cost.values + carbon_price / 1000 * front.emissions.values
    slack = TOLERANCE * demand * (500 + carbon_price)
    assert front.error <= tolerance
    assert objective.min() >= placement.cost - slack
    assert objective.min() <= placement.cost + front.error * scale + slack
    assert (np.diff(front.emissions) < 0).all()
    assert (np.diff(front.carbon_price) >= 0).all()


@pytest.mark.parametrize("tolerance", [0, -1, 2, np.nan, 1e-12])
def test_tolerance_has_a_range(tolerance):
    with pytest.raises(GeofrontError, match=r"tolerance=.* is (below 1e-08|above 1|not a number)"):
        gf.pareto(three_regions(), tolerance=tolerance)

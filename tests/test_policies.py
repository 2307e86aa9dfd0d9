"""Policies: each one in a case solved by hand, and their ranks in any scenario."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.model.certificate import primal_violations
from geofront.model.problem import build_problem
from geofront.names import TOLERANCE
from geofront.quantities.policies import all_policies, chosen_carbon_prices, nearest, policies, policy_placements
from geofront.quantities.signals import signal_comparison

pytestmark = pytest.mark.slow

RTT = {"P": {"P": 2, "Q": 10, "R": 50, "S": 150}, "Q": 50, "R": 50, "S": 50}


def four_regions(**values):
    """Home P; Q is near, R cheap, S clean."""
    return tiny(
        regions="PQRS",
        rtt=RTT,
        price={"P": 50, "Q": 55, "R": 20, "S": 60},
        carbon={"P": 500, "Q": 600, "R": 700, "S": 100},
        **values,
    )


def test_each_policy_goes_where_its_name_says():
    table = policies(four_regions(round_trips=3, pinned_share=0.2), carbon_prices=[50, 200])
    assert table.index.tolist() == [
        "local",
        "nearest",
        "cheapest",
        "cleanest",
        "joint at 50 USD/t",
        "joint at 200 USD/t",
    ]
    assert table.cost_per_mwh.tolist() == pytest.approx([50, 54, 26, 58, 26, 58])
    assert table.carbon_per_mwh.tolist() == pytest.approx([500, 580, 660, 180, 660, 180])
    assert table.relocated_share.tolist() == pytest.approx([0, 0.8, 0.8, 0.8, 0.8, 0.8])
    farther = [0.8 * 3 * (rtt - 2) for rtt in (10, 50, 150, 50, 150)]
    assert table.latency_added.tolist() == pytest.approx([0, *farther])
    assert table.regional.tolist() == pytest.approx([0, 0.8, 0.8, 0, 0.8, 0])
    assert table["energy-oriented"].tolist() == pytest.approx([0, 0, 0, 0.8, 0, 0.8])
    assert table.cost_vs_local.tolist() == pytest.approx([0, 8, -48, 16, -48, 16])
    assert table.carbon_vs_local.tolist() == pytest.approx([0, 16, 32, -64, 32, -64])
    assert set(table.attrs["units"]) == set(table)


def test_a_table_says_what_each_policy_aims_at():
    table = policies(four_regions(), carbon_prices=[50, 200])
    assert table.objective.tolist() == ["local", "nearest", "cost", "carbon", "cost", "cost"]
    assert table.carbon_price.tolist() == [0, 0, 0, 0, 50, 200]
    assert [policy.name for policy in all_policies([50, 200])] == table.index.tolist()
    assert [policy.follows_the_signal for policy in all_policies([50])] == [False, False, False, True, True]


def test_beyond_a_month_of_hours_carbon_prices_are_the_first_and_the_last():
    assert chosen_carbon_prices(tiny(hours=31 * 24)) == (50, 100, 200)
    assert chosen_carbon_prices(tiny(hours=31 * 24 + 1)) == (50, 200)


def test_the_cost_of_a_joint_policy_leaves_carbon_payments_out_of_warm_up_too():
    scenario = tiny(hours=2, price={"P": [50, 10], "Q": 20}, carbon={"P": 500, "Q": 100}, warmup=0.5)
    table = policies(scenario, carbon_prices=[20])
    # Away in both hours at 20 USD/t: 22 against 60 and 20 USD/MWh, and staying saves another warm-up.
    assert table.at["joint at 20 USD/t", "cost_per_mwh"] == pytest.approx(20)
    assert table.at["cheapest", "cost_per_mwh"] == pytest.approx((20 + 0.5 * 20 + 10) / 2)


def test_given_placements_are_used():
    scenario = four_regions()
    placements = policy_placements(scenario, carbon_prices=[])
    table = policies(scenario, {"local": placements["local"], "mine": placements["cleanest"]})
    assert table.cost_per_mwh.to_dict() == pytest.approx({"local": 50, "mine": 60})


def test_nearest_fills_the_nearest_region_first_and_then_the_next():
    scenario = four_regions(capacity={"P": 10, "Q": 3, "R": 2, "S": 1})
    flow = nearest(scenario).flow.sel(client="a", workload="A").squeeze("hour")
    assert flow.values == pytest.approx([4, 3, 2, 1])


def test_nearest_moves_as_much_as_it_can_even_if_others_have_to_go_farther():
    # Only a may use R. With a at the nearest region Q there would be no room for b.
    rtt = {"P": {"P": 2, "Q": 10, "R": 90, "S": 900}, "S": {"P": 900, "Q": 20, "R": 900, "S": 2}}
    scenario = tiny(
        regions="PQRS", services="PS", clients={"a": "P", "b": "S"}, rtt=rtt, latency_budget=200, capacity=10
    )
    flow = nearest(scenario).flow.squeeze(("workload", "hour"))
    assert flow.sel(client="a", region="R").item() == pytest.approx(10)
    assert flow.sel(client="b", region="Q").item() == pytest.approx(10)


def test_equally_near_regions_rank_by_cost():
    scenario = tiny(regions="PQR", price={"P": 50, "Q": 40, "R": 30})
    assert nearest(scenario).flow.sel(client="a", region="R").item() == pytest.approx(10)


def test_a_placement_judged_under_another_signal():
    marginal = four_regions()
    average = marginal.assign(carbon=marginal.carbon * 0 + 1000)
    average["carbon"].loc[{"region": "Q"}] = 50.0
    table = signal_comparison({"marginal": marginal, "average": average})
    assert table.index.names == ["placed_under", "evaluated_under"]
    assert table.carbon_per_mwh.to_dict() == pytest.approx(
        {
            ("marginal", "marginal"): 100,
            ("marginal", "average"): 1000,
            ("average", "marginal"): 600,
            ("average", "average"): 50,
        }
    )
    assert table.carbon_vs_local.tolist() == pytest.approx([-80, 0, 20, -95])
    assert table.cost_per_mwh.tolist() == pytest.approx([60, 60, 55, 55])


def test_signals_that_differ_in_more_than_carbon_are_refused():
    marginal = four_regions()
    with pytest.raises(gf.GeofrontError, match="'ifi' differs from 'marginal' in 'price': only 'carbon'"):
        signal_comparison({"marginal": marginal, "ifi": marginal.assign(price=marginal.price * 2)})


@settings(max_examples=8)
@given(scenario=scenarios(), frictions=friction_subsets, carbon_price=st.sampled_from([30.0, 150.0]))
def test_no_policy_is_cheaper_than_cheapest_or_cleaner_than_cleanest(scenario, frictions, carbon_price):
    assume(bool(scenario.demand.any()))
    placements = policy_placements(scenario, carbon_prices=[carbon_price], frictions=frictions)
    problem = build_problem(scenario, frictions=frictions)
    for name, placement in placements.items():
        assert max(primal_violations(problem, placement.flow.values).values()) < TOLERANCE, name
    table = policies(scenario, placements, frictions=frictions)
    slack = 1e-5 * (abs(table.cost_per_mwh).max() + table.carbon_per_mwh.max() + 1)
    joint = table.loc[f"joint at {carbon_price:g} USD/t"]
    assert table.at["cheapest", "cost_per_mwh"] <= table.cost_per_mwh.min() + slack
    assert table.at["cleanest", "carbon_per_mwh"] <= table.carbon_per_mwh.min() + slack
    assert joint.carbon_per_mwh <= table.at["cheapest", "carbon_per_mwh"] + slack
    assert table.relocated_share.max() <= table.at["nearest", "relocated_share"] + TOLERANCE

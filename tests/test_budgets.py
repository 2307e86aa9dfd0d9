"""Budgets chosen for a frontier: spaced, with the nominal budget and its double among them."""

import numpy as np
import pytest
from scenarios import tiny

import geofront as gf
from geofront.quantities.frontier import chosen_budgets, nominal_budgets

RTT = {"P": {"P": 2, "Q": 40, "R": 1014}, "Q": 40, "R": 1014}


def two_classes(**more):
    """Away, class A takes up to 10 + 1014 ms for the network and B, with two round trips, up to 10 + 2028."""
    return tiny(
        regions="PQR",
        services="P",
        workloads="AB",
        rtt=RTT,
        round_trips={"A": 1, "B": 2},
        service_time={"A": 100, "B": 500},
        latency_budget={"A": 200, "B": 4000},
        **more,
    )


def test_zero_points_mean_every_breakpoint():
    assert chosen_budgets(two_classes(), "A") is None
    assert gf.latency_frontier(two_classes(), "A", budgets=chosen_budgets(two_classes(), "A", 0)).sizes["budget"] == 3


def test_up_to_a_month_of_hours_every_breakpoint_is_chosen():
    assert chosen_budgets(tiny(hours=31 * 24), "A", -1) is None
    assert len(chosen_budgets(tiny(hours=31 * 24), "A", 9)) >= 9


def test_beyond_it_budgets_are_few():
    scenario = two_classes(hours=31 * 24 + 1)
    assert chosen_budgets(scenario, "A", 0) is None
    network = chosen_budgets(scenario, "A", -1) - 100
    assert network == pytest.approx([12, 100, 200, 1024])
    network = chosen_budgets(scenario, "B", -1) - 500
    assert network == pytest.approx([14, 2038, 3500, 7000])
    assert chosen_budgets(scenario, None, -1).tolist() == [12, 50, 100, 200, 500, 5000]


def test_a_class_gets_its_own_latencies_and_its_nominal_network_budget_once_and_twice():
    network = chosen_budgets(two_classes(), "A", 4) - 100
    assert network == pytest.approx(np.sort([*np.geomspace(12, 1024, 4), 100, 200]))
    network = chosen_budgets(two_classes(), "B", 4) - 500
    assert network == pytest.approx([*np.geomspace(14, 2038, 4), 3500, 7000])


def test_nominal_budgets_are_end_to_end_and_met_exactly():
    scenario = two_classes().assign(service_time=two_classes().service_time + 0.1)
    assert nominal_budgets(scenario, "A") == (200, pytest.approx(200 + 99.9))
    assert set(nominal_budgets(scenario, "A")) <= set(chosen_budgets(scenario, "A", 4))


def test_a_network_budget_spans_all_classes():
    assert chosen_budgets(two_classes(), None, 3) == pytest.approx(np.geomspace(12, 2038, 3))


def test_the_chosen_budgets_begin_and_end_where_the_frontier_does():
    scenario = two_classes().assign(price=("region", [90.0, 60.0, 30.0]))
    scenario["price"] = scenario.price.expand_dims(hour=scenario.hour)
    exact = gf.latency_frontier(scenario, "A")
    coarse = gf.latency_frontier(scenario, "A", budgets=chosen_budgets(scenario, "A", 2))
    assert coarse.cost[[0, -1]].values == pytest.approx(exact.cost[[0, -1]].values)


@pytest.mark.parametrize("points", [1, -3])
def test_fewer_than_two_points_are_refused(points):
    with pytest.raises(gf.GeofrontError, match="make no frontier"):
        chosen_budgets(two_classes(), "A", points)

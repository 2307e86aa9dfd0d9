"""Greedy placement: cases by hand, limits, and the values that its study published."""

import numpy as np
import pytest
from hypothesis import given, settings
from scenarios import scenarios, tiny

import geofront as gf
from geofront.inputs import peers
from geofront.names import CLIENT, REGION, WORKLOAD
from geofront.quantities.greedy import cleanest_first

THREE = {"regions": "PQR", "clients": {"a": "P", "b": "Q", "c": "R"}, "carbon": {"P": 100, "Q": 200, "R": 300}}


def rows(flow, hour=0):
    return flow.isel(workload=0, hour=hour).transpose(CLIENT, REGION).values.tolist()


def test_cleanest_home_goes_first_and_may_go_to_more_emissions():
    """P and Q have room for 5 MW each beside their own 10.

    Half of a's load fits beside itself in P, the rest fills Q; then b finds the 10 MW in P that a left, and c those
    in Q that b left.
    """
    flow = cleanest_first(tiny(**THREE, capacity=15))
    assert rows(flow) == [[5, 5, 0], [10, 0, 0], [0, 10, 0]]


def test_what_finds_no_room_within_the_budget_stays():
    """c reaches neither P nor Q in 100 ms; b fills the 2 MW of room in P."""
    scenario = tiny(
        **THREE,
        capacity={"P": 12, "Q": 20, "R": 10},
        demand={"a": 10, "b": 10, "c": 10},
        rtt={"P": [2, 50, 200], "Q": [50, 2, 200], "R": [200, 200, 2]},
        latency_budget=100,
    )
    assert rows(cleanest_first(scenario)) == [[2, 8, 0], [10, 0, 0], [0, 0, 10]]


def test_hours_are_independent_and_have_their_own_order():
    scenario = tiny(regions="PQ", clients={"a": "P", "b": "Q"}, hours=2, carbon={"P": [100, 400], "Q": [200, 200]})
    flow = cleanest_first(scenario)
    assert rows(flow, 0) == [[10, 0], [10, 0]]
    assert rows(flow, 1) == [[0, 10], [0, 10]]


def test_unlimited_capacity_takes_everything():
    flow = cleanest_first(tiny(**THREE, capacity=np.inf))
    assert rows(flow) == [[10, 0, 0]] * 3


@settings(max_examples=40)
@given(scenarios())
def test_greedy_serves_demand_within_its_limits_and_never_beats_the_optimum(scenario):
    flow = cleanest_first(scenario)
    limits = gf.feasibility(scenario)
    assert float(flow.min()) >= 0
    assert not bool((flow.where(~limits.latency, 0) > 0).any())
    assert bool((flow.sum((CLIENT, WORKLOAD)) <= scenario.capacity + 1e-9).all())
    greedy = gf.totals(gf.evaluate(scenario, flow, frictions=["capacity"])).emissions
    least = gf.totals(gf.place(scenario, objective="carbon", frictions=["capacity"])).emissions
    assert greedy >= least * (1 - 1e-6) - 1e-6


@pytest.mark.parametrize("idle", [0, 50, 99])
def test_all_published_values_of_its_study(shared_data, idle):
    study = peers.eurosys(shared_data / "peers")
    for limit, published in study.emissions[idle].items():
        scenario = gf.scenario(
            demand=100.0 - idle,
            capacity=100.0,
            carbon=study.intensity[study.rtt.index],
            rtt=study.rtt,
            latency_budget=limit,
        )
        greedy = gf.totals(gf.evaluate(scenario, cleanest_first(scenario))).carbon_per_mwh
        assert greedy == pytest.approx(published, rel=1e-9)


@pytest.mark.parametrize(
    ("year", "idle", "limit", "emissions"),
    [
        (2022, 25, 100, 301.85433963724),
        (2022, 75, 150, 143.2436864155251),
        (2021, 50, 100, 253.08857850076103),
        (2020, 90, 200, 73.1057457498482),
        # Here 2 ms between the directions of a round trip decide.
        (2022, 75, 30, 249.88121560121766),
        (2022, 90, 170, 96.26878070776255),
    ],
)
def test_other_settings_of_its_study(shared_data, year, idle, limit, emissions):
    """Values of the study's script for other years, idle capacities and limits; it reads round trips the other way."""
    study = peers.eurosys(shared_data / "peers", year)
    rtt = study.rtt.T.rename_axis(index="origin", columns="destination")
    given = {"demand": 100.0 - idle, "capacity": 100.0, "carbon": study.intensity[rtt.index]}
    scenario = gf.scenario(**given, rtt=rtt, latency_budget=limit)
    greedy = gf.totals(gf.evaluate(scenario, cleanest_first(scenario))).carbon_per_mwh
    assert greedy == pytest.approx(emissions, rel=1e-9)
    least = gf.totals(gf.place(scenario, objective="carbon")).carbon_per_mwh
    assert least <= greedy * (1 + 1e-9)

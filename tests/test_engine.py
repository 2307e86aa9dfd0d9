"""The engine finds the optimum and the flows of the plain formulation, and shadow prices for every hour."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront import placement
from geofront.errors import Cancelled, Infeasible
from geofront.model import formulation
from geofront.model.certificate import objective_of, prove
from geofront.model.problem import build_problem, demand_prices
from geofront.names import CBC, FRICTIONS, OBJECTIVES, SOLVERS
from geofront.solver import engine

AGREEMENT = 1e-7
"""Largest difference between the objectives of engine and formulation, relative to `scale`."""

carbon_prices = st.sampled_from([0.0, 50.0])


def megawatts(numbers):
    return pytest.approx(np.array(numbers, float), abs=1e-6)


def scale(problem, objective):
    """The objective or, where that is smaller, one USD or kg per MWh of demand."""
    return max(abs(objective), float((problem.weight * problem.demand).sum()), 1.0)


def assert_optimal(problem, solver):
    """The engine's solution passes its own proof and has the objective of the plain formulation."""
    solution = engine.solve(problem)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    reference = objective_of(problem, formulation.solve(problem, solver).flow)
    assert objective_of(problem, solution.flow) == pytest.approx(
        reference, rel=0, abs=AGREEMENT * scale(problem, reference)
    )
    return solution


@settings(max_examples=60)
@given(scenarios(), friction_subsets, st.sampled_from(OBJECTIVES), carbon_prices, st.sampled_from(SOLVERS))
def test_engine_equals_formulation(scenario, frictions, objective, carbon_price, solver):
    assert_optimal(build_problem(scenario, carbon_price=carbon_price, objective=objective, frictions=frictions), solver)


def three_regions(**values):
    """Two clients, two classes, and in each of six hours another cheapest region."""
    blocks = {"hours": 6, "block": [1, 1, 2, 2, 2, 2]} | {
        name: values.pop(name) for name in ("hours", "block", "weight") if name in values
    }
    return tiny(
        **{
            "regions": "PQR",
            "clients": {"a": "P", "b": "Q"},
            "workloads": "AB",
            **blocks,
            "demand": {"a": {"A": [4, 6, 8, 5, 3, 7], "B": 5}, "b": {"A": 3, "B": [2, 9, 4, 4, 1, 0]}},
            "price": {"P": [50, 70, 60, 20, 90, 40], "Q": [30, 80, 20, 50, 10, 60], "R": [20, 60, 50, 10, 70, 30]},
            "carbon": {"P": [500, 400, 100, 300, 0, 200], "Q": 300, "R": [100, 600, 200, 500, 300, 0]},
            "pue": {"P": 1.25, "Q": 1, "R": 1.5},
            "capacity": {"P": 14, "Q": 13, "R": 6},
            "egress_request": 0.05,
            "upload": 40,
            "pinned_share": {"A": 0.5, "B": 0},
            "regulated_share": 0.5,
            "lawful": {"a": [True, False, True], "b": [True, True, False]},
            "overhead_energy": 0.125,
            "overhead_cost": 1,
            "warmup": {"A": 0.125, "B": 0.5},
            **values,
        }
    )


EVERY_SUBSET = [tuple(name for i, name in enumerate(FRICTIONS) if subset >> i & 1) for subset in range(32)]


@pytest.mark.slow
@pytest.mark.parametrize("solver", SOLVERS)
def test_every_subset_of_frictions(solver):
    scenario = three_regions()
    for frictions in EVERY_SUBSET:
        assert_optimal(build_problem(scenario, frictions=frictions, carbon_price=50), solver)


FLAT = {"P": 50, "Q": 50, "R": 50}

EDGES = {
    "one region": {
        "regions": "P",
        "clients": {"a": "P"},
        "demand": {"a": {"A": [4, 6, 8, 5, 3, 7], "B": 5}},
        "price": 40,
        "carbon": 0,
        "pue": 1,
        "capacity": 20,
        "lawful": True,
    },
    "one hour": {
        "hours": 1,
        "block": 1,
        "demand": {"a": 4, "b": 5},
        "price": {"P": 50, "Q": 30, "R": 20},
        "carbon": 100,
    },
    "blocks of one hour": {"block": range(6)},
    "blocks of differing lengths": {"block": [1, 2, 2, 3, 3, 3]},
    "blocks in two threads": {
        "block": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 7, 8, 8],
        "hours": 17,
        "demand": {"a": {"A": range(17), "B": 2}, "b": 3},
        "capacity": {"P": 19, "Q": 12, "R": 9},
        "price": {"P": 50, "Q": [30, 60] * 8 + [20], "R": [20] + [70, 10] * 8},
        "carbon": 100,
    },
    "negative prices": {"price": {"P": [-40, 70, -60, 20, -90, 40], "Q": -30, "R": [20, -60, 50, -10, 70, -30]}},
    "negative mean prices": {"price": {"P": -10, "Q": -30, "R": [20, -60, 50, -110, 70, -30]}},
    "no demand": {"demand": 0},
    "no demand in some hours": {"demand": {"a": {"A": [0, 6, 0, 0, 3, 0], "B": [0, 5, 0, 0, 1, 2]}, "b": 0}},
    "capacity of demand only": {"capacity": {"P": [9, 11, 13, 10, 8, 12], "Q": [5, 12, 7, 7, 4, 3], "R": 0}},
    "unlimited capacity": {"capacity": np.inf},
    "ties": {"price": FLAT, "carbon": 100, "pue": 1, "overhead_energy": 0, "overhead_cost": 0, "egress_request": 0},
    "ties of prices over hours": {"price": {"P": [50, 60] * 3, "Q": [60, 50] * 3, "R": 55}},
    "all pinned": {"pinned_share": 1},
    "all regulated": {"regulated_share": 1},
    "out of reach": {"latency_budget": 20},
    "unequal weights": {"weight": [1, 30, 0.5, 2, 2, 8]},
    "unequal weights in common": {"block": [1, 1, 2, 2, 3, 3], "weight": [1, 2, 3, 6, 1, 3]},
    "home too small": {"capacity": {"P": 8, "Q": 13, "R": 12}, "pinned_share": 0, "regulated_share": 0},
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("edge", EDGES)
def test_edges(edge, solver):
    for frictions in (FRICTIONS, ("capacity",)):
        for objective in OBJECTIVES:
            problem = build_problem(three_regions(**EDGES[edge]), frictions=frictions, objective=objective)
            assert_optimal(problem, solver)


def test_warm_blocks_do_not_depend_on_those_before():
    """A block may start warm from the one before, and has the same solution as alone."""
    problem = build_problem(
        three_regions(
            block=[1, 1, 2, 2, 3, 3], price={"P": 50, "Q": [10, 90, 30, 30, 90, 20], "R": [90, 40, 60, 0, 20, 90]}
        )
    )
    assert problem.coupled
    together = engine.solve(problem)
    for hours in problem.blocks():
        alone = engine.solve(problem.at(hours))
        assert together.flow[..., hours] == pytest.approx(alone.flow, abs=1e-9)


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_nearer_of_equal_regions_is_taken(solver):
    """Q and R cost the same; R is nearer, and holds 4 of 10 MW."""
    scenario = tiny(regions="PQR", price={"P": 50, "Q": 20, "R": 20}, capacity={"P": 100, "Q": 100, "R": 4})
    scenario["rtt"].loc[{"region": "R"}] = 30
    solution = placement.solve(build_problem(scenario), solver)
    assert solution.flow[0, :, 0, 0] == megawatts([0, 6, 4])


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("names", ["QR", "RQ"])
def test_ties_do_not_depend_on_the_order_of_labels(solver, names):
    """Q and R each have room for one class, at the same round trip and price: the same class gets Q in either order."""

    def scenario(regions):
        return tiny(
            regions=regions, workloads="AB", price={"P": 50, "Q": 20, "R": 20}, capacity={"P": 100, "Q": 10, "R": 10}
        )

    usual, other = ["P", "Q", "R"], ["P", *names]
    expected = placement.solve(build_problem(scenario(usual))).flow[0, :, :, 0]
    flow = placement.solve(build_problem(scenario(other)), solver).flow[0, :, :, 0]
    assert flow[[other.index(region) for region in usual]] == megawatts(expected)
    assert sorted(flow[1:].ravel()) == megawatts([0, 0, 10, 10])


def by_home(problem, flow):
    """Flows by home, region, class and hour."""
    total = np.zeros((len(problem.home_region), *flow.shape[1:]))
    np.add.at(total, problem.home, flow)
    return total


@settings(max_examples=60)
@given(scenarios(), friction_subsets, st.sampled_from(OBJECTIVES))
def test_flows_by_home_are_those_of_the_plain_formulation(scenario, frictions, objective):
    problem = build_problem(scenario, frictions=frictions, objective=objective)
    reference = formulation.solve(problem, CBC).flow
    assert by_home(problem, engine.solve(problem).flow) == pytest.approx(by_home(problem, reference), abs=1e-6)


@pytest.mark.slow
def test_flows_of_a_large_program_are_the_same(monkeypatch):
    """A large program is solved by the interior point method."""
    problem = build_problem(gf.stylized(snapshots="day"))
    usual = engine.solve(problem)
    monkeypatch.setattr("geofront.solver.optimum.LARGE", 0)
    solution = engine.solve(problem)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    assert by_home(problem, solution.flow) == pytest.approx(by_home(problem, usual.flow), abs=1e-6)


@pytest.fixture(scope="module")
def real_year(shared_data):
    return gf.stylized(snapshots="year", hours=shared_data / "hourly_core12_2023.csv.gz")


@pytest.mark.parametrize("frictions", [FRICTIONS, ("egress", "locality", "legal", "capacity")])
def test_flows_by_home_are_those_of_the_plain_formulation_on_real_hours(real_year, frictions):
    """On these days, several flows by home have the same least cost."""
    for day in (17, 200):
        problem = build_problem(real_year.isel(hour=slice(24 * day, 24 * day + 24)), frictions=frictions)
        reference = formulation.solve(problem, CBC).flow
        assert by_home(problem, engine.solve(problem).flow) == pytest.approx(by_home(problem, reference), abs=1e-6)


def test_ties_do_not_depend_on_the_hours_that_are_solved_together(real_year):
    problem = build_problem(real_year.isel(hour=slice(0, 72)), frictions=("egress", "locality", "legal", "capacity"))
    whole = by_home(problem, engine.solve(problem).flow)
    for hours in (np.arange(5, 29), np.array([40]), np.arange(71, -1, -1)):
        assert by_home(problem, engine.solve(problem.at(hours)).flow) == pytest.approx(whole[..., hours], abs=1e-6)


def test_round_trips_do_not_outweigh_costs():
    """With budgets that allow every region, the cost does not depend on how long round trips are."""
    scenario = gf.stylized(snapshots="day")
    scenario["latency_budget"] = xr.full_like(scenario.latency_budget, 1e9)
    costs = []
    for times in (1, 100, 1000):
        longer = scenario.assign(rtt=times * scenario.rtt)
        cheapest = gf.place(longer)
        costs.append(gf.totals(cheapest).cost_per_mwh)
        assert abs(gf.certify(longer, cheapest)["gap"]) < 1e-12
    assert costs == pytest.approx([costs[0]] * 3, rel=1e-9)


def binding(**values):
    """10 MW at home P for 50 USD; Q costs 20 USD in the first and last hour only, and holds 4 MW then.

    The middle hour Q costs 60 USD, so that all stays at home.
    """
    return tiny(hours=3, price={"P": 50, "Q": [20, 60, 20]}, capacity={"P": 100, "Q": [4, 100, 4]}, **values)


@pytest.mark.parametrize("solver", SOLVERS)
def test_shadow_prices_of_every_hour(solver):
    """A MW of capacity in Q saves 30 USD where it binds; demand costs what home costs where it does."""
    problem = build_problem(binding())
    solution = placement.solve(problem, solver)
    assert solution.flow[0, :, 0] == megawatts([[6, 10, 6], [4, 0, 4]])
    assert solution.capacity_price == pytest.approx(np.array([[0, 0, 0], [30, 0, 30]]), abs=1e-6)
    prices = demand_prices(problem, solution.capacity_price, solution.warmup_price).demand
    assert prices[0, 0] == pytest.approx([50, 50, 50], abs=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("weight", "in_q", "saving"), [([2, 2, 2], [4, 4, 4], 2 * 60), ([1, 5, 1], [4, 0, 4], 59)])
def test_shadow_prices_follow_the_weights(weight, in_q, saving, solver):
    """Q saves 30 and 32 USD in the outer hours and loses 2 in the middle; a start costs 0.1 · 30 = 3 USD.

    Hours of equal weight: staying loses less than another start, and the ring saves 30 + 32 − 2. Where the
    middle hour stands for five, it does not, and 4 MW start in the last hour: 30 + 32 − 3 USD per MW.
    """
    scenario = tiny(hours=3, price={"P": 50, "Q": [20, 52, 18]}, capacity={"P": 100, "Q": 4}, warmup=0.1, weight=weight)
    solution = assert_optimal(build_problem(scenario), solver)
    assert solution.flow[0, 1, 0] == megawatts(in_q)
    assert solution.capacity_price[1] @ weight == pytest.approx(saving, abs=1e-6)


@settings(max_examples=20)
@given(scenarios(), friction_subsets, st.sampled_from(SOLVERS))
def test_shadow_prices_bound_what_more_capacity_saves(scenario, frictions, solver):
    """One more MW in every region and hour saves at most the sum of the prices: the optimum is convex in them."""
    problem = build_problem(scenario, frictions=frictions)
    solution = placement.solve(problem, solver)
    best = objective_of(problem, solution.flow)
    worth = float((problem.weight * solution.capacity_price).sum())
    assert solution.capacity_price.shape == problem.capacity.shape
    assert (solution.capacity_price >= 0).all()
    more = objective_of(problem, placement.solve(replace(problem, capacity=problem.capacity + 1), solver).flow)
    assert best - worth <= more + AGREEMENT * scale(problem, best)


def too_small(**values):
    """20 MW at home P in the second hour, where P holds 12 and Q 5: 3 MW do not fit."""
    return tiny(
        clients={"a": "P", "b": "P"},
        hours=2,
        capacity={"P": 12, "Q": 5},
        demand={"a": 0, "b": [10, 20]},
        price={"P": 50, "Q": 20},
        **values,
    )


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("warmup", [0, 0.5])
def test_missing_capacity_is_named(solver, warmup):
    with pytest.raises(Infeasible) as caught:
        placement.solve(build_problem(too_small(warmup=warmup)), solver)
    message = str(caught.value)
    assert message.startswith("the capacities cannot hold the demand: 3 MW are unserved in 1 combination(s)")
    assert "P at 2023-03-21T01:00, class A: 3 MW (clients b)" in message
    assert "raise 'capacity' there, lower 'demand', or allow more regions" in message


def test_missing_capacity_is_named_for_all_hours_of_a_block():
    scenario = tiny(hours=3, capacity={"P": 12, "Q": 5}, demand=[20, 10, 19], price={"P": 50, "Q": 20}, warmup=0.5)
    with pytest.raises(Infeasible, match=r"5 MW are unserved in 2 combination") as caught:
        engine.solve(build_problem(scenario))
    assert "P at 2023-03-21T00:00, class A: 3 MW" in str(caught.value)
    assert "P at 2023-03-21T02:00, class A: 2 MW" in str(caught.value)


def test_missing_capacity_of_demand_that_must_stay():
    """All of it pinned, the 5 MW in Q are no help: 8 MW do not fit."""
    with pytest.raises(Infeasible, match=r"8 MW are unserved.* P at 2023-03-21T01:00, class A: 8 MW"):
        engine.solve(build_problem(too_small(pinned_share=1)))


def test_unknown_solver_is_refused_where_none_is_needed():
    with pytest.raises(gf.GeofrontError, match="solver='Abacus' is unknown: use one of HiGHS, CBC"):
        placement.solve(build_problem(tiny()), "Abacus")


@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers_are_silent(solver, capfd):
    placement.solve(build_problem(three_regions()), solver)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_the_engine_leaves_standard_output_alone(capfd):
    """Nothing that another thread prints during a solve is lost."""
    ended, written = threading.Event(), []

    def talk() -> None:
        while not ended.wait(0.001):
            os.write(1, b"x")
            written.append("x")

    talker = threading.Thread(target=talk)
    talker.start()
    try:
        for _ in range(5):
            engine.solve(build_problem(three_regions()))
    finally:
        ended.set()
        talker.join()
    assert capfd.readouterr().out == "".join(written)


CLOSED_OUTPUT = """
import os, sys
os.close(1)
sys.stdout.close()
import geofront as gf
from geofront.names import SOLVERS
for solver in SOLVERS:
    scenario = gf.stylized(snapshots="day", regions=["us-virginia", "br-saopaulo"])
    assert gf.totals(gf.place(scenario, solver=solver)).cost > 0
"""


@pytest.mark.slow
def test_standard_output_may_be_closed():
    subprocess.run([sys.executable, "-c", CLOSED_OUTPUT], check=True, timeout=120)


@settings(max_examples=30)
@given(scenarios(), friction_subsets, st.lists(st.sampled_from([0.0, 20.0, 80.0]), min_size=2, max_size=3))
def test_a_warm_start_changes_nothing(scenario, frictions, prices):
    """Other carbon prices, other frictions and back: each placement is the same as with a cold start."""
    warm = engine.WarmStart()
    for price in prices:
        for active in (frictions, (*set(FRICTIONS) - {"locality"},), frictions):
            problem = build_problem(scenario, carbon_price=price, frictions=active)
            solution = engine.solve(problem, warm_start=warm)
            prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
            cold = engine.solve(problem)
            assert by_home(problem, solution.flow) == pytest.approx(by_home(problem, cold.flow), abs=1e-6)


@pytest.mark.parametrize(
    ("room", "higher", "demand"),
    [(1.0, 1.0, 1.0), (2.0, 1.0, 1.0), (0.9, 1.0, 0.9), (0.1, 1.0, 1.0), (1.0, 1.05, 1.0), (1.0, 3.0, 1.0)],
)
def test_a_warm_start_near_or_far(room, higher, demand):
    """R is the cheapest in some hours of both blocks, and full in those. Its capacity and price change, or demand."""
    warm, problem = engine.WarmStart(), build_problem(three_regions())
    there = (problem.labels["region"] == "R")[:, None]
    changed = replace(
        problem,
        capacity=np.where(there, room, demand) * problem.capacity,
        price=np.where(there, higher, 1.0) * problem.price,
        demand=demand * problem.demand,
    )
    for each in (problem, changed, problem):
        solution = engine.solve(each, warm_start=warm)
        prove(each, solution.flow, solution.capacity_price, solution.warmup_price)
        assert solution.flow == megawatts(engine.solve(each).flow)


def test_a_warm_start_survives_blocks_without_demand():
    warm, problem = engine.WarmStart(), build_problem(three_regions())
    rested = replace(problem, demand=np.where(problem.block == 1, 0.0, problem.demand))
    for each in (problem, rested, problem):
        solution = engine.solve(each, warm_start=warm)
        prove(each, solution.flow, solution.capacity_price, solution.warmup_price)


def test_a_warm_start_survives_a_shortage():
    warm = engine.WarmStart()
    ample = build_problem(three_regions())
    for _ in range(2):
        solution = engine.solve(ample, warm_start=warm)
        prove(ample, solution.flow, solution.capacity_price, solution.warmup_price)
        with pytest.raises(Infeasible):
            engine.solve(replace(ample, capacity=ample.capacity * 0.1), warm_start=warm)


def test_a_warm_start_keeps_no_more_than_it_may():
    """Of the two blocks only the last is kept; a placement from it is the same."""
    warm, problem = engine.WarmStart(most_blocks=1), build_problem(three_regions())
    first = engine.solve(problem, warm_start=warm)
    assert len(warm) == 1
    assert engine.solve(problem, warm_start=warm).flow == megawatts(first.flow)


@pytest.mark.slow
@pytest.mark.parametrize("choices", [{}, {"objective": "carbon"}], ids=["cost", "carbon"])
def test_the_optimum_does_not_depend_on_the_start(choices):
    """Flows by home and class are the same from another optimum. Least carbon leaves many ties."""
    warm, scenario = engine.WarmStart(), gf.stylized()
    problem = build_problem(scenario, **choices)
    engine.solve(build_problem(scenario, carbon_price=200), warm_start=warm)
    cold, warm = engine.solve(problem), engine.solve(problem, warm_start=warm)
    np.testing.assert_allclose(by_home(problem, warm.flow), by_home(problem, cold.flow), atol=1e-8)


@pytest.mark.parametrize("frictions", [FRICTIONS, ("capacity",)], ids=["coupled", "independent"])
def test_a_placement_can_be_cancelled_and_repeated(frictions):
    warm, problem, cancel = engine.WarmStart(), build_problem(three_regions(), frictions=frictions), threading.Event()
    cancel.set()
    with pytest.raises(Cancelled, match="the placement was cancelled"):
        engine.solve(problem, warm_start=warm, cancel=cancel)
    cancel.clear()
    solution = engine.solve(problem, warm_start=warm, cancel=cancel)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)


LONG = """
import sys
import geofront as gf
scenario = gf.stylized(snapshots="year")
print("begins", flush=True)
try:
    gf.place(scenario)
except KeyboardInterrupt:
    sys.exit(3)
"""


@pytest.mark.slow
def test_an_interrupt_from_the_keyboard_ends_a_placement():
    """Within a few seconds also on a busy machine; a year takes about ten."""
    with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begins\n"
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 3


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("size", [1e-4, 1e4])
def test_size_of_the_demand_does_not_matter(size, solver):
    problem = build_problem(three_regions(), carbon_price=1000)
    sized = replace(problem, demand=size * problem.demand, capacity=size * problem.capacity)
    np.testing.assert_allclose(assert_optimal(sized, solver).flow / size, engine.solve(problem).flow, atol=1e-5)


def test_threads_of_a_placement_share_a_full_cache():
    """Two threads drop the oldest optima of one cache at the same time."""
    cache, many, usual = gf.WarmStart(2), range(20_000), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as pool:
            for kept in [pool.submit(lambda half: [cache.keep((half, i), i) for i in many], half) for half in (0, 1)]:
                kept.result()
    finally:
        sys.setswitchinterval(usual)
    assert len(cache) == 2

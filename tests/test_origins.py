"""Origins stand for exactly the demand that may move, and hand it back to the clients it came from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

from geofront.model.certificate import primal_violations
from geofront.model.problem import build_problem
from geofront.solver.origins import gather, pinned_load

ROUNDING = 1e-12
"""Error of a few sums and products of numbers, relative to the largest."""

WITHIN_TIE_BREAK = 1e-3
"""By how much the tie-break may move a unit cost in these instances [USD/MWh]."""


def gathered(**values):
    problem = build_problem(tiny(**values))
    return problem, gather(problem)


def test_clients_alike_are_one_origin_and_share_in_proportion():
    """Of 40 MW at home in P, 20 MW run in Q: 5 of a's 10 and 15 of b's 30 MW."""
    problem, origins = gathered(clients={"a": "P", "b": "P"}, demand={"a": 10, "b": 30})
    assert origins.demand(problem).tolist() == [[40]]
    assert origins.reach.tolist() == [[True, True]]
    assert origins.away.tolist() == [[False, True]]
    flow = origins.flows(problem, np.array([[[20.0], [20.0]]]))
    assert flow[:, :, 0, 0].tolist() == [[5, 5], [15, 15]]


def test_proportions_follow_the_hour():
    """a and b have 10 and 30 MW in the first hour, 10 and 0 MW in the second, none in the third."""
    problem, origins = gathered(hours=3, clients={"a": "P", "b": "P"}, demand={"a": [10, 10, 0], "b": [30, 0, 0]})
    flow = origins.flows(problem, np.array([[[20.0, 0, 0], [20.0, 10, 0]]]))
    assert flow[:, 1, 0].tolist() == [[5, 10, 0], [15, 0, 0]]


def test_law_divides_demand_and_pinned_demand_stays_behind():
    """Of 16 MW half is pinned, a quarter of the other 8 is regulated: R is lawful, Q is not."""
    problem, origins = gathered(regions="PQR", demand=16, pinned_share=0.5, regulated_share=0.25,
                                lawful={"a": [True, False, True]})
    by_reach = {tuple(reach): megawatts for reach, (megawatts,)
                in zip(origins.reach.tolist(), origins.demand(problem), strict=True)}
    assert by_reach == {(True, False, True): 2, (True, True, True): 6}
    assert pinned_load(problem).tolist() == [[8], [0], [0]]


def test_parts_of_equal_reach_are_one_origin():
    """Where every region is lawful, regulated demand is placed with the free."""
    problem, origins = gathered(regulated_share=0.25)
    assert origins.demand(problem).tolist() == [[10]]
    assert origins.share.tolist() == [0.25, 0.75]


@pytest.mark.parametrize("values", [
    {"clients": {"a": "P", "b": "Q"}},
    {"workloads": "AB"},
    {"clients": {"a": "P", "b": "P"}, "access_rtt": {"a": 10, "b": 200}, "latency_budget": 100},
    {"clients": {"a": "P", "b": "P"}, "regulated_share": 1, "lawful": {"a": True, "b": False}},
], ids=["home", "class", "latency", "law"])
def test_what_keeps_origins_apart(values):
    problem, origins = gathered(**values)
    assert origins.demand(problem).tolist() == [[10], [10]]


@pytest.mark.parametrize("values", [{"pinned_share": 1}, {"demand": 0}])
def test_demand_that_cannot_move_has_no_origin(values):
    problem, origins = gathered(**values)
    assert origins.demand(problem).shape == (0, 1)
    assert origins.flows(problem, np.zeros((0, 2, 1)))[:, :, 0, 0].tolist() == [[problem.demand.sum(), 0]]


def test_clients_apart_in_some_classes():
    """Along the frontier of class B its clients stay apart; those of A remain one."""
    problem = build_problem(tiny(clients={"a": "P", "b": "P"}, workloads="AB"))
    origins = gather(problem, apart=np.array([False, True]))
    assert sorted(zip(origins.workload.tolist(), origins.demand(problem)[:, 0], strict=True)) == [
        (0, 20), (1, 10), (1, 10)]


def test_costs_of_an_origin():
    """In Q a MWh burns 1.25 MWh, and moving it costs 2 USD beside 10 · 0.1 USD of egress."""
    _, origins = gathered(overhead_energy=0.25, overhead_cost=2, upload=10, egress_request=0.1)
    assert origins.execution.tolist() == [[1, 1.25]]
    assert origins.fixed == pytest.approx(np.array([[0, 3]]), abs=WITHIN_TIE_BREAK)


def test_regions_allowed_within_a_reach():
    """Home is always allowed, also to a class without movable demand; Q only once an origin reaches it."""
    problem = build_problem(tiny(workloads="AB", pinned_share={"A": 0, "B": 1}))
    origins = gather(problem)
    assert origins.allowed(problem, origins.reach).tolist() == [[[True, True], [True, False]]]
    assert origins.allowed(problem, ~origins.away).tolist() == [[[True, False], [True, False]]]


@settings(max_examples=25)
@given(scenarios(), friction_subsets, st.booleans(), st.integers(0, 2**32 - 1))
def test_any_placement_of_origins_is_one_of_clients(scenario, frictions, apart, seed):
    """It serves all demand, keeps every share and latency budget, loads regions alike and costs the same."""
    problem = build_problem(scenario, frictions=frictions, tie_break=False)
    origins = gather(problem, apart=np.full(len(problem.pinned), apart))
    demand = origins.demand(problem)
    weight = np.random.default_rng(seed).integers(0, 3, (*origins.reach.shape, len(problem.weight)))
    weight = (weight + ~origins.away[..., None]) * origins.reach[..., None]
    placed = weight / weight.sum(axis=1, keepdims=True) * demand[:, None]

    flow = origins.flows(problem, placed)
    violations = primal_violations(problem, flow)
    del violations["a capacity"]
    assert max(violations.values()) <= ROUNDING

    scale = ROUNDING * max(1.0, problem.demand.sum())
    execution = problem.execution[problem.home]
    load = pinned_load(problem) + np.einsum("ort,or->rt", placed, origins.execution)
    assert load == pytest.approx(np.einsum("crkt,crk->rt", flow, execution), rel=0, abs=scale)
    for k in range(len(problem.pinned)):
        relocated = (placed * origins.away[..., None])[origins.workload == k].sum(axis=0)
        away = (flow * problem.away()[..., None, None])[:, :, k].sum(axis=0)
        assert relocated == pytest.approx(away, rel=0, abs=scale)
    fixed = np.einsum("ort,or->", placed, origins.fixed)
    assert fixed == pytest.approx(np.einsum("crkt,crk->", flow, problem.fixed[problem.home]), rel=ROUNDING)

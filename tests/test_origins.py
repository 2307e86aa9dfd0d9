"""Origins have exactly the movable demand, and return it to its clients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

from geofront.model.certificate import primal_violations
from geofront.model.origins import Block, gather
from geofront.model.problem import build_problem

ROUNDING = 1e-12
"""Error of a few sums and products of numbers, relative to the largest."""


def gathered(**values):
    problem = build_problem(tiny(**values))
    return Block(problem, gather(problem))


def test_clients_alike_are_one_origin_and_share_in_proportion():
    """Of 40 MW at home in P, 20 MW run in Q: 5 of a's 10 and 15 of b's 30 MW."""
    block = gathered(clients={"a": "P", "b": "P"}, demand={"a": 10, "b": 30})
    assert block.demand.tolist() == [[40]]
    assert block.origins.reach.tolist() == [[True, True]]
    assert block.origins.away.tolist() == [[False, True]]
    flow = block.flows(np.array([[[20.0], [20.0]]]))
    assert flow[:, :, 0, 0].tolist() == [[5, 5], [15, 15]]


def test_proportions_follow_the_hour():
    """a and b have 10 and 30 MW in the first hour, 10 and 0 MW in the second, none in the third."""
    block = gathered(hours=3, clients={"a": "P", "b": "P"}, demand={"a": [10, 10, 0], "b": [30, 0, 0]})
    flow = block.flows(np.array([[[20.0, 0, 0], [20.0, 10, 0]]]))
    assert flow[:, 1, 0].tolist() == [[5, 10, 0], [15, 0, 0]]


def test_law_divides_demand_and_pinned_demand_stays_behind():
    """Of 16 MW half is pinned, a quarter of the other 8 is regulated: R is lawful, Q is not."""
    block = gathered(
        regions="PQR", demand=16, pinned_share=0.5, regulated_share=0.25, lawful={"a": [True, False, True]}
    )
    by_reach = {
        tuple(reach): megawatts for reach, (megawatts,) in zip(block.origins.reach.tolist(), block.demand, strict=True)
    }
    assert by_reach == {(True, False, True): 2, (True, True, True): 6}
    assert block.pinned_load.tolist() == [[8], [0], [0]]


def test_equal_allowed_regions_are_one_origin():
    """Where every region is lawful, regulated and unregulated demand share an origin."""
    block = gathered(regulated_share=0.25)
    assert block.demand.tolist() == [[10]]
    assert block.origins.share.tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    "values",
    [
        {"clients": {"a": "P", "b": "Q"}},
        {"workloads": "AB"},
        {"clients": {"a": "P", "b": "P"}, "access_rtt": {"a": 10, "b": 200}, "latency_budget": 100},
        {"clients": {"a": "P", "b": "P"}, "regulated_share": 1, "lawful": {"a": True, "b": False}},
    ],
    ids=["home", "class", "latency", "law"],
)
def test_differences_that_separate_origins(values):
    block = gathered(**values)
    assert block.demand.tolist() == [[10], [10]]


@pytest.mark.parametrize("values", [{"pinned_share": 1}, {"demand": 0}])
def test_demand_that_cannot_move_has_no_origin(values):
    block = gathered(**values)
    assert block.demand.shape == (0, 1)
    assert block.flows(np.zeros((0, 2, 1)))[:, :, 0, 0].tolist() == [[block.problem.demand.sum(), 0]]


def test_clients_separate_in_some_classes():
    """Along the frontier of class B each client is an origin of its own; the clients of A are one origin."""
    problem = build_problem(tiny(clients={"a": "P", "b": "P"}, workloads="AB"))
    origins = gather(problem, separate=np.array([False, True]))
    block = Block(problem, origins)
    assert sorted(zip(origins.workload.tolist(), block.demand[:, 0], strict=True)) == [(0, 20), (1, 10), (1, 10)]


def test_costs_of_an_origin():
    """In Q a MWh burns 1.25 MWh, and moving it costs 2 USD plus 10 · 0.1 USD of egress."""
    block = gathered(overhead_energy=0.25, overhead_cost=2, upload=10, egress_request=0.1)
    assert block.origins.execution.tolist() == [[1, 1.25]]
    assert block.origins.fixed == pytest.approx(np.array([[0, 3]]))


def test_regions_allowed_within_a_reach():
    """Home is always allowed, also to a class without movable demand; Q only once an origin reaches it."""
    problem = build_problem(tiny(workloads="AB", pinned_share={"A": 0, "B": 1}))
    block = Block(problem, gather(problem))
    assert block.allowed(block.origins.reach).tolist() == [[[True, True], [True, False]]]
    assert block.allowed(~block.origins.away).tolist() == [[[True, False], [True, False]]]


@settings(max_examples=25)
@given(scenarios(), friction_subsets, st.booleans(), st.integers(0, 2**32 - 1))
def test_any_placement_of_origins_is_one_of_clients(scenario, frictions, separate, seed):
    """It serves all demand, keeps every share and latency budget, loads regions alike and costs the same."""
    problem = build_problem(scenario, frictions=frictions)
    origins = gather(problem, separate=np.full(len(problem.pinned), separate))
    block = Block(problem, origins)
    demand = block.demand
    weight = np.random.default_rng(seed).integers(0, 3, (*origins.reach.shape, len(problem.weight)))
    weight = (weight + ~origins.away[..., None]) * origins.reach[..., None]
    placed = weight / weight.sum(axis=1, keepdims=True) * demand[:, None]

    flow = block.flows(placed)
    violations = primal_violations(problem, flow)
    del violations["a capacity"]
    assert max(violations.values()) <= ROUNDING

    scale = ROUNDING * max(1.0, problem.demand.sum())
    execution = problem.execution[problem.home]
    assert block.load(placed) == pytest.approx(np.einsum("crkt,crk->rt", flow, execution), rel=0, abs=scale)
    away = (flow * problem.away()[..., None, None]).sum(axis=0)
    assert origins.relocated(placed, len(problem.pinned)) == pytest.approx(away, rel=0, abs=scale)
    fixed = np.einsum("ort,or->", placed, origins.fixed)
    assert fixed == pytest.approx(np.einsum("crkt,crk->", flow, problem.fixed[problem.home]), rel=ROUNDING)

"""Arcs cost what a hand comes to, and as much as each of them alone in Hypothesis' scenarios."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

from geofront.model.problem import build_problem, coupling_costs
from geofront.solver.origins import gather
from geofront.solver.pricing import Pricing


def test_costs_by_hand():
    """Away a MWh burns 1.25 MWh of 40 + 4 USD, 3 USD are fixed; coming up costs 5 USD now, and saves 1 USD after."""
    problem = build_problem(tiny(hours=2, price={"P": 50, "Q": 40}, overhead_energy=0.25, warmup=1), tie_break=False)
    origins = gather(problem)
    pricing = Pricing(problem, origins, coupled=True)
    capacity_price = np.array([[0.0, 0], [4, 0]])
    warmup_price = np.array([[[0.0, 0]], [[5, 1]]])
    costs = pricing.costs(problem, np.array([[0.0, 3]]), capacity_price, warmup_price)
    assert costs.tolist() == [[[50, 50], [1.25 * 44 + 3 + 5 - 1, 1.25 * 40 + 3 + 1 - 5]]]


def test_the_next_call_uses_the_same_memory_for_its_own_costs():
    problem = build_problem(tiny(price={"P": 50, "Q": 40}), tie_break=False)
    pricing, nothing = Pricing(problem, gather(problem), coupled=False), np.zeros(problem.warmup.shape)
    first = pricing.costs(problem, np.array([[0.0, np.inf]]), np.zeros((2, 1)), nothing)
    assert first.tolist() == [[[50], [np.inf]]]
    again = pricing.costs(problem, np.array([[0.0, 2]]), np.zeros((2, 1)), nothing)
    assert again.tolist() == [[[50], [42]]]
    assert np.shares_memory(first, again)


@settings(max_examples=25)
@given(scenarios(), friction_subsets, st.integers(0, 2**32 - 1))
def test_all_at_once_cost_what_each_costs(scenario, frictions, seed):
    problem = build_problem(scenario, frictions=frictions)
    origins = gather(problem)
    random = np.random.default_rng(seed)
    capacity_price, warmup_price = random.random(problem.capacity.shape), random.random(problem.warmup.shape)
    costs = Pricing(problem, origins, coupled=True).costs(problem, origins.fixed, capacity_price, warmup_price)
    coupling = coupling_costs(problem, warmup_price)
    for o, r in np.ndindex(origins.reach.shape):
        alone = origins.execution[o, r] * (problem.price[r] + capacity_price[r]) + origins.fixed[o, r]
        alone += origins.away[o, r] * coupling[r, origins.workload[o]]
        assert costs[o, r] == pytest.approx(alone, rel=1e-12, abs=1e-12)

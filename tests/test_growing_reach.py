"""A placement whose reach grows is optimal at every step, and a block is solved again only where a new arc matters."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

from geofront.errors import Infeasible
from geofront.model import formulation
from geofront.model.certificate import prove
from geofront.model.origins import Block, gather
from geofront.model.problem import build_problem
from geofront.solver.engine import GrowingReach


def megawatts(numbers):
    return pytest.approx(np.array(numbers, float), abs=1e-6)


class Growing:
    """A problem's demand placed at home, each client an origin of its own, and the placement as the reach grows."""

    def __init__(self, problem, reach=None, start=None):
        self.problem, self.origins = problem, gather(problem, separate=np.ones(len(problem.pinned), bool))
        self.reach = ~self.origins.away if reach is None else reach
        blocks = [Block(problem.at(hours), self.origins) for hours in problem.blocks()]
        self.optimum = GrowingReach(blocks, self.reach, lambda: None, start or [None] * len(blocks))

    def grow(self, wanted):
        """Take in some of (client, class, region); return the numbers of the blocks solved again."""
        client = np.zeros(len(self.origins.service), int)
        client[self.origins.origin] = self.origins.client
        new = wanted[client, self.origins.workload] & self.origins.reach & ~self.reach
        self.reach |= new
        return self.optimum.update(new)

    def joined(self, name):
        """An array of all optima, in the order of the hours."""
        order = np.argsort(np.concatenate(self.problem.blocks()))
        return np.concatenate([getattr(each, name) for each in self.optimum.optima], axis=-1)[..., order]

    def assert_optimal(self):
        """The placement proves itself in the problem of the present reach, with the plain formulation's flows."""
        whole = Block(self.problem, self.origins)
        problem = replace(self.problem, allowed=whole.allowed(self.reach))
        flow = whole.flows(self.joined("placed"))
        prove(problem, flow, self.joined("capacity_price"), self.joined("warmup_price"))
        difference = np.zeros((len(problem.home_region), *flow.shape[1:]))
        np.add.at(difference, problem.home, flow - formulation.solve(problem).flow)
        assert difference == pytest.approx(0 * difference, abs=1e-6)


@settings(max_examples=30)
@given(scenario=scenarios(), frictions=friction_subsets, seed=st.integers(0, 2**32 - 1))
def test_every_step_is_optimal(scenario, frictions, seed):
    growing = Growing(build_problem(scenario, frictions=frictions))
    growing.assert_optimal()
    opens = np.random.default_rng(seed).integers(1, 4, growing.problem.allowed.shape)
    for step in range(1, 4):
        growing.grow(opens == step)
        growing.assert_optimal()


def three_blocks(warmup):
    """10 MW at home P for 50 USD; Q is cheaper in the first block, R in the first and the last.

    Bringing 1 MW up takes ``warmup`` MWh, and both hours of a block cost the same.
    """
    return build_problem(
        tiny(
            regions="PQR",
            hours=6,
            block=[1, 1, 2, 2, 3, 3],
            warmup=warmup,
            price={"P": 50, "Q": [30, 30, 60, 60, 60, 60], "R": [20, 20, 60, 60, 40, 40]},
        )
    )


def region(name):
    """Where (client, class, region) is one of the regions P, Q and R."""
    return np.array(["PQR".index(name) == np.arange(3)])[:, None]


@pytest.mark.parametrize("warmup", [0, 0.1])
def test_only_blocks_where_a_new_arc_pays_are_solved_again(warmup):
    growing = Growing(three_blocks(warmup))
    assert growing.joined("placed")[0] == megawatts([[10] * 6, [0] * 6, [0] * 6])
    assert growing.grow(region("Q")) == [0]
    assert growing.joined("placed")[0] == megawatts([[0, 0, 10, 10, 10, 10], [10, 10, 0, 0, 0, 0], [0] * 6])
    assert growing.grow(region("R")) == [0, 2]
    assert growing.joined("placed")[0] == megawatts([[0, 0, 10, 10, 0, 0], [0] * 6, [10, 10, 0, 0, 10, 10]])
    assert growing.grow(region("R")) == []
    growing.assert_optimal()


def test_a_block_is_solved_again_where_a_new_arc_is_nearer_at_the_same_cost():
    """Q and R cost the same, and R is nearer: the flow moves on to R, as if both had been in reach at once."""
    scenario = tiny(regions="PQR", price={"P": 50, "Q": 20, "R": 20})
    scenario["rtt"].loc[{"region": "R"}] = 30
    growing = Growing(build_problem(scenario))
    growing.grow(region("Q"))
    assert growing.grow(region("R")) == [0]
    assert growing.joined("placed")[0, :, 0] == megawatts([0, 0, 10])


def test_an_arc_that_pays_at_a_shadow_price_only():
    """R costs 45 USD: less than home, and worth it for what finds no room in Q, which holds 4 MW at 30 USD."""
    growing = Growing(
        build_problem(tiny(regions="PQR", price={"P": 50, "Q": 30, "R": 45}, capacity={"P": 10, "Q": 4, "R": 9}))
    )
    assert growing.grow(region("Q")) == [0]
    assert growing.joined("capacity_price")[:, 0] == pytest.approx([0, 20, 0])
    assert growing.grow(region("R")) == [0]
    assert growing.joined("placed")[0, :, 0] == megawatts([0, 4, 6])
    assert growing.joined("capacity_price")[:, 0] == pytest.approx([0, 15, 0])


def test_an_arc_that_would_pay_but_for_warm_up():
    """Q saves 5 USD in one hour of four; bringing 1 MW up takes 0.25 · 53.75 USD, so that it never pays."""
    growing = Growing(build_problem(tiny(hours=4, warmup=0.25, price={"P": 50, "Q": [45, 50, 60, 60]})))
    growing.grow(np.ones((1, 1, 2), bool))
    assert growing.joined("placed")[0] == megawatts([[10] * 4, [0] * 4])
    growing.assert_optimal()


def test_what_does_not_pay_is_not_solved_again():
    """Q is more expensive than home in every hour."""
    growing = Growing(build_problem(tiny(hours=4, block=[1, 1, 2, 2], warmup=0.1, price={"P": 50, "Q": 60})))
    assert growing.grow(np.ones((1, 1, 2), bool)) == []


def test_a_warm_start_at_other_prices():
    """Without a carbon price P and Q are paid for being up, so that hours are independent; with one they are not."""
    scenario = tiny(
        hours=4,
        block=[1, 1, 2, 2],
        warmup=0.5,
        capacity={"P": 100, "Q": 5},
        price={"P": [-10, -20, -10, -10], "Q": [-40, -30, -40, -20]},
        carbon={"P": 500, "Q": [100, 300, 100, 800]},
    )
    problems = [build_problem(scenario, carbon_price=price) for price in (0, 100, 20)]
    assert [problem.coupled for problem in problems] == [False, True, True]
    last = None
    for problem in problems:
        growing = Growing(problem, start=last)
        last = list(growing.optimum.optima)
        growing.grow(np.ones((1, 1, 2), bool))
        growing.assert_optimal()


@pytest.mark.parametrize("warmup", [0, 0.5])
def test_missing_capacity_is_that_of_the_present_reach(warmup):
    """P holds 4 of 10 MW. That Q, not yet in reach, could take the rest is no help."""
    with pytest.raises(Infeasible) as caught:
        Growing(build_problem(tiny(hours=2, warmup=warmup, demand=[3, 10], capacity={"P": 4, "Q": 100})))
    assert "6 MW are unserved in 1 combination(s)" in str(caught.value)
    assert "P at 2023-03-21T01:00, class A: 6 MW (clients a)" in str(caught.value)

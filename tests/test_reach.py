"""A placement whose reach grows is optimal at every step, and solved again only where a new arc pays."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.errors import Infeasible
from geofront.model import formulation
from geofront.model.certificate import objective_of, prove
from geofront.model.problem import build_problem
from geofront.names import SOLVERS
from geofront.solver import reach
from geofront.solver.engine import Master
from geofront.solver.origins import gather
from geofront.solver.reach import GrowingReach

AGREEMENT = 1e-7
"""Largest relative difference between objectives."""


def megawatts(numbers):
    return pytest.approx(np.array(numbers, float), abs=1e-6)


def at_home(problem, *, solver="CBC", beside=None):
    """A problem's demand placed at home, every client an origin of its own; or beside another, sharing its reach."""
    if beside is not None:
        return GrowingReach(problem, beside.origins, beside.reach, solver, beside.masters)
    origins = gather(problem, apart=np.ones(len(problem.pinned), bool))
    return GrowingReach(problem, origins, ~origins.away, solver)


def arcs(optimum, wanted):
    """Arcs (o, r) of the origins, where some of (client, class, region) are wanted."""
    origins = optimum.origins
    client = np.zeros(len(origins.service), int)
    client[origins.origin] = origins.client
    return wanted[client, origins.workload] & origins.reach & ~optimum.reach


def grow(optimum, wanted):
    """Take in some of (client, class, region); return the hours solved again."""
    new = arcs(optimum, wanted)
    optimum.reach |= new
    return optimum.update(new).tolist()


def assert_optimal(optimum):
    """What is placed proves itself in the problem that allows no more than the present reach."""
    problem = replace(optimum.problem, allowed=optimum.origins.allowed(optimum.problem, optimum.reach))
    flow = optimum.origins.flows(problem, optimum.placed)
    prove(problem, flow, optimum.capacity_price, optimum.warmup_price)
    reference = objective_of(problem, formulation.solve(problem).flow)
    scale = max(abs(reference), (problem.weight * problem.demand).sum(), 1.0)
    assert objective_of(problem, flow) == pytest.approx(reference, rel=0, abs=AGREEMENT * scale)


@settings(max_examples=15)
@given(scenario=scenarios(), frictions=friction_subsets, solver=st.sampled_from(SOLVERS),
       together=st.sampled_from([1, 2, 24]), seed=st.integers(0, 2**32 - 1))
def test_every_step_is_optimal(scenario, frictions, solver, together, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reach, "TOGETHER", together)
        optimum = at_home(build_problem(scenario, frictions=frictions), solver=solver)
    assert_optimal(optimum)
    opens = np.random.default_rng(seed).integers(1, 4, optimum.problem.allowed.shape)
    for step in range(1, 4):
        grow(optimum, opens == step)
        assert_optimal(optimum)


def three_blocks(warmup):
    """10 MW at home P for 50 USD; Q is cheaper in the first block, R in the first and the last.

    Bringing 1 MW up takes ``warmup`` MWh, and both hours of a block cost the same.
    """
    return build_problem(tiny(
        regions="PQR", hours=6, block=[1, 1, 2, 2, 3, 3], warmup=warmup, price={
            "P": 50, "Q": [30, 30, 60, 60, 60, 60], "R": [20, 20, 60, 60, 40, 40]}))


def region(name):
    """Where (client, class, region) is one of the regions P, Q and R."""
    return np.array(["PQR".index(name) == np.arange(3)])[:, None]


@pytest.mark.parametrize("warmup", [0, 0.1])
def test_only_hours_where_a_new_arc_pays_are_solved_again(warmup):
    optimum = at_home(three_blocks(warmup))
    assert optimum.placed[0] == megawatts([[10] * 6, [0] * 6, [0] * 6])
    assert grow(optimum, region("Q")) == [0, 1]
    assert optimum.placed[0] == megawatts([[0, 0, 10, 10, 10, 10], [10, 10, 0, 0, 0, 0], [0] * 6])
    assert grow(optimum, region("R")) == [0, 1, 4, 5]
    assert optimum.placed[0] == megawatts([[0, 0, 10, 10, 0, 0], [0] * 6, [10, 10, 0, 0, 10, 10]])
    assert grow(optimum, region("R")) == []
    assert_optimal(optimum)


def test_an_arc_that_pays_at_a_shadow_price_only():
    """R costs 45 USD: less than home, and worth it for what finds no room in Q, which holds 4 MW at 30 USD."""
    problem = build_problem(tiny(regions="PQR", price={"P": 50, "Q": 30, "R": 45}, capacity={"P": 10, "Q": 4, "R": 9}))
    optimum = at_home(problem)
    assert grow(optimum, region("Q")) == [0]
    assert optimum.capacity_price[:, 0] == pytest.approx([0, 20, 0], abs=1e-3)
    assert grow(optimum, region("R")) == [0]
    assert optimum.placed[0, :, 0] == megawatts([0, 4, 6])
    assert optimum.capacity_price[:, 0] == pytest.approx([0, 15, 0], abs=1e-3)


def test_an_arc_that_would_pay_but_for_warm_up():
    """Q saves 5 USD in one hour of four; bringing 1 MW up takes 0.25 · 53.75 USD, so that it never pays."""
    problem = build_problem(tiny(hours=4, warmup=0.25, price={"P": 50, "Q": [45, 50, 60, 60]}))
    optimum = at_home(problem)
    grow(optimum, np.ones((1, 1, 2), bool))
    assert optimum.placed[0] == megawatts([[10] * 4, [0] * 4])
    assert_optimal(optimum)


@pytest.fixture
def solves(monkeypatch):
    """Number of hours of every program that is solved, in order."""
    seen = []
    plain = Master.solve

    def counted(self, problem):
        seen.append(self.hours)
        return plain(self, problem)

    monkeypatch.setattr(Master, "solve", counted)
    return seen


def test_what_does_not_pay_is_never_solved(solves):
    """Q is dearer than home in every hour: after the two blocks at home, no program is touched."""
    optimum = at_home(build_problem(tiny(hours=4, block=[1, 1, 2, 2], warmup=0.1, price={"P": 50, "Q": 60})))
    assert solves == [2, 2]
    assert grow(optimum, np.ones((1, 1, 2), bool)) == []
    assert solves == [2, 2]


@pytest.mark.parametrize(("growth", "kept"), [(1.0, True), (0.9, False)])
def test_every_block_has_a_program_and_a_new_one_once_the_reach_has_outgrown_it(growth, kept, monkeypatch):
    """The reach doubles, from home to home and Q."""
    scenario = tiny(hours=7, block=[1, 1, 2, 2, 3, 3, 4], weight=[1, 1, 2, 2, 1, 2, 5], warmup=0.1,
                    price={"P": 50, "Q": [20, 40, 60, 30, 10, 60, 45]})
    optimum = at_home(build_problem(scenario))
    before = [master for master, _ in optimum.masters.values()]
    assert [master.hours for master in before] == [2, 2, 2, 1]
    monkeypatch.setattr(reach, "GROWTH", growth)
    grow(optimum, np.ones((1, 1, 2), bool))
    assert_optimal(optimum)
    after = [master for master, _ in optimum.masters.values()]
    assert [new is old for new, old in zip(after, before, strict=True)] == [kept] * 4


def test_without_coupling_a_block_has_programs_of_a_few_hours_where_capacity_binds(solves, monkeypatch):
    """Q is cheaper than home, but holds less than hours 4 and 5 ask for: only the program of hours 3 to 5 is solved."""
    monkeypatch.setattr(reach, "TOGETHER", 3)
    problem = build_problem(tiny(hours=7, block=[1] * 6 + [2], demand=[5, 5, 5, 5, 9, 9, 5],
                                 capacity={"P": 10, "Q": 7}, price={"P": 50, "Q": 20}))
    optimum = at_home(problem)
    assert grow(optimum, region("Q")[..., :2]) == list(range(7))
    assert solves == [3]
    assert optimum.placed[0] == megawatts([[0, 0, 0, 0, 2, 2, 0], [5, 5, 5, 5, 7, 7, 5]])
    assert_optimal(optimum)


def test_problems_of_other_prices_share_masters():
    """Without a carbon price P and Q are paid for being up, so that hours are independent; with one they are not."""
    scenario = tiny(hours=4, block=[1, 1, 2, 2], warmup=0.5, capacity={"P": 100, "Q": 5},
                    price={"P": [-10, -20, -10, -10], "Q": [-40, -30, -40, -20]},
                    carbon={"P": 500, "Q": [100, 300, 100, 800]})
    problems = [build_problem(scenario, carbon_price=price) for price in (0, 100, 20)]
    assert [problem.coupled for problem in problems] == [False, True, True]
    first = at_home(problems[0])
    optima = [first, *(at_home(problem, beside=first) for problem in problems[1:])]
    new = arcs(first, np.ones((1, 1, 2), bool))
    first.reach |= new
    for optimum in optima:
        optimum.update(new)
        assert_optimal(optimum)


@pytest.mark.parametrize("warmup", [0, 0.5])
def test_missing_capacity_is_that_of_the_present_reach(warmup):
    """P holds 4 of 10 MW. That Q, not yet in reach, could take the rest is no help."""
    with pytest.raises(Infeasible) as caught:
        at_home(build_problem(tiny(hours=2, warmup=warmup, demand=[3, 10], capacity={"P": 4, "Q": 100})))
    assert "6 MW find no place in 1 combination(s)" in str(caught.value)
    assert "P at 2023-03-21T01:00, class A: 6 MW (clients a)" in str(caught.value)


def test_unknown_solver_is_refused_where_none_is_needed():
    with pytest.raises(gf.GeofrontError, match="solver='Abacus' is unknown"):
        at_home(build_problem(tiny()), solver="Abacus")

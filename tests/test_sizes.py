"""Costs, demand, capacities and weights of very different size: a proved optimum, or an error that says why not."""

import contextlib
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import home_demand, tiny

import geofront as gf
from geofront.errors import Infeasible, SolverError
from geofront.model.certificate import prove
from geofront.model.formulation import shortage
from geofront.model.problem import build_problem
from geofront.model.scaling import hour_scale, power_of_two
from geofront.names import SOLVERS
from geofront.placement import solve

AGREEMENT = 1e-7
"""Largest relative difference between the objectives of two solvers."""

seeds = st.integers(0, 2**32 - 1)


def drawn(seed, *, demand=(0, 2), warmup=(0, 0.1, 0.5), pinned=(0, 0.3), room=True):
    """A random problem of up to 4 regions, clients and hours and 3 classes.

    Clients differ in demand by a power of ten from the given range. Home demand fills every capacity, some regions have
    10 % more where there is ``room``.
    """
    g = np.random.default_rng(seed)
    regions = "PQRS"[: g.integers(2, 5)]
    clients = {label: str(g.choice(list(regions))) for label in "abcd"[: g.integers(2, 5)]}
    workloads, hours = "ABC"[: g.integers(1, 4)], int(g.integers(2, 6))
    scenario = tiny(
        regions=regions,
        clients=clients,
        workloads=workloads,
        hours=hours,
        warmup=float(g.choice(warmup)),
        pinned_share=float(g.choice(pinned)),
        regulated_share=float(g.choice([0, 0.3])),
        overhead_energy=float(g.choice([0, 0.1])),
    )
    size = 10 ** g.uniform(*demand, (len(clients), 1, 1))
    scenario["demand"] = scenario.demand.copy(data=size * g.uniform(0.5, 1, scenario.demand.shape))
    scenario["price"] = scenario.price.copy(data=g.uniform(-20, 150, scenario.price.shape))
    load = home_demand(scenario)
    more = g.choice([0, 0.1 * load.max()], load.shape) if room else 0.0
    scenario["capacity"] = ("region", "hour"), load + more
    return build_problem(scenario)


def proved(problem, solver):
    """Objective of the optimum, which its shadow prices prove."""
    solution = solve(problem, solver)
    return prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)["objective"]


def proved_or_refused(problem, solver):
    """No wrong optimum, and no shortage where there is none."""
    with contextlib.suppress(SolverError):
        proved(problem, solver)


def assert_solvers_agree(problem):
    """Both find the optimum. It is at least as large as rounding in the cost of all demand."""
    engine, plain = (proved(problem, solver) for solver in SOLVERS)
    size = (problem.weight * problem.demand.sum(axis=(0, 1))).sum() * np.abs(problem.price).max()
    assert engine == pytest.approx(plain, rel=AGREEMENT, abs=1e-12 * size)


@settings(max_examples=25)
@given(seeds, st.integers(7, 11))
def test_capacity_that_home_demand_fills_exactly(seed, digits):
    """All but 1e-7 to 1e-11 of the demand is pinned: what may move is no more than rounding of what is pinned."""
    assert_solvers_agree(drawn(seed, pinned=[1 - 10.0**-digits], room=False))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("deficit", [0, 1e-15, 1e-12, 1e-10])
def test_capacity_that_pinned_demand_exceeds_by_rounding(solver, deficit):
    """10 MW stay at home, where a capacity of ten billionths less counts as enough."""
    scenario = tiny(pinned_share=1, capacity={"P": 10 * (1 - deficit), "Q": 10})
    solution = solve(build_problem(scenario), solver)
    assert solution.flow[0, :, 0, 0] == pytest.approx([10, 0])


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("size", [1e-6, 1, 1e6])
def test_shortage_names_region_hour_and_megawatts(solver, size):
    """8 of 10 MW must stay, and home holds 7.5."""
    scenario = tiny(demand=10 * size, pinned_share=0.8, capacity={"P": 7.5 * size, "Q": 100 * size})
    message = f"P at 2023-03-21T00:00, class A: {0.5 * size:.4g} MW (clients a)"
    with pytest.raises(Infeasible, match=re.escape(message)):
        solve(build_problem(scenario), solver)


def test_shortage_is_never_reported_without_any():
    error = shortage(build_problem(tiny()))
    assert isinstance(error, SolverError)
    assert "there is capacity for every demand" in str(error)


@settings(max_examples=25)
@given(seeds)
def test_weights_of_nine_magnitudes(seed):
    problem = drawn(seed)
    weight = 10 ** np.random.default_rng(seed).uniform(-4, 5, len(problem.weight))
    assert_solvers_agree(replace(problem, weight=weight))


@settings(max_examples=25)
@given(seeds, st.sampled_from(SOLVERS))
def test_weights_of_fourteen_magnitudes(seed, solver):
    """Beyond the digits of a float64 the optimum is proved, or refused by name; never a false shortage."""
    problem = drawn(seed)
    weight = 10 ** np.random.default_rng(seed).uniform(-9, 5, len(problem.weight))
    proved_or_refused(replace(problem, weight=weight), solver)


@settings(max_examples=25)
@given(seeds, st.integers(-9, 15))
def test_costs_of_any_size(seed, digits):
    problem, factor = drawn(seed), 10.0**digits
    assert_solvers_agree(
        replace(problem, price=factor * problem.price, fixed=factor * problem.fixed, warmup=factor * problem.warmup)
    )


@settings(max_examples=25)
@given(seeds, st.integers(-9, 12))
def test_demand_of_any_size(seed, digits):
    problem, factor = drawn(seed), 10.0**digits
    assert_solvers_agree(replace(problem, demand=factor * problem.demand, capacity=factor * problem.capacity))


@settings(max_examples=25)
@given(seeds)
def test_clients_of_seven_magnitudes(seed):
    assert_solvers_agree(drawn(seed, demand=(-3, 4)))


@settings(max_examples=25)
@given(seeds)
def test_clients_of_thirteen_magnitudes(seed):
    """The engine refines what is below its tolerance."""
    proved(drawn(seed, demand=(-9, 4)), "HiGHS")


@pytest.mark.parametrize("solver", SOLVERS)
def test_overhead_beyond_any_solver(solver):
    """CBC would end the process."""
    problem = build_problem(tiny())
    execution = problem.execution.copy()
    execution[0, 1, 0] = 1e25
    with pytest.raises(SolverError, match=r"class A uses 1e\+25 times the energy .* lower 'overhead_energy'"):
        solve(replace(problem, execution=execution), solver)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_cost_that_is_not_finite(solver):
    problem = build_problem(tiny())
    with pytest.raises(SolverError, match="a cost per MWh is not a finite number"):
        solve(replace(problem, price=np.inf * problem.price), solver)


@pytest.mark.parametrize("solver", SOLVERS)
def test_warmup_that_outweighs_everything(solver):
    """Where rounding in the cost of warm-up exceeds the price of electricity, a wrong optimum is refused by name."""
    for seed in range(10):
        proved_or_refused(drawn(seed, warmup=[1e13]), solver)


def test_scales_change_no_digit():
    assert [power_of_two(size) for size in (0, 1, 50, 5000, 2**17)] == [1] * 5
    assert 256 <= 1e-9 * power_of_two(1e-9) < 512
    assert 2**16 <= 1e9 * power_of_two(1e9) < 2**17
    assert hour_scale(np.array([28.0, 31.0, 1.0])).tolist() == [1, 1, 1]
    assert np.log2(hour_scale(np.array([1e-9, 1.0, 1e5]))).tolist() == [12, -3, -12]


def test_shadow_prices_of_expensive_electricity():
    """Q holds 4 of 10 MW at 20,000 USD/MWh, 70,000 less than home: that is what more of its capacity saves."""
    placement = gf.place(tiny(price={"P": 9e4, "Q": 2e4}, capacity={"P": 10, "Q": 4}))
    assert placement.capacity_price.values.ravel() == pytest.approx([0, 7e4])
    assert placement.demand_price.values.ravel() == pytest.approx([9e4])
    assert gf.totals(placement).cost == pytest.approx(6 * 9e4 + 4 * 2e4)

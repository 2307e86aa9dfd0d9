"""Properties of every placement, on random scenarios and on the stylized one."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import optimum
from scenarios import friction_subsets, permuted, scenarios

import geofront as gf
from geofront.names import BLOCK, CLIENT, HOUR, OBJECTIVES, REGION, SOLVERS, TOLERANCE, WORKLOAD

SOLVER_AGREEMENT = 1e-7
"""Largest relative difference between the objectives of two solvers."""

objectives = st.sampled_from(OBJECTIVES)
carbon_prices = st.sampled_from([0.0, 25.0, 100.0])


def annual(placement):
    """Objective of the placement [USD/yr or kg/yr]."""
    quantity = placement.emissions if placement.attrs["objective"] == "carbon" else placement.cost
    return float((quantity * placement.weight).sum())


def equal_to(objective, scenario, tolerance=TOLERANCE):
    """Equal relative to the objective or, where that is smaller, to one USD or kg per MWh of demand."""
    return pytest.approx(objective, rel=tolerance, abs=tolerance * max(annual_demand(scenario), 1.0))


def annual_demand(scenario):
    return float((scenario.demand * scenario.weight).sum())


@settings(max_examples=100)
@given(scenarios(), friction_subsets, objectives, carbon_prices, st.sampled_from(SOLVERS))
def test_optimum_equals_an_independent_program_and_is_certified(scenario, frictions, objective, carbon_price, solver):
    choices = {"carbon_price": carbon_price, "objective": objective, "frictions": frictions}
    placement = gf.place(scenario, solver=solver, **choices)
    report = gf.certify(scenario, placement)
    assert abs(report["gap"]) <= TOLERANCE
    assert annual(placement) == equal_to(optimum(scenario, **choices), scenario)


def brought_up(scenario, relocated):
    """Increase of the relocated load over the hour before in its block, the last before the first."""
    increase = xr.zeros_like(relocated)
    for block in np.unique(scenario[BLOCK]):
        hours = np.flatnonzero(scenario[BLOCK] == block)
        before = relocated.isel({HOUR: np.roll(hours, 1)}).transpose(..., HOUR).values
        increase[{HOUR: hours}] = (relocated.isel({HOUR: hours}).transpose(..., HOUR) - before).clip(min=0)
    return increase


def assert_close(found, wanted):
    """Equal within the tolerance, relative to the largest number."""
    found, wanted = xr.broadcast(found, wanted)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=TOLERANCE * max(1.0, float(abs(wanted).max())))


@settings(max_examples=30)
@given(scenarios(), friction_subsets, carbon_prices)
def test_energy_is_conserved(scenario, frictions, carbon_price):
    """Every megawatt of demand runs once; its energy, cost and emissions follow from its region."""
    placement = gf.place(scenario, frictions=frictions, carbon_price=carbon_price)
    flow, away = placement.flow, scenario.home != scenario[REGION]
    assert float(flow.min()) >= 0
    assert_close(flow.sum(REGION), scenario.demand)

    migration = "migration" in frictions
    executed = (flow * (1 + scenario.overhead_energy * migration * away)).sum(CLIENT)
    started = brought_up(scenario, (flow * away).sum(CLIENT)) * scenario.warmup * migration
    assert_close(placement.used_capacity, executed.sum(WORKLOAD))
    assert_close(placement.energy, (executed + started) * scenario.pue)

    mean = scenario[["price", "carbon"]].groupby(scenario[BLOCK]).mean().sel({BLOCK: scenario[BLOCK]})
    emissions = (executed * scenario.carbon + started * mean.carbon) * scenario.pue
    warmup_price = mean.price.clip(min=0) + carbon_price * mean.carbon / 1000
    relocated = (flow * away).sum(CLIENT) * scenario.overhead_cost * migration
    for component, wanted in {
        "energy": executed * scenario.pue * scenario.price,
        "carbon": executed * scenario.pue * scenario.carbon * carbon_price / 1000,
        "overhead": relocated,
        "warm-up": started * scenario.pue * warmup_price,
    }.items():
        assert_close(placement.cost.sel(component=component), wanted)
    assert_close(placement.emissions, emissions)


@settings(max_examples=20)
@given(scenarios(), friction_subsets, objectives)
def test_relaxed_limits_never_cost_more(scenario, frictions, objective):
    before = gf.place(scenario, frictions=frictions, objective=objective)
    relaxed = {
        "capacity": scenario.assign(capacity=scenario.capacity * 1.5 + 1),
        "latency budget": scenario.assign(latency_budget=scenario.latency_budget + 120),
        "law": scenario.assign(lawful=scenario.lawful | True),
    }
    for what, easier in relaxed.items():
        after = gf.place(easier, frictions=frictions, objective=objective)
        slack = TOLERANCE * max(abs(annual(before)), annual_demand(scenario))
        assert annual(after) <= annual(before) + slack, f"more {what} costs more"


@settings(max_examples=20)
@given(scenarios(lowest_price=0), friction_subsets, friction_subsets, objectives)
def test_fewer_frictions_never_cost_more(scenario, some, others, objective):
    """Where no price is negative; otherwise the overhead energy of relocation is an income."""
    fewer = gf.place(scenario, frictions=some, objective=objective)
    more = gf.place(scenario, frictions={*some, *others}, objective=objective)
    slack = TOLERANCE * max(abs(annual(more)), annual_demand(scenario))
    assert annual(fewer) <= annual(more) + slack


@settings(max_examples=20)
@given(scenarios(), objectives)
def test_optimum_is_never_worse_than_local(scenario, objective):
    baseline = gf.local(scenario).assign_attrs(objective=objective)
    best = gf.place(scenario, objective=objective)
    assert annual(best) <= annual(baseline) + TOLERANCE * max(abs(annual(baseline)), annual_demand(scenario))


@settings(max_examples=20)
@given(scenarios(), objectives, st.integers(0, 3))
def test_order_of_labels_and_dims_does_not_matter(scenario, objective, order):
    placement = gf.place(scenario, objective=objective)
    shuffled = permuted(scenario, order)
    again = gf.place(shuffled.transpose(HOUR, WORKLOAD, REGION, "service", CLIENT), objective=objective)
    gf.certify(shuffled, again)
    assert annual(again) == equal_to(annual(placement), scenario)
    for dim in (CLIENT, REGION, WORKLOAD, HOUR):
        assert again.indexes[dim].equals(shuffled.indexes[dim])


@settings(max_examples=20)
@given(scenarios(), friction_subsets, objectives)
def test_scenarios_are_never_modified(scenario, frictions, objective):
    before = scenario.copy(deep=True)
    placement = gf.place(scenario, frictions=frictions, objective=objective)
    kept = placement.copy(deep=True)
    gf.local(scenario)
    gf.certify(scenario, placement)
    xr.testing.assert_identical(scenario, before)
    xr.testing.assert_identical(placement, kept)


@pytest.fixture(scope="module")
def day():
    return gf.stylized(snapshots="day")


@pytest.mark.slow
@pytest.mark.parametrize("choices", [{}, {"carbon_price": 80.0}, {"objective": "carbon"}])
def test_solvers_agree_on_the_stylized_day(day, choices):
    placements = [gf.place(day, solver=solver, **choices) for solver in SOLVERS]
    for placement in placements:
        assert abs(gf.certify(day, placement)["gap"]) <= TOLERANCE
    cbc, highs = map(annual, placements)
    assert cbc == pytest.approx(highs, rel=SOLVER_AGREEMENT)


def test_stylized_day_equals_an_independent_program():
    scenario = gf.stylized(snapshots="day", regions=["us-texas", "ca-ontario", "eu-paris", "sg-singapore"])
    assert annual(gf.place(scenario)) == equal_to(optimum(scenario), scenario)


def test_every_friction_costs_something_on_the_stylized_day(day):
    frictionless = gf.totals(gf.place(day, frictions=()))["cost"]
    for friction in gf.FRICTIONS:
        assert gf.totals(gf.place(day, frictions=[friction]))["cost"] > frictionless * (1 + TOLERANCE)

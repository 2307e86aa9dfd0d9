"""Flows that break a constraint are named with constraint, place and amount; optimal placements break none."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.names import OBJECTIVES

COLUMNS = ["constraint", "client", "region", "workload", "hour", "flow", "amount", "unit", "limit"]


def flow_of(scenario, **by_region):
    """One client's and class's flow in every hour [MW], by region."""
    zero = 0 * gf.local(scenario).flow
    return zero + xr.DataArray([float(by_region.get(region, 0)) for region in scenario.region.values], dims="region")


def rows(table):
    """Every row without its hour, as a tuple."""
    assert table.columns.tolist() == COLUMNS
    return [tuple(row) for row in table.drop(columns="hour").round(9).itertuples(index=False)]


def three_regions(**values):
    """10 MW of class A at home P; Q takes 60 ms and R 210 ms of a budget of 100."""
    return tiny(**{"regions": "PQR", "services": "P", "rtt": {"P": [2, 50, 200]}, "latency_budget": 100, **values})


def test_a_feasible_flow_breaks_nothing():
    table = gf.violations(three_regions(), flow_of(three_regions(), P=4, Q=6))
    assert table.empty
    assert table.columns.tolist() == COLUMNS
    assert table.attrs["units"] == {"flow": "MW"}


@pytest.mark.parametrize(
    ("values", "by_region", "expected"),
    [
        ({}, {"P": 11, "Q": -1}, ("negative flow", "a", "Q", "A", -1, 1, "MW", 0)),
        ({}, {"P": 7, "Q": 1}, ("demand not served", "a", None, "A", 8, 2, "MW", 10)),
        ({}, {"P": 7, "Q": 6}, ("demand exceeded", "a", None, "A", 13, 3, "MW", 10)),
        # R answers after 10 + 200 ms, 110 more than allowed.
        ({}, {"P": 7, "R": 3}, ("latency", "a", "R", "A", 3, 110, "ms", 100)),
        ({"pinned_share": 0.25}, {"P": 1, "Q": 9}, ("locality", "a", "P", "A", 1, 1.5, "MW", 2.5)),
        # Of the half that is not regulated, all may go to Q and R together: 5 MW.
        (
            {"regulated_share": 0.5, "lawful": {"a": [True, False, False]}, "latency_budget": 300},
            {"P": 3, "Q": 4, "R": 3},
            ("legal", "a", None, "A", 7, 2, "MW", 5),
        ),
        # With 25 % more energy away from home, 8 MW fill 10 MW.
        (
            {"overhead_energy": 0.25, "capacity": {"P": 20, "Q": 9, "R": 20}},
            {"P": 2, "Q": 8},
            ("capacity", None, "Q", None, 10, 1, "MW", 9),
        ),
    ],
)
def test_every_constraint_by_hand(values, by_region, expected):
    scenario = three_regions(**values)
    flow = flow_of(scenario, **by_region)
    table = gf.violations(scenario, flow)
    assert rows(table) == [expected]
    assert table.hour.tolist() == scenario.indexes["hour"].tolist()
    assert rows(gf.violations(scenario, flow.transpose().isel(region=[2, 0, 1]))) == [expected]


def test_frictions_that_are_switched_off_break_nothing():
    scenario = three_regions(pinned_share=0.5, regulated_share=1, lawful=False, capacity={"P": 20, "Q": 5, "R": 5})
    flow = flow_of(scenario, Q=10)
    assert set(gf.violations(scenario, flow).constraint) == {"locality", "legal", "capacity"}
    assert set(gf.violations(scenario, flow, frictions=["legal"]).constraint) == {"legal"}
    assert gf.violations(scenario, flow, frictions=()).empty


def test_home_is_allowed_at_any_latency():
    scenario = three_regions(latency_budget=5)
    assert gf.violations(scenario, flow_of(scenario, P=10)).empty


def test_only_the_hour_that_is_wrong():
    """In the second of three hours 5 MW of b run in Q, which holds 4; the flow also lacks 1 MW of a in the third."""
    scenario = tiny(clients={"a": "P", "b": "P"}, hours=3, capacity={"P": 100, "Q": 4})
    flow = gf.local(scenario).flow.copy()
    flow.loc[{"client": "b", "region": "Q", "hour": scenario.hour[1]}] = 5
    flow.loc[{"client": "b", "region": "P", "hour": scenario.hour[1]}] = 5
    flow.loc[{"client": "a", "region": "P", "hour": scenario.hour[2]}] = 9
    table = gf.violations(scenario, flow)
    assert rows(table) == [
        ("demand not served", "a", None, "A", 9, 1, "MW", 10),
        ("capacity", None, "Q", None, 5, 1, "MW", 4),
    ]
    assert table.hour.tolist() == scenario.indexes["hour"][[2, 1]].tolist()


def test_tolerance():
    scenario = three_regions()
    flow = flow_of(scenario, P=10 + 1e-5, Q=-1e-5)
    assert gf.violations(scenario, flow).empty
    assert set(gf.violations(scenario, flow, tolerance=1e-7).constraint) == {"negative flow"}


def test_a_large_demand_does_not_hide_a_small_one():
    scenario = tiny(clients={"a": "P", "b": "P"}, demand={"a": 1e5, "b": 0.01}, capacity=1e6)
    flow = gf.local(scenario).flow.copy()
    flow.loc[{"client": "b"}] = 0
    assert rows(gf.violations(scenario, flow)) == [("demand not served", "b", None, "A", 0, 0.01, "MW", 0.01)]


@settings(max_examples=40)
@given(scenarios(), friction_subsets, st.sampled_from(OBJECTIVES))
def test_optimal_placements_break_nothing(scenario, frictions, objective):
    placement = gf.place(scenario, frictions=frictions, objective=objective)
    assert gf.violations(scenario, placement.flow, frictions=frictions).empty
    assert gf.violations(scenario, gf.local(scenario).flow).empty


@settings(max_examples=40)
@given(scenarios(), st.data())
def test_a_flow_that_is_changed_somewhere_is_wrong_there(scenario, data):
    """More flow exceeds the demand; less does not serve it, and may be negative."""
    flow = gf.place(scenario).flow.copy()
    somewhere = {dim: data.draw(st.integers(0, size - 1), dim) for dim, size in flow.sizes.items()}
    change = data.draw(st.sampled_from([-7.0, -0.5, 0.5, 7.0]))
    flow[somewhere] += change
    table = gf.violations(scenario, flow)
    at = {dim: scenario.indexes[dim][position] for dim, position in somewhere.items()}
    wrong = table[table.constraint.isin(["demand not served", "demand exceeded"])]
    assert wrong.constraint.tolist() == ["demand exceeded" if change > 0 else "demand not served"]
    assert wrong.amount.item() == pytest.approx(abs(change), rel=1e-4)
    assert (wrong.client.item(), wrong.workload.item()) == (at["client"], at["workload"])
    assert (table.hour == at["hour"]).all()
    for dim in ("client", "region", "workload"):
        named = table[dim].notna() & (dim != "region" or table.constraint != "locality")
        assert (table[dim][named] == at[dim]).all()
    assert (table.amount > 0).all()


@settings(max_examples=20)
@given(scenarios())
def test_the_cheapest_flow_without_limits_breaks_what_it_ignores(scenario):
    """A flow placed without frictions and latency limits breaks only constraints that were ignored."""
    free = gf.place(scenario.assign(latency_budget=0 * scenario.latency_budget + 1e6), frictions=())
    table = gf.violations(scenario, free.flow)
    assert set(table.constraint) <= {"latency", "locality", "legal", "capacity"}
    late = table[table.constraint == "latency"]
    assert (late.unit == "ms").all()
    latency = gf.feasibility(scenario).latency_ms
    of_row = [
        float(latency.sel(client=row.client, workload=row.workload, region=row.region)) for row in late.itertuples()
    ]
    assert (late.amount + late.limit).to_numpy() == pytest.approx(np.array(of_row))
    assert (late.flow > 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda flow: flow.where(flow.region != "Q"),
            "'flow' has no finite number at 'a, Q, A, .*': use 0 for no flow",
        ),
        (lambda flow: flow.values, r"flow \(an ndarray\) is not a DataArray: pass the 'flow'"),
        (lambda flow: flow.astype(str), "'flow' has dtype <U"),
        (lambda flow: flow.drop_vars("region"), "'flow' has no labels for 'region'"),
        (lambda flow: flow.isel(region=[0]), "do not share the region labels 'Q', 'R'"),
        (lambda flow: flow.sum("workload"), r"'flow' has dims \(client, region, hour\)"),
    ],
)
def test_flows_that_do_not_fit_the_scenario_are_refused(change, message):
    scenario = three_regions()
    with pytest.raises(gf.GeofrontError, match=message):
        gf.violations(scenario, change(flow_of(scenario, P=10)))


def test_wrong_choices():
    scenario = three_regions()
    with pytest.raises(gf.GeofrontError, match="unknown frictions 'gravity'"):
        gf.violations(scenario, flow_of(scenario, P=10), frictions=["gravity"])
    with pytest.raises(gf.GeofrontError, match="'price' is missing"):
        gf.violations(scenario.drop_vars("price"), flow_of(scenario, P=10))


def test_the_scenario_and_the_flow_do_not_change():
    scenario = three_regions()
    flow = flow_of(scenario, P=4)
    before, flow_before = scenario.copy(deep=True), flow.copy(deep=True)
    gf.violations(scenario, flow)
    xr.testing.assert_identical(scenario, before)
    xr.testing.assert_identical(flow, flow_before)

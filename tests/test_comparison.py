"""Comparison of placements."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront import tables
from geofront.names import OBJECTIVE, OBJECTIVES, TOLERANCE
from geofront.quantities.comparison import compare, percent_change


def test_totals_relocated_share_and_changes_against_the_first():
    scenario = tiny(price={"P": 50, "Q": 20}, carbon={"P": 100, "Q": 150}, pinned_share=0.25, weight=100)
    table = compare({"local": gf.local(scenario), "moved": gf.place(scenario)})
    assert table.index.name == "case"
    assert table.index.tolist() == ["local", "moved"]
    assert table.loc["moved", list(gf.totals(gf.place(scenario)).index)].tolist() == pytest.approx(
        gf.totals(gf.place(scenario)).tolist()
    )
    assert table.relocated_share.tolist() == pytest.approx([0, 0.75])
    assert table.cost_change.tolist() == pytest.approx([0, 100 * ((12.5 + 15) / 50 - 1)])
    assert table.carbon_change.tolist() == pytest.approx([0, 37.5])


def test_placements_of_different_scenarios_compare():
    base, doubled = tiny(price={"P": 50, "Q": 60}), tiny(price={"P": 50, "Q": 60}, demand=20)
    table = compare({"base": gf.place(base), "double demand": gf.place(doubled)})
    assert table.cost.tolist() == pytest.approx([500, 1000])
    assert table.cost_change.tolist() == pytest.approx([0, 0])


def test_a_change_against_nothing_is_not_defined():
    table = compare({"clean": gf.local(tiny(carbon=0)), "dirty": gf.local(tiny(carbon=10))})
    assert table.carbon_change.isna().all()
    assert np.isnan(percent_change(3.0, 0.0))


def three_regions(**values):
    """10 MW of A at home P, 12 ms away; Q answers within 60 ms and R within 210."""
    return tiny(
        **{
            "regions": "PQR",
            "services": "P",
            "rtt": {"P": [2, 50, 200]},
            "price": {"P": 50, "Q": 30, "R": 20},
            "carbon": {"P": 100, "Q": 300, "R": 50},
            **values,
        }
    )


def flow_of(scenario, *mw):
    """The same flow in every hour, by region [MW]."""
    return 0 * gf.local(scenario).flow + xr.DataArray([float(each) for each in mw], dims="region")


def test_latency_that_requests_see():
    """Served within 12 ms is half of the demand, then 95 %, which is enough for the percentile, then 94 %."""
    scenario = three_regions(hours=2, weight=[0.4, 39.6])
    half = gf.evaluate(scenario, flow_of(scenario, 5, 5, 0))
    few = gf.evaluate(scenario, flow_of(scenario, 9.5, 0, 0.5))
    more = gf.evaluate(scenario, flow_of(scenario, 9.4, 0, 0.6))
    table = compare({"half": half, "few": few, "more": more}, scenario)
    assert table.latency_mean.tolist() == pytest.approx([36, 0.95 * 12 + 0.05 * 210, 0.94 * 12 + 0.06 * 210])
    assert table.latency_p95.tolist() == pytest.approx([60, 12, 210])


def test_latency_counts_round_trips_and_service_time():
    scenario = three_regions(workloads="AB", round_trips={"A": 1, "B": 3}, service_time={"A": 0, "B": 100})
    table = compare({"local": gf.local(scenario)}, scenario)
    assert table.latency_mean.tolist() == pytest.approx([(12 + 116) / 2])
    assert table.latency_p95.tolist() == pytest.approx([116])


def test_regret_against_the_least_cost():
    """R is cheapest: 20 USD/MWh, with 100 USD/t 25 against 60 at P and 60 in Q."""
    scenario = three_regions(weight=2)
    cases = {
        "local": gf.local(scenario),
        "Q": gf.evaluate(scenario, flow_of(scenario, 0, 10, 0)),
        "priced": gf.evaluate(scenario, flow_of(scenario, 0, 10, 0), carbon_price=100),
        "best": gf.place(scenario),
    }
    table = compare(cases, scenario)
    assert table.regret.tolist() == pytest.approx([30, 10, 35, 0])
    assert table.relative_regret.tolist() == pytest.approx([150, 50, 140, 0])
    assert table.attrs["units"]["regret"] == "USD/MWh"


def test_regret_of_emissions():
    scenario = three_regions()
    cases = {
        "cheapest to 60 ms": gf.evaluate(scenario, flow_of(scenario, 0, 10, 0)),
        "local": gf.local(scenario),
        "least": gf.place(scenario, objective="carbon"),
    }
    table = compare(cases, scenario, objective="carbon")
    assert table.regret.tolist() == pytest.approx([250, 50, 0])
    assert table.relative_regret.tolist() == pytest.approx([500, 100, 0])
    assert table.attrs["units"]["regret"] == "kg/MWh"


def test_regret_is_measured_under_the_frictions_of_each_case():
    """With half the demand pinned, the optimum costs (50 + 20) / 2 = 35 USD/MWh; without locality 20."""
    scenario = three_regions(pinned_share=0.5)
    flow = flow_of(scenario, 5, 0, 5)
    cases = {"with": gf.evaluate(scenario, flow), "without": gf.evaluate(scenario, flow, frictions=())}
    table = compare(cases, scenario)
    assert table.regret.tolist() == pytest.approx([0, 15])


def test_regret_of_what_breaks_a_constraint_may_be_negative():
    scenario = three_regions(latency_budget=100)
    table = compare({"too far": gf.evaluate(scenario, flow_of(scenario, 0, 0, 10))}, scenario)
    assert table.regret.tolist() == pytest.approx([-10])


def test_without_a_positive_optimum_the_relative_regret_is_not_defined():
    scenario = three_regions(price={"P": 50, "Q": 0, "R": -20})
    table = compare({"local": gf.local(scenario)}, scenario)
    assert table.regret.tolist() == pytest.approx([70])
    assert table.relative_regret.isna().all()


@settings(max_examples=15)
@given(scenarios(), friction_subsets, st.sampled_from(OBJECTIVES))
def test_no_feasible_placement_has_a_negative_regret(scenario, frictions, objective):
    choices = {"frictions": frictions, "carbon_price": 20.0}
    cases = {each: gf.place(scenario, objective=each, **choices) for each in OBJECTIVES}
    table = compare(cases | {"local": gf.local(scenario, carbon_price=20.0)}, scenario, objective=objective)
    if not scenario.demand.any():
        assert table[["regret", "latency_mean", "latency_p95"]].isna().all(axis=None)
        return
    slack = TOLERANCE * max(1.0, table[OBJECTIVE[objective].per_mwh].abs().max())
    assert table.regret[objective] == pytest.approx(0, abs=slack)
    assert (table.regret >= -slack).all()
    assert (table.latency_p95 >= 12).all()


def test_columns_have_descriptions_and_units():
    """Payments for carbon are a cost; every column has its unit, also in the table's heads."""
    scenario = three_regions(weight=2)
    cases = {"local": gf.local(scenario, carbon_price=50), "best": gf.place(scenario, carbon_price=50)}
    table = compare(cases, scenario)
    assert "carbon" not in table
    assert table.carbon_cost.tolist() == pytest.approx([0.05 * 2000, 0.05 * 1000])
    assert table.energy_cost.tolist() == pytest.approx([1000, 400])
    assert list(table.attrs["units"]) == list(table.attrs["long_names"]) == list(table)
    units = {
        "carbon_cost": "USD/yr",
        "emissions": "kg/yr",
        "demand_mwh": "MWh/yr",
        "carbon_per_mwh": "kg/MWh",
        "cost_change": "%",
        "latency_mean": "ms",
        "latency_p95": "ms",
        "regret": "USD/MWh",
        "relative_regret": "%",
    }
    assert {name: table.attrs["units"][name] for name in units} == units
    assert list(compare({"local": gf.local(scenario)}).attrs["units"]) == list(compare({"local": gf.local(scenario)}))


def test_table_for_readers():
    scenario = three_regions(pinned_share=0.25)
    table = tables.compare(compare({"local": gf.local(scenario), "best": gf.place(scenario)}, scenario))
    assert table.loc["best"].to_dict() == pytest.approx(
        {
            "Cost": 27.5,
            "Emissions": 62.5,
            "Relocated share": 75,
            "Change of cost": -45,
            "Change of emissions": -37.5,
            "Mean latency": 0.25 * 12 + 0.75 * 210,
            "95th percentile of latency": 210,
            "Regret": 0,
            "Relative regret": 0,
        }
    )
    shown = repr(tables.show(table))
    for head in (
        "Case",
        "Cost [USD/MWh]",
        "Emissions [kg/MWh]",
        "Relocated share [%]",
        "Mean latency [ms]",
        "Regret [USD/MWh]",
    ):
        assert head in shown
    assert "Regret" not in tables.compare(compare({"local": gf.local(scenario)}))


def test_placements_of_another_scenario_have_no_regret():
    scenario = three_regions()
    with pytest.raises(gf.GeofrontError, match="'cheap' is a placement of another scenario"):
        compare({"cheap": gf.place(three_regions(price=5))}, scenario)
    with pytest.raises(gf.GeofrontError, match="does not add up to 'demand'"):
        compare({"more": gf.place(three_regions(demand=20))}, scenario)
    with pytest.raises(gf.GeofrontError, match="objective='fame' is unknown"):
        compare({"local": gf.local(scenario)}, scenario, objective="fame")
    with pytest.raises(gf.GeofrontError, match="placements is a Dataset, not a mapping: give placements by name"):
        compare(scenario, {"local": gf.local(scenario)})


def test_other_arguments_than_placements_are_refused():
    with pytest.raises(gf.GeofrontError, match="nothing to compare"):
        compare({})
    with pytest.raises(gf.GeofrontError, match=r"placements\['base'\] is a scenario, not a placement"):
        compare({"base": tiny()})

"""Evaluation of given flows: the results of a placement, other carbon signals, and invalid flows."""

import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.placement import evaluate


def test_another_carbon_signal_changes_all_emissions_and_no_flow():
    scenario = tiny(
        hours=2, price={"P": [50, 10], "Q": [20, 20]}, carbon={"P": 100, "Q": 300}, pue={"P": 1, "Q": 1.5}, warmup=0.5
    )
    placement = gf.place(scenario)
    other = scenario.assign(carbon=scenario.carbon * 0 + 1000)
    result = evaluate(other, placement.flow)
    assert (result.flow == placement.flow).all()
    # 10 MW at home in one hour, away in the other, with a warm-up of half an hour at full power.
    assert gf.totals(placement).emissions == pytest.approx(10 * 100 + 15 * 300 + 7.5 * 300)
    assert gf.totals(result).emissions == pytest.approx((10 + 15 + 7.5) * 1000)
    assert gf.totals(result).cost == pytest.approx(gf.totals(placement).cost)


def test_a_flow_that_does_not_serve_the_demand_is_refused():
    scenario = tiny()
    flow = gf.local(scenario).flow
    with pytest.raises(gf.GeofrontError, match=r"does not add up to 'demand' at 'a, A, .*by up to 5 MW"):
        evaluate(scenario, flow * 0.5)
    with pytest.raises(gf.GeofrontError, match="does not add up to 'demand'"):
        evaluate(scenario, flow * float("nan"))


def test_a_small_demand_beside_a_large_one_must_be_served():
    scenario = gf.scenario(
        demand=pd.Series([10000.0, 0.009], ["P", "Q"]),
        price=pd.Series([50.0, 20.0], ["P", "Q"]),
        carbon=1,
        capacity=2e4,
    )
    flow = gf.local(scenario).flow
    with pytest.raises(gf.GeofrontError, match=r"does not add up to 'demand' at 'Q, all, 0', by up to 0.009 MW"):
        evaluate(scenario, flow.where(flow.client != "Q", 0))


def test_negative_flows_are_refused():
    flow = gf.local(tiny()).flow
    exchanged = flow + xr.DataArray([2.0, -2.0], {"region": ["P", "Q"]}, "region")
    with pytest.raises(gf.GeofrontError, match=r"'flow' is negative at 'a, Q, A, .*, down to -2 MW: give 0 or more"):
        evaluate(tiny(), exchanged)


def test_a_flow_of_other_labels_or_dims_is_refused():
    flow = gf.local(tiny()).flow
    with pytest.raises(gf.GeofrontError, match="do not share the region labels 'R': use the scenario"):
        evaluate(tiny(regions="PQR"), flow)
    with pytest.raises(gf.GeofrontError, match=r"has dims \(client, region, workload\)"):
        evaluate(tiny(), flow.isel(hour=0))


@settings(max_examples=15)
@given(scenario=scenarios(), frictions=friction_subsets, carbon_price=st.sampled_from([0.0, 80.0]))
def test_an_optimum_evaluated_is_the_optimum(scenario, frictions, carbon_price):
    options = {"carbon_price": carbon_price, "frictions": frictions}
    placement = gf.place(scenario, **options)
    shuffled = placement.flow.isel(region=slice(None, None, -1)).transpose("hour", ...)
    result = evaluate(scenario, shuffled, **options)
    for name in ("flow", "cost", "emissions", "energy", "used_capacity"):
        assert result[name].values == pytest.approx(placement[name].values, abs=1e-9)

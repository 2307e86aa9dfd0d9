"""Relocatable demand: cases solved by hand, and what must hold between its levels in any scenario."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.model.costs import with_frictions
from geofront.names import TOLERANCE
from geofront.placement import evaluate
from geofront.quantities.relocation import relocatable, relocatable_by_class, relocated

CHEAP_AWAY = {"P": 50, "Q": 20}


def levels(result, client="a", workload="A"):
    return result.rid.sel(client=client, workload=workload).to_series().to_dict()


def test_pinned_demand_and_the_regulated_share_of_an_unlawful_region_are_not_relocatable():
    scenario = tiny(
        price=CHEAP_AWAY, weight=100, pinned_share=0.25, regulated_share=0.5, lawful={"a": {"P": True, "Q": False}}
    )
    result = relocatable(scenario)
    expected = pytest.approx(0.75 * 0.5 * 10 * 100)
    assert levels(result) == {"technical": expected, "economic": expected, "realised": expected}
    assert result.share.values == pytest.approx(0.375)
    assert result.demand.item() == pytest.approx(1000)


def test_one_lawful_region_within_the_budget_opens_the_whole_movable_share():
    scenario = tiny(regions="PQR", regulated_share=0.5, lawful={"a": {"P": True, "Q": False, "R": True}})
    assert levels(relocatable(scenario))["technical"] == pytest.approx(10)
    scenario["rtt"].loc[{"service": "P", "region": "R"}] = 5000.0
    result = relocatable(scenario)
    assert levels(result)["technical"] == pytest.approx(5)
    assert result.regions.item() == 1


def test_the_regulated_share_moves_economically_only_where_a_lawful_region_is_cheaper():
    scenario = tiny(
        regions="PQR",
        regulated_share=0.4,
        price={"P": 50, "Q": 20, "R": 60},
        lawful={"a": {"P": True, "Q": False, "R": True}},
    )
    assert levels(relocatable(scenario)) == pytest.approx({"technical": 10, "economic": 6, "realised": 6})


def test_beyond_the_latency_budget_nothing_is_relocatable():
    result = relocatable(tiny(price=CHEAP_AWAY, latency_budget=59))
    assert levels(result) == {"technical": 0, "economic": 0, "realised": 0}
    assert levels(relocatable(tiny(price=CHEAP_AWAY, latency_budget=60)))["technical"] == pytest.approx(10)


def test_only_the_hours_in_which_the_region_is_cheaper_are_economic():
    scenario = tiny(hours=3, weight=[1, 10, 100], price={"P": [50, 50, 50], "Q": [20, 80, 49]})
    expected = {"technical": 1110, "economic": 1010, "realised": 1010}
    assert levels(relocatable(scenario)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "friction",
    [
        {"overhead_cost": 31},
        {"overhead_energy": 2},
        {"upload": 100, "egress_request": 0.31},
        {"download": 310, "egress_response": 0.1},
    ],
)
def test_overhead_and_egress_can_make_a_cheaper_region_uneconomic(friction):
    scenario = tiny(price=CHEAP_AWAY, **friction)
    assert levels(relocatable(scenario)) == {"technical": pytest.approx(10), "economic": 0, "realised": 0}
    free = relocatable(scenario, frictions=("locality", "legal", "capacity"))
    assert levels(free)["economic"] == pytest.approx(10)


def test_scarce_capacity_away_keeps_realised_below_economic():
    result = relocatable(tiny(price=CHEAP_AWAY, capacity={"P": 10, "Q": 3}))
    assert levels(result) == pytest.approx({"technical": 10, "economic": 10, "realised": 3})


def test_scarce_capacity_at_home_lifts_realised_above_economic():
    scenario = tiny(price={"P": 20, "Q": 50}, capacity={"P": 6, "Q": 100})
    assert levels(relocatable(scenario)) == pytest.approx({"technical": 10, "economic": 0, "realised": 4})


def test_staying_away_through_a_dear_hour_to_save_a_warm_up_lifts_realised_above_economic():
    scenario = tiny(hours=3, price={"P": [50, 50, 50], "Q": [20, 51, 20]}, warmup=2)
    assert levels(relocatable(scenario)) == pytest.approx({"technical": 30, "economic": 20, "realised": 30})


def test_a_carbon_price_turns_relocation_economic():
    scenario = tiny(price={"P": 50, "Q": 60}, carbon={"P": 500, "Q": 100})
    assert levels(relocatable(scenario, carbon_price=20))["economic"] == 0
    assert levels(relocatable(scenario, carbon_price=30))["economic"] == pytest.approx(10)


def test_a_placement_brings_its_own_frictions_and_carbon_price():
    scenario = tiny(price={"P": 50, "Q": 60}, carbon={"P": 500, "Q": 100}, pinned_share=0.5)
    placement = gf.place(scenario, carbon_price=30, frictions=["capacity"])
    result = relocatable(scenario, placement)
    assert levels(result) == pytest.approx({"technical": 10, "economic": 10, "realised": 10})
    assert result.attrs == {"frictions": ("capacity",), "carbon_price": 30.0}


def test_realised_under_least_emissions():
    """Q is more expensive and cleaner: everything moves although nothing gains by it."""
    scenario = tiny(price={"P": 20, "Q": 50}, carbon={"P": 100, "Q": 40})
    rid = relocatable(scenario, objective="carbon").rid.sum(("client", "workload"))
    assert rid.sel(level=["technical", "economic", "realised"]).values.tolist() == pytest.approx([10, 0, 10])


def test_other_settings_than_the_placement_s_are_refused():
    scenario = tiny(price=CHEAP_AWAY)
    placement = gf.place(scenario, carbon_price=30, frictions=["capacity"])
    with pytest.raises(gf.GeofrontError, match="carbon_price=30, not 0: place the scenario again"):
        relocatable(scenario, placement, carbon_price=0.0)
    with pytest.raises(gf.GeofrontError, match="frictions capacity, not migration, egress"):
        relocatable(scenario, placement, frictions=gf.FRICTIONS)


def test_another_scenario_s_placement_is_refused():
    placement = gf.place(tiny(price=CHEAP_AWAY))
    with pytest.raises(gf.GeofrontError, match="do not share the region labels 'R'"):
        relocatable(tiny(regions="PQR"), placement)


def test_invalid_scenarios_and_carbon_prices_are_refused():
    scenario = tiny(price=CHEAP_AWAY)
    placement = gf.place(scenario)
    with pytest.raises(gf.GeofrontError, match="'pue' is missing"):
        relocatable(scenario.drop_vars("pue"), placement)
    with pytest.raises(gf.GeofrontError, match="carbon_price='a' is not a number"):
        relocatable(scenario, placement, carbon_price="a")


def test_a_class_without_demand_has_no_share():
    scenario = tiny(workloads="AB", price=CHEAP_AWAY, demand={"a": {"A": 10, "B": 0}})
    result = relocatable(scenario)
    assert result.rid.sel(workload="B").values == pytest.approx(0)
    assert result.share.sel(workload="B").isnull().all()


def test_by_class_sums_clients_and_classes():
    scenario = tiny(
        clients={"a": "P", "b": "Q"},
        workloads="AB",
        price=CHEAP_AWAY,
        demand={"a": {"A": 4, "B": 2}, "b": {"A": 6, "B": 0}},
    )
    table = relocatable_by_class(relocatable(scenario))
    assert list(table.index) == ["A", "B", "all"]
    assert table.demand.tolist() == pytest.approx([10, 2, 12])
    assert table.technical.tolist() == pytest.approx([10, 2, 12])
    assert table.economic.tolist() == pytest.approx([4, 2, 6])
    assert table.economic_share.tolist() == pytest.approx([0.4, 1, 0.5])


@settings(max_examples=20)
@given(scenario=scenarios(), frictions=friction_subsets, carbon_price=st.sampled_from([0.0, 80.0]))
def test_technical_bounds_the_other_levels(scenario, frictions, carbon_price):
    result = relocatable(scenario, frictions=frictions, carbon_price=carbon_price)
    rid = {level: result.rid.sel(level=level).values for level in result.level.values}
    most = rid["technical"] + TOLERANCE * (1 + result.demand.values)
    assert (rid["technical"] <= result.demand.values + 1e-9).all()
    assert (rid["economic"] <= most).all()
    assert (rid["realised"] <= most).all()
    assert all((level >= 0).all() for level in rid.values())


@settings(max_examples=15)
@given(scenario=scenarios(), frictions=friction_subsets, carbon_price=st.sampled_from([0.0, 80.0]))
def test_economic_demand_is_what_unit_costs_and_feasibility_say(scenario, frictions, carbon_price):
    stay = gf.local(scenario).flow
    result = relocatable(scenario, evaluate(scenario, stay, carbon_price=carbon_price, frictions=frictions))
    active = with_frictions(scenario, frictions)
    unit = gf.unit_costs(scenario, carbon_price=carbon_price, frictions=frictions).total
    masks = gf.feasibility(active)
    for client in scenario.client.values:
        home = scenario.home.sel(client=client).item()
        saving = unit.sel(service=home, region=home) - unit.sel(service=home)
        pays = (saving > 0) & masks.latency.sel(client=client) & (scenario.region != home)
        lawful = (pays & masks.lawful.sel(client=client)).any("region")
        regulated = active.regulated_share.sel(client=client)
        share = (1 - active.pinned_share) * (regulated * lawful + (1 - regulated) * pays.any("region"))
        expected = (share * active.demand.sel(client=client) * scenario.weight).sum("hour")
        got = result.rid.sel(level="economic", client=client)
        np.testing.assert_allclose(got.values, expected.sel(workload=got.workload).values, atol=1e-9)


@settings(max_examples=15)
@given(scenario=scenarios())
def test_nothing_is_relocated_locally(scenario):
    assert float(relocated(scenario, gf.local(scenario).flow).max()) == 0

"""Execution layers: cases solved by hand, and shares that add up to 1 in any scenario."""

import numpy as np
import pytest
from hypothesis import given, settings
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.names import LAYERS
from geofront.quantities.layers import layer_of, layers
from geofront.quantities.relocation import relocated

NEAR_AND_FAR = {"P": {"P": 2, "Q": 100, "R": 101}, "Q": {"P": 100, "Q": 2, "R": 30}, "R": {"P": 101, "Q": 30, "R": 2}}


def three_regions(**values):
    return tiny(
        regions="PQR", rtt=NEAR_AND_FAR, price={"P": 50, "Q": 30, "R": 20}, capacity={"P": 10, "Q": 3, "R": 5}, **values
    )


def test_a_round_trip_of_just_the_limit_is_still_regional():
    masks = layer_of(three_regions())
    where = {layer: set(masks.region.values[masks.sel(layer=layer, client="a").values]) for layer in LAYERS}
    assert where == {"local": {"P"}, "regional": {"Q"}, "energy-oriented": {"R"}}


def test_shares_and_power_of_each_layer():
    scenario = three_regions(hours=2, weight=[1, 9])
    result = layers(scenario, gf.place(scenario))
    assert result.share.sel(workload="A").values == pytest.approx([0.2, 0.3, 0.5])
    assert result.share_of_all.values == pytest.approx([0.2, 0.3, 0.5])
    assert result.power.sel(layer="energy-oriented", region="R", workload="A").values == pytest.approx([5, 5])
    assert float(result.power.sel(layer="energy-oriented", region=["P", "Q"]).max()) == 0


def test_shares_weigh_hours_and_classes_by_energy():
    scenario = three_regions(hours=2, weight=[1, 9], workloads="AB", demand={"a": {"A": [5, 0], "B": [0, 10]}})
    result = layers(scenario, gf.place(scenario))
    assert result.share.sel(workload="A").values == pytest.approx([0, 0, 1])
    assert result.share.sel(workload="B").values == pytest.approx([0.2, 0.3, 0.5])
    assert result.share_of_all.values == pytest.approx([18 / 95, 27 / 95, 50 / 95])


def test_the_limit_between_regional_and_energy_oriented_can_be_moved():
    scenario = three_regions()
    placement = gf.place(scenario)
    assert layers(scenario, placement, regional_rtt=99).share_of_all.values == pytest.approx([0.2, 0, 0.8])
    assert layers(scenario, placement, regional_rtt=101).share_of_all.values == pytest.approx([0.2, 0.8, 0])


def test_a_class_without_demand_has_no_shares():
    scenario = three_regions(workloads="AB", demand={"a": {"A": 10, "B": 0}})
    result = layers(scenario, gf.place(scenario))
    assert result.share.sel(workload="B").isnull().all()
    assert result.share_of_all.sum() == pytest.approx(1)


def test_another_scenario_s_placement_is_refused():
    with pytest.raises(gf.GeofrontError, match="do not share the region labels 'R'"):
        layers(three_regions(), gf.place(tiny()))


@settings(max_examples=20)
@given(scenario=scenarios(), frictions=friction_subsets)
def test_layers_are_a_partition(scenario, frictions):
    placement = gf.place(scenario, frictions=frictions)
    result = layers(scenario, placement)
    assert (layer_of(scenario).sum("layer") == 1).all()
    demand = scenario.demand.sum(("client", "hour"))
    total = result.share.sum("layer", min_count=1)
    np.testing.assert_allclose(total.values, np.where(demand > 0, 1.0, np.nan))
    executed = placement.flow.sum("client").transpose("region", "workload", "hour")
    np.testing.assert_allclose(result.power.sum("layer").values, executed.values, atol=1e-9)
    away = result.power.sel(layer=["regional", "energy-oriented"]).sum(("layer", "region"))
    moved = relocated(scenario, placement.flow).sum("client")
    np.testing.assert_allclose((away * scenario.weight).sum("hour").values, moved.values, atol=1e-7)

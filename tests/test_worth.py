"""Worth of relaxed limits: by hand, and against the saving of relaxing them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from scenarios import scenarios, tiny

import geofront as gf
from geofront.errors import GeofrontError
from geofront.inputs import loaders
from geofront.names import TOLERANCE, WORKLOAD
from geofront.quantities.worth import building_cost

pytestmark = pytest.mark.slow

SMALL = 1e-5
"""Change of a limit, small enough to keep the basis in most scenarios."""


def three_regions():
    """10 MW at home P at 60 USD; Q (30 USD) has 4 MW and is lawful; R (20 USD) is in reach but not lawful, S is far.

    Half of the demand is regulated and a tenth pinned, for 100 hours.
    """
    return tiny(
        regions="PQRS",
        price={"P": 60, "Q": 30, "R": 20, "S": 10},
        capacity={"P": 20, "Q": 4, "R": 20, "S": 20},
        rtt={"P": [2, 50, 50, 150], "Q": 50, "R": 50, "S": 50},
        latency_budget=100,
        regulated_share=0.5,
        pinned_share=0.1,
        lawful={"a": [True, True, False, False]},
        weight=100,
    )


def cost(scenario):
    return gf.totals(gf.place(scenario)).cost


def test_capacity_replaces_home():
    """4.5 MW may go only to Q, which has 4: one more MW there replaces P in 100 hours."""
    table = gf.capacity_worth(gf.place(three_regions()))
    assert table.loc["Q", "worth"] == pytest.approx(100 * 30)
    assert table.loc["Q", "scarce_hours"] == 100
    assert (table.drop("Q") == 0).all(axis=None)


def test_locality():
    """One percent of 1000 MWh: half of it moves to R and saves 40, half finds Q full and stays at home."""
    assert gf.locality_worth(gf.place(three_regions())).worth.to_dict() == {"A": pytest.approx(10 * 0.5 * 40)}


def test_law():
    """All 450 regulated MWh would save 40 in R; S is out of reach."""
    scenario = three_regions()
    jurisdictions = pd.Series({"P": "home", "Q": "home", "R": "far", "S": "far"})
    table = gf.law_worth(scenario, gf.place(scenario), pd.Series({"a": "home"}), jurisdictions)
    assert table.index.tolist() == [("home", "far")]
    assert table.worth.tolist() == [pytest.approx(450 * 40)]
    assert table.demand.tolist() == [pytest.approx(450)]


def test_latency():
    """S is 60 ms too far, not lawful, and saves 10 USD against R for the 450 MWh that are not regulated."""
    scenario = three_regions()
    table = gf.latency_worth(scenario, gf.place(scenario))
    assert table.index.tolist() == [("a", "A")]
    assert table.region.tolist() == ["S"]
    assert table.extra_ms.tolist() == [pytest.approx(60)]
    assert table.worth.tolist() == [pytest.approx(450 * 10)]
    assert table.worth_per_ms.tolist() == [pytest.approx(450 * 10 / 60)]


def test_shadow_prices_of_a_placement():
    """A regulated MWh costs 60 at the margin, a free one 20; a pinned one costs 60 instead of 40."""
    placement = gf.place(three_regions())
    assert placement.law_price.values.ravel() == pytest.approx([40])
    assert placement.locality_price.values.ravel() == pytest.approx([20])
    assert placement.law_price.attrs["units"] == placement.locality_price.attrs["units"] == "USD/MWh"


@settings(max_examples=25)
@given(scenarios())
def test_worth_bounds_the_difference(scenario):
    """The optimum is convex in its limits: more capacity saves at most its worth, less costs at least that."""
    placement = gf.place(scenario)
    least = gf.totals(placement).cost
    worth = gf.capacity_worth(placement)
    scale = TOLERANCE * max(1.0, float((scenario.demand * scenario.weight).sum()) * 500)
    for region in worth.index[np.isfinite(scenario.capacity).all(set(scenario.capacity.dims) - {"region"})]:
        more = scenario.assign(capacity=scenario.capacity + SMALL * (scenario.region == region))
        saved = (least - cost(more)) / SMALL
        assert saved <= worth.worth[region] + scale / SMALL


@settings(max_examples=25)
@given(scenarios())
def test_unpinning_saves_at_most_its_worth(scenario):
    placement = gf.place(scenario)
    worth = gf.locality_worth(placement).worth
    step = scenario.pinned_share.clip(max=0.01)
    for label in worth.index:
        change = step * (scenario[WORKLOAD] == label)
        percent = 100 * float(change.sum())
        assume(percent > 0)
        saved = gf.totals(placement).cost - cost(scenario.assign(pinned_share=scenario.pinned_share - change))
        demand = float((scenario.demand * scenario.weight).sum())
        assert saved <= percent * worth[label] + TOLERANCE * max(1.0, 500 * demand)


def test_local_execution_has_no_shadow_prices():
    with pytest.raises(GeofrontError, match=r"with shadow prices: it lacks 'capacity_price'.*what gf\.place returned"):
        gf.capacity_worth(gf.local(three_regions()))


def test_every_region_needs_a_jurisdiction():
    scenario = three_regions()
    with pytest.raises(GeofrontError, match="regions 'S' have no jurisdiction"):
        gf.law_worth(scenario, gf.place(scenario), pd.Series({"a": "x"}), pd.Series({"P": "x", "Q": "x", "R": "x"}))


def test_every_region_has_one_jurisdiction():
    scenario = three_regions()
    twice = pd.Series(["x", "x", "y", "x", "x"], ["P", "Q", "Q", "R", "S"])
    with pytest.raises(GeofrontError, match="regions 'Q' have several jurisdictions"):
        gf.law_worth(scenario, gf.place(scenario), pd.Series({"a": "x"}), twice)


def test_building_cost_is_an_annuity():
    """11.7 million USD over 20 years at 7 % take 0.094393 of it each year."""
    assert building_cost() == pytest.approx(11.7e6 * 0.0943929257, rel=1e-8)
    assert building_cost("low") < building_cost() < building_cost("high")


def test_machines_are_a_second_annuity():
    """20.2 million USD over 5 years at 7 % take 0.243891 of it each year."""
    assert building_cost(machines=True) == pytest.approx(building_cost() + 20.2e6 * 0.2438906944, rel=1e-8)
    assert building_cost("low", machines=True) < building_cost(machines=True) < building_cost("high", machines=True)


def test_machines_need_their_rows(tmp_path):
    loaders.building().drop("machines_capex").to_csv(tmp_path / "building.csv")
    assert building_cost(tables_dir=tmp_path) == building_cost()
    with pytest.raises(GeofrontError, match=r"building: missing parameter\(s\) 'machines_capex'"):
        building_cost(tables_dir=tmp_path, machines=True)


def test_every_value_of_the_building_has_its_provenance():
    provenance = loaders.provenance("building").set_index(["parameter", "column"])
    values = loaders.building()[["value", "low", "high"]].stack()
    assert sorted(provenance.index) == sorted(values.index)
    assert provenance.value.astype(float).reindex(values.index).tolist() == values.tolist()
    assert provenance.source.str.len().gt(5).all()
    assert set(provenance.confidence) <= {"published", "published-proxy", "derived", "estimated"}


def small_world(**changes):
    """40 MW at home P for 60 USD; Q (30 USD) has 4 MW, R (20 USD) 10, both lawful; a quarter is pinned."""
    return tiny(
        regions="PQR",
        demand=40,
        price={"P": 60, "Q": 30, "R": 20},
        capacity={"P": 60, "Q": 4, "R": 10},
        rtt={"P": [2, 50, 50], "Q": 50, "R": 50},
        latency_budget=100,
        pinned_share=0.25,
        weight=100,
        **changes,
    )


def test_capacity_range():
    """Of 30 MW that may move, 14 do. At their full worth, Q and R may lose their capacity or double it."""
    scenario = small_world()
    table = gf.capacity_range(scenario, gf.place(scenario))
    assert table.to_dict("index") == {"R": {"less": 10, "more": 10}, "Q": {"less": 4, "more": 4}}


def test_capacity_is_worth_little_beyond_demand():
    """Half a megawatt is left to move to Q: the mean saving is 30·0.5/δ, 5 % below 30 at 0.526 and 2 % at 0.51."""
    scenario = three_regions()
    table = gf.capacity_range(scenario, gf.place(scenario), warm_start=gf.WarmStart())
    assert 0.5 / 0.98 <= table.more["Q"] <= 0.5 / 0.95
    assert table.less["Q"] == 4


def test_only_the_most_valuable_ranges():
    scenario = small_world()
    assert gf.capacity_range(scenario, gf.place(scenario), largest=1).index.tolist() == ["R"]


def test_locality_range():
    """Demand that may leave fills R and Q at once: each point saves 0.4 MW of P. No room is left: worth nothing."""
    assert gf.locality_range(small_world(), gf.place(small_world())).empty
    roomy = small_world().assign(capacity=small_world().capacity * 4)
    table = gf.locality_range(roomy, gf.place(roomy))
    assert table.to_dict("index") == {"A": {"less": 10, "more": 10}}


def test_locality_is_worth_little_when_the_cheap_region_is_full():
    """R has room for 31 MW and takes 30, so after 2.5 points of 40 MW the next saving is 0: 2.5/δ is 5 % below 1."""
    scenario = small_world()
    scenario["capacity"].loc[{"region": "R"}] = 31
    scenario["capacity"].loc[{"region": "Q"}] = 0
    table = gf.locality_range(scenario, gf.place(scenario))
    assert 2.5 / 0.98 <= table.more["A"] <= 2.5 / 0.95
    assert table.less["A"] == 10


def test_law_range():
    """All 4.5 regulated MW fit into R beside the 4.5 free ones; with room for 7 only 2.5 do: a part of 0.56."""
    jurisdictions = pd.Series({"a": "home"}), pd.Series({"P": "home", "Q": "home", "R": "far", "S": "far"})
    scenario = three_regions()
    scenario["capacity"].loc[{"region": "Q"}] = 0
    assert gf.law_range(scenario, gf.place(scenario), *jurisdictions).more.to_dict() == {("home", "far"): 1}
    scenario["capacity"].loc[{"region": "R"}] = 7
    part = gf.law_range(scenario, gf.place(scenario), *jurisdictions).more.item()
    lawful = scenario.assign(lawful=scenario.lawful | True)
    assert gf.law_range(lawful, gf.place(lawful), *jurisdictions).empty
    assert 2.5 / 4.5 / 0.98 <= part <= 2.5 / 4.5 / 0.95


@settings(max_examples=15)
@given(scenarios())
def test_worth_holds_within_its_range(scenario):
    placement = gf.place(scenario)
    worth, least = gf.capacity_worth(placement).worth, gf.totals(placement).cost
    tolerance = TOLERANCE * max(1.0, float((scenario.demand * scenario.weight).sum()) * 500)
    for region, change in gf.capacity_range(scenario, placement, largest=1).more.items():
        saved = least - cost(scenario.assign(capacity=scenario.capacity + change * (scenario.region == region)))
        assert 0.95 * change * worth[region] - tolerance <= saved <= change * worth[region] + tolerance


@pytest.mark.parametrize("extra", [10.0, 60.0, 80.0])
def test_a_larger_budget_saves_what_latency_worth_says(extra):
    """S has room for all: nothing is saved before the budget reaches it, and the whole worth from then on."""
    scenario = three_regions()
    table = gf.latency_worth(scenario, gf.place(scenario)).loc[("a", "A")]
    saved = cost(scenario) - cost(scenario.assign(latency_budget=scenario.latency_budget + extra))
    assert saved == pytest.approx(table.worth if extra >= table.extra_ms else 0, abs=1e-6)


@settings(max_examples=15)
@given(scenarios())
def test_a_larger_budget_saves_at_most_latency_worth(scenario):
    """With one client, the budget of its class is that of the pair."""
    scenario = scenario.isel(client=[0])
    placement = gf.place(scenario)
    table = gf.latency_worth(scenario, placement)
    tolerance = TOLERANCE * max(1.0, 500 * float((scenario.demand * scenario.weight).sum()))
    for (_, workload), row in table.iterrows():
        extra = row.extra_ms * (1 + TOLERANCE) * (scenario[WORKLOAD] == workload)
        saved = gf.totals(placement).cost - cost(scenario.assign(latency_budget=scenario.latency_budget + extra))
        assert saved <= row.worth + tolerance


def test_a_small_part_of_a_transfer_saves_its_worth():
    """A hundredth of the regulated demand becomes free: with only R beyond the law, the saving is that of the pair."""
    scenario = three_regions()
    jurisdictions = pd.Series({"P": "home", "Q": "home", "R": "far", "S": "far"})
    worth = gf.law_worth(scenario, gf.place(scenario), pd.Series({"a": "home"}), jurisdictions).worth.item()
    freed = cost(scenario) - cost(scenario.assign(regulated_share=scenario.regulated_share * 0.99))
    assert freed == pytest.approx(0.01 * worth)


@settings(max_examples=15)
@given(scenarios())
def test_a_lawful_transfer_saves_at_most_its_worth(scenario):
    of_client = pd.Series("x", scenario.client.values)
    of_region = pd.Series(scenario.region.values, scenario.region.values)
    placement = gf.place(scenario)
    tolerance = TOLERANCE * max(1.0, 500 * float((scenario.demand * scenario.weight).sum()))
    for (_, region), worth in gf.law_worth(scenario, placement, of_client, of_region).worth.head(2).items():
        opened = scenario.assign(lawful=scenario.lawful | (scenario.region == region))
        assert gf.totals(placement).cost - cost(opened) <= worth + tolerance

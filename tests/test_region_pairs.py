"""Local purchase, lines and relocation for every pair of regions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import geofront as gf
from geofront.inputs import loaders
from geofront.quantities.hvdc_link import CASES
from geofront.quantities.region_pairs import WAYS

pytestmark = pytest.mark.slow

REGIONS = ["ca-ontario", "us-virginia", "sg-singapore", "br-saopaulo"]
RTOL = 1e-9


@pytest.fixture(scope="module")
def ways():
    return gf.ways_by_pair(REGIONS)


def test_a_pair_has_the_costs_of_its_distance_and_its_users_pue(ways):
    table = loaders.regions()
    km = float(ways.distance.sel(source="ca-ontario", user="sg-singapore"))
    alone = gf.transmission_or_relocation([km], source="ca-ontario", pue_user=table.at["sg-singapore", "pue"])
    pair = ways.sel(source="ca-ontario", user="sg-singapore")
    for option in alone.option.values:
        assert float(pair.cost.sel(option=option)) == pytest.approx(
            float(alone.cost.sel(option=option).item()), rel=RTOL
        )
        assert bool(pair.feasible.sel(option=option)) == bool(alone.feasible.sel(option=option).item())


def test_local_purchase_is_price_times_pue_at_the_users_site(ways):
    # Singapore: 184.30 USD/MWh at a PUE of 1.3.
    bought = ways.cost.sel(option="local", user="sg-singapore").drop_sel(source="sg-singapore")
    np.testing.assert_allclose(bought, 1.3 * 184.3, rtol=RTOL)


def test_local_purchase_pays_for_the_carbon_of_its_own_electricity():
    # 349 kg/MWh in Singapore at 100 USD/t.
    priced = gf.ways_by_pair(["ca-ontario", "sg-singapore"], carbon_price=100.0)
    bought = float(priced.cost.sel(option="local", source="ca-ontario", user="sg-singapore"))
    assert bought == pytest.approx(1.3 * (184.3 + 34.9), rel=RTOL)


def test_the_cheapest_way_is_in_time_and_no_other_is_cheaper(ways):
    for source in REGIONS:
        for user in REGIONS:
            pair = ways.sel(source=source, user=user)
            for name in ways.workload.values:
                chosen = pair.cheapest.sel(workload=name).item()
                if source == user:
                    assert chosen == ""
                    continue
                costs = {
                    WAYS[0]: float(pair.cost.sel(option="local")),
                    WAYS[1]: float(pair.cost[pair.kind.values == WAYS[1]].min()),
                }
                if pair.feasible.sel(option=name):
                    costs[WAYS[2]] = float(pair.cost.sel(option=name))
                assert costs[chosen] == min(costs.values())


def test_requests_out_of_reach_are_not_moved(ways):
    # Toronto's requests cost a fifth of electricity in Singapore, but class A does not reach it in time.
    cheapest = ways.cheapest.sel(source="ca-ontario", user="sg-singapore").to_series()
    assert cheapest["A"] != "relocation"
    assert cheapest["D"] == "relocation"


def test_expensive_electricity_is_sent_nowhere(ways):
    others = ways.cheapest.sel(source="sg-singapore").drop_sel(user="sg-singapore")
    assert (others == "local").all()


def test_break_evens_are_those_of_each_source(ways):
    alone = gf.break_even_distance(source="br-saopaulo")
    np.testing.assert_allclose(
        ways.break_even.sel(source="br-saopaulo"),
        alone.break_even.transpose(*ways.break_even.sel(source="br-saopaulo").dims),
        rtol=RTOL,
    )
    np.testing.assert_allclose(ways.reach, alone.reach, rtol=RTOL)


def test_units_and_names(ways):
    assert {name: ways[name].attrs["units"] for name in ("cost", "distance", "break_even", "reach")} == {
        "cost": "USD/MWh",
        "distance": "km",
        "break_even": "km",
        "reach": "km",
    }
    assert ways.label.sel(option="local").item() == "Bought locally"


@pytest.mark.parametrize(
    ("given", "message"),
    [({"regions": ["atlantis"]}, "atlantis"), ({"regions": []}, "regions"), ({"carbon_signal": "guess"}, "guess")],
)
def test_unknown_regions_and_signals_are_named(given, message):
    with pytest.raises(gf.GeofrontError, match=message):
        gf.ways_by_pair(**given)


@given(st.sampled_from(CASES), st.sampled_from(gf.CARBON_SIGNALS), st.floats(0, 300), st.sampled_from(gf.PRICE_SCOPES))
@settings(max_examples=8, deadline=None)
def test_the_cheapest_way_costs_no_more_than_local_purchase_and_no_class_is_late(case, signal, carbon_price, scope):
    ways = gf.ways_by_pair(
        ["au-melbourne", "uk-london"], case=case, carbon_signal=signal, carbon_price=carbon_price, price_scope=scope
    )
    lines = ways.cost[ways.kind.values == WAYS[1]].min("option")
    local = ways.cost.sel(option="local")
    for name in ways.workload.values:
        cheapest = ways.cheapest.sel(workload=name)
        least = np.fmin(local, lines)
        moved = cheapest == WAYS[2]
        assert (ways.cost.sel(option=name).where(moved) <= least.where(moved)).where(moved, True).all()
        assert ways.feasible.sel(option=name).where(moved, True).all()
        assert ((lines < local) | (cheapest != WAYS[1])).all()


def test_one_region_makes_no_pair():
    with pytest.raises(gf.GeofrontError, match="'eu-paris' alone makes no pair; give two or more"):
        gf.ways_by_pair(["eu-paris"])


def test_missing_values_are_named_by_region_and_column(tmp_path):
    table = loaders.regions(tier=None)
    table.loc["us-oregon", "egress_usd_per_gb"] = None
    table.to_csv(tmp_path / "regions.csv")
    with pytest.raises(gf.GeofrontError, match="'egress_usd_per_gb' of 'us-oregon'"):
        gf.ways_by_pair(["us-virginia", "us-oregon"], tables_dir=tmp_path)

"""Break-even: closed forms computed by hand, and prices at which the optimum indeed changes sides."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.model.costs import with_frictions
from geofront.model.feasibility import at_home
from geofront.placement import evaluate
from geofront.quantities.break_even import best_regions, break_even, break_even_by_class
from geofront.quantities.relocation import relocated

WITHOUT_CAPACITY = ("migration", "egress", "locality", "legal")
MARGIN = 0.1
"""Distance from the break-even at which the tests check the flows [USD/MWh]."""


def pair(**values):
    """Home P, away Q, with every cost that relocation has."""
    settings = {
        "price": {"P": 60, "Q": 20},
        "carbon": {"P": 400, "Q": 100},
        "pue": {"P": 1.2, "Q": 1.5},
        "overhead_energy": 0.1,
        "overhead_cost": 2,
        "upload": 10,
        "download": 40,
        "egress_request": 0.1,
        "egress_response": 0.2,
        "warmup": 0.5,
    }
    return tiny(**(settings | values))


def at(result, name, region="Q"):
    return result[name].sel(client="a", region=region, workload="A").item()


def test_every_quantity_of_a_pair_by_hand():
    result = break_even(pair())
    saving = 1.2 * 60 - 1.1 * 1.5 * 20 - (10 * 0.1 + 40 * 0.2) - 2
    avoided = 1.2 * 400 - 1.1 * 1.5 * 100
    assert at(result, "saving") == pytest.approx(saving) == pytest.approx(28)
    assert at(result, "price_gap") == pytest.approx(40)
    assert at(result, "break_even_price") == pytest.approx((72 - 9 - 2) / 1.65)
    assert at(result, "break_even_gap") == pytest.approx(60 - (72 - 9 - 2) / 1.65)
    assert at(result, "emissions_avoided") == pytest.approx(avoided) == pytest.approx(315)
    assert at(result, "carbon_price_floor") == pytest.approx(-1000 * 28 / 315)
    assert np.isnan(at(result, "carbon_price_ceiling"))
    assert at(result, "break_even_egress") == pytest.approx((28 + 9) / 50)
    assert at(result, "dwell_time") == pytest.approx(0.5 * 1.5 * 20 / 28)
    assert result.demand.item() == pytest.approx(10)


def test_a_carbon_price_enters_saving_gap_and_dwell_time_but_not_the_break_even_carbon_price():
    free, priced = break_even(pair()), break_even(pair(), carbon_price=100)
    assert at(priced, "saving") == pytest.approx(28 + 31.5)
    assert at(priced, "break_even_price") == pytest.approx(20 + 59.5 / 1.65)
    assert at(priced, "dwell_time") == pytest.approx(0.5 * 1.5 * 30 / 59.5)
    assert at(priced, "carbon_price_floor") == pytest.approx(at(free, "carbon_price_floor"))


def test_where_relocation_adds_emissions_the_carbon_price_has_a_ceiling():
    result = break_even(pair(carbon={"P": 100, "Q": 400}))
    assert np.isnan(at(result, "carbon_price_floor"))
    assert at(result, "carbon_price_ceiling") == pytest.approx(1000 * 28 / (1.65 * 400 - 120))


def test_without_difference_in_emissions_no_carbon_price_decides():
    result = break_even(pair(carbon=0))
    assert np.isnan(at(result, "carbon_price_floor"))
    assert np.isnan(at(result, "carbon_price_ceiling"))


def test_a_loss_is_never_repaid_and_free_bytes_may_not_suffice():
    result = break_even(pair(price={"P": 20, "Q": 60}))
    assert at(result, "saving") == pytest.approx(24 - 99 - 11)
    assert np.isnan(at(result, "dwell_time"))
    assert at(result, "break_even_egress") == pytest.approx((24 - 99 - 2) / 50)
    assert at(result, "price_gap") < at(result, "break_even_gap")


def test_means_weigh_hours_by_demand_and_weight():
    scenario = tiny(hours=2, weight=[1, 3], demand={"a": {"A": [6, 2]}}, price={"P": [50, 50], "Q": [10, 40]})
    assert at(break_even(scenario), "saving") == pytest.approx(50 - (10 + 40) / 2)


def test_home_and_what_is_beyond_the_budget_have_no_break_even():
    scenario = tiny(regions="PQR", rtt={"P": {"P": 2, "Q": 50, "R": 2000}, "Q": 50, "R": 50})
    result = break_even(scenario)
    assert result.feasible.sel(client="a", workload="A").values.tolist() == [False, True, False]
    for region in "PR":
        assert np.isnan(at(result, "saving", region))


def test_nothing_to_move_means_no_break_even_egress_and_no_demand_no_break_even():
    scenario = tiny(workloads="AB", demand={"a": {"A": 10, "B": 0}})
    result = break_even(scenario)
    assert np.isnan(at(result, "break_even_egress"))
    assert result.saving.sel(workload="B").isnull().all()


def test_the_best_region_is_the_one_that_saves_most():
    scenario = tiny(
        regions="PQRS",
        services="P",
        workloads="AB",
        price={"P": 50, "Q": 40, "R": 20, "S": 10},
        round_trips=[1, 3],
        latency_budget=100,
        rtt={"P": {"P": 2, "Q": 20, "R": 50, "S": 500}},
    )
    best = best_regions(break_even(scenario))
    assert best.region.sel(client="a").values.tolist() == ["R", "Q"]
    assert best.saving.sel(client="a").values == pytest.approx([30, 10])


def test_by_class_is_the_median_of_demand_over_clients_that_have_a_region():
    scenario = tiny(
        clients={"a": "P", "b": "Q", "c": "R", "d": "S"},
        regions="PQRS",
        price={"P": 20, "Q": 30, "R": 70, "S": 90},
        demand={"a": {"A": 1}, "b": {"A": 2}, "c": {"A": 3}, "d": {"A": 4}},
    )
    table = break_even_by_class(break_even(scenario))
    # Best savings: a −10 (1 MW), b 10 (2 MW), c 50 (3 MW), d 70 (4 MW).
    assert table.at["A", "saving"] == pytest.approx(50)
    assert table.at["A", "paying_share"] == pytest.approx(0.9)
    assert table.at["A", "feasible_share"] == pytest.approx(1)
    nowhere = break_even_by_class(break_even(scenario.assign(latency_budget=scenario.latency_budget * 0)))
    assert nowhere.at["A", "feasible_share"] == 0
    assert np.isnan(nowhere.at["A", "saving"])


@pytest.mark.parametrize(("hours", "moved"), [(1, 0), (2, 0), (3, 30), (4, 40)])
def test_the_optimum_relocates_a_stay_only_if_it_is_longer_than_the_dwell_time(hours, moved):
    demand = [10.0] * hours + [0.0] * (6 - hours)
    scenario = pair(hours=6, demand={"a": {"A": demand}}, warmup=2.5)
    assert at(break_even(scenario), "dwell_time") == pytest.approx(75 / 28)
    assert relocated(scenario, gf.place(scenario).flow).item() == pytest.approx(moved, abs=1e-6)


@st.composite
def feasible_pairs(draw):
    """A random scenario cut down to one client, one class, its home and one region it may move to."""
    scenario = draw(scenarios())
    scenario["warmup"] = scenario.warmup * 0
    moving = gf.feasibility(scenario).share.where(~at_home(scenario), 0) * scenario.demand.sum("hour")
    choices = np.argwhere(moving.values > 0)
    assume(len(choices))
    client, workload, region = draw(st.sampled_from(choices.tolist()))
    client = moving.client.values[client]
    home, away = scenario.home.sel(client=client).item(), moving.region.values[region]
    return scenario.sel(
        client=[client], workload=[moving.workload.values[workload]], region=[home, away], service=[home]
    ), away


def flat(scenario):
    """Prices and carbon at their demand-weighted means, so that every hour breaks even together."""
    weights = scenario.demand.sum(("client", "workload")) * scenario.weight
    means = {name: (scenario[name] * weights).sum("hour") / weights.sum() for name in ("price", "carbon")}
    return scenario.assign({name: mean * (scenario[name] * 0 + 1) for name, mean in means.items()})


def moved_share(scenario, frictions, **options):
    placement = gf.place(scenario, frictions=tuple(set(frictions) & set(WITHOUT_CAPACITY)), **options)
    return float(relocated(scenario, placement.flow).sum() / (scenario.demand * scenario.weight).sum())


def movable_share(scenario, frictions, away):
    return float(gf.feasibility(with_frictions(scenario, frictions)).share.sel(region=away).item())


@settings(max_examples=10)
@given(chosen=feasible_pairs(), frictions=friction_subsets, carbon_price=st.sampled_from([0.0, 80.0]))
def test_the_flow_changes_sides_at_the_break_even_price(chosen, frictions, carbon_price):
    scenario, away = flat(chosen[0]), chosen[1]
    result = break_even(scenario, carbon_price=carbon_price, frictions=frictions).sel(region=away)
    for shift, share in ((-MARGIN, movable_share(scenario, frictions, away)), (MARGIN, 0.0)):
        perturbed = scenario.copy(deep=True)
        perturbed["price"].loc[{"region": away}] = result.break_even_price.item() + shift
        assert moved_share(perturbed, frictions, carbon_price=carbon_price) == pytest.approx(share, abs=1e-6)


@settings(max_examples=10)
@given(chosen=feasible_pairs(), frictions=friction_subsets)
def test_the_flow_changes_sides_at_the_break_even_carbon_price(chosen, frictions):
    scenario, away = flat(chosen[0]), chosen[1]
    result = break_even(scenario, frictions=frictions).sel(region=away)
    avoided = result.emissions_avoided.item()
    assume(abs(avoided) > 1)
    name = "carbon_price_floor" if avoided > 0 else "carbon_price_ceiling"
    if result[name].item() < 1000 * MARGIN / abs(avoided):
        # A carbon price is not negative, so the price there moves past its break-even until this one is positive.
        scenario["price"].loc[{"region": away}] = result.break_even_price.item() + np.sign(avoided)
        result = break_even(scenario, frictions=frictions).sel(region=away)
        assert result[name].item() > 1000 * MARGIN / abs(avoided)
    for shift, share in ((MARGIN, movable_share(scenario, frictions, away)), (-MARGIN, 0.0)):
        carbon_price = result[name].item() + 1000 * shift / avoided
        assert moved_share(scenario, frictions, carbon_price=carbon_price) == pytest.approx(share, abs=1e-6)


@settings(max_examples=10)
@given(chosen=feasible_pairs(), frictions=friction_subsets)
def test_the_flow_changes_sides_at_the_break_even_egress_price(chosen, frictions):
    scenario, away = flat(chosen[0]), chosen[1]
    frictions = {*frictions, "egress"}
    price = break_even(scenario, frictions=frictions).break_even_egress.sel(region=away).item()
    step = MARGIN / max(float((scenario.upload + scenario.download).item()), 1.0)
    assume(price > step)
    for shift, share in ((-step, movable_share(scenario, frictions, away)), (step, 0.0)):
        perturbed = scenario.copy(deep=True)
        for direction in ("egress_request", "egress_response"):
            perturbed[direction].loc[{"region": away}] = price + shift
        assert moved_share(perturbed, frictions) == pytest.approx(share, abs=1e-6)


@settings(max_examples=10)
@given(chosen=feasible_pairs(), frictions=friction_subsets, carbon_price=st.sampled_from([0.0, 80.0]))
def test_at_the_break_even_price_staying_away_all_year_costs_what_staying_home_costs(chosen, frictions, carbon_price):
    scenario, away = chosen
    result = break_even(scenario, carbon_price=carbon_price, frictions=frictions).sel(region=away)
    gap = (result.break_even_gap - result.price_gap).item()
    shifted = scenario.assign(price=scenario.price - gap * (scenario.region == away))
    flows = [scenario.demand * (scenario.region == region) for region in (away, scenario.home.item())]
    options = {"carbon_price": carbon_price, "frictions": frictions}
    abroad, home = (gf.totals(evaluate(shifted, flow, **options)).cost for flow in flows)
    assert abroad == pytest.approx(home, abs=1e-6 * result.demand.item())


def test_invalid_scenarios_are_refused():
    with pytest.raises(gf.GeofrontError, match="'pue' is missing"):
        break_even(tiny().drop_vars("pue"))
    with pytest.raises(gf.GeofrontError, match="'price' is not a number at 'Q, 2023-03-21 00:00:00'"):
        break_even(tiny(price={"P": [50, 60], "Q": [np.nan, 20]}, hours=2))
    with pytest.raises(gf.GeofrontError, match="carbon_price='a' is not a number"):
        break_even(tiny(), carbon_price="a")

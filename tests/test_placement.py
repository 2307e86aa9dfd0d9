"""Placements solved by hand: flows, costs, emissions and shadow prices with their numbers worked out."""

import numpy as np
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront.names import SOLVERS, TOLERANCE


def prices(array):
    return pytest.approx(array, abs=1e-6)


def numbers(array):
    return pytest.approx(array, rel=TOLERANCE, abs=TOLERANCE)


def solved(scenario, **choices):
    """The placement of a scenario, certified."""
    placement = gf.place(scenario, **choices)
    gf.certify(scenario, placement)
    return placement


def by_region(flow):
    """The flow of the only client, class and hour in P, Q and R."""
    return flow.sel(region=["P", "Q", "R"]).values.ravel()


def two_regions():
    """10 MW at home P; Q is cheaper and cleaner but has 6.6 MW.

    A MWh at P costs 60 USD and emits 500 kg. In Q it takes 1.1 MWh of IT and 1.1 · 1.2 = 1.32 MWh of
    facility energy: 39.6 USD and 264 kg, plus 2 · 0.5 + 10 · 0.4 = 5 USD of egress and 3 USD of overhead,
    47.6 USD in all. Its 6.6 MW hold 6 MW of relocated demand.
    """
    return tiny(
        price={"P": 60, "Q": 30},
        carbon={"P": 500, "Q": 200},
        pue={"P": 1, "Q": 1.2},
        capacity={"P": 20, "Q": 6.6},
        upload=2,
        download=10,
        egress_request=0.5,
        egress_response=0.4,
        overhead_energy=0.1,
        overhead_cost=3,
        weight=8760,
    )


@pytest.mark.parametrize("solver", SOLVERS)
def test_two_regions(solver):
    """6 MW move at 47.6 USD, 4 MW stay at 60: 525.6 USD/h. One more MW in Q saves (60 − 47.6) / 1.1."""
    placement = solved(two_regions(), solver=solver).sel(client="a", workload="A").isel(hour=0)
    assert placement.flow.sel(region=["P", "Q"]).values == numbers([4, 6])
    assert placement.used_capacity.sel(region=["P", "Q"]).values == numbers([4, 6.6])
    assert placement.energy.sel(region=["P", "Q"]).values == numbers([4, 7.92])
    assert placement.emissions.sel(region=["P", "Q"]).values == numbers([2000, 6 * 264])
    cost = placement.cost.sel(region=["P", "Q"])
    assert cost.sel(component="energy").values == numbers([240, 6 * 39.6])
    assert cost.sel(component="egress").values == numbers([0, 30])
    assert cost.sel(component="overhead").values == numbers([0, 18])
    assert not cost.sel(component=["carbon", "warm-up"]).any()
    assert placement.capacity_price.sel(region=["P", "Q"]).values == prices([0, 12.4 / 1.1])
    assert float(placement.demand_price) == prices(60)


def test_totals_of_two_regions():
    """A year of 8760 such hours."""
    total = gf.totals(solved(two_regions()))
    assert total["cost"] == numbers(8760 * 525.6)
    assert total["emissions"] == numbers(8760 * 3584)
    assert total["demand_mwh"] == numbers(87600)
    assert total["facility_mwh"] == numbers(8760 * 11.92)
    assert total["cost_per_mwh"] == numbers(52.56)
    assert total["carbon_per_mwh"] == numbers(358.4)


def test_carbon_price():
    """At 100 USD/t P costs 60 + 50 = 110 USD and Q 47.6 + 26.4 = 74; the 3584 kg/h are 358.4 USD/h."""
    placement = solved(two_regions(), carbon_price=100)
    by_component = placement.cost.sum(("region", "workload", "hour"))
    assert float(by_component.sel(component="carbon")) == numbers(358.4)
    assert float(by_component.sum()) == numbers(525.6 + 358.4)
    assert placement.capacity_price.sel(region="Q").values == prices([36 / 1.1])
    assert placement.demand_price.values.ravel() == prices([110])


@pytest.mark.parametrize(
    ("frictions", "cost"),
    [
        # 10 MW in Q at 1.2 · 30 = 36 USD.
        ((), 360),
        # Without limits to capacity all of it moves: 10 · 47.6.
        (("migration", "egress"), 476),
        (("egress",), 410),
        # 6.6 MW fit without overhead energy, at 36 or 41 USD.
        (("capacity",), 6.6 * 36 + 3.4 * 60),
        (("egress", "capacity"), 6.6 * 41 + 3.4 * 60),
        (("migration", "capacity"), 6 * 42.6 + 4 * 60),
    ],
)
def test_frictions_of_two_regions(frictions, cost):
    assert float(solved(two_regions(), frictions=frictions).cost.sum()) == numbers(cost)


def test_three_regions_with_binding_capacity():
    """4 MW at home P and 16 at home Q compete for R (20 USD, 10 MW) and P (50 USD, 6 MW); Q costs 80.

    The cheapest 20 MW are 10 in R, 6 in P and 4 in Q: 200 + 300 + 320 USD/h. Whose they are is open.
    One more MWh of anybody's runs in Q; one more MW of capacity replaces Q, so it saves 80 − 20 and 80 − 50.
    """
    scenario = tiny(
        regions="PQR",
        clients={"a": "P", "b": "Q"},
        price={"P": 50, "Q": 80, "R": 20},
        demand={"a": 4, "b": 16},
        capacity={"P": 6, "Q": 16, "R": 10},
    )
    placement = solved(scenario).sel(region=["P", "Q", "R"])
    assert placement.used_capacity.values.ravel() == numbers([6, 4, 10])
    assert float(placement.cost.sum()) == numbers(820)
    assert placement.capacity_price.values.ravel() == prices([30, 0, 60])
    assert placement.demand_price.values.ravel() == prices([80, 80])


@pytest.mark.parametrize(
    ("frictions", "flow", "cost", "demand_price"),
    [
        # 5 MW are pinned; of the other 15 the law lets 0.6 · 15 = 9 go to R, the rest to Q.
        (("locality", "legal"), [5, 6, 9], 500 + 300 + 180, 0.25 * 100 + 0.75 * (0.4 * 50 + 0.6 * 20)),
        # Nothing is pinned: the law lets 0.6 · 20 = 12 go to R.
        (("legal",), [0, 8, 12], 400 + 240, 0.4 * 50 + 0.6 * 20),
        (("locality",), [5, 0, 15], 500 + 300, 0.25 * 100 + 0.75 * 20),
        ((), [0, 0, 20], 400, 20),
    ],
)
def test_pinned_and_regulated_shares(frictions, flow, cost, demand_price):
    """20 MW at home P (100 USD), a quarter pinned; 40 % of the rest may not go to R (20), but to Q (50)."""
    scenario = tiny(
        regions="PQR",
        demand=20,
        price={"P": 100, "Q": 50, "R": 20},
        pinned_share=0.25,
        regulated_share=0.4,
        lawful={"a": {"P": False, "Q": True, "R": False}},
    )
    placement = solved(scenario, frictions=frictions)
    assert by_region(placement.flow) == numbers(flow)
    assert float(placement.cost.sum()) == numbers(cost)
    assert placement.demand_price.values.ravel() == prices([demand_price])


def three_hours(warmup):
    """1, 1 and 2 MW at home P (40 USD); Q costs 10, 70 and 10 USD, 30 on average."""
    return tiny(hours=3, demand=[1, 1, 2], price={"P": 40, "Q": [10, 70, 10]}, warmup=warmup)


def test_relocated_load_returns_home_for_an_hour():
    """At half an hour of warm-up (15 USD/MW) it pays to come home for hour 1 and to bring 2 MW up in hour 2.

    Energy 1·10 + 1·40 + 2·10 = 70 and warm-up 2·15 = 30: 100 USD. Staying away costs 10 + 70 + 20 + 15.
    One more MW costs 10 in hour 0 (it is away in hour 2 already: the load only falls), 40 in hour 1 and
    10 + 15 in hour 2, and indeed 1·10 + 1·40 + 2·25 = 100.
    """
    placement = solved(three_hours(0.5))
    assert placement.flow.sel(client="a", region="Q", workload="A").values == numbers([1, 0, 2])
    cost = placement.cost.sum(("region", "workload"))
    assert cost.sel(component="energy").values == numbers([10, 40, 20])
    assert cost.sel(component="warm-up").values == numbers([0, 0, 30])
    assert placement.energy.sel(region="Q", workload="A").values == numbers([1, 0, 2 + 1])
    assert placement.demand_price.values.ravel() == prices([10, 40, 25])
    assert placement.warmup_price.sel(region="Q", workload="A").values == prices([0, 0, 15])


def test_relocated_load_stays_away_for_an_hour():
    """At two hours of warm-up (60 USD/MW) 1 MW stays away, at 10 + 70 + 10, and 1 MW at home, at 40: 130."""
    placement = solved(three_hours(2))
    assert placement.flow.sel(client="a", region="Q", workload="A").values == numbers([1, 1, 1])
    assert float(placement.cost.sum()) == numbers(130)
    assert float(placement.cost.sel(component="warm-up").sum()) == numbers(0)
    assert float(placement.demand_price.sel(client="a", workload="A")[2]) == prices(40)


def test_no_warmup_without_migration_friction():
    placement = solved(three_hours(2), frictions=())
    assert placement.flow.sel(client="a", region="Q", workload="A").values == numbers([1, 0, 2])
    assert float(placement.cost.sum()) == numbers(70)
    assert not placement.warmup_price.any()


def test_hours_are_coupled_within_their_blocks_only():
    """The same three hours twice, each a block: twice the cost, though the last load meets another first."""
    scenario = tiny(
        hours=6,
        demand=[1, 1, 2, 2, 1, 1],
        price={"P": 40, "Q": [10, 70, 10, 10, 10, 70]},
        warmup=0.5,
        block=[1, 1, 1, 2, 2, 2],
    )
    # Second block: 2 and 1 MW away, then home; bringing 2 MW up anew costs 30: 20 + 10 + 40 + 30.
    assert float(solved(scenario).cost.sum()) == numbers(100 + 100)


def test_warmup_costs_nothing_where_the_mean_price_is_negative():
    """Q costs −40, 60 and −40 USD: its mean is below zero, so coming and going is free, not paid for."""
    scenario = tiny(hours=3, demand=1, price={"P": 10, "Q": [-40, 60, -40]}, warmup=0.5)
    cost = solved(scenario).cost.sum(("region", "workload"))
    assert cost.sel(component="energy").values == numbers([-40, 10, -40])
    assert not cost.sel(component="warm-up").any()


def test_warmup_carbon_is_emitted_and_priced():
    """Q costs nil on average, so bringing 1 MW up costs nothing but emits 0.5 h · 200 kg/MWh = 100 kg.

    Away in hours 0 and 2, home in hour 1, where P costs −5 USD. At 10 USD/t a MWh in Q costs 2 USD more and
    the warm-up 1 USD, which changes nothing about that.
    """
    scenario = tiny(
        hours=3, demand=1, carbon={"P": 0, "Q": 200}, warmup=0.5, price={"P": [30, -5, 30], "Q": [-1, 2, -1]}
    )
    free = solved(scenario)
    assert free.emissions.sum(("region", "workload")).values == numbers([200, 0, 200 + 100])
    assert not free.cost.sel(component="warm-up").any()
    priced = solved(scenario, carbon_price=10)
    assert priced.cost.sum(("region", "workload")).sel(component="warm-up").values == numbers([0, 0, 1])
    assert priced.cost.sum(("region", "workload")).sel(component="carbon").values == numbers([2, 0, 2])


def test_a_block_without_warmup_cost_before_one_with():
    """In the first block every mean price is negative; in the second bringing 10 MW up costs 2 · 40 USD/MW.

    First block: 10 · (−60 − 60). Second: coming and going costs more than the 10 USD that P saves in the
    last hour, so Q keeps the load, 10 · (20 + 60).
    """
    scenario = tiny(hours=4, block=[1, 1, 2, 2], warmup=2, price={"P": [-50, -50, 50, 50], "Q": [-60, -60, 20, 60]})
    assert float(solved(scenario).cost.sum()) == numbers(-1200 + 800)


def test_least_carbon_breaks_ties_by_cost():
    """Q and R are equally clean; R is cheaper, but holds 4 of 10 MW only."""
    scenario = tiny(
        regions="PQR",
        price={"P": 10, "Q": 50, "R": 30},
        carbon={"P": 500, "Q": 100, "R": 100},
        capacity={"P": 10, "Q": 10, "R": 4},
    )
    placement = solved(scenario, objective="carbon")
    assert by_region(placement.flow) == numbers([0, 6, 4])
    assert float(placement.emissions.sum()) == numbers(1000)
    assert float(placement.cost.sum()) == numbers(6 * 50 + 4 * 30)
    assert placement.demand_price.values.ravel() == prices([100 + 50e-5])


@pytest.mark.parametrize(("price", "region"), [({"P": 20, "Q": 20, "R": 20}, "P"), ({"P": 30, "Q": 20, "R": 20}, "R")])
def test_ties_go_to_the_shorter_round_trip(price, region):
    scenario = tiny(regions="PQR", price=price, rtt={"P": [0, 80, 40], "Q": 90, "R": 90})
    assert float(solved(scenario).flow.sel(region=region).sum()) == numbers(10)


def test_latency_is_never_relaxed():
    """Electricity in Q is free, but at 10 + 3 · 400 ms it is out of reach of a budget of 1000 ms."""
    scenario = tiny(price={"P": 90, "Q": 0}, rtt=400, round_trips=3)
    placement = solved(scenario, frictions=())
    assert float(placement.cost.sum()) == numbers(900)
    scenario["latency_budget"] += 210
    assert float(solved(scenario, frictions=()).cost.sum()) == numbers(0)


def test_local():
    """Everything at home: 10 · 1.2 MW for a in P, 10 · 1.5 for b in Q, whatever is cheaper elsewhere."""
    scenario = tiny(
        clients={"a": "P", "b": "Q"},
        price={"P": 50, "Q": 10},
        carbon={"P": 100, "Q": 400},
        pue={"P": 1.2, "Q": 1.5},
        overhead_cost=5,
        warmup=1,
        hours=2,
    )
    placement = gf.local(scenario, carbon_price=100)
    assert not placement.flow.sel(client="a", region="Q").any()
    assert not placement.flow.sel(client="b", region="P").any()
    total = gf.totals(placement)
    assert total["energy_cost"] == numbers(2 * (12 * 50 + 15 * 10))
    assert total["emissions"] == numbers(2 * (12 * 100 + 15 * 400))
    assert total["carbon_cost"] == numbers(0.1 * total["emissions"])
    assert total["cost"] == numbers(total["energy_cost"] + total["carbon_cost"])
    assert total.attrs["units"]["carbon_cost"] == "USD/yr"
    assert set(total.attrs["units"]) == set(total.index)


def test_missing_capacity_is_named():
    """Home P lacks 8 of 20 MW in the second hour, and Q holds but 5 of them."""
    scenario = tiny(workloads="K", hours=2, demand=[10, 20], capacity={"P": 12, "Q": 5})
    with pytest.raises(gf.GeofrontError, match=r"3 MW are unserved .* P at 2023-03-21T01:00, class K: 3 MW"):
        gf.place(scenario)
    with pytest.raises(gf.GeofrontError, match="'capacity' at 'P, 2023-03-21 01:00:00', by up to 8 MW"):
        gf.local(scenario)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"solver": "Abacus"}, "solver='Abacus' is unknown: use one of HiGHS, CBC"),
        ({"objective": "fame"}, "objective='fame' is unknown: use one of cost, carbon"),
        ({"frictions": ["rust"]}, "unknown frictions 'rust': use any of migration, egress, locality, legal"),
        ({"carbon_price": float("nan")}, "carbon_price=nan is not a number: give it in USD per tonne"),
        ({"carbon_price": "a"}, "carbon_price='a' is not a number: give it in USD per tonne"),
        ({"carbon_price": None}, "carbon_price=None is not a number"),
        ({"carbon_price": [20, 40]}, "carbon_price=[20, 40] is not a number"),
    ],
)
def test_unknown_choices(choices, words):
    with pytest.raises(gf.GeofrontError) as caught:
        gf.place(two_regions(), **choices)
    assert words in str(caught.value)


def test_invalid_scenarios_are_refused():
    scenario = two_regions().drop_vars("price")
    for function in (gf.place, gf.local):
        with pytest.raises(gf.GeofrontError, match="'price' is missing"):
            function(scenario)


def test_results_describe_themselves():
    scenario = two_regions()
    units = {
        "flow": "MW",
        "cost": "USD/h",
        "emissions": "kg/h",
        "energy": "MW",
        "used_capacity": "MW",
        "capacity_price": "USD/MWh",
        "demand_price": "USD/MWh",
        "locality_price": "USD/MWh",
        "law_price": "USD/MWh",
        "warmup_price": "USD/MW",
    }
    placement = gf.place(scenario, carbon_price=7, frictions=["legal", "egress"])
    assert {name: array.attrs["units"] for name, array in placement.data_vars.items()} == units
    assert all(array.attrs["long_name"] for array in placement.data_vars.values())
    attrs = placement.attrs
    assert (attrs["status"], attrs["solver"], attrs["objective"]) == ("optimal", "HiGHS", "cost")
    assert (attrs["carbon_price"], attrs["carbon_signal"]) == (7, "marginal")
    assert attrs["frictions"] == ("egress", "legal")
    assert attrs["wall_time_s"] > 0
    for package in ("geofront", "mip", "numpy", "xarray", "python"):
        assert f"{package} " in attrs["versions"]
    xr.testing.assert_equal(placement.weight, scenario.weight)
    xr.testing.assert_equal(placement.block, scenario.block)
    baseline = gf.local(scenario)
    assert {name: array.attrs["units"] for name, array in baseline.data_vars.items()} == {
        name: unit for name, unit in units.items() if not name.endswith("price")
    }
    assert (baseline.attrs["status"], baseline.attrs["objective"]) == ("baseline", "local")


def test_shadow_prices_of_emissions_are_in_kg():
    """Q emits 60 kg/MWh less than P and is full."""
    scenario = tiny(carbon={"P": 100, "Q": 40}, capacity={"P": 10, "Q": 6})
    placement = gf.place(scenario, objective="carbon")
    units = {name: placement[f"{name}_price"].attrs["units"] for name in ("capacity", "demand", "warmup")}
    assert units == {"capacity": "kg/MWh", "demand": "kg/MWh", "warmup": "kg/MW"}
    assert placement.demand_price.attrs["long_name"] == "Emissions of one more MWh of demand"
    assert placement.cost.attrs["units"] == "USD/h"
    assert placement.capacity_price.sel(region="Q").item() == pytest.approx(60, rel=1e-4)


def test_zero_demand_costs_nothing():
    placement = solved(tiny(demand=0, hours=2))
    assert not placement.flow.any()
    assert not placement.cost.any()


def test_unlimited_capacity_is_worth_nothing():
    scenario = tiny(price={"P": 50, "Q": 20}, capacity={"P": 10, "Q": np.inf})
    placement = solved(scenario)
    assert float(placement.cost.sum()) == numbers(200)
    assert not placement.capacity_price.any()


def test_totals_of_zero_demand():
    assert np.isnan(gf.totals(gf.place(tiny(demand=0)))["cost_per_mwh"])

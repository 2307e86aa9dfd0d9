"""The energy-latency frontier is exact at every budget and never rises; its returns are computed by hand."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, permuted, scenarios, tiny

import geofront as gf
from geofront.names import CLIENT, HOUR, REGION, REGIONAL_RTT, SERVICE, SOLVERS, TOLERANCE, WORKLOAD

pytestmark = pytest.mark.slow

scopes = st.sampled_from([None, "A"])
carbon_prices = st.sampled_from([0.0, 50.0])

JUST_BELOW = 0.5
"""Less than the distance of any two latencies of a random scenario [ms]."""


def numbers(array):
    return pytest.approx(np.array(array, float), rel=TOLERANCE, abs=TOLERANCE)


def with_budget(scenario, scope, budget):
    """The scenario in which a class has this end-to-end budget, or all classes this network budget [ms]."""
    if scope is None:
        return scenario.assign(latency_budget=scenario.service_time + budget)
    return scenario.assign(latency_budget=scenario.latency_budget.where(scenario[WORKLOAD] != scope, budget))


def placed_cost(scenario, scope, budget, **choices):
    """Cost of an independent placement [USD/yr]."""
    return gf.totals(gf.place(with_budget(scenario, scope, budget), **choices))["cost"]


def equal_to(cost, scenario):
    """Relative to the cost or, where that is smaller, to one USD per MWh of demand."""
    return pytest.approx(cost, rel=TOLERANCE, abs=slack(cost, scenario))


def slack(cost, scenario):
    return TOLERANCE * max(float(np.abs(cost).max()), float((scenario.demand * scenario.weight).sum()), 1.0)


def varied_demand(scenario, scope):
    """Demand whose budget varies [MWh/yr]."""
    demand = scenario.demand if scope is None else scenario.demand.sel({WORKLOAD: scope})
    return float((demand * scenario.weight).sum())


def some(indices, count=3):
    """The first, the last and a few in between."""
    return sorted({int(i) for i in np.linspace(0, len(indices) - 1, count)})


@settings(max_examples=15)
@given(scenarios(), scopes, friction_subsets, carbon_prices, st.sampled_from(SOLVERS))
def test_frontier_is_exact_at_and_below_every_breakpoint(scenario, scope, frictions, carbon_price, solver):
    """An independent placement costs the same at a budget and, just below it, as at the one before."""
    choices = {"carbon_price": carbon_price, "frictions": frictions, "solver": solver}
    frontier = gf.latency_frontier(scenario, scope, **choices)
    budgets, costs = frontier.budget.values, frontier.cost.values
    for i in some(budgets):
        assert placed_cost(scenario, scope, budgets[i], **choices) == equal_to(costs[i], scenario)
        below = placed_cost(scenario, scope, budgets[i] - JUST_BELOW, **choices)
        assert below == equal_to(costs[max(i - 1, 0)], scenario)
    assert placed_cost(scenario, scope, 1e6, **choices) == equal_to(costs[-1], scenario)


@settings(max_examples=25)
@given(scenarios(), scopes, friction_subsets, carbon_prices)
def test_frontier_never_rises(scenario, scope, frictions, carbon_price):
    frontier = gf.latency_frontier(scenario, scope, frictions=frictions, carbon_price=carbon_price)
    assert (np.diff(frontier.budget) > 0).all()
    assert (np.diff(frontier.cost) <= slack(frontier.cost, scenario)).all()
    if varied_demand(scenario, scope):
        assert (gf.returns(frontier).erl >= -TOLERANCE).all()
        assert frontier.layer_share.sum("layer").values == numbers(np.ones(frontier.sizes["budget"]))
        assert frontier.relocated_share.values == numbers(1 - frontier.layer_share.sel(layer="local").values)
        assert float(frontier.relocated_share[0]) == numbers(0)


@settings(max_examples=15)
@given(scenarios(lowest_price=0), scopes, friction_subsets)
def test_frictions_never_lower_the_frontier(scenario, scope, frictions):
    """Where no price is negative; otherwise the overhead energy of relocation is an income."""
    frontier = gf.latency_frontier(scenario, scope, frictions=frictions)
    ideal = gf.latency_frontier(scenario, scope, frictions=(), budgets=frontier.budget)
    assert (ideal.cost <= frontier.cost + slack(frontier.cost, scenario)).all()


@settings(max_examples=15)
@given(scenarios(), scopes, friction_subsets, st.lists(st.integers(0, 700), min_size=1, max_size=4, unique=True))
def test_chosen_budgets_agree_with_all_of_them(scenario, scope, frictions, budgets):
    """At any budget the frontier has the value of the last breakpoint before, or before the first that of home."""
    everywhere = gf.latency_frontier(scenario, scope, frictions=frictions)
    chosen = gf.latency_frontier(scenario, scope, frictions=frictions, budgets=sorted(budgets))
    assert chosen.budget.values.tolist() == sorted(budgets)
    expected = everywhere.reindex(budget=sorted(budgets), method="ffill").fillna(everywhere.isel(budget=0))
    assert chosen.cost.values == equal_to(expected.cost.values, scenario)
    if varied_demand(scenario, scope):
        per_mwh = slack(expected.cost, scenario) / varied_demand(scenario, scope)
        assert chosen.cost_per_mwh.values == pytest.approx(expected.cost_per_mwh.values, rel=0, abs=per_mwh)


@settings(max_examples=10)
@given(scenarios(), scopes, st.integers(0, 3))
def test_order_of_labels_and_dims_does_not_matter(scenario, scope, order):
    shuffled = permuted(scenario, order).transpose(HOUR, WORKLOAD, REGION, SERVICE, CLIENT)
    frontier, again = (gf.latency_frontier(each, scope) for each in (scenario, shuffled))
    assert again.budget.values == numbers(frontier.budget)
    assert again.cost.values == equal_to(frontier.cost.values, scenario)


def three_regions(**values):
    """10 MW at home P, which answers within 10 + 2 ms; Q does within 60 ms and R within 210 ms.

    A MWh costs 50, 40 and 30 USD there and emits 100, 400 and 50 kg.
    """
    return tiny(
        **{
            "regions": "PQR",
            "services": "P",
            "rtt": {"P": [2, 50, 200]},
            "price": {"P": 50, "Q": 40, "R": 30},
            "carbon": {"P": 100, "Q": 400, "R": 50},
            **values,
        }
    )


@pytest.mark.parametrize("scope", [None, "A"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_two_steps(scope, solver):
    """Q lies within the 100 ms of regional execution, R beyond."""
    frontier = gf.latency_frontier(three_regions(weight=2), scope, solver=solver)
    assert frontier.budget.values == numbers([12, 60, 210])
    assert frontier.cost.values == numbers([1000, 800, 600])
    assert frontier.emissions.values == numbers([2000, 8000, 1000])
    assert frontier.cost_per_mwh.values == numbers([50, 40, 30])
    assert frontier.carbon_per_mwh.values == numbers([100, 400, 50])
    assert frontier.layer_share.values == numbers(np.eye(3))
    assert frontier.layer.values.tolist() == list(gf.LAYERS)
    assert frontier.relocated_share.values == numbers([0, 1, 1])


@settings(max_examples=15)
@given(scenarios(), scopes, friction_subsets, carbon_prices, st.sampled_from(SOLVERS))
def test_least_emissions_are_those_of_a_placement_at_every_budget(scenario, scope, frictions, carbon_price, solver):
    choices = {"carbon_price": carbon_price, "frictions": frictions, "objective": "carbon"}
    frontier = gf.latency_frontier(scenario, scope, solver=solver, **choices)
    assert (np.diff(frontier.emissions) <= slack(frontier.emissions, scenario)).all()
    for i in some(frontier.budget.values):
        placement = gf.place(with_budget(scenario, scope, frontier.budget.values[i]), **choices)
        assert gf.totals(placement)["emissions"] == equal_to(frontier.emissions.values[i], scenario)
    least_cost = gf.latency_frontier(scenario, scope, budgets=frontier.budget, **choices | {"objective": "cost"})
    assert (frontier.emissions <= least_cost.emissions + slack(least_cost.emissions, scenario)).all()
    assert (frontier.cost >= least_cost.cost - slack(least_cost.cost, scenario)).all()


@pytest.mark.parametrize("scope", [None, "A"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_least_emissions_by_hand(scope, solver):
    """Q is cheaper than P but emits more: it is passed over. R emits least. At 100 USD/t, P costs 60 and R 35 USD."""
    frontier = gf.latency_frontier(three_regions(weight=2), scope, objective="carbon", carbon_price=100, solver=solver)
    assert frontier.budget.values == numbers([12, 60, 210])
    assert frontier.emissions.values == numbers([2000, 2000, 1000])
    assert frontier.cost.values == numbers([1200, 1200, 700])
    assert frontier.carbon_per_mwh.values == numbers([100, 100, 50])
    assert frontier.cost_per_mwh.values == numbers([60, 60, 35])
    assert frontier.relocated_share.values == numbers([0, 0, 1])


def test_least_emissions_count_the_warm_up():
    """R saves 50 kg/MWh in the first of two hours and adds 150 in the other.

    Starting 10 MW for one hour emits 0.2 · 10 · 150 = 300 kg of the 500 saved; with twice the warm-up it does
    not pay. Load in the other hour costs 1500 kg.
    """
    scenario = three_regions(hours=2, carbon={"P": 100, "Q": 400, "R": [50, 250]}, warmup=0.2)
    frontier = gf.latency_frontier(scenario, objective="carbon")
    assert frontier.emissions.values == numbers([2000, 2000, 1500 + 300])
    longer = gf.latency_frontier(scenario.assign(warmup=2 * scenario.warmup), objective="carbon")
    assert longer.emissions.values == numbers([2000, 2000, 2000])


def test_frontier_names_its_objective():
    for objective, cost, emissions in (
        ("cost", "Least cost", "Emissions at least cost"),
        ("carbon", "Cost at least emissions", "Least emissions"),
    ):
        frontier = gf.latency_frontier(three_regions(), carbon_price=20, objective=objective)
        assert (frontier.attrs["objective"], frontier.attrs["carbon_price"]) == (objective, 20)
        assert frontier.attrs["carbon_signal"] == "marginal"
        for total, per_mwh, long_name in (("cost", "cost_per_mwh", cost), ("emissions", "carbon_per_mwh", emissions)):
            assert frontier[total].attrs["long_name"] == frontier[per_mwh].attrs["long_name"] == long_name


def test_carbon_price_is_part_of_the_cost():
    """At 100 USD/t Q costs 80 USD and is passed over, R 35."""
    frontier = gf.latency_frontier(three_regions(), carbon_price=100)
    assert frontier.cost_per_mwh.values == numbers([60, 60, 35])
    assert frontier.carbon_per_mwh.values == numbers([100, 100, 50])


def test_round_trips_and_service_time():
    """A makes one round trip, B three: over the network Q takes 60 and 160 ms, home 12 and 16.

    The computation itself, 100 ms, is not part of the network budget, but of that of a class.
    """
    scenario = tiny(
        workloads="AB",
        services="P",
        rtt={"P": [2, 50]},
        price={"P": 50, "Q": 40},
        service_time=100,
        round_trips={"A": 1, "B": 3},
        latency_budget=50,
    )
    network = gf.latency_frontier(scenario)
    assert network.budget.values == numbers([12, 60, 160])
    assert network.cost.values == numbers([1000, 900, 800])
    of_b = gf.latency_frontier(scenario, "B")
    assert of_b.budget.values == numbers([116, 260])
    assert of_b.cost.values == numbers([1000, 900])


def test_every_client_has_its_own_breakpoints():
    """b is 40 ms farther from its service node than a: Q opens to it at 100 ms."""
    scenario = tiny(
        clients={"a": "P", "b": "P"},
        services="P",
        rtt={"P": [2, 50]},
        access_rtt={"a": 10, "b": 50},
        price={"P": 50, "Q": 40},
        demand={"a": 10, "b": 30},
    )
    frontier = gf.latency_frontier(scenario, "A")
    assert frontier.budget.values == numbers([12, 60, 100])
    assert frontier.relocated_share.values == numbers([0, 0.25, 1])


def test_latencies_that_differ_by_rounding_are_one_breakpoint():
    """A's three round trips to Q take 0.3 ms, up to rounding, and so does B's one to R."""
    scenario = tiny(
        regions="PQR",
        workloads="AB",
        services="P",
        access_rtt=0,
        rtt={"P": [0, 0.1, 0.3]},
        round_trips={"A": 3, "B": 1},
        price={"P": 50, "Q": 40, "R": 30},
    )
    scenario["rtt"].loc["P", "P"] = 0.01
    assert 3 * 0.1 > 0.3
    frontier = gf.latency_frontier(scenario)
    assert frontier.budget.values == numbers([0.01, 0.1, 0.3, 0.9])
    assert frontier.cost.values == numbers([1000, 900, 700, 600])


@pytest.mark.parametrize("workload", [None, "A"])
@pytest.mark.parametrize("budgets", [None, [0.0], [0.0, 50.0]])
def test_regions_that_are_0_ms_apart_are_in_reach_at_once(workload, budgets):
    """All round trips are 0. Q takes 5 of a's 10 MW at 39.82 instead of 48.20 USD: 44.01 on average.

    The reference is a placement in which nothing moves, not the one at 0 ms, where half has moved already.
    """
    scenario = tiny(
        rtt=0, access_rtt=0, price={"P": 48.2, "Q": 39.82}, carbon={"P": 100, "Q": 300}, capacity={"P": 50, "Q": 5}
    )
    scenario["rtt"][:] = 0
    frontier = gf.latency_frontier(scenario, workload, budgets=budgets)
    assert frontier.budget.values[0] == 0
    assert frontier.cost_per_mwh.values == numbers([44.01] * frontier.sizes["budget"])
    assert frontier.carbon_per_mwh.values == numbers([200] * frontier.sizes["budget"])
    assert frontier.relocated_share.values == numbers([0.5] * frontier.sizes["budget"])
    assert frontier.cost.values[0] == numbers([440.1])


def test_a_class_displaces_another():
    """Q holds 10 MW at 20 USD. At home A leaves it to B, which saves 30 − 10 USD for its egress there.

    When A may go, it saves 30 USD a MWh and B returns home: the system saves 100 USD, 10 per MWh of A.
    """
    scenario = tiny(
        workloads="AB",
        services="P",
        rtt={"P": [2, 50]},
        price={"P": 50, "Q": 20},
        egress_request=1,
        upload={"A": 0, "B": 10},
        capacity={"P": 50, "Q": 10},
        carbon={"P": 100, "Q": 300},
    )
    frontier = gf.latency_frontier(scenario, "A")
    assert frontier.cost.values == numbers([800, 700])
    assert frontier.cost_per_mwh.values == numbers([50, 40])
    assert frontier.emissions.values == numbers([4000, 4000])
    assert frontier.carbon_per_mwh.values == numbers([100, 100])
    assert frontier.relocated_share.values == numbers([0, 1])


def test_unlawful_and_pinned_demand_opens_nothing():
    """All of A's demand is regulated and R unlawful; B may not leave home."""
    scenario = three_regions(
        workloads="AB", pinned_share={"A": 0, "B": 1}, regulated_share=1, lawful={"a": [True, True, False]}
    )
    frontier = gf.latency_frontier(scenario)
    assert frontier.budget.values == numbers([12, 60])
    assert frontier.relocated_share.values == numbers([0, 0.5])
    assert gf.latency_frontier(scenario, budgets=[1e9]).relocated_share.values == numbers([0.5])
    assert gf.latency_frontier(scenario, "B").budget.values == numbers([12])


def test_warm_up_takes_a_step_away():
    """Q saves 30 USD in the first hour and loses 40 in the second; another start costs 55 USD, so all stays.

    R saves 40 and loses 10: all goes there for both hours. Without frictions it returns for the second.
    """
    scenario = three_regions(hours=2, price={"P": 50, "Q": [20, 90], "R": [10, 60]}, warmup=1)
    assert gf.latency_frontier(scenario).cost.values == numbers([1000, 1000, 700])
    assert gf.latency_frontier(scenario, frictions=()).cost.values == numbers([1000, 700, 600])


def test_free_starts_still_emit():
    """Q's mean price is negative, so that a start costs nothing; it emits 0.5 · 200 kg per MW in every block."""
    scenario = tiny(
        hours=4,
        block=[1, 1, 2, 2],
        services="P",
        rtt={"P": [2, 50]},
        warmup=0.5,
        price={"P": -20, "Q": [-40, 0, 0, -40]},
        carbon={"P": 500, "Q": 200},
    )
    frontier = gf.latency_frontier(scenario)
    assert frontier.emissions.values == numbers([20000, 20 * 500 + 20 * 200 + 2 * 10 * 0.5 * 200])
    at_last = gf.totals(gf.place(scenario))
    assert at_last["emissions"] == numbers(frontier.emissions[-1])


def test_free_warm_up_of_some_regions_only():
    """Steps of R, whose prices are negative, change hours whose neighbours stay as they are."""
    scenario = three_regions(
        hours=4, warmup=0.5, price={"P": [-10, -20, -10, -10], "Q": [-40, 0, -40, 0], "R": [-41, -42, 0, 0]}
    )
    frontier = gf.latency_frontier(scenario)
    for budget, emissions in zip(frontier.budget.values, frontier.emissions.values, strict=True):
        placement = gf.place(with_budget(scenario, None, budget))
        assert gf.totals(placement)["emissions"] == numbers(emissions)


def test_many_blocks():
    hours = np.arange(70)
    scenario = three_regions(
        hours=70,
        block=np.minimum(hours // 2, 32),
        warmup=0.1,
        capacity={"P": 20, "Q": 7, "R": 6},
        price={"P": 50, "Q": 20 + hours % 7 * 10, "R": 10 + hours % 5 * 20},
    )
    frontier = gf.latency_frontier(scenario)
    for budget, cost in zip(frontier.budget.values, frontier.cost.values, strict=True):
        assert placed_cost(scenario, None, budget) == equal_to(cost, scenario)


def test_a_single_region_has_a_single_point():
    frontier = gf.latency_frontier(tiny(regions="P"))
    assert frontier.budget.values == numbers([12])
    assert frontier.cost.values == numbers([500])
    assert gf.returns(frontier).empty


def test_without_demand_there_is_no_share():
    """B has no demand; A keeps its budget."""
    frontier = gf.latency_frontier(three_regions(workloads="AB", demand={"a": {"A": 10, "B": 0}}), "B")
    assert frontier.cost.values == numbers([300])
    assert frontier[["cost_per_mwh", "carbon_per_mwh", "layer_share", "relocated_share"]].isnull().all()
    nothing = gf.latency_frontier(three_regions(demand=0))
    assert nothing.cost.values == numbers([0])


@pytest.fixture(scope="module")
def day():
    return gf.stylized(snapshots="day", regions=["us-texas", "ca-ontario", "eu-paris", "sg-singapore"])


@pytest.fixture(scope="module")
def placed(day):
    return gf.place(day)


@pytest.mark.parametrize("workload", "ABCD")
def test_every_class_at_its_nominal_budget_is_the_placement(day, placed, workload):
    frontier = gf.latency_frontier(day, workload)
    at_nominal = frontier.sel(budget=float(day.latency_budget.sel(workload=workload)), method="ffill")
    total = gf.totals(placed)
    assert float(at_nominal.cost) == pytest.approx(total["cost"], rel=TOLERANCE)
    assert float(at_nominal.emissions) == pytest.approx(total["emissions"], rel=TOLERANCE)
    shares = gf.layers(day, placed).share.sel(workload=workload)
    assert at_nominal.layer_share.sel(layer=shares.layer).values == numbers(shares)


def test_network_frontier_of_the_stylized_day(day):
    """Every quantity, at a few budgets, is that of the placement; and the first point is all-local."""
    frontier = gf.latency_frontier(day)
    local = gf.totals(gf.local(day))
    assert float(frontier.cost[0]) == pytest.approx(local["cost"])
    assert float(frontier.cost_per_mwh[0]) == pytest.approx(local["cost_per_mwh"])
    assert float(frontier.carbon_per_mwh[0]) == pytest.approx(local["carbon_per_mwh"])
    for i in some(frontier.budget, 5):
        placement = gf.place(with_budget(day, None, float(frontier.budget[i])))
        total = gf.totals(placement)
        for name in ("cost", "emissions", "cost_per_mwh", "carbon_per_mwh"):
            assert float(frontier[name][i]) == pytest.approx(total[name], rel=TOLERANCE)
        shares = gf.layers(day, placement, regional_rtt=REGIONAL_RTT).share_of_all
        assert frontier.layer_share[i].sel(layer=shares.layer).values == numbers(shares)
    assert (gf.returns(frontier).erl >= 0).all()


def test_attributes(day):
    frontier = gf.latency_frontier(day, "C", budgets=[100, 60000])
    assert frontier.attrs["scope"] == "C"
    assert gf.latency_frontier(day, budgets=[100]).attrs["scope"] == "network"
    units = {name: frontier[name].attrs["units"] for name in [*frontier.data_vars, "budget"]}
    assert units == {
        "budget": "ms",
        "cost": "USD/yr",
        "emissions": "kg/yr",
        "cost_per_mwh": "USD/MWh",
        "carbon_per_mwh": "kg/MWh",
        "layer_share": "1",
        "relocated_share": "1",
    }
    assert all(frontier[name].attrs["long_name"] for name in units)


def test_scenario_is_not_modified(day):
    before = day.copy(deep=True)
    gf.latency_frontier(day, "B", frictions=("capacity",))
    xr.testing.assert_identical(day, before)


def test_progress_is_shown_on_request(capfd):
    gf.latency_frontier(three_regions(), "A")
    assert capfd.readouterr() == ("", "")
    gf.latency_frontier(three_regions(), "A", progress=True)
    captured = capfd.readouterr()
    assert "frontier A" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"workload": "Z"}, "there is no class 'Z': use one of 'A', or None for all"),
        ({"budgets": []}, "budgets must be at least one finite number"),
        ({"budgets": [100, 100]}, "in ascending order"),
        ({"budgets": [100, np.inf]}, "finite"),
        ({"budgets": [np.nan]}, "finite"),
        ({"budgets": [-1, 5]}, "not negative"),
        ({"frictions": ("gravity",)}, "unknown frictions 'gravity'"),
        ({"solver": "Abacus"}, "solver='Abacus' is unknown"),
        ({"carbon_price": np.nan}, "carbon_price=nan is not a number"),
        ({"objective": "fame"}, "objective='fame' is unknown: use one of cost, carbon"),
    ],
)
def test_wrong_choices(choices, message):
    with pytest.raises(gf.GeofrontError, match=message):
        gf.latency_frontier(three_regions(), **choices)


def test_invalid_scenario():
    scenario = three_regions()
    scenario["price"] = scenario.price.where(scenario[REGION] != "P")
    with pytest.raises(gf.GeofrontError, match="'price' has no value for region 'P'"):
        gf.latency_frontier(scenario)


def test_home_that_cannot_hold_its_demand():
    with pytest.raises(gf.GeofrontError, match=r"6 MW are unserved .* P at 2023-03-21T00:00, class A: 6 MW"):
        gf.latency_frontier(three_regions(capacity={"P": 4, "Q": 100, "R": 100}))


def steps(budgets, cost, carbon=0.0):
    """A frontier of given unit costs [USD/MWh] and emissions [kg/MWh]."""
    return xr.Dataset(
        {
            "cost_per_mwh": ("budget", np.asarray(cost, float)),
            "carbon_per_mwh": ("budget", np.broadcast_to(carbon, len(budgets)).astype(float)),
        },
        {"budget": np.asarray(budgets, float)},
    )


def test_returns_per_step():
    """48 ms save 10 USD and cost 300 kg; another 150 ms save 10 USD and 350 kg."""
    table = gf.returns(gf.latency_frontier(three_regions()))
    assert table.columns.tolist() == ["from_ms", "to_ms", "saving", "carbon_saving", "erl", "crl"]
    assert table.values == numbers([[12, 60, 10, -300, 10 / 48, -300 / 48], [60, 210, 10, 350, 10 / 150, 350 / 150]])


def test_returns_between_budgets():
    """Between its budgets, and beyond the last, a frontier has the value of the lower one."""
    frontier = steps([12, 60, 210], [50, 40, 30], [100, 400, 50])
    table = gf.returns(frontier, between=[12, 59, 100, 1000])
    assert table.from_ms.tolist() == [12, 59, 100]
    assert table.to_ms.tolist() == [59, 100, 1000]
    assert table.saving.tolist() == [0, 10, 10]
    assert table.carbon_saving.tolist() == [0, -300, 350]
    assert table.erl.values == numbers([0, 10 / 41, 10 / 900])
    assert table.crl.values == numbers([0, -300 / 41, 350 / 900])


def test_returns_on_the_hull():
    """20 ms is above the line from 10 to 30 ms; beyond 100 ms, the first least cost, there is no return."""
    frontier = steps([10, 20, 30, 65, 100, 200], [50, 49, 30, 29.9, 29, 29], [5, 9, 4, 4, 7, 1])
    table = gf.returns(frontier, hull=True)
    assert table.values == numbers([[10, 30, 20, 1, 1, 1 / 20], [30, 100, 1, -3, 1 / 70, -3 / 70]])


def test_returns_on_the_hull_of_least_emissions():
    """From 10 to 40 ms emissions fall by 6 kg/MWh; the first 3 kg come with the second half."""
    frontier = steps([10, 20, 40, 50], [50, 60, 55, 40], [9, 8, 3, 3]).assign_attrs(objective="carbon")
    table = gf.returns(frontier, hull=True)
    assert table.values == numbers([[10, 40, -5, 6, -5 / 30, 6 / 30]])


def test_returns_on_the_hull_between_budgets():
    frontier = steps([10, 20, 30], [50, 40, 10])
    table = gf.returns(frontier, between=[10, 25, 50], hull=True)
    assert table[["from_ms", "to_ms", "erl"]].values == numbers([[10, 50, 1]])


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 20)), min_size=1, max_size=12))
def test_hull_is_the_largest_convex_function_below_the_frontier(made):
    """Between two points of the frontier the hull lies on or below their line, and its corners are points of it."""
    lengths, drops = np.array(made, float).T
    budgets, cost = lengths.cumsum(), 500 - drops.cumsum()
    table = gf.returns(steps(budgets, cost), hull=True)
    last = int(np.argmin(cost))
    corners = np.array([budgets[0], *table.to_ms])
    height = cost[0] - np.array([0.0, *table.saving]).cumsum()
    assert corners[-1] == budgets[last]
    for i, budget in enumerate(budgets[: last + 1]):
        below = min(np.interp(budget, budgets[[j, k]], cost[[j, k]]) for j in range(i + 1) for k in range(i, last + 1))
        assert np.interp(budget, corners, height) == pytest.approx(below)
    assert (table.erl > 0).all()
    assert (np.diff(table.erl) < 0).all()
    assert table.saving.sum() == pytest.approx(cost[0] - cost.min())


@pytest.mark.parametrize("between", [[], [12], [60, 12], [60, 60], [11.9, 60], [12, np.nan]])
def test_wrong_budgets_of_returns(between):
    with pytest.raises(gf.GeofrontError, match=r"between must be two or more finite|between=.* begins below"):
        gf.returns(steps([12, 60], [50, 40]), between=between)

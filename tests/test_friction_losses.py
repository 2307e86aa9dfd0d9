"""The loss of benefit is divided completely among the frictions, with shares computed by hand."""

from itertools import combinations, permutations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import scenarios, tiny

import geofront as gf
from geofront import tables
from geofront.names import FRICTIONS, OBJECTIVES, SOLVERS, TOLERANCE
from geofront.quantities.friction_losses import marginal_losses, shapley_value

pytestmark = pytest.mark.slow

EXACT = 1e-9
"""Error of sums of 32 benefits, relative to the largest."""

orders = st.permutations(FRICTIONS).map(tuple)


def numbers(array):
    return pytest.approx(np.array(array, float), rel=TOLERANCE, abs=TOLERANCE)


def subsets(players):
    return [subset for size in range(len(players) + 1) for subset in combinations(players, size)]


def locality_and_capacity():
    """10 MW at home P for 50 USD; Q costs 20 USD and holds 6 MW, and 70 % of the demand is pinned.

    Free, all 10 MW move and save 30 USD per MWh. Pinned, 3 MW move: 9 USD. Where only the capacity is
    limited, 6 MW move: 18 USD. Together 3 MW move: 9 USD.
    """
    return tiny(price={"P": 50, "Q": 20}, capacity={"P": 10, "Q": 6}, pinned_share=0.7)


@pytest.mark.parametrize("solver", SOLVERS)
def test_two_frictions_by_hand(solver):
    """Of the total loss of 21 USD locality takes 21 or 9 and capacity 0 or 12, depending on which comes first."""
    losses = gf.friction_losses(locality_and_capacity(), solver=solver)
    assert losses.friction.values.tolist() == list(FRICTIONS)
    assert losses.alone.values == numbers([0, 0, 21, 0, 12])
    assert losses["last"].values == numbers([0, 0, 9, 0, 0])
    assert losses["cumulative"].values == numbers([0, 0, 21, 0, 0])
    assert losses.shapley.values == numbers([0, 0, 15, 0, 6])
    benefit = losses.benefit.to_series()
    assert benefit["none"] == numbers(30)
    assert benefit["locality"] == numbers(9)
    assert benefit["capacity"] == numbers(18)
    assert benefit["migration+egress+locality+legal+capacity"] == numbers(9)


def test_order_of_the_cumulative_losses():
    order = ("capacity", "legal", "locality", "egress", "migration")
    losses = gf.friction_losses(locality_and_capacity(), order=order)
    assert losses.friction.values.tolist() == list(order)
    assert losses["cumulative"].values == numbers([12, 0, 9, 0, 0])
    assert losses.shapley.sel(friction=list(FRICTIONS)).values == numbers([0, 0, 15, 0, 6])


def test_losses_of_some_frictions_where_all_others_are_off():
    """Without locality all 10 MW could move: capacity takes 12 of 30 USD, whatever egress does."""
    losses = gf.friction_losses(locality_and_capacity(), frictions=("capacity", "egress"))
    assert losses.friction.values.tolist() == ["egress", "capacity"]
    assert losses.subset.values.tolist() == ["none", "egress", "capacity", "egress+capacity"]
    assert losses.benefit.values == numbers([30, 30, 18, 18])
    assert losses.shapley.values == numbers([0, 12])
    assert losses["last"].values == numbers([0, 12])
    only = gf.friction_losses(locality_and_capacity(), frictions="locality")
    assert only.shapley.values == numbers([21])
    assert only.alone.values == numbers([21])
    assert tables.losses(losses).index.tolist() == [
        "Egress: bytes between regions",
        "Capacity: room in cheap regions",
        "These frictions",
    ]
    with pytest.raises(gf.GeofrontError, match="frictions is empty, so there are no losses"):
        gf.friction_losses(locality_and_capacity(), frictions=())
    with pytest.raises(gf.GeofrontError, match="must name each friction once: locality"):
        gf.friction_losses(locality_and_capacity(), frictions=("locality",), order=("capacity",))


def test_every_friction_by_hand():
    """One friction at a time, per MWh, where all 10 MW could move from 100 USD at P to 20 USD in Q.

    migration: 10 % more energy, 2 USD, and 2 USD of other costs: 4. egress: 10 GB at 0.5 USD: 5. locality: a
    quarter of 80 USD. legal: half of it. capacity: Q holds 6 of the 10 MW.
    """
    scenario = tiny(
        price={"P": 100, "Q": 20},
        overhead_energy=0.1,
        overhead_cost=2,
        upload=10,
        egress_request=0.5,
        pinned_share=0.25,
        regulated_share=0.5,
        lawful={"a": [True, False]},
        capacity={"P": 10, "Q": 6},
    )
    losses = gf.friction_losses(scenario)
    assert losses.alone.values == numbers([4, 5, 20, 40, 32])
    moved = 0.75 * 0.5
    assert float(losses.shapley.sum()) == numbers(80 - moved * (80 - 4 - 5))


def test_carbon_price_counts():
    """At 100 USD/t P costs 50 + 50 and Q 20 + 10 USD: free, a MWh saves 70."""
    scenario = locality_and_capacity()
    scenario["carbon"] = scenario.carbon + xr.DataArray([400.0, 0.0], dims="region")
    losses = gf.friction_losses(scenario, carbon_price=100)
    assert losses.benefit.sel(subset="none") == numbers(70)
    assert losses.shapley.values == numbers([0, 0, 35, 0, 14])


def test_losses_of_emissions_by_hand():
    """Q emits 40 of P's 100 kg: without frictions all 10 MW go there, with locality 3, with capacity 6.

    The warm-up of a steady load is zero, and Q's price above P's does not matter.
    """
    scenario = tiny(
        price={"P": 20, "Q": 50},
        carbon={"P": 100, "Q": 40},
        capacity={"P": 10, "Q": 6},
        pinned_share=0.7,
        warmup=0.5,
        weight=2,
    )
    losses = gf.friction_losses(scenario, objective="carbon", carbon_price=10)
    benefit = losses.benefit.to_series()
    assert benefit[["none", "locality", "capacity"]].to_numpy() == numbers([60, 18, 36])
    assert losses.alone.values == numbers([0, 0, 42, 0, 24])
    assert losses.shapley.values == numbers([0, 0, 30, 0, 12])
    assert {losses[name].attrs["units"] for name in losses.data_vars} == {"kg/MWh"}
    assert losses.attrs == {"objective": "carbon", "carbon_price": 10, "carbon_signal": "marginal"}


def test_losses_of_emissions_include_the_warm_up():
    """Away in one of two hours, 10 MW save 10 · 60 kg and cause 0.2 · 10 · 100 kg of warm-up at Q's mean of 100."""
    scenario = tiny(hours=2, carbon={"P": 100, "Q": [40, 160]}, warmup=0.2)
    losses = gf.friction_losses(scenario, objective="carbon")
    assert losses.benefit.sel(subset="none") == numbers(600 / 20)
    assert losses.benefit.sel(subset="migration") == numbers(400 / 20)


@settings(max_examples=12)
@given(scenarios(), orders, st.sampled_from(OBJECTIVES))
def test_losses_add_up_on_any_scenario(scenario, order, objective):
    """In any order, and as Shapley values, they are the whole loss."""
    losses = gf.friction_losses(scenario, order=order, objective=objective)
    if not scenario.demand.any():
        assert losses.shapley.isnull().all()
        return
    benefit = losses.benefit.to_series()
    total = benefit["none"] - benefit["+".join(FRICTIONS)]
    exact = pytest.approx(total, rel=0, abs=EXACT * max(1.0, benefit.abs().max()))
    assert float(losses.shapley.sum()) == exact
    assert float(losses["cumulative"].sum()) == exact


@settings(max_examples=12)
@given(scenarios(lowest_price=0))
def test_more_frictions_never_bring_more_benefit(scenario):
    """Where no price is negative; otherwise the overhead energy of relocation is an income."""
    benefit = gf.friction_losses(scenario).benefit.fillna(0).to_series()
    slack = TOLERANCE * max(1.0, benefit.abs().max())
    for subset in subsets(FRICTIONS):
        for friction in set(FRICTIONS) - set(subset):
            more = "+".join(name for name in FRICTIONS if name in (*subset, friction))
            assert benefit[more] <= benefit["+".join(subset) or "none"] + slack
    assert (benefit >= -slack).all()


@st.composite
def games(draw, players="abcd"):
    """The benefit of every subset of some players."""
    values = draw(st.lists(st.integers(-1000, 1000), min_size=2 ** len(players), max_size=2 ** len(players)))
    return dict(zip(map(frozenset, subsets(players)), map(float, values), strict=True))


def shapley_values(game, players):
    return {player: shapley_value(marginal_losses(game, player)) for player in players}


@given(games())
def test_shapley_values_are_mean_losses_over_all_orders(game):
    values = shapley_values(game, "abcd")
    for player in "abcd":
        added = []
        for order in permutations("abcd"):
            before = frozenset(order[: order.index(player)])
            added.append(game[before] - game[before | {player}])
        assert values[player] == pytest.approx(np.mean(added), rel=0, abs=EXACT * 1000)
    assert sum(values.values()) == pytest.approx(game[frozenset()] - game[frozenset("abcd")], rel=0, abs=EXACT * 1000)


@given(games("ab"), games("ab"))
def test_interchangeable_players_lose_alike(some, others):
    """c and d add the same to any subset of a and b: each gets half of what both take together."""
    game = {}
    for subset in map(frozenset, subsets("abcd")):
        rest = subset & set("ab")
        game[subset] = some[rest] - others[rest] * len(subset & set("cd"))
    values = shapley_values(game, "abcd")
    assert values["c"] == pytest.approx(values["d"], rel=0, abs=EXACT * 1000)


@given(games("abc"), st.integers(-1000, 1000))
def test_a_player_that_always_adds_the_same_loses_just_that(game, loss):
    with_d = game | {subset | {"d"}: value - loss for subset, value in game.items()}
    values = shapley_values(with_d, "abcd")
    assert values.pop("d") == pytest.approx(loss, rel=0, abs=EXACT * 1000)
    assert values == pytest.approx(shapley_values(game, "abc"), rel=0, abs=EXACT * 1000)


@given(games(), games())
def test_shapley_values_of_a_sum_are_sums(first, second):
    both = shapley_values({subset: first[subset] + second[subset] for subset in first}, "abcd")
    apart = shapley_values(first, "abcd"), shapley_values(second, "abcd")
    assert both == pytest.approx({name: apart[0][name] + apart[1][name] for name in "abcd"}, rel=0, abs=EXACT * 1000)


def test_stylized_day():
    """The benefits equal separate placements; the scenario does not change, and every number has its unit."""
    day = gf.stylized(snapshots="day", regions=["us-texas", "ca-ontario", "eu-paris"])
    before = day.copy(deep=True)
    losses = gf.friction_losses(day)
    xr.testing.assert_identical(day, before)
    local = gf.totals(gf.local(day))["cost_per_mwh"]
    for frictions in ((), ("egress", "capacity"), FRICTIONS):
        benefit = local - gf.totals(gf.place(day, frictions=frictions))["cost_per_mwh"]
        assert float(losses.benefit.sel(subset="+".join(frictions) or "none")) == numbers(benefit)
    assert losses.sizes == {"subset": 32, "friction": 5}
    assert losses.active.sum("friction").values.tolist() == [0] + [1] * 5 + [2] * 10 + [3] * 10 + [4] * 5 + [5]
    assert losses.active.sel(subset="egress+capacity").values.tolist() == [False, True, False, False, True]
    assert {losses[name].attrs["units"] for name in losses.data_vars} == {"USD/MWh"}
    assert all(losses[name].attrs["long_name"] for name in losses.data_vars)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"order": ("capacity",)}, "must name each friction once: migration, egress, locality, legal, capacity"),
        ({"order": (*FRICTIONS, "capacity")}, "must name each friction once"),
        ({"solver": "Abacus"}, "solver='Abacus' is unknown"),
        ({"objective": "fame"}, "objective='fame' is unknown"),
    ],
)
def test_wrong_choices(choices, message):
    with pytest.raises(gf.GeofrontError, match=message):
        gf.friction_losses(locality_and_capacity(), **choices)


def test_baseline_without_capacity():
    with pytest.raises(gf.GeofrontError, match="home demand exceeds 'capacity' at 'P"):
        gf.friction_losses(tiny(capacity={"P": 9, "Q": 50}))

"""Claims: the numbers by hand, and a verdict of each kind."""

from importlib import import_module

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront import tables
from geofront.tables.claims import Verdict
from geofront.tables.geography import ALL

of = import_module("geofront.tables.claims")  # the package exports a function of the same name


def test_table():
    table = tables.claims([Verdict("it holds", True, "1 of 1"), Verdict("it does not", False, "0 of 1")])
    assert table.to_dict("records") == [
        {"Claim": "it holds", "Verdict": "holds", "Numbers": "1 of 1"},
        {"Claim": "it does not", "Verdict": "refuted", "Numbers": "0 of 1"},
    ]


@pytest.mark.parametrize(("latency", "holds"), [(0.2, True), (0.4, False)])
def test_capacity_or_latency(latency, holds):
    limited = pd.DataFrame({"capacity": [0.3], "latency": [latency]}, index=["all"])
    claim = of.capacity_keeps_more_than_latency(limited)
    assert claim.holds is holds
    assert claim.numbers == f"kept by capacity 30 %, by latency {100 * latency:.0f} % of demand"


@pytest.mark.parametrize(("room", "holds", "imports"), [(20, True, 10), (4, False, 4)])
def test_imports(room, holds, imports):
    """Of 10 MW at P, Q (20 USD) takes what it has room for, and R (30 USD) the rest."""
    scenario = tiny(regions="PQR", price={"P": 60, "Q": 20, "R": 30}, capacity={"P": 20, "Q": room, "R": 20})
    claim = of.cheapest_region_imports_most(scenario, gf.place(scenario))
    assert bool(claim.holds) is holds
    assert f"imports {imports} MW" in claim.numbers


def geography(lawful, realised):
    """Table 5 of one class at 100, 200 and 400 ms and at its own budget."""
    names = [("A", "common")] * 3 + [("A", "own")] + [(ALL, "common")] * 3 + [(ALL, "own")]
    half = {"Network budget": [100.0, 200.0, 400.0, 300.0], "Regions in reach": [1.0, 2.0, 4.0, 3.0]}
    half |= {"Lawful regions in reach": lawful, "Realised RID": realised}
    return pd.DataFrame(
        {name: [*values, *values] for name, values in half.items()},
        index=pd.MultiIndex.from_tuples(names, names=["Class", "Budgets"]),
    )


def test_what_closes_regions():
    """With its own budget 3 of 5 regions are in reach: latency closes 2, law 1.5."""
    claim = of.latency_closes_more_than_law(geography([1, 1, 2, 1.5], [0, 0, 0, 0]), 5)
    assert claim.holds
    assert "latency closes 2.0 and law 1.5 more (A 2.0 and 1.5)" in claim.numbers
    assert not of.latency_closes_more_than_law(geography([1, 1, 2, 0.5], [0, 0, 0, 0]), 5).holds


@pytest.mark.parametrize(("lawful", "holds"), [([1, 2, 3, 2], True), ([1, 2, 5, 2], False)])
def test_reach_grows(lawful, holds):
    """One more region within 100 ms, then one or three within 200 ms."""
    claim = of.reach_grows_ever_slower(geography(lawful, [0, 0, 0, 0]))
    assert claim.holds is holds
    assert "1.00 regions per 100 ms from 100 to 200 ms" in claim.numbers


@pytest.mark.parametrize(("realised", "holds"), [([1, 5, 9, 5], True), ([1, 9, 5, 5], False)])
def test_who_moves_most(realised, holds):
    claim = of.every_class_moves_more(geography([1, 1, 1, 1], realised))
    assert claim.holds is holds
    assert f"by {0 if holds else 4} (A) percentage points" in claim.numbers


def test_own_budgets_may_be_the_same_for_all_classes():
    """Then Table 5 has them as one more common budget, in the last row of each class."""
    table = geography([1, 1, 2, 1.5], [1, 5, 9, 5]).rename(index={"own": "common"})
    assert "latency closes 2.0 and law 1.5 more (A 2.0 and 1.5)" in of.latency_closes_more_than_law(table, 5).numbers
    assert of.every_class_moves_more(table).holds


def test_own_budgets():
    assert of.own_budget_reaches_half({"A": 0.5, "B": 0.9}) == Verdict(
        "every class has half of what latency can save it at its own budget", True, "they have 50 % (A), 90 % (B)"
    )
    assert not of.own_budget_reaches_half({"A": 0.49}).holds


def frontier(cost, carbon):
    """Of the network, at 0, 100 and 200 ms, for 10 MWh."""
    values = {"cost_per_mwh": np.array(cost), "carbon_per_mwh": np.array(carbon)}
    values |= {"cost": 10 * values["cost_per_mwh"], "emissions": 10 * values["carbon_per_mwh"]}
    return xr.Dataset(
        {name: ("budget", value) for name, value in values.items()},
        {"budget": [0.0, 100.0, 200.0]},
        {"scope": "network", "objective": "cost"},
    )


@pytest.mark.parametrize(("cost", "holds"), [([100.0, 80, 70], True), ([100.0, 95, 70], False)])
def test_returns(cost, holds):
    claim = of.returns_diminish(frontier(cost, [1.0, 1, 1]), [0, 100, 200])
    assert claim.holds is holds
    assert f"{100 - cost[1]:.2f} from 0 to 100 ms" in claim.numbers


@pytest.mark.parametrize(("carbon", "holds"), [([9.0, 8, 7], True), ([9.0, 8, 10], False)])
def test_emissions(carbon, holds):
    claim = of.emissions_follow_costs(frontier([100.0, 95, 90], carbon))
    assert claim.holds is holds
    assert claim.numbers.startswith(f"{0 if holds else 1} of 2 steps")


def test_building():
    assert of.no_megawatt_pays(pd.DataFrame({"of_building": [0.2, 0.9]})).holds
    assert not of.no_megawatt_pays(pd.DataFrame({"of_building": [0.2, 1.1]})).holds


@pytest.mark.parametrize(("last", "holds"), [(52.0, True), (90.0, False)])
def test_nearly_clean(last, holds):
    """From 100 to 60 kg, 36 kg less is on the second stretch."""
    front = xr.Dataset(
        {
            "emissions": ("point", [100.0, 80.0, 60.0]),
            "cost": ("point", [50.0, 51.0, last]),
            "carbon_price": ("point", [0.0, 50.0, 450.0]),
        }
    )
    claim = of.nearly_clean_is_nearly_free({"marginal": front})
    assert claim.holds is holds
    assert f"{100 * (51 + 0.8 * (last - 51)) / 50 - 100:.0f} % more by the marginal signal" in claim.numbers


def test_nothing_to_clean():
    front = xr.Dataset({name: ("point", [value]) for name, value in (("emissions", 0.0), ("cost", 50.0))})
    claim = of.nearly_clean_is_nearly_free({"marginal": front.assign(carbon_price=("point", [0.0]))})
    assert claim.holds
    assert "0 % more by the marginal signal" in claim.numbers


@pytest.mark.parametrize(
    ("cleanest", "holds", "excess"), [(90.0, True, "11.1"), (99.5, False, "0.5"), (0.0, True, "inf")]
)
def test_cheap_is_not_clean(cleanest, holds, excess):
    """The cheapest emits 100 kg by the first signal and twice as much as the cleanest by the second."""
    policies = {
        "marginal": pd.DataFrame({"carbon_per_mwh": {"cheapest": 100.0, "cleanest": cleanest}}),
        "ifi": pd.DataFrame({"carbon_per_mwh": {"cheapest": 100.0, "cleanest": 50.0}}),
    }
    claim = of.cheap_is_not_clean(policies)
    assert claim.holds is holds
    assert claim.numbers == f"it emits {excess} % more by the marginal signal, 100.0 % more by the IFI signal"


@pytest.mark.parametrize(("other", "holds"), [(110.0, True), (100.5, False)])
def test_every_signal_has_its_own_cleanest(other, holds):
    index = pd.MultiIndex.from_product([["marginal", "ifi"]] * 2, names=["placed_under", "evaluated_under"])
    claim = of.every_signal_has_its_own_cleanest(pd.DataFrame({"carbon_per_mwh": [100.0, 60.0, other, 50.0]}, index))
    assert claim.holds is holds
    assert f"{other - 100:.1f} % more by the marginal signal" in claim.numbers
    assert "20.0 % more by the IFI signal" in claim.numbers


@pytest.mark.parametrize(("delivered", "holds"), [(-28.0, True), (-45.0, False)])
def test_delivered_prices(delivered, holds):
    claim = of.delivered_prices_save_a_smaller_share({"wholesale": -40.0, "delivered": delivered})
    assert claim.holds is holds
    assert claim.numbers == f"it saves 40 % by wholesale prices, {-delivered:.0f} % by delivered prices"


@pytest.mark.parametrize(("at_zero", "holds"), [(-9.0, True), (1.0, False)])
def test_contested_factor(at_zero, holds):
    claim = of.contested_factor_decides(at_zero, -2.0)
    assert claim.holds is holds
    assert "by −2.0 % as given" in claim.numbers


@pytest.mark.parametrize(("missed", "holds"), [(65.0, True), (40.0, False)])
def test_extreme_hours(missed, holds):
    claim = of.extreme_hours_miss_most(41.0, missed)
    assert claim.holds is holds
    assert claim.numbers == f"these are 41 % of hours and {missed:.0f} % of the missed benefit"


@pytest.mark.parametrize(("fitted", "holds"), [(0.13, True), (0.05, False)])
def test_fitted_days(fitted, holds):
    claim = of.fitted_days_miss_more({"Fitted days": fitted, "Averaged days": 0.07})
    assert claim.holds is holds
    assert claim.numbers == f"fitted days miss {100 * fitted:.1f} %, averaged days miss 7.0 %"


@pytest.mark.parametrize(("captured", "holds"), [(0.9, True), (0.8, False)])
def test_yesterday(captured, holds):
    claim = of.yesterday_is_a_good_forecast({"yesterday": captured, "last 7 days": 0.91})
    assert claim.holds is holds
    assert claim.numbers == f"captured are {100 * captured:.1f} % (yesterday), 91.0 % (last 7 days)"

"""Findings about the worth of limits: sentences with the right numbers, and checks that fail on wrong results."""

import pandas as pd
import pytest
import xarray as xr
from scenarios import tiny

from geofront.tables.findings import worth as findings

BUILDING = {"value": 1.0e6, "low": 0.5e6, "high": 2.0e6}


def capacity(**worth: float) -> pd.DataFrame:
    """Worth of three regions in USD/MW/yr; it holds from 2 MW less to 5 MW more in P only."""
    table = pd.DataFrame({"worth": worth}).rename_axis("region")
    ranges = pd.DataFrame({"less": [2.0], "more": [5.0]}, ["P"])
    return table.assign(of_building=table.worth / BUILDING["value"]).join(ranges)


@pytest.fixture(scope="module")
def scenario() -> xr.Dataset:
    names = ("region", ["Paris", "Quito", "Rome"])
    return tiny(regions="PQR").assign_coords(region_name=names)


def test_most_valuable_capacity(scenario):
    wholesale, delivered = capacity(P=300_000.0, Q=100_000.0, R=0.0), capacity(P=250_000.0, Q=400_000.0, R=0.0)
    finding = findings.of_capacity(scenario, wholesale, BUILDING, {"wholesale": wholesale, "delivered": delivered})
    assert finding.sentence == (
        "One more MW is worth 300 thousand USD a year in Paris, where capacity is most valuable: 30 % of what a MW of "
        "data centre costs to build, about 1.00 million USD a year (0.50 to 2.00). That price holds from 2.0 MW less "
        "to 5.0 MW more. The saving in electricity pays for a new data centre nowhere; at most, it is 30 % by "
        "wholesale prices and 40 % by delivered prices."
    )
    assert finding.numbers == {
        "capacity_worth_usd_per_mw_yr": {"P": 300_000, "Q": 100_000, "R": 0},
        "largest_capacity_worth_thousand_usd": 300,
        "capacity_worth_percent_of_building": 30,
        "capacity_worth_percent_of_building_by_price_scope": {"wholesale": 30, "delivered": 40},
        "capacity_range_mw": {"P": {"less": 2, "more": 5}},
        "building_cost_usd_per_mw_yr": 1e6,
    }


def test_a_data_centre_that_pays(scenario):
    wholesale, delivered = capacity(P=900_000.0, Q=0.0, R=0.0), capacity(P=1_200_000.0, Q=0.0, R=0.0)
    finding = findings.of_capacity(scenario, wholesale, BUILDING, {"wholesale": wholesale, "delivered": delivered})
    assert finding.sentence.endswith(
        "pays for a new data centre somewhere by delivered prices; at most, it is 90 % by wholesale prices and 120 % "
        "by delivered prices."
    )


def test_no_capacity_is_scarce(scenario):
    idle = capacity(P=0.0, Q=0.0, R=0.0)
    finding = findings.of_capacity(scenario, idle, BUILDING, {"wholesale": idle})
    assert finding.sentence == "No capacity is scarce."
    assert finding.numbers["capacity_worth_percent_of_building_by_price_scope"] == {"wholesale": 0}
    assert finding.numbers["capacity_range_mw"] == {}


@pytest.mark.parametrize(
    ("saved", "wrong"),
    [
        (1000.0, ()),
        (960.0, ()),
        (940.0, ("P saves less than its worth within its range",)),
        (1010.0, ("P saves more than its worth",)),
    ],
)
def test_worth_holds_within_five_per_cent(saved, wrong):
    """5 MW more at 200 USD/MW save 1000 USD."""
    limit = pd.Series({"worth": 200.0, "more": 5.0}, name="P")
    assert findings.range_failures(limit, saved, least=1e5) == wrong


def front(emissions: list[float], cost: list[float], carbon_price: list[float]) -> xr.Dataset:
    columns = {"emissions": emissions, "cost": cost, "carbon_price": carbon_price}
    return xr.Dataset({name: ("point", values) for name, values in columns.items()}, attrs={"error": 0.004})


def test_halves_of_the_possible_cut():
    """From 100 to 80, the first half costs 5 %, up to 50 USD/t, and the second 15 points more."""
    fronts = {"ifi": front([100, 90, 80], [200, 210, 240], [0, 50, 300]), "average": front([70], [200], [0])}
    finding = findings.of_fronts(fronts, 0.01)
    assert finding.sentence == (
        "By the IFI signal, emissions can fall by 20 % against the cheapest placement. The first half of that raises "
        "cost by 5.0 %, up to a carbon price of 50 USD/t; the second half by 15.0 percentage points. By the average "
        "signal, the cheapest placement has the least emissions."
    )
    assert finding.numbers["front_error"] == {"ifi": 0.004, "average": 0.004}
    assert finding.numbers["cuts"]["average"] == {}
    cuts = finding.numbers["cuts"]["ifi"]
    assert list(cuts) == ["1", "2", "5", "10", "15"]
    assert cuts["5"] == {"cost_percent": pytest.approx(2.5), "carbon_price": 50}
    assert cuts["15"] == {"cost_percent": pytest.approx(12.5), "carbon_price": 300}
    assert finding.failed == ()


def test_a_saving_below_rounding_has_no_sign():
    fronts = {"marginal": front([100, 90, 80], [200, 200 * (1 - 1e-15), 200], [0, 0, 0])}
    assert "raises cost by 0.0 %" in findings.of_fronts(fronts, 0.01).sentence


def test_a_front_less_exact_than_requested_is_noticed():
    fronts = {"marginal": front([100, 80], [200, 240], [0, 50]), "ifi": front([70], [200], [0])}
    assert findings.of_fronts(fronts, 0.001).failed == (
        "the front by the marginal signal is less exact than requested",
        "the front by the IFI signal is less exact than requested",
    )


def test_an_optimum_that_the_front_misses_is_noticed():
    """At 50 USD/t, 60 USD and 400 kg per MWh cost 80 USD; at 200 USD/t, 70 USD and 300 kg cost 130."""
    policies = pd.DataFrame(
        {"cost_per_mwh": [60.0, 70.0], "carbon_per_mwh": [400.0, 300.0]}, ["joint at 50 USD/t", "joint at 200 USD/t"]
    )
    optima = {price: pd.Series({"cost_per_mwh": cost}) for price, cost in ((50.0, 80.0), (200.0, 130.0))}
    assert findings.front_failures(policies, optima) == ()
    wrong = optima | {200.0: pd.Series({"cost_per_mwh": 129.9})}
    assert findings.front_failures(policies, wrong) == ("the front misses the placement at 200 USD/t",)

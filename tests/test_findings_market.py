"""Findings about prices that respond: savings by size, the range of linear prices, and the two behaviours."""

import pandas as pd
import pytest
import xarray as xr

from geofront import tables
from geofront.tables.findings import market as findings


def sizes(*rows):
    """Rows of demand, slope, savings of the system, the bill and others, and share of the zone of Mumbai."""
    columns = ["demand_gw", "slope", "system_saving", "bill_saving", "others_saving", "zone_share"]
    return pd.DataFrame(rows, columns=columns).assign(region="Mumbai")


USUAL = sizes(
    (1.0, 1.0, 39.4, 39.7, 39.6, 0.01),
    (1.0, 3.0, 39.1, 39.8, 118.6, 0.01),
    (3.0, 1.0, 39.1, 39.8, 39.5, 0.05),
    (30.0, 1.0, 34.2, 41.5, 39.0, 0.4),
)


def test_savings_of_the_smallest_and_the_largest_fleet():
    found = findings.by_size(USUAL, 0.2)
    assert found.sentence == (
        "At 1 % of the price per percent of load, the whole system saves 39.4 USD/MWh at 1 GW and 34.2 at 30 GW, while "
        "the fleet's own bill saves 39.7 and 41.5: leaving an expensive zone makes what stays there cheaper. Other "
        "consumers gain 39.6 USD per MWh of inference at 1 GW, a transfer from producers. Linear prices are valid up "
        "to 3 GW; above, the load of Mumbai changes by more than 20 % of its zone's."
    )
    assert found.numbers["saving_usd_per_mwh"]["3"] == {"1": {"system": 39.1, "bill": 39.8, "others": 118.6}}
    assert found.numbers["saving_usd_per_mwh"]["1"].keys() == {"1", "3", "30"}
    assert (found.numbers["answer_ends_gw"], found.numbers["ends_in"]) == (3, "Mumbai")
    assert found.numbers["largest_share_percent"] == 20
    assert found.failed == ()


def test_a_single_fleet():
    found = findings.by_size(USUAL[:1], 0.2)
    assert "the whole system saves 39.4 USD/MWh at 1 GW, while the fleet's own bill saves 39.7: leaving" in (
        found.sentence
    )
    assert found.sentence.endswith("Linear prices are valid up to 1 GW, the largest fleet here.")


def test_prices_that_are_valid_for_no_fleet():
    found = findings.by_size(USUAL, 0.001)
    assert found.sentence.endswith(
        "valid for no fleet here: the load of Mumbai changes by more than 0.1 % of its zone's."
    )
    assert found.numbers["answer_ends_gw"] == 0


def test_other_consumers_may_lose():
    found = findings.by_size(sizes((1.0, 1.0, 20.0, 19.0, -3.0, 0.01)), 0.2)
    assert "own bill saves 19.0. Other consumers lose 3.0 USD per MWh of inference at 1 GW, a transfer to" in (
        found.sentence
    )


def test_savings_that_do_not_follow_the_product_are_noticed():
    """A fleet of 1 GW at 3 % is one of 3 GW at 1 %."""
    wrong = USUAL.assign(system_saving=[39.4, 39.0, 39.1, 34.2])
    assert findings.by_size(wrong, 0.2).failed == ("size and slope do not matter by their product alone",)


def equilibrium(bill, system):
    savings = {"bill_saving": bill, "system_saving": system, "others_saving": 0.0}
    return xr.Dataset(
        savings | {"zone_share": (("region", "hour"), [[0.1]])},
        {"region": ["p"], "hour": [0]},
        {"objective": 8.76e6 * 60, "behaviour": "price-taking", "gap": 0.0},
    )


def test_savings_by_behaviour():
    takers, fleets = {1.0: equilibrium(40.0, 39.0)}, {1.0: equilibrium(41.0, 38.0)}
    table = tables.behaviours(takers, fleets)
    assert table.loc["1"].to_dict() == {
        "Own bill, price takers": 40,
        "Own bill, one fleet": 41,
        "Whole system, price takers": 39,
        "Whole system, one fleet": 38,
    }
    assert set(table.attrs["units"].values()) == {"USD/MWh"}
    assert findings.wrong_behaviours(takers, fleets, 1e-6) == ()


@pytest.mark.parametrize(
    ("fleet", "wrong"),
    [
        (equilibrium(39.9, 39.0), ("a fleet pays more than price takers",)),
        (equilibrium(40.0, 39.1), ("a fleet saves the system more",)),
        (equilibrium(40.0 - 1e-4, 39.0 + 1e-4), ()),
    ],
)
def test_wrong_behaviours_are_noticed_beyond_the_gap(fleet, wrong):
    """A gap of 1e-6 of 160 USD/MWh, twice, is 3.2e-4."""
    assert findings.wrong_behaviours({1.0: equilibrium(40.0, 39.0)}, {1.0: fleet}, 1e-6) == wrong

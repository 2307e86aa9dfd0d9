"""Findings about a lower price in one region: loads, room and cost."""

import pandas as pd
import pytest
import xarray as xr

from geofront.tables.findings import explorer as findings

CASES = ("base", "lower price", "more capacity")


@pytest.fixture
def scenario():
    """Paris has 100 MW. The second hour stands for three hours of the year."""
    coords = {"region": ["eu-paris", "in-mumbai"], "hour": [0, 1], "weight": ("hour", [1.0, 3.0])}
    return xr.Dataset({"capacity": ("region", [100.0, 500.0])}, coords).assign_coords(
        region_name=("region", ["Paris", "Mumbai"])
    )


def placements(scenario, *loads, frictions=("capacity",)):
    """Placements by the load of Paris in both hours."""
    return {
        case: scenario.drop_vars("capacity")
        .assign(used_capacity=(("region", "hour"), [load, [9.0, 9.0]]))
        .assign_attrs(frictions=frictions)
        for case, load in zip(CASES, loads, strict=True)
    }


def comparison(*cost):
    per_mwh = [100.0, *cost]
    return pd.DataFrame({"cost": [8760 * each for each in per_mwh], "cost_per_mwh": per_mwh}, ["all-local", *CASES])


def finding(scenario, *loads, cost=(60.0, 58.0, 50.0), **options):
    placed = placements(scenario, *loads, **options)
    return findings.lower_price(scenario, placed, comparison(*cost), "eu-paris", 0.3)


def test_a_region_that_is_full_in_one_hour_of_four(scenario):
    """Means of (100 + 3·60)/4 = 70, (100 + 3·80)/4 = 85 and (200 + 3·160)/4 = 170 MW."""
    found = finding(scenario, [100.0, 60.0], [100.0, 80.0], [200.0, 160.0])
    assert found.sentence == (
        "With electricity 30 % cheaper in Paris, 85 MW run there instead of 70 MW; before, its capacity was full in "
        "25 % of the hours. With twice the capacity, 170 MW would run there. The cost of all demand falls from 60.0 to "
        "58.0 and 50.0 USD per MWh of IT energy."
    )
    assert found.numbers["full_share_of_hours"] == 0.25
    assert (found.numbers["mw_when_cheap"], found.numbers["cost_usd_per_mwh_when_cheap"]) == (85, 58)
    assert found.failed == ()


def test_a_region_that_is_always_full(scenario):
    found = finding(scenario, [100.0, 100.0], [100.0, 100.0], [200.0, 200.0])
    assert "100 MW run there instead of 100 MW: its capacity is full already." in found.sentence


def test_a_region_without_limit_is_never_full(scenario):
    found = finding(scenario, [100.0, 100.0], [300.0, 300.0], [300.0, 300.0], frictions=("egress",))
    assert "300 MW run there instead of 100 MW. With twice" in found.sentence
    assert found.numbers["full_share_of_hours"] == 0
    assert found.failed == ()


def test_a_price_that_nobody_pays(scenario):
    found = finding(scenario, [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], cost=(60.0, 60.0, 60.0))
    assert found.sentence.endswith("The cost of all demand stays at 60.0 USD per MWh of IT energy.")


def test_wrong_results_are_noticed(scenario):
    found = finding(scenario, [100.0, 60.0], [120.0, 60.0], [200.0, 160.0], cost=(60.0, 61.0, 50.0))
    assert found.failed == ("the lower price moves demand without room", "a lower price or more room costs more")

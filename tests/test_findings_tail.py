"""Findings about slow requests and full pools: savings at measured jitter, and tables for readers."""

import numpy as np
import pandas as pd
import pytest

from geofront import tables
from geofront.tables.findings import tail as findings


def measured(benefit=(39.6, 36.4, 30.4), urgent=(0.32, 0.26, 0.21)):
    columns = {
        "jitter": [0.0, 0.059, 0.19],
        "over_budget": [0.0, 0.005, 0.016],
        "benefit": benefit,
        "relocated:A": urgent,
        "relocated:D": [0.69, 0.7, 0.7],
    }
    return pd.DataFrame(columns, ["none", "median", "high"])


def cases(*benefit):
    return pd.DataFrame({"jitter": 0.1 * np.arange(len(benefit)), "benefit": benefit})


def test_savings_and_shares_at_measured_jitter():
    found = findings.at_measured_jitter(measured(), cases(39.6, 35.0))
    assert found.sentence == (
        "With the median of measured jitter, 0.06, relocation saves 36.4 instead of 39.6 USD/MWh; with the 90th "
        "percentile, 0.19, it saves 30.4. Class A relocates 26 and 21 instead of 32 %."
    )
    assert found.numbers["benefit_usd_per_mwh"] == {"none": 39.6, "median": 36.4, "high": 30.4}
    assert found.numbers["relocated_percent"]["D"] == pytest.approx({"none": 69, "median": 70, "high": 70})
    assert found.numbers["over_budget_percent"] == pytest.approx(1.6)
    assert found.failed == ()


def test_jitter_that_changes_nothing():
    found = findings.at_measured_jitter(measured(3 * [24.4], 3 * [0.3]), cases(24.4))
    assert found.sentence == (
        "Relocation saves 24.4 USD/MWh up to the 90th percentile of measured jitter, 0.19. Class A relocates 30 % with "
        "or without jitter."
    )
    assert found.failed == ()


def test_more_jitter_that_saves_more_is_noticed():
    """Whatever the order of the cases; a case that has no saving is not compared."""
    rising = cases(39.6, 35.0, 35.1)
    assert findings.at_measured_jitter(measured(), rising).failed == ("more jitter saves more",)
    falling = cases(39.6, 35.0, 34.9)
    assert findings.at_measured_jitter(measured(), falling[::-1]).failed == ()
    assert findings.at_measured_jitter(measured(), cases(39.6, np.nan, 35.1)).failed == ()


def test_homes_over_budget_in_per_cent():
    at = pd.MultiIndex.from_tuples([("lima", "A")], names=["client", "workload"])
    missed = pd.DataFrame({"latency": [301.0], "budget": [300.0], "demand_share": [0.0104]}, at)
    table = tables.late_homes(missed)
    assert table.iloc[0].tolist() == [301, 300, pytest.approx(1.04)]
    assert table.attrs["units"] == {"Latency at home": "ms", "Budget": "ms", "Share of demand": "%"}


def test_pools_of_one_and_of_several_utilisations():
    waiting = pd.DataFrame(
        {
            "servers": [100, 1000],
            "utilisation": [0.9, [0.5, 0.7]],
            "benefit": [np.nan, 35.0],
            "over_budget": [0.179, 0.005],
        }
    )
    table = tables.pools(waiting)
    assert table["Utilisation"].tolist() == ["90", "50, 70"]
    assert table["Demand whose home misses its budget"].tolist() == pytest.approx([17.9, 0.5])
    assert table.attrs["units"]["Saving"] == "USD/MWh"

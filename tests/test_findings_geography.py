"""Findings about reach and relocatable demand, from small tables."""

import pandas as pd
import pytest
from scenarios import tiny

from geofront.tables.findings import geography as findings
from geofront.tables.geography import ALL

COST = {"50 ms": 60.0, "500 ms": 40.0, "own": 45.0}


def table(reach=(0.0, 4.0, 3.0), realised=(0.0, 40.0, 30.0), technical=(10.0, 80.0, 60.0)) -> pd.DataFrame:
    """Table 5 of one class at 50 and 500 ms and at its own budget of 300 ms."""
    budgets = ["common", "common", "own"]
    part = {
        "Network budget": [50.0, 500.0, 300.0],
        "Regions in reach": reach,
        "Technical RID": technical,
        "Economic RID": [5.0, 60.0, 50.0],
        "Realised RID": realised,
    }
    names = [(each, kind) for each in ("Chat", ALL) for kind in budgets]
    index = pd.MultiIndex.from_tuples(names, names=["Class", "Budgets"])
    return pd.DataFrame({name: [*values, *values] for name, values in part.items()}, index=index)


def test_from_the_tightest_to_the_loosest_budget():
    finding = findings.reach_and_relocation(table(), COST)
    assert finding.sentence == (
        "From 50 to 500 ms for the network, the regions in reach of the average request grow from 0.0 to 4.0, "
        "technical RID from 10 to 80 % of demand, and what really moves from 0 to 40 %; cost falls from 60.0 to "
        "40.0 USD/MWh. With the classes' own budgets 60 % could move, 50 % would be cheaper elsewhere, and 30 % moves: "
        "cheap capacity is scarce, and warming up costs."
    )
    assert finding.numbers["largest_fall_of_realised_percent"] == 0
    assert finding.failed == ()


def test_classes_that_compete():
    finding = findings.reach_and_relocation(table(realised=(50.0, 40.0, 45.0), technical=(60, 80, 70)), COST)
    assert finding.sentence.endswith("realised RID of class Chat ends 10 percentage points below its best.")


def test_what_cannot_be_is_named():
    fails = findings.reach_and_relocation(table(reach=(5.0, 4.0, 3.0)), COST).failed
    assert fails == ("a looser budget takes regions or relocatable demand away",)
    assert findings.reach_and_relocation(table(), COST | {"500 ms": 61.0}).failed == ("a looser budget costs more",)
    fails = findings.reach_and_relocation(table(realised=(0.0, 90.0, 30.0)), COST).failed
    assert fails == ("more demand moves, or would save, than could move",)


def home_of(lawful):
    scenario = tiny(workloads="AB", pinned_share=0.2, regulated_share={"a": {"A": 0.5, "B": 0.0}}, lawful=lawful)
    return scenario.assign_coords(client_name=("client", ["Lima"]))


def test_demand_at_unlawful_homes():
    """Half of A's demand is regulated, a fifth is pinned anyway: 0.8 · 0.5 · 10 of 20 MW."""
    finding = findings.at_unlawful_homes(home_of({"a": {"P": False, "Q": True}}))
    assert finding.numbers == {
        "regulated_at_unlawful_homes_percent": pytest.approx(20),
        "clients_of_unlawful_homes": ["Lima"],
    }
    assert finding.sentence.endswith("that concerns 20.00 % of demand, the regulated share of Lima.")


def test_lawful_homes_need_no_sentence():
    assert findings.at_unlawful_homes(home_of(True)).sentence == ""

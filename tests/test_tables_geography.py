"""Table 5: feasible geography and relocatable demand."""

import numpy as np
import pytest
from scenarios import tiny

import geofront as gf
from geofront import tables


def table_at(**budgets):
    """Table 5 of one demand at P: Q is 50 ms away and lawful, R 90 ms away and not; both are cheaper."""
    base = tiny(
        regions="PQR",
        price={"P": 60.0, "Q": 50.0, "R": 40.0},
        rtt={"P": [2.0, 50.0, 90.0], "Q": 70.0, "R": 70.0},
        lawful={"a": [True, True, False]},
        pinned_share=0.2,
        regulated_share=0.5,
        workloads="AB",
        capacity={"P": 100.0, "Q": 100.0, "R": 3.0},
        service_time={"A": 100.0, "B": 0.0},
    )
    scenarios = {name: base.assign(latency_budget=("workload", values)) for name, values in budgets.items()}
    return tables.feasible_geography(scenarios, {name: gf.relocatable(each) for name, each in scenarios.items()})


def test_a_table_by_hand():
    table = table_at(tight=[160.0, 60.0], loose=[200.0, 100.0])
    assert list(table.index) == [
        ("A", "common"),
        ("A", "common"),
        ("B", "common"),
        ("B", "common"),
        ("All classes", "common"),
        ("All classes", "common"),
    ]
    assert table["Network budget"].to_list() == [60, 100] * 3
    assert table["Regions in reach"].to_list() == [1, 2] * 3
    assert table["Lawful regions in reach"].to_list() == [1, 1] * 3
    np.testing.assert_allclose(table["Technical RID"], 80)
    np.testing.assert_allclose(table["Economic RID"], 80)
    np.testing.assert_allclose(table["Realised RID"], 80)
    assert (table["Late even at home"] == 0).all()


def test_budgets_below_home_are_late_and_reach_nothing():
    table = table_at(none=[105.0, 5.0]).droplevel("Budgets")
    assert (table["Late even at home"] == 100).all()
    assert (table[["Regions in reach", "Technical RID", "Realised RID"]] == 0).all(axis=None)


def test_budgets_of_each_class_have_no_common_value():
    table = table_at(mixed=[160.0, 100.0])
    assert table.loc[("A", "own"), "Network budget"] == 60
    assert table.loc[("B", "own"), "Network budget"] == 100
    assert np.isnan(table.loc[("All classes", "own"), "Network budget"])
    assert table.loc[("All classes", "own"), "Regions in reach"] == pytest.approx(1.5)


def test_means_are_weighted_by_demand():
    scenario = tiny(
        regions="PQ",
        clients={"a": "P", "b": "Q"},
        demand={"a": 30.0, "b": 10.0},
        workloads="A",
        rtt={"P": 50.0, "Q": 500.0},
        latency_budget=100.0,
    )
    table = tables.feasible_geography({"one": scenario}, {"one": gf.relocatable(scenario)})
    assert table.loc[("All classes", "common"), "Regions in reach"].item() == pytest.approx(0.75)
    assert table.loc[("A", "common"), "Technical RID"].item() == pytest.approx(75)

"""Findings about regions and classes, from small tables."""

import pandas as pd
import pytest
from scenarios import tiny

from geofront.tables.findings import regions as findings


def table(price, marginal, average, capacity=(20.0, 20.0)) -> pd.DataFrame:
    """Table 3 of two regions."""
    return pd.DataFrame(
        {
            "Price": price,
            "Carbon, marginal": marginal,
            "Carbon, average": average,
            "Home demand": [10.0, 10.0],
            "Capacity": capacity,
        },
        index=["Paris", "Quito"],
    )


def test_signals_disagree():
    finding = findings.cheap_and_clean(table([60, 20], [400.0, 500.0], [200.0, 50.0]))
    assert finding.numbers["price_ratio"] == 3
    assert finding.numbers["carbon_spread"] == 10
    assert finding.numbers["least_rank_correlation_of_signals"] == pytest.approx(-1)
    assert finding.sentence == (
        "Electricity costs 3.0 times as much in Paris as in Quito, the cheapest of 2 regions, but which region is the "
        "cleanest depends on the signal: Paris (marginal), Quito (average). For the same region the signals differ by "
        "up to a factor of 10, and the rank correlation of the regions under two signals is as low as −1.00."
    )
    assert finding.failed == ()


def test_free_electricity_and_no_emissions_have_no_ratio():
    finding = findings.cheap_and_clean(table([60, 0], [0.0, 0.0], [0.0, 0.0]))
    assert finding.numbers["price_ratio"] is None
    assert finding.numbers["carbon_spread"] is None
    assert finding.sentence.startswith("Electricity costs more in Paris than in Quito")
    assert "is the same by every signal" in finding.sentence
    assert "factor" not in finding.sentence
    assert "correlation" not in finding.sentence


def test_one_region():
    finding = findings.cheap_and_clean(table([60, 20], [400.0, 500.0], [200.0, 50.0]).iloc[:1])
    assert finding.sentence == (
        "In Paris, the only region, electricity costs 60.0 USD/MWh. For the same region the signals differ by up to a "
        "factor of 2."
    )
    assert "least_rank_correlation_of_signals" not in finding.numbers


def test_too_little_capacity_is_named():
    finding = findings.cheap_and_clean(table([60, 20], [4.0, 5.0], [2.0, 1.0], capacity=(20.0, 9.0)))
    assert finding.failed == ("some region cannot serve its own demand",)


def workloads(demand) -> pd.DataFrame:
    """Two rows of Table 4."""
    names = pd.MultiIndex.from_tuples([findings.DEMAND, ("Service time", "ms")])
    return pd.DataFrame({"A": [demand, 100], "B": [10.0, 500], "Basis": ["estimated", "paper"]}, index=names)


def scenario(upload):
    return tiny(workloads="AB", latency_budget={"A": 150, "B": 2000}, service_time={"A": 100, "B": 500}, upload=upload)


def test_classes():
    """Budgets 150 - 100 and 2,000 - 500 ms; class A moves 6 GB/MWh, three times as much as B."""
    finding = findings.classes(scenario({"A": 6.0, "B": 2.0}), workloads(10.0), 20.0)
    assert finding.numbers["network_budget_ms"] == {"A": 50, "B": 1500}
    assert finding.sentence == (
        "The network budget of class A is 50 ms, and of class B 1,500 ms; per unit of energy, class A moves 3 times as "
        "many bytes as class B. Of 2 values of each class, 1 is an estimate."
    )
    assert finding.failed == ()


def test_classes_without_traffic():
    finding = findings.classes(scenario({"A": 6.0, "B": 0.0}), workloads(10.0), 20.0)
    assert finding.numbers["traffic_ratio"] is None
    assert "class A moves more bytes than class B" in finding.sentence


def test_demand_that_does_not_add_up_is_named():
    assert findings.classes(scenario(1.0), workloads(11.0), 20.0).failed == ("the classes do not add up to the demand",)

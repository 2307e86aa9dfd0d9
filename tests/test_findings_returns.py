"""Findings about returns and break-evens: sentences with the right numbers, and checks that fail on wrong results."""

import numpy as np
import pandas as pd
import pytest
from scenarios import tiny

import geofront as gf
from geofront.tables.findings import returns as findings


def three_regions(**values):
    """Cost is 100 USD/MWh from 12 ms of network budget, 80 from 60 ms, 50 from 160 ms."""
    return tiny(
        regions="PQR",
        rtt={"P": {"P": 2, "Q": 50, "R": 150}, "Q": 50, "R": 150},
        price={"P": 100, "Q": 80, "R": 50},
        carbon={"P": 400, "Q": 500, "R": 300},
        **values,
    )


def frontiers_of(scenario):
    return {str(name): gf.latency_frontier(scenario, name) for name in scenario.workload.values}


@pytest.fixture(scope="module")
def one_class():
    scenario = three_regions(latency_budget=100)
    return scenario, frontiers_of(scenario)


def test_returns_of_two_classes():
    """A moves to Q within 100 ms, and on to R within 200; B moves to R within 962 ms, and no budget changes that."""
    scenario = three_regions(workloads="AB", latency_budget={"A": 100, "B": 962}, demand=1)
    finding = findings.by_class(scenario, frontiers_of(scenario), " Coarse.")
    assert finding.sentence == (
        "Up to the nominal budget, a hundred milliseconds save 22.7 USD/MWh in class A and 5.3 in class B. Twice the "
        "nominal network budget would save nothing more in 1 of 2 classes (B). Under the marginal signal the "
        "milliseconds up to the nominal budget add emissions in 1 of 2 classes (A). Coarse."
    )
    assert finding.numbers["erl_usd_per_mwh_ms"] == pytest.approx({"A": 20 / 88, "B": 50 / 950})
    assert finding.numbers["crl_kg_per_mwh_ms"] == pytest.approx({"A": -100 / 88, "B": 100 / 950})
    assert finding.numbers["erl_beyond_usd_per_mwh_ms"] == pytest.approx({"A": 0.3, "B": 0})
    assert finding.numbers["network_budget_ms"] == pytest.approx({"A": 100, "B": 962})
    counts = ("classes", "classes_that_gain_nothing_beyond", "classes_that_emit_more")
    assert [finding.numbers[name] for name in counts] == [2, 1, 1]
    assert finding.failed == ()


def test_returns_of_one_class(one_class):
    assert findings.by_class(*one_class).sentence == (
        "Up to the nominal budget, a hundred milliseconds save 22.7 USD/MWh in class A. Twice the nominal network "
        "budget would save nothing more in 0 of 1 class. Under the marginal signal the milliseconds up to the nominal "
        "budget add emissions in 1 of 1 class (A)."
    )


def test_infinite_budget_has_no_returns():
    scenario = three_regions(latency_budget=np.inf)
    finding = findings.by_class(scenario, frontiers_of(scenario))
    assert finding.sentence.startswith("Twice the nominal network budget would save nothing more in 0 of 1 class.")
    assert finding.numbers["erl_usd_per_mwh_ms"] == {}


def test_growing_returns_are_noticed(one_class):
    """Along the hull of emissions, the cost of this frontier falls ever faster."""
    scenario, frontiers = one_class
    wrong = frontiers["A"].assign(
        carbon_per_mwh=("budget", [400.0, 350.0, 330.0]), cost_per_mwh=("budget", [100.0, 99.0, 50.0])
    )
    finding = findings.by_class(scenario, {"A": wrong.assign_attrs(objective="carbon")})
    assert finding.failed == ("the returns of class A grow along the hull",)


def test_what_coarse_frontiers_leave_unknown():
    assert findings.evaluated_at({"A": None}) == ""
    assert findings.evaluated_at({"A": np.arange(8)}).endswith(
        " twice that. The steepest segment and the end of the returns are only known up to these budgets."
    )


def by_class(**columns) -> pd.DataFrame:
    names = ("paying_share", "break_even_egress", "dwell_time")
    return pd.DataFrame(
        {name: columns.get(name, np.nan) for name in names}, ["A", "B", "C"][: len(columns["paying_share"])]
    )


def test_break_evens():
    finding = findings.break_even(
        by_class(paying_share=[0.614, 0.9, 0.7], break_even_egress=[0.204, 14.1, 1240], dwell_time=[0.1, np.nan, 0.05])
    )
    assert finding.sentence == (
        "Without capacity limits, 61 % of the demand of class A and 90 % of class B would gain by moving; the median "
        "break-even egress price ranges from 0.2 USD/GB (class A) to 1,200 (class C), and a stay of 3.0 to 6.0 minutes "
        "repays the warm-up."
    )
    assert finding.numbers["paying_percent"] == pytest.approx({"A": 61.4, "B": 90, "C": 70})
    assert finding.numbers["dwell_time_min"] == pytest.approx({"A": 6, "C": 3})


def test_break_even_of_one_class_and_without_warm_up():
    finding = findings.break_even(by_class(paying_share=[0.5], break_even_egress=[-0.31], dwell_time=[0.0]))
    assert finding.sentence == (
        "Without capacity limits, 50 % of the demand of class A would gain by moving; the median break-even egress "
        "price is −0.31 USD/GB."
    )


def test_classes_that_reach_no_other_region():
    assert findings.break_even(by_class(paying_share=[0.0, 0.0])).sentence == (
        "Without capacity limits, 0 % of the demand of every class would gain by moving."
    )

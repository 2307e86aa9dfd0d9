"""Findings about the frontier: sentences with the right numbers, and checks that fail on wrong results."""

import numpy as np
import pandas as pd
import pytest
from scenarios import tiny

import geofront as gf
from geofront.model.feasibility import with_network_budget
from geofront.tables.findings import frontier as findings


def three_regions(price=(100, 80, 50), **values):
    """Half of the demand may leave P: to Q from 60 ms of network budget, to R from 160 ms. The nominal one is 100 ms.

    With the frictions, cost is 100, 90 and 75 USD/MWh; without, 100, 80 and 50.
    """
    return tiny(
        regions="PQR",
        rtt={"P": {"P": 2, "Q": 50, "R": 150}, "Q": 50, "R": 150},
        price=dict(zip("PQR", price, strict=True)),
        service_time=40,
        latency_budget=140,
        pinned_share=0.5,
        **values,
    )


def both(scenario, frictions=gf.FRICTIONS):
    return [gf.latency_frontier(scenario, scope, frictions=frictions) for scope in ("A", None)]


@pytest.fixture(scope="module")
def scenario():
    return three_regions()


@pytest.fixture(scope="module")
def frontiers(scenario):
    return {"all": both(scenario), "none": both(scenario, ())}


def test_latency_saves_with_and_without_frictions(scenario, frontiers):
    """Of 25 USD/MWh, the class has 10 at its own budget."""
    finding = findings.latency_buys(scenario, frontiers)
    assert finding.sentence == (
        "As the network budget of all classes grows, cost falls from 100.0 to 75.0 USD/MWh with all frictions, and to "
        "50.0 without any; half of the saving with frictions is reached at 160 ms. Their own nominal budgets give the "
        "classes 40 % (A) of what latency could save them."
    )
    assert finding.numbers["network_cost_usd_per_mwh"] == pytest.approx([100, 75])
    assert finding.numbers["network_cost_without_frictions_usd_per_mwh"] == pytest.approx(50)
    assert finding.numbers["half_of_the_saving_ms"] == pytest.approx(160)
    assert finding.numbers["saving_reached_at_nominal_share"] == pytest.approx({"A": 0.4})
    assert finding.numbers["breakpoints"] == {"all": [3, 3], "none": [3, 3]}


def test_without_frictions_nothing_is_said_about_them(scenario, frontiers):
    sentence = findings.latency_buys(scenario, {"none": frontiers["none"]}).sentence
    assert "from 100.0 to 50.0 USD/MWh with no friction; half of the saving is reached at 160 ms" in sentence


def test_latency_that_saves_nothing():
    scenario = three_regions(price=(50, 80, 100))
    finding = findings.latency_buys(scenario, {"some": both(scenario), "none": both(scenario, ())}, " Coarse.")
    assert finding.sentence == (
        "As the network budget of all classes grows, cost stays at 50.0 USD/MWh with some frictions: latency saves "
        "nothing. Coarse."
    )
    assert finding.numbers["saving_reached_at_nominal_share"] == {"A": 0}


@pytest.mark.parametrize(
    ("budgets", "begin"),
    [
        ({"A": np.arange(8), None: np.arange(10)}, " The frontiers are evaluated at 8 to 10 budgets each instead"),
        ({"A": np.arange(8), "B": np.arange(8)}, " The frontiers are evaluated at 8 budgets each instead"),
    ],
)
def test_coarse_frontiers_say_so(budgets, begin):
    assert findings.evaluated_at(budgets).startswith(begin)
    assert findings.evaluated_at(dict.fromkeys(budgets)) == ""


def by_signal(*rows) -> pd.DataFrame:
    index = ["none, all local", *(f"{50 * (number + 1)} ms" for number in range(len(rows) - 1))]
    return pd.DataFrame(rows, index, ["Cost", "Change, marginal", "Change, average", "Change, IFI"])


def test_cheaper_is_not_always_cleaner():
    """Emissions are below local ones in three cases; from 50 to 100 ms they rise by the average signal only."""
    finding = findings.by_signal(by_signal([100, 0, 0, 0], [90, -5, -1, 1], [80, -6, 2, 0.005]), [50, 100])
    assert finding.sentence == (
        "Against local execution, least cost emits less in 3 of 6 cases, each a network budget and a signal. From one "
        "of these budgets to the next cost never rises; where it falls, emissions rise in 1 of 3 cases: what is "
        "cheaper is not always cleaner. At 100 ms for the network, the placement of least cost emits 6.0 % less by the "
        "marginal signal, 2.0 % more by the average signal, 0.0 % more by the IFI signal than local execution, and "
        "costs 20.0 % less."
    )
    assert finding.numbers["loosest_budget_ms"] == 100
    assert finding.numbers["carbon_change_at_loosest_percent"] == {"marginal": -6, "average": 2, "ifi": 0.005}
    assert finding.failed == ()


def test_cheaper_is_cleaner_at_a_single_budget():
    sentence = findings.by_signal(by_signal([100, 0, 0, 0], [90, -5, -1, -2]), [50]).sentence
    assert sentence.startswith(
        "Against local execution, least cost emits less in 3 of 3 cases, each a network budget and a signal: what is "
        "cheaper is here always cleaner. At 50 ms"
    )


def test_cost_that_rises_with_the_budget_is_noticed():
    finding = findings.by_signal(by_signal([100, 0, 0, 0], [80, -5, -1, 1], [90, -6, 2, 0]), [50, 100])
    assert finding.failed == ("a looser network budget costs more",)


def test_frontiers_are_compared_with_the_certified_optimum(scenario, frontiers):
    placement = gf.place(scenario)
    assert findings.contradictions(scenario, frontiers["all"], placement) == ()
    own, network = frontiers["all"]
    wrong = [own.assign(cost=1.01 * own.cost), network.assign(cost=("budget", network.cost.values[::-1]))]
    assert findings.contradictions(scenario, wrong, placement) == (
        "the frontier of A misses the certified optimum",
        "the frontier of network rises",
    )


def test_frictions_never_save(frontiers):
    assert findings.frictions_that_save(frontiers["all"], frontiers["none"]) == ()
    assert findings.frictions_that_save(frontiers["none"], frontiers["all"]) == (
        "frictions save A something",
        "frictions save network something",
    )


def test_network_frontier_is_compared_with_optima_at_budgets(scenario, frontiers):
    network = frontiers["all"][-1]
    placed = {budget: gf.place(with_network_budget(scenario, budget)) for budget in (20.0, 60.0)}
    assert findings.misses_at_budgets(network, placed, None) == ()
    above, below = (network.assign(cost=factor * network.cost) for factor in (1.01, 0.99))
    assert findings.misses_at_budgets(above, placed, np.array([12.0, 60.0])) == (
        "the frontier is above the optimum at 60 ms",
    )
    assert findings.misses_at_budgets(below, placed, None) == (
        "the frontier is below the optimum at 20 ms",
        "the frontier is below the optimum at 60 ms",
    )

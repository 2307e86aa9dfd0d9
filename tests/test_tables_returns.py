"""Table 8: returns on latency by hand, and break-evens in readable units."""

import numpy as np
import pytest
from scenarios import tiny

import geofront as gf
from geofront.names import TOLERANCE
from geofront.quantities.frontier import chosen_budgets
from geofront.tables import returns, show
from geofront.tables.returns import class_returns

pytestmark = pytest.mark.slow

RTT = {"P": {"P": 2, "Q": 50, "R": 150}, "Q": 50, "R": 150}


@pytest.fixture(scope="module")
def scenario():
    """Cost is 100 USD/MWh from 12 ms of network budget, 80 from 60 ms, 50 from 160 ms; the nominal one is 100 ms."""
    return tiny(
        regions="PQR",
        rtt=RTT,
        price={"P": 100, "Q": 80, "R": 50},
        carbon={"P": 400, "Q": 500, "R": 300},
        service_time=40,
        latency_budget=140,
        warmup=0.5,
        upload=30,
        download=70,
    )


def test_returns_over_the_nominal_budget_beyond_it_and_where_they_are_steepest(scenario):
    assert class_returns(scenario, gf.latency_frontier(scenario, "A")) == pytest.approx(
        {
            "nominal": 100,
            "flat": 160,
            "erl": 20 / 88,
            "crl": -100 / 88,
            "erl_steepest": 20 / 48,
            "crl_steepest": -100 / 48,
            "steepest_from": 12,
            "steepest_to": 60,
            "erl_beyond": 30 / 100,
            "crl_beyond": 200 / 100,
        }
    )


def test_returns_of_least_emissions(scenario):
    """Q emits more than home and is passed over: emissions fall only at 160 ms of network budget."""
    assert class_returns(scenario, gf.latency_frontier(scenario, "A", objective="carbon")) == pytest.approx(
        {
            "nominal": 100,
            "flat": 160,
            "erl": 0,
            "crl": 0,
            "erl_steepest": 50 / 148,
            "crl_steepest": 100 / 148,
            "steepest_from": 12,
            "steepest_to": 160,
            "erl_beyond": 50 / 100,
            "crl_beyond": 100 / 100,
        }
    )


def test_the_table_has_returns_and_break_evens_with_their_units(scenario):
    by_class = gf.break_even_by_class(gf.break_even(scenario))
    table = returns(scenario, {"A": gf.latency_frontier(scenario, "A")}, by_class)
    assert table.index.names == ["Part", "Figure", "Unit"]
    column = table["A"].droplevel("Part")
    assert column["Nominal network budget", "ms"] == 100
    assert column["ERL, home to nominal", "USD/MWh per 100 ms"] == pytest.approx(2000 / 88, rel=1e-9)
    assert column["Demand that gains by moving", "%"] == 100
    assert column["Price gap", "USD/MWh"] == 20
    assert column["Break-even egress price", "USD/GB"] == 0.2
    # A saving of 20 USD/MWh repays half an hour of full power at 80 USD/MWh.
    assert column["Dwell time that repays the warm-up", "min"] == 120
    assert column["Emissions avoided", "kg/MWh"] == -100
    assert column["Break-even carbon price where moving adds emissions", "USD/t"] == 200

    # Rounded only where it is shown.
    assert "22.73" in repr(show(table))


@pytest.fixture(scope="module")
def scarce():
    """Two classes and two clients compete for little room; the budget of A opens Q, R and S one after the other."""
    return tiny(
        regions="PQRS",
        clients={"a": "P", "b": "Q"},
        workloads="AB",
        hours=2,
        weight=[3, 2],
        demand={"a": {"A": [10, 14], "B": 8}, "b": {"A": [12, 9], "B": 5}},
        rtt={"P": [2, 21, 43, 90], "Q": [21, 2, 35, 68], "R": 50, "S": 50},
        price={"P": [100, 90], "Q": [85, 95], "R": [40, 35], "S": [30, 25]},
        carbon={"P": 400, "Q": 600, "R": 300, "S": 500},
        capacity={"P": 60, "Q": 60, "R": 20, "S": 8},
        round_trips={"A": 1, "B": 3},
        service_time={"A": 40, "B": 100},
        latency_budget={"A": 95, "B": 320},
        pinned_share=0.1,
        overhead_cost=1,
    )


def class_cost(scenario, workload, budget):
    """Total cost [USD/yr] and emissions [kg/yr] with this end-to-end budget of a class, placed independently."""
    budgets = scenario.latency_budget.where(scenario.workload != workload, budget)
    total = gf.totals(gf.place(scenario.assign(latency_budget=budgets)))
    return np.array([total.cost, total.emissions])


@pytest.mark.parametrize(
    ("workload", "nominal", "service_time", "latencies"),
    [("A", 55, 40, [12, 31, 45, 53, 78, 100]), ("B", 220, 100, [16, 73, 115, 139, 214, 280])],
)
def test_returns_of_the_exact_frontier_equal_independent_placements(scarce, workload, nominal, service_time, latencies):
    """The budgets to check are the latencies of the regions over the network, and the nominal one once and twice."""
    home, *farther = latencies
    placed = {
        budget: class_cost(scarce, workload, service_time + budget) for budget in [*latencies, nominal, 2 * nominal]
    }
    cost, emissions = ({budget: float(total[i]) for budget, total in placed.items()} for i in range(2))
    energy = float((scarce.demand.sel(workload=workload) * scarce.weight).sum())

    def per_ms(totals, start, end):
        return (totals[start] - totals[end]) / energy / (end - start)

    steepest = max(farther, key=lambda end: per_ms(cost, home, end))
    flat = min(budget for budget in latencies if cost[budget] <= min(cost.values()) * (1 + TOLERANCE))
    assert home < steepest <= flat
    expected = {
        "nominal": nominal,
        "flat": flat,
        "steepest_from": home,
        "steepest_to": steepest,
        "erl": per_ms(cost, home, nominal),
        "crl": per_ms(emissions, home, nominal),
        "erl_steepest": per_ms(cost, home, steepest),
        "crl_steepest": per_ms(emissions, home, steepest),
        "erl_beyond": per_ms(cost, nominal, 2 * nominal),
        "crl_beyond": per_ms(emissions, nominal, 2 * nominal),
    }
    assert min(expected["erl"], expected["erl_beyond"]) > 0.01
    exact = class_returns(scarce, gf.latency_frontier(scarce, workload))
    assert exact == pytest.approx(expected, rel=TOLERANCE, abs=1e-9)
    coarse = class_returns(scarce, gf.latency_frontier(scarce, workload, budgets=chosen_budgets(scarce, workload, 3)))
    for name in ("nominal", "erl", "crl", "erl_beyond", "crl_beyond"):
        assert coarse[name] == pytest.approx(expected[name], rel=TOLERANCE, abs=1e-9), name

"""Table 8: returns on latency worked out by hand, and the break-evens of the quantity in readable units."""

import pytest
from scenarios import tiny

import geofront as gf
from geofront.tables import returns
from geofront.tables.returns import class_returns
from geofront.tables.rounding import neat

RTT = {"P": {"P": 2, "Q": 50, "R": 150}, "Q": 50, "R": 150}


@pytest.fixture(scope="module")
def scenario():
    """Cost is 100 USD/MWh from 12 ms of network budget, 80 from 60 ms, 50 from 160 ms; the nominal one is 100 ms."""
    return tiny(regions="PQR", rtt=RTT, price={"P": 100, "Q": 80, "R": 50}, carbon={"P": 400, "Q": 500, "R": 300},
                service_time=40, latency_budget=140, warmup=0.5, upload=30, download=70)


def test_returns_over_the_nominal_budget_beyond_it_and_where_they_are_steepest(scenario):
    assert class_returns(scenario, gf.latency_frontier(scenario, "A")) == pytest.approx({
        "nominal": 100, "flat": 160, "erl": 20 / 88, "crl": -100 / 88,
        "erl_steepest": 20 / 48, "crl_steepest": -100 / 48, "steepest_from": 12, "steepest_to": 60,
        "erl_beyond": 30 / 100, "crl_beyond": 200 / 100,
    })


def test_the_table_has_returns_and_break_evens_with_their_units(scenario):
    by_class = gf.break_even_by_class(gf.break_even(scenario))
    table = returns(scenario, {"A": gf.latency_frontier(scenario, "A")}, by_class)
    assert table.index.names == ["Part", "Figure", "Unit"]
    column = table["A"].droplevel("Part")
    assert column["Nominal network budget", "ms"] == 100
    assert column["ERL, home to nominal", "USD/MWh per 100 ms"] == 22.73
    assert column["Demand that gains by moving", "%"] == 100
    assert column["Price gap", "USD/MWh"] == 20
    assert column["Break-even egress price", "USD/GB"] == 0.2
    # Half an hour of full power at 80 USD/MWh is repaid at 20 USD/MWh.
    assert column["Dwell time that repays the warm-up", "min"] == 120
    assert column["Emissions avoided", "kg/MWh"] == -100
    assert column["Break-even carbon price where moving adds emissions", "USD/t"] == 200


@pytest.mark.parametrize(("value", "shown"), [
    (123456.0, "123500"), (0.000123456, "0.0001235"), (3.0, "3"), (float("nan"), "nan"), (float("inf"), "inf")])
def test_neat_numbers(value, shown):
    assert str(neat(value)) == shown

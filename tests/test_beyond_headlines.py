"""Outcomes beyond the paper: by hand, and against the functions that notebooks 13 to 17 call."""

import numpy as np
import pytest
from scenarios import tiny

import geofront as gf
from geofront.beyond.headlines import (
    BEYOND_HEADLINES,
    greenfield_saving,
    linear_prices_end,
    market_saving,
    sites_worth_opening,
    standing_saving,
    tail_saving,
    waiting_saving,
)
from geofront.beyond.tail import tail_cases
from geofront.inputs.geography import measured_jitter
from geofront.quantities.designs import design
from geofront.quantities.ensemble import outcomes_at
from geofront.quantities.uncertain_inputs import base_tables
from geofront.quantities.worth import building_cost, yearly_cost

UNITS = {"sites_worth_opening": "1", "linear_prices_end": "GW"}


@pytest.fixture(scope="module")
def scenario():
    """Every sixth hour of an average day, which is faster."""
    return gf.stylized(snapshots="day").isel(hour=slice(None, None, 6))


def test_waiting_by_hand():
    """Of 10 MW that arrive at 60 and at 30 USD/MWh, half can wait for the cheaper hour; Q always costs 20."""
    day = tiny(hours=2, price={"P": [60, 30], "Q": [20, 20]}, workloads="AB", demand={"a": {"A": 1, "B": 10}})
    assert waiting_saving(day).values == pytest.approx([15, 25, 25])


def test_pooling_by_hand():
    """At home P and Q need 20 MW each. Either of them holds all demand, because the hours of demand differ.

    That saves the capital and the idle power of 20 MW, 0.3·50 USD/h per MW. If the capacity stands and is switched off
    when unused, it saves idle power only.
    """
    demand = {"a": {"A": [20, 0]}, "b": {"A": [0, 20]}}
    day = tiny(hours=2, clients={"a": "P", "b": "Q"}, demand=demand, weight=4380.0)
    tables = base_tables()
    cost, idle, energy = yearly_cost(tables["building"]["value"], machines=True), 0.3 * 50 * 8760, 20 * 8760
    assert cost == building_cost(machines=True)
    assert greenfield_saving(day, tables).values == pytest.approx([20 * cost / energy, 20 * idle / energy])
    assert standing_saving(day, tables).item() == pytest.approx(20 * idle / energy)


def test_capital_costs_come_from_the_tables_of_the_world():
    day = tiny(hours=2, clients={"a": "P", "b": "Q"}, demand={"a": {"A": [20, 0]}, "b": {"A": [0, 20]}}, weight=4380.0)
    building = base_tables()["building"]
    low = greenfield_saving(day, {"building": building.assign(value=building["low"])})
    assert low[0].item() == pytest.approx(building_cost("low", machines=True) / 8760)


def test_sites_by_hand():
    """A MW in Q costs 30 USD/h. A saves 300 there, B 15."""
    two = tiny(workloads="AB", demand={"a": {"A": 10, "B": 0.5}}, price={"P": 60, "Q": 30}, weight=100.0)
    assert sites_worth_opening(two).item() == 1


def test_a_fleet_that_moves_prices_by_hand():
    """All demand moves from Texas at 60 USD/MWh to Paris at 30, of which the responses take half of each price change.

    Ten gigawatts are 20.4 % of the load of Texas, so a linear price is valid up to three.
    """
    texas, paris = 430.1e6 / 8760, 445e6 / 8760
    two = tiny(regions=["us-texas", "eu-paris"], price={"us-texas": 60, "eu-paris": 30}, weight=100.0)
    response = (60 / texas + 30 / paris) / 2
    assert market_saving(two).values == pytest.approx([30 - 1_000 * response, 30 - 10_000 * response], rel=1e-5)
    assert linear_prices_end(two).item() == 3


def test_the_tail_by_hand():
    """A round trip of 90 ms after 10 ms of access misses a budget of 101 ms with any jitter."""
    two = tiny(price={"P": 60, "Q": 30}, rtt=90.0, latency_budget=101.0, weight=100.0)
    assert tail_saving(two).values == pytest.approx([30, 0, 0])


def test_outcomes_are_what_the_notebooks_compute(scenario):
    tables = base_tables()
    benefit = gf.space_and_time(scenario, "D", [3]).benefit
    assert waiting_saving(scenario).values == pytest.approx(benefit[[("time", 3), ("space", 0), ("both", 3)]].values)
    built = gf.invest(scenario, building_cost(machines=True), existing="none").isel(capital_cost=0)
    expected = [built.capital_benefit.item(), built.energy_benefit.item()]
    assert greenfield_saving(scenario, tables).values == pytest.approx(expected)
    standing = gf.invest(scenario, building_cost()).energy_benefit.item()
    assert standing_saving(scenario, tables).item() == pytest.approx(standing)
    assert sites_worth_opening(scenario).item() == gf.site(scenario, 1.0, tolerance=3e-3).ready.sum()
    jitters = [0.0, *measured_jitter().quantile([0.5, 0.9])]
    cases = tail_cases(scenario, [{"quantile": 0.99, "jitter": jitter} for jitter in jitters])
    assert tail_saving(scenario).values == pytest.approx(cases.benefit.values)
    for size, saving in zip((1, 10), market_saving(scenario).values, strict=True):
        fleet = gf.stylized(snapshots="day", demand_mw=1000 * size).isel(hour=slice(None, None, 6))
        found = gf.equilibrium(fleet, gf.price_slopes(fleet), tolerance=1e-6)
        assert saving == pytest.approx(found.system_saving.item(), rel=1e-5)
    larger = gf.stylized(snapshots="day", demand_mw=30_000).isel(hour=slice(None, None, 6))
    with pytest.raises(gf.GeofrontError, match="a linear price is not valid there"):
        gf.equilibrium(larger, gf.price_slopes(larger))
    assert linear_prices_end(scenario).item() == 10


def test_a_drawn_world_has_all_outcomes():
    inputs = gf.uncertainty()
    _, values = design(inputs, "sobol", 1, 0)
    found = outcomes_at(inputs, values, BEYOND_HEADLINES, snapshots="day", step=12)
    assert found.error.item() == ""
    for name in BEYOND_HEADLINES:
        assert np.isfinite(found[name]).all()
        assert found[name].attrs["units"] == UNITS.get(name, "USD/MWh")

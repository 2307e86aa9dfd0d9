"""Findings about the layers of execution: 10 MW at P, of which Q, 50 ms away, takes what it has room for."""

import pytest
from scenarios import tiny

import geofront as gf
from geofront import tables
from geofront.tables.findings import layers as findings


def placed(capacity: float, **changes):
    scenario = tiny(regions="PQ", price={"P": 60, "Q": 20}, capacity={"P": 20, "Q": capacity}, **changes)
    return scenario, gf.place(scenario), gf.local(scenario)


def found(scenario, placement, at_home, shares=None):
    shares = gf.layers(scenario, placement).share_of_all if shares is None else shares
    ranges = gf.near_optimal(scenario, placement, quantities=["regional", "energy-oriented"], slack=0)
    return findings.where_demand_runs(at_home, placement, shares, ranges)


def test_four_of_ten_megawatts_move():
    scenario, placement, at_home = placed(4)
    finding = found(scenario, placement, at_home)
    numbers = finding.numbers
    assert numbers["local_share"] == pytest.approx(0.6)
    assert numbers["demand_mw"] == pytest.approx(10)
    assert numbers["relocated_mw"] == pytest.approx(4)
    assert numbers["regional_share"] == pytest.approx([0.4, 0.4])
    assert numbers["energy_oriented_share"] == pytest.approx([0, 0])
    assert "executes 60 % of the demand at home, 40 % in another region within 100 ms and 0 %" in finding.sentence
    assert "4 of 10 MW move" in finding.sentence
    cost = gf.totals(placement).cost_per_mwh
    assert f"from {gf.totals(at_home).cost_per_mwh:.1f} to {cost:.1f} USD per MWh" in finding.sentence
    assert finding.failed == ()


def test_no_emissions():
    scenario, placement, at_home = placed(4, carbon=0.0)
    finding = found(scenario, placement, at_home)
    assert finding.sentence.endswith("leaves emissions at zero (marginal carbon intensity).")
    assert "carbon_change" not in finding.numbers


def test_what_cannot_be_is_named():
    scenario, placement, at_home = placed(4)
    cheap_home = at_home.assign(cost=0.5 * at_home.cost)
    assert found(scenario, placement, cheap_home).failed == ("relocation costs more than staying at home",)
    half = 0.5 * gf.layers(scenario, placement).share_of_all
    assert found(scenario, placement, at_home, half).failed == ("the layers do not add up to all demand",)


def test_size():
    scenario, placement, _ = placed(4)
    table = tables.model(scenario, placement)
    finding = findings.size_of_model(table, placement)
    kinds = table.reset_index()["Kind"].tolist()
    assert finding.numbers == {
        "sets": kinds.count("Set"),
        "parameters": kinds.count("Parameter"),
        "flows": len(scenario.client) * 2 * len(scenario.workload) * len(scenario.hour),
    }
    assert f"{kinds.count('Set')} sets" in finding.sentence

"""Placements side by side."""

import numpy as np
import pytest
from scenarios import tiny

import geofront as gf
from geofront.quantities.comparison import compare, percent_change


def test_totals_relocated_share_and_changes_against_the_first():
    scenario = tiny(price={"P": 50, "Q": 20}, carbon={"P": 100, "Q": 150}, pinned_share=0.25, weight=100)
    table = compare({"local": gf.local(scenario), "moved": gf.place(scenario)})
    assert table.index.name == "case"
    assert table.index.tolist() == ["local", "moved"]
    assert table.loc["moved", list(gf.totals(gf.place(scenario)).index)].tolist() == pytest.approx(
        gf.totals(gf.place(scenario)).tolist())
    assert table.relocated_share.tolist() == pytest.approx([0, 0.75])
    assert table.cost_change.tolist() == pytest.approx([0, 100 * ((12.5 + 15) / 50 - 1)])
    assert table.carbon_change.tolist() == pytest.approx([0, 37.5])


def test_placements_of_different_scenarios_compare():
    base, doubled = tiny(price={"P": 50, "Q": 60}), tiny(price={"P": 50, "Q": 60}, demand=20)
    table = compare({"base": gf.place(base), "double demand": gf.place(doubled)})
    assert table.cost.tolist() == pytest.approx([500, 1000])
    assert table.cost_change.tolist() == pytest.approx([0, 0])


def test_a_change_against_nothing_is_not_defined():
    table = compare({"clean": gf.local(tiny(carbon=0)), "dirty": gf.local(tiny(carbon=10))})
    assert table.carbon_change.isna().all()
    assert np.isnan(percent_change(3.0, 0.0))


def test_what_is_not_a_placement_is_refused():
    with pytest.raises(gf.GeofrontError, match="nothing to compare"):
        compare({})
    with pytest.raises(gf.GeofrontError, match=r"placements\['base'\] is a scenario, not a placement"):
        compare({"base": tiny()})

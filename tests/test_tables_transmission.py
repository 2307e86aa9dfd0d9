"""Table 1: physical transmission against digital relocation."""

import numpy as np

import geofront as gf
from geofront import tables

NAMES = [
    "HVDC overhead",
    "HVDC submarine",
    "AC overhead",
    "A Interactive",
    "B Standard online",
    "C Weakly real-time",
    "D Offline batch",
]


def test_options_distances_and_break_evens_side_by_side():
    options = gf.transmission_or_relocation([500.0, 2000.0])
    cases = ("value", "favours_transmission", "favours_relocation")
    break_even = {case: gf.break_even_distance(case=case) for case in cases}
    table = tables.transmission(options, break_even)
    assert table.xs(2000, level="Distance").index.to_list() == NAMES
    at_2000 = table.xs(2000, level="Distance")
    np.testing.assert_allclose(at_2000["Cost"], options.cost.sel(distance=2000))
    np.testing.assert_allclose(at_2000["Useful share"], 100 * options.delivered_share.sel(distance=2000))
    assert at_2000["In time"].all()
    np.testing.assert_allclose(at_2000["Break-even distance"].iloc[3:], break_even["value"].break_even.max("line"))
    np.testing.assert_allclose(at_2000["Latency reach"].iloc[3:], break_even["value"].reach)
    assert table.filter(like="Break-even").shape == (14, 3)
    assert table.filter(like="Break-even").iloc[:6].isna().all(axis=None)
    assert set(table.attrs["units"]) == {"Distance", *table.columns} - {"In time"}


def test_a_class_beyond_its_reach_is_not_in_time():
    options = gf.transmission_or_relocation([8000.0])
    table = tables.transmission(options, {"value": gf.break_even_distance()}).droplevel("Distance")
    assert table["In time"].to_list() == [True, True, True, False, False, True, True]
    assert not {"Break-even, favouring lines", "Break-even, favouring relocation"} & set(table.columns)


def test_shares_of_the_cheapest_ways_by_source():
    pairs = {
        case: gf.ways_by_pair(["ca-ontario", "eu-paris", "uk-london"], case=case)
        for case in ("value", "favours_transmission")
    }
    table = tables.ways_by_source(pairs)
    assert table.index.to_list() == ["Toronto", "Paris", "London"]
    # From Toronto all classes move to both users, except A, whose reach of 5,857 km ends before Paris at 6,000 km.
    assert pairs["value"].distance.sel(source="ca-ontario").round(-1).to_series().to_dict() == {
        "ca-ontario": 0,
        "eu-paris": 6000,
        "uk-london": 5710,
    }
    assert table.loc["Toronto", ["Bought locally", "By line", "Relocated"]].to_list() == [12.5, 0, 87.5]
    assert table.loc["London", ["Bought locally", "By line", "Relocated"]].to_list() == [100, 0, 0]
    shares = table.filter(regex="^(Bought|By|Relocated)")
    np.testing.assert_allclose(shares.iloc[:, :3].sum(axis=1), 100)
    np.testing.assert_allclose(shares.iloc[:, 3:].sum(axis=1), 100)
    assert table["Break-even distance"].loc["Toronto"] == gf.break_even_distance().break_even.max()
    assert set(table.attrs["units"]) == set(table.columns)

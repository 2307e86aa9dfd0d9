"""Table 1: physical transmission against digital relocation."""

import numpy as np

import geofront as gf
from geofront import tables

NAMES = ["HVDC overhead", "HVDC submarine", "A Interactive", "B Standard online", "C Weakly real-time",
         "D Offline batch"]


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
    np.testing.assert_allclose(at_2000["Break-even distance"].iloc[2:], break_even["value"].break_even.max("line"))
    np.testing.assert_allclose(at_2000["Latency reach"].iloc[2:], break_even["value"].reach)
    assert table.filter(like="Break-even").shape == (12, 3)
    assert table.filter(like="Break-even").iloc[:4].isna().all(axis=None)
    assert set(table.attrs["units"]) == {"Distance", *table.columns} - {"In time"}


def test_a_class_beyond_its_reach_is_not_in_time():
    options = gf.transmission_or_relocation([8000.0])
    table = tables.transmission(options, {"value": gf.break_even_distance()}).droplevel("Distance")
    assert table["In time"].to_list() == [True, True, False, False, True, True]
    assert not {"Break-even, favouring HVDC", "Break-even, favouring relocation"} & set(table.columns)

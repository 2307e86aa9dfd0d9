"""Table 1: physical transmission against digital relocation."""

import numpy as np

import geofront as gf
from geofront import tables


def test_options_distances_and_break_evens_side_by_side():
    options = gf.transmission_or_relocation([500.0, 2000.0])
    cases = ("value", "favours_transmission", "favours_relocation")
    break_even = {case: gf.break_even_distance(case=case) for case in cases}
    table = tables.transmission(options, break_even)
    assert list(table.index) == ["HVDC overhead", "HVDC submarine", "A Interactive", "B Standard online",
                                 "C Weakly real-time", "D Offline batch"]
    np.testing.assert_allclose(table["Cost, 2,000 km"], options.cost.sel(distance=2000))
    np.testing.assert_allclose(table["Useful share, 500 km"], 100 * options.delivered_share.sel(distance=500))
    np.testing.assert_allclose(table["Break-even distance"].iloc[2:], break_even["value"].break_even.max("line"))
    assert table.filter(like="Break-even").iloc[:2].isna().all(axis=None)
    np.testing.assert_allclose(table["Latency reach"].iloc[2:], break_even["value"].reach)
    assert set(table.attrs["units"]) == set(table.attrs["digits"]) == set(table.columns)

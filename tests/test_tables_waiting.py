"""Table E9, Figure E8 and Table E10: numbers, heads and units."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geofront import charts, tables


def savings(own=0.0):
    """10 USD/MWh by an hour of waiting, 30 by moving, 32 by both."""
    index = pd.MultiIndex.from_tuples(
        [("neither", 0), ("time", 1), ("space", 0), ("both", 1)], names=["case", "window"]
    )
    benefit = [0.0, 10.0, 30.0, 32.0]
    table = pd.DataFrame(
        {
            "benefit": benefit,
            "percent": benefit,
            "own_benefit": np.add(benefit, own),
            "return_on_delay": [np.nan, 10.0, np.nan, 2.0],
            "mean_wait": [0.0, 0.5, 0.0, 0.1],
            "gap": 0.0,
        },
        index,
    )
    table.attrs["units"] = {"benefit": "USD/MWh", "percent": "%", "own_benefit": "USD/MWh"}
    return table


def test_space_and_time():
    """What the class saves itself has a column where it differs."""
    table = tables.space_and_time({"alone": savings(), "together": savings(own=1.0)})
    assert table.index.tolist() == [("At home, at once", 0), ("Waits", 1), ("Moves", 0), ("Moves and waits", 1)]
    assert table["Saving, alone"].tolist() == [0, 10, 30, 32]
    assert table["Waiting saves per hour, alone"].tolist() == pytest.approx([np.nan, 10, np.nan, 2], nan_ok=True)
    assert table["Own saving, together"].tolist() == [1, 11, 31, 33]
    assert "Own saving, alone" not in table
    assert table.attrs["units"]["Saving, together"] == "USD/MWh"


def test_lines_of_space_and_time_begin_without_waiting():
    chart = charts.space_and_time({"Alone": savings()}).to_dict()
    points = next(iter(chart["datasets"].values()))
    lines = {(row["line"], row["window"]): row["benefit"] for row in points}
    assert lines == {("waits", 0): 0, ("waits", 1): 10, ("moves and waits", 0): 30, ("moves and waits", 1): 32}


def test_investment():
    by_region = {name: (("capital_cost", "region"), [[8.0, 4.0]]) for name in ("live", "built")}
    result = xr.Dataset(
        by_region
        | {
            "local_live": (("capital_cost", "region"), [[10.0, 10.0]]),
            "rent": (("capital_cost", "region"), [[2e6, 1e6]]),
            "energy_benefit": ("capital_cost", [5.0]),
            "capital_benefit": ("capital_cost", [90.0]),
            "relocated_share": ("capital_cost", [0.25]),
        },
        {"capital_cost": [2e6], "region": ["P", "Q"]},
    )
    table = tables.investment({"Greenfield": result})
    assert table.index.tolist() == [("Greenfield", "2")]
    assert table.iloc[0].tolist() == [5, 90, 20, 12, 12, 25, 2000]
    assert table.attrs["units"]["Largest worth of a MW"] == "1000 USD/yr"

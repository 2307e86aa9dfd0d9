"""Tables of the worth of limits and foresight and of the cost of lower emissions."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scenarios import tiny

from geofront import tables
from geofront.tables.worth import cut_cost


def front():
    """From 100 kg and 50 USD, 20 kg less cost 1 USD (50 USD/t), and the next 20 kg 9 USD (450 USD/t)."""
    return xr.Dataset(
        {
            "emissions": ("point", [100.0, 80.0, 60.0]),
            "cost": ("point", [50.0, 51.0, 60.0]),
            "carbon_price": ("point", [0.0, 50.0, 450.0]),
        },
        {"point": range(3)},
    )


@pytest.mark.parametrize(
    ("cut", "change", "price"),
    [(0.1, 0.01, 50), (0.2, 0.02, 50), (0.3, 0.11, 450), (0.4, 0.2, 450), (0.5, np.nan, np.nan)],
)
def test_what_a_cut_costs(cut, change, price):
    assert cut_cost(front(), cut) == pytest.approx((change, price), nan_ok=True)


def test_emission_cuts():
    table = tables.emission_cuts({"marginal": front()})
    assert table.loc["−10 %"].tolist() == pytest.approx([1, 50])
    assert table.attrs["units"] == {"Change of cost, marginal signal": "%", "Carbon price, marginal signal": "USD/t"}


def test_limits():
    """In thousands of USD, without limits that are worth nothing."""
    capacity = pd.DataFrame(
        {"worth": [0.0, 2000.0], "of_building": [0.0, 0.5], "less": [np.nan, 2.0], "more": [np.nan, 3.0]},
        index=pd.Index(["P", "Q"], name="region"),
    )
    latency = pd.DataFrame(
        {"worth_per_ms": [10.0], "worth": [100.0], "extra_ms": [10.0]},
        index=pd.MultiIndex.from_tuples([("a", "A")], names=["client", "workload"]),
    )
    law = pd.DataFrame({"worth": [3000.0]}, index=pd.MultiIndex.from_tuples([("x", "y")], names=["from", "to"]))
    locality = pd.DataFrame({"worth": [500.0]}, index=pd.Index(["A"], name="workload"))
    table = tables.worth(tiny(), capacity, latency, law, locality)
    assert table.index.tolist() == [
        ("Capacity", "Q", "MW"),
        ("Latency", "a, A", "ms"),
        ("Law", "x to y", "pair of jurisdictions"),
        ("Locality", "A", "percentage point"),
    ]
    assert table["Worth at the margin"].tolist() == [2.0, 0.01, 3.0, 0.5]
    assert table["Holds for a decrease of"].iloc[0] == 2
    assert table["Holds for an increase of"].tolist()[:2] == [3, 10]
    assert table["Relative to building it"].iloc[0] == 50


def test_foresight():
    """10 MWh a day on 2 days: the optimum costs 30 USD a day, the forecast's placement 40 and 50."""
    days = {
        name: ("block", np.array(values))
        for name, values in {
            "local": [60.0, 60.0],
            "optimum": [30.0, 30.0],
            "paid": [40.0, 50.0],
            "expected": [20.0, 20.0],
        }.items()
    }
    result = xr.Dataset(days, {"block": [1, 2]}, {"captured": 0.5})
    table = tables.foresight({"yesterday": result}, demand_mwh=20.0)
    assert table.loc["yesterday"].tolist() == pytest.approx([50, 2, 4.5, 100])
    assert table.loc["perfect foresight"].tolist() == pytest.approx([100, 3, 3, np.nan], nan_ok=True)

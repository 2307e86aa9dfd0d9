"""Table E4 and Figure E3: published results next to geofront's."""

import pandas as pd
import pytest
import xarray as xr
from pictures import texts

from geofront import charts, tables
from geofront.errors import GeofrontError


def test_differences_and_certificates_by_hand():
    table = tables.replays(
        [
            ("Study", "cost", "same", "USD", 100.0, 100.0 * (1 + 3e-16), 0.0),
            ("Study", "cost", "lower", "USD", 100.0, 92.318, -3e-9),
            ("Study", "cost", "evaluated", "USD", 100.0, 139.7, None),
        ]
    )
    assert table.index.names == ["Peer", "Quantity", "Setting"]
    assert table["Relative difference"].tolist() == [0.0, -0.0768, 0.397]
    assert table.Certificate.iloc[:2].tolist() == ["gap < 1e-12", "gap < 1e-8"]
    assert table.Certificate.isna().tolist() == [False, False, True]
    assert "−0.0768" in repr(tables.show(table))


def frontier(steps: dict[float, float]) -> xr.Dataset:
    return xr.Dataset({"carbon_per_mwh": ("budget", list(steps.values()))}, {"budget": list(steps)})


@pytest.fixture
def curves():
    return {"half": frontier({5: 300.0, 60: 200.0, 90: 200.0}), "all": frontier({5: 300.0, 40: 100.0})}


@pytest.fixture
def published():
    return pd.DataFrame({"half": [300.0, 210.0], "all": [300.0, 100.0]}, [5, 100])


def test_points_and_steps_are_those_given(curves, published):
    spec = charts.replay(curves, published).to_dict()
    rows = [row for data in spec["datasets"].values() for row in data]
    steps = [(row["curve"], row["budget"], row["carbon_per_mwh"]) for row in rows if "least" not in row]
    assert steps == [
        ("half", 5, 300),
        ("half", 60, 200),
        ("half", 110, 200),
        ("all", 5, 300),
        ("all", 40, 100),
        ("all", 110, 100),
    ]
    words = {text.words for text in texts(spec)[0]}
    assert {"half", "all", "+5.0 %", "Latency budget [ms]", "Emissions [kg/MWh]"} <= words
    assert "210.0 and 200.0 at 100 ms" in spec["description"]


def test_curves_need_the_same_names(curves, published):
    with pytest.raises(GeofrontError, match="do not share 'half'"):
        charts.replay({"all": curves["all"]}, published)
    with pytest.raises(GeofrontError, match=r"frontiers is empty: .*give what gf\.latency_frontier"):
        charts.replay({}, published)

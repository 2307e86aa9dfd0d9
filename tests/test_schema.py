"""The schema table explains every variable and describes scenarios.

That it agrees with "Parameters" in docs/model.md is tested in test_docs.py.
"""

import numpy as np
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront.names import FRICTION
from geofront.scenarios.schema import allowed_dims, annotate


@pytest.mark.parametrize("column", ["long_name", "meaning"])
def test_every_variable_is_explained(column):
    assert (gf.schema()[column].str.len() > 3).all()


def test_ranges():
    table = gf.schema()
    numbers = table[table["dtype"] == "float"]
    assert numbers[["minimum", "maximum"]].notna().all(axis=None), "no figure is beyond all bounds"
    assert list(numbers.index[numbers["minimum"] < 0]) == ["price"], "only prices may be negative"
    assert numbers.at["pue", "minimum"] == 1
    assert set(numbers.index[numbers["maximum"] == 1]) == {"pinned_share", "regulated_share"}


def test_neutral_values_are_allowed_and_equal_those_without_frictions():
    table = gf.schema()
    assert list(table.index[table["neutral"].isna()]) == ["demand", "home"], "only these must be given or derived"
    numbers = table[(table["dtype"] == "float") & table["neutral"].notna()]
    assert not (numbers["neutral"].astype(float) < numbers["minimum"]).any()
    assert not (numbers["neutral"].replace({np.inf: 0}).astype(float) > numbers["maximum"]).any()
    without = {name: value for friction in FRICTION.values() for name, value in friction.without.items()}
    assert table["neutral"][list(without)].to_dict() == without
    assert table.at["lawful", "neutral"] is True


def test_schema_is_a_copy():
    table = gf.schema()
    table.loc["pue", "minimum"] = 0
    assert gf.schema().at["pue", "minimum"] == 1


def test_allowed_dims():
    assert allowed_dims("capacity") == [("region",), ("region", "hour")]
    assert allowed_dims("rtt") == [("service", "region")]


def test_annotate_describes_and_orders_without_changing_its_input():
    bare = tiny(hours=2).transpose("hour", "workload", "region", "service", "client")
    for name in bare.variables:
        bare[name].attrs = {}
    before = bare.copy(deep=True)
    annotated = annotate(bare)
    xr.testing.assert_identical(bare, before)
    assert annotated.demand.dims == ("client", "workload", "hour")
    for name, row in gf.schema().iterrows():
        assert " ".join(annotated[name].dims) in row.dims.split(" | ")
        assert annotated[name].attrs.get("units", "") == row.units
        assert annotated[name].attrs["long_name"] == row.long_name

"""The schema table says what section 3 of the model page says, and describes scenarios."""

import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront.scenarios.schema import allowed_dims, annotate

MODEL_PAGE = {
    "demand": ("client workload hour", "MW"),
    "price": ("region hour", "USD/MWh"),
    "carbon": ("region hour", "kg/MWh"),
    "pue": ("region", "1"),
    "capacity": ("region | region hour", "MW"),
    "home": ("client", ""),
    "access_rtt": ("client service", "ms"),
    "rtt": ("service region", "ms"),
    "egress_request": ("service region", "USD/GB"),
    "egress_response": ("service region", "USD/GB"),
    "latency_budget": ("workload", "ms"),
    "service_time": ("workload", "ms"),
    "round_trips": ("workload", "1"),
    "upload": ("workload", "GB/MWh"),
    "download": ("workload", "GB/MWh"),
    "pinned_share": ("workload", "1"),
    "regulated_share": ("client workload", "1"),
    "lawful": ("client region", ""),
    "overhead_energy": ("workload", "1"),
    "overhead_cost": ("workload", "USD/MWh"),
    "warmup": ("workload", "h"),
    "weight": ("hour", "h"),
    "block": ("hour", ""),
}


def test_schema_is_the_table_of_the_model_page():
    table = gf.schema()
    assert {name: (row["dims"], row["units"]) for name, row in table.iterrows()} == MODEL_PAGE
    assert set(table.index[table["kind"] == "coordinate"]) == {"weight", "block"}


@pytest.mark.parametrize("column", ["long_name", "meaning"])
def test_every_variable_is_explained(column):
    assert (gf.schema()[column].str.len() > 3).all()


def test_ranges():
    table = gf.schema()
    numbers = table[table["dtype"] == "float"]
    assert list(numbers.index[numbers["minimum"].isna()]) == ["price"], "only prices may be negative"
    assert numbers.at["pue", "minimum"] == 1
    assert set(numbers.index[numbers["maximum"] == 1]) == {"pinned_share", "regulated_share"}


def test_schema_is_a_copy():
    table = gf.schema()
    table.loc["pue", "minimum"] = 0
    assert gf.schema().at["pue", "minimum"] == 1


def test_allowed_dims():
    assert allowed_dims("capacity") == [("region",), ("region", "hour")]
    assert allowed_dims("rtt") == [("service", "region")]


def test_annotate_describes_and_orders_without_touching_its_input():
    bare = tiny(hours=2).transpose("hour", "workload", "region", "service", "client")
    for name in bare.variables:
        bare[name].attrs = {}
    before = bare.copy(deep=True)
    annotated = annotate(bare)
    xr.testing.assert_identical(bare, before)
    assert annotated.demand.dims == ("client", "workload", "hour")
    for name, (dims, units) in MODEL_PAGE.items():
        assert " ".join(annotated[name].dims) in dims.split(" | ")
        assert annotated[name].attrs.get("units", "") == units
        assert annotated[name].attrs["long_name"] == gf.schema().at[name, "long_name"]

"""The results of a scenario do not depend on the types of its numbers."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf

pytestmark = pytest.mark.slow

NUMBERS = gf.schema().query("dtype == 'float'").index


def retyped(scenario, dtype, names=NUMBERS):
    return scenario.assign({name: scenario[name].astype(dtype) for name in names})


@pytest.fixture(scope="module")
def scenario():
    """Three regions and every term of the cost, in whole numbers, with sums and products beyond 65535."""
    return tiny(
        regions="PQR",
        clients={"a": "P", "b": "Q", "c": "R"},
        workloads="AB",
        hours=2,
        weight=365,
        demand=300,
        capacity=900,
        price={"P": [90, 120], "Q": [60, 30], "R": [40, 200]},
        carbon={"P": 600, "Q": 300, "R": 100},
        pue={"P": 2, "Q": 1, "R": 1},
        rtt=60,
        round_trips=[300, 1],
        latency_budget=[60000, 1000],
        service_time=[40000, 100],
        upload=100,
        download=200,
        egress_request=1,
        egress_response=0,
        overhead_cost=3,
        warmup=1,
    )


def results(scenario):
    """Every kind of result of the public functions."""
    placement = gf.place(scenario, carbon_price=50)
    frontier = gf.latency_frontier(scenario, carbon_price=50)
    policies = gf.policies(scenario, carbon_prices=[50])
    options = {"carbon_price": 50}
    return [
        placement.drop_attrs(),
        gf.local(scenario, **options),
        gf.evaluate(scenario, placement.flow, **options),
        gf.feasibility(scenario),
        gf.unit_costs(scenario, **options),
        gf.break_even(scenario, **options),
        gf.layers(scenario, placement),
        gf.layer_of(scenario),
        gf.relocatable(scenario, placement),
        frontier,
        gf.relocatable(scenario),
        gf.sweep(scenario, network_budgets=[50, 500], carbon_prices=[0, 50]),
        gf.friction_losses(scenario, **options),
        pd.Series(gf.certify(scenario, placement)),
        policies,
        gf.signal_comparison({"marginal": scenario, "average": scenario}, **options),
    ]


@pytest.fixture(scope="module")
def right(scenario):
    return results(scenario)


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "int32", "int64", "float32", "longdouble"])
def test_results_are_those_of_float64(scenario, right, dtype):
    given = retyped(scenario, dtype)
    assert all(given[name].dtype == dtype for name in NUMBERS)
    for found, wanted in zip(results(given), right, strict=True):
        if isinstance(wanted, pd.DataFrame):
            pd.testing.assert_frame_equal(found, wanted, check_exact=True)
        elif isinstance(wanted, pd.Series):
            pd.testing.assert_series_equal(found, wanted, check_exact=True)
        else:
            xr.testing.assert_equal(found, wanted)


def test_uint16():
    """At home 10 MW cost 10·(2·50 + 600·2·50/1000) = 1600 USD; away 10·(30 + 600·50/1000 + 7) = 670 USD."""
    scenario = tiny(
        pue={"P": 2, "Q": 1},
        price={"P": 50, "Q": 30},
        carbon=600,
        overhead_cost=7,
        capacity=10,
        weight=8760,
        latency_budget=60000,
        service_time=59000,
        round_trips=19,
    )
    given = retyped(scenario, "uint16")
    assert gf.totals(gf.local(given, carbon_price=50)).cost_per_mwh == pytest.approx(160)
    placement = gf.place(given, carbon_price=50)
    assert gf.totals(placement).cost_per_mwh == pytest.approx(67)
    assert gf.totals(placement).cost == pytest.approx(670 * 8760)
    assert gf.certify(given, placement)["objective"] == pytest.approx(670 * 8760)


def test_int8_prices_of_90_at_pue_2():
    """90 · 2 = 180 USD/MWh, which int8 cannot hold; 100 · 2 = 200 USD/MWh in the other region."""
    scenario = retyped(tiny(price={"P": 90, "Q": 100}, pue=2), "int8", ["price", "pue"])
    placement = gf.place(scenario)
    assert gf.totals(placement).cost_per_mwh == pytest.approx(180)
    assert float(placement.flow.sel(region="P").sum()) == pytest.approx(10)
    assert gf.certify(scenario, placement)["objective"] == pytest.approx(1800)
    assert gf.unit_costs(scenario).total.values.ravel() == pytest.approx([180, 200, 180, 200])


def test_float16_is_converted_exactly():
    """float16(35.7) is 35.6875 and float16(1.1) is 1.099609375; all arithmetic after that is in float64."""
    scenario = retyped(tiny(regions="P", price=35.7, pue=1.1, demand=2000, capacity=3000, weight=365), "float16")
    total = gf.totals(gf.place(scenario))
    assert total.cost_per_mwh == pytest.approx(35.6875 * 1.099609375, rel=1e-12)
    assert total.cost_per_mwh == pytest.approx(35.7 * 1.1, rel=1e-3)
    assert total.demand_mwh == pytest.approx(2000 * 365, rel=1e-12)


def test_flows_of_other_types():
    scenario = tiny(price={"P": 90, "Q": 20}, demand=100)
    flow = gf.local(scenario).flow
    assert gf.totals(gf.evaluate(scenario, flow.astype("int8"))).cost_per_mwh == pytest.approx(90)
    for dtype in (bool, str):
        with pytest.raises(gf.GeofrontError, match=r"'flow' has dtype .*: it needs numbers \[MW\]"):
            gf.evaluate(scenario, flow.astype(dtype))


def hours_of(dtype):
    """Two regions whose prices of 90 and 60 USD/MWh and carbon of 100 kg/MWh hold all year."""
    coords = {"region": ["eu-paris", "in-mumbai"], "hour": pd.date_range("2023-01-01", periods=8760, freq="h")}
    values = np.repeat([[90], [60]], 8760, axis=1)
    return xr.Dataset(
        {
            "price": (("region", "hour"), values.astype(dtype)),
            "carbon_average": (("region", "hour"), np.full_like(values, 100).astype(dtype)),
        },
        coords,
    )


@pytest.mark.parametrize("dtype", ["int8", "uint16", "float16"])
def test_hours_of_other_types(dtype):
    scenario = gf.stylized(regions=["eu-paris", "in-mumbai"], hours=hours_of(dtype), carbon_signal="average")
    assert scenario.price.dtype == scenario.carbon.dtype == "float64"
    assert scenario.price.sel(region="eu-paris").values == pytest.approx(90, rel=1e-12)
    assert scenario.carbon.values == pytest.approx(100, rel=1e-12)


@pytest.mark.parametrize("dtype", [bool, str])
def test_hours_that_are_no_numbers(dtype):
    with pytest.raises(gf.GeofrontError, match="'hours': 'price', 'carbon_average' must hold numbers"):
        gf.stylized(regions=["eu-paris", "in-mumbai"], hours=hours_of(dtype))

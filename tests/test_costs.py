"""Unit costs computed by hand, component by component and friction by friction."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.model.costs import arc_terms, check_carbon_price, check_frictions, with_frictions

COMPONENTS = ("energy", "carbon", "egress", "overhead")


@pytest.fixture
def scenario():
    """P and Q with one class that is relocated at 25 % more energy and 3 USD/MWh.

    Q has PUE 1.5, 40 USD/MWh and 200 kg/MWh. A megawatt-hour takes 10 GB to Q at 0.1 USD/GB and 50 GB
    back at 0.02 USD/GB.
    """
    return tiny(
        price={"P": [60, -20], "Q": [40, 40]},
        carbon={"P": [500, 100], "Q": [200, 200]},
        hours=2,
        pue={"P": 1.2, "Q": 1.5},
        egress_request={"P": 0.1, "Q": 7},
        egress_response={"P": 0.02, "Q": 8},
        upload=10,
        download=50,
        overhead_energy=0.25,
        overhead_cost=3,
        warmup=0.5,
    )


def away(costs, name):
    """From P to Q in the first hour."""
    return float(costs[name].sel(service="P", region="Q", workload="A", **first_hour(costs[name])))


def home(costs, name):
    return float(costs[name].sel(service="P", region="P", workload="A", **first_hour(costs[name])))


def first_hour(array):
    return {"hour": "2023-03-21T00"} if "hour" in array.dims else {}


def test_relocated_megawatt_hour(scenario):
    """1.25 · 1.5 = 1.875 MWh of facility energy: 75 USD and 375 kg, at 100 USD/t 37.5 USD."""
    costs = gf.unit_costs(scenario, carbon_price=100)
    assert away(costs, "energy") == pytest.approx(1.875 * 40)
    assert away(costs, "emissions") == pytest.approx(375)
    assert away(costs, "carbon") == pytest.approx(37.5)
    assert away(costs, "egress") == pytest.approx(10 * 0.1 + 50 * 0.02)
    assert away(costs, "overhead") == pytest.approx(3)
    assert away(costs, "total") == pytest.approx(75 + 37.5 + 2 + 3)


def test_local_megawatt_hour(scenario):
    """Home pays PUE times price and nothing else."""
    costs = gf.unit_costs(scenario, carbon_price=100)
    assert home(costs, "energy") == pytest.approx(1.2 * 60)
    assert home(costs, "carbon") == pytest.approx(1.2 * 50)
    assert home(costs, "egress") == home(costs, "overhead") == 0
    assert home(costs, "total") == pytest.approx(132)


def test_negative_prices_stay(scenario):
    costs = gf.unit_costs(scenario)
    second = costs.energy.sel(service="Q", region="P", workload="A").isel(hour=1)
    assert float(second) == pytest.approx(1.25 * 1.2 * -20)


@pytest.mark.parametrize(
    ("dropped", "total"),
    [("migration", 1.5 * 40 + 2), ("egress", 75 + 3), ("locality", 80), ("legal", 80), ("capacity", 80)],
)
def test_missing_friction(scenario, dropped, total):
    kept = [name for name in gf.FRICTIONS if name != dropped]
    assert away(gf.unit_costs(scenario, frictions=kept), "total") == pytest.approx(total)


def test_with_frictions_sets_only_missing_frictions_to_zero(scenario):
    scenario["pinned_share"] += 0.3
    scenario["regulated_share"] += 0.4
    before = scenario.copy(deep=True)
    zero = {
        "migration": ["overhead_energy", "overhead_cost", "warmup"],
        "egress": ["egress_request", "egress_response"],
        "locality": ["pinned_share"],
        "legal": ["regulated_share"],
        "capacity": [],
    }
    for dropped, names in zero.items():
        left = with_frictions(scenario, [name for name in gf.FRICTIONS if name != dropped])
        for name in names:
            assert not left[name].any(), f"{name} is left without {dropped}"
        untouched = [name for name in scenario.data_vars if name not in (*names, "capacity")]
        xr.testing.assert_identical(left[untouched], scenario[untouched])
        assert np.isinf(left.capacity).all() == (dropped == "capacity")
    xr.testing.assert_identical(scenario, before)


def test_frictions_are_checked_and_ordered():
    assert check_frictions(["capacity", "egress", "egress"]) == ("egress", "capacity")
    assert check_frictions("legal") == ("legal",)
    assert check_frictions(()) == ()
    with pytest.raises(gf.GeofrontError, match=r"unknown frictions 'gravity', 'rust': use any of migration"):
        check_frictions(["gravity", "legal", "rust"])


def test_warmup_is_paid_at_the_mean_of_its_block():
    """Hours 0 and 1 are one block, hours 2 and 3 another; each has its own mean of price and carbon."""
    scenario = tiny(
        hours=4,
        block=[1, 1, 2, 2],
        warmup=0.5,
        pue={"P": 1.0, "Q": 1.2},
        price={"P": 50, "Q": [10, 30, 60, 80]},
        carbon={"P": 0, "Q": [100, 300, 0, 500]},
    )
    terms = arc_terms(scenario)
    assert terms.warmup_price.sel(region="Q").values.tolist() == [20, 20, 70, 70]
    assert terms.warmup_carbon.sel(region="Q").values.tolist() == [200, 200, 250, 250]
    assert terms.warmup_energy.sel(region="Q").values.tolist() == pytest.approx([0.6])


def test_starting_up_never_earns_money():
    """A block mean of −10 USD/MWh would pay for starting and stopping without end: it counts as zero."""
    terms = arc_terms(tiny(hours=2, warmup=0.5, price={"P": [5, 15], "Q": [-40, 20]}))
    assert terms.warmup_price.sel(region="P").values.tolist() == [10, 10]
    assert terms.warmup_price.sel(region="Q").values.tolist() == [0, 0]


@settings(max_examples=25)
@given(scenarios(), friction_subsets)
def test_components_add_up(scenario, frictions):
    before = scenario.copy(deep=True)
    costs = gf.unit_costs(scenario, carbon_price=25, frictions=frictions)
    xr.testing.assert_identical(scenario, before)
    xr.testing.assert_allclose(costs.total, sum(costs[name] for name in COMPONENTS))
    xr.testing.assert_allclose(costs.carbon, 0.025 * costs.emissions)
    for name in (*COMPONENTS, "total", "emissions"):
        assert costs[name].attrs["units"] == ("kg/MWh" if name == "emissions" else "USD/MWh")
        assert costs[name].attrs["long_name"]
        assert costs[name].dims[:2] == ("service", "region")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (tiny().drop_vars("pue"), "'pue' is missing"),
        (
            tiny(price={"P": [50, 60], "Q": [np.nan, 20]}, hours=2),
            "'price' is not a number at 'Q, 2023-03-21 00:00:00'",
        ),
    ],
)
def test_invalid_scenarios_have_no_unit_costs(bad, words):
    with pytest.raises(gf.GeofrontError, match=words):
        gf.unit_costs(bad)


@pytest.mark.parametrize("carbon_price", ["a", None, np.nan, np.inf, [1, 2], True])
def test_carbon_prices_are_numbers(carbon_price):
    with pytest.raises(gf.GeofrontError, match=r"carbon_price=.* is not a number: give it in USD per tonne"):
        gf.unit_costs(tiny(), carbon_price=carbon_price)


def test_carbon_prices_of_any_numeric_type():
    assert [check_carbon_price(price) for price in (7, 7.0, np.float32(7), np.array(7), xr.DataArray(7))] == [7.0] * 5

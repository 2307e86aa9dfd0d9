"""A user's own coordinates neither overwrite results nor clash with them."""

from functools import cache

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import tiny

import geofront as gf
from geofront.names import BLOCK, CLIENT, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.quantities.policies import nearest
from geofront.quantities.real_year import benefits, import_saving, kind_of_hour, timetable

pytestmark = pytest.mark.slow

ALLOWED = {
    CLIENT,
    SERVICE,
    REGION,
    WORKLOAD,
    HOUR,
    WEIGHT,
    BLOCK,
    "home",
    "component",
    "layer",
    "level",
    "budget",
    "network_budget",
    "carbon_price",
    "friction",
    "subset",
    "active",
}
"""Coordinates that results may have: the schema's, a placement's ``home``, and dims of the results themselves."""

RESULTS = {
    "place": lambda s: gf.place(s, carbon_price=50),
    "local": gf.local,
    "nearest": nearest,
    "evaluate": lambda s: gf.evaluate(s, gf.local(s).flow),
    "feasibility": gf.feasibility,
    "unit_costs": gf.unit_costs,
    "break_even": gf.break_even,
    "best_regions": lambda s: gf.best_regions(gf.break_even(s)),
    "layers": lambda s: gf.layers(s, gf.local(s)),
    "layer_of": gf.layer_of,
    "relocatable": gf.relocatable,
    "friction_losses": gf.friction_losses,
    "latency_frontier": gf.latency_frontier,
    "latency_frontier of a class": lambda s: gf.latency_frontier(s, "A"),
    "sweep": lambda s: gf.sweep(s, network_budgets=[20, 100], carbon_prices=[0, 50]),
    "benefits": lambda s: benefits(s, gf.place(s)),
    "import_saving": import_saving,
    "kind_of_hour": kind_of_hour,
    "timetable": lambda s: timetable(s, s, gf.place(s)),
}
TABLES = {
    "policies": lambda s: gf.policies(s, carbon_prices=[50]),
    "signal_comparison": lambda s: gf.signal_comparison({"marginal": s}),
    "break_even_by_class": lambda s: gf.break_even_by_class(gf.break_even(s)),
    "relocatable_by_class": lambda s: gf.relocatable_by_class(gf.relocatable(s)),
    "compare": lambda s: gf.compare({"base": gf.local(s), "placed": gf.place(s)}),
    "compare with the optimum": lambda s: gf.compare({"base": gf.local(s)}, s),
    "violations": lambda s: gf.violations(s.assign(latency_budget=0 * s.latency_budget), gf.place(s).flow),
    "certify": lambda s: gf.certify(s, gf.place(s)),
    "totals": lambda s: gf.totals(gf.place(s)),
}
NAMES = [
    "emissions",
    "energy",
    "cost",
    "flow",
    "share",
    "carbon_price",
    "total",
    "egress",
    "execution",
    "demand_mwh",
    "power",
    "component",
    "layer",
    "latency",
    "lawful_share",
    "level",
    "saving",
    "benefit",
    "warm-up",
]


@cache
def plain():
    """A scenario without coordinates of its own."""
    return tiny(
        regions="PQR",
        clients={"a": "P", "b": "Q"},
        workloads="AB",
        hours=2,
        weight=[1, 3],
        price={"P": [50, 60], "Q": 30, "R": [10, 20]},
        capacity={"P": 50, "Q": 50, "R": 15},
        warmup=0.5,
        upload=10,
        egress_request=0.1,
    )


@pytest.fixture
def scenario():
    return plain()


@cache
def wanted(name):
    """What a function makes of the scenario without coordinates of its own."""
    return (RESULTS | TABLES)[name](plain())


def without_times(placement):
    return placement.assign_attrs(wall_time_s=0)


@pytest.mark.parametrize("over", [(), ("region",), ("client",), ("service",), ("hour",), ("workload",)])
@pytest.mark.parametrize("name", NAMES)
def test_place_and_unit_costs_ignore_them(scenario, name, over):
    own = scenario.assign_coords({name: (over, np.full([scenario.sizes[dim] for dim in over], 7.0))})
    for result in ("place", "unit_costs"):
        xr.testing.assert_identical(without_times(RESULTS[result](own)), without_times(wanted(result)))


@pytest.mark.parametrize("result", RESULTS)
def test_results_have_coordinates_of_the_schema_only(scenario, result):
    own = scenario.assign_coords({name: ("region", [1.0, 2.0, 3.0]) for name in NAMES})
    own = own.assign_coords({f"{name}_here": 5.0 for name in NAMES} | {"home_name": ("client", ["x", "y"])})
    found, same = RESULTS[result](own), wanted(result)
    assert set(found.coords) <= ALLOWED
    if isinstance(found, xr.Dataset):
        found, same = without_times(found), without_times(same)
    xr.testing.assert_identical(found, same)


@pytest.mark.parametrize("name", ["emissions", "energy", "cost", "flow", "share"])
@pytest.mark.parametrize("table", TABLES)
def test_tables_ignore_them(scenario, table, name):
    for own in (scenario.assign_coords({name: ("region", [1.0, 2.0, 3.0])}), scenario.assign_coords({name: 9.0})):
        found, same = TABLES[table](own), wanted(table)
        assert (found == same) if isinstance(found, dict) else found.equals(same)


@pytest.mark.parametrize("name", ["component", "layer", "budget", "subset"])
def test_own_dims(scenario, name):
    own = scenario.assign_coords({name: ["x", "y"]})
    for name, result in RESULTS.items():
        assert set(result(own).coords) == set(wanted(name).coords)


@settings(max_examples=25)
@given(st.sets(st.sampled_from(list(gf.schema().index))))
def test_variables_given_as_coordinates_and_the_other_way_round(names):
    scenario = tiny(price={"P": 50, "Q": 20})
    swapped = scenario.set_coords([name for name in names if name in scenario.data_vars])
    swapped = swapped.reset_coords([name for name in names if name in scenario.coords])
    xr.testing.assert_identical(gf.validate(swapped), scenario)
    xr.testing.assert_identical(without_times(gf.place(swapped)), without_times(gf.place(scenario)))


def test_validation_and_files_keep_them(scenario, tmp_path):
    own = scenario.assign_coords(emissions=("region", [1.0, 2.0, 3.0]))
    validated = gf.validate(own)
    xr.testing.assert_identical(validated.emissions, own.emissions)
    xr.testing.assert_identical(gf.open_scenario(gf.save_scenario(own, tmp_path / "own.nc")), validated)

"""Every kind of bad input is named with variable, labels, count and remedy; several at once are all named."""

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from scenarios import scenarios, tiny

import geofront as gf

NUMBERS = gf.schema().query("dtype == 'float'").index
VARIABLES = [name for name in gf.schema().index if name not in ("weight", "block")]


@pytest.fixture
def scenario():
    return tiny(regions="PQR", clients={"a": "P", "b": "Q"}, workloads="AB", hours=2)


def problems(scenario, **options):
    """Problems that `gf.validate` finds, line by line."""
    with pytest.raises(gf.GeofrontError) as caught:
        gf.validate(scenario, **options)
    head, *lines = str(caught.value).splitlines()
    assert head == f"the scenario has {len(lines)} problem(s):"
    assert all(line.startswith("  - ") for line in lines)
    return [line.removeprefix("  - ") for line in lines]


def only_problem(scenario, **options):
    (problem,) = problems(scenario, **options)
    return problem


def away_from_home(variable):
    """Labels of one value; the service node, if there is any, is not that of the region."""
    return {dim: variable.indexes[dim][0 if dim == "service" else -1] for dim in variable.dims}


def test_valid_scenario_comes_back_itself(scenario):
    before = scenario.copy(deep=True)
    assert gf.validate(scenario) is scenario
    xr.testing.assert_identical(scenario, before)


@settings(max_examples=25)
@given(scenarios())
def test_random_scenarios_are_valid(scenario):
    gf.validate(scenario)


def test_dims_may_come_in_any_order(scenario):
    gf.validate(scenario.transpose("hour", "workload", "region", "service", "client"))


@pytest.mark.parametrize("name", VARIABLES)
def test_missing_variable(scenario, name):
    problem = only_problem(scenario.drop_vars(name))
    first_choice = gf.schema().at[name, "dims"].split(" | ")[0].replace(" ", ", ")
    assert problem == f"{name!r} is missing: it needs dims ({first_choice})"


@pytest.mark.parametrize("name", ["weight", "block"])
def test_missing_coordinate(scenario, name):
    assert only_problem(scenario.drop_vars(name)) == f"{name!r} is missing: it needs dims (hour)"


@pytest.mark.parametrize("dim", ["client", "service", "region", "workload", "hour"])
def test_missing_dimension(scenario, dim):
    found = problems(scenario.isel({dim: 0}, drop=True))
    assert any(problem.startswith(f"dimension {dim!r} is missing") for problem in found)
    dependent = [
        name
        for name, dims in gf.schema()["dims"].items()
        if dim in dims.split() and not (name == "capacity" and dim == "hour")
    ]
    for name in dependent:
        assert any(repr(name) in problem for problem in found), f"{name} lost {dim} unnoticed"


def test_wrong_dims(scenario):
    bad = scenario.assign(price=scenario.price.mean("hour"))
    assert only_problem(bad) == "'price' has dims (region): it needs (region, hour)"
    bad = scenario.assign(capacity=scenario.capacity * scenario.warmup)
    assert only_problem(bad) == "'capacity' has dims (region, workload): it needs (region) or (region, hour)"


def test_unlabelled_dimension(scenario):
    assert "assign_coords(region=[…])" in only_problem(scenario.drop_vars("region"))


@pytest.mark.parametrize("dim", ["client", "service", "region", "workload", "hour"])
def test_duplicate_labels(scenario, dim):
    positions = [*range(scenario.sizes[dim]), -1]
    problem = only_problem(scenario.isel({dim: positions}))
    repeated = str(scenario.indexes[dim][-1])
    assert problem == f"dimension {dim!r} repeats {repeated!r}: labels must be unique"


def test_empty_dimension(scenario):
    assert "dimension 'workload' is empty" in problems(scenario.isel(workload=[]))[0]


def test_carbon_signal_must_be_named(scenario):
    scenario.attrs = {}
    assert only_problem(scenario) == (
        "attribute 'carbon_signal' is missing: name the signal that 'carbon' "
        "holds, for example one of marginal, average, ifi"
    )


@pytest.mark.parametrize("name", [name for name in VARIABLES if gf.schema().at[name, "dtype"] == "float"])
def test_not_a_number(scenario, name):
    where = away_from_home(scenario[name])
    scenario[name].loc[where] = np.nan
    problem, labels = only_problem(scenario), list(map(str, where.values()))
    if len(labels) == 1:
        assert problem.startswith(f"{name!r} has no value for {scenario[name].dims[0]} {labels[0]!r}, or ")
    else:
        assert problem == f"{name!r} is not a number at {', '.join(labels)!r}: fill or drop the labels"


def test_first_five_labels_and_their_number():
    scenario = tiny(regions="PQRSTUV", hours=2)
    scenario["price"] = scenario.price.where((scenario.region == "P") | (scenario.hour.dt.hour == 1))
    problem = only_problem(scenario)
    assert problem.count("2023-03-21 00:00:00") == 5
    assert "'Q, 2023-03-21 00:00:00', 'R, 2023-03-21 00:00:00', 'S, " in problem
    assert "… (6 in all)" in problem


@pytest.mark.parametrize("name", ["price", "pue", "lawful", "rtt"])
def test_labels_that_a_variable_lacks(scenario, name):
    other = scenario[name].assign_coords(region=["P", "Q", "elsewhere"])
    problem = only_problem(scenario.assign({name: other}))
    assert problem == (
        f"{name!r} has no value for region 'R', or its labels do not match: "
        "give it values under exactly these labels, or drop them from the scenario"
    )


def test_labels_that_only_one_variable_knows(scenario):
    other = scenario.price.assign_coords(region=["P", "Q", "elsewhere"])
    unknown, lacking = problems(
        xr.merge([scenario.drop_vars("price"), other], join="outer", compat="no_conflicts", combine_attrs="override")
    )
    assert unknown == (
        "region 'elsewhere' is missing from most variables, only 'price' has values there: rename "
        "these labels to match exactly, or drop them"
    )
    assert lacking.startswith("'price' has no value for region 'R', or ")


@pytest.mark.parametrize("name", ["price", "block"])
def test_none_of_the_labels_match(scenario, name):
    other = scenario[name].assign_coords(hour=scenario.hour + np.timedelta64(365, "D")).drop_vars("weight")
    gone = other.reindex_like(scenario.hour)
    bad = scenario.assign_coords(block=gone) if name == "block" else scenario.assign(price=gone)
    assert only_problem(bad).startswith(f"{name!r} has no values, or its labels do not match")


def test_a_label_mismatch_hides_no_other_missing_number(scenario):
    scenario["price"].loc["R"] = np.nan
    scenario["price"].loc["P", "2023-03-21T01"] = np.inf
    mismatch, number = problems(scenario)
    assert mismatch.startswith("'price' has no value for region 'R', or ")
    assert number.startswith("'price' is not a number at 'P, 2023-03-21 01:00:00': ")


def test_infinity_is_a_capacity_but_nothing_else(scenario):
    scenario["capacity"] = scenario.capacity * np.inf
    gf.validate(scenario)
    scenario["price"] = scenario.price * np.inf
    assert "'price' is not a number" in only_problem(scenario)


@pytest.mark.parametrize("name", [name for name, row in gf.schema().iterrows() if row["minimum"] == 0])
def test_negative(scenario, name):
    where = away_from_home(scenario[name])
    scenario[name].loc[where] = -1
    labels, units = ", ".join(str(label) for label in where.values()), gf.schema().at[name, "units"]
    assert (
        only_problem(scenario) == f"{name!r} is below 0 at {labels!r}: the unit is [{'-' if units == '1' else units}]"
    )


def test_negative_prices_are_real(scenario):
    gf.validate(scenario.assign(price=scenario.price - 100))


@pytest.mark.parametrize("name", ["pinned_share", "regulated_share"])
def test_shares_above_one(scenario, name):
    assert only_problem(scenario.assign({name: scenario[name] + 1.5})).startswith(f"{name!r} is above 1 at ")


def test_pue_below_one(scenario):
    scenario["pue"].loc["Q"] = 0.9
    assert only_problem(scenario) == "'pue' is below 1 at 'Q': the unit is [-]"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("lawful", "bool"), ("price", "numbers [USD/MWh]"), ("block", "whole numbers"), ("weight", "numbers [h]")],
)
def test_wrong_type(scenario, name, wanted):
    text = scenario[name].astype(str).astype(object)
    bad = scenario.assign_coords({name: text}) if name in scenario.coords else scenario.assign({name: text})
    assert only_problem(bad) == f"{name!r} has dtype object: it needs {wanted}"


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(("dtype", "called"), [(bool, "bool"), (str, "<U"), (complex, "complex128")])
def test_only_numbers_are_numbers(scenario, name, dtype, called):
    bad = scenario.assign({name: scenario[name].astype(dtype)})
    assert only_problem(bad).startswith(f"{name!r} has dtype {called}")
    for function in (gf.place, gf.local, gf.feasibility, gf.unit_costs, gf.break_even, gf.layer_of):
        with pytest.raises(gf.GeofrontError, match=f"'{name}' has dtype {called}"):
            function(bad)


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float16", "float32", "longdouble", ">f8"])
def test_numbers_become_float64(scenario, dtype):
    given = scenario.assign({name: scenario[name].astype(dtype) for name in NUMBERS if name != "latency_budget"})
    before = given.copy(deep=True)
    validated = gf.validate(given)
    assert {str(validated[name].dtype) for name in NUMBERS} == {"float64"}
    assert set(validated.coords) == set(scenario.coords)
    xr.testing.assert_identical(validated, scenario)
    xr.testing.assert_identical(given, before)
    assert given.price.dtype == dtype


def test_the_capacity_check_does_not_wrap():
    """Two clients of 100 MW at one home are 200 MW, which int8 cannot hold."""
    scenario = tiny(regions="P", clients={"a": "P", "b": "P"}, demand=100, capacity=120)
    short = scenario.assign({name: scenario[name].astype("int8") for name in ("demand", "capacity")})
    assert "by up to 80 MW" in only_problem(short)


def test_a_long_double_beyond_float64_is_refused(scenario):
    price = scenario.price.astype(np.longdouble)
    price.loc["Q", "2023-03-21T01"] = np.longdouble("1e400")
    assert only_problem(scenario.assign(price=price)).startswith("'price' is not a number at 'Q, 2023-03-21 01")


def test_home_without_service_node(scenario):
    scenario["home"].loc["b"] = "nowhere"
    assert only_problem(scenario) == (
        "'home' names 'nowhere', not a service node, for clients 'b': use one of 'P', 'Q', 'R'"
    )


def test_service_node_without_region(scenario):
    problem = only_problem(scenario.assign_coords(service=["P", "Q", "X"]))
    assert problem.startswith("service nodes 'X' have no compute region of the same label")


@pytest.mark.parametrize("name", ["egress_request", "egress_response"])
def test_egress_at_home_is_free(scenario, name):
    scenario[name].loc["Q", "Q"] = 0.05
    problem = only_problem(scenario.transpose("region", ...))
    assert problem == f"{name!r} is not 0 at home for 'Q': local bytes are free"


def test_home_demand_above_capacity(scenario):
    """Client b needs 10 + 10 MW at home Q, which gets 15 in the second hour: 5 MW are missing."""
    hourly = scenario.capacity.broadcast_like(scenario.price).copy()
    hourly.loc["Q", "2023-03-21T01"] = 15
    bad = scenario.assign(capacity=hourly)
    problem = only_problem(bad)
    assert problem.startswith("home demand exceeds 'capacity' at 'Q, 2023-03-21 01:00:00', by up to 5 MW: ")
    assert "raise the capacity or lower the demand" in problem
    gf.validate(bad, baseline=False)


def test_a_small_home_beside_a_large_one_needs_its_capacity_too():
    sites = ["large", "small"]
    scenario = gf.scenario(demand=pd.Series([10000, 0.009], sites), price=1, carbon=1, capacity=1e4)
    scenario["capacity"] = scenario.capacity.copy(data=[1e4, 0.005])
    problem = only_problem(scenario)
    assert problem.startswith("home demand exceeds 'capacity' at 'small, 0', by up to 0.004 MW: ")


def test_several_problems_are_all_named(scenario):
    scenario["pue"].loc["Q"] = 0.9
    scenario["demand"].loc["a"] = -1
    scenario["price"].loc["R"] = np.nan
    scenario["home"].loc["b"] = "nowhere"
    scenario["lawful"] = scenario.lawful.astype(float)
    found = problems(scenario)
    assert len(found) == 5
    for name in ("pue", "demand", "price", "home", "lawful"):
        assert sum(problem.startswith(repr(name)) for problem in found) == 1


def test_problems_of_shape_and_labels_are_all_named(scenario):
    scenario["pue"] = scenario.pue * scenario.warmup
    bad = scenario.drop_vars(["price", "warmup"]).isel(client=[0, 0])
    bad.attrs = {}
    found = problems(bad)
    assert len(found) == 5
    for words in ("'price' is missing", "'warmup' is missing", "'pue' has", "'client' repeats", "signal"):
        assert sum(words in problem for problem in found) == 1


def test_hours_out_of_order_within_a_block():
    scenario = tiny(hours=4)
    gf.validate(scenario.isel(hour=[2, 3, 0, 1]))
    with pytest.raises(gf.GeofrontError, match="'hour' labels are out of order in blocks '1'"):
        gf.validate(scenario.isel(hour=[0, 2, 1, 3]))


@pytest.mark.parametrize("other", [3, None, xr.DataArray(1.0)])
def test_what_is_no_dataset(other):
    with pytest.raises(gf.GeofrontError, match=f"is an xarray.Dataset, not {type(other).__name__}: make one with gf"):
        gf.validate(other)


def test_no_problem_hides_another(scenario):
    """Client a needs 20 MW at home P, which has 15."""
    scenario["pue"].loc["Q"] = 0.5
    scenario["price"].loc["Q", "2023-03-21T01"] = np.nan
    scenario["egress_request"].loc["Q", "Q"] = 0.05
    scenario["capacity"].loc["P"] = 15
    bad = scenario.drop_vars("rtt").assign_coords(block=("hour", [1.5, 1.5]))
    bad.attrs = {}
    found = problems(bad)
    assert len(found) == 7
    for words in (
        "'carbon_signal'",
        "'rtt' is missing",
        "'pue' is below 1",
        "'price' is not a number",
        "'egress_request' is not 0",
        "'block' has dtype",
        "home demand exceeds 'capacity' at 'P, ",
    ):
        assert sum(words in problem for problem in found) == 1


@pytest.mark.parametrize("dim", ["client", "service", "region", "workload", "hour"])
def test_labels_that_repeat_hide_no_values(scenario, dim):
    scenario["home"].loc["b"] = "nowhere"
    scenario["pue"].loc["Q"] = 0.9
    scenario["price"].loc["R", "2023-03-21T01"] = np.nan
    found = problems(scenario.isel({dim: [*range(scenario.sizes[dim]), -1]}))
    assert [problem.split()[0] for problem in found] == ["dimension", "'price'", "'pue'", "'home'"]


def test_a_stray_home_hides_no_hours_out_of_order():
    scenario = tiny(hours=4).isel(hour=[0, 2, 1, 3])
    scenario["home"].loc["a"] = "nowhere"
    assert [problem.split()[0] for problem in problems(scenario)] == ["'home'", "'hour'"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("price", 1e15),
        ("price", -1e6),
        ("carbon", 2e5),
        ("pue", 11),
        ("demand", 1e8),
        ("capacity", 1e10),
        ("warmup", 2000),
        ("overhead_energy", 1e25),
        ("round_trips", 1e7),
    ],
)
def test_implausible_values(scenario, name, value):
    scenario[name].loc[away_from_home(scenario[name])] = value
    assert problems(scenario)[0].startswith(f"{name!r} is {'below' if value < 0 else 'above'} ")


def test_capacity_may_be_infinite(scenario):
    assert np.isinf(gf.validate(scenario.assign(capacity=scenario.capacity * np.inf)).capacity).all()


def test_a_variable_as_coordinate_and_a_coordinate_as_variable(scenario):
    """Three hours of 10 MW at 50 USD/MWh cost the same, however the dataset groups them."""
    cost = gf.totals(gf.place(scenario)).cost
    for same in (
        scenario.set_coords(["price", "home"]),
        scenario.reset_coords(["weight", "block"]),
        scenario.set_xindex("block"),
    ):
        assert gf.totals(gf.place(same)).cost == pytest.approx(cost)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.set_index(hour=["weight", "block"]), "the labels of dimension 'hour' have several levels"),
        (
            lambda s: s.assign_coords(region=np.array(["P", 1, "R"], object)),
            "dimension 'region' has labels of several types, a number and text",
        ),
        (lambda s: s.assign_coords(workload=np.array(["A", None], object)), "dimension 'workload' has an empty label"),
        (lambda s: s.assign_attrs(carbon_signal=["marginal"]), r"attribute 'carbon_signal' is \['marginal'\]"),
        (lambda s: s.isel(hour=slice(0)), "dimension 'hour' is empty"),
    ],
)
def test_structures_that_cannot_be_looked_up_by_label(scenario, change, message):
    assert any(re.match(message, problem) for problem in problems(change(scenario)))

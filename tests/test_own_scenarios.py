"""gf.scenario: axes and labels of every kind, neutral values, homes, and round trips of whole scenarios."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import scenarios, tiny

import geofront as gf
from geofront import charts, tables
from geofront.quantities.frontier import chosen_budgets
from geofront.scenarios.snapshots import average_day

PRICE = pd.Series({"P": 50.0, "Q": 20.0})
DEMAND = pd.Series({"P": 4.0, "Q": 6.0})
STAMPS = pd.date_range("2024-03-01", periods=3, freq="h")
RTT = pd.DataFrame([[1.0, 30.0], [45.0, 3.0]], index=["P", "Q"], columns=["P", "Q"])


def round_trip(scenario):
    return gf.scenario(**{name: scenario[name] for name in scenario}, carbon_signal=scenario.carbon_signal)


@settings(max_examples=50)
@given(scenarios())
def test_every_scenario_round_trips(scenario):
    xr.testing.assert_identical(round_trip(scenario), scenario)


@settings(max_examples=30)
@given(scenarios(), st.data())
def test_every_scenario_comes_back_from_pandas_whatever_the_order_of_its_labels(scenario, data):
    """Variables as Series and DataFrames with named axes, each with its labels in an order of its own."""
    given = {}
    for name in gf.schema().index:
        array = scenario[name].drop_vars([coord for coord in scenario[name].coords if coord not in scenario.dims])
        order = {dim: data.draw(st.permutations(range(size))) for dim, size in array.sizes.items()}
        array = array.isel(order).transpose(*data.draw(st.permutations(array.dims)))
        given[name] = array.to_pandas() if array.ndim < 3 else array.to_series()
    made = gf.scenario(**given, hours=scenario.hour.values, carbon_signal="marginal")
    xr.testing.assert_identical(made.sel({dim: scenario[dim] for dim in scenario.dims}), scenario)


def test_round_trips_keep_own_coordinates_and_variables_given_as_coordinates():
    scenario = (
        tiny(regions="PQ", hours=2, price={"P": 50, "Q": [20, 60]})
        .assign_coords(altitude=("region", [3.0, 7.0]), season="winter")
        .set_coords(["home", "warmup"])
    )
    xr.testing.assert_identical(round_trip(scenario), gf.validate(scenario))


@pytest.mark.parametrize(
    "choices",
    [{}, {"snapshots": "day"}, {"regions": ["us-texas", "eu-paris"]}, {"carbon_signal": "average", "demand_mw": 7}],
)
def test_stylized_scenarios_round_trip_with_names_positions_and_units(choices):
    scenario = gf.stylized(**choices)
    xr.testing.assert_identical(round_trip(scenario).assign_attrs(scenario.attrs), scenario)


def test_round_trip_of_shuffled_arrays_keeps_their_coordinates_by_label():
    scenario = gf.stylized(snapshots="day", regions=["us-texas", "eu-paris", "br-saopaulo"])
    given = {name: scenario[name] for name in scenario}
    given["price"] = given["price"].isel(region=[2, 0, 1], hour=slice(None, None, -1))
    shuffled = gf.scenario(**given, carbon_signal="marginal")
    xr.testing.assert_equal(shuffled.sel({dim: scenario[dim] for dim in ("region", "hour")}), scenario)


def test_variables_that_are_not_given_are_neutral():
    scenario = gf.scenario(demand=DEMAND, price=PRICE)
    assert gf.schema().neutral.drop(["demand", "price", "home"]).to_dict() == {
        name: scenario[name].values.flat[0]
        for name in scenario.variables
        if name in gf.schema().index and name not in ("demand", "price", "home")
    }
    assert np.isinf(scenario.capacity).all()
    assert np.isinf(scenario.latency_budget).all()
    assert scenario.home.values.tolist() == ["P", "Q"]
    assert dict(scenario.sizes) == {"client": 2, "service": 2, "region": 2, "workload": 1, "hour": 1}
    total = gf.totals(gf.place(scenario))
    assert total["cost"] == pytest.approx(10 * 20), "one hour of 10 MW, all at Q"


def test_rtt_is_used_unchanged():
    scenario = gf.scenario(demand=DEMAND, price=PRICE, rtt=RTT, latency_budget=40)
    assert scenario.rtt.values.tolist() == [[1.0, 30.0], [45.0, 3.0]]
    assert gf.feasibility(scenario).latency.values[:, 0].tolist() == [[True, True], [False, True]]
    assert gf.totals(gf.place(scenario))["cost"] == pytest.approx(10 * 20)
    transposed = gf.scenario(demand=DEMAND, price=PRICE, rtt=RTT.T, latency_budget=40)
    assert gf.totals(gf.place(transposed))["cost"] == pytest.approx(4 * 50 + 6 * 20)


BY_HOUR = pd.DataFrame({"P": [1.0, 2.0, 3.0], "Q": [4.0, 5.0, 6.0]}, STAMPS)


@pytest.mark.parametrize(
    "price",
    [
        BY_HOUR,
        BY_HOUR.T,
        BY_HOUR[["Q", "P"]],
        BY_HOUR.iloc[::-1],
        BY_HOUR.stack(),
        BY_HOUR.tz_localize("UTC"),
        BY_HOUR.tz_localize("UTC").tz_convert("Asia/Tokyo"),
        BY_HOUR.to_period("h"),
        BY_HOUR.set_axis(map(str, STAMPS)),
        BY_HOUR.set_axis(STAMPS.strftime("%Y-%m-%d %H")),
        BY_HOUR.rename_axis("Time (UTC)"),
        BY_HOUR.reset_index(drop=True),
        BY_HOUR.to_numpy(),
        BY_HOUR.T.to_numpy(),
        BY_HOUR.T.to_numpy().tolist(),
        BY_HOUR.to_dict("series"),
        xr.DataArray(BY_HOUR, dims=("hour", "region")),
        xr.DataArray(BY_HOUR.to_numpy(), dims=("hour", "region")),
        xr.DataArray(BY_HOUR, dims=("time", "zone")),
    ],
)
def test_prices_by_region_and_hour_in_any_form(price):
    scenario = gf.scenario(demand=DEMAND, price=price, hours=STAMPS, capacity=PRICE)
    assert scenario.price.sel(region=["P", "Q"]).values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert scenario.indexes["hour"].equals(STAMPS)
    assert scenario.weight.values.tolist() == [1, 1, 1]


def test_prices_broadcast():
    by_hour = gf.scenario(demand=DEMAND, price=BY_HOUR["P"], capacity=PRICE)
    assert by_hour.price.values.tolist() == [[1, 2, 3], [1, 2, 3]]
    assert by_hour.capacity.dims == ("region",)
    assert gf.scenario(demand=DEMAND, price=PRICE, capacity=BY_HOUR["P"]).capacity.values.tolist() == [[1, 2, 3]] * 2
    assert gf.scenario(demand=1, price=PRICE).demand.values.ravel().tolist() == [1, 1], "a client in every region"


CLASSES = pd.DataFrame({"fast": DEMAND, "slow": 2 * DEMAND})


@pytest.mark.parametrize(
    "demand",
    [
        CLASSES,
        CLASSES.T,
        CLASSES.stack(),
        CLASSES.rename_axis(columns="workload"),
        CLASSES.to_dict(),
        CLASSES.to_dict("series"),
    ],
)
def test_demand_by_client_and_class(demand):
    scenario = gf.scenario(demand=demand, price=PRICE, latency_budget={"fast": 20, "slow": np.inf}, rtt=RTT)
    assert scenario.demand.sel(client="Q", workload="slow").item() == 12
    assert gf.feasibility(scenario).latency.sel(client="P", region="Q").values.tolist() == [False, True]


def test_heads_that_count_hours_are_no_classes():
    """As pandas reads them from the head of a CSV file: they are text."""
    demand = pd.DataFrame([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], index=["P", "Q"], columns=["0", "1", "2"])
    scenario = gf.scenario(demand=demand, price=BY_HOUR.to_numpy(), capacity=PRICE, hours=["0", "1", "2"])
    assert scenario.demand.isel(workload=0).values.tolist() == demand.to_numpy().tolist()
    with pytest.raises(gf.GeofrontError, match=r"could have dims \(client, workload\) or \(client, hour\): give"):
        gf.scenario(demand=demand, price=PRICE)


def test_demand_by_client_class_and_hour():
    labels = {"client": ["a"], "workload": ["x", "y"], "hour": STAMPS}
    table = pd.Series(range(6), pd.MultiIndex.from_product(labels.values(), names=labels)).unstack("workload")
    scenario = gf.scenario(demand=table, price=PRICE, home="Q")
    assert scenario.demand.values.tolist() == [[[0, 1, 2], [3, 4, 5]]]
    assert scenario.indexes["hour"].equals(STAMPS)


def test_plain_arrays_count_their_labels():
    scenario = gf.scenario(demand=[1, 2], price=np.array([[1, 2, 3], [4, 5, 6]]), rtt=RTT.to_numpy(), weight=[1, 2, 4])
    assert {dim: scenario[dim].values.tolist() for dim in ("client", "service", "region", "hour")} == {
        "client": [0, 1],
        "service": [0, 1],
        "region": [0, 1],
        "hour": [0, 1, 2],
    }
    assert gf.totals(gf.place(scenario))["cost"] == pytest.approx(3 * (1 * 1 + 2 * 2 + 4 * 3))
    assert average_day(scenario) is scenario


def test_lists_without_hours_are_by_client_and_by_region():
    scenario = gf.scenario(demand=[4, 6], price=[50, 20], capacity=7)
    assert gf.totals(gf.place(scenario))["cost"] == pytest.approx(3 * 50 + 7 * 20)
    numbered = gf.scenario(demand=pd.Series({10: 4, 20: 6}), price=pd.Series({20: 20, 10: 50}), capacity=7)
    assert numbered.price.sel(region=[10, 20]).values.tolist() == [[50], [20]]
    assert gf.totals(gf.place(numbered))["cost"] == pytest.approx(3 * 50 + 7 * 20)
    day = gf.scenario(demand=[4, 6], price=[1, 2, 3])
    assert day.price.values.tolist() == [[1, 2, 3]] * 2, "three prices of two regions are by hour"


def test_homes():
    access = pd.DataFrame([[30.0, 10.0], [5.0, 50.0]], index=["a", "Q"], columns=["P", "Q"])
    scenario = gf.scenario(demand={"a": 1, "Q": 1}, price=PRICE, access_rtt=access)
    assert scenario.home.to_series().to_dict() == {"a": "Q", "Q": "Q"}, "nearest, and its own label"
    scenario = gf.scenario(
        demand={"P": 1, "Q": 1, "R": 1},
        price={"P": 1, "Q": 1, "R": 1},
        rtt=pd.DataFrame([[1, 30, 9], [45, 3, 8]], index=["P", "Q"], columns=["P", "Q", "R"]),
    )
    assert scenario.home.values.tolist() == ["P", "Q", "Q"], "8 ms from Q to R are fewer than 9 from P"
    assert gf.scenario(demand={"a": 1, "b": 1}, price=PRICE, home={"b": "P", "a": "Q"}).home.values.tolist() == [
        "Q",
        "P",
    ]


def test_egress_that_does_not_depend_on_both_ends_is_free_at_home():
    scenario = gf.scenario(demand=DEMAND, price=PRICE, egress_request=0.1, egress_response={"P": 0.2, "Q": 0.3})
    assert scenario.egress_request.values.tolist() == [[0, 0.1], [0.1, 0]]
    assert scenario.egress_response.values.ravel().nonzero()[0].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prize": PRICE}, "'prize' is not a variable of a scenario: did you mean 'price'"),
        ({"demand_mw": 1}, "did you mean 'demand'"),
        ({"PRICES": PRICE}, "did you mean 'price'"),
        ({"demand": (mw for mw in (4, 6))}, "'demand' has type generator: give a number, an array"),
        ({"demand": [[4, 6], [1]]}, "'demand' is no table .*: give all rows the same length"),
        ({"price": {"P": [1, 2], "Q": [3]}}, "'price' is no table .*: give all rows the same length"),
        ({"demand": []}, "'demand' is empty: give at least one value"),
        ({"demand": None}, "'demand' is missing"),
        ({"price": np.ones(2), "hours": [0, 1]}, r"'price' of shape \(2,\) could have dims \(region\) or \(hour\)"),
        ({"price": np.ones((7, 5))}, r"'price' of shape \(7, 5\) does not fit"),
        ({"price": np.ones((2, 1, 1))}, "'price' has 3 dimensions"),
        ({"carbon": {"P": 1, "R": 1}}, "'capacity' and 'carbon' do not share the region labels 'Q', 'R'"),
        ({"carbon": pd.Series([1, 2], ["P", "P"])}, "'carbon' repeats the labels 'P'"),
        ({"demand": DEMAND.rename_axis("region")}, "'demand' has the dimension 'region'"),
        ({"demand": {"a": 1}}, "clients 'a' have no home"),
        ({"demand": -DEMAND}, "'demand' is below 0"),
        ({"latency_budget": np.nan}, "'latency_budget' has no value"),
        ({"rtt": RTT * np.inf}, "'rtt' is not a number"),
        ({"rtt": RTT.rename(index={"P": "X"})}, "service nodes 'X' have no compute region"),
        ({"hours": 5}, "'hours' are the labels of the hours"),
        ({"hours": xr.Dataset()}, "'hours' are the labels of the hours"),
        ({"hours": []}, "'hours' is empty: give at least one value"),
        ({"weight": 0}, "'weight' is 0"),
    ],
)
def test_what_is_refused(given, message):
    with pytest.raises(gf.GeofrontError, match=message):
        gf.scenario(**{"demand": DEMAND, "capacity": pd.Series({"P": 9.0, "Q": 9.0})} | given)


@pytest.mark.parametrize(
    "uneven", [[[1, 2], [3]], {"P": [1], "Q": [1, 2]}, {"P": [[1, 2], [3]], "Q": 1}, {"P": pd.DataFrame({"x": [1]})},
               {"P": xr.Dataset()}]
)  # fmt: skip
def test_uneven_values_are_refused_by_name(uneven):
    with pytest.raises(gf.GeofrontError, match=r"'price' is no table \(.*\): give all rows the same length"):
        gf.scenario(demand=DEMAND, price=uneven)
    with pytest.raises(gf.GeofrontError, match="'hours'"):
        gf.scenario(demand=DEMAND, price=PRICE, hours=[[1, 2], [3]])


def test_no_regions():
    with pytest.raises(gf.GeofrontError, match="no argument has regions"):
        gf.scenario(demand=1, price=2)


def test_local_execution_needs_home_capacity_and_placement_does_not():
    scenario = gf.scenario(demand=DEMAND, price=PRICE, capacity={"P": 3.0, "Q": 7.0})
    assert gf.totals(gf.place(scenario))["cost"] == pytest.approx(3 * 50 + 7 * 20)
    with pytest.raises(gf.GeofrontError, match="home demand exceeds 'capacity' at 'P, 0'"):
        gf.local(scenario)


@pytest.fixture(params=[np.inf, {"fast": 20.0, "slow": np.inf}], ids=["none", "one"])
def unlimited(request):
    """A scenario in which no class, or only one, has a latency budget, over hours without time stamps."""
    return gf.scenario(
        demand=CLASSES,
        price=PRICE,
        carbon=PRICE,
        capacity=20.0,
        rtt=RTT,
        weight=[5.0, 7.0],
        latency_budget=request.param,
    )


@pytest.mark.slow
def test_quantities_tables_and_charts_take_infinite_budgets(unlimited, tmp_path):
    placed = gf.place(unlimited)
    frontiers = {label: gf.latency_frontier(unlimited, label) for label in ("fast", "slow")}
    network = gf.latency_frontier(unlimited)
    assert network.budget.values.tolist() == [1, 30, 45]
    assert float(network.cost[-1]) <= gf.totals(placed)["cost"] + 1e-9
    assert chosen_budgets(unlimited, "slow", 2).tolist() == [1, 45]
    table = tables.returns(unlimited, frontiers, gf.break_even_by_class(gf.break_even(unlimited)))
    at_nominal = table.xs("ERL, home to nominal", level="Figure").squeeze()
    assert np.isnan(at_nominal["slow"])
    chart = charts.frontier(unlimited, [*frontiers.values(), network])
    marks = "Marks: nominal latency budget, fast 20 ms"
    assert (marks in chart.to_dict()["title"]["subtitle"]) == np.isfinite(unlimited.latency_budget.values[0])
    geography = tables.feasible_geography({"own": unlimited}, {"own": gf.relocatable(unlimited, placed)})
    assert np.isinf(geography.loc["slow", "Network budget"].item())
    assert "∞" in tables.show(geography)._repr_html_()
    assert gf.open_scenario(gf.save_scenario(unlimited, tmp_path / "own.nc")).equals(unlimited)
    assert gf.place(unlimited, solver="CBC").flow.values == pytest.approx(placed.flow.values)


def test_functions_that_need_the_time_of_day_name_it(unlimited):
    with pytest.raises(gf.GeofrontError, match="'hour' has the labels '0', '1', which are no time stamps"):
        charts.execution(unlimited, gf.layers(unlimited, gf.place(unlimited)))
    with pytest.raises(gf.GeofrontError, match="no time stamps"):
        tables.price_swings(unlimited)


def test_tables_of_signals_accept_an_own_signal():
    scenario = tiny(price={"P": 50, "Q": 20})
    assert tables.signals(gf.signal_comparison({"own": scenario})).columns[0] == "Emissions, own"


def test_a_class_without_a_budget_reaches_every_place():
    workloads = gf.data_tables()["workloads"]
    workloads["latency_budget_ms"] = workloads["latency_budget_ms"].where(workloads.index != "A", np.inf)
    assert float(gf.latency_reach(workloads).sel(workload="A")) == pytest.approx(np.pi * 6371.0088)
    assert gf.transmission_or_relocation([20_000], workloads=workloads).feasible.sel(option="A").all()

"""An argument of the wrong type is refused; the message has its name, the given and the expected type."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from public_calls import own_tables, results, scenario

import geofront as gf
from geofront import charts, explore, tables
from geofront.arguments import checked, number, several, shown
from geofront.inputs import table_reading

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s, _: gf.stylized(demand_mw="1000"), "demand_mw='1000' is not a number: give it in MW"),
        (lambda s, _: gf.stylized(demand_mw=s), r"demand_mw \(a Dataset\) is not a number"),
        (lambda s, _: gf.stylized(demand_mw=True), "demand_mw=True is not a number"),
        (
            lambda s, _: gf.stylized(demand_mw=1e9),
            "demand_mw=1000000000.0 is above 1e\\+07: give at most 1e\\+07, in MW",
        ),
        (lambda s, _: gf.stylized(hours=3), "hours is 3, neither hours nor a path"),
        (lambda s, _: gf.stylized(regions=[]), "regions is empty"),
        (
            lambda s, _: gf.stylized(snapshots=["day"]),
            r"snapshots=\['day'\] is unknown: use one of month-hour, day, year",
        ),
        (lambda s, _: gf.hours("x.csv", prices="y.csv", usd_per_unit="1.08"), "usd_per_unit='1.08' is not a number"),
        (lambda s, _: gf.hours("x.csv", prices="y.csv", usd_per_unit={"F": "1"}), r"usd_per_unit\['F'\]='1' is not"),
        (lambda s, _: gf.hours(7), "path=7 is not a path"),
        (lambda s, _: gf.open_scenario("a\0b"), r"path='a\\x00b' is not a path \(.*null byte.*\): give another one"),
        (lambda s, _: gf.open_scenario("\ud800"), r"path='\\ud800' is not a path"),
        (lambda s, _: gf.open_placement(3000 * "x"), "path='x*…'?.* is too long for a path: give a shorter one"),
        (lambda s, of: gf.place(of["placement"]), "scenario is a placement, not a scenario: make one with gf.scenario"),
        (lambda s, of: gf.local(of["relocatable"]), "scenario is a result of gf.relocatable, not a scenario"),
        (lambda s, of: gf.place(of["frontier"]), "scenario is a frontier, not a scenario"),
        (
            lambda s, _: gf.place(s, carbon_price=s),
            r"carbon_price \(a Dataset\) is not a number: give it in USD per tonne",
        ),
        (lambda s, _: gf.place(s, carbon_price=2e5), "carbon_price=200000.0 is above 100000"),
        (lambda s, _: gf.place(s, frictions=3), "unknown frictions 3: use any of migration"),
        (lambda s, _: gf.place(s, warm_start={}), r"warm_start \(a dict\) is not a WarmStart: make one with"),
        (lambda s, _: gf.place(s, progress="yes"), "progress='yes' is neither True nor False"),
        (
            lambda s, _: gf.latency_frontier(s, ["A"]),
            r"there is no class \['A'\]: use one of 'A', 'B', or None for all",
        ),
        (
            lambda s, _: gf.latency_frontier(s, budgets="50"),
            "budgets must be at least one finite number of milliseconds",
        ),
        (lambda s, _: gf.totals(s), "placement is a scenario, not a placement: .*pass what gf.place, gf.local"),
        (lambda s, of: gf.layers(of["placement"], s), "scenario is a placement, not a scenario"),
        (lambda s, of: gf.compare(of["placement"]), "placements is a Dataset, not a mapping: give placements"),
        (lambda s, of: gf.compare([of["placement"]]), r"placements is \[a Dataset\], not a mapping: give placements"),
        (lambda s, of: gf.returns(of["losses"]), "frontier is a result of gf.friction_losses, not a fr"),
        (
            lambda s, of: gf.signal_comparison({"x": s}, {"y": of["placement"]}),
            "placements lacks 'x', which scenarios has",
        ),
        (lambda s, of: charts.world_map(of["placement"], s), "scenario is a placement, not a scenario"),
        (lambda s, of: charts.world_map(s.drop_vars("region_latitude"), of["placement"]), "no coordinate 'region_lat"),
        (lambda s, of: charts.pays_heatmap(of["swings"], 3), "value=3 is not text"),
        (lambda s, of: charts.transmission(of["options"], quantity="price"), "there is no variable 'price': use"),
        (lambda s, of: tables.losses(of["policies"]), "losses is a DataFrame, not a result of gf.friction_losses"),
        (lambda s, of: tables.policies(of["policies"]), "tables is a DataFrame, not a mapping"),
        (lambda s, _: tables.say("a", 3), "sentences=3 is not text"),
        (lambda s, of: gf.near_optimal(s, of["placement"], quantities=3), "quantities=3 is not text"),
        (lambda s, of: gf.near_optimal(s, of["placement"], quantities="local:A", slack=-1), "slack=-1 is negative"),
        (lambda s, _: gf.pareto(s, tolerance=0), "tolerance=0 is below 1e-08"),
        (lambda s, _: gf.rolling(s, forecast="tomorrow"), "forecast='tomorrow' is unknown: use one of yesterday"),
        (lambda s, of: gf.capacity_worth(gf.local(s)), "placement is a placement, not a placement with shadow prices"),
        (
            lambda s, of: gf.totals(of["placement"].assign_coords(home=of["placement"]["home"].astype("U9") + "?")),
            "placement: homes .* are not regions of it: pass what gf.place",
        ),
        (lambda s, of: gf.law_worth(s, of["placement"], "X", "Y"), "clients='X' is not a Series: give jurisdictions"),
        (lambda s, _: gf.violations(s, s), r"flow \(a Dataset\) is not a DataArray: pass the 'flow' of a placement"),
        (lambda s, _: gf.data_tables("first"), "tier='first' is unknown: use one of core, alternate"),
        (lambda s, _: gf.scenario(demand=1, carbon_signal=3), "carbon_signal=3 is not text"),
        (lambda s, _: gf.ways_by_pair(case="best"), "case='best' is unknown"),
        (lambda s, of: charts.pareto(of["front"], {}), "fronts is a Dataset, not a mapping: give what"),
        (lambda s, of: charts.near_optimal(of["front"]), "ranges is a result of gf.pareto, not a result"),
        (lambda s, _: tables.show([1]), r"frame=\[1\] is not a DataFrame: pass a table"),
        (lambda s, _: explore.Settings(frictions="sand"), "unknown frictions 'sand'"),
        (
            lambda s, _: explore.Settings(price_factors=[("eu-paris", -1)]),
            "give pairs of a region and a factor above 0",
        ),
        (lambda s, _: explore.Explorer(lambda **_: 3).classes, "what make_scenario returned is 3"),
        (lambda s, _: explore.panel(s), r"explorer \(a Dataset\) is not an Explorer"),
        (lambda s, _: gf.WarmStart(-1), "most_blocks=-1 is negative"),
    ],
)
def test_what_is_wrong_is_named(call, message):
    with pytest.raises(gf.GeofrontError, match=message):
        call(scenario(), results())


def test_settings_of_an_explorer_are_checked_when_they_are_assigned():
    explorer = explore.Explorer(lambda **_: scenario())
    with pytest.raises(gf.GeofrontError, match=r"settings=50 is not a Settings"):
        explorer.settings = 50
    with pytest.raises(gf.GeofrontError, match="shown=1 is not a class: use 'all' or one of 'A', 'B'"):
        explorer.shown = 1
    assert explorer.settings == explore.Settings()


def test_numbers_of_all_types_are_one_number():
    for value in (7, 7.0, np.int8(7), np.float16(7), np.array(7), xr.DataArray(7.0), np.longdouble(7)):
        assert number()(value, "x") == 7.0
        assert type(number()(value, "x")) is float
    for value in ([7], "7", True, None, 7j, np.nan, np.inf, 10**400, np.array([7]), pd.NA, pd.Timestamp("2023-01-01")):
        with pytest.raises(gf.GeofrontError, match=r"^x.* is not a number"):
            number()(value, "x")


def test_lists():
    for value in ([1, 2], (1, 2), np.array([1, 2]), pd.Series([1, 2]), xr.DataArray([1, 2]), range(1, 3)):
        assert several(number())(value, "x") == (1.0, 2.0)
    assert several(number())(3, "x") == (3.0,)


def test_none_passes_only_where_it_is_the_default():
    @checked(first=number(), second=number())
    def total(first, second=None):
        return first + (second or 0)

    assert total(1) == total(1, None) == 1
    with pytest.raises(gf.GeofrontError, match="first=None is not a number"):
        total(None)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'first'"):
        total()


def test_messages_stay_short():
    assert shown("x" * 1000) == "'" + "x" * 59 + "…"
    assert shown(10**5000) == "an int"
    assert shown(np.float64(1.5)) == "1.5"
    assert shown([1, "a"]) == "[1, 'a']"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.astype({"pue": str}), "column 'pue' is not a number for .*: convert text with pandas.to_numeric"),
        (lambda t: pd.concat([t, t[["pue"]]], axis=1), r"repeated column\(s\) 'pue'"),
        (lambda t: t.set_index("region", drop=False), "'region' is both the index and a column"),
        (lambda t: t.iloc[:0], "no rows"),
        (lambda t: t.assign(region=["eu-paris", 3]), "labels of several types in region, int and str"),
        (lambda t: t.assign(region=[["a"], ["b"]]), "labels of type list in region"),
        (lambda t: t.assign(pue=pd.to_datetime(["2023-01-01"] * 2)), "column 'pue' is not a number"),
        (lambda t: t.assign(pue=[1 + 1j, 2]), "column 'pue' is not a number"),
    ],
)
def test_tables(change, message):
    given = own_tables()
    with pytest.raises(gf.GeofrontError, match=message):
        gf.from_tables(**given | {"regions": change(given["regions"])}, snapshots="day")


def test_numbers_among_objects_and_with_pandas_own_missing_values_are_numbers():
    table = pd.DataFrame({"region": ["a", "b", "c"], "pue": [1, 1.5, None], "other": pd.array([1, None, 3], "Int64")})
    read = table_reading.read_table(table.astype({"pue": object}), "region", ("pue", "other"))
    np.testing.assert_array_equal(read["pue"], [1, 1.5, np.nan])
    np.testing.assert_array_equal(read["other"], [1, np.nan, 3])

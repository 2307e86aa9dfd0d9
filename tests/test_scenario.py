"""Scenarios from the project's tables and from own tables and hours."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import geofront as gf
from geofront.inputs import loaders
from geofront.names import CARBON_SIGNALS, SNAPSHOTS, TOLERANCE

WITHOUT_HOURS = [snapshots for snapshots in SNAPSHOTS if snapshots != "hours"]
FEW = ["us-virginia", "eu-paris", "in-mumbai", "au-melbourne"]
COLUMN = {
    "marginal": "carbon_marginal_kg_per_mwh",
    "average": "carbon_average_kg_per_mwh",
    "ifi": "carbon_marginal_ifi_kg_per_mwh",
}


@pytest.fixture(scope="module")
def day():
    return gf.stylized(snapshots="day")


@pytest.fixture(scope="module")
def year():
    return gf.stylized(snapshots="year", regions=FEW)


@pytest.fixture
def tables():
    """Own tables of two regions, two clients and one class."""
    regions = pd.DataFrame(
        {
            "region": ["north", "south"],
            "latitude": [60.0, 40.0],
            "longitude": [10.0, 10.0],
            "jurisdiction": ["N", "S"],
            "price_usd_per_mwh": [30.0, 60.0],
            "pue": [1.1, 1.3],
            "market_capacity_mw": [300.0, 100.0],
            "egress_usd_per_gb": [0.05, 0.02],
            "carbon_marginal_kg_per_mwh": [400.0, 600.0],
            "carbon_average_kg_per_mwh": [20.0, 300.0],
        }
    )
    clients = pd.DataFrame(
        {
            "client": ["upper", "lower"],
            "latitude": [59.0, 41.0],
            "longitude": [10.0, 10.0],
            "jurisdiction": ["N", "S"],
            "timezone": ["UTC", "UTC"],
            "demand_weight": [1.0, 3.0],
        }
    )
    workloads = pd.DataFrame(
        {
            "workload": ["chat"],
            "latency_budget_ms": [500.0],
            "service_time_ms": [100.0],
            "round_trips": [2.0],
            "energy_wh_per_request": [2.0],
            "upload_kb_per_request": [10.0],
            "download_kb_per_request": [30.0],
            "energy_share": [1.0],
            "diurnal_amplitude": [0.5],
            "pinned_share": [0.1],
            "regulated_share": [0.2],
            "relocation_energy_overhead": [0.05],
            "relocation_cost_usd_per_mwh": [2.0],
            "warmup_hours": [0.1],
        }
    )
    return regions, clients, workloads


def annual_mean(array):
    return array.weighted(array["weight"]).mean("hour")


@pytest.mark.parametrize(
    ("snapshots", "hours", "blocks"), [("month-hour", 288, 12), ("day", 24, 1), ("year", 8760, 365)]
)
def test_snapshots(snapshots, hours, blocks):
    scenario = gf.stylized(snapshots=snapshots, regions=["eu-paris"])
    assert scenario.sizes["hour"] == hours
    assert float(scenario.weight.sum()) == 8760
    block = scenario.block.values
    assert len(np.unique(block)) == blocks
    assert (np.diff(block) >= 0).all(), "the hours of a block are consecutive"
    stamps = scenario.indexes["hour"]
    assert (stamps.year == 2023).all()
    assert stamps.is_monotonic_increasing
    for hours_of_block in np.split(stamps.hour, blocks):
        assert list(hours_of_block) == list(range(24))


def test_typical_days_weigh_as_much_as_their_months():
    scenario = gf.stylized(regions=["eu-paris"])
    by_month = scenario.weight.groupby("hour.month").sum()
    assert by_month.values.tolist() == [24 * pd.Period(f"2023-{month:02d}").days_in_month for month in range(1, 13)]


@pytest.mark.parametrize("snapshots", WITHOUT_HOURS)
@pytest.mark.parametrize("demand_mw", [1000.0, 250.0])
def test_mean_of_all_demand(snapshots, demand_mw):
    scenario = gf.stylized(snapshots=snapshots, demand_mw=demand_mw, regions=FEW)
    total = annual_mean(scenario.demand.sum(("client", "workload")))
    assert float(total) == pytest.approx(demand_mw, rel=TOLERANCE)


def test_demand_is_split_by_weight_and_share(day):
    clients, workloads = loaders.clients(), loaders.workloads()
    mean = annual_mean(day.demand).to_pandas()
    share = np.outer(
        clients.demand_weight / clients.demand_weight.sum(), workloads.energy_share / workloads.energy_share.sum()
    )
    np.testing.assert_allclose(mean.loc[clients.index, workloads.index], 1000 * share, rtol=TOLERANCE)


@pytest.mark.parametrize(
    ("client", "peak"),
    [
        ("new-york", [19]),  # daylight saving on 21 March: UTC − 4
        ("london", [15]),
        ("tokyo", [6]),
        ("mumbai", [9, 10]),  # UTC + 5:30: 15:00 is between two UTC hours
    ],
)
def test_demand_peaks_at_three_in_the_afternoon_local_time(day, client, peak):
    demand = day.demand.sel(client=client, workload="A").values
    assert sorted(np.flatnonzero(np.isclose(demand, demand.max()))) == peak
    assert demand.max() / demand.min() == pytest.approx(1.4 / 0.6, rel=0.01)


def test_capacity_is_headroom_over_home_demand_and_a_share_of_the_surplus():
    scenario = gf.stylized(snapshots="day", demand_mw=400, headroom=0.2, surplus=0.5)
    market = loaders.regions()["market_capacity_mw"]
    home = scenario.home.to_series()
    by_home = scenario.demand.sum("workload").to_pandas().groupby(home).sum().max(axis=1)
    wanted = 1.2 * by_home.reindex(market.index, fill_value=0.0) + 0.5 * 400 * market / market.sum()
    assert scenario.capacity.dims == ("region",)
    np.testing.assert_allclose(scenario.capacity.to_pandas()[market.index], wanted, rtol=TOLERANCE)


@pytest.mark.parametrize("snapshots", WITHOUT_HOURS)
def test_all_local_is_feasible_without_any_headroom(snapshots):
    scenario = gf.stylized(snapshots=snapshots, headroom=0, surplus=0, regions=FEW)
    peak = gf.local(scenario).used_capacity.max("hour")
    np.testing.assert_allclose(peak, scenario.capacity, rtol=TOLERANCE)


def test_home_is_the_nearest_service_node(day):
    nearest = day.access_rtt.to_pandas().idxmin(axis=1)
    assert day.home.to_series().to_dict() == nearest.to_dict()
    assert day.home.sel(client=["dallas", "paris", "delhi"]).values.tolist() == ["us-texas", "eu-paris", "in-mumbai"]


def test_prices_keep_their_annual_mean(day, year):
    table = loaders.regions()["price_usd_per_mwh"]
    np.testing.assert_allclose(day.price.mean("hour").to_pandas()[table.index], table, rtol=TOLERANCE)
    np.testing.assert_allclose(year.price.mean("hour").to_pandas()[FEW], table[FEW], rtol=TOLERANCE)
    typical = annual_mean(gf.stylized().price).to_pandas()
    np.testing.assert_allclose(typical[table.index], table, rtol=0.01)
    assert float(day.price.std("hour").min()) > 0


def test_delivered_prices_add_the_same_amount_in_every_hour(day):
    delivered = gf.stylized(snapshots="day", price_scope="delivered")
    added = (delivered.price - day.price).transpose("hour", "region").to_pandas()
    adder = loaders.regions()["delivered_adder_usd_per_mwh"]
    np.testing.assert_allclose(added, np.broadcast_to(adder[added.columns], added.shape), rtol=0, atol=1e-9)
    assert delivered.attrs["price_scope"] == "delivered"
    assert day.attrs["price_scope"] == "wholesale"
    xr.testing.assert_identical(delivered.drop_vars("price").drop_attrs(), day.drop_vars("price").drop_attrs())


def test_own_regions_need_an_adder_for_delivered_prices(tables):
    regions, clients, workloads = tables
    with pytest.raises(gf.GeofrontError, match="delivered_adder_usd_per_mwh"):
        gf.from_tables(regions, clients, workloads, price_scope="delivered")
    with_adder = regions.assign(delivered_adder_usd_per_mwh=[5.0, 7.0])
    scenario = gf.from_tables(with_adder, clients, workloads, price_scope="delivered", snapshots="day")
    np.testing.assert_allclose(scenario.price.sel(region="north"), 35.0)
    np.testing.assert_allclose(scenario.price.sel(region="south"), 67.0)


@pytest.mark.parametrize("signal", CARBON_SIGNALS)
def test_carbon_signals(signal):
    scenario = gf.stylized(snapshots="year", carbon_signal=signal, regions=FEW)
    table = loaders.regions()[COLUMN[signal]][FEW]
    assert scenario.attrs["carbon_signal"] == signal
    np.testing.assert_allclose(scenario.carbon.mean("hour").to_pandas()[FEW], table, rtol=TOLERANCE)
    varies = scenario.carbon.std("hour") > TOLERANCE * scenario.carbon.mean("hour")
    assert bool(varies.all()) == bool(varies.any()) == (signal == "average")


def test_round_trips_and_egress(day):
    assert (np.diag(day.rtt.sel(region=day.service.values)) == 2).all()
    measured = loaders.measured_rtt().set_index(["region_a", "region_b"]).rtt_ms
    assert float(day.rtt.sel(service="us-virginia", region="us-texas")) == measured["us-virginia", "us-texas"]
    price = loaders.regions().egress_usd_per_gb
    assert float(day.egress_request.sel(service="br-saopaulo", region="eu-paris")) == price["br-saopaulo"]
    assert float(day.egress_response.sel(service="br-saopaulo", region="eu-paris")) == price["eu-paris"]


def test_bytes_per_energy(day):
    """Class A: 4 kB up and 40 kB down for 0.22 Wh, so many GB per MWh."""
    assert float(day.upload.sel(workload="A")) == pytest.approx(4e-6 / 0.22e-6)
    assert float(day.download.sel(workload="A")) == pytest.approx(40e-6 / 0.22e-6)


def test_law(day):
    lawful = day.lawful.sel(client="toronto").to_series()
    transfers = loaders.lawful_transfers()
    allowed = {"CA", *transfers.region_jurisdiction[transfers.client_jurisdiction == "CA"]}
    assert lawful.to_dict() == loaders.regions().jurisdiction.isin(allowed).to_dict()
    assert lawful.any()
    assert not lawful.all()


def test_every_variable_is_described(day):
    for name, row in gf.schema().iterrows():
        assert day[name].attrs["long_name"] == row["long_name"], name
        assert day[name].attrs.get("units", "") == row["units"], name


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"snapshots": "week"}, "snapshots='week' is unknown: use one of month-hour, day, year"),
        ({"carbon_signal": "vibes"}, "carbon_signal='vibes' is unknown: use one of marginal, average, ifi"),
        ({"regions": ["eu-paris", "atlantis", "mu"]}, "unknown regions 'atlantis', 'mu': use 'us-virginia', "),
    ],
)
def test_unknown_choices(choice, words):
    with pytest.raises(gf.GeofrontError) as caught:
        gf.stylized(**choice)
    assert words in str(caught.value)


def test_regions_with_missing_values_are_named():
    with pytest.raises(gf.GeofrontError, match="regions: 'price_usd_per_mwh' of 'ie-dublin' is missing"):
        gf.stylized(snapshots="day", regions=["eu-paris", "ie-dublin"])


def test_negative_demand_is_refused():
    with pytest.raises(gf.GeofrontError, match="demand_mw=-1 is negative"):
        gf.stylized(snapshots="day", regions=["eu-paris"], demand_mw=-1)


def test_own_tables(tables):
    """Regions 60° and 40° north on one meridian: 20° apart, 2224 km, 1.4 · (22.24 + 20) = 59.1 ms."""
    scenario = gf.from_tables(*tables, snapshots="day", demand_mw=100, headroom=0, surplus=0.4)
    assert scenario.home.to_series().to_dict() == {"upper": "north", "lower": "south"}
    assert float(scenario.rtt.sel(service="north", region="south")) == pytest.approx(59.1, abs=0.05)
    assert scenario.demand.mean("hour").values.ravel() == pytest.approx([25, 75])
    assert scenario.price.sel(region="north").values == pytest.approx(30)
    assert scenario.carbon.sel(region="south").values == pytest.approx(600)
    # Peaks of 1.5 · 25 and 1.5 · 75 MW, and 40 MW shared 3 : 1.
    assert scenario.capacity.sel(region=["north", "south"]).values == pytest.approx([37.5 + 30, 112.5 + 10])
    assert scenario.lawful.sel(client="upper").to_series().to_dict() == {"north": True, "south": False}
    gf.certify(scenario, gf.place(scenario))


def test_own_tables_as_frames_indexed_frames_and_files(tables, tmp_path):
    scenario = gf.from_tables(*tables, snapshots="day")
    names = ("region", "client", "workload")
    indexed = [table.set_index(name) for table, name in zip(tables, names, strict=True)]
    xr.testing.assert_identical(gf.from_tables(*indexed, snapshots="day"), scenario)
    paths = [tmp_path / f"{name}.csv" for name in names]
    for table, path in zip(tables, paths, strict=True):
        table.to_csv(path, index=False)
    xr.testing.assert_identical(gf.from_tables(*paths, snapshots="day"), scenario)
    xr.testing.assert_identical(gf.from_tables(*map(str, paths), snapshots="day"), scenario)


def test_own_homes_transfers_and_round_trips(tables):
    regions, clients, workloads = tables
    clients["home"] = [None, "north"]
    lawful = pd.DataFrame({"client_jurisdiction": ["S"], "region_jurisdiction": ["N"]})
    rtt = pd.DataFrame({"region_a": ["north"], "region_b": ["south"], "rtt_ms": [44.0]})
    scenario = gf.from_tables(regions, clients, workloads, lawful=lawful, rtt=rtt, snapshots="day")
    assert scenario.home.sel(client=["upper", "lower"]).values.tolist() == ["north", "north"]
    assert scenario.lawful.sel(client="lower").values.all()
    assert not scenario.lawful.sel(client="upper", region="south")
    assert float(scenario.rtt.sel(service="south", region="north")) == 44


def test_own_tables_are_not_modified(tables):
    before = [table.copy(deep=True) for table in tables]
    gf.from_tables(*tables, snapshots="day")
    for table, kept in zip(tables, before, strict=True):
        pd.testing.assert_frame_equal(table, kept)


def test_unusable_tables(tables, tmp_path):
    regions, clients, workloads = tables
    with pytest.raises(gf.GeofrontError, match=r"^regions: missing column\(s\) 'pue'"):
        gf.from_tables(regions.drop(columns="pue"), clients, workloads)
    with pytest.raises(gf.GeofrontError, match=r"^clients: repeated label\(s\) in client: 'upper'"):
        gf.from_tables(regions, pd.concat([clients, clients[:1]]), workloads)
    with pytest.raises(gf.GeofrontError, match="'home' names 'west', not a service node, for clients 'lower'"):
        gf.from_tables(regions, clients.assign(home=["north", "west"]), workloads)
    with pytest.raises(gf.GeofrontError, match="'pue' is below 1 at 'north', 'south'"):
        gf.from_tables(regions.assign(pue=0.9), clients, workloads)
    with pytest.raises(gf.GeofrontError, match=r"nothing\.csv"):
        gf.from_tables(tmp_path / "nothing.csv", clients, workloads)


def real_hours(regions, stamps):
    """Prices that count the hours from −10, different by region, and carbon that is twice the price plus 50."""
    price = np.arange(len(stamps)) - 10.0 + 1000 * np.arange(len(regions))[:, None]
    return xr.Dataset(
        {"price": (("region", "hour"), price), "carbon_average": (("region", "hour"), 2 * price + 50)},
        coords={"region": np.array(regions, object), "hour": stamps},
    )


def test_real_year():
    stamps = pd.date_range("2023-01-01", "2023-12-31T23:00", freq="h")
    hours = real_hours(["in-mumbai", "eu-paris", "us-texas"], stamps)
    before = hours.copy(deep=True)
    scenario = gf.stylized(snapshots="year", carbon_signal="average", regions=["eu-paris", "in-mumbai"], hours=hours)
    xr.testing.assert_identical(hours, before)
    assert scenario.price.sel(region="eu-paris").values.tolist() == hours.price.sel(region="eu-paris").values.tolist()
    assert float(scenario.price.sel(region="in-mumbai").min()) == -10, "negative prices are real and stay"
    assert scenario.carbon.sel(region="in-mumbai", hour="2023-01-02T00").item() == 2 * (24 - 10) + 50
    assert scenario.attrs["prices"] == "real hours"
    marginal = gf.stylized(snapshots="year", regions=["eu-paris", "in-mumbai"], hours=hours)
    assert (marginal.carbon == marginal.carbon.isel(hour=0)).all(), "real hours bring no marginal signal"


def test_real_hours_of_typical_days():
    """Hour h of day d has the price 24·d + h − 10: the mean over a month or a year is that of its mean day."""
    stamps = pd.date_range("2023-01-01", "2023-12-31T23:00", freq="h")
    hours = real_hours(["eu-paris"], stamps)
    months = gf.stylized(regions=["eu-paris"], hours=hours)
    assert months.price.sel(hour="2023-01-15T05").item() == pytest.approx(24 * 15 + 5 - 10)
    assert months.price.sel(hour="2023-02-15T23").item() == pytest.approx(24 * (31 + 13.5) + 23 - 10)
    day = gf.stylized(snapshots="day", regions=["eu-paris"], hours=hours)
    assert day.price.sel(hour="2023-03-21T07").item() == pytest.approx(24 * 182 + 7 - 10)


@pytest.mark.slow
@pytest.mark.parametrize("start", ["2024-02-20", "2024-02-20T18"])
def test_two_weeks_of_hours(start):
    """The hours as they are, each of weight 1, in blocks of UTC days; the mean of all demand is that of these hours."""
    stamps = pd.date_range(start, periods=14 * 24, freq="h")
    hours = real_hours(["eu-paris", "in-mumbai"], stamps)
    scenario = gf.stylized(snapshots="hours", carbon_signal="average", regions=["eu-paris", "in-mumbai"], hours=hours)
    assert scenario.indexes["hour"].equals(stamps)
    assert (scenario.weight == 1).all()
    assert scenario.block.values.tolist() == [(stamp.normalize() - stamps[0].normalize()).days + 1 for stamp in stamps]
    assert scenario.price.values.tolist() == hours.price.values.tolist()
    assert scenario.carbon.values.tolist() == hours.carbon_average.values.tolist()
    assert float(scenario.demand.sum(["client", "workload"]).mean()) == pytest.approx(1000)
    shuffled = hours.isel(hour=np.random.default_rng(0).permutation(len(stamps)))
    xr.testing.assert_identical(
        scenario,
        gf.stylized(snapshots="hours", carbon_signal="average", regions=["eu-paris", "in-mumbai"], hours=shuffled),
    )
    gf.certify(scenario, gf.place(scenario))


def test_two_weeks_are_too_few_for_other_snapshots():
    hours = real_hours(["eu-paris"], pd.date_range("2024-02-20", periods=14 * 24, freq="h"))
    for snapshots in ("month-hour", "year"):
        with pytest.raises(gf.GeofrontError, match="snapshots='hours' accepts any hours"):
            gf.stylized(snapshots=snapshots, regions=["eu-paris"], hours=hours)
    with pytest.raises(gf.GeofrontError, match="snapshots='hours' needs hours"):
        gf.stylized(snapshots="hours", regions=["eu-paris"])


def test_with_hours_the_tables_need_no_annual_values():
    hours = real_hours(["eu-paris", "in-mumbai"], pd.date_range("2024-02-20", periods=48, freq="h"))
    tables = gf.data_tables()
    tables["regions"] = tables["regions"].loc[["eu-paris", "in-mumbai"]]
    choices = {"hours": hours, "snapshots": "hours", "carbon_signal": "average"}
    whole = gf.from_tables(**tables, **choices)
    bare = tables["regions"].drop(columns=["price_usd_per_mwh", "carbon_average_kg_per_mwh"])
    xr.testing.assert_identical(gf.from_tables(**tables | {"regions": bare}, **choices), whole)
    with pytest.raises(gf.GeofrontError, match=r"^regions: missing column\(s\) 'price_usd_per_mwh'"):
        gf.from_tables(**tables | {"regions": bare})


def test_data_tables_make_the_stylized_scenario_and_are_copies():
    tables = gf.data_tables()
    xr.testing.assert_identical(gf.from_tables(**tables), gf.stylized())
    tables["regions"].loc["eu-paris", "pue"] = 9.0
    assert gf.data_tables()["regions"].at["eu-paris", "pue"] < 2


def test_a_region_is_added_to_the_tables_and_its_missing_values_are_named():
    tables = gf.data_tables()
    tables["regions"].loc["is-reykjavik"] = gf.data_tables(tier=None)["regions"].loc["is-reykjavik"]
    with pytest.raises(gf.GeofrontError) as caught:
        gf.from_tables(**tables, carbon_signal="average", snapshots="day")
    for column in ("pue", "market_capacity_mw", "egress_usd_per_gb"):
        assert f"regions: '{column}' of 'is-reykjavik' is missing" in str(caught.value)
    missing = {"pue": 1.1, "market_capacity_mw": 100, "egress_usd_per_gb": 0.02}
    tables["regions"].loc["is-reykjavik", list(missing)] = list(missing.values())
    scenario = gf.from_tables(**tables, carbon_signal="average", snapshots="day")
    assert scenario.sizes["region"] == 13
    assert scenario.carbon.sel(region="is-reykjavik").values == pytest.approx(28)


def test_hours_that_lack_regions_or_hours():
    stamps = pd.date_range("2023-01-01", "2023-12-31T23:00", freq="h")
    with pytest.raises(gf.GeofrontError, match="'hours' lack the regions 'au-melbourne', 'us-virginia'"):
        gf.stylized(snapshots="year", regions=FEW, hours=real_hours(["eu-paris", "in-mumbai"], stamps))
    with pytest.raises(gf.GeofrontError, match=r"'hours' lack '2023-12-31 22:00:00', '2023-12-31 23:00:00': a year"):
        gf.stylized(snapshots="year", regions=["eu-paris"], hours=real_hours(["eu-paris"], stamps[:-2]))


def test_hours_from_a_file(tmp_path):
    stamps = pd.date_range("2023-01-01", "2023-12-31T23:00", freq="h")
    hours = real_hours(["eu-paris"], stamps)
    table = pd.DataFrame(
        {
            "utc": stamps.strftime("%Y-%m-%dT%H:%MZ"),
            "region": "eu-paris",
            "price_usd_per_mwh": hours.price[0],
            "carbon_avg_g_per_kwh": hours.carbon_average[0],
        }
    )
    table.to_csv(tmp_path / "hours.csv", index=False)
    from_file = gf.stylized(snapshots="day", regions=["eu-paris"], hours=tmp_path / "hours.csv")
    xr.testing.assert_equal(from_file, gf.stylized(snapshots="day", regions=["eu-paris"], hours=hours))


@pytest.mark.parametrize("zone", [2, 1.5, "", "Paris"])
def test_time_zone_of_a_client_names_its_row(zone):
    clients = loaders.clients().astype({"timezone": object})
    clients.loc["tokyo", "timezone"] = zone
    with pytest.raises(gf.GeofrontError, match=r"'timezone' of 'tokyo': unknown time zone .* IANA name such as"):
        gf.from_tables(loaders.regions(), clients, loaders.workloads(), snapshots="day")


def own(tables, rtt=None, **options):
    return gf.from_tables(*tables, rtt=rtt, snapshots="day", **options)


def with_cell(table, label, column, value):
    """Change one cell of a table whose first column has the labels."""
    changed = table.astype({column: object})
    changed.loc[table.iloc[:, 0] == label, column] = value
    return changed


@pytest.mark.parametrize(
    ("number", "label", "column", "value", "message"),
    [
        (0, "south", "latitude", 90.5, "regions: 'latitude' of 'south' is missing or beyond ±90°"),
        (0, "south", "latitude", -91, "regions: 'latitude' of 'south' is missing or beyond ±90°"),
        (0, "north", "longitude", 360.5, "regions: 'longitude' of 'north' is missing or beyond ±360°"),
        (1, "upper", "latitude", 4071, "clients: 'latitude' of 'upper' is missing or beyond ±90°"),
        (1, "lower", "longitude", np.nan, "clients: 'longitude' of 'lower' is missing or beyond ±360°"),
        (0, "north", "jurisdiction", None, "regions: 'jurisdiction' of 'north' is blank"),
        (0, "north", "jurisdiction", "  ", "regions: 'jurisdiction' of 'north' is blank"),
        (1, "lower", "jurisdiction", "", "clients: 'jurisdiction' of 'lower' is blank"),
        (1, "lower", "demand_weight", -1, "clients: 'demand_weight' of 'lower' is missing, negative or infinite"),
        (2, "chat", "energy_share", np.nan, "workloads: 'energy_share' of 'chat' is missing, negative or infinite"),
        (0, "north", "pue", np.nan, "regions: 'pue' of 'north' is missing: fill in the cell"),
        (0, "south", "price_usd_per_mwh", None, "regions: 'price_usd_per_mwh' of 'south' is missing"),
        (1, "upper", "timezone", np.nan, "clients: 'timezone' of 'upper' is missing: give an IANA name such as"),
        (2, "chat", "latency_budget_ms", None, "workloads: 'latency_budget_ms' of 'chat' is missing"),
        (2, "chat", "energy_share", 0, "workloads: 'energy_share' is 0 in every row"),
        (2, "chat", "energy_share", 0.35, "workloads: 'energy_share' sums to 0.35 over the classes, not to 1"),
        (2, "chat", "energy_share", 100, "workloads: 'energy_share' sums to 100 over the classes, not to 1"),
    ],
)
def test_cells_without_meaning(tables, number, label, column, value, message):
    bad = [with_cell(table, label, column, value) if i == number else table for i, table in enumerate(tables)]
    with pytest.raises(gf.GeofrontError, match=rf"the tables have 1 problem\(s\):\n  - {message}"):
        own(bad)


@pytest.mark.parametrize(
    ("number", "column", "name"),
    [(0, "market_capacity_mw", "regions"), (1, "demand_weight", "clients"), (2, "energy_share", "workloads")],
)
def test_all_zero(tables, number, column, name):
    bad = [table.assign(**{column: 0}) if i == number else table for i, table in enumerate(tables)]
    with pytest.raises(gf.GeofrontError, match=f"{name}: '{column}' is 0 in every row: give at least one"):
        own(bad)


def test_problems_of_all_tables_are_named_at_once(tables):
    regions, clients, workloads = tables
    with pytest.raises(gf.GeofrontError, match=r"3 problem\(s\)(?s:.*)latitude(?s:.*)jurisdiction(?s:.*)energy_share"):
        own([regions.assign(latitude=100), clients.assign(jurisdiction=""), workloads.assign(energy_share=0.5)])


def test_limits_of_positions_are_positions(tables):
    regions, clients, workloads = tables
    own([regions.assign(latitude=[90, -90], longitude=[360, -360]), clients, workloads])


def test_energy_shares_are_rescaled_when_asked(tables):
    """0.2 and 0.6 are a quarter and three quarters."""
    regions, clients, workloads = tables
    two = pd.concat([workloads.assign(energy_share=0.2), workloads.assign(workload="batch", energy_share=0.6)])
    with pytest.raises(gf.GeofrontError, match=r"sums to 0\.8 .* or pass rescale_energy_shares=True"):
        own([regions, clients, two])
    scenario = own([regions, clients, two], rescale_energy_shares=True)
    mean = annual_mean(scenario.demand).sum("client")
    assert mean.sel(workload=["chat", "batch"]).values == pytest.approx([250, 750])


def test_energy_shares_may_be_rounded_in_the_last_digit(tables):
    regions, clients, workloads = tables
    seven = pd.concat([workloads.assign(workload=label, energy_share=1 / 7) for label in "ABCDEFG"])
    assert float(annual_mean(own([regions, clients, seven]).demand).sum()) == pytest.approx(1000)


def test_round_trips_shorter_than_light_needs(tables):
    """20° of a meridian are 6371.0088·π/9 = 2223.9 km: light needs 2·2223.9/300 = 14.83 ms there and back."""

    def rtt(ms):
        return pd.DataFrame({"region_a": ["south"], "region_b": ["north"], "rtt_ms": [ms]})

    with pytest.raises(
        gf.GeofrontError, match=r"less than the round trip of light .*south → north: 14\.8 ms, light needs 14\.8 ms"
    ):
        own(tables, rtt(14.8))
    with pytest.raises(gf.GeofrontError, match=r"south → north: 0\.044 ms"):
        own(tables, rtt(0.044))
    assert float(own(tables, rtt(14.9)).rtt.sel(service="north", region="south")) == 14.9


def test_round_trips_of_other_regions(tables):
    rtt = pd.DataFrame({"region_a": ["North", "x"], "region_b": ["South", "y"], "rtt_ms": [44.0, 50.0]})
    with pytest.raises(
        gf.GeofrontError,
        match=r"the round-trip table has 'North', 'x', .*, none of which is a region: use .*'north', 'south'",
    ):
        own(tables, rtt)
    with pytest.raises(gf.GeofrontError, match="the round-trip table has 'north ', none of which is a region"):
        own(tables, pd.DataFrame({"region_a": ["north "], "region_b": ["south"], "rtt_ms": [44.0]}))
    some = pd.concat([rtt, pd.DataFrame({"region_a": ["north"], "region_b": ["south"], "rtt_ms": [44.0]})])
    assert float(own(tables, some).rtt.sel(service="north", region="south")) == 44
    assert float(own(tables, rtt.iloc[:0]).rtt.sel(service="north", region="south")) == pytest.approx(59.1, abs=0.05)


@pytest.mark.parametrize("label", loaders.regions(tier=None).dropna().index)
def test_regions_without_measured_round_trips_are_modelled(label):
    assert gf.stylized(regions=[label], snapshots="day").sizes["region"] == 1

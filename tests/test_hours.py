import gzip
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import geofront as gf
from geofront.errors import GeofrontError
from geofront.inputs.hours import covers_regions, hours


def tidy(regions=("b", "a"), periods=4, **columns):
    """A complete tidy table of a few hours; more columns replace or extend it."""
    stamps = pd.date_range("2023-03-26", periods=periods, freq="h").strftime("%Y-%m-%dT%H:%MZ")
    rows = [(stamp, region) for region in regions for stamp in stamps]
    table = pd.DataFrame(rows, columns=["utc", "region"])
    table["price_usd_per_mwh"] = np.arange(len(rows)) - 1.5
    table["carbon_avg_g_per_kwh"] = np.arange(len(rows)) * 10.0
    return table.assign(**columns)


@pytest.fixture
def write(tmp_path):
    def to_file(table):
        table.to_csv(tmp_path / "hours.csv", index=False)
        return tmp_path / "hours.csv"

    return to_file


def refusal(path):
    with pytest.raises(GeofrontError) as caught:
        hours(path)
    assert path.name in str(caught.value)
    return str(caught.value)


def test_reads_prices_and_carbon_by_region_and_hour(write):
    read = hours(write(tidy(note="ignored")))
    assert set(read.data_vars) == {"price", "carbon_average"}
    assert read.price.dims == ("region", "hour")
    assert list(read.region.values) == ["b", "a"]
    assert read.hour.dtype == "datetime64[ns]"
    assert read.hour.values[1] == np.datetime64("2023-03-26T01:00")
    assert read.price.sel(region="a").values.tolist() == [2.5, 3.5, 4.5, 5.5]
    assert read.carbon_average.sel(region="b", hour="2023-03-26T03:00").item() == 30
    assert (read.price.units, read.carbon_average.units) == ("USD/MWh", "kg/MWh")


def test_negative_prices_stay(write):
    assert hours(write(tidy())).price.min() == -1.5


def test_flags_of_filled_prices_are_kept(write):
    flags = [0, 1, 0, 0, 0, 0, 0, 1]
    read = hours(write(tidy(price_filled=flags)))
    assert read.price_filled.dtype == bool
    assert read.price_filled.sel(region="b").values.tolist() == [False, True, False, False]


def test_order_of_rows_and_packing_do_not_matter(write, tmp_path):
    plain = hours(write(tidy()))
    with gzip.open(tmp_path / "packed.csv.gz", "wt") as packed:
        tidy().sample(frac=1, random_state=1).to_csv(packed, index=False)
    shuffled = hours(tmp_path / "packed.csv.gz").sel(region=plain.region)
    assert plain.equals(shuffled)
    assert plain.indexes["hour"].is_monotonic_increasing


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M+00:00", "%Y-%m-%dT%H:%M+0000"])
def test_other_ways_to_write_utc(write, form):
    table = tidy()
    table["utc"] = pd.to_datetime(table["utc"]).dt.strftime(form)
    assert hours(write(table)).equals(hours(write(tidy())))


def test_refuses_missing_columns(write):
    message = refusal(write(tidy().drop(columns=["region", "price_usd_per_mwh"])))
    assert "missing column(s) 'region', 'price_usd_per_mwh'" in message


HEADER_ONLY = b"utc,region,price_usd_per_mwh,carbon_avg_g_per_kwh\n"


@pytest.mark.parametrize("content", [None, b"", b"\x1f\x8b broken", HEADER_ONLY])
def test_refuses_what_is_no_file_of_hours(tmp_path, content):
    path = tmp_path / "hours.csv"
    if content is not None:
        path.write_bytes(content)
    refusal(path)


def test_refuses_a_broken_gzip_file(tmp_path):
    path = tmp_path / "hours.csv.gz"
    path.write_bytes(gzip.compress(tidy().to_csv(index=False).encode())[:-20])
    refusal(path)


def test_refuses_unreadable_stamps(write):
    table = tidy()
    table.loc[[1, 5], "utc"] = ["26/03/2023 01:00", "later"]
    message = refusal(write(table))
    assert "unreadable stamps: '26/03/2023 01:00', 'later'; write them as 2023-01-01T00:00Z" in message


def test_refuses_stamps_without_time_zone_and_says_what_to_do(write):
    table = tidy()
    table["utc"] = table["utc"].str.removesuffix("Z")
    message = refusal(write(table))
    assert "stamps without time zone: '2023-03-26T00:00'" in message
    assert "convert them to UTC and append 'Z'" in message


def test_refuses_a_date_as_a_stamp_without_time_zone(write):
    assert "stamps without time zone: '2023-03-26'" in refusal(write(tidy(periods=1, utc="2023-03-26")))


def test_refuses_other_time_zones(write):
    table = tidy()
    table["utc"] = table["utc"].str.replace("Z", "+01:00")
    message = refusal(write(table))
    assert "stamps that are not UTC: '2023-03-26T00:00+01:00'" in message
    assert "without time zone" not in message


def test_refuses_stamps_between_hours(write):
    table = tidy()
    table["utc"] = table["utc"].str.replace(":00Z", ":30Z")
    assert "stamps not on the hour: '2023-03-26T00:30Z'" in refusal(write(table))


def test_refuses_empty_keys(write):
    table = tidy().astype({"utc": object})
    table.loc[2, "utc"] = None
    table.loc[[3, 4], "region"] = None
    message = refusal(write(table))
    assert "1 row(s) without 'utc'" in message
    assert "2 row(s) without 'region'" in message


@pytest.mark.parametrize(
    ("column", "bad"),
    [
        ("price_usd_per_mwh", None),
        ("price_usd_per_mwh", "n/a"),
        ("price_usd_per_mwh", "inf"),
        ("carbon_avg_g_per_kwh", None),
        ("carbon_avg_g_per_kwh", -1.0),
        ("price_filled", 2),
        ("price_filled", None),
    ],
)
def test_refuses_invalid_values(write, column, bad):
    table = tidy(price_filled=0).astype({column: object})
    table.loc[6, column] = bad
    message = refusal(write(table))
    assert f"'{column}' must be" in message
    assert "not at '2023-03-26T02:00Z a'" in message


def test_refuses_an_hour_twice(write):
    table = tidy()
    message = refusal(write(pd.concat([table, table.iloc[[1, 1, 6]]])))
    assert "hours given more than once: 'a 2023-03-26T02:00Z', 'b 2023-03-26T01:00Z'; keep one" in message


def test_refuses_a_region_that_lacks_hours(write):
    message = refusal(write(tidy(periods=6).drop(index=[0, 7, 8, 11])))
    expected = "'a 2023-03-26T01:00Z to 2023-03-26T02:00Z', 'a 2023-03-26T05:00Z', 'b 2023-03-26T00:00Z'"
    assert f"hours missing between 2023-03-26T00:00Z and 2023-03-26T05:00Z: {expected}" in message


def test_refuses_a_gap_common_to_all_regions(write):
    table = tidy()
    message = refusal(write(table[~table["utc"].str.contains("T02")]))
    assert "'a 2023-03-26T02:00Z', 'b 2023-03-26T02:00Z'" in message


def test_a_mistyped_year_is_a_gap_and_no_flood(write):
    table = tidy()
    table.loc[3, "utc"] = "2203-03-26T03:00Z"
    assert "'b 2023-03-26T03:00Z to 2203-03-26T02:00Z'" in refusal(write(table))


def test_names_the_first_five_and_the_number_of_all(write):
    message = refusal(write(tidy(periods=24, price_usd_per_mwh=None)))
    assert "'2023-03-26T04:00Z b', … (48 in all)" in message


def test_reports_all_problems(write):
    table = tidy().astype({"price_usd_per_mwh": object})
    table.loc[0, "utc"] = "2023-03-26T00:00"
    table.loc[1, "utc"] = "never"
    table.loc[2, "price_usd_per_mwh"] = None
    message = refusal(write(table))
    assert all(part in message for part in ("without time zone", "unreadable", "'price_usd_per_mwh' must be"))


def test_bad_stamps_and_values_hide_neither_gaps_nor_duplicates(write):
    table = tidy(regions=("a", "b", "c"), periods=6).astype({"price_usd_per_mwh": object})
    table.loc[0, "utc"] = "never"
    table.loc[1, "utc"] = "2023-03-26T02:30Z"
    table.loc[7, "price_usd_per_mwh"] = "n/a"
    table.loc[17, "region"] = None
    message = refusal(write(pd.concat([table.drop(index=9), table.loc[[4]]])))
    for part in (
        "unreadable stamps: 'never'",
        "not on the hour: '2023-03-26T02:30Z'",
        "1 row(s) without 'region'",
        "'price_usd_per_mwh' must be a number from -100000 to 100000, but is not at '2023-03-26T01:00Z b'",
        "given more than once: 'a 2023-03-26T04:00Z'",
        "2023-03-26T05:00Z: 'b 2023-03-26T03:00Z', 'c 2023-03-26T05:00Z'; add",
    ):
        assert part in message


def test_hours_of_other_time_zones_are_complete_or_not_all_the_same(write):
    table = tidy()
    table["utc"] = table["utc"].str.replace("Z", "+01:00")
    message = refusal(write(table.drop(index=5)))
    assert "not UTC" in message
    assert "hours missing between 2023-03-25T23:00Z and 2023-03-26T02:00Z: 'a 2023-03-26T00:00Z'" in message


@pytest.mark.parametrize("stamp", [None, "never", "2023-03-26T00:00", "2023-03-26T00:30Z"])
def test_stamps_that_are_all_bad_are_the_only_problem(write, stamp):
    assert ";" not in refusal(write(tidy(utc=stamp))).rsplit(";", 1)[0]


@pytest.mark.parametrize("suffix", ["Z", "+00", "+0000", "+00:00", " UTC", " GMT", "-00:00", "GMT+0"])
def test_all_spellings_of_utc(write, suffix):
    table = tidy()
    table["utc"] = table["utc"].str.removesuffix("Z") + suffix
    assert hours(write(table)).equals(hours(write(tidy())))


def test_range_without_time_zone_is_refused(write):
    table = tidy()
    begin = pd.to_datetime(table["utc"])
    table["utc"] = begin.dt.strftime("%Y-%m-%d %H:%M-") + (begin + pd.Timedelta("1h")).dt.strftime("%H:%M")
    assert "stamps without time zone: '2023-03-26 00:00-01:00'" in refusal(write(table))


def test_semicolons_and_decimal_commas(tmp_path):
    tidy().to_csv(tmp_path / "hours.csv", sep=";", decimal=",", index=False)
    read = hours(tmp_path / "hours.csv")
    assert read.price.sel(region="b").values.tolist() == [-1.5, -0.5, 0.5, 1.5]


@pytest.mark.parametrize("flags", [[False, True] * 4, ["false", "true"] * 4, [0.0, 1.0] * 4])
def test_flags_may_be_words(write, flags):
    assert hours(write(tidy(price_filled=flags))).price_filled.values.tolist() == [[False, True] * 2] * 2


@pytest.mark.parametrize("value", ["True", "inf", "NaN", "n/e", "1e999"])
def test_what_is_no_price_is_refused(write, value):
    message = refusal(write(tidy(price_usd_per_mwh=value)))
    assert "'price_usd_per_mwh' must be a number from -100000 to 100000, but is not at" in message


def year(stamps):
    price = np.arange(len(stamps), dtype=float)[None]
    return xr.Dataset({"price": (("region", "hour"), price), "carbon_average": (("region", "hour"), price)},
                      coords={"region": ["eu-paris"], "hour": stamps})  # fmt: skip


STAMPS = pd.date_range("2023-01-01", "2023-12-31T23:00", freq="h")


def test_time_zone_of_a_dataset_is_converted():
    utc = gf.stylized(regions=["eu-paris"], hours=year(STAMPS))
    tokyo = gf.stylized(regions=["eu-paris"], hours=year(STAMPS.tz_localize("UTC").tz_convert("Asia/Tokyo")))
    xr.testing.assert_identical(utc, tokyo)
    # Hour h of day d has the price 24·d + h, in January on average 24·15 + h.
    assert utc.price.sel(hour="2023-01-15T05").item() == pytest.approx(24 * 15 + 5)


@pytest.mark.parametrize("snapshots", ["month-hour", "day", "year"])
@pytest.mark.parametrize(
    ("stamps", "message"),
    [
        (STAMPS.delete([5000, 5001, 6000]), "lack '2023-07-28T08:00Z to 2023-07-28T09:00Z', '2023-09-08T00:00Z'; add"),
        (STAMPS.insert(5, STAMPS[5]), ": '2023-01-01 05:00:00' are duplicate"),
        (STAMPS + pd.Timedelta("30min"), ": '2023-01-01 00:30:00', .* are not on the hour"),
        (np.arange(8760), ": '0', .* are no time stamps"),
    ],
    ids=["holes", "repeated", "half past", "numbers"],
)
def test_hours_of_a_dataset_are_whole(snapshots, stamps, message):
    with pytest.raises(GeofrontError, match=f"'hours'.*{message}"):
        gf.stylized(snapshots=snapshots, regions=["eu-paris"], hours=year(stamps))


def test_missing_value_in_a_dataset_is_named():
    hours = year(STAMPS)
    hours["price"][0, 7] = np.nan
    for snapshots in ("month-hour", "year"):
        with pytest.raises(GeofrontError, match="no 'price' for 'eu-paris' at '2023-01-01 07:00:00'"):
            gf.stylized(snapshots=snapshots, regions=["eu-paris"], hours=hours)


def test_reads_a_real_year(shared_data):
    start = time.perf_counter()
    read = hours(shared_data / "hourly_core12_2023.csv.gz")
    assert time.perf_counter() - start < 10
    assert dict(read.sizes) == {"region": 12, "hour": 8760}
    assert (read.price < 0).any()
    assert read.price.sel(region="us-virginia").mean().item() == pytest.approx(35.75, abs=0.005)


def test_annual_means_of_the_regions_are_those_of_the_hours(shared_data):
    from geofront.inputs.loaders import regions

    read = hours(shared_data / "hourly_core12_2023.csv.gz").mean("hour")
    table = regions()
    price = read.price.to_series().reindex(table.index)
    carbon = read.carbon_average.to_series().reindex(table.index)
    assert (price - table["price_usd_per_mwh"]).abs().max() < 0.006
    # Paris's hours and its annual value come from different sources, 0.4 kg/MWh apart.
    assert (carbon - table["carbon_average_kg_per_mwh"]).abs().drop("eu-paris").max() < 0.06


def test_regions_that_a_file_of_hours_lacks(write, tmp_path):
    """The file covers the two regions of the own tables, and not the twelve of geofront's."""
    own = tmp_path / "own"
    own.mkdir()
    labels = ["eu-paris", "eu-frankfurt"]
    gf.data_tables()["regions"].loc[labels].drop(columns="tier").to_csv(own / "regions.csv")
    path = write(tidy(["uk-london", *labels]))
    assert covers_regions(path, own)
    assert not covers_regions(path)

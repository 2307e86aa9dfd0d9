import numpy as np
import pandas as pd
import pytest
from exports import read_prices_at, write_carbon, write_prices

import geofront as gf
from geofront.errors import GeofrontError
from geofront.inputs.prices import gapless_usd, read_prices


def series(start, values, step="h"):
    stamps = pd.date_range(start, periods=len(values), freq=step).strftime("%Y-%m-%d %H:%M:%S")
    return pd.Series(np.asarray(values, float), index=stamps)


def convert(prices, start, count, timezone="UTC", usd_per_unit=1.0):
    hours = pd.date_range(start, periods=count, freq="h", tz="UTC")
    table = gapless_usd(prices, hours, timezone=timezone, usd_per_unit=usd_per_unit, market="Market")
    assert table.index.equals(hours)
    return table["price_usd_per_mwh"].tolist(), table["price_filled"].tolist()


def test_local_time_and_currency_become_utc_and_usd():
    yen = series("2023-01-01 09:00", [10, -20, 30])
    prices, filled = convert(yen, "2023-01-01 00:00", 3, "Asia/Tokyo", 0.5)
    assert prices == [5, -10, 15]
    assert filled == [0, 0, 0]


def test_half_hour_zones_move_back_to_the_whole_hour():
    prices, _ = convert(series("2023-01-01 06:00", [1, 2]), "2023-01-01 00:00", 2, "Asia/Kolkata")
    assert prices == [1, 2]


def test_stamps_within_an_hour_are_averaged():
    prices, _ = convert(series("2023-01-01", [1, 3, 5, 9], "30min"), "2023-01-01", 2)
    assert prices == [2, 7]


def test_stamps_with_an_offset_keep_it():
    stamps = ["2023-03-12 01:00:00-06:00", "2023-03-12 03:00:00-05:00", "2023-03-12T09:00Z"]
    prices, filled = convert(pd.Series([1.0, 2.0, 3.0], stamps), "2023-03-12 07:00", 3, "Asia/Tokyo")
    assert prices == [1, 2, 3]
    assert filled == [0, 0, 0]


def test_price_at_a_wall_time_that_clocks_skip_is_dropped():
    # 02:00 of 26 March does not exist in Paris: 01:00 is 00:00 UTC and 03:00 is 01:00 UTC.
    prices, filled = convert(series("2023-03-26 01:00", [1, 99, 3]), "2023-03-26 00:00", 2, "Europe/Paris")
    assert prices == [1, 3]
    assert filled == [0, 0]


def test_repeated_hour_given_once_is_filled_and_flagged():
    # 01:00 of 29 October is 23:00 UTC, 02:00 is 00:00 or 01:00 UTC, 03:00 is 02:00 UTC.
    prices, filled = convert(series("2023-10-29 01:00", [1, 99, 4]), "2023-10-28 23:00", 4, "Europe/Paris")
    assert prices == pytest.approx([1, 2, 3, 4])
    assert filled == [0, 1, 1, 0]


def test_repeated_hour_given_twice_is_taken_in_order():
    stamps = ["2023-10-29 01:00", "2023-10-29 02:00", "2023-10-29 02:00", "2023-10-29 03:00"]
    prices, filled = convert(pd.Series([1.0, 7.0, 8.0, 4.0], stamps), "2023-10-28 23:00", 4, "Europe/Paris")
    assert prices == [1, 7, 8, 4]
    assert filled == [0, 0, 0, 0]


def test_short_gap_is_bridged_by_a_straight_line():
    prices, filled = convert(series("2023-01-01", [0, np.nan, np.nan, np.nan, 8]), "2023-01-01", 5)
    assert prices == pytest.approx([0, 2, 4, 6, 8])
    assert filled == [0, 1, 1, 1, 0]


def test_short_gap_at_an_end_repeats_the_nearest_price():
    prices, filled = convert(series("2023-01-01 02:00", [5, 6]), "2023-01-01 00:00", 6)
    assert prices == [5, 5, 5, 6, 6, 6]
    assert filled == [1, 1, 0, 0, 1, 1]


def test_long_gap_repeats_the_last_day_known():
    values = np.arange(72.0)
    values[26:56] = np.nan
    prices, filled = convert(series("2023-01-01", values), "2023-01-01", 72)
    expected = np.arange(72.0)
    expected[26:50] -= 24
    expected[50:56] -= 48
    assert prices == expected.tolist()
    assert filled == np.isnan(values).astype(int).tolist()


def test_long_gap_at_the_beginning_repeats_the_day_after():
    prices, filled = convert(series("2023-01-01 05:00", range(43)), "2023-01-01 00:00", 48)
    assert prices[:5] == [19, 20, 21, 22, 23]
    assert filled == [1] * 5 + [0] * 43


def test_gaps_beyond_the_longest_are_refused():
    values = np.ones(200)
    values[100:148] = np.nan
    assert sum(convert(series("2023-01-01", values), "2023-01-01", 200)[1]) == 48
    values[148] = np.nan
    with pytest.raises(GeofrontError, match=r"Market: no price for 49 hours from 2023-01-05T04:00Z"):
        convert(series("2023-01-01", values), "2023-01-01", 200)


@pytest.mark.parametrize(
    ("stamps", "timezone", "rate", "message"),
    [
        (["2023-01-01 00:00"], "Europe/Atlantis", 1.0, "unknown time zone 'Europe/Atlantis'; use"),
        (["2023-01-01 00:00", "1 o'clock"], "UTC", 1.0, 'unreadable stamps "1 o\'clock"'),
        (["2023-01-01 00:00Z", "2023-01-01 01:00"], "UTC", 1.0, "only some stamps .*'2023-01-01 01:00'"),
        (["2023-01-01 00:00"], "UTC", 0.0, "usd_per_unit=0.0 must be positive"),
        (["2023-01-01 00:00"], "UTC", float("nan"), "usd_per_unit=nan must be positive"),
    ],
)
def test_errors_name_the_market_and_the_remedy(stamps, timezone, rate, message):
    with pytest.raises(GeofrontError, match=f"Market: {message}"):
        convert(pd.Series(1.0, stamps), "2023-01-01", 1, timezone, rate)


@pytest.fixture
def price_file(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("Datetime,FR,DE\n2023-01-01 00:00,1.5,\n2023-01-01 01:00,-2,4\n", encoding="utf-8")
    return path


def test_read_prices_picks_the_named_column(price_file):
    prices = read_prices(price_file, ("eu-frankfurt", "DE"))
    assert prices.index.tolist() == ["2023-01-01 00:00", "2023-01-01 01:00"]
    assert prices.isna().tolist() == [True, False]
    assert prices.iloc[1] == 4


def test_read_prices_takes_the_only_column_by_default(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("Datetime,Price\n2023-01-01 00:00,3\n", encoding="utf-8")
    assert read_prices(path).tolist() == [3]
    assert read_prices(path, ("FR",)).tolist() == [3]
    with pytest.raises(GeofrontError, match=r"prices\.csv: needs one column called 'FR' .*it has 'Price'"):
        read_prices(path, ("FR",), any_name=False)


@pytest.mark.parametrize(
    ("names", "wanted"), [(("eu-paris", "IT"), "one column called 'eu-paris' or 'IT'"), ((), "only one price column")]
)
def test_read_prices_refuses_to_guess_a_column(price_file, names, wanted):
    with pytest.raises(GeofrontError, match=rf"prices\.csv: needs {wanted} .*it has 'FR', 'DE'"):
        read_prices(price_file, names)


def test_read_prices_names_what_is_not_a_number(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("Datetime,Price\n2023-01-01 00:00,cheap\n", encoding="utf-8")
    with pytest.raises(GeofrontError, match=r"prices\.csv.*'Price' is not a number"):
        read_prices(path)


@pytest.mark.parametrize("marker", ["", "NaN", "NA", "N/A", "n/e", "-"])
def test_markers_of_missing_prices_are_gaps(tmp_path, marker):
    values = [0, marker, marker, marker, 8, 9]
    prices, filled = read_prices_at(tmp_path, [f"2024-01-01 0{i}:00,{value}" for i, value in enumerate(values)])
    assert prices == pytest.approx([0, 2, 4, 6, 8, 9])
    assert filled == [0, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_and_decimal_commas(tmp_path, separator):
    lines = [f"2024-01-01 0{i}:00{separator}{i},5{separator}1.0{i}0,25" for i in range(6)]
    header = separator.join(["Datum", "FR", "DE"])
    assert read_prices_at(tmp_path, lines, header=header) == ([i + 0.5 for i in range(6)], [0] * 6)
    assert read_prices(tmp_path / "prices.csv", ("DE",)).tolist() == [1000.25 + 10 * i for i in range(6)]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "no prices: the file has only a header"),
        (["2024-01-01 00:00,inf"], r"column 'Price' is not a number at '2024-01-01 00:00: inf'"),
        (['2024-01-01 00:00,"1,234"'], "decimal point and without thousands separators"),
        (["2024-01-01 00:00,1,5"], "line 2 has 3 cells, the header 2. Where the comma is the decimal mark, separate"),
        (["2024-01-01 00:00,True"], "column 'Price' is not a number at"),
        (["2024-01-01 00:00,1e308"], "prices are not from -100000 to 100000 USD/MWh at '2024-01-01"),
        (["2024-01-01 00:00,1e15"], "prices are not from -100000 to 100000 USD/MWh at .*, or usd_per_unit=10.0"),
    ],
)
def test_messages_name_the_price_file(tmp_path, lines, message):
    carbon, prices = write_carbon(tmp_path, count=1), write_prices(tmp_path, lines)
    with pytest.raises(GeofrontError, match=rf"^\S+prices\.csv.*{message}"):
        gf.hours(carbon, prices=prices, timezone="UTC", usd_per_unit=10.0)


@pytest.mark.parametrize("rate", ["1.08", True, None, -1, 0, float("inf"), [1.08]])
def test_rate_is_a_positive_number(tmp_path, rate):
    carbon, prices = write_carbon(tmp_path), write_prices(tmp_path, [f"2024-01-01 0{i}:00,1" for i in range(6)])
    with pytest.raises(GeofrontError, match=r"usd_per_unit.*=.* (is not a number|is negative|is not above 0)"):
        gf.hours(carbon, prices=prices, timezone="UTC", usd_per_unit={"FR": rate})

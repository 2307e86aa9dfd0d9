import pandas as pd
import pytest
from exports import read_prices_at

from geofront.errors import GeofrontError
from geofront.inputs.stamps import parse, time_zone, to_utc

COUNTED = [1, 2, 3, 4, 5, 6], [0] * 6
"""Prices 1 to 6, none of them filled."""


def parsed(*stamps):
    """Clock time and lead over UTC [min] of each stamp, None where it has none."""
    table = parse(pd.Series(stamps, dtype=str))
    walls = [None if pd.isna(wall) else f"{wall:%Y-%m-%d %H:%M}" for wall in table["wall"]]
    leads = [None if pd.isna(lead) else int(lead.total_seconds() / 60) for lead in table["offset"]]
    return list(zip(walls, leads, strict=True))


@pytest.mark.parametrize(
    ("suffix", "lead"),
    [
        ("", None), ("Z", 0), ("z", 0), (" Z", 0), (" UTC", 0), (" GMT", 0), ("+00:00", 0), ("-00:00", 0),
        ("+01", 60), ("+0100", 60), ("+01:00", 60), (" +01:00", 60), (" +0100", 60), (" +1", 60),
        ("+05:45", 345), ("-0330", -210), ("−03:00", -180), (" UTC+1", 60), (" GMT+1", 60), (" GMT-03:30", -210),
        ("UTC+01:00", 60), ("+14:00", 840), ("-12", -720),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stamp", ["2024-01-01 01:00:00", "2024-01-01T01:00", "01.01.2024 01:00", "20240101T0100"])
def test_offsets_in_all_spellings(stamp, suffix, lead):
    assert parsed(stamp + suffix) == [("2024-01-01 01:00", lead)]


@pytest.mark.parametrize(
    "stamp",
    [
        "2024-01-01 01:00+15:00", "2024-01-01 01:00+01:07", "2024-01-01 01:00+01:75",
        "2024-01-01 01:00-01:75", "2024-01-01 01:75-02:00", "2024-01-01 01:00+100",
        "2024-01-01 01:00 CET", "2024-01-01 01:00 Etc/GMT+1", "2024-01-01 01:00 Europe/Paris", "2024-01-01 1:00 AM",
        "01/02/2024 01:00", "2024-02-30 01:00", "2024-01-01 24:00", "2024-01-01 01:60", "1704067200", "45292.5", "",
        "0024-01-01 00:00", "9999-01-01 00:00", "2024-01", "now",
    ],
)  # fmt: skip
def test_invalid_stamps_are_not_guessed(stamp):
    assert parsed(stamp) == [(None, None)]
    with pytest.raises(GeofrontError, match=r"file: unreadable stamps '.*'; write them as 2023-12-31 23:00"):
        to_utc(pd.Series([stamp]), "UTC", "file")


@pytest.mark.parametrize("suffix", ["+01", "+0100", "+01:00", " +01:00", " GMT+1", " UTC+01:00"])
def test_prices_at_stamps_with_an_offset(tmp_path, suffix):
    lines = [f"2024-01-01 0{i}:00:00{suffix},{i}" for i in range(1, 7)]
    assert read_prices_at(tmp_path, lines, "Europe/Paris") == COUNTED
    assert read_prices_at(tmp_path, lines, None) == COUNTED, "no time zone is needed"


@pytest.mark.parametrize(
    "form",
    [
        "2024-01-01 0{0}:00-0{1}:00", "2024-01-01 0{0}:00 - 0{1}:00", "2024-01-01 0{0}:00–0{1}:00",
        "2024-01-01 0{0}-0{1}", "2024-01-01 0{0}:00:00-0{1}:00:00", "01.01.2024 0{0}:00 - 01.01.2024 0{1}:00",
        "2024-01-01 0{0}:00/2024-01-01 0{1}:00", "2024-01-01T0{0}:00Z/2024-01-01T0{1}:00Z",
        "2024-01-01 0{0}:00 to 0{1}:00", "2024-01-01 0{0}:00-0{1}:00 UTC",
    ],
)  # fmt: skip
def test_range_is_its_beginning(tmp_path, form):
    assert read_prices_at(tmp_path, [f"{form.format(i, i + 1)},{i + 1}" for i in range(6)]) == COUNTED


def test_offset_at_the_end_of_a_range_holds_for_its_beginning():
    assert parsed("2024-01-01 01:00 - 02:00+01:00", "2024-01-01 02:00 - 03:00 UTC") == [
        ("2024-01-01 01:00", 60), ("2024-01-01 02:00", 0),
    ]  # fmt: skip


def test_quarter_hour_ranges_over_midnight_and_where_clocks_change():
    stamps = ["2024-03-30 23:45-00:00", "2024-03-31 00:00-00:15", "2024-03-31 01:45-03:00", "2024-03-31 03:00-03:15"]
    assert [lead for _, lead in parsed(*stamps)] == [None] * 4


def test_one_wrong_offset_does_not_spoil_the_others():
    stamps = [f"2024-01-01 0{i}:00+01:00" for i in range(5)] + ["2024-01-01 05:00+15:00"]
    with pytest.raises(GeofrontError, match=r"file: unreadable stamps '2024-01-01 05:00.15:00'; write"):
        to_utc(pd.Series(stamps), "UTC", "file")


def test_constant_offset_is_no_range():
    assert [lead for _, lead in parsed(*(f"2024-01-01 0{i}:00-01:00" for i in range(6)))] == [-60] * 6


@pytest.mark.parametrize(
    "stamps",
    [
        ["2024-01-01 00:00-01:00"],
        ["2024-01-01 00:00-01:00", "2024-01-02 00:00-01:00"],
        [f"2024-01-01 {2 * i:02d}:00-{2 * i + 2:02d}:00" for i in range(6)],
        [f"2024-01-01 0{i}:00+0{i}:00" for i in range(6)],
        [f"2024-01-01 0{i % 6}:00+0{i % 6}:00" for i in range(12)],
    ],
    ids=["one hour", "the same hour", "two hours", "another offset in every row", "six offsets"],
)
def test_neither_offset_nor_range_is_refused(stamps):
    with pytest.raises(GeofrontError, match=r"file: unreadable stamps '2024-01-01 0"):
        to_utc(pd.Series(stamps), "UTC", "file")


# Clocks in Riga go back from 04:00 to 03:00 on 27 October 2024; 02:00 there is 23:00 UTC.
NIGHT = ["02:00", "03:00", "03:00", "04:00", "05:00", "06:00"]


def night(order, tmp_path):
    lines = [f"2024-10-27 {NIGHT[i]},{i + 1}" for i in order]
    return read_prices_at(tmp_path, lines, "Europe/Riga", start="2024-10-26 23:00")


def test_newest_row_first(tmp_path):
    assert night(range(6), tmp_path) == COUNTED
    assert night(range(5, -1, -1), tmp_path) == COUNTED


def test_unordered_rows_are_refused_at_the_repeated_hour(tmp_path):
    with pytest.raises(GeofrontError, match=r"prices\.csv.*'2024-10-27 03:00:00' twice.*not in chronological order"):
        night([3, 0, 1, 2, 5, 4], tmp_path)


def test_unordered_rows_are_read_without_a_repeated_hour(tmp_path):
    lines = [f"2024-01-01 0{i}:00,{i + 1}" for i in (3, 0, 5, 1, 4, 2)]
    assert read_prices_at(tmp_path, lines) == COUNTED


def test_repeated_rows_are_no_evidence_of_a_repeated_hour(tmp_path):
    with pytest.raises(GeofrontError, match=r"'2024-10-27 03:00:00' twice.*other stamps are repeated too"):
        night([0, 0, 1, 2, 3, 3, 4, 5], tmp_path)


def test_quarter_hours_repeat_as_a_block(tmp_path):
    quarters = [f"2024-10-27 {hour[:2]}:{minute:02d}" for hour in NIGHT for minute in (0, 15, 30, 45)]
    lines = [f"{stamp},{i}" for i, stamp in enumerate(quarters)]
    expected = [4 * hour + 1.5 for hour in range(6)], [0] * 6
    assert read_prices_at(tmp_path, lines, "Europe/Riga", start="2024-10-26 23:00") == expected
    assert read_prices_at(tmp_path, lines[::-1], "Europe/Riga", start="2024-10-26 23:00") == expected


def test_repeated_quarters_sorted_by_the_clock_are_refused(tmp_path):
    quarters = sorted(f"2024-10-27 {hour[:2]}:{minute:02d}" for hour in NIGHT for minute in (0, 15, 30, 45))
    lines = [f"{stamp},{i}" for i, stamp in enumerate(quarters)]
    for order in (lines, lines[::-1]):
        with pytest.raises(GeofrontError, match=r"'2024-10-27 03:00:00', .* twice.*not in chronological order"):
            read_prices_at(tmp_path, order, "Europe/Riga", start="2024-10-26 23:00")


@pytest.mark.parametrize(
    "name",
    [
        2,
        1.5,
        "",
        "localtime",
        "Factory",
        "right/UTC",
        "Paris",
        "Europe",
        "../zone",
        "/etc/passwd",
        "UTC+1",
        True,
        b"UTC",
    ],
)
def test_no_name_of_a_time_zone(tmp_path, name):
    with pytest.raises(GeofrontError, match=r"region 'FR': unknown time zone .*IANA name such as Europe/Paris"):
        read_prices_at(tmp_path, [f"2024-01-01 0{i}:00,1" for i in range(6)], name)
    with pytest.raises(GeofrontError, match="unknown time zone"):
        read_prices_at(tmp_path, [f"2024-01-01 0{i}:00Z,1" for i in range(6)], name)


def test_time_zone_may_be_given_as_such():
    assert time_zone("Europe/Paris", "file") == time_zone(time_zone("Europe/Paris", "file"), "file")


def test_wall_time_needs_a_time_zone(tmp_path):
    with pytest.raises(GeofrontError, match=r"prices\.csv, region 'FR': timezone= is missing"):
        read_prices_at(tmp_path, [f"2024-01-01 0{i}:00,1" for i in range(6)], None)

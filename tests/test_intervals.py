import pytest
from exports import read_prices_at

from geofront.errors import GeofrontError


def quarters(*minutes, hour=0, day=1, values=None):
    values = range(1, len(minutes) + 1) if values is None else values
    return [f"2024-01-0{day} {hour:02d}:{minute:02d},{v}" for minute, v in zip(minutes, values, strict=True)]


REST = [line for hour in range(1, 6) for line in quarters(0, 15, 30, 45, hour=hour, values=[20] * 4)]
"""Five hours of quarters at 20, after the first hour."""


def test_two_prices_for_one_stamp_are_refused_with_both(tmp_path):
    lines = ["2024-01-01 00:00,100", "2024-01-01 00:00,60", "2024-01-01 01:00,5"]
    with pytest.raises(GeofrontError, match=r"prices\.csv.*two prices for '2024-01-01 00:00', 100 and 60;.*one hub"):
        read_prices_at(tmp_path, lines)


def test_hourly_price_among_quarter_hours_is_refused(tmp_path):
    lines = ["2024-01-01 00:00,100", *quarters(0, 15, 30, 45, values=[20] * 4), *REST]
    with pytest.raises(GeofrontError, match=r"two prices for '2024-01-01 00:00', 100 and 20;"):
        read_prices_at(tmp_path, lines)


def test_several_hubs_under_one_stamp_are_refused(tmp_path):
    lines = [f"2024-01-01 0{i}:00,{hub},{i + 10 * k}" for i in range(6) for k, hub in enumerate(("A", "B"))]
    with pytest.raises(GeofrontError, match=r"two prices for '2024-01-01 00:00', 0 and 10 \(6 such stamps in all\)"):
        read_prices_at(tmp_path, lines, header="Datetime,Hub,FR")


def test_two_spellings_of_one_instant_are_one_stamp(tmp_path):
    lines = ["2024-01-01 00:00Z,100", "2024-01-01 01:00+01:00,60", "2024-01-01 01:00Z,5"]
    with pytest.raises(GeofrontError, match=r"two prices for '2024-01-01 00:00Z', 100 and 60"):
        read_prices_at(tmp_path, lines)


def test_equal_duplicates_pass(tmp_path):
    lines = [f"2024-01-01 0{i}:00,{i + 1}" for i in range(6)]
    assert read_prices_at(tmp_path, lines + lines[2:4]) == ([1, 2, 3, 4, 5, 6], [0] * 6)


def test_last_price_holds_for_the_missing_part_of_an_hour(tmp_path):
    prices, filled = read_prices_at(tmp_path, [*quarters(0, 45, values=[100, 0]), *REST])
    assert prices == [75, 20, 20, 20, 20, 20]
    assert filled == [1, 0, 0, 0, 0, 0]


def test_part_before_the_first_price_has_the_last_of_the_hour_before_or_the_first(tmp_path):
    lines = [*quarters(15, 30, 45, values=[4, 5, 6]), *REST[:4], *quarters(45, hour=2, values=[100]), *REST[8:]]
    prices, filled = read_prices_at(tmp_path, lines)
    assert prices == [(4 + 4 + 5 + 6) / 4, 20, (3 * 20 + 100) / 4, 20, 20, 20]
    assert filled == [1, 0, 1, 0, 0, 0]


def test_marker_in_a_quarter_is_a_gap_too(tmp_path):
    prices, filled = read_prices_at(tmp_path, [*quarters(0, 15, 30, 45, values=[100, "n/e", "-", 0]), *REST])
    assert (prices[0], filled[0]) == (75, 1)


def test_lone_quarter_does_not_pass_for_an_hour(tmp_path):
    prices, filled = read_prices_at(tmp_path, [*quarters(0, values=[100]), *REST])
    assert prices == [100, 20, 20, 20, 20, 20]
    assert filled == [1, 0, 0, 0, 0, 0]


def test_change_from_hours_to_quarter_hours(tmp_path):
    lines = [f"2024-01-01 {hour:02d}:00,{hour}" for hour in range(24)] + [
        line for hour in range(2) for line in quarters(0, 15, 30, 45, day=2, hour=hour, values=[100, 200, 300, 400])
    ]
    prices, filled = read_prices_at(tmp_path, lines, count=26)
    assert prices == [*range(24), 250, 250]
    assert not any(filled)


@pytest.mark.parametrize("minutes", [60, 30, 20, 15, 10, 5, 1])
def test_shorter_intervals_are_averaged(tmp_path, minutes):
    count = 60 // minutes
    lines = [f"2024-01-01 0{h}:{k * minutes:02d},{h + k / count}" for h in range(6) for k in range(count)]
    prices, filled = read_prices_at(tmp_path, lines)
    assert prices == pytest.approx([hour + (count - 1) / count / 2 for hour in range(6)])
    assert not any(filled)


@pytest.mark.parametrize(
    ("zone", "stamps"),
    [
        ("Asia/Kolkata", [f"2024-01-01 {6 + i:02d}:00" for i in range(6)]),
        ("Asia/Kathmandu", [f"2024-01-01 {6 + i:02d}:00" for i in range(6)]),
        ("UTC", [f"2024-01-01 0{i}:30" for i in range(6)]),
    ],
)
def test_hours_of_half_hour_zones_move_back(tmp_path, zone, stamps):
    lines = [f"{stamp},{i + 1}" for i, stamp in enumerate(stamps)]
    assert read_prices_at(tmp_path, lines, zone) == ([1, 2, 3, 4, 5, 6], [0] * 6)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([f"2024-01-0{i} 00:00,{i}" for i in range(1, 5)], "at least 24 hours apart, from 2024-01-01T00:00Z on"),
        (["2024-01-01 00:00,1", "2024-01-02 00:00,2"], "no price for 5 hours from 2024-01-01T01:00Z"),
        ([f"2024-01-01 {2 * i:02d}:00,{i}" for i in range(6)], "at least 2 hours apart"),
        ([*(f"2024-01-01 0{i}:00,{i}" for i in range(6)), "2024-01-01 03:07,9"], "one step.*'2024-01-01T03:07Z'"),
        ([*(f"2024-01-01 0{i}:00,{i}" for i in range(6)), "2024-01-01 03:30,9"], "one step.*'2024-01-01T03:30Z'"),
        ([f"2024-01-01 {40 * i // 60:02d}:{40 * i % 60:02d},{i}" for i in range(9)], "do not follow at one step"),
        ([f"2024-01-01 0{i}:45,{i}" for i in range(6)], "do not follow at one step"),
        ([f"2024-01-01 00:00:{i:02d},{i}" for i in range(60)], "do not follow at one step"),
        (["2024-01-01 00:45,1"], "do not follow at one step"),
        (["2024-01-01 00:00,1"], "no price for 5 hours from 2024-01-01T01:00Z"),
        (["2024-01-01 00:00,NaN"], "no price for 6 hours from 2024-01-01T00:00Z"),
        (["2023-01-01 00:00,1", "2023-01-01 01:00,1"], "no price for 6 hours from 2024-01-01T00:00Z"),
    ],
    ids=["a day", "two days", "two hours", "a stray", "a stray half", "40 minutes", "quarter to", "seconds",
         "one quarter", "one hour",
         "no value", "another year"],
)  # fmt: skip
def test_other_intervals_are_refused_by_the_name_of_the_price_file(tmp_path, lines, message):
    with pytest.raises(GeofrontError, match=rf"^\S+prices\.csv, region 'FR': .*{message}"):
        read_prices_at(tmp_path, lines)


def test_file_of_uncertain_clock_times_alone_is_refused(tmp_path):
    with pytest.raises(GeofrontError, match=r"prices\.csv, region 'FR': no price for 6 hours"):
        read_prices_at(tmp_path, ["2024-03-31 02:00,1"], "Europe/Paris", start="2024-03-31 00:00")

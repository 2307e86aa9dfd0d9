import pytest
from exports import write_carbon, write_prices

import geofront as gf
from geofront.errors import GeofrontError

NEW = (
    '"MTU (CET/CEST)","Area","Sequence","Day-ahead Price (EUR/MWh)","Intraday Period (CET/CEST)",'
    '"Intraday Price (EUR/MWh)"'
)
OLD = '"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|FR"'
STAMPS = [
    ("27/10/2024 01:00:00", "27/10/2024 02:00:00"),
    ("27/10/2024 02:00:00 (CEST)", "27/10/2024 02:00:00 (CET)"),
    ("27/10/2024 02:00:00 (CET)", "27/10/2024 03:00:00 (CET)"),
    ("27/10/2024 03:00:00", "27/10/2024 04:00:00"),
    ("27/10/2024 04:00:00", "27/10/2024 05:00:00"),
]
VALUES = ["10.50", "1020", "-30.25", "n/e", "50"]
EXPECTED = [10.5, 1020, -30.25, 9.875, 50], [0, 0, 0, 1, 0]


def new(area="BZN|FR", values=VALUES, sequence="Without Sequence", stamps=STAMPS):
    return [f'"{a} - {b}","{area}","{sequence}","{v}","",""' for (a, b), v in zip(stamps, values, strict=True)]


def old():
    stamps = [[stamp[:16].replace("/", ".") for stamp in pair] for pair in STAMPS]
    return [f'"{a} - {b}","{value}","EUR",""' for (a, b), value in zip(stamps, VALUES, strict=True)]


def read(folder, header, lines, zones=("FR",), start="2024-10-26 23:00", **more):
    """Prices and flags of the first zone from 27 October 2024, 01:00 in Brussels."""
    carbon, prices = write_carbon(folder, start, 5, zones), write_prices(folder, lines, header)
    real = gf.hours(carbon, prices=prices, usd_per_unit=1, **more)
    return real.price.values[0].tolist(), real.price_filled.values[0].astype(int).tolist()


@pytest.mark.parametrize(("header", "lines"), [(NEW, new()), (OLD, old())], ids=["new", "old"])
def test_editions(tmp_path, header, lines):
    assert read(tmp_path, header, lines) == EXPECTED
    assert read(tmp_path, header, lines[::-1]) == EXPECTED


def test_marked_hours_need_no_order(tmp_path):
    lines = new()
    assert read(tmp_path, NEW, [lines[i] for i in (2, 4, 1, 3, 0)]) == EXPECTED


def test_auction_without_any_price_is_ignored(tmp_path):
    lines = [*new(sequence="Sequence 1"), *new(sequence="Sequence 2", values=["n/e"] * 5)]
    assert read(tmp_path, NEW, lines) == EXPECTED


def test_single_marked_hour_is_known(tmp_path):
    lines = new()
    prices, filled = read(tmp_path, NEW, [*lines[:1], *lines[2:]])
    assert prices == pytest.approx([10.5, (10.5 - 30.25) / 2, -30.25, 9.875, 50])
    assert filled == [0, 1, 0, 1, 0]


def test_other_zones_of_the_clock(tmp_path):
    stamps = [(f"27/10/2024 0{i}:00:00", f"27/10/2024 0{i + 1}:00:00") for i in range(5)]
    lines = new(values=[1, 2, 3, 4, 5], stamps=stamps)
    for clock, start in {"UTC": "27 00:00", "WET/WEST": "26 23:00", "EET/EEST": "26 21:00"}.items():
        prices, _ = read(tmp_path, NEW.replace("CET/CEST", clock), lines, start=f"2024-10-{start}")
        assert prices[0] == 1, clock
    assert read(tmp_path, NEW.replace("CET/CEST", "UTC"), lines, start="2024-10-27 00:00")[0] == [1, 2, 3, 4, 5]


def test_quarter_hours_and_spring(tmp_path):
    clock = [f"{hour:02d}:{minute:02d}:00" for hour in (0, 1, 3, 4, 5) for minute in (0, 15, 30, 45)]
    stamps = [(f"31/03/2024 {a}", f"31/03/2024 {b}") for a, b in zip(clock, [*clock[1:], "06:00:00"], strict=True)]
    stamps[7] = ("31/03/2024 01:45:00 (CET)", "31/03/2024 03:00:00 (CEST)")
    lines = new(values=[*range(20)], stamps=stamps)
    assert read(tmp_path, NEW, lines, start="2024-03-30 23:00") == ([1.5, 5.5, 9.5, 13.5, 17.5], [0] * 5)


@pytest.mark.parametrize(
    ("area", "zone"),
    [("BZN|DE-LU", "DE"), ("BZN|DE-LU", "BZN|DE-LU"), ("BZN|NO2", "NO-NO2"), ("BZN|IT-North", "IT-NO"),
     ("BZN|IE(SEM)", "IE")],
)  # fmt: skip
def test_areas_by_the_zone_of_electricity_maps(tmp_path, area, zone):
    lines = [*new("BZN|XX", ["7"] * 5), *new(area)]
    assert read(tmp_path, NEW, lines, (zone,)) == EXPECTED
    assert read(tmp_path, NEW, [*lines, *new("BZN|YY", ["8"] * 5)], (zone, "YY")) == EXPECTED


@pytest.mark.parametrize(
    ("header", "lines", "message"),
    [
        (NEW, [*new("BZN|ES"), *new("BZN|PT")], "one market area for 'FR'; it has 'BZN|ES', 'BZN|PT'"),
        (NEW, [*new(sequence="Sequence 1"), *new(sequence="Sequence 2", values=["9"] * 5)],
         r"prices of several auctions of BZN\|FR: 'Sequence 1', 'Sequence 2' in the column 'Sequence'; keep"),
        (NEW, [*new(sequence="Sequence 1")[:2], *new(sequence="Sequence 2")[2:]], "prices of several auctions"),
        (NEW, [*new(), *new(values=["9"] * 5)], r"two prices for .*, 10.5 and 9 \(4 such stamps in all\); keep one"),
        (NEW, new(values=["1,5"] * 5), r"no readable price of BZN\|FR at '27/10/2024 01:00:00 - 27"),
        (NEW, new(stamps=[("10-27-2024 01:00", "x")] * 5), "unreadable stamps '10-27-2024 01:00 - x'"),
        (NEW, new(stamps=[("27/10/2524 01:00", "x")] * 5), "unreadable stamps '27/10/2524 01:00 - x'"),
        (NEW.replace("CET/CEST", "MSK"), new(), "needs one column called 'FR' next to"),
        (OLD, old()[:0], "only a header"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path, header, lines, message):
    with pytest.raises(GeofrontError, match=rf"^\S+prices\.csv.*{message}"):
        read(tmp_path, header, lines)

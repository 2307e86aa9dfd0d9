import numpy as np
import pandas as pd
import pytest
from exports import write_carbon, write_prices

import geofront as gf
from geofront.errors import GeofrontError

GERMAN = (
    "\ufeffDatum von;Datum bis;Deutschland/Luxemburg [€/MWh] Originalauflösungen;"
    "∅ Anrainer DE/LU [€/MWh] Originalauflösungen;Dänemark 1 [€/MWh] Originalauflösungen;"
    "DE/AT/LU [€/MWh] Originalauflösungen"
)
GERMAN_LINES = [
    "27.10.2024 01:00;27.10.2024 02:00;10,50;7;1;-",
    "27.10.2024 02:00;27.10.2024 03:00;1.020,00;7;2;-",
    "27.10.2024 02:00;27.10.2024 03:00;-30,25;7;3;-",
    "27.10.2024 03:00;27.10.2024 04:00;-;7;4;-",
    "27.10.2024 04:00;27.10.2024 05:00;50;7;5;-",
]
ENGLISH = "Start date;End date;Germany/Luxembourg [€/MWh] Calculated resolutions"
ENGLISH_LINES = [
    "Oct 27, 2024 1:00 AM;Oct 27, 2024 2:00 AM;10.50",
    "Oct 27, 2024 2:00 AM;Oct 27, 2024 3:00 AM;1,020.00",
    "Oct 27, 2024 2:00 AM;Oct 27, 2024 3:00 AM;-30.25",
    "Oct 27, 2024 3:00 AM;Oct 27, 2024 4:00 AM;-",
    "Oct 27, 2024 4:00 AM;Oct 27, 2024 5:00 AM;50",
]
OLD = "Datum;Anfang;Ende;Deutschland/Luxemburg [€/MWh]"
OLD_LINES = [
    "27.10.2024;01:00;02:00;10,50",
    "27.10.2024;02:00;03:00;1020",
    "27.10.2024;02:00;03:00;-30,25",
    "27.10.2024;03:00;04:00;-",
    "27.10.2024;04:00;05:00;50,00",
]
OLDEST = "Datum;Uhrzeit;Deutschland/Luxemburg[Euro/MWh]"
OLDEST_LINES = [";".join(line.split(";")[i] for i in (0, 1, 3)) for line in OLD_LINES]
EXPECTED = [10.5, 1020, -30.25, 9.875, 50], [0, 0, 0, 1, 0]


def read(folder, header, lines, zone="DE", timezone=None, **more):
    """Prices and flags from 27 October 2024, 01:00 in Berlin."""
    carbon = write_carbon(folder, "2024-10-26 23:00", 5, (zone,))
    prices = write_prices(folder, lines, header)
    real = gf.hours(carbon, prices=prices, timezone=timezone, usd_per_unit=1, **more)
    return real.price.values[0].tolist(), real.price_filled.values[0].astype(int).tolist()


@pytest.mark.parametrize(
    ("header", "lines"),
    [(GERMAN, GERMAN_LINES), (ENGLISH, ENGLISH_LINES), (OLD, OLD_LINES), (OLDEST, OLDEST_LINES)],
    ids=["German", "English", "old", "oldest"],
)
@pytest.mark.parametrize("timezone", [None, "Europe/Berlin", "UTC"])
def test_editions(tmp_path, header, lines, timezone):
    assert read(tmp_path, header, lines, timezone=timezone) == EXPECTED, "the clock is German whatever is stated"


def test_newest_row_first(tmp_path):
    assert read(tmp_path, GERMAN, GERMAN_LINES[::-1]) == EXPECTED


def test_quarter_hours(tmp_path):
    clock = [(hour, minute) for hour in (1, 2, 2, 3, 4) for minute in (0, 15, 30, 45)]
    lines = [f"27.10.2024 {hour:02d}:{minute:02d};;{hour},{minute:02d};0;0;-" for hour, minute in clock]
    prices, filled = read(tmp_path, GERMAN, lines)
    assert prices == pytest.approx([1.225, 2.225, 2.225, 3.225, 4.225])
    assert not any(filled)


@pytest.mark.parametrize("zone", ["DK-DK1", "DK1", "Dänemark 1"])
def test_other_market_areas_by_zone_code_or_name(tmp_path, zone):
    assert read(tmp_path, GERMAN, GERMAN_LINES, zone) == ([1, 2, 3, 4, 5], [0] * 5)


def test_area_by_the_name_of_the_region(tmp_path):
    assert read(tmp_path, GERMAN, GERMAN_LINES, "X", zones={"X": "DE-LU"}) == EXPECTED


def test_the_only_area_needs_no_name(tmp_path):
    assert read(tmp_path, ENGLISH, ENGLISH_LINES, "X") == EXPECTED


@pytest.mark.parametrize(
    ("header", "lines", "zone", "message"),
    [
        (GERMAN, GERMAN_LINES, "IT", "one market area for 'IT'; it has 'Deutschland/Luxemburg', 'Dänemark 1', "),
        (GERMAN, ["27/10/2024 01:00;;1;;;"], "DE", "unreadable stamps '27/10/2024 01:00'"),
        (GERMAN, ["27.10.2524 01:00;;1;;;"], "DE", "unreadable stamps '27.10.2524 01:00'"),
        (GERMAN, ["27.10.2024 01:00;;1.25;;;"], "DE", "no readable price of Deutschland/Luxemburg at '27."),
        (ENGLISH, ["Oct 27, 2024 1:00 AM;;39,01"], "DE", "no readable price of Germany/Luxembourg"),
        (f"{ENGLISH};Germany/Luxembourg [€/MWh] Original resolutions", ["Oct 27, 2024 1:00 AM;;39.01;7"], "DE",
         r"several columns of prices of Germany/Luxembourg: '.*Calculated resolutions', '.*Original res"),
        (GERMAN, [], "DE", "only a header"),
        (GERMAN, [GERMAN_LINES[0], GERMAN_LINES[0].replace("10,50", "11")], "DE", "two prices for .*, 10.5 and 11;"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path, header, lines, zone, message):
    with pytest.raises(GeofrontError, match=rf"^\S+prices\.csv.*{message}"):
        read(tmp_path, header, lines, zone)


def test_a_year_across_the_change_to_quarter_hours(tmp_path):
    hours = pd.date_range("2025-09-01", "2025-10-01", freq="h", tz="Europe/Berlin", inclusive="left")
    quarters = pd.date_range("2025-10-01", "2025-11-01", freq="15min", tz="Europe/Berlin", inclusive="left")
    lines = [f"{stamp:%d.%m.%Y %H:%M};;{k},5;0;0;-" for k, stamp in enumerate([*hours, *quarters])]
    start = hours[0].tz_convert("UTC")
    carbon = write_carbon(tmp_path, f"{start:%Y-%m-%d %H:%M}", len(hours) + len(quarters) // 4, ("DE",))
    real = gf.hours(carbon, prices=write_prices(tmp_path, lines, GERMAN), usd_per_unit=1)
    expected = [k + 0.5 for k in range(len(hours))]
    expected += [len(hours) + 4 * k + 2.0 for k in range(len(quarters) // 4)]
    np.testing.assert_allclose(real.price.values[0], expected)
    assert not real.price_filled.any()

"""Generated exports: reading them gives the original hours, or an error that names the fault."""

from contextlib import nullcontext, suppress

import numpy as np
import pandas as pd
import pytest
from exports import write_carbon
from hypothesis import event, given, settings
from hypothesis import strategies as st

import geofront as gf
from geofront.errors import GeofrontError

pytestmark = pytest.mark.slow

ZONES = {
    "UTC": "2023-12-31 20:00",
    "Asia/Tokyo": "2024-02-28 20:00",
    "Asia/Kolkata": "2024-02-28 20:00",
    "Asia/Kathmandu": "2023-12-31 12:00",
    "Europe/Paris": "2024-10-26 23:00",
    "Europe/Riga": "2024-10-26 23:00",
    "Europe/Lisbon": "2024-03-30 23:00",
    "Atlantic/Azores": "2024-10-27 00:00",
    "America/New_York": "2024-11-03 04:00",
    "America/St_Johns": "2024-11-03 03:00",
    "Africa/Casablanca": "2024-03-10 00:00",
    "Australia/Adelaide": "2024-04-06 15:00",
    "Australia/Lord_Howe": "2024-04-06 13:00",
    "Pacific/Chatham": "2024-04-06 13:00",
}
"""Time zone of a market, and UTC of an hour or two before its clocks change, if they do."""
MARKERS = ["", "NaN", "NA", "N/A", "n/e", "-"]
HEADERS = ["Datetime", "Datetime (UTC)", "utc", "time", "Zeit", "", "MTU", "timestamp [local]", "date,time"]
SHAPES = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M", "%Y%m%dT%H%M"]


def offset_of(stamp, spelling):
    """The offset of a local time in one of several spellings; none if the spelling does not fit."""
    minutes = int(stamp.utcoffset().total_seconds() / 60)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return {
        "colon": f"{sign}{hours:02d}:{rest:02d}",
        "digits": f" {sign}{hours:02d}{rest:02d}",
        "short": f"{sign}{hours:02d}" if not rest else f"{sign}{hours:02d}:{rest:02d}",
        "UTC": f" UTC{sign}{hours}:{rest:02d}",
        "GMT": f"GMT{sign}{hours:02d}:{rest:02d}",
    }[spelling]


def written(stamp, end, shape, spelling):
    """A local time as a file writes it, perhaps as the range up to `end`."""
    text = stamp.strftime(shape)
    if spelling == "none":
        return text
    if spelling == "range":
        return f"{text} - {end.strftime(shape)}"
    if spelling == "clock range":
        return f"{text}-{end.strftime('%H%M' if shape == '%Y%m%dT%H%M' else shape[shape.index('%H') :])}"
    if spelling in ("Z", " UTC"):
        return stamp.tz_convert("UTC").strftime(shape) + spelling
    return text + offset_of(stamp, spelling)


@st.composite
def exports(draw):
    """Intervals of a market with their prices, and the file that holds them."""
    zone = draw(st.sampled_from(sorted(ZONES)))
    minutes = draw(st.sampled_from([60, 60, 60, 30, 15, 5]))
    step = pd.Timedelta(minutes=minutes)
    hours = draw(st.integers(3, 30))
    # The market's intervals begin with the hours of its own clock.
    begin = pd.Timestamp(ZONES[zone], tz="UTC").tz_convert(zone)
    begin += pd.Timedelta(minutes=-begin.minute % 60)
    stamps = pd.date_range(begin, periods=hours * 60 // minutes, freq=step)
    cents = draw(st.lists(st.integers(-5000, 30000), min_size=len(stamps), max_size=len(stamps)))
    prices = pd.Series(np.array(cents) / 100, index=stamps)
    lost = draw(st.sets(st.integers(0, len(stamps) - 1), max_size=draw(st.sampled_from([0, 0, 3, 40]))))
    blank = draw(st.sets(st.integers(0, len(stamps) - 1), max_size=draw(st.sampled_from([0, 0, 3, 40]))))
    prices.iloc[sorted(blank)] = np.nan
    rows = [i for i in range(len(stamps)) if i not in lost]
    order = draw(st.sampled_from(["ascending", "ascending", "descending", "none"]))
    rows = {"ascending": rows, "descending": rows[::-1], "none": draw(st.permutations(rows))}[order]
    spelling = draw(st.sampled_from(["none", "none", "colon", "digits", "short", "UTC", "GMT", "Z", " UTC", "range",
                                     "clock range"]))  # fmt: skip
    shape, separator = draw(st.sampled_from(SHAPES)), draw(st.sampled_from([",", ";", "\t", "|"]))
    decimal = draw(st.sampled_from([".", ","]))
    marker = draw(st.sampled_from(MARKERS))

    def cell(text):
        return f'"{text}"' if separator in text or draw(st.booleans()) else text

    lines = [separator.join([cell(draw(st.sampled_from(HEADERS))), cell("Price, EUR"), ""])]
    for i in rows:
        price = marker if np.isnan(prices.iloc[i]) else f"{prices.iloc[i]:.2f}".replace(".", decimal)
        lines.append(separator.join([cell(written(stamps[i], stamps[i] + step, shape, spelling)), cell(price), ""]))
    text = draw(st.sampled_from(["", "\ufeff"])) + draw(st.sampled_from(["\n", "\r\n"])).join(lines)
    bare = spelling in ("none", "range", "clock range")
    return {"prices": prices.iloc[sorted(rows)], "step": step, "zone": zone, "bare": bare, "order": order, "text": text,
            "all": stamps, "spelling": spelling}  # fmt: skip


def expected(export):
    """Known price of every UTC hour, and whether it is known for the whole hour."""
    prices, step = export["prices"], export["step"]
    count = pd.Timedelta("1h") // step
    slots = prices.set_axis(prices.index.tz_convert("UTC").floor(step)).dropna()
    by_hour = slots.groupby(slots.index.floor("h"))
    return by_hour.mean(), by_hour.size() == count


def may_be_refused(export):
    """Whether the export is ambiguous."""
    prices = export["prices"]
    instants = pd.DatetimeIndex(prices.index).tz_convert("UTC")
    wall = prices.index.tz_localize(None)
    off_grid = len({(stamp.minute % (export["step"].seconds // 60)) for stamp in instants}) > 1
    unordered = export["bare"] and export["order"] == "none" and wall.has_duplicates
    gaps = len(prices.dropna()) < len(export["all"])
    return off_grid or unordered or gaps


@settings(max_examples=200)
@given(exports())
def test_reading_gives_the_original_hours(tmp_path_factory, export):
    folder = tmp_path_factory.mktemp("export")
    first = export["all"][0].tz_convert("UTC").floor("h")
    count = int((export["all"][-1].tz_convert("UTC").floor("h") - first) / pd.Timedelta("1h")) + 1
    carbon = write_carbon(folder, f"{first:%Y-%m-%d %H:%M}", count)
    path = folder / "prices.csv"
    path.write_bytes(export["text"].encode())
    refusal = pytest.raises(GeofrontError, match=r"prices\.csv") if may_be_refused(export) else nullcontext()
    real = None
    with suppress(pytest.fail.Exception), refusal:
        real = gf.hours(carbon, prices=path, timezone=export["zone"], usd_per_unit=1.0).isel(region=0)
    event(f"{export['spelling']}: {'refused' if real is None else 'read'}")
    if real is None:
        return
    price, whole = expected(export)
    utc = real.indexes["hour"].tz_localize("UTC")
    wall = export["prices"].index.tz_localize(None)
    # A single ambiguous clock time is not used.
    twice = export["prices"].index.tz_convert("UTC")[_two_fold(wall, export["zone"]) & ~wall.duplicated(keep=False)]
    open_hours = set(twice.floor(export["step"]).floor("h")) if export["bare"] else set()
    for hour, got, filled in zip(utc, real.price.values, real.price_filled.values, strict=True):
        certain = whole.get(hour, False) and hour not in open_hours
        assert filled != certain, hour
        if certain:
            np.testing.assert_allclose(got, price[hour], rtol=1e-12, atol=1e-9)
        else:
            known = export["prices"].dropna()
            assert known.min() - 1e-9 <= got <= known.max() + 1e-9
    assert not filled_beyond(real.price_filled.values)


def filled_beyond(flags):
    """Whether more hours in a row are filled than the limit allows."""
    runs = "".join("1" if flag else " " for flag in flags).split()
    return any(len(run) > 48 for run in runs)


def _two_fold(wall, zone):
    return wall.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward").isna()

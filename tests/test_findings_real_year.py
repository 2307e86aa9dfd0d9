"""Findings about a real year: sentences with the right numbers, and checks that fail on wrong results."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront.quantities.real_year import benefits
from geofront.tables.findings import real_year as findings

YEAR, SOURCE = "Real year", "48 real hours of 2023"
ROWS = [("All", "All demand"), ("Class", "A Fast"), ("Class", "D Slow"), ("Home", "Paris"), ("Home", "Quito")]


def days(**changed) -> pd.DataFrame:
    """Table E1: of 40 USD/MWh, averaged days miss 2 and fitted ones 6; of class D and of Quito they miss most."""
    columns = {
        findings.FITTED: [34.0, 30, 35, 33, 30],
        findings.AVERAGED: [38.0, 39, 30, 35, 36],
        YEAR: [40.0, 40, 36, 38, 50],
        f"{YEAR}, least": [40.0, 39, 36, 37, 47.5],
        f"{YEAR}, most": [40.0, 41, 36, 39, 52.5],
    } | changed
    return pd.DataFrame(columns, pd.MultiIndex.from_tuples(ROWS, names=["By", "Demand"]))


def test_what_typical_days_miss():
    finding = findings.of_typical_days(days(), YEAR, SOURCE, are_real=True)
    assert finding.sentence == (
        "Over 48 real hours of 2023, relocation saves 40.0 USD/MWh. Typical days averaged from these hours show 38.0 "
        "and miss 5.0 % of it; fitted ones show 34.0 and miss 15.0 %. Averaged days miss most per MWh for class D "
        "Slow, and among homes for Quito: 36.0 instead of 50.0 USD/MWh (47.5 to 52.5 at equal cost)."
    )
    assert finding.numbers == {
        "year": SOURCE,
        "benefit_usd_per_mwh": {"fitted": 34, "averaged": 38, "year": 40},
        "missed_percent": {"fitted": pytest.approx(15), "averaged": pytest.approx(5)},
        "most_missed": {"class": "D Slow", "home": "Quito"},
    }
    assert finding.failed == ()


@pytest.mark.parametrize(
    ("changed", "are_real", "wrong"),
    [
        ({findings.AVERAGED: [41.0, 39, 30, 35, 36]}, True, "averaged typical days show more than the year"),
        ({}, False, "averaged typical days miss something of typical hours"),
        ({f"{YEAR}, least": [40.0, 39, 36, 39, 47.5]}, True, "a benefit is below its range"),
        ({f"{YEAR}, most": [40.0, 41, 35, 39, 52.5]}, True, "a benefit is above its range"),
    ],
)
def test_impossible_benefits_are_noticed(changed, are_real, wrong):
    # Widened, so that only what is changed is wrong.
    table = days(**{f"{YEAR}, least": [0.0] * 5, f"{YEAR}, most": [90.0] * 5} | changed)
    assert findings.of_typical_days(table, YEAR, SOURCE, are_real=are_real).failed == (wrong,)


def test_hours_without_any_benefit():
    """As in a world of one region, up to rounding. What rounds to zero has no sign."""
    idle = days(**dict.fromkeys(days(), 0.0) | {YEAR: 1e-15, f"{YEAR}, most": 0.0})
    finding = findings.of_typical_days(idle, YEAR, SOURCE, are_real=True)
    assert finding.sentence == "Over 48 real hours of 2023, relocation saves nothing."
    assert finding.numbers["missed_percent"] == {"fitted": 0, "averaged": 0}
    assert finding.failed == ()
    assert findings.of_extreme_hours(kinds([100, 0, 0, 0], [100, 0, 0, 0], missed=-1e-15), idle, YEAR, 3.0).failed == ()
    nearly = days(**{findings.AVERAGED: [40 + 1e-8, 39, 30, 35, 36]})
    assert "miss 0.0 % of it" in findings.of_typical_days(nearly, YEAR, SOURCE, are_real=True).sentence


def costs(local: float, cheapest: float) -> pd.DataFrame:
    return pd.DataFrame({"cost_per_mwh": [local, cheapest]}, ["local", "cheapest"])


def test_savings_by_price_scope():
    finding = findings.of_price_scopes({"wholesale": costs(100, 60), "delivered": costs(150, 95.5)})
    assert finding.sentence == (
        "Over these hours relocation saves 40.0 of 100.0 USD/MWh by wholesale prices and 54.5 of 150.0 USD/MWh by "
        "delivered prices."
    )
    assert finding.numbers == {"benefit_usd_per_mwh_by_price_scope": {"wholesale": 40, "delivered": 54.5}}


def kinds(hours: list[float], shares: list[float], missed: float = 2.0) -> pd.DataFrame:
    """Table E2: shares of hours and of what is missed by kind, and what is missed of a MWh."""
    names = ["No extreme price anywhere", "Price below zero somewhere", "Spike somewhere", "Both", "Every hour"]
    columns = {"Share of hours": [*hours, 100.0], "Share of what is missed": [*shares, 100.0], "Missed": [missed] * 5}
    return pd.DataFrame(columns, pd.Index(names, name="Prices"))


def test_extreme_hours():
    finding = findings.of_extreme_hours(kinds([60, 10, 25, 5], [35, 15, 40, 10]), days(), YEAR, 3.0)
    assert finding.sentence == (
        "The 40 % of hours in which some region's price is below zero or above 3 times its annual mean account for 65 "
        "% of the missed benefit."
    )
    assert finding.numbers == {"extreme_share_of_hours_percent": 40, "extreme_share_of_missed_percent": 65}
    assert finding.failed == ()


def test_hours_without_extreme_prices():
    table = kinds([100, 0, 0, 0], [np.nan] * 4)
    finding = findings.of_extreme_hours(table, days(), YEAR, 3.0)
    assert finding.sentence == (
        "There is no hour in which some region's price is below zero or above 3 times its annual mean."
    )
    assert finding.numbers == {"extreme_share_of_hours_percent": 0, "extreme_share_of_missed_percent": 0}


def test_a_timetable_that_earns_something_else_is_noticed():
    """Averaged days show 38 of 40 USD/MWh, so the timetable must miss 2."""
    wrong = kinds([60, 10, 25, 5], [35, 15, 40, 10], missed=2.1)
    failed = findings.of_extreme_hours(wrong, days(), YEAR, 3.0).failed
    assert failed == ("the timetable does not earn the benefit of the averaged days",)


def year(blocks: int) -> xr.Dataset:
    hours = pd.date_range("2023-01-01", periods=24 * blocks, freq="h")
    return xr.Dataset(coords={"hour": hours, "block": ("hour", np.repeat(np.arange(blocks), 24))})


def forecast(paid: list[float], expected: float = 95.0, captured: float = 0.9) -> xr.Dataset:
    """By day: the least cost is 100 USD, and a day is expected to cost `expected`."""
    columns = {"paid": paid, "optimum": [100.0] * len(paid), "expected": [expected] * len(paid)}
    dataset = xr.Dataset({name: ("block", values) for name, values in columns.items()})
    return dataset.assign_coords(block=np.arange(len(paid))).assign_attrs(captured=captured)


def test_foresight():
    """Of a regret of 62 USD in twelve days, 4 and 2 are on the two best days, so 56 are on the ten worst."""
    paid = [104.0, 102.0, *[105.0] * 7, 107.0, 108.0, 106.0]
    finding = findings.of_foresight({"yesterday": forecast(paid), "last 7 days": forecast(paid)}, year(12))
    assert finding.sentence == (
        "With yesterday's prices, placements capture 90 % of the benefit. Their expected cost is 9.7 % below their "
        "real cost. The 10 worst days account for 90 % of the regret; the worst are 11 January, 10 January, 12 January."
    )
    assert finding.numbers == {
        "captured_percent": {"yesterday": pytest.approx(90), "last 7 days": pytest.approx(90)},
        "expected_too_low_percent": pytest.approx(100 * (1 - 1140 / 1262)),
        "worst_days_percent_of_regret": pytest.approx(100 * 56 / 62),
    }
    assert finding.failed == ()


def test_foresight_where_nothing_can_be_saved():
    idle = forecast([100.0] * 12, expected=101.0, captured=np.nan)
    finding = findings.of_foresight({"yesterday": idle}, year(12))
    assert finding.sentence == (
        "With yesterday's prices, placements capture no benefit. Their expected cost is 1.0 % above their real cost. "
        "There is no regret."
    )
    assert finding.numbers["captured_percent"] == {"yesterday": None}
    assert finding.numbers["worst_days_percent_of_regret"] is None


def test_foresight_that_is_nearly_perfect():
    """Regret within the tolerance of the solver is none."""
    finding = findings.of_foresight({"yesterday": forecast([100.0, 100 + 1e-5], expected=99.98)}, year(2))
    assert finding.sentence.endswith("Their expected cost is their real cost. There is no regret.")


def test_a_forecast_that_beats_perfect_foresight_is_noticed():
    results = {"yesterday": forecast([105.0] * 12), "last 7 days": forecast([99.0] * 12)}
    assert findings.of_foresight(results, year(12)).failed == ("the forecast 'last 7 days' beats perfect foresight",)


def pays(*saving: float) -> pd.DataFrame:
    """Two months of two regions at noon."""
    index = {"region": ["Paris", "Paris", "Quito", "Quito"], "month": [1, 2, 1, 2], "hour": 12}
    return pd.DataFrame(index | {"saving": saving})


def test_where_importing_saves_most():
    finding = findings.of_imports(pays(20, 60, 5, 2), SOURCE)
    assert finding.sentence == (
        "On average over 48 real hours of 2023, importing load saves most in Paris (40 USD/MWh) and least in Quito "
        "(3.5 USD/MWh). It saves most of all in Paris in February at 12:00 UTC: 60 USD/MWh."
    )
    assert finding.numbers == {"import_saving_usd_per_mwh": {"Paris": 40, "Quito": 3.5}}


def test_importing_that_pays_nowhere():
    assert findings.of_imports(pays(0, 0, 0, 0), SOURCE).sentence == (
        "Over 48 real hours of 2023, importing load saves nothing anywhere."
    )


def test_benefits_of_a_world_of_one_region_add_up():
    """Nothing is saved, and costs that differ by rounding count as equal."""
    local, placement = gf.local(tiny(regions="P")), gf.place(tiny(regions="P"))
    parts = benefits(tiny(regions="P"), placement)
    costlier = local.assign(cost=local.cost * (1 + 2e-16))
    assert findings.benefit_failures({YEAR: parts}, {YEAR: costlier}, {YEAR: placement}) == ()


def test_benefits_that_do_not_add_up_are_noticed():
    scenario = tiny(price={"P": 50, "Q": 20})
    local, placement = gf.local(scenario), gf.place(scenario)
    parts = benefits(scenario, placement)
    given = {"Typical": parts, YEAR: parts * 0.9}
    failed = findings.benefit_failures(given, dict.fromkeys(given, local), dict.fromkeys(given, placement))
    assert failed == ("the parts of Real year do not add up",)

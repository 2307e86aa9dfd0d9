"""Benefit that typical days miss: by home, class and kind of hour, timetables, and savings from imports."""

import numpy as np
import pandas as pd
import pytest
from pictures import texts
from scenarios import tiny

import geofront as gf
from geofront import charts, tables
from geofront.names import HOUR, REGION, TOLERANCE
from geofront.quantities import real_year
from geofront.tables.real_year import ALL, EVERY_HOUR, EXTREME

pytestmark = pytest.mark.slow

REGIONS = ["us-texas", "eu-paris", "jp-tokyo"]
DAYS = 59
"""January and February: two typical days."""


@pytest.fixture(scope="module")
def year():
    """Two months of three regions, with a spike of Texas on one day and negative prices in Tokyo on another."""
    scenario = real_year.first_months(gf.stylized(snapshots="year", regions=REGIONS), 2)
    scenario["price"].loc[{REGION: "us-texas", HOUR: "2023-01-20"}] = 500.0
    scenario["price"].loc[{REGION: "jp-tokyo", HOUR: "2023-02-10"}] = -40.0
    return scenario


@pytest.fixture(scope="module")
def typical(year):
    """The typical days of the same months, averaged from the same hours."""
    whole = gf.stylized(snapshots="year", regions=REGIONS)
    hours = real_year.hours_of(whole)
    hours["price"].loc[{HOUR: year[HOUR].values}] = year.price.values
    scenario = gf.stylized(regions=REGIONS, hours=hours).isel({HOUR: slice(0, 48)})
    return scenario.assign_coords(weight=(HOUR, np.repeat([31.0, 28.0], 24))).assign(capacity=year.capacity)


@pytest.fixture(scope="module")
def placements(year, typical):
    return {"typical": gf.place(typical), "year": gf.place(year), "local": gf.local(year)}


@pytest.fixture(scope="module")
def by_kind(year, typical, placements):
    repeated = gf.evaluate(year, real_year.timetable(year, typical, placements["typical"]))
    return real_year.missed_by_kind(year, placements["local"], placements["year"], repeated)


@pytest.fixture(scope="module")
def table(year, typical, placements):
    benefit = real_year.benefits(typical, placements["typical"])
    return tables.typical_days(
        year,
        {
            "Fitted typical days": benefit,
            "Averaged typical days": benefit,
            "Real year": real_year.benefits(year, placements["year"]),
        },
    )


def test_benefits_by_hand():
    """Client a moves 6 of its 10 MW to Q and saves 30 less 2 USD/MWh; b is at home where it is cheap."""
    scenario = tiny(
        clients={"a": "P", "b": "Q"}, price={"P": 50, "Q": 20}, overhead_cost=2, capacity={"P": 100, "Q": 16}
    )
    benefit = real_year.benefits(scenario, gf.place(scenario))
    assert benefit.benefit.sel(workload="A").to_series().tolist() == pytest.approx([6 * 28, 0])
    assert benefit.demand.sum("workload").to_series().to_dict() == {"P": 10, "Q": 10}
    assert benefit.benefit.attrs["units"] == "USD/yr"


def test_benefits_share_warm_up_and_add_up(year, placements):
    benefit = real_year.benefits(year, placements["year"])
    saved = gf.totals(placements["local"]).cost - gf.totals(placements["year"]).cost
    assert gf.totals(placements["year"])["warmup_cost"] > 0
    assert float(benefit.benefit.sum()) == pytest.approx(saved, rel=1e-9)
    assert float(benefit.demand.sum()) == pytest.approx(gf.totals(placements["year"]).demand_mwh)


def test_benefits_count_the_carbon_price_and_frictions_of_the_placement(year):
    day = year.isel({HOUR: slice(0, 24)})
    placement = gf.place(day, carbon_price=80.0, frictions=("egress", "capacity"))
    saved = gf.totals(gf.local(day, carbon_price=80.0)).cost - gf.totals(placement).cost
    assert float(real_year.benefits(day, placement).benefit.sum()) == pytest.approx(saved, rel=1e-9)


def test_timetable_repeats_the_typical_day_and_earns_its_benefit(year, typical, placements, by_kind):
    flow = real_year.timetable(year, typical, placements["typical"])
    np.testing.assert_allclose(flow.sum(REGION), year.demand, rtol=1e-9)
    first, other = flow.isel({HOUR: slice(0, 24)}), flow.isel({HOUR: slice(24 * 12, 24 * 13)})
    np.testing.assert_allclose(first.values, other.values, atol=1e-6)
    said = gf.totals(gf.local(typical)).cost - gf.totals(placements["typical"]).cost
    assert (by_kind.benefit - by_kind.missed).sum() == pytest.approx(said, rel=1e-3)


def test_timetable_keeps_demand_at_home_that_the_typical_day_does_not_have(year, typical, placements):
    client = typical.client.values[0]
    idle, placed = typical.copy(), placements["typical"].copy()
    idle["demand"] = typical.demand.where(typical.client != client, 0.0)
    placed["flow"] = placed.flow.where(placed.client != client, 0.0)
    flow = real_year.timetable(year, idle, placed).sel(client=client)
    np.testing.assert_allclose(flow.sel({REGION: year.home.sel(client=client).item()}), year.demand.sel(client=client))


def test_timetable_needs_every_month(year, typical, placements):
    january = typical.isel({HOUR: slice(0, 24)})
    with pytest.raises(gf.GeofrontError, match=r"typical days lack .*\(2, 0\)"):
        real_year.timetable(year, january, placements["typical"].isel({HOUR: slice(0, 24)}))


def test_kinds_of_hours_by_hand():
    price = [[50.0, 50, 50, 50, 50, 350], [20.0, -1, 20, 20, 20, -1]]
    scenario = tiny(hours=6, price=np.array(price))
    assert real_year.kind_of_hour(scenario).values.tolist() == [
        "ordinary",
        "negative price",
        "ordinary",
        "ordinary",
        "ordinary",
        "both",
    ]
    assert real_year.kind_of_hour(scenario, spike=4.0).values[-1] == "negative price"


def test_what_is_missed_is_missed_in_extreme_hours(year, by_kind):
    assert by_kind.hours.to_dict() == {"ordinary": 24 * (DAYS - 2), "negative price": 24, "spike": 24, "both": 0}
    assert by_kind.missed.sum() > 0
    table = tables.kinds_of_hours(by_kind)
    extreme = table.loc[EXTREME].sum()
    assert extreme["Share of what is missed"] > 2 * extreme["Share of hours"]
    assert table.loc[EVERY_HOUR, ["Share of hours", "Share of what is missed"]].tolist() == pytest.approx([100, 100])
    assert np.isnan(table.loc["Both", "Missed"])
    assert set(table.attrs["units"]) == set(table.attrs["digits"]) == set(table)


def test_typical_days_never_show_more_than_the_year(table):
    assert table.loc[("All", ALL), "Missed by averaged typical days"] >= -TOLERANCE
    missed = table["Real year"] - table["Averaged typical days"]
    assert table["Missed by averaged typical days"].to_numpy() == pytest.approx(missed.to_numpy())


def test_classes_and_homes_each_add_up_to_all(table):
    for part in ("Class", "Home"):
        rows = table.loc[part]
        assert rows["Share of demand"].sum() == pytest.approx(100)
        mean = (rows["Real year"] * rows["Share of demand"]).sum() / 100
        assert mean == pytest.approx(table.loc[("All", ALL), "Real year"])
    assert table.loc["Home", "Share of demand"].is_monotonic_decreasing
    assert set(table.attrs["units"]) == set(table.attrs["digits"]) == set(table)


def test_import_saving_by_hand():
    """All of P's demand may run in Q and saves 30 - 2; only the 80 % that is not pinned counts in the mean."""
    scenario = tiny(
        clients={"a": "P"}, hours=2, price=np.array([[50.0, 10.0], [20.0, 20.0]]), overhead_cost=2, pinned_share=0.2
    )
    saving = real_year.import_saving(scenario)
    assert saving.sel({REGION: "Q"}).values.tolist() == pytest.approx([28, 0])
    assert saving.sel({REGION: "P"}).values.tolist() == [0, 0]
    assert saving.attrs["units"] == "USD/MWh"


def test_import_saving_weighs_the_demand_that_may_come():
    """Of a's 10 MW all may run in Q, of b's only the 40 % that no law keeps away."""
    scenario = tiny(
        clients={"a": "P", "b": "R"},
        regions="PQR",
        price={"P": 50, "Q": 20, "R": 90},
        regulated_share={"a": 0.0, "b": 0.6},
        lawful=False,
    )
    assert real_year.import_saving(scenario).sel({REGION: "Q"}).item() == pytest.approx((10 * 30 + 4 * 70) / 14)
    free = real_year.import_saving(scenario, frictions=())
    assert free.sel({REGION: "Q"}).item() == pytest.approx((30 + 70) / 2)


def test_importing_is_averaged_over_days_and_sorted(year):
    saving = real_year.import_saving(year)
    frame = tables.when_importing_pays(year, saving)
    assert len(frame) == len(REGIONS) * 2 * 24
    assert set(frame.month) == {1, 2}
    means = frame.groupby("region", sort=False).saving.mean()
    assert means.is_monotonic_decreasing
    january = saving.sel({REGION: "us-texas", HOUR: "2023-01"}).to_series()
    cell = frame[(frame.region == "Dallas") & (frame.month == 1) & (frame.hour == 5)]
    assert cell.saving.item() == pytest.approx(january[january.index.hour == 5].mean())
    assert charts.pays_heatmap(frame, "saving").to_dict()["title"]["text"].endswith("[USD/MWh]")


def test_chart_has_a_row_for_each_class_and_home_and_legible_text(table):
    spec = charts.typical_days(table).to_dict()
    written, (width, height) = texts(spec)
    words = {text.words for text in written}
    assert {*table.index.get_level_values("Demand"), "Benefit missed [USD/MWh]", "Averaged typical days"} <= words
    once = list({(text.words, round(text.left), round(text.top)): text for text in written}.values())
    assert [(a.words, b.words) for i, a in enumerate(once) for b in once[:i] if a.overlap(b) > 1] == []
    assert all(text.left > -1 and text.right < width + 1 and text.bottom < height + 1 for text in once)
    assert "Benefit missed" in spec["description"]


def test_chart_refuses_a_table_without_rows(table):
    with pytest.raises(gf.GeofrontError, match="table: the table has no rows"):
        charts.typical_days(table.iloc[:0])


def test_hours_of_a_year_make_the_same_year(year):
    hours = real_year.hours_of(gf.stylized(snapshots="year", regions=REGIONS, carbon_signal="average"))
    again = gf.stylized(snapshots="year", regions=REGIONS, carbon_signal="average", hours=hours)
    first = gf.stylized(snapshots="year", regions=REGIONS, carbon_signal="average")
    pd.testing.assert_series_equal(again.price.to_series(), first.price.to_series())
    pd.testing.assert_series_equal(again.carbon.to_series(), first.carbon.to_series())


@pytest.mark.parametrize("months", [0, 13])
def test_first_months_are_part_of_a_year(months, year):
    with pytest.raises(gf.GeofrontError, match=f"months={months} is not a number of months"):
        real_year.first_months(year, months)


def test_benefits_of_homes_that_exchange_destinations_are_ranges():
    """10 MW each at P and Q for 60 USD; R holds 10 MW for 20 USD and S 10 for 30. Either home may take R."""
    scenario = tiny(
        regions="PQRS",
        services="PQ",
        clients={"a": "P", "b": "Q"},
        workloads="AB",
        demand={"a": {"A": 10, "B": 0}, "b": {"A": 10, "B": 0}},
        price={"P": 60, "Q": 60, "R": 20, "S": 30},
        capacity={"P": 20, "Q": 20, "R": 10, "S": 10},
    )
    placement = gf.place(scenario)
    ranges = real_year.benefit_ranges(scenario, placement)
    assert ranges.home_least.values == pytest.approx([300, 300])
    assert ranges.home_most.values == pytest.approx([400, 400])
    assert ranges.class_least.values == pytest.approx([700, 0])
    assert ranges.class_most.values == pytest.approx([700, 0])


def test_ranges_of_benefits_contain_those_of_the_placement(year, placements, table):
    ranges = real_year.benefit_ranges(year, placements["year"])
    benefit = real_year.benefits(year, placements["year"]).benefit
    small = TOLERANCE * float(benefit.sum())
    for name, sums in (("home", benefit.sum("workload")), ("class", benefit.sum("service"))):
        assert (ranges[f"{name}_least"] <= sums + small).all()
        assert (sums <= ranges[f"{name}_most"] + small).all()
    named = {
        "Typical": real_year.benefits(year, placements["year"]),
        "Year": real_year.benefits(year, placements["year"]),
    }
    with_ranges = tables.typical_days(year, named, ranges)
    assert (with_ranges["Year, least"] <= with_ranges["Year"] + TOLERANCE).all()
    assert (with_ranges["Year"] <= with_ranges["Year, most"] + TOLERANCE).all()
    assert with_ranges.attrs["units"]["Year, most"] == "USD/MWh"
    assert len(with_ranges.loc["Home"]) == len(table.loc["Home"])

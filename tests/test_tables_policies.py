"""Table 6 and the tables of carbon signals: results in readable units."""

import numpy as np
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront.quantities.policies import COLUMNS, Column
from geofront.quantities.signals import placements_by_signal, ranges_by_signal
from geofront.tables import energy_oriented, frontier_by_signal, policies, show, signals
from geofront.tables.cells import rounded
from geofront.tables.policies import more_or_less, span

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scenarios():
    """Home P; Q is cheap, and clean by one of the signals only."""
    carbon = {"marginal": {"P": 500, "Q": 100}, "average": {"P": 500, "Q": 600}}
    return {
        signal: tiny(price={"P": 50, "Q": 20}, carbon=of_region, pinned_share=0.2)
        for signal, of_region in carbon.items()
    }


def test_policies_are_listed_under_every_signal_in_per_cent(scenarios):
    placed = placements_by_signal(scenarios, carbon_prices=[50])
    table = policies({signal: gf.policies(scenarios[signal], placed[signal]) for signal in scenarios})
    assert table.index.names == ["Carbon signal", "Policy"]
    assert list(table.index.unique("Carbon signal")) == ["Marginal carbon (MOER)", "Average carbon"]
    cheapest = table.xs("cheapest", level="Policy")
    assert cheapest["Cost"].tolist() == pytest.approx([26, 26])
    assert cheapest["Cost against local"].tolist() == pytest.approx([-48, -48])
    assert cheapest["Emissions against local"].tolist() == pytest.approx([-64, 16])
    assert cheapest["Local"].tolist() == pytest.approx([20, 20])
    assert (table[["Local", "Regional", "Energy-oriented"]].sum(axis=1) - 100).abs().max() < 1e-9
    assert set(table.attrs["units"]) == set(table.attrs["digits"]) == set(table)
    assert "[USD/MWh]" in repr(show(table))


def test_shares_that_differ_at_equal_cost_are_ranges():
    """P's and Q's 10 MW fill R, near to P only, and S; either may take R, so that 0 to 50 % are regional."""
    rtt = {"P": {"P": 2, "Q": 300, "R": 50, "S": 150}, "Q": {"P": 300, "Q": 2, "R": 150, "S": 150}}
    scenario = tiny(
        regions="PQRS",
        services="PQ",
        clients={"a": "P", "b": "Q"},
        rtt=rtt,
        price={"P": 60, "Q": 60, "R": 20, "S": 30},
        capacity={"P": 20, "Q": 20, "R": 10, "S": 10},
    )
    placed = placements_by_signal({"marginal": scenario, "ifi": scenario}, carbon_prices=[])
    ranges = ranges_by_signal({"marginal": scenario, "ifi": scenario}, placed)
    table = policies({signal: gf.policies(scenario, each) for signal, each in placed.items()}, ranges)
    cheapest = table.xs("cheapest", level="Policy")
    assert cheapest["Regional"].tolist() == ["0–50"] * 2
    assert cheapest["Energy-oriented"].tolist() == ["50–100"] * 2
    assert cheapest["Mean latency added"].tolist() == ["98–148"] * 2
    assert cheapest["Local"].tolist() == pytest.approx([0, 0])
    assert table.xs("local", level="Policy")["Regional"].tolist() == ["0"] * 2


def test_energy_oriented_shares_are_ranges_by_definition():
    shares = xr.Dataset(
        {
            "least": (("definition", "workload"), [[0.1, np.nan]]),
            "most": (("definition", "workload"), [[0.304, np.nan]]),
        },
        {"definition": ["by cause"], "workload": ["A", "B"]},
    )
    table = energy_oriented(tiny(workloads="AB"), shares)
    assert table.loc["by cause"].tolist() == ["10–30", "–"]
    assert list(table.attrs["units"].values()) == ["%", "%"]


def test_a_further_column_is_one_entry_from_which_unit_order_and_heading_follow(scenarios, monkeypatch):
    """At home 10 MW run at 50 USD/MWh, away 8 of them at 20."""
    monkeypatch.setitem(
        COLUMNS, "saved", Column("USD/MWh", lambda it: it.baseline.cost_per_mwh - it.totals.cost_per_mwh, "Saving", 2)
    )
    table = policies({"marginal": gf.policies(scenarios["marginal"], carbon_prices=[])})
    assert list(table)[-1] == "Saving"
    assert table.xs("cheapest", level="Policy")["Saving"].item() == pytest.approx(24)
    assert (table.attrs["units"]["Saving"], table.attrs["digits"]["Saving"]) == ("USD/MWh", 2)


def test_each_signal_judges_the_cleanest_placement_of_each(scenarios):
    table = signals(gf.signal_comparison(scenarios))
    assert table.index.tolist() == ["Marginal carbon (MOER)", "Average carbon"]
    assert table["Emissions, marginal"].tolist() == pytest.approx([-64, 0])
    assert table["Emissions, average"].tolist() == pytest.approx([16, 0])
    assert table["Cost"].tolist() == pytest.approx([26, 50])


def test_every_signal_judges_the_frontier(scenarios):
    scenario = scenarios["average"]
    tight, loose = (
        gf.place(scenario.assign(latency_budget=scenario.latency_budget * 0 + budget)) for budget in (20.0, 100.0)
    )
    table = frontier_by_signal(scenarios, {"20 ms": tight, "100 ms": loose})
    assert table["Cost"].tolist() == pytest.approx([50, 26])
    assert table["Emissions, marginal"].tolist() == pytest.approx([500, 180])
    assert table["Change, marginal"].tolist() == pytest.approx([0, -64])
    assert table["Emissions, average"].tolist() == pytest.approx([500, 580])
    assert table["Change, average"].tolist() == pytest.approx([0, 16])
    assert set(table.attrs["units"]) == set(table.attrs["digits"]) == set(table)


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (3.14, "3.1 % more"),
        (-0.25, "0.2 % less"),
        (0.0, "0.0 % more"),
        (-0.04, "0.0 % more"),
        (float("nan"), "neither more nor less"),
    ],
)
def test_changes_as_sentences(percent, words):
    assert more_or_less(percent) == words


def test_numbers_of_sentences_are_rounded_before_their_sign():
    assert [rounded(-0.04, 1), rounded(-0.04, 1, "+"), rounded(0.06, 1, "+")] == ["0.0", "0.0", "+0.1"]
    assert [rounded(-1234.5, 1), rounded(7, 0), rounded(float("nan"), 1)] == ["−1,234.5", "7", "–"]


def test_ranges_of_sentences():
    assert [span(2.6, 3.4), span(2.4, 3.4), span(2.4, 3.4, 1, " to ")] == ["3", "2–3", "2.4 to 3.4"]

"""Findings about published studies: rows, sentences with the right numbers, and checks that fail on wrong results."""

from types import SimpleNamespace

import pandas as pd
import pytest
import xarray as xr

from geofront import tables
from geofront.tables.findings import peers as findings


def placed(greedy: float, least: float, moved: tuple[float, float] = (0.9, 0.5)) -> pd.DataFrame:
    columns = {"carbon_per_mwh": [greedy, least], "relocated_share": moved}
    return pd.DataFrame(columns, ["greedy", "least"])


def frontier(budgets: list[float], emissions: list[float]) -> xr.Dataset:
    return xr.Dataset({"carbon_per_mwh": ("budget", emissions)}, {"budget": budgets})


COMPARED = {(50, 10): placed(300, 300), (50, 100): placed(220, 200), (99, 100): placed(150, 150)}
FRONTIERS = {50: frontier([0, 10, 60], [310, 300, 200]), 99: frontier([0, 60], [310, 150])}


def test_worst_greedy_placement():
    finding = findings.greedy(COMPARED, FRONTIERS)
    assert finding.sentence == (
        "The greedy placement emits up to 10.00 % more than the optimum, at 100 ms and 50 % idle capacity. It moves 90 "
        "% of the load, and the optimum only 50 %. At 99 % idle capacity no zone fills up, and greedy is optimal. Each "
        "frontier is exact: it has all 3 round trips at which it can change."
    )
    assert finding.numbers == {
        "greedy_excess_percent": pytest.approx(10),
        "greedy_excess_at_ms": 100,
        "greedy_excess_at_idle_percent": 50,
        "greedy_emissions_g_per_kwh": 220,
        "least_emissions_g_per_kwh": 200,
        "greedy_moved_percent": pytest.approx(90),
        "least_moved_percent": pytest.approx(50),
        "frontier_breakpoints": {"50": 3, "99": 2},
    }
    assert finding.failed == ()


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({(50, 10): placed(299, 300)}, "greedy emits less than the least emissions"),
        ({(99, 100): placed(151, 150)}, "greedy is not optimal at 99 % idle capacity"),
        ({(50, 100): placed(220, 199)}, "the frontier of 50 % idle capacity misses the optimum at 100 ms"),
    ],
)
def test_wrong_emissions_are_noticed(changed, wrong):
    assert findings.greedy(COMPARED | changed, FRONTIERS).failed == (wrong,)


def replays(*, greedy=300.0, saving=40.0, price=1000.0, closest=1500.0) -> pd.DataFrame:
    """Table E4 of studies with one value of each kind: 300 and 40 g/kWh, 1000 USD, and a row that is wrong."""
    eurosys = SimpleNamespace(emissions=pd.DataFrame({50: [300.0]}, [10]), savings={"global": 40.0})
    published = {"least price": 1000.0 * (1 + 4e-10), "price of closest connection": 1200.0}
    rows = findings.eurosys_rows(
        eurosys, {(50, 10): placed(greedy, 280)}, {(50, 10): 1e-9}, {"global": saving}, {"global": 0.0}
    )
    rows += findings.equity_rows(
        SimpleNamespace(published=published), {"least price": price}, {"least price": 1e-8}, closest
    )
    return tables.replays(rows)


def test_rows_hold_both_values_and_the_certificate_of_an_optimum():
    table = replays()
    assert table.index.tolist() == [
        ("EuroSys'24", "Greedy placement", "50 % idle, 10 ms"),
        ("EuroSys'24", "Least emissions", "50 % idle, 10 ms"),
        ("EuroSys'24", "Saving of one migration", "global"),
        ("Equitable AI", "Optimum", "Least price"),
        ("Equitable AI", "Electricity cost", "Closest connection"),
    ]
    assert table["Published"].tolist() == pytest.approx([300, 300, 40, 1000, 1200])
    assert table["geofront"].tolist() == [300, 280, 40, 1000, 1500]
    assert table["Unit"].tolist() == ["g/kWh"] * 3 + ["USD"] * 2
    assert table["Certificate"].dropna().tolist() == ["gap < 1e-9", "gap < 1e-12", "gap < 1e-8"]
    assert table["Certificate"].isna().tolist() == [True, False, False, False, True]


def test_replayed_results_are_counted():
    """The row of Closest Connection and least emissions, which the study does not have, do not count."""
    finding = findings.replayed(replays())
    assert finding.sentence.startswith(
        "All 3 published results that geofront can replay are reproduced: 1 of the greedy placement and 1 of one "
        "migration to the last digits, 1 of Equitable AI within 4e-10 of their value."
    )
    assert finding.sentence.endswith("electricity costs 1,500 USD instead of 1,200.")
    assert finding.numbers == {
        "greedy_values": 1,
        "migration_values": 1,
        "equity_values": 1,
        "equity_largest_difference": 4e-10,
        "closest_connection_usd": 1500,
        "closest_connection_published_usd": 1200,
    }
    assert finding.failed == ()


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"greedy": 300.001}, ["a published result is not reproduced: greedy"]),
        ({"saving": 39.99}, ["a published result is not reproduced: migration"]),
        ({"price": 999.0}, ["a published result is not reproduced: equity"]),
        ({"price": 1000 * (1 + 5e-10)}, ["a published optimum is below the proved one"]),
    ],
)
def test_results_that_are_not_reproduced_are_noticed(changed, wrong):
    assert list(findings.replayed(replays(**changed)).failed) == wrong

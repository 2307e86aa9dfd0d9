"""Findings about capacity that is built or stands: savings, crossing, worth of a MW and checks."""

import pytest
import xarray as xr

from geofront.tables.findings import investment as findings

BUILDING, EQUIPPED = 1e6, 3e6


def investment(in_capital=(20.0, 40.0, 60.0), in_operation=50.0, live=(900.0, 800.0, 700.0), moved=(0.6, 0.55, 0.5)):
    """What relocation saves at three capital costs, if 500 MW run in each of two regions at home."""
    by_cost, by_region = ("capital_cost",), ("capital_cost", "region")
    return xr.Dataset(
        {
            "energy_benefit": (by_cost, 3 * [in_operation]),
            "capital_benefit": (by_cost, list(in_capital)),
            "relocated_share": (by_cost, list(moved)),
            "live": (by_region, [[each, 0.0] for each in live]),
            "local_live": (by_region, 3 * [[500.0, 500.0]]),
            "rent": (by_region, 3 * [[4.5e5, 1e5]]),
            "cost": (by_cost, 3 * [90.0]),
            "local_cost": (by_cost, 3 * [100.0]),
            "gap": (by_cost, 3 * [0.0]),
        },
        {"capital_cost": [BUILDING, 2e6, EQUIPPED], "region": ["p", "q"]},
    )


def test_pooling_beats_arbitrage_above_the_crossing():
    """Capital less operation is −30, −10 and 10 USD/MWh at 1, 2 and 3 million: zero at 2.5 million."""
    found = findings.greenfield(investment(), BUILDING, EQUIPPED)
    assert found.sentence == (
        "If everything has to be built with machines, at 3.0 million USD per MW and year, relocation saves 50 USD/MWh "
        "in operation and 60 in capital: pooling across time zones needs 700 instead of 1,000 MW. For the building "
        "alone, at 1.0 million, it is 50 and 20. Pooling saves more than arbitrage above about 2.5 million USD per MW "
        "and year. From the lowest to the highest capital cost, the relocated share goes from 60 to 50 %."
    )
    assert found.numbers["greenfield"]["building"] == {"energy_usd_per_mwh": 50, "capital_usd_per_mwh": 20}
    assert found.numbers["capacity_mw"] == {"local": 1000, "pooled": 700}
    assert found.numbers["pooling_wins_above_million_usd_per_mw_yr"] == pytest.approx(2.5)
    assert found.failed == ()


@pytest.mark.parametrize(
    ("in_capital", "shown"),
    [
        ((51.0, 52.0, 53.0), "Pooling saves more than arbitrage at every capital cost."),
        ((-0.1, -2.0, -7.4), "Arbitrage saves more than pooling at every capital cost."),
        ((60.0, 50.0, 40.0), "Neither pooling nor arbitrage saves more at every capital cost."),
    ],
)
def test_savings_that_do_not_cross(in_capital, shown):
    found = findings.greenfield(investment(in_capital), BUILDING, EQUIPPED)
    assert shown in found.sentence
    assert "pooling_wins_above_million_usd_per_mw_yr" not in found.numbers


def test_relocation_that_pools_nothing():
    """Relocated execution needs more capacity, which costs more; shares do not change."""
    found = findings.greenfield(
        investment((-0.04, -2.0, -7.4), live=(1000.0, 1010.0, 1020.0), moved=3 * [0.76]), BUILDING, EQUIPPED
    )
    assert "and −7 in capital: relocation needs 1,020 instead of 1,000 MW." in found.sentence
    assert "it is 50 and 0. Arbitrage" in found.sentence
    assert found.sentence.endswith("the relocated share stays at 76 %.")
    alike = findings.greenfield(investment(live=3 * [1000.0]), BUILDING, EQUIPPED)
    assert "relocation needs as much capacity as execution at home, 1,000 MW." in alike.sentence


def test_one_more_mw_is_worth_less_than_its_building():
    found = findings.standing(investment(in_operation=43.4), investment(in_operation=27.2), BUILDING)
    assert found.sentence == (
        "Where today's capacity stands, relocation saves 43.4 USD/MWh, of operation only, and 27.2 if all of it is "
        "always on. One more MW is worth at most 0.45 million USD a year, less than its building: nobody builds to "
        "chase prices."
    )
    assert found.numbers == {
        "stands_usd_per_mwh": 43.4,
        "always_on_usd_per_mwh": 27.2,
        "largest_rent_million_usd_per_mw_yr": pytest.approx(0.45),
    }
    assert found.failed == ()


def test_one_more_mw_is_worth_its_building():
    scarce = investment().assign(rent=2 * investment().rent + BUILDING)
    found = findings.standing(scarce, investment(), BUILDING)
    assert found.sentence.endswith("at most 1.90 million USD a year, more than its building.")


def test_wrong_results_are_noticed():
    wrong = investment().assign(cost=investment().cost + 11, gap=investment().gap - 1e-3)
    both = ("a result is not proved", "relocation costs more than home")
    assert findings.greenfield(wrong, BUILDING, EQUIPPED).failed == both
    assert findings.standing(wrong, investment(), BUILDING).failed == both
    assert findings.standing(investment(), wrong, BUILDING).failed == both

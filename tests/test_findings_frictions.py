"""Findings about frictions: sentences with the right numbers, and checks that fail on wrong results."""

import pandas as pd
import pytest
from scenarios import tiny

import geofront as gf
from geofront.tables.findings import frictions as findings

TWO = ("locality", "capacity")


def divided(frictions=gf.FRICTIONS, **values):
    """Of 10 MW 80 % may move and Q has room for 6; moving saves 30 of 50 USD/MWh, less other costs.

    Without these the benefit is 24 with locality, 18 with capacity and with both.
    """
    given = {"price": {"P": 50, "Q": 20}, "pinned_share": 0.2, "capacity": {"P": 10, "Q": 6}}
    return gf.friction_losses(tiny(**given | values), frictions=frictions)


@pytest.fixture(scope="module")
def two():
    return divided(TWO)


@pytest.fixture(scope="module")
def every():
    """With 2 USD of other costs, all frictions leave 16.8."""
    return divided(overhead_cost=2)


def test_loss_to_all_frictions(every):
    finding = findings.loss(every, 50.0)
    assert finding.sentence.startswith(
        "Without frictions, relocation would save 30.0 of 50.0 USD/MWh; with all frictions it saves 16.8: frictions "
        "take 44 % of the benefit. On average over all orders capacity takes the largest part of this loss ("
    )
    assert finding.sentence.endswith(" the smallest (0 %).")
    assert finding.numbers["loss_usd_per_mwh"] == pytest.approx(13.2)
    assert sum(finding.numbers["shapley_percent_of_loss"].values()) == pytest.approx(100)
    assert finding.failed == ()


def test_names_of_frictions_are_readable(every):
    """Law instead of legal."""
    share = every.shapley.to_series().sort_values()
    most = every.assign(shapley=("friction", [share.iloc[-1] if name == "legal" else 0.1 for name in gf.FRICTIONS]))
    assert "On average over all orders law takes the largest part" in findings.loss(most, 50.0).sentence


def test_loss_to_two_frictions(two):
    """Their Shapley values are (6 + 0) / 2 and (12 + 6) / 2."""
    finding = findings.loss(two, 50.0)
    assert finding.sentence == (
        "Without frictions, relocation would save 30.0 of 50.0 USD/MWh; with these frictions it saves 18.0: frictions "
        "take 40 % of the benefit. On average over all orders capacity takes the larger part of this loss (75 %), then "
        "locality (25 %)."
    )
    assert finding.numbers["shapley_usd_per_mwh"] == pytest.approx({"capacity": 9, "locality": 3})


def test_loss_to_one_friction_has_no_ranking():
    assert findings.loss(divided(["capacity"]), 50.0).sentence == (
        "Without frictions, relocation would save 30.0 of 50.0 USD/MWh; with these frictions it saves 18.0: frictions "
        "take 40 % of the benefit."
    )


def test_frictions_that_take_nothing():
    finding = findings.loss(divided(TWO, price=50), 50.0)
    assert finding.sentence == (
        "Without frictions, relocation would save 0.0 of 50.0 USD/MWh; with these frictions it saves 0.0: frictions "
        "take nothing."
    )
    assert finding.numbers["loss_percent_of_benefit"] == 0
    assert set(finding.numbers["shapley_percent_of_loss"].values()) == {0}
    assert finding.failed == ()


def test_wrong_parts_of_the_loss_are_noticed(two):
    wrong = two.assign(marginal=-two.marginal, shapley=2 * two.shapley, cumulative=0 * two["cumulative"])
    assert findings.loss(wrong, 50.0).failed == (
        "some friction gives benefit back",
        "the Shapley values do not add up to the loss",
        "the losses in order do not add up to the loss",
    )


def test_overlap(two):
    """Alone they take 6 and 12, of which removing the one gives back 0 and the other 6."""
    finding = findings.overlap(two)
    assert finding.sentence == (
        "The losses to single frictions add up to 18.0 USD/MWh, these frictions together take 12.0, and the gains from "
        "removing one at a time add up to 6.0: often several frictions keep the same demand at home."
    )
    assert finding.numbers == pytest.approx({"sum_alone_usd_per_mwh": 18, "sum_removed_usd_per_mwh": 6})


def test_no_overlap_of_a_single_friction():
    assert findings.overlap(divided(["capacity"])).sentence.endswith("add up to 12.0.")


def costs(local: float, none: float, every: float) -> pd.DataFrame:
    return pd.DataFrame({"cost_per_mwh": {"local": local, "none": none, "all": every}})


def test_savings_by_price_scope(two):
    by_scope = {"wholesale": costs(50, 20, 32), "delivered": costs(80, 45, 60.04)}
    finding = findings.by_price_scope(by_scope, two, "wholesale")
    assert finding.sentence == (
        "By wholesale prices relocation saves 30.0 USD/MWh without frictions and 18.0 of 50.0 with these; by delivered "
        "prices relocation saves 35.0 USD/MWh without frictions and 20.0 of 80.0 with these."
    )
    saved = finding.numbers["benefit_usd_per_mwh_by_price_scope"]
    assert saved["delivered"] == pytest.approx({"none": 35, "all": 19.96})
    assert finding.failed == ()


def test_savings_that_differ_from_the_losses_are_noticed(two):
    finding = findings.by_price_scope({"wholesale": costs(50, 20, 33)}, two, "wholesale")
    assert finding.failed == ("the saving by wholesale prices is not the benefit with frictions",)

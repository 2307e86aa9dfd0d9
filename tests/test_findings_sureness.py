"""Findings about the certainty of results: sentences with the right numbers, and checks that fail on wrong results."""

import pandas as pd
import pytest

from geofront import charts
from geofront.tables.ensemble import short_names
from geofront.tables.findings import sureness as findings

COST, CARBON, LOSS = ("cheapest_cost_change", ""), ("cheapest_carbon_change", "marginal"), ("friction_loss", "")
PERCENTILES = ["p5", "p25", "p50", "p75", "p95"]


def bands(**changed) -> pd.DataFrame:
    """Three headlines in per cent with their default and five percentiles; only the first default is unusual."""
    rows = {
        "cheapest_cost_change": (*COST, -39.4, -40.6, -30, -25, -20, -0.4, False),
        "cheapest_carbon_change": (*CARBON, -0.04, -0.3, -0.2, 0, 1.6, 2.6, True),
        "friction_loss": (*LOSS, 41, 29, 35, 40, 45, 59, True),
    } | changed
    table = pd.DataFrame(list(rows.values()), columns=["outcome", "of", "default", *PERCENTILES, "usual"])
    return table.assign(title=table.outcome, units="%").set_index(["outcome", "of"])


def test_bands_are_rounded_before_their_sign():
    finding = findings.of_bands(bands(), 1024)
    assert finding.sentence == (
        "In 1,024 worlds the cheapest placement changes cost by −41 to 0 % (5 to 95 % of worlds; default −39 %), "
        "emissions by the marginal signal by 0 to +3 % (default 0.0 %), and frictions take 29 to 59 % of the benefit "
        "(default 41 %). The default lies outside the middle half of worlds for 1 of 3 numbers."
    )
    assert finding.numbers["unusual_defaults"] == 1
    assert finding.numbers["numbers_with_bands"] == 3
    assert finding.numbers["bands"]["cheapest_carbon_change"]["marginal"]["p95"] == 2.6
    assert finding.failed == ()


def test_swapped_percentiles_are_noticed():
    swapped = bands(cheapest_carbon_change=(*CARBON, -1, -2, 1, 0, 2, 3, True), friction_loss=(*LOSS, *[41] * 6, True))
    failed = findings.of_bands(swapped, 8).failed
    assert failed == ("percentiles of cheapest_carbon_change, marginal are out of order",)


def claims(**shares: float) -> pd.DataFrame:
    rows = [
        {
            "claim": name,
            "finding": 1,
            "sentence": f"{name.capitalize()} holds.",
            "question": f"Does {name} hold?",
            "default": True,
            "share": share,
            "standard_error": 0.02,
            "worlds": 500,
            "fails_where": "",
        }
        for name, share in shares.items()
    ]
    return pd.DataFrame(rows).set_index("claim")


def test_doubtful_claims_are_listed():
    finding = findings.of_claims(claims(a=0.95, b=0.9, c=0.7, d=0.66, e=0.001))
    assert finding.sentence == (
        "Of 5 claims 2 hold in nine worlds of ten or more, and 2 in fewer than two thirds: "
        "D holds (66 ± 2 %); E holds (1 ± 2 %)."
    )
    assert finding.numbers["claims"]["c"] == {"percent": pytest.approx(70), "standard_error_percent": 2}
    assert finding.numbers["claims_in_fewer_than_two_thirds"] == 2
    assert finding.numbers["sure"]["b"] == "B holds: in 90 % of 500 worlds."
    assert finding.numbers["sure"]["d"] == "Does d hold? In 66 % of 500 worlds."


def test_one_sure_claim_and_none_that_is_doubtful():
    sentence = findings.of_claims(claims(a=1.0, b=0.8)).sentence
    assert sentence == "Of 2 claims 1 holds in nine worlds of ten or more, and none in fewer than two thirds."


def test_a_share_above_one_is_noticed():
    assert findings.of_claims(claims(a=0.5, b=1.2)).failed == ("the share of b is no share",)


def indices(**total_order: float) -> pd.DataFrame:
    values = {"total_order": list(total_order.values()), "total_order_confidence": 0.05}
    return pd.DataFrame(values, pd.Index(list(total_order), name="group"))


def test_the_two_groups_that_matter_most():
    finding = findings.of_inputs(indices(prices=0.54, service=0.14, law=-0.04), indices(carbon=0.58, prices=0.1))
    assert finding.sentence == (
        "The saving depends most on prices (total-order index 0.54 ± 0.05) and service (0.14 ± 0.05), the change of "
        "emissions by the marginal signal on carbon (0.58 ± 0.05)."
    )
    assert finding.failed == ()


def test_a_single_group_and_a_negative_index():
    finding = findings.of_inputs(indices(prices=-0.06), indices(carbon=0.9))
    assert finding.sentence.startswith("The saving depends most on prices (total-order index −0.06 ± 0.05), the change")
    assert finding.failed == ("the index of prices is negative",)


def test_short_names_are_rows_of_the_chart():
    """Rows have the order of the names; headlines that an ensemble lacks are left out."""
    local = ("layer_shares", "local, A", 60, 40, 50, 60, 70, 80, True)
    names = short_names(["A", "B"])
    drawn = charts.bands(bands(local=local), names).to_dict()
    (rows,) = drawn["datasets"].values()
    assert [row["name"] for row in rows] == [
        "Cost, cheapest",
        "Emissions, cheapest, marginal",
        "Benefit lost to frictions",
        "Local share of A",
    ]

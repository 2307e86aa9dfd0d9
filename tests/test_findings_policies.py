"""Findings about policies and signals: sentences with the right numbers, and checks that fail on wrong results."""

import pandas as pd
import pytest
from scenarios import tiny

from geofront.tables.findings import policies as findings


def policies(**carbon) -> pd.DataFrame:
    """Local execution costs 100 USD/MWh and emits 500 kg/MWh."""
    emitted = {"local": 500.0, "nearest": 480.0, "cheapest": 450.0, "cleanest": 300.0, "joint": 400.0} | carbon
    table = pd.DataFrame({"carbon_per_mwh": emitted}).rename_axis("policy")
    table["objective"] = ["local", "nearest", "cost", "carbon", "cost"]
    table["carbon_price"] = [0.0, 0.0, 0.0, 0.0, 50.0]
    table["cost_per_mwh"] = [100.0, 90.0, 60.0, 110.0, 70.0]
    return table.assign(cost_vs_local=table.cost_per_mwh - 100, carbon_vs_local=table.carbon_per_mwh / 5 - 100)


@pytest.fixture
def by_signal() -> dict[str, pd.DataFrame]:
    return {"marginal": policies(), "ifi": policies(cheapest=500.1, joint=500.0)}


def test_cheapest_and_cleanest(by_signal):
    finding = findings.cheap_and_clean(by_signal, "marginal")
    assert finding.sentence == (
        "The cheapest placement costs 40.0 % less than local execution. By the marginal signal it emits 10.0 % less, "
        "whereas the cleanest placement emits 40.0 % less and costs 10.0 % more. By the IFI signal it emits 0.0 % "
        "more, whereas the cleanest placement emits 40.0 % less and costs 10.0 % more."
    )
    assert finding.numbers["local_cost_usd_per_mwh"] == 100
    assert finding.numbers["cheapest_cost_change_percent"] == -40
    assert finding.numbers["cheapest_carbon_change_percent"] == pytest.approx({"marginal": -10, "ifi": 0.02})
    assert finding.numbers["cleanest_cost_change_percent"] == {"marginal": 10, "ifi": 10}
    assert finding.failed == ()


def test_policies_that_contradict_each_other_are_noticed(by_signal):
    by_signal["ifi"] = policies(nearest=250.0, joint=460.0)
    by_signal["marginal"].loc[["local", "joint"], "cost_per_mwh"] = 59.0
    assert findings.cheap_and_clean(by_signal, "marginal").failed == (
        "by the marginal signal, some policy costs less than the cheapest",
        "by the marginal signal, a higher carbon price lowers cost",
        "by the IFI signal, some policy emits less than the cleanest",
        "by the IFI signal, a higher carbon price raises emissions",
    )


def costs(local: float, cheapest: float) -> pd.DataFrame:
    cost = pd.Series({"local": local, "cheapest": cheapest})
    return pd.DataFrame({"cost_per_mwh": cost, "cost_change": 100 * (cost / local - 1)})


def test_savings_by_price_scope():
    finding = findings.by_price_scope({"wholesale": costs(100, 60), "delivered": costs(150, 150.0001)})
    assert finding.sentence == (
        "By wholesale prices the cheapest placement saves 40.0 of 100.0 USD/MWh (40 %); by delivered prices the "
        "cheapest placement saves 0.0 of 150.0 USD/MWh (0 %)."
    )
    assert finding.numbers["saving_usd_per_mwh_by_price_scope"] == pytest.approx({"wholesale": 40, "delivered": -1e-4})


def changes(cheapest: float, cleanest: float) -> pd.DataFrame:
    return pd.DataFrame({"carbon_change": {"local": 0.0, "cheapest": cheapest, "cleanest": cleanest}})


def test_contested_factor():
    scenario = tiny().assign_coords(region_name=("region", ["Saint-Pol", "Quito"]))
    by_factor = {"zero": changes(-8.92, -26.6), "given": changes(0.04, -26.7)}
    finding = findings.by_contested_factor(scenario, pd.Series({"P": 709.6}), by_factor)
    assert finding.sentence == (
        "With a marginal factor of Saint-Pol between 0 and 710 kg/MWh, the cheapest placement changes emissions by "
        "−8.9 to 0.0 %, and the cleanest by −27 %."
    )
    assert finding.numbers["contested_region"] == "Saint-Pol"
    assert finding.numbers["contested_factor_kg_per_mwh"] == 709.6
    assert finding.numbers["cheapest_carbon_change_percent_contested"] == {"zero": -8.92, "given": 0.04}


def test_nothing_is_contested():
    by_factor = dict.fromkeys(("zero", "given"), changes(-1.0, -2.0))
    finding = findings.by_contested_factor(tiny(), pd.Series(dtype=float), by_factor)
    assert finding.sentence == finding.numbers["contested_region"] == ""
    assert finding.numbers["contested_factor_kg_per_mwh"] is None


def comparison(**emitted) -> pd.DataFrame:
    """Emissions [kg/MWh] by two judges, marginal and IFI, of the placement under each signal."""
    rows = {(placed, judge): kg for placed, pair in emitted.items() for judge, kg in zip(emitted, pair, strict=True)}
    index = pd.MultiIndex.from_tuples(rows, names=["placed_under", "evaluated_under"])
    return pd.DataFrame({"carbon_per_mwh": list(rows.values())}, index)


def test_regret_is_that_of_the_worst_pair():
    """The placement made for the marginal signal emits a quarter more by IFI; the other way it is a tenth."""
    finding = findings.regret(comparison(marginal=[300.0, 250.0], ifi=[330.0, 200.0]))
    assert finding.sentence == (
        "Placed to be cleanest by the marginal signal, inference emits 25 % more by the IFI signal than it had to."
    )
    assert finding.numbers["largest_signal_regret_percent"] == pytest.approx(25)
    assert finding.numbers["largest_signal_regret"] == {"placed_under": "marginal", "judged_by": "ifi"}
    assert finding.failed == ()


@pytest.mark.parametrize(
    ("emitted", "sentence"),
    [
        ({"marginal": [300.0, 200.8], "ifi": [300.0, 200.0]}, "inference emits 0.4 % more by the IFI signal than"),
        ({"marginal": [300.0, 200.0], "ifi": [300.0, 200.0]}, "inference emits the least by every other signal too."),
        ({"marginal": [300.0, 50.0], "ifi": [309.0, 0.0]}, "inference emits 3.0 % more by the marginal signal than"),
        ({"marginal": [0.0, 0.0], "ifi": [0.0, 0.0]}, "By every signal, some placement emits nothing."),
    ],
)
def test_small_and_missing_regret(emitted, sentence):
    assert sentence in findings.regret(comparison(**emitted)).sentence


def test_placement_that_is_not_the_cleanest_by_its_own_signal_is_noticed():
    assert findings.regret(comparison(marginal=[300.0, 200.0], ifi=[290.0, 190.0])).failed == (
        "another placement emits less by the marginal signal than the one made for it",
    )


def test_claims_need_both_price_scopes_and_a_contested_factor(by_signal):
    judged = comparison(marginal=[300.0, 250.0], ifi=[330.0, 200.0])
    both = {"wholesale": -40.0, "delivered": -28.0}
    made = findings.claims(by_signal, judged, both, {"zero": -8.9, "given": -1.8})
    assert [each.holds for each in made] == [True] * 4
    assert made[-1].numbers == "it changes emissions by −8.9 % at zero and by −1.8 % as given"
    assert len(findings.claims(by_signal, judged, {"delivered": -28.0}, None)) == 2

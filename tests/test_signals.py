"""Policies under several carbon signals: the same results as one signal at a time, with fewer placements."""

import pytest
from scenarios import tiny

import geofront as gf
from geofront.names import TOLERANCE
from geofront.quantities.signals import contested_factors, placements_by_signal, without_factors

pytestmark = pytest.mark.slow


def by_signal(**values):
    """Q is cheap; Q is clean by the first signal, R by the second."""
    carbon = {"first": {"P": 500, "Q": 100, "R": 400}, "second": {"P": 500, "Q": 400, "R": 100}}
    scenarios = {
        signal: tiny(regions="PQR", price={"P": 50, "Q": 20, "R": 40}, carbon=of_region, **values)
        for signal, of_region in carbon.items()
    }
    return {signal: scenario.assign_attrs(carbon_signal=signal) for signal, scenario in scenarios.items()}


def test_every_signal_has_the_results_it_has_alone():
    scenarios = by_signal(hours=2, demand=[4, 10], capacity={"P": 12, "Q": 5, "R": 6}, warmup=0.5)
    placed = placements_by_signal(scenarios, carbon_prices=[50, 200])
    for signal, scenario in scenarios.items():
        alone = gf.policy_placements(scenario, carbon_prices=[50, 200])
        assert list(placed[signal]) == list(alone)
        for policy, placement in placed[signal].items():
            assert placement.attrs["carbon_signal"] == signal
            for figure in ("cost", "emissions"):
                assert gf.totals(placement)[figure] == pytest.approx(gf.totals(alone[policy])[figure])


def test_reused_placements_are_proved_optimal_under_their_signal():
    scenarios = by_signal(capacity={"P": 12, "Q": 5, "R": 6})
    for signal, placements in placements_by_signal(scenarios, carbon_prices=[50]).items():
        for policy in ("cheapest", "cleanest", "joint at 50 USD/t"):
            assert abs(gf.certify(scenarios[signal], placements[policy])["gap"]) <= TOLERANCE


def test_a_joint_policy_goes_where_its_signal_says():
    placed = placements_by_signal(by_signal(), carbon_prices=[1000])
    joint = {signal: placements["joint at 1000 USD/t"].flow for signal, placements in placed.items()}
    assert float(joint["first"].sel(region="Q").sum()) == pytest.approx(10)
    assert float(joint["second"].sel(region="R").sum()) == pytest.approx(10)


def test_scenarios_that_differ_in_more_than_carbon_are_refused():
    scenarios = by_signal()
    scenarios["second"] = scenarios["second"].assign(pue=scenarios["second"].pue * 1.1)
    with pytest.raises(gf.GeofrontError, match=r"'second' differs.*'pue'"):
        placements_by_signal(scenarios)


def test_contested_factors_but_not_the_user_s_own(tmp_path):
    regions, column = gf.data_tables(tier=None)["regions"], "carbon_marginal_kg_per_mwh"
    assert contested_factors().to_dict() == {"br-saopaulo": regions.at["br-saopaulo", column]}
    regions.loc["br-saopaulo", column] = 100.0
    regions.to_csv(tmp_path / "regions.csv")
    assert contested_factors(tmp_path).empty


def test_factors_of_some_regions_at_zero():
    scenario = by_signal()["first"]
    assert without_factors(scenario, ["P", "Z"]).carbon.squeeze().values.tolist() == [0, 100, 400]
    assert scenario.carbon.sel(region="P").item() == 500

"""Bands, claims with the worlds in which they fail, indices and tornados, from ensembles made by hand."""

import re

import numpy as np
import pandas as pd
import pytest
from ensembles import UNIT, linear, made, row

import geofront as gf
from geofront import charts, tables
from geofront.quantities.claims import Claim

A, B, C = (row(name=name, **UNIT) for name in "abc")


def test_indices_of_a_linear_function():
    """Shares of variance are the squared coefficients, and inputs do not interact."""
    found = gf.sensitivity(made("saltelli", 4096, linear, A, B, C), "y")
    assert list(found.index) == ["b", "a", "c"]
    assert found.total_order.to_dict() == pytest.approx({"a": 9 / 25, "b": 16 / 25, "c": 0}, abs=0.01)
    assert found.first_order.to_dict() == pytest.approx({"a": 9 / 25, "b": 16 / 25, "c": 0}, abs=0.02)
    assert (found.total_order_confidence < 0.1).all()


@pytest.mark.parametrize("sampler", ["saltelli", "morris"])
def test_indices_are_reproducible_with_their_confidence(sampler):
    found = made(sampler, 64, linear, A, B, C)
    for seed in (0, 1):
        pd.testing.assert_frame_equal(*(gf.sensitivity(found, "y", seed=seed) for _ in range(2)), check_exact=True)


def test_indices_of_the_ishigami_function():
    """Known in closed form, for a = 7 and b = 0.1 (Ishigami and Homma 1990)."""
    angle = {"low": -np.pi, "mode": 0.0, "high": np.pi}

    def ishigami(x):
        return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    found = gf.sensitivity(made("saltelli", 5 * 4096, ishigami, *(row(name=name, **angle) for name in "abc")), "y")
    assert found.first_order.to_dict() == pytest.approx({"a": 0.3139, "b": 0.4424, "c": 0.0}, abs=0.02)
    assert found.total_order.to_dict() == pytest.approx({"a": 0.5576, "b": 0.4424, "c": 0.2437}, abs=0.02)


def test_indices_of_groups_add_up_those_of_their_inputs():
    rows = [{**A, "group": "both"}, {**B, "group": "both"}, C]
    found = gf.sensitivity(made("saltelli", 1024, linear, *rows), "y")
    assert found.total_order.to_dict() == pytest.approx({"both": 1, "c": 0}, abs=0.02)


def test_elementary_effects_of_a_linear_function_are_its_coefficients():
    found = gf.sensitivity(made("morris", 40, linear, A, B, C), "y")
    assert found.mean_effect.to_dict() == pytest.approx({"a": 3, "b": 4, "c": 0})
    assert found.spread_of_effects.to_dict() == pytest.approx({"a": 0, "b": 0, "c": 0}, abs=1e-9)


def test_a_failed_world_takes_its_base_point_with_it():
    whole = made("saltelli", 4096, linear, A, B)
    broken = whole.assign(y=whole.y.where(whole["sample"] != 5))
    assert gf.sensitivity(broken, "y").total_order["a"] == pytest.approx(9 / 25, abs=0.01)


@pytest.mark.parametrize(
    ("sampler", "outcome", "words"),
    [
        ("sobol", linear, "indices need an ensemble with sampler='saltelli' or 'morris', not 'sobol'"),
        ("saltelli", lambda values: 0 * values[:, 0], "the same in all worlds"),
    ],
)
def test_indices_that_cannot_be_are_refused(sampler, outcome, words):
    with pytest.raises(gf.GeofrontError, match=words):
        gf.sensitivity(made(sampler, 64, outcome, A, B), "y")


def test_an_outcome_with_dims_of_its_own_has_to_be_selected():
    found = made("saltelli", 64, linear, A, B)
    with pytest.raises(gf.GeofrontError, match="has dims sample, input: select one value a sample"):
        gf.sensitivity(found, found.input_value)
    with pytest.raises(gf.GeofrontError, match="there is no outcome 'z': use one of 'y'"):
        gf.sensitivity(found, "z")
    assert gf.sensitivity(found, found.input_value.sel(input="a")).total_order["b"] == pytest.approx(0, abs=1e-9)


def test_tornado():
    found = gf.tornado(made("one-at-a-time", 1, linear, A, B, C), "y")
    assert list(found.index) == ["b", "a", "c"]
    assert found.loc["a", ["low", "high", "at_low", "at_high", "default"]].tolist() == pytest.approx(
        [0.05, 0.95, 3 * 0.05 + 2, 3 * 0.95 + 2, 3.5]
    )
    assert found.swing.tolist() == pytest.approx([3.6, 2.7, 0])
    with pytest.raises(gf.GeofrontError, match="sampler='one-at-a-time', not 'latin'"):
        gf.tornado(made("latin", 8, linear, A, B), "y")


def test_bands_and_their_convergence():
    uniform = made("sobol", 1024, lambda values: 10 * values[:, 0], A)
    (band,) = gf.bands(uniform).to_dict("records")
    assert [band[f"p{p}"] for p in (5, 25, 50, 75, 95)] == pytest.approx([0.5, 2.5, 5, 7.5, 9.5], abs=0.02)
    assert band["default"] == 5
    assert band["usual"]
    off = uniform.assign(default_y=8.0)
    assert not gf.bands(off).usual.item()
    quoted = gf.bands(uniform, uniform[["y"]].isel(sample=0).assign(y=7.0))
    assert quoted.quoted.tolist() == [7.0]
    assert "As quoted" in tables.bands(quoted)
    steps = gf.convergence(uniform, "y")
    assert list(steps.index) == [64, 128, 256, 512, 1024]
    assert steps.loc[1024].to_dict() == pytest.approx({key: band[key] for key in steps.columns})


def test_claims_and_the_region_in_which_they_fail():
    """A claim that fails where a > 0.5 and b > 0.5, a quarter of all worlds."""
    found = made("sobol", 1024, lambda values: values[:, :2].min(axis=1), A, B, C)
    claim = {"low": Claim(2, "The smaller of a and b is at most 0.5.", "Is it?", lambda worlds: worlds.y <= 0.5)}
    (result,) = gf.claims(found, claim).to_dict("records")
    assert result["share"] == pytest.approx(0.75, abs=0.01)
    assert result["standard_error"] == pytest.approx(np.sqrt(0.75 * 0.25 / 1024), rel=0.02)
    assert result["worlds"] == 1024
    assert result["default"]
    said = re.fullmatch(
        r"It holds in (\d+) % of the worlds with (\w) above ([\d.]+) times its default and (\w) above "
        r"([\d.]+) times its default, which are (\d+) % of all, and in (\d+) % of the others\.",
        result["fails_where"],
    )
    assert {said[2], said[4]} == {"a", "b"}
    assert [float(said[i]) for i in (3, 5)] == pytest.approx([0.5, 0.5], abs=0.01)
    assert [int(said[i]) for i in (1, 6, 7)] == pytest.approx([0, 25, 100], abs=2)


def test_a_claim_that_fails_in_more_than_a_third_of_the_worlds_is_worded_as_a_question():
    found = made("sobol", 64, lambda values: values[:, 0], A, B)
    claim = {
        "sure": Claim(1, "It is below 0.75.", "Is it below 0.75?", lambda worlds: worlds.y < 0.75),
        "unsure": Claim(1, "It is below 0.5.", "Is it below 0.5?", lambda worlds: worlds.y < 0.5),
        "other": Claim(2, "It is positive.", "Is it positive?", lambda worlds: worlds.y > 0),
    }
    assert tables.sure(gf.claims(found, claim)) == {
        "sure": "It is below 0.75: in 75 % of 64 worlds.",
        "unsure": "Is it below 0.5? In 50 % of 64 worlds.",
        "other": "It is positive: in 100 % of 64 worlds.",
    }
    with pytest.raises(gf.GeofrontError, match="the ensemble lacks what the claim 'half_of_the_saving_comes_early'"):
        gf.claims(found)


def test_a_claim_that_fails_by_chance_has_no_region():
    found = made("sobol", 256, lambda values: np.random.default_rng(0).random(len(values)), A, B, C)
    claim = {"coin": Claim(1, "A coin shows heads.", "Does it?", lambda worlds: worlds.y < 0.5)}
    (result,) = gf.claims(found, claim).to_dict("records")
    assert 0.3 < result["share"] < 0.7
    assert result["fails_where"] == ""


def test_a_claim_that_never_fails_has_no_region():
    found = made("sobol", 64, linear, A, B)
    claims = gf.claims(found, {"all": Claim(1, "It is positive.", "Does it?", lambda worlds: worlds.y >= 0)})
    assert claims.share.item() == 1
    assert claims.fails_where.item() == ""


def test_failed_worlds_do_not_count_in_claims():
    found = made("sobol", 64, linear, A, B)
    found["error"][:16] = "no solution"
    claims = gf.claims(found, {"all": Claim(1, "It is positive.", "Does it?", lambda worlds: worlds.y >= 0)})
    assert claims.worlds.item() == 48


def test_tables_and_charts_of_an_ensemble():
    found = made("sobol", 64, linear, A, B)
    found["y"].attrs.update(units="%", long_name="Saving")
    shown = tables.bands(gf.bands(found))
    assert list(shown.index) == ["Saving"]
    assert shown["Default"].item() == 3.5
    assert shown["Unit"].item() == "%"
    claim = {"high": Claim(3, "It is above 3.", "Does it?", lambda worlds: worlds.y > 3)}
    assert tables.claim_shares(gf.claims(found, claim))["Holds in worlds"].item() == pytest.approx(
        100 * float((found.y > 3).mean())
    )
    drawn = charts.bands(gf.bands(found), {"y": "Saving"}).to_dict()
    assert "Saving: default 3.5" in drawn["description"]
    with pytest.raises(gf.GeofrontError, match="0 units"):
        charts.bands(gf.bands(found), {"z": "Saving"})
    indices = gf.sensitivity(made("saltelli", 256, linear, A, B), "y")
    tornado = gf.tornado(made("one-at-a-time", 1, linear, A, B), "y")
    both = charts.sensitivity(tornado, indices, "Saving", "%").to_dict()
    assert "b 1.7 to 5.3" in both["description"]


@pytest.mark.parametrize("name", ["y", "default_y"])
def test_outcomes_that_are_no_real_numbers_are_refused(name):
    found = made("one-at-a-time", 1, lambda values: values[:, 0], A, B)
    found[name] = found[name].astype(complex)
    with pytest.raises(gf.GeofrontError, match="numbers"):
        gf.bands(found)
    with pytest.raises(gf.GeofrontError, match="'y' or its default does not hold numbers"):
        gf.tornado(found, "y")


def test_an_ensemble_without_outcomes_has_no_bands():
    found = made("sobol", 16, lambda values: values[:, 0], A, B)
    with pytest.raises(gf.GeofrontError, match="the ensemble has no outcomes"):
        gf.bands(found.drop_vars(["y", "default_y"]))

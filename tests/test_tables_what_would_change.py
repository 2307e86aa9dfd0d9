"""Sentences on what would change findings, from ensembles made by hand and from the committed ones."""

import re

import numpy as np
import pytest
import xarray as xr
from ensembles import UNIT, linear, made, row

import geofront as gf
from geofront import tables
from geofront.beyond.headlines import BEYOND_HEADLINES
from geofront.ensemble_files import COSTLY, INDICES, WORLDS, committed
from geofront.quantities.claims import CLAIMS, FRICTION_CLAIMS
from geofront.quantities.costly_headlines import COSTLY_HEADLINES
from geofront.quantities.headlines import HEADLINES
from geofront.tables.what_would_change import PHRASES, SUBJECTS

A, B = (row(name=name, **UNIT) for name in "ab")
CLAIM = "frictions_take_a_third"


def named(ensemble: xr.Dataset, name: str, units: str = "%") -> xr.Dataset:
    renamed = ensemble.rename({"y": name, "default_y": f"default_{name}"})
    renamed[name].attrs.update(units=units, long_name="A headline")
    return renamed


def test_a_band_a_claim_and_what_they_depend_on():
    """The loss is uniform from 0 to 100 %, and is the linear function of the indices."""
    worlds = named(made("sobol", 1024, lambda values: 100 * values[:, 0], A, B), "friction_loss")
    indices = named(made("saltelli", 4096, linear, A, B), "friction_loss")
    said = tables.what_would_change(worlds, ["friction_loss"], [CLAIM], indices=indices).text
    found = re.fullmatch(
        r"In the middle nine tenths of 1,024 worlds around the default scenario, frictions take 5 to 95 % of the "
        r"benefit\. By total-order index, the part that frictions take depends most on b \(0\.6[345] ± 0\.\d\d\) and a "
        r"\(0\.3[567] ± 0\.\d\d\)\. “Frictions take more than a third of the benefit” holds in 67 % of 1,024 worlds\. "
        r"It holds in 0 % of the worlds with a below 0\.3\d times its default, which are 3\d % of all, and in 100 % of "
        r"the others\.",
        said,
    )
    assert found, said


def test_labels_units_and_signs():
    """Two network budgets, as in the files; a change has a sign, but nought has none."""
    worlds = made("sobol", 1024, lambda values: 10 * values[:, 0], A)
    budgets = xr.DataArray([50.0, 5000.0], dims="network_budget", coords={"network_budget": [50.0, 5000.0]})
    reach = (worlds.y * 0 + budgets / 1000).assign_attrs(units="1", long_name="Regions in reach")
    worlds = worlds.assign(
        regions_in_reach=reach,
        default_regions_in_reach=budgets / 1000,
        cleanest_cost_change=(worlds.y * 0 - 0.04).assign_attrs(units="%", long_name="Change"),
        default_cleanest_cost_change=0.0,
    )
    names = ["regions_in_reach, 5000", "cleanest_cost_change", "y"]
    assert tables.what_would_change(worlds, names).text == (
        "In the middle nine tenths of 1,024 worlds around the default scenario, 5.0 to 5.0 regions are in reach within "
        "5,000 ms for the network; the cleanest placement changes cost by 0.0 to 0.0 %; y is 0.5 to 9.5."
    )


def test_an_outcome_of_another_ensemble_has_its_number_of_worlds():
    worlds = named(made("sobol", 256, lambda values: 100 * values[:, 0], A), "friction_loss")
    costly = named(made("sobol", 128, lambda values: 100 * values[:, 0], A), "benefit_with_frictions", "USD/MWh")
    said = tables.what_would_change(worlds, ["benefit_with_frictions", "friction_loss"], costly=costly).text
    assert said == (
        "In the middle nine tenths of 256 worlds around the default scenario, relocation with all frictions saves 5 to "
        "95 USD/MWh (128 worlds); frictions take 5 to 95 % of the benefit."
    )


def test_an_outcome_by_signal_takes_the_indices_of_its_signal():
    indices = made("saltelli", 1024, linear, A, B)
    signals = {"signal": np.array(["average", "ifi"], object)}
    both = xr.concat([indices.input_value.sel(input="a"), indices.input_value.sel(input="b")], "signal")
    carbon = both.drop_vars("input").assign_coords(signals).assign_attrs(units="%", long_name="Change")
    indices = indices.assign(
        cheapest_carbon_change=carbon.transpose("sample", "signal"),
        default_cheapest_carbon_change=("signal", [0.0, 0.0]),
    )
    said = tables.what_would_change(indices, ["cheapest_carbon_change, ifi"], indices=indices).text
    assert (
        "by the IFI signal. By total-order index, the change of emissions by the IFI signal depends most on b (" in said
    )
    assert re.search(r"on b \((0\.9\d|1\.0\d) ± 0\.\d\d\) and a \(0\.00 ± 0\.00\)\.$", said)


def test_an_own_world_is_not_judged_by_the_ensemble():
    worlds = named(made("sobol", 64, linear, A, B), "friction_loss")
    said = tables.what_would_change(worlds, ["friction_loss"], own_world=True).text
    assert said == (
        "The ensemble is of geofront's own world with all frictions; it does not say how sure these results are."
    )


def test_what_no_ensemble_has_is_named():
    worlds = named(made("sobol", 64, linear, A, B), "friction_loss")
    with pytest.raises(gf.GeofrontError, match="no ensemble has the outcome 'saving'; choose from 'friction_loss'"):
        tables.what_would_change(worlds, ["saving"])
    with pytest.raises(gf.GeofrontError, match="no ensemble for the claim 'capacity_is_the_largest_friction'"):
        tables.what_would_change(worlds, ["friction_loss"], ["capacity_is_the_largest_friction"])
    with pytest.raises(gf.GeofrontError, match="no ensemble for the claim 'nonsense'"):
        tables.what_would_change(worlds, ["friction_loss"], ["nonsense"])


@pytest.mark.slow
def test_every_headline_and_claim_of_the_committed_ensembles_can_be_said():
    assert set(PHRASES) == {*HEADLINES, *COSTLY_HEADLINES, *BEYOND_HEADLINES}
    worlds, costly, indices = (committed(name) for name in (WORLDS, COSTLY, INDICES))
    rows = [tables.bands(gf.bands(each)) for each in (worlds, costly)]
    bands = {*gf.bands(worlds).index, *gf.bands(costly).index}
    names = [f"{outcome}, {of}" if of else outcome for outcome, of in bands]
    said = tables.what_would_change(worlds, names, [*CLAIMS, *FRICTION_CLAIMS], indices=indices, costly=costly).text
    assert len(names) == sum(map(len, rows))
    assert said.count("depends most on") == 5
    assert set(SUBJECTS) <= set(HEADLINES)
    assert "{" not in said
    assert said.count(" holds in ") + said.count("It holds in") >= len(CLAIMS) + len(FRICTION_CLAIMS)


def test_a_sweep_names_the_cases_of_its_ends():
    swept = tables.swept("Relocation saves", {"wholesale": 39.63, "delivered": 41.9, "none": -0.04}, "USD/MWh")
    assert swept == "Relocation saves 0.0 (none) to 41.9 USD/MWh (delivered)."
    assert tables.swept("It saves", {"a": 5.0, "b": 5.04}, "%") == "It saves 5.0 % in every case."
    assert tables.swept("It costs", {"a": -5.0, "b": 1234.0}, "USD", digits=0) == "It costs −5 (a) to 1,234 USD (b)."
    assert tables.swept("It saves", {"a": float("nan"), "b": 1.0, "c": 2.0}, "%") == "It saves 1.0 (b) to 2.0 % (c)."
    assert tables.swept("It saves", {"a": float("nan")}, "%") == ""
    with pytest.raises(gf.GeofrontError, match="values"):
        tables.swept("It saves", {"a": "much"}, "%")

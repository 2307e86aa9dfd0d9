"""Findings about layers and near-optimal placements: right numbers, and checks that fail on wrong results."""

import numpy as np
import pytest
import xarray as xr

from geofront.names import LAYERS
from geofront.tables.findings import execution as findings

DEFINITIONS = ("beyond 60 ms", "beyond 100 ms", "by cause")


def layers(local=(0.7, 0.4), of_all=0.6) -> xr.Dataset:
    """The rest is divided evenly into regional and energy-oriented."""
    local = np.array(local)
    share = np.stack([local, (1 - local) / 2, (1 - local) / 2])
    return xr.Dataset(
        {"share": (("layer", "workload"), share), "share_of_all": ("layer", [of_all, 0.0, 1 - of_all])},
        {"layer": list(LAYERS), "workload": list("AB")[: len(local)]},
        {"regional_rtt": 100.0},
    )


def oriented(least, most) -> xr.Dataset:
    """Energy-oriented shares of each class, by definition."""
    dims = ("definition", "workload")
    coords = {"definition": list(DEFINITIONS), "workload": list("AB")[: len(least[0])]}
    return xr.Dataset({"least": (dims, least), "most": (dims, most)}, coords)


def ranges(of: xr.Dataset, least=0.0, most=0.0) -> xr.Dataset:
    """Ranges at equal cost: local shares are unique."""
    open_ = of["layer"] != LAYERS[0]
    return xr.Dataset({"least": of.share - least * open_, "most": of.share + most * open_})


def test_classes_at_home_and_energy_oriented():
    """By distance the ranges of the classes overlap, except beyond 60 ms."""
    shares = oriented([[0.1, 0.31], [0.05, 0.15], [0.02, 0.1]], [[0.3, 0.35], [0.15, 0.3], [0.04, 0.2]])
    finding = findings.by_class(layers(), shares, ranges(layers(), 0.1, 0.1))
    assert finding.sentence == (
        "70 % of class A and 40 % of B run at home, 60 % of all demand. From A to B, 5–15 and 15–30 % run beyond "
        "100 ms, and 2–4 and 10–20 % pass a nearer region with room because that costs more; ranges are what equal "
        "cost leaves open. Beyond 60 ms and by cause, the share grows from class to class, whichever of these "
        "placements is chosen."
    )
    assert finding.numbers["local_shares_percent"] == pytest.approx({"A": 70, "B": 40})
    assert finding.numbers["at_home_percent"] == pytest.approx(60)
    assert finding.numbers["energy_oriented_percent"]["by_cause"]["B"] == pytest.approx({"least": 10, "most": 20})
    assert finding.numbers["energy_oriented_spans"]["beyond_60_ms"] == "10–30 and 31–35"
    assert finding.failed == ()


def test_share_that_grows_by_no_definition():
    shares = oriented([[0.1, 0.1]] * 3, [[0.1, 0.1]] * 3)
    assert findings.by_class(layers(), shares, ranges(layers())).sentence.endswith(
        " By no definition does the share grow from class to class, whichever of these placements is chosen."
    )


def test_single_class():
    one = layers(local=(0.7,), of_all=0.7)
    sentence = findings.by_class(one, oriented([[0.2]] * 3, [[0.2]] * 3), ranges(one)).sentence
    assert sentence == (
        "70 % of class A run at home. Of this class, 20 % run beyond 100 ms, and 20 % pass a nearer region with room "
        "because that costs more; ranges are what equal cost leaves open."
    )


def test_class_without_demand_is_left_out():
    found = layers(local=(0.7, np.nan))
    nothing = [[0.2, np.nan]] * 3
    finding = findings.by_class(found, oriented(nothing, nothing), ranges(found))
    assert finding.sentence.startswith("70 % of class A run at home. Of this class, 20 % run")
    assert finding.numbers["local_shares_percent"] == pytest.approx({"A": 70})
    assert finding.failed == ()


def test_wrong_shares_are_noticed():
    shares = oriented([[0.1, 0.1]] * 3, [[0.1, 0.1]] * 3)
    too_much = layers()
    too_much["share"] = too_much.share + 0.1
    open_ = xr.Dataset({"least": layers().share - 0.01, "most": layers().share + 0.01})
    assert findings.by_class(too_much, shares, open_).failed == (
        "the layers do not add up to all demand",
        "a share is outside its range at equal cost",
        "local shares are not unique",
    )


@pytest.fixture
def open_at_slack() -> xr.Dataset:
    dims = ("quantity", "slack")
    least, most = [[0.3, 0.05, 0.0], [690.0, 686.0, 674.0]], [[0.3, 0.37, 0.47], [690.0, 700.0, 717.0]]
    return xr.Dataset(
        {"least": (dims, least), "most": (dims, most), "least_bound": (dims, least), "most_bound": (dims, most)},
        {"quantity": ["D at home", "Emissions"], "slack": [0.0, 0.001, 0.01]},
    )


def test_what_slack_leaves_open(open_at_slack):
    finding = findings.within_slack(open_at_slack, "D")
    assert finding.sentence == (
        "With 0.1 % of cost to spare, 5–37 % of class D run at home, and 686–700 kg/MWh are emitted. With 1 % of cost "
        "to spare, 0–47 % of class D run at home, and 674–717 kg/MWh are emitted."
    )
    assert finding.numbers["slack_percent"] == pytest.approx([0, 0.1, 1])
    assert finding.numbers["near_optimal_at_home_percent"][1] == pytest.approx([5, 37])
    assert finding.numbers["near_optimal_carbon_kg_per_mwh"][0] == [690, 690]
    assert finding.failed == ()


@pytest.mark.parametrize("end", ["least", "most"])
def test_ranges_that_are_not_proved_are_noticed(open_at_slack, end):
    bound = open_at_slack[f"{end}_bound"] + [[0.0], [0.01]]
    finding = findings.within_slack(open_at_slack.assign({f"{end}_bound": bound}), "D")
    assert finding.failed == (f"the bound does not prove the {end} value",)

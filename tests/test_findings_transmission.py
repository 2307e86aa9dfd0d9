"""Findings about lines and relocation: sentences with the right numbers, and checks that fail on wrong results."""

import numpy as np
import pytest
import xarray as xr

import geofront as gf
from geofront.tables.findings import transmission as findings

CASES = ("value", "favours_transmission", "favours_relocation")


@pytest.fixture(scope="module")
def options():
    return gf.transmission_or_relocation([1000.0, 3000.0])


@pytest.fixture(scope="module")
def break_even():
    return {case: gf.break_even_distance(case=case) for case in CASES}


def test_costs_at_the_last_distance(options, break_even):
    finding = findings.from_source(options, break_even, "Toronto")
    line = finding.numbers["cheaper_line"]
    cost = float(options.cost.sel(option=line, distance=3000))
    assert cost == options.cost.sel(distance=3000)[(options.kind == "transmission").values].min()
    assert f"With electricity from Toronto, 3,000 km away, {line} delivers" in finding.sentence
    assert f"serves a MWh of inference for {cost:.0f} USD" in finding.sentence
    assert finding.failed == ()


def test_swapped_costs_are_noticed(options, break_even):
    """If lines cost nothing, relocation is nowhere cheaper, whatever the break-even says."""
    free = options.assign(cost=options.cost.where(options.kind != "transmission", 0.0))
    finding = findings.from_source(free, break_even, "Toronto")
    assert finding.failed == ("costs contradict the break-even", "some class costs more than a line at 0 km")


def test_swapped_cases_are_noticed(options, break_even):
    swapped = break_even | dict(zip(CASES[1:], (break_even[case] for case in reversed(CASES[1:])), strict=True))
    finding = findings.from_source(options, swapped, "Toronto")
    assert finding.failed == ("break-evens are not ordered by what the inputs favour",)


def pairs(*cheapest: str) -> xr.Dataset:
    """Three regions, one class: the cheapest way of the first pairs as given, of all others bought locally."""
    ways = np.full((1, 3, 3), "local", object)
    ways[0][np.eye(3, dtype=bool)] = ""
    for way, place in zip(cheapest, ((0, 1), (0, 2), (1, 0)), strict=False):
        ways[0][place] = way
    labels = {"workload": ["A"], "source": list("pqr"), "user": list("pqr")}
    return xr.Dataset(
        {
            "cheapest": (("workload", "source", "user"), ways),
            "break_even": (("source", "workload", "line"), [[[10.0, 20.0]], [[300.0, 30.0]], [[0.0, 0.0]]]),
        },
        labels | {"name": ("source", ["Paris", "Quito", "Rome"])},
    )


def test_shares_of_pairs():
    """Of six pairs, two are relocated and one is served by a line; the largest break-even is Quito's."""
    central, worst, delivered = pairs("relocation", "relocation", "transmission"), pairs(), pairs("relocation")
    finding = findings.by_pair(
        {"value": central, "favours_transmission": worst}, {"wholesale": central, "delivered": delivered}, "wholesale"
    )
    assert finding.numbers["cheapest_way_percent"]["value"] == pytest.approx(
        {"local": 50, "transmission": 100 / 6, "relocation": 200 / 6}
    )
    assert "for 50 %, relocation for 33 % and a line for 16.7 %" in finding.sentence
    assert "in favour of lines, for 100, 0 and 0 %." in finding.sentence
    assert "By delivered prices, these shares are 83, 17 and 0.0 %." in finding.sentence
    assert finding.sentence.endswith("electricity from Quito: 300 km.")

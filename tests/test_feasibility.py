"""Masks of latency, law and state locality on instances with latencies computed by hand."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from scenarios import permuted, scenarios, tiny

import geofront as gf
from geofront.model.feasibility import at_home, latency


@pytest.fixture
def scenario():
    """Two clients at home in P and Q, three regions, an interactive class A and an agent B.

    ===== ====== ==================== =============================
    class budget from a (home P)      from b (home Q)
    ===== ====== ==================== =============================
    A      150   10 + 1·rtt + 60      30 + 1·rtt + 60
    B      500   10 + 5·rtt + 100     30 + 5·rtt + 100
    ===== ====== ==================== =============================

    with rtt[P, (P, Q, R)] = 2, 80, 90 ms and rtt[Q, (P, Q, R)] = 60, 2, 70 ms.
    """
    return tiny(
        regions="PQR",
        clients={"a": "P", "b": "Q"},
        workloads="AB",
        access_rtt={"a": {"P": 10, "Q": 300, "R": 1}, "b": {"P": 300, "Q": 30, "R": 1}},
        rtt={"P": [0, 80, 90], "Q": [60, 0, 70], "R": [500, 500, 0]},
        round_trips={"A": 1, "B": 5},
        service_time={"A": 60, "B": 100},
        latency_budget={"A": 150, "B": 500},
        pinned_share={"A": 0.25, "B": 1.0},
        regulated_share={"a": {"A": 0.5, "B": 0.5}, "b": {"A": 1.0, "B": 0.0}},
        lawful={"a": {"P": False, "Q": False, "R": True}, "b": {"P": False, "Q": True, "R": True}},
    )


def table(array, client, workload):
    """Values over P, Q, R."""
    return array.sel(client=client, workload=workload, region=["P", "Q", "R"]).values.tolist()


def test_latency_is_access_plus_round_trips_plus_service_time(scenario):
    milliseconds = latency(scenario)
    assert milliseconds.dims == ("client", "workload", "region")
    assert table(milliseconds, "a", "A") == [72, 150, 160]
    assert table(milliseconds, "a", "B") == [120, 510, 560]
    assert table(milliseconds, "b", "A") == [150, 92, 160]
    assert table(milliseconds, "b", "B") == [430, 140, 480]


def test_latency_mask_includes_the_budget_itself(scenario):
    within = gf.feasibility(scenario).latency
    assert table(within, "a", "A") == [True, True, False]
    assert table(within, "a", "B") == [True, False, False]
    assert table(within, "b", "A") == [True, True, False]
    assert table(within, "b", "B") == [True, True, True]


def test_everything_is_lawful_at_home(scenario):
    lawful = gf.feasibility(scenario).lawful
    assert table(lawful, "a", "A") == table(lawful, "a", "B") == [True, False, True]
    assert table(lawful, "b", "A") == table(lawful, "b", "B") == [False, True, True]


def test_only_wholly_pinned_classes_are_pinned(scenario):
    may_leave = gf.feasibility(scenario).pinned
    assert table(may_leave, "a", "A") == [True, True, True]
    assert table(may_leave, "a", "B") == [True, False, False]
    assert table(may_leave, "b", "B") == [False, True, False]


def test_share_multiplies_what_law_and_locality_leave(scenario):
    """Class A of a may send (1 − 0.25)(1 − 0.5) of its demand to the unlawful Q, b's none to P."""
    masks = gf.feasibility(scenario)
    assert table(masks.share, "a", "A") == [1, 0.375, 0]
    assert table(masks.share, "a", "B") == [1, 0, 0]
    assert table(masks.share, "b", "A") == [0, 1, 0]
    assert table(masks.share, "b", "B") == [0, 1, 0]
    xr.testing.assert_equal(masks.allowed, masks.share > 0)


def test_home_is_allowed_even_over_budget(scenario):
    """Access by 200 ms alone exceeds the budget of A, but a's home serves it."""
    scenario["access_rtt"].loc["a", "P"] = 200
    masks = gf.feasibility(scenario)
    assert table(masks.latency, "a", "A") == [True, False, False]
    assert masks.home_over_budget.dims == ("client", "workload")
    assert masks.home_over_budget.sel(client="a").values.tolist() == [True, False]
    assert masks.home_over_budget.sel(client="b").values.tolist() == [False, False]


def test_home_counts_as_lawful_even_if_the_table_says_no(scenario):
    """The table says no to a in P and yes to b in Q."""
    masks = gf.feasibility(scenario)
    assert masks.home_not_lawful.dims == ("client",)
    assert masks.home_not_lawful.sel(client=["a", "b"]).values.tolist() == [True, False]
    assert masks.lawful.sel(client="a", region="P").all()


def test_the_only_home_that_the_law_table_does_not_allow_is_johannesburgs():
    scenario = gf.stylized(snapshots="day")
    unlawful = gf.feasibility(scenario).home_not_lawful.to_series()
    assert unlawful[unlawful].index.to_list() == ["johannesburg"]
    assert scenario.home.sel(client="johannesburg").item() == "in-mumbai"


def test_masks_have_dims_and_units(scenario):
    masks = gf.feasibility(scenario)
    for name in ("latency_ms", "latency", "lawful", "pinned", "share", "allowed"):
        assert masks[name].dims == ("client", "workload", "region"), name
    for name in ("latency", "lawful", "pinned", "allowed", "home_over_budget", "home_not_lawful"):
        assert masks[name].dtype == bool, name
    assert masks.latency_ms.attrs == {"units": "ms", "long_name": "End-to-end latency"}
    assert masks.share.attrs["units"] == "1"


@settings(max_examples=25)
@given(scenarios())
def test_masks_follow_their_labels_and_do_not_change_the_scenario(scenario):
    before = scenario.copy(deep=True)
    masks = gf.feasibility(scenario)
    xr.testing.assert_identical(scenario, before)
    shuffled = gf.feasibility(permuted(scenario, 1))
    xr.testing.assert_equal(shuffled.sel({dim: masks[dim] for dim in masks.dims}), masks)
    assert bool(masks.allowed.where(at_home(scenario), True).all()), "home is always allowed"
    assert bool((masks.allowed <= (masks.latency & masks.pinned)).all())


def test_invalid_scenarios_are_refused():
    with pytest.raises(gf.GeofrontError, match="'pue' is missing"):
        gf.feasibility(tiny().drop_vars("pue"))
    with pytest.raises(gf.GeofrontError, match="'price' is not a number at 'Q, 2023-03-21 00:00:00'"):
        gf.feasibility(tiny(price={"P": [50, 60], "Q": [np.nan, 20]}, hours=2))

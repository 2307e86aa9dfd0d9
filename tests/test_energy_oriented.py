"""Energy-oriented load by distance and by cause, in cases solved by hand."""

import numpy as np
import pytest
from scenarios import tiny

import geofront as gf

RTT = {"P": {"P": 2, "Q": 50, "R": 150}, "Q": 50, "R": 50}


def three_regions(**values):
    """10 MW at P for 60 USD; Q is near for 40, R far for 20 and holds 4 MW."""
    return tiny(
        **{
            "regions": "PQR",
            "services": "P",
            "rtt": {"P": [2, 50, 150]},
            "price": {"P": 60, "Q": 40, "R": 20},
            "capacity": {"P": 100, "Q": 100, "R": 4},
        }
        | values
    )


def shares(scenario, **options):
    result = gf.energy_oriented(scenario, gf.place(scenario), **options)
    return {
        str(name): (float(part.least.squeeze()), float(part.most.squeeze()))
        for name, part in result.groupby("definition")
    }


def test_load_that_passes_a_region_with_room_is_energy_oriented_by_cause():
    """4 MW run in R although Q has room for 40 USD; the 6 MW in Q pass only their home."""
    found = shares(three_regions(), boundaries=[49, 100, 200])
    assert found == {
        "beyond 49 ms": pytest.approx((1, 1)),
        "beyond 100 ms": pytest.approx((0.4, 0.4)),
        "beyond 200 ms": (0, 0),
        "by cause": pytest.approx((0.4, 0.4)),
    }


def test_load_that_finds_no_nearer_room_is_regional_by_need():
    found = shares(three_regions(capacity={"P": 100, "Q": 6, "R": 4}))
    assert found["by cause"] == (0, 0)
    assert found["beyond 100 ms"] == pytest.approx((0.4, 0.4))


def test_a_nearer_region_that_costs_less_is_not_passed_over_for_its_cost():
    """Q for 10 USD has room in the second hour only, in which staying in R saves starting load in Q."""
    scenario = three_regions(
        hours=2, capacity={"P": [0, 0], "Q": [0, 100], "R": [100, 100]}, warmup=1, price={"P": 60, "Q": 19, "R": 20}
    )
    placement = gf.place(scenario)
    assert float(placement.flow.sel(region="R").min()) == pytest.approx(10)
    assert shares(scenario)["by cause"] == (0, 0)


def test_a_region_out_of_lawful_reach_is_not_passed_over():
    """Regulated 5 MW may not run in Q, so the 4 MW of R are theirs; the free 5 MW run in Q."""
    scenario = three_regions(regulated_share=0.5, lawful={"a": {"P": True, "Q": False, "R": True}})
    found = shares(scenario)
    assert found["beyond 100 ms"] == pytest.approx((0.4, 0.4))
    assert found["by cause"] == (0, 0)


def test_homes_that_exchange_destinations_leave_a_range():
    """R and S are full; each home passes Q, with room, only on its way to the farther of the two."""
    rtt = {"P": {"P": 2, "Q": 50, "R": 40, "S": 150, "T": 300}, "T": {"P": 300, "Q": 50, "R": 150, "S": 40, "T": 2}}
    scenario = tiny(
        regions="PQRST",
        services="PT",
        clients={"a": "P", "b": "T"},
        rtt=rtt,
        price={"P": 60, "Q": 50, "R": 20, "S": 20, "T": 60},
        capacity={"P": 100, "Q": 100, "R": 10, "S": 10, "T": 100},
    )
    found = shares(scenario)
    assert found["by cause"] == pytest.approx((0, 1))
    assert found["beyond 100 ms"] == pytest.approx((0, 1))


def test_a_class_without_demand_has_no_shares():
    scenario = three_regions(workloads="AB", demand={"a": {"A": 10, "B": 0}})
    result = gf.energy_oriented(scenario, gf.place(scenario))
    assert result.sel(workload="B").to_array().isnull().all()
    np.testing.assert_allclose(result.least.sel(workload="A"), [0.4, 0.4, 0, 0.4])

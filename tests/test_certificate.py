"""The certificate accepts optima and names what is wrong with everything else."""

import numpy as np
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront.names import TOLERANCE


@pytest.fixture
def scenario():
    """10 MW at home P, half pinned, half of the rest regulated; Q is unlawful, R lawful, S out of reach.

    Q costs 20 USD and holds 2 MW, R 40 and P 60; bringing 1 MW up takes 0.25 MWh, 5 USD in Q and 10 in R.
    """
    return tiny(
        regions="PQRS", hours=2, demand=[10, 20], rtt={"P": [0, 50, 60, 5000], "Q": 50, "R": 50, "S": 50},
        price={"P": 60, "Q": 20, "R": 40, "S": 1}, capacity={"P": 20, "Q": 2, "R": 50, "S": np.inf},
        pinned_share=0.5, regulated_share=0.5, lawful={"a": {"P": True, "Q": False, "R": True, "S": True}},
        warmup=0.25,
    )


@pytest.fixture
def placement(scenario):
    return gf.place(scenario)


def move(placement, megawatts, source, target):
    """Tamper with a placement: move demand of the first hour from one region to another."""
    placement.flow.loc[{"region": source, "hour": "2023-03-21T00"}] -= megawatts
    placement.flow.loc[{"region": target, "hour": "2023-03-21T00"}] += megawatts


def refused(scenario, placement):
    """What the certificate finds wrong."""
    with pytest.raises(gf.GeofrontError, match="the placement is not optimal within 1e-06") as caught:
        gf.certify(scenario, placement)
    return str(caught.value)


def test_report_of_an_optimum(scenario, placement):
    """Half stays at P, 2 MW run in Q and the rest in R, where the second hour brings up 5 MW.

    5·60 + 2·20 + 3·40 = 460 USD in hour 0, 10·60 + 2·20 + 8·40 + 5·10 = 1010 in hour 1.
    """
    report = gf.certify(scenario, placement)
    assert set(report) == {"primal_violation", "dual_violation", "objective", "bound", "gap"}
    assert report["objective"] == pytest.approx(460 + 1010, rel=1e-9)
    assert gf.totals(placement)["cost"] == pytest.approx(460 + 1010, rel=TOLERANCE)
    assert report["bound"] <= report["objective"] * (1 + TOLERANCE)
    assert abs(report["gap"]) <= TOLERANCE
    assert report["primal_violation"] <= TOLERANCE
    assert report["dual_violation"] <= TOLERANCE


def test_without_any_friction(scenario):
    placement = gf.place(scenario, frictions=())
    assert gf.certify(scenario, placement)["objective"] == pytest.approx(30 * 20, rel=1e-9)


def test_least_carbon_with_carbon_free_regions():
    """Nothing is emitted anywhere away, and only the cost decides between Q and R."""
    scenario = tiny(regions="PQR", carbon={"P": 500, "Q": 0, "R": 0}, price={"P": 50, "Q": 20, "R": 150},
                    capacity={"P": 10, "Q": 5, "R": 10})
    report = gf.certify(scenario, gf.place(scenario, objective="carbon"))
    assert report["gap"] <= TOLERANCE


def test_negative_flow(scenario, placement):
    move(placement, 3, "Q", "R")
    assert "a flow's sign is violated by" in refused(scenario, placement)


def test_unserved_demand(scenario, placement):
    placement["flow"] *= 0.99
    assert "the demand balance is violated by 0.01" in refused(scenario, placement)


def test_pinned_demand_away(scenario, placement):
    move(placement, 1, "P", "R")
    message = refused(scenario, placement)
    assert "a pinned share is violated by 0.1" in message
    assert "demand balance" not in message


def test_regulated_demand_in_an_unlawful_region(scenario):
    """At most 0.5 · 0.5 · 10 = 2.5 MW of hour 0 may be in Q."""
    scenario["capacity"].loc["Q"] = 50
    placement = gf.place(scenario)
    move(placement, 1, "R", "Q")
    assert "a regulated share is violated by" in refused(scenario, placement)


def test_demand_beyond_the_latency_budget(scenario, placement):
    move(placement, 1, "R", "S")
    assert "a latency budget is violated by 0.1" in refused(scenario, placement)


def test_load_beyond_capacity(scenario, placement):
    move(placement, 0.5, "R", "Q")
    assert "a capacity is violated by 0.25" in refused(scenario, placement)


def test_overhead_energy_takes_capacity(scenario):
    """0.02 more MW in Q at 1.25 MW each exceed its 2 MW, though the demand alone would not."""
    scenario["overhead_energy"] += 0.25
    placement = gf.place(scenario)
    assert float(placement.flow.sel(region="Q").max()) == pytest.approx(1.6)
    move(placement, 0.02, "R", "Q")
    assert "a capacity is violated by 0.0125" in refused(scenario, placement)


def test_feasible_but_not_optimal(scenario, placement):
    move(placement, 0.5, "Q", "P")
    message = refused(scenario, placement)
    assert "the relative duality gap is" in message
    assert "violated" not in message


def test_all_local_is_not_optimal(scenario, placement):
    placement["flow"] = gf.local(scenario).flow
    assert "the relative duality gap is" in refused(scenario, placement)


def test_negative_capacity_price(scenario, placement):
    placement["capacity_price"] -= 0.01
    assert "the sign of a capacity price is violated by" in refused(scenario, placement)


def test_price_of_an_unlimited_capacity(scenario, placement):
    placement["capacity_price"].loc["S"] = 1
    assert "the price of an unlimited capacity is violated by" in refused(scenario, placement)


def test_negative_warmup_price(scenario, placement):
    placement["warmup_price"] -= 1
    assert "the sign of a warm-up price is violated by" in refused(scenario, placement)


def test_warmup_price_above_the_cost_of_warmup(scenario, placement):
    placement["warmup_price"].loc["Q"] = 5.1
    assert "the upper bound of a warm-up price is violated by" in refused(scenario, placement)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_wrong_capacity_price(scenario, placement, factor):
    placement["capacity_price"] *= factor
    message = refused(scenario, placement)
    assert "the relative duality gap is" in message
    assert "violated" not in message


def test_wrong_warmup_price(scenario, placement):
    assert placement.warmup_price.any()
    placement["warmup_price"] *= 0
    assert "the relative duality gap is" in refused(scenario, placement)


def test_missing_numbers(scenario, placement):
    placement["flow"] = placement.flow.where(placement.region != "R")
    assert "violated by nan" in refused(scenario, placement)


def test_another_scenario(scenario, placement):
    """Dearer electricity in R leaves the flows feasible, but no longer the best."""
    scenario["price"].loc["R"] = 90
    assert "was it computed from this very scenario?" in refused(scenario, placement)


def test_tolerance(scenario, placement):
    move(placement, 1e-4, "Q", "P")
    refused(scenario, placement)
    assert gf.certify(scenario, placement, tolerance=1e-3)["gap"] > TOLERANCE


def test_labels_are_matched_by_name(scenario, placement):
    """A scenario whose labels come in another order is the same scenario."""
    shuffled = scenario.isel(region=[2, 0, 3, 1], service=[1, 3, 0, 2])
    assert gf.certify(shuffled, placement) == pytest.approx(gf.certify(scenario, placement))


def test_other_labels(scenario, placement):
    with pytest.raises(gf.GeofrontError, match="region labels 'S'"):
        gf.certify(scenario.drop_sel(region="S", service="S"), placement)


def test_invalid_scenario(scenario, placement):
    with pytest.raises(gf.GeofrontError, match="'pue' is missing"):
        gf.certify(scenario.drop_vars("pue"), placement)


@pytest.mark.parametrize("frictions", [(), ("egress",), ("egress", "legal"), gf.FRICTIONS], ids=len)
def test_a_placement_read_from_a_file_is_certified_under_its_own_frictions(frictions, tmp_path):
    scenario = tiny(price={"P": 50, "Q": 20}, upload=10, egress_request=0.5, pinned_share=0.25, overhead_cost=2)
    gf.place(scenario, frictions=frictions).to_netcdf(tmp_path / "placement.nc", engine="h5netcdf")
    placement = xr.load_dataset(tmp_path / "placement.nc", engine="h5netcdf")
    assert abs(gf.certify(scenario, placement)["gap"]) <= TOLERANCE
    assert gf.relocatable(scenario, placement).attrs["frictions"] == frictions

"""The certificate accepts optima and names the fault of everything else."""

import numpy as np
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront import placement as placement_module
from geofront.model import problem
from geofront.names import SOLVERS, TOLERANCE


@pytest.fixture
def scenario():
    """10 MW at home P, half pinned, half of the rest regulated; Q is unlawful, R lawful, S out of reach.

    Q costs 20 USD and holds 2 MW, R 40 and P 60; starting 1 MW takes 0.25 MWh, 5 USD in Q and 10 in R.
    """
    return tiny(
        regions="PQRS",
        hours=2,
        demand=[10, 20],
        rtt={"P": [0, 50, 60, 5000], "Q": 50, "R": 50, "S": 50},
        price={"P": 60, "Q": 20, "R": 40, "S": 1},
        capacity={"P": 20, "Q": 2, "R": 50, "S": np.inf},
        pinned_share=0.5,
        regulated_share=0.5,
        lawful={"a": {"P": True, "Q": False, "R": True, "S": True}},
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
    """Half stays at P, 2 MW run in Q and the rest in R, where 5 MW start in the second hour.

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
    scenario = tiny(
        regions="PQR",
        carbon={"P": 500, "Q": 0, "R": 0},
        price={"P": 50, "Q": 20, "R": 150},
        capacity={"P": 10, "Q": 5, "R": 10},
    )
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
    with pytest.raises(gf.GeofrontError, match="placement: 'flow' is not a number, or infinite, at some labels"):
        gf.certify(scenario, placement)


@pytest.mark.parametrize("name", ["capacity_price", "warmup_price", "demand_price"])
def test_infinite_shadow_prices(scenario, placement, name):
    placement[name] = placement[name].where(placement[name] == placement[name].min(), float("inf"))
    with pytest.raises(gf.GeofrontError, match=f"placement: '{name}' is not a number, or infinite"):
        gf.certify(scenario, placement)


def test_another_scenario(scenario, placement):
    """With more expensive electricity in R the flows are feasible, but no longer optimal."""
    scenario["price"].loc["R"] = 90
    assert "was it computed from this scenario?" in refused(scenario, placement)


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


@pytest.mark.slow
@pytest.mark.parametrize("frictions", [(), ("egress",), ("egress", "legal"), gf.FRICTIONS], ids=len)
def test_a_placement_read_from_a_file_is_certified_under_its_own_frictions(frictions, tmp_path):
    scenario = tiny(price={"P": 50, "Q": 20}, upload=10, egress_request=0.5, pinned_share=0.25, overhead_cost=2)
    gf.place(scenario, frictions=frictions).to_netcdf(tmp_path / "placement.nc", engine="h5netcdf")
    placement = xr.load_dataset(tmp_path / "placement.nc", engine="h5netcdf")
    assert abs(gf.certify(scenario, placement)["gap"]) <= TOLERANCE
    assert gf.relocatable(scenario, placement).attrs["frictions"] == frictions


def beside(**values):
    """10,000 MW of client a at home P and 0.009 MW of client b at home Q. R has room for both, at 10 USD/MWh."""
    return tiny(
        regions="PQR",
        clients={"a": "P", "b": "Q"},
        demand={"a": [[1e4]], "b": [[values.pop("small", 0.009)]]},
        price={"P": 50, "Q": 50, "R": 10},
        capacity={"P": 2e4, "Q": 1, "R": 2e4},
        **values,
    )


def test_a_small_demand_unserved_next_to_a_large_one():
    scenario = beside()
    placement = gf.place(scenario)
    placement.flow.loc[{"client": "b"}] = 0
    assert "the demand balance is violated by 1 (relative) at 'b, A, 2023-03-21'" in refused(scenario, placement)


def test_a_small_demand_five_times_too_expensive():
    """1e-9 MW stay at home for 50 USD/MWh and could run in R for 10: 4/5 of what they cost is lost."""
    scenario = beside(small=1e-9)
    placement = gf.place(scenario)
    placement.flow.loc[{"client": "b", "region": "R"}] = 0
    placement.flow.loc[{"client": "b", "region": "Q"}] = 1e-9
    message = refused(scenario, placement)
    assert "the least cost of a demand is missed by 0.8 (relative) at 'b, A, 2023-03-21'" in message


def test_a_small_capacity_exceeded_next_to_large_ones():
    """R is the cheapest, and it can hold 0.01 of the 10,000 MW."""
    scenario = beside()
    scenario["capacity"].loc["R"] = 0.01
    placement = gf.place(scenario)
    placement.flow.loc[{"client": "a", "region": "R"}] += 0.001
    placement.flow.loc[{"client": "a", "region": "P"}] -= 0.001
    assert "a capacity is violated by" in refused(scenario, placement)


COMPONENTS = ["energy", "egress", "overhead", "warm-up", "carbon"]


@pytest.fixture(scope="module")
def rich():
    """A scenario in which every reported number is above zero somewhere, and its placement."""
    scenario = tiny(
        regions="PQR",
        clients={"a": "P", "b": "Q"},
        workloads="AB",
        hours=3,
        demand=[3, 9, 5],
        weight=[2, 1, 3],
        price={"P": [50, 60, 70], "Q": [20, 70, 20], "R": [40, 30, 45]},
        pue={"P": 1.25, "Q": 1.1, "R": 1.2},
        capacity={"P": 60, "Q": 30, "R": 10},
        pinned_share=0.2,
        regulated_share=0.25,
        lawful={"a": [True, False, True], "b": True},
        overhead_energy=0.1,
        overhead_cost=1,
        warmup=0.1,
        upload=2,
        download=4,
        egress_request=0.5,
        egress_response=0.25,
    )
    return scenario, gf.place(scenario, carbon_price=20)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_reported_cost_that_is_halved(rich, component):
    scenario, placement = rich[0], rich[1].copy(deep=True)
    assert (placement.cost.sel(component=component) > 0).any()
    placement.cost.loc[{"component": component}] /= 2
    assert f"the reported cost ({component}) is off by 0." in refused(scenario, placement)


@pytest.mark.parametrize(
    "name", ["cost", "emissions", "energy", "used_capacity", "demand_price", "weight", "flow", "capacity_price"]
)
@pytest.mark.parametrize("seed", range(5))
def test_one_number_that_is_changed(rich, name, seed):
    """Any of them, by one part in ten thousand."""
    scenario, placement = rich[0], rich[1].copy(deep=True)
    numbers = placement[name].values.copy()
    positions = np.argwhere(np.abs(numbers) > 1e-6)
    numbers[tuple(np.random.default_rng(seed).choice(positions))] *= 1 + 1e-4
    refused(scenario, placement.assign({name: placement[name].copy(data=numbers)}))


@pytest.mark.parametrize("name", ["cost", "emissions", "energy", "used_capacity", "flow", "capacity_price"])
def test_numbers_of_two_regions_swapped(rich, name):
    scenario, placement = rich[0], rich[1].copy(deep=True)
    swapped = placement[name].sel(region=["R", "Q", "P"]).assign_coords(region=placement.region)
    refused(scenario, placement.assign({name: swapped.transpose(*placement[name].dims)}))


@pytest.mark.parametrize("name", ["capacity_price", "warmup_price", "demand_price", "flow", "emissions"])
def test_numbers_of_two_hours_swapped(rich, name):
    scenario, placement = rich[0], rich[1].copy(deep=True)
    swapped = placement[name].isel(hour=[1, 0, 2]).assign_coords(hour=placement.hour)
    refused(scenario, placement.assign({name: swapped}))


def test_another_home_or_block(rich):
    scenario, placement = rich
    home = placement.home.copy(data=np.array(["P", "P"], object))
    assert "the reported home is not the scenario's" in refused(scenario, placement.assign_coords(home=home))
    assert "the reported block is not the scenario's" in refused(
        scenario, placement.assign_coords(block=("hour", [1, 1, 2]))
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"carbon_price": 0}, "the placement was made for carbon_price=20.0, not for 0"),
        ({"objective": "carbon"}, "the placement was made for objective='cost', not for 'carbon'"),
        ({"frictions": ["capacity"]}, r"the placement was made for frictions=\(.*\), not for \('capacity',\)"),
    ],
)
def test_a_placement_with_other_settings_than_expected(rich, asked, message):
    with pytest.raises(gf.GeofrontError, match=message):
        gf.certify(*rich, **asked)


def test_a_placement_with_the_expected_settings(rich):
    report = gf.certify(*rich, carbon_price=20, objective="cost", frictions=gf.FRICTIONS)
    assert report == gf.certify(*rich)


def test_an_unknown_objective(rich):
    with pytest.raises(gf.GeofrontError, match="the placement's objective 'profit' is unknown: use one of cost"):
        gf.certify(rich[0], rich[1].assign_attrs(objective="profit"))


def test_another_carbon_signal(rich):
    scenario, placement = rich
    with pytest.raises(gf.GeofrontError, match="made for carbon_signal='marginal', not for 'average'"):
        gf.certify(scenario.assign_attrs(carbon_signal="average"), placement)


@pytest.mark.parametrize("name", ["cost", "emissions", "demand_price"])
def test_a_placement_that_lacks_a_variable(rich, name):
    with pytest.raises(gf.GeofrontError, match=f"not a placement with shadow prices: it lacks '{name}'"):
        gf.certify(rich[0], rich[1].drop_vars(name))


def test_a_cost_of_another_component(rich):
    scenario, placement = rich
    renamed = placement.assign_coords(component=["energy", "carbon", "egress", "overhead", "fee"])
    with pytest.raises(gf.GeofrontError, match=r"placement lacks the labels 'warm-up': pass what gf\.place returned"):
        gf.certify(scenario, renamed)


FAULTS = {
    "egress": lambda terms: terms.assign(egress=2 * terms.egress),
    "overhead": lambda terms: terms.assign(overhead=0 * terms.overhead),
    "execution": lambda terms: terms.assign(execution=1 + 0 * terms.execution),
    "price": lambda terms: terms.assign(facility_price=1.5 * terms.facility_price),
    "carbon": lambda terms: terms.assign(facility_carbon=0 * terms.facility_carbon),
    "warm-up": lambda terms: terms.assign(warmup_energy=0.5 * terms.warmup_energy),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_statement_of_the_problem(rich, fault, monkeypatch):
    """The certificate states the problem itself, so it refuses a placement that is optimal for a wrong one."""
    scenario, arc_terms = rich[0], problem.arc_terms
    for module in (problem, placement_module):
        monkeypatch.setattr(module, "arc_terms", lambda active: FAULTS[fault](arc_terms(active)))
    wrong = placement_module.place(scenario, carbon_price=20)
    refused(scenario, wrong)


@pytest.mark.slow
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "frictions",
    [gf.FRICTIONS, (), ("egress", "locality", "legal", "capacity")],
    ids=["all", "none", "independent hours"],
)
def test_placements_of_typical_days(solver, frictions):
    scenario = gf.stylized(snapshots="day", regions=["us-texas", "ca-ontario", "eu-paris", "sg-singapore"])
    report = gf.certify(scenario, gf.place(scenario, solver=solver, frictions=frictions))
    assert abs(report["gap"]) <= TOLERANCE


@pytest.mark.parametrize("solver", SOLVERS)
def test_placements_of_real_hours(shared_data, solver):
    year = gf.stylized(
        snapshots="year",
        hours=shared_data / "hourly_core12_2023.csv.gz",
        regions=["us-texas", "ca-ontario", "eu-paris", "sg-singapore"],
    )
    few = year.isel(hour=slice(24 * 200, 24 * 202))
    assert abs(gf.certify(few, gf.place(few, solver=solver, carbon_price=50))["gap"]) <= TOLERANCE

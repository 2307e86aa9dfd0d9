"""Ranges of near-optimal placements: cases solved by hand, and ranges confirmed by another program."""

import threading

import numpy as np
import pytest
import reference
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf

pytestmark = pytest.mark.slow

FLOW = ("client", "region", "workload", "hour")


def two_homes(**values):
    """10 MW at P and 10 at Q for 60 USD; 10 MW fit into R for 20 and into S for 30. Only from P to R is near."""
    return tiny(
        regions="PQRS",
        services="PQ",
        clients={"a": "P", "b": "Q"},
        price={"P": 60, "Q": 60, "R": 20, "S": 30},
        capacity={"P": 20, "Q": 20, "R": 10, "S": 10},
        rtt={"P": {"P": 2, "Q": 300, "R": 50, "S": 150}, "Q": {"P": 300, "Q": 2, "R": 150, "S": 150}},
        **values,
    )


def ranges(result, slack):
    at_slack = result.sel(slack=slack)
    return {
        name: (
            pytest.approx(float(at_slack.least.sel(quantity=name)), abs=1e-9),
            pytest.approx(float(at_slack.most.sel(quantity=name)), abs=1e-9),
        )
        for name in result.quantity.values
    }


def test_homes_exchange_destinations_at_equal_cost():
    """R and S are full at 500 USD. All, part or none of R's 10 of 20 MW may come from P."""
    scenario = two_homes()
    result = gf.near_optimal(
        scenario,
        gf.place(scenario),
        slack=0,
        quantities=["local", "regional", "energy-oriented:A", "relocated_share", "load:R", "load:Q"],
    )
    assert ranges(result, 0) == {
        "local": (0, 0),
        "regional": (0, 0.5),
        "energy-oriented:A": (0.5, 1),
        "relocated_share": (1, 1),
        "load:R": (10, 10),
        "load:Q": (0, 0),
    }
    assert result.units.values.tolist() == ["1", "1", "1", "1", "MW", "MW"]


def test_a_slack_brings_load_home():
    """6 % of 500 USD is 30: it keeps 1 MW at home for 60 USD instead of 30 in S, or 0.75 instead of 20 in R."""
    scenario = two_homes(carbon={"P": 100, "Q": 100, "R": 400, "S": 200})
    result = gf.near_optimal(
        scenario, gf.place(scenario), slack=[0, 0.06], quantities=["local", "energy-oriented", "emissions", "load:R"]
    )
    assert ranges(result, 0.06) == {
        "local": (0, 0.05),
        "energy-oriented": (0.45, 1),
        "emissions": (300 - 0.75 * 300 / 20, 300),
        "load:R": (9.25, 10),
    }
    np.testing.assert_allclose(result.least_bound, result.least, atol=1e-7)
    np.testing.assert_allclose(result.most_bound, result.most, atol=1e-7)


def test_own_coefficients():
    """How much of b's demand runs in R, in the second hour of two: 0 to 10 MW, in an hour of weight 4 h."""
    scenario = two_homes(hours=2, weight=[1, 4])
    coefficient = xr.DataArray(
        [[[0.0, 0], [0, 1]], [[0.0, 0], [0, 0]]],
        {"client": ["b", "a"], "region": ["S", "R"], "hour": scenario.hour.values},
        ("client", "region", "hour"),
    )
    coefficient = coefficient.reindex(region=list("PQRS"), fill_value=0.0).assign_attrs(units="MWh/yr")
    result = gf.near_optimal(scenario, gf.place(scenario), slack=0, quantities={"b in R": coefficient, "all": "local"})
    assert ranges(result, 0) == {"b in R": (0, 40), "all": (0, 0)}
    assert result.units.values.tolist() == ["MWh/yr", "1"]


def test_clients_of_one_home_may_have_different_coefficients():
    """Two clients at P of 5 MW each: at equal cost, either may fill the 5 MW of Q."""
    scenario = tiny(clients={"a": "P", "b": "P"}, demand=5, price={"P": 60, "Q": 20}, capacity={"P": 10, "Q": 5})
    a_in_q = xr.DataArray([[0.0, 1], [0, 0]], {"client": ["a", "b"], "region": ["P", "Q"]})
    result = gf.near_optimal(scenario, gf.place(scenario), slack=0, quantities={"a in Q": a_in_q})
    assert ranges(result, 0) == {"a in Q": (0, 5)}


def test_pinned_demand_counts():
    scenario = tiny(price={"P": 60, "Q": 20}, capacity={"P": 10, "Q": 5}, pinned_share=0.25)
    result = gf.near_optimal(scenario, gf.place(scenario), slack=[0, 1], quantities=["local", "relocated_share"])
    assert ranges(result, 0) == {"local": (0.5, 0.5), "relocated_share": (0.5, 0.5)}
    assert ranges(result, 1) == {"local": (0.5, 1), "relocated_share": (0, 0.5)}


def test_a_class_without_demand_has_no_range():
    scenario = two_homes(workloads="AB", demand={"a": {"A": 10, "B": 0}, "b": {"A": 10, "B": 0}})
    result = gf.near_optimal(scenario, gf.place(scenario), quantities=["local:A", "local:B"])
    assert np.isfinite(result.sel(quantity="local:A").least).all()
    assert result.sel(quantity="local:B").to_array().isnull().all()


def test_the_placement_s_own_settings_apply():
    """By emissions alone, S and R are equally good, and without capacity all demand may go to either."""
    scenario = two_homes(carbon={"P": 100, "Q": 100, "R": 50, "S": 50})
    placement = gf.place(scenario, objective="carbon", frictions=["migration"])
    result = gf.near_optimal(scenario, placement, quantities=["load:R", "load:S"], slack=[0, 0.1])
    assert ranges(result, 0) == {"load:R": (20, 20), "load:S": (0, 0)}
    assert float(result.most.sel(quantity="load:S", slack=0.1)) == pytest.approx(20)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"quantities": ["share"]}, "quantity 'share' is unknown: use relocated_share, emissions, local"),
        ({"quantities": ["local:Z"]}, "quantity 'local:Z' is unknown"),
        ({"quantities": ["local"], "slack": -0.1}, "slack=-0.1 is negative: give 0 or more"),
        ({"quantities": ["local"], "slack": [0, np.nan]}, "slack=nan is not a number"),
        ({"quantities": {"mine": 3}}, "quantity 'mine' is a int: give a name or an xarray.DataArray"),
        ({"quantities": {"mine": xr.DataArray([1.0], dims="block")}}, "quantity 'mine' has dims 'block'"),
        (
            {"quantities": {"mine": xr.DataArray([1.0], {"region": ["P"]})}},
            "do not share the region labels 'Q', 'R', 'S'",
        ),
        ({"quantities": {"mine": xr.DataArray([1, np.nan, 0, 0], {"region": list("PQRS")})}}, "not finite numbers"),
    ],
)
def test_refusals(arguments, message):
    scenario = two_homes()
    with pytest.raises(gf.GeofrontError, match=message):
        gf.near_optimal(scenario, gf.place(scenario), **arguments)


def test_a_baseline_is_refused():
    scenario = two_homes()
    with pytest.raises(gf.GeofrontError, match="not a placement with shadow prices: it lacks 'capacity_price'"):
        gf.near_optimal(scenario, gf.local(scenario), quantities=["local"])


def test_cancelled():
    cancel = threading.Event()
    cancel.set()
    scenario = two_homes()
    with pytest.raises(gf.GeofrontError, match="cancelled"):
        gf.near_optimal(scenario, gf.place(scenario), quantities=["local"], cancel=cancel)


@st.composite
def cases(draw):
    """A scenario, the settings of a placement, and coefficients over some dims."""
    scenario = draw(scenarios())
    settings = {"frictions": draw(friction_subsets), "carbon_price": draw(st.sampled_from([0.0, 100.0]))}
    dims = [dim for dim in FLOW if draw(st.booleans())]
    shape = [scenario.sizes[dim] for dim in dims]
    numbers = draw(
        st.lists(
            st.sampled_from([-1.0, 0.0, 0.0, 1.0, 3.0]), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))
        )
    )
    array = xr.DataArray(np.reshape(numbers, shape), {dim: scenario[dim].values for dim in dims}, dims)
    return scenario, settings, array


@settings(max_examples=25)
@given(case=cases())
def test_ranges_are_those_of_a_plain_program(case):
    """They also contain the placement's own value and widen with the slack."""
    scenario, chosen, array = case
    slacks = [0.0, 0.01, 0.2]
    placement = gf.place(scenario, **chosen)
    result = gf.near_optimal(scenario, placement, quantities={"mine": array}, slack=slacks).sel(quantity="mine")
    full = array.broadcast_like(placement.flow).transpose(*FLOW)
    of_flow = full.to_series().to_dict()
    size = float((scenario.demand * scenario.weight).sum()) + 1
    least = reference.least_within(scenario, of_flow, slacks, **chosen)
    most = reference.least_within(scenario, {key: -each for key, each in of_flow.items()}, slacks, **chosen)
    np.testing.assert_allclose(result.least, least, atol=1e-6 * size)
    np.testing.assert_allclose(result.most, np.negative(most), atol=1e-6 * size)
    np.testing.assert_allclose(result.least_bound, result.least, atol=1e-7 * size)
    np.testing.assert_allclose(result.most_bound, result.most, atol=1e-7 * size)
    assert (np.diff(result.least) <= 1e-8 * size).all()
    assert (np.diff(result.most) >= -1e-8 * size).all()
    assert (result.least <= result.value + 1e-8 * size).all()
    assert (result.value <= result.most + 1e-8 * size).all()


def test_typical_days_leave_destinations_open_but_neither_loads_nor_emissions():
    """At equal cost, the destinations of class D have a range; its share at home does not."""
    scenario = gf.stylized()
    placement = gf.place(scenario)
    names = ["regional:D", "energy-oriented:D", "local:D", "relocated_share", "emissions", "load:br-saopaulo"]
    result = gf.near_optimal(scenario, placement, quantities=names, slack=0).squeeze("slack").to_dataframe()
    assert result.loc["regional:D", ["least", "most"]].tolist() == pytest.approx([0.0636, 0.3021], abs=1e-4)
    assert result.loc["energy-oriented:D", ["least", "most"]].tolist() == pytest.approx([0.3867, 0.6252], abs=1e-4)
    unique = result.loc[["local:D", "relocated_share", "emissions", "load:br-saopaulo"]]
    np.testing.assert_allclose(unique.least, unique.most, rtol=1e-9)
    np.testing.assert_allclose(unique.least, unique.value, rtol=1e-9)
    np.testing.assert_allclose(result.least_bound, result.least, rtol=1e-9)

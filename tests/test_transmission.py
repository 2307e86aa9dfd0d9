"""Lines against digital relocation: hand-solved cases, limits, monotonicity, break-even, provenance."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios import tiny
from scipy.special import lambertw

import geofront as gf
from geofront.errors import GeofrontError
from geofront.inputs import loaders
from geofront.quantities.hvdc_link import CASES, LINES, annuity
from geofront.quantities.hvdc_link import parameters as hvdc_parameters
from geofront.quantities.transmission import (
    COSTS,
    HALF_CIRCUMFERENCE,
    break_even_distance,
    latency_reach,
    transmission_or_relocation,
)

RTOL = 1e-9

SIMPLE_HVDC = {
    "converter_loss": 0.1,
    "line_loss_overhead": 0.5,
    "line_loss_submarine": 0.2,
    "converter_capex": 87.6,
    "line_capex_overhead": 438.0,
    "line_capex_submarine": 876.0,
    "converter_fom": 0.1,
    "line_fom_overhead": 0.0,
    "line_fom_submarine": 0.1,
    "lifetime": 10.0,
    "discount_rate": 0.0,
    "utilisation": 0.5,
    "route_factor": 1.0,
    "network_energy": 0.1,
    "network_carbon": 400.0,
    "substation_loss": 0.05,
    "line_loss_ac": 0.36,
    "substation_capex": 21.9,
    "line_capex_ac": 876.0,
    "substation_fom": 0.1,
    "line_fom_ac": 0.1,
    "egress_multiple": 1.0,
    "bytes_multiple": 1.0,
    "overhead_multiple": 1.0,
}
SIMPLE_WORKLOAD = {
    "label": "Simple",
    "latency_budget_ms": 200.0,
    "service_time_ms": 100.0,
    "round_trips": 2.0,
    "energy_wh_per_request": 2.0,
    "upload_kb_per_request": 10.0,
    "download_kb_per_request": 90.0,
    "relocation_energy_overhead": 0.25,
    "relocation_cost_usd_per_mwh": 3.0,
}
SIMPLE_END = {"price": 20.0, "carbon": 100.0, "egress_price": 0.1, "pue_source": 1.2}


def hvdc_table(**changes):
    return pd.DataFrame({"value": SIMPLE_HVDC | changes}).rename_axis("parameter")


def workload_table(**changes):
    return pd.DataFrame([SIMPLE_WORKLOAD | changes], index=pd.Index(["S"], name="workload"))


def simple(distances, **changes):
    conditions = {"hvdc": hvdc_table(), "workloads": workload_table()} | SIMPLE_END | changes
    return transmission_or_relocation(distances, **conditions)


def simple_break_even(**changes):
    conditions = {"hvdc": hvdc_table(), "workloads": workload_table()} | SIMPLE_END | changes
    return break_even_distance(**conditions)


def figures(table, option):
    return {name: float(values) for name, values in table.sel(option=option).squeeze().data_vars.items()}


@st.composite
def settings_of_a_comparison(draw):
    """Parameters of any plausible line, class and sending end."""

    def number(low, high):
        return draw(st.floats(low, high))

    link = hvdc_table(
        converter_loss=number(0, 0.05),
        line_loss_overhead=number(0, 0.3),
        line_loss_submarine=number(0, 0.3),
        converter_capex=number(0, 1000),
        converter_fom=number(0, 0.05),
        line_capex_overhead=number(0, 3000),
        line_fom_overhead=number(0, 0.05),
        line_capex_submarine=number(0, 3000),
        line_fom_submarine=number(0, 0.05),
        substation_loss=number(0, 0.05),
        line_loss_ac=number(0, 0.3),
        substation_capex=number(0, 1000),
        substation_fom=number(0, 0.05),
        line_capex_ac=number(0, 3000),
        line_fom_ac=number(0, 0.05),
        egress_multiple=number(0, 5),
        bytes_multiple=number(0, 5),
        overhead_multiple=number(0, 5),
        lifetime=number(5, 80),
        discount_rate=number(0, 0.2),
        utilisation=number(0.1, 1),
        route_factor=number(1, 2),
        network_energy=number(0, 0.1),
    )
    classes = workload_table(
        relocation_energy_overhead=number(0, 1),
        relocation_cost_usd_per_mwh=number(0, 50),
        upload_kb_per_request=number(0, 1000),
        download_kb_per_request=number(0, 1000),
    )
    return {
        "hvdc": link,
        "workloads": classes,
        "price": number(0, 300),
        "carbon": number(0, 1000),
        "carbon_price": number(0, 300),
        "egress_price": number(0, 0.2),
        "pue_source": number(1, 2),
        "pue_user": number(1, 2),
    }


def test_transmission_by_hand():
    # Shares (0.9)²·0.5 = 0.405; link 17,520 + 43,800 USD/MW/yr over 4,380 MWh = 4 + 10 USD per MWh sent.
    overhead = figures(simple([1000.0]), "HVDC overhead")
    assert overhead["delivered_share"] == pytest.approx(0.405, rel=RTOL)
    assert overhead["electricity"] == pytest.approx(1.2 / 0.405, rel=RTOL)
    assert overhead["energy_cost"] == pytest.approx(24 / 0.405, rel=RTOL)
    assert overhead["link_cost"] == pytest.approx(1.2 * 14 / 0.405, rel=RTOL)
    assert overhead["cost"] == pytest.approx(40.8 / 0.405, rel=RTOL)
    assert overhead["emissions"] == pytest.approx(120 / 0.405, rel=RTOL)
    assert overhead["traffic"] == overhead["egress_cost"] == overhead["latency_added"] == 0
    assert overhead["feasible"]


def test_submarine_by_hand():
    # 0.81·0.8² after 2000 km; cable 876·(0.1 + 0.1)·2000 = 350,400 USD/MW/yr = 80 USD per MWh sent.
    submarine = figures(simple([2000.0]), "HVDC submarine")
    assert submarine["delivered_share"] == pytest.approx(0.5184, rel=RTOL)
    assert submarine["cost"] == pytest.approx(1.2 * (20 + 4 + 80) / 0.5184, rel=RTOL)


def test_ac_line_by_hand():
    # 0.95²·0.64^0.5 = 0.722 after 500 km; substations 21,900·0.2 = 4,380 and line 876·0.2·500 = 87,600 USD/MW/yr,
    # over 4,380 MWh: 1 + 20 USD per MWh sent.
    ac = figures(simple([500.0]), "AC overhead")
    assert ac["delivered_share"] == pytest.approx(0.722, rel=RTOL)
    assert ac["link_cost"] == pytest.approx(1.2 * 21 / 0.722, rel=RTOL)
    assert ac["cost"] == pytest.approx(1.2 * 41 / 0.722, rel=RTOL)
    assert ac["feasible"]


def test_multiples_scale_bytes_egress_and_overhead():
    # 3·50 GB/MWh at 2·0.1 USD/GB, and an overhead of 0.5·0.25 and 0.5·3 USD/MWh.
    link = hvdc_table(bytes_multiple=3.0, egress_multiple=2.0, overhead_multiple=0.5)
    relocated = figures(simple([1000.0], hvdc=link), "S")
    assert relocated["traffic"] == pytest.approx(150, rel=RTOL)
    assert relocated["egress_cost"] == pytest.approx(30, rel=RTOL)
    assert relocated["overhead_cost"] == pytest.approx(1.5, rel=RTOL)
    assert relocated["electricity"] == pytest.approx(1.2 * 1.125 + 0.015, rel=RTOL)
    assert relocated["cost"] == pytest.approx(1.2 * 1.125 * 20 + 31.5, rel=RTOL)


def test_local_price_is_that_at_which_buying_at_the_users_site_costs_the_same():
    table = simple([1000.0], pue_user=1.5)
    np.testing.assert_allclose(1.5 * table.local_price, table.cost, rtol=RTOL)


def test_a_break_even_of_zero_means_that_terminals_cost_more_than_moving_the_requests():
    # Converters: 1.2·24/0.81 − 24; substations: 1.2·21/0.9025 − 24; relocation: 38 − 24 USD/MWh.
    result = simple_break_even()
    assert result.terminal_cost.to_series().to_dict() == pytest.approx(
        {"overhead": 1.2 * 24 / 0.81 - 24, "submarine": 1.2 * 24 / 0.81 - 24, "ac": 1.2 * 21 / 0.9025 - 24}, rel=RTOL
    )
    assert result.relocation_cost.item() == pytest.approx(14, rel=RTOL)
    assert (result.break_even.sel(workload="S") > 0).to_series().to_dict() == {
        "overhead": True,
        "submarine": True,
        "ac": True,
    }
    free = simple_break_even(workloads=workload_table(relocation_energy_overhead=0.0), egress_price=0.06)
    assert free.relocation_cost.item() == pytest.approx(6, rel=RTOL)
    assert (free.break_even.sel(workload="S") > 0).to_series().to_dict() == {
        "overhead": False,
        "submarine": False,
        "ac": True,
    }


def test_relocation_by_hand():
    # 100 kB per 2 Wh = 50 GB/MWh; 1.2·1.25 = 1.5 MWh executed and 0.005 MWh in the network.
    relocated = figures(simple([1000.0]), "S")
    assert relocated["traffic"] == pytest.approx(50, rel=RTOL)
    assert relocated["electricity"] == pytest.approx(1.505, rel=RTOL)
    assert relocated["delivered_share"] == pytest.approx(1.2 / 1.505, rel=RTOL)
    assert relocated["energy_cost"] == pytest.approx(30, rel=RTOL)
    assert relocated["egress_cost"] == pytest.approx(5, rel=RTOL)
    assert relocated["overhead_cost"] == pytest.approx(3, rel=RTOL)
    assert relocated["cost"] == pytest.approx(38, rel=RTOL)
    assert relocated["emissions"] == pytest.approx(150 + 0.005 * 400, rel=RTOL)
    # Two round trips of 1.4·(10 + 20) = 42 ms instead of 2 ms.
    assert relocated["latency_added"] == pytest.approx(80, rel=RTOL)
    assert relocated["link_cost"] == 0


def test_carbon_price_adds_its_share_of_emissions_to_both_ways():
    plain, priced = simple([1000.0]), simple([1000.0], carbon_price=50.0)
    np.testing.assert_allclose(priced.cost - plain.cost, 0.05 * plain.emissions, rtol=RTOL)


def test_user_pue_matters_to_transmission_only():
    table, efficient = simple([700.0]), simple([700.0], pue_user=1.0)
    sent = table.kind == "transmission"
    np.testing.assert_allclose(efficient.cost[sent] * 1.2, table.cost[sent], rtol=RTOL)
    np.testing.assert_array_equal(efficient.cost[~sent], table.cost[~sent])


def test_class_a_moves_200_gb_and_pays_4_usd_per_mwh_at_2_cents():
    interactive = figures(transmission_or_relocation([1000.0], egress_price=0.02), "A")
    assert interactive["traffic"] == pytest.approx(200, rel=RTOL)
    assert interactive["egress_cost"] == pytest.approx(4, rel=RTOL)


def test_without_losses_and_capital_distance_costs_nothing():
    nothing = ("converter_loss", "line_loss_overhead", "converter_capex", "line_capex_overhead")
    free = hvdc_table(**dict.fromkeys(nothing, 0.0))
    overhead = simple([0.0, 500.0, 20000.0], hvdc=free).sel(option="HVDC overhead")
    np.testing.assert_allclose(overhead.delivered_share, 1.0, rtol=RTOL)
    np.testing.assert_allclose(overhead.cost, 1.2 * 20, rtol=RTOL)
    assert np.isinf(simple_break_even(hvdc=free).break_even.sel(line="overhead")).all()


def test_zero_distance_still_pays_for_converters():
    overhead = figures(simple([0.0]), "HVDC overhead")
    assert overhead["delivered_share"] == pytest.approx(0.81, rel=RTOL)
    assert overhead["cost"] == pytest.approx(1.2 * 24 / 0.81, rel=RTOL)


def test_route_factor_lengthens_the_line_not_the_network():
    long = simple([1000.0], hvdc=hvdc_table(route_factor=1.5))
    straight = simple([1500.0])
    np.testing.assert_allclose(
        long.cost.sel(option="HVDC overhead"), straight.cost.sel(option="HVDC overhead"), rtol=RTOL
    )
    assert float(long.latency_added.sel(option="S").item()) == pytest.approx(80, rel=RTOL)


@given(st.floats(0, 1e9), st.floats(1e-6, 0.5), st.floats(0.5, 100))
def test_annuity_repays_the_investment(capex, rate, lifetime):
    present_value = annuity(capex, rate, lifetime) * (1 - (1 + rate) ** -lifetime) / rate
    assert present_value == pytest.approx(capex, rel=1e-7)


def test_annuity_closed_form():
    # Loan tables: 7 % over 40 years costs 7.500914 % a year.
    assert annuity(1.0, 0.07, 40) == pytest.approx(0.07500914, abs=5e-9)
    payments = annuity(1000.0, 0.05, 3) / 1.05 ** np.arange(1, 4)
    assert payments.sum() == pytest.approx(1000, rel=RTOL)
    assert annuity(1000.0, 0.0, 8) == 125
    assert annuity(1.0, 1e-12, 8) == pytest.approx(1 / 8, rel=RTOL)


@given(settings_of_a_comparison(), st.lists(st.floats(0, 20000), min_size=2, max_size=6))
@settings(max_examples=50, deadline=None)
def test_with_distance_transmission_gets_dearer_and_relocation_only_slower(setting, distances):
    table = transmission_or_relocation(sorted(distances), **setting)
    sent = table.sel(option=table.kind == "transmission")
    assert (sent.cost.diff("distance") >= -RTOL * sent.cost.max()).all()
    assert (sent.emissions.diff("distance") >= -RTOL * sent.emissions.max()).all()
    assert (sent.delivered_share.diff("distance") <= 0).all()
    assert ((sent.delivered_share > 0) & (sent.delivered_share <= 1)).all()
    relocated = table.sel(option=table.kind == "relocation")
    for name in (*COSTS, "cost", "emissions", "electricity", "delivered_share", "traffic"):
        assert (relocated[name] == relocated[name].isel(distance=0)).all(), name
    assert (relocated.latency_added.diff("distance") >= 0).all()
    assert (relocated.feasible.astype(int).diff("distance") <= 0).all()


@given(settings_of_a_comparison())
@settings(max_examples=50, deadline=None)
def test_break_even_distance_equalises_costs(setting):
    result = break_even_distance(**setting)
    for line in result.line.values:
        distance = float(result.break_even.sel(workload="S", line=line))
        if np.isinf(distance):
            assert cost_gap(HALF_CIRCUMFERENCE, line, setting) < 0
        elif distance == 0:
            assert cost_gap(0.0, line, setting) >= 0
        else:
            budget = float(transmission_or_relocation([0.0], **setting).cost.sel(option="S").item())
            assert cost_gap(distance, line, setting) == pytest.approx(0, abs=1e-9 * budget)
            assert cost_gap(0.9 * distance, line, setting) <= 0
        saved = float(result.terminal_cost.sel(line=line) - result.relocation_cost.sel(workload="S"))
        assert (distance == 0) == (saved >= 0) or abs(saved) < 1e-9 * (1 + float(result.relocation_cost.item()))


def cost_gap(distance, line, setting):
    cost = transmission_or_relocation([distance], **setting).cost.squeeze("distance")
    return float(cost.sel(option=LINES[line]) - cost.sel(option="S"))


def test_break_even_without_line_losses_is_gap_over_slope():
    # Overhead costs (1.2/0.81)·(24 + 0.01·d), relocation 38 plus 12 of other cost.
    lossless = hvdc_table(line_loss_overhead=0.0)
    result = simple_break_even(hvdc=lossless, workloads=workload_table(relocation_cost_usd_per_mwh=15.0))
    expected = (50 * 0.81 / 1.2 - 24) / 0.01
    assert float(result.break_even.sel(line="overhead").item()) == pytest.approx(expected, rel=RTOL)


def test_break_even_with_line_losses_is_the_lambert_function():
    # (24 + 0.01·d)·2^(d/1000) = 50·0.81/1.2
    result = simple_break_even(workloads=workload_table(relocation_cost_usd_per_mwh=15.0))
    decay, fixed, slope, target = np.log(2) / 1000, 24.0, 0.01, 50 * 0.81 / 1.2
    argument = decay / slope * target * np.exp(decay * fixed / slope)
    expected = lambertw(argument).real / decay - fixed / slope
    assert float(result.break_even.sel(line="overhead").item()) == pytest.approx(expected, rel=RTOL)


def test_break_even_is_zero_where_relocation_is_cheaper_from_the_start():
    cheap = workload_table(relocation_energy_overhead=0.0, relocation_cost_usd_per_mwh=0.0)
    assert (simple_break_even(workloads=cheap, egress_price=0.0).break_even == 0).all()


def test_relocation_wins_needs_both_cheaper_and_in_time():
    # Break-even lies at some hundred kilometres; the reach is 1214 km, or 0 km with a budget of 166 ms.
    dear = workload_table(relocation_cost_usd_per_mwh=15.0)
    hurried = workload_table(relocation_cost_usd_per_mwh=15.0, latency_budget_ms=166.0)
    assert simple_break_even(workloads=dear).relocation_wins.sel(line="overhead").all()
    assert not simple_break_even(workloads=hurried).relocation_wins.any()


def test_ranges_favour_whom_they_say():
    distances = {case: break_even_distance(case=case).break_even for case in CASES}
    assert (distances["favours_transmission"] >= distances["value"]).all()
    assert (distances["value"] >= distances["favours_relocation"]).all()
    assert (distances["favours_transmission"] > distances["favours_relocation"]).any()


def test_reach_by_hand():
    # (200 − 100 − 10)/2 = 45 ms a round trip = 1.4·(2·d/200 + 20); rounding of 2e-7 ms is 7 mm of distance.
    reach = float(latency_reach(workload_table()).item())
    assert reach == pytest.approx((45 / 1.4 - 20) * 100, abs=1e-5)
    feasible = simple([reach - 0.01, reach + 0.01]).feasible.sel(option="S")
    assert feasible.values.tolist() == [True, False]


@pytest.mark.parametrize(("short_by", "in_time"), [(0.0, True), (1e-7, True), (1e-6, False)])
def test_a_class_is_in_time_up_to_rounding_like_in_a_placement(short_by, in_time):
    """10 + 2·1.4·(10 + 20) + 100 = 194 ms at 1000 km; rounding counts up to a billionth of the budget."""
    classes = workload_table(latency_budget_ms=194.0 - short_by)
    assert bool(simple([1000.0], workloads=classes).feasible.sel(option="S").item()) is in_time
    # The access round trip is 10 ms, and that to the region 42 ms, as in a scenario.
    scenario = tiny(rtt=42.0, round_trips=2.0, service_time=100.0, latency_budget=194.0 - short_by)
    assert bool(gf.feasibility(scenario).latency.sel(client="a", region="Q").item()) is in_time


def test_reach_ends_at_the_antipode_and_is_nan_where_nothing_is_near_enough():
    assert float(latency_reach(workload_table(latency_budget_ms=1e6)).item()) == HALF_CIRCUMFERENCE
    assert float(latency_reach(workload_table(round_trips=0.0)).item()) == HALF_CIRCUMFERENCE
    assert np.isnan(latency_reach(workload_table(latency_budget_ms=165.0))).all()
    assert np.isnan(latency_reach(workload_table(round_trips=0.0, latency_budget_ms=105.0))).all()


def test_reach_shrinks_with_a_slower_access_network():
    classes = loaders.workloads().loc[["A", "B"]]
    assert (latency_reach(classes, access_rtt=60.0) < latency_reach(classes)).all()


def test_every_variable_has_units_and_a_name():
    for result in (transmission_or_relocation([100.0]), break_even_distance()):
        for name, variable in result.data_vars.items():
            if variable.dtype != bool:
                assert variable.attrs["units"], name
                assert variable.attrs["long_name"], name
    assert transmission_or_relocation([100.0]).distance.attrs["units"] == "km"


def test_cost_is_the_sum_of_its_components():
    table = transmission_or_relocation([0.0, 3000.0], carbon_price=80.0)
    np.testing.assert_allclose(table.cost, sum(table[name] for name in COSTS), rtol=RTOL)


def test_source_gives_what_is_left_open():
    region = loaders.regions().loc["us-texas"]
    given = transmission_or_relocation(
        [900.0],
        price=region.price_usd_per_mwh,
        carbon=region.carbon_average_kg_per_mwh,
        egress_price=region.egress_usd_per_gb,
        pue_source=region.pue,
    )
    named = transmission_or_relocation([900.0], source="us-texas", carbon_signal="average")
    assert given.identical(named)


def test_delivered_prices_are_those_of_the_region_with_its_adder():
    region = loaders.regions().loc["ca-ontario"]
    given = transmission_or_relocation([900.0], price=region.price_usd_per_mwh + region.delivered_adder_usd_per_mwh)
    xr.testing.assert_identical(given, transmission_or_relocation([900.0], price_scope="delivered"))
    pairs = gf.ways_by_pair(["ca-ontario", "eu-paris"], price_scope="delivered")
    paris = loaders.regions().loc["eu-paris"]
    assert float(pairs.cost.sel(option="local", source="ca-ontario", user="eu-paris")) == pytest.approx(
        paris.pue * (paris.price_usd_per_mwh + paris.delivered_adder_usd_per_mwh), rel=RTOL
    )


def test_inputs_stay_unchanged():
    link, classes, distances = hvdc_table(), workload_table(), np.array([10.0, 20.0])
    simple(distances, hvdc=link, workloads=classes)
    pd.testing.assert_frame_equal(link, hvdc_table())
    pd.testing.assert_frame_equal(classes, workload_table())
    assert distances.tolist() == [10.0, 20.0]


@pytest.mark.parametrize("distances", [[], [-1.0], [20016.0], [np.nan], [[1.0]]])
def test_bad_distances_are_refused(distances):
    with pytest.raises(GeofrontError, match="distances"):
        simple(distances)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("converter_loss", 1.0),
        ("line_loss_overhead", -0.1),
        ("utilisation", 0.0),
        ("utilisation", 1.1),
        ("lifetime", 0.0),
        ("route_factor", 0.9),
        ("discount_rate", -0.01),
        ("network_energy", np.nan),
    ],
)
def test_bad_hvdc_parameters_are_named(name, value):
    with pytest.raises(GeofrontError, match=name):
        simple([100.0], hvdc=hvdc_table(**{name: value}))


def test_missing_hvdc_parameters_are_named():
    with pytest.raises(GeofrontError, match=r"missing.*'lifetime', 'utilisation'"):
        simple([100.0], hvdc=hvdc_table().drop(["utilisation", "lifetime"]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"case": "optimistic"}, "favours_transmission"),
        ({"source": "atlantis"}, "atlantis"),
        ({"carbon_signal": "guess"}, "marginal"),
        ({"pue_source": 0.9}, "pue_source"),
        ({"price": -1.0}, "price"),
        ({"carbon": np.nan}, "carbon"),
        ({"workloads": workload_table(energy_wh_per_request=0.0)}, "'S'"),
        ({"workloads": workload_table(round_trips=-1.0)}, "'S'"),
        ({"workloads": workload_table().iloc[:0]}, "no rows; add at least one"),
    ],
)
def test_bad_settings_are_refused(changes, message):
    with pytest.raises(GeofrontError, match=message):
        simple([100.0], **changes)


def test_every_hvdc_value_has_its_provenance():
    table = loaders.hvdc()
    provenance = loaders.provenance("hvdc").set_index(["parameter", "column"])
    assert not provenance.index.has_duplicates
    expected = pd.MultiIndex.from_product([table.index, CASES])
    assert set(provenance.index) == set(expected)
    stacked = table[list(CASES)].stack()
    np.testing.assert_array_equal(provenance["value"].reindex(stacked.index), stacked)
    units = provenance["unit"].groupby(level="parameter").agg(set)
    assert (units == table["unit"].map(lambda unit: {unit}).reindex(units.index)).all()
    assert provenance["source"].str.len().min() > 10
    assert provenance["year"].between(2010, 2026).all()
    allowed = {"measured", "published", "published-proxy", "modelled", "derived", "estimated", "definition"}
    assert set(provenance["confidence"]) <= allowed


def test_conversions_are_recorded():
    provenance = loaders.provenance("hvdc")
    converted = provenance["source_value"] * provenance["factor"]
    np.testing.assert_allclose(provenance["value"], converted, rtol=1e-4)
    unchanged = provenance["factor"] == 1
    assert (provenance["unit"] == provenance["source_unit"])[unchanged].all()
    assert provenance.loc[~unchanged, "note"].str.len().min() > 10


def test_what_was_only_recalled_counts_as_estimated():
    provenance = loaders.provenance("hvdc")
    recalled = provenance["note"].str.contains("recalled", na=False)
    assert recalled.any()
    assert (provenance.loc[recalled, "confidence"] == "estimated").all()


def test_ranges_enclose_the_central_figures():
    table = loaders.hvdc()
    low, high = table[list(CASES)].min(axis=1), table[list(CASES)].max(axis=1)
    ends = table[["favours_transmission", "favours_relocation"]]
    assert (ends.min(axis=1) == low).all()
    assert (ends.max(axis=1) == high).all()


def test_the_packaged_parameters_are_valid_in_every_case():
    for case in CASES:
        assert hvdc_parameters(case=case).notna().all()

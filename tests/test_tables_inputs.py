"""Tables 2 to 4: inputs of the model."""

import numpy as np
import pandas as pd
import pytest
from scenarios import tiny

import geofront as gf
from geofront import tables
from geofront.inputs import loaders
from geofront.tables.columns import largest_ratio


@pytest.fixture(scope="module")
def scenarios():
    return {signal: gf.stylized(snapshots="day", carbon_signal=signal) for signal in gf.CARBON_SIGNALS}


@pytest.fixture(scope="module")
def marginal(scenarios):
    return scenarios["marginal"]


def test_model_lists_every_set_parameter_and_result_with_its_unit(marginal):
    placement = gf.place(marginal)
    table = tables.model(marginal, placement).reset_index().set_index("In geofront")
    parameters = table[table.Kind == "Parameter"]
    assert set(parameters.index) == {*gf.schema().index, "carbon_price"}
    results = table[table.Kind.isin(["Decision", "Result", "Shadow price"])]
    assert set(results.index) == set(placement.data_vars)
    assert dict(results.Unit) == {name: placement[name].units for name in placement.data_vars}
    assert table.at["price", "Unit"] == "USD/MWh"
    assert table.at["region", "Over"] == "12 members"
    assert table.at["flow", "Over"] == "client, region, workload, hour"
    assert table.Meaning.str.len().min() > 0


def test_regions_have_annual_means_and_add_up_to_the_demand(scenarios):
    table, figures = tables.regions(scenarios), loaders.regions()
    figures = figures.set_index(figures["name"].str.replace("Northern ", "N. ")).reindex(table.index)
    np.testing.assert_allclose(table["Price"], figures.price_usd_per_mwh)
    np.testing.assert_allclose(table["Delivered adder"], figures.delivered_adder_usd_per_mwh)
    for column, signal in (("marginal", "marginal"), ("average", "average"), ("IFI", "marginal_ifi")):
        np.testing.assert_allclose(table[f"Carbon, {column}"], figures[f"carbon_{signal}_kg_per_mwh"])
    np.testing.assert_allclose(
        table[["PUE", "Egress", "Market"]], figures[["pue", "egress_usd_per_gb", "market_capacity_mw"]]
    )
    assert table["Home demand"].sum() == pytest.approx(1000)
    assert table["Home demand"].is_monotonic_decreasing
    assert (table["Capacity"] > table["Home demand"]).all()


def test_less_certain_values_are_named_unless_all_are_alike(scenarios):
    doubts = tables.regions(scenarios)["Less certain"]
    assert doubts["Paris"] == "PUE estimated"
    assert doubts["Melbourne"] == "market estimated; egress price by proxy"
    assert doubts["São Paulo"] == "marginal carbon contested"
    assert pd.isna(doubts["Frankfurt"])
    assert not doubts.drop("São Paulo").dropna().str.contains("marginal").any()


def test_fits_are_shown_only_where_hours_are_stylized(marginal):
    assert "R², price" in tables.regions({"marginal": marginal})
    real = marginal.assign_attrs(prices="real hours")
    assert not any("R²" in column for column in tables.regions({"marginal": real}))


def test_own_regions_need_no_provenance():
    scenario = tiny(regions="PQ", capacity={"P": [30.0, 50.0], "Q": 100.0}, hours=2)
    table = tables.regions({"marginal": scenario})
    assert table["Home demand"].to_dict() == {"P": 10.0, "Q": 0.0}
    assert table["Capacity"].to_dict() == {"P": 40.0, "Q": 100.0}
    assert table[["Market", "Less certain"]].isna().all(axis=None)
    assert tables.region_sources(scenario).empty


def test_sources_count_every_region_once(marginal):
    counts = tables.region_sources(marginal).Regions.groupby(level="Figure").sum()
    assert len(counts) == 8
    assert (counts == 12).all()


def test_workloads_have_the_basis_of_each_value(marginal):
    table = tables.workloads(marginal)
    budgets = table.loc[("Latency budget", "ms")]
    assert budgets.drop("Basis").to_list() == [300, 1500, 60_000, 3_600_000]
    assert budgets.Basis == "the paper, as quoted"
    assert table.loc[("IT energy per request", "Wh"), "Basis"] == "derived (A, C, D); modelled (B)"
    assert table.loc[("Bytes moved per IT energy", "GB/MWh"), "A Interactive"] == 200
    assert table.loc[("Pinned share", "%")].to_list() == [30, 25, 10, 2, "estimated"]
    assert table.loc[("Mean demand, IT power", "MW")].drop("Basis").sum() == pytest.approx(1000)
    assert table.Basis.notna().all()
    assert len(tables.workload_sources()) == 8


def test_own_workloads_are_refused():
    with pytest.raises(gf.GeofrontError, match=r"'Z' are not in data/workloads\.csv"):
        tables.workloads(tiny(workloads="AZ"))


def test_price_swings_have_mean_zero_and_the_cheapest_region_first(marginal):
    swings = tables.price_swings(marginal)
    assert swings.region.iloc[0] == "São Paulo"
    assert len(swings) == 12 * 24
    assert abs(swings.groupby("region").swing.mean()).max() < 1e-9


def test_largest_ratio_leaves_out_values_that_are_not_positive():
    least = pd.Series({"a": 2.0, "b": 0.0, "c": -1.0, "d": 4.0})
    assert largest_ratio(pd.Series({"a": 6.0, "b": 9.0, "c": 5.0, "d": 4.0}), least) == 3.0
    assert largest_ratio(12.0, least[["d"]]) == 3.0
    assert largest_ratio(12.0, least[["b", "c"]]) is None

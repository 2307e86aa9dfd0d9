import hashlib
import re
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from geofront.errors import GeofrontError
from geofront.inputs import loaders, table_paths, table_reading

LABELS = {"regions": "region", "clients": "client", "workloads": "workload", "zones": "region"}
CONFIDENCE = {
    "measured",
    "published",
    "published-proxy",
    "published-old",
    "modelled",
    "derived",
    "fitted",
    "tariff",
    "estimated",
    "definition",
    "missing",
    "contested",
}


def raw(name):
    """A table of the package as text, exactly as written."""
    return pd.read_csv(table_paths.data_path(name), dtype=str, keep_default_na=False)


@pytest.mark.parametrize(("table", "label"), LABELS.items())
def test_every_value_has_its_provenance_and_every_provenance_its_value(table, label):
    values = raw(f"{table}.csv").melt(id_vars=label, var_name="column").set_index([label, "column"])["value"]
    provenance = raw(f"{table}_provenance.csv").set_index([label, "column"])
    assert provenance.index.is_unique
    assert set(provenance.index) == set(values.index)
    assert (provenance["value"] == values.reindex(provenance.index)).all()


@pytest.mark.parametrize("table", [*LABELS, "lawful_transfers", "rtt_measured"])
def test_provenance_has_source_year_and_known_confidence(table):
    provenance = raw(f"{table}_provenance.csv")
    assert set(provenance["confidence"]) <= CONFIDENCE
    assert (provenance["source"].str.len() > 5).all()
    known = provenance[provenance["confidence"] != "missing"]
    assert known["year"].str.fullmatch(r"(19|20)\d\d").all()
    assert loaders.provenance(table).shape == provenance.shape


def test_profiles_carry_their_provenance_row_by_row():
    assert (
        raw("profiles.csv")[["hours", "year", "source", "confidence"]]
        == ["8760", "2023", "hourly_core12_2023.csv.gz", "fitted"]
    ).all(axis=None)


@pytest.mark.parametrize("table", LABELS)
def test_only_empty_cells_are_missing(table):
    provenance = raw(f"{table}_provenance.csv")
    assert ((provenance["value"] == "") == (provenance["confidence"] == "missing")).all()


def test_every_lawful_pair_and_every_round_trip_has_its_provenance():
    pair = ["client_jurisdiction", "region_jurisdiction"]
    assert raw("lawful_transfers.csv")[pair].equals(raw("lawful_transfers_provenance.csv")[pair])
    rtt, provenance = raw("rtt_measured.csv"), raw("rtt_measured_provenance.csv")
    assert (provenance[["region_a", "region_b", "value"]].to_numpy() == rtt.to_numpy()).all()


def test_round_trips_are_the_mean_of_both_directions():
    provenance = loaders.provenance("rtt_measured")
    assert provenance["value"].to_numpy() == pytest.approx(
        provenance[["forward_ms", "backward_ms"]].mean(axis=1).to_numpy()
    )


def test_own_estimates_are_labelled_as_such():
    provenance = loaders.provenance("workloads")
    cited = ["label", "latency_budget_ms", "energy_wh_per_request"]
    own = provenance[~provenance["column"].isin(cited)]
    assert len(own) == 4 * 11
    assert set(own["confidence"]) == {"estimated"}
    weights = loaders.provenance("clients").query("column == 'demand_weight'")
    assert set(weights["confidence"]) == {"estimated"}
    regions = loaders.provenance("regions").set_index(["region", "column"])["confidence"]
    assert regions["eu-paris", "pue"] == regions["uk-london", "pue"] == "estimated"
    assert regions["au-melbourne", "market_capacity_mw"] == "estimated"


def test_warm_up_is_weights_and_cold_caches_at_both_ends():
    """Prefill computed again after a cold start [h], times its share of energy; agents reuse more of their context."""
    hours = loaders.workloads()["warmup_hours"]
    conversation, agent = 0.042, 0.042 * (0.858 / 0.142) / (0.366 / 0.634)
    assert hours["A"] == pytest.approx(0.1 + 2 * conversation * 0.1, abs=0.001)
    assert hours["B"] == pytest.approx(0.1 + 2 * conversation * 0.88, abs=0.001)
    assert hours["C"] == pytest.approx(0.05 + 2 * agent * 0.5, abs=0.001)
    assert hours["D"] == 0.05
    assert (loaders.workloads()["relocation_energy_overhead"] == 0.01).all()


def test_energy_per_agent_task_is_derived_as_its_source_says():
    workloads = loaders.workloads()
    provenance = loaders.provenance("workloads").set_index(["workload", "column"])
    assert workloads.loc["C", "energy_wh_per_request"] == workloads.loc["C", "round_trips"] * 8.5
    assert workloads.loc["A", "energy_wh_per_request"] == pytest.approx(0.24 / 1.09, abs=0.005)
    assert workloads.loc["D", "energy_wh_per_request"] == pytest.approx(3.4e6 / 3600, abs=1)
    assert set(provenance.loc[list("ACD")].xs("energy_wh_per_request", level=1)["confidence"]) == {"derived"}


def test_latency_budgets_are_the_papers():
    assert list(loaders.workloads()["latency_budget_ms"]) == [300, 1500, 60_000, 3_600_000]
    provenance = loaders.provenance("workloads").query("column == 'latency_budget_ms'")
    assert provenance["source"].str.startswith("arXiv:2604.27855 Table 4").all()


def test_tiers_of_regions():
    assert len(loaders.regions()) == 12
    assert len(loaders.regions(tier=None)) == 25
    assert set(loaders.regions(tier="alternate")["tier"]) == {"alternate"}
    with pytest.raises(GeofrontError, match=r"'cores'.*'core', 'alternate', 'annual_only'"):
        loaders.regions(tier="cores")


def test_every_price_has_its_scope():
    provenance = loaders.provenance("regions")
    scopes = provenance[provenance["column"] == "price_usd_per_mwh"].set_index("region")["scope"]
    assert set(scopes.dropna()) == {"wholesale", "delivered", "spot at its legal floor"}
    assert scopes.isna().to_dict() == (loaders.regions(tier=None)["price_usd_per_mwh"].isna()).to_dict()
    assert scopes["br-saopaulo"] == "spot at its legal floor"
    # A tariff has no adder.
    adder = loaders.regions(tier=None)["delivered_adder_usd_per_mwh"]
    assert (adder[scopes == "delivered"] == 0).all()
    assert (loaders.regions()["delivered_adder_usd_per_mwh"] > 0).all()


def test_delivered_adders_are_derived_as_their_sources_say():
    adder = loaders.regions()["delivered_adder_usd_per_mwh"]
    assert adder["us-virginia"] == pytest.approx(89.2 - 35.75)
    assert adder["us-california"] == pytest.approx(1000 * 0.054 / 0.49 * 1.08 - 61.45, abs=0.01)
    assert adder["ca-ontario"] == pytest.approx(97.6 * 0.740894 - 21.17, abs=0.01)
    assert adder["br-saopaulo"] == pytest.approx(240 * 0.200319 - 14.45, abs=0.01)
    assert adder["eu-frankfurt"] == pytest.approx(10 * (0.591 + 0.357 + 0.11 + 0.417 + 2.05 + 3.3) * 1.081269, abs=0.01)
    assert adder["eu-paris"] == pytest.approx((5 / 0.482 + 0.5) * 1.081269, abs=0.01)
    assert adder["uk-london"] == pytest.approx((43 + 6.5 / 0.3 + 7.75) * 1.2435, abs=0.01)
    assert adder["in-mumbai"] == pytest.approx(8320 * 0.0121083 - 64.22, abs=0.01)
    assert adder["sg-singapore"] == pytest.approx((1000 * 7.38 / (730 * 0.9) + 0.55) * 0.744525, abs=0.01)
    assert adder["jp-tokyo"] == pytest.approx(1000 * (1.4 + 0.375 + 2.0) * 0.0071298, abs=0.01)


def test_nothing_is_added_to_wholesale_prices():
    table = loaders.regions(tier=None)
    assert (loaders.delivered_adder(table, "wholesale") == 0).all()
    core = loaders.delivered_adder(loaders.regions(), "delivered")
    pd.testing.assert_series_equal(core, loaders.regions()["delivered_adder_usd_per_mwh"])
    with pytest.raises(GeofrontError, match=r"'au-sydney'.*price_scope='wholesale'"):
        loaders.delivered_adder(table, "delivered")
    with pytest.raises(GeofrontError, match=r"price_scope='retail'.*wholesale, delivered"):
        loaders.delivered_adder(table, "retail")


def test_core_regions_lack_nothing():
    assert loaders.regions().notna().all().all()


def test_values_are_plausible():
    regions = loaders.regions(tier=None)
    assert regions["pue"].dropna().between(1, 2).all()
    assert regions["latitude"].between(-90, 90).all()
    assert regions["longitude"].between(-180, 180).all()
    workloads = loaders.workloads()
    assert workloads["energy_share"].sum() == pytest.approx(1)
    shares = workloads[["pinned_share", "regulated_share", "diurnal_amplitude", "energy_share"]]
    assert ((shares >= 0) & (shares <= 1)).all().all()
    assert (workloads["service_time_ms"] < workloads["latency_budget_ms"]).all()


def test_tables_agree_with_one_another():
    regions, clients = loaders.regions(tier=None), loaders.clients()
    pairs = loaders.lawful_transfers()
    assert set(pairs["region_jurisdiction"]) <= set(regions["jurisdiction"])
    assert set(pairs["client_jurisdiction"]) <= set(clients["jurisdiction"])
    assert set(loaders.measured_rtt()["region_a"]) <= set(regions.index)
    assert set(loaders.profiles()["region"]) == set(loaders.regions().index)
    for zone in {*regions["timezone"], *clients["timezone"]}:
        ZoneInfo(zone)


def test_equal_rules_allow_equal_transfers():
    pairs = set(loaders.lawful_transfers().itertuples(index=False, name=None))
    # Decisions for certified organisations only are left out, and mutual ones hold both ways.
    assert not {("EU", "US"), ("UK", "US")} & pairs
    assert {("EU", "BR"), ("BR", "EU")} <= pairs
    # The United States restrict no transfer in general.
    regions = set(loaders.regions()["jurisdiction"])
    assert {there for here, there in pairs if here == "US"} == regions


def test_readme_names_every_file_and_the_checksum_of_the_land():
    readme = table_paths.data_path("README.md").read_text(encoding="utf-8")
    tables = {path.name for path in table_paths.data_path("regions.csv").parent.glob("*.csv")}
    assert {name for name in tables if not name.endswith("_provenance.csv")} <= set(
        re.findall(r"`([\w.]+\.csv)`", readme)
    )
    digest = hashlib.sha256(table_paths.data_path("land-110m.json").read_bytes()).hexdigest()
    assert digest in readme
    assert digest in table_paths.data_path("land-110m.LICENSE.txt").read_text(encoding="utf-8")


def test_readme_counts_the_rows_of_every_table():
    readme = table_paths.data_path("README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+\.csv)` \|.*\| (\d+) \|$", readme, re.MULTILINE)
    assert len(rows) == 14
    assert rows == [(name, str(len(raw(name)))) for name, _ in rows]


def test_readme_says_where_marginal_factors_differ_most():
    table = loaders.regions(tier=None)
    moer, ifi = table["carbon_marginal_kg_per_mwh"], table["carbon_marginal_ifi_kg_per_mwh"]
    ratio = np.exp(np.abs(np.log(moer / ifi)))
    worst = ratio.idxmax()
    readme = table_paths.data_path("README.md").read_text(encoding="utf-8")
    assert ratio[worst] > 10
    assert f"({table['name'][worst]}: {moer[worst]:.0f} against {ifi[worst]:.0f} kg/MWh)" in readme


def test_readme_explains_the_vocabulary_of_confidence():
    readme = table_paths.data_path("README.md").read_text(encoding="utf-8")
    section = readme.split("## Confidence")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", section, flags=re.MULTILINE)) == CONFIDENCE


def test_land_is_topojson():
    land = loaders.land()
    assert land["type"] == "Topology"
    assert "land" in land["objects"]


def test_missing_file_is_named():
    with pytest.raises(GeofrontError, match=r"'atlantis\.csv' is missing"):
        table_paths.data_path("atlantis.csv")
    with pytest.raises(GeofrontError, match="provenance"):
        loaders.provenance("profiles")


def test_read_table_from_frame_and_from_file_are_equal(tmp_path):
    frame = pd.DataFrame({"region": ["b", "a"], "pue": [1.1, 1.2], "name": ["B", "A"]})
    frame.to_csv(tmp_path / "own.csv", index=False)
    from_frame = table_reading.read_table(frame, "region", ("pue", "name"))
    from_file = table_reading.read_table(tmp_path / "own.csv", "region", ("pue", "name"))
    assert list(from_frame.index) == ["b", "a"]
    pd.testing.assert_frame_equal(from_frame, from_file)
    pd.testing.assert_frame_equal(table_reading.read_table(from_frame, "region", ("pue",)), from_frame)
    assert list(frame.columns) == ["region", "pue", "name"]


def test_read_table_keeps_namibia(tmp_path):
    (tmp_path / "own.csv").write_text("client,jurisdiction\nwindhoek,NA\n")
    table = table_reading.read_table(tmp_path / "own.csv", "client", ("jurisdiction",))
    assert table.loc["windhoek", "jurisdiction"] == "NA"


def test_read_table_names_every_missing_column():
    with pytest.raises(GeofrontError, match=r"'pue', 'latitude'.*'region', 'name'"):
        table_reading.read_table(pd.DataFrame({"region": ["a"], "name": ["A"]}), "region", ("pue", "latitude"))


def test_read_table_names_all_problems_at_once():
    pue = [1.1, 1.2, 1.3, "1,4"]
    frame = pd.DataFrame({"region": ["a", "a", None, "b"], "pue": pue, "name": list("abcd")})
    with pytest.raises(GeofrontError) as caught:
        table_reading.read_table(frame, "region", ("pue", "name"))
    message = str(caught.value)
    assert "1 row(s) without a label in region" in message
    assert "repeated label(s) in region: 'a'" in message
    assert "column 'pue' is not a number for 'b'" in message


@pytest.mark.parametrize("content", [None, b"", b"region,name\na,\xff\xfe\n", b"region\na\nb,c,d\n"])
def test_read_table_refuses_other_objects(tmp_path, content):
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GeofrontError, match=r"own\.csv"):
        table_reading.read_table(path, "region")


def test_measured_table_refuses_round_trips_that_are_none():
    frame = pd.DataFrame({"region_a": ["a", "b"], "region_b": ["b", "a"], "rtt_ms": [0.0, None]})
    with pytest.raises(GeofrontError, match="rtt: 'rtt_ms' of 'a → b', 'b → a' is missing"):
        loaders.measured_table(frame)
    assert loaders.measured_table(None) is None


@pytest.mark.parametrize("cells", [[True, False], [True, 1.2], np.array([True, False])])
def test_booleans_are_no_numbers(cells):
    frame = pd.DataFrame({"region": ["a", "b"], "pue": cells})
    with pytest.raises(GeofrontError, match="column 'pue' is not a number for 'a'"):
        table_reading.read_table(frame, "region", ("pue",))


@pytest.mark.parametrize("dtype", ["int8", "uint16", "float16", "Int64", object])
def test_numbers_become_float64(dtype):
    frame = pd.DataFrame({"region": ["a", "b"], "pue": pd.Series([1, 2], dtype=dtype)})
    table = table_reading.read_table(frame, "region", ("pue",))
    assert table.pue.dtype == "float64"
    assert table.pue.tolist() == [1, 2]


@pytest.mark.parametrize("rows", [0, 1])
def test_complex_numbers_are_refused_even_without_rows(rows):
    table = pd.DataFrame({"from": ["P"], "to": ["Q"], "rtt": [1 + 1j]}).iloc[:rows]
    with pytest.raises(GeofrontError, match="rtt: column 'rtt' is not a number, but complex: give real values"):
        table_reading.read_table(table, ["from", "to"], ("rtt",), name="rtt")

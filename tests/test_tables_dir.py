"""Own tables in a folder: the tables they replace, refusals, and notebooks made from them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr
from bs4 import BeautifulSoup
from own_world import NAME, write_tables

import geofront as gf
from geofront import tables
from geofront.inputs import loaders, table_paths
from geofront.report.catalogue import notebooks_dir
from geofront.report.parameters import Parameter, fit
from geofront.report.runner import reproduce

pytestmark = pytest.mark.slow

TABLES = Parameter("tables_dir", "", "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_tables(tmp_path_factory.mktemp("own") / "my_tables")


@pytest.fixture(scope="module")
def scenario(folder) -> xr.Dataset:
    return gf.stylized(snapshots="day", tables_dir=folder)


def test_tables_replace_those_of_the_same_name_and_no_others(scenario, folder):
    assert scenario.region.values.tolist() == ["eu-frankfurt", "eu-paris", "is-reykjavik"]
    assert scenario.workload.values.tolist() == ["A", "C"]
    assert scenario.price.sel(region="is-reykjavik").values == pytest.approx(30.0)
    assert scenario.latency_budget.values.tolist() == [400.0, 60_000.0]
    default = gf.stylized(snapshots="day").sel(region=["eu-frankfurt", "eu-paris"])
    shared = scenario.sel(region=["eu-frankfurt", "eu-paris"])
    xr.testing.assert_allclose(shared.price, default.price)
    xr.testing.assert_allclose(shared.rtt.sel(service="eu-paris"), default.rtt.sel(service="eu-paris"))
    assert gf.certify(scenario, gf.place(scenario))["gap"] == pytest.approx(0, abs=1e-6)


def test_copies_of_all_tables_make_the_same_scenario(tmp_path):
    for name in table_paths.OWN_TABLES:
        shutil.copy(table_paths.data_path(f"{name}.csv"), tmp_path)
    for signal in gf.CARBON_SIGNALS:
        own = gf.stylized(snapshots="day", carbon_signal=signal, tables_dir=tmp_path)
        xr.testing.assert_identical(own, gf.stylized(snapshots="day", carbon_signal=signal))
    pd.testing.assert_frame_equal(loaders.provenance("regions", tmp_path), loaders.provenance("regions"))


def test_a_region_that_is_added_to_a_copy_is_taken_whatever_its_tier(tmp_path):
    """Of a copy of all 25 regions, the twelve of the core and those whose gaps have been filled."""
    regions = gf.data_tables(tier=None)["regions"]
    gaps = {
        "pue": 1.1,
        "market_capacity_mw": 200.0,
        "egress_usd_per_gb": 0.02,
        "carbon_marginal_kg_per_mwh": 20.0,
        "carbon_marginal_ifi_kg_per_mwh": 20.0,
        loaders.DELIVERED_ADDER: 20.0,
    }
    for column, value in gaps.items():
        regions.loc["is-reykjavik", column] = value
    regions.to_csv(tmp_path / "regions.csv")
    core = gf.stylized(snapshots="day").region.values.tolist()
    assert gf.stylized(snapshots="day", tables_dir=tmp_path).region.values.tolist() == [*core, "is-reykjavik"]


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_folder_the_tables_are_geofronts(nothing):
    assert table_paths.own_tables(nothing) == {}
    assert table_paths.table_path("regions", nothing) == table_paths.data_path("regions.csv")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (None, r"tables_dir: no folder '.*own'; pass one with tables such as 'regions.csv'"),
        ([], r"tables_dir: '.*own' has no tables; name them as geofront's: 'regions.csv', 'clients.csv'"),
        (
            ["regions.csv", "region.csv", "price.csv"],
            r"tables_dir: 'price.csv', 'region.csv' in '.*own' replace no table",
        ),
    ],
)
def test_folders_that_replace_nothing_are_refused(tmp_path, files, message):
    own = tmp_path / "own"
    if files is not None:
        own.mkdir()
        for name in files:
            (own / name).write_text("region\n")
    for refuse in (lambda: gf.stylized(tables_dir=own), lambda: fit(TABLES, str(own))):
        with pytest.raises(gf.GeofrontError, match=message):
            refuse()


def test_what_a_table_lacks_is_named(folder, tmp_path):
    own = shutil.copytree(folder, tmp_path / "own")
    table = pd.read_csv(own / "regions.csv").drop(columns="pue")
    table.to_csv(own / "regions.csv", index=False)
    with pytest.raises(gf.GeofrontError, match=r"regions: missing column\(s\) 'pue'"):
        gf.stylized(tables_dir=own)


def test_a_relative_folder_is_taken_from_the_current_one(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert fit(TABLES, "my_tables") == str(folder.resolve())
    assert fit(TABLES, "") == ""
    assert gf.stylized(snapshots="day", tables_dir="my_tables").sizes["region"] == 3


def test_own_values_are_marked_and_the_others_keep_their_sources(folder, scenario):
    known = loaders.provenance("regions", folder).set_index(["region", "column"])
    assert known.confidence["is-reykjavik", "price_usd_per_mwh"] == "own"
    assert known.confidence["eu-paris", "price_usd_per_mwh"] == "measured"
    assert not known.index.duplicated().any()
    scenarios = {
        signal: gf.stylized(snapshots="day", carbon_signal=signal, tables_dir=folder) for signal in gf.CARBON_SIGNALS
    }
    regions = tables.regions(scenarios, folder)
    assert regions.loc[NAME, ["Price", "Carbon, marginal", "Market"]].tolist() == [
        pytest.approx(30),
        pytest.approx(20),
        900,
    ]
    classes = tables.workloads(scenario, folder)
    assert classes.Basis["Share of inference energy", "%"] == "own"
    assert classes.Basis["Latency budget", "ms"] == "the paper, as quoted (C); own (A)"
    sources = tables.region_sources(scenario, folder)
    assert sources.Regions["price", "own"] == 1
    assert tables.workload_sources(folder).index.get_level_values("Class").unique().isin(["A", "C"]).all()


def test_lines_and_relocation_accept_own_regions_classes_and_parameters(folder, tmp_path):
    own = shutil.copytree(folder, tmp_path / "own")
    hvdc = pd.read_csv(table_paths.data_path("hvdc.csv")).set_index("parameter")
    hvdc.loc["discount_rate", ["value", "favours_transmission", "favours_relocation"]] = 0.0
    hvdc.to_csv(own / "hvdc.csv")
    given = {"source": "is-reykjavik", "tables_dir": folder}
    options = gf.transmission_or_relocation([1000.0], **given)
    assert options.option.values[-2:].tolist() == ["A", "C"]
    overhead = loaders.workloads().relocation_energy_overhead["A"]
    assert options.energy_cost.sel(option="A").item() == pytest.approx(30 * 1.1 * (1 + overhead))
    without_interest = gf.transmission_or_relocation([1000.0], **given | {"tables_dir": own})
    lines = options.kind == "transmission"
    assert (without_interest.cost < options.cost).where(lines, True).all()
    assert gf.break_even_distance(**given).workload.values.tolist() == ["A", "C"]
    pairs = {case: gf.ways_by_pair(case=case, tables_dir=folder) for case in ("value", "favours_transmission")}
    assert tables.ways_by_source(pairs).index.tolist() == ["Frankfurt", "Paris", NAME]
    with pytest.raises(gf.GeofrontError, match="'ca-ontario' is not a region"):
        gf.transmission_or_relocation([1000.0], tables_dir=folder)


@pytest.mark.parametrize(
    ("value", "fitted"), [("[capacity, legal]", ["capacity", "legal"]), ("[]", []), (["egress"], ["egress"])]
)
def test_frictions_are_a_list_of_known_words(value, fitted):
    parameter = Parameter("frictions", list(gf.FRICTIONS), "")
    assert fit(parameter, value) == fitted
    with pytest.raises(gf.GeofrontError, match="'frictions': unknown 'price'; choose from 'migration', 'egress'"):
        fit(parameter, "[capacity, price]")


@pytest.fixture(scope="module")
def made(folder, tmp_path_factory) -> Path:
    """Notebooks 01 to 03 of the small world, on its average day and with two frictions."""
    output_dir = tmp_path_factory.mktemp("made")
    names = ["01_transmission_or_relocation", "02_three_layers", "03_regions_and_workloads"]
    given = {"tables_dir": str(folder), "snapshots": "day", "frictions": ["capacity", "egress"]}
    assert {outcome.status for outcome in reproduce(names, given, output_dir=output_dir)} == {"made"}
    return output_dir


def test_notebooks_make_tables_and_figures_of_an_own_world(made, folder):
    numbers = json.loads((made / "numbers.json").read_text(encoding="utf-8"))
    assert numbers["03_regions_and_workloads"]["regions"] == 3
    assert numbers["03_regions_and_workloads"]["cheapest"] == NAME
    assert numbers["01_transmission_or_relocation"]["source"] == NAME
    scenario = gf.stylized(snapshots="day", tables_dir=folder)
    held = gf.totals(gf.place(scenario, frictions=("capacity", "egress")))
    assert numbers["02_three_layers"]["cost_usd_per_mwh"] == pytest.approx(held.cost_per_mwh, rel=1e-9)
    assert pd.read_csv(made / "table_3.csv").Region.tolist()[-1] == NAME
    assert f"\n{NAME},30," in (made / "table_3.csv").read_text(encoding="utf-8")
    chart = json.loads((made / "figure_1.vl.json").read_text(encoding="utf-8"))
    projections = [layer["projection"] for layer in chart["layer"] if "projection" in layer]
    scales = {projection["scale"] for projection in projections if projection["type"] != "identity"}
    assert min(scales) > 250  # the whole world has less than 130


def test_results_say_which_tables_made_them(made, folder):
    sidecar = json.loads((made / "table_3.json").read_text(encoding="utf-8"))
    assert sidecar["parameters"]["tables_dir"] == "my_tables"
    assert set(sidecar["own_tables"]) == {"clients.csv", "regions.csv", "workloads.csv"}
    assert "data/regions_provenance.csv" not in sidecar["caption"]
    frictions = json.loads((made / "figure_1.json").read_text(encoding="utf-8"))["parameters"]["frictions"]
    assert frictions == ["capacity", "egress"]
    assert str(folder) not in "".join(path.read_text("utf-8") for path in made.rglob("*.json"))


def test_own_names_are_text_on_every_page(made):
    for page in [made / "index.html", *(made / "executed").glob("*.html")]:
        document = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        scripts = [script.get("type", "") for script in document.find_all("script")]
        assert [kind for kind in scripts if kind != "application/json"] in ([], ["", ""])
        assert not document.select("i:not([class])")
    for page in ("index.html", "executed/03_regions_and_workloads.html"):
        document = BeautifulSoup((made / page).read_text(encoding="utf-8"), "html.parser")
        assert NAME in " ".join(part.get_text() for part in document.select("table, .said"))
    assert "*Reykjavík*" in (made / "table_3.tex").read_text(encoding="utf-8")


def test_tables_that_change_make_the_notebook_run_again(folder, tmp_path):
    own = shutil.copytree(folder, tmp_path / "own")
    given = {"tables_dir": str(own), "snapshots": "day"}
    name, out = "03_regions_and_workloads", tmp_path / "out"
    assert reproduce([name], given, output_dir=out)[0].status == "made"
    assert reproduce([name], given, output_dir=out)[0].status == "unchanged"
    text = (own / "regions.csv").read_text(encoding="utf-8")
    (own / "regions.csv").write_text(re.sub(r",30\.0,", ",31.0,", text), encoding="utf-8")
    assert reproduce([name], given, output_dir=out)[0].status == "made"
    assert f"\n{NAME},31," in (out / "table_3.csv").read_text(encoding="utf-8")


def test_plain_papermill_takes_a_folder_relative_to_the_callers(folder, made):
    """As the README shows it; the table is that of the runner."""
    name = "03_regions_and_workloads"
    given = ["-p", "tables_dir", "my_tables", "-p", "snapshots", "day", "-p", "output_dir", "plain"]
    papermill = [sys.executable, "-m", "papermill", "-k", "python3", str(notebooks_dir() / f"{name}.ipynb")]
    subprocess.run([*papermill, "out.ipynb", *given], cwd=folder.parent, check=True, capture_output=True)
    plain = folder.parent / "plain"
    for table in ("table_3.csv", "table_4.csv", "table_3.tex"):
        assert (plain / table).read_bytes() == (made / table).read_bytes()
    assert json.loads((plain / "table_3.json").read_text("utf-8")) == json.loads(
        (made / "table_3.json").read_text("utf-8")
    )


def test_spaces_around_the_cells_of_a_file_do_not_count(tmp_path):
    for name in ("regions", "clients"):
        lines = table_paths.data_path(f"{name}.csv").read_text(encoding="utf-8")
        assert ",US," in lines
        (tmp_path / f"{name}.csv").write_text(lines.replace(",US,", ", US ,"), encoding="utf-8")
    own, geofronts = (gf.stylized(snapshots="day", tables_dir=folder) for folder in (tmp_path, ""))
    assert (own.lawful == geofronts.lawful).all()

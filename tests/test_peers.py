"""Files of published studies: downloaded atomically, checked, and read."""

import hashlib

import pandas as pd
import pooch
import pytest
from typer.testing import CliRunner

import geofront as gf
from geofront.cli import app
from geofront.errors import GeofrontError
from geofront.inputs import peers
from geofront.inputs.table_paths import data_path

FILES = {"one/a.csv": b"x,y\n1,2\n", "one/deep/b.csv": b"x\n3\n"}


@pytest.fixture
def upstream(tmp_path, monkeypatch):
    """A folder with two synthetic files and a registry that pins them."""
    folder, tables = tmp_path / "upstream", tmp_path / "tables"
    registry = ["file,repository,commit,path,sha256,size_bytes,licence"]
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        registry.append(f"{name},someone/study,c0ffee,data/{name},{digest},{len(content)},MIT")
    tables.mkdir()
    (tables / "peers_registry.csv").write_text("\n".join(registry), encoding="utf-8")
    monkeypatch.setattr(peers, "data_path", tables.joinpath)
    return folder


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "peers"


@pytest.fixture(scope="module")
def study(folder):
    return peers.eurosys(folder)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_folder_is_copied(upstream, tmp_path):
    assert gf.fetch_peers(source=upstream, to=tmp_path / "peers") == tmp_path / "peers"
    assert contents(tmp_path / "peers") == FILES


def test_command_writes_to_the_current_folder(upstream, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    result = CliRunner().invoke(app, ["fetch-peers", "--from", str(upstream)])
    assert result.exit_code == 0
    assert result.output == "peers\n"
    assert contents(tmp_path / "here" / "peers") == FILES


def test_nothing_is_written_unless_every_file_is_right(upstream, tmp_path):
    gf.fetch_peers(source=upstream, to=tmp_path / "peers")
    (upstream / "one/deep/b.csv").write_bytes(b"x\n4\n")
    (upstream / "one/a.csv").write_bytes(FILES["one/a.csv"])
    with pytest.raises(GeofrontError, match=r"deep/b\.csv: not the pinned file.*someone/study at commit c0ffee"):
        gf.fetch_peers(source=upstream, to=tmp_path / "other")
    assert not (tmp_path / "other").exists()
    assert contents(tmp_path / "peers") == FILES


def test_missing_file_is_named(upstream, tmp_path):
    (upstream / "one/a.csv").unlink()
    with pytest.raises(GeofrontError, match=r"one/a\.csv: cannot be read.*peers_registry\.csv"):
        gf.fetch_peers(source=upstream, to=tmp_path / "peers")


def test_folder_that_cannot_be_written_is_a_clear_error(upstream, tmp_path):
    (tmp_path / "peers").write_text("a file")
    with pytest.raises(GeofrontError, match=r"peers: cannot be written.*another folder with --to"):
        gf.fetch_peers(source=upstream, to=tmp_path / "peers")


@pytest.mark.parametrize(
    ("source", "address"),
    [
        (None, "https://raw.githubusercontent.com/someone/study/c0ffee/data/one/a.csv"),
        ("http://127.0.0.1:9/files/", "http://127.0.0.1:9/files/one/a.csv"),
    ],
)
def test_addresses_are_pinned_or_follow_the_source(upstream, tmp_path, monkeypatch, source, address):
    asked = []

    def retrieve(url, known_hash, name, path, downloader):
        asked.append((url, known_hash, path))
        raise ValueError("enough")

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(GeofrontError, match="--from DIR"):
        gf.fetch_peers(source=source, to=tmp_path / "peers")
    digest = hashlib.sha256(FILES["one/a.csv"]).hexdigest()
    assert asked == [(address, f"sha256:{digest}", pooch.os_cache("geofront") / "peers")]


def test_registry_is_the_shared_one(folder):
    ours, shared = (
        pd.read_csv(path, index_col="file") for path in (data_path("peers_registry.csv"), folder / "registry.csv")
    )
    shared = shared.rename(columns={"bytes": "size_bytes"})
    pd.testing.assert_frame_equal(ours.sort_index(axis=1), shared.sort_index(axis=1))


def test_shared_files_are_the_pinned_ones(folder, tmp_path):
    gf.fetch_peers(source=folder, to=tmp_path)
    assert len(contents(tmp_path)) == 36


def test_eurosys_takes_the_shorter_of_two_round_trips(study):
    """The matrix has US-MIDA-PJM twice: 11 and 25 ms from Carolina, 14 and 20 ms to Québec."""
    assert study.rtt.shape == (30, 30)
    assert study.rtt.loc["US-CAR-SC", "US-MIDA-PJM"] == 11
    assert study.rtt.loc["US-MIDA-PJM", "CA-QC"] == 14


def test_eurosys_round_trips_keep_their_direction(study):
    assert study.rtt.loc["TW", "ES"] == 241
    assert study.rtt.loc["ES", "TW"] == 242


def test_eurosys_has_the_intensities_of_a_year(folder, study):
    assert study.intensity["AT"] == 244.51572602739722
    assert peers.eurosys(folder, 2020).intensity["AT"] == 190.85306466302367
    assert set(study.rtt.index) <= set(study.intensity.index)
    with pytest.raises(GeofrontError, match="no intensities of 2019; choose from 2020, 2021, 2022"):
        peers.eurosys(folder, 2019)


def test_eurosys_groups_are_those_of_the_study(study):
    assert set(study.groups["Oceania"]) == {"AU-NSW", "AU-QLD", "AU-SA", "AU-TAS", "AU-VIC", "AU-WA", "NZ"}
    assert len(study.groups["Global"]) == len(study.intensity) == 123
    assert study.savings["Global"] == 352.4758895107102


def test_one_migration_saves_what_was_published(study):
    for group, zones in study.groups.items():
        scenario = gf.scenario(demand=1.0, carbon=study.intensity[zones])
        at_home, placed = gf.local(scenario), gf.place(scenario, objective="carbon")
        saved = gf.totals(at_home).carbon_per_mwh - gf.totals(placed).carbon_per_mwh
        assert saved == pytest.approx(study.savings[group], rel=1e-12)


def test_equity_has_hours_regions_and_units(folder):
    study = peers.equity(folder)
    for table in study[:3]:
        assert table.shape == (457, 10)
        assert not table.isna().any().any()
        assert table.index.equals(study.power.index)
    assert study.price.loc["2022-09-22 10:00", "Texas"] == 153.4
    assert study.carbon.loc["2022-09-22 00:00", "Texas"] == pytest.approx(449.4737760460783)
    assert study.power.iloc[0] == 2700.0


def test_equity_optima_are_the_published_ones(folder):
    """The published ones are higher by 4e-11 to 4e-10."""
    study = peers.equity(folder)
    scenario = gf.scenario(demand=study.power / 2708.0, capacity=1.0, price=study.price, carbon=study.carbon)
    cheapest, cleanest = gf.place(scenario), gf.place(scenario, objective="carbon")
    found = {"least price": gf.totals(cheapest).cost, "least carbon": gf.totals(cleanest).emissions / 1000 * 150}
    for name, value in found.items():
        assert value == pytest.approx(study.published[name], rel=1e-9)
        assert value <= study.published[name]
    assert gf.totals(gf.local(scenario)).cost == pytest.approx(470375.903, abs=1e-3)


def test_equity_footprints_are_the_published_ones(folder):
    """Mean and largest cost [USD], water [m³] and emissions [t] of a data centre at least price."""
    study = peers.equity(folder)
    scenario = gf.scenario(demand=study.power / 2708.0, capacity=1.0, price=study.price, carbon=study.carbon)
    energy = gf.place(scenario).energy.sum("workload").transpose("hour", "region").to_pandas()
    published = [
        (study.price, 29169.8606287178, 42327.51158875257),
        (study.water, 1525.069250911699, 2607.499995942185),
        (study.carbon / 1000, 108.714105315913, 182.1356032921319),
    ]
    for intensity, mean, largest in published:
        footprint = (energy * intensity).sum()
        assert [footprint.mean(), footprint.max()] == pytest.approx([mean, largest], rel=1e-9)


def test_changed_file_is_not_read(folder, tmp_path):
    gf.fetch_peers(source=folder, to=tmp_path)
    path = tmp_path / "eurosys24" / "mean_stats.csv"
    path.write_bytes(path.read_bytes().replace(b"244", b"245"))
    with pytest.raises(GeofrontError, match=r"mean_stats\.csv: not the pinned file"):
        peers.eurosys(tmp_path)
    assert len(peers.equity(tmp_path).price) == 457


def test_missing_folder_names_the_command(tmp_path):
    with pytest.raises(GeofrontError, match=r"no folder .*geofront fetch-peers"):
        peers.eurosys(tmp_path / "peers")

import contextlib
import gzip
import hashlib
import shutil
import signal
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pooch
import pytest

from geofront.errors import GeofrontError
from geofront.inputs import download, fetch
from geofront.inputs.fetch import fetch_hours
from geofront.inputs.hours import hours
from geofront.inputs.table_paths import data_path
from geofront.inputs.table_reading import read_table

EXPORT_HEAD = "Datetime (UTC),Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA)"
FILES = ("carbon/north.csv", "carbon/south.csv", "prices/north.csv", "prices/south.csv")
KEYS = ["utc", "region", "zone"]
CARBON = ["carbon_avg_g_per_kwh", "carbon_direct_g_per_kwh"]


@pytest.fixture
def upstream(tmp_path, monkeypatch):
    """A folder with the files of two made-up regions over two days, pinned in a registry of their own."""
    folder, tables = tmp_path / "upstream", tmp_path / "tables"
    stamps = pd.date_range("2023-01-01", periods=48, freq="h").strftime("%Y-%m-%d %H:%M:%S")
    contents = {
        "carbon/north.csv": [EXPORT_HEAD, *(f"{stamp},N,{i},{i + 0.25}" for i, stamp in enumerate(stamps))],
        "carbon/south.csv": [EXPORT_HEAD, *(f"{stamp},S,{100 - i},200" for i, stamp in enumerate(stamps))],
        "prices/north.csv": ["Datetime,Price", *(f"{stamp},{i - 3}" for i, stamp in enumerate(stamps))],
        "prices/south.csv": ["Datetime,Price", "2022-12-31 23:00:00,9", *(f"{stamp},10" for stamp in stamps)],
    }
    tables.mkdir()
    registry = ["path,repository,commit,sha256,size_bytes,licence"]
    for path, lines in contents.items():
        content = "\n".join([*lines, ""]).encode()
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        registry.append(f"{path},someone/{path[:6]},c0ffee,{digest},{len(content)},none")
    (tables / "upstream_registry_2023.csv").write_text("\n".join(registry), encoding="utf-8")
    (tables / "hourly_sources_2023.csv").write_text(
        "region,carbon_zone,carbon_path,price_path,price_timezone,price_currency,usd_per_unit\n"
        "south,S,carbon/south.csv,prices/south.csv,Etc/GMT-1,AUD,0.5\n"
        "north,NN,carbon/north.csv,prices/north.csv,UTC,USD,1\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(fetch, "data_path", tables.joinpath)
    return folder


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.fixture
def serve():
    """Serves a folder on an ephemeral port; ``faults`` maps a path to a function of handler and content."""
    servers = []

    def start(folder, **faults):
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, folder, faults))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    def __init__(self, folder, faults, *args):
        self.folder, self.faults = folder, faults
        super().__init__(*args)

    def do_GET(self):
        path = self.path.lstrip("/")
        content = (self.folder / path).read_bytes()
        self.faults.get(path, answer)(self, content)

    def log_message(self, *args):
        pass


def answer(handler, content, length=None):
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    handler.wfile.write(content)


def break_off(handler, content):
    answer(handler, content[: len(content) // 2], len(content))


def shorten(handler, content):
    answer(handler, content[: len(content) // 2])


def change(handler, content):
    answer(handler, content.replace(b"1", b"2"))


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_folder_becomes_a_tidy_file(upstream, tmp_path):
    path = fetch_hours(source=upstream, to=tmp_path / "out" / "hours.csv.gz")
    table = pd.read_csv(path)
    assert table.columns.tolist() == [*KEYS, "price_usd_per_mwh", *CARBON, "price_filled"]
    north, south = table[:48], table[48:]
    assert north["region"].eq("north").all()
    assert south["region"].eq("south").all()
    assert north["zone"].eq("NN").all()
    assert north["utc"].iloc[[0, -1]].tolist() == ["2023-01-01T00:00Z", "2023-01-02T23:00Z"]
    assert north["price_usd_per_mwh"].tolist() == [i - 3 for i in range(48)]
    assert north["carbon_avg_g_per_kwh"].tolist() == [i + 0.25 for i in range(48)]
    assert north["carbon_direct_g_per_kwh"].tolist() == list(range(48))
    assert not north["price_filled"].any()
    assert south["price_usd_per_mwh"].eq(5).all()
    assert hours(path).sizes == {"region": 2, "hour": 48}


def test_hours_in_another_year_of_market_time_are_filled_and_flagged(upstream, tmp_path):
    table = pd.read_csv(fetch_hours(source=upstream, to=tmp_path / "hours.csv"))
    flagged = table[table["price_filled"] == 1]
    # 23:00 UTC is the next local year; the price stamped 2022-12-31 23:00 lies outside the hours.
    assert flagged[["utc", "region"]].values.tolist() == [["2023-01-02T23:00Z", "south"]]


def test_output_is_deterministic_and_whole(upstream, tmp_path):
    first = fetch_hours(source=upstream, to=tmp_path / "a.csv.gz").read_bytes()
    assert fetch_hours(source=str(upstream), to=tmp_path / "b.csv.gz").read_bytes() == first
    plain = fetch_hours(source=upstream, to=tmp_path / "c.csv").read_bytes()
    assert gzip.decompress(first) == plain
    assert not list(tmp_path.glob(".*"))


def test_default_output_lies_in_the_current_folder(upstream, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    fetch_hours(source=upstream)
    assert files_in(tmp_path / "here") == ["hours_2023.csv.gz"]


def test_download_equals_folder_and_is_kept(upstream, serve, tmp_path):
    address, cache = serve(upstream), tmp_path / "cache"
    expected = fetch_hours(source=upstream, to=tmp_path / "local.csv").read_bytes()
    assert fetch_hours(source=address + "/", to=tmp_path / "a.csv", cache=cache).read_bytes() == expected
    assert files_in(cache) == sorted(FILES)
    for path in FILES:
        (upstream / path).unlink()
    assert fetch_hours(source=address, to=tmp_path / "b.csv", cache=cache).read_bytes() == expected


def test_damaged_file_in_the_cache_is_downloaded_again(upstream, serve, tmp_path):
    cache = tmp_path / "cache"
    shutil.copytree(upstream, cache)
    (cache / FILES[0]).write_text("half a line", encoding="utf-8")
    fetch_hours(source=serve(upstream), to=tmp_path / "hours.csv", cache=cache)
    assert (cache / FILES[0]).read_bytes() == (upstream / FILES[0]).read_bytes()


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (break_off, "the download was interrupted. Try again"),
        (shorten, "the download is incomplete or not the pinned file"),
        (change, "the download is incomplete or not the pinned file"),
        (lambda handler, content: handler.send_error(404), "the server answered 404 Not Found. Try again"),
        (lambda handler, content: handler.send_error(503), "the server answered 503 Service Unavailable"),
        (lambda handler, content: None, "no connection, or it was lost"),
    ],
    ids=["broken off", "truncated", "changed", "absent", "overloaded", "hung up"],
)
def test_failed_download_leaves_no_half_file(upstream, serve, tmp_path, fault, message):
    out, cache = tmp_path / "out", tmp_path / "cache"
    out.mkdir()
    (out / "hours.csv").write_text("as before", encoding="utf-8")
    address = serve(upstream, **{FILES[1]: fault})
    with pytest.raises(GeofrontError, match=rf"{address}/{FILES[1]}: {message}.*--from DIR"):
        fetch_hours(source=address, to=out / "hours.csv", cache=cache)
    assert files_in(cache) == [FILES[0]]
    assert files_in(out) == ["hours.csv"]
    assert (out / "hours.csv").read_text(encoding="utf-8") == "as before"


def test_no_server_is_a_clear_error(upstream, tmp_path):
    closed = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    closed.server_close()
    address = f"http://127.0.0.1:{closed.server_port}"
    with pytest.raises(GeofrontError, match=rf"{address}/{FILES[0]}: no connection.*--from DIR"):
        fetch_hours(source=address, to=tmp_path / "hours.csv", cache=tmp_path / "cache")
    assert not files_in(tmp_path / "cache")
    assert not (tmp_path / "hours.csv").exists()


def test_interrupt_leaves_no_half_file(upstream, serve, tmp_path):
    def interrupt(handler, content):
        answer(handler, content[: len(content) // 2], len(content))
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    address = serve(upstream, **{FILES[0]: interrupt})
    with pytest.raises(KeyboardInterrupt):
        fetch_hours(source=address, to=tmp_path / "hours.csv", cache=tmp_path / "cache")
    assert not files_in(tmp_path / "cache")
    assert not (tmp_path / "hours.csv").exists()


def endless(handler, content):
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(content)


def slow(handler, content):
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    with contextlib.suppress(OSError):
        for i in range(len(content)):
            handler.wfile.write(content[i : i + 1])
            time.sleep(0.05)


def slow_to_answer(handler, content):
    with contextlib.suppress(OSError):
        for byte in b"HTTP/1.0 200 OK\r\nX-Wait: " + b"." * 1000:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)


def packed(handler, content):
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()
    with contextlib.suppress(OSError):
        handler.wfile.write(gzip.compress(b"0" * 50_000_000))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (endless, r"the server sent more than the \d+ bytes of the pinned file"),
        (slow, r"not complete after 1 s"),
        (slow_to_answer, r"not complete after 1 s"),
        (packed, "the server compressed the file, although asked not to"),
    ],
    ids=["endless", "slow", "slow to answer", "packed"],
)
def test_download_keeps_to_the_size_and_time_of_the_pinned_file(upstream, serve, tmp_path, monkeypatch, fault, message):
    monkeypatch.setattr(download, "PATIENCE", 1.0)
    address, out = serve(upstream, **{FILES[0]: fault}), tmp_path / "hours.csv"
    start = time.perf_counter()
    with pytest.raises(GeofrontError, match=rf"{address}/{FILES[0]}: cannot be downloaded \({message}\)"):
        fetch_hours(source=address, to=out, cache=tmp_path / "cache")
    assert time.perf_counter() - start < 5
    assert not files_in(tmp_path / "cache")
    assert not out.exists()


def test_local_file_that_is_too_long_is_refused_by_its_size(upstream, tmp_path):
    with open(upstream / FILES[1], "ab") as file:
        file.truncate(10**12)
    with pytest.raises(GeofrontError, match=r"carbon/south\.csv: not the pinned file, it has 1000000000000 bytes"):
        fetch_hours(source=upstream, to=tmp_path / "hours.csv")


def test_cache_that_cannot_be_written_is_a_clear_error(upstream, serve, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(GeofrontError, match=r"cache/carbon/\w+\.csv: cannot be stored .*XDG_CACHE_HOME"):
        fetch_hours(source=serve(upstream), to=tmp_path / "hours.csv", cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "cannot be read .No such file or directory.*leave the folder out"),
        (lambda path: path.write_bytes(path.read_bytes()[:100]), "incomplete, 100 of .* bytes; copy it"),
        (lambda path: path.write_bytes(b"#" + path.read_bytes()[1:]), "not the pinned .* someone/carbon"),
    ],
    ids=["missing", "truncated", "changed"],
)
def test_wrong_local_file_is_named(upstream, tmp_path, damage, message):
    damage(upstream / FILES[1])
    with pytest.raises(GeofrontError, match=rf"carbon/south\.csv: {message}"):
        fetch_hours(source=upstream, to=tmp_path / "hours.csv")
    assert not (tmp_path / "hours.csv").exists()


def test_output_that_cannot_be_written_is_a_clear_error(upstream, tmp_path):
    with pytest.raises(GeofrontError, match=r"cannot be written .*another file with --to"):
        fetch_hours(source=upstream, to=tmp_path)


def test_unknown_year_names_the_way_out():
    with pytest.raises(GeofrontError, match=r"year 2022: only 2023 has pinned files.*geofront\.hours"):
        fetch_hours(2022)


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_shows_only_on_a_terminal(upstream, serve, tmp_path, capsys, monkeypatch, terminal):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    fetch_hours(source=serve(upstream), to=tmp_path / "hours.csv", cache=tmp_path / "cache")
    shown = capsys.readouterr()
    assert not shown.out
    assert ("Files" in shown.err) is terminal
    assert "Downloading" not in shown.err


def test_pinned_addresses_and_the_user_s_cache_are_the_default(monkeypatch, tmp_path):
    asked = []

    def retrieve(url, known_hash, name, path, downloader):
        asked.append((url, known_hash, path))
        raise ValueError("enough")

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(GeofrontError):
        fetch_hours(to=tmp_path / "hours.csv")
    first = read_table(data_path("upstream_registry_2023.csv")).iloc[0]
    assert asked == [
        (
            f"https://raw.githubusercontent.com/{first.repository}/{first.commit}/{first.path}",
            f"sha256:{first.sha256}",
            pooch.os_cache("geofront"),
        )
    ]


def test_registry_holds_exactly_the_files_of_the_sources():
    sources = read_table(data_path("hourly_sources_2023.csv"), "region", ("usd_per_unit",))
    registry = read_table(data_path("upstream_registry_2023.csv"), "path", ("size_bytes",))
    assert sorted(registry.index) == sorted({*sources["carbon_path"], *sources["price_path"]})
    assert registry["sha256"].str.fullmatch("[0-9a-f]{64}").all()
    assert registry["commit"].str.fullmatch("[0-9a-f]{40}").all()


def test_tables_agree_with_the_shared_ones(shared_data):
    keys = ["region", "carbon_zone", "carbon_path", "price_path", "price_timezone", "price_currency"]
    ours = pd.read_csv(data_path("hourly_sources_2023.csv"))
    shared = pd.read_csv(shared_data / "hourly_sources_2023.csv")
    pd.testing.assert_frame_equal(ours[keys], shared[keys])
    assert ours["usd_per_unit"].round(6).tolist() == shared["usd_per_unit"].tolist()
    pinned = (shared_data / "upstream_registry.txt").read_text() + (
        shared_data / "upstream_registry_other.txt"
    ).read_text()
    for file in pd.read_csv(data_path("upstream_registry_2023.csv")).itertuples():
        assert f"{file.path} {file.sha256} {file.size_bytes}" in pinned
        assert f"{file.repository}/{file.commit}" in pinned or f"{file.repository}@{file.commit}" in pinned


EDGES = {
    "au-melbourne": 10, "br-saopaulo": 3, "ca-ontario": 5, "eu-frankfurt": 1, "eu-paris": 1, "in-mumbai": 6,
    "jp-tokyo": 9, "sg-singapore": 8, "uk-london": 1, "us-texas": 6,
}  # fmt: skip
"""Hours at the ends of the UTC year whose price is in a neighbouring year's file, which is not fetched."""


def test_real_hours_equal_the_shared_reference(shared_data, serve, tmp_path):
    path = fetch_hours(
        source=serve(shared_data / "upstream_2023"), to=tmp_path / "hours.csv.gz", cache=tmp_path / "cache"
    )
    ours, reference = pd.read_csv(path), pd.read_csv(shared_data / "hourly_core12_2023.csv.gz")
    assert ours.columns.tolist() == reference.columns.tolist()
    pd.testing.assert_frame_equal(ours[KEYS + CARBON], reference[KEYS + CARBON])
    edges = ours[ours["price_filled"] != reference["price_filled"]]
    assert edges["price_filled"].eq(1).all()
    assert edges["region"].value_counts().sort_index().to_dict() == EDGES
    assert edges["utc"].str[:10].isin(["2023-01-01", "2023-12-31"]).all()
    same = ours.index.difference(edges.index)
    prices = ours.loc[same, "price_usd_per_mwh"], reference.loc[same, "price_usd_per_mwh"]
    # One unit of the last digit.
    np.testing.assert_allclose(*prices, rtol=0, atol=0.001 * (1 + 1e-9))
    readme = data_path("README.md").read_text(encoding="utf-8")
    off = ours["price_usd_per_mwh"] - reference["price_usd_per_mwh"]
    filled = ours["price_filled"].sum()
    assert f"In all, {filled} of {len(ours):,} prices are filled: these {len(edges)}, 24 in" in readme
    assert f"{len(edges)} hours, at most {max(EDGES.values())} in a region, in all regions but Virginia and" in readme
    assert f"differ by up to {off[edges.index].abs().max():.0f} USD/MWh" in readme
    assert off.groupby(ours["region"]).mean().abs().max() == pytest.approx(0.008, abs=0.0005)
    assert "changes no annual mean by more than 0.008 USD/MWh" in readme
    # Three markets have an hour that comes twice.
    inside = ours.drop(index=edges.index).query("price_filled == 1")["region"].value_counts().to_dict()
    assert inside == {"us-virginia": 24, "eu-paris": 24 + 2, "eu-frankfurt": 2, "uk-london": 2}

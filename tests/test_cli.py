"""The command line: its messages, where it writes, and that a failure leaves no files behind."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from sample_notebooks import SAVE, contents, write
from typer.testing import CliRunner

import geofront as gf
from geofront.cli import app
from geofront.files import PACKAGE

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "geofront"]


def run(*words: str | Path):
    return CliRunner().invoke(app, [str(word) for word in words])


def begin(*words: str | Path, **environment: str | Path) -> subprocess.Popen:
    """The command in a separate process, which runs next to the test."""
    settings = {"PYTHONPATH": str(PACKAGE.parent), **{name: str(value) for name, value in environment.items()}}
    return subprocess.Popen(
        [*COMMAND, *map(str, words)],
        env=os.environ | settings,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.is_file():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def notebooks(tmp_path) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    write(folder, "01_good", SAVE, makes=("table_3",))
    return folder


def test_version_is_that_of_the_package_also_as_a_module():
    assert run("--version").stdout == f"geofront {gf.__version__}\n"
    with begin("--version") as process:
        assert process.communicate()[0] == f"geofront {gf.__version__}\n"
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", gf.__version__)


def test_shells_can_complete_commands():
    shown = run("--show-completion", "bash")
    assert "--install-completion" in run("--help").stdout
    assert "Traceback" not in shown.output


def test_every_run_says_where_its_files_are(notebooks, tmp_path):
    options = ("reproduce", "--notebooks-dir", notebooks, "--output-dir", tmp_path / "out")
    made, unchanged = run(*options), run(*options)
    assert made.stdout.endswith(f"The tables and figures are in {tmp_path / 'out'}.\n")
    assert unchanged.stdout == f"unchanged  01_good\nThe tables and figures are in {tmp_path / 'out'}.\n"
    assert unchanged.stderr == ""


@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/out", "/dev/null"])
def test_an_output_folder_that_cannot_be_written_is_named_in_one_line(notebooks, tmp_path, folder):
    (tmp_path / "file").write_text("mine")
    result = run("reproduce", "--notebooks-dir", notebooks, "--output-dir", tmp_path / folder)
    assert result.exit_code == 1
    assert re.fullmatch(rf"Error: '.*{folder}' cannot be written to \(.*\); choose another folder\.\n", result.stderr)
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "notebooks"]


@pytest.mark.parametrize(
    "words",
    [
        ("-p", "source", "x"),
        ("-p", "source"),
        ("-p", "carbon_price", "&a [*a]"),
        ("-p", "carbon_price", "&a {b: *a}"),
        ("-p", "carbon_price", "[" * 9999 + "]" * 9999),
        ("-p", "solver", "[" * 9999 + "]" * 9999),
    ],
)
def test_parameters_that_do_not_exist_or_fit_are_refused_in_one_line(notebooks, tmp_path, words):
    result = run("reproduce", "--notebooks-dir", notebooks, "--output-dir", tmp_path / "out", *words)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_broken_notebook_is_named_in_one_line(notebooks, tmp_path):
    (notebooks / "02_broken.ipynb").write_text('{"cells": [], "metadata": {"geofront": [1]}}')
    result = run("reproduce", "--notebooks-dir", notebooks, "--output-dir", tmp_path / "out")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("Error: notebook 02_broken.ipynb: it cannot be read as a notebook")


def test_profiles_are_not_written_over_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("geofront.inputs.profiles.read_hours", lambda path: None)
    monkeypatch.setattr("geofront.inputs.profiles.fit_profiles", lambda hours, source: pd.DataFrame({"mean": [1.0]}))
    (tmp_path / "folder").mkdir()
    result = run("fit-profiles", tmp_path / "hours.csv", "--to", tmp_path / "folder")
    assert result.exit_code == 1
    assert result.stderr == f"Error: '{tmp_path}/folder' is not a regular file, so it is kept; choose another name.\n"
    assert run("fit-profiles", tmp_path / "hours.csv", "--to", tmp_path / "table.csv").exit_code == 0
    assert contents(tmp_path) == {"table.csv": b"mean\n1\n"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "table.csv"]


def test_a_long_folder_for_temporary_files_does_not_break_kernels(notebooks, tmp_path):
    long = tmp_path / ("x" * 120)
    long.mkdir()
    words = ("reproduce", "--notebooks-dir", notebooks, "--output-dir", tmp_path / "out")
    with begin(*words, TMPDIR=long) as process:
        output, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    assert output.startswith("made       01_good")
    assert list(long.iterdir()) == []


def test_a_second_run_into_the_same_folder_waits_for_the_first(notebooks, tmp_path):
    here, out = tmp_path / "begun", tmp_path / "out"
    wait = (
        f"import time, pathlib\npathlib.Path({str(here)!r}).touch()\n"
        f"while not pathlib.Path({str(tmp_path / 'go')!r}).exists():\n    time.sleep(0.05)"
    )
    write(notebooks, "01_good", wait, SAVE, makes=("table_3",))
    words = ("reproduce", "--notebooks-dir", notebooks, "--output-dir", out, "-p", "carbon_price")
    with begin(*words, "0") as first:
        wait_for(here)
        with begin(*words, "100") as second:
            assert second.stderr.readline() == f"Waiting for another run that writes to {out} ...\n"
            assert contents(out).keys() <= {".lock", *(name for name in contents(out) if name.startswith(".staging-"))}
            (tmp_path / "go").touch()
            assert second.wait(120) == 0
        assert first.wait(120) == 0
    assert (out / "table_3.csv").read_text() == "price\n100\n"
    assert (out / "numbers.json").read_text() == '{\n "01_good": {\n  "price": 100.0\n }\n}\n'
    assert not (out / ".lock").exists()


def test_what_a_killed_run_left_behind_is_removed_by_the_next(notebooks, tmp_path):
    out, cache, temporary = tmp_path / "out", tmp_path / "cache", tmp_path / "t"
    temporary.mkdir()
    begun = tmp_path / "begun"
    write(
        notebooks,
        "01_good",
        f"open({str(begun)!r}, 'w').close()",
        "import time; time.sleep(300)",
        SAVE,
        makes=("table_3",),
    )
    words = ("reproduce", "--notebooks-dir", notebooks, "--output-dir", out)
    with begin(*words, XDG_CACHE_HOME=cache, TMPDIR=temporary) as process:
        wait_for(begun)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert list(out.glob(".staging-*/")) != []
    assert list((cache / "geofront" / "runs").glob("*/")) != []
    write(notebooks, "01_good", SAVE, makes=("table_3",))
    with begin(*words, XDG_CACHE_HOME=cache, TMPDIR=temporary) as process:
        process.communicate()
    assert process.returncode == 0
    assert list(out.glob(".*")) == []
    assert list((cache / "geofront" / "runs").iterdir()) == []
    assert list(temporary.glob("geofront-*")) == []


def test_a_line_of_a_million_letters_takes_no_time(notebooks, tmp_path):
    write(notebooks, "01_good", "print('x' * 1_000_000)", "print('a\\rb')\nprint('c')")
    start = time.monotonic()
    assert run("reproduce", "--notebooks-dir", notebooks, "--output-dir", tmp_path / "out").exit_code == 0
    assert time.monotonic() - start < 40
    assert "x" * 1_000_000 in (tmp_path / "out" / "executed" / "01_good.ipynb").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_full_disk_ends_in_one_line_and_tears_no_file(notebooks, tmp_path):
    """A limit on the size of files stands for a full disk: what the notebook prints does not fit."""
    import resource

    out = tmp_path / "out"
    write(notebooks, "01_good", SAVE, "print('x' * 200_000)", makes=("table_3",))
    words = ("reproduce", "--notebooks-dir", notebooks, "--output-dir", out)
    settings = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        env=settings,
        text=True,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert done.returncode == 1
    assert (
        done.stderr == f"01_good starts\nError: '{out}' cannot be written to (File too large); choose another folder.\n"
    )
    assert contents(out) == {}
    assert list(out.glob(".*")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_full_disk_stops_the_other_notebooks_without_a_word_or_a_copy_of_them(notebooks, tmp_path):
    import resource

    out = tmp_path / "out"
    write(notebooks, "02_slow", "import time\ntime.sleep(300)")
    write(notebooks, "01_good", SAVE, "print('x' * 200_000)", makes=("table_3",))
    done = subprocess.run(
        [*COMMAND, "reproduce", "-j", "2", "--notebooks-dir", str(notebooks), "--output-dir", str(out)],
        text=True,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        check=False,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert done.returncode == 1
    *starts, error = done.stderr.splitlines()
    assert sorted(starts) == ["01_good starts", "02_slow starts"]
    assert error == f"Error: '{out}' cannot be written to (File too large); choose another folder."
    assert contents(out) == {}


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root of Linux can mount a folder")
def test_a_read_only_disk_is_named_in_one_line(notebooks, tmp_path):
    out, begin_mount = tmp_path / "out", ["unshare", "--mount", "--", "sh", "-c"]
    assert run("reproduce", "--notebooks-dir", notebooks, "--output-dir", out).exit_code == 0
    before = contents(out)
    mount = f'mount -t tmpfs -o ro none {tmp_path / "disk"} && mount --bind -o ro {out} {out} && exec "$@"'
    (tmp_path / "disk").mkdir()
    tried = subprocess.run([*begin_mount, mount, "sh", "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("this machine does not let root mount a folder")
    for folder, settings in (
        (out, {}),
        (tmp_path / "disk" / "new", {}),
        (tmp_path / "new", {"XDG_CACHE_HOME": str(tmp_path / "disk")}),
    ):
        words = [*COMMAND, "reproduce", "--force", "--notebooks-dir", str(notebooks), "--output-dir", str(folder)]
        done = subprocess.run(
            [*begin_mount, mount, "sh", *words],
            text=True,
            capture_output=True,
            check=False,
            env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)} | settings,
        )
        named = folder if not settings else tmp_path / "disk" / "geofront" / "runs"
        assert (done.returncode, done.stderr) == (
            1,
            f"Error: '{named}' cannot be written to (Read-only file system); choose another folder.\n",
        )
    assert contents(out) == before


@pytest.fixture(scope="module")
def installed(tmp_path_factory, repository) -> Path:
    """A folder like site-packages, with the files of the wheel."""
    site = tmp_path_factory.mktemp("site-packages")
    shutil.copytree(PACKAGE, site / "geofront", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("data", "notebooks"):
        shutil.copytree(repository / folder, site / "geofront" / folder)
    return site


@pytest.mark.parametrize(
    "words", [("notebooks",), ("readme",), ("check",), ("check", "--update"), ("fit-profiles", "hours.csv")]
)
def test_an_installed_package_refuses_what_is_for_a_checkout(installed, tmp_path, words):
    before = contents(installed)
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1
    assert re.fullmatch(r"Error: 'geofront [a-z -]+' updates the files of a checkout, .*\n", done.stderr)
    assert contents(installed) == before
    assert list(tmp_path.iterdir()) == []


def test_an_installed_package_writes_into_the_current_folder(installed, tmp_path):
    before = contents(installed)
    done = subprocess.run(
        [*COMMAND, "reproduce", "03_regions_and_workloads"],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"The tables and figures are in {tmp_path / 'paper_figures'}.\n")
    assert (tmp_path / "paper_figures" / "table_3.csv").is_file()
    assert contents(installed) == before

"""Results that the notebooks of one run share: computed once, read exactly, and only within the run."""

import gzip
import io
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pooch
import pytest
import xarray as xr
from sample_notebooks import write

import geofront as gf
from geofront.report.runner import Outcome, reproduce
from geofront.shared import RUN, shared_in_run, sharing

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """A cache folder that no other run uses."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda project: folder)
    return folder


@pytest.fixture(scope="module")
def scenario() -> xr.Dataset:
    return gf.stylized(snapshots="day")


def counted():
    """A shared function of a scenario, and the options of every call that reached it."""
    calls = []

    @shared_in_run
    def work(scenario, workload=None, *, budgets=None, progress=False) -> xr.Dataset:
        calls.append((workload, None if budgets is None else list(budgets)))
        return xr.Dataset({"price": scenario.price / 3}, attrs={"workload": str(workload)})

    return work, calls


def test_without_a_run_nothing_is_shared(scenario, monkeypatch):
    monkeypatch.delenv(RUN, raising=False)
    work, calls = counted()
    work(scenario), work(scenario)
    assert len(calls) == 2


def test_the_same_call_is_computed_once_however_it_is_written(scenario):
    work, calls = counted()
    with sharing():
        first = work(scenario, "A", budgets=np.array([0.1, 1 / 3]))
        budgets = np.array([0.1, 0, 1 / 3, 0])[::2]
        again = work(scenario.copy(deep=True), workload="A", budgets=budgets, progress=True)
    assert len(calls) == 1
    xr.testing.assert_identical(first, again)


@pytest.mark.parametrize(
    "figures",
    [
        np.array([[0.0, -0.0, np.nan], [np.inf, 1e-300, -1.5]]),
        np.zeros((2, 0, 3)),
        np.zeros(5),
        np.array(2.5),
        np.arange(24.0).reshape(2, 3, 4)[:, ::2].T,
        np.arange(3),
        np.array(["A", None], dtype=object),
    ],
)
def test_cached_results_are_read_to_the_last_bit(figures):
    work = shared_in_run(lambda question: [question, figures])
    with sharing():
        work("a question")
        _, read = work("a question")
    assert (read.dtype, read.shape) == (figures.dtype, figures.shape)
    assert read.tobytes() == figures.tobytes() if figures.dtype != object else list(read) == list(figures)


@pytest.mark.parametrize(
    "options", [{"workload": "B"}, {"budgets": [1.0, 3.0]}, {"budgets": [1.0, 2.0 + 1e-15]}, {"budgets": None}]
)
def test_other_arguments_are_computed_again(options, scenario):
    work, calls = counted()
    with sharing():
        work(scenario, **{"workload": "A", "budgets": [1.0, 2.0]})
        work(scenario, **{"workload": "A", "budgets": [1.0, 2.0], **options})
    assert len(calls) == 2


def test_a_scenario_that_differs_in_one_value_or_a_note_is_another_one(scenario):
    work, calls = counted()
    other = scenario.copy(deep=True)
    other.price[0, 0] *= 1 + 1e-15
    with sharing():
        for each in (scenario, other, scenario.assign_attrs(carbon_signal="ifi")):
            work(each)
    assert len(calls) == 3


def placed(run: Path) -> int:
    """Number of placement problems that have been solved in this run."""
    return len([path for path in run.glob("solve-*") if path.suffix != ".lock"])


def test_placements_are_shared_wherever_the_problem_is_the_same(scenario):
    alone = gf.place(scenario)
    with sharing() as run:
        first = gf.place(scenario)
        again = gf.place(scenario.copy(deep=True), warm_start=gf.WarmStart())
        signal = gf.place(gf.stylized(snapshots="day", carbon_signal="ifi"))
        assert placed(run) == 1
        gf.place(scenario, carbon_price=50)
        gf.place(scenario, objective="carbon")
        gf.place(scenario.assign(capacity=scenario.capacity * (1 + 1e-15)))
        assert placed(run) == 4
    xr.testing.assert_equal(first, alone)
    xr.testing.assert_equal(again, alone)
    xr.testing.assert_equal(signal.flow, alone.flow)
    assert not signal.emissions.equals(alone.emissions)


def test_arguments_with_the_same_text_are_distinguished(scenario):
    calls = []

    @shared_in_run
    def work(scenario) -> int:
        calls.append(scenario)
        return len(calls)

    other = scenario.price.copy(deep=True)
    other[3, 11] *= 1 + 1e-15
    assert repr(other) == repr(scenario.price)
    with sharing():
        assert [work(scenario.price), work(other), work(scenario.price)] == [1, 2, 1]


def test_a_run_ends_with_its_cache(scenario, cache, monkeypatch):
    monkeypatch.setenv(RUN, "0" * 16)
    work, calls = counted()
    for _ in range(2):
        with sharing() as run:
            assert run.stat().st_mode & 0o777 == 0o700
            work(scenario)
        assert list((cache / "runs").iterdir()) == []
    assert os.environ[RUN] == "0" * 16
    assert len(calls) == 2


def test_the_next_run_removes_what_a_killed_run_left(cache):
    begin = (
        "import time, pooch; pooch.os_cache = lambda project: {!r}; from geofront.shared import sharing\n"
        "with sharing():\n    print('begun', flush=True); time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", begin.format(str(cache))], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with sharing():
            assert len(list((cache / "runs").glob("*/"))) == 2
        process.kill()
    assert len(list((cache / "runs").glob("*/"))) == 1
    with sharing():
        assert len(list((cache / "runs").glob("*/"))) == 1
    assert list((cache / "runs").iterdir()) == []


@pytest.mark.parametrize("run", ["/tmp/evil", "../evil", "", "0" * 15, "G" * 16])
def test_nothing_but_a_run_id_is_accepted(run, scenario, monkeypatch):
    monkeypatch.setenv(RUN, run)
    with pytest.raises(gf.GeofrontError, match=r"GEOFRONT_RUN is .* not the id of a run"):
        counted()[0](scenario)


def test_a_run_open_to_others_is_refused_and_one_that_has_ended_caches_nothing(scenario, monkeypatch):
    work, calls = counted()
    with sharing() as run:
        run.chmod(0o770)
        with pytest.raises(gf.GeofrontError, match="open to other users"):
            work(scenario)
    monkeypatch.setenv(RUN, run.name)
    work(scenario), work(scenario)
    assert len(calls) == 2


class Trap:
    """Unpickling this object runs code."""

    def __reduce__(self):
        return (os.abort, ())


def test_a_file_that_someone_put_into_the_run_is_not_unpickled(scenario):
    work, calls = counted()
    with sharing() as run:
        work(scenario)
        (kept,) = (path for path in run.iterdir() if path.suffix != ".lock")
        for content in (pickle.dumps(Trap()), gzip.compress(pickle.dumps(Trap())), trapped_array(), b""):
            kept.write_bytes(content)
            with pytest.raises(gf.GeofrontError, match=rf"{kept.name}' is damaged .*; remove it"):
                work(scenario)
    assert len(calls) == 1


def trapped_array() -> bytes:
    """A file of the right form whose array holds pickled objects."""
    array = io.BytesIO()
    np.save(array, np.array([Trap()], dtype=object), allow_pickle=True)
    return gzip.compress(b'[{"ndarray": 0}, 1]\n' + array.getvalue())


def test_an_argument_that_cannot_be_written_is_not_cached():
    work = shared_in_run(lambda question: question())
    with sharing() as run:
        assert work(lambda: 5) == 5
        assert list(run.iterdir()) == []


def test_a_placement_read_from_the_run_is_the_same_to_the_last_bit(scenario):
    with sharing() as run:
        first = [gf.place(scenario), gf.latency_frontier(scenario, "A", budgets=[20.0, 200.0])]
        kept = {path: path.stat().st_mtime_ns for path in run.iterdir()}
        again = [gf.place(scenario), gf.latency_frontier(scenario, "A", budgets=[20.0, 200.0])]
        assert {path: path.stat().st_mtime_ns for path in run.iterdir()} == kept
    for before, after in zip(first, again, strict=True):
        xr.testing.assert_identical(before.assign_attrs(wall_time_s=0), after.assign_attrs(wall_time_s=0))
        assert {name: array.dtype for name, array in before.variables.items()} == {
            name: array.dtype for name, array in after.variables.items()
        }


@pytest.mark.parametrize("fails", [False, True])
def test_a_second_call_waits_and_computes_if_the_first_fails(fails, scenario):
    begun, go_on, calls = threading.Event(), threading.Event(), []

    @shared_in_run
    def work(scenario) -> xr.Dataset:
        calls.append(threading.current_thread().name)
        if len(calls) == 1:
            begun.set()
            assert go_on.wait(60)
            if fails:
                raise gf.GeofrontError("no place")
        return scenario[["price"]]

    with sharing(), ThreadPoolExecutor(2) as pool:
        first = pool.submit(work, scenario)
        assert begun.wait(60)
        second = pool.submit(work, scenario)
        with pytest.raises(TimeoutError):
            second.result(0.2)
        assert len(calls) == 1
        go_on.set()
        xr.testing.assert_identical(second.result(60), scenario[["price"]])
        assert isinstance(first.exception(60), gf.GeofrontError) == fails
    assert len(calls) == 1 + fails


def test_notebooks_of_one_run_share_frontiers(tmp_path, monkeypatch):
    monkeypatch.undo()
    ask = (
        "import os, pathlib, pooch, geofront as gf\n"
        "folder = pathlib.Path(pooch.os_cache('geofront'), 'runs', os.environ['GEOFRONT_RUN'])"
    )
    frontier = "gf.latency_frontier(gf.stylized(snapshots='day'), 'A', frictions=(), budgets=[20.0, 200.0])"
    only_one = "assert len([path for path in folder.glob('latency_frontier-*') if path.suffix != '.lock']) == 1"
    write(tmp_path, "01_first", ask, frontier, only_one)
    write(tmp_path, "02_second", ask, only_one, frontier, only_one)
    made = reproduce(notebooks_dir=tmp_path, output_dir=tmp_path / "outputs", jobs=1)
    assert made == [Outcome("01_first", "made"), Outcome("02_second", "made")]

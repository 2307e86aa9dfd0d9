"""Runs cases: each measurement in its own process, with the tools in turn and several repetitions."""

import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cases import GEOFRONT, Case
from geofront.errors import GeofrontError

CAP = 600.0
"""Time after which a run is stopped [s]."""

RERUN_BELOW = 60.0
"""A tool with a longer first run is not run again [s]."""

EQUAL = 1e-7
"""Largest relative difference between the objectives of two tools [-]."""


@dataclass
class Measured:
    """Runs of one tool on one case."""

    tool: str
    runs: list[dict] = field(default_factory=list)
    stopped: str = ""
    stopped_after: float = 0.0

    @property
    def again(self) -> bool:
        """Whether to run once more."""
        return not self.stopped and (not self.runs or self.runs[0]["seconds"] < RERUN_BELOW)

    @property
    def seconds(self) -> float:
        """Median time [s]; if a run was stopped, the time until then."""
        return self.stopped_after if self.stopped else statistics.median(run["seconds"] for run in self.runs)

    @property
    def megabytes(self) -> float:
        """Largest peak memory of all runs [MB]."""
        return max((run["megabytes"] for run in self.runs), default=float("nan"))

    @property
    def points(self) -> int:
        """Points solved, more than one in a frontier or a sweep."""
        return self.runs[0]["points"] if self.runs else 1


def run_case(case: Case, options: list[str], say: Callable[[str], None], cap: float = CAP) -> dict[str, Measured]:
    """Run all tools of a case in turn, until each has as many runs as the case requires.

    Parameters
    ----------
    case : Case
    options : list of str
        Options of :mod:`benchmarks.measure`.
    say : callable
        Receives a line for every run.
    cap : float
        Time after which a run is stopped [s].

    Returns
    -------
    dict
        Records by tool, geofront first.

    Raises
    ------
    GeofrontError
        If a run fails, or two tools find different optima.
    """
    measured = {entry.tool: Measured(entry.tool) for entry in case.entries}
    for _ in range(case.repeats):
        for tool, record in measured.items():
            if record.again:
                _run_once(case, record, options, cap)
                last = "stopped" if record.stopped else f"{record.runs[-1]['seconds']:.2f} s"
                say(f"{case.name}: {tool}: {last}")
    check_equal(case, measured)
    return measured


def _run_once(case: Case, record: Measured, options: list[str], cap: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        command = [sys.executable, "-m", "benchmarks.measure", case.name, record.tool, str(answer), *options]
        began = time.perf_counter()
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=cap)
        except subprocess.TimeoutExpired:
            record.stopped, record.stopped_after = f"stopped after {cap:.0f} s", cap
            return
        if done.returncode == -signal.SIGKILL:
            record.stopped, record.stopped_after = "ran out of memory", time.perf_counter() - began
            return
        if done.returncode:
            raise GeofrontError(f"{case.name}: {record.tool} failed: {done.stderr.strip()[-2000:]}")
        record.runs.append(json.loads(answer.read_text()))


def check_equal(case: Case, measured: dict[str, Measured]) -> None:
    """Compare the objectives of the tools that have finished.

    Raises
    ------
    GeofrontError
        If two differ by more than ``EQUAL``, or have no point in common.
    """
    if not measured[GEOFRONT].runs:
        return
    ours = measured[GEOFRONT].runs[0]["values"]
    for tool, record in measured.items():
        for run in record.runs:
            common = ours.keys() & run["values"].keys()
            if not common:
                raise GeofrontError(f"{case.name}: {tool} solved no point that geofront solved")
            worst = max(common, key=lambda point, other=run["values"]: _difference(ours[point], other[point]))
            if not _difference(ours[worst], run["values"][worst]) <= EQUAL:
                raise GeofrontError(
                    f"{case.name}: {tool} found {run['values'][worst]:.12g} at {worst}, geofront {ours[worst]:.12g}"
                )


def _difference(a: float, b: float) -> float:
    return abs(a - b) / max(abs(a), abs(b))


def reproduce_unchanged(say: Callable[[str], None], repeats: int = 3) -> Measured:
    """Time of ``geofront reproduce`` if nothing has changed since its last run."""
    command = [str(Path(sys.executable).with_name("geofront")), "reproduce"]
    measured = Measured(GEOFRONT)
    for attempt in range(repeats + 1):
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.perf_counter() - began
        if done.returncode:
            raise GeofrontError(f"geofront reproduce failed: {done.stderr.strip()[-2000:]}")
        say(f"reproduce: {seconds:.2f} s" + ("" if attempt else " (the first, which makes what is missing)"))
        if attempt:
            measured.runs.append({"seconds": seconds, "megabytes": float("nan"), "points": 1, "values": {}})
    return measured

"""Compares this version of geofront with an older one: ``python -m benchmarks --against REVISION``.

The older version is checked out into a temporary folder. Both versions run alternately in the same environment, each
run in its own process.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import rows
from benchmarks.report import surroundings, table
from benchmarks.run import CAP, RERUN_BELOW
from geofront.errors import GeofrontError

REPOSITORY = Path(__file__).resolve().parent.parent
REPEATS = 3
"""Runs of each version."""


@dataclass
class Compared:
    """Runs of both versions on one row."""

    title: str
    new: list[dict[str, float]] = field(default_factory=list)
    old: list[dict[str, float]] = field(default_factory=list)
    stopped: str = ""

    @property
    def ended(self) -> bool:
        """Whether both versions have completed at least one run."""
        return bool(self.new and self.old)

    def ratio(self, quantity: str) -> float:
        """Median of ``"cpu"``, ``"wall"`` or ``"objective"``, new over old [-]."""
        return median(self.new, quantity) / median(self.old, quantity)


def compare(
    revision: str,
    say: Callable[[str], None],
    names=None,
    *,
    hours_file: str = "",
    quick: bool = False,
    cap: float = CAP,
) -> dict[str, Compared]:
    """Measure rows with this version and an older one.

    Parameters
    ----------
    revision : str
        Revision that git can check out.
    say : callable
        Receives a line for every run.
    names : collection of str, optional
        Names of rows; all by default.
    hours_file : str
        Tidy file of real hours; without it, rows of real years are left out.
    quick : bool
        Whether to run small instances once.
    cap : float
        Time after which a run is stopped [s].

    Raises
    ------
    GeofrontError
        If git cannot check out the revision, or a run fails.
    """
    options = ["--quick"] * quick + (["--hours", str(Path(hours_file).resolve())] if hours_file else [])
    compared = {
        name: Compared(row.title)
        for name, row in rows.all_rows(hours_file, quick).items()
        if not names or name in names
    }
    with checkout(revision) as older:
        for name, record in compared.items():
            for attempt in range(1 if quick else REPEATS):
                if attempt and (record.stopped or max(run["wall"] for run in record.new + record.old) > RERUN_BELOW):
                    break
                turns = [("new", REPOSITORY), ("old", older)]
                for version, folder in turns if attempt % 2 == 0 else turns[::-1]:
                    run = _run(name, folder, options, cap)
                    if run is None:
                        record.stopped = f"{version} version stopped after {cap:.0f} s"
                        say(f"{name}: {record.stopped}")
                        break
                    getattr(record, version).append(run)
                    say(f"{name}: {version}: {run['cpu']:.2f} s of CPU, {run['wall']:.2f} s")
    return compared


@contextlib.contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """Check out a revision into a temporary folder."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "older").resolve()
        _git("worktree", "add", "--detach", str(folder), revision)
        try:
            yield folder
        finally:
            _git("worktree", "remove", "--force", str(folder))


def describe(revision: str) -> str:
    """Short hash of a revision."""
    return _git("rev-parse", "--short", f"{revision}^{{commit}}")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise GeofrontError(f"git {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def _run(name: str, folder: Path, options: list[str], cap: float) -> dict[str, float] | None:
    """Run once with the package in a folder; None if the run was stopped."""
    with tempfile.TemporaryDirectory() as temporary:
        answer = Path(temporary, "answer.json")
        # -P keeps this folder off the path, because its modules have common names.
        command = [sys.executable, "-P", rows.__file__, name, str(answer), *options]
        path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=cap,
                cwd=temporary,
                env=os.environ | {"PYTHONPATH": path},
            )
        except subprocess.TimeoutExpired:
            return None
        if done.returncode:
            raise GeofrontError(f"{name} failed with the version in {folder}: {done.stderr.strip()[-2000:]}")
        run = json.loads(answer.read_text())
        if not Path(run.pop("package")).is_relative_to(folder):
            raise GeofrontError(f"{name} did not run the version in {folder}: remove what imports another geofront")
        return run


def comparison(compared: Mapping[str, Compared], old: str, *, quick: bool, hours_file: str) -> str:
    """Format the section as Markdown, without its heading."""
    changed = " with uncommitted changes" if _git("status", "--porcelain", "--", "geofront") else ""
    hours = "the real hours of 2023" if hours_file else "stylized hours"
    introduction = (
        f"Version {describe('HEAD')}{changed} against {describe(old)}, written by `python -m benchmarks --against {old}"
        + (" --quick`, whose small instances are not representative." if quick else "`.")
        + " Both versions run alternately on the same machine and libraries, each run in its own process. "
        "Only the call is timed, without imports or scenarios. "
        + (
            ""
            if quick
            else f"Times are medians of {REPEATS} runs, or of one run that took more than {RERUN_BELOW:.0f} s. "
        )
        + f"Rows have all frictions unless stated otherwise; typical days and the sweep have {hours}."
    )
    return "\n\n".join(
        [
            introduction,
            surroundings(),
            table(
                (
                    "row",
                    "CPU, new [s]",
                    "CPU, old [s]",
                    "CPU, new : old",
                    "wall, new [s]",
                    "wall, old [s]",
                    "wall, new : old",
                    "relative difference of objectives",
                ),
                "lrrrrrrr",
                [_row(record) for record in compared.values()],
            ),
        ]
    )


def _row(record: Compared) -> tuple[str, ...]:
    times = [
        text
        for quantity in ("cpu", "wall")
        for text in (
            _time(record.new, quantity),
            _time(record.old, quantity),
            f"{record.ratio(quantity):.2f}" if record.ended else "–",
        )
    ]
    title = f"{record.title} ({record.stopped})" if record.stopped else record.title
    return title, *times, f"{record.ratio('objective') - 1:.0e}" if record.ended else "–"


def _time(runs: list[dict[str, float]], quantity: str) -> str:
    return f"{median(runs, quantity):.2f}" if runs else "–"


def median(runs: list[dict[str, float]], quantity: str) -> float:
    """Median of ``"cpu"``, ``"wall"`` [s] or ``"objective"`` over some runs."""
    return statistics.median(run[quantity] for run in runs)

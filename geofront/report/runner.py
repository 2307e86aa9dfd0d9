"""Runs the notebooks that make the tables and figures, in parallel and only if they have changed."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geofront.errors import GeofrontError, first_labels
from geofront.files import PACKAGE, file_hash, in_checkout, locked, named_errors, resolved, staged
from geofront.report.catalogue import Notebook, assign, catalogue, lacks_data, select
from geofront.report.fingerprints import environment, fingerprint, is_unchanged, record
from geofront.report.gallery import write_gallery
from geofront.report.outputs import EXECUTED, collect_numbers, keep_older, missing_outputs, output_files
from geofront.shared import sharing


@dataclass(frozen=True)
class Outcome:
    """Outcome of one notebook: ``made``, ``unchanged``, ``left out`` or ``failed``, and the reason."""

    notebook: str
    status: str
    reason: str = ""
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Job:
    """A notebook with the values of its parameters and the fingerprint of both."""

    notebook: Notebook
    parameters: dict[str, Any]
    fingerprint: str


def default_output_dir() -> Path:
    """``paper_figures`` in the checkout, or in the current directory if geofront is installed without one."""
    return (PACKAGE.parent if in_checkout() else Path.cwd()) / "paper_figures"


def reproduce(
    names: Iterable[str] = (),
    parameters: Mapping[str, Any] | None = None,
    *,
    jobs: int | None = None,
    output_dir: str | Path | None = None,
    notebooks_dir: str | Path | None = None,
    force: bool = False,
    progress: bool = False,
) -> list[Outcome]:
    """Make the tables and figures by running their notebooks.

    Parameters
    ----------
    names : iterable of str
        Notebooks to run, by default all.
    parameters : mapping, optional
        Values that replace the notebooks' defaults; each applies to the notebooks that have the parameter.
    jobs : int, optional
        Number of notebooks to run in parallel, by default two if there is more than one processor.
    output_dir : str or path, optional
        Folder of the tables and figures, with executed copies in its folder ``executed`` and all numbers in
        ``numbers.json``; by default `default_output_dir`. A second run that writes there waits for the first.
    notebooks_dir : str or path, optional
        Folder of notebooks, by default geofront's own.
    force : bool
        Whether to run notebooks even if their source, parameters, package, data and outputs are unchanged.
    progress : bool
        Whether to show progress on standard error: a bar of cells on a terminal, else a line per notebook.

    Returns
    -------
    list of Outcome
        In the order of the notebooks. Each is ``made`` or ``unchanged``, or ``left out`` if it was not requested by
        name and its default data have not been downloaded.

    Raises
    ------
    GeofrontError
        Before any notebook runs, if a notebook or parameter is unknown, a value is invalid, a notebook requested by
        name lacks its downloaded data, or `output_dir` is not writable. After all notebooks have ended, if some failed;
        the message has the cell and error of each. A failed notebook keeps its previous outputs, and its executed copy
        is ``executed/<name>.failed.ipynb``.
    """
    output_dir = resolved(default_output_dir() if output_dir is None else output_dir)
    jobs = min(2, os.cpu_count() or 1) if jobs is None else jobs
    if jobs < 1:
        raise GeofrontError(f"jobs: {jobs} notebooks cannot run in parallel; give 1 or more.")
    known = catalogue(notebooks_dir)
    names = list(names)
    chosen = select(known, names)
    values = assign(chosen, parameters or {})
    lacking = {notebook.name: reason for notebook in chosen if (reason := lacks_data(notebook, values[notebook.name]))}
    if names and lacking:
        raise GeofrontError("\n".join(f"{name}: {reason}." for name, reason in lacking.items()))
    surroundings = environment()
    jobs_to_do = [
        Job(notebook, values[notebook.name], fingerprint(notebook, values[notebook.name], surroundings))
        for notebook in chosen
        if notebook.name not in lacking
    ]
    outcomes = {
        notebook.name: Outcome(
            notebook.name, "left out" if notebook.name in lacking else "unchanged", lacking.get(notebook.name, "")
        )
        for notebook in chosen
    }

    def report_waiting() -> None:
        if progress:
            _say(f"Waiting for another run that writes to {output_dir} ...")

    with locked(output_dir, report_waiting), named_errors(output_dir):
        changed = [job for job in jobs_to_do if force or not _is_up_to_date(job, output_dir)]
        if changed:
            (output_dir / EXECUTED).mkdir(exist_ok=True)
            outcomes |= {outcome.notebook: outcome for outcome in _run_all(changed, output_dir, jobs, progress)}
        collect_numbers(output_dir, list(known))
        write_gallery(output_dir, known.values())
    failed = [outcome for outcome in outcomes.values() if outcome.status == "failed"]
    if failed:
        reasons = "\n".join(f"  {outcome.reason}" for outcome in failed)
        raise GeofrontError(f"{len(failed)} of {len(outcomes)} notebooks failed:\n{reasons}")
    return list(outcomes.values())


def _record_path(name: str, output_dir: Path) -> Path:
    return output_dir / EXECUTED / f"{name}.fingerprint.json"


def _is_up_to_date(job: Job, output_dir: Path) -> bool:
    return is_unchanged(_record_path(job.notebook.name, output_dir), job.fingerprint, output_dir)


def _run_all(todo: list[Job], output_dir: Path, jobs: int, progress: bool) -> list[Outcome]:
    from geofront.report.execution import kill_kernels

    stopped = threading.Event()
    with _progress(todo, progress) as show, sharing(), ThreadPoolExecutor(jobs) as pool:
        # A long notebook that started last would run alone at the end.
        in_order = sorted(todo, key=lambda job: not job.notebook.long)
        running = [pool.submit(_run, job, output_dir, show, stopped) for job in in_order]
        try:
            return [future.result() for future in as_completed(running)]
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            kill_kernels()
            raise


@contextmanager
def _progress(todo: list[Job], shown: bool) -> Iterator[Callable[[str, str], None]]:
    """Function of a notebook's name and an event: "starts", "cell" after each cell, or its outcome."""
    from tqdm import tqdm

    terminal = sys.stderr.isatty()
    cells = sum(kind == "code" for job in todo for kind, _, _ in job.notebook.cells)
    cells += sum(bool(job.notebook.parameters) for job in todo)  # the injected cell
    with tqdm(total=cells, unit="cell", desc="reproduce", disable=not (shown and terminal)) as line:

        def show(name: str, event: str) -> None:
            if event == "cell":
                line.update()
            elif terminal:
                line.set_postfix_str(name)
            elif shown:
                _say(f"{name} {event}")

        yield show


def _say(text: str) -> None:
    # In one write: threads that print at once would otherwise mix their lines.
    print(f"{text}\n", end="", file=sys.stderr, flush=True)


def _run(job: Job, output_dir: Path, show: Callable[[str, str], None], stopped: threading.Event) -> Outcome:
    from geofront.report.execution import NotebookFailed

    name, start = job.notebook.name, time.monotonic()
    show(name, "starts")
    try:
        _make(job, output_dir, lambda **_: show(name, "cell"), stopped)
    except NotebookFailed as error:
        outcome = Outcome(name, "failed", str(error), time.monotonic() - start)
    else:
        outcome = Outcome(name, "made", seconds=time.monotonic() - start)
    if not stopped.is_set():
        show(name, f"{outcome.status} in {outcome.seconds:.0f} s")
    return outcome


def _make(job: Job, output_dir: Path, on_cell: Callable[..., None], stopped: threading.Event) -> None:
    from geofront.report.execution import NotebookFailed, execute

    name = job.notebook.name
    failed_copy = output_dir / EXECUTED / f"{name}.failed.ipynb"
    with staged(output_dir) as staging:
        copy = staging / EXECUTED / f"{name}.ipynb"
        copy.parent.mkdir()
        try:
            execute(job.notebook, job.parameters, staging, copy, on_cell)
            _check_outputs(job.notebook, staging)
        except NotebookFailed:
            if copy.is_file() and not stopped.is_set():
                os.replace(copy, failed_copy)
            raise
        keep_older(staging, output_dir, job.notebook.makes)
        outputs = {
            path.relative_to(staging).as_posix(): file_hash(path)
            for path in sorted(staging.rglob("*"))
            if path.is_file()
        }
        record(_record_path(name, staging), job.fingerprint, outputs)
    failed_copy.unlink(missing_ok=True)


def _check_outputs(notebook: Notebook, staging: Path) -> None:
    from geofront.report.execution import NotebookFailed

    if missing := missing_outputs(list(notebook.makes), staging):
        raise NotebookFailed(
            f"{notebook.name}: it ran but did not write {first_labels(missing)}; save them, or remove "
            "them from its metadata (geofront.makes)."
        )
    expected = {name for stem in notebook.makes for name in output_files(stem)}
    if extra := sorted({path.name for path in staging.iterdir() if path.is_file()} - expected):
        raise NotebookFailed(
            f"{notebook.name}: it wrote {first_labels(extra)}, which its metadata (geofront.makes) "
            "does not list; add them there."
        )

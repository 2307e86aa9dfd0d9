"""Run the notebooks that make the tables and figures: several at once, and only those that have changed."""

import filecmp
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geofront.errors import GeofrontError, first_labels
from geofront.files import PACKAGE, file_hash, in_checkout, staged
from geofront.report.catalogue import Notebook, assign, catalogue, lacks_hours, select
from geofront.report.fingerprints import environment, fingerprint, is_unchanged, record
from geofront.report.gallery import write_gallery
from geofront.report.outputs import EXECUTED, collect_numbers, missing_outputs, output_files
from geofront.shared import sharing

if TYPE_CHECKING:
    from tqdm import tqdm


@dataclass(frozen=True)
class Outcome:
    """What became of one notebook: ``made``, ``unchanged``, ``left out`` or ``failed``, and why."""

    notebook: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class Job:
    """A notebook with the values of its parameters and the fingerprint of both."""

    notebook: Notebook
    parameters: dict[str, Any]
    fingerprint: str


def default_output_dir() -> Path:
    """``paper_figures`` of the checkout, or of the current directory if geofront is installed apart."""
    return (PACKAGE.parent if in_checkout() else Path.cwd()) / "paper_figures"


def default_jobs() -> int:
    """Two notebooks at once where there is more than one processor."""
    return min(2, os.cpu_count() or 1)


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
        Which notebooks; default all.
    parameters : mapping, optional
        Values that replace the notebooks' defaults; each goes to those notebooks that have it.
    jobs : int, optional
        How many notebooks run at once; default `default_jobs`.
    output_dir : str or path, optional
        Where tables and figures go, executed copies into its folder ``executed`` and all numbers into
        ``numbers.json``; default `default_output_dir`.
    notebooks_dir : str or path, optional
        Default: the notebooks that come with geofront.
    force : bool
        Run also the notebooks whose source, parameters, package, data and outputs are unchanged.
    progress : bool
        Show one progress line, counted in cells, on standard error.

    Returns
    -------
    list of Outcome
        In the order of the notebooks; each ``made`` or ``unchanged``, or ``left out`` if it was not asked for
        by name and the real hours that it reads by default are not there.

    Raises
    ------
    GeofrontError
        Before anything runs, if a notebook or parameter is unknown, a value does not fit, or a notebook that
        is asked for by name lacks its real hours; after all
        notebooks have ended, if some failed, with the cell and error of each. The outputs of a failed
        notebook stay as they were, and its executed copy is ``executed/<name>.failed.ipynb``.
    """
    output_dir = (default_output_dir() if output_dir is None else Path(output_dir)).resolve()
    jobs = default_jobs() if jobs is None else jobs
    if jobs < 1:
        raise GeofrontError(f"jobs: {jobs} notebooks at once is impossible; give 1 or more.")
    known = catalogue(notebooks_dir)
    names = list(names)
    chosen = select(known, names)
    values = assign(chosen, parameters or {})
    lacking = {notebook.name: reason for notebook in chosen if (reason := lacks_hours(notebook, values[notebook.name]))}
    if names and lacking:
        raise GeofrontError("\n".join(f"{name}: {reason}." for name, reason in lacking.items()))
    surroundings = environment()
    todo = [
        Job(notebook, values[notebook.name], fingerprint(notebook, values[notebook.name], surroundings))
        for notebook in chosen if notebook.name not in lacking
    ]
    changed = [job for job in todo if force or not _is_up_to_date(job, output_dir)]
    outcomes = {
        notebook.name: Outcome(notebook.name, "left out", lacking[notebook.name]) if notebook.name in lacking
        else Outcome(notebook.name, "unchanged")
        for notebook in chosen
    }
    if changed:
        (output_dir / EXECUTED).mkdir(parents=True, exist_ok=True)
        outcomes |= {outcome.notebook: outcome for outcome in _run_all(changed, output_dir, jobs, progress)}
    collect_numbers(output_dir, list(known))
    write_gallery(output_dir, known.values())
    _raise_if_failed(list(outcomes.values()))
    return list(outcomes.values())


def _record_path(name: str, output_dir: Path) -> Path:
    return output_dir / EXECUTED / f"{name}.fingerprint.json"


def _is_up_to_date(job: Job, output_dir: Path) -> bool:
    return is_unchanged(_record_path(job.notebook.name, output_dir), job.fingerprint, output_dir)


def _run_all(todo: list[Job], output_dir: Path, jobs: int, progress: bool) -> list[Outcome]:
    from geofront.report.execution import kill_kernels

    with _progress_line(todo, shown=progress) as line, sharing(), ThreadPoolExecutor(jobs) as pool:
        # One that is long and begins last would run alone in the end.
        in_order = sorted(todo, key=lambda job: not job.notebook.long)
        running = {pool.submit(_run, job, output_dir, line): job for job in in_order}
        try:
            return [_outcome(future, running[future]) for future in as_completed(running)]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            kill_kernels()
            raise


@contextmanager
def _progress_line(todo: list[Job], shown: bool) -> "Iterator[tqdm]":
    from tqdm import tqdm

    cells = sum(kind == "code" for job in todo for kind, _, _ in job.notebook.cells)
    cells += sum(bool(job.notebook.parameters) for job in todo)  # of values
    with tqdm(total=cells, unit="cell", desc="reproduce", disable=not shown) as line:
        yield line


def _outcome(future: Future, job: Job) -> Outcome:
    from geofront.report.execution import NotebookFailed

    try:
        future.result()
    except NotebookFailed as error:
        return Outcome(job.notebook.name, "failed", str(error))
    return Outcome(job.notebook.name, "made")


def _run(job: Job, output_dir: Path, line: "tqdm") -> None:
    from geofront.report.execution import NotebookFailed, execute

    name = job.notebook.name
    line.set_postfix_str(name)
    failed_copy = output_dir / EXECUTED / f"{name}.failed.ipynb"
    with staged(output_dir) as staging:
        copy = staging / EXECUTED / f"{name}.ipynb"
        copy.parent.mkdir()
        try:
            execute(job.notebook, job.parameters, staging, copy, on_cell=lambda **_: line.update())
            _check_outputs(job.notebook, staging)
            _keep_older_pdfs(staging, output_dir)
        except NotebookFailed:
            if copy.is_file():
                os.replace(copy, failed_copy)
            raise
        outputs = {
            path.relative_to(staging).as_posix(): file_hash(path)
            for path in sorted(staging.rglob("*"))
            if path.is_file()
        }
        record(_record_path(name, staging), job.fingerprint, outputs)
    failed_copy.unlink(missing_ok=True)


def _check_outputs(notebook: Notebook, staging: Path) -> None:
    from geofront.report.execution import NotebookFailed

    missing = missing_outputs(list(notebook.makes), staging)
    if missing:
        raise NotebookFailed(
            f"{notebook.name}: it ran but did not write {first_labels(missing)}; save them, or take them "
            "from its metadata (geofront.makes)."
        )
    expected = {name for stem in notebook.makes for name in output_files(stem)}
    extra = sorted({path.name for path in staging.iterdir() if path.is_file()} - expected)
    if extra:
        raise NotebookFailed(
            f"{notebook.name}: it wrote {first_labels(extra)}, which its metadata (geofront.makes) does not "
            "list; add them there."
        )


def _keep_older_pdfs(staging: Path, output_dir: Path) -> None:
    """Of a picture that is as before, keep the older PDF, because each one written differs in its bytes."""
    for pdf in staging.glob("*.pdf"):
        older, svg = output_dir / pdf.name, pdf.with_suffix(".svg").name
        if older.is_file() and (output_dir / svg).is_file() and filecmp.cmp(output_dir / svg, staging / svg, False):
            shutil.copyfile(older, pdf)


def _raise_if_failed(outcomes: list[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if failed:
        reasons = "\n".join(f"  {outcome.reason}" for outcome in failed)
        raise GeofrontError(f"{len(failed)} of {len(outcomes)} notebooks failed:\n{reasons}")

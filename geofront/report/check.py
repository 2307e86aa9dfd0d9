"""Regenerates all outputs and compares them with the committed ones."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from geofront.errors import GeofrontError
from geofront.files import staged, temporary_folder
from geofront.report.catalogue import Notebook, catalogue, lacks_data
from geofront.report.differences import Difference, compare_files
from geofront.report.gallery import write_gallery
from geofront.report.outputs import EXECUTED, NUMBERS, PAGE, STEM, collect_numbers, keep_older, output_files
from geofront.report.pages import for_reading, read
from geofront.report.readme import README, compare_readme, quotes_numbers, write_readme
from geofront.report.refresh import compare_notebooks, unfit_outputs, write_back
from geofront.report.runner import default_output_dir, reproduce


def check(
    against: str | Path | None = None,
    *,
    output_dir: str | Path | None = None,
    notebooks_dir: str | Path | None = None,
    update: bool = False,
    progress: bool = False,
) -> list[Difference]:
    """Compare the committed tables, figures, numbers, pages, executed notebooks and README with new ones.

    Parameters
    ----------
    against : str or path, optional
        Output folder of a new run of `geofront.report.runner.reproduce`. The default is to run all notebooks with
        their default parameters into a temporary folder.
    output_dir, notebooks_dir : str or path, optional
        Folders to compare, by default geofront's own.
    update : bool
        Whether to replace the old outputs by the new ones, also in the notebooks and the README.
    progress : bool
        Whether to show the run's progress on standard error.

    Returns
    -------
    list of Difference
        Tables and numbers are compared to a relative 1e-6, figures by their data, texts up to the last digits of
        their numbers. Notebooks that lack their real hours are not checked.

    Raises
    ------
    GeofrontError
        If a notebook fails, or the folder `against` is missing.
    """
    committed = default_output_dir() if output_dir is None else Path(output_dir)
    notebooks = catalogue(notebooks_dir)
    run = {name: notebook for name, notebook in notebooks.items() if not lacks_data(notebook)}
    with _newly_made(against, notebooks_dir, progress) as made:
        for name in notebooks.keys() - run.keys():
            _carry_over(notebooks[name], committed, made)
        collect_numbers(made, list(notebooks))
        write_gallery(made, notebooks.values())
        found = [
            *_compare_outputs(notebooks, committed, made),
            *_compare_executed(run, made),
            *compare_readme(committed, made),
        ]
        if update:
            _adopt(notebooks, committed, made)
    return found


def refresh(
    *, output_dir: str | Path | None = None, notebooks_dir: str | Path | None = None, progress: bool = False
) -> list[str]:
    """Run changed notebooks with default parameters, and update the notebooks' outputs and the README.

    Parameters as for `geofront.report.runner.reproduce`. Returns the names of the notebooks whose files changed, and
    of the README if it changed.
    """
    output_dir = default_output_dir() if output_dir is None else Path(output_dir)
    reproduce(output_dir=output_dir, notebooks_dir=notebooks_dir, progress=progress)
    return _write_all_back(catalogue(notebooks_dir), output_dir)


@contextmanager
def _newly_made(against: str | Path | None, notebooks_dir: str | Path | None, progress: bool) -> Iterator[Path]:
    if against is not None and not Path(against, EXECUTED).is_dir():
        raise GeofrontError(f"no executed notebooks in {str(against)!r}; make them with 'geofront reproduce'.")
    with temporary_folder(Path(tempfile.gettempdir()), "geofront-check-") as folder:
        made = folder / "paper_figures"
        if against is None:
            reproduce(output_dir=made, notebooks_dir=notebooks_dir, progress=progress)
        else:
            shutil.copytree(against, made)
        yield made


def _carry_over(notebook: Notebook, committed: Path, made: Path) -> None:
    """Copy the committed outputs of a notebook that cannot run here."""
    outputs = [file for stem in notebook.makes for file in output_files(stem)]
    for name in (*outputs, f"{NUMBERS}/{notebook.name}.json", f"{EXECUTED}/{notebook.name}.html"):
        if (committed / name).is_file():
            (made / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(committed / name, made / name)


def _compare_outputs(notebooks: Mapping[str, Notebook], committed: Path, made: Path) -> Iterator[Difference]:
    expected = [file for notebook in notebooks.values() for stem in notebook.makes for file in output_files(stem)]
    pages = [PAGE, *(f"{EXECUTED}/{name}.html" for name in notebooks)]
    for name in [*expected, f"{NUMBERS}.json", *pages]:
        if name in expected or Path(committed, name).is_file() or Path(made, name).is_file():
            yield from compare_files(name, committed / name, made / name)
    for path in sorted(committed.glob("*.*")):
        if STEM.fullmatch(path.name.partition(".")[0]) and path.name not in expected:
            yield Difference(path.name, "", "committed, but no notebook makes it")


def _compare_executed(notebooks: Mapping[str, Notebook], made: Path) -> Iterator[Difference]:
    for name, notebook in notebooks.items():
        executed = made / EXECUTED / f"{name}.ipynb"
        if not executed.is_file():
            yield Difference(notebook.path.name, "", "it was not run")
            continue
        now = for_reading(read(executed))
        yield from compare_notebooks(notebook.path.name, read(notebook.path), now)
        yield from unfit_outputs(notebook.path.name, now)


def _adopt(notebooks: Mapping[str, Notebook], committed: Path, made: Path) -> None:
    with staged(committed) as staging:
        shutil.copytree(made, staging, dirs_exist_ok=True)
        keep_older(staging, committed, [stem for notebook in notebooks.values() for stem in notebook.makes])
    write_gallery(committed, notebooks.values())
    _write_all_back(notebooks, committed)


def _write_all_back(notebooks: Mapping[str, Notebook], output_dir: Path) -> list[str]:
    changed = [
        name
        for name, notebook in notebooks.items()
        if not lacks_data(notebook) and write_back(notebook, output_dir / EXECUTED / f"{name}.ipynb")
    ]
    return [*changed, README] if quotes_numbers(output_dir) and write_readme(output_dir) else changed

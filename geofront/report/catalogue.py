"""The notebooks: what each is called, claims, makes and can be told by parameters."""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geofront.errors import GeofrontError, first_labels
from geofront.files import PACKAGE, in_checkout
from geofront.report.outputs import title as output_title
from geofront.report.parameters import Parameter, fit
from geofront.report.provenance import HOURS_FILE, OUTPUT_DIR


@dataclass(frozen=True)
class Notebook:
    """A notebook as it lies on disk, before anything is run."""

    name: str
    path: Path
    title: str
    makes: tuple[str, ...]
    parameters: dict[str, Parameter]
    cells: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Kind, source and tags of each cell."""
    long: bool = False
    """Whether it takes so much longer than others that it had better not begin last."""


def notebooks_dir() -> Path:
    """The folder of notebooks: that of the checkout, or else the one inside the installed package."""
    return (PACKAGE.parent if in_checkout() else PACKAGE) / "notebooks"


def read_notebook(path: str | Path) -> Notebook:
    """What a notebook says of itself.

    Parameters
    ----------
    path : str or path
        A notebook with metadata ``{"geofront": {"makes": ["table_3", ...]}}`` (none: it makes nothing), in which
        ``"long": true`` says that it takes longer than others.
        Its first heading is its title; its cell tagged ``parameters`` has one assignment a line, each
        with a literal default and a comment.

    Returns
    -------
    Notebook

    Raises
    ------
    GeofrontError
        If the file is not a notebook, an output's name is not that of a table or figure, or a default
        is not a literal.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = tuple(
            (cell["cell_type"], "".join(cell["source"]), tuple(cell["metadata"].get("tags", ())))
            for cell in content["cells"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GeofrontError(f"notebook {path.name}: it cannot be read as a notebook ({error!r}).") from error
    about = content["metadata"].get("geofront", {})
    makes = tuple(about.get("makes", ()))
    for stem in makes:
        output_title(stem)
    parameters = {entry.name: entry for entry in _parameters(path.name, cells)}
    title = _first_heading(cells) or path.stem
    return Notebook(path.stem, path, title, makes, parameters, cells, long=bool(about.get("long", False)))


def _first_heading(cells: Iterable[tuple[str, str, tuple[str, ...]]]) -> str | None:
    lines = (line for kind, source, _ in cells if kind == "markdown" for line in source.splitlines())
    return next((line.lstrip("#").strip() for line in lines if line.startswith("#")), None)


def _parameters(notebook: str, cells: Iterable[tuple[str, str, tuple[str, ...]]]) -> Iterator[Parameter]:
    source = next((source for _, source, tags in cells if "parameters" in tags), "")
    try:
        for statement in ast.parse(source).body:
            name = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
            comment = source.encode().splitlines()[statement.end_lineno - 1][statement.end_col_offset:].decode()
            yield Parameter(name.id, ast.literal_eval(statement.value), comment.strip().removeprefix("#").strip())
    except (SyntaxError, ValueError, AttributeError) as error:
        raise GeofrontError(f"notebook {notebook}: its parameters cell may only assign plain values, one name a line, "
                            f"each with a comment ({error}).") from error


def catalogue(folder: str | Path | None = None) -> dict[str, Notebook]:
    """All notebooks of a folder, by name.

    Parameters
    ----------
    folder : str or path, optional
        Default: `notebooks_dir`.

    Raises
    ------
    GeofrontError
        If there are none, one of them cannot be read, or two of them make the same output.
    """
    folder = notebooks_dir() if folder is None else Path(folder)
    notebooks = {path.stem: read_notebook(path) for path in sorted(folder.glob("*.ipynb"))}
    if not notebooks:
        raise GeofrontError(f"no notebooks in {str(folder)!r}; name their folder (--notebooks-dir).")
    maker: dict[str, str] = {}
    for name, notebook in notebooks.items():
        for stem in notebook.makes:
            if stem in maker:
                raise GeofrontError(f"{output_title(stem)} is made by both {maker[stem]!r} and {name!r}.")
            maker[stem] = name
    return notebooks


def select(notebooks: Mapping[str, Notebook], names: Iterable[str]) -> list[Notebook]:
    """The notebooks of these names, all of them if there are no names.

    Parameters
    ----------
    notebooks : mapping of str to Notebook
        As from `catalogue`.
    names : iterable of str
        With or without folder and suffix; a name given twice counts once.

    Raises
    ------
    GeofrontError
        If a name is unknown; it lists the known ones.
    """
    wanted = list(dict.fromkeys(Path(name).name.removesuffix(".ipynb") for name in names))
    unknown = [name for name in wanted if name not in notebooks]
    if unknown:
        raise GeofrontError(
            f"unknown notebook {first_labels(unknown)}; choose from {first_labels(notebooks, limit=50)}."
        )
    return [notebooks[name] for name in wanted or notebooks]


def assign(notebooks: Iterable[Notebook], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give each notebook those parameters that it has, as values of the type of its default.

    Parameters
    ----------
    notebooks : iterable of Notebook
        The ones to be run.
    given : mapping
        Value by parameter name. Text is read as YAML where the default is not text.
        A relative ``hours_file`` is taken from the current directory.

    Returns
    -------
    dict
        By notebook name, the value by parameter name.

    Raises
    ------
    GeofrontError
        If none of the notebooks has a parameter, a value does not fit its default or is not among the
        choices, the file of hours does not exist, or the output folder is given as a parameter.
    """
    notebooks = list(notebooks)
    known = list(dict.fromkeys(name for notebook in notebooks for name in notebook.parameters))
    known = [name for name in known if name != OUTPUT_DIR]
    if OUTPUT_DIR in given:
        raise GeofrontError(f"parameter {OUTPUT_DIR!r} is set by the runner; use --output-dir.")
    unknown = [name for name in given if name not in known]
    if unknown:
        raise GeofrontError(
            f"unknown parameter {first_labels(unknown)}; choose from {first_labels(known, limit=50)}."
        )
    return {
        notebook.name: {
            name: fit(notebook.parameters[name], value)
            for name, value in given.items()
            if name in notebook.parameters
        }
        for notebook in notebooks
    }


def default_hours(notebook: Notebook) -> Path | None:
    """The file of real hours that a notebook reads by default, relative to its folder; None if it needs none."""
    parameter = notebook.parameters.get(HOURS_FILE)
    return notebook.path.parent / parameter.default if parameter and parameter.default else None


def lacks_hours(notebook: Notebook, given: Mapping[str, Any] | None = None) -> str | None:
    """Why a notebook cannot be run for lack of its real hours, and what to do; None if it can.

    Parameters
    ----------
    notebook : Notebook
    given : mapping, optional
        Values that replace the defaults.
    """
    path = default_hours(notebook)
    if path is None or path.is_file() or HOURS_FILE in (given or {}):
        return None
    return f"it needs {path.name} beside the folder of notebooks; get it by 'geofront fetch-hours 2023'"

"""The notebooks: their names, claims, outputs and parameters."""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geofront.errors import GeofrontError, first_labels
from geofront.files import PACKAGE, in_checkout
from geofront.inputs.loaders import regions
from geofront.report.outputs import title as output_title
from geofront.report.parameters import Parameter, fit
from geofront.report.provenance import HOURS_FILE, OUTPUT_DIR, PEERS_DIR, TABLES_DIR

FETCHED = {HOURS_FILE: "fetch-hours 2023", PEERS_DIR: "fetch-peers"}
"""Parameters that name data outside the project, and the command that downloads them."""

SOURCE = "source"
"""Parameter that names a region."""

LONGEST = 100
"""Longest quotation of a format error in a message, in characters."""


@dataclass(frozen=True)
class Notebook:
    """A notebook on disk."""

    name: str
    path: Path
    title: str
    makes: tuple[str, ...]
    parameters: dict[str, Parameter]
    cells: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Kind, source and tags of each cell."""
    long: bool = False
    """Whether it takes so long that it should start first."""


def notebooks_dir() -> Path:
    """Folder of the notebooks, in the checkout or the installed package."""
    return (PACKAGE.parent if in_checkout() else PACKAGE) / "notebooks"


def read_notebook(path: str | Path) -> Notebook:
    """Read a notebook's name, title, outputs and parameters.

    The title is its first heading. The metadata ``{"geofront": {"makes": ["table_3", ...], "long": true}}`` list its
    outputs and whether it takes long. The cell tagged ``parameters`` has one assignment per line, each with a literal
    default and a comment.

    Raises
    ------
    GeofrontError
        If the file is not a notebook of format 4, an output is not named like a table or figure, or a default is not a
        literal.
    """
    path = Path(path)
    with _named_faults(path):
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = _cells(content)
        about = content["metadata"].get("geofront", {})
        if not {kind for kind, _, _ in cells} <= {"code", "markdown", "raw"}:
            raise ValueError("a cell is neither code, Markdown nor raw")
        makes, is_long = tuple(about.get("makes", ())), bool(about.get("long", False))
    for stem in makes:
        output_title(str(stem))
    _check_format(path.name, content)
    headings = (
        line.lstrip("#").strip()
        for kind, source, _ in cells
        if kind == "markdown"
        for line in source.splitlines()
        if line.startswith("#")
    )
    parameters = {entry.name: entry for entry in _parameters(path.name, cells)}
    return Notebook(path.stem, path, next(headings, path.stem), makes, parameters, cells, is_long)


@contextmanager
def _named_faults(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise GeofrontError(f"notebook {path.name}: it cannot be read as a notebook ({error!r}).") from error


def _cells(content: dict[str, Any]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple(
        (str(cell["cell_type"]), "".join(cell["source"]), tuple(cell["metadata"].get("tags", ())))
        for cell in content["cells"]
    )


def _parameters_source(cells: Iterable[tuple[str, str, tuple[str, ...]]]) -> str:
    return next((source for _, source, tags in cells if "parameters" in tags), "")


def parameters_of(name: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a notebook's parameters while it runs, for the records of its outputs.

    Parameters
    ----------
    name : str
        The notebook's name, such as ``"06_placement_policies"``. The file is read from the current folder, which is
        the notebook's own in JupyterLab and in `geofront reproduce`, or else from geofront's notebooks.
    namespace : mapping
        ``globals()`` of the notebook.

    Returns
    -------
    dict
        The names that the cell tagged ``parameters`` assigns, in its order, with their present values.

    Raises
    ------
    GeofrontError
        If there is no such notebook, it cannot be read, or a parameter is not defined.
    """
    file = f"{name}.ipynb"
    path = next((path for path in (Path(file), notebooks_dir() / file) if path.is_file()), None)
    if path is None:
        raise GeofrontError(f"notebook {file}: there is no such file; pass the name of this notebook.")
    with _named_faults(path):
        body = ast.parse(_parameters_source(_cells(json.loads(path.read_text(encoding="utf-8"))))).body
    targets = [
        target
        for line in body
        if isinstance(line, ast.Assign | ast.AnnAssign)
        for target in (line.targets if isinstance(line, ast.Assign) else [line.target])
    ]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if missing := [each for each in names if each not in namespace]:
        raise GeofrontError(
            f"notebook {file}: {first_labels(missing)} not defined; run its cell of parameters first, and save the "
            "notebook if you have changed that cell."
        )
    return {each: namespace[each] for each in names}


def _check_format(notebook: str, content: dict[str, Any]) -> None:
    from nbformat.validator import iter_validate

    # Older notebooks, of format 4.4 and less, have no ids.
    given = content | {"cells": [{"id": f"cell-{number}", **cell} for number, cell in enumerate(content["cells"])]}
    if isinstance(given.get("nbformat_minor"), int):
        given["nbformat_minor"] = max(5, given["nbformat_minor"])
    fault = next(iter_validate(given, version=4, version_minor=5, relax_add_props=True), None)
    if fault is not None:
        where = "".join(f"{step}: " for step in [".".join(map(str, fault.absolute_path))] if step)
        message = fault.message if len(fault.message) <= LONGEST else fault.message[: LONGEST - 1] + "…"
        raise GeofrontError(
            f"notebook {notebook}: it is not in the format of notebooks ({where}{message}); "
            "save it again from JupyterLab."
        )


def _parameters(notebook: str, cells: Iterable[tuple[str, str, tuple[str, ...]]]) -> Iterator[Parameter]:
    import nbformat
    from papermill import inspect_notebook

    source = _parameters_source(cells)
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    found = inspect_notebook(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}))
    try:
        # papermill skips lines that it cannot parse.
        if len(found) < len(ast.parse(source).body):
            raise ValueError(f"papermill reads only {first_labels(found)}")
        for entry in found.values():
            yield Parameter(entry["name"], ast.literal_eval(entry["default"]), entry["help"])
    except (SyntaxError, ValueError) as error:
        raise GeofrontError(
            f"notebook {notebook}: its parameters cell may only assign plain values, one name per line, "
            f"each with a comment ({error})."
        ) from error


def catalogue(folder: str | Path | None = None) -> dict[str, Notebook]:
    """Read all notebooks of a folder, by default `notebooks_dir`, by name.

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
            if maker.setdefault(stem, name) != name:
                raise GeofrontError(f"{output_title(stem)} is made by both {maker[stem]!r} and {name!r}.")
    return notebooks


def select(notebooks: Mapping[str, Notebook], names: Iterable[str]) -> list[Notebook]:
    """Select notebooks by name, with or without folder and suffix; all if there are no names.

    Raises
    ------
    GeofrontError
        If a name is unknown.
    """
    wanted = list(dict.fromkeys(Path(name).name.removesuffix(".ipynb") for name in names))
    _refuse_unknown("notebook", wanted, notebooks)
    return [notebooks[name] for name in wanted or notebooks]


def assign(notebooks: Iterable[Notebook], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Assign values to notebooks and parameters: each value goes to the notebooks that have the parameter.

    Raises
    ------
    GeofrontError
        If no notebook has a parameter, a value does not match its default (see `geofront.report.parameters.fit`), or
        the output folder is passed as a parameter.
    """
    notebooks = list(notebooks)
    if OUTPUT_DIR in given:
        raise GeofrontError(f"parameter {OUTPUT_DIR!r} is set by the runner; use --output-dir.")
    known = dict.fromkeys(name for notebook in notebooks for name in notebook.parameters if name != OUTPUT_DIR)
    _refuse_unknown("parameter", given, known)
    values = {
        notebook.name: {
            name: fit(notebook.parameters[name], value) for name, value in given.items() if name in notebook.parameters
        }
        for notebook in notebooks
    }
    for of_notebook in values.values():
        if SOURCE in of_notebook:
            known = regions(tier=None, tables_dir=of_notebook.get(TABLES_DIR)).index
            _refuse_unknown(f"region in parameter {SOURCE!r},", [of_notebook[SOURCE]], known)
    return values


def _refuse_unknown(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise GeofrontError(f"unknown {kind} {first_labels(unknown)}; choose from {first_labels(known, limit=50)}.")


def default_data(notebook: Notebook, name: str) -> Path | None:
    """File or folder that a notebook reads by default for parameter `name` of `FETCHED`; None if it needs none."""
    parameter = notebook.parameters.get(name)
    return notebook.path.parent / parameter.default if parameter and parameter.default else None


def lacks_data(notebook: Notebook, given: Mapping[str, Any] | None = None) -> str | None:
    """Reason and remedy if a notebook with these parameters lacks downloaded data; None if it can run."""
    for name, command in FETCHED.items():
        path = default_data(notebook, name)
        if path is not None and not path.exists() and name not in (given or {}):
            return f"it needs {path.name} next to the folder of notebooks; download it with 'geofront {command}'"
    return None

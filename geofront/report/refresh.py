"""Puts outputs into the notebooks, in formats that every viewer can show."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from geofront.errors import GeofrontError
from geofront.files import PACKAGE, write_text
from geofront.report.catalogue import Notebook
from geofront.report.differences import Difference, compare_texts, shown_text
from geofront.report.execution import tidy
from geofront.report.pages import HTML, MARKDOWN, PICTURE, PLAIN, first_line, for_reading, read

SCRIPTED = ("application/javascript", "application/vnd.vega")
FOLDERS = "|".join([re.escape(str(PACKAGE.parent)), "/(?:home|Users|root|tmp|var|mnt)/", r"[A-Z]:\\"])
MACHINE = re.compile(rf"(?<![\w.:/])(?:{FOLDERS})\S*| at 0x[0-9a-f]{{6,}}")
"""Paths on one computer, and addresses in its memory."""


def write_back(notebook: Notebook, executed: Path) -> bool:
    """Put the outputs of an executed copy into the notebook itself; return whether its file changed.

    Sources and cell ids are kept; cells without an id get one from their position.

    Raises
    ------
    GeofrontError
        If the copy has other sources, or was run with other parameters.
    """
    content, copy = read(notebook.path), read(executed)
    if [cell.source for cell in content.cells] != [cell.source for cell in copy.cells]:
        raise GeofrontError(
            f"{notebook.name}: {executed.name} is not a run of this notebook with its default "
            "parameters; run 'geofront notebooks' without -p."
        )
    for cell, run in zip(content.cells, copy.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = run.outputs, run.execution_count
    tidy(content, {})
    for_reading(content)
    text = nbformat.writes(content) + "\n"
    changed = notebook.path.read_text(encoding="utf-8") != text
    write_text(notebook.path, text)
    return changed


def compare_notebooks(name: str, committed: NotebookNode, now: NotebookNode) -> Iterator[Difference]:
    """Compare the sources and outputs of cells: texts and tables beyond noise, pictures by their presence."""
    if len(committed.cells) != len(now.cells):
        yield Difference(name, "cells", f"committed {len(committed.cells)}, now {len(now.cells)}")
    for number, (old, new) in enumerate(zip(committed.cells, now.cells, strict=False), start=1):
        where = f"cell {number} ({first_line(new)!r})"
        if old.source != new.source:
            yield Difference(name, where, "its source is not the one that was run")
            continue
        before, after = list(_shown_outputs(old)), list(_shown_outputs(new))
        if [kind for kind, _ in before] != [kind for kind, _ in after]:
            yield Difference(name, where, f"outputs committed {_kinds(before)}, now {_kinds(after)}")
            continue
        for (kind, old_text), (_, new_text) in zip(before, after, strict=True):
            yield from compare_texts(name, old_text, new_text, f"{where}, {kind}")


def unfit_outputs(name: str, executed: NotebookNode) -> Iterator[Difference]:
    """Find outputs that some viewer cannot show, that depend on the machine, or that are warnings or errors."""
    for number, cell in enumerate(executed.cells, start=1):
        for output in cell.get("outputs", ()):
            for fault in _faults(output):
                yield Difference(name, f"cell {number} ({first_line(cell)!r})", fault)


def _faults(output: NotebookNode) -> Iterator[str]:
    if output.output_type == "error":
        yield f"it failed: {output.ename}: {output.evalue}"
    elif output.get("name") == "stderr":
        yield f"it warns: {output.text.strip().splitlines()[0]!r}"
    data = output.get("data", {})
    for kind, content in data.items():
        if kind.startswith(SCRIPTED) or (kind == HTML and "<script" in content):
            yield f"its {kind} needs JavaScript; show a table, or a chart with geofront.charts.enable()"
        if kind == "image/svg+xml":
            yield "its picture is SVG, which some viewers remove; show it with geofront.charts.enable()"
    if data and PLAIN not in data and MARKDOWN not in data:
        yield f"it shows {', '.join(data)} without a plain-text alternative"
    for _, text in _texts_of(output):
        for trace in MACHINE.findall(text):
            yield f"it depends on the machine: {trace.strip()!r}"


def _shown_outputs(cell: NotebookNode) -> Iterable[tuple[str, str]]:
    for output in cell.get("outputs", ()):
        yield from _texts_of(output)
        if PICTURE in output.get("data", {}):
            yield PICTURE, ""


def _texts_of(output: NotebookNode) -> Iterator[tuple[str, str]]:
    if output.output_type == "stream":
        yield output.name, output.text
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/"):
            yield kind, shown_text(content) if kind == HTML else content


def _kinds(outputs: list[tuple[str, str]]) -> str:
    return ", ".join(kind for kind, _ in outputs) or "none"

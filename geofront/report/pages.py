"""Renders executed notebooks as HTML pages that need no network and no JavaScript."""

import base64
import re
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbformat import NotebookNode

from geofront.report.catalogue import Notebook

TEMPLATES = Path(__file__).with_name("templates")
FINDING = "finding"
"""Id of the cell whose output states the notebook's finding."""

HTML, MARKDOWN, PLAIN, PICTURE = "text/html", "text/markdown", "text/plain", "image/png"
WIDGET = "application/vnd.jupyter.widget-view+json"


@cache
def environment() -> Environment:
    """Environment of the templates; it escapes inserted text and refuses undefined names."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.globals["source_of"] = lambda name: Markup((TEMPLATES / name).read_text(encoding="utf-8"))
    return jinja


def split_title(title: str) -> tuple[str, str]:
    """Split a notebook's title, such as ``03 · Cheap is not clean``, into number and claim; the number may be empty."""
    number, dot, claim = title.partition(" · ")
    return (number, claim) if dot else ("", title)


def read(path: Path) -> NotebookNode:
    """Read a notebook and number cells without id, because `nbformat.read` would make random ids."""
    notebook = nbformat.v4.reads(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
    notebook.nbformat, notebook.nbformat_minor = 4, max(5, notebook.nbformat_minor)
    return notebook


def first_line(cell: NotebookNode) -> str:
    """First non-empty line of a cell, which identifies it in messages."""
    return next((line.strip() for line in cell.source.splitlines() if line.strip()), "")


def for_reading(executed: NotebookNode) -> NotebookNode:
    """Remove outputs that need a running kernel: widgets, their state and their plain text."""
    executed.metadata.pop("widgets", None)
    for cell in executed.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    return executed


def finding(executed: NotebookNode) -> Markup:
    """Output of the cell with the id ``finding``, as HTML; empty without such a cell."""
    return Markup("").join(
        markdown(output.data[MARKDOWN])
        for cell in executed.cells
        if cell.get("id") == FINDING
        for output in cell.outputs
        if MARKDOWN in output.get("data", {})
    )


def notebook_page(notebook: Notebook, executed: NotebookNode, *, gallery: str, source: str, changed: bool) -> str:
    """Render an executed notebook from `for_reading` as an HTML document with links to the gallery and the source.

    If its parameters are `changed`, a note says that the title is about the default ones.
    """
    return (
        environment()
        .get_template("notebook.html.j2")
        .render(
            number_and_claim=split_title(notebook.title),
            cells=[_cell(cell) for cell in executed.cells],
            gallery=gallery,
            source=source,
            changed=changed,
        )
    )


def markdown(text: str, *, trusted: bool = False) -> Markup:
    """Render Markdown as HTML. Unless it is trusted, HTML and formulas are text, and links cannot run scripts."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=not trusted, allow_harmful_protocols=trusted)
    if trusted:
        from latex2mathml.converter import convert

        # Long formulas scroll, which must work by keyboard too.
        renderer.block_math = lambda body: convert(body, display="block").replace("<math", '<math tabindex="0"', 1)
        renderer.inline_math = convert
    return Markup(MarkdownWithMath(renderer=renderer).render(text).replace("&#182;", "").strip())


def picture(png: bytes) -> tuple[str, int, int]:
    """Encode a PNG as a data URL, and read its width and height in pixels."""
    return "data:image/png;base64," + base64.b64encode(png).decode(), *struct.unpack_from(">II", png, 16)


def typeset(text: str) -> str:
    """Set minus signs, and no-break spaces between a number and its per cent sign."""
    return re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", re.sub(r"(?<![\w-])-(?=\d)", "−", text))


def _cell(cell: NotebookNode) -> dict[str, Any]:
    if cell.cell_type == "markdown":
        return {"kind": "text", "html": markdown(cell.source, trusted=True)}
    if cell.cell_type != "code":
        return {"kind": "raw", "text": cell.source}
    return {"kind": "code", "html": _highlighted(cell.source), "outputs": list(_outputs(cell))}


def _highlighted(source: str) -> Markup:
    from nbconvert.filters import Highlight2HTML

    return Markup(Highlight2HTML(pygments_lexer="ipython3")(source).strip())


def _outputs(cell: NotebookNode) -> Iterator[dict[str, Any]]:
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "stream":
            yield {"kind": "raw", "text": output.text.rstrip()}
        elif output.output_type == "error":
            yield {"kind": "raw", "text": f"{output.ename}: {output.evalue}"}
        elif PICTURE in data:
            address, width, height = picture(base64.b64decode(data[PICTURE]))
            shown = output.metadata.get(PICTURE, {})
            yield {
                "kind": "picture",
                "address": address,
                "alt": data.get(PLAIN, ""),
                "width": round(shown.get("width", width)),
                "height": round(shown.get("height", height)),
            }
        elif HTML in data:
            yield {"kind": "html", "html": Markup(data[HTML])}
        elif MARKDOWN in data:
            yield {"kind": "text", "html": markdown(data[MARKDOWN])}
        elif PLAIN in data:
            yield {"kind": "raw", "text": data[PLAIN]}

"""Shows a table in a notebook as it is printed: HTML with a plain-text twin, the same from run to run."""

from collections.abc import Mapping
from html import escape

import pandas as pd

from geofront.report.cells import head_lines, is_numeric, row_spans, texts

SHORT = 20
"""Letters of the longest head of a row that always stays on one line."""


class Shown:
    """A table that notebooks show as HTML, and everything else as text."""

    def __init__(self, html: str, text: str):
        self.html, self.text = html, text

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def show(frame: pd.DataFrame, *, units: Mapping[str, str] | None = None,
         digits: Mapping[str, int] | None = None) -> Shown:
    """A table as :func:`geofront.report.outputs.save_table` prints it, for the last line of a notebook's cell.

    Parameters
    ----------
    frame : pandas.DataFrame
        Named index levels become the first columns, an unnamed index is left out.
    units, digits : mapping, optional
        Unit and decimals by column; by default ``frame.attrs["units"]`` and ``frame.attrs["digits"]``.

    Returns
    -------
    Shown
        What repeats in the first of several index levels is shown once.
    """
    units = frame.attrs.get("units", {}) if units is None else units
    digits = frame.attrs.get("digits", {}) if digits is None else digits
    levels = sum(name is not None for name in frame.index.names)
    table = frame.reset_index() if levels else frame
    columns = [(f"{name} [{units[name]}]" if units.get(name) else str(name), table[name], digits.get(name))
               for name in table.columns]
    heads = [head for head, _, _ in columns]
    cells = [texts(column, places) for _, column, places in columns]
    numeric = [is_numeric(column) for _, column, _ in columns]
    return Shown(_html(heads, cells, numeric, levels), _plain(heads, cells, numeric))


def _html(heads: list[str], cells: list[list[str]], numeric: list[bool], levels: int) -> str:
    """A table whose index levels are the heads of its rows, the first of several those of groups of rows."""
    spans = row_spans(cells[0]) if levels > 1 else [1] * len(cells[0])
    stacks = [head_lines(head, column) for head, column in zip(heads, cells, strict=True)]
    head = "".join(_cell("th", 'scope="col"', stack, right) for stack, right in zip(stacks, numeric, strict=True))
    rows = []
    for row, span in zip(zip(*cells, strict=True), spans, strict=True):
        kinds = [("th", f'scope="rowgroup" rowspan="{span}"' if levels > 1 else 'scope="row"')]
        kinds += [("th", 'scope="row"')] * (levels - 1)
        kinds = kinds[:levels] + [("td", "")] * (len(row) - levels)
        shown = [_cell(*kind, [text], right) for kind, text, right in zip(kinds, row, numeric, strict=True)]
        rows.append("".join(shown if span else shown[1:]))
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return f'<table class="dataframe">\n<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>'


def _cell(tag: str, attributes: str, lines: list[str], right: bool) -> str:
    """A cell; numbers, their heads and short heads of rows break only where they are told to."""
    style = f"text-align: {'right' if right else 'left'}; vertical-align: top"
    if right or (attributes.startswith('scope="row') and len(lines[0]) <= SHORT):
        style += "; white-space: nowrap"
    text = "<br>".join(map(escape, lines))
    return f"<{' '.join(filter(None, (tag, attributes)))} style=\"{style}\">{text}</{tag}>"


def _plain(heads: list[str], cells: list[list[str]], numeric: list[bool]) -> str:
    stacks = [head_lines(head, column) for head, column in zip(heads, cells, strict=True)]
    height = max(map(len, stacks))
    columns = [[*[""] * (height - len(stack)), *stack, *column] for stack, column in zip(stacks, cells, strict=True)]
    widths = [max(map(len, column)) for column in columns]
    lines = ["  ".join(text.rjust(width) if right else text.ljust(width)
                       for text, width, right in zip(row, widths, numeric, strict=True)).rstrip()
             for row in zip(*columns, strict=True)]
    rule = "-" * max(map(len, lines))
    return "\n".join([*lines[:height], rule, *lines[height:]])

"""Renders rounded tables as HTML, LaTeX (booktabs) and plain text with pandas."""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pandas.io.formats.style import Styler

from geofront.arguments import checked, instance, mapping, text, whole
from geofront.tables.cells import is_numeric, texts, with_units

HtmlStyler = Styler.from_custom_template(Path(__file__).with_name("templates"), html_table="table.html.j2")

SHORT, WIDEST, HEAD = 24, 30, 8
"""Longest text of a column on one line in HTML and in LaTeX, and longest head on one line in LaTeX, in characters."""

LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "\u00a0": "~",
        "\u2212": "$-$",
        "–": "--",
        "—": "---",
        "…": r"\ldots{}",
        "·": r"$\cdot$",
        "×": r"$\times$",
        "±": r"$\pm$",
        "≤": r"$\le$",
        "≥": r"$\ge$",
        "≈": r"$\approx$",
        "→": r"$\to$",
        "↔": r"$\leftrightarrow$",
        "∞": r"$\infty$",
        "Δ": r"$\Delta$",
        "Σ": r"$\Sigma$",
        "π": r"$\pi$",
        "°": r"$^\circ$",
        "²": "$^2$",
        "³": "$^3$",
        "₂": "$_2$",
        "✓": "yes",
    }
)


@dataclass(frozen=True, repr=False)
class Shown:
    """Table that notebooks show as HTML and other viewers as text."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, repr=False)
class Said:
    """Text that notebooks show as Markdown and other viewers unchanged."""

    sentences: tuple[str, ...]
    as_list: bool = False

    @property
    def text(self) -> str:
        """All sentences, joined by spaces."""
        return " ".join(self.sentences)

    def _repr_markdown_(self) -> str:
        if self.as_list:
            return "\n".join(f"- {literal(sentence)}" for sentence in self.sentences)
        return literal(self.text)

    def __repr__(self) -> str:
        return "\n".join(self.sentences) if self.as_list else self.text


def say(*sentences: str, as_list: bool = False) -> Said:
    """Show plain text in a notebook, as the last line of a cell, without interpreting it as HTML or Markdown.

    Parameters
    ----------
    *sentences : str
        Sentences, joined by spaces.
    as_list : bool
        Whether to show each as an item of a list instead.

    Returns
    -------
    Said
    """
    return Said(tuple(text(sentence, "sentences") for sentence in sentences), as_list)


def literal(text: str) -> str:
    """Escape HTML, Markdown and TeX in a text, and put it on one line of Markdown."""
    line = re.sub(r"[ \t]*[\r\n]+[ \t]*", " ", text).strip(" \t")
    escaped = re.sub(r"[\\`*_\[\]<>$&~|@]|:(?=//)|(?<=www)\.|^[#+=-]", r"\\\g<0>", line)
    return re.sub(r"^\d+(?=[.)])", r"\g<0>\\", escaped)


@checked(
    frame=instance(pd.DataFrame, "pass a table"),
    units=mapping(text, "units by column"),
    digits=mapping(whole(least=0), "decimals by column"),
)
def show(
    frame: pd.DataFrame, *, units: Mapping[str, str] | None = None, digits: Mapping[str, int] | None = None
) -> Shown:
    """Show a table in a notebook, as the last line of a cell, formatted as by `geofront.report.outputs.save_table`.

    Parameters
    ----------
    frame : pandas.DataFrame
        Named index levels become row heads; an unnamed index is left out.
    units, digits : mapping, optional
        Unit and decimals by column; by default ``frame.attrs["units"]`` and ``frame.attrs["digits"]``.

    Returns
    -------
    Shown

    Raises
    ------
    GeofrontError
        If `units` or `digits` have unknown columns.
    """
    frame, decimals = with_units(frame, units, digits)
    readable, _ = _readable(frame, decimals)
    return Shown(html(frame, decimals, 'class="dataframe"'), readable.to_string(index=any(frame.index.names)))


def html(frame: pd.DataFrame, digits: Mapping[str, int], attributes: str) -> str:
    """Render a table as escaped HTML.

    `frame` has units in its heads, from `geofront.tables.cells.with_units`; `digits` has decimals by head, and
    `attributes` are the attributes of the ``table`` element.
    """
    readable, numeric = _readable(frame, digits)
    levels = len(numeric) - frame.shape[1]
    flat = readable.reset_index() if levels else readable
    looks = [_look(flat[name], right) for name, right in zip(flat, numeric, strict=True)]
    styler = HtmlStyler(readable) if levels else HtmlStyler(readable).hide(axis="index")
    return styler.to_html(exclude_styles=True, table_attributes=attributes, levels=levels, looks=looks).strip()


def latex(frame: pd.DataFrame, *, caption: str, label: str, digits: Mapping[str, int] | None = None) -> str:
    """Render a floating ``table`` environment without the index, for the LaTeX packages ``booktabs`` and ``array``.

    Numbers are right-aligned and text is left-aligned; long heads and texts are wrapped. `caption` is plain text,
    `label` is for ``\\ref``, and `digits` has decimals by column.
    """
    readable, numeric = _readable(frame.reset_index(drop=True), digits or {})
    widths = [readable[name].map(len).max() for name in readable]
    columns = list(zip(readable.columns, widths, numeric, strict=True))
    heads = [_head(str(name), width, right) for name, width, right in columns]
    alignment = "".join("r" if right else _text_column(width) for _, width, right in columns)
    styler = readable.set_axis(heads, axis=1).style.hide(axis="index").format(escape)
    styler.set_table_styles([{"selector": "small", "props": ":{}"}])
    return styler.to_latex(
        hrules=True, position_float="centering", caption=escape(caption), label=label, column_format=alignment
    )


def escape(text: str) -> str:
    """Escape text for LaTeX, with characters that pdfLaTeX lacks as mathematics."""
    return text.translate(LATEX)


def _readable(frame: pd.DataFrame, digits: Mapping[str, int]) -> tuple[pd.DataFrame, list[bool]]:
    """Format all cells as text, and list which named index levels and columns are numbers."""
    flat = frame.reset_index() if any(frame.index.names) else frame.reset_index(drop=True)
    readable = pd.DataFrame({name: texts(flat[name], digits.get(name)) for name in flat})
    levels = list(flat.columns[: flat.shape[1] - frame.shape[1]])
    return readable.set_index(levels) if levels else readable, [is_numeric(flat[name]) for name in flat]


def _look(texts: pd.Series, numeric: bool) -> str:
    align = f"text-align: {'right' if numeric else 'left'}; vertical-align: top"
    return align + ("; white-space: nowrap" if numeric or texts.map(len).max() <= SHORT else "; min-width: 8rem")


def _text_column(letters: int) -> str:
    if letters <= WIDEST:
        return "l"
    return rf">{{\raggedright\arraybackslash}}p{{{min(0.3, letters / 150):.2f}\linewidth}}"


def _head(head: str, width: int, numeric: bool) -> str:
    """Wrap a head to about the width of its cells, without breaking the unit."""
    width = max(HEAD, width)
    name, bracket, unit = head.partition(" [")
    lines = [head] if len(head) <= width else textwrap.wrap(name, width, break_long_words=False, break_on_hyphens=False)
    if bracket and len(head) > width:
        lines.append(f"[{unit}")
    if len(lines) <= 1:
        return escape(head)
    # Without the braces, LaTeX would read a unit in brackets as the option of the line break.
    stacked = r"\\{}".join(map(escape, lines))
    return rf"\shortstack[{'r' if numeric else 'l'}]{{{stacked}}}"

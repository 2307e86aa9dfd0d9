"""Tables rounded for readers as HTML, LaTeX (booktabs) and plain text, written by pandas."""

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
"""Letters of the longest text of a column that HTML and LaTeX show on one line, and of a head on one line in LaTeX."""

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
    """A table that notebooks show as HTML, and everything else as text."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, repr=False)
class Said:
    """A text that notebooks show as Markdown, and everything else as it is."""

    text: str

    def _repr_markdown_(self) -> str:
        return literal(self.text)

    def __repr__(self) -> str:
        return self.text


def say(*sentences: str) -> Said:
    """Plain text for the last line of a notebook's cell: names in it are never taken for HTML or Markdown.

    Parameters
    ----------
    *sentences : str
        Joined by spaces.

    Returns
    -------
    Said
    """
    return Said(" ".join(text(sentence, "sentences") for sentence in sentences))


def literal(text: str) -> str:
    """Markdown of one line that shows a text as it is, whatever HTML, Markdown or TeX is in it."""
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
    """A table as :func:`geofront.report.outputs.save_table` prints it, for the last line of a notebook's cell.

    Parameters
    ----------
    frame : pandas.DataFrame
        Named index levels become the heads of the rows, an unnamed index is left out.
    units, digits : mapping, optional
        Unit and decimals by column; by default ``frame.attrs["units"]`` and ``frame.attrs["digits"]``.

    Returns
    -------
    Shown

    Raises
    ------
    GeofrontError
        `units` or `digits` name unknown columns.
    """
    frame, decimals = with_units(frame, units, digits)
    readable, _ = _readable(frame, decimals)
    return Shown(html(frame, decimals, 'class="dataframe"'), readable.to_string(index=any(frame.index.names)))


def html(frame: pd.DataFrame, digits: Mapping[str, int], attributes: str) -> str:
    """A table as HTML, everything in it escaped.

    `frame` has units in its heads, as from `geofront.tables.cells.with_units`; `digits` has decimals by head, and
    `attributes` those of the ``table`` element.
    """
    readable, numeric = _readable(frame, digits)
    levels = len(numeric) - frame.shape[1]
    flat = readable.reset_index() if levels else readable
    looks = [_look(flat[name], right) for name, right in zip(flat, numeric, strict=True)]
    styler = HtmlStyler(readable) if levels else HtmlStyler(readable).hide(axis="index")
    return styler.to_html(exclude_styles=True, table_attributes=attributes, levels=levels, looks=looks).strip()


def latex(frame: pd.DataFrame, *, caption: str, label: str, digits: Mapping[str, int] | None = None) -> str:
    """A floating ``table`` environment without the index, which needs the LaTeX packages ``booktabs`` and ``array``.

    Numbers are right-aligned and text is left-aligned, long heads and texts in several lines. `caption` is plain text,
    `label` the name that ``\\ref`` refers to, and `digits` has decimals by column.
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
    """Text as LaTeX shows it, with the signs that pdfLaTeX lacks written as mathematics."""
    return text.translate(LATEX)


def _readable(frame: pd.DataFrame, digits: Mapping[str, int]) -> tuple[pd.DataFrame, list[bool]]:
    """The same table with texts as cells, and which of its named index levels and columns are numbers."""
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
    """A head in lines about as wide as the cells below it, its unit kept whole."""
    width = max(HEAD, width)
    name, bracket, unit = head.partition(" [")
    lines = [head] if len(head) <= width else textwrap.wrap(name, width, break_long_words=False, break_on_hyphens=False)
    if bracket and len(head) > width:
        lines.append(f"[{unit}")
    if len(lines) <= 1:
        return escape(head)
    # Without the braces, LaTeX would take a unit in brackets for the option of a line's end.
    stacked = r"\\{}".join(map(escape, lines))
    return rf"\shortstack[{'r' if numeric else 'l'}]{{{stacked}}}"

"""A table as LaTeX (booktabs), rounded for print."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from geofront.report.cells import head_lines, is_numeric, texts

if TYPE_CHECKING:
    import pandas as pd

WIDEST = 30
"""Letters of the longest text that a column shows on one line."""

SPECIAL = str.maketrans(
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


def escape(text: str) -> str:
    """Text as LaTeX shows it, with the signs that pdfLaTeX lacks written as mathematics."""
    return text.translate(SPECIAL)


def latex(table: "pd.DataFrame", *, caption: str, label: str, digits: Mapping[str, int] | None = None) -> str:
    """Write a table as a floating ``table`` environment; it needs the packages ``booktabs`` and ``array``.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns in the order shown; the index is left out.
    caption, label : str
        Plain text, escaped here; what ``\\ref`` refers to.
    digits : mapping, optional
        Decimals by column; the others by `geofront.report.cells.texts`.

    Returns
    -------
    str
        Numbers right-aligned with thousands separated, text left-aligned, missing values as a dash; long
        heads and texts in several lines.
    """
    cells, heads, alignment = [], [], ""
    for position, name in enumerate(table.columns):
        column = table.iloc[:, position]
        shown = texts(column, (digits or {}).get(name))
        numeric = is_numeric(column)
        alignment += "r" if numeric else _text_column(max(map(len, shown)))
        heads.append(_head(head_lines(str(name), shown), numeric))
        cells.append([escape(text) for text in shown])
    body = [" & ".join(row) + r" \\" for row in zip(*cells, strict=True)]
    lines = [
        r"\begin{table}",
        r"\centering",
        r"\small",
        rf"\caption{{{escape(caption)}}}",
        rf"\label{{{label}}}",
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        " & ".join(heads) + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _text_column(letters: int) -> str:
    if letters <= WIDEST:
        return "l"
    return rf">{{\raggedright\arraybackslash}}p{{{min(0.3, letters / 150):.2f}\linewidth}}"


def _head(lines: list[str], numeric: bool) -> str:
    if len(lines) == 1:
        return escape(lines[0])
    # Without the braces, LaTeX would take a unit in brackets for the option of a line's end.
    stacked = r"\\{}".join(map(escape, lines))
    return rf"\shortstack[{'r' if numeric else 'l'}]{{{stacked}}}"

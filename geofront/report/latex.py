"""A table as LaTeX (booktabs), rounded for print."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SIGNIFICANT_DIGITS = 4
MISSING = "--"

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


def decimals(column: "pd.Series") -> int:
    """Decimals that leave the largest value of a column four significant digits, and at most six."""
    finite = [abs(value) for value in column.dropna() if math.isfinite(value)]
    largest = max(finite, default=0.0)
    if largest == 0.0:
        return 0
    return min(6, max(0, SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(largest))))


def latex(table: "pd.DataFrame", *, caption: str, label: str, digits: Mapping[str, int] | None = None) -> str:
    """Write a table as a floating ``table`` environment; it needs the package ``booktabs``.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns in the order shown; the index is left out.
    caption, label : str
        Plain text, escaped here; what ``\\ref`` refers to.
    digits : mapping, optional
        Decimals by column; the others by `decimals`.

    Returns
    -------
    str
        Numbers right-aligned with thousands separated, text left-aligned, missing values as a dash.
    """
    from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype

    cells, alignment = [], ""
    for position, name in enumerate(table.columns):
        column = table.iloc[:, position]
        numeric = (is_float_dtype(column) or is_integer_dtype(column)) and not is_bool_dtype(column)
        places = 0 if is_integer_dtype(column) else None
        if numeric:
            places = (digits or {}).get(name, decimals(column) if places is None else places)
        alignment += "r" if numeric else "l"
        cells.append([_cell(value, places) for value in column])
    body = [" & ".join(row) + r" \\" for row in zip(*cells, strict=True)]
    head = " & ".join(escape(str(name)) for name in table.columns) + r" \\"
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(caption)}}}",
        rf"\label{{{label}}}",
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        head,
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _cell(value: object, places: int | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value != value:
        return MISSING
    if places is None or not isinstance(value, int | float):
        return escape(str(value))
    rounded = f"{value:,.{places}f}"
    return rounded.replace("-", "$-$") if float(rounded.replace(",", "")) else f"{0:.{places}f}"

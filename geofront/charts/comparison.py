"""Bars that compare placements."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from geofront.arguments import checked, several, table, text
from geofront.charts.marks import bars_with_numbers, text_width
from geofront.charts.theme import DARK_BAR, LIGHT_BAR, WIDTH
from geofront.charts.titles import as_columns, column_title, require_columns

_GAP, _ROW, _ROOM_FOR_NUMBER = 14, 28, 48


@checked(table=table(others=["case"], maker="gf.compare"), quantities=several(text))
def compare(table: pd.DataFrame, quantities: Sequence[str] = ("cost_per_mwh", "carbon_per_mwh")) -> alt.HConcatChart:
    """Draw bars of cost, emissions or other quantities of several placements.

    Parameters
    ----------
    table : pandas.DataFrame
        Result of :func:`geofront.compare`: index or column ``case``, and `quantities`.
    quantities : sequence of str
        Columns to draw, one panel each, with their units: two, or three with short case names.

    Returns
    -------
    altair.HConcatChart
        The first case, the reference, is lighter.

    Raises
    ------
    GeofrontError
        If columns are missing or there are no rows.
    """
    frame = as_columns(table)
    require_columns(frame, ("case", *quantities), "compare")
    cases = [str(case) for case in frame.case]
    room = WIDTH - max(text_width(case) for case in cases) - _GAP * len(quantities) - 10
    kinds = ["base", *["other"] * (len(cases) - 1)]
    panels = []
    for quantity in quantities:
        bars = pd.DataFrame({"name": cases, "kind": kinds, "begin": 0.0, "end": frame[quantity].to_numpy(float)})
        panels.append(
            bars_with_numbers(
                bars.assign(value=bars.end, text=bars.end.map(_short)),
                cases,
                column_title(frame, quantity),
                int(room / len(quantities)),
                {"base": LIGHT_BAR, "other": DARK_BAR},
                row=_ROW,
                room=_ROOM_FOR_NUMBER,
                labels=not panels,
                ticks=3,
                axis_format="~s",
            )
        )
    return alt.hconcat(*panels, spacing=_GAP, bounds="flush").properties(
        title=alt.Title("Placements compared"), description=_description(frame, quantities)
    )


def _short(value: float) -> str:
    """Format a number with three significant digits, or all digits before the decimal point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _description(frame: pd.DataFrame, quantities: Sequence[str]) -> str:
    parts = [
        f"{row.case}: " + ", ".join(f"{column_title(frame, q)} {_short(row[q])}" for q in quantities)
        for _, row in frame.iterrows()
    ]
    return "Bars that compare placements. " + "; ".join(parts) + "."

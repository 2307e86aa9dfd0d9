"""Several placements side by side, as bars."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from geofront.charts.marks import text_width
from geofront.charts.theme import DARK_BAR, INK, LIGHT_BAR, WIDTH
from geofront.charts.titles import as_columns, column_title, require_columns

_GAP, _ROW, _ROOM_FOR_NUMBER = 14, 28, 48


def compare(table: pd.DataFrame,
            quantities: Sequence[str] = ("cost_per_mwh", "carbon_per_mwh")) -> alt.HConcatChart:
    """Bars of what several placements cost, emit or move.

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`geofront.compare` returned: index or column ``case``, and `quantities`.
    quantities : sequence of str
        Columns to draw, one panel each, with their units: two, or three with short case names.

    Returns
    -------
    altair.HConcatChart
        The first case, against which the others are measured, is lighter.

    Raises
    ------
    GeofrontError
        If columns are missing or there are no rows.
    """
    frame = as_columns(table)
    require_columns(frame, ("case", *quantities), "compare")
    cases = [str(case) for case in frame.case]
    room = WIDTH - max(text_width(case) for case in cases) - _GAP * len(quantities) - 10
    width = int(room / len(quantities))
    panels = [_panel(frame, quantity, cases, width, labelled=quantity == quantities[0]) for quantity in quantities]
    return alt.hconcat(*panels, spacing=_GAP, bounds="flush").properties(
        title=alt.Title("Placements compared"), description=_description(frame, quantities))


def _panel(frame: pd.DataFrame, quantity: str, cases: list[str], width: int, labelled: bool) -> alt.LayerChart:
    values = pd.DataFrame({"case": cases, "value": frame[quantity].to_numpy(float)})
    values["role"] = ["base", *["other"] * (len(cases) - 1)]
    values["text"] = [_short(value) for value in values.value]
    values["text_at"] = values.value.clip(lower=0)
    low, high = min(0.0, values.value.min()), max(0.0, values.value.max())
    room = _ROOM_FOR_NUMBER / (width - _ROOM_FOR_NUMBER) * ((high - low) or 1.0)
    axis_title = column_title(frame, quantity)
    x = alt.X("value:Q", title=axis_title, axis=alt.Axis(tickCount=3, format="~s"),
              scale=alt.Scale(domain=[low, high + room], nice=False))
    y = alt.Y("case:N", title=None, sort=cases, scale=alt.Scale(domain=cases),
              axis=alt.Axis(labels=labelled, ticks=False, domain=False))
    colour = alt.Color("role:N", legend=None, scale=alt.Scale(domain=["base", "other"], range=[LIGHT_BAR, DARK_BAR]))
    bars = alt.Chart(values).mark_bar(height=16).encode(
        x=x, y=y, color=colour, tooltip=["case:N", alt.Tooltip("value:Q", title=axis_title, format=",.4~g")])
    text = alt.Chart(values).mark_text(align="left", dx=4, color=INK).encode(
        x=alt.X("text_at:Q", title=axis_title), y=y, text="text:N")
    return alt.layer(bars, text).properties(width=width, height=_ROW * len(cases))


def _short(value: float) -> str:
    """Three significant digits, or all that stand before the decimal point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _description(frame: pd.DataFrame, quantities: Sequence[str]) -> str:
    parts = [f"{row.case}: " + ", ".join(f"{column_title(frame, q)} {_short(row[q])}" for q in quantities)
             for _, row in frame.iterrows()]
    return "Bars that compare placements. " + "; ".join(parts) + "."

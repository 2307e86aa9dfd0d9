"""Ranges of quantities among near-optimal placements (Figure E4)."""

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked
from geofront.charts.marks import cut_mark, letter, padded, panel_letters, text_width
from geofront.charts.theme import BLACK, BLUE, FRAME, SKY_BLUE, WIDTH
from geofront.charts.titles import title
from geofront.results import RANGES, result

_ROW, _GAP = 26, 14
_LOOKS = ((BLUE, 14), (SKY_BLUE, 9), (FRAME, 4))
"""Colour and height [px] of the bars, from the smallest slack; lightness grows with it."""
_UNITS = {
    "1": ("Share of demand", "%", 100),
    "kg/MWh": ("Emissions", "kg/MWh", 1),
    "ms": ("Latency", "ms", 1),
    "MW": ("Mean IT power", "MW", 1),
}
"""Title, unit and factor of the axis, by the unit of the quantities."""


@checked(ranges=result(RANGES))
def near_optimal(ranges: xr.Dataset) -> alt.VConcatChart:
    """Draw ranges of quantities among near-optimal placements, one panel per unit (Figure E4).

    Parameters
    ----------
    ranges : xarray.Dataset
        Result of :func:`geofront.near_optimal` with up to three slacks. The labels of ``quantity`` name the rows.

    Returns
    -------
    altair.VConcatChart
        A wider range has a thinner bar; a tick marks the value in the placement itself.
    """
    slacks = [f"{100 * slack:g} %" for slack in sorted(ranges.slack.values)]
    frame = ranges[["least", "most", "value"]].sortby("slack").to_dataframe().reset_index()
    frame["slack"] = frame.slack.map(lambda slack: f"{100 * slack:g} %")
    frame = frame.dropna(subset=["least"])
    names = max(text_width(str(name)) for name in frame.quantity)
    parts = list(frame.groupby("units", sort=False))
    letters = panel_letters()
    panels = [_panel(part, str(units), slacks, int(WIDTH - names - 24), next(letters)) for units, part in parts]
    return (
        alt.vconcat(*panels, spacing=_GAP)
        .resolve_legend(color="shared", size="shared")
        .properties(
            title=alt.Title(
                "What nearly the least cost leaves open", subtitle="Tick: the placement of least cost itself"
            ),
            description=_description(frame),
        )
    )


def _panel(part: pd.DataFrame, units: str, slacks: list[str], width: int, name: str) -> alt.LayerChart:
    long_name, shown, factor = _UNITS.get(units, ("Value", units, 1))
    part = part.assign(**{end: (factor * part[end]).round(3) for end in ("least", "most", "value")})
    domain = [0, 100] if units == "1" else padded(pd.concat([part.least, part.most]))
    order = list(dict.fromkeys(part.quantity))
    heading = title(long_name, shown)
    x = alt.X("least:Q", title=heading, scale=alt.Scale(domain=domain, nice=False), axis=alt.Axis(tickCount=5))
    y = alt.Y(
        "quantity:N", title=None, sort=order, scale=alt.Scale(domain=order), axis=alt.Axis(ticks=False, domain=False)
    )
    looks = dict(zip(slacks, _LOOKS, strict=False))
    colour = alt.Color(
        "slack:N",
        title="Cost above the least",
        legend=alt.Legend(orient="top", symbolType="square"),
        scale=alt.Scale(domain=slacks, range=[colour for colour, _ in looks.values()]),
    )
    tooltip = [
        "quantity:N",
        "slack:N",
        alt.Tooltip("least:Q", title=f"least {heading}", format=",.4~g"),
        alt.Tooltip("most:Q", title=f"most {heading}", format=",.4~g"),
    ]
    layers = [
        alt.Chart(part[part.slack == slack])
        .mark_bar(height=height)
        .encode(x=x, x2="most:Q", y=y, color=colour, tooltip=tooltip)
        for slack, (_, height) in reversed(looks.items())
    ]
    ticks = (
        alt.Chart(part[part.slack == slacks[0]])
        .mark_tick(color=BLACK, thickness=2, height=18)
        .encode(x=alt.X("value:Q", title=heading), y=y)
    )
    layers += [ticks, letter(name)]
    layers += [cut_mark(_ROW * len(order), along_x=True)] if domain[0] > 0 else []
    return alt.layer(*layers).properties(width=width, height=_ROW * len(order))


def _description(frame: pd.DataFrame) -> str:
    parts = []
    for (name, units), rows in frame.groupby(["quantity", "units"], sort=False):
        _, shown, factor = _UNITS.get(units, ("", units, 1))
        spans = [
            f"{_short(factor * row.least)} to {_short(factor * row.most)} {shown} at {row.slack}"
            for row in rows.itertuples()
        ]
        parts.append(f"{name}: " + ", ".join(spans))
    return "Nested bars of ranges by cost above the least. " + "; ".join(parts) + "."


def _short(value: float) -> str:
    return f"{np.round(value, 1) + 0.0:,.1f}"

"""Growth of times with the numbers of hours and regions."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from benchmarks.cases import GEOFRONT
from benchmarks.run import Measured
from geofront.charts.theme import OKABE_ITO, SHAPES, use_theme

PLOT = "growth.png"
WEEK, YEAR = 168, 8760
SUBTITLES = {"hours": "12 regions, no migration", "regions": "one day, 20 clients, all frictions"}
"""Fixed sizes of the cases, by the size that grows."""

Results = Mapping[str, Mapping[str, Measured]]


def sizes(measured: Results, what: str) -> dict[str, int]:
    """Number of hours or regions of the cases that vary it, by name."""
    prefix, unit = {"hours": ("growth-", WEEK), "regions": ("regions-", 1)}[what]
    return {name: unit * int(name.removeprefix(prefix)) for name in measured if name.startswith(prefix)}


def growth_table(measured: Results, what: str) -> pd.DataFrame:
    """Make columns ``hours`` or ``regions``, ``tool`` and ``seconds``, including the year but not stopped runs."""
    found = sizes(measured, what)
    compared = {tool for name in found for tool in measured[name]}
    if what == "hours":
        found |= {"year": YEAR}
    rows = [
        (size, tool, record.seconds)
        for name, size in found.items()
        for tool, record in measured.get(name, {}).items()
        if tool in compared and not record.stopped
    ]
    return pd.DataFrame(rows, columns=[what, "tool", "seconds"])


def exponent(measured: Results, what: str, tool: str = GEOFRONT) -> float:
    """Slope of log time against log size [-]: 1 is linear, NaN with fewer than two sizes."""
    table = growth_table(measured, what).query("tool == @tool")
    if table[what].nunique() < 2:
        return float("nan")
    return float(np.polyfit(np.log(table[what]), np.log(table.seconds), 1)[0])


def growth_chart(measured: Results) -> alt.HConcatChart:
    """Plot time against hours and regions on logarithmic axes, where a straight line is a power law."""
    use_theme()
    tables = [growth_table(measured, what) for what in SUBTITLES]
    tools = list(dict.fromkeys(tool for table in tables for tool in table.tool))
    shown = zip(tables, SUBTITLES, strict=True)
    return alt.hconcat(*(_panel(table, what, tools) for table, what in shown if len(table)))


def _panel(table: pd.DataFrame, what: str, tools: list[str]) -> alt.LayerChart:
    colour = alt.Color(
        "tool:N",
        title=None,
        scale=alt.Scale(domain=tools, range=list(OKABE_ITO[: len(tools)])),
        legend=alt.Legend(columns=1, labelLimit=400),
    )
    shape = alt.Shape("tool:N", title=None, scale=alt.Scale(domain=tools, range=list(SHAPES[: len(tools)])))
    values = sorted(table[what].unique().tolist())
    x = alt.X(
        f"{what}:Q",
        title=what.capitalize(),
        scale=alt.Scale(type="log", domain=[values[0], values[-1]]),
        axis=alt.Axis(values=values),
    )
    y = alt.Y("seconds:Q", title="Time [s]", scale=alt.Scale(type="log"))
    base = alt.Chart(table).encode(x, y, colour)
    return alt.layer(base.mark_line(), base.mark_point().encode(shape=shape)).properties(
        width=380, height=260, title=alt.Title(f"Time against {what}", subtitle=f"{SUBTITLES[what]}, log axes")
    )

"""How time grows with the number of hours."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from benchmarks.cases import GEOFRONT
from benchmarks.run import Measured
from geofront.charts.theme import OKABE_ITO, SHAPES, use_theme

PLOT = "growth.png"
WEEK, YEAR = 168, 8760


def growth_table(measured: Mapping[str, Mapping[str, Measured]]) -> pd.DataFrame:
    """Columns ``hours``, ``tool`` and ``seconds``, from the cases of some weeks and the year; no stopped runs."""
    hours = {name: WEEK * int(name.removeprefix("growth-")) for name in measured if name.startswith("growth-")}
    compared = {tool for name in hours for tool in measured[name]}
    rows = [(length, tool, record.seconds) for name, length in (hours | {"year": YEAR}).items()
            for tool, record in measured.get(name, {}).items() if tool in compared and not record.stopped]
    return pd.DataFrame(rows, columns=["hours", "tool", "seconds"])


def exponent(measured: Mapping[str, Mapping[str, Measured]], tool: str = GEOFRONT) -> float:
    """Slope of log time against log hours [1]: 1 is linear."""
    table = growth_table(measured).query("tool == @tool")
    return float(np.polyfit(np.log(table.hours), np.log(table.seconds), 1)[0])


def growth_chart(measured: Mapping[str, Mapping[str, Measured]]) -> alt.Chart:
    """Time against hours on logarithmic axes, on which a slope of one is linear growth."""
    use_theme()
    table = growth_table(measured)
    tools = list(dict.fromkeys(table.tool))
    colour = alt.Color("tool:N", title=None, scale=alt.Scale(domain=tools, range=list(OKABE_ITO[:len(tools)])),
                       legend=alt.Legend(columns=1))
    shape = alt.Shape("tool:N", title=None, scale=alt.Scale(domain=tools, range=list(SHAPES[:len(tools)])))
    x = alt.X("hours:Q", title="Hours", scale=alt.Scale(type="log", domain=[WEEK, YEAR]),
              axis=alt.Axis(values=[168, 336, 672, 1344, 2688, 5376, 8760]))
    y = alt.Y("seconds:Q", title="Time [s]", scale=alt.Scale(type="log"))
    base = alt.Chart(table).encode(x, y, colour)
    return alt.layer(base.mark_line(), base.mark_point().encode(shape=shape)).properties(
        width=380, height=260, title=alt.Title("How time grows", subtitle="12 regions, no migration, log axes"))

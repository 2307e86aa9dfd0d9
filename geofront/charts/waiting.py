"""Savings from waiting and from moving, by how long demand may wait (Figure E8)."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from geofront.arguments import checked, mapping, table
from geofront.charts.marks import halo
from geofront.charts.theme import BLUE, ORANGE
from geofront.charts.titles import title

_WIDTH, _HEIGHT = 178, 210
_LINES = {"time": ("waits", "neither", ORANGE), "both": ("moves and waits", "space", BLUE)}
"""By case: the name of its line, the same case without waiting, and its colour."""


@checked(results=mapping(table(("benefit", "window"), ("case",), maker="gf.space_and_time"), "results by name"))
def space_and_time(results: Mapping[str, pd.DataFrame]) -> alt.HConcatChart:
    """What a class saves by waiting, at home or while moving, by its window (Figure E8).

    Parameters
    ----------
    results : mapping of str to pandas.DataFrame
        Results of :func:`geofront.space_and_time` by the title of the panel, all in the same unit.

    Returns
    -------
    altair.HConcatChart
        One panel for each result, with a common scale.
    """
    frames = {name: _points(each) for name, each in results.items()}
    everything = pd.concat(frames, names=["panel"]).reset_index("panel")
    top = float(np.nanmax(everything.benefit.max())) * 1.15 or 1.0
    units = next(iter(results.values())).attrs.get("units", {}).get("benefit", "")
    panels = [
        _panel(name, frame, [min(0.0, float(everything.benefit.min())), top], units if number == 0 else None)
        for number, (name, frame) in enumerate(frames.items())
    ]
    sentences = [f"{row.panel}: {row.line}, {row.window:g} h: {row.benefit:.1f}" for row in everything.itertuples()]
    return alt.hconcat(*panels, spacing=14).properties(
        title=alt.Title("What waiting saves, and what moving saves", subtitle="Lines begin without waiting"),
        description=f"Lines of the saving [{units}] against the window. {'; '.join(sentences)}.",
    )


def _points(result: pd.DataFrame) -> pd.DataFrame:
    """Savings by line and window, beginning without waiting."""
    flat = result.reset_index()[["case", "window", "benefit"]]
    parts = [
        flat[flat.case.isin([case, still])].assign(line=line).sort_values("window")
        for case, (line, still, _) in _LINES.items()
    ]
    return pd.concat(parts, ignore_index=True).round(3)


def _panel(name: str, frame: pd.DataFrame, domain: list[float], units: str | None) -> alt.LayerChart:
    x = alt.X(
        "window:Q",
        title="May wait for [h]",
        scale=alt.Scale(domain=[0, float(frame.window.max()) * 1.08 or 1.0], nice=False),
        axis=alt.Axis(values=sorted(frame.window.unique()), grid=False),
    )
    y = alt.Y(
        "benefit:Q",
        title=None if units is None else title("Saving", units),
        scale=alt.Scale(domain=domain, nice=False),
        axis=alt.Axis(tickCount=5, labels=units is not None, ticks=units is not None),
    )
    colours = alt.Scale(domain=[line for line, _, _ in _LINES.values()], range=[c for *_, c in _LINES.values()])
    base = alt.Chart(frame)
    colour = alt.Color("line:N", legend=None, scale=colours)
    tooltip = ["line:N", alt.Tooltip("window:Q", title="window [h]"), alt.Tooltip("benefit:Q", format=",.1f")]
    line = base.mark_line().encode(x=x, y=y, color=colour)
    points = base.mark_point(filled=True, opacity=1).encode(
        x=x, y=y, color=colour, shape=alt.Shape("line:N", legend=None), tooltip=tooltip
    )
    by_line = frame.groupby("line", sort=False)
    names = alt.Chart(by_line.nth(len(frame) // (2 * len(_LINES)))).mark_text(dy=18).encode(x=x, y=y, text="line:N")
    value = alt.Text("benefit:Q", format=".1f")
    last = alt.Chart(by_line.tail(1)).mark_text(dy=-13, dx=8, align="right").encode(x=x, y=y, text=value)
    begins = frame[(frame.window == 0) & (frame.benefit != 0)]
    first = alt.Chart(begins).mark_text(dy=18, dx=2, align="left").encode(x=x, y=y, text=value)
    texts = [layer for text in (names, last, first) for layer in (halo(text), text)]
    return alt.layer(line, points, *texts).properties(
        width=_WIDTH, height=_HEIGHT, title=alt.Title(name, anchor="middle", offset=4)
    )

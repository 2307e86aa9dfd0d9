"""The three layers of the model as a picture: what stays, and what moves."""

import altair as alt
import numpy as np
import pandas as pd

from geofront.charts.marks import halo
from geofront.charts.theme import BLACK, FAINT, INK, LAYER_COLOURS, WIDTH

_WIDTH, _HEIGHT = WIDTH - 8, 218
_CLIENT, _SERVICE, _HOME, _AWAY = (58, 108), (206, 108), (378, 62), (378, 152)
_BESIDE = 14
"""Distance between the middle of a mark and an arrow [px]."""


def three_layers() -> alt.LayerChart:
    """Client, service node and compute region, with the parts of latency and cost that relocation changes.

    Returns
    -------
    altair.LayerChart
        Positions are fixed; nothing in it depends on data.
    """
    ways = [(_CLIENT, _SERVICE, FAINT), (_SERVICE, _HOME, FAINT), (_SERVICE, _AWAY, LAYER_COLOURS["energy-oriented"])]
    marks = [
        (_CLIENT, "circle", FAINT, 260),
        (_SERVICE, "diamond", BLACK, 260),
        (_HOME, "square", "#FFFFFF", 420),
        (_AWAY, "square", "#FFFFFF", 420),
    ]
    texts = [
        (_CLIENT[0], 18, "Client c", True),
        (_SERVICE[0], 18, "Service node h(c)", True),
        (_HOME[0] + 22, 18, "Compute region r", True),
        (_CLIENT[0], 138, "demand D", False),
        (_SERVICE[0], 138, "session, policy,", False),
        (_SERVICE[0], 154, "billing", False),
        (132, 96, "access RTT", False),
        (442, 54, "home: price,", False),
        (442, 70, "carbon, PUE", False),
        (442, 144, "away: also", False),
        (442, 160, "egress, replay", False),
        (290, 66, "short RTT", False),
        (290, 154, "RTT, flow x", False),
        (_WIDTH / 2, 200, "Latency: access RTT + round trips × RTT + service time ≤ budget", False),
    ]
    layers = [_arrow(*way) for way in ways]
    layers += [
        _at([{"x": x, "y": y}]).mark_point(shape=shape, fill=fill, stroke=BLACK, size=size, opacity=1, strokeWidth=1.4)
        for (x, y), shape, fill, size in marks
    ]
    for is_head in (True, False):
        rows = [{"x": x, "y": y, "text": text} for x, y, text, head in texts if head == is_head]
        written = _at(rows).mark_text(color=INK, fontWeight="bold" if is_head else "normal").encode(text="text:N")
        layers += [halo(written), written]
    return alt.layer(*layers).properties(
        width=_WIDTH,
        height=_HEIGHT,
        title=alt.Title("Only the third layer moves"),
        description=(
            "Schematic of the three layers: a client's request goes to its service node, which holds session, policy "
            "and billing, and from there to a compute region: at home, or away at the cost of a longer round trip, "
            "egress and replay. Latency is the access round trip, round trips between service node and region, and "
            "the service time; it may not exceed the budget."
        ),
    )


def _at(rows: list[dict]) -> alt.Chart:
    """A chart of rows that hold positions in the picture [px]."""
    return alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, _WIDTH], nice=False)),
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[_HEIGHT, 0], nice=False)),
    )


def _arrow(start: tuple[float, float], end: tuple[float, float], colour: str) -> alt.LayerChart:
    way = np.subtract(end, start) / np.linalg.norm(np.subtract(end, start))
    (x, y), (x2, y2) = start + _BESIDE * way, end - (_BESIDE + 6) * way
    line = _at([{"x": x, "y": y, "x2": x2, "y2": y2}]).mark_rule(color=colour, strokeWidth=2.5)
    head = _at([{"x": x2, "y": y2, "angle": np.rad2deg(np.arctan2(way[0], -way[1]))}])
    head = head.mark_point(shape="triangle-up", fill=colour, stroke=colour, size=110, opacity=1)
    return alt.layer(line.encode(x2="x2:Q", y2="y2:Q"), head.encode(angle=alt.Angle("angle:Q", scale=None)))

"""Marks and measures shared by charts."""

from collections.abc import Iterator
from string import ascii_lowercase

import altair as alt
import numpy as np
import pandas as pd

from geofront.charts.theme import FONT_SIZE, INK, class_scales

_LETTER_WIDTHS = dict(
    zip(
        map(chr, range(32, 127)),
        (
            278,
            278,
            355,
            556,
            556,
            889,
            667,
            191,
            333,
            333,
            389,
            584,
            278,
            333,
            278,
            278,
            556,
            556,
            556,
            556,
            556,
            556,
            556,
            556,
            556,
            556,
            278,
            278,
            584,
            584,
            584,
            556,
            1015,
            667,
            667,
            722,
            722,
            667,
            611,
            778,
            722,
            278,
            500,
            667,
            556,
            833,
            722,
            778,
            667,
            778,
            722,
            667,
            611,
            722,
            667,
            944,
            667,
            667,
            611,
            278,
            278,
            278,
            469,
            556,
            333,
            556,
            556,
            500,
            556,
            556,
            278,
            556,
            556,
            222,
            222,
            500,
            222,
            833,
            556,
            556,
            556,
            556,
            333,
            500,
            278,
            556,
            500,
            722,
            500,
            500,
            500,
            334,
            260,
            334,
            584,
        ),
        strict=True,
    )
)
"""Character widths of the theme's font, in thousandths of its size; other characters have the width of a digit."""


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Width of a line of text [px]."""
    return size / 1000 * sum(_LETTER_WIDTHS.get(letter, 556) for letter in str(text))


def heading(text: str, width: float) -> alt.Chart:
    """Layer with a heading over a panel of some width [px], at a height that does not depend on the axes."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if not lines[-1] or text_width(longer) <= width + 8 else [*lines, word]
    above = alt.Chart(alt.Data(values=[{"heading": "\n".join(lines)}]))
    return above.mark_text(align="center", baseline="line-bottom", lineBreak="\n").encode(
        x=alt.value(width / 2), y=alt.value(-4 - (len(lines) - 1) * (FONT_SIZE + 2)), text="heading:N"
    )


def panel_letters() -> Iterator[str]:
    """``(a)``, ``(b)`` and so on, by which captions name panels."""
    return (f"({name})" for name in ascii_lowercase)


def letter(name: str) -> alt.Chart:
    """A layer with the letter of a panel, above its left end."""
    above = alt.Chart(alt.Data(values=[{"panel": name}]))
    return above.mark_text(align="left", baseline="line-bottom", fontWeight="bold").encode(
        x=alt.value(0), y=alt.value(-4), text="panel:N"
    )


def cut_mark(height: float, *, along_x: bool = False) -> alt.LayerChart:
    """Two strokes through an axis that does not begin at zero, at the foot of a panel of some height [px]."""
    layers = []
    for look, offsets in (({"color": "#FFFFFF", "strokeWidth": 5}, [5]), ({"color": INK, "strokeWidth": 1.2}, [3, 7])):
        for offset in offsets:
            x, y = (offset + 14, height) if along_x else (0, height - offset)
            ends = {"x": x - 5, "x2": x + 5, "y": y + 2.5, "y2": y - 2.5}
            if along_x:
                ends = {"x": x - 2.5, "x2": x + 2.5, "y": y + 5, "y2": y - 5}
            layers.append(
                alt.Chart(alt.Data(values=[{}]))
                .mark_rule(clip=False, **look)
                .encode(**{channel: alt.value(place) for channel, place in ends.items()})
            )
    return alt.layer(*layers)


def halo(text: alt.Chart) -> alt.Chart:
    """White outline that keeps text legible on lines; put it into the layer before the text."""
    mark = {"type": "text"} if isinstance(text.mark, str) else text.mark.to_dict()
    rim = text.copy()
    rim.mark = alt.MarkDef(**mark | {"stroke": "#FFFFFF", "strokeWidth": 3, "strokeOpacity": 0.9})
    return rim


def legend_selection(name: str, field: str):
    """Make a legend in which a click fades all other marks; nothing fades in print.

    Returns the parameter, which belongs to one view only, and the opacity for all views. Its name is fixed, so that
    the same chart always has the same specification; `field` colours the marks.
    """
    picked = alt.selection_point(name=name, fields=[field], bind="legend")
    return picked, alt.when(picked).then(alt.value(1.0)).otherwise(alt.value(0.15))


def class_points(frame: pd.DataFrame, field: str, **encodings) -> list[alt.Chart]:
    """Points in the colours and shapes of workload classes, whose labels are in the column `field`."""
    scales = class_scales(list(dict.fromkeys(frame[field])))
    layers = []
    # One layer per class, because a shape scale would replace the lines in the legend by points.
    for number, (_, points) in enumerate(frame.groupby(field, sort=False)):
        look = {"color": scales["color"].range[number], "shape": scales["shape"].range[number]}
        layers.append(
            alt.Chart(points).mark_point(stroke="#FFFFFF", strokeWidth=1, opacity=1, **look).encode(**encodings)
        )
    return layers


def bars_with_numbers(
    bars: pd.DataFrame,
    order: list[str],
    axis_title: str,
    width: int,
    colours: dict[str, str],
    *,
    row: int,
    room: float,
    labels: bool,
    ticks: int,
    axis_format: str = "",
) -> alt.LayerChart:
    """Horizontal bars from ``begin`` to ``end``, coloured by ``kind``, with ``text`` after the farther end.

    Bars are sorted by ``name`` in the given `order`; ``value`` is in the tooltip. `width` is the width of the panel,
    `row` the height of a bar with its gap, and `room` the width of the texts [px]; `labels` shows the names.
    """
    reach = bars[["begin", "end"]]
    low, high = min(0.0, float(reach.min().min())), max(0.0, float(reach.max().max()))
    high += room / (width - room) * ((high - low) or 1.0)
    x = alt.X(
        "begin:Q",
        title=axis_title,
        scale=alt.Scale(domain=[low, high], nice=False),
        axis=alt.Axis(tickCount=ticks, **({"format": axis_format} if axis_format else {})),
    )
    y = alt.Y(
        "name:N",
        title=None,
        sort=order,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(labels=labels, ticks=False, domain=False),
    )
    colour = alt.Color("kind:N", legend=None, scale=alt.Scale(domain=list(colours), range=list(colours.values())))
    base = alt.Chart(bars.assign(text_at=reach.max(axis=1)))
    tooltip = ["name:N", alt.Tooltip("value:Q", title=axis_title, format=",.4~g")]
    return alt.layer(
        base.mark_bar(height=16).encode(x=x, x2="end:Q", y=y, color=colour, tooltip=tooltip),
        base.mark_text(align="left", dx=4, color=INK).encode(
            x=alt.X("text_at:Q", title=axis_title), y=y, text="text:N"
        ),
    ).properties(width=width, height=row * len(order))


def line_with_points(frame: pd.DataFrame, **encodings) -> alt.LayerChart:
    """A line and the points that it joins."""
    base = alt.Chart(frame).encode(**encodings)
    return base.mark_line() + base.mark_point(opacity=1, size=45)


def padded(values: pd.Series, share: float = 0.08) -> list[float]:
    """Domain of an axis with room for marks and text at both ends, as a share of the range of the values."""
    low, high = float(values.min()), float(values.max())
    room = share * (high - low)
    if high - low < 1e-3:  # of rounding errors
        room = max(share * abs(high), 1.0)
    return [round(low - room, 3), round(high + room, 3)]


def size_legend(largest: float, **options) -> alt.Legend:
    """Legend with a few round steps up to a value."""
    return alt.Legend(values=round_steps(largest), **({"format": "~s"} if largest >= 1000 else {}), **options)


def round_steps(largest: float) -> list[float]:
    """Largest three of 1, 2, 5, 10, 20, … up to a value; empty if it is not positive.

    If they end far below the value, the value itself, rounded down to one digit, is added.
    """
    if not largest > 0:
        return []
    decade = 10.0 ** np.arange(np.floor(np.log10(largest)) - 1, np.floor(np.log10(largest)) + 1)
    steps = np.outer(decade, [1, 2, 5]).ravel()
    steps = steps[steps <= largest]
    if steps[-1] < 0.6 * largest:
        steps = np.unique([*steps, decade[-1] * np.floor(largest / decade[-1])])
    return [float(f"{step:.1g}") for step in steps[-3:]]

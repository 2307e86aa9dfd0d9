"""Marks and measures that several charts share."""

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
"""Widths of the theme's font, in thousandths of its size; any other letter counts as a digit."""


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Width of a line of text [px]."""
    return size / 1000 * sum(_LETTER_WIDTHS.get(letter, 556) for letter in str(text))


def heading(text: str, width: float) -> alt.Chart:
    """A layer with a heading over a panel of some width [px]; unlike a title, at one height whatever the axes."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if not lines[-1] or text_width(longer) <= width + 8 else [*lines, word]
    above = alt.Chart(alt.Data(values=[{"heading": "\n".join(lines)}]))
    return above.mark_text(align="center", baseline="line-bottom", lineBreak="\n").encode(
        x=alt.value(width / 2), y=alt.value(-4 - (len(lines) - 1) * (FONT_SIZE + 2)), text="heading:N"
    )


def halo(text: alt.Chart) -> alt.Chart:
    """The white rim that keeps text legible on lines; goes into the layer before the text."""
    mark = {"type": "text"} if isinstance(text.mark, str) else text.mark.to_dict()
    rim = text.copy()
    rim.mark = alt.MarkDef(**mark | {"stroke": "#FFFFFF", "strokeWidth": 3, "strokeOpacity": 0.9})
    return rim


def legend_selection(name: str, field: str):
    """A click on the legend fades all but what was clicked; nothing fades in print.

    Returns the parameter, which belongs to one view only, and the opacity for all views. Its name is fixed so that
    the same chart always has the same specification; `field` colours the marks.
    """
    picked = alt.selection_point(name=name, fields=[field], bind="legend")
    return picked, alt.when(picked).then(alt.value(1.0)).otherwise(alt.value(0.15))


def class_points(frame: pd.DataFrame, field: str, **encodings) -> list[alt.Chart]:
    """Points in the colours and shapes of workload classes, whose labels are in the column `field`."""
    scales = class_scales(list(dict.fromkeys(frame[field])))
    layers = []
    # A layer per class: a shape scale would put the points into the legend, in place of the lines that they lie on.
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
    """Horizontal bars from ``begin`` to ``end``, coloured by their ``kind``, with ``text`` behind the farther end.

    They stand in the `order` of their ``name``; ``value`` is in the tooltip. `width` is that of the panel, `row` the
    height of a bar with its gap, `room` that of the texts [px]; `labels` tells whether names are shown.
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


def padded(values: pd.Series, share: float = 0.08) -> list[float]:
    """Domain of an axis with room for marks and letters, a share of the extent of the values, at both ends."""
    low, high = float(values.min()), float(values.max())
    room = share * (high - low) or max(share * abs(high), 1.0)
    return [round(low - room, 3), round(high + room, 3)]


def size_legend(largest: float, **options) -> alt.Legend:
    """A legend that shows a few round steps up to a value."""
    return alt.Legend(values=round_steps(largest), **({"format": "~s"} if largest >= 1000 else {}), **options)


def round_steps(largest: float) -> list[float]:
    """The largest three of 1, 2, 5, 10, 20, … up to a value; none if it is not positive.

    Where they would end far below the value, it comes last itself, rounded down to one digit.
    """
    if not largest > 0:
        return []
    decade = 10.0 ** np.arange(np.floor(np.log10(largest)) - 1, np.floor(np.log10(largest)) + 1)
    steps = np.outer(decade, [1, 2, 5]).ravel()
    steps = steps[steps <= largest]
    if steps[-1] < 0.6 * largest:
        steps = np.unique([*steps, decade[-1] * np.floor(largest / decade[-1])])
    return [float(f"{step:.1g}") for step in steps[-3:]]

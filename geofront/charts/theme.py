"""Theme of all charts: fonts, sizes, colours with their shapes and dashes, and renderers."""

from collections.abc import Sequence

import altair as alt

from geofront.arguments import checked, choice
from geofront.names import LAYERS
from geofront.png import smaller

THEME = "geofront"

WIDTH = 490
"""Width of a chart with its axes and padding [px]; the text of wider charts would be too small in print."""

FONT_SIZE = 14
"""Size of all text [px]: 7 pt when a chart of `WIDTH` is printed 88 mm wide, half a page."""

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""vl-convert includes Liberation Sans, so pictures are the same on every machine; browsers without it use Arial, which
has the same widths. Without the generic family at the end, text could vanish."""

INK = "#222222"
FAINT = "#767676"
GRID = "#E4E4E4"
FRAME = "#C9C9C9"
DARK_BAR, LIGHT_BAR = "#4D4D4D", "#A6A6A6"

BLACK, ORANGE, SKY_BLUE, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
OKABE_ITO = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY_BLUE, BLACK, YELLOW)
"""Okabe and Ito's colours, which colour-blind readers can distinguish, in the order in which charts use them."""

DASHES = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3), (5, 2, 1, 2, 1, 2), (12, 4), (3, 5), (1, 3))
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right", "triangle-left")

CLASSES = ("A", "B", "C", "D")
"""geofront's own workload classes; their colours, dashes and shapes are fixed."""

LAYER_COLOURS = dict(zip(LAYERS, ("#C9C9C9", SKY_BLUE, VERMILLION), strict=True))
LAYER_DASHES = dict(zip(LAYERS, ((2, 2), (5, 2), (1, 0)), strict=True))

SEQUENTIAL = ("#FFFFFF", "#D8EFC9", "#85CFBA", "#41B6C4", "#1D91C0", "#225EA8", "#0C2C84")
"""Of quantities from zero, which is white; lightness falls all the way, so that prints without colour order values."""
DIVERGING = ("#E08214", "#F6C27A", "#FFFFFF", "#B3AAD2", "#7363A5", "#2D1560")
"""Of quantities with both signs, zero in white; below it no colour is as dark as those of large values above."""
DIVERGING_AT = (-1.0, -0.5, 0.0, 0.33, 0.67, 1.0)
"""Where the colours of `DIVERGING` lie, per largest distance from zero [1]."""

_SHARPNESS = 2
"""Pixels of a picture per CSS pixel in a notebook."""

_TEXT = {
    "labelFont": FONT,
    "labelFontSize": FONT_SIZE,
    "labelColor": INK,
    "labelLimit": 0,
    "titleFont": FONT,
    "titleFontSize": FONT_SIZE,
    "titleColor": INK,
    "titleLimit": 0,
    "titleFontWeight": "normal",
}
_TITLE = {
    "font": FONT,
    "fontSize": FONT_SIZE + 1,
    "fontWeight": "bold",
    "color": INK,
    "limit": WIDTH,
    "subtitleFont": FONT,
    "subtitleFontSize": FONT_SIZE,
    "subtitleColor": INK,
    "subtitlePadding": 4,
    "subtitleLineHeight": FONT_SIZE + 3,
    "anchor": "start",
    "frame": "group",
    "offset": 10,
}
_LEGEND = {
    "orient": "bottom",
    "offset": 10,
    "padding": 0,
    "titlePadding": 4,
    "rowPadding": 3,
    "columnPadding": 14,
    "symbolSize": 90,
    "symbolStrokeWidth": 2,
    "gradientThickness": 12,
    "gradientStrokeColor": FRAME,
    "gradientStrokeWidth": 1,
    "layout": {side: {"margin": 18} for side in ("top", "bottom")},
}


@alt.theme.register(THEME, enable=False)
def _theme() -> alt.theme.ThemeConfig:
    return alt.theme.ThemeConfig(
        {
            "background": "#FFFFFF",
            "padding": 4,
            "config": {
                "font": FONT,
                "title": _TITLE,
                "view": {"stroke": None, "continuousWidth": 380, "continuousHeight": 220},
                "axis": _TEXT
                | {
                    "gridColor": GRID,
                    "domainColor": FAINT,
                    "tickColor": FAINT,
                    "titlePadding": 6,
                    "labelOverlap": True,
                    "labelPadding": 4,
                },
                "legend": _TEXT | _LEGEND,
                "header": _TEXT | {"titlePadding": 4, "labelPadding": 4},
                "text": {"font": FONT, "fontSize": FONT_SIZE, "color": INK},
                "line": {"strokeWidth": 2, "strokeCap": "butt"},
                "point": {"size": 70, "filled": True},
                "bar": {"color": DARK_BAR},
                "rule": {"color": FAINT},
                "range": {"category": list(OKABE_ITO), "heatmap": list(SEQUENTIAL), "ramp": list(SEQUENTIAL)},
            },
        }
    )


def use_theme() -> None:
    """Enable geofront's theme for all Altair charts; importing `geofront.charts` does the same."""
    alt.theme.enable(THEME)


@checked(renderer=choice(("png", "interactive")))
def enable(renderer: str = "png") -> None:
    """Set the renderer of charts in notebooks, and enable geofront's theme.

    Parameters
    ----------
    renderer : {"png", "interactive"}
        ``"png"``: a picture at twice the display size, with the chart's description as plain-text alternative; every
        viewer shows it without JavaScript or network. ``"interactive"``: tooltips and selection in legends, in
        JupyterLab, without network.

    Raises
    ------
    GeofrontError
        If the renderer is unknown.
    """
    use_theme()
    if renderer == "png":
        alt.renderers.register(THEME, _described_png)
        alt.renderers.enable(THEME)
    else:
        alt.renderers.enable("jupyter", offline=True)


def _described_png(spec: dict, **options) -> tuple[dict, dict]:
    from altair.utils.mimebundle import spec_to_mimebundle

    picture, size = spec_to_mimebundle(spec, format="png", mode="vega-lite", scale_factor=_SHARPNESS, **options)
    shown = {side: pixels / _SHARPNESS for side, pixels in size["image/png"].items()}
    twins = {"image/png": smaller(picture["image/png"]), "text/plain": spec.get("description", "chart")}
    return twins, {"image/png": shown}


def class_scales(labels: Sequence[str], names: Sequence[str] | None = None) -> dict[str, alt.Scale]:
    """Scales ``color``, ``dash`` and ``shape`` of the workload classes of a chart, by their names if given.

    A to D look the same in every chart; other classes use the rest of the palette, in their order.
    """
    others = [label for label in labels if label not in CLASSES]
    ranks = [CLASSES.index(label) if label in CLASSES else len(CLASSES) + others.index(label) for label in labels]
    domain = list(labels if names is None else names)

    def scale(choices):
        chosen = [choices[rank % len(choices)] for rank in ranks]
        return alt.Scale(domain=domain, range=[list(c) if isinstance(c, tuple) else c for c in chosen])

    return {"color": scale(OKABE_ITO), "dash": scale(DASHES), "shape": scale(SHAPES)}


def layer_scales(layers: Sequence[str] = LAYERS) -> dict[str, alt.Scale]:
    """Scales ``color`` and ``dash`` of the layers local, regional and energy-oriented."""
    return {
        "color": alt.Scale(domain=list(layers), range=[LAYER_COLOURS[layer] for layer in layers]),
        "dash": alt.Scale(domain=list(layers), range=[list(LAYER_DASHES[layer]) for layer in layers]),
    }

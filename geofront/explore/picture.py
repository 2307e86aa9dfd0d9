"""The explorer's picture: a map of flows, layers by class, the change against all-local and the frontier."""

import altair as alt
import numpy as np
import pandas as pd

from geofront.arguments import checked, instance
from geofront.charts.flows import AWAY
from geofront.charts.labels import place_labels
from geofront.charts.marks import halo
from geofront.charts.projection import Disc, WorldFrame, along_great_circle, frame_around
from geofront.charts.theme import BLACK, BLUE, DARK_BAR, FAINT, INK, LIGHT_BAR, layer_scales
from geofront.charts.world import land
from geofront.explore.datasets import ALL_LOCAL, PLACED, Rows, datasets, named
from geofront.explore.explorer import Explorer
from geofront.explore.frontier_chart import frontier_chart, heading
from geofront.explore.reading import Reading
from geofront.names import CLIENT, REGION, SERVICE

_MAP = 480.0
"""Width of the map [px]."""
_TEXT = 12
_BAR, _BESIDE = 74, 180
"""Length of the longest bar of cost or emissions, and width of the charts beside the map [px]."""
_WIDEST_FLOW, _LARGEST_REGION = 8.0, 600.0
"""What a flow of 10 % and a load of 25 % of the demand shown are drawn as [px, px²]."""

_LOAD = alt.Size("percent:Q", legend=None, scale=alt.Scale(domain=[0, 25], range=[12, _LARGEST_REGION]))


@checked(
    explorer=instance(Explorer, "make one with geofront.explore.Explorer()"),
    reading=instance(Reading, "pass what Explorer.reading returned"),
)
def picture(explorer: Explorer, reading: Reading | None = None) -> alt.VConcatChart:
    """Draw the state of an explorer as one chart.

    Parameters
    ----------
    explorer : Explorer
    reading : Reading, optional
        By default the reading of the optimal placement.

    Returns
    -------
    altair.VConcatChart
        Its changing rows are the named datasets of :func:`geofront.explore.datasets.datasets`; scales of the
        map do not depend on them, so that pictures of different settings compare.
    """
    reading = reading or explorer.reading()
    frame = frame_of(explorer)
    rows = datasets(explorer, frame, reading=reading) | {"chosen": []}
    beside = _flush(alt.vconcat(_layer_bars(rows), _against_local(rows), frontier_chart(rows), spacing=56))
    both = _flush(alt.hconcat(_map(explorer, frame, rows), beside, spacing=60))
    return (
        both.configure_axis(labelFontSize=_TEXT, titleFontSize=_TEXT)
        .configure_legend(labelFontSize=_TEXT, titleFontSize=_TEXT)
        .configure_title(fontSize=_TEXT + 1, subtitleFontSize=_TEXT, offset=8, frame="group")
        .properties(description=description(reading))
    )


def description(reading: Reading) -> str:
    """Describe the picture as text."""
    return (
        f"Placement at the explorer's settings: {reading.cost_per_mwh:.1f} USD/MWh against "
        f"{reading.local_cost_per_mwh:.1f} all-local, {reading.carbon_per_mwh:.0f} kg/MWh against "
        f"{reading.local_carbon_per_mwh:.0f}, {reading.relocated_share:.0%} of the demand relocated."
    )


def _flush(charts: alt.HConcatChart | alt.VConcatChart) -> alt.HConcatChart | alt.VConcatChart:
    """Charts whose places depend on their sizes alone, so that new rows move nothing."""
    return charts.properties(bounds="flush").resolve_scale(color="independent")


def frame_of(explorer: Explorer) -> WorldFrame | Disc:
    """The part of the world with all places of an explorer's scenario and all ways between them, or a disc."""
    scenario = explorer.scenario(explorer.at_first)
    places = [
        np.concatenate([scenario[f"{dim}_{axis}"].values for dim in (CLIENT, SERVICE, REGION)])
        for axis in ("longitude", "latitude")
    ]
    homes, regions = (
        np.array([scenario[f"{dim}_longitude"], scenario[f"{dim}_latitude"]]) for dim in (SERVICE, REGION)
    )
    middles = along_great_circle(homes[:, :, None], regions[:, None, :], 0.5)
    return frame_around(*(np.append(place, middle) for place, middle in zip(places, middles, strict=True)), _MAP)


def _map(explorer: Explorer, frame: WorldFrame | Disc, rows: Rows) -> alt.LayerChart:
    return alt.layer(
        *land(frame),
        _clients(explorer, frame),
        _arcs(frame, rows),
        _arrows(frame, rows),
        _regions(frame, rows),
        _chosen(frame, rows),
        *_names(frame, rows),
    ).properties(width=frame.width, height=frame.height, view=alt.ViewConfig(stroke=None))


def _clients(explorer: Explorer, frame: WorldFrame | Disc) -> alt.Chart:
    scenario = explorer.scenario(explorer.at_first)
    places = pd.DataFrame(
        {
            "client": scenario.coords.get("client_name", scenario[CLIENT]).values.astype(str),
            "longitude": scenario.client_longitude.values,
            "latitude": scenario.client_latitude.values,
        }
    )
    return (
        alt.Chart(places, projection=frame.projection())
        .mark_circle(size=22, color=FAINT, opacity=1)
        .encode(longitude="longitude:Q", latitude="latitude:Q", tooltip="client:N")
    )


def _arcs(frame: WorldFrame | Disc, rows: Rows) -> alt.Chart:
    corner = {"orient": "none", "direction": "vertical", "legendX": 0}
    legend = alt.Legend(
        symbolType="stroke", symbolStrokeWidth=10, symbolSize=80, rowPadding=0, title=None, legendY=-26, **corner
    )
    width = alt.Legend(
        symbolType="stroke",
        symbolStrokeColor=FAINT,
        symbolSize=200,
        rowPadding=0,
        values=[1, 5, 10],
        legendY=frame.height - 40,
        **corner,
    )
    return (
        alt.Chart(named(rows, "flows"), projection=frame.projection())
        .mark_geoshape(filled=False)
        .encode(
            color=alt.Color("layer:N", scale=layer_scales()["color"], legend=legend),
            strokeWidth=alt.StrokeWidth(
                "percent:Q",
                title="Flow [% of demand]",
                legend=width,
                scale=alt.Scale(domain=[0, 10], range=[0.5, _WIDEST_FLOW]),
            ),
            tooltip=[
                alt.Tooltip("home:N", title="from"),
                alt.Tooltip("region:N", title="to"),
                alt.Tooltip("mw:Q", title="mean flow [MW]", format=",.1f"),
                alt.Tooltip("rtt:Q", title="round trip [ms]", format=",.0f"),
                "layer:N",
            ],
        )
    )


def _arrows(frame: WorldFrame | Disc, rows: Rows) -> alt.Chart:
    """Arrow heads, open for regional and filled for energy-oriented flows, so that they differ without colour, too."""
    colours = layer_scales(AWAY)["color"]
    return (
        alt.Chart(named(rows, "arrows"))
        .mark_point(shape="triangle-up", strokeWidth=1.6, opacity=1)
        .encode(
            angle=alt.Angle("angle:Q", scale=None),
            size=alt.Size("area:Q", scale=None, legend=None),
            stroke=alt.Stroke("layer:N", scale=colours, legend=None),
            fill=alt.Fill(
                "layer:N", scale=alt.Scale(domain=list(AWAY), range=["#FFFFFF", colours.range[1]]), legend=None
            ),
            **_in_pixels(frame, "x", "y"),
        )
    )


def _regions(frame: WorldFrame | Disc, rows: Rows) -> alt.Chart:
    return (
        alt.Chart(named(rows, "regions"), projection=frame.projection())
        .mark_square(fill="#FFFFFF", stroke=BLACK, strokeWidth=1.2, opacity=1, cursor="pointer")
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            size=_LOAD,
            tooltip=[
                alt.Tooltip("name:N", title="region"),
                alt.Tooltip("mw:Q", title="mean IT power [MW]", format=",.1f"),
                alt.Tooltip("percent:Q", title="of the demand shown [%]", format=".1f"),
            ],
        )
    )


def _chosen(frame: WorldFrame | Disc, rows: Rows) -> alt.Chart:
    """A frame around the region whose price and capacity the knobs change."""
    return (
        alt.Chart(named(rows, "chosen"), projection=frame.projection())
        .mark_square(filled=False, stroke=BLUE, strokeWidth=3, opacity=1)
        .encode(longitude="longitude:Q", latitude="latitude:Q", size=_LOAD, tooltip=alt.value(None))
    )


def _names(frame: WorldFrame | Disc, rows: Rows) -> list[alt.Chart]:
    """Names of the regions, at positions that do not depend on the flows."""
    regions = pd.DataFrame(rows["regions"])
    x, y = frame.pixels(regions.longitude, regions.latitude)
    marks = pd.DataFrame({"text": regions.name, "x": x, "y": y, "radius": 9.0, "weight": 6.0})
    labels = place_labels(marks, marks, (frame.width, frame.height)).assign(label=regions.label)
    ends = {"x2": "x2:Q", "y2": "y2:Q"} | _in_pixels(frame, "x", "y")
    leaders = alt.Chart(labels).mark_rule(color=INK, strokeWidth=0.8).encode(**ends)
    text = (
        alt.Chart(labels)
        .mark_text(fontSize=_TEXT, cursor="pointer")
        .encode(text="text:N", **_in_pixels(frame, "label_x", "label_y"))
    )
    return [leaders, halo(text), text]


def _in_pixels(frame: WorldFrame | Disc, x: str, y: str) -> dict:
    return {
        "x": alt.X(f"{x}:Q", scale=alt.Scale(domain=[0, frame.width], nice=False), axis=None),
        "y": alt.Y(f"{y}:Q", scale=alt.Scale(domain=[frame.height, 0], nice=False), axis=None),
    }


def _layer_bars(rows: Rows) -> alt.LayerChart:
    about = [
        alt.Tooltip("workload:N", title="class"),
        "layer:N",
        alt.Tooltip("share:Q", format=".1%"),
        alt.Tooltip("range:N", title="at equal cost"),
    ]
    bars = (
        alt.Chart(named(rows, "layers"))
        .mark_bar(height=15)
        .encode(
            x=alt.X(
                "start:Q",
                title=["Share of demand [%]", "(lines: range at equal cost)"],
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(values=[0, 0.5, 1], labelExpr="100 * datum.value", grid=False),
            ),
            x2="end:Q",
            y=alt.Y("workload:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color("layer:N", scale=layer_scales()["color"], legend=None),
            tooltip=about,
        )
    )
    ranges = (
        alt.Chart(named(rows, "ranges"))
        .mark_rule(color=BLACK, strokeWidth=2, yOffset=9.5)
        .encode(x="start:Q", x2="end:Q", y=alt.Y("workload:N", sort=None))
    )
    numbers = (
        alt.Chart(named(rows, "layers"))
        .transform_filter("datum.share >= 0.12")
        .transform_calculate(middle="(datum.start + datum.end) / 2")
        .mark_text(fontSize=_TEXT - 1, color=INK)
        .encode(x="middle:Q", y=alt.Y("workload:N", sort=None), text=alt.Text("share:Q", format=".0%"), tooltip=about)
    )
    return alt.layer(bars, numbers, ranges).properties(width=_BESIDE, height=110, title="Where each class runs")


def _against_local(rows: Rows) -> alt.LayerChart:
    """Bars of cost, and of emissions below, each on a scale of its own."""
    cost, carbon = _bars(rows, "cost", 22), _bars(rows, "carbon", 90)
    return (
        alt.layer(cost, carbon, heading("Cost [USD/MWh]", 11), heading("Emissions [kg/MWh]", 79))
        .resolve_scale(x="independent")
        .properties(width=_BESIDE, height=136)
    )


def _bars(rows: Rows, name: str, top: float) -> alt.LayerChart:
    """Two bars, the upper one `top` pixels below the title."""
    colour = alt.Color("case:N", legend=None, scale=alt.Scale(domain=[ALL_LOCAL, PLACED], range=[LIGHT_BAR, DARK_BAR]))
    bars = (
        alt.Chart(named(rows, name))
        .transform_calculate(y=f"{top} + (datum.case === '{ALL_LOCAL}' ? 10 : 34)")
        .encode(y=alt.Y("y:Q", scale=None, axis=None))
    )
    length = alt.X("value:Q", axis=None, scale=alt.Scale(domainMin=0, nice=False, range=[0, _BAR]))
    return alt.layer(
        bars.mark_bar(height=15, orient="horizontal").encode(x=length, color=colour),
        bars.mark_text(align="left", fontSize=_TEXT).encode(x=alt.value(_BAR + 6), text="text:N"),
        bars.mark_text(align="right", fontSize=_TEXT).encode(x=alt.value(-6), text="case:N"),
    )

"""The explorer's picture: a map of flows, layers by class, the change against all-local and the frontier."""

import altair as alt
import pandas as pd

from geofront.arguments import checked, instance
from geofront.charts.labels import place_labels
from geofront.charts.marks import halo
from geofront.charts.projection import WorldFrame
from geofront.charts.theme import BLACK, DARK_BAR, FAINT, INK, LIGHT_BAR, VERMILLION, layer_scales
from geofront.charts.world import LAND
from geofront.explore.datasets import ALL_LOCAL, FIRST, PLACED, PRESENT, Rows, datasets
from geofront.explore.explorer import Explorer
from geofront.explore.reading import Reading
from geofront.explore.settings import BUDGETS
from geofront.inputs import loaders
from geofront.names import CLIENT

FRAME = WorldFrame(width=640, south=-52)
_TEXT = 12
_WIDEST_FLOW, _LARGEST_REGION = 8.0, 600.0
"""What a flow of 10 % and a load of 25 % of the demand shown are drawn as [px, px²]."""


@checked(
    explorer=instance(Explorer, "make one with geofront.explore.Explorer()"),
    reading=instance(Reading, "pass what Explorer.reading returned"),
)
def picture(explorer: Explorer, reading: Reading | None = None) -> alt.VConcatChart:
    """The state of an explorer as one chart.

    Parameters
    ----------
    explorer : Explorer
    reading : Reading, optional
        By default that of the optimal placement.

    Returns
    -------
    altair.VConcatChart
        Its changing rows are the named datasets of :func:`geofront.explore.datasets.datasets`; scales of the
        map do not depend on them, so that pictures of different settings compare.
    """
    reading = reading or explorer.reading()
    rows = datasets(explorer, FRAME, reading=reading)
    beneath = alt.hconcat(_layer_bars(rows), _against_local(rows), _frontier(rows), spacing=24)
    both = alt.vconcat(_map(explorer, rows), beneath.resolve_scale(color="independent"), spacing=14)
    return (
        both.resolve_scale(color="independent")
        .configure_axis(labelFontSize=_TEXT, titleFontSize=_TEXT)
        .configure_legend(labelFontSize=_TEXT, titleFontSize=_TEXT)
        .configure_title(fontSize=_TEXT + 1, subtitleFontSize=_TEXT, offset=8, frame="group")
        .properties(description=description(reading))
    )


def description(reading: Reading) -> str:
    """What the picture shows, as text."""
    return (
        f"Placement at the explorer's settings: {reading.cost_per_mwh:.1f} USD/MWh against "
        f"{reading.local_cost_per_mwh:.1f} all-local, {reading.carbon_per_mwh:.0f} kg/MWh against "
        f"{reading.local_carbon_per_mwh:.0f}, {reading.relocated_share:.0%} of the demand relocated."
    )


def _data(rows: Rows, name: str) -> alt.InlineData:
    return alt.InlineData(values=rows[name], name=name)


def _map(explorer: Explorer, rows: Rows) -> alt.LayerChart:
    return alt.layer(_land(), _clients(explorer), _arcs(rows), _arrows(rows), _regions(rows), *_names(rows)).properties(
        width=FRAME.width, height=FRAME.height, view=alt.ViewConfig(stroke=None)
    )


def _land() -> alt.Chart:
    shapes = alt.Data(values=loaders.land(), format=alt.TopoDataFormat(type="topojson", feature="land"))
    return alt.Chart(shapes, projection=FRAME.projection()).mark_geoshape(fill=LAND, stroke=None)


def _clients(explorer: Explorer) -> alt.Chart:
    scenario = explorer.scenario(explorer.at_first)
    places = pd.DataFrame(
        {
            "client": scenario.coords.get("client_name", scenario[CLIENT]).values.astype(str),
            "longitude": scenario.client_longitude.values,
            "latitude": scenario.client_latitude.values,
        }
    )
    return (
        alt.Chart(places, projection=FRAME.projection())
        .mark_circle(size=22, color=FAINT, opacity=1)
        .encode(longitude="longitude:Q", latitude="latitude:Q", tooltip="client:N")
    )


def _arcs(rows: Rows) -> alt.Chart:
    scales = layer_scales()
    above = {"orient": "none", "direction": "horizontal", "titleOrient": "left", "legendY": -26}
    legend = alt.Legend(symbolType="square", title=None, legendX=0, **above)
    width = alt.Legend(
        symbolType="stroke",
        symbolStrokeColor=FAINT,
        symbolSize=300,
        values=[1, 5, 10],
        legendX=FRAME.width - 250,
        **above,
    )
    return (
        alt.Chart(_data(rows, "flows"), projection=FRAME.projection())
        .mark_geoshape(filled=False)
        .encode(
            color=alt.Color("layer:N", scale=scales["color"], legend=legend),
            strokeDash=alt.StrokeDash("layer:N", scale=scales["dash"], legend=None),
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


def _arrows(rows: Rows) -> alt.Chart:
    return (
        alt.Chart(_data(rows, "arrows"))
        .mark_point(shape="triangle-up", opacity=1)
        .encode(
            angle=alt.Angle("angle:Q", scale=None),
            size=alt.Size("area:Q", scale=None),
            color=alt.Color("layer:N", scale=layer_scales()["color"], legend=None),
            **_in_pixels("x", "y"),
        )
    )


def _regions(rows: Rows) -> alt.Chart:
    return (
        alt.Chart(_data(rows, "regions"), projection=FRAME.projection())
        .mark_square(fill="#FFFFFF", stroke=BLACK, strokeWidth=1.2, opacity=1)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            size=alt.Size("percent:Q", legend=None, scale=alt.Scale(domain=[0, 25], range=[12, _LARGEST_REGION])),
            tooltip=[
                alt.Tooltip("name:N", title="region"),
                alt.Tooltip("mw:Q", title="mean IT power [MW]", format=",.1f"),
                alt.Tooltip("percent:Q", title="of the demand shown [%]", format=".1f"),
            ],
        )
    )


def _names(rows: Rows) -> list[alt.Chart]:
    """Names of the regions, which stay where they are whatever flows."""
    regions = pd.DataFrame(rows["regions"])
    x, y = FRAME.pixels(regions.longitude, regions.latitude)
    marks = pd.DataFrame({"text": regions.name, "x": x, "y": y, "radius": 9.0, "weight": 6.0})
    labels = place_labels(marks, marks, (FRAME.width, FRAME.height))
    leaders = (
        alt.Chart(labels).mark_rule(color=INK, strokeWidth=0.8).encode(x2="x2:Q", y2="y2:Q", **_in_pixels("x", "y"))
    )
    text = alt.Chart(labels).mark_text(fontSize=_TEXT).encode(text="text:N", **_in_pixels("label_x", "label_y"))
    return [leaders, halo(text), text]


def _in_pixels(x: str, y: str) -> dict:
    return {
        "x": alt.X(f"{x}:Q", scale=alt.Scale(domain=[0, FRAME.width], nice=False), axis=None),
        "y": alt.Y(f"{y}:Q", scale=alt.Scale(domain=[FRAME.height, 0], nice=False), axis=None),
    }


def _layer_bars(rows: Rows) -> alt.LayerChart:
    bars = (
        alt.Chart(_data(rows, "layers"))
        .mark_bar(height=15)
        .encode(
            x=alt.X(
                "start:Q",
                title="Share of demand [%]",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(values=[0, 0.5, 1], labelExpr="100 * datum.value", grid=False),
            ),
            x2="end:Q",
            y=alt.Y("workload:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color("layer:N", scale=layer_scales()["color"], legend=None),
            tooltip=[alt.Tooltip("workload:N", title="class"), "layer:N", alt.Tooltip("share:Q", format=".1%")],
        )
    )
    numbers = (
        alt.Chart(_data(rows, "layers"))
        .transform_filter("datum.share >= 0.12")
        .transform_calculate(middle="(datum.start + datum.end) / 2")
        .mark_text(fontSize=_TEXT - 1, color=INK)
        .encode(x="middle:Q", y=alt.Y("workload:N", sort=None), text=alt.Text("share:Q", format=".0%"))
    )
    return alt.layer(bars, numbers).properties(width=170, height=120, title="Where each class runs")


def _against_local(rows: Rows) -> alt.VConcatChart:
    panels = [_bars(rows, "cost", "Cost [USD/MWh]"), _bars(rows, "carbon", "Emissions [kg/MWh]")]
    return alt.vconcat(*panels, spacing=14)


def _bars(rows: Rows, name: str, title: str) -> alt.LayerChart:
    width = 84
    bars = alt.Chart(_data(rows, name)).encode(
        x=alt.X("value:Q", axis=None, scale=alt.Scale(zero=True, nice=False)),
        y=alt.Y("case:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False)),
    )
    colour = alt.Color("case:N", legend=None, scale=alt.Scale(domain=[ALL_LOCAL, PLACED], range=[LIGHT_BAR, DARK_BAR]))
    numbers = bars.mark_text(align="left", fontSize=_TEXT).encode(x=alt.value(width + 6), text="text:N")
    return alt.layer(bars.mark_bar(height=15).encode(color=colour), numbers).properties(
        width=width, height=42, title=title
    )


def _frontier(rows: Rows) -> alt.LayerChart:
    x = alt.X(
        "budget:Q",
        title="Network budget [ms]",
        scale=alt.Scale(type="log", domain=[BUDGETS[0], BUDGETS[-1]], nice=False),
        axis=alt.Axis(values=[20, 50, 100, 200, 500, 1000, 2000, 5000], format="~s", grid=False),
    )
    y = alt.Y(
        "cost:Q",
        title="Cost [USD/MWh]",
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(tickCount=4, minExtent=26),
    )
    colour = alt.Color(
        "line:N",
        title=None,
        scale=alt.Scale(domain=[PRESENT, FIRST], range=[BLACK, LIGHT_BAR]),
        legend=alt.Legend(orient="bottom", symbolType="stroke", symbolSize=200),
    )
    lines = (
        alt.Chart(_data(rows, "frontier"))
        .mark_line(point=alt.OverlayMarkDef(size=22))
        .encode(
            x=x,
            y=y,
            color=colour,
            tooltip=[
                "line:N",
                alt.Tooltip("budget:Q", title="network budget [ms]"),
                alt.Tooltip("cost:Q", title="cost [USD/MWh]", format=".1f"),
            ],
        )
    )
    position = alt.Chart(_data(rows, "position"))
    rule = (
        position.transform_filter("datum.own").mark_rule(color=VERMILLION, strokeWidth=2, strokeDash=[6, 3]).encode(y=y)
    )
    name = (
        position.transform_filter("datum.own")
        .mark_text(align="left", dy=-9, fontSize=_TEXT, color=INK)
        .encode(x=alt.value(5), y=y, text=alt.value("own budgets"))
    )
    point = (
        position.transform_filter("!datum.own")
        .mark_point(size=160, fill=VERMILLION, stroke=BLACK, opacity=1)
        .encode(x=x, y=y)
    )
    return alt.layer(lines, rule, name, point).properties(width=190, height=110, title="Energy-latency frontier")

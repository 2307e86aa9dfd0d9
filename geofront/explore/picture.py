"""The explorer's picture: a map of flows, layers by class, the change against all-local and the frontier."""

import altair as alt
import pandas as pd

from geofront.arguments import checked, instance
from geofront.charts.labels import place_labels
from geofront.charts.marks import halo
from geofront.charts.projection import WorldFrame
from geofront.charts.theme import BLACK, BLUE, DARK_BAR, FAINT, INK, LIGHT_BAR, layer_scales
from geofront.charts.world import LAND
from geofront.explore.datasets import ALL_LOCAL, PLACED, Rows, datasets, named
from geofront.explore.explorer import Explorer
from geofront.explore.frontier_chart import frontier_chart, heading
from geofront.explore.reading import Reading
from geofront.inputs import loaders
from geofront.names import CLIENT

FRAME = WorldFrame(width=640, south=-52)
_TEXT = 12
_BAR = 74
"""Length of the longest bar of cost or emissions [px]."""
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
    rows = datasets(explorer, FRAME, reading=reading) | {"chosen": []}
    beneath = _flush(alt.hconcat(_layer_bars(rows), _against_local(rows), frontier_chart(rows), spacing=74))
    both = _flush(alt.vconcat(_map(explorer, rows), beneath, spacing=34))
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
    return charts.properties(bounds="flush").resolve_scale(color="independent", strokeDash="independent")


def _map(explorer: Explorer, rows: Rows) -> alt.LayerChart:
    return alt.layer(
        _land(), _clients(explorer), _arcs(rows), _arrows(rows), _regions(rows), _chosen(rows), *_names(rows)
    ).properties(width=FRAME.width, height=FRAME.height, view=alt.ViewConfig(stroke=None))


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
    legend = alt.Legend(symbolType="square", symbolStrokeWidth=0, title=None, legendX=0, **above)
    width = alt.Legend(
        symbolType="stroke",
        symbolStrokeColor=FAINT,
        symbolSize=300,
        values=[1, 5, 10],
        legendX=FRAME.width - 250,
        **above,
    )
    return (
        alt.Chart(named(rows, "flows"), projection=FRAME.projection())
        .mark_geoshape(filled=False)
        .encode(
            color=alt.Color("layer:N", scale=scales["color"], legend=legend),
            strokeDash=alt.StrokeDash("layer:N", scale=scales["dash"], legend=legend),
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
        alt.Chart(named(rows, "arrows"))
        .mark_point(shape="triangle-up", opacity=1)
        .encode(
            angle=alt.Angle("angle:Q", scale=None),
            size=alt.Size("area:Q", scale=None, legend=None),
            color=alt.Color("layer:N", scale=layer_scales()["color"]),
            **_in_pixels("x", "y"),
        )
    )


def _regions(rows: Rows) -> alt.Chart:
    return (
        alt.Chart(named(rows, "regions"), projection=FRAME.projection())
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


def _chosen(rows: Rows) -> alt.Chart:
    """A frame around the region whose price and capacity the knobs change."""
    return (
        alt.Chart(named(rows, "chosen"), projection=FRAME.projection())
        .mark_square(filled=False, stroke=BLUE, strokeWidth=3, opacity=1)
        .encode(longitude="longitude:Q", latitude="latitude:Q", size=_LOAD, tooltip=alt.value(None))
    )


def _names(rows: Rows) -> list[alt.Chart]:
    """Names of the regions, at positions that do not depend on the flows."""
    regions = pd.DataFrame(rows["regions"])
    x, y = FRAME.pixels(regions.longitude, regions.latitude)
    marks = pd.DataFrame({"text": regions.name, "x": x, "y": y, "radius": 9.0, "weight": 6.0})
    labels = place_labels(marks, marks, (FRAME.width, FRAME.height)).assign(label=regions.label)
    leaders = (
        alt.Chart(labels).mark_rule(color=INK, strokeWidth=0.8).encode(x2="x2:Q", y2="y2:Q", **_in_pixels("x", "y"))
    )
    text = (
        alt.Chart(labels)
        .mark_text(fontSize=_TEXT, cursor="pointer")
        .encode(text="text:N", **_in_pixels("label_x", "label_y"))
    )
    return [leaders, halo(text), text]


def _in_pixels(x: str, y: str) -> dict:
    return {
        "x": alt.X(f"{x}:Q", scale=alt.Scale(domain=[0, FRAME.width], nice=False), axis=None),
        "y": alt.Y(f"{y}:Q", scale=alt.Scale(domain=[FRAME.height, 0], nice=False), axis=None),
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
    return alt.layer(bars, numbers, ranges).properties(width=166, height=120, title="Where each class runs")


def _against_local(rows: Rows) -> alt.LayerChart:
    """Bars of cost, and of emissions below, each on a scale of its own."""
    cost, carbon = _bars(rows, "cost", 0), _bars(rows, "carbon", 72)
    return (
        alt.layer(cost, carbon, heading("Emissions [kg/MWh]", 60))
        .resolve_scale(x="independent")
        .properties(width=_BAR + 90, height=120, title="Cost [USD/MWh]")
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

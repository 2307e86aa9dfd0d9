"""Figure 1: clients, service nodes and compute regions on a world map, with the flows between them."""

import json

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, number
from geofront.charts.flows import AWAY, arcs, arrow_heads, away_flows, bent, great_circles, line, paths, widths
from geofront.charts.labels import place_labels
from geofront.charts.marks import halo, legend_selection, size_legend
from geofront.charts.projection import Disc, WorldFrame, frame_around
from geofront.charts.theme import BLACK, FAINT, FRAME, INK, WIDTH, layer_scales
from geofront.charts.titles import region_names
from geofront.errors import GeofrontError
from geofront.inputs import loaders
from geofront.names import CLIENT, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.results import PLACEMENT, result
from geofront.scenarios.alignment import aligned
from geofront.scenarios.snapshots import annual_mean
from geofront.scenarios.validation import with_names

LAND = "#E9E9E9"
KINDS = (CLIENT_KIND, SERVICE_KIND, REGION_KIND) = ("client", "service node", "compute region")

_SHAPES = {REGION_KIND: "square", CLIENT_KIND: "circle", SERVICE_KIND: "diamond"}
_FILLS = {CLIENT_KIND: FAINT, SERVICE_KIND: BLACK, REGION_KIND: "#FFFFFF"}
_SIZES = {CLIENT_KIND: "Client: demand [MW]", REGION_KIND: "Compute region: load [MW]"}
"""Titles of the legends of sizes, one for each kind of place that has a size."""

_YEARS = (8760, 8784)
"""Sums of weights that are a year [h]."""

_LARGEST, _SERVICE_NODE = 420.0, 36.0
"""Areas of the largest mark and of every service node [px²]."""


@checked(
    scenario=with_names,
    placement=result(PLACEMENT, "flow", "used_capacity", WEIGHT),
    least_flow=number("MW", least=0),
    width=number("px", least=1),
)
def world_map(
    scenario: xr.Dataset, placement: xr.Dataset, *, least_flow: float | None = None, width: float = WIDTH - 8
) -> alt.LayerChart:
    """The three layers on a world map, with the flows that a placement realises (Figure 1).

    The map shows the part of the world in which the clients, service nodes and regions lie. Where that is most of it,
    the map is a disc: an equal-area azimuthal projection around the mean of the places and the ways of the flows,
    so that no arc is cut at an edge.

    Parameters
    ----------
    scenario : xarray.Dataset
        With the coordinates ``region_longitude``, ``region_latitude`` and so on of regions, service nodes and clients
        [°]. Service nodes and clients with the labels of regions need none.
    placement : xarray.Dataset
        Its ``flow`` (client, region, workload, hour) [MW] and ``used_capacity`` (region, hour) [MW].
    least_flow : float, optional
        Flows below this are left out [MW]; by default 1 % of the mean demand. The subtitle says so.
    width : float
        Width of the map [px].

    Returns
    -------
    altair.LayerChart
        Flows run along great circles from the service node that sends the requests to the region that
        executes them; width is their mean IT power over all hours, colour and arrow head their layer. The area of
        a client is its mean demand, that of a region its mean load, on one scale; grey lines join clients
        and their service nodes, which all have one size.

    Raises
    ------
    GeofrontError
        Invalid scenario or one without positions, or a placement of another one.
    """
    scenario = _with_positions(scenario)
    flows, places, names = away_flows(scenario, placement), _places(scenario, placement), region_names(scenario)
    if least_flow is None:
        least_flow = float(f"{0.01 * float(annual_mean(placement.flow).sum()):.2g}")
    drawn = flows[flows.mw >= least_flow]
    frame = _frame(scenario, drawn, width)
    drawn = bent(drawn, frame)
    picked, opacity = legend_selection("world_layer", "layer")
    layers = [
        *land(frame),
        _home_links(scenario, frame),
        arcs(drawn, frame, names).encode(opacity=opacity),
        _arrows(drawn, frame).encode(opacity=opacity).add_params(picked),
        *_marks(places, frame),
        *_names(places, drawn, frame),
    ]
    return (
        alt.layer(*layers)
        .resolve_scale(size="independent", fill="independent", stroke="independent")
        .properties(
            width=width,
            height=frame.height,
            description=_description(places, flows),
            title=alt.Title(
                "Where requests come from, and where they run",
                subtitle=_subtitle(flows, drawn, least_flow, float(scenario[WEIGHT].sum())),
            ),
        )
    )


def _with_positions(scenario: xr.Dataset) -> xr.Dataset:
    """The scenario with positions of all places; places without one take that of the region with their label."""
    for dim in (REGION, SERVICE, CLIENT):
        for axis, limit in (("longitude", 360), ("latitude", 90)):
            name, of_region = f"{dim}_{axis}", f"{REGION}_{axis}"
            at_regions = scenario.indexes[dim].isin(scenario.indexes[REGION]).all()
            if name not in scenario.variables and of_region in scenario.variables and at_regions:
                values = scenario[of_region].sel({REGION: scenario[dim].values}).values
                scenario = scenario.assign_coords({name: (dim, values)})
            known = name in scenario.variables and scenario[name].dims == (dim,)
            if not (known and scenario[name].dtype.kind in "iuf" and (abs(scenario[name]) <= limit).all()):
                raise GeofrontError(
                    f"the scenario has no coordinate {name!r} of numbers within ±{limit}° for every "
                    f"{dim}: the map needs positions, so assign_coords({name}=({dim!r}, […]))"
                )
    return scenario


def _frame(scenario: xr.Dataset, flows: pd.DataFrame, width: float) -> WorldFrame | Disc:
    """The part of the world with all places and the ways of the flows, or a disc where that is most of it."""
    on_the_way = great_circles(flows, np.linspace(0.0, 1.0, 11)[:, None])
    shown = [
        np.concatenate([*(scenario[f"{dim}_{axis}"].values for dim in (CLIENT, SERVICE, REGION)), way.ravel()])
        for axis, way in zip(("longitude", "latitude"), on_the_way, strict=True)
    ]
    return frame_around(*shown, width)


def _places(scenario: xr.Dataset, placement: xr.Dataset) -> pd.DataFrame:
    """One row per mark, the lowest first: ``kind``, ``name``, position [°], mean power ``mw`` and ``area`` [MW]."""
    demand = annual_mean(scenario.demand).sum(WORKLOAD).to_series()
    by_home = demand.groupby(scenario.home.to_series()).sum()
    names = region_names(scenario)
    client_names = scenario.coords.get("client_name", scenario[CLIENT]).to_series()
    power = {
        REGION: (REGION_KIND, names, annual_mean(aligned(scenario, placement.used_capacity, REGION, HOUR)).to_series()),
        CLIENT: (CLIENT_KIND, client_names, demand),
        SERVICE: (SERVICE_KIND, names, by_home.reindex(scenario[SERVICE].values, fill_value=0.0)),
    }
    tables = []
    for dim, (kind, called, mean) in power.items():
        labels = scenario.indexes[dim]
        tables.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "name": [str(called.get(label, label)) for label in labels],
                    "longitude": scenario[f"{dim}_longitude"].values,
                    "latitude": scenario[f"{dim}_latitude"].values,
                    "mw": mean.reindex(labels).to_numpy().round(1),
                }
            )
        )
    largest_first = [table.sort_values("mw", ascending=False, kind="stable") for table in tables]
    places = pd.concat(largest_first, ignore_index=True)
    service_node = _SERVICE_NODE / _LARGEST * places.mw.max()
    return places.assign(area=places.mw.mask(places.kind == SERVICE_KIND, service_node).round(2))


def land(frame: WorldFrame | Disc) -> list[alt.Chart]:
    # As text, because Altair would check every coordinate of an object each time that a map is drawn.
    topology = json.dumps(loaders.land(), separators=(",", ":"))
    shapes = alt.Data(values=topology, format=alt.TopoDataFormat(type="topojson", feature="land"))
    land = alt.Chart(shapes, projection=frame.projection()).mark_geoshape(fill=LAND, stroke=None)
    rim = alt.Chart(alt.sphere(), projection=frame.projection()).mark_geoshape(filled=False, stroke=FRAME)
    return [land, rim] if isinstance(frame, Disc) else [land]


def _home_links(scenario: xr.Dataset, frame: WorldFrame | Disc) -> alt.Chart:
    at = {
        dim: list(zip(scenario[f"{dim}_longitude"].values, scenario[f"{dim}_latitude"].values, strict=True))
        for dim in (CLIENT, SERVICE)
    }
    homes = scenario.indexes[SERVICE].get_indexer(scenario.home.values)
    links = [line(at[CLIENT][client], at[SERVICE][home]) for client, home in enumerate(homes)]
    return alt.Chart(alt.Data(values=links), projection=frame.projection()).mark_geoshape(
        filled=False, stroke=FAINT, strokeWidth=0.8
    )


def _arrows(flows: pd.DataFrame, frame: WorldFrame | Disc) -> alt.Chart:
    """Arrow heads, open for one layer and filled for the other, so that layers differ without colour, too."""
    colours = layer_scales(AWAY)["color"].range
    legend = {"title": "Flow by layer", "legend": alt.Legend(orient="top", symbolSize=130, symbolStrokeWidth=1.6)}
    fills = alt.Scale(domain=list(AWAY), range=["#FFFFFF", colours[1]])
    return (
        alt.Chart(arrow_heads(flows, frame))
        .mark_point(shape="triangle-up", strokeWidth=1.6, opacity=1)
        .encode(
            angle=alt.Angle("angle:Q", scale=None),
            size=alt.Size("area:Q", scale=None, legend=None),
            stroke=alt.Stroke("layer:N", scale=layer_scales(AWAY)["color"], **legend),
            fill=alt.Fill("layer:N", scale=fills, **legend),
            **_in_pixels(frame, "x", "y"),
        )
    )


def _marks(places: pd.DataFrame, frame: WorldFrame | Disc) -> list[alt.Chart]:
    largest = float(places.mw.max())
    layers = []
    for kind, shape in _SHAPES.items():
        those = places[places.kind == kind]
        legend = size_legend(float(those.mw.max()), symbolFillColor=_FILLS[kind]) if kind in _SIZES else None
        layers.append(
            alt.Chart(those, projection=frame.projection())
            .mark_point(stroke=BLACK, strokeWidth=1.2, opacity=1, shape=shape, filled=False, fill=_FILLS[kind])
            .encode(
                longitude="longitude:Q",
                latitude="latitude:Q",
                size=alt.Size(
                    "area:Q",
                    title=_SIZES.get(kind),
                    legend=legend,
                    scale=alt.Scale(domain=[0, largest], range=[0, _LARGEST]),
                ),
                tooltip=["kind:N", "name:N", alt.Tooltip("mw:Q", title="mean IT power [MW]", format=",.1f")],
            )
        )
    node = alt.Legend(symbolFillColor=BLACK, symbolStrokeColor=BLACK, symbolSize=60)
    shape = alt.Scale(domain=[SERVICE_KIND], range=[_SHAPES[SERVICE_KIND]])
    layers[-1] = layers[-1].encode(shape=alt.Shape("kind:N", title=None, legend=node, scale=shape))
    return layers


def _names(places: pd.DataFrame, flows: pd.DataFrame, frame: WorldFrame | Disc) -> list[alt.Chart]:
    labels = _labels(places, flows, frame)
    leaders = (
        alt.Chart(labels)
        .mark_rule(color=INK, strokeWidth=0.8)
        .encode(x2="x2:Q", y2="y2:Q", **_in_pixels(frame, "x", "y"))
    )
    text = alt.Chart(labels).mark_text().encode(text="text:N", **_in_pixels(frame, "label_x", "label_y"))
    return [leaders, halo(text), text]


def _labels(places: pd.DataFrame, flows: pd.DataFrame, frame: WorldFrame | Disc) -> pd.DataFrame:
    """Places for the names of the regions, which should cover neither marks nor arcs."""
    x, y = frame.pixels(places.longitude, places.latitude)
    radius = np.sqrt(_LARGEST * places.area / places.area.max()) / 2
    marks = pd.DataFrame({"text": places.name, "x": x, "y": y, "radius": radius, "weight": 20.0})
    arc_x, arc_y = paths(flows, frame, np.linspace(0.03, 0.97, 60)[:, None])
    on_arcs = pd.DataFrame(
        {
            "x": arc_x.ravel(),
            "y": arc_y.ravel(),
            "weight": 1.0,
            "radius": np.broadcast_to(widths(flows) / 2, arc_x.shape).ravel(),
        }
    )
    heads = arrow_heads(flows, frame)[["x", "y"]].assign(radius=6.0, weight=10.0)
    regions = marks[places.kind == REGION_KIND]
    return place_labels(regions, pd.concat([marks, on_arcs, heads], ignore_index=True), (frame.width, frame.height))


def _in_pixels(frame: WorldFrame | Disc, x: str, y: str) -> dict:
    """Encodings of columns that hold positions in the picture."""
    return {
        "x": alt.X(f"{x}:Q", scale=alt.Scale(domain=[0, frame.width], nice=False), axis=None),
        "y": alt.Y(f"{y}:Q", scale=alt.Scale(domain=[frame.height, 0], nice=False), axis=None),
    }


def _subtitle(flows: pd.DataFrame, drawn: pd.DataFrame, least_flow: float, hours: float) -> list[str]:
    links = "Thin grey lines: from a client to its service node"
    mean = "Mean over the year" if hours in _YEARS else "Mean over all hours"
    if flows.empty:
        return [f"{mean}; nothing is relocated", links]
    share = drawn.mw.sum() / flows.mw.sum()
    return [
        f"{mean}; arrows point to where requests run",
        f"Flows of {least_flow:.3g} MW and more: {len(drawn)} of {len(flows)}, {share:.0%} of all that moves",
        links,
    ]


def _description(places: pd.DataFrame, flows: pd.DataFrame) -> str:
    count = places.kind.value_counts()
    by_layer = flows.groupby("layer").mw.sum()
    moved = ", ".join(f"{layer} {by_layer.get(layer, 0.0):.0f} MW" for layer in AWAY)
    largest = "; ".join(f"{row.home} to {row.region} {row.mw:.0f} MW" for row in flows.head(3).itertuples())
    return (
        f"World map with {count[CLIENT_KIND]} clients, {count[SERVICE_KIND]} service nodes and "
        f"{count[REGION_KIND]} compute regions. Relocated on average: {moved}. "
        f"Largest flows: {largest or 'none'}."
    )

"""Relocated flows between service nodes and regions, as numbers and as arcs on a map."""

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.charts.marks import size_legend
from geofront.charts.projection import WorldFrame, along_great_circle
from geofront.charts.theme import FAINT, layer_scales
from geofront.inputs.geography import great_circle_km
from geofront.names import CLIENT, HOUR, LAYERS, REGION, REGIONAL_RTT, SERVICE, WORKLOAD
from geofront.scenarios.alignment import aligned
from geofront.scenarios.snapshots import annual_mean

AWAY = LAYERS[1:]
"""The layers in which something moves."""

_WIDEST = 7.0
_ARROW_AT = (0.62, 0.75, 0.85)
"""Where along its way a flow carries its arrow head, the first of these that is on the map; off the middle,
so that opposite flows keep apart."""


def away_flows(scenario: xr.Dataset, placement: xr.Dataset) -> pd.DataFrame:
    """Relocated flows between service nodes and regions, averaged over the year, largest first.

    Columns ``home``, ``region``, ``mw`` [MW], ``rtt`` [ms], ``km``, ``layer``, and longitudes and latitudes [°] of
    both ends.
    """
    flow = aligned(scenario, placement.flow, CLIENT, REGION, WORKLOAD, HOUR)
    by_client = annual_mean(flow).sum(WORKLOAD).transpose(CLIENT, REGION).to_pandas()
    by_home = by_client.groupby(scenario.home.to_series().reindex(by_client.index)).sum()
    flows = by_home.rename_axis(index="home").melt(ignore_index=False, var_name="region", value_name="mw")
    flows = flows.reset_index().round({"mw": 3})
    flows = flows[(flows.home != flows.region) & (flows.mw > 0)]
    for end, dim in (("home", SERVICE), ("region", REGION)):
        for axis in ("longitude", "latitude"):
            flows[f"{end}_{axis}"] = flows[end].map(scenario[f"{dim}_{axis}"].to_series()).astype(float)
    rtt = scenario.rtt.transpose(SERVICE, REGION).rename("rtt").to_series()
    flows["rtt"] = rtt.reindex(pd.MultiIndex.from_frame(flows[["home", "region"]])).to_numpy(float)
    flows["km"] = np.round(great_circle_km(*_ends(flows, "latitude", "longitude")))
    flows["layer"] = np.where(flows.rtt <= REGIONAL_RTT, *AWAY)
    return flows.sort_values(["mw", "home", "region"], ascending=[False, True, True], ignore_index=True)


def paths(flows: pd.DataFrame, frame: WorldFrame, fractions) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the picture [px] of points at fractions of the way, which broadcast against the flows."""
    return frame.pixels(*great_circles(flows, fractions))


def great_circles(flows: pd.DataFrame, fractions) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude [°] of points at fractions of the way, which broadcast against the flows."""
    ends = _ends(flows, "longitude", "latitude")
    return along_great_circle(ends[:2], ends[2:], fractions)


def line(start, end, **fields) -> dict:
    """A GeoJSON line from longitude and latitude to longitude and latitude; Vega draws a great circle."""
    coordinates = [[round(float(degrees), 4) for degrees in place] for place in (start, end)]
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": coordinates}} | fields


def arcs(flows: pd.DataFrame, frame: WorldFrame, names: dict[str, str]) -> alt.Chart:
    """Flows as lines: colour and dash by layer, width by mean power."""
    lines = [
        line(
            (row.home_longitude, row.home_latitude),
            (row.region_longitude, row.region_latitude),
            home=names.get(row.home, row.home),
            region=names.get(row.region, row.region),
            mw=row.mw,
            rtt=row.rtt,
            km=row.km,
            layer=row.layer,
        )
        for row in flows.itertuples()
    ]
    scales, widest = layer_scales(AWAY), float(flows.mw.max()) if len(flows) else 1.0
    look = {"orient": "top", "symbolType": "stroke"}
    by_layer = {"title": "Flow by layer", "legend": alt.Legend(symbolSize=400, symbolStrokeWidth=3, **look)}
    power = size_legend(widest, symbolSize=300, symbolStrokeColor=FAINT, **look)
    return (
        alt.Chart(alt.Data(values=lines), projection=frame.projection())
        .mark_geoshape(filled=False)
        .encode(
            color=alt.Color("layer:N", scale=scales["color"], **by_layer),
            strokeDash=alt.StrokeDash("layer:N", scale=scales["dash"], **by_layer),
            strokeWidth=alt.StrokeWidth(
                "mw:Q", title="Mean flow [MW]", legend=power, scale=alt.Scale(domain=[0, widest], range=[0, _WIDEST])
            ),
            tooltip=[
                alt.Tooltip("home:N", title="from"),
                alt.Tooltip("region:N", title="to"),
                alt.Tooltip("mw:Q", title="mean flow [MW]", format=",.1f"),
                alt.Tooltip("rtt:Q", title="round trip [ms]", format=",.0f"),
                alt.Tooltip("km:Q", title="distance [km]", format=",.0f"),
                "layer:N",
            ],
        )
    )


def widths(flows: pd.DataFrame) -> np.ndarray:
    """How wide :func:`arcs` draws flows [px]."""
    return _WIDEST * flows.mw.to_numpy() / flows.mw.max()


def arrow_heads(flows: pd.DataFrame, frame: WorldFrame) -> pd.DataFrame:
    """Arrow heads: ``x``, ``y`` [px], ``angle`` [° clockwise from up], ``layer``, ``area`` [px²]."""
    fractions = np.array(_ARROW_AT)[:, None]
    x, y = paths(flows, frame, fractions)
    margin = 8
    inside = (x > margin) & (x < frame.width - margin) & (y > margin) & (y < frame.height - margin)
    chosen = fractions[np.argmax(inside, axis=0), 0]
    (x, y), (x2, y2) = paths(flows, frame, chosen), paths(flows, frame, chosen + 0.01)
    return (
        pd.DataFrame(
            {"x": x, "y": y, "angle": np.rad2deg(np.arctan2(x2 - x, y - y2)), "area": 30 + 2 * flows.mw.to_numpy()}
        )
        .round(1)
        .assign(layer=flows.layer.to_numpy())
    )


def _ends(flows: pd.DataFrame, *axes: str) -> list[np.ndarray]:
    return [flows[f"{end}_{axis}"].to_numpy(float) for end in ("home", "region") for axis in axes]

"""Relocated flows between service nodes and regions, as data and as arcs on a map."""

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.charts.marks import size_legend
from geofront.charts.projection import Disc, WorldFrame, along_great_circle
from geofront.charts.theme import FAINT, layer_scales
from geofront.inputs.geography import great_circle_km
from geofront.names import CLIENT, HOUR, LAYERS, REGION, REGIONAL_RTT, SERVICE, WORKLOAD
from geofront.scenarios.alignment import aligned
from geofront.scenarios.snapshots import annual_mean

AWAY = LAYERS[1:]
"""The layers in which something moves."""

_WIDEST, _RIM = 6.0, 1.6
"""Width of the largest flow, and of the white rims that keep crossing flows apart [px]."""
_BENDS = np.array([0.0, 7.0, -7.0, 14.0, -14.0, 21.0, -21.0, 28.0, -28.0])
"""Distances from a great circle, half-way, at which a flow may be drawn [px]."""
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


def paths(flows: pd.DataFrame, frame: WorldFrame | Disc, fractions) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the picture [px] of points at fractions of the way, which broadcast against the flows.

    Ways are great circles, bent sideways by the flows' ``bend`` [px] if :func:`bent` has set one.
    """
    x, y = frame.pixels(*great_circles(flows, fractions))
    if "bend" not in flows:
        return x, y
    (left, top), (right, bottom) = (frame.pixels(*great_circles(flows, end)) for end in (0.0, 1.0))
    length = np.maximum(np.hypot(right - left, bottom - top), 1.0)
    aside = 4 * fractions * (1 - fractions) * flows.bend.to_numpy() / length
    return x - aside * (bottom - top), y + aside * (right - left)


def bent(flows: pd.DataFrame, frame: WorldFrame | Disc) -> pd.DataFrame:
    """Flows with the least ``bend`` [px] that keeps each way off those of larger flows."""
    fractions, drawn = np.linspace(0.1, 0.9, 33)[:, None], np.empty((0, 3))
    bends, half = [], widths(flows) / 2 + _RIM
    for number in range(len(flows)):
        trials = flows.iloc[[number] * len(_BENDS)].assign(bend=_BENDS)
        x, y = paths(trials, frame, fractions)
        gaps = np.hypot(x[..., None] - drawn[:, 0], y[..., None] - drawn[:, 1]) - drawn[:, 2] - half[number]
        covered = (gaps < 0).any(axis=-1).mean(axis=0)
        best = int(np.argmin((covered + 0.01 * np.abs(_BENDS)).round(6)))
        bends.append(_BENDS[best])
        way = np.column_stack([x[:, best], y[:, best], np.full(len(fractions), half[number])])
        drawn = np.concatenate([drawn, way])
    return flows.assign(bend=np.array(bends, float))


def great_circles(flows: pd.DataFrame, fractions) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude [°] of points at fractions of the way, which broadcast against the flows."""
    ends = _ends(flows, "longitude", "latitude")
    return along_great_circle(ends[:2], ends[2:], fractions)


def line(start, end, **fields) -> dict:
    """A GeoJSON line from longitude and latitude to longitude and latitude; Vega draws a great circle."""
    coordinates = [[round(float(degrees), 4) for degrees in place] for place in (start, end)]
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": coordinates}} | fields


def arcs(flows: pd.DataFrame, frame: WorldFrame | Disc, names: dict[str, str]) -> alt.Chart:
    """Flows as lines with white rims, the largest first: colour by layer, width by mean power."""
    x, y = paths(flows, frame, np.linspace(0, 1, 41)[:, None])
    lines = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": np.column_stack(way).round(1).tolist()},
            "home": names.get(row.home, row.home),
            "region": names.get(row.region, row.region),
        }
        | {name: getattr(row, name) for name in ("mw", "rtt", "km", "layer")}
        for row, *way in zip(flows.itertuples(), x.T, y.T, strict=True)
    ]
    widest = float(flows.mw.max()) if len(flows) else 1.0
    power = size_legend(widest, orient="top", symbolType="stroke", symbolSize=300, symbolStrokeColor=FAINT)
    return (
        alt.Chart(alt.Data(values=lines), projection=alt.Projection(type="identity", scale=1, translate=[0, 0]))
        .mark_geoshape(filled=False)
        .transform_calculate(rim="[true, false]")
        .transform_flatten(["rim"])
        .transform_calculate(wide=f"datum.mw + (datum.rim ? {2 * _RIM * widest / _WIDEST} : 0)")
        .encode(
            color=alt.when("datum.rim")
            .then(alt.value("#FFFFFF"))
            .otherwise(alt.Color("layer:N", scale=layer_scales(AWAY)["color"], legend=None)),
            strokeWidth=alt.StrokeWidth(
                "wide:Q", title="Mean flow [MW]", legend=power, scale=alt.Scale(domain=[0, widest], range=[0, _WIDEST])
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


def arrow_heads(flows: pd.DataFrame, frame: WorldFrame | Disc) -> pd.DataFrame:
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

"""The rows behind the explorer's picture, which change when a knob is turned."""

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from geofront.charts.flows import arrow_heads, line
from geofront.charts.projection import WorldFrame
from geofront.charts.titles import region_names
from geofront.explore.explorer import Explorer
from geofront.explore.reading import Reading
from geofront.explore.settings import Settings
from geofront.names import LAYERS, REGION, REGIONAL_RTT, SERVICE
from geofront.quantities.comparison import percent_change

LEAST_FLOW = 0.002
"""Share of the demand shown below which a flow is not drawn [1]."""

PRESENT, FIRST = "these settings", "as at first"
ALL_LOCAL, PLACED = "all-local", "placed"

Rows = dict[str, list[dict]]


def datasets(
    explorer: Explorer, frame: WorldFrame, settings: Settings | None = None, reading: Reading | None = None
) -> Rows:
    """Rows of every part of the picture, by the name of its dataset.

    Parameters
    ----------
    explorer : Explorer
    frame : WorldFrame
        Of the map; arrows have their positions in pixels.
    settings : Settings, optional
        By default the present ones.
    reading : Reading, optional
        By default that of the optimal placement at these settings.

    Returns
    -------
    dict
        ``flows`` (GeoJSON), ``arrows``, ``regions``, ``layers``, ``cost``, ``carbon``, ``frontier`` and
        ``position``.
    """
    settings = settings or explorer.settings
    reading = reading or explorer.reading(settings)
    shown, scenario = explorer.of_shown(reading), explorer.scenario(settings)
    flows = _flows(scenario, shown)
    return {
        "flows": [
            line(
                (row.home_longitude, row.home_latitude),
                (row.region_longitude, row.region_latitude),
                home=row.home,
                region=row.region,
                mw=row.mw,
                percent=row.percent,
                rtt=row.rtt,
                layer=row.layer,
            )
            for row in flows.itertuples()
        ],
        "arrows": arrow_heads(flows, frame).assign(area=(24 + 8 * flows.percent).round(1)).to_dict("records"),
        "regions": _regions(scenario, shown),
        "layers": _layers(explorer.classes, reading),
        "cost": _against_local(shown.local_cost_per_mwh, shown.cost_per_mwh),
        "carbon": _against_local(shown.local_carbon_per_mwh, shown.carbon_per_mwh),
        **frontier_rows(explorer, settings, reading),
    }


def frontier_rows(explorer: Explorer, settings: Settings, reading: Reading) -> Rows:
    """The part of :func:`datasets` that grows while the frontier is computed."""
    lines = {FIRST: explorer.frontier(explorer.at_first), PRESENT: explorer.frontier(settings)}
    if replace(settings, network_budget=explorer.at_first.network_budget) == explorer.at_first:
        del lines[FIRST]
    rows = [
        {"line": name, "budget": budget, "cost": round(point.cost_per_mwh, 3)}
        for name, points in lines.items()
        for budget, point in points.items()
    ]
    position = {
        "budget": settings.network_budget,
        "cost": round(reading.cost_per_mwh, 3),
        "own": settings.network_budget is None,
    }
    return {"frontier": rows, "position": [position]}


def _flows(scenario: xr.Dataset, shown: Reading) -> pd.DataFrame:
    """Relocated flows large enough to draw, largest first, with the columns of Figure 1."""
    mw = shown.flow.sum(axis=2)
    percent = 100 * mw / mw.sum()
    at_home = scenario[SERVICE].values[:, None] == scenario[REGION].values
    home, region = np.nonzero((percent >= 100 * LEAST_FLOW) & ~at_home)
    names = region_names(scenario)
    ends = {
        f"{end}_{axis}": scenario[f"{dim}_{axis}"].values[position]
        for end, dim, position in (("home", SERVICE, home), ("region", REGION, region))
        for axis in ("longitude", "latitude")
    }
    rtt = scenario.rtt.transpose(SERVICE, REGION).values[home, region]
    flows = pd.DataFrame(
        {
            "home": [names[label] for label in scenario[SERVICE].values[home]],
            "region": [names[label] for label in scenario[REGION].values[region]],
            "mw": mw[home, region].round(2),
            "percent": percent[home, region].round(3),
            "rtt": rtt.round(1),
            "layer": np.where(rtt <= REGIONAL_RTT, *LAYERS[1:]),
        }
    ).assign(**ends)
    return flows.sort_values(["mw", "home", "region"], ascending=[False, True, True], ignore_index=True)


def _regions(scenario: xr.Dataset, shown: Reading) -> list[dict]:
    """Compute regions with their load, largest first, so that small marks lie on large ones."""
    mw = shown.flow.sum(axis=(0, 2))
    names = region_names(scenario)
    regions = pd.DataFrame(
        {
            "name": [names[label] for label in scenario[REGION].values],
            "longitude": scenario.region_longitude.values,
            "latitude": scenario.region_latitude.values,
            "mw": mw.round(2),
            "percent": (100 * mw / mw.sum()).round(3),
        }
    )
    return regions.sort_values(["mw", "name"], ascending=[False, True]).to_dict("records")


def _layers(classes: list[str], reading: Reading) -> list[dict]:
    """Shares of the layers by class and over all, with the start and end of each bar."""
    share = np.column_stack([reading.share @ reading.demand / reading.demand.sum(), reading.share])
    ends = share.cumsum(axis=0)
    return [
        {
            "workload": workload,
            "layer": layer,
            "share": round(float(share[number, column]), 4),
            "start": round(float(ends[number, column] - share[number, column]), 4),
            "end": round(float(ends[number, column]), 4),
        }
        for column, workload in enumerate(["all", *classes])
        for number, layer in enumerate(LAYERS)
    ]


def _against_local(base: float, placed: float) -> list[dict]:
    return [
        {"case": ALL_LOCAL, "value": round(base, 3), "text": f"{base:.3g}"},
        {"case": PLACED, "value": round(placed, 3), "text": f"{placed:.3g} ({change(placed, base)})"},
    ]


def change(value: float, base: float) -> str:
    """Change against a base as text, such as ``−39 %``; nothing where the base is not positive."""
    percent = percent_change(value, base)
    digits = 0 if abs(percent) >= 10 else 1
    return "" if np.isnan(percent) else f"{percent:+.{digits}f} %".replace("-", "−")

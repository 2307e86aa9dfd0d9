"""Data of the explorer's picture, updated when a setting changes."""

from dataclasses import replace

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.charts.flows import arrow_heads, line
from geofront.charts.projection import Disc, WorldFrame
from geofront.charts.titles import region_names
from geofront.explore.explorer import Explorer
from geofront.explore.ranges import Ranges
from geofront.explore.reading import Reading
from geofront.explore.settings import BUDGETS, Settings
from geofront.names import LAYERS, REGION, REGIONAL_RTT, SERVICE
from geofront.quantities.comparison import percent_change

LEAST_FLOW = 0.002
"""Smallest flow that is drawn, as a share of the demand shown [-]."""

LEAST_RANGE = 0.005
"""Width below which a range of a share is not drawn [-]."""

NOW, REFERENCE = "now", "reference"
"""The two lines of the frontier: at the settings shown, and at those they are compared with."""
ALL_LOCAL, PLACED = "all-local", "placed"

Rows = dict[str, list[dict]]


def datasets(
    explorer: Explorer, frame: WorldFrame | Disc, settings: Settings | None = None, reading: Reading | None = None
) -> Rows:
    """Make the rows of every part of the picture, by the name of its dataset.

    Parameters
    ----------
    explorer : Explorer
    frame : WorldFrame or Disc
        Frame of the map; arrows have positions in pixels.
    settings : Settings, optional
        By default the current ones.
    reading : Reading, optional
        By default the reading of the optimal placement at these settings.

    Returns
    -------
    dict
        ``flows`` (GeoJSON), ``arrows``, ``regions``, ``layers``, ``ranges``, ``cost``, ``carbon``, ``frontier``,
        ``lines`` and ``position``.
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
        "arrows": arrow_heads(flows, frame).assign(area=(30 + 12 * flows.percent).round(1)).to_dict("records"),
        "regions": _regions(scenario, shown),
        **_layers(explorer.classes, reading, explorer.ranges_if_known(settings)),
        "cost": _against_local(shown.local_cost_per_mwh, shown.cost_per_mwh),
        "carbon": _against_local(shown.local_carbon_per_mwh, shown.carbon_per_mwh),
        **frontier_rows(explorer, settings, reading),
    }


def named(rows: Rows, name: str) -> alt.InlineData:
    """One dataset of a chart, which the page replaces by its name."""
    return alt.InlineData(values=rows[name], name=name)


def frontier_rows(explorer: Explorer, settings: Settings, reading: Reading) -> Rows:
    """The part of :func:`datasets` that grows while the frontier is computed.

    The reference is priced at the present carbon price, as the line it is compared with.
    """
    held = explorer.held
    points = {NOW: explorer.frontier(settings)}
    if replace(settings, network_budget=held.network_budget) != held:
        extra = settings.carbon_price - held.carbon_price
        points[REFERENCE] = {budget: at.with_carbon_price(extra) for budget, at in explorer.frontier(held).items()}
    priced = "" if held.carbon_price == settings.carbon_price else f", {settings.carbon_price:g} USD/t"
    names = {NOW: "these settings", REFERENCE: reference_name(explorer) + priced}
    cost, own = round(reading.cost_per_mwh, 3), settings.network_budget is None
    rows = [
        {"line": line, "name": names[line], "budget": budget, "cost": round(point.cost_per_mwh, 3), "drawn": 1}
        for line, along in points.items()
        for budget, point in along.items()
    ]
    drawn = [line for line, along in points.items() if along]
    return {
        # An invisible point, because the scale of no points has no ends.
        "frontier": rows or [{"line": NOW, "name": names[NOW], "budget": BUDGETS[0], "cost": cost, "drawn": 0}],
        "lines": [{"line": line, "name": names[line], "y": 8 + 16 * row} for row, line in enumerate(drawn)],
        "position": [
            {"budget": settings.network_budget or BUDGETS[0], "cost": cost, "own": int(own), "common": int(not own)}
        ],
    }


def reference_name(explorer: Explorer) -> str:
    """What the present settings are compared with."""
    return "at first" if explorer.held == explorer.at_first else "A"


def chosen_row(rows: Rows, label: str) -> Rows:
    """The dataset ``chosen``: the region whose price and capacity the knobs change."""
    return {"chosen": [row for row in rows["regions"] if row["label"] == label]}


def _flows(scenario: xr.Dataset, shown: Reading) -> pd.DataFrame:
    """Relocated flows of at least `LEAST_FLOW`, largest first, with the columns of Figure 1."""
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
    """Compute regions with their load, largest first, so that small marks are drawn over large ones."""
    mw = shown.flow.sum(axis=(0, 2))
    names = region_names(scenario)
    regions = pd.DataFrame(
        {
            "label": scenario[REGION].values.astype(str),
            "name": [names[label] for label in scenario[REGION].values],
            "longitude": scenario.region_longitude.values,
            "latitude": scenario.region_latitude.values,
            "mw": mw.round(2),
            "percent": (100 * mw / mw.sum()).round(3),
        }
    )
    return regions.sort_values(["mw", "name"], ascending=[False, True]).to_dict("records")


def _layers(classes: list[str], reading: Reading, ranges: Ranges) -> Rows:
    """Shares of the layers by class and over all, with the start and end of each bar, and how far the ends can move."""
    share = np.column_stack([reading.share @ reading.demand / reading.demand.sum(), reading.share])
    ends = share.cumsum(axis=0)
    bars, moves = [], []
    for column, workload in enumerate(["all", *classes]):
        for number, layer in enumerate(LAYERS):
            least, most = ranges.get((layer, workload), (None, None))
            bars.append(
                {
                    "workload": workload,
                    "layer": layer,
                    "share": round(float(share[number, column]), 4),
                    "start": round(float(ends[number, column] - share[number, column]), 4),
                    "end": round(float(ends[number, column]), 4),
                    "range": "" if least is None else f"{100 * least:.0f} to {100 * most:.0f} %",
                }
            )
            if least is not None and most - least > LEAST_RANGE and layer != LAYERS[1]:
                start, end = (least, most) if layer == LAYERS[0] else (1 - most, 1 - least)
                moves.append({"workload": workload, "start": round(start, 4), "end": round(end, 4)})
    return {"layers": bars, "ranges": moves}


def _against_local(base: float, placed: float) -> list[dict]:
    return [
        {"case": ALL_LOCAL, "value": round(base, 3), "text": f"{base:.3g}"},
        {"case": PLACED, "value": round(placed, 3), "text": f"{placed:.3g} ({change(placed, base)})"},
    ]


def change(value: float, base: float) -> str:
    """Format a change against a base, such as ``−39 %``; empty if the base is not positive."""
    percent = percent_change(value, base)
    if np.isnan(percent):
        return ""
    text = f"{percent:+.{0 if abs(percent) >= 9.95 else 1}f} %".replace("-", "−")
    return "0.0 %" if text[1:] == "0.0 %" else text

"""Figure 3: where and when each class runs, with the share of each layer below."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, number
from geofront.charts.marks import heading, text_width
from geofront.charts.theme import FAINT, FRAME, INK, SEQUENTIAL, WIDTH, layer_scales
from geofront.charts.titles import array_title, class_names, region_names
from geofront.names import HOUR, LAYERS, REGION, WEIGHT, WORKLOAD
from geofront.results import LAYER_RANGES, result
from geofront.results import LAYERS as OF_LAYERS
from geofront.scenarios.alignment import check_labels
from geofront.scenarios.snapshots import annual_mean, time_stamps
from geofront.scenarios.validation import with_names

_WHOLE = 1e-3
"""Largest distance from 1 at which a sum of shares counts as a whole [-]."""
_GAP, _ROW, _ROOM_FOR_SHARE, _ROOM_FOR_RANGE = 10, 16, 40, 46


@checked(scenario=with_names, layers=result(OF_LAYERS), ranges=result(LAYER_RANGES), least_power=number("MW", least=0))
def execution(
    scenario: xr.Dataset, layers: xr.Dataset, *, ranges: xr.Dataset | None = None, least_power: float | None = None
) -> alt.VConcatChart:
    """Draw where each class runs by region and UTC hour, and the share of each layer (Figure 3).

    Parameters
    ----------
    scenario : xarray.Dataset
        Scenario with the names of the regions; its ``price`` (region, hour) [USD/MWh] sorts them, cheapest first.
    layers : xarray.Dataset
        Result of :func:`geofront.layers`: ``power`` (layer, region, workload, hour) [MW], averaged over days by
        weight, and ``share`` (layer, workload) [-].
    ranges : xarray.Dataset, optional
        ``least`` and ``most`` (layer, workload) [-]: ranges of the shares at equal cost. Without them, bars show the
        placement's own shares.
    least_power : float, optional
        Smallest IT power that is drawn [MW], by default 0.2 % of the mean demand. The subtitle shows it.

    Returns
    -------
    altair.VConcatChart
        One column per class.

    Raises
    ------
    GeofrontError
        If an argument is invalid.
    """
    names, regions = class_names(scenario), region_names(scenario)
    check_labels(scenario, layers, REGION, WORKLOAD)
    if ranges is not None:
        check_labels(scenario, ranges, WORKLOAD)
    power = _power_by_hour(layers)
    if least_power is None:
        least_power = float(f"{0.002 * power.mw.sum() / 24:.1g}")
    power = power[power.mw >= least_power]
    look = _Look(
        regions=[regions[label] for label in _by_price(scenario)],
        classes=[str(label) for label in layers[WORKLOAD].values],
        power_title=array_title(layers.power),
        most_power=float(power.mw.max()) if len(power) else 1.0,
        share_title=array_title(layers.share),
        bars_title="Share by layer [%]" + ("" if ranges is None else "; hollow: left open at equal cost"),
        largest_share=float(layers.share.max() if ranges is None else ranges.most.max()),
        room=_ROOM_FOR_SHARE if ranges is None else _ROOM_FOR_RANGE,
    )
    power = power.assign(name=power.region.map(regions))
    shares = _shares(layers, ranges)
    maps = [_heat_map(power[power.workload == label], label, names[label], look) for label in look.classes]
    bars = [_layer_bars(shares[shares.workload == label], label, look) for label in look.classes]
    flush = {"spacing": _GAP, "bounds": "flush"}
    return (
        alt.vconcat(alt.hconcat(*maps, **flush), alt.hconcat(*bars, **flush), spacing=16)
        .resolve_scale(color="independent")
        .properties(
            title=alt.Title(
                "Where and when each class runs",
                subtitle=f"Regions from the cheapest down; white: below {least_power:g} MW",
            ),
            description=_description(shares, names),
        )
    )


@dataclass(frozen=True)
class _Look:
    """Properties shared by all columns."""

    regions: list[str]
    classes: list[str]
    power_title: str
    most_power: float
    share_title: str
    bars_title: str
    largest_share: float
    room: int
    """Width of the texts after the bars [px]."""

    @property
    def width(self) -> int:
        """Width of a column [px]: a whole number per hour, to avoid seams between cells."""
        names = max(text_width(name) for name in [*self.regions, *LAYERS])
        room = WIDTH - names - _GAP * len(self.classes)
        return 24 * max(1, int(room / len(self.classes) / 24))


def _by_price(scenario: xr.Dataset) -> list[str]:
    mean = annual_mean(scenario.price).to_series()
    return [str(label) for label in mean.sort_values(kind="stable").index]


def _power_by_hour(layers: xr.Dataset) -> pd.DataFrame:
    """IT power by region, class and hour of the day, averaged over the year: ``mw`` [MW]."""
    weight = layers[WEIGHT].to_series()
    clock = time_stamps(layers).hour.rename("clock")
    run = (layers.power.sum("layer") * layers[WEIGHT]).transpose(HOUR, REGION, WORKLOAD)
    columns = pd.MultiIndex.from_product([run[REGION].values, run[WORKLOAD].values], names=[REGION, WORKLOAD])
    table = pd.DataFrame(run.values.reshape(len(clock), -1), index=clock, columns=columns)
    mean = table.groupby("clock").sum().div(weight.groupby(clock).sum(), axis=0)
    return mean.unstack().rename("mw").round(2).reset_index()


def _shares(layers: xr.Dataset, ranges: xr.Dataset | None = None) -> pd.DataFrame:
    """Share of each layer by class, rounded for its bar; the texts ``per_cent`` and ``tooltip`` are rounded once."""
    ends = [layers.share, layers.share] if ranges is None else [ranges.least, ranges.most]
    share, most = (each.transpose(*layers.share.dims).to_series() for each in ends)
    table = pd.DataFrame({"share": share, "most": most}).dropna().clip(lower=0)
    whole = table.groupby(level=WORKLOAD, group_keys=False).apply(_whole_per_cent)
    texts = {
        "per_cent": [_span(*row, ".0f") for row in whole.loc[table.index].itertuples(index=False)],
        "tooltip": [_span(*row, ".1f") for row in (100 * table[["share", "most"]]).itertuples(index=False)],
    }
    return table.assign(share=table.share.round(4), most=table.most.round(4), **texts).reset_index()


def _whole_per_cent(shares: pd.DataFrame) -> pd.DataFrame:
    """Shares of one class in whole per cent; the regional one takes what rounding leaves, so that they add up to 100.

    Of ranges, the least of one layer and the most of the other add up.
    """
    per_cent = (100 * shares[["share", "most"]]).round()
    at_home, regional, far = ([label for label in shares.index if label[0] == layer] for layer in LAYERS)
    if not (at_home and regional and far):
        return per_cent
    for end, opposite in (("share", "most"), ("most", "share")):
        others = shares.at[at_home[0], end] + shares.at[far[0], opposite]
        if abs(others + shares.at[regional[0], end] - 1) < _WHOLE:
            per_cent.loc[regional, end] = 100 - per_cent.at[at_home[0], end] - per_cent.at[far[0], opposite]
    return per_cent


def _span(least: float, most: float, form: str) -> str:
    """``38–63%``, or ``38%`` if both ends are equal once rounded."""
    return "–".join(dict.fromkeys(format(end, form) for end in (least, most))) + "%"


def _heat_map(power: pd.DataFrame, label: str, name: str, look: _Look) -> alt.LayerChart:
    first = label == look.classes[0]
    legend = alt.Legend(orient="top", direction="horizontal", titleOrient="left", gradientLength=180, tickCount=4)
    cells = (
        alt.Chart(power)
        .mark_rect()
        .transform_calculate(clock_end="datum.clock + 1")
        .encode(
            x=alt.X(
                "clock:Q",
                title="UTC [h]",
                scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=[0, 6, 12, 18], labelExpr="datum.value % 12 ? '' : datum.value", grid=False),
            ),
            x2="clock_end:Q",
            y=alt.Y(
                "name:N",
                title=None,
                sort=look.regions,
                scale=alt.Scale(domain=look.regions),
                axis=alt.Axis(labels=first, ticks=False, domain=False, grid=False),
            ),
            color=alt.Color(
                "mw:Q",
                title=look.power_title,
                legend=legend,
                scale=alt.Scale(
                    range=list(SEQUENTIAL),
                    interpolate="lab",
                    domain=np.linspace(0, look.most_power, len(SEQUENTIAL)).tolist(),
                ),
            ),
            tooltip=[
                alt.Tooltip("name:N", title="region"),
                alt.Tooltip("workload:N", title="class"),
                alt.Tooltip("clock:Q", title="UTC hour"),
                alt.Tooltip("mw:Q", title=look.power_title, format=",.1f"),
            ],
        )
    )
    return alt.layer(cells, heading(name, look.width), view=alt.ViewConfig(stroke=FRAME)).properties(
        width=look.width, height=_ROW * len(look.regions)
    )


def _layer_bars(shares: pd.DataFrame, label: str, look: _Look) -> alt.LayerChart:
    first = label == look.classes[0]
    scale = alt.Scale(domain=[0, look.largest_share], range=[0, look.width - look.room])
    bars = alt.Chart(shares).encode(
        x=alt.X("share:Q", axis=None, scale=scale),
        y=alt.Y(
            "layer:N",
            title=None,
            sort=list(LAYERS),
            scale=alt.Scale(domain=list(LAYERS)),
            axis=alt.Axis(labels=first, ticks=False, domain=False),
        ),
        tooltip=[alt.Tooltip("workload:N", title="class"), "layer:N", alt.Tooltip("tooltip:N", title=look.share_title)],
    )
    colour = alt.Color("layer:N", scale=layer_scales()["color"], legend=None)
    numbers = bars.mark_text(align="left", dx=4, color=INK).encode(
        x=alt.X("most:Q", axis=None, scale=scale), text="per_cent:N"
    )
    # Pale bars would look like local ones in a print without colour.
    left_open = (
        bars.mark_bar(height=11, fill="#FFFFFF", stroke=FAINT, strokeWidth=1)
        .transform_filter("datum.most > datum.share")
        .encode(x2="most:Q")
    )
    layers = [left_open, bars.mark_bar(height=12).encode(color=colour), numbers]
    if first:
        above = alt.Chart(alt.Data(values=[{"heading": look.bars_title}])).mark_text(
            align="left", baseline="line-bottom"
        )
        layers.append(above.encode(x=alt.value(0), y=alt.value(-6), text="heading:N"))
    return alt.layer(*layers).properties(width=look.width, height=_ROW * len(LAYERS) + 6)


def _description(shares: pd.DataFrame, names: dict[str, str]) -> str:
    parts = [
        f"{names[label]}: " + ", ".join(f"{row.per_cent} {row.layer}" for row in group.itertuples())
        for label, group in shares.groupby(WORKLOAD, sort=False)
    ]
    return (
        "Heat maps of where each class runs, by region and UTC hour, and bars of layer shares. "
        + "; ".join(parts)
        + "."
    )

"""Figure 3: where and when each class runs, with the share of each layer beneath."""

from dataclasses import dataclass

import altair as alt
import pandas as pd
import xarray as xr

from geofront.charts.marks import heading, text_width
from geofront.charts.theme import FRAME, INK, SEQUENTIAL, WIDTH, layer_scales
from geofront.charts.titles import array_title, class_names, region_names, require_dataset
from geofront.names import HOUR, LAYERS, REGION, WEIGHT, WORKLOAD
from geofront.scenarios.snapshots import annual_mean, time_stamps

_GAP, _ROW, _ROOM_FOR_SHARE = 10, 16, 40


def execution(scenario: xr.Dataset, layers: xr.Dataset, *, least_power: float | None = None) -> alt.VConcatChart:
    """Where each class runs, by region and UTC hour, and how much of it in which layer (Figure 3).

    Parameters
    ----------
    scenario : xarray.Dataset
        Its ``price`` (region, hour) [USD/MWh] sorts the regions, cheapest first; and their names.
    layers : xarray.Dataset
        What :func:`geofront.layers` returned: ``power`` (layer, region, workload, hour) [MW], of which days
        are averaged by their weights, and ``share`` (layer, workload) [1].
    least_power : float, optional
        IT power below this is not drawn [MW]; by default 0.2 % of the mean demand. The subtitle says so.

    Returns
    -------
    altair.VConcatChart
        One column per class.

    Raises
    ------
    GeofrontError
        An argument is something else.
    """
    require_dataset(scenario, "scenario", "execution", ("price", "demand"), "gf.stylized")
    require_dataset(layers, "layers", "execution", ("power", "share"), "gf.layers")
    names, regions = class_names(scenario), region_names(scenario)
    power = _power_by_hour(layers)
    if least_power is None:
        least_power = float(f"{0.002 * power.mw.sum() / 24:.1g}")
    power = power[power.mw >= least_power]
    look = _Look(
        regions=[regions[label] for label in _by_price(scenario)],
        classes=[str(label) for label in layers[WORKLOAD].values],
        power_title=array_title(layers.power), most_power=float(power.mw.max()) if len(power) else 1.0,
        share_title=array_title(layers.share), largest_share=float(layers.share.max()),
    )
    power = power.assign(name=power.region.map(regions))
    shares = _shares(layers)
    maps = [_heat_map(power[power.workload == label], label, names[label], look) for label in look.classes]
    bars = [_layer_bars(shares[shares.workload == label], label, look) for label in look.classes]
    flush = {"spacing": _GAP, "bounds": "flush"}
    return alt.vconcat(alt.hconcat(*maps, **flush), alt.hconcat(*bars, **flush), spacing=16).resolve_scale(
        color="independent").properties(
        title=alt.Title("Where and when each class runs",
                        subtitle=f"Regions from cheapest to dearest; white: below {least_power:g} MW"),
        description=_description(shares, names),
    )


@dataclass(frozen=True)
class _Look:
    """What all columns share."""

    regions: list[str]
    classes: list[str]
    power_title: str
    most_power: float
    share_title: str
    largest_share: float

    @property
    def width(self) -> int:
        """Of a column [px]: a whole number per hour, because anything else shows as seams between cells."""
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


def _shares(layers: xr.Dataset) -> pd.DataFrame:
    """Share of each layer by class, rounded for its bar; as text, ``per_cent`` and ``tooltip`` are rounded but once."""
    table = layers.share.to_series().dropna().clip(lower=0).reset_index()
    return table.assign(share=table.share.round(4), per_cent=table.share.map("{:.0%}".format),
                        tooltip=table.share.map("{:.1%}".format))


def _heat_map(power: pd.DataFrame, label: str, name: str, look: _Look) -> alt.LayerChart:
    first = label == look.classes[0]
    legend = alt.Legend(orient="top", direction="horizontal", titleOrient="left", gradientLength=180, tickCount=4)
    cells = alt.Chart(power).mark_rect().transform_calculate(clock_end="datum.clock + 1").encode(
        x=alt.X("clock:Q", title="UTC [h]", scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=[0, 6, 12, 18], labelExpr="datum.value % 12 ? '' : datum.value", grid=False)),
        x2="clock_end:Q",
        y=alt.Y("name:N", title=None, sort=look.regions, scale=alt.Scale(domain=look.regions),
                axis=alt.Axis(labels=first, ticks=False, domain=False, grid=False)),
        color=alt.Color("mw:Q", title=look.power_title, legend=legend, scale=alt.Scale(
            scheme=SEQUENTIAL, reverse=True, domain=[0, look.most_power])),
        tooltip=[alt.Tooltip("name:N", title="region"), alt.Tooltip("workload:N", title="class"),
                 alt.Tooltip("clock:Q", title="UTC hour"),
                 alt.Tooltip("mw:Q", title=look.power_title, format=",.1f")],
    )
    return alt.layer(cells, heading(name, look.width), view=alt.ViewConfig(stroke=FRAME)).properties(
        width=look.width, height=_ROW * len(look.regions))


def _layer_bars(shares: pd.DataFrame, label: str, look: _Look) -> alt.LayerChart:
    first = label == look.classes[0]
    bars = alt.Chart(shares).encode(
        x=alt.X("share:Q", axis=None, scale=alt.Scale(
            domain=[0, look.largest_share], range=[0, look.width - _ROOM_FOR_SHARE])),
        y=alt.Y("layer:N", title=None, sort=list(LAYERS), scale=alt.Scale(domain=list(LAYERS)),
                axis=alt.Axis(labels=first, ticks=False, domain=False)),
        tooltip=[alt.Tooltip("workload:N", title="class"), "layer:N",
                 alt.Tooltip("tooltip:N", title=look.share_title)],
    )
    colour = alt.Color("layer:N", scale=layer_scales()["color"], legend=None)
    numbers = bars.mark_text(align="left", dx=4, color=INK).encode(text="per_cent:N")
    return alt.layer(bars.mark_bar(height=12).encode(color=colour), numbers).properties(
        width=look.width, height=_ROW * len(LAYERS) + 6)


def _description(shares: pd.DataFrame, names: dict[str, str]) -> str:
    parts = [f"{names[label]}: " + ", ".join(f"{row.per_cent} {row.layer}" for row in group.itertuples())
             for label, group in shares.groupby(WORKLOAD, sort=False)]
    return ("Heat maps of where each class runs, by region and UTC hour, and bars of layer shares. "
            + "; ".join(parts) + ".")

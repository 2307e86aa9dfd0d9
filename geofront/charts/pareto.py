"""Least cost against emissions, one panel per carbon signal, with the placement policies of Table 6."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, instance, mapping, same_names
from geofront.charts.marks import halo, padded
from geofront.charts.policies import CARBON, COST
from geofront.charts.theme import BLUE, FAINT, INK, VERMILLION
from geofront.charts.titles import column_title
from geofront.names import CARBON_SIGNAL
from geofront.results import FRONT, result

PRICES = (100.0, 400.0, 1000.0)
"""Carbon prices marked on a front [USD/t]."""

_WIDTH, _HEIGHT = 424, 150
_MOST_POINTS = 200
"""Largest number of points drawn on a front; more are indistinguishable."""


@checked(
    fronts=mapping(result(FRONT), "what gf.pareto returned, by carbon signal"),
    local=mapping(instance(pd.Series, "pass what gf.totals returned"), "totals by carbon signal"),
)
def pareto(fronts: Mapping[str, xr.Dataset], local: Mapping[str, pd.Series]) -> alt.VConcatChart:
    """Draw the least cost at every level of emissions, one panel per carbon signal.

    Parameters
    ----------
    fronts : mapping of str to xarray.Dataset
        Results of :func:`geofront.pareto` by carbon signal.
    local : mapping of str to pandas.Series
        :func:`geofront.totals` of all-local execution by carbon signal.

    Returns
    -------
    altair.VConcatChart
        Emissions and cost in per cent of all-local execution. Points mark some carbon prices along the front.
    """
    same_names(fronts=fronts, local=local)
    panels = [_panel(name, front, local[name], last=name == list(fronts)[-1]) for name, front in fronts.items()]
    return alt.vconcat(*panels, spacing=14).properties(
        title=alt.Title(
            "What less carbon costs",
            subtitle=[
                "Line: least cost at each level of emissions",
                "Circles: the carbon price that leads there; cross: all local",
            ],
        ),
        description=_description(fronts, local),
    )


def _panel(signal: str, front: xr.Dataset, local: pd.Series, last: bool) -> alt.LayerChart:
    scale = {COST: 100 / local[COST], CARBON: 100 / local[CARBON]}
    frame = pd.DataFrame(
        {name: front[name].values * factor for name, factor in scale.items()}
        | {"carbon_price": front.carbon_price.values}
    )
    marks = frame.iloc[[np.searchsorted(frame.carbon_price, price, side="right") - 1 for price in PRICES]]
    marks = marks.assign(text=[f"{price:g} USD/t" for price in PRICES]).drop_duplicates([COST, CARBON])
    shown = frame.iloc[np.unique(np.linspace(0, len(frame) - 1, _MOST_POINTS).astype(int))]
    home = pd.DataFrame({COST: [100.0], CARBON: [100.0], "text": ["all local"]})
    both = pd.concat([frame, home])
    x = alt.X(
        f"{CARBON}:Q",
        title="Emissions [% of all-local]" if last else None,
        scale=alt.Scale(domain=padded(both[CARBON], 0.06), nice=False),
        axis=alt.Axis(grid=False, tickCount=6),
    )
    y = alt.Y(
        f"{COST}:Q",
        title="Cost [% of all-local]",
        scale=alt.Scale(domain=padded(both[COST], 0.1), nice=False),
        axis=alt.Axis(tickCount=4, minExtent=30),
    )
    tooltip = [alt.Tooltip(f"{name}:Q", title=column_title(frame, name)) for name in (COST, CARBON)]
    line = alt.Chart(shown.round(3)).mark_line(color=BLUE).encode(x, y, order=alt.Order("carbon_price:Q"))
    points = (
        alt.Chart(marks.round(3))
        .mark_point(color=BLUE, filled=True, opacity=1, size=45)
        .encode(x, y, tooltip=["text:N", *tooltip])
    )
    text = (
        alt.Chart(marks.round(3))
        .mark_text(align="left", baseline="bottom", dx=5, dy=-3, color=INK)
        .encode(x, y, text="text:N")
    )
    cross = alt.Chart(home).mark_point(shape="cross", color=VERMILLION, filled=True, opacity=1, size=90).encode(x, y)
    rule = alt.Chart(home).mark_rule(color=FAINT, strokeDash=[3, 3]).encode(y=y)
    title = CARBON_SIGNAL[signal].title if signal in CARBON_SIGNAL else signal
    return alt.layer(rule, line, halo(text), text, points, cross).properties(
        width=_WIDTH, height=_HEIGHT, title=alt.Title(title, anchor="middle", offset=4)
    )


def _description(fronts: Mapping[str, xr.Dataset], local: Mapping[str, pd.Series]) -> str:
    parts = []
    for name, front in fronts.items():
        ends = [
            f"{float(front[CARBON][at]) / local[name][CARBON]:.0%} of emissions for "
            f"{float(front[COST][at]) / local[name][COST]:.0%} of cost"
            for at in (0, -1)
        ]
        parts.append(f"{name}: from {ends[0]} to {ends[1]}, against all-local execution.")
    return "Line charts of least cost against emissions. " + " ".join(parts)

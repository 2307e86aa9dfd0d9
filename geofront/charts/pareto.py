"""Least cost against emissions, one panel per carbon signal, with the placement policies of Table 6."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, instance, mapping, same_names
from geofront.charts.marks import cut_mark, halo, heading, letter, padded, panel_letters
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
    frames = {name: _relative(front, local[name]) for name, front in fronts.items()}
    domains = {
        quantity: padded(pd.concat([*(frame[quantity] for frame in frames.values()), pd.Series([100.0])]), room)
        for quantity, room in ((COST, 0.1), (CARBON, 0.06))
    }
    letters = panel_letters()
    panels = [
        _panel(name, frame, domains, next(letters), last=name == list(fronts)[-1]) for name, frame in frames.items()
    ]
    return alt.vconcat(*panels, spacing=14).properties(
        title=alt.Title(
            "What less carbon costs",
            subtitle=[
                "Line: least cost at each level of emissions",
                "Circles: the carbon price that leads there; cross: all local",
                "Axes do not begin at zero",
            ],
        ),
        description=_description(fronts, local),
    )


def _relative(front: xr.Dataset, local: pd.Series) -> pd.DataFrame:
    """Cost and emissions of a front in percent of all-local execution, and its carbon prices."""
    shares = {name: 100 * front[name].values / local[name] for name in (COST, CARBON)}
    return pd.DataFrame(shares | {"carbon_price": front.carbon_price.values})


def _panel(signal: str, frame: pd.DataFrame, domains: dict[str, list[float]], name: str, last: bool) -> alt.LayerChart:
    marks = frame.iloc[[np.searchsorted(frame.carbon_price, price, side="right") - 1 for price in PRICES]]
    marks = marks.assign(text=[f"{price:g} USD/t" for price in PRICES]).drop_duplicates([COST, CARBON])
    shown = frame.iloc[np.unique(np.linspace(0, len(frame) - 1, _MOST_POINTS).astype(int))]
    home = pd.DataFrame({COST: [100.0], CARBON: [100.0], "text": ["all local"]})
    x = alt.X(
        f"{CARBON}:Q",
        title="Emissions [% of all-local]" if last else None,
        scale=alt.Scale(domain=domains[CARBON], nice=False),
        axis=alt.Axis(grid=False, tickCount=6, labels=last),
    )
    y = alt.Y(
        f"{COST}:Q",
        title="Cost [% of all-local]",
        scale=alt.Scale(domain=domains[COST], nice=False),
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
    layers = [rule, line, halo(text), text, points, cross, heading(title, _WIDTH), letter(name)]
    layers += [cut_mark(_HEIGHT)] if domains[COST][0] > 0 else []
    layers += [cut_mark(_HEIGHT, along_x=True)] if domains[CARBON][0] > 0 and last else []
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)


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

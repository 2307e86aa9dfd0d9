"""Least cost against emissions, one panel per carbon signal, with the placement policies of Table 6."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping, same_names, table
from geofront.charts.labels import place_labels
from geofront.charts.marks import cut_mark, halo, heading, letter, padded, panel_letters
from geofront.charts.policies import CARBON, COST
from geofront.charts.theme import BLACK, BLUE, INK, SHAPES
from geofront.charts.titles import column_title
from geofront.names import CARBON_SIGNAL
from geofront.results import FRONT, result

PRICES = (400.0, 1000.0)
"""Carbon prices that are marked on a front besides the prices of the joint policies [USD/t]."""

_WIDTH, _HEIGHT = 424, 170
_MARK = 60
_MOST_POINTS = 200
"""Largest number of points drawn on a front; more are indistinguishable."""


@checked(
    fronts=mapping(result(FRONT), "what gf.pareto returned, by carbon signal"),
    policies=mapping(
        table((COST, CARBON, "carbon_price"), ("policy", "objective"), maker="gf.policies"),
        "what gf.policies returned, by carbon signal",
    ),
)
def pareto(fronts: Mapping[str, xr.Dataset], policies: Mapping[str, pd.DataFrame]) -> alt.VConcatChart:
    """Draw the least cost at every level of emissions, one panel per carbon signal, with placement policies.

    Parameters
    ----------
    fronts : mapping of str to xarray.Dataset
        Results of :func:`geofront.pareto` by carbon signal.
    policies : mapping of str to pandas.DataFrame
        Results of :func:`geofront.policies` by carbon signal; the first row is the baseline.

    Returns
    -------
    altair.VConcatChart
        Emissions and cost in percent of the baseline. Points mark the policies placed under the signal, and carbon
        prices at which the front passes.
    """
    same_names(fronts=fronts, policies=policies)
    letters = panel_letters()
    panels = [
        _panel(name, front, policies[name].reset_index(), next(letters), last=name == list(fronts)[-1])
        for name, front in fronts.items()
    ]
    return alt.vconcat(*panels, spacing=14).properties(
        title=alt.Title(
            "What less carbon costs",
            subtitle=[
                "Line: least cost at each level of emissions",
                "Circles: joint policies and other optima, by carbon price [USD/t]",
                "Axes do not begin at zero",
            ],
        ),
        description=_description(fronts, policies),
    )


def _panel(signal: str, front: xr.Dataset, policies: pd.DataFrame, name: str, last: bool) -> alt.LayerChart:
    marks = _marks(front, policies)
    line = front[[COST, CARBON, "carbon_price"]].to_dataframe()
    line = line.iloc[np.unique(np.linspace(0, len(line) - 1, _MOST_POINTS).astype(int))]
    for frame in (marks, line):
        for quantity, factor in _percent(policies).items():
            frame[quantity] *= factor
    both = pd.concat([line, marks])
    emissions, cost = (padded(both[name], share) for name, share in ((CARBON, 0.08), (COST, 0.12)))

    def places(x: str, y: str) -> dict:
        return {
            "x": alt.X(
                f"{x}:Q",
                title="Emissions [% of all-local]" if last else None,
                scale=alt.Scale(domain=emissions, nice=False),
                axis=alt.Axis(grid=False, tickCount=6),
            ),
            "y": alt.Y(
                f"{y}:Q",
                title="Cost [% of all-local]",
                scale=alt.Scale(domain=cost, nice=False),
                axis=alt.Axis(tickCount=4, minExtent=30),
            ),
        }

    labels = _labels(marks, line, emissions, cost)
    texts = list(dict.fromkeys(marks.text))
    shapes = iter(SHAPES[1:] * len(marks))
    shape = alt.Shape(
        "text:N",
        legend=None,
        scale=alt.Scale(domain=texts, range=[SHAPES[0] if text[0].isdigit() else next(shapes) for text in texts]),
    )
    tooltip = [alt.Tooltip(f"{name}:Q", title=column_title(policies, name)) for name in (COST, CARBON)]
    title = CARBON_SIGNAL[signal].title if signal in CARBON_SIGNAL else signal
    drawn = (
        alt.Chart(line.round(3)).mark_line(color=BLUE).encode(order="carbon_price:Q", **places(CARBON, COST)),
        alt.Chart(labels).mark_rule(color=INK, strokeWidth=0.8).encode(x2="x2:Q", y2="y2:Q", **places("x", "y")),
    )
    text = alt.Chart(labels).mark_text().encode(text="text:N", **places("label_x", "label_y"))
    points = (
        alt.Chart(marks.round(3))
        .mark_point(color=BLACK, opacity=1, size=_MARK)
        .encode(shape=shape, tooltip=["text:N", *tooltip], **places(CARBON, COST))
    )
    layers = [*drawn, halo(text), text, points, heading(title, _WIDTH), letter(name)]
    layers += [cut_mark(_HEIGHT)] if cost[0] > 0 else []
    layers += [cut_mark(_HEIGHT, along_x=True)] if emissions[0] > 0 and last else []
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)


def _percent(policies: pd.DataFrame) -> pd.Series:
    """Percent of the baseline by cost and emissions; zero without any, for there is nothing to compare with."""
    baseline = policies[[COST, CARBON]].iloc[0]
    return (100 / baseline.where(baseline != 0)).fillna(0.0)


def _marks(front: xr.Dataset, policies: pd.DataFrame) -> pd.DataFrame:
    """Policies, and where the front passes further carbon prices, with what their labels say."""
    names = [f"{row.carbon_price:g}" if row.carbon_price else row.policy for row in policies.itertuples()]
    marks = policies[[COST, CARBON]].assign(text=names)
    prices = [price for price in PRICES if price not in set(policies.carbon_price)]
    passed = front.isel(point=np.searchsorted(front.carbon_price, prices, side="right") - 1)
    more = pd.DataFrame({name: passed[name].values for name in (COST, CARBON)}).assign(
        text=[f"{price:g}" for price in prices]
    )
    known = [more[name].isin(marks[name]) for name in (COST, CARBON)]
    return pd.concat([marks, more[~(known[0] & known[1])]], ignore_index=True)


def _labels(marks: pd.DataFrame, line: pd.DataFrame, emissions: list[float], cost: list[float]) -> pd.DataFrame:
    """Places of the labels, in the units of the axes."""
    left, bottom = emissions[0], cost[0]
    per_x, per_y = (emissions[1] - left) / _WIDTH, (cost[1] - bottom) / _HEIGHT

    def pixels(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"x": (frame[CARBON] - left) / per_x, "y": _HEIGHT - (frame[COST] - bottom) / per_y})

    # Spaces keep short labels apart, which would otherwise read as one number.
    at = pixels(marks).assign(text=" " + marks.text + " ", radius=np.sqrt(_MARK) / 2)
    obstacles = pd.concat([at.assign(weight=20.0), pixels(line).assign(radius=1.0, weight=1.5)])
    labels = place_labels(at, obstacles, (_WIDTH, _HEIGHT))
    labels["text"] = labels.text.str.strip()
    for name in ("label_x", "x", "x2"):
        labels[name] = (left + labels[name] * per_x).round(4)
    for name in ("label_y", "y", "y2"):
        labels[name] = (bottom + (_HEIGHT - labels[name]) * per_y).round(4)
    return labels


def _description(fronts: Mapping[str, xr.Dataset], policies: Mapping[str, pd.DataFrame]) -> str:
    parts = []
    for name, front in fronts.items():
        percent = _percent(policies[name])
        ends = [
            f"{float(front[CARBON][at]) * percent[CARBON]:.0f}% of emissions for "
            f"{float(front[COST][at]) * percent[COST]:.0f}% of cost"
            for at in (0, -1)
        ]
        parts.append(f"{name}: from {ends[0]} to {ends[1]}, against all-local execution.")
    return "Line charts of least cost against emissions, with placement policies as marks. " + " ".join(parts)

"""Figure E3: published emissions of a placement and the exact frontier of least emissions."""

from collections.abc import Mapping

import altair as alt
import pandas as pd
import xarray as xr

from geofront.arguments import checked, instance, mapping
from geofront.charts.marks import halo, legend_selection
from geofront.charts.theme import BLUE, DASHES, GREEN, SHAPES, VERMILLION, WIDTH
from geofront.charts.titles import column_title
from geofront.errors import GeofrontError, first_labels
from geofront.results import FRONTIER, result

_COLOURS = (BLUE, VERMILLION, GREEN)
_LINES, _POINTS = DASHES[:3], (SHAPES[0], SHAPES[3], SHAPES[2])
_PANEL, _HEIGHT = WIDTH - 70, 260
_CARBON, _LEAST = "carbon_per_mwh", "least"
_NOTABLE = 1.0
"""Smallest excess over the frontier that is written next to a point [%]."""


@checked(
    frontiers=mapping(result(FRONTIER, "carbon_per_mwh", "budget"), "what gf.latency_frontier returned, by curve"),
    published=instance(pd.DataFrame, "give a column of emissions by latency budget for each curve"),
)
def replay(frontiers: Mapping[str, xr.Dataset], published: pd.DataFrame) -> alt.LayerChart:
    """Draw published emissions and the least possible emissions against the latency budget.

    Parameters
    ----------
    frontiers : mapping of str to xarray.Dataset
        Results of :func:`geofront.latency_frontier` by the name of the curve; at most three.
    published : pandas.DataFrame
        Published emissions [kg/MWh]; the index is the latency budget [ms], columns are the names of the curves.

    Returns
    -------
    altair.LayerChart
        A step line for every frontier and a point for every published value, with its excess over the frontier if that
        is at least 1 %.

    Raises
    ------
    GeofrontError
        If there is no frontier or more than three, or the names of curves differ.
    """
    names = list(frontiers)
    if len(names) > len(_COLOURS):
        raise GeofrontError(f"replay: {len(names)} frontiers; give at most {len(_COLOURS)}.")
    if stray := set(map(str, published.columns)).symmetric_difference(names):
        raise GeofrontError(
            f"replay: frontiers and published values do not share {first_labels(sorted(stray))}; give "
            "both under the same names."
        )
    points = pd.concat([_points(published[name], each).assign(curve=name) for name, each in frontiers.items()])
    end = 10 * (1 + max(points.budget.max(), *(float(each.budget.max()) for each in frontiers.values())) // 10)
    steps = pd.concat([_steps(each, end).assign(curve=name) for name, each in frontiers.items()], ignore_index=True)
    picked, opacity = legend_selection("replay_curve", "curve")
    place = {
        "x": alt.X(
            "budget:Q",
            title=column_title(steps, "budget"),
            scale=alt.Scale(domain=[0, end], nice=False),
            axis=alt.Axis(tickCount=8),
        ),
        "y": alt.Y(f"{_CARBON}:Q", title=column_title(steps, _CARBON), scale=alt.Scale(zero=True)),
        "tooltip": [
            "curve:N",
            alt.Tooltip("budget:Q", title=column_title(steps, "budget")),
            alt.Tooltip(f"{_CARBON}:Q", title=column_title(steps, _CARBON), format=",.1f"),
        ],
    }
    scales = {
        "color": alt.Scale(domain=names, range=list(_COLOURS[: len(names)])),
        "dash": alt.Scale(domain=names, range=[list(dash) for dash in _LINES[: len(names)]]),
    }
    lines = (
        alt.Chart(steps)
        .mark_line(interpolate="step-after")
        .encode(
            color=alt.Color("curve:N", title=None, scale=scales["color"], legend=alt.Legend(symbolSize=300)),
            strokeDash=alt.StrokeDash("curve:N", title=None, scale=scales["dash"]),
            opacity=opacity,
            **place,
        )
    )
    # One layer per curve, because a shape scale would replace the lines in the legend by points.
    marks = [
        alt.Chart(points[points.curve == name])
        .mark_point(filled=True, opacity=1, size=80, color=colour, shape=shape, stroke="#FFFFFF", strokeWidth=0.8)
        .encode(**place)
        for name, colour, shape in zip(names, _COLOURS, _POINTS, strict=False)
    ]
    excess = alt.Chart(points[points.text != ""]).mark_text(align="left", dx=8, dy=-8).encode(text="text:N", **place)
    return alt.layer(lines.add_params(picked), halo(excess), excess, *marks).properties(
        width=_PANEL,
        height=_HEIGHT,
        description=_description(points),
        title=alt.Title(
            "Published emissions and the least possible",
            subtitle="Points: published; lines: exact frontier of least emissions",
        ),
    )


def _points(published: pd.Series, frontier: xr.Dataset) -> pd.DataFrame:
    """Published values with the least emissions at their budgets."""
    points = published.rename(_CARBON).rename_axis("budget").reset_index()
    points[_LEAST] = frontier[_CARBON].sel(budget=list(points.budget), method="ffill").values
    excess = 100 * (points[_CARBON] / points[_LEAST] - 1)
    points["text"] = excess.map("+{:.1f} %".format).where(excess >= _NOTABLE, "")
    return points.round({_CARBON: 3, _LEAST: 3})


def _steps(frontier: xr.Dataset, end: float) -> pd.DataFrame:
    """Breakpoints at which emissions change, and the value at the end of the axis."""
    curve = frontier[_CARBON].to_series().round(3)
    curve = curve[curve.diff() != 0]
    curve.loc[end] = curve.iloc[-1]
    return curve.rename_axis("budget").reset_index()


def _description(points: pd.DataFrame) -> str:
    parts = []
    for name, curve in points.groupby("curve", sort=False):
        rows = [f"{row.carbon_per_mwh:.1f} and {row.least:.1f} at {row.budget:g} ms" for row in curve.itertuples()]
        parts.append(f"{name}, published and least emissions [kg/MWh]: {', '.join(rows)}.")
    return "Step curves of least emissions against the latency budget, with published points. " + " ".join(parts)

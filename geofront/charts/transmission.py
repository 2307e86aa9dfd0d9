"""Physical transmission and digital relocation over distance (Table 1)."""

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, label
from geofront.charts.marks import class_points, legend_selection
from geofront.charts.theme import BLACK, FONT_SIZE, WIDTH, class_scales
from geofront.charts.titles import array_title, option_names
from geofront.results import OPTIONS, result

_HEIGHT, _GAP = 230, 5
_LINE_DASHES = ((1, 0), (8, 4), (2, 4))


@checked(options=result(OPTIONS))
def transmission(options: xr.Dataset, *, quantity: str = "cost") -> alt.LayerChart:
    """Draw the cost of one MWh of distant electricity, sent over a line or used at its source, over distance.

    Parameters
    ----------
    options : xarray.Dataset
        Result of :func:`geofront.transmission_or_relocation`: dims (option, distance), coordinates ``kind``, ``label``
        and ``distance`` [km], and ``feasible``.
    quantity : str
        Any of its variables, with its units; by default ``cost`` [USD/MWh].

    Returns
    -------
    altair.LayerChart
        Lines in black, classes in their colours, each up to its latency budget. The axis is logarithmic unless a value
        is zero or negative, because the cost of lines multiplies with distance.
    """
    drawn = pd.Index([name for name, array in options.data_vars.items() if array.dtype.kind == "f"])
    frame = _tidy(options, label(drawn, "variable")(quantity, "quantity"))
    reachable = frame[frame.feasible]
    y_title = array_title(options[quantity])
    picked, opacity = legend_selection("transmission_option", "name")
    x = alt.X(
        "km:Q",
        title=array_title(options.distance),
        axis=alt.Axis(tickCount=5, format=",d", grid=False),
        scale=alt.Scale(domain=[0, float(frame.km.max())], nice=False),
    )
    y = alt.Y("value:Q", title=y_title, **_scale(reachable.value))
    tooltip = [
        alt.Tooltip("name:N", title="option"),
        alt.Tooltip("km:Q", title="distance [km]", format=",d"),
        alt.Tooltip("value:Q", title=y_title, format=",.1f"),
    ]
    lines = (
        alt.Chart(reachable)
        .mark_line()
        .encode(x=x, y=y, opacity=opacity, tooltip=tooltip, **_looks(frame))
        .add_params(picked)
    )
    ends = _ends(reachable, float(frame.km.max()))
    letters = alt.Chart(ends).mark_text(dy=-14).encode(x=x, y=y, text="option:N")
    points = class_points(ends, "option", x=x, y=y, tooltip=tooltip)
    beyond = [
        alt.Chart(row).mark_text(align="left", dx=_GAP, dy=shift).encode(x=x, y=y, text="option:N")
        for row, shift in _beyond(reachable, float(frame.km.max()))
    ]
    return alt.layer(lines, letters, *points, *beyond).properties(
        width=WIDTH - 76 - (FONT_SIZE if beyond else 0),
        height=_HEIGHT,
        title=alt.Title(
            "Send the electricity, or send the requests", subtitle="A class's line ends where its latency budget does"
        ),
        description=_description(reachable, y_title),
    )


def _tidy(options: xr.Dataset, quantity: str) -> pd.DataFrame:
    """One row per option and distance: ``km``, ``value`` (five significant digits), ``feasible``, ``name``."""
    table = options[[quantity, "feasible"]].to_dataframe().reset_index()
    table = table.rename(columns={"distance": "km", quantity: "value"})
    table["name"] = table.option.map(option_names(options))
    table["value"] = [float(f"{value:.5g}") for value in table.value]
    return table[["option", "kind", "name", "km", "value", "feasible"]]


def _scale(values: pd.Series) -> dict:
    """Logarithmic scale between round numbers, or linear if a value is not positive."""
    low, high = float(values.min()), float(values.max())
    if low <= 0:
        return {"scale": alt.Scale(zero=True, nice=True), "axis": alt.Axis(tickCount=6)}
    rounds = np.array([1, 2, 5]) * 10.0 ** np.arange(-6, 13)[:, None]
    rounds = rounds[(rounds * 2.5 > low) & (rounds < high * 2.5)]
    below, above = rounds[rounds <= low].max(), rounds[rounds >= high].min()
    ticks = rounds[(rounds >= below) & (rounds <= above)].tolist()
    return {
        "scale": alt.Scale(type="log", domain=[below, above], nice=False),
        "axis": alt.Axis(values=ticks, format=",~g"),
    }


def _looks(frame: pd.DataFrame) -> dict:
    """Colour and dash of every option: classes as everywhere, power lines in black."""
    options = frame.drop_duplicates("option")
    lines = list(options.name[options.kind == "transmission"])
    classes = options[options.kind == "relocation"]
    scales = class_scales(list(classes.option))
    names = [*lines, *classes.name]
    dashes = [list(_LINE_DASHES[number % len(_LINE_DASHES)]) for number in range(len(lines))]
    return {
        "color": alt.Color(
            "name:N",
            title=None,
            legend=alt.Legend(columns=2, symbolSize=300),
            scale=alt.Scale(domain=names, range=[BLACK] * len(lines) + scales["color"].range),
        ),
        "strokeDash": alt.StrokeDash(
            "name:N", title=None, scale=alt.Scale(domain=names, range=dashes + scales["dash"].range)
        ),
    }


def _ends(reachable: pd.DataFrame, farthest: float) -> pd.DataFrame:
    """End points of lines that end before the axis."""
    last = reachable.loc[reachable.groupby("option").km.idxmax()]
    return last[last.km < farthest]


def _beyond(reachable: pd.DataFrame, farthest: float) -> list[tuple[pd.DataFrame, float]]:
    """Classes whose lines go on beyond the axis, one above the other, and how far to move each label down [px]."""
    last = reachable[(reachable.kind == "relocation") & (reachable.km == farthest)]
    last = last.sort_values("value", ascending=False)[["option", "km", "value"]]
    middle = (len(last) - 1) / 2
    return [(last.iloc[[i]], FONT_SIZE * (i - middle)) for i in range(len(last))]


def _description(reachable: pd.DataFrame, y_title: str) -> str:
    parts = []
    for name, group in reachable.groupby("name", sort=False):
        first, last = group.iloc[0], group.iloc[-1]
        parts.append(f"{name} from {first.value:.1f} at {first.km:,.0f} km to {last.value:.1f} at {last.km:,.0f} km")
    return f"Lines of {y_title} over distance, each as far as the latency budget allows: " + "; ".join(parts) + "."

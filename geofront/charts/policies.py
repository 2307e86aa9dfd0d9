"""Cost against emissions of the placement policies of Table 6, under each carbon signal."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from geofront.arguments import checked, either, mapping, table
from geofront.charts.labels import place_labels
from geofront.charts.marks import halo, heading, padded
from geofront.charts.theme import BLACK, FAINT, INK, SHAPES
from geofront.charts.titles import as_columns, column_title, require_columns
from geofront.names import CARBON_SIGNAL

COST, CARBON = "cost_per_mwh", "carbon_per_mwh"

_COLUMNS = ("carbon_signal", "policy", "objective", "carbon_price")
_WIDTH, _HEIGHT = 424, 130
_MARK = 70


@checked(
    tables=either(
        pd.DataFrame,
        table((COST, CARBON, "carbon_price"), ("carbon_signal", "policy", "objective"), maker="gf.policies"),
        mapping(
            table((COST, CARBON, "carbon_price"), ("policy", "objective"), maker="gf.policies"),
            "what gf.policies returned, by carbon signal",
        ),
    )
)
def policies(tables: Mapping[str, pd.DataFrame] | pd.DataFrame) -> alt.VConcatChart:
    """What each placement policy costs and emits, one panel per carbon signal.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame, or pandas.DataFrame
        What :func:`geofront.policies` returned, by carbon signal; or one frame with the columns or index
        levels ``carbon_signal``, ``policy``, ``objective``, ``carbon_price`` [USD/t], ``cost_per_mwh`` [USD/MWh]
        and ``carbon_per_mwh`` [kg/MWh].

    Returns
    -------
    altair.VConcatChart
        A line leads from the cheapest policy through the joint ones, in the order of their carbon prices.
        Costs have one axis for all signals, emissions one for each signal.

    Raises
    ------
    GeofrontError
        If columns are missing or there are no rows.
    """
    frame = as_columns(tables, "carbon_signal")
    require_columns(frame, (*_COLUMNS, COST, CARBON), "policies")
    frame = frame[[*_COLUMNS, COST, CARBON]].round({COST: 2, CARBON: 1})
    frame["text"] = [f"{row.carbon_price:g} USD/t" if row.carbon_price else row.policy for row in frame.itertuples()]
    cost = padded(frame[COST], 0.12)
    signals = list(dict.fromkeys(frame.carbon_signal))
    panels = [_panel(frame[frame.carbon_signal == signal], cost, last=signal == signals[-1]) for signal in signals]
    return alt.vconcat(*panels, spacing=8).properties(
        title=alt.Title("What placement policies cost and emit", subtitle="Line: a growing price on carbon"),
        description=_description(frame),
    )


def _panel(frame: pd.DataFrame, cost: list[float], last: bool) -> alt.LayerChart:
    carbon = padded(frame[CARBON], 0.12)
    signal = frame.carbon_signal.iloc[0]

    def places(x: str, y: str) -> dict:
        return {
            "x": alt.X(
                f"{x}:Q",
                title=column_title(frame, COST) if last else None,
                scale=alt.Scale(domain=cost, nice=False),
                axis=alt.Axis(labels=last, tickCount=6, grid=False),
            ),
            "y": alt.Y(
                f"{y}:Q",
                title=column_title(frame, CARBON),
                scale=alt.Scale(domain=carbon, nice=False),
                axis=alt.Axis(tickCount=4, minExtent=30),
            ),
        }

    marks = places(COST, CARBON)
    labels = _labels(frame, cost, carbon)
    policy = alt.Shape("policy:N", legend=None, scale=alt.Scale(domain=list(frame.policy), range=_shapes(frame)))
    numbers = [alt.Tooltip(f"{column}:Q", title=column_title(frame, column)) for column in (COST, CARBON)]
    line = (
        alt.Chart(frame[frame.objective == "cost"])
        .mark_line(color=FAINT, strokeWidth=1.5)
        .encode(order="carbon_price:Q", **marks)
    )
    points = (
        alt.Chart(frame)
        .mark_point(color=BLACK, opacity=1, size=_MARK)
        .encode(shape=policy, tooltip=["policy:N", *numbers], **marks)
    )
    leaders = alt.Chart(labels).mark_rule(color=INK, strokeWidth=0.8).encode(x2="x2:Q", y2="y2:Q", **places("x", "y"))
    text = alt.Chart(labels).mark_text().encode(text="text:N", **places("label_x", "label_y"))
    return alt.layer(line, leaders, halo(text), text, points, heading(_title(signal), _WIDTH)).properties(
        width=_WIDTH, height=_HEIGHT
    )


def _labels(frame: pd.DataFrame, cost: list[float], carbon: list[float]) -> pd.DataFrame:
    """Places of the labels, in the units of the axes."""
    left, bottom = cost[0], carbon[0]
    per_x, per_y = (cost[1] - cost[0]) / _WIDTH, (carbon[1] - carbon[0]) / _HEIGHT
    marks = pd.DataFrame(
        {
            "text": frame.text.to_numpy(),
            "x": ((frame[COST] - left) / per_x).to_numpy(),
            "y": (_HEIGHT - (frame[CARBON] - bottom) / per_y).to_numpy(),
            "radius": np.sqrt(_MARK) / 2,
        }
    )
    joint = frame.carbon_price[frame.objective == "cost"].sort_values()
    corners = marks.set_index(frame.index).loc[joint.index, ["x", "y"]].to_numpy()
    between = np.linspace(0, 1, 41)[:, None, None]
    line = (corners[:-1] * (1 - between) + corners[1:] * between).reshape(-1, 2)
    on_line = pd.DataFrame(line, columns=["x", "y"]).assign(radius=1.0, weight=1.5)
    labels = place_labels(marks, pd.concat([marks.assign(weight=20.0), on_line]), (_WIDTH, _HEIGHT))
    for column in ("label_x", "x", "x2"):
        labels[column] = (left + labels[column] * per_x).round(4)
    for column in ("label_y", "y", "y2"):
        labels[column] = (bottom + (_HEIGHT - labels[column]) * per_y).round(4)
    return labels


def _shapes(frame: pd.DataFrame) -> list[str]:
    """A shape of its own for every policy but the joint ones, which are alike and labelled by their price."""
    others = iter(SHAPES[1:] * len(frame))
    return [SHAPES[0] if carbon_price else next(others) for carbon_price in frame.carbon_price]


def _title(signal: str) -> str:
    return CARBON_SIGNAL[signal].title if signal in CARBON_SIGNAL else signal


def _description(frame: pd.DataFrame) -> str:
    parts = []
    for signal, group in frame.groupby("carbon_signal", sort=False):
        rows = [
            f"{row.policy} {getattr(row, COST):.0f} USD/MWh and {getattr(row, CARBON):.0f} kg/MWh"
            for row in group.itertuples()
        ]
        parts.append(f"{_title(signal)}: " + "; ".join(rows) + ".")
    return "Scatter plots of cost against emissions of placement policies. " + " ".join(parts)

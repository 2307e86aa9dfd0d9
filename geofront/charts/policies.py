"""Cost against emissions of the placement policies of Table 6, under each carbon signal."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from geofront.arguments import checked, either, mapping, table
from geofront.charts.labels import place_labels
from geofront.charts.marks import cut_mark, halo, heading, letter, padded, panel_letters
from geofront.charts.theme import BLACK, FAINT, SHAPES
from geofront.charts.titles import as_columns, column_title, require_columns
from geofront.names import CARBON_SIGNAL

COST, CARBON = "cost_per_mwh", "carbon_per_mwh"

_COLUMNS = ("carbon_signal", "policy", "objective", "carbon_price")
_WIDTH, _HEIGHT = 424, 130
_MARK = 70


@checked(
    tables=either(
        pd.DataFrame,
        table((COST, CARBON, "carbon_price"), ("policy", "objective"), maker="gf.policies"),
        mapping(
            table((COST, CARBON, "carbon_price"), ("policy", "objective"), maker="gf.policies"),
            "what gf.policies returned, by carbon signal",
        ),
    )
)
def policies(tables: Mapping[str, pd.DataFrame] | pd.DataFrame) -> alt.VConcatChart:
    """Draw cost and emissions of each placement policy, one panel per carbon signal.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame, or pandas.DataFrame
        Result of :func:`geofront.policies`, or results by carbon signal; or one frame with the columns or index levels
        ``carbon_signal``, ``policy``, ``objective``, ``carbon_price`` [USD/t], ``cost_per_mwh`` [USD/MWh] and
        ``carbon_per_mwh`` [kg/MWh].

    Returns
    -------
    altair.VConcatChart
        A line joins the cheapest policy and the joint ones, in the order of their carbon prices. All signals share one
        axis of costs, and each signal has its own axis of emissions.

    Raises
    ------
    GeofrontError
        If columns are missing or there are no rows.
    """
    frame = as_columns(tables, "carbon_signal")
    if "carbon_signal" not in frame:
        frame.insert(0, "carbon_signal", "")
    require_columns(frame, (*_COLUMNS, COST, CARBON), "policies")
    frame = frame[[*_COLUMNS, COST, CARBON]].round({COST: 2, CARBON: 1})
    frame["text"] = [f"{row.carbon_price:g} USD/t" if row.carbon_price else row.policy for row in frame.itertuples()]
    cost = padded(frame[COST], 0.12)
    signals = list(dict.fromkeys(frame.carbon_signal))
    letters = panel_letters()
    panels = [
        _panel(frame[frame.carbon_signal == signal], cost, next(letters), last=signal == signals[-1])
        for signal in signals
    ]
    is_cut = "; axes are cut" if cost[0] > 0 else ""
    return alt.vconcat(*panels, spacing=8).properties(
        title=alt.Title("What placement policies cost and emit", subtitle=f"Line: a growing price on carbon{is_cut}"),
        description=_description(frame),
    )


def _panel(frame: pd.DataFrame, cost: list[float], name: str, last: bool) -> alt.LayerChart:
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
    text = alt.Chart(labels).mark_text().encode(text="text:N", **places("label_x", "label_y"))
    layers = [line, halo(text), text, points, heading(_title(signal), _WIDTH), letter(name)]
    layers += [cut_mark(_HEIGHT)] if carbon[0] > 0 else []
    layers += [cut_mark(_HEIGHT, along_x=True)] if cost[0] > 0 and last else []
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)


def _labels(frame: pd.DataFrame, cost: list[float], carbon: list[float]) -> pd.DataFrame:
    """Positions of the labels, in the units of the axes."""
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
    return pd.DataFrame(
        {
            "text": labels.text,
            "label_x": (left + labels.label_x * per_x).round(4),
            "label_y": (bottom + (_HEIGHT - labels.label_y) * per_y).round(4),
        }
    )


def _shapes(frame: pd.DataFrame) -> list[str]:
    """Shape of every policy; the joint ones share one shape and are labelled by their price."""
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
        parts.append((f"{_title(signal)}: " if signal else "") + "; ".join(rows) + ".")
    return "Scatter plots of cost against emissions of placement policies. " + " ".join(parts)

"""Loss of the benefit of relocation to frictions (Table 7)."""

import altair as alt
import pandas as pd
import xarray as xr

from geofront.arguments import checked
from geofront.charts.marks import bars_with_numbers, heading, text_width
from geofront.charts.theme import DARK_BAR, LIGHT_BAR, WIDTH
from geofront.charts.titles import title
from geofront.model.costs import objective_of_result
from geofront.names import FRICTIONS, OBJECTIVE
from geofront.results import LOSSES, result

_GAP, _ROW, _ROOM_FOR_NUMBER = 12, 26, 38


@checked(losses=result(LOSSES, "benefit", "cumulative", "shapley"))
def friction_waterfall(losses: xr.Dataset) -> alt.HConcatChart:
    """Draw the losses to frictions added in order, and their Shapley values.

    Parameters
    ----------
    losses : xarray.Dataset
        Result of :func:`geofront.friction_losses`: ``benefit`` (subset), ``cumulative`` and ``shapley`` (friction), all
        in the same unit.

    Returns
    -------
    altair.HConcatChart
        Left: cumulative losses between the benefit without and with all frictions. Right: Shapley values, with the
        same sum. Title and axis name the benefit: a saving of cost, or avoided emissions.

    Raises
    ------
    GeofrontError
        If the losses are invalid.
    """
    units = losses["cumulative"].attrs.get("units", "USD/MWh")
    bars = _waterfall(losses)
    order = list(bars.name)
    room = int(WIDTH - max(map(text_width, order)) - 2 * _GAP)
    shapley = bars.assign(begin=0.0, end=bars.shapley, value=bars.shapley).dropna()
    panels = []
    benefit, of_benefit = "Benefit", "benefit of relocation"
    if objective_of_result(losses) is OBJECTIVE["carbon"]:
        benefit, of_benefit = "Emissions avoided", "emissions that relocation avoids"
    for frame, axis_title, name, share in (
        (bars, benefit, "One after the other", 0.58),
        (shapley, "Loss", "Shapley value", 0.37),
    ):
        width = int(room * share)
        text = (frame.value.round(1) + 0.0).map("{:.1f}".format).str.replace("-", "−")
        panels.append(
            alt.layer(
                bars_with_numbers(
                    frame.assign(text=text),
                    order,
                    title(axis_title, units),
                    width,
                    {"benefit": DARK_BAR, "loss": LIGHT_BAR},
                    row=_ROW,
                    room=_ROOM_FOR_NUMBER,
                    labels=not panels,
                    ticks=4,
                ),
                heading(name, width),
            )
        )
    return alt.hconcat(*panels, spacing=_GAP, bounds="flush").properties(
        title=alt.Title(f"What frictions take of the {of_benefit}"), description=_description(bars, units)
    )


def _waterfall(losses: xr.Dataset) -> pd.DataFrame:
    """Bars from ``begin`` to ``end``: the benefit without frictions, every loss, and the remaining benefit."""
    benefit = float(losses.benefit[0])
    lost = losses[["cumulative", "shapley"]].to_dataframe()
    left = (benefit - lost.cumulative.cumsum()).to_numpy()
    steps = pd.DataFrame(
        {
            "name": lost.index.map(str),
            "kind": "loss",
            "begin": left,
            "end": left + lost.cumulative.to_numpy(),
            "value": -lost.cumulative.to_numpy(),
            "shapley": lost.shapley.to_numpy(),
        }
    )
    last = "all frictions" if len(lost) == len(FRICTIONS) else "these frictions"
    ends = pd.DataFrame(
        {
            "name": ["no friction", last],
            "kind": "benefit",
            "begin": 0.0,
            "end": [benefit, left[-1]],
            "value": [benefit, left[-1]],
        }
    )
    return pd.concat([ends.head(1), steps, ends.tail(1)], ignore_index=True).round(4)


def _description(bars: pd.DataFrame, units: str) -> str:
    steps = bars.dropna(subset=["shapley"])
    parts = ", ".join(
        f"{row.name} {-row.value:.1f} (Shapley value {row.shapley:.1f})" for row in steps.itertuples(index=False)
    )
    return (
        f"Waterfall: a benefit of {bars.end.iloc[0]:.1f} {units} without frictions loses {parts}; "
        f"{bars.end.iloc[-1]:.1f} {units} are left with all frictions."
    )

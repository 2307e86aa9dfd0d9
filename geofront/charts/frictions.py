"""What frictions take of the benefit of relocation (Table 7)."""

import altair as alt
import pandas as pd
import xarray as xr

from geofront.charts.marks import heading, text_width
from geofront.charts.theme import DARK_BAR, INK, LIGHT_BAR, WIDTH
from geofront.charts.titles import title

_GAP, _ROW, _ROOM_FOR_NUMBER = 12, 26, 38


def friction_waterfall(losses: xr.Dataset) -> alt.HConcatChart:
    """How frictions, one after the other, take their part of the benefit, and what each takes on average.

    Parameters
    ----------
    losses : xarray.Dataset
        What :func:`geofront.friction_losses` returned: ``benefit`` (subset), ``cumulative`` and ``shapley``
        (friction), all in the same unit.

    Returns
    -------
    altair.HConcatChart
        Left: the cumulative losses between the benefit without and with all frictions. Right: the Shapley
        values, whose sum is the same.
    """
    units = losses["cumulative"].attrs.get("units", "USD/MWh")
    bars = _waterfall(losses)
    order = list(bars.name)
    room = int(WIDTH - max(text_width(name) for name in order) - 2 * _GAP)
    wide, narrow = int(room * 0.58), int(room * 0.37)
    means = bars.dropna(subset=["shapley"]).assign(begin=0.0, end=lambda f: f.shapley, value=lambda f: f.shapley)
    left = [*_bars(bars, order, title("Benefit", units), wide, labels=True), heading("One after the other", wide)]
    right = [*_bars(means, order, title("Loss", units), narrow, labels=False), heading("Shapley value", narrow)]
    height = _ROW * len(order)
    return alt.hconcat(
        alt.layer(*left).properties(width=wide, height=height),
        alt.layer(*right).properties(width=narrow, height=height), spacing=_GAP, bounds="flush",
    ).properties(title=alt.Title("What frictions take of the benefit of relocation"),
                 description=_description(bars, units))


def _waterfall(losses: xr.Dataset) -> pd.DataFrame:
    """Bars from ``begin`` to ``end``: the benefit without frictions, every loss, and what is left."""
    benefit = float(losses.benefit[0])
    lost = losses[["cumulative", "shapley"]].to_dataframe()
    left = (benefit - lost.cumulative.cumsum()).to_numpy()
    steps = pd.DataFrame({"name": lost.index, "kind": "loss", "begin": left, "end": left + lost.cumulative.to_numpy(),
                          "value": -lost.cumulative.to_numpy(), "shapley": lost.shapley.to_numpy()})
    ends = pd.DataFrame({"name": ["no friction", "all frictions"], "kind": "benefit", "begin": 0.0,
                         "end": [benefit, left[-1]], "value": [benefit, left[-1]]})
    return pd.concat([ends.head(1), steps, ends.tail(1)], ignore_index=True).round(4)


def _bars(bars: pd.DataFrame, order: list[str], axis_title: str, width: int, labels: bool) -> list[alt.Chart]:
    """Bars and their values; the values stand behind the farther end, where the axis leaves room for them."""
    reach = bars[["begin", "end"]]
    low, high = min(0.0, float(reach.min().min())), max(0.0, float(reach.max().max()))
    room = _ROOM_FOR_NUMBER / (width - _ROOM_FOR_NUMBER) * ((high - low) or 1.0)
    scale = alt.Scale(domain=[round(low, 3), round(high + room, 3)], nice=False)
    y = alt.Y("name:N", title=None, sort=order, scale=alt.Scale(domain=order),
              axis=alt.Axis(labels=labels, ticks=False, domain=False))
    colour = alt.Color("kind:N", legend=None, scale=alt.Scale(
        domain=["benefit", "loss"], range=[DARK_BAR, LIGHT_BAR]))
    tooltip = [alt.Tooltip("name:N", title="friction"), alt.Tooltip("value:Q", title=axis_title, format=",.2f")]
    base = alt.Chart(bars.assign(text_at=reach.max(axis=1)))
    return [
        base.mark_bar(height=16).encode(x=alt.X("begin:Q", title=axis_title, scale=scale, axis=alt.Axis(tickCount=4)),
                                        x2="end:Q", y=y, color=colour, tooltip=tooltip),
        base.mark_text(align="left", dx=4, color=INK).encode(
            x=alt.X("text_at:Q", title=axis_title), y=y, text=alt.Text("value:Q", format=".1f")),
    ]


def _description(bars: pd.DataFrame, units: str) -> str:
    steps = bars.dropna(subset=["shapley"])
    parts = ", ".join(f"{row.name} {-row.value:.1f} (Shapley value {row.shapley:.1f})"
                      for row in steps.itertuples(index=False))
    return (f"Waterfall: a benefit of {bars.end.iloc[0]:.1f} {units} without frictions loses {parts}; "
            f"{bars.end.iloc[-1]:.1f} {units} are left with all frictions.")

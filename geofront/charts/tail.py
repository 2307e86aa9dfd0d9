"""What relocation saves and which classes move as round trips vary more (Figure E11)."""

import altair as alt
import pandas as pd

from geofront.arguments import checked, number, table
from geofront.charts.marks import line_with_points
from geofront.charts.theme import BLUE, FAINT, class_scales
from geofront.names import WORKLOAD

_WIDTH, _HEIGHT = 410, 150


@checked(
    cases=table(["jitter", "benefit"], maker="tail_cases", index=False),
    low=number(least=0),
    middle=number(least=0),
    high=number(least=0),
)
def tail(cases: pd.DataFrame, low: float, middle: float, high: float) -> alt.VConcatChart:
    """What relocation saves and which classes move as round trips vary more (Figure E11).

    Parameters
    ----------
    cases : pandas.DataFrame
        Result of ``geofront.beyond.tail.tail_cases`` for several values of ``jitter``.
    low, middle, high : float
        Ends of the shaded range of measured jitter, and its median, drawn as a line [-].

    Returns
    -------
    altair.VConcatChart
    """
    shares = cases.filter(like="relocated:").rename(columns=lambda name: name.removeprefix("relocated:"))
    tidy = (100 * shares).assign(jitter=cases.jitter).melt("jitter", var_name=WORKLOAD, value_name="share")
    scales = class_scales(list(shares.columns))
    most = float(cases.jitter.max())
    title = "Jitter of a round trip [-]"
    x = alt.X("jitter:Q", title=title, scale=alt.Scale(domain=[0, most], nice=False), axis=alt.Axis(tickCount=5))
    bare = x.copy()
    bare.title = None
    measured = alt.Chart(pd.DataFrame({"low": [low], "high": [min(high, most)], "middle": [middle]}))
    band = measured.mark_rect(color=FAINT, opacity=0.18)
    rule = measured.mark_rule(strokeDash=[3, 3])
    above = line_with_points(
        cases.round(4),
        x=bare,
        y=alt.Y("benefit:Q", title="Saving [USD/MWh]", scale=alt.Scale(zero=True)),
        color=alt.value(BLUE),
    )
    below = line_with_points(
        tidy.round(3),
        x=x,
        y=alt.Y("share:Q", title="Relocated [%]", scale=alt.Scale(zero=True)),
        color=alt.Color(f"{WORKLOAD}:N", title="Class", scale=scales["color"]),
        shape=alt.Shape(f"{WORKLOAD}:N", title="Class", scale=scales["shape"]),
    )
    panels = [
        # All layers of a panel need the same title: Vega-Lite drops it where one has none.
        alt.layer(
            band.encode(x=alt.X("low:Q", title=heading), x2="high:Q"),
            rule.encode(x=alt.X("middle:Q", title=heading)),
            panel,
        ).properties(width=_WIDTH, height=_HEIGHT)
        for panel, heading in ((above, None), (below, title))
    ]
    return alt.vconcat(*panels, spacing=14).properties(
        title=alt.Title(
            "What slow requests cost",
            subtitle=[
                "Every request but one in a hundred keeps its budget",
                "Shaded: jitter measured between cloud regions; line: its median",
            ],
        ),
        description=f"Line charts. The saving falls from {cases.benefit.iloc[0]:.1f} to {cases.benefit.iloc[-1]:.1f} "
        f"USD/MWh as jitter grows from {cases.jitter.iloc[0]:g} to {cases.jitter.iloc[-1]:g}.",
    )

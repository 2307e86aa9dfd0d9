"""The explorer's energy-latency frontier: cost by network budget, now and at the settings it is compared with."""

import altair as alt

from geofront.charts.theme import BLACK, FAINT, INK, VERMILLION
from geofront.explore.datasets import NOW, REFERENCE, Rows, named
from geofront.explore.settings import BUDGETS

_TEXT = 12
_WIDTH, _HEIGHT = 180, 112


def frontier_chart(rows: Rows) -> alt.LayerChart:
    """Lines of the datasets ``frontier``, ``lines`` (their names) and ``position`` (where the network budget is)."""
    x = alt.X(
        "budget:Q",
        title="Network budget [ms]",
        scale=alt.Scale(type="log", domain=[BUDGETS[0], BUDGETS[-1]], nice=False),
        axis=alt.Axis(values=[20, 50, 200, 500, 2000, 5000], format="~s", grid=False),
    )
    y = alt.Y(
        "cost:Q",
        title="Cost [USD/MWh]",
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(tickCount=4, minExtent=26),
    )
    which = [NOW, REFERENCE]
    colour = alt.Color("line:N", legend=None, scale=alt.Scale(domain=which, range=[BLACK, FAINT]))
    dash = alt.StrokeDash("line:N", legend=None, scale=alt.Scale(domain=which, range=[[1, 0], [5, 3]]))
    lines = alt.Chart(named(rows, "frontier")).encode(
        x=x,
        y=y,
        color=colour,
        tooltip=[
            alt.Tooltip("name:N", title="settings"),
            alt.Tooltip("budget:Q", title="network budget [ms]"),
            alt.Tooltip("cost:Q", title="cost [USD/MWh]", format=".1f"),
        ],
    )
    names = alt.Chart(named(rows, "lines")).encode(y=alt.Y("y:Q", scale=None, axis=None), color=colour)
    sample = names.mark_rule(strokeWidth=2).encode(x=alt.value(_WIDTH - 18), x2=alt.value(_WIDTH), strokeDash=dash)
    text = names.mark_text(align="right", fontSize=_TEXT).encode(x=alt.value(_WIDTH - 24), text="name:N")
    position = alt.Chart(named(rows, "position")).encode(y=y)
    own = alt.Opacity("own:Q", scale=None, legend=None)
    return alt.layer(
        lines.mark_line().encode(strokeDash=dash),
        lines.mark_point(size=22).encode(opacity=alt.Opacity("drawn:Q", scale=None, legend=None)),
        position.mark_rule(color=VERMILLION, strokeWidth=2, strokeDash=[6, 3]).encode(opacity=own),
        position.mark_text(align="left", dy=-9, fontSize=_TEXT, color=INK).encode(
            x=alt.value(5), text=alt.value("own budgets"), opacity=own
        ),
        position.mark_point(size=160, fill=VERMILLION, stroke=BLACK).encode(
            x=x, opacity=alt.Opacity("common:Q", scale=None, legend=None)
        ),
        alt.layer(sample, text).resolve_scale(y="independent"),
        heading("Energy-latency frontier", -15),
    ).properties(width=_WIDTH, height=_HEIGHT)


def heading(text: str, y: float) -> alt.Chart:
    """A title as a mark: others move when the labels of an axis change."""
    mark = alt.Chart().mark_text(align="left", fontSize=_TEXT + 1, fontWeight="bold")
    return mark.encode(x=alt.value(0), y=alt.value(y), text=alt.value(text))

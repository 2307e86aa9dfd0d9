"""Who saves what where prices respond to load (Figure E10)."""

import altair as alt
import pandas as pd

from geofront.arguments import checked, number, table
from geofront.charts.theme import BLUE, GREEN, INK, VERMILLION

_WIDTH = 410

_SAVINGS = {
    "system_saving": ("whole system", BLUE, [1, 0]),
    "bill_saving": ("own bill", VERMILLION, [7, 3]),
    "others_saving": ("other consumers", GREEN, [2, 2]),
}
"""Name, colour and dashes of the lines of Figure E10."""

SAVINGS = tuple(_SAVINGS)


@checked(
    sizes=table(["demand_gw", "zone_share", *SAVINGS], ["slope"], maker="gf.equilibrium, by size", index=False),
    largest_share=number(above=0),
)
def equilibrium(sizes: pd.DataFrame, largest_share: float) -> alt.VConcatChart:
    """Who saves what as the fleet grows and prices respond, and where linear prices are not valid (Figure E10).

    Parameters
    ----------
    sizes : pandas.DataFrame
        Columns ``demand_gw`` [GW]; ``slope`` [% of price per % of zone load]; ``system_saving``, ``bill_saving`` and
        ``others_saving`` [USD/MWh]; ``zone_share``, the largest change of load relative to its zone's [-].
    largest_share : float
        Largest change of a zone's load for which a linear price is accepted [-].

    Returns
    -------
    altair.VConcatChart
        One panel per slope, and one of the largest change of load. Points beyond the limit are hollow.
    """
    sizes = sizes.assign(trusted=sizes.zone_share <= largest_share)
    x = alt.X(
        "demand_gw:Q",
        title="Demand of all inference [GW]",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(values=sorted(set(sizes.demand_gw)), format="~g", grid=False),
    )
    bare = x.copy()
    bare.title = None
    named = {name: label for name, (label, _, _) in _SAVINGS.items()}
    tidy = sizes.melt(["demand_gw", "slope", "trusted"], list(SAVINGS), "who", "saving").replace({"who": named})
    domain = list(named.values())
    colour = alt.Color(
        "who:N",
        title=None,
        legend=alt.Legend(symbolType="stroke", symbolSize=500),
        scale=alt.Scale(domain=domain, range=[each[1] for each in _SAVINGS.values()]),
    )
    dash = alt.StrokeDash(
        "who:N", title=None, scale=alt.Scale(domain=domain, range=[each[2] for each in _SAVINGS.values()])
    )
    panels = []
    for slope, part in tidy.round(4).groupby("slope"):
        y = alt.Y("saving:Q", title="Saving [USD/MWh]", scale=alt.Scale(zero=True))
        base = alt.Chart(part).encode(x=bare, y=y, color=colour)
        panels.append(
            alt.layer(base.mark_line().encode(strokeDash=dash), _dots(base)).properties(
                width=_WIDTH,
                height=140,
                title=alt.Title(f"{slope:g} % of the price per % of the zone's load", anchor="middle", offset=4),
            )
        )
    share = sizes[sizes.slope == sizes.slope.min()].assign(percent=lambda frame: 100 * frame.zone_share).round(4)
    y = alt.Y(
        "percent:Q",
        title="Change of load [%]",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(values=[1, 2, 5, 10, 20, 50, 100], format="~g"),
    )
    base = alt.Chart(share).encode(x=x, y=y, color=alt.value(INK))
    limit = alt.Chart(pd.DataFrame({"percent": [100 * largest_share]})).mark_rule(color=VERMILLION).encode(y=y)
    panels.append(
        alt.layer(limit, base.mark_line(), _dots(base)).properties(
            width=_WIDTH,
            height=100,
            title=alt.Title("Largest change, relative to the load of its zone", anchor="middle", offset=4),
        )
    )
    return alt.vconcat(*panels, spacing=14).properties(
        title=alt.Title(
            "Who saves when prices respond",
            subtitle=f"Hollow: not valid, because a zone's load changes by more than {100 * largest_share:g} %",
        ),
        description="Line charts of savings by size of the fleet: "
        + "; ".join(
            f"at {row.demand_gw:g} GW and {row.slope:g} %: system {row.system_saving:.1f}, own bill "
            f"{row.bill_saving:.1f} USD/MWh"
            for row in sizes.itertuples()
        ),
    )


def _dots(base: alt.Chart) -> alt.LayerChart:
    """Points that are filled where linear prices are valid, and hollow elsewhere."""
    hollow = base.transform_filter("!datum.trusted").mark_point(
        filled=False, fill="#FFFFFF", strokeWidth=2, opacity=1, size=50
    )
    return base.transform_filter("datum.trusted").mark_point(filled=True, opacity=1, size=55) + hollow

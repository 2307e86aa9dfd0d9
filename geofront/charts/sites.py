"""Where models are kept ready (Figure E9)."""

import altair as alt
import pandas as pd

from geofront.arguments import checked, table
from geofront.charts.marks import halo, line_with_points
from geofront.charts.theme import BLUE, INK
from geofront.names import REGION, WORKLOAD

_WIDTH = 350


@checked(
    ready=table(["imported"], [REGION, WORKLOAD, "ready"], maker="tables.sites", index=False),
    costs=table(["hosting_mw", "saving", "sites"], maker="site_cases", index=False),
)
def sites(ready: pd.DataFrame, costs: pd.DataFrame) -> alt.VConcatChart:
    """Where models are kept ready, and how the saving and the number of sites fall with their cost (Figure E9).

    Parameters
    ----------
    ready : pandas.DataFrame
        Columns ``region``, ``workload``, ``ready`` (bool) and ``imported`` [MW], mean demand from elsewhere.
    costs : pandas.DataFrame
        Columns ``hosting_mw`` [MW], ``saving`` [USD/MWh] net of hosting, and ``sites``, the number of open pairs of a
        region and a class.

    Returns
    -------
    altair.VConcatChart
    """
    shown = ready[ready.ready].round({"imported": 4})
    x = alt.X(
        f"{WORKLOAD}:N",
        title="Class",
        scale=alt.Scale(domain=list(dict.fromkeys(ready[WORKLOAD]))),
        axis=alt.Axis(orient="top", labelAngle=0, grid=True, domain=False, ticks=False),
    )
    y = alt.Y(
        f"{REGION}:N",
        title=None,
        scale=alt.Scale(domain=list(dict.fromkeys(ready[REGION]))),
        axis=alt.Axis(grid=True, domain=False, ticks=False),
    )
    base = alt.Chart(shown).encode(x, y)
    dots = base.mark_point(filled=True, color=BLUE, opacity=1).encode(
        size=alt.Size("imported:Q", legend=None, scale=alt.Scale(range=[30, 500]))
    )
    numbers = base.mark_text(dx=15, align="left", color=INK).encode(text=alt.Text("imported:Q", format=".0f"))
    matrix = alt.layer(dots, halo(numbers), numbers).properties(width=_WIDTH, height=26 * ready[REGION].nunique())
    hosting = alt.X(
        "hosting_mw:Q",
        title="Replicas to keep a model ready [MW]",
        scale=alt.Scale(type="symlog", constant=0.1),
        axis=alt.Axis(values=list(costs.hosting_mw), format="~r"),
    )
    bare = hosting.copy()
    bare.title = None
    savings = line_with_points(
        costs.round(4),
        x=bare,
        y=alt.Y("saving:Q", title="Saving [USD/MWh]", scale=alt.Scale(zero=True)),
        color=alt.value(BLUE),
    )
    count = line_with_points(
        costs, x=hosting, y=alt.Y("sites:Q", title="Sites", scale=alt.Scale(zero=True)), color=alt.value(INK)
    )
    panels = [panel.properties(width=_WIDTH, height=100) for panel in (savings, count)]
    return alt.vconcat(matrix, *panels, spacing=14).properties(
        title=alt.Title(
            "Where models are kept ready for others",
            subtitle="Dots: open sites with the mean demand that they import [MW]",
        ),
        description="Dots by region and class: "
        + "; ".join(f"{row.workload} in {row.region} {row.imported:.0f} MW" for row in shown.itertuples())
        + f". Below: from {costs.sites.iloc[0]:.0f} sites at {costs.hosting_mw.iloc[0]:g} MW to "
        f"{costs.sites.iloc[-1]:.0f} at {costs.hosting_mw.iloc[-1]:g} MW.",
    )

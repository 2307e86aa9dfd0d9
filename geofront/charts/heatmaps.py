"""When relocation pays: heat maps of hour of the day and month, one per region."""

import altair as alt
import pandas as pd

from geofront.arguments import checked, table, text, whole
from geofront.charts.marks import heading
from geofront.charts.theme import DIVERGING, FRAME, SEQUENTIAL, WIDTH
from geofront.charts.titles import column_title, require_columns

_GAP, _CELL_HEIGHT, _MONTH_LABELS = 10, 8, 34
_MAKERS = "gf.tables.price_swings or gf.tables.when_importing_pays"
_MONTHS = "['', 'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][datum.value]"


@checked(frame=table(("month", "hour"), ["region"], maker=_MAKERS, index=False), value=text, columns=whole(least=1))
def pays_heatmap(frame: pd.DataFrame, value: str, *, columns: int = 4) -> alt.VConcatChart:
    """A quantity by region, month and UTC hour.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``region`` (the name to show; panels come in the order of first occurrence), ``month``
        (1 to 12), ``hour`` (0 to 23, UTC) and `value`; at most one row each, so average days before.
    value : str
        The column to draw; its title comes from ``frame.attrs["long_names"]`` and ``frame.attrs["units"]``.
    columns : int
        Panels side by side.

    Returns
    -------
    altair.VConcatChart
        All panels have one colour scale, dark for much, white for nothing. That of a quantity with both
        signs has grey at zero.

    Raises
    ------
    GeofrontError
        If columns are missing or there are no rows.
    """
    require_columns(frame, ("region", "month", "hour", value), "pays_heatmap")
    cells = frame[["region", "month", "hour", value]].dropna().rename(columns={value: "value"})
    cells["value"] = cells.value.round(3)
    if (cells.value >= 0).all():
        cells = cells[cells.value > 0]
    regions = list(dict.fromkeys(frame.region))
    width = 24 * max(1, int((WIDTH - _MONTH_LABELS - _GAP * columns) / columns / 24))
    colour = _colour(cells.value, column_title(frame, value))
    subtitle = "By month and UTC hour" + ("; white: none" if len(cells) < 12 * 24 * len(regions) else "")
    rows = [regions[start : start + columns] for start in range(0, len(regions), columns)]
    lines = [
        alt.hconcat(
            *[_panel(cells, region, width, colour, first=region == row[0], last=row is rows[-1]) for region in row],
            spacing=_GAP,
            bounds="flush",
        )
        for row in rows
    ]
    return alt.vconcat(*lines, spacing=8).properties(
        title=alt.Title(column_title(frame, value), subtitle=subtitle),
        description=_description(cells, column_title(frame, value)),
    )


def _panel(cells: pd.DataFrame, region: str, width: int, colour: alt.Color, first: bool, last: bool) -> alt.LayerChart:
    x = alt.X(
        "hour:Q",
        title="UTC [h]" if last else None,
        scale=alt.Scale(domain=[0, 24], nice=False),
        axis=alt.Axis(values=[0, 6, 12, 18], grid=False, labels=last),
    )
    y = alt.Y(
        "month:Q",
        title=None,
        scale=alt.Scale(domain=[13, 1], nice=False),
        axis=alt.Axis(
            values=[1, 4, 7, 10],
            labelExpr=_MONTHS,
            labelBaseline="top",
            labels=first,
            ticks=first,
            domain=False,
            grid=False,
        ),
    )
    rects = (
        alt.Chart(cells[cells.region == region])
        .mark_rect()
        .transform_calculate(hour_end="datum.hour + 1", month_end="datum.month + 1")
        .encode(
            x=x,
            x2="hour_end:Q",
            y=y,
            y2="month_end:Q",
            color=colour,
            tooltip=[
                "region:N",
                "month:Q",
                alt.Tooltip("hour:Q", title="UTC hour"),
                alt.Tooltip("value:Q", title=colour["title"], format=",.3~g"),
            ],
        )
    )
    return alt.layer(rects, heading(str(region), width), view=alt.ViewConfig(stroke=FRAME)).properties(
        width=width, height=12 * _CELL_HEIGHT
    )


def _colour(values: pd.Series, title: str) -> alt.Color:
    legend = alt.Legend(orient="top", direction="horizontal", title=None, gradientLength=220, tickCount=4)
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if low < 0 < high:
        limit = max(-low, high)
        scale = alt.Scale(range=list(DIVERGING), interpolate="lab", domain=[-limit, limit])
    else:
        scale = alt.Scale(scheme=SEQUENTIAL, reverse=True, domain=[min(low, 0.0), high if high > low else low + 1])
    return alt.Color("value:Q", title=title, scale=scale, legend=legend)


def _description(cells: pd.DataFrame, title: str) -> str:
    means = cells.groupby("region", sort=False).value.mean()
    return (
        f"Heat maps of {title} by month and UTC hour, one per region. Means: "
        + ", ".join(f"{region} {mean:.3g}" for region, mean in means.items())
        + "."
    )

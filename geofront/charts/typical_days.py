"""Benefit that typical days miss against a year of hours (Table E1)."""

import altair as alt
import pandas as pd

from geofront.arguments import checked, table
from geofront.charts.marks import padded, text_width
from geofront.charts.theme import BLUE, FAINT, GRID, VERMILLION, WIDTH
from geofront.charts.titles import as_columns, require_columns, title
from geofront.errors import GeofrontError

_BY, _OF, _HOME = "By", "Demand", "Home"
_LOOKS = {"color": (VERMILLION, BLUE), "shape": ("diamond", "circle"), "size": (150, 60)}
_ROW, _GAP = 24, 12


@checked(table=table(others=(_BY, _OF), maker="gf.tables.typical_days"))
def typical_days(table: pd.DataFrame) -> alt.VConcatChart:
    """Draw the part of the benefit of relocation in a year of hours that typical days miss.

    Parameters
    ----------
    table : pandas.DataFrame
        Result of :func:`geofront.tables.typical_days` for two kinds of typical days and the year.

    Returns
    -------
    altair.VConcatChart
        Classes above, homes below, in the order of the table.

    Raises
    ------
    GeofrontError
        If there are no rows, or the table is another one.
    """
    frame = as_columns(table)
    if table.shape[1] < 4 or "units" not in table.attrs:
        raise GeofrontError(
            "typical_days: the table lacks the benefits with two kinds of typical days and with the year; "
            "give what tables.typical_days returned."
        )
    typical, year = list(table.columns[1:3]), table.columns[3]
    require_columns(frame, (_BY, _OF, *typical, year), "typical_days")
    missed = frame[[_BY, _OF]].join(frame[typical].rsub(frame[year], axis=0).round(4))
    axis_title = title("Benefit missed", table.attrs["units"][year])
    marks = missed.melt([_BY, _OF], typical, var_name="hours", value_name="missed")
    domain = padded(pd.concat([marks.missed, pd.Series([0.0])]), 0.04)
    room = max(text_width(str(name)) for name in frame[_OF])
    upper = _panel(marks[marks[_BY] != _HOME], typical, domain, room, None)
    lower = _panel(marks[marks[_BY] == _HOME], typical, domain, room, axis_title)
    return alt.vconcat(upper, lower, spacing=_GAP, bounds="flush").properties(
        title=alt.Title("What typical days miss of the benefit", subtitle="By class, and by home of the demand"),
        description=_description(missed, typical, axis_title),
    )


def _panel(marks: pd.DataFrame, typical: list[str], domain: list[float], room: float, axis_title: str | None):
    order = list(dict.fromkeys(marks[_OF]))
    x = alt.X(
        "missed:Q",
        title=axis_title,
        scale=alt.Scale(domain=domain, nice=False),
        axis=alt.Axis(tickCount=6, labels=axis_title is not None, ticks=axis_title is not None),
    )
    y = alt.Y(
        f"{_OF}:N",
        title=None,
        sort=order,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(ticks=False, domain=False, grid=True, gridColor=GRID, minExtent=room),
    )
    looks = {channel: alt.Scale(domain=typical, range=list(values)) for channel, values in _LOOKS.items()}
    points = (
        alt.Chart(marks)
        .mark_point(opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color("hours:N", title=None, scale=looks["color"]),
            shape=alt.Shape("hours:N", title=None, scale=looks["shape"]),
            size=alt.Size("hours:N", title=None, scale=looks["size"]),
            tooltip=[f"{_OF}:N", "hours:N", alt.Tooltip("missed:Q", title="missed [USD/MWh]", format=",.2f")],
        )
    )
    zero = alt.Chart(alt.Data(values=[{}])).mark_rule(color=FAINT).encode(x=alt.datum(0.0))
    return alt.layer(zero, points).properties(width=int(WIDTH - room - 20), height=_ROW * len(order))


def _description(missed: pd.DataFrame, typical: list[str], axis_title: str) -> str:
    rows = [f"{row[_OF]} " + " and ".join(f"{row[name]:.2f}" for name in typical) for _, row in missed.iterrows()]
    return f"{axis_title} by {' and by '.join(name.lower() for name in typical)}: {'; '.join(rows)}."

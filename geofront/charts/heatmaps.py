"""Heat maps by hour of the day and month, one per region."""

import altair as alt
import numpy as np
import pandas as pd

from geofront.arguments import checked, table, text, whole
from geofront.charts.marks import heading
from geofront.charts.theme import DIVERGING, DIVERGING_AT, FRAME, INK, SEQUENTIAL, WIDTH
from geofront.charts.titles import column_title, require_columns
from geofront.errors import GeofrontError
from geofront.results import LARGEST

_GAP, _CELL_HEIGHT, _MONTH_LABELS = 10, 8, 34
_RARE, _FAR = 0.01, 1.5
"""Share of cells that may lie beyond the end of the colour scale, if the largest is that many times the end [-]."""
_SIGNED, _AREA = 0.15, 4
"""Least peak of an area that gets its sign, relative to the end of the colours, and its least number of cells [-]."""
_DARK = 0.5
"""Value above which a sign is white, relative to the end of the colours [-]."""
_MAKERS = "gf.tables.price_swings or gf.tables.when_importing_pays"
_MONTHS = "['', 'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][datum.value]"


@checked(frame=table(("month", "hour"), ["region"], maker=_MAKERS, index=False), value=text, columns=whole(least=1))
def pays_heatmap(frame: pd.DataFrame, value: str, *, columns: int = 4) -> alt.VConcatChart:
    """Draw a quantity by region, month and UTC hour.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``region`` (the displayed name; panels are in the order of first occurrence), ``month`` (1 to 12),
        ``hour`` (0 to 23, UTC) and `value`; at most one row each, averaged over days.
    value : str
        Column to draw, with its title in ``frame.attrs["long_names"]`` and ``frame.attrs["units"]``.
    columns : int
        Number of panels per row.

    Returns
    -------
    altair.VConcatChart
        All panels have one colour scale, dark for much and white for zero. Where a few cells are far above all
        others, the scale ends below them, and the subtitle says so. Values of both signs have a plus or a minus at
        the peak of each area, so that a print without colour shows which is which.

    Raises
    ------
    GeofrontError
        If columns are missing or there are no rows.
    """
    require_columns(frame, ("region", "month", "hour", value), "pays_heatmap")
    frame = table(("month", "hour", value), ["region"], maker=_MAKERS, index=False)(
        frame.reset_index(drop=True), "frame"
    )
    if (frame[value].abs() > LARGEST).any():
        raise GeofrontError(
            f"frame: column {value!r} is beyond ±{LARGEST:g}, which no result is: pass what {_MAKERS} returned"
        )
    cells = frame[["region", "month", "hour", value]].dropna().rename(columns={value: "value"})
    cells["value"] = cells.value.round(3)
    if (cells.value >= 0).all():
        cells = cells[cells.value > 0]
    regions = list(dict.fromkeys(frame.region))
    width = 24 * max(1, int((WIDTH - _MONTH_LABELS - _GAP * columns) / columns / 24))
    end = _end_of_scale(cells.value)
    colour = _colour(cells.value, end, column_title(frame, value))
    signs = _signs(cells, end)
    subtitle = ["By month and UTC hour; white: zero" + ("; signs: above or below" if len(signs) else "")]
    if len(cells) and end < cells.value.max():
        subtitle.append(f"Colours end at {end:,.3g}; the largest value is {cells.value.max():,.3g}")
    rows = [regions[start : start + columns] for start in range(0, len(regions), columns)]
    lines = [
        alt.hconcat(
            *[
                _panel(cells, signs, region, width, colour, first=bool(region == row[0]), last=row is rows[-1])
                for region in row
            ],
            spacing=_GAP,
            bounds="flush",
        )
        for row in rows
    ]
    return alt.vconcat(*lines, spacing=8).properties(
        title=alt.Title(column_title(frame, value), subtitle=subtitle),
        description=_description(cells, column_title(frame, value)),
    )


def _panel(
    cells: pd.DataFrame, signs: pd.DataFrame, region: str, width: int, colour: alt.Color, first: bool, last: bool
) -> alt.LayerChart:
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
    own = signs[signs.region == region]
    texts = [
        alt.Chart(some).mark_text(color=ink, fontWeight="bold", baseline="middle").encode(x=x, y=y, text="sign:N")
        for ink, some in (("#FFFFFF", own[own.is_dark]), (INK, own[~own.is_dark]))
        if len(some)
    ]
    return alt.layer(rects, *texts, heading(str(region), width), view=alt.ViewConfig(stroke=FRAME)).properties(
        width=width, height=12 * _CELL_HEIGHT
    )


def _signs(cells: pd.DataFrame, end: float) -> pd.DataFrame:
    """Place and sign of the peak of each area of one sign; no rows unless there are both signs."""
    columns = ["region", "month", "hour", "sign", "is_dark"]
    if cells.empty or cells.value.min() >= 0 or end <= 0:
        return pd.DataFrame(columns=columns)
    from scipy.ndimage import label

    limit, rows = max(end, -cells.value.min()), []
    for region, part in cells.groupby("region", sort=False):
        grid = part.pivot_table(index="month", columns="hour", values="value", aggfunc="last")
        grid = grid.reindex(index=range(1, 13), columns=range(24))
        for sign, values in (("+", grid.to_numpy()), ("−", -grid.to_numpy())):
            areas, count = label(values > _SIGNED / 2 * limit)
            for area in range(1, count + 1):
                inside = np.where(areas == area, values, -np.inf)
                month, hour = np.unravel_index(inside.argmax(), inside.shape)
                peak = inside.max()
                if peak >= _SIGNED * limit and (areas == area).sum() >= _AREA:
                    # The middle of the cell, but not so near an edge that half of the sign is cut off.
                    place = float(np.clip(month + 1.5, 2, 12)), float(np.clip(hour + 0.5, 1.5, 22.5))
                    rows.append((region, *place, sign, bool(sign == "+" and peak > _DARK * limit)))
    return pd.DataFrame(rows, columns=columns)


def _end_of_scale(values: pd.Series) -> float:
    """The largest value, or a round number below it that only rare and far larger values exceed.

    A scale with both signs is never cut: it is as long below zero as above.
    """
    if values.empty:
        return 1.0
    if values.min() < 0:
        return float(values.max())
    largest, usual = float(values.max()), float(values.quantile(1 - _RARE))
    rounds = (np.arange(10, 100) / 10 * 10.0 ** np.arange(-6, 9)[:, None]).ravel()
    end = float(rounds[rounds >= usual].min()) if usual > 0 else largest
    return end if largest > _FAR * end else largest


def _colour(values: pd.Series, end: float, title: str) -> alt.Color:
    legend = alt.Legend(orient="top", direction="horizontal", title=None, gradientLength=220, tickCount=4)
    low = float(values.min()) if len(values) else 0.0
    if low < 0 < end:
        limit = max(-low, end)
        domain = [limit * at for at in DIVERGING_AT]
        scale = alt.Scale(range=list(DIVERGING), interpolate="lab", domain=domain, clamp=True)
    else:
        domain = np.linspace(min(low, 0.0), end if end > low else low + 1, len(SEQUENTIAL)).tolist()
        scale = alt.Scale(range=list(SEQUENTIAL), interpolate="lab", domain=domain, clamp=True)
    return alt.Color("value:Q", title=title, scale=scale, legend=legend)


def _description(cells: pd.DataFrame, title: str) -> str:
    means = cells.groupby("region", sort=False).value.mean()
    return (
        f"Heat maps of {title} by month and UTC hour, one per region. Means: "
        + ", ".join(f"{region} {mean:.3g}" for region, mean in means.items())
        + "."
    )

"""How sure results are: bands over the worlds of an ensemble, and which inputs matter (Figures E6 and E7)."""

import altair as alt
import pandas as pd

from geofront.arguments import checked, mapping, text, whole
from geofront.arguments import table as _table
from geofront.charts.marks import heading, text_width
from geofront.charts.theme import BLUE, DARK_BAR, LIGHT_BAR, VERMILLION, WIDTH
from geofront.charts.titles import as_columns
from geofront.charts.titles import title as axis_title
from geofront.errors import GeofrontError

_ROW, _GAP = 24, 14
_BANDS = ("p5", "p25", "p50", "p75", "p95")


@checked(
    table=_table(("default", *_BANDS), ("outcome", "of", "units"), maker="gf.bands"),
    names=mapping(text, "what to call each row"),
)
def bands(table: pd.DataFrame, names: dict[str, str]) -> alt.LayerChart:
    """Bands of results that share a unit, with their values in the default world.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of what :func:`geofront.bands` returned, of one unit.
    names : dict of str to str
        Name of each row, by ``outcome`` or ``outcome, of``; rows without a name are left out.

    Returns
    -------
    altair.LayerChart
        Thin bars from the 5th to the 95th percentile, thick ones from the 25th to the 75th, a line at the median and a
        diamond at the default.

    Raises
    ------
    GeofrontError
        No row has a name, or rows have different units.
    """
    frame = as_columns(table)
    keys = [f"{row.outcome}, {row.of}" if row.of else row.outcome for row in frame.itertuples()]
    frame = frame.assign(name=[names.get(key) for key in keys]).dropna(subset="name")
    if frame.units.nunique() != 1:
        raise GeofrontError(f"bands: the named rows have {frame.units.nunique()} units; draw rows of one unit")
    frame = frame.set_index([frame.name]).loc[[name for name in names.values() if name in set(frame.name)]]
    shown = frame[["name", "default", *_BANDS]].round(3)
    order = list(shown.name)
    width = int(WIDTH - max(map(text_width, order)) - 2 * _GAP)
    y = alt.Y("name:N", title=None, sort=order, scale=alt.Scale(domain=order), axis=alt.Axis(ticks=False, domain=False))
    axis = axis_title("Over all worlds", frame.units.iloc[0])
    base = alt.Chart(shown)

    def at(column):
        return alt.X(f"{column}:Q", title=axis, scale=alt.Scale(zero=False))

    tooltip = ["name:N", *(alt.Tooltip(f"{column}:Q", format=".3~g") for column in ("default", *_BANDS))]
    return alt.layer(
        base.mark_bar(height=4, color=LIGHT_BAR).encode(x=at("p5"), x2="p95:Q", y=y, tooltip=tooltip),
        base.mark_bar(height=12, color=LIGHT_BAR).encode(x=at("p25"), x2="p75:Q", y=y, tooltip=tooltip),
        base.mark_tick(thickness=3, size=14, color=DARK_BAR).encode(x=at("p50"), y=y, tooltip=tooltip),
        base.mark_point(shape="diamond", size=90, color=VERMILLION, stroke="#FFFFFF", strokeWidth=1, opacity=1).encode(
            x=at("default"), y=y, tooltip=tooltip
        ),
    ).properties(
        width=width,
        height=_ROW * len(order),
        title=alt.Title(
            "How sure the headlines are",
            subtitle=["Thin: 5–95 %, thick: 25–75 % of worlds; line: median;", "diamond: the default world"],
        ),
        description=_bands_described(shown, frame.units.iloc[0]),
    )


@checked(
    tornado=_table(("at_low", "at_high", "default"), ("label",), maker="gf.tornado"),
    indices=_table(("total_order", "total_order_confidence"), ("group",), maker="gf.sensitivity"),
    long_name=text,
    units=text,
    rows=whole(least=1),
)
def sensitivity(
    tornado: pd.DataFrame, indices: pd.DataFrame, long_name: str, units: str, rows: int = 8
) -> alt.HConcatChart:
    """Effect of each input alone, and total-order index of each group of inputs.

    Parameters
    ----------
    tornado : pandas.DataFrame
        What :func:`geofront.tornado` returned.
    indices : pandas.DataFrame
        What :func:`geofront.sensitivity` returned from a Saltelli design.
    long_name, units : str
        Of the outcome.
    rows : int
        Inputs and groups to show, the most important ones.

    Returns
    -------
    altair.HConcatChart
        Left: the outcome with one input at its 5th (circle) and its 95th percentile (square). Right: total-order
        indices with their 95 % confidence intervals.
    """
    single, groups = as_columns(tornado).head(rows), as_columns(indices).head(rows)
    single = single[["label", "at_low", "at_high", "default"]].round(3)
    low = (groups.total_order - groups.total_order_confidence).clip(lower=0)
    groups = groups.assign(low=low, high=groups.total_order + groups.total_order_confidence)[
        ["group", "total_order", "low", "high"]
    ].round(3)
    single["label"], groups["group"] = single.label.map(str), groups.group.map(str)
    left, right = list(single.label), list(groups.group)
    labels = max(map(text_width, left))
    width = int(WIDTH - labels - 2 * _GAP)
    top = _tornado(single, left, axis_title(long_name, units), width)
    below = _indices(groups, right, width)
    return alt.vconcat(top, below, spacing=_GAP).properties(
        title=alt.Title("Which inputs matter"), description=_sensitivity_described(single, groups, long_name, units)
    )


def _tornado(single: pd.DataFrame, order: list[str], title: str, width: int) -> alt.LayerChart:
    y = alt.Y(
        "label:N", title=None, sort=order, scale=alt.Scale(domain=order), axis=alt.Axis(ticks=False, domain=False)
    )
    base = alt.Chart(single)

    def at(column):
        return alt.X(f"{column}:Q", title=title, scale=alt.Scale(zero=False))

    tooltip = ["label:N", alt.Tooltip("at_low:Q", format=".3~g"), alt.Tooltip("at_high:Q", format=".3~g")]
    points = {"at_low": ("circle", BLUE), "at_high": ("square", VERMILLION)}
    return alt.layer(
        base.mark_bar(height=4, color=LIGHT_BAR).encode(x=at("at_low"), x2="at_high:Q", y=y),
        base.mark_tick(thickness=2, size=16, color=DARK_BAR).encode(x=at("default"), y=y),
        *(
            base.mark_point(shape=shape, color=colour, size=70, opacity=1).encode(x=at(column), y=y, tooltip=tooltip)
            for column, (shape, colour) in points.items()
        ),
        heading("One input at a time: 5th percentile (circle) and 95th (square)", width),
    ).properties(width=width, height=_ROW * len(order))


def _indices(groups: pd.DataFrame, order: list[str], width: int) -> alt.LayerChart:
    y = alt.Y(
        "group:N", title=None, sort=order, scale=alt.Scale(domain=order), axis=alt.Axis(ticks=False, domain=False)
    )
    base = alt.Chart(groups)
    x = alt.X("total_order:Q", title="Share of variance")
    return alt.layer(
        base.mark_bar(height=14, color=LIGHT_BAR).encode(
            x=x, y=y, tooltip=["group:N", alt.Tooltip("total_order:Q", format=".2f")]
        ),
        base.mark_rule(color=DARK_BAR, strokeWidth=2).encode(
            x=alt.X("low:Q", title="Share of variance"), x2="high:Q", y=y
        ),
        heading("Groups of inputs: total-order Sobol index", width),
    ).properties(width=width, height=_ROW * len(order))


def _bands_described(shown: pd.DataFrame, units: str) -> str:
    parts = [
        f"{row.name_}: default {row.default:.1f}, 5 to 95 % of worlds {row.p5:.1f} to {row.p95:.1f}"
        for row in shown.rename(columns={"name": "name_"}).itertuples()
    ]
    return f"Bands of headlines [{units}]. " + "; ".join(parts) + "."


def _sensitivity_described(single: pd.DataFrame, groups: pd.DataFrame, long_name: str, units: str) -> str:
    alone = "; ".join(f"{row.label} {row.at_low:.1f} to {row.at_high:.1f}" for row in single.itertuples())
    shares = "; ".join(f"{row.group} {row.total_order:.2f}" for row in groups.itertuples())
    return f"{long_name} [{units}] with one input at a time: {alone}. Total-order indices: {shares}."

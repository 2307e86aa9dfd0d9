"""Regions in reach and relocatable demand against the network budget (Table 5)."""

import altair as alt
import numpy as np
import pandas as pd

from geofront.arguments import checked, instance, table
from geofront.charts.budgets import decades, network_axis
from geofront.charts.marks import class_points, heading, legend_selection, letter, panel_letters
from geofront.charts.theme import DARK_BAR, FAINT, LIGHT_BAR, WIDTH, class_scales
from geofront.charts.titles import as_columns, title
from geofront.errors import GeofrontError

_BUDGET, _REACH, _REALISED = "Network budget", "Regions in reach", "Realised RID"
_LEVELS = {"Technical RID": "technical", "Economic RID": "economic", _REALISED: "realised"}
_OWN = "own"
_WIDE, _WIDTH, _HEIGHT = WIDTH - 76, 166, 130
_THINNEST, _STEP = 1.5, 0.9
_LOOKS = ((LIGHT_BAR, (2, 2)), (FAINT, (7, 3)), (DARK_BAR, (1, 0)))
"""Colour and dash of the levels of relocatable demand."""


_MAKER = "gf.tables.feasible_geography"
_BANDS = table(("p5", "p95"), ("outcome", "of"), maker="gf.bands")
_BANDED = "network_relocated_share"
"""Outcome of ensembles that the bars show: the realised RID at network budgets common to all classes."""

_rows = table((_BUDGET, _REACH, *_LEVELS), ("Class", "Budgets"), maker=_MAKER, index=False)
"""The check of the table with its index, which repeats, as columns."""


@checked(table=instance(pd.DataFrame, f"pass what {_MAKER} returned"), bands=_BANDS)
def reach(table: pd.DataFrame, bands: pd.DataFrame | None = None) -> alt.VConcatChart:
    """How many regions a latency budget opens, and how much demand it frees.

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`geofront.tables.feasible_geography` returned, for network budgets common to all classes and for
        the classes' own.
    bands : pandas.DataFrame, optional
        What :func:`geofront.bands` returned. Bars show realised RID at the network budgets of the ensemble, from the
        5th to the 95th percentile.

    Returns
    -------
    altair.VConcatChart
        Regions in reach by class; below, the three levels of relocatable inference demand (RID) of all classes, and
        the realised one by class. Lines join the budgets that are common to all classes; marks are the classes'
        own budgets.

    Raises
    ------
    GeofrontError
        There are no rows, no class, or no budget that is common to all.
    """
    frame = _rows(as_columns(table), "table")
    numbers = [_BUDGET, _REACH, *_LEVELS]
    frame[numbers] = frame[numbers].where(np.isfinite(frame[numbers]))
    everyone = frame.Class.iloc[-1]
    classes = [name for name in dict.fromkeys(frame.Class) if name != everyone]
    drawable = frame[_REACH].notna() & ((frame[_BUDGET] > 0) | (frame.Class == everyone))
    common, own = frame[drawable & (frame.Budgets != _OWN)], frame[drawable & (frame.Budgets == _OWN)]
    if not classes or not (common[_BUDGET] > 0).any() or not (common.Class == everyone).any():
        raise GeofrontError("reach: the table needs two classes or more, and network budgets that are common to all.")
    labels = [str(name).split(" ")[0] for name in classes]
    looks = dict(zip(classes, labels, strict=True))
    ends = decades(frame[_BUDGET].dropna())
    scales = class_scales(labels, classes)
    picked, opacity = legend_selection("reach_class", "Class")
    letters = panel_letters()
    marks = own[own.Class != everyone].assign(label=own.Class.map(looks))

    def by_class(column: str, axis_title: str, width: int, top: float, params: bool) -> alt.LayerChart:
        drawn = common[common.Class != everyone][["Class", _BUDGET, column]].round(2)
        drawn = drawn.assign(thick=_THINNEST + _STEP * drawn.Class.map(classes.index)).iloc[::-1]
        place = {
            "x": network_axis(ends, width, field=_BUDGET),
            "y": alt.Y(f"{column}:Q", title=axis_title, scale=alt.Scale(domain=[0, top], nice=False)),
        }
        lines = (
            alt.Chart(drawn)
            .mark_line()
            .encode(
                color=alt.Color(
                    "Class:N", title=None, scale=scales["color"], legend=alt.Legend(columns=2, symbolSize=300)
                ),
                strokeDash=alt.StrokeDash("Class:N", title=None, scale=scales["dash"]),
                size=alt.Size("thick:Q", scale=None, legend=None),
                opacity=opacity,
                tooltip=["Class:N", f"{_BUDGET}:Q", f"{column}:Q"],
                **place,
            )
        )
        points = class_points(marks[["label", _BUDGET, column]].round(2), "label", **place)
        layers = [lines.add_params(picked) if params else lines, *points, letter(next(letters))]
        return alt.layer(*layers).properties(width=width, height=_HEIGHT)

    most = max(float(frame[_REACH].max()), 1.0)
    first = by_class(_REACH, _REACH, _WIDE, 1.08 * most, params=True)
    worlds = _worlds(bands)
    levels = _levels(common[common.Class == everyone], worlds, ends, next(letters))
    second = by_class(_REALISED, title("RID", "% of demand"), _WIDTH, 100.0, params=False)
    second = alt.layer(second, heading("Realised, by class", _WIDTH))
    return (
        alt.vconcat(first, alt.hconcat(levels, second, spacing=12), spacing=22)
        .resolve_scale(color="shared")
        .properties(
            title=alt.Title(
                "What a looser budget opens",
                subtitle=[
                    "Relocatable inference demand (RID): technical could move,",
                    "economic would be cheaper away, realised moves",
                    "Lines: one network budget for all classes; marks: their own",
                    *(["Bars: realised RID in the middle nine tenths of worlds"] if len(worlds) else []),
                ],
            ),
            description=_description(common[common.Class == everyone]),
        )
    )


def _worlds(bands: pd.DataFrame | None) -> pd.DataFrame:
    """Budget and both ends of each bar; perhaps no rows."""
    if bands is None:
        return pd.DataFrame(columns=[_BUDGET, "p5", "p95"])
    rows = as_columns(bands).query("outcome == @_BANDED")
    return rows.assign(**{_BUDGET: rows.of.astype(float)})[[_BUDGET, "p5", "p95"]].round(2)


def _levels(frame: pd.DataFrame, worlds: pd.DataFrame, ends: tuple[float, float], name: str) -> alt.LayerChart:
    """The three levels of all classes together, written beside the ends of their lines."""
    lines = frame.melt([_BUDGET], list(_LEVELS), var_name="level", value_name="share").round(2)
    place = {
        "x": network_axis(ends, _WIDTH, field=_BUDGET),
        "y": alt.Y("share:Q", title=title("RID", "% of demand"), scale=alt.Scale(domain=[0, 100], nice=False)),
    }
    layers = []
    if len(worlds):
        bar = alt.Chart(worlds).mark_rule(color=LIGHT_BAR, strokeWidth=7, opacity=0.55)
        low = place["y"].copy()
        low.shorthand = "p5:Q"
        layers.append(bar.encode(x=place["x"], y=low, y2="p95:Q", tooltip=[f"{_BUDGET}:Q", "p5:Q", "p95:Q"]))
    for (level, text), (colour, dash) in zip(_LEVELS.items(), _LOOKS, strict=True):
        drawn = lines[lines.level == level]
        layers.append(
            alt.Chart(drawn)
            .mark_line(color=colour, strokeDash=list(dash), point={"size": 30, "color": colour})
            .encode(tooltip=[f"{_BUDGET}:Q", "share:Q"], **place)
        )
        end = drawn.nlargest(1, _BUDGET).assign(text=text)
        layers.append(alt.Chart(end).mark_text(align="left", dx=5).encode(text="text:N", **place))
    layers += [heading("All classes together", _WIDTH), letter(name)]
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)


def _description(everyone: pd.DataFrame) -> str:
    first, last = everyone.iloc[0], everyone.iloc[-1]
    parts = [f"{level} from {first[level]:.0f} to {last[level]:.0f} %" for level in _LEVELS]
    return (
        f"Lines against the network budget. From {first[_BUDGET]:,.0f} to {last[_BUDGET]:,.0f} ms, "
        f"regions in reach grow from {first[_REACH]:.1f} to {last[_REACH]:.1f}, {', '.join(parts)} of demand."
    )

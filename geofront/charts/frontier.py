"""Figure 2: cost and emissions against the latency budget, as the steps that they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, either, mapping, several, table
from geofront.charts.marks import class_points, halo, heading, legend_selection, padded
from geofront.charts.theme import FAINT, INK, class_scales
from geofront.charts.titles import class_names, column_title, duration, require_columns, title
from geofront.errors import GeofrontError, first_labels
from geofront.model.feasibility import network_budgets
from geofront.names import FRICTIONS as ALL
from geofront.names import OBJECTIVE, OBJECTIVES, Objective
from geofront.results import FRONTIER, result
from geofront.scenarios.validation import with_names

NETWORK = "network"
QUANTITIES = ("cost_per_mwh", "carbon_per_mwh")
FRICTIONS = {"all": "With all frictions", "some": "With some frictions", "none": "Without frictions"}

_LOOKS = {"all": (INK, (1, 0)), "some": (INK, (8, 3)), "none": (FAINT, (4, 2))}
"""Colour and dash of the frontiers of the network budget, by frictions."""

_WIDTH, _NETWORK_WIDTH, _HEIGHT = 196, 168, 130
_LABELS = 30
"""Room for the labels of every y axis [px], so that axis titles stand in line."""

_LABEL = 45
"""Least distance at which powers of ten on an axis are all labelled, and not every second one [px]."""

_VISIBLE = 0.001
"""Least change that the eye sees, in units of the axis."""

_FRONTIERS = several(result(FRONTIER))


@checked(
    scenario=with_names,
    frontiers=either(
        pd.DataFrame,
        table((*QUANTITIES, "budget"), ("scope", "frictions"), maker="gf.latency_frontier", index=False),
        either(
            xr.Dataset,
            _FRONTIERS,
            either(Mapping, mapping(_FRONTIERS, "frontiers by 'all', 'some' and 'none', the frictions"), _FRONTIERS),
        ),
    ),
)
def frontier(
    scenario: xr.Dataset, frontiers: xr.Dataset | Iterable[xr.Dataset] | Mapping | pd.DataFrame
) -> alt.VConcatChart:
    """The energy-latency frontier (Figure 2).

    Parameters
    ----------
    scenario : xarray.Dataset
        Its ``latency_budget`` and ``service_time`` (workload) [ms].
    frontiers : xarray.Dataset, iterable or mapping of them, or pandas.DataFrame
        What :func:`geofront.latency_frontier` returned, once or several times, for other classes or with all, some and
        no frictions. In a mapping, the keys ``"all"``, ``"some"`` and ``"none"`` say so. As a
        frame: columns ``scope`` (the class whose own budget varies, or ``"network"`` for all together),
        ``frictions`` (``"all"``, ``"some"`` or ``"none"``), ``budget`` [ms], ``cost_per_mwh`` [USD/MWh],
        ``carbon_per_mwh`` [kg/MWh], and perhaps ``objective``, cost by default. A value holds from its budget up
        to the next one.

    Returns
    -------
    altair.VConcatChart
        By class: a row per quantity, the objective first, a column with all, some and no frictions, against the
        network budget, which is the latency budget less the service time, so that classes from milliseconds to
        hours compare; marks show the nominal budgets. Below: both quantities against the network budget common
        to all. A view without data is left out, as are steps too small to see, below 0.1 % of the axis.

    Raises
    ------
    GeofrontError
        If an argument is something else, columns are missing, there are no rows, ``scope``, ``frictions`` or
        ``objective`` hold anything else, or frontiers minimise different things.
    """
    if not isinstance(frontiers, pd.DataFrame):
        frontiers = _tidy(frontiers)
    require_columns(frontiers, ("scope", "frictions", "budget", *QUANTITIES), "frontier")
    _refuse_others(frontiers, "scope", [*scenario.workload.values, NETWORK])
    _refuse_others(frontiers, "frictions", FRICTIONS)
    least, frontiers = _objective(frontiers), frontiers.drop(columns="objective", errors="ignore")
    by_class, common = frontiers[frontiers.scope != NETWORK], frontiers[frontiers.scope == NETWORK]
    rows = [_class_rows(by_class, scenario, least)] if len(by_class) else []
    rows += [_network_row(common, least)] if len(common) else []
    return (
        alt.vconcat(*rows, spacing=22)
        .resolve_scale(color="independent", strokeDash="independent")
        .properties(
            title=alt.Title(
                "What latency buys" + ("" if least is OBJECTIVE["cost"] else f": {least.title.lower()}"),
                subtitle=_subtitle(by_class, scenario),
            ),
            description=_description(frontiers, least),
        )
    )


def _tidy(frontiers: Iterable[xr.Dataset] | Mapping[str, Iterable[xr.Dataset]]) -> pd.DataFrame:
    by_frictions = frontiers if isinstance(frontiers, Mapping) else {None: frontiers}
    frames = []
    for frictions, together in by_frictions.items():
        for one in together:
            frames.append(
                one[list(QUANTITIES)]
                .to_dataframe()
                .reset_index()
                .assign(
                    scope=one.attrs.get("scope", NETWORK),
                    objective=one.attrs.get("objective", "cost"),
                    frictions=_kind_of(one.attrs.get("frictions", ALL)) if frictions is None else frictions,
                )
            )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _kind_of(frictions) -> str:
    """Whether they are all, some or none."""
    return "none" if not len(frictions) else "all" if set(frictions) == set(ALL) else "some"


def _objective(frontiers: pd.DataFrame) -> Objective:
    """What all frontiers minimise."""
    if "objective" not in frontiers:
        return OBJECTIVE["cost"]
    _refuse_others(frontiers, "objective", OBJECTIVES)
    names = list(frontiers.objective.unique())
    if len(names) > 1:
        raise GeofrontError(
            f"frontier: some of the frontiers minimise {names[0]} and some {names[1]}; draw a chart of each."
        )
    return OBJECTIVE[names[0]]


def _quantities(least: Objective) -> tuple[str, ...]:
    """The objective, then the other quantity."""
    return tuple(sorted(QUANTITIES, key=lambda quantity: quantity != least.per_mwh))


def _refuse_others(frontiers: pd.DataFrame, column: str, known) -> None:
    others = sorted(set(map(str, frontiers[column])) - set(map(str, known)))
    if others:
        raise GeofrontError(f"frontier: {column} holds {first_labels(others)}; it may hold {first_labels(known, 20)}.")


@dataclass(frozen=True)
class _ClassView:
    """What all panels of the view by class share."""

    lines: pd.DataFrame
    marks: pd.DataFrame
    network: tuple[float, float]
    scales: dict[str, alt.Scale]
    picked: alt.Parameter
    opacity: object
    columns: list[str]
    least: Objective

    @property
    def width(self) -> int:
        """Of a panel [px]."""
        return _WIDTH * (2 if len(self.columns) == 1 else 1)


def _class_rows(frontiers: pd.DataFrame, scenario: xr.Dataset, least: Objective) -> alt.VConcatChart:
    names = {label: name for label, name in class_names(scenario).items() if label in set(frontiers.scope)}
    nominal = network_budgets(scenario).to_series()[list(names)].clip(lower=1)
    nominal = nominal[np.isfinite(nominal)]
    own_time = frontiers.scope.map(scenario.service_time.to_series()).to_numpy(float)
    frontiers = frontiers.assign(network=frontiers.budget - own_time, name=frontiers.scope.map(names))
    ends = _decades(pd.concat([frontiers.network, nominal]))
    groups = list(frontiers.groupby(["scope", "frictions"]))
    picked, opacity = legend_selection("frontier_class", "name")
    view = _ClassView(
        lines=pd.concat([_steps(group, *ends, _tolerances(frontiers)) for _, group in groups]),
        marks=pd.concat(
            [frontiers.head(0), *(_value_at(group, nominal[label]) for (label, _), group in groups if label in nominal)]
        ),
        network=ends,
        scales=class_scales(list(names), list(names.values())),
        picked=picked,
        opacity=opacity,
        columns=[name for name in FRICTIONS if name in set(frontiers.frictions)],
        least=least,
    )
    rows = [
        alt.hconcat(*[_class_panel(view, quantity, frictions) for frictions in view.columns], spacing=14)
        for quantity in _quantities(least)
    ]
    return alt.vconcat(*rows, spacing=10)


def _class_panel(view: _ClassView, quantity: str, frictions: str) -> alt.LayerChart:
    lines, marks = (frame[frame.frictions == frictions] for frame in (view.lines, view.marks))
    first, top = frictions == view.columns[0], quantity == view.least.per_mwh
    place = {
        "x": _network_axis(view.network, view.width, labels=not top),
        "y": _value_axis(view.lines, quantity, view.least, labels=first),
    }
    curves = _curves(lines, view.scales, view.opacity, place, columns=2)
    at_end = marks.network > view.network[1] / 10
    letters = [
        alt.Chart(some).mark_text(dx=dx, dy=dy).encode(text="scope:N", **place)
        for some, dx, dy in ((marks[~at_end], 9, -9), (marks[at_end], 0, -13))
    ]
    layers = [curves.add_params(view.picked) if first and top else curves, *map(halo, letters), *letters]
    layers += class_points(marks, "scope", tooltip=_tooltip(view.lines), **place)
    layers += [heading(FRICTIONS[frictions], view.width)] if top else []
    return alt.layer(*layers).properties(width=view.width, height=_HEIGHT)


def _network_row(frontiers: pd.DataFrame, least: Objective) -> alt.HConcatChart:
    frontiers = frontiers.assign(network=frontiers.budget, name=frontiers.frictions.map(FRICTIONS))
    ends, tolerances = _decades(frontiers.network), _tolerances(frontiers)
    steps = pd.concat([_steps(group, *ends, tolerances) for _, group in frontiers.groupby("frictions")])
    kinds = [kind for kind in FRICTIONS if kind in set(frontiers.frictions)]
    names = [FRICTIONS[kind] for kind in kinds]
    looks = [_LOOKS[kind] for kind in kinds]
    scales = {
        "color": alt.Scale(domain=names, range=[colour for colour, _ in looks]),
        "dash": alt.Scale(domain=names, range=[list(dash) for _, dash in looks]),
    }
    picked, opacity = legend_selection("frontier_network", "name")
    panels = []
    for quantity in _quantities(least):
        place = {"x": _network_axis(ends, _NETWORK_WIDTH), "y": _value_axis(steps, quantity, least)}
        curves = _curves(steps, scales, opacity, place)
        curves = curves if panels else curves.add_params(picked)
        panels.append(
            alt.layer(curves, heading("All classes together", _NETWORK_WIDTH)).properties(
                width=_NETWORK_WIDTH, height=_HEIGHT
            )
        )
    return alt.hconcat(*panels, spacing=12)


def _curves(steps: pd.DataFrame, scales: dict[str, alt.Scale], opacity, place: dict, **legend) -> alt.Chart:
    return (
        alt.Chart(steps)
        .mark_line(interpolate="step-after")
        .encode(
            color=alt.Color("name:N", title=None, scale=scales["color"], legend=alt.Legend(symbolSize=300, **legend)),
            strokeDash=alt.StrokeDash("name:N", title=None, scale=scales["dash"]),
            opacity=opacity,
            tooltip=_tooltip(steps),
            **place,
        )
    )


def _network_axis(ends: tuple[float, float], width: float, labels: bool = True) -> alt.X:
    """Time for access and round trips, on a log scale: steps lie anywhere from one round trip to dozens."""
    powers = [10.0**power for power in range(round(np.log10(ends[0])), round(np.log10(ends[1])) + 1)]
    shown = powers if width / (len(powers) - 1) > _LABEL else powers[::2]
    return alt.X(
        "network:Q",
        title=title("Network budget", "ms") if labels else None,
        scale=alt.Scale(type="log", domain=list(ends), nice=False),
        axis=alt.Axis(
            values=powers,
            format="~s",
            labels=labels,
            grid=False,
            labelExpr=f"indexof({shown}, datum.value) < 0 ? '' : datum.label",
        ),
    )


def _value_axis(lines: pd.DataFrame, quantity: str, least: Objective, labels: bool = True) -> alt.Y:
    named = least is not OBJECTIVE["cost"] and quantity == least.per_mwh
    axis_title = title(least.title, f"{least.units}/MWh") if named else column_title(lines, quantity)
    return alt.Y(
        f"{quantity}:Q",
        title=axis_title if labels else None,
        scale=alt.Scale(zero=False, domain=padded(lines[quantity]), nice=True),
        axis=alt.Axis(tickCount=5, minExtent=_LABELS if labels else 0, labels=labels, ticks=labels, domain=labels),
    )


def _steps(group: pd.DataFrame, low: float, high: float, tolerances: np.ndarray) -> pd.DataFrame:
    """The breakpoints at which anything changes visibly, and what holds at both ends of the axis."""
    inside = group[(group.network > low) & (group.network < high)].sort_values("network")
    start, end = _value_at(group, low), _value_at(group, high)
    last, kept = start[list(QUANTITIES)].to_numpy()[0], []
    for row, values in enumerate(inside[list(QUANTITIES)].to_numpy()):
        if (np.abs(values - last) > tolerances).any():
            last = values
            kept.append(row)
    steps = pd.concat([start, inside.iloc[kept], end])
    return steps[["scope", "frictions", "name", "budget", "network", *QUANTITIES]].round(3)


def _value_at(group: pd.DataFrame, network: float) -> pd.DataFrame:
    """One row: what holds at a place on the axis, which is the first value below the first breakpoint."""
    group = group.sort_values("network")
    reached = group[group.network <= network]
    return (reached.tail(1) if len(reached) else group.head(1)).assign(network=network)


def _tolerances(frontiers: pd.DataFrame) -> np.ndarray:
    values = frontiers[list(QUANTITIES)]
    return _VISIBLE * (values.max() - values.min()).to_numpy()


def _decades(values: pd.Series) -> tuple[float, float]:
    """Powers of ten around the values of a millisecond and more."""
    values = values.clip(lower=1)
    return float(10 ** np.floor(np.log10(values.min()))), float(10 ** np.ceil(np.log10(values.max() * 1.01)))


def _tooltip(frame: pd.DataFrame) -> list[alt.Tooltip]:
    numbers = [
        alt.Tooltip(f"{column}:Q", title=column_title(frame, column), format=",.2f")
        for column in ("budget", *QUANTITIES)
    ]
    return [alt.Tooltip("name:N", title="frontier"), *numbers]


def _subtitle(by_class: pd.DataFrame, scenario: xr.Dataset) -> list[str]:
    lines = ["Network budget: latency budget less service time"]
    if len(by_class):
        budgets = scenario.latency_budget.to_series()
        shown = [label for label in budgets.index if label in set(by_class.scope) and np.isfinite(budgets[label])]
        nominal = ", ".join(f"{label} {duration(budgets[label])}" for label in shown)
        lines += [f"Marks: nominal latency budget, {nominal}"] if shown else []
    return lines


def _description(frontiers: pd.DataFrame, least: Objective) -> str:
    parts = []
    for (scope, frictions), group in frontiers.groupby(["scope", "frictions"], sort=False):
        ends = group.sort_values("budget").iloc[[0, -1]]
        cost, carbon = (ends[quantity].to_list() for quantity in QUANTITIES)
        what = "the common network budget" if scope == NETWORK else f"the budget of class {scope}"
        parts.append(
            f"As {what} grows, {FRICTIONS[frictions].lower()}, cost goes from {cost[0]:.1f} to "
            f"{cost[1]:.1f} USD/MWh and emissions from {carbon[0]:.0f} to {carbon[1]:.0f} kg/MWh."
        )
    at_least = "" if least is OBJECTIVE["cost"] else f", at {least.title.lower()}"
    return f"Step curves of cost and emissions against latency budgets{at_least}. " + " ".join(parts)

"""The panels of Figure 2: frontiers by class, and of the budget common to all classes."""

from dataclasses import dataclass, replace

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.charts.budgets import QUANTITIES, decades, network_axis, steps, value_at
from geofront.charts.marks import class_points, cut_mark, halo, heading, legend_selection, letter, padded
from geofront.charts.theme import FAINT, INK, class_scales
from geofront.charts.titles import class_names, column_title, title
from geofront.model.feasibility import network_budgets
from geofront.names import OBJECTIVE, Objective

NETWORK = "network"
FRICTIONS = {"all": "With all frictions", "some": "With some frictions", "none": "Without frictions"}

_LOOKS = {"all": (INK, (1, 0)), "some": (INK, (8, 3)), "none": (FAINT, (4, 2))}
"""Colour and dash of the frontiers of the network budget, by frictions."""

_WIDTH, _NETWORK_WIDTH, _HEIGHT, _STRIP = 196, 168, 130, 46
"""Of a column by class and of a panel of all classes; height of a panel and of a strip of one class [px]."""

_THINNEST, _STEP = 1.5, 0.9
"""Width of the first class's line, and what each class is wider than the one before, so that lines on each other
all show [px]."""

_LABELS = 30
"""Room for the labels of every y axis [px], so that axis titles stand in line."""

_VISIBLE = 0.001
"""Least change that the eye sees, in units of the axis."""

_NEAR_ZERO = 0.5
"""Axes begin at zero where the least value is below this share of the largest [-]."""


@dataclass(frozen=True)
class View:
    """What all panels share."""

    frontiers: pd.DataFrame
    """Columns ``scope``, ``frictions``, ``budget`` and the quantities."""
    least: Objective

    @property
    def quantities(self) -> list[str]:
        """The objective, then the other quantity."""
        return sorted(QUANTITIES, key=lambda quantity: quantity != self.least.per_mwh)

    def domain(self, quantity: str) -> list[float]:
        """One axis for all panels of a quantity, from zero unless that is far."""
        values = self.frontiers[quantity]
        low, high = padded(values)
        return [0.0, high] if 0 <= values.min() < _NEAR_ZERO * values.max() else [low, high]

    def title(self, quantity: str) -> str:
        if self.least is not OBJECTIVE["cost"] and quantity == self.least.per_mwh:
            return title(self.least.title, f"{self.least.units}/MWh")
        return column_title(self.frontiers, quantity)

    def value_axis(self, quantity: str, labels: bool = True, **axis) -> alt.Y:
        domain = self.domain(quantity)
        shown = {"tickCount": 5, "minExtent": _LABELS if labels else 0, "labels": labels, "ticks": labels}
        return alt.Y(
            f"{quantity}:Q",
            title=self.title(quantity) if labels else None,
            scale=alt.Scale(zero=False, domain=domain, nice=domain[0] == 0),
            axis=alt.Axis(domain=labels, **shown | axis),
        )

    def is_cut(self, quantity: str) -> bool:
        """Whether the axis of a quantity does not begin at zero."""
        return self.domain(quantity)[0] > 0

    def steps(self, groups: list[pd.DataFrame], ends: tuple[float, float]) -> pd.DataFrame:
        values = self.frontiers[list(QUANTITIES)]
        tolerances = _VISIBLE * (values.max() - values.min()).to_numpy()
        return pd.concat([steps(group, *ends, tolerances) for group in groups])


def class_rows(view: View, scenario: xr.Dataset, letters) -> list[alt.HConcatChart | alt.VConcatChart]:
    """By class: the objective in a panel for each kind of frictions, and the other quantity in a strip per class."""
    own = view.frontiers[view.frontiers.scope != NETWORK]
    names = {label: name for label, name in class_names(scenario).items() if label in set(own.scope)}
    nominal = network_budgets(scenario).to_series()[list(names)].clip(lower=1)
    nominal = nominal[np.isfinite(nominal)]

    time = own.scope.map(scenario.service_time.to_series()).to_numpy(float)
    own = own.assign(network=own.budget - time, name=own.scope.map(names))
    ends = decades(pd.concat([own.network, nominal]))
    groups = dict(list(own.groupby(["scope", "frictions"])))
    # The last class first: its line is the widest.
    order = sorted(groups, key=lambda key: list(names).index(key[0]), reverse=True)
    lines = view.steps([groups[key] for key in order], ends)
    at_nominal = [value_at(group, nominal[label]) for (label, _), group in groups.items() if label in nominal]
    columns = [kind for kind in FRICTIONS if kind in set(own.frictions)]
    picked, opacity = legend_selection("frontier_class", "name")
    classes = _Classes(
        lines=lines.assign(thick=_THINNEST + _STEP * lines.scope.map(list(names).index)),
        marks=pd.concat([own.head(0), *at_nominal]),
        ends=ends,
        scales=class_scales(list(names), list(names.values())),
        opacity=opacity,
        width=_WIDTH * (2 if len(columns) == 1 else 1),
    )
    top = [
        _class_panel(view, classes, kind, next(letters), None if number else picked)
        for number, kind in enumerate(columns)
    ]
    strips = [_strips(view, classes, kind, next(letters), first=kind == columns[0]) for kind in columns]
    return [alt.hconcat(*top, spacing=14), alt.hconcat(*strips, spacing=14)]


@dataclass(frozen=True)
class _Classes:
    """What the panels by class share."""

    lines: pd.DataFrame
    marks: pd.DataFrame
    ends: tuple[float, float]
    """Of the axis of network budgets [ms]."""
    scales: dict[str, alt.Scale]
    opacity: object
    width: int

    def of(self, **values: str) -> "_Classes":
        """The same with some rows only, by the values of columns."""
        kept = {}
        for name in ("lines", "marks"):
            frame = getattr(self, name)
            for column, value in values.items():
                frame = frame[frame[column] == value]
            kept[name] = frame
        return replace(self, **kept)


def _class_panel(view: View, classes: _Classes, kind: str, name: str, picked) -> alt.LayerChart:
    """The objective of all classes; `picked` is the parameter of the legend in the first panel, and None elsewhere."""
    shown, first, quantity = classes.of(frictions=kind), picked is not None, view.quantities[0]
    place = {"x": network_axis(shown.ends, shown.width, labels=False), "y": view.value_axis(quantity, labels=first)}
    curves = _curves(shown.lines, shown.scales, shown.opacity, place, columns=2, symbolStrokeWidth=2.5)
    at_end = shown.marks.network > shown.ends[1] / 10
    texts = [
        alt.Chart(some).mark_text(dx=dx, dy=dy).encode(text="scope:N", **place)
        for some, dx, dy in ((shown.marks[~at_end], 9, -9), (shown.marks[at_end], 0, -13))
    ]
    layers = [curves.add_params(picked) if first else curves, *map(halo, texts), *texts]
    layers += class_points(shown.marks, "scope", tooltip=_tooltip(shown.lines), **place)
    layers += [heading(FRICTIONS[kind], shown.width), letter(name)]
    layers += [cut_mark(_HEIGHT)] if view.is_cut(quantity) and first else []
    return alt.layer(*layers).properties(width=shown.width, height=_HEIGHT)


def _strips(view: View, classes: _Classes, kind: str, name: str, first: bool) -> alt.VConcatChart:
    """The other quantity, in a strip for each class, in which its line is alone."""
    quantity, strips = view.quantities[1], []
    scopes = list(dict.fromkeys(classes.lines.scope))[::-1]
    middle = (_STRIP * len(scopes) + 4 * (len(scopes) - 1)) / 2
    for scope in scopes:
        shown, upper = classes.of(frictions=kind, scope=scope), scope == scopes[0]
        title_place = {"titleY": middle, "titleX": -_LABELS - 12} if upper else {"title": None}
        place = {
            "x": network_axis(shown.ends, shown.width, labels=scope == scopes[-1]),
            "y": view.value_axis(quantity, labels=first, values=_outer_ticks(view.domain(quantity)), **title_place),
        }
        text = alt.Chart(alt.Data(values=[{"scope": str(scope)}])).mark_text(align="left", baseline="bottom")
        layers = [_curves(shown.lines.drop(columns="thick"), shown.scales, shown.opacity, place)]
        layers += [text.encode(text="scope:N", x=alt.value(10), y=alt.value(_STRIP - 3))]
        layers += class_points(shown.marks, "scope", tooltip=_tooltip(shown.lines), **place)
        layers += [letter(name)] if upper else []
        layers += [cut_mark(_STRIP)] if view.is_cut(quantity) and first else []
        strips.append(alt.layer(*layers).properties(width=shown.width, height=_STRIP))
    return alt.vconcat(*strips, spacing=4, bounds="flush")


def network_row(view: View, letters) -> alt.HConcatChart:
    """Both quantities against the network budget common to all classes."""
    common = view.frontiers[view.frontiers.scope == NETWORK]
    common = common.assign(network=common.budget, name=common.frictions.map(FRICTIONS))
    ends = decades(common.network)
    lines = view.steps([group for _, group in common.groupby("frictions")], ends)
    kinds = [kind for kind in FRICTIONS if kind in set(common.frictions)]
    names = [FRICTIONS[kind] for kind in kinds]
    looks = [_LOOKS[kind] for kind in kinds]
    scales = {
        "color": alt.Scale(domain=names, range=[colour for colour, _ in looks]),
        "dash": alt.Scale(domain=names, range=[list(dash) for _, dash in looks]),
    }
    picked, opacity = legend_selection("frontier_network", "name")
    panels = []
    for quantity in view.quantities:
        place = {"x": network_axis(ends, _NETWORK_WIDTH), "y": view.value_axis(quantity)}
        curves = _curves(lines, scales, opacity, place)
        layers = [curves if panels else curves.add_params(picked)]
        layers += [heading("All classes together", _NETWORK_WIDTH), letter(next(letters))]
        layers += [cut_mark(_HEIGHT)] if view.is_cut(quantity) else []
        panels.append(alt.layer(*layers).properties(width=_NETWORK_WIDTH, height=_HEIGHT))
    return alt.hconcat(*panels, spacing=12)


def _curves(lines: pd.DataFrame, scales: dict[str, alt.Scale], opacity, place: dict, **legend) -> alt.Chart:
    return (
        alt.Chart(lines)
        .mark_line(interpolate="step-after")
        .encode(
            color=alt.Color("name:N", title=None, scale=scales["color"], legend=alt.Legend(symbolSize=300, **legend)),
            strokeDash=alt.StrokeDash("name:N", title=None, scale=scales["dash"]),
            size=alt.Size("thick:Q", scale=None, legend=None) if "thick" in lines else alt.Undefined,
            opacity=opacity,
            tooltip=_tooltip(lines),
            **place,
        )
    )


def _outer_ticks(domain: list[float]) -> list[float]:
    """The first and the last round number within a domain."""
    rough = (domain[1] - domain[0]) / 4
    step = next(
        k for power in [10.0 ** np.floor(np.log10(rough))] for k in np.array([1, 2, 5, 10]) * power if k >= rough
    )
    return sorted({float(np.ceil(domain[0] / step) * step), float(np.floor(domain[1] / step) * step)})


def _tooltip(frame: pd.DataFrame) -> list[alt.Tooltip]:
    numbers = [
        alt.Tooltip(f"{column}:Q", title=column_title(frame, column), format=",.2f")
        for column in ("budget", *QUANTITIES)
    ]
    return [alt.Tooltip("name:N", title="frontier"), *numbers]

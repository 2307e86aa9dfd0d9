"""Energy and carbon return on latency of each class, along the lower convex hull of its frontier (Table 8)."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping, table
from geofront.charts.budgets import decades, network_axis
from geofront.charts.marks import class_points, halo, legend_selection, letter, panel_letters
from geofront.charts.theme import FAINT, WIDTH, class_scales
from geofront.charts.titles import class_names, lower_first, title
from geofront.errors import GeofrontError, first_labels
from geofront.model.feasibility import network_budgets
from geofront.names import CARBON_SIGNAL
from geofront.scenarios.validation import with_names

_WIDTH, _HEIGHT = WIDTH - 94, 170
_COLUMNS = {"erl": ("Saving", "USD/MWh per ms"), "crl": ("Less emissions", "kg/MWh per ms")}
_LEAST = 1e-5
"""Returns below this are drawn as this [USD/MWh per ms]."""
_LINEAR = 0.01
"""Carbon returns below this are drawn to scale, and larger ones by their logarithm [kg/MWh per ms]."""


@checked(
    scenario=with_names,
    returns=mapping(
        table(("from_ms", "to_ms", *_COLUMNS), maker="gf.returns", index=False), "what gf.returns returned, by class"
    ),
)
def returns(scenario: xr.Dataset, returns: Mapping[str, pd.DataFrame]) -> alt.VConcatChart:
    """What one more millisecond of latency budget saves and emits, by class.

    Parameters
    ----------
    scenario : xarray.Dataset
        Its ``latency_budget`` and ``service_time`` (workload) [ms].
    returns : mapping of str to pandas.DataFrame
        What :func:`geofront.returns` returned for each class, best with ``hull=True``: columns ``from_ms``,
        ``to_ms`` [ms], ``erl`` [USD/MWh per ms] and ``crl`` [kg/MWh per ms].

    Returns
    -------
    altair.VConcatChart
        Both returns against the network budget, which is the latency budget less the service time. A line ends where
        no further millisecond saves anything. Marks show the nominal budgets: on the line, or at the foot where
        the return is zero.

    Raises
    ------
    GeofrontError
        A class is unknown, or a table lacks columns or finite returns.
    """
    names = class_names(scenario)
    if unknown := [label for label in returns if label not in names]:
        raise GeofrontError(f"returns: unknown class {first_labels(unknown)}; the scenario has {first_labels(names)}.")
    service_time = scenario.service_time.to_series()
    steps = pd.concat([_steps(frame, service_time[label]).assign(scope=label) for label, frame in returns.items()])
    steps["name"] = steps.scope.map(names)
    shown = [label for label in names if label in returns]
    nominal = network_budgets(scenario).to_series()[shown]
    nominal = nominal[np.isfinite(nominal)].clip(lower=1)
    marks = pd.DataFrame([_at(steps[steps.scope == label], network) for label, network in nominal.items()])
    ends = decades(pd.concat([steps.network, nominal]))
    picked, opacity = legend_selection("returns_class", "name")
    scales, letters = class_scales(shown, [names[label] for label in shown]), panel_letters()
    panels = []
    for column, (what, units) in _COLUMNS.items():
        place = {
            "x": network_axis(ends, _WIDTH, labels=column == "crl"),
            "y": _axis(column, title(what, units), steps[column]),
        }
        lines = (
            alt.Chart(steps)
            .mark_line(interpolate="step-after")
            .encode(
                color=alt.Color(
                    "name:N", title=None, scale=scales["color"], legend=alt.Legend(columns=2, symbolSize=300)
                ),
                strokeDash=alt.StrokeDash("name:N", title=None, scale=scales["dash"]),
                opacity=opacity,
                tooltip=["name:N", alt.Tooltip("network:Q", title="network budget [ms]"), f"{column}:Q"],
                **place,
            )
        )
        text = alt.Chart(marks).mark_text(dx=9, dy=-9).encode(text="scope:N", **place)
        zero = alt.Chart(alt.Data(values=[{}])).mark_rule(color=FAINT).encode(y=alt.datum(0.0))
        layers = [zero] if column == "crl" else []
        layers += [lines if panels else lines.add_params(picked), halo(text), text]
        layers += [*class_points(marks, "scope", **place), letter(next(letters))]
        panels.append(alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT))
    signal = scenario.attrs.get("carbon_signal")
    by = f", by {lower_first(CARBON_SIGNAL[signal].title)}" if signal in CARBON_SIGNAL else ""
    return alt.vconcat(*panels, spacing=26).properties(
        title=alt.Title(
            "What one more millisecond brings",
            subtitle=[
                f"(a) cost and (b) emissions saved{by}",
                "Marks: nominal budgets; below zero, cheaper emits more",
            ],
        ),
        description=_description(steps, marks),
    )


def _steps(frame: pd.DataFrame, service_time: float) -> pd.DataFrame:
    """``network`` [ms] from which each return holds; after the last, they are zero."""
    is_known = np.isfinite(frame[["from_ms", "to_ms", *_COLUMNS]]).all(axis=1)
    if not is_known.any():
        raise GeofrontError("returns: a class has no return that is finite; give what gf.returns returned.")
    gains = frame[is_known & (frame.erl.ne(0) | frame.crl.ne(0))]
    last = gains.to_ms.max() if len(gains) else frame.from_ms[is_known].min()
    steps = gains[["from_ms", *_COLUMNS]].rename(columns={"from_ms": "network"})
    steps = pd.concat([steps, pd.DataFrame({"network": [last], "erl": [0.0], "crl": [0.0]})], ignore_index=True)
    return steps.assign(network=(steps.network - service_time).clip(lower=1), erl=steps.erl.clip(lower=_LEAST)).round(6)


def _at(steps: pd.DataFrame, network: float) -> pd.Series:
    reached = steps[steps.network <= network]
    row = (reached if len(reached) else steps.iloc[[0]]).iloc[-1].copy()
    row["network"] = network
    return row


def _axis(column: str, axis_title: str, values: pd.Series) -> alt.Y:
    if column == "erl":
        scale = alt.Scale(
            type="log", domain=[_LEAST, float(10 ** np.ceil(np.log10(max(values.max(), 10 * _LEAST))))], nice=False
        )
        powers = [10.0**power for power in range(-5, 2)]
        label = f"datum.value <= {_LEAST} ? '0' : format(datum.value, '~')"
        return alt.Y(
            "erl:Q", title=axis_title, scale=scale, axis=alt.Axis(values=powers, labelExpr=label, minExtent=44)
        )
    limit = float(f"{1.5 * max(abs(values).max(), 0.1):.2g}")
    powers = [power for power in (0.1, 1.0, 10.0, 100.0) if power <= limit]
    scale = alt.Scale(type="symlog", constant=_LINEAR, domain=[-limit, limit], nice=False)
    ticks = [*(-power for power in powers[::-1]), 0.0, *powers]
    return alt.Y("crl:Q", title=axis_title, scale=scale, axis=alt.Axis(values=ticks, format="~r", minExtent=44))


def _description(steps: pd.DataFrame, marks: pd.DataFrame) -> str:
    parts = [
        f"class {label} from {group.erl.iloc[0]:.3g} USD/MWh per ms to nothing at {group.network.iloc[-1]:,.0f} ms"
        for label, group in steps.groupby("scope", sort=False)
    ]
    return (
        "Step curves of the energy and carbon return on latency against the network budget: " + ", ".join(parts) + "."
    )

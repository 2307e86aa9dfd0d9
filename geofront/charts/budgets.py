"""Axes of latency budgets, and what holds at each place on them."""

import altair as alt
import numpy as np
import pandas as pd

from geofront.charts.titles import title

QUANTITIES = ("cost_per_mwh", "carbon_per_mwh")

_LABEL = 45
"""Least distance at which powers of ten on an axis are all labelled, and not every second one [px]."""


def network_axis(ends: tuple[float, float], width: float, *, labels: bool = True, field: str = "network") -> alt.X:
    """Time for access and round trips, on a log scale: steps lie anywhere from one round trip to dozens."""
    powers = [10.0**power for power in range(round(np.log10(ends[0])), round(np.log10(ends[1])) + 1)]
    shown = powers if width / (len(powers) - 1) > _LABEL else powers[::2]
    return alt.X(
        f"{field}:Q",
        title=title("Network budget", "ms") if labels else None,
        scale=alt.Scale(type="log", domain=list(ends), nice=False),
        axis=alt.Axis(
            values=powers,
            format="~s",
            labels=labels,
            ticks=labels,
            grid=False,
            labelExpr=f"indexof({shown}, datum.value) < 0 ? '' : datum.label",
        ),
    )


def decades(values: pd.Series) -> tuple[float, float]:
    """Powers of ten around the values of a millisecond and more."""
    values = values.clip(lower=1)
    return float(10 ** np.floor(np.log10(values.min()))), float(10 ** np.ceil(np.log10(values.max() * 1.01)))


def steps(group: pd.DataFrame, low: float, high: float, tolerances: np.ndarray) -> pd.DataFrame:
    """The breakpoints at which anything changes visibly, and what holds at both ends of the axis."""
    inside = group[(group.network > low) & (group.network < high)].sort_values("network")
    start, end = value_at(group, low), value_at(group, high)
    last, kept = start[list(QUANTITIES)].to_numpy()[0], []
    for row, values in enumerate(inside[list(QUANTITIES)].to_numpy()):
        if (np.abs(values - last) > tolerances).any():
            last = values
            kept.append(row)
    rows = pd.concat([start, inside.iloc[kept], end])
    return rows[["scope", "frictions", "name", "budget", "network", *QUANTITIES]].round(3)


def value_at(group: pd.DataFrame, network: float) -> pd.DataFrame:
    """One row: what holds at a place on the axis, which is the first value below the first breakpoint."""
    group = group.sort_values("network")
    reached = group[group.network <= network]
    return (reached.tail(1) if len(reached) else group.head(1)).assign(network=network)

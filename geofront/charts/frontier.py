"""Figure 2: cost and emissions against the latency budget, as step functions."""

from collections.abc import Iterable, Mapping

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, either, mapping, several, table
from geofront.charts.budgets import QUANTITIES
from geofront.charts.frontier_panels import FRICTIONS, NETWORK, View, class_rows, network_row
from geofront.charts.marks import panel_letters
from geofront.charts.titles import duration, lower_first, require_columns
from geofront.errors import GeofrontError, first_labels
from geofront.names import CARBON_SIGNAL, OBJECTIVE, OBJECTIVES, Objective
from geofront.names import FRICTIONS as ALL
from geofront.results import FRONTIER, result
from geofront.scenarios.validation import with_names

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
    """Draw the energy-latency frontier (Figure 2).

    Parameters
    ----------
    scenario : xarray.Dataset
        Scenario with ``latency_budget`` and ``service_time`` (workload) [ms].
    frontiers : xarray.Dataset, iterable or mapping of them, or pandas.DataFrame
        One or more results of :func:`geofront.latency_frontier`, for different classes or with all, some and no
        frictions. The keys of a mapping are ``"all"``, ``"some"`` and ``"none"``. A frame has the columns ``scope``
        (the class whose budget varies, or ``"network"`` for all together), ``frictions`` (``"all"``, ``"some"`` or
        ``"none"``), ``budget`` [ms], ``cost_per_mwh`` [USD/MWh], ``carbon_per_mwh`` [kg/MWh], and optionally
        ``objective``, cost by default. A value holds from its budget up to the next one.

    Returns
    -------
    altair.VConcatChart
        By class, a column each with all, some and no frictions: the objective in one panel, the other quantity in
        a strip per class. They are drawn against the network budget, which is the latency budget less the service
        time, so that classes from milliseconds to hours compare; marks show the nominal budgets. Below: both
        quantities against the network budget common to all. All panels of a quantity have one axis; where it does
        not begin at zero, it is marked as cut. A view without data is left out, as are steps too small to see, below
        0.1 % of the axis.

    Raises
    ------
    GeofrontError
        If an argument is invalid, columns are missing, there are no rows, ``scope``, ``frictions`` or ``objective``
        have other values, or frontiers have different objectives.
    """
    if not isinstance(frontiers, pd.DataFrame):
        frontiers = _tidy(frontiers)
    require_columns(frontiers, ("scope", "frictions", "budget", *QUANTITIES), "frontier")
    _refuse_others(frontiers, "scope", [*scenario.workload.values, NETWORK])
    _refuse_others(frontiers, "frictions", FRICTIONS)
    least, frontiers = _objective(frontiers), frontiers.drop(columns="objective", errors="ignore")
    by_class, common = frontiers[frontiers.scope != NETWORK], frontiers[frontiers.scope == NETWORK]
    view, letters = View(frontiers, least), panel_letters()
    rows = [alt.vconcat(*class_rows(view, scenario, letters), spacing=24)] if len(by_class) else []
    rows += [network_row(view, letters)] if len(common) else []
    return (
        alt.vconcat(*rows, spacing=24)
        .resolve_scale(color="independent", strokeDash="independent")
        .properties(
            title=alt.Title(
                "What latency buys" + ("" if least is OBJECTIVE["cost"] else f": {least.title.lower()}"),
                subtitle=_subtitle(by_class, scenario, view),
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
    """``"all"``, ``"some"`` or ``"none"`` for a set of frictions."""
    return "none" if not len(frictions) else "all" if set(frictions) == set(ALL) else "some"


def _objective(frontiers: pd.DataFrame) -> Objective:
    """Objective of all frontiers."""
    if "objective" not in frontiers:
        return OBJECTIVE["cost"]
    _refuse_others(frontiers, "objective", OBJECTIVES)
    names = list(frontiers.objective.unique())
    if len(names) > 1:
        raise GeofrontError(
            f"frontier: the frontiers have different objectives, {names[0]} and {names[1]}; draw a chart of each."
        )
    return OBJECTIVE[names[0]]


def _refuse_others(frontiers: pd.DataFrame, column: str, known) -> None:
    others = sorted(set(map(str, frontiers[column])) - set(map(str, known)))
    if others:
        raise GeofrontError(f"frontier: {column} holds {first_labels(others)}; it may hold {first_labels(known, 20)}.")


def _subtitle(by_class: pd.DataFrame, scenario: xr.Dataset, view: View) -> list[str]:
    lines = ["Network budget: latency budget less service time"]
    if len(by_class):
        budgets = scenario.latency_budget.to_series()
        shown = [label for label in budgets.index if label in set(by_class.scope) and np.isfinite(budgets[label])]
        nominal = ", ".join(f"{label} {duration(budgets[label])}" for label in shown)
        lines += [f"Marks: nominal latency budget, {nominal}"] if shown else []
    signal = scenario.attrs.get("carbon_signal")
    notes = [f"Emissions: {lower_first(CARBON_SIGNAL[signal].title)}"] if signal in CARBON_SIGNAL else []
    cut = [name for name, quantity in zip(("cost", "emissions"), QUANTITIES, strict=True) if view.is_cut(quantity)]
    notes += [f"axis of {' and '.join(cut)} cut"] if cut else []
    return [*lines, "; ".join(notes)] if notes else lines


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

"""Placement policies under the same constraints: local, nearest, cheapest, cleanest, joint."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.model.certificate import prove
from geofront.model.feasibility import by_client
from geofront.model.problem import build_problem
from geofront.names import CLIENT, FRICTIONS, HOUR, LAYERS, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.placement import evaluate, local, place, totals
from geofront.quantities.budgets import EXACT_HOURS
from geofront.quantities.comparison import percent_change
from geofront.quantities.layers import layers
from geofront.quantities.relocation import relocated
from geofront.scenarios.alignment import aligned
from geofront.solver.engine import solve

CARBON_PRICES = (50.0, 100.0, 200.0)
"""Carbon prices of the joint policies, unless others are asked for [USD/t]."""

FEW_CARBON_PRICES = (50.0, 200.0)
"""Those of :func:`chosen_carbon_prices` where hours are many: each takes half a minute under every signal [USD/t]."""

_FLOW = (CLIENT, REGION, WORKLOAD, HOUR)

COST_TIE_BREAK = 1e-4
"""Weight of the cost among equally near regions. [ms per USD/MWh]"""

POLICY_COLUMNS = {
    "cost_per_mwh": "USD/MWh", "carbon_per_mwh": "kg/MWh", "relocated_share": "1", "latency_added": "ms",
    **dict.fromkeys(LAYERS, "1"), "cost_vs_local": "%", "carbon_vs_local": "%",
}
"""Units of the columns of :func:`policies`."""


def policies(scenario: xr.Dataset, placements: Mapping[str, xr.Dataset] | None = None, *,
             carbon_prices=CARBON_PRICES, frictions=FRICTIONS, solver: str = "CBC") -> pd.DataFrame:
    """What each placement policy costs, emits, moves and delays.

    Parameters
    ----------
    scenario : xarray.Dataset
    placements : mapping of str to xarray.Dataset, optional
        What :func:`policy_placements` returned, where it is at hand; the first is the baseline.
    carbon_prices : sequence of float
        [USD/t], one joint policy each.
    frictions : sequence of str
        Those that are active.
    solver : {"CBC", "HiGHS"}

    Returns
    -------
    pandas.DataFrame
        Index ``policy``. Columns ``cost_per_mwh`` [USD/MWh] and ``carbon_per_mwh`` [kg/MWh] of demand;
        ``relocated_share`` [1]; ``latency_added`` [ms], the mean over all demand by energy of what
        relocation adds end to end; the shares of the layers ``local``, ``regional`` and
        ``energy-oriented`` [1]; ``cost_vs_local`` and ``carbon_vs_local`` [%].

    Raises
    ------
    GeofrontError
        Invalid scenario, or placements of another one.

    Notes
    -----
    Costs are without the carbon price itself, whatever the policy: payments for carbon are not a
    resource that is used up, and only so do the policies compare. See "Placement policies" in docs/model.md.
    """
    if placements is None:
        placements = policy_placements(
            scenario, carbon_prices=carbon_prices, frictions=frictions, solver=solver)
    figures = {name: _figures(scenario, placement, frictions) for name, placement in placements.items()}
    table = pd.DataFrame.from_dict(figures, orient="index")
    for quantity in ("cost", "carbon"):
        per_mwh = table[f"{quantity}_per_mwh"]
        table[f"{quantity}_vs_local"] = percent_change(per_mwh, per_mwh.iloc[0])
    table.attrs["units"] = POLICY_COLUMNS
    return table.rename_axis("policy")


def policy_placements(scenario: xr.Dataset, *, carbon_prices=CARBON_PRICES, frictions=FRICTIONS,
                      solver: str = "CBC") -> dict[str, xr.Dataset]:
    """The placement of every policy, by name; all of them obey the same constraints.

    Parameters
    ----------
    scenario : xarray.Dataset
    carbon_prices : sequence of float
        [USD/t], one joint policy each.
    frictions : sequence of str
        Those that are active.
    solver : {"CBC", "HiGHS"}

    Returns
    -------
    dict of str to xarray.Dataset
        - ``local``: everything at home. A client's home being the nearest service node, and its own
          region the nearest to that, this is also what placing by latency alone does.
        - ``nearest``: as much as possible moves, to the nearest *other* regions by added latency. It
          looks at neither price nor carbon, and so shows what moving as such is worth.
        - ``cheapest``: least cost. ``cleanest``: least emissions, then least cost.
        - ``joint at … USD/t``: least cost including that price on carbon.

    Raises
    ------
    GeofrontError
        Invalid scenario, or infeasible.
    """
    options = {"frictions": frictions, "solver": solver}
    placed = {
        "local": local(scenario),
        "nearest": nearest(scenario, **options),
        "cheapest": place(scenario, **options),
        "cleanest": place(scenario, objective="carbon", **options),
    }
    return placed | {f"joint at {price:g} USD/t": place(scenario, carbon_price=price, **options)
                     for price in carbon_prices}


def chosen_carbon_prices(scenario: xr.Dataset) -> tuple[float, ...]:
    """Carbon prices for :func:`policies` [USD/t]: fewer where there are more than `EXACT_HOURS` hours."""
    return CARBON_PRICES if scenario.sizes[HOUR] <= EXACT_HOURS else FEW_CARBON_PRICES


def nearest(scenario: xr.Dataset, *, frictions=FRICTIONS, solver: str = "CBC") -> xr.Dataset:
    """As much demand as possible away from home, at the least added latency; ties go to the cheaper.

    Parameters
    ----------
    scenario : xarray.Dataset
    frictions : sequence of str
        Those that are active.
    solver : {"CBC", "HiGHS"}

    Returns
    -------
    xarray.Dataset
        As :func:`geofront.place`, without shadow prices; they prove it the nearest before they are dropped.

    Raises
    ------
    GeofrontError
        Invalid scenario, or infeasible.
    """
    problem = build_problem(scenario, frictions=frictions, tie_break=False)
    delay = _added_latency(scenario).transpose(SERVICE, REGION, WORKLOAD).values.copy()
    # Staying counts as longer than the longest chain of moves that one more move can cause.
    delay[np.arange(len(delay)), problem.home_region] = (1 + delay.shape[1]) * max(delay.max(), 1.0)
    blind = replace(problem, price=COST_TIE_BREAK * problem.price, warmup=np.zeros_like(problem.warmup),
                    fixed=delay + COST_TIE_BREAK * problem.fixed)
    solution = solve(blind, solver)
    prove(blind, solution.flow, solution.capacity_price, solution.warmup_price)
    flow = xr.DataArray(solution.flow, {dim: scenario[dim] for dim in _FLOW}, _FLOW)
    return evaluate(scenario, flow, frictions=frictions).assign_attrs(objective="nearest", solver=solver)


def signal_comparison(scenarios: Mapping[str, xr.Dataset], placements: Mapping[str, xr.Dataset] | None = None, *,
                      objective: str = "carbon", carbon_price: float = 0.0, frictions=FRICTIONS,
                      solver: str = "CBC") -> pd.DataFrame:
    """What a placement under one carbon signal emits according to another.

    Parameters
    ----------
    scenarios : mapping of str to xarray.Dataset
        Scenarios by the name of their signal, alike in everything but ``carbon``.
    placements : mapping of str to xarray.Dataset, optional
        The placements by signal, where they are at hand.
    objective, carbon_price, frictions, solver
        As in :func:`geofront.place`, for placements that are not.

    Returns
    -------
    pandas.DataFrame
        Index ``placed_under`` and ``evaluated_under``. Columns ``carbon_per_mwh`` [kg/MWh],
        ``carbon_vs_local`` [%] under the evaluating signal, ``cost_per_mwh`` [USD/MWh] without the
        carbon price.

    Raises
    ------
    GeofrontError
        The scenarios differ in more than carbon.

    Notes
    -----
    The flows stay, all emissions are those of the evaluating signal, those of warm-up included.
    """
    check_alike(scenarios)
    baselines = {name: totals(local(scenario)).carbon_per_mwh for name, scenario in scenarios.items()}
    if placements is None:
        placements = {name: place(scenario, objective=objective, carbon_price=carbon_price, frictions=frictions,
                                  solver=solver) for name, scenario in scenarios.items()}
    rows = {}
    for placed in scenarios:
        placement = placements[placed]
        for evaluated, other in scenarios.items():
            total = totals(evaluate(other, placement.flow, frictions=frictions))
            rows[placed, evaluated] = {
                "carbon_per_mwh": total.carbon_per_mwh,
                "carbon_vs_local": percent_change(total.carbon_per_mwh, baselines[evaluated]),
                "cost_per_mwh": total.cost_per_mwh,
            }
    table = pd.DataFrame(rows).T.rename_axis(["placed_under", "evaluated_under"])
    table.attrs["units"] = {name: POLICY_COLUMNS[name] for name in table}
    return table


def _figures(scenario: xr.Dataset, placement: xr.Dataset, frictions) -> dict[str, float]:
    flow = aligned(scenario, placement.flow, CLIENT, REGION, WORKLOAD, HOUR)
    total = totals(evaluate(scenario, flow, frictions=frictions))
    delay = by_client(scenario, _added_latency(scenario))
    delayed = float(xr.dot(flow, delay, scenario[WEIGHT], dim=_FLOW))
    return {
        "cost_per_mwh": total.cost_per_mwh,
        "carbon_per_mwh": total.carbon_per_mwh,
        "relocated_share": float(relocated(scenario, flow).sum()) / total.demand_mwh,
        "latency_added": delayed / total.demand_mwh,
        **layers(scenario, placement).share_of_all.to_series(),
    }


def _added_latency(scenario: xr.Dataset) -> xr.DataArray:
    """End-to-end latency beyond that of local execution [ms], dims (service, region, workload)."""
    rtt = scenario.rtt.reset_coords(drop=True)
    own = rtt.sel({REGION: rtt[SERVICE]}).drop_vars(REGION)
    return scenario.round_trips * (rtt - own)


def check_alike(scenarios: Mapping[str, xr.Dataset]) -> None:
    """Refuse scenarios that differ in anything but carbon.

    Raises
    ------
    GeofrontError
        Names the first scenario that differs, and in which variables.
    """
    first, *others = scenarios.values()
    for name, other in zip(list(scenarios)[1:], others, strict=True):
        differing = [variable for variable in first.data_vars
                     if variable != "carbon" and not first[variable].identical(other[variable])]
        if differing:
            raise GeofrontError(f"scenario {name!r} differs from {next(iter(scenarios))!r} in "
                                f"{first_labels(differing)}: only 'carbon' may differ between signals")

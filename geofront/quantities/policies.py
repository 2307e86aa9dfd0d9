"""Placement policies under the same constraints: local, nearest, cheapest, cleanest, joint."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, mapping
from geofront.model.certificate import prove
from geofront.model.costs import check_carbon_price, check_carbon_prices, check_frictions
from geofront.model.feasibility import by_client, end_to_end
from geofront.model.problem import build_problem
from geofront.names import CLIENT, FRICTIONS, HIGHS, HOUR, REGION, SERVICE, SOLVERS, WEIGHT, WORKLOAD
from geofront.placement import evaluate, local, place, solve, totals
from geofront.quantities.comparison import percent_change
from geofront.quantities.frontier import EXACT_HOURS
from geofront.quantities.layers import layers
from geofront.quantities.near_optimal import near_optimal
from geofront.results import PLACEMENT, result
from geofront.scenarios.alignment import aligned, labelled_flow
from geofront.scenarios.validation import admitted

CARBON_PRICES = (50.0, 100.0, 200.0)
"""Default carbon prices of the joint policies [USD/t]."""

FEW_CARBON_PRICES = (50.0, 200.0)
"""Carbon prices for scenarios of many hours, in which each takes half a minute under every signal [USD/t]."""

COST_TIE_BREAK = 1e-4
"""Weight of the cost among equally near regions [ms per USD/MWh]."""

_FLOW = (CLIENT, REGION, WORKLOAD, HOUR)


@dataclass(frozen=True)
class Policy:
    """A placement policy.

    Attributes
    ----------
    name : str
    objective : {"local", "nearest", "cost", "carbon"}
        ``local`` keeps everything at home. A client's home is the nearest service node, and its own region the nearest
        to it, so a placement by latency alone is the same. ``nearest`` is :func:`nearest`, the others are objectives
        of :func:`geofront.place`.
    carbon_price : float
        Carbon price in the objective [USD/t].
    """

    name: str
    objective: str
    carbon_price: float = 0.0

    def __post_init__(self):
        check_carbon_price(self.carbon_price)

    @property
    def follows_the_signal(self) -> bool:
        """Whether the flows depend on the carbon intensities."""
        return self.objective == "carbon" or self.carbon_price != 0

    def place(self, scenario: xr.Dataset, *, frictions=FRICTIONS, solver: str = HIGHS) -> xr.Dataset:
        """Place a scenario with this policy."""
        if self.objective == "local":
            return local(scenario)
        if self.objective == "nearest":
            return nearest(scenario, frictions=frictions, solver=solver)
        return place(
            scenario, objective=self.objective, carbon_price=self.carbon_price, frictions=frictions, solver=solver
        )


def least_cost(carbon_price: float) -> Policy:
    """Make the policy of least cost: ``cheapest``, or ``joint at … USD/t`` with a carbon price [USD/t]."""
    return Policy(f"joint at {carbon_price:g} USD/t" if carbon_price else "cheapest", "cost", carbon_price)


def all_policies(carbon_prices: Sequence[float] = CARBON_PRICES) -> list[Policy]:
    """List all policies, the joint ones at the given carbon prices [USD/t]."""
    return [
        Policy("local", "local"),
        Policy("nearest", "nearest"),
        least_cost(0.0),
        Policy("cleanest", "carbon"),
        *map(least_cost, check_carbon_prices(carbon_prices)),
    ]


class _Outcome(NamedTuple):
    """Inputs of the columns of a placement."""

    scenario: xr.Dataset
    placement: xr.Dataset
    totals: pd.Series
    baseline: pd.Series
    layers: pd.Series


class Column(NamedTuple):
    """A column of :func:`policies`; Table 6 has the columns with a heading, in the order of `COLUMNS`."""

    units: str
    value: Callable[[_Outcome], float | str]
    heading: str = ""
    digits: int = 0


COLUMNS = {
    "objective": Column("", lambda it: it.placement.attrs["objective"]),
    "carbon_price": Column("USD/t", lambda it: it.placement.attrs["carbon_price"]),
    "cost_per_mwh": Column("USD/MWh", lambda it: it.totals.cost_per_mwh, "Cost", 1),
    "cost_vs_local": Column(
        "%", lambda it: percent_change(it.totals.cost_per_mwh, it.baseline.cost_per_mwh), "Cost against local", 1
    ),
    "carbon_per_mwh": Column("kg/MWh", lambda it: it.totals.carbon_per_mwh, "Emissions"),
    "carbon_vs_local": Column(
        "%",
        lambda it: percent_change(it.totals.carbon_per_mwh, it.baseline.carbon_per_mwh),
        "Emissions against local",
        1,
    ),
    "relocated_share": Column("1", lambda it: 1 - it.layers["local"]),
    "local": Column("1", lambda it: it.layers["local"], "Local"),
    "regional": Column("1", lambda it: it.layers["regional"], "Regional"),
    "energy-oriented": Column("1", lambda it: it.layers["energy-oriented"], "Energy-oriented"),
    "latency_added": Column("ms", lambda it: _mean_latency_added(it.scenario, it.placement), "Mean latency added"),
}

OPEN = ("regional", "energy-oriented", "latency_added")
"""Columns that are not unique at the least cost of a policy, because homes can exchange destinations."""


@checked(
    scenario=admitted,
    placements=mapping(result(PLACEMENT), "what gf.policy_placements returned"),
    carbon_prices=check_carbon_prices,
    frictions=check_frictions,
    solver=choice(SOLVERS),
)
def policies(
    scenario: xr.Dataset,
    placements: Mapping[str, xr.Dataset] | None = None,
    *,
    carbon_prices=CARBON_PRICES,
    frictions=FRICTIONS,
    solver: str = HIGHS,
) -> pd.DataFrame:
    """Compute the cost, emissions, shares and latency of each placement policy.

    Parameters
    ----------
    scenario : xarray.Dataset
    placements : mapping of str to xarray.Dataset, optional
        Result of :func:`policy_placements`, computed if missing; the first placement is the baseline.
    carbon_prices, frictions, solver
        As for :func:`policy_placements`.

    Returns
    -------
    pandas.DataFrame
        Index ``policy``. Columns: ``objective`` and ``carbon_price`` [USD/t] of the placement;
        ``cost_per_mwh`` [USD/MWh] and ``carbon_per_mwh`` [kg/MWh] of demand, with ``cost_vs_local`` and
        ``carbon_vs_local`` [%]; ``relocated_share`` [-] and the shares of the layers ``local``, ``regional`` and
        ``energy-oriented`` [-]; ``latency_added`` [ms], the mean end-to-end latency that relocation adds, weighted by
        energy over all demand. Units are in ``attrs``.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, or the placements have another one.

    Notes
    -----
    Costs exclude payments for carbon, which are transfers and consume no resource, so that policies are comparable. See
    "Placement policies" in docs/model.md.
    """
    if placements is None:
        placements = policy_placements(scenario, carbon_prices=carbon_prices, frictions=frictions, solver=solver)
    rows, baseline = {}, None
    for name, placement in placements.items():
        total = totals(evaluate(scenario, placement.flow, frictions=frictions))
        baseline = total if baseline is None else baseline
        outcome = _Outcome(scenario, placement, total, baseline, layers(scenario, placement).share_of_all.to_series())
        rows[name] = {column: of.value(outcome) for column, of in COLUMNS.items()}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("policy")
    table.attrs["units"] = {name: column.units for name, column in COLUMNS.items()}
    return table


@checked(scenario=admitted, placements=mapping(result(PLACEMENT), "what gf.policy_placements returned"))
def policy_ranges(scenario: xr.Dataset, placements: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Compute the ranges at equal cost of the columns of :func:`policies` that are not unique.

    Parameters
    ----------
    scenario : xarray.Dataset
    placements : mapping of str to xarray.Dataset
        Result of :func:`policy_placements`.

    Returns
    -------
    pandas.DataFrame
        Index ``policy``; column levels: one of `OPEN`, and ``least`` or ``most``. NaN for placements without shadow
        prices: ``local`` is unique, and ``nearest`` is nearly unique, because latency decides.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, or the placements have another one.
    """
    energy = float((scenario.demand * scenario[WEIGHT]).sum())
    added = by_client(scenario, _added_latency(scenario)).reset_coords(drop=True) / (energy or np.nan)
    quantities = {name: added if name == "latency_added" else name for name in OPEN}
    columns = pd.MultiIndex.from_product([OPEN, ["least", "most"]])
    table = pd.DataFrame(np.nan, pd.Index(list(placements), name="policy"), columns)
    for policy, placement in placements.items():
        if energy and "capacity_price" in placement:
            ranges = near_optimal(scenario, placement, quantities=quantities, slack=0.0).squeeze("slack")
            for name, end in columns:
                table.loc[policy, (name, end)] = float(ranges[end].sel(quantity=name))
    return table


@checked(scenario=admitted, carbon_prices=check_carbon_prices, frictions=check_frictions, solver=choice(SOLVERS))
def policy_placements(
    scenario: xr.Dataset, *, carbon_prices=CARBON_PRICES, frictions=FRICTIONS, solver: str = HIGHS
) -> dict[str, xr.Dataset]:
    """Place a scenario with every policy, under the same constraints.

    Parameters
    ----------
    scenario : xarray.Dataset
    carbon_prices : sequence of float
        Carbon prices of the joint policies [USD/t].
    frictions, solver
        As in :func:`geofront.place`.

    Returns
    -------
    dict of str to xarray.Dataset
        Placements by name. ``local``: everything at home. ``nearest``: as much demand as possible moves, to the nearest
        other regions. ``cheapest``: least cost. ``cleanest``: least emissions, then least cost. ``joint at … USD/t``:
        least cost including that carbon price.

    Raises
    ------
    GeofrontError
        If the scenario is invalid or infeasible, or a carbon price is negative.
    """
    return {
        policy.name: policy.place(scenario, frictions=frictions, solver=solver)
        for policy in all_policies(carbon_prices)
    }


def chosen_carbon_prices(scenario: xr.Dataset) -> tuple[float, ...]:
    """Carbon prices for :func:`policies` [USD/t]: fewer if there are more than `EXACT_HOURS` hours."""
    return CARBON_PRICES if scenario.sizes[HOUR] <= EXACT_HOURS else FEW_CARBON_PRICES


def nearest(scenario: xr.Dataset, *, frictions=FRICTIONS, solver: str = HIGHS) -> xr.Dataset:
    """Place as much demand as possible away from home, at the least added latency; cost breaks ties.

    The policy ignores price and carbon, so it shows the value of relocation as such. The result is as for
    :func:`geofront.place`, but without shadow prices, which are used to prove optimality and then dropped.
    """
    scenario = admitted(scenario)
    problem = build_problem(scenario, frictions=frictions)
    delay = _added_latency(scenario).transpose(SERVICE, REGION, WORKLOAD).values.copy()
    # Home must be more expensive than the longest chain of moves that one more move can cause.
    delay[np.arange(len(delay)), problem.home_region] = (1 + delay.shape[1]) * max(delay.max(), 1.0)
    blind = replace(
        problem,
        price=COST_TIE_BREAK * problem.price,
        warmup=np.zeros_like(problem.warmup),
        fixed=delay + COST_TIE_BREAK * problem.fixed,
    )
    solution = solve(blind, solver)
    prove(blind, solution.flow, solution.capacity_price, solution.warmup_price)
    flow = labelled_flow(scenario, solution.flow)
    return evaluate(scenario, flow, frictions=frictions).assign_attrs(objective="nearest", solver=solver)


def _mean_latency_added(scenario: xr.Dataset, placement: xr.Dataset) -> float:
    energy = aligned(scenario, placement.flow, *_FLOW) * scenario[WEIGHT]
    return float(xr.dot(energy, by_client(scenario, _added_latency(scenario)), dim=_FLOW) / energy.sum())


def _added_latency(scenario: xr.Dataset) -> xr.DataArray:
    """End-to-end latency in excess of local execution [ms], dims (service, region, workload)."""
    rtt = scenario.rtt.reset_coords(drop=True)
    own = rtt.sel({REGION: rtt[SERVICE]}).drop_vars(REGION)
    return end_to_end(0.0, rtt, scenario.round_trips) - end_to_end(0.0, own, scenario.round_trips)

"""Outcomes of an ensemble: the numbers that the README quotes, as functions of one world."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import xarray as xr

from geofront.inputs import loaders
from geofront.model.certificate import prove
from geofront.model.costs import arc_terms, objective_rates, with_frictions
from geofront.model.feasibility import at_home, network_latency, within_budget
from geofront.model.problem import Problem, Solution, build_problem
from geofront.names import CARBON_SIGNALS, CLIENT, FRICTIONS, REGION, WORKLOAD
from geofront.placement import executed, home_flow
from geofront.quantities.comparison import percent_change
from geofront.quantities.hvdc_link import annuity
from geofront.quantities.layers import layer_of_home
from geofront.quantities.relocation import LEVELS, economic_demand, technical_share
from geofront.quantities.signals import contested_factors, without_factors
from geofront.quantities.transmission import break_even_distance
from geofront.quantities.uncertain_inputs import DELIVERED, under_signal
from geofront.shared import remembered
from geofront.solver import engine

TIGHT, EARLY, LOOSE = NETWORK_BUDGETS = 50.0, 200.0, 5000.0
"""Network budgets common to all classes at which each world is placed [ms]."""

CONTESTED_AT_ZERO = "contested at zero"
"""The marginal signal with contested factors at zero."""

LOCAL, CLEANEST, CHEAPEST, FRICTIONLESS = "local", "cleanest", FRICTIONS, ()

Case = str | float | tuple[str, ...]
"""`LOCAL`, `CLEANEST`, or the cheapest placement: within a network budget [ms], or with some frictions only."""


@remembered
def _problem(scenario: xr.Dataset, case: Case) -> Problem:
    if isinstance(case, tuple):
        return build_problem(scenario, frictions=case)
    base = _problem(scenario, CHEAPEST)
    if case == LOCAL:
        return base
    if case == CLEANEST:
        return replace(base, **objective_rates(_terms(scenario, FRICTIONS), "carbon")._asdict())
    allowed = within_budget(every_network_latency(scenario), case) | at_home(scenario)
    return replace(base, allowed=allowed.transpose(CLIENT, WORKLOAD, REGION).values)


every_network_latency = remembered(network_latency)


@remembered
def _terms(scenario: xr.Dataset, frictions: tuple[str, ...], signal: str | None = None) -> xr.Dataset:
    return arc_terms(with_frictions(scenario if signal is None else _judge(scenario, signal), frictions))


def _judge(scenario: xr.Dataset, signal: str) -> xr.Dataset:
    """A scenario with another carbon signal, or with the marginal one and contested factors at zero."""
    if signal != CONTESTED_AT_ZERO:
        return under_signal(scenario, signal)
    return without_factors(under_signal(scenario, "marginal"), _contested_regions())


@cache
def _contested_regions() -> list[str]:
    return list(contested_factors().index)


@remembered
def _solution(scenario: xr.Dataset, case: Case) -> Solution:
    """The optimum of a case, proven from its shadow prices."""
    problem = _problem(scenario, case)
    solution = engine.solve(problem, interruptible=False)
    prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
    return solution


@remembered
def _flow(scenario: xr.Dataset, case: Case) -> np.ndarray:
    return home_flow(_problem(scenario, case)) if case == LOCAL else _solution(scenario, case).flow


@remembered
def per_mwh(scenario: xr.Dataset, case: Case, signal: str | None = None) -> tuple[float, float]:
    """Cost [USD/MWh] and emissions [kg/MWh] of a case, by the scenario's carbon signal unless another is given."""
    problem, frictions = _problem(scenario, case), case if isinstance(case, tuple) else FRICTIONS
    flows = executed(problem, _terms(scenario, frictions, signal), _flow(scenario, case))
    per_mwh = 1 / _demand(problem).sum()
    cost = sum(float((each.sum(axis=(0, 1)) * problem.weight).sum()) for each in flows.cost.values())
    return cost * per_mwh, float((flows.emissions.sum(axis=(0, 1)) * problem.weight).sum()) * per_mwh


def _demand(problem: Problem) -> np.ndarray:
    """Annual demand, (c, k) [MWh/yr]."""
    return (problem.demand * problem.weight).sum(axis=-1)


def _relocated(scenario: xr.Dataset, case: Case) -> float:
    """Share of demand that a case moves [%]."""
    problem = _problem(scenario, case)
    moved = (_flow(scenario, case) * problem.away()[..., None, None] * problem.weight).sum()
    return 100 * float(moved / _demand(problem).sum())


def _number(value, units: str, long_name: str) -> xr.DataArray:
    return xr.DataArray(float(value), attrs={"units": units, "long_name": long_name})


def _change(scenario: xr.Dataset, case: Case, which: int, signal: str | None = None) -> float:
    """Cost (0) or emissions (1) of a case against local execution [%]."""
    return percent_change(per_mwh(scenario, case, signal)[which], per_mwh(scenario, LOCAL, signal)[which])


def local_cost(scenario: xr.Dataset) -> xr.DataArray:
    """Cost of local execution [USD/MWh]."""
    return _number(per_mwh(scenario, LOCAL)[0], "USD/MWh", "Cost of local execution")


def cheapest_cost(scenario: xr.Dataset) -> xr.DataArray:
    """Least cost with all frictions [USD/MWh]."""
    return _number(per_mwh(scenario, CHEAPEST)[0], "USD/MWh", "Least cost")


def cheapest_cost_change(scenario: xr.Dataset) -> xr.DataArray:
    """Cost of the cheapest placement against local execution [%]."""
    return _number(_change(scenario, CHEAPEST, 0), "%", "Cost of the cheapest placement against local")


def cheapest_carbon_change(scenario: xr.Dataset) -> xr.DataArray:
    """Emissions of the cheapest placement against local execution, by each carbon signal [%], dims (signal,)."""
    changes = [_change(scenario, CHEAPEST, 1, signal) for signal in CARBON_SIGNALS]
    return xr.DataArray(
        changes,
        {"signal": np.array(CARBON_SIGNALS, object)},
        "signal",
        attrs={"units": "%", "long_name": "Emissions of the cheapest placement against local"},
    )


def cheapest_carbon_change_contested(scenario: xr.Dataset) -> xr.DataArray:
    """Emissions of the cheapest placement against local execution, with contested marginal factors at zero [%]."""
    changed = _change(scenario, CHEAPEST, 1, CONTESTED_AT_ZERO)
    return _number(changed, "%", "Emissions of the cheapest placement against local, contested factors at zero")


def cleanest_carbon_change(scenario: xr.Dataset) -> xr.DataArray:
    """Emissions of the cleanest placement against local execution [%]."""
    return _number(_change(scenario, CLEANEST, 1), "%", "Emissions of the cleanest placement against local")


def cleanest_cost_change(scenario: xr.Dataset) -> xr.DataArray:
    """Cost of the cleanest placement against local execution [%]."""
    return _number(_change(scenario, CLEANEST, 0), "%", "Cost of the cleanest placement against local")


def layer_shares(scenario: xr.Dataset) -> xr.DataArray:
    """Where the classes run in the cheapest placement [%], dims (layer, workload).

    Local shares are unique; how the rest divides into regional and energy-oriented is a matter of the tie-break.
    """
    problem, of_home = _problem(scenario, CHEAPEST), layer_of_home(scenario)
    energy = (_flow(scenario, CHEAPEST) * problem.weight).sum(axis=-1)
    share = np.einsum("lcr,crk->lk", of_home.values[:, problem.home].astype(float), energy)
    coords = {"layer": of_home["layer"].values, WORKLOAD: problem.labels[WORKLOAD]}
    attrs = {"units": "%", "long_name": "Share of the class"}
    return xr.DataArray(100 * share / share.sum(axis=0), coords, tuple(coords), attrs=attrs)


def relocatable_share(scenario: xr.Dataset) -> xr.DataArray:
    """Share of demand that could move, would gain by moving, and does move [%], dims (level,)."""
    problem = _problem(scenario, CHEAPEST)
    demand = _demand(problem)
    could, gains = technical_share(problem) * demand, economic_demand(problem)
    share = [100 * each.sum() / demand.sum() for each in (could, gains)] + [_relocated(scenario, CHEAPEST)]
    attrs = {"units": "%", "long_name": "Share of demand"}
    return xr.DataArray(share, {"level": np.array(LEVELS, object)}, "level", attrs=attrs)


def benefit_without_frictions(scenario: xr.Dataset) -> xr.DataArray:
    """Saving of relocation without any friction [USD/MWh]."""
    saved = per_mwh(scenario, LOCAL)[0] - per_mwh(scenario, FRICTIONLESS)[0]
    return _number(saved, "USD/MWh", "Benefit without frictions")


def benefit_with_frictions(scenario: xr.Dataset) -> xr.DataArray:
    """Saving of relocation with all frictions [USD/MWh]."""
    saved = per_mwh(scenario, LOCAL)[0] - per_mwh(scenario, CHEAPEST)[0]
    return _number(saved, "USD/MWh", "Benefit with all frictions")


def friction_loss(scenario: xr.Dataset) -> xr.DataArray:
    """Share of the benefit of relocation that is lost to frictions [%]."""
    kept = float(benefit_with_frictions(scenario)) / float(benefit_without_frictions(scenario))
    return _number(100 * (1 - kept), "%", "Benefit lost to frictions")


def network_cost(scenario: xr.Dataset) -> xr.DataArray:
    """Least cost at network budgets common to all classes [USD/MWh], dims (network_budget,)."""
    cost = [per_mwh(scenario, budget)[0] for budget in NETWORK_BUDGETS]
    return _by_budget(cost, "USD/MWh", "Least cost")


def network_relocated_share(scenario: xr.Dataset) -> xr.DataArray:
    """Share of demand that moves at network budgets common to all classes [%], dims (network_budget,)."""
    moved = [_relocated(scenario, budget) for budget in NETWORK_BUDGETS]
    return _by_budget(moved, "%", "Relocated share")


def early_saving(scenario: xr.Dataset) -> xr.DataArray:
    """Saving from the tightest network budget to 200 ms, as a share of the saving to the loosest [%]."""
    tight, early, loose = (per_mwh(scenario, budget)[0] for budget in NETWORK_BUDGETS)
    return _number(100 * (tight - early) / ((tight - loose) or np.nan), "%", f"Saved within {EARLY:g} ms")


def regions_in_reach(scenario: xr.Dataset) -> xr.DataArray:
    """Regions within a network budget common to all classes, mean over demand [-], dims (network_budget,)."""
    reach = []
    for budget in NETWORK_BUDGETS:
        problem = _problem(scenario, budget)
        counted = (problem.allowed & problem.away()[:, None, :]).sum(axis=-1)
        reach.append((counted * _demand(problem)).sum() / _demand(problem).sum())
    return _by_budget(reach, "1", "Regions in reach")


def _by_budget(values, units: str, long_name: str) -> xr.DataArray:
    attrs = {"units": units, "long_name": long_name}
    return xr.DataArray(values, {"network_budget": list(NETWORK_BUDGETS)}, "network_budget", attrs=attrs)


def requests_win_beyond(scenario: xr.Dataset, tables) -> xr.DataArray:
    """Distance beyond which relocated requests cost less than any line, for every class [km]."""
    regions, workloads = tables["regions"], tables["workloads"]
    end = regions.loc["ca-ontario" if "ca-ontario" in regions.index else regions.index[0]]
    price = float(end.price_usd_per_mwh)
    if scenario.attrs["price_scope"] == DELIVERED:
        price += float(end[loaders.DELIVERED_ADDER])
    found = break_even_distance(
        workloads=workloads,
        hvdc=tables["hvdc"],
        price=price,
        carbon=float(end.carbon_marginal_kg_per_mwh),
        pue_source=float(end.pue),
        egress_price=float(end.egress_usd_per_gb),
    )
    return _number(found.break_even.max(), "km", "Requests beat lines beyond")


def capacity_worth(scenario: xr.Dataset) -> xr.DataArray:
    """Worth of one more MW in the region where it is largest [thousand USD/MW/yr]."""
    price = _solution(scenario, CHEAPEST).capacity_price
    worth = (price * _problem(scenario, CHEAPEST).weight).sum(axis=-1).max()
    return _number(worth / 1000, "thousand USD/MW/yr", "Largest worth of a megawatt")


def capacity_worth_of_building(scenario: xr.Dataset, tables) -> xr.DataArray:
    """The same relative to the yearly cost of building a MW of data centre [%]."""
    parameters = tables["building"]["value"]
    building = annuity(parameters["capex"], parameters["discount_rate"], parameters["lifetime"])
    worth = 1000 * float(capacity_worth(scenario))
    return _number(100 * worth / building, "%", "Largest worth of a megawatt, of building cost")


_OUTCOMES = (
    local_cost,
    cheapest_cost,
    cheapest_cost_change,
    cheapest_carbon_change,
    cheapest_carbon_change_contested,
    cleanest_carbon_change,
    cleanest_cost_change,
    layer_shares,
    relocatable_share,
    benefit_without_frictions,
    benefit_with_frictions,
    friction_loss,
    network_cost,
    network_relocated_share,
    early_saving,
    regions_in_reach,
    requests_win_beyond,
    capacity_worth,
    capacity_worth_of_building,
)

HEADLINES: dict[str, Callable] = {outcome.__name__: outcome for outcome in _OUTCOMES}
"""Outcomes that the README quotes, by name, except those that take longer; see `costly_headlines`."""

FEW_HEADLINES: dict[str, Callable] = {
    outcome.__name__: outcome for outcome in (cheapest_cost_change, cheapest_carbon_change, friction_loss)
}
"""Outcomes that need only two placements, for designs with many worlds."""

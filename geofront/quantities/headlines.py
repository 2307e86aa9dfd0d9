"""Outcomes of an ensemble: the numbers that the README quotes, as functions of one world."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from geofront.inputs.loaders import DELIVERED_ADDER
from geofront.model.feasibility import with_network_budget
from geofront.model.problem import build_problem
from geofront.names import CARBON_SIGNALS, CLIENT, FRICTIONS, HOUR, WEIGHT, WORKLOAD
from geofront.placement import evaluate, local, place, totals
from geofront.quantities.comparison import percent_change
from geofront.quantities.friction_losses import friction_losses
from geofront.quantities.layers import layers
from geofront.quantities.relocation import relocatable, relocated
from geofront.quantities.sweep import sweep
from geofront.quantities.transmission import break_even_distance
from geofront.quantities.uncertain_inputs import DELIVERED, under_signal
from geofront.shared import shared_in_run

NETWORK_BUDGETS = (50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 5000.0)
"""Network budgets at which the frontier of a world is evaluated [ms]."""

_at_home = shared_in_run(local)
_placed = shared_in_run(place)


@shared_in_run
def _totals_under(scenario: xr.Dataset, signal: str, objective: str | None) -> tuple[float, float]:
    """Cost and emissions per MWh of local execution or a placement, judged by a signal."""
    placement = _at_home(scenario) if objective is None else _placed(scenario, objective=objective)
    if signal != scenario.attrs["carbon_signal"]:
        placement = evaluate(under_signal(scenario, signal), placement.flow)
    total = totals(placement)
    return total.cost_per_mwh, total.carbon_per_mwh


def _own(scenario: xr.Dataset, objective: str | None) -> tuple[float, float]:
    return _totals_under(scenario, scenario.attrs["carbon_signal"], objective)


def _number(value, units: str, long_name: str) -> xr.DataArray:
    return xr.DataArray(float(value), attrs={"units": units, "long_name": long_name})


def local_cost(scenario: xr.Dataset) -> xr.DataArray:
    """Cost of local execution [USD/MWh]."""
    return _number(_own(scenario, None)[0], "USD/MWh", "Cost of local execution")


def cheapest_cost(scenario: xr.Dataset) -> xr.DataArray:
    """Least cost with all frictions [USD/MWh]."""
    return _number(_own(scenario, "cost")[0], "USD/MWh", "Least cost")


def cheapest_cost_change(scenario: xr.Dataset) -> xr.DataArray:
    """Cost of the cheapest placement against local execution [%]."""
    return _number(
        percent_change(_own(scenario, "cost")[0], _own(scenario, None)[0]),
        "%",
        "Cost of the cheapest placement against local",
    )


def cheapest_carbon_change(scenario: xr.Dataset) -> xr.DataArray:
    """Emissions of the cheapest placement against local execution, by each carbon signal [%], dims (signal,)."""
    changes = [
        percent_change(_totals_under(scenario, signal, "cost")[1], _totals_under(scenario, signal, None)[1])
        for signal in CARBON_SIGNALS
    ]
    return xr.DataArray(
        changes,
        {"signal": np.array(CARBON_SIGNALS, object)},
        "signal",
        attrs={"units": "%", "long_name": "Emissions of the cheapest placement against local"},
    )


def cleanest_carbon_change(scenario: xr.Dataset) -> xr.DataArray:
    """Emissions of the cleanest placement against local execution [%]."""
    return _number(
        percent_change(_own(scenario, "carbon")[1], _own(scenario, None)[1]),
        "%",
        "Emissions of the cleanest placement against local",
    )


def cleanest_cost_change(scenario: xr.Dataset) -> xr.DataArray:
    """Cost of the cleanest placement against local execution [%]."""
    return _number(
        percent_change(_own(scenario, "carbon")[0], _own(scenario, None)[0]),
        "%",
        "Cost of the cleanest placement against local",
    )


def layer_shares(scenario: xr.Dataset) -> xr.DataArray:
    """Where the classes run in the cheapest placement [%], dims (layer, workload)."""
    share = 100 * layers(scenario, _placed(scenario)).share
    return share.reset_coords(drop=True).assign_attrs(units="%", long_name="Share of the class")


def relocatable_share(scenario: xr.Dataset) -> xr.DataArray:
    """Share of demand that could move, would gain by moving, and does move [%], dims (level,)."""
    found = relocatable(scenario, _placed(scenario))
    share = 100 * found.rid.sum((CLIENT, WORKLOAD)) / found.demand.sum()
    return share.assign_attrs(units="%", long_name="Share of demand")


@shared_in_run
def _losses(scenario: xr.Dataset) -> xr.Dataset:
    return friction_losses(scenario)


def benefit_without_frictions(scenario: xr.Dataset) -> xr.DataArray:
    """What relocation would save without any friction [USD/MWh]."""
    saved = _own(scenario, None)[0] - totals(_placed(scenario, frictions=())).cost_per_mwh
    return _number(saved, "USD/MWh", "Benefit without frictions")


def benefit_with_frictions(scenario: xr.Dataset) -> xr.DataArray:
    """What relocation saves with all frictions [USD/MWh]."""
    return _number(_own(scenario, None)[0] - _own(scenario, "cost")[0], "USD/MWh", "Benefit with all frictions")


def friction_loss(scenario: xr.Dataset) -> xr.DataArray:
    """What frictions take of the benefit of relocation [%]."""
    without = float(benefit_without_frictions(scenario))
    return _number(100 * (1 - float(benefit_with_frictions(scenario)) / without), "%", "Benefit lost to frictions")


def friction_shares(scenario: xr.Dataset) -> xr.DataArray:
    """Shapley value of each friction, as a share of their loss [%], dims (friction,)."""
    shapley = _losses(scenario).shapley
    return (
        (100 * shapley / shapley.sum())
        .sel(friction=list(FRICTIONS))
        .assign_attrs(units="%", long_name="Share of the loss to frictions")
    )


@shared_in_run
def _frontier(scenario: xr.Dataset) -> xr.Dataset:
    return sweep(scenario, network_budgets=NETWORK_BUDGETS).squeeze("carbon_price", drop=True)


def network_cost(scenario: xr.Dataset) -> xr.DataArray:
    """Least cost at network budgets common to all classes [USD/MWh], dims (network_budget,)."""
    demand = float((scenario.demand.sum((CLIENT, WORKLOAD)) * scenario[WEIGHT]).sum(HOUR))
    return (_frontier(scenario).cost / demand).assign_attrs(units="USD/MWh", long_name="Least cost")


def network_relocated_share(scenario: xr.Dataset) -> xr.DataArray:
    """Share of demand that moves at network budgets common to all classes [%], dims (network_budget,)."""
    return (100 * _frontier(scenario).relocated_share).assign_attrs(units="%", long_name="Relocated share")


def half_of_the_saving(scenario: xr.Dataset) -> xr.DataArray:
    """Network budget that reaches half of what latency can save [ms], interpolated between `NETWORK_BUDGETS`."""
    cost = network_cost(scenario).values
    saved = (cost[0] - cost) / (cost[0] - cost[-1])
    return _number(np.interp(0.5, np.maximum.accumulate(saved), NETWORK_BUDGETS), "ms", "Half of the saving at")


def regions_in_reach(scenario: xr.Dataset) -> xr.DataArray:
    """Regions within a network budget common to all classes, mean over demand [-], dims (network_budget,)."""
    ends = NETWORK_BUDGETS[0], NETWORK_BUDGETS[-1]
    reach = []
    for budget in ends:
        problem = build_problem(with_network_budget(scenario, budget))
        demand = (problem.demand * problem.weight).sum(axis=-1)
        counted = (problem.allowed & problem.away()[:, None, :]).sum(axis=-1)
        reach.append((counted * demand).sum() / demand.sum())
    return xr.DataArray(
        reach, {"reach_budget": list(ends)}, "reach_budget", attrs={"units": "1", "long_name": "Regions in reach"}
    )


def requests_win_beyond(scenario: xr.Dataset, tables) -> xr.DataArray:
    """Distance beyond which relocated requests cost less than any line, for every class [km]."""
    regions, workloads = tables["regions"], tables["workloads"]
    end = regions.loc["ca-ontario" if "ca-ontario" in regions.index else regions.index[0]]
    price = float(end.price_usd_per_mwh)
    if scenario.attrs["price_scope"] == DELIVERED:
        price += float(end[DELIVERED_ADDER])
    found = break_even_distance(
        workloads=workloads,
        hvdc=tables["hvdc"],
        price=price,
        carbon=float(end.carbon_marginal_kg_per_mwh),
        pue_source=float(end.pue),
        egress_price=float(end.egress_usd_per_gb),
    )
    return _number(found.break_even.max(), "km", "Requests beat lines beyond")


def moved_share(scenario: xr.Dataset) -> xr.DataArray:
    """Share of demand that the cheapest placement moves [%]."""
    moved = float(relocated(scenario, _placed(scenario).flow).sum())
    demand = float((scenario.demand.sum((CLIENT, WORKLOAD)) * scenario[WEIGHT]).sum(HOUR))
    return _number(100 * moved / demand, "%", "Relocated share")


_OUTCOMES = (
    local_cost,
    cheapest_cost,
    cheapest_cost_change,
    cheapest_carbon_change,
    cleanest_carbon_change,
    cleanest_cost_change,
    layer_shares,
    moved_share,
    relocatable_share,
    benefit_without_frictions,
    benefit_with_frictions,
    friction_loss,
    friction_shares,
    network_cost,
    network_relocated_share,
    half_of_the_saving,
    regions_in_reach,
    requests_win_beyond,
)

HEADLINES: dict[str, Callable] = {outcome.__name__: outcome for outcome in _OUTCOMES}
"""Outcomes that the README quotes, by name."""

FEW_HEADLINES: dict[str, Callable] = {
    outcome.__name__: outcome for outcome in (cheapest_cost_change, cheapest_carbon_change, friction_loss, moved_share)
}
"""Those that need two placements only, for designs with many worlds."""

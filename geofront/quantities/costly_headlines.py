"""Outcomes of an ensemble that together take longer than all of `HEADLINES`, for fewer worlds."""

from collections.abc import Callable
from functools import wraps
from itertools import combinations

import numpy as np
import xarray as xr

from geofront.model.feasibility import at_home
from geofront.names import FRICTIONS, WORKLOAD
from geofront.placement import place
from geofront.quantities import region_pairs
from geofront.quantities.friction_losses import marginal_losses, shapley_value
from geofront.quantities.headlines import (
    LOCAL,
    benefit_with_frictions,
    capacity_worth_of_building,
    every_network_latency,
    per_mwh,
)
from geofront.quantities.near_optimal import near_optimal
from geofront.quantities.uncertain_inputs import DELIVERED

ENDS = ("least", "most")


def friction_shares(scenario: xr.Dataset) -> xr.DataArray:
    """Shapley value of each friction, as a share of their loss [%], dims (friction,): 32 placements."""
    subsets = [subset for size in range(len(FRICTIONS) + 1) for subset in combinations(FRICTIONS, size)]
    benefit = {frozenset(subset): per_mwh(scenario, LOCAL)[0] - per_mwh(scenario, subset)[0] for subset in subsets}
    shapley = np.array([shapley_value(marginal_losses(benefit, name)) for name in FRICTIONS])
    attrs = {"units": "%", "long_name": "Share of the loss to frictions"}
    return xr.DataArray(100 * shapley / shapley.sum(), {"friction": list(FRICTIONS)}, "friction", attrs=attrs)


def half_of_the_saving(scenario: xr.Dataset) -> xr.DataArray:
    """Least network budget common to all classes with half of what latency can save [ms].

    The saving is that of the loosest network budget against the tightest, at which only homes are in reach. It never
    falls as the budget grows, so a bisection over all network latencies finds the budget.
    """
    latency = every_network_latency(scenario)
    budgets = np.unique(np.concatenate([[float(latency.where(at_home(scenario)).min())], latency.values.ravel()]))
    tight, loose = (per_mwh(scenario, float(budgets[i]))[0] for i in (0, -1))
    too_low, enough = 0, len(budgets) - 1
    while enough - too_low > 1:
        middle = (too_low + enough) // 2
        if tight - per_mwh(scenario, float(budgets[middle]))[0] >= 0.5 * (tight - loose):
            enough = middle
        else:
            too_low = middle
    attrs = {"units": "ms", "long_name": "Network budget with half of the saving"}
    return xr.DataArray(float(budgets[enough]), attrs=attrs)


def energy_oriented_spans(scenario: xr.Dataset) -> xr.DataArray:
    """Least and largest share of each class beyond 100 ms among all placements of least cost [%].

    Returns
    -------
    xarray.DataArray
        Dims (end, workload).
    """
    classes = [str(label) for label in scenario[WORKLOAD].values]
    names = [f"energy-oriented:{label}" for label in classes]
    found = near_optimal(scenario, place(scenario), quantities=names, slack=0.0)
    share = [100 * found[end].squeeze().values for end in ENDS]
    coords = {"end": np.array(ENDS, object), WORKLOAD: scenario[WORKLOAD].values}
    return xr.DataArray(share, coords, tuple(coords), attrs={"units": "%", "long_name": "Energy-oriented share"})


def cheapest_ways(scenario: xr.Dataset, tables) -> xr.DataArray:
    """Share of classes and pairs of regions for which each way is the cheapest [%], dims (way,).

    See :func:`geofront.quantities.region_pairs.ways_by_pair`.
    """
    regions = tables["regions"].loc[scenario.region.values]
    ways = region_pairs.compared(
        regions,
        workloads=tables["workloads"],
        hvdc=tables["hvdc"],
        carbon_signal=scenario.attrs["carbon_signal"],
        price_scope=scenario.attrs["price_scope"],
    )
    share = region_pairs.shares(ways.cheapest)
    attrs = {"units": "%", "long_name": "Cheapest way"}
    return xr.DataArray(list(share.values()), {"way": np.array(list(share), object)}, "way", attrs=attrs)


def _by_delivered_prices(outcome: Callable) -> Callable:
    @wraps(outcome)
    def found(*world) -> xr.DataArray:
        value = outcome(*world)
        return value.assign_attrs(long_name=f"{value.attrs['long_name']}, {DELIVERED} prices")

    return found


COSTLY_HEADLINES: dict[str, Callable] = {
    outcome.__name__: outcome for outcome in (friction_shares, half_of_the_saving, energy_oriented_spans, cheapest_ways)
}
"""Outcomes that the README quotes, by name."""

DELIVERED_HEADLINES: dict[str, Callable] = {
    f"{DELIVERED}_{outcome.__name__}": _by_delivered_prices(outcome)
    for outcome in (benefit_with_frictions, capacity_worth_of_building, cheapest_ways)
}
"""Outcomes that the README quotes for delivered prices, in worlds with delivered prices only."""

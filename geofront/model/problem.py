"""The placement problem as plain arrays, shared by the solvers and the certificate.

Axes are always in the order client c, service s, region r, workload k, hour t.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import xarray as xr

from geofront.model.costs import arc_terms, check_carbon_price, objective_rates, with_frictions
from geofront.model.feasibility import at_home, home_index, home_region_index, latency, within_budget
from geofront.names import BLOCK, CLIENT, FRICTIONS, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.scenarios.alignment import without_names

RANK = 0.01
"""Weight of labels relative to round trips in the delay [-]."""

NEGLIGIBLE = 1e-9
"""Largest movable share of a class that counts as pinned: solvers would place it with rounding errors only [-]."""


@dataclass(frozen=True)
class Problem:
    """Data of the problem: minimise the weighted sum of ``execution·price + fixed`` per flow plus warm-up.

    See "Placement" in docs/model.md. Prices are in the objective's unit: USD for cost, kg for emissions.
    """

    home: np.ndarray  # (c,) position of the home service
    home_region: np.ndarray  # (s,) position of the service's own region
    allowed: np.ndarray  # (c, k, r) within the latency budget, or home
    lawful: np.ndarray  # (c, r) lawful for regulated demand, or home
    pinned: np.ndarray  # (k,)
    regulated: np.ndarray  # (c, k)
    demand: np.ndarray  # (c, k, t) [MW]
    capacity: np.ndarray  # (r, t) [MW]
    execution: np.ndarray  # (s, r, k) [-]
    fixed: np.ndarray  # (s, r, k) per MWh of IT energy demanded
    price: np.ndarray  # (r, t) per MWh of IT energy used
    warmup: np.ndarray  # (r, k, t) per MW started
    delay: np.ndarray  # (s, r, k) second objective per MW: see :func:`delays` [-]
    weight: np.ndarray  # (t,) [h]
    block: np.ndarray  # (t,)
    labels: dict[str, np.ndarray]

    @property
    def coupled(self) -> bool:
        """Whether warm-up has a cost, which couples the hours of a block."""
        return bool((self.warmup > 0).any())

    @property
    def price_scale(self) -> float:
        """Largest absolute price, at least 1, for tolerances."""
        return max(1.0, np.abs(self.price).max(initial=0.0))

    @cached_property
    def largest_cost(self) -> float:
        """Largest absolute price, fixed cost or warm-up cost."""
        return max(float(np.abs(cost).max()) for cost in (self.price, self.fixed, self.warmup))

    @cached_property
    def least_demand(self) -> float:
        """Smallest demand above zero [MW]."""
        return float(self.demand.min(where=self.demand > 0, initial=np.inf))

    def at(self, hours) -> "Problem":
        """Select some of the hours."""
        return replace(
            self,
            demand=self.demand[..., hours],
            capacity=self.capacity[:, hours],
            price=self.price[:, hours],
            warmup=self.warmup[..., hours],
            weight=self.weight[hours],
            block=self.block[hours],
            labels=self.labels | {HOUR: self.labels[HOUR][hours]},
        )

    def blocks(self) -> list[np.ndarray]:
        """Positions of the hours of each block."""
        return [np.flatnonzero(self.block == block) for block in np.unique(self.block)]

    @cached_property
    def hour_rank(self) -> np.ndarray:
        """Weight of each hour in the second objective, by its position in its block, shape (t,)."""
        rank = np.empty(len(self.block))
        for hours in self.blocks():
            rank[hours] = 1 + RANK * independent_numbers(len(hours))
        return rank

    @cached_property
    def hour_before(self) -> np.ndarray:
        """Position of the previous hour of the same block, cyclically, shape (t,)."""
        return self._in_turn(1)

    @cached_property
    def hour_after(self) -> np.ndarray:
        """Position of the next hour of the same block, cyclically, shape (t,)."""
        return self._in_turn(-1)

    def _in_turn(self, shift: int) -> np.ndarray:
        position = np.empty(len(self.block), int)
        for hours in self.blocks():
            position[hours] = np.roll(hours, shift)
        return position

    def away(self) -> np.ndarray:
        """Whether a region is not the client's home, shape (c, r)."""
        regions = np.arange(self.capacity.shape[0])
        return self.home_region[self.home][:, None] != regions

    def unit_cost(self, client: int) -> np.ndarray:
        """Objective per MWh of the client's IT energy, shape (r, k, t)."""
        service = self.home[client]
        return self.execution[service][..., None] * self.price[:, None, :] + self.fixed[service][..., None]


@dataclass(frozen=True)
class Solution:
    """Result of a solver: flows, and the two prices from which all other shadow prices follow."""

    flow: np.ndarray  # (c, r, k, t) [MW]
    capacity_price: np.ndarray  # (r, t) per MWh, not below zero
    warmup_price: np.ndarray  # (r, k, t) per MW, between zero and the warm-up cost


def build_problem(scenario: xr.Dataset, *, carbon_price=0.0, objective="cost", frictions=FRICTIONS) -> Problem:
    """Build the arrays of the placement problem.

    Parameters
    ----------
    scenario : xarray.Dataset
    carbon_price : float
        [USD/t].
    objective : {"cost", "carbon"}
    frictions : sequence of str
        Active frictions.

    Raises
    ------
    GeofrontError
        If the objective or a friction is unknown, or the carbon price is negative or not a number.
    """
    carbon_price = check_carbon_price(carbon_price)
    active = with_frictions(without_names(scenario), frictions)
    terms = arc_terms(active)
    rates = objective_rates(terms, objective, carbon_price)
    hours = xr.ones_like(active.variables[HOUR], dtype=float)
    home = at_home(active)
    allowed = within_budget(latency(active), active.latency_budget) | home
    return Problem(
        home=home_index(active),
        home_region=home_region_index(active),
        allowed=allowed.transpose(CLIENT, WORKLOAD, REGION).values,
        lawful=(active.lawful | home).transpose(CLIENT, REGION).values,
        pinned=np.where(1 - active.pinned_share.values > NEGLIGIBLE, active.pinned_share.values, 1.0),
        regulated=active.regulated_share.transpose(CLIENT, WORKLOAD).values.astype(float),
        demand=active.demand.transpose(CLIENT, WORKLOAD, HOUR).values.astype(float),
        capacity=(active.variables["capacity"] * hours).transpose(REGION, HOUR).values,
        execution=terms.variables["execution"].transpose(SERVICE, REGION, WORKLOAD).values,
        price=rates.price,
        fixed=rates.fixed,
        warmup=rates.warmup,
        delay=delays(active),
        weight=scenario[WEIGHT].values,
        block=scenario[BLOCK].values,
        labels={dim: scenario.indexes[dim].values for dim in (CLIENT, SERVICE, REGION, WORKLOAD, HOUR)},
    )


def delays(scenario: xr.Dataset) -> np.ndarray:
    """Second objective, which breaks ties between placements of equal cost: see "Tie-break" in docs/model.md.

    Home is best, then the nearest region: rtt·(1 + rtt/1000 ms), relative to its largest value. Egress is billed at the
    source, so homes can exchange destinations at equal cost, and the convex term breaks most of these ties. Fixed
    numbers up to a hundredth of that range, in alphabetical order of region, class and service node, break the others:
    no combination of them with integer coefficients is zero.

    Returns
    -------
    numpy.ndarray
        (service, region, workload) [-].
    """
    rtt = scenario.variables["rtt"].transpose(SERVICE, REGION).values
    distance = rtt * (1 + rtt / 1000)
    place = [np.unique(scenario.indexes[dim], return_inverse=True)[1] for dim in (REGION, WORKLOAD, SERVICE)]
    numbers = independent_numbers(math.prod(len(each) for each in place)).reshape([len(each) for each in place])
    delay = (distance / max(distance.max(), 1.0))[..., None] + RANK * numbers[np.ix_(*place)].transpose(2, 0, 1)
    away = home_region_index(scenario)[:, None] != np.arange(rtt.shape[1])
    return delay * away[..., None]


def independent_numbers(count: int) -> np.ndarray:
    """Numbers in [0, 1) that are linearly independent over the integers: fractional parts of square roots of primes."""
    limit = int(count * np.log(count + 2) * 1.5) + 20
    prime = np.ones(limit, bool)
    prime[:2] = False
    for factor in range(2, int(limit**0.5) + 1):
        prime[factor * factor :: factor] = False
    return np.sqrt(prime.nonzero()[0][:count]) % 1


def costs_by_region(problem: Problem, capacity_price: np.ndarray, coupling: np.ndarray, client: int) -> np.ndarray:
    """Marginal cost of a client's demand in every region, allowed or not, (r, k, t) per MWh.

    Parameters as for :func:`marginal_costs`.
    """
    cost = problem.unit_cost(client)
    cost += problem.execution[problem.home[client]][..., None] * capacity_price[:, None, :]
    away = problem.away()[client]
    cost[away] += coupling[away]
    return cost


def marginal_costs(problem: Problem, capacity_price: np.ndarray, coupling: np.ndarray, client: int):
    """Marginal costs of a client's pinned, regulated and free demand at given shadow prices.

    Parameters
    ----------
    problem : Problem
    capacity_price : numpy.ndarray
        (r, t) per MWh.
    coupling : numpy.ndarray
        (r, k, t) per MWh, see :func:`coupling_costs`.
    client : int

    Returns
    -------
    home, lawful, free : numpy.ndarray
        Cost per MWh at home, in the cheapest lawful allowed region, and in the cheapest allowed region, each of shape
        (k, t).
    """
    cost = costs_by_region(problem, capacity_price, coupling, client)
    cost[~problem.allowed[client].T] = np.inf
    home = cost[problem.home_region[problem.home[client]]]
    return home, cost[problem.lawful[client]].min(axis=0), cost.min(axis=0)


class DemandPrices(NamedTuple):
    """Shadow prices of demand and its limits, each of shape (c, k, t), per MWh."""

    demand: np.ndarray  # one more megawatt-hour
    locality: np.ndarray  # extra cost of a megawatt-hour that must stay at home
    law: np.ndarray  # extra cost of a megawatt-hour that only lawful regions may execute


def demand_prices(problem: Problem, capacity_price: np.ndarray, warmup_price: np.ndarray) -> DemandPrices:
    """Compute the shadow prices of demand, locality and law from those of capacity and warm-up."""
    prices = DemandPrices(*(np.empty_like(problem.demand) for _ in DemandPrices._fields))
    pinned, coupling = problem.pinned[:, None], coupling_costs(problem, warmup_price)
    for client in range(len(problem.home)):
        regulated = problem.regulated[client][:, None]
        home, lawful, free = marginal_costs(problem, capacity_price, coupling, client)
        movable = regulated * lawful + (1 - regulated) * free
        prices.demand[client] = pinned * home + (1 - pinned) * movable
        prices.locality[client] = home - movable
        prices.law[client] = lawful - free
    return prices


def coupling_costs(problem: Problem, warmup_price: np.ndarray) -> np.ndarray:
    """Warm-up cost of a relocated megawatt at given shadow prices, shape (r, k, t).

    Running at t may need a start at t, at the price of hour t, and saves a start at t + 1.
    """
    if not warmup_price.any():
        return warmup_price
    return warmup_price - (problem.weight * warmup_price)[..., problem.hour_after] / problem.weight


def starts(problem: Problem, relocated: np.ndarray) -> np.ndarray:
    """Relocated load started in each hour: its increase over the previous hour, shape (r, k, t) [MW]."""
    return np.maximum(relocated - relocated[..., problem.hour_before], 0.0)

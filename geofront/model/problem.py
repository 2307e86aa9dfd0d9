"""The placement problem as plain arrays: what the solvers and the certificate have in common.

Axes are always in the order client c, service s, region r, workload k, hour t.
"""

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
"""Weight of labels against round trips in the delay, relative to the longest round trip [-]."""

NEGLIGIBLE = 1e-9
"""Movable share of a class up to which all of it counts as pinned: less than the tolerance of solvers, which would
place rounding errors [-]."""


@dataclass(frozen=True)
class Problem:
    """Minimise the weighted sum of ``execution·price + fixed`` per flow plus warm-up.

    See "Placement" in docs/model.md. Prices are in the objective's unit: USD, or kg when emissions are minimised.
    """

    home: np.ndarray  # (c,) position of the home service
    home_region: np.ndarray  # (s,) position of the service's own region
    allowed: np.ndarray  # (c, k, r) within the latency budget, or home
    lawful: np.ndarray  # (c, r) lawful for regulated demand, or home
    pinned: np.ndarray  # (k,)
    regulated: np.ndarray  # (c, k)
    demand: np.ndarray  # (c, k, t) [MW]
    capacity: np.ndarray  # (r, t) [MW]
    execution: np.ndarray  # (s, r, k) [1]
    fixed: np.ndarray  # (s, r, k) per MWh of IT energy asked for
    price: np.ndarray  # (r, t) per MWh of IT energy burned
    warmup: np.ndarray  # (r, k, t) per MW brought up
    delay: np.ndarray  # (s, r, k) second objective per MW: see :func:`delays` [-]
    weight: np.ndarray  # (t,) [h]
    block: np.ndarray  # (t,)
    labels: dict[str, np.ndarray]

    @property
    def coupled(self) -> bool:
        """Whether any warm-up costs something, so that the hours of a block belong together."""
        return bool((self.warmup > 0).any())

    @property
    def price_scale(self) -> float:
        """Largest price, and at least 1, for tolerances."""
        return max(1.0, np.abs(self.price).max(initial=0.0))

    @cached_property
    def largest_cost(self) -> float:
        """Largest absolute price, fixed cost or cost of warm-up."""
        return max(float(np.abs(cost).max()) for cost in (self.price, self.fixed, self.warmup))

    @cached_property
    def least_demand(self) -> float:
        """Smallest demand above zero [MW]."""
        return float(self.demand.min(where=self.demand > 0, initial=np.inf))

    def at(self, hours) -> "Problem":
        """The same problem over some of its hours."""
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
        """Weight of each hour in the second objective, by its place in its block, shape (t,)."""
        rank = np.empty(len(self.block))
        for hours in self.blocks():
            rank[hours] = 1 + RANK * independent_numbers(len(hours))
        return rank

    @cached_property
    def hour_before(self) -> np.ndarray:
        """Position of the hour before in the same block, the first hour's being the last, shape (t,)."""
        return self._in_turn(1)

    @cached_property
    def hour_after(self) -> np.ndarray:
        """Position of the next hour of the same block, the last hour's being the first, shape (t,)."""
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
    """What a solver returns: flows and the two prices from which every other shadow price follows."""

    flow: np.ndarray  # (c, r, k, t) [MW]
    capacity_price: np.ndarray  # (r, t) per MWh, not below zero
    warmup_price: np.ndarray  # (r, k, t) per MW, between zero and the warm-up cost


def build_problem(scenario: xr.Dataset, *, carbon_price=0.0, objective="cost", frictions=FRICTIONS) -> Problem:
    """Arrays of the placement problem.

    Parameters
    ----------
    scenario : xarray.Dataset
    carbon_price : float
        [USD/t].
    objective : {"cost", "carbon"}
    frictions : sequence of str
        Those that are active.

    Raises
    ------
    GeofrontError
        Unknown objective or friction, or a carbon price that is negative or not a number.
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
    """The second objective, which decides between placements of the same cost: see "Tie-break" in docs/model.md.

    Home is best, then the nearer region: rtt·(1 + rtt/1000 ms), relative to its largest value. Egress is billed at the
    source, so homes can exchange destinations at equal cost, and a convex term decides most such exchanges. A hundredth
    of that range goes to fixed numbers in alphabetical order of region, class and service node, of which no
    combination with whole coefficients is zero: they decide the rest.

    Returns
    -------
    numpy.ndarray
        (service, region, workload) [-].
    """
    rtt = scenario.variables["rtt"].transpose(SERVICE, REGION).values
    distance = rtt * (1 + rtt / 1000)
    place = [np.unique(scenario.indexes[dim], return_inverse=True)[1] for dim in (REGION, WORKLOAD, SERVICE)]
    numbers = independent_numbers(np.prod([len(each) for each in place])).reshape([len(each) for each in place])
    delay = (distance / max(distance.max(), 1.0))[..., None] + RANK * numbers[np.ix_(*place)].transpose(2, 0, 1)
    away = home_region_index(scenario)[:, None] != np.arange(rtt.shape[1])
    return delay * away[..., None]


def independent_numbers(count: int) -> np.ndarray:
    """Numbers between 0 and 1 without a linear relation of whole coefficients: fractions of square roots of primes."""
    limit = int(count * np.log(count + 2) * 1.5) + 20
    prime = np.ones(limit, bool)
    prime[:2] = False
    for factor in range(2, int(limit**0.5) + 1):
        prime[factor * factor :: factor] = False
    return np.sqrt(prime.nonzero()[0][:count]) % 1


def costs_by_region(problem: Problem, capacity_price: np.ndarray, coupling: np.ndarray, client: int) -> np.ndarray:
    """What a client's megawatt-hours cost in every region at given shadow prices, in reach or not, (r, k, t) per MWh.

    Parameters are as for :func:`marginal_costs`.
    """
    cost = problem.unit_cost(client)
    cost += problem.execution[problem.home[client]][..., None] * capacity_price[:, None, :]
    away = problem.away()[client]
    cost[away] += coupling[away]
    return cost


def marginal_costs(problem: Problem, capacity_price: np.ndarray, coupling: np.ndarray, client: int):
    """What a client's pinned, lawful and free megawatt-hours cost at given shadow prices.

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
        Each of shape (k, t): cost at home, in the cheapest allowed region that is lawful, and in the
        cheapest allowed region of any kind, per MWh.
    """
    cost = costs_by_region(problem, capacity_price, coupling, client)
    cost[~problem.allowed[client].T] = np.inf
    home = cost[problem.home_region[problem.home[client]]]
    return home, cost[problem.lawful[client]].min(axis=0), cost.min(axis=0)


class DemandPrices(NamedTuple):
    """What demand and its limits cost at given shadow prices, each of shape (c, k, t), per MWh."""

    demand: np.ndarray  # one more megawatt-hour
    locality: np.ndarray  # a megawatt-hour that must stay at home, above one that need not
    law: np.ndarray  # a megawatt-hour that only lawful regions may execute, above one that any may


def demand_prices(problem: Problem, capacity_price: np.ndarray, warmup_price: np.ndarray) -> DemandPrices:
    """Shadow prices of demand, locality and law that follow from those of capacity and warm-up."""
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
    """What a relocated megawatt adds to warm-up at given shadow prices, shape (r, k, t).

    Coming up at t costs the price of hour t; being up already saves that of the hour after.
    """
    if not warmup_price.any():
        return warmup_price
    return warmup_price - (problem.weight * warmup_price)[..., problem.hour_after] / problem.weight


def starts(problem: Problem, relocated: np.ndarray) -> np.ndarray:
    """Relocated load brought up in each hour: its increase over the hour before, shape (r, k, t) [MW]."""
    return np.maximum(relocated - relocated[..., problem.hour_before], 0.0)

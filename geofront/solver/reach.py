"""The optimum of a problem while its reach grows, re-solved only where a newly allowed arc pays."""

import math

import numpy as np

from geofront.model.formulation import check_solver
from geofront.model.problem import Problem, coupling_costs
from geofront.solver.hourly import TOGETHER, cheapest, place_hourly
from geofront.solver.master import PRICING_TOLERANCE, Master
from geofront.solver.origins import Origins

GROWTH = 0.4
"""By how much the reach may grow before hours get a new program: one that begins near the optimum is faster than
one that began far from it [1]."""


class GrowingReach:
    """Placement of origins whose reach is extended step by step.

    Every block, or without coupling `TOGETHER` of its hours, keeps a program of its own, always warm, so a long
    problem is better taken in parts (:mod:`geofront.solver.parts`).

    Parameters
    ----------
    problem : Problem
    origins : Origins
        With the largest reach to come.
    reach : numpy.ndarray
        (o, r) the reach to begin with, home included. The caller extends it in place and then calls
        :meth:`update`; problems that differ in prices only can share one.
    solver : {"CBC", "HiGHS"}
    masters : dict, optional
        Shared by problems that share a reach, so that each starts warm from the other's solution.

    Attributes
    ----------
    placed : numpy.ndarray
        (o, r, t) [MW].
    """

    def __init__(self, problem: Problem, origins: Origins, reach: np.ndarray, solver: str, masters=None):
        check_solver(solver)
        self.problem, self.origins, self.solver, self.reach = problem, origins, solver, reach
        self.coupled = problem.coupled
        self.units = [hours for block in problem.blocks() for hours in np.array_split(
            block, 1 if self.coupled else math.ceil(len(block) / TOGETHER))]
        self.unit_of = np.empty(len(problem.weight), int)
        for unit, hours in enumerate(self.units):
            self.unit_of[hours] = unit
        self.masters, self.hour = {} if masters is None else masters, {}
        self.parts = [problem.at(hours) for hours in self.units]
        self.placed = np.zeros((*reach.shape, len(problem.weight)))
        self.capacity_price = np.zeros(problem.capacity.shape)
        self.warmup_price = np.zeros(problem.warmup.shape)
        self.demand = origins.demand(problem)
        self._solve(np.arange(len(self.units)))

    def update(self, new: np.ndarray) -> np.ndarray:
        """Take in the arcs (o, r) that the reach has gained.

        Returns
        -------
        numpy.ndarray
            Positions of the hours that were solved again; everywhere else the placement stays optimal,
            because at its shadow prices none of the arcs could lower the objective.
        """
        return self._solve(np.unique(self.unit_of[self._paying_hours(new)]))

    def _arc_costs(self, origin: np.ndarray, region: np.ndarray, coupling: np.ndarray) -> np.ndarray:
        """Cost of arcs at the current shadow prices, shape (arcs, t)."""
        origins, workload = self.origins, self.origins.workload[origin]
        price = self.problem.price[region] + self.capacity_price[region]
        cost = origins.execution[origin, region][:, None] * price + origins.fixed[origin, region][:, None]
        return cost + origins.away[origin, region][:, None] * coupling[region, workload]

    def _paying_hours(self, new: np.ndarray) -> np.ndarray:
        origin, region = new.nonzero()
        if not len(origin):
            return np.zeros(len(self.problem.weight), bool)
        coupling = coupling_costs(self.problem, self.warmup_price)
        reachable = np.where(self.reach & ~new, 0.0, np.inf)
        present = np.stack([
            self._arc_costs(origin, np.full(len(origin), r), coupling) + reachable[origin, r][:, None]
            for r in range(new.shape[1])]).min(axis=0)
        saving = (present - self._arc_costs(origin, region, coupling)) * (self.demand[origin] > 0)
        return (saving > PRICING_TOLERANCE * max(1.0, np.abs(self.problem.price).max())).any(axis=0)

    def _solve(self, units: np.ndarray) -> np.ndarray:
        if not len(units):
            return np.array([], int)
        hours = np.concatenate([self.units[unit] for unit in units])
        for unit in units if self.coupled else np.unique(self.unit_of[hours[self._place_cheapest(hours)]]):
            self._solve_unit(unit)
        return hours

    def _place_cheapest(self, hours: np.ndarray) -> np.ndarray:
        """Place hours without regard to capacity; return which of them exceed one."""
        chunk = self.problem.at(hours)
        self.placed[..., hours], load = cheapest(chunk, self.origins, self.reach)
        self.capacity_price[:, hours] = 0.0
        return (load > chunk.capacity).any(axis=0)

    def _solve_unit(self, unit: int) -> None:
        hours, part = self.units[unit], self.parts[unit]
        placed, self.capacity_price[:, hours], self.warmup_price[..., hours] = self._master(unit).solve(part)
        self.placed[..., hours] = placed

    def _master(self, unit: int) -> Master:
        """The program of a unit, a new one when the reach has outgrown the last."""
        key, part, extent = (self.coupled, unit), self.parts[unit], self.reach.sum()
        master, began_with = self.masters.get(key, (None, 0))
        if master is None or extent > (1 + GROWTH) * began_with:
            placed, price = place_hourly(part, self.origins, self.reach, self.solver, self.hour)
            master = Master(part, self.origins, self.solver, reach=self.reach, coupled=self.coupled, placed=placed,
                            hourly_price=price)
            self.masters[key] = master, extent
        return master

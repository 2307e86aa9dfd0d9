"""Every hour placed by itself: the optimum where nothing couples hours, and near it where warming up does."""

from dataclasses import replace

import numpy as np

from geofront.errors import Infeasible
from geofront.model.formulation import shortage_message
from geofront.model.problem import Problem
from geofront.names import HOUR
from geofront.solver.master import LARGEST_DEMAND, NEARLY_PAYING, OBJECTIVE_SCALE, PRICING_TOLERANCE
from geofront.solver.origins import Origins, pinned_load
from geofront.solver.pricing import arc_costs
from geofront.solver.program import Program

TOGETHER = 24
"""Number of hours, where nothing couples them, that are taken at once: it takes hardly longer than for a few."""


def place_hourly(problem: Problem, origins: Origins, reach: np.ndarray, solver: str,
                 programs: dict) -> tuple[np.ndarray, np.ndarray]:
    """The optimum of each hour as if warming up cost nothing.

    Parameters
    ----------
    problem : Problem
    origins : Origins
    reach : numpy.ndarray
        (o, r) regions that may execute.
    solver : {"CBC", "HiGHS"}
    programs : dict
        Holds the program that all hours share, once one has been needed.

    Returns
    -------
    placed : numpy.ndarray
        (o, r, t) [MW].
    capacity_price : numpy.ndarray
        (r, t), per hour.

    Raises
    ------
    Infeasible
    """
    placed, load = cheapest(problem, origins, reach)
    capacity_price = np.zeros(load.shape)
    binding = np.flatnonzero((load > problem.capacity).any(axis=0))
    if len(binding) and HOUR not in programs:
        programs[HOUR] = HourProgram(problem, origins, solver, reach)
    for first in range(0, len(binding), TOGETHER):
        hours = binding[first:first + TOGETHER]
        placed[..., hours], capacity_price[:, hours] = programs[HOUR].solve(problem.at(hours), placed[..., hours] > 0)
    return placed, capacity_price


def cheapest(problem: Problem, origins: Origins, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every origin in its cheapest region as if no capacity could bind, and the load that makes.

    Parameters
    ----------
    problem : Problem
    origins : Origins
    reach : numpy.ndarray
        (o, r) regions that may execute.

    Returns
    -------
    placed : numpy.ndarray
        (o, r, t) [MW].
    load : numpy.ndarray
        (r, t) [MW], pinned demand included.
    """
    choice = arc_costs(origins.execution, np.where(reach, origins.fixed, np.inf), problem.price).argmin(axis=1)
    placed = np.zeros((*reach.shape, len(problem.weight)))
    np.put_along_axis(placed, choice[:, None], origins.demand(problem)[:, None], axis=1)
    return placed, pinned_load(problem) + np.einsum("ort,or->rt", placed, origins.execution)


class HourProgram:
    """The linear program of any hour, given the figures of one hour after the other.

    Rows: load (r), demand (o). Columns: the loads, and a flow per origin and region other than home, as far as
    the pool holds it; the rest of the demand runs at home.

    Parameters
    ----------
    problem : Problem
        Any of the problems to come, for its sizes.
    origins : Origins
    solver : {"CBC", "HiGHS"}
    reach : numpy.ndarray
        (o, r) regions that may execute.
    """

    def __init__(self, problem: Problem, origins: Origins, solver: str, reach: np.ndarray):
        self.origins, self.solver, self.reach = origins, solver, reach
        self.home = problem.home_region[origins.service]
        self.program = Program(solver)
        nothing = np.zeros(len(problem.price))
        self.load = self.program.add_columns(nothing)
        self.load_rows = self.program.add_rows(self.load, -1.0, "=", nothing)
        self.demand_rows = self.program.add_rows(np.full(len(self.home), -1), 1.0, "<", np.zeros(len(self.home)))
        self.pool = ~origins.away
        self.arcs, self.columns = np.zeros((2, 0), int), np.zeros(0, int)

    def solve(self, problem: Problem, likely: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The optimum of each hour.

        Parameters
        ----------
        problem : Problem
        likely : numpy.ndarray
            (o, r, t) arcs that are worth their columns from the beginning.

        Returns
        -------
        placed, capacity_price : numpy.ndarray
            As :func:`place_hourly`.

        Raises
        ------
        Infeasible
        """
        unit = self.origins.demand(problem).max(initial=0.0) / LARGEST_DEMAND or 1.0
        least = PRICING_TOLERANCE * max(1.0, np.abs(problem.price).max())
        fixed = np.where(self.reach, self.origins.fixed, np.inf)
        placed, capacity_price = np.zeros(likely.shape), np.zeros(problem.price.shape)
        self._add(likely.any(axis=2))
        self.program.set_objective(self.columns, self._fixed_cost(self.arcs))
        hours = np.arange(len(problem.weight))
        while len(hours):
            placed[..., hours], capacity_price[:, hours] = self._optima(problem.at(hours), unit)
            cost = arc_costs(self.origins.execution, fixed, (problem.price + capacity_price)[:, hours])
            best = cost.min(axis=1)
            present = np.where(self.pool[..., None], cost, np.inf).min(axis=1)
            again = (best < present - least).any(axis=0)
            self._add((cost <= best[:, None] + NEARLY_PAYING)[..., again].any(axis=2))
            hours = hours[again]
        return placed, capacity_price

    def _optima(self, problem: Problem, unit: float) -> tuple[np.ndarray, np.ndarray]:
        """What is optimal in each hour while there are no other columns than the present ones."""
        at_home = np.arange(len(self.home)), self.home
        demand = self.origins.demand(problem) / unit
        load = pinned_load(problem) / unit
        np.add.at(load, self.home, demand * self.origins.execution[at_home][:, None])
        right, rows = np.concatenate([-load, demand]), np.concatenate([self.load_rows, self.demand_rows])
        capacity, price = problem.capacity / unit, OBJECTIVE_SCALE * problem.price
        placed, shadow_price = np.zeros((*self.pool.shape, len(problem.weight))), np.zeros(price.shape)
        for t in range(len(problem.weight)):
            self.program.set_upper(self.load, capacity[:, t])
            self.program.set_right(rows, right[:, t])
            self.program.set_objective(self.load, price[:, t])
            values, prices = self._optimum(problem, t)
            placed[*self.arcs, t] = values[self.columns]
            shadow_price[:, t] = prices[self.load_rows]
        placed = np.maximum(placed, 0.0)
        placed[at_home] = np.maximum(demand - placed.sum(axis=1), 0.0)
        return unit * placed, np.maximum(-shadow_price / OBJECTIVE_SCALE - problem.price, 0.0)

    def _optimum(self, problem: Problem, t: int) -> tuple[np.ndarray, np.ndarray]:
        """The program's optimum, with all its columns if it takes them to have one."""
        try:
            return self.program.optimise()
        except Infeasible:
            self._add(self.reach)
        try:
            return self.program.optimise()
        except Infeasible as error:
            hour = problem.at([t])
            reached = replace(hour, allowed=self.origins.allowed(hour, self.reach))
            raise Infeasible(shortage_message(reached, self.solver)) from error

    def _add(self, wanted: np.ndarray) -> None:
        """Add the columns (o, r) that are wanted and not in the pool yet."""
        arcs = o, r = (wanted & ~self.pool).nonzero()
        self.pool |= wanted
        home = self.home[o]
        execution = self.origins.execution
        columns = self.program.add_columns(
            self._fixed_cost(arcs), rows=[self.load_rows[r], self.load_rows[home], self.demand_rows[o]],
            coefficients=[execution[o, r], -execution[o, home], 1.0])
        self.arcs, self.columns = np.concatenate([self.arcs, arcs], axis=1), np.append(self.columns, columns)

    def _fixed_cost(self, arcs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Objective of flows: what they cost beside loads, less what they would at home."""
        o, r = arcs
        return (self.origins.fixed[o, r] - self.origins.fixed[o, self.home[o]]) * OBJECTIVE_SCALE

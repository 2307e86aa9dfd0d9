"""The linear program that the engine solves again and again, and that grows by the columns which pay."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geofront.errors import Infeasible
from geofront.model.formulation import shortage_message
from geofront.model.problem import Problem
from geofront.solver.origins import Origins, pinned_load
from geofront.solver.pricing import Pricing
from geofront.solver.program import Program

PRICING_TOLERANCE = 1e-11
"""Reduced cost below which a column counts as improving, relative to the largest cost: finer than the differences of
the tie-break, so that the optimum does not depend on the way to it [1]."""

OBJECTIVE_SCALE = 1e3
"""Factor of a master's objective. The solvers stop at reduced costs of 1e-7, and python-mip passes no other
tolerance on to them when a relaxation is solved; unscaled, that is too coarse for the tie-break [1]."""

LARGEST_DEMAND = 100.0
"""What the largest demand becomes inside a master, because the solvers' tolerance of feasibility is absolute [1]."""

IN_WARMUP = np.array([-1.0, 1.0, 1.0, -1.0])
"""Entries of a flow in warm-up rows: of the region it comes to, now and in the hour after, and of the base it leaves
[1]."""

MOST_DISPLACED, MOST_LOST = 0.01, 0.05
"""Share of the last placement's load that finds no room, and of its cost that is lost by it, above which it is not
worth going on from it: from there a simplex method takes longer than from nothing [1]."""

NEARLY_WARM = 0.5
"""Columns that miss the best of an hour by itself by less are there from the first, because warming up may make them
pay [of what warming up costs on average]."""

NEARLY_PAYING = 1.0
"""Columns that miss the best by less are added at once with those that pay: they are likely to pay next, and a round
of the solver costs more than they do [per MWh]."""


def relative_weight(problem: Problem) -> np.ndarray:
    """Weights relative to the first hour's, shape (t,); problems that have them in common can share a master."""
    return problem.weight / problem.weight[0]


class Master:
    """A linear program over hours of fixed relative weights, solved again and again with other figures.

    Demand runs in its base region, which may vary by hour, unless a column takes it elsewhere. Rows: load (r, t);
    demand (o, t), where more than one column draws on it, while a single one is bounded instead; with coupling also
    warm-up (r, k, t), for classes and regions that columns come to or leave. Columns: a flow per origin, region other
    than the base and hour as far as the pool holds it, the loads and the starts.

    Parameters
    ----------
    problem : Problem
        Any of the problems to come: it gives the sizes and the hours' relative weights.
    origins : Origins
    solver : {"CBC", "HiGHS"}
    reach : numpy.ndarray, optional
        (o, r) what origins may reach at the moment, if not all that they ever will; the caller may
        extend it between solves.
    coupled : bool
        Whether there are warm-up rows.
    placed : numpy.ndarray, optional
        (o, r, t) a placement that is near the optimum of the first problem: the program begins there, and each base
        is where it runs most. If not given, home.
    hourly_price : numpy.ndarray, optional
        (r, t) shadow prices of capacity, where ``placed`` is the optimum of every hour by itself. The program is then
        first solved as if warming up cost nothing: from there a dual simplex method is fast.
    """

    def __init__(self, problem: Problem, origins: Origins, solver: str, *, reach: np.ndarray | None = None,
                 coupled: bool = False, placed: np.ndarray | None = None, hourly_price: np.ndarray | None = None):
        self.origins, self.solver = origins, solver
        self.reach = origins.reach if reach is None else reach
        self.home = problem.home_region[origins.service][:, None]
        self.hours, self.weight = len(problem.weight), OBJECTIVE_SCALE * relative_weight(problem)
        self.coupled = coupled and self.hours > 1
        self.hourly_price = hourly_price if self.coupled else None
        self.program = Program(solver)
        self.load, self.load_rows = None, None
        placed = np.zeros((*origins.reach.shape, self.hours)) if placed is None else placed
        self.base, self.first = np.where(placed.any(axis=1), placed.argmax(axis=1), self.home), placed > 0
        self.at_base = (self.base * self.hours + np.arange(self.hours)).ravel()
        self.base_execution = np.take_along_axis(origins.execution, self.base, axis=1)
        self.only_flow, self.demand_rows = np.full((2, *self.base.shape), -1)
        self.start, self.warmup_rows = np.full((2, *problem.warmup.shape[:2], self.hours), -1)
        # With regions first in memory, as costs have them.
        self.pool = (np.arange(len(problem.price))[:, None, None] == self.base).transpose(1, 0, 2)
        self.choices = np.zeros(self.base.shape, int)
        self.arcs, self.columns = np.zeros((0, 3), int), np.zeros(0, int)
        self.values, self.prices = np.zeros(0), np.zeros(0)
        self.problem, self.demand, self.unit = None, np.zeros(self.base.shape), 1.0
        self.rise = np.zeros(self.start.shape)
        self.pricing = Pricing(problem, origins, coupled=self.coupled)
        self.optimal, self.last, self.solves = False, None, 0

    def _add(self, wanted: np.ndarray) -> None:
        """Add the columns (o, r, t) that are wanted and not in the pool yet; rows first, as the solvers like it."""
        arcs = np.argwhere(wanted & ~self.pool)
        self.pool |= wanted
        o, r, t = arcs.T
        np.add.at(self.choices, (o, t), 1)
        base = self.base[o, t]
        if self.coupled:
            self._couple(arcs)
        self._limit()
        place, enters = self._warmup_entries(arcs)
        flows = self.program.add_columns(
            self._fixed_cost(arcs), np.where(self.demand_rows[o, t] < 0, self.demand[o, t], np.inf),
            rows=[self.load_rows[r, t], self.load_rows[base, t], self.demand_rows[o, t],
                  *np.where(enters, self.warmup_rows[place], -1)],
            coefficients=[self.origins.execution[o, r], -self.base_execution[o, t], 1.0, *IN_WARMUP])
        alone = self.demand_rows[o, t] < 0
        self.only_flow[o[alone], t[alone]] = flows[alone]
        self.arcs, self.columns = np.concatenate([self.arcs, arcs]), np.append(self.columns, flows)
        self.optimal = False

    def _couple(self, arcs: np.ndarray) -> None:
        """Add the warm-up rows that flows enter and that are not there yet, with the columns that are."""
        (region, workload, _), enters = self._warmup_entries(arcs)
        new = np.zeros(self.start.shape[:2], bool)
        new[region[enters], workload[enters]] = True
        new &= self.start[..., 0] < 0
        if not new.any():
            return
        start = self.start[new] = self.program.add_columns(self.problem.warmup[new] * self.weight)
        number = np.full(self.start.shape, -1)
        number[new] = np.arange(start.size).reshape(start.shape)
        place, enters = self._warmup_entries(self.arcs)
        row = np.where(enters, number[place], -1)
        which, column = np.nonzero(row >= 0)
        further = row[which, column], self.columns[column], IN_WARMUP[which]
        self.warmup_rows[new] = self.program.add_rows(start, 1.0, ">", self.rise[new], further)

    def _warmup_entries(self, arcs: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        """Region, class and hour of the warm-up rows in which flows have the entries `IN_WARMUP`, and which they do."""
        o, r, t = arcs.T
        base, after = self.base[o, t], (t + 1) % self.hours
        region, hour = np.stack([r, r, base, base]), np.stack([t, after, t, after])
        workload = np.broadcast_to(self.origins.workload[o], region.shape)
        return (region, workload, hour), region != self.home[o, 0]

    def _begin(self, problem: Problem, step: Callable[[], None]) -> None:
        """Add the columns to begin with, and where hours were placed by themselves, find that optimum again.

        Warming up, and columns that only it may make pay, are there by then but held back: to add them afterwards
        would take longer.
        """
        if self.hourly_price is None:
            self._add(self.first)
            return
        cost = self._arc_costs(problem, self.hourly_price, np.zeros(problem.warmup.shape))
        warmup = problem.warmup.mean(axis=0)[self.origins.workload]
        self._add(self.first | (cost < cost.min(axis=1, keepdims=True) + NEARLY_WARM * warmup[:, None]))
        later, rows = self.columns[~self.first[tuple(self.arcs.T)]], self.warmup_rows[self.warmup_rows >= 0]
        upper, right = self.program.upper[later], self.program.right[rows]
        self.program.set_upper(later, np.zeros(len(later)))
        never_violated = -self.demand.sum() - right.max(initial=0.0)
        self.program.set_right(rows, np.full(len(rows), never_violated))
        try:
            step()
            self.program.optimise()
        finally:
            self.program.set_upper(later, upper)
            self.program.set_right(rows, right)

    def _limit(self) -> None:
        """Add the demand rows of origins and hours that have more than one column by now."""
        new = np.nonzero((self.choices > 1) & (self.demand_rows < 0))
        if not len(new[0]):
            return
        drawing = self.only_flow[new]
        self.demand_rows[new] = self.program.add_rows(drawing, 1.0, "<", self.demand[new])
        self.only_flow[new] = -1
        drawing = drawing[drawing >= 0]
        self.program.set_upper(drawing, np.full(len(drawing), np.inf))

    def _fixed_cost(self, arcs: np.ndarray) -> np.ndarray:
        """Objective of flows: what they cost beside loads and starts, less what they would in their base."""
        o, r, t = arcs.T
        return (self.origins.fixed[o, r] - self.origins.fixed[o, self.base[o, t]]) * self.weight[t]

    def is_near(self, problem: Problem) -> bool:
        """Whether the last optimum and its shadow prices are worth going on from, as far as there is one.

        They are not where much of it finds no room any more, or costs much more there than elsewhere.
        """
        if self.last is None or not self.last[0].any():
            return True
        placed, capacity_price, warmup_price = self.last
        placed = placed * (self.origins.demand(problem).sum() / placed.sum())
        load = pinned_load(problem) + np.einsum("ort,or->rt", placed, self.origins.execution)
        displaced = np.maximum(load - problem.capacity, 0.0).sum()
        cost = self._arc_costs(problem, capacity_price, warmup_price)
        best = np.where(placed > 0, cost.min(axis=1, keepdims=True), 0.0)
        cost = np.where(placed > 0, cost, 0.0)
        lost, paid = (placed * (cost - best)).sum(), (placed * np.abs(cost)).sum()
        return bool(displaced <= MOST_DISPLACED * load.sum() and lost <= MOST_LOST * paid)

    def solve(self, problem: Problem, step: Callable[[], None] = lambda: None,
              most_pivots: int | None = None) -> tuple[np.ndarray, ...]:
        """Solve for the figures of ``problem``, whose hours have the master's relative weights.

        Parameters
        ----------
        problem : Problem
        step : callable
            Called before every run of the solver; what it raises ends the work, after which other figures can be
            solved for as ever.
        most_pivots : int, optional
            Limit of each run of the solver.

        Returns
        -------
        placed : numpy.ndarray
            (o, r, t) [MW].
        capacity_price, warmup_price : numpy.ndarray
            (r, t) and (r, k, t), per hour.

        Raises
        ------
        Infeasible
            With the message of :func:`geofront.model.formulation.shortage_message`.
        TooManyPivots
            A run has reached the limit.
        """
        self.solves += 1
        if problem is not self.problem:
            self.problem, self.optimal = problem, False
            self._set_figures(problem)
        try:
            if self.solves == 1:
                self._begin(problem, step)
            return self._generate_columns(problem, step, most_pivots)
        except Infeasible:
            self._add(self._reachable())
        try:
            return self._generate_columns(problem, step, most_pivots)
        except Infeasible as error:
            reached = replace(problem, allowed=self.origins.allowed(problem, self.reach))
            raise Infeasible(shortage_message(reached, self.solver)) from error

    def _reachable(self) -> np.ndarray:
        return np.broadcast_to(self.reach[..., None], self.pool.shape)

    def _set_figures(self, problem: Problem) -> None:
        demand = self.origins.demand(problem)
        self.unit = demand.max(initial=0.0) / LARGEST_DEMAND or 1.0
        self.demand = demand / self.unit
        burned = (self.demand * self.base_execution).ravel()
        at_base = np.bincount(self.at_base, burned, minlength=problem.capacity.size).reshape(problem.capacity.shape)
        load = pinned_load(problem) / self.unit + at_base
        capacity = problem.capacity / self.unit
        price = problem.price * self.weight
        if self.load is None:
            self.load = self.program.add_columns(price, capacity)
            self.load_rows = self.program.add_rows(self.load, -1.0, "=", -load)
        self.program.set_upper(self.load, capacity)
        self.program.set_right(self.load_rows, -load)
        self.program.set_objective(self.load, price)
        self._where_there(self.program.set_right, self.demand_rows, self.demand)
        self._where_there(self.program.set_upper, self.only_flow, self.demand)
        self.program.set_objective(self.columns, self._fixed_cost(self.arcs))
        if self.coupled:
            self._set_warmup(problem)

    def _set_warmup(self, problem: Problem) -> None:
        relocated = np.zeros(self.start.shape)
        away = self.base != self.home
        origin, hour = np.nonzero(away)
        np.add.at(relocated, (self.base[away], self.origins.workload[origin], hour), self.demand[away])
        self.rise = relocated - relocated[..., problem.hour_before]
        self._where_there(self.program.set_right, self.warmup_rows, self.rise)
        self._where_there(self.program.set_objective, self.start, problem.warmup * self.weight)

    @staticmethod
    def _where_there(change: Callable[[np.ndarray, np.ndarray], None], places: np.ndarray, figures: np.ndarray) -> None:
        """Change columns or rows, as far as the program has them."""
        there = places >= 0
        change(places[there], figures[there])

    def _generate_columns(self, problem: Problem, step: Callable[[], None],
                          most_pivots: int | None) -> tuple[np.ndarray, ...]:
        least = PRICING_TOLERANCE * max(1.0, np.abs(problem.price).max())
        while True:
            if not self.optimal:
                step()
                self.values, self.prices = self.program.optimise(most_pivots)
            self.optimal = True
            capacity_price, warmup_price = self._prices(problem)
            cost = self._arc_costs(problem, capacity_price, warmup_price)
            best = cost.min(axis=1, keepdims=True)
            present = np.where(self.pool, cost, np.inf).min(axis=1, keepdims=True)
            improvable = best < present - least
            if improvable.any():
                self._add(improvable & (cost <= best) | (cost < np.minimum(present, best) + NEARLY_PAYING))
            else:
                self.last = self._placed(), capacity_price, warmup_price
                return self.last

    def _arc_costs(self, problem: Problem, capacity_price: np.ndarray, warmup_price: np.ndarray) -> np.ndarray:
        """Cost per MWh of every arc at given shadow prices, infinite out of reach, shape (o, r, t)."""
        fixed = np.where(self.reach, self.origins.fixed, np.inf)
        return self.pricing.costs(problem, fixed, capacity_price, warmup_price)

    def _prices(self, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
        capacity_price = np.maximum(-self.prices[self.load_rows] / self.weight - problem.price, 0.0)
        if not self.coupled:
            return capacity_price, np.zeros(problem.warmup.shape)
        # Where nothing comes or leaves, starts are what they are at the bases, and each of these has its full price.
        unchanged = np.where(self.rise > 0, problem.warmup, 0.0)
        warmup_price = np.where(self.warmup_rows >= 0, self.prices[self.warmup_rows] / self.weight, unchanged)
        return capacity_price, np.clip(warmup_price, 0.0, problem.warmup)

    def _placed(self) -> np.ndarray:
        placed = np.zeros(self.pool.shape)
        placed[tuple(self.arcs.T)] = np.maximum(self.values[self.columns], 0.0)
        rest = np.maximum(self.demand - placed.sum(axis=1), 0.0)
        np.put_along_axis(placed, self.base[:, None], rest[:, None], axis=1)
        return self.unit * placed

"""The linear program that the engine solves again and again, and that grows by the columns which pay."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import mip
import numpy as np

from geofront.model.formulation import Infeasible, new_model, optimise, shortage_message, values_and_prices
from geofront.model.origins import Origins, pinned_load
from geofront.model.problem import Problem, coupling_costs

PRICING_TOLERANCE = 1e-9
"""Reduced cost below which a column counts as improving, relative to the largest cost [1]."""

OBJECTIVE_SCALE = 1e3
"""Factor of a master's objective. The solvers stop at reduced costs of 1e-7, and python-mip passes no other
tolerance on to them when a relaxation is solved; unscaled, that is too coarse for the tie-break [1]."""

LARGEST_DEMAND = 100.0
"""What the largest demand becomes inside a master, because the solvers' tolerance of feasibility is absolute [1]."""

NEARLY_PAYING = 2.0
"""Where only the reach of a solved problem has grown, columns that miss the best by less are added at once with
those that pay: they are likely to pay next, and a round of the solver costs more than they do [per MWh]."""

NEARLY_BEST = 0.2
"""A program begins with the columns that miss the best by less in one that is like it [per MWh]."""


def relative_weight(problem: Problem) -> np.ndarray:
    """Weights relative to the first hour's, shape (t,); problems that have them in common can share a master."""
    return problem.weight / problem.weight[0]


class Master:
    """A linear program over hours of fixed relative weights, solved again and again with other figures.

    Demand runs at home unless a column takes it elsewhere. Rows: load (r, t); demand (o, t), where more than
    one column draws on it, while a single one is bounded instead; with coupling also warm-up (r, k, t), for
    classes and regions that have columns. Columns: a flow per origin, other region and hour as far as the
    pool holds it, the loads and the starts.

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
    like : Master, optional
        A solved one of the same origins, whose best columns this one begins with if it has as many hours.
    """

    def __init__(self, problem: Problem, origins: Origins, solver: str, *, reach: np.ndarray | None = None,
                 coupled: bool = False, like: "Master | None" = None):
        self.origins, self.solver = origins, solver
        self.reach = origins.reach if reach is None else reach
        self.home = problem.home_region[origins.service]
        self.hours, self.weight = len(problem.weight), OBJECTIVE_SCALE * relative_weight(problem)
        self.coupled = coupled and self.hours > 1
        self.model = new_model(solver)
        self.load = {place: self.model.add_var() for place in np.ndindex(problem.price.shape)}
        self.load_row = {place: self._row([load], [-1.0]) for place, load in self.load.items()}
        self.only_flow, self.demand_row, self.start, self.warmup_row = {}, {}, {}, {}
        self.load_rows = np.array([row.idx for row in self.load_row.values()]).reshape(problem.price.shape)
        self.warmup_rows = np.full((*problem.warmup.shape[:2], self.hours), -1)
        self.pool = np.repeat(~origins.away[..., None], self.hours, axis=-1)
        self.arcs, self.columns, self.flows = np.zeros((0, 3), int), np.zeros(0, int), []
        self.values, self.prices = np.zeros(0), np.zeros(0)
        self.problem, self.demand, self.unit = None, np.zeros((len(self.home), self.hours)), 1.0
        self.figures = {}
        self.optimal, self.near, self.solves = False, 0.0, 0
        self.like = like if like is not None and like.hours == self.hours else None

    def _row(self, variables, coefficients, sense="=", right=0.0) -> mip.Constr:
        return self.model.add_constr(mip.LinExpr(variables, coefficients, -right, sense))

    def _add(self, wanted: np.ndarray) -> None:
        """Add the columns (o, r, t) that are wanted and not in the pool yet; rows first, as the solvers like it."""
        arcs = np.argwhere(wanted & ~self.pool)
        self.pool |= wanted
        if self.coupled:
            self._couple(arcs)
        self._limit(arcs)
        self.columns = np.append(self.columns, self.model.num_cols + np.arange(len(arcs)))
        self.arcs = np.concatenate([self.arcs, arcs])
        for arc in arcs.tolist():
            self._add_flow(*arc)
        self.optimal = False

    def _couple(self, arcs: np.ndarray) -> None:
        """Add the warm-up rows of regions and classes that have none yet."""
        for r, k in sorted({(r, int(self.origins.workload[o])) for o, r, _ in arcs.tolist()}):
            for t in range(self.hours) if (r, k, 0) not in self.warmup_row else ():
                self.start[r, k, t] = self.model.add_var(obj=self.problem.warmup[r, k, t] * self.weight[t])
                self.warmup_row[r, k, t] = row = self._row([self.start[r, k, t]], [1.0], ">")
                self.warmup_rows[r, k, t] = row.idx

    def _limit(self, arcs: np.ndarray) -> None:
        """Add the demand rows of origins and hours that will have more than one column."""
        several = (self.pool & self.origins.away[..., None]).sum(axis=1) > 1
        places = sorted({(o, t) for o, _, t in arcs.tolist() if several[o, t]} - self.demand_row.keys())
        drawing = [[self.only_flow.pop(place)] if place in self.only_flow else [] for place in places]
        for flow in itertools.chain(*drawing):
            flow.ub = mip.INF
        for place, flows in zip(places, drawing, strict=True):
            self.demand_row[place] = self._row(flows, [1.0] * len(flows), "<", self.demand[place])

    def _add_flow(self, o: int, r: int, t: int) -> None:
        origins, home = self.origins, self.home[o]
        rows, coefficients = [self.load_row[r, t], self.load_row[home, t]], [origins.execution[o, r], -1.0]
        if self.coupled:
            k = origins.workload[o]
            rows += [self.warmup_row[r, k, t], self.warmup_row[r, k, (t + 1) % self.hours]]
            coefficients += [-1.0, 1.0]
        shared = (o, t) in self.demand_row
        if shared:
            rows.append(self.demand_row[o, t])
            coefficients.append(1.0)
        flow = self.model.add_var(obj=self._fixed_cost(o, r, t), ub=mip.INF if shared else self.demand[o, t],
                                  column=mip.Column(rows, coefficients))
        self.flows.append(flow)
        if not shared:
            self.only_flow[o, t] = flow

    def _fixed_cost(self, o: int, r: int, t: int) -> float:
        """Objective of a flow: what it costs beside the loads, less what it would at home."""
        return (self.origins.fixed[o, r] - self.origins.fixed[o, self.home[o]]) * self.weight[t]

    def solve(self, problem: Problem, step: Callable[[], None] = lambda: None) -> tuple[np.ndarray, ...]:
        """Solve for the figures of ``problem``, whose hours have the master's relative weights.

        Parameters
        ----------
        problem : Problem
        step : callable
            Called before every run of the solver; what it raises ends the work, after which other figures can be
            solved for as ever.

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
        """
        self.solves += 1
        self.near = NEARLY_PAYING if problem is self.problem else 0.0
        if problem is not self.problem:
            self.problem, self.optimal = problem, False
            self._set_figures(problem)
        if self.like is not None:
            self._add(self.like.nearly_best() & self._reachable())
            self.like = None
        try:
            return self._generate_columns(problem, step)
        except Infeasible:
            self._add(self._reachable())
        try:
            return self._generate_columns(problem, step)
        except Infeasible as error:
            reached = replace(problem, allowed=self.origins.allowed(problem, self.reach))
            raise Infeasible(shortage_message(reached, self.solver)) from error

    def nearly_best(self) -> np.ndarray:
        """Columns (o, r, t) that miss the best by less than `NEARLY_BEST` at the shadow prices."""
        cost = self._arc_costs(self.problem, *self._prices(self.problem))
        return cost < np.where(self._reachable(), cost, np.inf).min(axis=1, keepdims=True) + NEARLY_BEST

    def _reachable(self) -> np.ndarray:
        return np.broadcast_to(self.reach[..., None], self.pool.shape)

    def _set_figures(self, problem: Problem) -> None:
        """Tell the solver what has changed since the problem before, which costs more than finding it out."""
        demand = self.origins.demand(problem)
        self.unit = demand.max(initial=0.0) / LARGEST_DEMAND or 1.0
        self.demand = demand / self.unit
        at_home = pinned_load(problem) / self.unit
        np.add.at(at_home, self.home, self.demand)
        for place in self._changed("capacity", problem.capacity / self.unit):
            self.load[place].ub = min(problem.capacity[place] / self.unit, mip.INF)
        for place in self._changed("load at home", at_home):
            self.load_row[place].rhs = -at_home[place]
        for place in self._changed("demand", self.demand):
            if place in self.demand_row:
                self.demand_row[place].rhs = self.demand[place]
            elif place in self.only_flow:
                self.only_flow[place].ub = self.demand[place]
        for place in self._changed("price", problem.price):
            self.load[place].obj = problem.price[place] * self.weight[place[-1]]
        for place in self._changed("warmup", problem.warmup):
            if place in self.start:
                self.start[place].obj = problem.warmup[place] * self.weight[place[-1]]
        if self._changed("fixed", self.origins.fixed):
            for arc, flow in zip(self.arcs.tolist(), self.flows, strict=True):
                flow.obj = self._fixed_cost(*arc)

    def _changed(self, name: str, figures: np.ndarray) -> list[tuple[int, ...]]:
        """Positions at which figures are not as they were when this was last asked."""
        before, self.figures[name] = self.figures.get(name, np.nan), figures
        return list(zip(*(axis.tolist() for axis in (figures != before).nonzero()), strict=True))

    def _generate_columns(self, problem: Problem, step: Callable[[], None]) -> tuple[np.ndarray, ...]:
        least = PRICING_TOLERANCE * max(1.0, np.abs(problem.price).max())
        while True:
            if not self.optimal:
                step()
                optimise(self.model)
                self.values, self.prices = values_and_prices(self.model)
            self.optimal = True
            capacity_price, warmup_price = self._prices(problem)
            cost = self._arc_costs(problem, capacity_price, warmup_price)
            candidate = np.where(self.reach[..., None], cost, np.inf)
            best = candidate.min(axis=1, keepdims=True)
            present = np.where(self.pool, cost, np.inf).min(axis=1, keepdims=True)
            improvable = best < present - least
            if not improvable.any():
                return self._placed(), capacity_price, warmup_price
            near = candidate < np.minimum(present, best) + self.near
            self._add(improvable & (candidate <= best) | near)

    def _arc_costs(self, problem: Problem, capacity_price: np.ndarray, warmup_price: np.ndarray) -> np.ndarray:
        """Cost per MWh of every arc at given shadow prices, shape (o, r, t)."""
        origins = self.origins
        cost = origins.execution[..., None] * (problem.price + capacity_price) + origins.fixed[..., None]
        if self.coupled:
            coupling = coupling_costs(problem, warmup_price)
            cost += origins.away[..., None] * coupling[:, origins.workload].transpose(1, 0, 2)
        return cost

    def _prices(self, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
        capacity_price = np.maximum(-self.prices[self.load_rows] / self.weight - problem.price, 0.0)
        if not self.coupled:
            return capacity_price, np.zeros(problem.warmup.shape)
        warmup_price = np.where(self.warmup_rows >= 0, self.prices[self.warmup_rows], 0.0) / self.weight
        return capacity_price, np.clip(warmup_price, 0.0, problem.warmup)

    def _placed(self) -> np.ndarray:
        placed = np.zeros(self.pool.shape)
        placed[tuple(self.arcs.T)] = np.maximum(self.values[self.columns], 0.0)
        placed[np.arange(len(self.home)), self.home] = np.maximum(self.demand - placed.sum(axis=1), 0.0)
        return self.unit * placed

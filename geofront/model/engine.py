"""Solves the placement problem exactly and fast, by using its structure.

What the engine relies on, and what makes each step exact:

- Parts of demand with the same home, class and reach cost the same everywhere, so one origin stands
  for all of them (:mod:`geofront.model.origins`).
- The price of an hour enters through the load of a region only. A master program therefore holds a
  load variable per region and hour (the price is its objective, the capacity its bound), and another
  hour or block changes those and the right-hand sides, never the matrix.
- Where every origin's cheapest region has room for all that choose it, that choice is the optimum.
- A master holds few of its columns. Those left out are priced at its shadow prices, and whatever could
  lower the objective is added, until nothing can: then the optimum of the master is the optimum.
- Without warm-up every hour is a problem of its own; with it every block is, and blocks whose hours have
  the same weights relative to each other share a master.

:mod:`geofront.model.formulation` is the plain statement of the same problem and the reference in the tests.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import mip
import numpy as np

from geofront.model.formulation import Infeasible, check_solver, new_model, optimise, shortage_message, silent
from geofront.model.origins import Origins, gather, pinned_load
from geofront.model.problem import Problem, Solution, coupling_costs

PRICING_TOLERANCE = 1e-9
"""Reduced cost below which a column counts as improving, relative to the largest cost [1]."""

OBJECTIVE_SCALE = 1e3
"""Factor of a master's objective. The solvers stop at reduced costs of 1e-7, and python-mip passes no other
tolerance on to them when a relaxation is solved; unscaled, that is too coarse for the tie-break [1]."""

CHUNK = 512
"""Hours without coupling that are handled together; bounds the memory."""

PARALLEL_BLOCKS = 8
"""Number of coupled blocks from which a second thread repays its own master."""

THREADS = 2
"""The solver works outside Python's lock, so threads suffice; more than two starve on that lock."""


def solve(problem: Problem, solver: str = "CBC") -> Solution:
    """The optimum of a placement problem.

    Parameters
    ----------
    problem : Problem
    solver : {"CBC", "HiGHS"}

    Returns
    -------
    Solution

    Raises
    ------
    Infeasible
        Names homes, hours and classes that lack capacity, and the missing MW.
    GeofrontError
        ``solver`` is neither CBC nor HiGHS.
    """
    check_solver(solver)
    if not problem.demand.any():
        zeros = np.zeros((*problem.away().shape, *problem.demand.shape[1:]))
        return Solution(zeros, np.zeros(problem.capacity.shape), np.zeros(problem.warmup.shape))
    if not problem.coupled:
        return _solve_hours(problem, solver)
    return _solve_blocks(problem, solver)


def _solve_blocks(problem: Problem, solver: str) -> Solution:
    blocks = problem.blocks()
    origins = gather(problem)
    solution = _empty_solution(problem)

    def work(share: list[np.ndarray]) -> None:
        masters = {}
        for hours in share:
            block = problem.at(hours)
            key = relative_weight(block).tobytes()
            if key not in masters:
                masters[key] = Master(block, origins, solver, coupled=True)
            placed, capacity_price, warmup_price = masters[key].solve(block)
            solution.flow[..., hours] = origins.flows(block, placed)
            solution.capacity_price[:, hours] = capacity_price
            solution.warmup_price[..., hours] = warmup_price

    half = len(blocks) // 2
    shares = [blocks[:half], blocks[half:]] if len(blocks) >= PARALLEL_BLOCKS else [blocks]
    with silent(), ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, shares))
    return solution


def _solve_hours(problem: Problem, solver: str) -> Solution:
    origins = gather(problem)
    solution = _empty_solution(problem)
    master = None
    with silent():
        for first in range(0, len(problem.weight), CHUNK):
            hours = np.arange(first, min(first + CHUNK, len(problem.weight)))
            chunk = problem.at(hours)
            placed, load = cheapest(chunk, origins, origins.reach)
            for t in np.flatnonzero((load > chunk.capacity).any(axis=0)):
                hour = chunk.at([t])
                master = master or Master(hour, origins, solver)
                placed[..., [t]], solution.capacity_price[:, hours[[t]]], _ = master.solve(hour)
            solution.flow[..., hours] = origins.flows(chunk, placed)
    return solution


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
    cost = origins.execution[..., None] * problem.price + origins.fixed[..., None]
    cost[~reach] = np.inf
    choice = cost.argmin(axis=1)
    placed = np.zeros(cost.shape)
    np.put_along_axis(placed, choice[:, None], origins.demand(problem)[:, None], axis=1)
    return placed, pinned_load(problem) + np.einsum("ort,or->rt", placed, origins.execution)


def relative_weight(problem: Problem) -> np.ndarray:
    """Weights relative to the first hour's, shape (t,); problems that have them in common can share a master."""
    return problem.weight / problem.weight[0]


def _empty_solution(problem: Problem) -> Solution:
    return Solution(np.zeros((*problem.away().shape, *problem.demand.shape[1:])),
                    np.zeros(problem.capacity.shape), np.zeros(problem.warmup.shape))


class Master:
    """A linear program over hours of fixed relative weights, solved again and again with other figures.

    Rows: demand (o, t); load (r, t); with coupling also relocated (r, k, t), which sums what class k
    sends to region r from elsewhere, and warm-up (r, k, t). Columns: a flow per origin, region and hour
    as far as the pool holds it, the loads, the relocated sums and the starts.

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
    """

    def __init__(self, problem: Problem, origins: Origins, solver: str, *, reach: np.ndarray | None = None,
                 coupled: bool = False):
        self.origins, self.solver = origins, solver
        self.reach = origins.reach if reach is None else reach
        self.hours, self.weight = len(problem.weight), OBJECTIVE_SCALE * relative_weight(problem)
        self.coupled = coupled and self.hours > 1
        self.model = new_model(solver)
        regions, workloads = problem.warmup.shape[:2]
        self.load = {place: self.model.add_var() for place in np.ndindex(regions, self.hours)}
        self.load_row = {place: self._row([load], [-1.0]) for place, load in self.load.items()}
        self.demand_row = {place: self._row([], []) for place in np.ndindex(len(origins.service), self.hours)}
        self.relocated_row, self.start, self.warmup_row = {}, {}, {}
        if self.coupled:
            self._add_coupling(1 + (problem.execution - 1).max(axis=(0, 1)), regions, workloads)
        self.pool = np.zeros((*self.reach.shape, self.hours), bool)
        self.arcs, self.flows = [], []
        self.problem, self.optimal = None, False
        self._add(np.broadcast_to(~origins.away[..., None], self.pool.shape))

    def _row(self, variables, coefficients, sense="=") -> mip.Constr:
        return self.model.add_constr(mip.LinExpr(variables, coefficients, 0.0, sense))

    def _add_coupling(self, execution: np.ndarray, regions: int, workloads: int) -> None:
        for r, k in np.ndindex(regions, workloads):
            if not (self.origins.reach & self.origins.away)[self.origins.workload == k, r].any():
                continue
            relocated = [self.model.add_var(column=mip.Column([self.load_row[r, t]], [execution[k]]))
                         for t in range(self.hours)]
            for t in range(self.hours):
                self.relocated_row[r, k, t] = self._row([relocated[t]], [-1.0])
                self.start[r, k, t] = self.model.add_var()
                self.warmup_row[r, k, t] = self._row(
                    [self.start[r, k, t], relocated[t], relocated[t - 1]], [1.0, -1.0, 1.0], ">")

    def _add(self, wanted: np.ndarray) -> None:
        """Add the columns (o, r, t) that are wanted and not in the pool yet."""
        away, workload = self.origins.away, self.origins.workload
        for o, r, t in np.argwhere(wanted & ~self.pool).tolist():
            if away[o, r] and self.coupled:
                sink, burned = self.relocated_row[r, workload[o], t], 1.0
            else:
                sink, burned = self.load_row[r, t], self.origins.execution[o, r]
            column = mip.Column([self.demand_row[o, t], sink], [1.0, burned])
            self.flows.append(self.model.add_var(obj=self.origins.fixed[o, r] * self.weight[t], column=column))
            self.arcs.append((o, r, t))
        self.pool |= wanted
        self.optimal = False

    def solve(self, problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Solve for the figures of ``problem``, whose hours have the master's relative weights.

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
        if problem is not self.problem:
            self._set_figures(problem)
            self.problem, self.optimal = problem, False
        try:
            return self._generate_columns(problem)
        except Infeasible:
            self._add(self._reachable())
        try:
            return self._generate_columns(problem)
        except Infeasible as error:
            reached = replace(problem, allowed=self.origins.allowed(problem, self.reach))
            raise Infeasible(shortage_message(reached, self.solver)) from error

    def _reachable(self) -> np.ndarray:
        return np.broadcast_to(self.reach[..., None], self.pool.shape)

    def _set_figures(self, problem: Problem) -> None:
        pinned = pinned_load(problem)
        for place, load in self.load.items():
            load.obj = problem.price[place] * self.weight[place[-1]]
            load.ub = min(problem.capacity[place], mip.INF)
            self.load_row[place].rhs = -pinned[place]
        demand = self.origins.demand(problem)
        for place, row in self.demand_row.items():
            row.rhs = demand[place]
        for place, start in self.start.items():
            start.obj = problem.warmup[place] * self.weight[place[-1]]

    def _generate_columns(self, problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        least = PRICING_TOLERANCE * max(1.0, np.abs(problem.price).max())
        while True:
            if not self.optimal:
                optimise(self.model)
            self.optimal = True
            capacity_price, warmup_price = self._prices(problem)
            cost = self._arc_costs(problem, capacity_price, warmup_price)
            present = np.where(self.pool, cost, np.inf).min(axis=1, keepdims=True)
            candidate = np.where(self.reach[..., None], cost, np.inf)
            improving = (candidate < present - least) & (candidate <= candidate.min(axis=1, keepdims=True))
            if not improving.any():
                return self._placed(), capacity_price, warmup_price
            self._add(improving)

    def _arc_costs(self, problem: Problem, capacity_price: np.ndarray, warmup_price: np.ndarray) -> np.ndarray:
        """Cost per MWh of every arc at given shadow prices, shape (o, r, t)."""
        origins = self.origins
        cost = origins.execution[..., None] * (problem.price + capacity_price) + origins.fixed[..., None]
        if self.coupled:
            coupling = coupling_costs(problem, warmup_price)
            cost += origins.away[..., None] * coupling[:, origins.workload].transpose(1, 0, 2)
        return cost

    def _prices(self, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
        burned = -np.fromiter((row.pi for row in self.load_row.values()), float, len(self.load_row))
        capacity_price = np.maximum(burned.reshape(-1, self.hours) / self.weight - problem.price, 0.0)
        warmup_price = np.zeros(problem.warmup.shape)
        for place, row in self.warmup_row.items():
            warmup_price[place] = row.pi / self.weight[place[-1]]
        return capacity_price, np.clip(warmup_price, 0.0, problem.warmup)

    def _placed(self) -> np.ndarray:
        placed = np.zeros(self.pool.shape)
        arcs = np.array(self.arcs, int).reshape(-1, 3)
        placed[tuple(arcs.T)] = np.fromiter((flow.x for flow in self.flows), float, len(self.flows))
        return np.maximum(placed, 0.0)

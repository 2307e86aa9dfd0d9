"""Linear program of a placement, to which each question adds columns and rows.

Columns: flows (a, t) of arcs a, loads (r, t) and, if warm-up couples the hours, starts (r, k, t).
Rows: demand (q, t) of queues q, load (r, t) and warm-up (r, k, t).
"""

from typing import NamedTuple

import numpy as np

from geofront.errors import GeofrontError, Infeasible, SolverError
from geofront.model.certificate import ROUNDING
from geofront.model.formulation import shortage
from geofront.model.origins import Block, gather
from geofront.model.problem import Problem
from geofront.model.scaling import power_of_two, unit_of_weight
from geofront.names import TOLERANCE
from geofront.solver.lp import LinearProgram

TINY = np.finfo(float).tiny


class Queues(NamedTuple):
    """Demand with the same home, class and allowed regions; axis q is the queues."""

    service: np.ndarray  # (q,)
    workload: np.ndarray  # (q,)
    reach: np.ndarray  # (q, r)
    demand: np.ndarray  # (q, t) [MW]


def queues(block: Block) -> Queues:
    """Movable demand by origin, followed by pinned demand by home and class, which may run at home only."""
    problem, origins = block.problem, block.origins
    pinned = np.zeros((len(problem.home_region), *problem.demand.shape[1:]))
    np.add.at(pinned, problem.home, problem.pinned[:, None] * problem.demand)
    service, workload = pinned.any(axis=2).nonzero()
    at_home = problem.home_region[service][:, None] == np.arange(len(problem.capacity))
    movable = Queues(origins.service, origins.workload, origins.reach, block.demand)
    held = Queues(service, workload, at_home, pinned[service, workload])
    return Queues(*map(np.concatenate, zip(movable, held, strict=True)))


class Proved(NamedTuple):
    """An optimum and its proof: any row prices give a lower bound on the objective."""

    x: np.ndarray  # values of the columns
    price: np.ndarray  # of the rows
    reduced_cost: np.ndarray  # of the columns
    objective: float
    bound: float
    gap: float  # relative [-]


class PlacementProgram:
    """Minimise cost·x subject to row_lower ≤ A x ≤ row_upper and 0 ≤ x ≤ upper.

    Without additions it is the program of :func:`geofront.place`. ``flow`` (a, t) and ``load`` (r, t) are positions of
    columns, ``balance`` (q, t) of rows. ``place`` has the service, region and class of every arc, and ``delay`` is the
    second objective, which breaks ties. Costs and bounds may change between solves; the matrix may not.

    Parameters
    ----------
    problem : Problem
        Any hours of a scenario: one block, or all blocks.
    """

    def __init__(self, problem: Problem):
        self.cost, self.upper, self.largest, self.row_lower, self.row_upper = np.zeros((5, 0))
        self._entries, self._solver = [], None
        self.problem, self.block = problem, Block(problem, gather(problem))
        self.queues = queues(self.block)
        weight, demand = problem.weight, self.queues.demand
        self.queue, region = self.queues.reach.nonzero()
        service, workload = self.queues.service[self.queue], self.queues.workload[self.queue]
        self.place = service, region, workload
        self.away = problem.home_region[service] != region
        self.most = problem.execution.max() * demand.sum()
        in_block = np.stack([demand[:, hours].sum(axis=1) for hours in problem.blocks()]).max(axis=0)
        self.flow = self.columns(problem.fixed[self.place][:, None] * weight, largest=in_block[self.queue, None])
        self.load = self.columns(problem.price * weight, problem.capacity)
        self.balance = self.rows(demand, demand)
        self.add(self.balance[self.queue], self.flow, 1.0)
        burned = self.rows(*np.zeros((2, *problem.price.shape)))
        self.add(burned[region], self.flow, problem.execution[self.place][:, None])
        self.add(burned, self.load, -1.0)
        if problem.coupled:
            start = self.columns(problem.warmup * weight)
            risen = self.rows(np.zeros(start.shape), np.full(start.shape, np.inf))
            self.add(risen, start, 1.0)
            self.add_change(risen[region, workload][self.away], self.flow[self.away], -1.0)
        self.delay = np.zeros(len(self.cost))
        self.delay[self.flow] = problem.delay[self.place][:, None] * problem.hour_rank

    def columns(self, cost: np.ndarray, upper=np.inf, *, largest=None) -> np.ndarray:
        """Add nonnegative columns, and return their positions in the shape of their costs.

        Parameters
        ----------
        cost : numpy.ndarray
            [USD/yr per unit of the column].
        upper : array_like
        largest : array_like, optional
            Finite upper limits of the columns in some optimum, for the proof; by default ``most``, all demand of all
            hours [MW].
        """
        first = len(self.cost)
        given = {"cost": cost, "upper": upper, "largest": self.most if largest is None else largest}
        for name, values in given.items():
            setattr(self, name, np.append(getattr(self, name), np.broadcast_to(values, cost.shape)))
        return first + np.arange(cost.size).reshape(cost.shape)

    def rows(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Add rows between bounds of the same shape, and return their positions in that shape."""
        first = len(self.row_lower)
        self.row_lower, self.row_upper = np.append(self.row_lower, lower), np.append(self.row_upper, upper)
        return first + np.arange(lower.size).reshape(lower.shape)

    def add(self, rows: np.ndarray, columns: np.ndarray, values) -> None:
        """Add entries to A, broadcast against one another."""
        self._entries.append([each.ravel() for each in np.broadcast_arrays(rows, columns, values)])

    def add_change(self, rows: np.ndarray, columns: np.ndarray, value: float) -> None:
        """Add entries for the change of columns (…, t) since the previous hour, unless the block has only one hour."""
        before = self.problem.hour_before
        other = before != np.arange(len(before))
        self.add(rows[:, other], columns[:, other], value)
        self.add(rows[:, other], columns[:, before[other]], -value)

    def solve(self, method: str, *, unique: bool = True) -> Proved:
        """Solve: with a cold start the first time, then with a warm start.

        Parameters
        ----------
        method : {"dual", "primal"}
            Simplex method after the first solve: primal after changes of costs only, else dual.
        unique : bool
            Whether to return the optimum with the least ``delay``, if there are several.

        Raises
        ------
        Infeasible
            The capacities cannot hold the demand.
        SolverError
            HiGHS ended without an optimum, or with one that the proof does not confirm.
        """
        if self._solver is None:
            method, shape = "presolved", (len(self.cost), len(self.row_lower))
            self._row, self._column, self._value = (np.concatenate(each) for each in zip(*self._entries, strict=True))
            self._solver = LinearProgram(self._row, self._column, self._value, *shape, None)
        bounds = self.upper, self.row_lower, self.row_upper
        sizes = np.abs(np.concatenate(bounds))
        unit = power_of_two(sizes.max(where=np.isfinite(sizes), initial=0.0))
        worth = 1 / unit_of_weight(self.problem.weight)
        worth *= power_of_two(worth * np.abs(self.cost).max(initial=0.0))
        self._solver.update(worth * self.cost, *(unit * each for each in bounds))
        try:
            result = self._solver.solve(method)
        except Infeasible as error:
            raise self.infeasible() from error
        price = result.dual / worth
        if unique:
            result = self._solver.break_ties(result, np.append(self.delay, np.zeros(len(self.cost) - len(self.delay))))
        return self.proved(result.x / unit, price)

    def infeasible(self) -> GeofrontError:
        """The error for capacities that cannot hold the demand."""
        return shortage(self.problem)

    def proved(self, x: np.ndarray, price: np.ndarray) -> Proved:
        """Prove that column values are optimal, from row prices.

        Raises
        ------
        SolverError
            The values violate a row, or their objective exceeds the bound, by more than the tolerance.
        """
        x, terms = np.clip(x, 0.0, self.upper), self._value
        rows = len(self.row_lower)
        activity = np.bincount(self._row, terms * x[self._column], rows)
        size = np.bincount(self._row, np.abs(terms) * x[self._column], rows)
        excess = np.maximum(np.maximum(self.row_lower - activity, activity - self.row_upper), 0.0)
        violation = (excess / (size + ROUNDING * size.max(initial=TINY))).max(initial=0.0)
        price = np.clip(
            price, np.where(np.isinf(self.row_upper), 0.0, -np.inf), np.where(np.isinf(self.row_lower), 0.0, np.inf)
        )
        reduced = self.cost - np.bincount(self._column, terms * price[self._row], len(self.cost))
        limit = np.where(price > 0, self.row_lower, self.row_upper)
        bound = (price * np.where(price == 0, 0.0, limit)).sum()
        bound += (np.minimum(reduced, 0.0) * np.minimum(self.upper, self.largest)).sum()
        objective, scale = self.cost @ x, np.abs(self.cost) @ x
        gap = (objective - bound) / max(scale, abs(bound)) if scale or bound else 0.0
        if not (violation <= TOLERANCE and abs(gap) <= TOLERANCE):
            raise SolverError(
                f"the solver's result cannot be proved optimal (relative violation {violation:.3g}, relative gap "
                f"{gap:.3g}): look for extreme values in the scenario"
            )
        return Proved(x, price, reduced, float(objective), float(bound), float(gap))

    def flows(self, x: np.ndarray) -> np.ndarray:
        """Flows by home, (s, r, k, t) [MW]."""
        flow = np.zeros((*self.problem.execution.shape, len(self.problem.weight)))
        np.add.at(flow, self.place, x[self.flow])
        return flow

    def client_flows(self, x: np.ndarray) -> np.ndarray:
        """Flows by client, (c, r, k, t) [MW]."""
        placed = np.zeros((*self.queues.reach.shape, len(self.problem.weight)))
        placed[self.queue, self.place[1]] = x[self.flow]
        return self.block.flows(placed[: len(self.block.demand)])

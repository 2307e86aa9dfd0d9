"""The linear program of some hours of one block, in the terms of the placement problem.

Columns: flows of the arcs (o, r, t) that have one, loads (r, t) and, where warm-up couples the hours, starts (r, k, t).
Rows: demand (o, t), load (r, t) and warm-up (r, k, t). The price of an hour is the objective of its loads and the
capacity their bound, so another hour changes vectors and never the matrix.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geofront.model.problem import Problem
from geofront.solver.lp import BASIC, LOWER, Basis, LinearProgram
from geofront.solver.origins import Origins, pinned_load

LARGEST_DEMAND = 100.0
"""Largest demand inside a program [-]: the solver's feasibility tolerance is absolute."""


@dataclass(frozen=True)
class Statuses:
    """A simplex basis in the terms of the placement problem: the status of every column and row, hours last.

    Arcs without a column count as nonbasic. A flow without a column that carries all its origin's demand counts as
    basic, and the row of that demand as nonbasic.
    """

    flow: np.ndarray  # (o, r, t)
    load: np.ndarray  # (r, t)
    start: np.ndarray  # (r, k, t)
    demand_row: np.ndarray  # (o, t)
    load_row: np.ndarray  # (r, t)
    warmup_row: np.ndarray  # (r, k, t)

    def at(self, hours) -> "Statuses":
        """The statuses of some hours."""
        return Statuses(**{name: array[..., hours] for name, array in vars(self).items()})


@dataclass(frozen=True)
class Optimum:
    """An optimum of some hours, complete enough to start from. It is the only state that the engine keeps.

    Prices are per MWh, or per MW brought up. ``delay_`` are the shadow prices of the second objective, which breaks
    ties.
    """

    problem: Problem
    placed: np.ndarray  # (o, r, t) [MW]
    capacity_price: np.ndarray  # (r, t)
    warmup_price: np.ndarray  # (r, k, t)
    basis: Statuses
    delay_load: np.ndarray  # (r, t)
    delay_warmup: np.ndarray  # (r, k, t)


class Program:
    """Linear program of a number of hours, solved for one problem after the other.

    Parameters
    ----------
    problem : Problem
        Any of the problems to come: it gives the sizes, and says whether warm-up couples the hours.
    origins : Origins
    kept : numpy.ndarray
        (o, r, t) arcs that carry flow, all others carrying none.
    sole : numpy.ndarray
        (o, t) origins whose only kept arc needs no column, because it carries all their demand.
    check : callable
        As for :class:`geofront.solver.lp.LinearProgram`.
    """

    def __init__(self, problem: Problem, origins: Origins, kept: np.ndarray, sole: np.ndarray,
                 check: Callable[[], None]):
        self.origins, self.coupled = origins, problem.coupled and len(problem.weight) > 1
        self.carries_all, self.free = kept & sole[:, None], ~sole
        self.arcs = o, r, t = (kept & self.free[:, None]).nonzero()
        regions, hours, starts = *problem.price.shape, problem.warmup.shape if self.coupled else (0, 0, 0)
        ends = np.cumsum([0, len(o), regions * hours, np.prod(starts, dtype=int)])
        self.flow, self.load, self.start = (slice(*pair) for pair in pairwise(ends))
        ends = np.cumsum([0, self.free.sum(), regions * hours, np.prod(starts, dtype=int)])
        self.demand_row, self.load_row, self.warmup_row = (slice(*pair) for pair in pairwise(ends))

        column, load = np.arange(len(o)), np.arange(regions * hours)
        demand_row = np.cumsum(self.free).reshape(self.free.shape) - 1
        entries = [(demand_row[o, t], column, np.ones(len(o))),
                   (self.load_row.start + r * hours + t, column, origins.execution[o, r]),
                   (self.load_row.start + load, self.load.start + load, np.full(len(load), -1.0))]
        if self.coupled:
            away, start = origins.away[o, r], np.arange(np.prod(starts))
            row = self.warmup_row.start + (r * starts[1] + origins.workload[o]) * hours
            entries += [((row + t)[away], column[away], np.full(away.sum(), -1.0)),
                        ((row + problem.hour_after[t])[away], column[away], np.ones(away.sum())),
                        (self.warmup_row.start + start, self.start.start + start, np.ones(len(start)))]
        row, column, value = (np.concatenate(each) for each in zip(*entries, strict=True))
        self.program = LinearProgram(row, column, value, self.start.stop, self.warmup_row.stop, check)

    def optimum(self, problem: Problem, method: str, basis: Statuses | None = None, *, unique: bool = True) -> Optimum:
        """The optimum of a problem among the kept arcs.

        Parameters
        ----------
        problem : Problem
        method : {"primal", "dual"}
            As for :meth:`geofront.solver.lp.LinearProgram.solve`.
        basis : Statuses, optional
            The basis to start from; by default the last one.
        unique : bool
            Whether to break ties by delay.

        Raises
        ------
        Infeasible
        """
        weight = problem.weight / problem.weight.mean()
        demand = self.origins.demand(problem)
        unit = demand.max(initial=0.0) / LARGEST_DEMAND or 1.0
        fixed = self.carries_all * (demand / unit)[:, None]
        self._update(problem, weight, unit, demand / unit, fixed)
        if basis is not None:
            self._set_basis(basis)
        first = self.program.solve(method)
        shape, starts = problem.price.shape, problem.warmup.shape
        capacity_price = np.maximum(-first.reduced_cost[self.load].reshape(shape) / weight, 0.0)
        warmup_price = self._of_starts(first.dual, starts) / weight
        second = self.program.break_ties(first, self._delay(problem)) if unique else first
        placed = fixed
        placed[self.arcs] = np.maximum(second.x[self.flow], 0.0)
        return Optimum(problem=problem, placed=unit * placed, capacity_price=capacity_price,
                       warmup_price=np.clip(warmup_price, 0.0, problem.warmup), basis=self._basis(shape, starts),
                       delay_load=-second.dual[self.load_row].reshape(shape) * unique,
                       delay_warmup=self._of_starts(second.dual, starts) * unique)

    def _update(self, problem: Problem, weight, unit: float, demand: np.ndarray, fixed: np.ndarray) -> None:
        """Replace costs and bounds."""
        o, r, t = self.arcs
        burned = pinned_load(problem) / unit + np.einsum("ort,or->rt", fixed, self.origins.execution)
        equal = np.concatenate([demand[self.free], -burned.ravel()])
        cost = [self.origins.fixed[o, r] * weight[t], (problem.price * weight).ravel()]
        upper = [np.full(len(o), np.inf), (problem.capacity / unit).ravel()]
        row_lower, row_upper = equal, equal
        if self.coupled:
            relocated = self.origins.relocated(fixed, problem.warmup.shape[1])
            row_lower = np.append(equal, relocated - relocated[..., problem.hour_before])
            row_upper = np.append(equal, np.full(relocated.size, np.inf))
            cost.append((problem.warmup * weight).ravel())
            upper.append(np.full(relocated.size, np.inf))
        self.program.update(np.concatenate(cost), np.concatenate(upper), row_lower, row_upper)

    def _delay(self, problem: Problem) -> np.ndarray:
        """The second objective."""
        o, r, t = self.arcs
        cost = np.zeros(self.start.stop)
        cost[self.flow] = self.origins.delay[o, r] * problem.hour_rank[t]
        return cost

    def _of_starts(self, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return values[self.warmup_row].reshape(shape) if self.coupled else np.zeros(shape)

    def _set_basis(self, basis: Statuses) -> None:
        columns, rows = [basis.flow[self.arcs], basis.load], [basis.demand_row[self.free], basis.load_row]
        if self.coupled:
            columns, rows = [*columns, basis.start], [*rows, basis.warmup_row]
        self.program.basis = Basis(*(np.concatenate([each.ravel() for each in group]) for group in (columns, rows)))

    def _basis(self, shape: tuple[int, ...], starts: tuple[int, ...]) -> Statuses:
        columns, rows = (each.astype(np.int8) for each in self.program.basis)
        flow, demand_row = self.carries_all * np.int8(BASIC), np.full(self.free.shape, LOWER, np.int8)
        flow[self.arcs] = columns[self.flow]
        demand_row[self.free] = rows[self.demand_row]
        start, warmup_row = np.full(starts, LOWER, np.int8), np.full(starts, BASIC, np.int8)
        if self.coupled:
            start, warmup_row = columns[self.start].reshape(starts), rows[self.warmup_row].reshape(starts)
        return Statuses(flow=flow, load=columns[self.load].reshape(shape), start=start, demand_row=demand_row,
                        load_row=rows[self.load_row].reshape(shape), warmup_row=warmup_row)

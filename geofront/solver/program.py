"""Linear program of some hours of one block, in the terms of the placement problem.

Columns: flows (o, r, t) of the arcs with a column, loads (r, t) and, if warm-up couples the hours, starts (r, k, t).
Rows: demand (o, t), load (r, t) and warm-up (r, k, t). Prices are the objective coefficients of the loads and
capacities their bounds, so another hour changes vectors and never the matrix.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geofront.model.origins import Block
from geofront.model.scaling import hour_scale
from geofront.solver.lp import BASIC, LOWER, Basis, LinearProgram, Result

LARGEST_DEMAND = 100.0
"""Largest demand in a program after scaling [-]: the solver's feasibility tolerance is absolute."""


@dataclass(frozen=True)
class Statuses:
    """Simplex basis in the terms of the placement problem: the status of every column and row, hours last.

    Arcs without a column are nonbasic. An exception is an arc without a column that carries all demand of its origin:
    it is basic, and the row of that demand is nonbasic.
    """

    flow: np.ndarray  # (o, r, t)
    load: np.ndarray  # (r, t)
    start: np.ndarray  # (r, k, t)
    demand_row: np.ndarray  # (o, t)
    load_row: np.ndarray  # (r, t)
    warmup_row: np.ndarray  # (r, k, t)


@dataclass(frozen=True)
class Optimum:
    """Optimum of a block with all data of a warm start. It is the only state that the engine keeps.

    ``delay_load`` and ``delay_warmup`` are the shadow prices of the second objective, which breaks ties.
    """

    block: Block
    placed: np.ndarray  # (o, r, t) [MW]
    capacity_price: np.ndarray  # (r, t) per MWh
    warmup_price: np.ndarray  # (r, k, t) per MW
    basis: Statuses
    delay_load: np.ndarray  # (r, t)
    delay_warmup: np.ndarray  # (r, k, t)


class Program:
    """Linear program of a number of hours, solved for one block after the other.

    Parameters
    ----------
    block : Block
        Any of the blocks to solve, for the sizes and for whether warm-up couples the hours.
    kept : numpy.ndarray
        (o, r, t) arcs that may carry flow.
    sole : numpy.ndarray
        (o, t) origins whose only kept arc needs no column, because it carries all their demand.
    check : callable or None
        As for :class:`geofront.solver.lp.LinearProgram`.
    """

    def __init__(self, block: Block, kept: np.ndarray, sole: np.ndarray, check: Callable[[], None] | None):
        problem, origins = block.problem, block.origins
        self.coupled = problem.coupled and len(problem.weight) > 1
        self.carries_all, self.free = kept & sole[:, None], ~sole
        self.arcs = o, r, t = (kept & self.free[:, None]).nonzero()
        self.loads, self.starts = problem.price.shape, problem.warmup.shape
        regions, hours = self.loads
        coupled_starts = int(np.prod(self.starts)) * self.coupled
        self.flow, self.load, self.start = _slices(len(o), regions * hours, coupled_starts)
        self.demand_row, self.load_row, self.warmup_row = _slices(self.free.sum(), regions * hours, coupled_starts)

        column, load, start = np.arange(len(o)), np.arange(regions * hours), np.arange(coupled_starts)
        demand_row = np.cumsum(self.free).reshape(self.free.shape) - 1
        entries = [
            (demand_row[o, t], column, np.ones(len(o))),
            (self.load_row.start + r * hours + t, column, origins.execution[o, r]),
            (self.load_row.start + load, self.load.start + load, np.full(len(load), -1.0)),
        ]
        if self.coupled:
            away = origins.away[o, r]
            row = (self.warmup_row.start + (r * self.starts[1] + origins.workload[o]) * hours)[away]
            entries += [
                (row + t[away], column[away], np.full(len(row), -1.0)),
                (row + problem.hour_after[t[away]], column[away], np.ones(len(row))),
                (self.warmup_row.start + start, self.start.start + start, np.ones(len(start))),
            ]
        row, column, value = (np.concatenate(each) for each in zip(*entries, strict=True))
        scale = hour_scale(problem.weight)
        column_scale = [scale[t], np.tile(scale, regions), np.tile(scale, coupled_starts // hours)]
        row_scale = [scale[self.free.nonzero()[1]], *column_scale[1:]]
        self.program = LinearProgram(
            row,
            column,
            value,
            self.start.stop,
            self.warmup_row.stop,
            check,
            np.concatenate(column_scale),
            1 / np.concatenate(row_scale),
        )

    def solve(self, block: Block, method: str, basis: Statuses | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Solve a block with a method of :meth:`LinearProgram.solve`, from a basis or the last one.

        Returns capacity prices (r, t) per MWh and warm-up prices (r, k, t) per MW; raises `Infeasible`.
        """
        self.update(block)
        if basis is not None:
            columns, rows = [basis.flow[self.arcs], basis.load], [basis.demand_row[self.free], basis.load_row]
            if self.coupled:
                columns, rows = [*columns, basis.start], [*rows, basis.warmup_row]
            self.program.basis = Basis(*(np.concatenate([each.ravel() for each in group]) for group in (columns, rows)))
        self.result = self.program.solve(method)
        price = -self.result.reduced_cost[self.load].reshape(self.loads) / block.weight
        warmup_price = self._of_starts(self.result.dual[self.warmup_row], 0.0) / block.weight
        self.prices = np.maximum(price, 0.0), np.clip(warmup_price, 0.0, block.problem.warmup)
        return self.prices

    def update(self, block: Block) -> None:
        """Update costs and bounds for a block."""
        o, r, t = self.arcs
        problem = block.problem
        self.block, self.unit = block, block.demand.max(initial=0.0) / LARGEST_DEMAND or 1.0
        self.fixed = self.carries_all * block.demand[:, None]
        burned = np.einsum("ort,or->rt", self.fixed, block.origins.execution)
        equal = np.concatenate([block.demand[self.free], -burned.ravel()]) / self.unit
        cost = [block.origins.fixed[o, r] * block.weight[t], (problem.price * block.weight).ravel()]
        upper = [np.full(len(o), np.inf), block.room.ravel() / self.unit]
        row_lower, row_upper = equal, equal
        if self.coupled:
            relocated = block.origins.relocated(self.fixed, self.starts[1]) / self.unit
            row_lower = np.append(equal, relocated - relocated[..., problem.hour_before])
            row_upper = np.append(equal, np.full(relocated.size, np.inf))
            cost.append((problem.warmup * block.weight).ravel())
            upper.append(np.full(relocated.size, np.inf))
        self.program.update(np.concatenate(cost), np.concatenate(upper), row_lower, row_upper)

    def optimum(self, *, unique: bool = True) -> Optimum:
        """Optimum found by :meth:`solve`, or with ``unique`` the one of least delay among all optima."""
        o, r, t = self.arcs
        result = self.result
        if unique:
            delay = np.zeros(self.start.stop)
            delay[self.flow] = self.block.origins.delay[o, r] * self.block.problem.hour_rank[t]
            result = self.program.break_ties(result, delay)
        return Optimum(
            self.block,
            self.placed(result),
            *self.prices,
            self.basis(),
            delay_load=-result.dual[self.load_row].reshape(self.loads) * unique,
            delay_warmup=self._of_starts(result.dual[self.warmup_row], 0.0) * unique,
        )

    def placed(self, result: Result) -> np.ndarray:
        """Flows of a solution, (o, r, t) [MW]."""
        placed = self.fixed.copy()
        placed[self.arcs] = self.unit * np.maximum(result.x[self.flow], 0.0)
        return placed

    def basis(self) -> Statuses:
        """Current basis."""
        columns, rows = (each.astype(np.int8) for each in self.program.basis)
        flow, demand_row = self.carries_all * np.int8(BASIC), np.full(self.free.shape, LOWER, np.int8)
        flow[self.arcs], demand_row[self.free] = columns[self.flow], rows[self.demand_row]
        return Statuses(
            flow,
            columns[self.load].reshape(self.loads),
            self._of_starts(columns[self.start], LOWER),
            demand_row,
            rows[self.load_row].reshape(self.loads),
            self._of_starts(rows[self.warmup_row], BASIC),
        )

    def _of_starts(self, values: np.ndarray, default) -> np.ndarray:
        """Values of starts or warm-up rows, (r, k, t); a default if the program has none."""
        return values.reshape(self.starts) if self.coupled else np.full(self.starts, default, values.dtype)


def _slices(*sizes: int) -> list[slice]:
    """Consecutive ranges of given sizes."""
    return [slice(*pair) for pair in pairwise(np.cumsum([0, *sizes]).tolist())]

"""Near-optimal placements of one block: on the optimal face, or of least objective + θ·quantity."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from geofront.model.origins import Block
from geofront.model.problem import starts
from geofront.solver.lp import BASIC, TIED, Result
from geofront.solver.optimum import IMPROVING, MARGIN, Placer, arc_costs
from geofront.solver.program import Program, Statuses

LARGE_THETA = 1e3
"""Programs with a larger θ are scaled down, because the solver's tolerances are absolute."""


class Least(NamedTuple):
    """Least value of a quantity, attained by some placement, and the bound that proves it."""

    value: float
    bound: float


class Point(NamedTuple):
    """A placement of one block: its objective above the least, and its quantity."""

    objective: float
    quantity: float


class Nearby:
    """Near-optimal placements of one block.

    Parameters
    ----------
    block : Block
    capacity_price, warmup_price : numpy.ndarray
        Shadow prices (r, t) and (r, k, t) of an optimum.
    """

    def __init__(self, block: Block, capacity_price: np.ndarray, warmup_price: np.ndarray):
        self.block, self.prices = block, (capacity_price, warmup_price)
        self._capacity = np.where(np.isfinite(block.problem.capacity), block.problem.capacity, 0.0)
        self._terms = self._bound_terms(*self.prices, 0.0)
        self._program: _WithAddition | None = None
        self._basis, self._last = None, self.prices
        self._check: Callable[[], None] = lambda: None

    def on_face(self, quantities: Sequence[np.ndarray], check: Callable[[], None]) -> list[Least]:
        """Least values among all optima.

        At every optimum, arcs with a reduced cost carry no flow, regions with a capacity price are full, and warm-up
        rows with a price are tight. These conditions define the optimal face.
        """
        block, tied = self.block, self._near(TIED)
        program = _Face(block, tied, tied.sum(axis=1) == 1, check)
        program.close(block, *self.prices)
        return [self._least_on_face(program, quantity) for quantity in quantities]

    def _least_on_face(self, program: "_Face", quantity: np.ndarray) -> Least:
        least = program.least(np.broadcast_to(quantity, self._reach().shape))
        placed = program.placed(least)
        load_price = -least.reduced_cost[program.load].reshape(program.loads) / self.block.weight
        start_price = np.zeros(self.prices[1].shape)
        if program.coupled:
            start_price = least.dual[program.warmup_row].reshape(program.starts) / self.block.weight
        return Least(self._sum(placed, quantity), self._bound_on_face(quantity, load_price, start_price))

    def _bound_on_face(self, quantity: np.ndarray, load_price: np.ndarray, start_price: np.ndarray) -> float:
        """Lower bound from shadow prices (r, t) and (r, k, t) of the quantity: the dual of its program on the face."""
        block, (capacity_price, warmup_price) = self.block, self.prices
        full, limited = capacity_price > TIED, np.isfinite(block.problem.capacity)
        load_price = np.where(full, load_price, np.maximum(load_price, 0.0)) * limited
        start_price = np.clip(
            start_price,
            np.where(warmup_price > TIED, -np.inf, 0.0),
            np.where(block.problem.warmup - warmup_price > TIED, np.inf, 0.0),
        )
        everywhere = np.ones_like(block.origins.reach)
        cost, without = (
            arc_costs(block, everywhere, *prices)
            for prices in ((load_price, start_price), (np.zeros(load_price.shape), np.zeros(start_price.shape)))
        )
        best = np.where(self._near(TIED), cost - without + quantity, np.inf).min(axis=1)
        return self._annual(block.demand * best, load_price * (block.pinned_load - self._capacity))

    def least(self, quantity: np.ndarray, theta: float, check: Callable[[], None]) -> tuple[Point, float]:
        """Placement of least objective + θ·quantity, and the bound that proves it, relative to the least objective."""
        self._check = check
        addition = theta * quantity
        if self._program is None:
            start = Placer(self.block.origins.reach, self._checked).optimum(self.block)
            self._rebuild(self._near(MARGIN), start.basis)
        # Add the columns that the last prices suggest, so that few solves need more.
        cost = arc_costs(self.block, self.block.origins.reach, *self._last) + addition
        if (improves := self._improves(cost, theta)).any():
            more = improves & (cost <= cost.min(axis=1, keepdims=True) + MARGIN)
            self._rebuild(self._program.kept | more, self._program.basis())
        while True:
            program = self._program
            program.addition, program.scale = addition, 1 / max(1.0, theta / LARGE_THETA)
            prices = program.solve(self.block, "primal", self._basis)
            self._basis, self._last = None, tuple(price / program.scale for price in prices)
            cost = arc_costs(self.block, self.block.origins.reach, *self._last) + addition
            improves = self._improves(cost, theta)
            if not improves.any():
                break
            self._rebuild(program.kept | improves & (cost <= cost.min(axis=1, keepdims=True) + MARGIN), program.basis())
        placed = program.placed(program.result)
        return Point(self._objective(placed), self._sum(placed, quantity)), self._bound(*self._last, addition)

    def _improves(self, cost: np.ndarray, theta: float) -> np.ndarray:
        """Whether an origin (o, 1, t) has an arc without a column that is cheaper than all its columns."""
        kept = np.where(self._program.kept, cost, np.inf).min(axis=1, keepdims=True)
        return cost.min(axis=1, keepdims=True) < kept - IMPROVING * (self.block.problem.price_scale + theta)

    def _rebuild(self, kept: np.ndarray, basis: Statuses) -> None:
        """Make a program with columns for the given arcs and the basic arcs, and start it from the basis."""
        kept = kept & self._reach() | (basis.flow == BASIC)
        alone = kept.sum(axis=1) == 1
        sole = alone & ((basis.flow == BASIC).any(axis=1) != (basis.demand_row == BASIC))
        self._program, self._basis = _WithAddition(self.block, kept, sole, self._checked), basis

    def _checked(self) -> None:
        self._check()

    def _reach(self) -> np.ndarray:
        return np.broadcast_to(
            self.block.origins.reach[..., None], (*self.block.origins.reach.shape, len(self.block.weight))
        )

    def _near(self, margin: float) -> np.ndarray:
        """Arcs (o, r, t) whose cost exceeds their origin's best by at most a margin."""
        cost = arc_costs(self.block, self.block.origins.reach, *self.prices)
        return self._reach() & (cost <= cost.min(axis=1, keepdims=True) + margin)

    def _sum(self, placed: np.ndarray, quantity: np.ndarray) -> float:
        return self._annual(placed * quantity)

    def _objective(self, placed: np.ndarray) -> float:
        """Objective of a placement above the least."""
        problem, origins = self.block.problem, self.block.origins
        brought_up = starts(problem, origins.relocated(placed, problem.warmup.shape[1]))
        objective = self._annual(
            placed * origins.fixed[..., None], self.block.load(placed) * problem.price, brought_up * problem.warmup
        )
        return objective - self._annual(*self._terms)

    def _bound(self, capacity_price: np.ndarray, warmup_price: np.ndarray, addition: np.ndarray) -> float:
        """Lower bound on the objective with an addition per flow, relative to the least objective without it."""
        capacity_price = np.where(np.isfinite(self.block.problem.capacity), np.maximum(capacity_price, 0.0), 0.0)
        warmup_price = np.clip(warmup_price, 0.0, self.block.problem.warmup)
        terms = self._bound_terms(capacity_price, warmup_price, addition)
        # Subtract before summing, because the sums are large and nearly equal.
        return self._annual(*(new - old for new, old in zip(terms, self._terms, strict=True)))

    def _annual(self, *terms: np.ndarray) -> float:
        """Sum of terms per hour, with last axis t, over the hours that the block represents."""
        return sum(float((each * self.block.problem.weight).sum()) for each in terms)

    def _bound_terms(self, capacity_price, warmup_price, addition) -> tuple[np.ndarray, np.ndarray]:
        """Terms of the bound per hour: demands (o, t) at their best arcs, and pinned load less capacity (r, t)."""
        block = self.block
        best = (arc_costs(block, block.origins.reach, capacity_price, warmup_price) + addition).min(axis=1)
        return block.demand * best, (
            block.pinned_load * (block.problem.price + capacity_price) - capacity_price * self._capacity
        )


class _Face(Program):
    """Optimal face of a block, over which quantities are minimised."""

    def close(self, block: Block, capacity_price: np.ndarray, warmup_price: np.ndarray) -> None:
        """Fix the values common to all optima: full regions, tight warm-up rows and zero starts."""
        self.update(block)
        program = self.program
        full = (capacity_price > TIED).ravel()
        lower, upper, row_upper = np.zeros(self.start.stop), program.upper.copy(), program.row_upper.copy()
        lower[self.load] = np.where(full, upper[self.load], 0.0)
        if self.coupled:
            idle = (block.problem.warmup - warmup_price > TIED).ravel()
            upper[self.start] = np.where(idle, 0.0, upper[self.start])
            tight = (warmup_price > TIED).ravel()
            row_upper[self.warmup_row] = np.where(tight, program.row_lower[self.warmup_row], row_upper[self.warmup_row])
        self.bounds, self.method = (lower, upper, program.row_lower, row_upper), "dual"

    def least(self, quantity: np.ndarray) -> Result:
        """Minimise a quantity, (o, r, t) per MWh, over the face."""
        o, r, t = self.arcs
        cost = np.zeros(self.start.stop)
        cost[self.flow] = quantity[o, r, t] * self.block.weight[t]
        self.program.send(cost, *self.bounds)
        result = self.program.solve(self.method)
        self.method = "primal"
        return result


class _WithAddition(Program):
    """Program with an addition to the costs of its arcs."""

    def __init__(self, block: Block, kept: np.ndarray, sole: np.ndarray, check: Callable[[], None]):
        super().__init__(block, kept, sole, check)
        self.kept, self.addition, self.scale = kept, np.zeros((1, 1, 1)), 1.0

    def update(self, block: Block) -> None:
        super().update(block)
        o, r, t = self.arcs
        cost = self.program.cost.copy()
        cost[self.flow] += np.broadcast_to(self.addition, self.kept.shape)[o, r, t] * block.weight[t]
        self.program.update(self.scale * cost, self.program.upper, self.program.row_lower, self.program.row_upper)

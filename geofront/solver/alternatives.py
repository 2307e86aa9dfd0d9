"""How small a linear quantity of the flows can be when the objective may exceed its least value by a given budget.

With f the quantity and L(θ) the least value of objective + θ·f, every placement within the budget has
f ≥ (L(θ) − least objective − budget) / θ, and the best θ attains it. L is a sum over blocks, so each block is solved by
itself. Without a budget, f is minimised over the optimal face. See "Near-optimal placements" in docs/model.md.
"""

import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

from geofront.model.origins import Block, Origins
from geofront.model.problem import Problem, starts
from geofront.solver.lp import BASIC, TIED
from geofront.solver.optimum import IMPROVING, MARGIN, Placer, arc_costs
from geofront.solver.program import Program, Statuses
from geofront.threads import in_threads

PROVED = 1e-9
"""Largest difference between a value and its bound, relative to the quantity's largest size [-]."""

STEP = 4.0
"""Factor between two values of θ while the budget is not used up [-]."""

LARGE_THETA = 1e3
"""Value of θ from which on programs are scaled down by it: the solver's tolerances are absolute."""

MOST_ROUNDS = 100


class Least(NamedTuple):
    """The least value of a quantity, attained by some placement, and the bound that proves it."""

    value: float
    bound: float


class Point(NamedTuple):
    """A placement of one block: its objective above the least, and its quantity."""

    objective: float
    quantity: float


def least_values(problem: Problem, origins: Origins, prices: tuple[np.ndarray, np.ndarray],
                 quantities: Sequence[np.ndarray], budgets: Sequence[float], *,
                 cancel: threading.Event | None = None, progress: bool = False) -> list[list[Least]]:
    """Least value of each quantity within each budget.

    Parameters
    ----------
    problem : Problem
    origins : Origins
        What :func:`geofront.model.origins.gather` returned for it.
    prices : tuple of numpy.ndarray
        Capacity prices (r, t) and warm-up prices (r, k, t) of an optimum.
    quantities : sequence of numpy.ndarray
        Coefficient per MWh of each flow of an origin, (o, r, t), or (o, r, 1) for all hours alike.
    budgets : sequence of float
        By how much the objective may exceed its least value, zero or more.
    cancel, progress
        As for :func:`geofront.place`.

    Returns
    -------
    list of list of Least
        By quantity and budget, summed over the movable demand of all hours.
    """
    sizes = [np.abs(each).max(initial=0.0) or 1.0 for each in quantities]
    quantities = [each / size for each, size in zip(quantities, sizes, strict=True)]
    blocks = [(hours, Nearby(Block(problem.at(hours), origins), prices[0][:, hours], prices[1][..., hours]))
              for hours in problem.blocks()]

    def in_block(quantity: np.ndarray, hours: np.ndarray) -> np.ndarray:
        return quantity if quantity.shape[2] == 1 else quantity[..., hours]

    with tqdm(total=len(quantities), desc="near-optimal", unit="quantity", disable=not progress) as bar:
        def on_faces(share, check):
            return [nearby.on_face([in_block(each, hours) for each in quantities], check) for hours, nearby in share]

        halves = in_threads(on_faces, [blocks[::2], blocks[1::2]], cancel)
        faces = [face for half in halves for face in half]
        blocks = [*blocks[::2], *blocks[1::2]]
        results = []
        for number, quantity in enumerate(quantities):
            face = [each[number] for each in faces]
            found = {0.0: Least(*map(sum, zip(*face, strict=True)))}
            trades = [Trade(nearby, in_block(quantity, hours), least.value)
                      for (hours, nearby), least in zip(blocks, face, strict=True)]
            theta = 1.0
            for budget in sorted({*budgets} - {0.0}):
                found[budget], theta = _within(trades, budget, theta, cancel)
            results.append([Least(*(sizes[number] * each for each in found[budget])) for budget in budgets])
            bar.update()
    return results


def _within(trades: list["Trade"], budget: float, theta: float, cancel) -> tuple[Least, float]:
    """The least value within a budget, and the θ that proves it."""
    size, best = sum(trade.size for trade in trades), sum(trade.lowest for trade in trades)

    def work(share, check):
        for trade in share:
            trade.solve(theta, PROVED / 10 * theta * trade.size, check)

    for _ in range(MOST_ROUNDS):
        in_threads(work, [trades[::2], trades[1::2]], cancel)
        best = max(best, (sum(trade.at(theta)[0] for trade in trades) - budget) / theta)
        value, critical = _mixed([trade.points for trade in trades], budget)
        if value - best <= PROVED * size or critical == theta:
            break
        theta = critical or STEP * theta
    return Least(value, best), theta


def _mixed(blocks: list[list[Point]], budget: float) -> tuple[float, float | None]:
    """The least quantity of any mixture of each block's points within a budget, and what the last bit of it costs.

    Mixtures of placements are placements. The budget goes first to where it lowers the quantity most.
    """
    value, segments = 0.0, []
    for points in blocks:
        hull = _hull(points)
        value, budget = value + hull[0].quantity, budget - hull[0].objective
        segments += [(b.objective - a.objective, a.quantity - b.quantity) for a, b in pairwise(hull)]
    for spent, gained in sorted(segments, key=lambda segment: segment[0] / segment[1]):
        if spent >= budget:
            return value - gained * max(budget, 0.0) / spent, spent / gained
        value, budget = value - gained, budget - spent
    return value, None


def _hull(points: list[Point]) -> list[Point]:
    """The points of the lower convex hull along which the quantity falls as the objective rises."""
    hull: list[Point] = []
    for point in sorted(set(points)):
        if hull and point.quantity >= hull[-1].quantity:
            continue
        while len(hull) > 1 and ((hull[-1].quantity - hull[-2].quantity) * (point.objective - hull[-2].objective)
                                 >= (point.quantity - hull[-2].quantity) * (hull[-1].objective - hull[-2].objective)):
            hull.pop()
        hull.append(point)
    return hull


class Trade:
    """One quantity of one block against its objective: placements and bounds found so far.

    Parameters
    ----------
    nearby : Nearby
    quantity : numpy.ndarray
        (o, r, t) or (o, r, 1).
    on_face : float
        Its least value among the optima.
    """

    def __init__(self, nearby: "Nearby", quantity: np.ndarray, on_face: float):
        self.nearby, self.quantity = nearby, quantity
        self.points, self.bounds = [Point(0.0, on_face)], {0.0: 0.0}
        reach, weighted = nearby.block.origins.reach[..., None], nearby.block.demand * nearby.block.problem.weight
        self.lowest = float((weighted * np.where(reach, quantity, np.inf).min(axis=1)).sum())
        self.size = float((weighted * np.where(reach, np.abs(quantity), 0.0).max(axis=1)).sum())

    def at(self, theta: float) -> tuple[float, float]:
        """Lower and upper bound on the least value of objective + θ·quantity, above the least objective.

        It is concave in θ, so that chords bound it from below, and every placement bounds it from above.
        """
        upper = min(point.objective + theta * point.quantity for point in self.points)
        known = np.array(sorted(self.bounds))
        if theta > known[-1]:
            return -np.inf, upper
        return float(np.interp(theta, known, [self.bounds[each] for each in known])), upper

    def solve(self, theta: float, tolerance: float, check: Callable[[], None]) -> None:
        """Find a placement of least objective + θ·quantity, unless one is known within a tolerance."""
        lower, upper = self.at(theta)
        if upper - lower > tolerance:
            point, self.bounds[theta] = self.nearby.least(self.quantity, theta, check)
            self.points.append(point)


class Nearby:
    """Placements of one block near its optimum.

    Parameters
    ----------
    block : Block
    capacity_price, warmup_price : numpy.ndarray
        (r, t) and (r, k, t), of an optimum.
    """

    def __init__(self, block: Block, capacity_price: np.ndarray, warmup_price: np.ndarray):
        self.block, self.prices = block, (capacity_price, warmup_price)
        self._capacity = np.where(np.isfinite(block.problem.capacity), block.problem.capacity, 0.0)
        self._terms = self._bound_terms(*self.prices, 0.0)
        self._program: _Program | None = None
        self._basis, self._last = None, self.prices
        self._check: Callable[[], None] = lambda: None

    def on_face(self, quantities: Sequence[np.ndarray], check: Callable[[], None]) -> list[Least]:
        """Least values among all optima.

        Arcs with a reduced cost carry nothing at any optimum; regions with a capacity price are full; and warm-up
        rows with a price are tight. What is left open is the optimal face.
        """
        block, (capacity_price, warmup_price) = self.block, self.prices
        tied = self._near(TIED)
        program = Program(block, tied, tied.sum(axis=1) == 1, check)
        program.solve(block, "dual")
        optimum = program.result._replace(reduced_cost=np.zeros(program.start.stop),
                                          dual=np.zeros(program.warmup_row.stop))
        optimum.reduced_cost[program.load] = -(capacity_price * block.weight).ravel()
        if program.coupled:
            optimum.reduced_cost[program.start] = ((block.problem.warmup - warmup_price) * block.weight).ravel()
            optimum.dual[program.warmup_row] = (warmup_price * block.weight).ravel()
        return [self._least_on_face(program, optimum, quantity) for quantity in quantities]

    def _least_on_face(self, program: Program, optimum, quantity: np.ndarray) -> Least:
        o, r, t = program.arcs
        coefficient = np.broadcast_to(quantity, self._reach().shape)
        cost = np.zeros(program.start.stop)
        cost[program.flow] = coefficient[o, r, t] * self.block.weight[t]
        least = program.program.break_ties(optimum, cost)
        placed = program.fixed.copy()
        placed[program.arcs] = program.unit * np.maximum(least.x[program.flow], 0.0)
        load_price = -least.reduced_cost[program.load].reshape(program.loads) / self.block.weight
        start_price = np.zeros(self.prices[1].shape)
        if program.coupled:
            start_price = least.dual[program.warmup_row].reshape(program.starts) / self.block.weight
        return Least(self._sum(placed, quantity), self._bound_on_face(quantity, load_price, start_price))

    def _bound_on_face(self, quantity: np.ndarray, load_price: np.ndarray, start_price: np.ndarray) -> float:
        """What shadow prices (r, t) and (r, k, t) of the quantity prove of it: the dual of its program on the face."""
        block, (capacity_price, warmup_price) = self.block, self.prices
        full, limited = capacity_price > TIED, np.isfinite(block.problem.capacity)
        load_price = np.where(full, load_price, np.maximum(load_price, 0.0)) * limited
        start_price = np.clip(start_price, np.where(warmup_price > TIED, -np.inf, 0.0),
                              np.where(block.problem.warmup - warmup_price > TIED, np.inf, 0.0))
        everywhere = np.ones_like(block.origins.reach)
        cost, without = (arc_costs(block, everywhere, *prices) for prices in (
            (load_price, start_price), (np.zeros(load_price.shape), np.zeros(start_price.shape))))
        best = np.where(self._near(TIED), cost - without + quantity, np.inf).min(axis=1)
        return self._annual(block.demand * best, load_price * (block.pinned_load - self._capacity))

    def least(self, quantity: np.ndarray, theta: float, check: Callable[[], None]) -> tuple[Point, float]:
        """A placement of least objective + θ·quantity, and the bound that proves it, both above the least objective."""
        self._check = check
        addition = theta * quantity
        if self._program is None:
            start = Placer(self.block.origins.reach, self._checked).optimum(self.block)
            self._rebuild(self._near(MARGIN), start.basis)
        # The columns that the last prices suggest, so that few solves end with some missing.
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
        placed = program.placed()
        return Point(self._objective(placed), self._sum(placed, quantity)), self._bound(*self._last, addition)

    def _improves(self, cost: np.ndarray, theta: float) -> np.ndarray:
        """Whether an origin (o, 1, t) has an arc without a column that costs less than all with one."""
        kept = np.where(self._program.kept, cost, np.inf).min(axis=1, keepdims=True)
        return cost.min(axis=1, keepdims=True) < kept - IMPROVING * (self.block.problem.price_scale + theta)

    def _rebuild(self, kept: np.ndarray, basis: Statuses) -> None:
        """A program with columns for the given arcs and those in a basis, from which it starts."""
        kept = kept & self._reach() | (basis.flow == BASIC)
        alone = kept.sum(axis=1) == 1
        sole = alone & ((basis.flow == BASIC).any(axis=1) != (basis.demand_row == BASIC))
        self._program, self._basis = _Program(self.block, kept, sole, self._checked), basis

    def _checked(self) -> None:
        self._check()

    def _reach(self) -> np.ndarray:
        return np.broadcast_to(self.block.origins.reach[..., None], (*self.block.origins.reach.shape,
                                                                     len(self.block.weight)))

    def _near(self, margin: float) -> np.ndarray:
        """Arcs (o, r, t) that cost at most a margin more than their origin's best."""
        cost = arc_costs(self.block, self.block.origins.reach, *self.prices)
        return self._reach() & (cost <= cost.min(axis=1, keepdims=True) + margin)

    def _sum(self, placed: np.ndarray, quantity: np.ndarray) -> float:
        return self._annual(placed * quantity)

    def _objective(self, placed: np.ndarray) -> float:
        """Objective of a placement above the least."""
        problem, origins = self.block.problem, self.block.origins
        brought_up = starts(problem, origins.relocated(placed, problem.warmup.shape[1]))
        objective = self._annual(placed * origins.fixed[..., None], self.block.load(placed) * problem.price,
                                 brought_up * problem.warmup)
        return objective - self._annual(*self._terms)

    def _bound(self, capacity_price: np.ndarray, warmup_price: np.ndarray, addition: np.ndarray) -> float:
        """What shadow prices prove of the least objective with an addition per flow, above the least without it."""
        capacity_price = np.where(np.isfinite(self.block.problem.capacity), np.maximum(capacity_price, 0.0), 0.0)
        warmup_price = np.clip(warmup_price, 0.0, self.block.problem.warmup)
        terms = self._bound_terms(capacity_price, warmup_price, addition)
        # Differences first: the sums are large and nearly equal.
        return self._annual(*(new - old for new, old in zip(terms, self._terms, strict=True)))

    def _annual(self, *terms: np.ndarray) -> float:
        """Sum of terms per hour, whose last axis is t, over the hours that the block stands for."""
        return sum(float((each * self.block.problem.weight).sum()) for each in terms)

    def _bound_terms(self, capacity_price, warmup_price, addition) -> tuple[np.ndarray, np.ndarray]:
        """Terms of the bound per hour: demands (o, t) at their best arcs, and pinned load less capacity (r, t)."""
        block = self.block
        best = (arc_costs(block, block.origins.reach, capacity_price, warmup_price) + addition).min(axis=1)
        return block.demand * best, (block.pinned_load * (block.problem.price + capacity_price)
                                     - capacity_price * self._capacity)


class _Program(Program):
    """A program whose arcs have an addition to their costs."""

    def __init__(self, block: Block, kept: np.ndarray, sole: np.ndarray, check: Callable[[], None]):
        super().__init__(block, kept, sole, check)
        self.kept, self.addition, self.scale = kept, np.zeros((1, 1, 1)), 1.0

    def _update(self, block: Block) -> None:
        super()._update(block)
        o, r, t = self.arcs
        cost = self.program.cost.copy()
        cost[self.flow] += np.broadcast_to(self.addition, self.kept.shape)[o, r, t] * block.weight[t]
        self.program.update(self.scale * cost, self.program.upper, self.program.row_lower, self.program.row_upper)

    def placed(self) -> np.ndarray:
        """The flows found, (o, r, t) [MW]."""
        placed = self.fixed.copy()
        placed[self.arcs] = self.unit * np.maximum(self.result.x[self.flow], 0.0)
        return placed

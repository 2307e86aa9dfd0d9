"""Minimises a linear quantity of the flows while the objective may exceed its least value by a budget.

Let f be the quantity and L(θ) the least value of objective + θ·f. Every placement within the budget has
f ≥ (L(θ) − least objective − budget) / θ, and the best θ attains the bound. L is a sum over blocks, so each block is
solved separately. Without a budget, f is minimised over the optimal face. See "Near-optimal placements" in
docs/model.md.
"""

import threading
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from tqdm.auto import tqdm

from geofront.alternatives.nearby import Least, Nearby, Point
from geofront.model.origins import Block, Origins
from geofront.model.problem import Problem
from geofront.threads import in_threads

PROVED = 1e-9
"""Largest difference between a value and its bound, relative to the quantity's largest size [-]."""

STEP = 4.0
"""Factor between two values of θ while budget remains [-]."""

MOST_ROUNDS = 100


def least_values(
    problem: Problem,
    origins: Origins,
    prices: tuple[np.ndarray, np.ndarray],
    quantities: Sequence[np.ndarray],
    budgets: Sequence[float],
    *,
    cancel: threading.Event | None = None,
    progress: bool = False,
) -> list[list[Least]]:
    """Least value of each quantity within each budget.

    Parameters
    ----------
    problem : Problem
    origins : Origins
        Result of :func:`geofront.model.origins.gather` for the problem.
    prices : tuple of numpy.ndarray
        Capacity prices (r, t) and warm-up prices (r, k, t) of an optimum.
    quantities : sequence of numpy.ndarray
        Coefficients per MWh of the flows of origins, (o, r, t), or (o, r, 1) if they are the same in all hours.
    budgets : sequence of float
        Allowed excesses of the objective over its least value, zero or more.
    cancel, progress
        As for :func:`geofront.place`.

    Returns
    -------
    list of list of Least
        By quantity and budget, summed over the movable demand of all hours.
    """
    sizes = [np.abs(each).max(initial=0.0) or 1.0 for each in quantities]
    quantities = [each / size for each, size in zip(quantities, sizes, strict=True)]
    blocks = [
        (hours, Nearby(Block(problem.at(hours), origins), prices[0][:, hours], prices[1][..., hours]))
        for hours in problem.blocks()
    ]

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
            trades = [
                Trade(nearby, in_block(quantity, hours), least.value)
                for (hours, nearby), least in zip(blocks, face, strict=True)
            ]
            theta = 1.0
            for budget in sorted({*budgets} - {0.0}):
                found[budget], theta = _within(trades, budget, theta, cancel)
            results.append([Least(*(sizes[number] * each for each in found[budget])) for budget in budgets])
            bar.update()
    return results


def _within(trades: list["Trade"], budget: float, theta: float, cancel) -> tuple[Least, float]:
    """Least value within a budget, and the θ that proves it."""
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
    """Least quantity of convex combinations of each block's points within a budget, and its marginal cost.

    Convex combinations of placements are placements. The budget is spent first where it lowers the quantity most.
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
    """Points of the lower convex hull along which the quantity falls as the objective rises."""
    hull: list[Point] = []
    for point in sorted(set(points)):
        if hull and point.quantity >= hull[-1].quantity:
            continue
        while len(hull) > 1 and (
            (hull[-1].quantity - hull[-2].quantity) * (point.objective - hull[-2].objective)
            >= (point.quantity - hull[-2].quantity) * (hull[-1].objective - hull[-2].objective)
        ):
            hull.pop()
        hull.append(point)
    return hull


class Trade:
    """Trade-off between a quantity and the objective of one block: placements and bounds found so far.

    Parameters
    ----------
    nearby : Nearby
    quantity : numpy.ndarray
        Coefficients (o, r, t) or (o, r, 1).
    on_face : float
        Least value of the quantity among the optima.
    """

    def __init__(self, nearby: Nearby, quantity: np.ndarray, on_face: float):
        self.nearby, self.quantity = nearby, quantity
        self.points, self.bounds = [Point(0.0, on_face)], {0.0: 0.0}
        reach, weighted = nearby.block.origins.reach[..., None], nearby.block.demand * nearby.block.problem.weight
        self.lowest = float((weighted * np.where(reach, quantity, np.inf).min(axis=1)).sum())
        self.size = float((weighted * np.where(reach, np.abs(quantity), 0.0).max(axis=1)).sum())

    def at(self, theta: float) -> tuple[float, float]:
        """Lower and upper bound on the least value of objective + θ·quantity, relative to the least objective.

        The value is concave in θ, so chords bound it from below, and every placement bounds it from above.
        """
        upper = min(point.objective + theta * point.quantity for point in self.points)
        known = np.array(sorted(self.bounds))
        if theta > known[-1]:
            return -np.inf, upper
        return float(np.interp(theta, known, [self.bounds[each] for each in known])), upper

    def solve(self, theta: float, tolerance: float, check: Callable[[], None]) -> None:
        """Find a placement of least objective + θ·quantity, unless one within a tolerance is known."""
        lower, upper = self.at(theta)
        if upper - lower > tolerance:
            point, self.bounds[theta] = self.nearby.least(self.quantity, theta, check)
            self.points.append(point)

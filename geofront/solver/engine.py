"""The optimum of a placement problem block by block, and how it changes as more arcs come into reach.

Blocks share nothing but their origins, so two threads take half of the blocks each: HiGHS works outside Python's lock.
:mod:`geofront.model.formulation` is the plain statement of the same problem and the reference in the tests.
"""

import threading
from collections.abc import Callable

import numpy as np
from tqdm.auto import tqdm

from geofront.arguments import checked, whole
from geofront.errors import Infeasible
from geofront.model.formulation import shortage
from geofront.model.origins import Block, gather
from geofront.model.problem import Problem, Solution
from geofront.model.scaling import with_scaled_costs
from geofront.solver.lp import TIED
from geofront.solver.optimum import IMPROVING, Placer, arc_costs, arc_delays
from geofront.solver.program import Optimum
from geofront.threads import in_threads


class WarmStart(dict):
    """Optima of the last placements, from which similar ones start.

    Worth passing to one :func:`geofront.place` after the other where prices, carbon intensities, capacities or demand
    change. Not for several threads at a time.

    Parameters
    ----------
    most_blocks : int
        Number of blocks whose optimum is kept; the oldest are dropped. A day of the package's own regions takes 0.3 MB.
    """

    @checked(most_blocks=whole(least=0))
    def __init__(self, most_blocks: int = 100):
        super().__init__()
        self.most_blocks = most_blocks

    def keep(self, key: tuple, optimum: Optimum) -> None:
        """Add an optimum, or replace that of the same hours and origins."""
        self.pop(key, None)
        self[key] = optimum
        while len(self) > self.most_blocks:
            del self[next(iter(self))]


def solve(
    problem: Problem,
    *,
    warm_start: WarmStart | None = None,
    cancel: threading.Event | None = None,
    progress: bool = False,
    interruptible: bool = True,
) -> Solution:
    """The optimum of a placement problem.

    ``warm_start``, ``cancel`` and ``progress`` are as for :func:`geofront.place`. Unless ``interruptible``, neither
    ``cancel`` nor the keyboard ends it while HiGHS is at work, and it takes less time on a busy machine.

    Raises
    ------
    Infeasible
        Names homes, hours and classes that lack capacity, and the missing MW.
    Cancelled
    """
    problem, cost_scale = with_scaled_costs(problem)
    origins, warm_start = gather(problem), WarmStart(0) if warm_start is None else warm_start
    blocks = problem.blocks()
    solution = Solution(
        np.zeros((*problem.away().shape, *problem.demand.shape[1:])),
        np.zeros(problem.price.shape),
        np.zeros(problem.warmup.shape),
    )
    structure = problem.coupled, origins.structure()

    def work(share: list[np.ndarray], check: Callable[[], None]) -> None:
        placer, last = Placer(origins.reach, check if interruptible else None), None
        for hours in share:
            block, key = Block(problem.at(hours), origins), (*structure, hours[0], len(hours))
            last = optimum_of(block, placer, warm_start.get(key) or last)
            warm_start.keep(key, last)
            solution.flow[..., hours] = block.flows(last.placed)
            solution.capacity_price[:, hours] = last.capacity_price / cost_scale
            solution.warmup_price[..., hours] = last.warmup_price / cost_scale
            bar.update()

    with tqdm(total=len(blocks), desc="placement", unit="block", disable=not progress) as bar:
        in_threads(work, [blocks[::2], blocks[1::2]], cancel)
    return solution


def optimum_of(block: Block, placer: Placer, last: Optimum | None) -> Optimum:
    """The optimum of a block, or an error that says where capacity is missing."""
    try:
        return placer.optimum(block, last)
    except Infeasible as error:
        raise shortage(block.problem, block.allowed(placer.reach)) from error


class GrowingReach:
    """Placement of a problem's origins while their reach is extended step by step.

    ``optima`` holds the present optimum of every block. A block is solved again only where an arc that comes into
    reach lowers the objective at the last shadow prices, or has no reduced cost and lowers the delay, by which ties
    are broken. Everywhere else the placement stays optimal.

    Parameters
    ----------
    blocks : list of Block
        With the largest reach to come.
    reach : numpy.ndarray
        (o, r) the first reach, home included. The caller extends it in place and then calls :meth:`update`.
    check : callable
        As for :class:`geofront.solver.optimum.Placer`.
    start : list of Optimum or None
        Warm start of every block.
    """

    def __init__(self, blocks: list[Block], reach: np.ndarray, check: Callable[[], None], start: list[Optimum | None]):
        self.placer, self.blocks, self.optima = Placer(reach, check), blocks, []
        for block, last in zip(blocks, start, strict=True):
            self.optima.append(optimum_of(block, self.placer, last or (self.optima[-1] if self.optima else None)))

    def update(self, new: np.ndarray) -> list[int]:
        """Take in the arcs (o, r) that the reach has gained.

        Returns
        -------
        list of int
            Numbers of the blocks that were solved again.
        """
        if not new.any():
            return []
        again = [number for number, block in enumerate(self.blocks) if self._changes(block, self.optima[number], new)]
        for number in again:
            self.optima[number] = optimum_of(self.blocks[number], self.placer, self.optima[number])
        return again

    def _changes(self, block: Block, optimum: Optimum, new: np.ndarray) -> bool:
        """Whether a new arc lowers the objective, or the delay at equal cost."""
        gaining = new.any(axis=1)
        some = Block(block.problem, block.origins.at(gaining))
        cost = arc_costs(some, self.placer.reach[gaining], optimum.capacity_price, optimum.warmup_price)
        new = new[gaining, :, None]
        best = np.where(new, np.inf, cost).min(axis=1, keepdims=True)
        new = new & (block.demand[gaining, None] > 0)
        if (new & (cost < best - IMPROVING * block.problem.price_scale)).any():
            return True
        tied = cost <= best + TIED
        if not (new & tied).any():
            return False
        delay = arc_delays(some, optimum)
        shortest = np.where(tied & ~new, delay, np.inf).min(axis=1, keepdims=True)
        return bool((new & tied & (delay < shortest - TIED)).any())

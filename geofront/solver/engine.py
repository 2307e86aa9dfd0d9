"""Solves a placement problem block by block, and updates the optimum as more arcs are allowed.

Blocks share only their origins, so two threads solve half of the blocks each: HiGHS releases Python's global lock.
:mod:`geofront.model.formulation` states the same problem plainly and is the reference in the tests.
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
    """Cached optima of previous placements, as warm starts of similar ones.

    Pass it to consecutive calls of :func:`geofront.place` in which prices, carbon intensities, capacities or demand
    change. It must not be shared between threads.

    Parameters
    ----------
    most_blocks : int
        Largest number of cached blocks; the oldest are dropped. A day of geofront's own regions takes 0.3 MB.
    """

    @checked(most_blocks=whole(least=0))
    def __init__(self, most_blocks: int = 100):
        super().__init__()
        self.most_blocks = most_blocks
        self._lock = threading.Lock()

    def keep(self, key: tuple, optimum: Optimum) -> None:
        """Cache an optimum, and replace the one of the same hours and origins."""
        with self._lock:  # the threads of one placement share it
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
    unique: bool = True,
) -> Solution:
    """Solve a placement problem.

    ``warm_start``, ``cancel`` and ``progress`` are as for :func:`geofront.place`. Unless ``interruptible``, neither
    ``cancel`` nor the keyboard ends it while HiGHS is at work, and it takes less time on a busy machine. Unless
    ``unique``, ties are not broken, and the result is any of the optima.

    Raises
    ------
    Infeasible
        If capacity is missing; lists the homes, hours and classes, and the missing MW.
    Cancelled
        If ``cancel`` is set.
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
        placer, last = Placer(origins.reach, check if interruptible else None, unique=unique), None
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
    """Solve a block; if capacity is missing, the error lists where."""
    try:
        return placer.optimum(block, last)
    except Infeasible as error:
        raise shortage(block.problem, block.allowed(placer.reach)) from error


class GrowingReach:
    """Placement of a problem's origins while more and more arcs are allowed.

    ``optima`` holds the current optimum of every block. A block is solved again only if a newly allowed arc has a
    negative reduced cost at the last shadow prices, or a reduced cost of zero and a lower delay, which breaks ties.
    Otherwise the placement stays optimal.

    Parameters
    ----------
    blocks : list of Block
        Blocks with all arcs that will be allowed.
    reach : numpy.ndarray
        (o, r) arcs allowed at first, home included. The caller adds arcs in place and then calls :meth:`update`.
    check : callable
        As for :class:`geofront.solver.optimum.Placer`.
    start : list of Optimum or None
        Warm start of every block.
    """

    def __init__(self, blocks: list[Block], reach: np.ndarray, check: Callable[[], None], start: list[Optimum | None]):
        self.placer, self.blocks = Placer(reach, check), blocks
        self.optima: list[Optimum] = []
        for block, last in zip(blocks, start, strict=True):
            self.optima.append(optimum_of(block, self.placer, last or (self.optima[-1] if self.optima else None)))

    def update(self, new: np.ndarray) -> list[int]:
        """Update the optima for newly allowed arcs (o, r).

        Returns
        -------
        list of int
            Positions of the blocks that were solved again.
        """
        if not new.any():
            return []
        again = [number for number, block in enumerate(self.blocks) if self._changes(block, self.optima[number], new)]
        for number in again:
            self.optima[number] = optimum_of(self.blocks[number], self.placer, self.optima[number])
        return again

    def _changes(self, block: Block, optimum: Optimum, new: np.ndarray) -> bool:
        """Whether a new arc lowers the objective, or lowers the delay at equal cost."""
        gaining = np.asarray(new.any(axis=1))
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

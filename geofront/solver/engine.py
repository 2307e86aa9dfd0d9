"""Solves the placement problem exactly and fast, by using its structure.

What the engine relies on, and what makes each step exact:

- Parts of demand with the same home, class and reach cost the same everywhere, so one origin stands
  for all of them (:mod:`geofront.solver.origins`).
- The price of an hour enters through the load of a region only. A program therefore holds a load variable
  per region and hour (the price is its objective, the capacity its bound), and another hour, or a block with
  other figures, changes those and the right-hand sides, never the matrix.
- Where every origin's cheapest region has room for all that choose it, that choice is the optimum.
- A program holds few of its columns. Those left out are priced at its shadow prices, and whatever could
  lower the objective is added, until nothing can: then its optimum is the optimum.
- Without warm-up every hour is a problem of its own, and one program serves all (:mod:`geofront.solver.hourly`).
  With it every block is, and has its own (:mod:`geofront.solver.master`): the nearer to its optimum a master begins,
  the fewer rows, columns and pivots it needs, and every block's hours placed by themselves are near. Warming up
  is held back until their optimum is found: then only it is missing from the shadow prices.

:mod:`geofront.model.formulation` is the plain statement of the same problem and the reference in the tests.
"""

import contextlib
import threading
from collections.abc import Callable
from functools import partial

import numpy as np

from geofront.errors import GeofrontError, Infeasible, TooManyPivots
from geofront.model.formulation import check_solver, silent
from geofront.model.problem import Problem, Solution
from geofront.names import TOLERANCE
from geofront.shared import shared_in_run
from geofront.solver.hourly import place_hourly
from geofront.solver.master import Master, relative_weight
from geofront.solver.origins import Origins, gather, pinned_load
from geofront.solver.preview import Preview
from geofront.solver.threads import at_once

CHUNK = 512
"""Hours without coupling that are handled together; bounds the memory."""

PARALLEL_BLOCKS = 8
"""Number of coupled blocks from which a second thread repays its own master."""

OWN_HOURS = 744
"""Number of hours up to which each coupled block keeps a master of its own from one placement to the next."""

MOST_PIVOTS = 800
"""Number of pivots of one run after which a kept program is given up for a new one. That takes about as many for a
block of 24 hours, while from far away it may be ten times as many."""

KEPT_KINDS = 4
"""Number of kinds of problems whose programs a warm start keeps, if not told otherwise; bounds the memory."""


class Interrupted(GeofrontError):
    """A placement that is no longer wanted has been given up."""


class WarmStart:
    """Programs kept from one placement to the next, each of which goes on from its last optimum.

    Worth passing to one :func:`geofront.place` after the other where prices, carbon intensities, egress,
    capacities, demand or pinned shares change; from far away, programs begin anew. What changes reach, law, warm-up
    or the hours gets programs of its own; those of the last few kinds are kept, for when it is changed back. For one
    thread at a time, of which another may ask that it give up.

    Parameters
    ----------
    kinds : int
        Of how many kinds of problems programs are kept; with none, placements can only be interrupted.
    """

    def __init__(self, kinds: int = KEPT_KINDS):
        self.kinds = kinds
        self._programs = {}
        self._unwanted, self._unwanted_if_long = threading.Event(), threading.Event()

    def programs(self, problem: Problem, origins: Origins, solver: str) -> dict[int, dict]:
        """Those for problems of this structure, which is all that they cannot take in later.

        By the first hour of a thread's share: of each of its blocks the master, by its first hour, and under ``HOUR``
        the program of single hours.
        """
        weights = [relative_weight(problem.at(hours)) for hours in problem.blocks()]
        rigid = [origins.service, origins.workload, origins.reach, origins.away, origins.execution]
        structure = (solver, problem.coupled, *(array.tobytes() for array in (*weights, *rigid)))
        programs = self._programs[structure] = self._programs.pop(structure, {})
        if len(self._programs) > self.kinds:
            del self._programs[next(iter(self._programs))]
        for of_share in programs.values():
            for program in of_share.values():
                program.origins = origins
        return programs

    def forget(self) -> None:
        """Begin anew."""
        self._programs.clear()

    def interrupt(self, *, short: bool = True) -> None:
        """Have the placement that another thread is at raise `Interrupted` at its next step, and later ones, too.

        Parameters
        ----------
        short : bool
            Whether also while it is at what is over soon: while it goes on from kept programs, or places single hours.
        """
        self._unwanted_if_long.set()
        if short:
            self._unwanted.set()

    def resume(self) -> None:
        """Place again."""
        self._unwanted_if_long.clear()
        self._unwanted.clear()

    def check(self, *, long: bool = False) -> None:
        """Raise `Interrupted` if placements are not wanted, or those that take long are not and this is one."""
        if self._unwanted.is_set() or (long and self._unwanted_if_long.is_set()):
            raise Interrupted("the placement was interrupted: it is no longer wanted")


@shared_in_run
def solve(problem: Problem, solver: str = "CBC", warm_start: WarmStart | None = None,
          preview: Callable[[np.ndarray], None] | None = None) -> Solution:
    """The optimum of a placement problem.

    Parameters
    ----------
    problem : Problem
    solver : {"CBC", "HiGHS"}
    warm_start : WarmStart, optional
    preview : callable, optional
        Called from another thread with feasible flows, as :class:`geofront.solver.preview.Preview` says: where blocks
        begin anew or time passes, those of blocks that are solved by then, and of the others those of their hours.

    Returns
    -------
    Solution

    Raises
    ------
    Infeasible
        Names homes, hours and classes that lack capacity, and the missing MW.
    Interrupted
        Another thread has interrupted ``warm_start``.
    GeofrontError
        ``solver`` is neither CBC nor HiGHS.
    """
    check_solver(solver)
    if not problem.demand.any():
        return _empty_solution(problem)
    origins = gather(problem)
    warm_start = warm_start or WarmStart(kinds=0)
    programs = warm_start.programs(problem, origins, solver)
    try:
        if problem.coupled:
            own = warm_start.kinds > 0 and len(problem.weight) <= OWN_HOURS
            return _solve_blocks(problem, origins, solver, programs if own else None, warm_start.check, preview)
        return _solve_hours(problem, origins, solver, programs.setdefault(0, {}), warm_start.check)
    except Interrupted:
        raise
    except GeofrontError:
        warm_start.forget()
        raise


def _solve_blocks(problem: Problem, origins: Origins, solver: str, own: dict | None, check: Callable,
                  tell: Callable[[np.ndarray], None] | None) -> Solution:
    """Block by block; their programs are kept where a dict for them is given.

    Where one kept master is too far away, or turns out to be, those of the blocks after it are not tried: they are too.
    """
    blocks = problem.blocks()
    shares = [blocks[::2], blocks[1::2]] if len(blocks) >= PARALLEL_BLOCKS else [blocks]
    solution = _empty_solution(problem)
    preview = None if tell is None else Preview(problem, origins, solution.flow, len(shares), tell)

    def work(share: list[np.ndarray], go_on: Callable[[], None]) -> None:
        def step(*, long: bool) -> None:
            check(long=long)
            go_on()

        def by_hour(hours: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
            step(long=False)
            return _by_hour(problem.at(hours), origins, solver, programs)

        def previewed(blocks: list[np.ndarray]) -> dict[int, tuple]:
            """Hours of blocks placed before their turn, by the first of each, so that all have flows to tell."""
            if preview is None or ahead:
                return ahead
            placed = {hours[0]: by_hour(hours) for hours in blocks}
            preview.complete(blocks, [each for each, _ in placed.values()])
            return placed

        programs, last, ahead = {} if own is None else own.setdefault(share[0][0], {}), None, {}
        kept = dict(programs)
        for number, hours in enumerate(share):
            if preview is not None and preview.is_overdue():
                ahead = previewed(share[number:])
            block, found = problem.at(hours), None
            if hours[0] in kept and kept[hours[0]].is_near(block):
                with contextlib.suppress(TooManyPivots):
                    found = kept[hours[0]].solve(block, partial(step, long=False), MOST_PIVOTS)
            if found is None:
                kept = {}
                ahead = previewed(share[number:])
                placed, hourly_price = _nearest(block, origins, last, *(ahead.get(hours[0]) or by_hour(hours)))
                master = Master(block, origins, solver, coupled=True, placed=placed, hourly_price=hourly_price)
                found = master.solve(block, partial(step, long=True))
                if own is not None:
                    programs[hours[0]] = master
            last, capacity_price, warmup_price = found
            solution.flow[..., hours] = origins.flows(block, last)
            solution.capacity_price[:, hours] = capacity_price
            solution.warmup_price[..., hours] = warmup_price
        if preview is not None and not ahead:
            preview.complete([], [])

    with silent():
        at_once(work, shares)
    return solution


def _by_hour(block: Problem, origins: Origins, solver: str,
             programs: dict) -> tuple[np.ndarray | None, np.ndarray | None]:
    """A block's hours placed by themselves, and their shadow prices.

    Nothing where the capacities do not suffice: that of all its hours is for the block to say.
    """
    try:
        return place_hourly(block, origins, origins.reach, solver, programs)
    except Infeasible:
        return None, None


def _nearest(block: Problem, origins: Origins, last: np.ndarray | None, placed: np.ndarray | None,
             capacity_price: np.ndarray | None) -> tuple[np.ndarray | None, np.ndarray | None]:
    """What a block had better begin with and, if that is its hours placed by themselves, their shadow prices.

    The hours, where prices vary from block to block; what the block before has, if it fits, where hardly anything but
    warming up matters.
    """
    if placed is None or last is None or last.shape != placed.shape or not np.allclose(
            last.sum(axis=1), origins.demand(block)):
        return placed, capacity_price
    load = pinned_load(block) + np.einsum("ort,or->rt", last, origins.execution)
    fits = (load <= block.capacity * (1 + TOLERANCE)).all()
    if fits and origins.cost(block, last) < origins.cost(block, placed):
        return last, None
    return placed, capacity_price


def _solve_hours(problem: Problem, origins: Origins, solver: str, programs: dict, check: Callable) -> Solution:
    solution = _empty_solution(problem)
    with silent():
        for first in range(0, len(problem.weight), CHUNK):
            check()
            hours = np.arange(first, min(first + CHUNK, len(problem.weight)))
            chunk = problem.at(hours)
            placed, solution.capacity_price[:, hours] = place_hourly(chunk, origins, origins.reach, solver, programs)
            solution.flow[..., hours] = origins.flows(chunk, placed)
    return solution


def _empty_solution(problem: Problem) -> Solution:
    return Solution(np.zeros((*problem.away().shape, *problem.demand.shape[1:])),
                    np.zeros(problem.capacity.shape), np.zeros(problem.warmup.shape))

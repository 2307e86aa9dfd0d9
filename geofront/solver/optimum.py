"""The optimum of one block of hours: a start near it, then columns until none that is left out can improve it.

Invariants:

- An optimum is returned only if no arc in reach has a reduced cost below zero at its shadow prices (`IMPROVING`).
- Ties are broken among all arcs in reach: every arc without reduced cost has a column by then.
- The start, the arcs that get a column first, and the simplex method decide about time only.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from geofront.errors import Infeasible
from geofront.model.origins import Block
from geofront.model.problem import coupling_costs
from geofront.solver.lp import BASIC, LOWER, TIED
from geofront.solver.program import Optimum, Program, Statuses

IMPROVING = 1e-11
"""Reduced cost below which an arc improves the objective, relative to the largest price [-]. At 1e-9 layer shares
along a frontier were off by up to 9e-4."""

MARGIN = 1.0
"""Arcs that cost up to this much more than their origin's best get a column too: they are likely to pay next, and
another solve costs more than a column [USD/MWh]."""

WARMUP_MARGIN = 0.5
"""The same beside an optimum without warm-up, relative to the mean cost of warm-up [-]. With twice as much a real day
takes 5 % more time at 12 regions, and a day at 80 regions 15 % less."""

LARGE = 120_000
"""Number of columns from which a program is solved by the interior point method. At 160,000 it takes 19 s and the dual
simplex method 80 s; at 110,000 they take as long [-]."""

NEAR = 0.05
"""Largest share of cost lost, plus share of load without room, at which a previous optimum is a better start than the
hours' own [-]."""


def arc_costs(block: Block, reach: np.ndarray, capacity_price: np.ndarray, warmup_price: np.ndarray) -> np.ndarray:
    """Cost of every arc at given shadow prices, infinite out of reach.

    Regions come first in memory, which makes reductions over them ten times as fast. There is no matrix product,
    because its last digits depend on the processor.

    Returns
    -------
    numpy.ndarray
        (o, r, t) [USD/MWh or kg/MWh].
    """
    origins = block.origins
    cost = origins.execution.T[..., None] * (block.problem.price + capacity_price)[:, None]
    cost += np.where(reach, origins.fixed, np.inf).T[..., None]
    if block.problem.coupled:
        coupling = coupling_costs(block.problem, warmup_price)
        cost += origins.away.T[..., None] * coupling[:, origins.workload]
    return cost.transpose(1, 0, 2)


def arc_delays(block: Block, optimum: Optimum) -> np.ndarray:
    """Second objective of every arc at its own shadow prices, (o, r, t) [-]."""
    origins, problem = block.origins, block.problem
    delay = origins.delay.T[..., None] * problem.hour_rank
    delay += origins.execution.T[..., None] * optimum.delay_load[:, None]
    coupling = optimum.delay_warmup - optimum.delay_warmup[..., problem.hour_after]
    return (delay + origins.away.T[..., None] * coupling[:, origins.workload]).transpose(1, 0, 2)


class Placer:
    """Finds the optimum of one block after the other; all blocks share the program of a single hour.

    Parameters
    ----------
    reach : numpy.ndarray
        (o, r) arcs in reach, home included; the caller may extend it between two blocks.
    check : callable or None
        Called several times a second; what it raises ends the work.
    """

    def __init__(self, reach: np.ndarray, check: Callable[[], None] | None):
        self.reach, self.check = reach, check
        self._hour = self._hour_reach = None

    def optimum(self, block: Block, last: Optimum | None = None) -> Optimum:
        """The optimum of a block, with a warm start from ``last`` if that is near.

        Parameters
        ----------
        block : Block
        last : Optimum, optional
            An optimum at other hours, prices or reach with the same origins.

        Raises
        ------
        Infeasible
            The capacities cannot hold the demand.
        """
        if last is not None and last.placed.shape[2] == len(block.weight) and self._is_near(block, last):
            unchanged = block.demands_and_capacities_equal(last.block)
            try:
                return self._with_columns(block, last, MARGIN, "primal" if unchanged else "dual")
            except Infeasible:
                pass  # among the arcs that have a column: the hours find out whether it is among all
        if not block.problem.coupled:
            return self.hours(block, unique=True)
        return self._with_columns(block, self.hours(block), WARMUP_MARGIN * block.problem.warmup.mean(), "dual")

    def hours(self, block: Block, *, unique: bool = False) -> Optimum:
        """The optimum of every hour by itself, as if warm-up cost nothing.

        Extended by nonbasic starts and basic warm-up rows, its basis is dual feasible for the block.
        """
        optimum, binding = self._cheapest(block)
        for t in binding:
            program = self._hour_program(block)
            program.solve(block.at([t]), "primal")
            hour = program.optimum(unique=unique)
            for name in ("placed", "capacity_price", "delay_load"):
                getattr(optimum, name)[..., t] = getattr(hour, name)[..., 0]
            for name, statuses in vars(optimum.basis).items():
                statuses[..., t] = getattr(hour.basis, name)[..., 0]
        return optimum

    def _hour_program(self, block: Block) -> Program:
        """The program that all hours share while the reach stays the same."""
        if self._hour is None or not np.array_equal(self._hour_reach, self.reach):
            sole = np.zeros((len(self.reach), 1), bool)
            self._hour = Program(block.at([0]), self.reach[..., None], sole, self.check)
            self._hour_reach = self.reach.copy()
        return self._hour

    def _cheapest(self, block: Block) -> tuple[Optimum, np.ndarray]:
        """Every origin in its cheapest region, and the hours in which that exceeds a capacity."""
        prices = np.zeros(block.problem.price.shape), np.zeros(block.problem.warmup.shape)
        cost = arc_costs(block, self.reach, *prices)
        tied = cost <= cost.min(axis=1, keepdims=True) + TIED
        choice = np.where(tied, block.origins.delay[..., None], np.inf).argmin(axis=1)
        flow = np.zeros(cost.shape, np.int8)
        np.put_along_axis(flow, choice[:, None], BASIC, axis=1)
        placed = flow * block.demand[:, None]
        load = block.load(placed)
        of_loads, of_starts = (partial(np.full, each.shape, dtype=np.int8) for each in prices)
        basis = Statuses(
            flow=flow,
            load=of_loads(BASIC),
            start=of_starts(LOWER),
            load_row=of_loads(LOWER),
            demand_row=np.full(choice.shape, LOWER, np.int8),
            warmup_row=of_starts(BASIC),
        )
        optimum = Optimum(block, placed, *prices, basis, *(np.zeros(each.shape) for each in prices))
        return optimum, np.flatnonzero((load > block.problem.capacity).any(axis=0))

    def _with_columns(self, block: Block, start: Optimum, margin: float, method: str) -> Optimum:
        """The optimum from a start: columns are added until none that is left out pays."""
        basis, least = start.basis, IMPROVING * block.problem.price_scale
        cost = arc_costs(block, self.reach, start.capacity_price, start.warmup_price)
        kept = (cost <= cost.min(axis=1, keepdims=True) + margin) | (basis.flow == BASIC)
        while True:
            alone = kept.sum(axis=1) == 1
            sole = alone & ((basis.flow == BASIC).any(axis=1) != (basis.demand_row == BASIC))
            program = Program(block, kept, sole, self.check)
            prices = program.solve(block, "interior" if kept.sum() > LARGE else method, basis)
            cost = arc_costs(block, self.reach, *prices)
            best = cost.min(axis=1, keepdims=True)
            improves = best < np.where(kept, cost, np.inf).min(axis=1, keepdims=True) - least
            missing = ~kept & (cost <= best + np.where(improves, MARGIN, TIED))
            if not missing.any():
                return program.optimum()
            kept |= missing
            basis, method = program.basis(), "primal"

    def _is_near(self, block: Block, last: Optimum) -> bool:
        """Whether little cost is lost and little load has no room if a block keeps the flows of an optimum."""
        if last.block is block:
            return True
        served = last.placed.sum(axis=1)
        placed = last.placed * np.divide(block.demand, served, out=np.zeros(served.shape), where=served > 0)[:, None]
        load = block.load(placed)
        displaced = np.maximum(load - block.problem.capacity, 0.0).sum()
        cost = arc_costs(block, self.reach, last.capacity_price, last.warmup_price)
        used = placed > 0
        lost = (placed * np.where(used, cost - cost.min(axis=1, keepdims=True), 0.0)).sum()
        paid = (placed * np.where(used, np.abs(cost), 0.0)).sum()
        return bool(np.isfinite(lost) and lost * load.sum() + displaced * paid <= NEAR * paid * load.sum())

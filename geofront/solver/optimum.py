"""Solves one block of hours by column generation, from a warm start.

Invariants:

- An optimum is returned only if no allowed arc has a negative reduced cost at its shadow prices (`IMPROVING`).
- Ties are broken among all allowed arcs: every arc with a reduced cost of zero has a column by then.
- The start, the first columns and the simplex method affect only the time.
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
"""An arc improves the objective if its reduced cost is below minus this, relative to the largest price [-]. At 1e-9
layer shares along a frontier were off by up to 9e-4."""

MARGIN = 1.0
"""Arcs that cost up to this much more than their origin's best get a column too: they are likely to improve the
objective next, and another solve takes more time than a column [USD/MWh]."""

WARMUP_MARGIN = 0.5
"""The same margin for a start without warm-up, relative to the mean warm-up cost [-]. Twice as much takes 5 % more time
for a real day at 12 regions, and 15 % less for a day at 80 regions."""

LARGE = 120_000
"""Number of columns from which the interior point method is used [-]. At 160,000 columns it takes 19 s and the dual
simplex method 80 s; at 110,000 they take the same time."""

NEAR = 0.05
"""Largest share of lost cost plus share of load without capacity at which a previous optimum is a better start than
the optima of the single hours [-]."""


def arc_costs(block: Block, reach: np.ndarray, capacity_price: np.ndarray, warmup_price: np.ndarray) -> np.ndarray:
    """Cost of every arc at given shadow prices, infinite if the arc is not allowed.

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
    """Solves blocks one after the other; all blocks share the program of a single hour.

    Parameters
    ----------
    reach : numpy.ndarray
        (o, r) allowed arcs, home included; the caller may add arcs between two blocks.
    check : callable or None
        Called before every solve and repeatedly during one; an exception in it ends the solve.
    unique : bool
        Whether to break ties. If only costs matter, any optimum will do.
    """

    def __init__(self, reach: np.ndarray, check: Callable[[], None] | None, *, unique: bool = True):
        self.reach, self.check, self.unique = reach, check, unique
        self._hour: Program | None = None
        self._hour_reach = np.zeros((0, 0), bool)

    def optimum(self, block: Block, last: Optimum | None = None) -> Optimum:
        """Solve a block, with a warm start from ``last`` if that is near.

        Parameters
        ----------
        block : Block
        last : Optimum, optional
            An optimum of the same origins at other hours, prices or allowed arcs.

        Raises
        ------
        Infeasible
            If the capacities cannot hold the demand.
        """
        if last is not None and last.placed.shape[2] == len(block.weight) and self._is_near(block, last):
            unchanged = block.demands_and_capacities_equal(last.block)
            for homes in (False, True):
                try:
                    return self._with_columns(block, last, MARGIN, "primal" if unchanged else "dual", homes=homes)
                except Infeasible:
                    pass  # with these columns: add homes, then use all allowed arcs in the hours below
        if not block.problem.coupled:
            return self.hours(block, unique=self.unique)
        return self._with_columns(block, self.hours(block), WARMUP_MARGIN * block.problem.warmup.mean(), "dual")

    def hours(self, block: Block, *, unique: bool = False) -> Optimum:
        """Solve every hour by itself, without warm-up costs.

        The basis, extended by nonbasic starts and basic warm-up rows, is dual feasible for the block.
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
        """Program of a single hour, shared by all hours with the same allowed arcs."""
        if self._hour is None or not np.array_equal(self._hour_reach, self.reach):
            sole = np.zeros((len(self.reach), 1), bool)
            self._hour = Program(block.at([0]), self.reach[..., None], sole, self.check)
            self._hour_reach = self.reach.copy()
        return self._hour

    def _cheapest(self, block: Block) -> tuple[Optimum, np.ndarray]:
        """Put every origin in its cheapest region, and list the hours in which that exceeds a capacity."""
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

    def _with_columns(
        self, block: Block, start: Optimum, margin: float, method: str, *, homes: bool = False
    ) -> Optimum:
        """Solve from a start, and add columns until no other arc improves the objective.

        With ``homes``, all demand has a column at home, where there is room for it more often than elsewhere.
        """
        basis, least = start.basis, IMPROVING * block.problem.price_scale
        cost = arc_costs(block, self.reach, start.capacity_price, start.warmup_price)
        kept = (cost <= cost.min(axis=1, keepdims=True) + margin) | (basis.flow == BASIC)
        if homes:
            kept |= ~block.origins.away[..., None]
        # Without tie-breaking, arcs that only equal their origin's best need no column.
        tied = TIED if self.unique else -least
        while True:
            alone = kept.sum(axis=1) == 1
            sole = alone & ((basis.flow == BASIC).any(axis=1) != (basis.demand_row == BASIC))
            program = Program(block, kept, sole, self.check)
            prices = program.solve(block, "interior" if kept.sum() > LARGE else method, basis)
            cost = arc_costs(block, self.reach, *prices)
            best = cost.min(axis=1, keepdims=True)
            improves = best < np.where(kept, cost, np.inf).min(axis=1, keepdims=True) - least
            missing = ~kept & (cost <= best + np.where(improves, MARGIN, tied))
            if not missing.any():
                return program.optimum(unique=self.unique)
            kept |= missing
            basis, method = program.basis(), "primal"

    def _is_near(self, block: Block, last: Optimum) -> bool:
        """Whether the flows of an optimum lose little cost and leave little load without capacity in a block."""
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

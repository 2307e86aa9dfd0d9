"""The optimum of one block of hours: a start near it, then columns until none that is left out can improve it.

Invariants:

- An optimum is returned only if no arc in reach has a reduced cost below zero at its shadow prices (`IMPROVING`).
- Ties are broken among all arcs in reach: every arc without reduced cost has a column by then.
- The start, the columns that are kept first, and the simplex method decide about time only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geofront.errors import Infeasible
from geofront.model.problem import Problem, coupling_costs
from geofront.solver.lp import BASIC, LOWER, TIED
from geofront.solver.origins import Origins, pinned_load
from geofront.solver.program import Optimum, Program, Statuses

IMPROVING = 1e-11
"""Reduced cost below which a column improves the objective, relative to the largest price [-]."""

MARGIN = 1.0
"""Arcs that cost up to this much more than their origin's best get a column as well: they are likely to pay next, and
another solve costs more than a column [USD/MWh]."""

WARMUP_MARGIN = 0.5
"""The same beside an optimum without warm-up, relative to the mean cost of warm-up [-]. With 0.25 more solves are
needed, with 1 each takes a third longer."""

NEAR = 0.05
"""Largest share of cost lost, plus share of load without room, at which a previous optimum is a better start than the
hours' own [-]."""


def arc_costs(problem: Problem, origins: Origins, reach: np.ndarray, capacity_price: np.ndarray,
              warmup_price: np.ndarray) -> np.ndarray:
    """Cost of every arc at given shadow prices, infinite out of reach.

    Regions come first in memory, which makes reductions over them ten times as fast. There is no matrix product,
    because its last digits depend on the processor.

    Returns
    -------
    numpy.ndarray
        (o, r, t) [USD/MWh or kg/MWh].
    """
    cost = origins.execution.T[..., None] * (problem.price + capacity_price)[:, None]
    cost += np.where(reach, origins.fixed, np.inf).T[..., None]
    if problem.coupled:
        coupling = coupling_costs(problem, warmup_price)
        cost += origins.away.T[..., None] * coupling[:, origins.workload]
    return cost.transpose(1, 0, 2)


def arc_delays(problem: Problem, origins: Origins, optimum: Optimum) -> np.ndarray:
    """Second objective of every arc at its own shadow prices, (o, r, t) [-]."""
    delay = origins.delay.T[..., None] * problem.hour_rank
    delay += origins.execution.T[..., None] * optimum.delay_load[:, None]
    coupling = optimum.delay_warmup - optimum.delay_warmup[..., problem.hour_after]
    return (delay + origins.away.T[..., None] * coupling[:, origins.workload]).transpose(1, 0, 2)


@dataclass
class Placer:
    """Finds the optimum of one block after the other; all blocks share the program of a single hour.

    Attributes
    ----------
    origins : Origins
    reach : numpy.ndarray
        (o, r) arcs in reach, home included; the caller may extend it between two blocks.
    check : callable
        Called several times a second; what it raises ends the work.
    """

    origins: Origins
    reach: np.ndarray
    check: Callable[[], None]
    _hour: tuple[bytes, Program] | None = None

    def optimum(self, block: Problem, last: Optimum | None = None) -> Optimum:
        """The optimum of a block, with a warm start from ``last`` if that is near.

        Parameters
        ----------
        block : Problem
        last : Optimum, optional
            An optimum of other hours or prices with the same origins.

        Raises
        ------
        Infeasible
            The capacities cannot hold the demand.
        """
        if last is not None and last.placed.shape[2] == len(block.weight) and self._is_near(block, last):
            same = all(np.array_equal(getattr(block, name), getattr(last.problem, name))
                       for name in ("demand", "capacity"))
            try:
                return self._with_columns(block, last, MARGIN, "primal" if same else "dual")
            except Infeasible:
                pass  # among the arcs that are kept: the hours find out whether it is among all
        hours = self.hours(block, unique=not block.coupled)
        return self._with_columns(block, hours, WARMUP_MARGIN * block.warmup.mean(), "dual") if block.coupled else hours

    def hours(self, block: Problem, *, unique: bool) -> Optimum:
        """The optimum of every hour by itself, as if warm-up cost nothing.

        Extended by nonbasic starts and basic warm-up rows, its basis is dual feasible for the block.
        """
        optimum, binding = self._cheapest(block)
        for t in binding:
            hour = block.at([t])
            found = self._hour_program(hour).optimum(hour, "primal", unique=unique)
            _put(optimum, found, t)
        return optimum

    def _hour_program(self, hour: Problem) -> Program:
        """The program that all hours share while the reach stays the same."""
        reach = self.reach.tobytes()
        if self._hour is None or self._hour[0] != reach:
            sole = np.zeros((len(self.reach), 1), bool)
            self._hour = reach, Program(hour, self.origins, self.reach[..., None], sole, self.check)
        return self._hour[1]

    def _cheapest(self, block: Problem) -> tuple[Optimum, np.ndarray]:
        """Every origin in its cheapest region, and the hours in which that exceeds a capacity."""
        nothing = np.zeros(block.price.shape), np.zeros(block.warmup.shape)
        cost = arc_costs(block, self.origins, self.reach, *nothing)
        tied = cost <= cost.min(axis=1, keepdims=True) + TIED
        choice = np.where(tied, self.origins.delay[..., None], np.inf).argmin(axis=1)
        flow = np.zeros(cost.shape, np.int8)
        np.put_along_axis(flow, choice[:, None], BASIC, axis=1)
        placed = flow * self.origins.demand(block)[:, None]
        load = pinned_load(block) + np.einsum("ort,or->rt", placed, self.origins.execution)
        basis = Statuses(
            flow=flow, load=np.full(load.shape, BASIC, np.int8), start=np.full(block.warmup.shape, LOWER, np.int8),
            demand_row=np.full(choice.shape, LOWER, np.int8), load_row=np.full(load.shape, LOWER, np.int8),
            warmup_row=np.full(block.warmup.shape, BASIC, np.int8))
        optimum = Optimum(block, placed, *nothing, basis, *(each.copy() for each in nothing))
        return optimum, np.flatnonzero((load > block.capacity).any(axis=0))

    def _with_columns(self, block: Problem, start: Optimum, margin: float, method: str) -> Optimum:
        """The optimum from a start: columns are added until none that is left out pays."""
        basis, prices = start.basis, (start.capacity_price, start.warmup_price)
        least = IMPROVING * block.price_scale
        cost = arc_costs(block, self.origins, self.reach, *prices)
        kept = (cost <= cost.min(axis=1, keepdims=True) + margin) | (basis.flow == BASIC)
        while True:
            alone = kept.sum(axis=1) == 1
            sole = alone & ((basis.flow == BASIC).any(axis=1) != (basis.demand_row == BASIC))
            program = Program(block, self.origins, kept, sole, self.check)
            found = program.optimum(block, method, basis, unique=False)
            cost = arc_costs(block, self.origins, self.reach, found.capacity_price, found.warmup_price)
            best = cost.min(axis=1, keepdims=True)
            improves = best < np.where(kept, cost, np.inf).min(axis=1, keepdims=True) - least
            missing = improves & (cost <= best + MARGIN) | (cost <= best + TIED)
            missing &= ~kept
            if not missing.any():
                return program.optimum(block, "primal")
            kept |= missing
            basis, method = found.basis, "primal"

    def _is_near(self, block: Problem, last: Optimum) -> bool:
        """Whether little cost is lost and little load has no room if a block keeps the flows of an optimum."""
        demand = self.origins.demand(block)
        served = last.placed.sum(axis=1)
        placed = last.placed * np.divide(demand, served, out=np.zeros(demand.shape), where=served > 0)[:, None]
        load = pinned_load(block) + np.einsum("ort,or->rt", placed, self.origins.execution)
        displaced = np.maximum(load - block.capacity, 0.0).sum()
        cost = arc_costs(block, self.origins, self.reach, last.capacity_price, last.warmup_price)
        used = placed > 0
        lost = (placed * np.where(used, cost - cost.min(axis=1, keepdims=True), 0.0)).sum()
        paid = (placed * np.where(used, np.abs(cost), 0.0)).sum()
        return bool(np.isfinite(lost) and lost * load.sum() + displaced * paid <= NEAR * paid * load.sum())


def _put(optimum: Optimum, hour: Optimum, t: int) -> None:
    """Write the optimum of an hour into that of its block."""
    pairs = [(getattr(optimum, name), getattr(hour, name)) for name in
             ("placed", "capacity_price", "delay_load")]
    pairs += [(array, getattr(hour.basis, name)) for name, array in vars(optimum.basis).items()]
    for array, of_hour in pairs:
        array[..., t] = of_hour[..., 0]

"""The linear program of one block, with limits on single flows and with loads that cost more the more there is.

Columns: flows of all arcs in reach (o, r, t), loads in segments (s, r, t), starts (r, k, t) and unserved demand (o, t).
Rows: demand (o, t), load (r, t) and warm-up (r, k, t). Costs and limits change from solve to solve, the matrix never.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from geofront.model.origins import Block
from geofront.model.scaling import unit_of_weight
from geofront.solver.lp import LinearProgram

LARGEST_DEMAND = 100.0
"""Largest demand inside a program [-]: the solver's feasibility tolerance is absolute."""


class Solved(NamedTuple):
    """An optimum with its shadow prices."""

    objective: float  # weighted sum of costs
    placed: np.ndarray  # (o, r, t) [MW]
    load: np.ndarray  # (r, t) load of movable demand [MW]
    unserved: float  # [MW], summed over origins and hours
    load_price: np.ndarray  # (r, t) cost of one more unit of load, per MWh
    demand_price: np.ndarray  # (o, t) cost of one more unit of demand, per MWh
    warmup_price: np.ndarray  # (r, k, t) per MW
    limit_price: np.ndarray  # (o, r, t) what a higher limit of a flow would save, per MWh


class BlockProgram:
    """The program of a block.

    Parameters
    ----------
    block : Block
    segments : int
        Segments of the cost of each load.
    unserved_cost : float
        Cost of unserved demand per MWh; infinite if all must be served.
    """

    def __init__(self, block: Block, *, segments: int = 1, unserved_cost: float = np.inf):
        problem, origins = block.problem, block.origins
        self.block, self.segments = block, segments
        self.unit = block.demand.max(initial=0.0) / LARGEST_DEMAND or 1.0
        regions, hours = problem.price.shape
        self.arcs = o, r, t = np.repeat(origins.reach[..., None], hours, axis=2).nonzero()
        self.coupled = problem.coupled and hours > 1
        loads, starts, demands = regions * hours, problem.warmup.size * self.coupled, block.demand.size
        elastic = demands * bool(np.isfinite(unserved_cost))
        bounds = np.cumsum([0, len(o), segments * loads, starts, elastic]).tolist()
        self.flow, self.load, self.start, self.short = (slice(*pair) for pair in pairwise(bounds))
        bounds = np.cumsum([0, demands, loads, starts]).tolist()
        self.demand_row, self.load_row, self.warmup_row = (slice(*pair) for pair in pairwise(bounds))

        column = np.arange(len(o))
        entries = [
            (o * hours + t, column, np.ones(len(o))),
            (demands + r * hours + t, column, origins.execution[o, r]),
            (
                demands + np.tile(np.arange(loads), segments),
                np.arange(self.load.start, self.load.stop),
                np.full(segments * loads, -1.0),
            ),
            (np.arange(elastic), np.arange(self.short.start, self.short.stop), np.ones(elastic)),
        ]
        if self.coupled:
            away = origins.away[o, r]
            row = (demands + loads + (r * problem.warmup.shape[1] + origins.workload[o]) * hours)[away]
            entries += [
                (row + t[away], column[away], np.full(len(row), -1.0)),
                (row + problem.hour_after[t[away]], column[away], np.ones(len(row))),
                (self.warmup_row.start + np.arange(starts), self.start.start + np.arange(starts), np.ones(starts)),
            ]
        row, column, value = (np.concatenate(each) for each in zip(*entries, strict=True))
        # Without checks the solver never restarts, so that ties do not depend on how fast the machine is.
        self.program = LinearProgram(row, column, value, self.short.stop, self.warmup_row.stop, None)
        self.cost = np.concatenate(
            [
                origins.fixed[o, r] * block.weight[t],
                np.zeros(segments * loads),
                (problem.warmup * block.weight).ravel()[:starts],
                np.full(elastic, unserved_cost) * np.tile(block.weight, len(block.demand))[:elastic],
            ]
        )

    def solve(self, load_cost: np.ndarray, load_most: np.ndarray, flow_most=np.inf, method: str = "dual") -> Solved:
        """The optimum.

        Parameters
        ----------
        load_cost : numpy.ndarray
            (s, r, t) cost of load per MWh, rising from segment to segment.
        load_most : numpy.ndarray
            (s, r, t) lengths of the segments [MW].
        flow_most : numpy.ndarray
            (o, r, t) limits of the flows, or one that broadcasts [MW].
        method : {"dual", "primal", "interior"}
            As for :meth:`geofront.solver.lp.LinearProgram.solve`.

        Raises
        ------
        Infeasible
        SolverError
        """
        block, unit, weight = self.block, self.unit, self.block.weight
        shape = self.block.problem.price.shape
        cost, upper = self.cost.copy(), np.full(len(self.cost), np.inf)
        cost[self.load] = (load_cost * weight).ravel()
        upper[self.flow] = np.broadcast_to(flow_most, block.origins.reach.shape + weight.shape)[self.arcs] / unit
        upper[self.load] = load_most.ravel() / unit
        equal = np.concatenate([block.demand.ravel() / unit, np.zeros(self.load_row.stop - self.load_row.start)])
        starts = np.zeros(self.warmup_row.stop - self.warmup_row.start)
        self.program.update(
            cost, upper, np.concatenate([equal, starts]), np.concatenate([equal, np.full(len(starts), np.inf)])
        )
        result = self.program.solve(method)
        placed, limit_price = np.zeros((2, *block.origins.reach.shape, len(weight)))
        placed[self.arcs] = unit * np.maximum(result.x[self.flow], 0.0)
        limit_price[self.arcs] = np.maximum(-result.reduced_cost[self.flow], 0.0) / weight[self.arcs[2]]
        warmup_price = np.zeros(block.problem.warmup.shape)
        if self.coupled:
            warmup_price = result.dual[self.warmup_row].reshape(warmup_price.shape) / weight
        return Solved(
            objective=float(cost @ result.x) * unit * unit_of_weight(block.problem.weight),
            placed=placed,
            load=unit * result.x[self.load].reshape(self.segments, *shape).sum(axis=0),
            unserved=unit * float(result.x[self.short].sum()),
            load_price=-result.dual[self.load_row].reshape(shape) / weight,
            demand_price=result.dual[self.demand_row].reshape(block.demand.shape) / weight,
            warmup_price=np.clip(warmup_price, 0.0, block.problem.warmup),
            limit_price=limit_price,
        )

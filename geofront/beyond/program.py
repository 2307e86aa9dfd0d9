"""Linear program of a placement, to which each question adds columns and rows."""

import numpy as np

from geofront.errors import GeofrontError
from geofront.model.formulation import shortage
from geofront.model.origins import Block, gather
from geofront.model.problem import Problem
from geofront.model.scaling import unit_of_weight
from geofront.solver.assembled import AssembledProgram


class PlacementProgram(AssembledProgram):
    """The program of :func:`geofront.place` for any hours of a scenario: one block, or all blocks.

    Demand of the same home, class and allowed regions is a queue; pinned demand may run at home only. Columns: ``flow``
    (a, t) of arcs, each with its ``queue`` and ``place`` (service, region and class), ``load`` (r, t) and, if warm-up
    couples the hours, starts (r, k, t). Rows: ``balance`` (q, t) of queues, loads (r, t) and warm-up (r, k, t). The
    second objective is delay.
    """

    def __init__(self, problem: Problem):
        self.problem, self.block = problem, Block(problem, gather(problem))
        weight, movable, home = problem.weight, self.block.origins, problem.home_region
        pinned = np.zeros((len(home), *problem.demand.shape[1:]))
        np.add.at(pinned, problem.home, problem.pinned[:, None] * problem.demand)
        held = pinned.any(axis=2).nonzero()
        at_home = home[held[0]][:, None] == np.arange(len(problem.capacity))
        self.service, self.workload = np.append(movable.service, held[0]), np.append(movable.workload, held[1])
        self.demand = np.concatenate([self.block.demand, pinned[held]])
        self.queue, region = np.concatenate([movable.reach, at_home]).nonzero()
        service, workload = self.service[self.queue], self.workload[self.queue]
        self.place, self.away = (service, region, workload), home[service] != region
        super().__init__(problem.execution.max() * self.demand.sum(), unit_of_weight(weight))

        in_block = np.stack([self.demand[:, hours].sum(axis=1) for hours in problem.blocks()]).max(axis=0)
        self.flow = self.columns(
            problem.fixed[self.place][:, None] * weight,
            largest=in_block[self.queue, None],
            second=problem.delay[self.place][:, None] * problem.hour_rank,
        )
        self.load = self.columns(problem.price * weight, problem.capacity)
        self.balance = self.rows(self.demand, self.demand)
        self.add(self.balance[self.queue], self.flow, 1.0)
        burned = self.rows(np.zeros(problem.price.shape), 0.0)
        self.add(burned[region], self.flow, problem.execution[self.place][:, None])
        self.add(burned, self.load, -1.0)
        if problem.coupled:
            start = self.columns(problem.warmup * weight)
            risen = self.rows(np.zeros(start.shape), np.inf)
            self.add(risen, start, 1.0)
            self.add_change(risen[region, workload][self.away], self.flow[self.away], -1.0)

    def add_change(self, rows: np.ndarray, columns: np.ndarray, value: float) -> None:
        """Add entries for the change of columns (…, t) since the previous hour, unless the block has only one hour."""
        before = self.problem.hour_before
        other = before != np.arange(len(before))
        self.add(rows[:, other], columns[:, other], value)
        self.add(rows[:, other], columns[:, before[other]], -value)

    def infeasible(self) -> GeofrontError:
        """The error for capacities that cannot hold the demand."""
        return shortage(self.problem)

    def flows(self, x: np.ndarray) -> np.ndarray:
        """Flows by home, (s, r, k, t) [MW]."""
        flow = np.zeros((*self.problem.execution.shape, len(self.problem.weight)))
        np.add.at(flow, self.place, x[self.flow])
        return flow

    def client_flows(self, x: np.ndarray) -> np.ndarray:
        """Flows by client, (c, r, k, t) [MW]."""
        placed = np.zeros((len(self.demand), *self.problem.price.shape))
        placed[self.queue, self.place[1]] = x[self.flow]
        return self.block.flows(placed[: len(self.block.demand)])

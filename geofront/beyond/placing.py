"""What the programs of this room share: flows of queues, loads of regions and warm-up, over any hours of a problem."""

from typing import NamedTuple

import numpy as np

from geofront.beyond.linear import Program
from geofront.model.origins import Block, gather
from geofront.model.problem import Problem


class Queues(NamedTuple):
    """Demand with the same home, class and reach; q counts queues."""

    service: np.ndarray  # (q,)
    workload: np.ndarray  # (q,)
    reach: np.ndarray  # (q, r)
    demand: np.ndarray  # (q, t) [MW]


def queues(problem: Problem) -> Queues:
    """Movable demand by origin, then pinned demand by home and class, which reaches home only."""
    origins = gather(problem)
    pinned = np.zeros((len(problem.home_region), *problem.demand.shape[1:]))
    np.add.at(pinned, problem.home, problem.pinned[:, None] * problem.demand)
    service, workload = pinned.any(axis=2).nonzero()
    at_home = problem.home_region[service][:, None] == np.arange(len(problem.capacity))
    movable = Queues(origins.service, origins.workload, origins.reach, Block(problem, origins).demand)
    held = Queues(service, workload, at_home, pinned[service, workload])
    return Queues(*map(np.concatenate, zip(movable, held, strict=True)))


class Placing(Program):
    """Columns and rows of a placement without limits of capacity; costs are relative to the mean weight ``unit`` [h].

    Attributes are positions: of columns ``flow`` (arc, t), ``load`` (r, t) and ``start`` (r, k, t), and of rows
    ``balance`` (q, t), in which the flows of a queue serve its demand. ``place`` has service, region and class of the
    arcs, and ``delay`` the second objective of a placement.

    Parameters
    ----------
    problem : Problem
    load_share : float
        Part of the price that grows with load [-].
    """

    def __init__(self, problem: Problem, load_share: float = 1.0):
        super().__init__()
        self.problem, self.queues, self.unit = problem, queues(problem), problem.weight.mean()
        weight, demand = problem.weight / self.unit, self.queues.demand
        arc, region = self.queues.reach.nonzero()
        self.place = service, _, workload = self.queues.service[arc], region, self.queues.workload[arc]
        self.away, self.most = problem.home_region[service] != region, problem.execution.max() * demand.sum()
        in_block = np.stack([demand[:, hours].sum(axis=1) for hours in problem.blocks()]).max(axis=0)
        self.flow = self.columns(problem.fixed[self.place][:, None] * weight, largest=in_block[arc, None])
        self.load = self.columns(load_share * problem.price * weight, largest=self.most)
        self.balance = self.rows(demand, demand)
        self.add(self.balance[arc], self.flow, 1.0)
        used = self.rows(*np.zeros((2, *problem.price.shape)))
        self.add(used[region], self.flow, problem.execution[self.place][:, None])
        self.add(used, self.load, -1.0)
        if problem.coupled:
            start = self.columns(problem.warmup * weight, largest=self.most)
            risen = self.rows(np.zeros(start.shape), np.full(start.shape, np.inf))
            self.add(risen, start, 1.0)
            self.add_change(risen[region, workload][self.away], self.flow[self.away], -1.0)
        self.delay = np.zeros(len(self.cost))
        self.delay[self.flow] = problem.delay[self.place][:, None] * problem.hour_rank

    def add_change(self, rows: np.ndarray, columns: np.ndarray, value: float) -> None:
        """Add entries of columns (…, t) less those of the hour before, where that is another one."""
        before = self.problem.hour_before
        other = before != np.arange(len(before))
        self.add(rows[:, other], columns[:, other], value)
        self.add(rows[:, other], columns[:, before[other]], -value)

    def flows(self, x: np.ndarray) -> np.ndarray:
        """What runs where, (s, r, k, t) [MW]."""
        flow = np.zeros((*self.problem.execution.shape, len(self.problem.weight)))
        np.add.at(flow, self.place, x[self.flow])
        return flow

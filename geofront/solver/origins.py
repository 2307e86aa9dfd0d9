"""Demand gathered into origins: what the engine places instead of clients.

Pinned demand never moves, and of the rest a regulated and a free part may reach different regions.
Parts with the same home, class and reach have the same costs everywhere, so they are placed as one.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from geofront.model.problem import Problem


@dataclass(frozen=True)
class Origins:
    """Movable demand by home, class and reach; o counts origins, m the parts they consist of."""

    service: np.ndarray  # (o,)
    workload: np.ndarray  # (o,)
    reach: np.ndarray  # (o, r) regions that may execute, home included
    away: np.ndarray  # (o, r) regions other than home
    execution: np.ndarray  # (o, r) IT energy burned per IT energy asked for
    fixed: np.ndarray  # (o, r) objective per MWh that does not vary by hour
    delay: np.ndarray  # (o, r) second objective per MW, which breaks ties
    origin: np.ndarray  # (m,) the origin that a part belongs to
    client: np.ndarray  # (m,)
    share: np.ndarray  # (m,) of the client's demand in that class, whose parts come one after the other

    def demand(self, problem: Problem) -> np.ndarray:
        """Movable demand, shape (o, t) [MW]."""
        order, first = self._grouped
        parts = self._parts(problem)[order]
        return np.add.reduceat(parts, first) if len(first) else parts

    def flows(self, problem: Problem, placed: np.ndarray) -> np.ndarray:
        """Flows by client from placed origins (o, r, t), each part getting its proportion: (c, r, k, t)."""
        flow = np.zeros((*problem.away().shape, *problem.demand.shape[1:]))
        clients = np.arange(len(problem.home))
        flow[clients, problem.home_region[problem.home]] = problem.pinned[:, None] * problem.demand
        demand = self.demand(problem)
        proportion = np.divide(self._parts(problem), demand[self.origin],
                               out=np.zeros((len(self.origin), len(problem.weight))), where=demand[self.origin] > 0)
        parts, workload = proportion[:, None] * placed[self.origin], self.workload[self.origin]
        first = np.flatnonzero(np.diff(self.client * len(problem.pinned) + workload, prepend=-1))
        if len(first):
            flow[self.client[first], :, workload[first]] += np.add.reduceat(parts, first)
        return flow

    def at(self, chosen: np.ndarray) -> "Origins":
        """Some origins, for the costs of their arcs."""
        rows = ("service", "workload", "reach", "away", "execution", "fixed", "delay")
        return replace(self, **{name: getattr(self, name)[chosen] for name in rows})

    def structure(self) -> tuple:
        """What two problems must have in common for an optimum of one to be a start for the other."""
        return tuple(array.tobytes() for array in (self.service, self.workload, self.reach, self.away, self.execution))

    def relocated(self, placed: np.ndarray, classes: int) -> np.ndarray:
        """Flows away from home by region and class, (r, k, t) [MW]."""
        away = placed * self.away[..., None]
        return np.stack([away[self.workload == workload].sum(axis=0) for workload in range(classes)], axis=1)

    def allowed(self, problem: Problem, reach: np.ndarray) -> np.ndarray:
        """Regions in which clients' demand may run, home included, when origins reach (o, r): (c, k, r)."""
        allowed = np.repeat(~problem.away()[:, None], problem.demand.shape[1], axis=1)
        np.logical_or.at(allowed, (self.client, self.workload[self.origin]), reach[self.origin])
        return allowed

    @cached_property
    def _grouped(self) -> tuple[np.ndarray, np.ndarray]:
        """The order in which the parts of each origin come one after the other, and where each origin's begin."""
        order = np.argsort(self.origin, kind="stable")
        return order, np.searchsorted(self.origin[order], np.arange(len(self.service)))

    def _parts(self, problem: Problem) -> np.ndarray:
        return self.share[:, None] * problem.demand[self.client, self.workload[self.origin]]


def pinned_load(problem: Problem) -> np.ndarray:
    """IT power of the demand that may not leave home, shape (r, t) [MW]."""
    load = np.zeros(problem.capacity.shape)
    pinned = np.einsum("k,ckt->ct", problem.pinned, problem.demand)
    np.add.at(load, problem.home_region[problem.home], pinned)
    return load


def gather(problem: Problem, *, separate: np.ndarray | None = None) -> Origins:
    """Gather a problem's movable demand into origins.

    Parameters
    ----------
    problem : Problem
    separate : numpy.ndarray, optional
        (k,) classes whose clients are not gathered, because the reach of each grows at its own latency.

    Returns
    -------
    Origins
    """
    keys, members = {}, []
    for client, workload in np.ndindex(problem.demand.shape[:2]):
        movable, regulated = 1 - problem.pinned[workload], problem.regulated[client, workload]
        free = problem.allowed[client, workload]
        lawful = free & problem.lawful[client]
        for share, reach in ((movable * regulated, lawful), (movable * (1 - regulated), free)):
            if share > 0 and problem.demand[client, workload].any():
                alone = client if separate is not None and separate[workload] else None
                kind = (problem.home[client], workload, reach.tobytes(), alone)
                origin = keys.setdefault(kind, (len(keys), problem.home[client], workload, reach))[0]
                members.append((origin, client, share))
    origins = list(keys.values())
    service = np.array([home for _, home, _, _ in origins], int)
    workload = np.array([workload for _, _, workload, _ in origins], int)
    origin, client, share = np.array(members, float).reshape(-1, 3).T
    return Origins(
        service=service, workload=workload,
        reach=np.array([reach for *_, reach in origins], bool).reshape(len(origins), problem.capacity.shape[0]),
        away=problem.home_region[service][:, None] != np.arange(problem.capacity.shape[0]),
        execution=problem.execution[service, :, workload], fixed=problem.fixed[service, :, workload],
        delay=problem.delay[service, :, workload],
        origin=origin.astype(int), client=client.astype(int), share=share.astype(float))

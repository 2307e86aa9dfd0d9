"""Groups demand into origins, which the engine places instead of clients.

A client's demand in a class has a pinned share, which never moves, a regulated share and a free share, which may have
different allowed regions. An origin is the sum of all movable shares with the same home, class and allowed regions.
They have the same costs everywhere, so they are placed together. The shares are the members of their origin.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from geofront.model.problem import Problem
from geofront.model.scaling import unit_of_weight

FULL, NEARLY_FULL = 1e-13, 1e-9
"""Shares of a capacity that count as rounding: in its use, and in pinned demand that fills it [-]."""


@dataclass(frozen=True)
class Origins:
    """Movable demand by home, class and allowed regions; axis o is the origins, axis m their members."""

    service: np.ndarray  # (o,)
    workload: np.ndarray  # (o,)
    reach: np.ndarray  # (o, r) allowed regions, home included
    away: np.ndarray  # (o, r) regions other than home
    execution: np.ndarray  # (o, r) IT energy used per IT energy demanded
    fixed: np.ndarray  # (o, r) objective per MWh that does not vary by hour
    delay: np.ndarray  # (o, r) second objective per MW, which breaks ties
    origin: np.ndarray  # (m,) origin of the member
    client: np.ndarray  # (m,)
    share: np.ndarray  # (m,) of the client's demand in that class; members of one client and class are consecutive

    def at(self, chosen: np.ndarray) -> "Origins":
        """Select some origins, for the costs of their arcs."""
        rows = ("service", "workload", "reach", "away", "execution", "fixed", "delay")
        return replace(self, **{name: getattr(self, name)[chosen] for name in rows})

    def structure(self) -> tuple:
        """Key that two problems must share for an optimum of one to be a warm start for the other."""
        return tuple(array.tobytes() for array in (self.service, self.workload, self.reach, self.away, self.execution))

    def relocated(self, placed: np.ndarray, classes: int) -> np.ndarray:
        """Flows away from home by region and class, (r, k, t) [MW]."""
        away = placed * self.away[..., None]
        return np.stack([away[self.workload == workload].sum(axis=0) for workload in range(classes)], axis=1)

    @cached_property
    def by_origin(self) -> tuple[np.ndarray, np.ndarray]:
        """Order of the members by origin, and position of each origin's first member in it."""
        order = np.argsort(self.origin, kind="stable")
        return order, np.searchsorted(self.origin[order], np.arange(len(self.service)))


@dataclass(frozen=True)
class Block:
    """Hours of a problem and its origins: the data of a linear program."""

    problem: Problem
    origins: Origins

    @cached_property
    def weight(self) -> np.ndarray:
        """Weights relative to :func:`~geofront.model.scaling.unit_of_weight`, (t,) [-]."""
        return self.problem.weight / unit_of_weight(self.problem.weight)

    @cached_property
    def member_demand(self) -> np.ndarray:
        """Demand of the members, (m, t) [MW]."""
        o = self.origins
        return o.share[:, None] * self.problem.demand[o.client, o.workload[o.origin]]

    @cached_property
    def demand(self) -> np.ndarray:
        """Demand of the origins, (o, t) [MW]."""
        order, first = self.origins.by_origin
        return np.add.reduceat(self.member_demand[order], first) if len(first) else self.member_demand

    @cached_property
    def pinned_load(self) -> np.ndarray:
        """IT power of pinned demand, (r, t) [MW]."""
        load = np.zeros(self.problem.capacity.shape)
        pinned = np.einsum("k,ckt->ct", self.problem.pinned, self.problem.demand)
        np.add.at(load, self.problem.home_region[self.problem.home], pinned)
        return load

    @cached_property
    def room(self) -> np.ndarray:
        """Capacity left for movable demand, (r, t) [MW], negative where pinned demand exceeds the capacity.

        Room is the difference of capacity and pinned load, so its rounding error is relative to the capacity. If
        nearly all demand is pinned, that error can exceed all movable demand. Room is therefore rounded up by `FULL`,
        and a capacity within `NEARLY_FULL` of the pinned load keeps that much room.
        """
        capacity = self.problem.capacity
        room = capacity - self.pinned_load
        least = NEARLY_FULL * capacity
        return np.where(np.abs(room) <= least, least, room) + FULL * capacity

    def load(self, placed: np.ndarray) -> np.ndarray:
        """IT power used in every region, including pinned demand, (r, t) [MW]."""
        return self.pinned_load + np.einsum("ort,or->rt", placed, self.origins.execution)

    def at(self, hours) -> "Block":
        """Select some of the hours."""
        return Block(self.problem.at(hours), self.origins)

    def demands_and_capacities_equal(self, other: "Block") -> bool:
        """Whether another block has the same bounds, so that its basis is primal feasible here."""
        return all(
            np.array_equal(getattr(self.problem, name), getattr(other.problem, name)) for name in ("demand", "capacity")
        )

    def flows(self, placed: np.ndarray) -> np.ndarray:
        """Flows by client (c, r, k, t) from placed origins (o, r, t), divided in proportion to the members' demand.

        Proportions are relative to the placed flow, which may differ from the demand by rounding, so that all demand
        is served.
        """
        problem, o = self.problem, self.origins
        flow = np.zeros((*problem.away().shape, *problem.demand.shape[1:]))
        clients = np.arange(len(problem.home))
        flow[clients, problem.home_region[problem.home]] = problem.pinned[:, None] * problem.demand
        served = placed.sum(axis=1)[o.origin]
        proportion = np.divide(self.member_demand, served, out=np.zeros(served.shape), where=served > 0)
        by_member, workload = proportion[:, None] * placed[o.origin], o.workload[o.origin]
        first = np.flatnonzero(np.diff(o.client * len(problem.pinned) + workload, prepend=-1))
        if len(first):
            flow[o.client[first], :, workload[first]] += np.add.reduceat(by_member, first)
        return flow

    def allowed(self, reach: np.ndarray) -> np.ndarray:
        """Allowed regions of clients (c, k, r), home included, from those of origins (o, r)."""
        allowed = np.repeat(~self.problem.away()[:, None], self.problem.demand.shape[1], axis=1)
        np.logical_or.at(
            allowed, (self.origins.client, self.origins.workload[self.origins.origin]), reach[self.origins.origin]
        )
        return allowed


def gather(problem: Problem, *, separate: np.ndarray | None = None) -> Origins:
    """Group a problem's movable demand into origins.

    Parameters
    ----------
    problem : Problem
    separate : numpy.ndarray, optional
        (k,) classes whose clients are kept separate, because each gains regions at its own latency.

    Returns
    -------
    Origins
    """
    keys: dict[tuple, tuple] = {}
    members = []
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
        service=service,
        workload=workload,
        reach=np.array([reach for *_, reach in origins], bool).reshape(len(origins), problem.capacity.shape[0]),
        away=problem.home_region[service][:, None] != np.arange(problem.capacity.shape[0]),
        execution=problem.execution[service, :, workload],
        fixed=problem.fixed[service, :, workload],
        delay=problem.delay[service, :, workload],
        origin=origin.astype(int),
        client=client.astype(int),
        share=share.astype(float),
    )

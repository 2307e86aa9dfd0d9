"""The placement problem as one sparse linear program, for the solvers that take matrices.

A column per client, allowed region, class and hour; with warm-up a further one per region, class and hour.
See "Placement" in docs/model.md. Pinned shares are bounds, so they need no rows.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import sparse

from geofront.model.problem import Problem
from geofront.names import CLIENT, HOUR, REGION, WORKLOAD


@dataclass(frozen=True)
class Program:
    """Minimise ``cost·x`` for ``x ≥ lower`` and ``row_lower ≤ matrix·x ≤ row_upper``."""

    cost: np.ndarray
    lower: np.ndarray
    matrix: sparse.csr_array
    row_lower: np.ndarray
    row_upper: np.ndarray


class Arcs:
    """Which client and class may run where (a arcs), and the rows of one hour: what no hour changes."""

    def __init__(self, problem: Problem):
        clients, workloads, regions = problem.allowed.shape
        self.shape = (clients, regions, workloads)
        self.client, self.workload, self.region = problem.allowed.nonzero()
        self.home = problem.home[self.client]
        self.away = problem.away()[self.client, self.region]
        unlawful = self.away & ~problem.lawful[self.client, self.region]
        served = self.client * workloads + self.workload
        burned = problem.execution[self.home, self.region, self.workload]
        regulated = _incidence(served, clients * workloads, unlawful)
        self.limited = np.diff(regulated.indptr) > 0
        demand, capacity = _incidence(served, clients * workloads), _incidence(self.region, regions, burned)
        self.rows = sparse.vstack([demand, regulated[self.limited], capacity], format="csr")
        self.relocated = _incidence(self.region * workloads + self.workload, regions * workloads, self.away)

    def cost(self, problem: Problem) -> np.ndarray:
        """Objective of one MW, shape (t, a)."""
        execution = problem.execution[self.home, self.region, self.workload]
        fixed = problem.fixed[self.home, self.region, self.workload]
        return problem.weight[:, None] * (problem.price.T[:, self.region] * execution + fixed)

    def pinned(self, problem: Problem) -> np.ndarray:
        """What may not leave home, shape (t, a) [MW]."""
        demand = problem.demand[self.client, self.workload].T
        return demand * problem.pinned[self.workload] * ~self.away

    def row_bounds(self, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the rows demand, regulated and capacity, each of shape (t, row)."""
        demand = problem.demand.reshape(-1, len(problem.weight)).T
        share = ((1 - problem.pinned) * (1 - problem.regulated)).ravel()
        upper = np.hstack([demand, (demand * share)[:, self.limited], problem.capacity.T])
        lower = np.full(upper.shape, -np.inf)
        lower[:, :demand.shape[1]] = demand
        return lower, upper

    def flow(self, columns: np.ndarray) -> np.ndarray:
        """Columns (t, a) as an array (c, r, k, t)."""
        flow = np.zeros((*self.shape, len(columns)))
        flow[self.client, self.region, self.workload] = columns.T
        return flow


def _incidence(row: np.ndarray, rows: int, value=1.0) -> sparse.csr_array:
    values = np.broadcast_to(value, row.shape).astype(float)
    matrix = sparse.csr_array((values, (row, np.arange(len(row)))), shape=(rows, len(row)))
    matrix.eliminate_zeros()
    return matrix


def program(problem: Problem, arcs: Arcs, matrix: sparse.csr_array | None = None) -> Program:
    """All hours of a problem without warm-up, or one block of a problem with it, in one program.

    The matrix is the same for any part of a problem with as many hours, and may be passed on.
    """
    cost, least = arcs.cost(problem), arcs.pinned(problem)
    lower, upper = arcs.row_bounds(problem)
    if problem.coupled:
        warmup = (problem.warmup.reshape(-1, len(problem.weight)) * problem.weight).T
        nothing = np.zeros(warmup.shape)
        cost, least = np.hstack([cost, warmup]), np.hstack([least, nothing])
        lower, upper = np.hstack([lower, nothing]), np.hstack([upper, nothing + np.inf])
    if matrix is None:
        matrix = coupled_rows(problem, arcs) if problem.coupled else independent_rows(problem, arcs)
    return Program(cost.ravel(), least.ravel(), matrix, lower.ravel(), upper.ravel())


def independent_rows(problem: Problem, arcs: Arcs) -> sparse.csr_array:
    """The rows of every hour, down the diagonal."""
    return sparse.kron(sparse.eye_array(len(problem.weight)), arcs.rows, format="csr")


def coupled_rows(block: Problem, arcs: Arcs) -> sparse.csr_array:
    """The rows of every hour, each followed by: starts ≥ relocated load less that of the hour before."""
    hours, starts = len(block.weight), arcs.relocated.shape[0]
    here = sparse.block_array([[arcs.rows, None], [-arcs.relocated, sparse.eye_array(starts)]])
    before = sparse.block_array([[sparse.csr_array(arcs.rows.shape), None],
                                 [arcs.relocated, sparse.csr_array((starts, starts))]])
    one_hour_back = sparse.csr_array(np.roll(np.eye(hours), -1, axis=1))
    return (sparse.kron(sparse.eye_array(hours), here) + sparse.kron(one_hour_back, before)).tocsr()


def labelled(problem: Problem, flow: np.ndarray) -> xr.DataArray:
    """A flow (c, r, k, t) with the scenario's labels [MW]."""
    dims = (CLIENT, REGION, WORKLOAD, HOUR)
    return xr.DataArray(flow, {dim: problem.labels[dim] for dim in dims}, dims, "flow")

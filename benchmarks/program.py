"""The placement problem as one sparse linear program, for solvers that take matrices.

There is a column per client, allowed region, class and hour, and with warm-up another one per region, class and hour.
Pinned shares are bounds, so they need no rows. With origins, a column is for all clients with the same home, class and
allowed regions. See "Placement" in docs/model.md.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import sparse

from geofront.model.origins import Block, gather
from geofront.model.problem import Problem
from geofront.names import CLIENT, HOUR, REGION, WORKLOAD


@dataclass(frozen=True)
class SparseProgram:
    """Minimise ``cost·x`` for ``x ≥ lower`` and ``row_lower ≤ matrix·x ≤ row_upper``."""

    cost: np.ndarray
    lower: np.ndarray
    matrix: sparse.csr_array
    row_lower: np.ndarray
    row_upper: np.ndarray


class Arcs:
    """Arcs (a) of the demand, and the rows of one hour, which are the same in all hours.

    Parameters
    ----------
    problem : Problem
    home, workload, region : numpy.ndarray
        Positions of each arc, shape (a,).
    """

    def __init__(self, problem: Problem, home: np.ndarray, workload: np.ndarray, region: np.ndarray):
        regions, workloads = len(problem.capacity), len(problem.pinned)
        self.home, self.workload, self.region = home, workload, region
        self.away = problem.home_region[home] != region
        self.relocated = _incidence(region * workloads + workload, regions * workloads, self.away)
        self.burned = _incidence(region, regions, problem.execution[home, region, workload])

    def cost(self, problem: Problem) -> np.ndarray:
        """Objective of one MW, shape (t, a)."""
        execution = problem.execution[self.home, self.region, self.workload]
        fixed = problem.fixed[self.home, self.region, self.workload]
        return problem.weight[:, None] * (problem.price.T[:, self.region] * execution + fixed)


class ClientArcs(Arcs):
    """One column per client: the plain program."""

    def __init__(self, problem: Problem):
        clients, workloads, regions = problem.allowed.shape
        self.shape = (clients, regions, workloads)
        self.client, workload, region = problem.allowed.nonzero()
        super().__init__(problem, problem.home[self.client], workload, region)
        served = self.client * workloads + workload
        regulated = _incidence(served, clients * workloads, self.away & ~problem.lawful[self.client, region])
        self.limited = np.diff(regulated.indptr) > 0
        demand = _incidence(served, clients * workloads)
        self.rows = sparse.vstack([demand, regulated[self.limited], self.burned], format="csr")

    def lower(self, problem: Problem) -> np.ndarray:
        """Pinned demand, shape (t, a) [MW]."""
        demand = problem.demand[self.client, self.workload].T
        return demand * problem.pinned[self.workload] * ~self.away

    def row_bounds(self, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the rows demand, regulated and capacity, each of shape (t, row)."""
        demand = problem.demand.reshape(-1, len(problem.weight)).T
        share = ((1 - problem.pinned) * (1 - problem.regulated)).ravel()
        return _bounds(demand, (demand * share)[:, self.limited], problem.capacity.T)

    def flow(self, problem: Problem, columns: np.ndarray) -> np.ndarray:
        """Columns (t, a) as an array (c, r, k, t)."""
        flow = np.zeros((*self.shape, len(columns)))
        flow[self.client, self.region, self.workload] = columns.T
        return flow


class OriginArcs(Arcs):
    """One column per origin: clients with the same home, class and allowed regions; pinned demand has no column."""

    def __init__(self, problem: Problem):
        self.origins = gather(problem)
        self.origin, region = self.origins.reach.nonzero()
        super().__init__(problem, self.origins.service[self.origin], self.origins.workload[self.origin], region)
        demand = _incidence(self.origin, len(self.origins.service))
        self.rows = sparse.vstack([demand, self.burned], format="csr")

    def lower(self, problem: Problem) -> np.ndarray:
        """Zero, shape (t, a) [MW]."""
        return np.zeros((len(problem.weight), len(self.origin)))

    def row_bounds(self, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the rows demand and capacity, each of shape (t, row)."""
        block = Block(problem, self.origins)
        return _bounds(block.demand.T, (problem.capacity - block.pinned_load).T)

    def flow(self, problem: Problem, columns: np.ndarray) -> np.ndarray:
        """Columns (t, a) as an array (c, r, k, t), each client with its share of the origin."""
        placed = np.zeros((*self.origins.reach.shape, len(columns)))
        placed[self.origin, self.region] = columns.T
        return Block(problem, self.origins).flows(placed)


def _incidence(row: np.ndarray, rows: int, value=1.0) -> sparse.csr_array:
    values = np.broadcast_to(value, row.shape).astype(float)
    matrix = sparse.csr_array((values, (row, np.arange(len(row)))), shape=(rows, len(row)))
    matrix.eliminate_zeros()
    return matrix


def _bounds(demand: np.ndarray, *limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Demand must be met exactly; the other rows have upper bounds."""
    upper = np.hstack([demand, *limits])
    lower = np.full(upper.shape, -np.inf)
    lower[:, : demand.shape[1]] = demand
    return lower, upper


def program(problem: Problem, arcs: Arcs, matrix: sparse.csr_array | None = None) -> SparseProgram:
    """Make one program of all hours of a problem without warm-up, or of one block of a problem with warm-up.

    Parameters
    ----------
    problem : Problem
    arcs : Arcs
    matrix : scipy.sparse.csr_array, optional
        Matrix of another part of the problem with the same number of hours, which is the same.
    """
    cost, least = arcs.cost(problem), arcs.lower(problem)
    lower, upper = arcs.row_bounds(problem)
    if problem.coupled:
        warmup = (problem.warmup.reshape(-1, len(problem.weight)) * problem.weight).T
        zero = np.zeros(warmup.shape)
        cost, least = np.hstack([cost, warmup]), np.hstack([least, zero])
        lower, upper = np.hstack([lower, zero]), np.hstack([upper, zero + np.inf])
    if matrix is None:
        matrix = coupled_rows(problem, arcs) if problem.coupled else independent_rows(problem, arcs)
    return SparseProgram(cost.ravel(), least.ravel(), matrix, lower.ravel(), upper.ravel())


def independent_rows(problem: Problem, arcs: Arcs) -> sparse.csr_array:
    """Rows of all hours, along the diagonal."""
    return sparse.kron(sparse.eye_array(len(problem.weight)), arcs.rows, format="csr")


def coupled_rows(block: Problem, arcs: Arcs) -> sparse.csr_array:
    """Rows of all hours, each followed by: starts ≥ relocated load minus relocated load of the previous hour."""
    hours, starts = len(block.weight), arcs.relocated.shape[0]
    here = sparse.block_array([[arcs.rows, None], [-arcs.relocated, sparse.eye_array(starts)]])
    before = sparse.block_array(
        [[sparse.csr_array(arcs.rows.shape), None], [arcs.relocated, sparse.csr_array((starts, starts))]]
    )
    one_hour_back = sparse.csr_array(np.roll(np.eye(hours), -1, axis=1))
    return (sparse.kron(sparse.eye_array(hours), here) + sparse.kron(one_hour_back, before)).tocsr()


def labelled(problem: Problem, flow: np.ndarray) -> xr.DataArray:
    """Add the scenario's labels to a flow (c, r, k, t) [MW]."""
    dims = (CLIENT, REGION, WORKLOAD, HOUR)
    return xr.DataArray(flow, {dim: problem.labels[dim] for dim in dims}, dims, "flow")

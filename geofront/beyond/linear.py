"""A linear program gathered piece by piece, solved by HiGHS and proved optimal from its own arrays."""

from typing import NamedTuple

import numpy as np

from geofront.errors import SolverError
from geofront.model.certificate import ROUNDING
from geofront.model.scaling import power_of_two
from geofront.names import TOLERANCE
from geofront.solver.lp import LinearProgram

TINY = np.finfo(float).tiny


class Proved(NamedTuple):
    """An optimum with its proof: values of columns, prices of rows, the objective and its lower bound."""

    x: np.ndarray
    price: np.ndarray
    objective: float
    bound: float
    gap: float


class Program:
    """Minimise cost·x subject to lower ≤ A x ≤ upper and 0 ≤ x ≤ upper.

    Columns and rows are added in blocks, whose positions come back in the shape in which they were given. Once solved,
    costs and bounds may change, and the next solve begins with a warm start.
    """

    def __init__(self):
        self.cost, self.upper, self.largest, self.row_lower, self.row_upper = np.zeros((5, 0))
        self._entries, self._solver = [], None

    def columns(self, cost: np.ndarray, upper=np.inf, *, largest) -> np.ndarray:
        """Add nonnegative columns.

        Parameters
        ----------
        cost : numpy.ndarray
            Their shape.
        upper, largest : array_like
            Bounds, and finite values that the columns of some optimum do not exceed, for the proof.
        """
        first = len(self.cost)
        for name, values in (("cost", cost), ("upper", upper), ("largest", largest)):
            setattr(self, name, np.append(getattr(self, name), np.broadcast_to(values, cost.shape)))
        return first + np.arange(cost.size).reshape(cost.shape)

    def rows(self, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Add rows between a lower and an upper bound of the same shape."""
        first = len(self.row_lower)
        self.row_lower, self.row_upper = np.append(self.row_lower, lower), np.append(self.row_upper, upper)
        return first + np.arange(lower.size).reshape(lower.shape)

    def add(self, rows: np.ndarray, columns: np.ndarray, values) -> None:
        """Add entries to A, broadcast against one another."""
        self._entries.append([each.ravel() for each in np.broadcast_arrays(rows, columns, values)])

    def solve(self, method: str, second: np.ndarray) -> Proved:
        """Among all optima, the one that minimises a second objective; it may be shorter than the costs.

        Parameters
        ----------
        method : {"dual", "primal"}
            Of a warm start, as for :meth:`geofront.solver.lp.LinearProgram.solve`: dual after bounds have changed,
            primal after costs have.
        second : numpy.ndarray

        Raises
        ------
        Infeasible
        SolverError
            HiGHS ended without an optimum, or with one that the proof does not confirm.
        """
        if self._solver is None:
            method = "presolved"
            self._row, self._column, self._value = (np.concatenate(each) for each in zip(*self._entries, strict=True))
            self._solver = LinearProgram(
                self._row, self._column, self._value, len(self.cost), len(self.row_lower), None
            )
        sizes = np.abs(np.concatenate([self.upper, self.row_lower, self.row_upper]))
        unit = power_of_two(sizes.max(where=np.isfinite(sizes), initial=0.0))
        worth = power_of_two(np.abs(self.cost).max(initial=0.0))
        self._solver.update(worth * self.cost, *(unit * each for each in (self.upper, self.row_lower, self.row_upper)))
        result = self._solver.solve(method)
        price = result.dual / worth
        second = np.append(second, np.zeros(len(self.cost) - len(second)))
        return self.proved(self._solver.break_ties(result, second).x / unit, price)

    def proved(self, x: np.ndarray, price: np.ndarray) -> Proved:
        """Prove values of columns optimal by prices of rows: any prices give a lower bound on the objective.

        Raises
        ------
        SolverError
            The values are not feasible, or their objective exceeds the bound, by more than the tolerance.
        """
        x, terms = np.clip(x, 0.0, self.upper), self._value
        rows = len(self.row_lower)
        activity = np.bincount(self._row, terms * x[self._column], rows)
        size = np.bincount(self._row, np.abs(terms) * x[self._column], rows)
        excess = np.maximum(np.maximum(self.row_lower - activity, activity - self.row_upper), 0.0)
        violation = (excess / (size + ROUNDING * size.max(initial=TINY))).max(initial=0.0)
        price = np.clip(
            price, np.where(np.isinf(self.row_upper), 0.0, -np.inf), np.where(np.isinf(self.row_lower), 0.0, np.inf)
        )
        reduced = self.cost - np.bincount(self._column, terms * price[self._row], len(self.cost))
        limit = np.where(price > 0, self.row_lower, self.row_upper)
        bound = (price * np.where(price == 0, 0.0, limit)).sum()
        bound += (np.minimum(reduced, 0.0) * np.minimum(self.upper, self.largest)).sum()
        objective, scale = self.cost @ x, np.abs(self.cost) @ x
        gap = (objective - bound) / max(scale, abs(bound)) if scale or bound else 0.0
        if not (violation <= TOLERANCE and abs(gap) <= TOLERANCE):
            raise SolverError(
                f"the solver's result cannot be proved optimal (relative violation {violation:.3g}, relative gap "
                f"{gap:.3g}): look for extreme values in the scenario"
            )
        return Proved(x, price, float(objective), float(bound), float(gap))

"""Linear programs assembled from columns and rows, whose optima are proved by weak duality."""

from typing import NamedTuple

import numpy as np

from geofront.errors import GeofrontError, Infeasible, SolverError
from geofront.model.certificate import ROUNDING
from geofront.model.scaling import power_of_two
from geofront.names import TOLERANCE
from geofront.solver.lp import LinearProgram

TINY = np.finfo(float).tiny


class Proved(NamedTuple):
    """An optimum and its proof: any row prices give a lower bound on the objective."""

    x: np.ndarray  # values of the columns
    price: np.ndarray  # of the rows
    reduced_cost: np.ndarray  # of the columns
    objective: float
    bound: float
    gap: float  # relative [-]


class AssembledProgram:
    """Minimise cost·x subject to row_lower ≤ A x ≤ row_upper and 0 ≤ x ≤ upper.

    Costs and bounds may change between solves; the matrix may not.

    Parameters
    ----------
    most : float
        No column exceeds this in some optimum, for the proof.
    unit : float
        Size of the weights in the costs, by which the solver's costs are divided.
    """

    def __init__(self, most: float, unit: float = 1.0):
        self.most, self.unit = most, unit
        self.cost, self.upper, self.largest, self.second, self.row_lower, self.row_upper = np.zeros((6, 0))
        self._entries: list[list[np.ndarray]] = []
        self._solver: LinearProgram | None = None

    def columns(self, cost: np.ndarray, upper=np.inf, *, largest=None, second=0.0) -> np.ndarray:
        """Add nonnegative columns, and return their positions in the shape of their costs.

        Parameters
        ----------
        cost : numpy.ndarray
        upper : array_like
        largest : array_like, optional
            Finite upper limits of the columns in some optimum, for the proof; by default ``most``.
        second : array_like
            Their costs in the second objective, which breaks ties.
        """
        first = len(self.cost)
        largest = self.most if largest is None else largest
        given = {"cost": cost, "upper": upper, "largest": largest, "second": second}
        for name, values in given.items():
            setattr(self, name, np.append(getattr(self, name), np.broadcast_to(values, cost.shape)))
        return first + np.arange(cost.size).reshape(cost.shape)

    def rows(self, lower, upper) -> np.ndarray:
        """Add rows between bounds, which broadcast, and return their positions in the shape of the bounds."""
        lower, upper = np.broadcast_arrays(lower, upper)
        first = len(self.row_lower)
        self.row_lower, self.row_upper = np.append(self.row_lower, lower), np.append(self.row_upper, upper)
        return first + np.arange(lower.size).reshape(lower.shape)

    def add(self, rows: np.ndarray, columns: np.ndarray, values) -> None:
        """Add entries to A, broadcast against one another."""
        self._entries.append([each.ravel() for each in np.broadcast_arrays(rows, columns, values)])

    def solve(self, method: str, *, unique: bool = True) -> Proved:
        """Solve: with a cold start the first time, then with a warm start.

        Parameters
        ----------
        method : {"dual", "primal"}
            Simplex method after the first solve: primal after changes of costs only, else dual.
        unique : bool
            Whether to return the optimum with the least second objective, if there are several.

        Raises
        ------
        Infeasible
            There is no feasible point; the error is the one of :meth:`infeasible`.
        SolverError
            HiGHS ended without an optimum, or with one that the proof does not confirm.
        """
        if self._solver is None:
            method, shape = "presolved", (len(self.cost), len(self.row_lower))
            self._row, self._column, self._value = (np.concatenate(each) for each in zip(*self._entries, strict=True))
            self._solver = LinearProgram(self._row, self._column, self._value, *shape, None)
        bounds = self.upper, self.row_lower, self.row_upper
        sizes = np.abs(np.concatenate(bounds))
        scale = power_of_two(sizes.max(where=np.isfinite(sizes), initial=0.0))
        worth = 1 / self.unit
        worth *= power_of_two(worth * np.abs(self.cost).max(initial=0.0))
        self._solver.update(worth * self.cost, *(scale * each for each in bounds))
        try:
            result = self._solver.solve(method)
        except Infeasible as error:
            raise self.infeasible() from error
        price = result.dual / worth
        if unique:
            result = self._solver.break_ties(result, self.second)
        return self.proved(result.x / scale, price)

    def infeasible(self) -> GeofrontError:
        """The error if there is no feasible point; programs that know more name the cause."""
        return Infeasible("the linear program has no feasible point")

    def proved(self, x: np.ndarray, price: np.ndarray) -> Proved:
        """Prove that column values are optimal, from row prices.

        Raises
        ------
        SolverError
            The values violate a row, or their objective exceeds the bound, by more than the tolerance.
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
        return Proved(x, price, reduced, float(objective), float(bound), float(gap))

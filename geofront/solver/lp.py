"""Linear programs as arrays, solved by HiGHS.

python-mip loads the HiGHS library and declares its C functions. They are called directly, because python-mip's own
objects take more time per variable than a solve with a warm start.

minimise cost·x  subject to  row_lower ≤ A x ≤ row_upper and 0 ≤ x ≤ upper
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from geofront.errors import Infeasible, SolverError
from geofront.model.highs import highs_library

TOLERANCE = 1e-9
"""Largest violation of a bound and largest reduced cost of the wrong sign, in the units of the program."""

TIED = 1e-9
"""Reduced costs and duals up to this size count as zero when ties are broken. It is well above rounding errors, which
stay below 1e-12, and well below price differences."""

PRECISE = 1e-11
"""Largest violation of a bound, relative to the smallest bound [-]. `TOLERANCE` may be too large for small bounds."""

ROUNDING = 1e-13
"""Largest bound that counts as a rounding error of zero, relative to the largest bound [-]."""

FINER = 2.0**20
"""Scale of the residuals in iterative refinement [-]."""

DEVEX, STEEPEST = 1, 2
MANY_ROWS = 8_000
"""Number of rows from which the dual simplex method uses steepest-edge pricing. It halves the time at 80 regions, but
adds 8 % at 12 regions."""

WORK, FEWEST = 75_000_000, 500
"""A running simplex solve checks whether it has been cancelled after `WORK` iterations times rows and columns, but not
before `FEWEST` iterations. If the limit were in seconds, the speed of the machine would decide which of several optimal
duals is found."""

UNLIMITED = 2**31 - 1

_OPTIONS: dict[str, object] = {
    "output_flag": False,
    "presolve": "off",
    "parallel": "off",
    "threads": 1,
    "simplex_iteration_limit": UNLIMITED,
    "solver": "simplex",
    "primal_feasibility_tolerance": TOLERANCE,
    "dual_feasibility_tolerance": TOLERANCE,
}
_METHODS: dict[str, dict[str, object]] = {
    "dual": {"simplex_strategy": 1},
    "primal": {"simplex_strategy": 4},
    "interior": {"solver": "ipm", "presolve": "on"},
    "presolved": {"simplex_strategy": 1, "presolve": "on"},
}
_COLD = "interior", "presolved"
"""Methods that cannot continue after a limit."""

LOWER, BASIC, UPPER = 0, 1, 2
"""Basis status of a column or row: nonbasic at its lower bound, basic, nonbasic at its upper bound."""


class Basis(NamedTuple):
    """Status of every column and row of a simplex basis."""

    columns: np.ndarray
    rows: np.ndarray


class Result(NamedTuple):
    """Values and reduced costs of the columns, activities and duals of the rows."""

    x: np.ndarray
    reduced_cost: np.ndarray
    activity: np.ndarray
    dual: np.ndarray


class LinearProgram:
    """Linear program with a fixed matrix, which keeps its basis between solves.

    Parameters
    ----------
    row, column, value : numpy.ndarray
        Position and coefficient of every entry of A.
    columns, rows : int
        Shape of A.
    check : callable or None
        Called before every solve and repeatedly during one; an exception in it ends the solve. Each call during a
        simplex solve costs a restart of the solver; without `check` there are no restarts.
    column_scale, row_scale : numpy.ndarray, optional
        Powers of two that divide every variable and multiply every row. The solver's tolerances and `TIED` apply to
        the scaled program. All arguments and results refer to the program before scaling.
    """

    def __init__(
        self,
        row,
        column,
        value,
        columns: int,
        rows: int,
        check: Callable[[], None] | None,
        column_scale=1.0,
        row_scale=1.0,
    ):
        self._ffi, self._highs = highs_library()
        self._model = self._ffi.gc(self._highs.Highs_create(), self._highs.Highs_destroy)
        self._check = check
        self._options: dict[str, object] = {}
        self._set_options(_OPTIONS | {"simplex_dual_edge_weight_strategy": DEVEX if rows < MANY_ROWS else STEEPEST})
        self._positions = np.arange(rows, dtype=np.int32)
        self._columns, self._rows = np.broadcast_to(column_scale, columns), np.broadcast_to(row_scale, rows)
        value = value * self._rows[row] * self._columns[column]
        self.cost, self.upper = np.zeros(columns), np.full(columns, np.inf)
        self.row_lower, self.row_upper = np.zeros((2, rows))
        order = np.argsort(column, kind="stable")
        start = np.searchsorted(column[order], np.arange(columns)).astype(np.int32)
        self._call(
            "passLp",
            columns,
            rows,
            len(value),
            1,
            1,
            0.0,
            self.cost,
            np.zeros(columns),
            self.upper,
            self.row_lower,
            self.row_upper,
            start,
            row[order].astype(np.int32),
            value[order],
        )

    def _call(self, function: str, *arguments) -> None:
        """Call a C function; arrays are passed by reference."""
        kinds = {"i": "int[]", "f": "double[]"}
        passed = [
            self._ffi.from_buffer(kinds[each.dtype.kind], each) if isinstance(each, np.ndarray) else each
            for each in arguments
        ]
        if getattr(self._highs, f"Highs_{function}")(self._model, *passed) < 0:
            raise SolverError(f"HiGHS refused {function}: look for extreme values in the scenario, or use solver='CBC'")

    def _set_options(self, options: dict) -> None:
        kinds = {bool: "Bool", int: "Int", float: "Double", str: "String"}
        for name, value in options.items():
            if self._options.get(name) != value:
                self._options[name] = value
                self._call(
                    f"set{kinds[type(value)]}OptionValue",
                    name.encode(),
                    value.encode() if isinstance(value, str) else value,
                )

    def update(self, cost: np.ndarray, upper: np.ndarray, row_lower: np.ndarray, row_upper: np.ndarray) -> None:
        """Update the objective and all bounds."""
        self.cost, self.upper, self.row_lower, self.row_upper = cost, upper, row_lower, row_upper
        self.send(cost, np.zeros(len(upper)), upper, row_lower, row_upper)

    def send(self, *given) -> None:
        """Pass costs, column bounds and row bounds to HiGHS, and keep the ones set by :meth:`update`."""
        self._given = cost, lower, upper, row_lower, row_upper = given
        last, columns, rows = len(cost) - 1, self._columns, self._rows
        self._call("changeColsCostByRange", 0, last, cost * columns)
        self._call("changeColsBoundsByRange", 0, last, lower / columns, upper / columns)
        self._call("changeRowsBoundsBySet", len(row_lower), self._positions, row_lower * rows, row_upper * rows)

    @property
    def basis(self) -> Basis:
        """Current basis."""
        basis = Basis(np.empty(len(self.cost), np.int32), np.empty(len(self.row_lower), np.int32))
        self._call("getBasis", *basis)
        return basis

    @basis.setter
    def basis(self, basis: Basis) -> None:
        self._call("setBasis", *(np.ascontiguousarray(each, np.int32) for each in basis))

    def solve(self, method: str) -> Result:
        """Solve with a warm start from the current basis.

        Parameters
        ----------
        method : {"primal", "dual", "interior", "presolved"}
            Simplex method: primal after changes of costs or columns, dual after changes of bounds. The interior point
            method, with crossover to a basis, and the dual simplex method after presolve are cold starts.

        Raises
        ------
        Infeasible
            If there is no feasible point.
        SolverError
            If HiGHS does not find an optimum.
        """
        optimum = self._optimum(method)
        return optimum if self._is_precise(optimum) else self._refine(optimum)

    def _is_precise(self, optimum: Result) -> bool:
        """Whether no bound is violated by more than `PRECISE` times the smallest bound."""
        _, lower, upper, row_lower, row_upper = self._given
        outside = np.concatenate(
            [
                np.maximum(lower - optimum.x, optimum.x - upper) / self._columns,
                np.maximum(row_lower - optimum.activity, optimum.activity - row_upper) * self._rows,
            ]
        )
        violation = outside.max()
        if violation <= 0:
            return True
        sizes = np.abs(np.concatenate([upper / self._columns, row_lower * self._rows]))
        sizes = sizes[np.isfinite(sizes)]
        return violation <= PRECISE * sizes.min(where=sizes > ROUNDING * sizes.max(), initial=np.inf)

    def _optimum(self, method: str) -> Result:
        status = self._run(method)
        if status in (self._highs.kHighsModelStatusUnknown, self._highs.kHighsModelStatusSolveError):
            # A warm start can end with residuals above the tolerances or with excessive duals; try a cold start.
            self._call("clearSolver")
            status = self._run(method)
        if status in (self._highs.kHighsModelStatusInfeasible, self._highs.kHighsModelStatusUnboundedOrInfeasible):
            raise Infeasible("the linear program has no feasible point")
        if status != self._highs.kHighsModelStatusOptimal:
            raise SolverError(
                f"HiGHS ended with model status {status}: look for extreme values in the scenario, or use solver='CBC'"
            )
        columns, rows = np.empty((2, len(self.cost))), np.empty((2, len(self.row_lower)))
        self._call("getSolution", *columns, *rows)
        x, reduced_cost, activity, dual = *columns, *rows
        return Result(x * self._columns, reduced_cost / self._columns, activity / self._rows, dual * self._rows)

    def _refine(self, coarse: Result) -> Result:
        """Refine an optimum: solve for its residuals, scaled by `FINER`, from its basis.

        The costs stay the same, so the basis stays dual feasible and its duals solve the original program. See
        Gleixner, Steffy and Wolter (2016), "Iterative refinement for linear programming".
        """
        cost, *bounds = given = self._given
        values = coarse.x, coarse.x, coarse.activity, coarse.activity
        self.send(cost, *(FINER * (bound - value) for bound, value in zip(bounds, values, strict=True)))
        basis = self.basis
        try:
            fine = self._optimum("dual")
            basis = self.basis
            return fine._replace(x=coarse.x + fine.x / FINER, activity=coarse.activity + fine.activity / FINER)
        except (Infeasible, SolverError):
            # The residuals are rounding errors, so there is nothing to refine, or too small for HiGHS to finish.
            return coarse
        finally:
            self.send(*given)
            self.basis = basis

    def _run(self, method: str) -> int:
        """Run a method with checks for cancellation, and return the model status."""
        self._set_options(_OPTIONS | _METHODS[method])
        if self._check is not None and method not in _COLD:
            size = len(self.cost) + len(self.row_lower)
            self._set_options({"simplex_iteration_limit": max(WORK // size, FEWEST)})
        status = self._highs.kHighsModelStatusIterationLimit
        while status == self._highs.kHighsModelStatusIterationLimit:
            if self._check is not None:
                self._check()
            if method in _COLD:
                self._run_whole()
            elif self._highs.Highs_run(self._model) < 0:
                return self._highs.kHighsModelStatusSolveError
            status = self._highs.Highs_getModelStatus(self._model)
        return status

    def _run_whole(self) -> None:
        """Run a method that cannot continue after a limit; a callback checks it instead."""
        raised = []

        @self._ffi.callback("HighsCCallbackType")
        def interrupt(kind, message, output, control, data) -> None:
            try:
                if self._check is not None:
                    self._check()
            except BaseException as error:
                raised.append(error)
                control.user_interrupt = 1

        self._call("setCallback", interrupt, self._ffi.NULL)
        kinds = self._highs.kHighsCallbackSimplexInterrupt, self._highs.kHighsCallbackIpmInterrupt
        for kind in kinds:
            self._call("startCallback", kind)
        self._call("run")
        for kind in kinds:
            self._call("stopCallback", kind)
        if raised:
            raise raised[0]

    def break_ties(self, optimum: Result, cost: np.ndarray) -> Result:
        """Minimise a second objective over all optima.

        Columns with a reduced cost and rows with a dual have the same values at every optimum. Fixing them leaves the
        optimal face, over which the primal simplex method minimises the second objective.

        Parameters
        ----------
        optimum : Result
            Result of the last :meth:`solve`.
        cost : numpy.ndarray
            The second objective.

        Returns
        -------
        Result
            With reduced costs and duals of the second objective. The basis is optimal for both.
        """
        fixed = np.abs(optimum.reduced_cost * self._columns) > TIED
        tight = np.abs(optimum.dual / self._rows) > TIED
        before = self.basis
        self.send(
            cost,
            np.where(fixed, optimum.x, 0.0),
            np.where(fixed, optimum.x, self.upper),
            np.where(tight, optimum.activity, self.row_lower),
            np.where(tight, optimum.activity, self.row_upper),
        )
        second = self.solve("primal")
        after = self.basis
        self.send(self.cost, np.zeros(len(cost)), self.upper, self.row_lower, self.row_upper)
        # HiGHS does not record at which of two equal bounds a fixed column or row is.
        self.basis = Basis(
            *(
                np.where(kept & (old != BASIC), old, new)
                for kept, old, new in zip((fixed, tight), before, after, strict=True)
            )
        )
        return second

"""A linear program in python-mip whose columns, rows and figures go in and come out as arrays.

python-mip makes an object of every variable and row, and hands figures over one at a time, which takes longer than
a warm solve does. Where CBC solves, they go to python-mip's own handle of it, all that is there before the first run
at once; HiGHS is told the usual way.
"""

from typing import NamedTuple

import mip
import numpy as np
from mip import cbc

from geofront.model.formulation import new_model, optimise
from geofront.solver.threads import others_turn

cbc.ffi.cdef("""
    void Cbc_loadProblem(void *model, int columns, int rows, const int *start, const int *index, const double *value,
                         const double *lower, const double *upper, const double *objective,
                         const double *row_lower, const double *row_upper);
""", override=True)

_CONTINUOUS = b"\x00"
_NO_LIMIT = 2**31 - 1


class _Entries(NamedTuple):
    """Of the matrix: the row, the column and the coefficient of each."""

    row: np.ndarray = np.zeros(0, int)
    column: np.ndarray = np.zeros(0, int)
    value: np.ndarray = np.zeros(0)


class Program:
    """A minimisation over columns that are not below zero.

    Parameters
    ----------
    solver : {"CBC", "HiGHS"}

    Notes
    -----
    Columns and rows are known by their positions, in the order in which they were added.
    """

    def __init__(self, solver: str):
        self.model = new_model(solver)
        self.handle = self.model.solver._model if solver == mip.CBC else None
        if self.handle is not None:
            # Nobody asks for columns and rows by name, and to keep their names takes as long as to add them.
            cbc.cbclib.Cbc_storeNameIndexes(self.handle, b"\x00")
            # Left to itself it takes about as long to choose a method for the first run as to run it.
            cbc.cbclib.Cbc_setLPmethod(self.handle, cbc.cbclib.LPM_Dual)
        self.size, self.most_pivots = {"columns": 0, "rows": 0}, _NO_LIMIT
        self.objective, self.upper, self.right = np.zeros((3, 0))
        self.senses = np.zeros(0, str)
        self.unsaid = None if self.handle is None else [_Entries()]

    def _positions(self, kind: str, shape: tuple[int, ...]) -> np.ndarray:
        first = self.size[kind]
        self.size[kind] += int(np.prod(shape))
        return np.arange(first, self.size[kind]).reshape(shape)

    def add_columns(self, objective: np.ndarray, upper=np.inf, rows=(), coefficients=()) -> np.ndarray:
        """Add columns with their entries in rows that are there already.

        Parameters
        ----------
        objective : numpy.ndarray
            Of any shape.
        upper : numpy.ndarray or float
            Bounds.
        rows, coefficients : sequence of numpy.ndarray
            An entry per column each, as far as its row is not below zero.

        Returns
        -------
        numpy.ndarray
            Positions, in the shape of the objective.
        """
        positions, shape = self._positions("columns", objective.shape), (len(rows), objective.size)
        upper = np.broadcast_to(upper, objective.shape).ravel()
        self.objective, self.upper = np.append(self.objective, objective), np.append(self.upper, upper)
        place = np.array([np.broadcast_to(row, objective.shape).ravel() for row in rows], np.int32).reshape(shape).T
        value = np.array([np.broadcast_to(coefficient, objective.shape).ravel() for coefficient in coefficients],
                         float).reshape(shape).T
        present = place >= 0
        if self.unsaid is not None:
            column = positions.ravel()[present.nonzero()[0]]
            self.unsaid.append(_Entries(place[present], column, value[present]))
            return positions
        columns = zip(objective.ravel().tolist(), upper.tolist(), present.sum(axis=1).tolist(), strict=True)
        place, value = np.ascontiguousarray(place[present]), np.ascontiguousarray(value[present])
        add = self._add_columns_to_highs if self.handle is None else self._add_columns_to_cbc
        add(columns, place, value)
        return positions

    def _add_columns_to_cbc(self, columns, place: np.ndarray, value: np.ndarray) -> None:
        place, value = cbc.ffi.from_buffer("int[]", place), cbc.ffi.from_buffer("double[]", value)
        first, add, handle = 0, cbc.cbclib.Cbc_addCol, self.handle
        for cost, bound, count in columns:
            add(handle, b"", 0.0, bound, cost, _CONTINUOUS, count, place + first, value + first)
            first += count

    def _add_columns_to_highs(self, columns, place: np.ndarray, value: np.ndarray) -> None:
        first = 0
        for cost, bound, count in columns:
            last = first + count
            entries = mip.Column([self.model.constrs[row] for row in place[first:last]], value[first:last].tolist())
            self.model.add_var(obj=cost, ub=bound, column=entries)
            first = last

    def add_rows(self, column: np.ndarray, coefficient: float, sense: str, right: np.ndarray,
                 further=((), (), ())) -> np.ndarray:
        """Add rows with an entry each, or several; columns that are added later may bring further ones.

        Parameters
        ----------
        column : numpy.ndarray
            Positions, below zero where a row has no such entry.
        coefficient : float
        sense : {"<", "=", ">"}
        right : numpy.ndarray
        further : tuple of numpy.ndarray
            More entries: the row as a place in the flat order of ``column``, the column and the coefficient of each.

        Returns
        -------
        numpy.ndarray
            Positions, in the shape of the columns.
        """
        positions, right = self._positions("rows", column.shape), np.broadcast_to(right, column.shape).ravel()
        self.right = np.append(self.right, right)
        self.senses = np.append(self.senses, np.full(right.shape, sense))
        # CBC does not take rows without any entry, unless it is told all at once.
        there, column = column.ravel() >= 0, np.maximum(column.ravel(), 0)
        row = np.concatenate([np.arange(len(column)), further[0]]).astype(int)
        order = np.argsort(row, kind="stable")
        place = np.concatenate([column, further[1]]).astype(np.int32)[order]
        value = np.concatenate([np.where(there, coefficient, 0.0), further[2]]).astype(float)[order]
        if self.unsaid is not None:
            self.unsaid.append(_Entries(positions.ravel()[row[order]], place, value))
            return positions
        rows = zip(np.bincount(row, minlength=len(column)).tolist(), right.tolist(), strict=True)
        add = self._add_rows_to_highs if self.handle is None else self._add_rows_to_cbc
        add(rows, sense, place, value)
        return positions

    def _add_rows_to_cbc(self, rows, sense: str, place: np.ndarray, value: np.ndarray) -> None:
        place, value = cbc.ffi.from_buffer("int[]", place), cbc.ffi.from_buffer("double[]", value)
        first, way, add, handle = 0, sense.encode(), cbc.cbclib.Cbc_addRow, self.handle
        for count, bound in rows:
            add(handle, b"", count, place + first, value + first, way, bound)
            first += count

    def _add_rows_to_highs(self, rows, sense: str, place: np.ndarray, value: np.ndarray) -> None:
        first = 0
        for count, bound in rows:
            entries = [(self.model.vars[each], by) for each, by in zip(
                place[first:first + count].tolist(), value[first:first + count].tolist(), strict=True) if by]
            self.model.add_constr(mip.LinExpr([variable for variable, _ in entries], [by for _, by in entries],
                                              -bound, sense))
            first += count

    def set_objective(self, columns: np.ndarray, costs: np.ndarray) -> None:
        """Change the objective of some columns."""
        self._set(self.objective, cbc.cbclib.Cbc_setObjCoeff, self.model.vars, "obj", columns, costs)

    def set_upper(self, columns: np.ndarray, bounds: np.ndarray) -> None:
        """Change the bounds of some columns."""
        self._set(self.upper, cbc.cbclib.Cbc_setColUpper, self.model.vars, "ub", columns, bounds)

    def set_right(self, rows: np.ndarray, right: np.ndarray) -> None:
        """Change the right-hand sides of some rows."""
        self._set(self.right, cbc.cbclib.Cbc_setRowRHS, self.model.constrs, "rhs", rows, right)

    def _set(self, told: np.ndarray, tell_cbc, objects, attribute: str, positions, figures) -> None:
        """Tell the solver what is not as it was told before: to find that out takes less time than telling all."""
        changed = told[positions] != figures
        positions, figures = positions[changed], figures[changed]
        told[positions] = figures
        if self.unsaid is not None:
            return  # they are told with all the rest
        for position, figure in zip(positions.tolist(), figures.tolist(), strict=True):
            if self.handle is None:
                setattr(objects[position], attribute, figure)
            else:
                tell_cbc(self.handle, position, figure)

    def _load(self) -> None:
        """Tell CBC all that is there: one column or row after the other would take ten times as long."""
        row, column, value = (np.concatenate(each) for each in zip(*self.unsaid, strict=True))
        self.unsaid = None
        order = np.argsort(column, kind="stable")
        order = order[value[order] != 0]
        start = np.searchsorted(column[order], np.arange(self.size["columns"] + 1))
        least = np.where(self.senses == "<", -np.inf, self.right)
        most = np.where(self.senses == ">", np.inf, self.right)
        integers = start, row[order]
        doubles = value[order], np.zeros(self.size["columns"]), self.upper, self.objective, least, most
        cbc.cbclib.Cbc_loadProblem(
            self.handle, self.size["columns"], self.size["rows"],
            *(cbc.ffi.from_buffer("int[]", each.astype(np.int32)) for each in integers),
            *(cbc.ffi.from_buffer("double[]", each) for each in doubles))

    def optimise(self, most_pivots: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """All columns' values and all rows' shadow prices at the optimum, warm from the last one.

        Parameters
        ----------
        most_pivots : int, optional
            Limit of the solver's pivots.

        Raises
        ------
        Infeasible, TooManyPivots, GeofrontError
            As :func:`geofront.model.formulation.optimise`.
        """
        limit = _NO_LIMIT if most_pivots is None else most_pivots
        if limit != self.most_pivots:
            self.model.solver.set_max_iter(limit)
            self.most_pivots = limit
        if self.unsaid is not None:
            self._load()
        with others_turn():
            optimise(self.model)
        if self.handle is None:
            return (np.array([variable.x for variable in self.model.vars]),
                    np.array([row.pi for row in self.model.constrs]))
        return (_copied(cbc.cbclib.Cbc_getColSolution(self.handle), self.size["columns"]),
                _copied(cbc.cbclib.Cbc_getRowPrice(self.handle), self.size["rows"]))


def _copied(doubles, count: int) -> np.ndarray:
    return np.frombuffer(cbc.ffi.buffer(doubles, 8 * count)).copy()

"""scipy's linprog with HiGHS: a sparse program per block."""

import numpy as np
import xarray as xr
from scipy import sparse
from scipy.optimize import linprog

from benchmarks.program import ClientArcs, OriginArcs, SparseProgram, labelled, program
from geofront.model.problem import build_problem


def place(scenario: xr.Dataset, frictions, gathered: bool = False) -> xr.DataArray:
    """Solve one program per block, which is faster than one program even if hours are independent."""
    problem = build_problem(scenario, frictions=frictions)
    arcs = OriginArcs(problem) if gathered else ClientArcs(problem)
    columns, matrix = [], None
    for hours in problem.blocks():
        block = program(problem.at(hours), arcs, matrix)
        matrix = block.matrix
        columns.append(solve(block).reshape(len(hours), -1)[:, : len(arcs.region)])
    return labelled(problem, arcs.flow(problem, np.concatenate(columns)))


def solve(program: SparseProgram) -> np.ndarray:
    """The optimal columns."""
    equal = program.row_lower == program.row_upper
    below, above = ~equal & np.isfinite(program.row_upper), ~equal & np.isfinite(program.row_lower)
    result = linprog(
        program.cost,
        A_ub=sparse.vstack([program.matrix[below], -program.matrix[above]]),
        b_ub=np.concatenate([program.row_upper[below], -program.row_lower[above]]),
        A_eq=program.matrix[equal],
        b_eq=program.row_upper[equal],
        bounds=np.column_stack([program.lower, np.full(len(program.lower), np.inf)]),
        method="highs",
    )
    if not result.success:
        raise RuntimeError(f"linprog: {result.message}")
    return result.x

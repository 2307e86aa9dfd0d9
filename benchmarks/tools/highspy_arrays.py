"""highspy with numpy arrays and origins: persistent models whose costs and bounds are updated as vectors."""

import highspy
import numpy as np
import xarray as xr

from benchmarks.program import OriginArcs, SparseProgram, labelled, program
from benchmarks.tools import cost_grid
from geofront.model.feasibility import with_network_budget
from geofront.model.origins import Block
from geofront.model.problem import build_problem

HOURS = {"presolve": "off", "simplex_strategy": 4}
"""Primal simplex: 60 real days hour by hour in 1.1 s, against 1.3 to 1.6 s with the dual and 1.8 s with defaults."""

BLOCKS = {"presolve": "off", "simplex_strategy": 1, "dual_simplex_cost_perturbation_multiplier": 0.0}
"""Dual simplex without cost perturbation: 30 real days with warm-up in 4.4 s, against 4.7 s with it, 4.9 s with
defaults, 6.2 s with Devex and 9.7 s with the primal."""


def place(scenario: xr.Dataset, frictions) -> xr.DataArray:
    """Solve hour by hour, or block by block with warm-up, in one persistent model per length of a block."""
    problem = build_problem(scenario, frictions=frictions)
    arcs = OriginArcs(problem)
    parts = problem.blocks() if problem.coupled else np.arange(len(problem.weight))[:, None]
    models, columns = {}, []
    for hours in parts:
        model, matrix = models.get(len(hours), (None, None))
        part = program(problem.at(hours), arcs, matrix)
        if model is None:
            model = load(part, BLOCKS if problem.coupled else HOURS)
            models[len(hours)] = model, part.matrix
        else:
            update(model, part)
        columns.append(optimum(model).reshape(len(hours), -1)[:, : len(arcs.region)])
    return labelled(problem, arcs.flow(problem, np.concatenate(columns)))


def sweep(scenario: xr.Dataset, network_budgets, carbon_prices, frictions) -> xr.DataArray:
    """Solve hour by hour at all carbon prices, in one persistent model per budget. Hours are independent."""
    chosen = {"frictions": frictions}
    priced = [build_problem(scenario, carbon_price=price, **chosen) for price in carbon_prices]
    total = np.zeros((len(network_budgets), len(carbon_prices)))
    for i, budget in enumerate(network_budgets):
        problem = build_problem(with_network_budget(scenario, budget), **chosen)
        arcs = OriginArcs(problem)
        cost = np.stack([arcs.cost(each) for each in priced])
        lower, upper = arcs.row_bounds(problem)
        rows, columns = np.arange(lower.shape[1]), np.arange(len(arcs.region))
        model = load(program(problem.at([0]), arcs), HOURS)
        pinned_load = Block(problem, arcs.origins).pinned_load
        total[i] = [(pinned_load * each.price).sum(axis=0) @ problem.weight for each in priced]
        for hour in range(len(problem.weight)):
            model.changeRowsBounds(len(rows), rows, lower[hour], upper[hour])
            for j in range(len(carbon_prices)):
                model.changeColsCost(len(columns), columns, cost[j, hour])
                total[i, j] += cost[j, hour] @ optimum(model)
    return cost_grid(network_budgets, carbon_prices, total)


def load(program: SparseProgram, options: dict) -> highspy.Highs:
    """Load a program into HiGHS, without printing."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = program.matrix.shape
    lp.col_cost_, lp.col_lower_ = program.cost, program.lower
    lp.col_upper_ = np.full(lp.num_col_, highspy.kHighsInf)
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = program.matrix.indptr, program.matrix.indices
    lp.a_matrix_.value_ = program.matrix.data
    model = highspy.Highs()
    for option, value in ({"output_flag": False} | options).items():
        model.setOptionValue(option, value)
    model.passModel(lp)
    return model


def update(model: highspy.Highs, program: SparseProgram) -> None:
    """Update costs and bounds; the matrix and the last basis are kept."""
    rows, columns = map(np.arange, program.matrix.shape)
    model.changeColsCost(len(columns), columns, program.cost)
    model.changeColsBounds(len(columns), columns, program.lower, np.full(len(columns), highspy.kHighsInf))
    model.changeRowsBounds(len(rows), rows, program.row_lower, program.row_upper)


def optimum(model: highspy.Highs) -> np.ndarray:
    """Optimal columns; a warm start that ends with an unknown status is followed by a cold start."""
    model.run()
    if model.getModelStatus() == highspy.HighsModelStatus.kUnknown:
        model.clearSolver()
        model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ended with {model.modelStatusToString(model.getModelStatus())}")
    return np.array(model.getSolution().col_value)

"""highspy with numpy arrays: one persistent model whose costs and bounds change, started from its last basis."""

import highspy
import numpy as np
import xarray as xr

from benchmarks.program import ClientArcs, OriginArcs, Program, labelled, program
from benchmarks.tools import cost_grid, with_network_budget
from geofront.model.problem import build_problem

DUAL, PRIMAL = 1, 4
"""Values of HiGHS's option ``simplex_strategy``."""


def place(scenario: xr.Dataset, frictions, gathered: bool = False, **options) -> xr.DataArray:
    """Hour after hour, or with warm-up block after block, in one persistent model for each length of a block."""
    problem = build_problem(scenario, frictions=frictions)
    arcs = OriginArcs(problem) if gathered else ClientArcs(problem)
    parts = problem.blocks() if problem.coupled else np.arange(len(problem.weight))[:, None]
    models, columns = {}, []
    for hours in parts:
        model, matrix = models.get(len(hours), (None, None))
        part = program(problem.at(hours), arcs, matrix)
        if model is None:
            model = load(part, **options)
            models[len(hours)] = model, part.matrix
        else:
            update(model, part)
        columns.append(optimum(model).reshape(len(hours), -1)[:, :len(arcs.region)])
    return labelled(problem, arcs.flow(problem, np.concatenate(columns)))


def sweep(scenario: xr.Dataset, network_budgets, carbon_prices, frictions) -> xr.DataArray:
    """A persistent model per hour for all points; arcs beyond the budget are closed by an upper bound of zero."""
    widest = build_problem(with_network_budget(scenario, network_budgets[-1]), frictions=frictions)
    arcs = ClientArcs(widest)
    opened = [build_problem(with_network_budget(scenario, budget)).allowed for budget in network_budgets]
    upper = [np.where(allowed[arcs.client, arcs.workload, arcs.region], highspy.kHighsInf, 0.0) for allowed in opened]
    chosen = {"frictions": frictions}
    priced = [build_problem(scenario, carbon_price=price, **chosen) for price in carbon_prices]
    money = [build_problem(scenario, carbon_price=price, **chosen, tie_break=False) for price in carbon_prices]
    cost, true_cost = (np.stack([arcs.cost(problem) for problem in problems]) for problems in (priced, money))
    total = np.zeros((len(network_budgets), len(carbon_prices)))
    every = np.arange(len(arcs.client))
    for hour in range(len(widest.weight)):
        part = widest.at([hour])
        lower = arcs.lower(part).ravel()
        model = load(program(part, arcs))
        for i, most in enumerate(upper):
            model.changeColsBounds(len(every), every, lower, most)
            for j in range(len(carbon_prices)):
                model.changeColsCost(len(every), every, cost[j, hour])
                total[i, j] += true_cost[j, hour] @ optimum(model)
    return cost_grid(network_budgets, carbon_prices, total)


def load(program: Program, **options) -> highspy.Highs:
    """A program in HiGHS, which prints nothing."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = program.matrix.shape
    lp.col_cost_, lp.col_lower_ = program.cost, program.lower
    lp.col_upper_ = np.full(lp.num_col_, highspy.kHighsInf)
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = program.matrix.indptr, program.matrix.indices
    lp.a_matrix_.value_ = program.matrix.data
    model = highspy.Highs()
    for option, value in {"output_flag": False, **options}.items():
        model.setOptionValue(option, value)
    model.passModel(lp)
    return model


def update(model: highspy.Highs, program: Program) -> None:
    """Other costs and bounds; the matrix and the last basis stay."""
    rows, columns = map(np.arange, program.matrix.shape)
    model.changeColsCost(len(columns), columns, program.cost)
    model.changeColsBounds(len(columns), columns, program.lower, np.full(len(columns), highspy.kHighsInf))
    model.changeRowsBounds(len(rows), rows, program.row_lower, program.row_upper)


def optimum(model: highspy.Highs) -> np.ndarray:
    """The optimal columns; solved again with a cold start where a warm start ends with an unknown status."""
    model.run()
    if model.getModelStatus() == highspy.HighsModelStatus.kUnknown:
        model.clearSolver()
        model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ended with {model.modelStatusToString(model.getModelStatus())}")
    return np.array(model.getSolution().col_value)

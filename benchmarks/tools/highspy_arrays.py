"""highspy with numpy arrays: one HiGHS model that is given other figures and starts from its last optimum."""

import highspy
import numpy as np
import xarray as xr

from benchmarks.program import Arcs, Program, labelled, program
from benchmarks.tools import cost_grid
from geofront.model.feasibility import with_network_budget
from geofront.model.problem import build_problem


def place(scenario: xr.Dataset, frictions) -> xr.DataArray:
    """Hour after hour, or with warm-up block after block."""
    problem = build_problem(scenario, frictions=frictions)
    arcs = Arcs(problem)
    parts = problem.blocks() if problem.coupled else np.arange(len(problem.weight))[:, None]
    first = program(problem.at(parts[0]), arcs)
    model, flows = load(first), []
    for hours in parts:
        update(model, program(problem.at(hours), arcs, first.matrix))
        columns = optimum(model).reshape(len(hours), -1)
        flows.append(arcs.flow(columns[:, :len(arcs.client)]))
    return labelled(problem, np.concatenate(flows, axis=-1))


def sweep(scenario: xr.Dataset, network_budgets, carbon_prices, frictions) -> xr.DataArray:
    """Every hour a model, led through all points; arcs beyond the budget are closed by a bound of zero."""
    widest = build_problem(with_network_budget(scenario, network_budgets[-1]), frictions=frictions)
    arcs = Arcs(widest)
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
        lower = arcs.pinned(part).ravel()
        model = load(program(part, arcs))
        for i, most in enumerate(upper):
            model.changeColsBounds(len(every), every, lower, most)
            for j in range(len(carbon_prices)):
                model.changeColsCost(len(every), every, cost[j, hour])
                total[i, j] += true_cost[j, hour] @ optimum(model)
    return cost_grid(network_budgets, carbon_prices, total)


def load(program: Program) -> highspy.Highs:
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
    model.setOptionValue("output_flag", False)
    model.passModel(lp)
    return model


def update(model: highspy.Highs, figures: Program) -> None:
    """Other costs and bounds; the matrix and the last basis stay."""
    rows, columns = map(np.arange, figures.matrix.shape)
    model.changeColsCost(len(columns), columns, figures.cost)
    model.changeColsBounds(len(columns), columns, figures.lower, np.full(len(columns), highspy.kHighsInf))
    model.changeRowsBounds(len(rows), rows, figures.row_lower, figures.row_upper)


def optimum(model: highspy.Highs) -> np.ndarray:
    """The optimal columns; from scratch where a warm start ends with status unknown, as it now and then does."""
    model.run()
    if model.getModelStatus() == highspy.HighsModelStatus.kUnknown:
        model.clearSolver()
        model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ended with {model.modelStatusToString(model.getModelStatus())}")
    return np.array(model.getSolution().col_value)

"""linopy with HiGHS: programs of labelled arrays, passed on in memory."""

import warnings

import linopy
import numpy as np
import xarray as xr

from benchmarks.tools import cost_grid, point
from geofront.model.certificate import objective_of
from geofront.model.problem import Problem, build_problem
from geofront.names import CLIENT, FRICTIONS, HOUR, REGION, WORKLOAD

FLOW = (CLIENT, REGION, WORKLOAD, HOUR)

# Absent variables count as nothing in sums, which is what the programs below want.
warnings.filterwarnings("ignore", category=getattr(linopy, "LinopySemanticsWarning", FutureWarning))


def place(scenario: xr.Dataset, frictions) -> xr.DataArray:
    """One program."""
    return solve(build_problem(scenario, frictions=frictions))


def place_by_block(scenario: xr.Dataset, frictions) -> xr.DataArray:
    """A program per block."""
    problem = build_problem(scenario, frictions=frictions)
    return xr.concat([solve(problem.at(hours)) for hours in problem.blocks()], HOUR)


def sweep(scenario: xr.Dataset, network_budgets, carbon_prices, frictions) -> xr.DataArray:
    """Every point from scratch."""
    costs = []
    for budget in network_budgets:
        for price in carbon_prices:
            problem, money = point(scenario, budget, price, frictions)
            costs.append(objective_of(money, solve(problem).values))
    return cost_grid(network_budgets, carbon_prices, costs)


def frontier(scenario: xr.Dataset, budgets) -> xr.DataArray:
    """Every budget from scratch, with all frictions."""
    return sweep(scenario, budgets, [0.0], FRICTIONS).isel(carbon_price=0).rename(network_budget="budget")


def solve(problem: Problem) -> xr.DataArray:
    """The optimal flow [MW], dims (client, region, workload, hour)."""
    figures = labelled_figures(problem)
    model = linopy.Model()
    flow = model.add_variables(lower=figures.pinned, mask=figures.allowed, name="flow")
    model.add_constraints(flow.sum(REGION) == figures.demand, name="demand")
    limited = figures.unlawful.any(REGION)
    model.add_constraints(flow.where(figures.unlawful).sum(REGION) <= figures.free, mask=limited, name="regulated")
    model.add_constraints((figures.execution * flow).sum([CLIENT, WORKLOAD]) <= figures.capacity, name="capacity")
    objective = (figures.cost * flow).sum()
    if problem.coupled:
        start = model.add_variables(lower=0, coords=figures.warmup.coords, name="start")
        relocated = flow.where(figures.away).sum(CLIENT)
        before = relocated.isel({HOUR: hour_before(problem)}).assign_coords({HOUR: figures[HOUR]})
        model.add_constraints(start - relocated + before >= 0, name="warmup")
        objective += (figures.warmup * start).sum()
    model.add_objective(objective)
    status, condition = model.solve("highs", io_api="direct", output_flag=False)
    if condition != "optimal":
        raise RuntimeError(f"linopy: {status}, {condition}")
    return flow.solution.fillna(0.0).transpose(*FLOW).rename("flow")


def hour_before(problem: Problem) -> np.ndarray:
    """Position of the hour before within the same block, the last being before the first."""
    before = np.empty(len(problem.weight), int)
    for hours in problem.blocks():
        before[hours] = np.roll(hours, 1)
    return before


def labelled_figures(problem: Problem) -> xr.Dataset:
    away, home = problem.away(), problem.home
    unit_cost = np.stack([problem.unit_cost(client) for client in range(len(home))])
    movable = (1 - problem.pinned) * (1 - problem.regulated)
    pinned = (problem.pinned[:, None] * problem.demand)[:, None] * ~away[..., None, None]
    return xr.Dataset({
        "cost": (FLOW, unit_cost * problem.weight),
        "pinned": (FLOW, pinned),
        "allowed": ((CLIENT, WORKLOAD, REGION), problem.allowed),
        "away": ((CLIENT, REGION), away),
        "unlawful": ((CLIENT, REGION), away & ~problem.lawful),
        "execution": ((CLIENT, REGION, WORKLOAD), problem.execution[home]),
        "demand": ((CLIENT, WORKLOAD, HOUR), problem.demand),
        "free": ((CLIENT, WORKLOAD, HOUR), movable[..., None] * problem.demand),
        "capacity": ((REGION, HOUR), problem.capacity),
        "warmup": ((REGION, WORKLOAD, HOUR), problem.warmup * problem.weight),
    }, coords={dim: problem.labels[dim] for dim in FLOW})

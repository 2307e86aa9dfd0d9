"""linopy with HiGHS: programs of labelled arrays, passed to the solver in memory."""

import warnings

import linopy
import numpy as np
import xarray as xr

from benchmarks.tools import cost_grid, point
from geofront.model.certificate import objective_of
from geofront.model.problem import Problem, build_problem
from geofront.names import CLIENT, FRICTIONS, HOUR, REGION, WORKLOAD

FLOW = (CLIENT, REGION, WORKLOAD, HOUR)

OPTIONS = {"output_flag": False}
WARM = OPTIONS | {"presolve": "off", "dual_simplex_cost_perturbation_multiplier": 0.0}
"""Dual simplex without cost perturbation: a week with warm-up in 2.2 s of CPU time, against 2.6 s with defaults and
6.4 s with the primal."""

# The programs below rely on sums that skip absent variables.
warnings.filterwarnings("ignore", category=getattr(linopy, "LinopySemanticsWarning", FutureWarning))


def place(scenario: xr.Dataset, frictions) -> xr.DataArray:
    """One program."""
    return solve(build_problem(scenario, frictions=frictions))


def place_by_block(scenario: xr.Dataset, frictions) -> xr.DataArray:
    """Solve one program per block."""
    problem = build_problem(scenario, frictions=frictions)
    return xr.concat([solve(problem.at(hours)) for hours in problem.blocks()], HOUR)


def place_persistent(scenario: xr.Dataset, frictions) -> xr.DataArray:
    """Solve block by block in one persistent program per length of a block, updated in place."""
    problem = build_problem(scenario, frictions=frictions)
    programs, flows = {}, []
    for hours in problem.blocks():
        block = problem.at(hours)
        if len(hours) in programs:
            programs[len(hours)].update(labelled_arrays(block))
        else:
            programs[len(hours)] = Persistent(block)
        flows.append(programs[len(hours)].optimum().assign_coords({HOUR: block.labels[HOUR]}))
    return xr.concat(flows, HOUR)


def sweep(scenario: xr.Dataset, network_budgets, carbon_prices, frictions) -> xr.DataArray:
    """Solve a new program for every point."""
    costs = []
    for budget in network_budgets:
        for price in carbon_prices:
            problem = point(scenario, budget, price, frictions)
            costs.append(objective_of(problem, solve(problem).values))
    return cost_grid(network_budgets, carbon_prices, costs)


def sweep_persistent(scenario: xr.Dataset, network_budgets, carbon_prices, frictions) -> xr.DataArray:
    """Solve one persistent program of a day, in which arcs over the budget have an upper bound of zero."""
    widest = point(scenario, network_budgets[-1], 0.0, frictions)
    blocks = widest.blocks()
    program = Persistent(widest.at(blocks[0]))
    costs = np.zeros((len(network_budgets), len(carbon_prices)))
    for i, budget in enumerate(network_budgets):
        points = [point(scenario, budget, price, frictions) for price in carbon_prices]
        for hours in blocks:
            for j, problem in enumerate(points):
                program.update(labelled_arrays(problem.at(hours)), only_costs=j > 0)
                costs[i, j] += objective_of(problem.at(hours), program.optimum().values)
    return cost_grid(network_budgets, carbon_prices, costs)


def frontier(scenario: xr.Dataset, budgets) -> xr.DataArray:
    """Solve a new program for every budget, with all frictions."""
    return sweep(scenario, budgets, [0.0], FRICTIONS).isel(carbon_price=0).rename(network_budget="budget")


def frontier_persistent(scenario: xr.Dataset, budgets) -> xr.DataArray:
    """Solve one persistent program of a day for all budgets, with all frictions."""
    return sweep_persistent(scenario, budgets, [0.0], FRICTIONS).isel(carbon_price=0).rename(network_budget="budget")


def solve(problem: Problem) -> xr.DataArray:
    """The optimal flow [MW], dims (client, region, workload, hour)."""
    model = build(problem)
    status, condition = model.solve("highs", io_api="direct", **OPTIONS)
    return _optimal_flow(model, status, condition)


class Persistent:
    """linopy's persistent model: the solver keeps its model and basis, and gets only changed values.

    Blocks of equal length share one program, so their hours are numbered.
    """

    def __init__(self, block: Problem):
        self.model = build(block, hours=np.arange(len(block.weight)))
        self.solver = linopy.solvers.Solver.from_name(
            "highs", model=self.model, io_api="direct", track_updates=True, options=WARM
        )

    def update(self, arrays: xr.Dataset, only_costs: bool = False) -> None:
        """Update the objective, bounds and right-hand sides in place; the next solve sends the differences."""
        arrays = arrays.assign_coords({HOUR: np.arange(arrays.sizes[HOUR])})
        _set_objective(self.model, arrays)
        if only_costs:
            return
        variables, constraints = self.model.variables, self.model.constraints
        upper = xr.where(arrays.allowed, np.inf, 0.0).broadcast_like(variables["flow"].lower)
        variables["flow"].update(lower=arrays.pinned, upper=upper.transpose(*FLOW))
        for name, right in (("demand", arrays.demand), ("regulated", arrays.free), ("capacity", arrays.capacity)):
            constraints[name].update(rhs=right)

    def optimum(self) -> xr.DataArray:
        """Optimal flow [MW], with a warm start from the last basis."""
        result = self.solver.solve(self.model, assign=True, disallow_rebuild=True)
        return _optimal_flow(self.model, result.status.status.value, result.status.termination_condition.value)


def build(problem: Problem, hours: np.ndarray | None = None) -> linopy.Model:
    """Make the program, with the problem's hours or other ones as labels."""
    arrays = labelled_arrays(problem)
    if hours is not None:
        arrays = arrays.assign_coords({HOUR: hours})
    model = linopy.Model()
    flow = model.add_variables(lower=arrays.pinned, mask=arrays.allowed, name="flow")
    model.add_constraints(flow.sum(REGION) == arrays.demand, name="demand")
    limited = arrays.unlawful.any(REGION)
    model.add_constraints(flow.where(arrays.unlawful).sum(REGION) <= arrays.free, mask=limited, name="regulated")
    model.add_constraints((arrays.execution * flow).sum([CLIENT, WORKLOAD]) <= arrays.capacity, name="capacity")
    if problem.coupled:
        start = model.add_variables(lower=0, coords=arrays.warmup.coords, name="start")
        relocated = flow.where(arrays.away).sum(CLIENT)
        before = relocated.isel({HOUR: problem.hour_before}).assign_coords({HOUR: arrays[HOUR]})
        model.add_constraints(start - relocated + before >= 0, name="warmup")
    _set_objective(model, arrays)
    return model


def _set_objective(model: linopy.Model, arrays: xr.Dataset) -> None:
    objective = (arrays.cost * model.variables["flow"]).sum()
    if "start" in model.variables:
        objective += (arrays.warmup * model.variables["start"]).sum()
    model.add_objective(objective, overwrite=True)


def _optimal_flow(model: linopy.Model, status: str, condition: str) -> xr.DataArray:
    if condition != "optimal":
        raise RuntimeError(f"linopy: {status}, {condition}")
    return model.variables["flow"].solution.fillna(0.0).transpose(*FLOW).rename("flow")


def labelled_arrays(problem: Problem) -> xr.Dataset:
    """Bounds, right-hand sides and costs of a problem, with its labels."""
    away, home = problem.away(), problem.home
    unit_cost = np.stack([problem.unit_cost(client) for client in range(len(home))])
    movable = (1 - problem.pinned) * (1 - problem.regulated)
    pinned = (problem.pinned[:, None] * problem.demand)[:, None] * ~away[..., None, None]
    return xr.Dataset(
        {
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
        },
        coords={dim: problem.labels[dim] for dim in FLOW},
    )

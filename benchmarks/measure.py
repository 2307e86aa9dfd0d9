"""Makes one measurement in its own process: solves, then reports time, memory and objectives.

:mod:`benchmarks.run` starts it. The result goes to a file, because solvers print.
"""

import argparse
import importlib
import json
import resource
import sys
import time
from pathlib import Path

import xarray as xr

from benchmarks.cases import Case, Entry, all_cases
from geofront.errors import GeofrontError
from geofront.model.certificate import objective_of, primal_violations
from geofront.model.problem import build_problem
from geofront.names import CLIENT, HOUR, REGION, TOLERANCE, WORKLOAD

MEGABYTE = 2**20


def measure(case: Case, entry: Entry) -> dict:
    """Measure time, memory and results of one run.

    Returns
    -------
    dict
        ``seconds`` from a scenario in memory to labelled results, ``megabytes`` of peak memory of the whole
        process, ``points`` solved, and ``values``: objectives or costs [USD/yr] by point.
    """
    module, function = entry.function.split(":")
    solve = getattr(importlib.import_module(f"benchmarks.tools.{module}"), function)
    scenario = case.scenario()
    began = time.perf_counter()
    answer = solve(scenario, **entry.arguments)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    values = objective(scenario, answer, entry) if answer.name == "flow" else costs(answer, case)
    return {
        "seconds": seconds,
        "megabytes": peak / MEGABYTE,
        "points": answer.size if answer.name == "cost" else 1,
        "values": values,
    }


def objective(scenario: xr.Dataset, flow: xr.DataArray, entry: Entry) -> dict[str, float]:
    """Compute the objective from a flow alone.

    Raises
    ------
    GeofrontError
        If the flow violates a constraint.
    """
    problem = build_problem(scenario, frictions=entry.arguments["frictions"])
    labels = {dim: scenario[dim].values for dim in (CLIENT, REGION, WORKLOAD, HOUR)}
    megawatts = flow.sel(labels).transpose(*labels).values
    violations = primal_violations(problem, megawatts)
    worst = max(violations, key=violations.get)
    if violations[worst] > TOLERANCE:
        raise GeofrontError(f"{entry.tool}: {worst} is violated by {violations[worst]:.3g} (relative)")
    return {"objective": objective_of(problem, megawatts)}


def costs(grid: xr.DataArray, case: Case) -> dict[str, float]:
    """Costs by point; for a frontier, at the budgets that the peers have evaluated."""
    if "budget" in grid.dims:
        sample = next(entry.arguments["budgets"] for entry in case.entries if "budgets" in entry.arguments)
        grid = grid.sel(budget=sample, method="ffill").assign_coords(budget=sample)
    return {str(point): float(cost) for point, cost in grid.to_series().items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("tool")
    parser.add_argument("answer", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--hours", default="")
    given = parser.parse_args()
    case = all_cases(given.quick, given.hours)[given.case]
    entry = next(entry for entry in case.entries if entry.tool == given.tool)
    given.answer.write_text(json.dumps(measure(case, entry)))


if __name__ == "__main__":
    main()

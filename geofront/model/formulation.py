"""Plain formulation of the placement problem in python-mip, one linear program per block.

This is the reference: it states every variable and constraint once, by name. The engine solves the same problem
faster, and tests compare the two. See "Placement" in docs/model.md.
"""

import contextlib
import os
import sys
import threading
from dataclasses import replace
from importlib import import_module

import mip
import numpy as np

from geofront.errors import GeofrontError, Infeasible, SolverError
from geofront.model.highs import load_highs
from geofront.model.problem import Problem, Solution
from geofront.model.scaling import hour_scale, power_of_two, unit_of_weight, with_scaled_costs
from geofront.names import CLIENT, HOUR, REGION, SOLVERS, WORKLOAD


def check_solver(solver: str) -> None:
    """Refuse any solver but CBC and HiGHS, even if no hour needs a solver.

    Raises
    ------
    GeofrontError
        If the solver is unknown.
    """
    if solver not in SOLVERS:
        raise GeofrontError(f"solver={solver!r} is unknown: use one of {', '.join(SOLVERS)}")


def new_model(solver: str, name: str = "placement") -> mip.Model:
    """Make an empty, silent minimisation model.

    Raises
    ------
    GeofrontError
        If ``solver`` is neither CBC nor HiGHS.
    """
    check_solver(solver)
    if solver == mip.HIGHS:
        load_highs()
    model = mip.Model(name, solver_name=solver)
    model.verbose = 0
    if solver == mip.CBC:
        # python-mip passes its tolerances to CBC for integer programs only.
        cbc = import_module("mip.cbc").cbclib
        cbc.Cbc_setPrimalTolerance(model.solver._model, TOLERANCE)
        cbc.Cbc_setDualTolerance(model.solver._model, TOLERANCE)
    return model


@contextlib.contextmanager
def silent():
    """Discard what CBC prints to C standard output regardless of its settings, so that notebooks stay clean.

    The process has one standard output, so output of other threads is lost meanwhile. Only CBC needs this.
    """
    with _silence:
        try:
            kept = os.dup(1)
        except OSError:  # standard output is closed, so nothing can be printed
            yield
            return
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)


_silence = threading.Lock()


def optimise(model: mip.Model) -> None:
    """Solve a linear program.

    Raises
    ------
    Infeasible
        If there is no feasible point.
    SolverError
        If the solver does not find an optimum.
    """
    with silent() if model.solver_name == mip.CBC else contextlib.nullcontext(), named_errors(model.solver_name):
        status = model.optimize(relax=True)
    if status == mip.OptimizationStatus.INFEASIBLE:
        raise Infeasible("the placement problem has no feasible point")
    if status != mip.OptimizationStatus.OPTIMAL:
        raise SolverError(f"{model.solver_name} ended with status {status.name}: {REMEDY}")


@contextlib.contextmanager
def named_errors(solver: str):
    """Raise errors of python-mip as `SolverError`."""
    try:
        yield
    except mip.InterfacingError as error:
        raise SolverError(f"{solver} refused the linear program: {REMEDY}") from error


REMEDY = f"try the other solver ({', '.join(SOLVERS)}), or look for extreme values in the scenario"

TOLERANCE = 1e-9
"""Largest violation of a bound and largest reduced cost of the wrong sign in CBC, in the units of the program."""

TIED = 1e-7
"""Reduced costs and duals up to this size count as zero [USD or kg]."""

SHORT = 1e-9
"""Smallest unserved share of a demand that counts [-]."""

DELAY_SCALE = 1e3
"""Factor of the second objective, so that its differences exceed the tolerance of CBC [-]."""


class BlockModel:
    """Linear program of one block: ``model``, and its variables and rows by position.

    Costs, weights and demand of unusual size are multiplied by powers of two, because the solvers' tolerances are
    absolute. Hours of very different weight are scaled by :func:`~geofront.model.scaling.hour_scale`.

    Parameters
    ----------
    problem : Problem
        Hours of one block.
    solver : {"CBC", "HiGHS"}
    shortage : bool
        Whether to minimise unserved demand instead of the objective, which is feasible with any capacities.
    """

    def __init__(self, problem: Problem, solver: str, *, shortage: bool = False):
        scaled, self.cost_scale = with_scaled_costs(problem)
        self.hours = hour_scale(problem.weight)
        self.demand_scale = power_of_two(problem.demand.max()) / self.hours
        self.problem = replace(
            scaled,
            demand=self.demand_scale * scaled.demand,
            weight=power_of_two(unit_of_weight(problem.weight)) * self.hours * scaled.weight,
            capacity=self.demand_scale * scaled.capacity,
        )
        self.model = new_model(solver)
        self.flow: dict[tuple, mip.Var] = {}
        self.start: dict[tuple, mip.Var] = {}
        self.short: dict[tuple, mip.Var] = {}
        self.capacity_row: dict[tuple, mip.Constr] = {}
        self.warmup_row: dict[tuple, mip.Constr] = {}
        with named_errors(solver):
            self._add_flows(shortage)
            self._add_demand_rows()
            self._add_capacity_rows()
            if problem.coupled and len(problem.weight) > 1:
                self._add_warmup_rows(shortage)

    def _name(self, kind: str, **position: int) -> str:
        labels = self.problem.labels
        parts = [f"{dim[0]}{labels[dim][i]}" if dim != HOUR else f"t{i}" for dim, i in position.items()]
        return ",".join([kind, *parts]).replace(" ", "_")

    def _add_flows(self, shortage: bool) -> None:
        p = self.problem
        for c in range(len(p.home)):
            cost = p.weight * p.unit_cost(c)
            for k, r in zip(*p.allowed[c].nonzero(), strict=True):
                for t in range(len(p.weight)):
                    self.flow[c, r, k, t] = self.model.add_var(
                        obj=0.0 if shortage else cost[r, k, t],
                        name=self._name("flow", client=c, region=r, workload=k, hour=t),
                    )
            for k, t in np.ndindex(p.demand.shape[1:]) if shortage else ():
                self.short[c, k, t] = self.model.add_var(
                    obj=1.0, name=self._name("short", client=c, workload=k, hour=t)
                )

    def _add_demand_rows(self) -> None:
        p = self.problem
        away = p.away()
        for c, k, t in np.ndindex(p.demand.shape):
            demand = p.demand[c, k, t]
            regions = p.allowed[c, k].nonzero()[0]
            served = [self.flow[c, r, k, t] for r in regions]
            place = {"client": c, "workload": k, "hour": t}
            unserved = [self.short[c, k, t]] if self.short else []
            self._row("demand", served + unserved, [1.0] * len(served + unserved), "=", demand, place)
            home = self.flow[c, p.home_region[p.home[c]], k, t]
            self._row("pinned", [home, *unserved], [1.0] * (1 + len(unserved)), ">", p.pinned[k] * demand, place)
            unlawful = [self.flow[c, r, k, t] for r in regions if away[c, r] and not p.lawful[c, r]]
            if unlawful:
                most = (1 - p.pinned[k]) * (1 - p.regulated[c, k]) * demand
                self._row("regulated", unlawful, [1.0] * len(unlawful), "<", most, place)

    def _add_capacity_rows(self) -> None:
        p = self.problem
        for r, t in np.ndindex(p.capacity.shape):
            arcs = [arc for arc in self.flow if arc[1] == r and arc[3] == t] if np.isfinite(p.capacity[r, t]) else []
            if arcs:
                used = [p.execution[p.home[c], r, k] for c, _, k, _ in arcs]
                self.capacity_row[r, t] = self._row(
                    "capacity", [self.flow[arc] for arc in arcs], used, "<", p.capacity[r, t], {"region": r, "hour": t}
                )

    def _add_warmup_rows(self, shortage: bool) -> None:
        p = self.problem
        away = p.away()
        hours = len(p.weight)
        clients = {
            (r, k): [c for c in range(len(p.home)) if away[c, r] and p.allowed[c, k, r]]
            for r, k in np.ndindex(p.warmup.shape[:2])
        }
        for (r, k), relocated in clients.items():
            for t in range(hours) if relocated else ():
                place = {"region": r, "workload": k, "hour": t}
                start = self.model.add_var(
                    obj=0.0 if shortage else p.weight[t] * p.warmup[r, k, t], name=self._name("start", **place)
                )
                now = [self.flow[c, r, k, t] for c in relocated]
                before = [self.flow[c, r, k, (t - 1) % hours] for c in relocated]
                ratio = float(self.hours[t - 1] / self.hours[t])
                self.start[r, k, t] = start
                self.warmup_row[r, k, t] = self._row(
                    "warmup", [start, *now, *before], [1.0, *[-1.0] * len(now), *[ratio] * len(before)], ">", 0.0, place
                )

    def _row(
        self, kind: str, variables: list, coefficients: list, sense: str, right: float | np.ndarray, place: dict
    ) -> mip.Constr:
        expression = mip.LinExpr(variables, coefficients, -float(right), sense)
        return self.model.add_constr(expression, name=self._name(kind, **place))

    def solve(self) -> Solution:
        """Optimise, break ties, and return flows and prices as arrays.

        Raises
        ------
        Infeasible
            If the capacities cannot hold the demand.
        """
        p = self.problem
        optimise(self.model)
        capacity_price, warmup_price = np.zeros(p.capacity.shape), np.zeros(p.warmup.shape)
        for (r, t), row in self.capacity_row.items():
            capacity_price[r, t] = max(-row.pi, 0.0) / p.weight[t]
        for (r, k, t), row in self.warmup_row.items():
            warmup_price[r, k, t] = min(max(row.pi / p.weight[t], 0.0), p.warmup[r, k, t])
        self._break_ties()
        flow = np.zeros((len(p.home), p.capacity.shape[0], *p.demand.shape[1:]))
        for arc, variable in self.flow.items():
            flow[arc] = max(variable.x, 0.0)
        # The solver's tolerance is absolute and can be as large as a small demand.
        served = flow.sum(axis=1)
        served_exactly = np.divide(p.demand, served, out=np.zeros(served.shape), where=served > 0)
        flow *= served_exactly[:, None]
        return Solution(flow / self.demand_scale, capacity_price / self.cost_scale, warmup_price / self.cost_scale)

    def _break_ties(self) -> None:
        """Minimise the delay over all optima: fix every column with a reduced cost and every row with a dual."""
        p = self.problem
        fixed = [(variable, variable.x) for variable in self.model.vars if abs(variable.rc) > TIED]
        tight = [row for row in self.model.constrs if abs(row.pi) > TIED]
        for variable, value in fixed:
            variable.lb = variable.ub = value
        for row in tight:
            expression = row.expr
            self.model.add_constr(
                mip.LinExpr(list(expression.expr), list(expression.expr.values()), expression.const, "=")
            )
        rank = p.hour_rank * self.hours
        self.model.objective = mip.LinExpr(
            list(self.flow.values()), [DELAY_SCALE * p.delay[p.home[c], r, k] * rank[t] for c, r, k, t in self.flow]
        )
        optimise(self.model)


def solve(problem: Problem, solver: str = "CBC") -> Solution:
    """Solve block by block with the plain formulation.

    Parameters
    ----------
    problem : Problem
    solver : {"CBC", "HiGHS"}

    Returns
    -------
    Solution

    Raises
    ------
    Infeasible
        If capacity is missing; lists the homes, hours and classes, and the missing MW.
    """
    parts = [_solve_block(problem.at(hours), solver) for hours in problem.blocks()]
    order = np.argsort(np.concatenate(problem.blocks()), kind="stable")
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1)[..., order]
        for name in ("flow", "capacity_price", "warmup_price")
    }
    return Solution(**joined)


def _solve_block(block: Problem, solver: str) -> Solution:
    try:
        return BlockModel(block, solver).solve()
    except Infeasible as error:
        raise shortage(block) from error


def shortage(block: Problem, allowed: np.ndarray | None = None) -> GeofrontError:
    """Make the error for missing capacity, with home regions, hours, classes and megawatts.

    Parameters
    ----------
    block : Problem
    allowed : numpy.ndarray, optional
        (c, k, r) allowed regions, if fewer than the block's own.

    Returns
    -------
    Infeasible or SolverError
        The latter if no demand lacks capacity, so that the solver failed because of rounding.
    """
    if allowed is not None:
        block = replace(block, allowed=allowed)
    model = BlockModel(block, mip.HIGHS, shortage=True)
    optimise(model.model)
    labels = block.labels
    hours = [_hour_label(label) for label in labels[HOUR]]
    short = {
        place: variable.x / model.demand_scale[place[2]]
        for place, variable in model.short.items()
        if variable.x > SHORT * model.problem.demand[place] > 0
    }
    if not short:
        return SolverError(
            "the solver found no placement, although there is capacity for every demand up to rounding: look "
            "for demand, capacities or weights of very different size in the scenario"
        )
    missing: dict[str, float] = {}
    for (c, k, t), megawatts in short.items():
        region = labels[REGION][block.home_region[block.home[c]]]
        place = f"{region} at {hours[t]}, class {labels[WORKLOAD][k]}"
        missing[place] = missing.get(place, 0.0) + megawatts
    worst = sorted(missing, key=missing.__getitem__, reverse=True)
    listed = "; ".join(f"{place}: {missing[place]:.4g} MW" for place in worst[:5])
    clients = sorted({str(labels[CLIENT][c]) for c, _, _ in short})
    return Infeasible(
        f"the capacities cannot hold the demand: {sum(missing.values()):.6g} MW are unserved in "
        f"{len(missing)} combination(s) of home region, hour and class, the largest being {listed} "
        f"(clients {', '.join(clients[:5])}{', …' if len(clients) > 5 else ''}): raise 'capacity' there, "
        "lower 'demand', or allow more regions through latency budgets, law or pinned shares"
    )


def _hour_label(label) -> str:
    return np.datetime_as_string(label, "m") if isinstance(label, np.datetime64) else str(label)

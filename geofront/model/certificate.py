"""Proof that a placement is optimal, from its flows and shadow prices alone."""

import numpy as np
import xarray as xr

from geofront.errors import GeofrontError
from geofront.model.problem import Problem, build_problem, demand_prices, starts
from geofront.names import CLIENT, HOUR, REGION, TOLERANCE, WORKLOAD
from geofront.scenarios.alignment import aligned
from geofront.scenarios.validation import admitted


def certify(scenario: xr.Dataset, placement: xr.Dataset, *, tolerance: float = TOLERANCE) -> dict[str, float]:
    """Check primal feasibility, dual feasibility and the duality gap without any solver.

    Parameters
    ----------
    scenario : xarray.Dataset
        The one that was placed.
    placement : xarray.Dataset
        What :func:`geofront.place` returned.
    tolerance : float
        Largest accepted relative violation and relative gap [1].

    Returns
    -------
    dict
        ``primal_violation`` and ``dual_violation`` [1], ``objective`` and ``bound`` [USD/yr or kg/yr],
        ``gap`` [1], all of the problem as it was posed, tie-break included.

    Raises
    ------
    GeofrontError
        Invalid scenario; or a constraint is violated or the gap is too wide, and the message names the constraint.

    Notes
    -----
    Given any capacity prices μ ≥ 0 and warm-up prices 0 ≤ ν ≤ warm-up cost, the cheapest way to serve
    each demand at those prices, less what the capacities are worth, is a lower bound on the objective
    (weak duality). That bound uses neither the solver nor its other duals. When emissions
    are minimised, the objective is emissions plus 1e-5 kg per USD of cost. See "Certificate" in docs/model.md.
    """
    if "capacity_price" not in placement:
        raise GeofrontError("the placement has no shadow prices: certify what gf.place returned, "
                            "not a baseline or an evaluated flow")
    scenario = admitted(scenario)
    problem = build_problem(
        scenario, carbon_price=placement.attrs["carbon_price"], objective=placement.attrs["objective"],
        frictions=placement.attrs["frictions"])
    flow = aligned(scenario, placement.flow, CLIENT, REGION, WORKLOAD, HOUR)
    capacity_price = aligned(scenario, placement.capacity_price, REGION, HOUR)
    warmup_price = aligned(scenario, placement.warmup_price, REGION, WORKLOAD, HOUR)
    return prove(problem, flow.values, capacity_price.values, warmup_price.values, tolerance)


def prove(problem: Problem, flow: np.ndarray, capacity_price: np.ndarray, warmup_price: np.ndarray,
          tolerance: float = TOLERANCE) -> dict[str, float]:
    """What :func:`certify` does, on arrays.

    Raises
    ------
    GeofrontError
        As :func:`certify`.
    """
    primal = primal_violations(problem, flow)
    dual = dual_violations(problem, capacity_price, warmup_price)
    objective = objective_of(problem, flow)
    bound = lower_bound(problem, np.maximum(capacity_price, 0), np.clip(warmup_price, 0, problem.warmup))
    scale = max(abs(objective), abs(bound), (problem.weight * problem.demand).sum(), 1.0)
    report = {"primal_violation": max(primal.values()), "dual_violation": max(dual.values()),
              "objective": objective, "bound": bound, "gap": (objective - bound) / scale}
    failures = [f"{name} is violated by {size:.3g} (relative)"
                for name, size in (primal | dual).items() if not size <= tolerance]
    if not abs(report["gap"]) <= tolerance:
        failures.append(f"the relative duality gap is {report['gap']:.3g}: objective {objective:.9g}, "
                        f"bound {bound:.9g}")
    if failures:
        raise GeofrontError(f"the placement is not optimal within {tolerance:g}: " + "; ".join(failures)
                            + ": was it computed from this very scenario?")
    return report


def primal_violations(problem: Problem, flow: np.ndarray) -> dict[str, float]:
    """Largest violation of every constraint family, relative to the largest demand or capacity."""
    p = problem
    away = p.away()
    clients = np.arange(len(p.home))
    demand_scale = p.demand.max(initial=0.0) or 1.0
    finite = np.where(np.isfinite(p.capacity), p.capacity, 0.0)
    at_home = flow[clients, p.home_region[p.home]]
    unlawful = (flow * (away & ~p.lawful)[..., None, None]).sum(axis=1)
    most = ((1 - p.pinned) * (1 - p.regulated))[..., None] * p.demand
    used = np.einsum("crkt,crk->rt", flow, p.execution[p.home])
    violations = {
        "a flow's sign": -flow.min(initial=0.0),
        "the demand balance": np.abs(flow.sum(axis=1) - p.demand).max(initial=0.0),
        "a pinned share": (p.pinned[:, None] * p.demand - at_home).max(initial=0.0),
        "a regulated share": (unlawful - most).max(initial=0.0),
        "a latency budget": (flow.max(axis=-1) * ~p.allowed.transpose(0, 2, 1)).max(initial=0.0),
    }
    violations = {name: float(size) / demand_scale for name, size in violations.items()}
    violations["a capacity"] = float((used - p.capacity).max(initial=0.0) / max(finite.max(initial=0.0), demand_scale))
    return violations


def dual_violations(problem: Problem, capacity_price: np.ndarray, warmup_price: np.ndarray) -> dict[str, float]:
    """How far the shadow prices leave their signs and bounds, relative to the largest price."""
    scale = max(np.abs(problem.price).max(initial=0.0), 1.0)
    free = capacity_price[~np.isfinite(problem.capacity)]
    violations = {
        "the sign of a capacity price": -capacity_price.min(initial=0.0),
        "the sign of a warm-up price": -warmup_price.min(initial=0.0),
        "the upper bound of a warm-up price": (warmup_price - problem.warmup).max(initial=0.0),
        "the price of an unlimited capacity": np.abs(free).max(initial=0.0),
    }
    return {name: float(size) / scale for name, size in violations.items()}


def objective_of(problem: Problem, flow: np.ndarray) -> float:
    """Objective of a flow, warm-up included [USD/yr or kg/yr]."""
    total = 0.0
    for client in range(len(problem.home)):
        total += float((flow[client] * problem.unit_cost(client) * problem.weight).sum())
    relocated = (flow * problem.away()[..., None, None]).sum(axis=0)
    return total + float((starts(problem, relocated) * problem.warmup * problem.weight).sum())


def lower_bound(problem: Problem, capacity_price: np.ndarray, warmup_price: np.ndarray) -> float:
    """Largest lower bound on the objective that the given shadow prices prove [USD/yr or kg/yr]."""
    served = (problem.weight * problem.demand * demand_prices(problem, capacity_price, warmup_price).demand).sum()
    limited = np.where(np.isfinite(problem.capacity), problem.capacity, 0.0)
    return float(served - (problem.weight * capacity_price * limited).sum())

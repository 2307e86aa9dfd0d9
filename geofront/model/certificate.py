"""Proves from flows and shadow prices that a placement is optimal and that its results follow from its flows."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from geofront.arguments import checked, choice, number
from geofront.errors import GeofrontError
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.model.problem import Problem
from geofront.model.restated import Reported, hour_before, recomputed, restate
from geofront.names import BLOCK, CLIENT, COMPONENTS, HOUR, OBJECTIVES, REGION, TOLERANCE, WORKLOAD
from geofront.results import SOLVED, result
from geofront.scenarios.alignment import aligned
from geofront.scenarios.validation import HOME, admitted, labels_where

ROUNDING = 1e-5
"""Share of the allowed demand that is added to a capacity or a relocated load to make a violation relative, and share
of the largest allowed cost that is added to a cost [-]. Loads are sums of flows and shadow prices are differences of
costs, so they are no more accurate than those: solvers work to 1e-11 of the largest."""

_DEMAND = (CLIENT, WORKLOAD, HOUR)
_DEMAND_PRICES = ("demand_price", "locality_price", "law_price")
_DIMS = {
    "flow": (CLIENT, REGION, WORKLOAD, HOUR),
    "capacity_price": (REGION, HOUR),
    "warmup_price": (REGION, WORKLOAD, HOUR),
    HOME: (CLIENT,),
    BLOCK: (HOUR,),
}
_DIMS |= dict.fromkeys(_DEMAND_PRICES, _DEMAND)
_FOLLOWING = ("cost", "emissions", "energy", "used_capacity")
_ASKED = ("carbon_price", "objective", "frictions")


class Check(NamedTuple):
    """Relative deviations from a condition, with their dims."""

    dims: tuple[str, ...]
    deviation: np.ndarray


class Priced(NamedTuple):
    """Demands at given shadow prices, each of shape (c, k, t). See "Shadow prices" in docs/model.md."""

    price: np.ndarray  # of one more MWh
    locality: np.ndarray  # extra cost of a MWh that must stay at home
    law: np.ndarray  # extra cost of a MWh that only lawful regions may execute
    largest: np.ndarray  # largest sum of a cost's absolute terms, warm-up included, among allowed regions
    spent: np.ndarray  # cost of the flows, per hour
    size: np.ndarray  # sum of the absolute terms of `spent`


class Proof(NamedTuple):
    """Checks of flows at given shadow prices; the flows are optimal if there are no failures."""

    report: dict[str, float]
    failures: list[str]
    demands: Priced


@checked(
    scenario=admitted,
    placement=result(SOLVED),
    carbon_price=check_carbon_price,
    objective=choice(OBJECTIVES),
    frictions=check_frictions,
    tolerance=number(above=0, most=1),
)
def certify(
    scenario: xr.Dataset,
    placement: xr.Dataset,
    *,
    carbon_price: float | None = None,
    objective: str | None = None,
    frictions=None,
    tolerance: float = TOLERANCE,
) -> dict[str, float]:
    """Check without a solver that a placement is feasible and optimal, and that its reported results are right.

    Parameters
    ----------
    scenario : xarray.Dataset
        Scenario of the placement.
    placement : xarray.Dataset
        Result of :func:`geofront.place`.
    carbon_price, objective, frictions
        Arguments of :func:`geofront.place`. A placement made with other values is refused. The default is to use the
        values recorded in the placement.
    tolerance : float
        Largest accepted relative deviation and relative gap [-].

    Returns
    -------
    dict
        ``primal_violation`` and ``dual_violation`` [-], ``objective`` and ``bound`` [USD/yr or kg/yr], ``gap`` [-].

    Raises
    ------
    GeofrontError
        If the scenario is invalid; if the placement has no shadow prices, or was made for another carbon price,
        objective, carbon signal or frictions; or if the placement is not optimal or its results are wrong. The message
        then lists each deviation with its size and labels.

    Notes
    -----
    Any capacity prices μ ≥ 0 and warm-up prices 0 ≤ ν ≤ warm-up cost prove a lower bound on the objective (weak
    duality). Feasible flows that attain it are optimal. Each demand, each capacity and each warm-up must attain its own
    part of the bound, relative to its own size, so that large demands do not hide small ones. The problem is stated a
    second time, in :mod:`geofront.model.restated`, so that the certificate detects errors in the first statement. If
    the objective is emissions, it includes 1e-5 kg per USD of cost. See "Certificate" in docs/model.md.
    """
    choices = _choices(scenario, placement, carbon_price=carbon_price, objective=objective, frictions=frictions)
    arrays = {name: aligned(scenario, placement[name], *dims).values for name, dims in _DIMS.items()}
    problem = restate(scenario, **choices)
    proof = _proof(problem, arrays["flow"], arrays["capacity_price"], arrays["warmup_price"], tolerance)
    failures = proof.failures
    expected = recomputed(
        scenario, arrays["flow"], carbon_price=choices["carbon_price"], frictions=choices["frictions"]
    )
    for name, price in zip(_DEMAND_PRICES, proof.demands, strict=False):
        expected[name] = Reported(_DEMAND, price, proof.demands.largest)
    for name, wanted in expected.items():
        found = placement["cost"].sel(component=name[6:-1]) if name.startswith("cost (") else placement[name]
        deviation = np.abs(aligned(scenario, found, *wanted.dims).values - wanted.right)
        failures += _failures(
            problem,
            {f"the reported {name} is off by": Check(wanted.dims, relative(deviation, np.abs(wanted.size)))},
            tolerance,
        )
    failures += [
        f"the reported {name} is not the scenario's"
        for name in (HOME, BLOCK)
        if (arrays[name] != scenario[name].values).any()
    ]
    _refuse(failures, tolerance)
    return proof.report


def _choices(scenario: xr.Dataset, placement: xr.Dataset, **asked) -> dict:
    """Carbon price, objective and frictions of a placement, compared with the arguments of :func:`certify`."""
    made = {name: placement.attrs[name] for name in _ASKED}
    made |= {"carbon_price": check_carbon_price(made["carbon_price"]), "frictions": check_frictions(made["frictions"])}
    if made["objective"] not in OBJECTIVES:
        raise GeofrontError(
            f"the placement's objective {made['objective']!r} is unknown: use one of {', '.join(OBJECTIVES)}"
        )
    compared = [(name, made[name], value) for name, value in asked.items() if value is not None]
    for name, of_placement, wanted in [
        *compared,
        ("carbon_signal", placement.attrs["carbon_signal"], scenario.attrs["carbon_signal"]),
    ]:
        if of_placement != wanted:
            raise GeofrontError(
                f"the placement was made for {name}={of_placement!r}, not for {wanted!r}: place the "
                "scenario again, or certify it with the same values"
            )
    if set(placement["cost"].indexes.get("component", ())) != set(COMPONENTS):
        raise GeofrontError(
            f"the placement's cost has other components than {', '.join(COMPONENTS)}: certify a result of gf.place"
        )
    return made


def prove(
    problem: Problem,
    flow: np.ndarray,
    capacity_price: np.ndarray,
    warmup_price: np.ndarray,
    tolerance: float = TOLERANCE,
) -> dict[str, float]:
    """Prove optimality as :func:`certify` does, on arrays.

    Raises
    ------
    GeofrontError
        If the flows are not feasible or not optimal, or the shadow prices do not prove it.
    """
    proof = _proof(problem, flow, capacity_price, warmup_price, tolerance)
    _refuse(proof.failures, tolerance)
    return proof.report


def _refuse(failures: list[str], tolerance: float) -> None:
    if failures:
        raise GeofrontError(
            f"the placement is not optimal within {tolerance:g}: "
            + "; ".join(failures)
            + ": was it computed from this scenario?"
        )


def _proof(problem: Problem, flow, capacity_price, warmup_price, tolerance: float) -> Proof:
    primal, dual = primal_checks(problem, flow), dual_checks(problem, capacity_price, warmup_price)
    objective = objective_of(problem, flow)
    prices = np.maximum(capacity_price, 0), np.clip(warmup_price, 0, problem.warmup)
    demands = priced(problem, flow, *prices)
    limit = np.where(np.isfinite(problem.capacity), problem.capacity, 0.0)
    served = (problem.demand * demands.price).sum(axis=(0, 1))
    bound = float((served - (prices[0] * limit).sum(axis=0)) @ problem.weight)
    scale = max(abs(objective), abs(bound), (problem.weight * problem.demand).sum())
    report = {
        "primal_violation": _largest(primal),
        "dual_violation": _largest(dual),
        "objective": objective,
        "bound": bound,
        "gap": (objective - bound) / scale if scale else 0.0,
    }
    failures = _failures(
        problem, {f"{name} is violated by": check for name, check in (primal | dual).items()}, tolerance
    )
    if not abs(report["gap"]) <= tolerance:
        failures.append(
            f"the relative duality gap is {report['gap']:.3g}: objective {objective:.9g}, bound {bound:.9g}"
        )
    failures += _failures(
        problem,
        {f"{name} is missed by": check for name, check in optimality_checks(problem, flow, demands, *prices).items()},
        tolerance,
    )
    return Proof(report, failures, demands)


def _largest(checks: dict[str, Check]) -> float:
    return float(np.max([check.deviation.max() for check in checks.values()]))


def _failures(problem: Problem, checks: dict[str, Check], tolerance: float) -> list[str]:
    """Messages for deviations above the tolerance, with their largest value and their labels."""
    failures = []
    for name, check in checks.items():
        wrong = ~(check.deviation <= tolerance)
        if wrong.any():
            where = labels_where(xr.DataArray(wrong, {dim: problem.labels[dim] for dim in check.dims}, check.dims))
            failures.append(f"{name} {check.deviation.max():.3g} (relative) at {where}")
    return failures


def relative(excess: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Excess over size, not below zero; infinite where the size is zero and the excess is not."""
    excess = np.maximum(excess, 0.0)
    return np.divide(excess, size, out=np.where(excess == 0, 0.0, np.inf), where=size > 0)


def primal_violations(problem: Problem, flow: np.ndarray) -> dict[str, float]:
    """Largest violation of each constraint family, relative to the demand or capacity."""
    return {name: float(check.deviation.max()) for name, check in primal_checks(problem, flow).items()}


def primal_checks(problem: Problem, flow: np.ndarray) -> dict[str, Check]:
    """Violation of every constraint, relative to its demand or capacity."""
    p = problem
    away = p.home_region[p.home][:, None] != np.arange(len(p.capacity))
    at_home = flow[np.arange(len(p.home)), p.home_region[p.home]]
    unlawful = np.einsum("crkt,cr->ckt", flow, away & ~p.lawful)
    most = ((1 - p.pinned) * (1 - p.regulated))[..., None] * p.demand
    excess = {
        "a flow's sign": -flow.min(axis=1),
        "the demand balance": np.abs(flow.sum(axis=1) - p.demand),
        "a pinned share": p.pinned[:, None] * p.demand - at_home,
        "a regulated share": unlawful - most,
        "a latency budget": np.einsum("crkt,ckr->ckt", flow, ~p.allowed),
    }
    used = np.einsum("crkt,crk->rt", flow, p.execution[p.home])
    in_reach = np.einsum("ckt,ckr->rt", p.demand, p.allowed)
    over = np.where(np.isfinite(p.capacity), used - p.capacity, 0.0)
    return {name: Check(_DEMAND, relative(each, p.demand)) for name, each in excess.items()} | {
        "a capacity": Check((REGION, HOUR), relative(over, p.capacity + ROUNDING * in_reach))
    }


def dual_checks(problem: Problem, capacity_price: np.ndarray, warmup_price: np.ndarray) -> dict[str, Check]:
    """Violations of the signs and bounds of shadow prices, relative to the largest cost of their hour."""
    p, by_region, by_class = problem, (REGION, HOUR), (REGION, WORKLOAD, HOUR)
    electricity = np.abs(p.price).max(axis=0) + np.abs(p.fixed).max()
    of_warmup = np.broadcast_to(p.warmup.max(axis=(0, 1)), p.warmup.shape)
    size = np.broadcast_to(electricity, p.price.shape)
    unlimited = np.where(np.isfinite(p.capacity), 0.0, np.abs(capacity_price))
    return {
        "the sign of a capacity price": Check(by_region, relative(-capacity_price, size)),
        "the sign of a warm-up price": Check(by_class, relative(-warmup_price, of_warmup)),
        "the upper bound of a warm-up price": Check(by_class, relative(warmup_price - p.warmup, of_warmup)),
        "the price of an unlimited capacity": Check(by_region, relative(unlimited, size)),
    }


def optimality_checks(
    problem: Problem, flow: np.ndarray, demands: Priced, capacity_price: np.ndarray, warmup_price: np.ndarray
) -> dict[str, Check]:
    """Contributions of each demand, capacity and warm-up to the duality gap, relative to its own size."""
    p = problem
    used = np.einsum("crkt,crk->rt", flow, p.execution[p.home])
    limit = np.where(np.isfinite(p.capacity), p.capacity, 0.0)
    in_reach = np.einsum("ckt,ckr->rt", p.demand, p.allowed)
    costs = demands.largest.max(axis=(0, 1))

    away = p.home_region[p.home][:, None] != np.arange(len(p.capacity))
    movable = np.einsum("ckt,ckr,cr->rkt", p.demand, p.allowed, away)
    relocated, before = np.einsum("crkt,cr->rkt", flow, away), hour_before(p.block)
    change = relocated - relocated[..., before]
    started = np.maximum(change, 0.0)
    loads = relocated + relocated[..., before] + ROUNDING * (movable + movable[..., before])
    return {
        "the least cost of a demand": Check(
            _DEMAND,
            relative(demands.spent - p.demand * demands.price, demands.size + ROUNDING * p.demand * demands.largest),
        ),
        "the use of a capacity that has a price": Check(
            (REGION, HOUR), relative(capacity_price * (limit - used), costs * (limit + ROUNDING * in_reach))
        ),
        "a warm-up that its price explains": Check(
            (REGION, WORKLOAD, HOUR),
            relative(
                (p.warmup - warmup_price) * started + warmup_price * (started - change),
                (p.warmup + ROUNDING * costs) * loads,
            ),
        ),
    }


def priced(problem: Problem, flow: np.ndarray, capacity_price: np.ndarray, warmup_price: np.ndarray) -> Priced:
    """Cost of demands at given shadow prices, and cost of the flows."""
    p, result = problem, Priced(*np.zeros((len(Priced._fields), *problem.demand.shape)))
    after = np.argsort(hour_before(p.block))
    coming, staying = warmup_price, (p.weight * warmup_price)[..., after] / p.weight
    most = p.warmup + (p.weight * p.warmup)[..., after] / p.weight
    for client, service in enumerate(p.home):
        region = p.home_region[service]
        away = (np.arange(len(p.capacity)) != region)[:, None, None]
        burned, fixed = p.execution[service][..., None], p.fixed[service][..., None]
        cost = burned * (p.price + capacity_price)[:, None] + fixed + away * (coming - staying)
        size = burned * (np.abs(p.price) + np.abs(capacity_price))[:, None] + np.abs(fixed)
        allowed = p.allowed[client].T[..., None]
        lawful = allowed & p.lawful[client][:, None, None]
        pinned, regulated = p.pinned[:, None], p.regulated[client][:, None]
        within_law, anywhere = (np.where(regions, cost, np.inf).min(axis=0) for regions in (lawful, allowed))
        movable = regulated * within_law + (1 - regulated) * anywhere
        result.price[client] = pinned * cost[region] + (1 - pinned) * movable
        result.locality[client] = cost[region] - movable
        result.law[client] = within_law - anywhere
        result.largest[client] = np.where(allowed, size + away * most, 0.0).max(axis=0)
        result.spent[client], result.size[client] = (
            np.einsum("rkt,rkt->kt", flow[client], np.where(allowed, each, 0.0))
            for each in (cost, size + away * (coming + staying))
        )
    return result


def objective_of(problem: Problem, flow: np.ndarray) -> float:
    """Objective of a flow, including warm-up [USD/yr or kg/yr]."""
    p = problem
    away = p.home_region[p.home][:, None] != np.arange(len(p.capacity))
    relocated = np.einsum("crkt,cr->rkt", flow, away)
    started = np.maximum(relocated - relocated[..., hour_before(p.block)], 0.0)
    burned = np.einsum("crkt,crk->rt", flow, p.execution[p.home])
    energy = (burned * p.price).sum(axis=0) + (started * p.warmup).sum(axis=(0, 1))
    return float((energy + np.einsum("crkt,crk->t", flow, p.fixed[p.home])) @ p.weight)

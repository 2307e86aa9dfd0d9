"""Places demand at home or optimally, and computes costs, emissions and shadow prices."""

import sys
import threading
import time
from functools import cache, partial
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, instance, truth
from geofront.errors import GeofrontError, SolverError
from geofront.model import formulation
from geofront.model.certificate import prove
from geofront.model.costs import arc_terms, carbon_cost, check_carbon_price, check_frictions, with_frictions
from geofront.model.formulation import check_solver
from geofront.model.problem import Problem, Solution, build_problem, demand_prices, starts
from geofront.model.scaling import of_usual_size
from geofront.names import (
    BLOCK,
    CLIENT,
    COMPONENTS,
    FRICTIONS,
    HIGHS,
    HOUR,
    OBJECTIVE,
    OBJECTIVES,
    REGION,
    SOLVERS,
    TOLERANCE,
    VERSION,
    WEIGHT,
    WORKLOAD,
)
from geofront.results import PLACEMENT, result
from geofront.scenarios.alignment import aligned_flow, without_names
from geofront.scenarios.schema import described
from geofront.scenarios.validation import HOME, admitted, labels_where
from geofront.shared import shared_in_run
from geofront.solver import engine
from geofront.solver.engine import WarmStart

_ATTRS = {
    "flow": ("MW", "IT power executed"),
    "cost": ("USD/h", "Cost"),
    "emissions": ("kg/h", "Emissions"),
    "energy": ("MW", "Facility power"),
    "used_capacity": ("MW", "IT capacity used"),
    "capacity_price": ("USD/MWh", "Shadow price of capacity"),
    "demand_price": ("USD/MWh", "Cost of one more MWh of demand"),
    "locality_price": ("USD/MWh", "Shadow price of staying at home"),
    "law_price": ("USD/MWh", "Shadow price of staying where the law allows"),
    "warmup_price": ("USD/MW", "Shadow price of relocated load brought up"),
}

TOTALS = {
    "energy_cost": ("USD/yr", "Cost of energy"),
    "carbon_cost": ("USD/yr", "Payments for carbon"),
    "egress_cost": ("USD/yr", "Cost of egress"),
    "overhead_cost": ("USD/yr", "Cost of overhead"),
    "warmup_cost": ("USD/yr", "Cost of warm-up"),
    "cost": ("USD/yr", "Cost"),
    "emissions": ("kg/yr", "Emissions"),
    "demand_mwh": ("MWh/yr", "Demand"),
    "facility_mwh": ("MWh/yr", "Facility energy"),
    "cost_per_mwh": ("USD/MWh", "Cost"),
    "carbon_per_mwh": ("kg/MWh", "Emissions"),
}
"""Units and titles of the entries of :func:`totals`."""


@shared_in_run
def solve(problem: Problem, solver: str = HIGHS, **options) -> Solution:
    """Solve a placement problem.

    Parameters
    ----------
    problem : Problem
    solver : {"HiGHS", "CBC"}
        The engine, or the plain formulation in python-mip.
    **options
        Options of :func:`geofront.solver.engine.solve`.

    Raises
    ------
    Infeasible
        If the capacities cannot hold the demand.
    SolverError
        If the solver fails, or its result is too inaccurate because of costs, demand or weights of extreme size.
    GeofrontError
        If ``solver`` is neither HiGHS nor CBC.
    """
    check_solver(solver)
    solution = engine.solve(problem, **options) if solver == HIGHS else formulation.solve(problem, solver)
    if not of_usual_size(problem):
        # Rounding errors can exceed the solver's tolerances, so its status is not enough.
        try:
            prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
        except GeofrontError as error:
            spread = problem.weight.max() / problem.weight.min()
            raise SolverError(
                f"{solver} found no placement that can be proved optimal, with costs up to {problem.largest_cost:.3g}, "
                f"demands from {problem.least_demand:.3g} to {problem.demand.max():.3g} MW and weights that differ by "
                f"a factor of {spread:.3g}: give a scenario in which they are of similar size"
            ) from error
    return solution


@checked(
    scenario=admitted,
    carbon_price=check_carbon_price,
    objective=choice(OBJECTIVES),
    frictions=check_frictions,
    solver=choice(SOLVERS),
    warm_start=instance(WarmStart, "make one with gf.WarmStart()"),
    cancel=instance(threading.Event, "give a threading.Event"),
    progress=truth,
)
def place(
    scenario: xr.Dataset,
    *,
    carbon_price: float = 0.0,
    objective: str = "cost",
    frictions=FRICTIONS,
    solver: str = HIGHS,
    warm_start: WarmStart | None = None,
    cancel: threading.Event | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Place a scenario's demand optimally.

    Parameters
    ----------
    scenario : xarray.Dataset
        See :func:`geofront.schema`.
    carbon_price : float
        Price of the emissions by the scenario's carbon signal [USD/t].
    objective : {"cost", "carbon"}
        Minimise cost, including the carbon price, or emissions, with cost as the tie-break.
    frictions : sequence of str
        Active frictions, of ``migration, egress, locality, legal, capacity``. Latency is always active.
    solver : {"HiGHS", "CBC"}
        HiGHS solves by the fast engine. CBC solves the plain formulation in python-mip, which takes a hundred times
        as long and serves for comparison; ``warm_start``, ``cancel`` and ``progress`` do not apply to it.
    warm_start : WarmStart, optional
        Cached optima. Similar placements that share one take a fraction of the time.
    cancel : threading.Event, optional
        Cancels the placement within a second once another thread sets it.
    progress : bool
        Whether to show a progress bar of blocks.

    Returns
    -------
    xarray.Dataset
        - ``flow`` (client, region, workload, hour) [MW]: IT power of a client's demand in each region.
        - ``cost`` (component, region, workload, hour) [USD/h], by executing region.
        - ``emissions`` [kg/h] and ``energy`` [MW, facility], (region, workload, hour).
        - ``used_capacity`` (region, hour) [MW]: IT capacity used.
        - ``capacity_price`` (region, hour) [USD/MWh]; ``demand_price``, ``locality_price`` and ``law_price``
          (client, workload, hour) [USD/MWh]; ``warmup_price`` (region, workload, hour) [USD/MW]; in kg instead of USD
          if the objective is emissions.
        - attributes: status, solver, objective, carbon price, frictions, versions, wall time.

    Raises
    ------
    GeofrontError
        If the scenario or a choice is invalid, or the carbon price is negative.
    Infeasible
        If the capacities cannot hold the demand; lists home regions, hours, classes and missing MW.
    Cancelled
        If ``cancel`` is set.

    Notes
    -----
    See "Placement" and "Tie-break" in docs/model.md. Among the placements of least objective, the result has the least
    delay, so that flows by home, region, class and hour are unique. Clients with the same home and the same allowed
    regions share flows in proportion to their demand. :func:`geofront.certify` proves that a result is optimal.
    """
    began = time.perf_counter()
    problem = build_problem(scenario, carbon_price=carbon_price, objective=objective, frictions=frictions)
    solution = solve(problem, solver, warm_start=warm_start, cancel=cancel, progress=progress)
    placement = _assemble(scenario, problem, solution.flow, carbon_price, frictions)
    of_demand = demand_prices(problem, solution.capacity_price, solution.warmup_price)
    prices = {
        "capacity_price": ((REGION, HOUR), solution.capacity_price),
        **{f"{name}_price": ((CLIENT, WORKLOAD, HOUR), price) for name, price in of_demand._asdict().items()},
        "warmup_price": ((REGION, WORKLOAD, HOUR), solution.warmup_price),
    }
    placement = _describe(placement.assign(prices), objective)
    placement.attrs |= {
        "status": "optimal",
        "solver": solver,
        "objective": objective,
        "wall_time_s": time.perf_counter() - began,
    }
    return placement


@checked(scenario=partial(admitted, baseline=True), carbon_price=check_carbon_price)
def local(scenario: xr.Dataset, *, carbon_price: float = 0.0) -> xr.Dataset:
    """Run all demand in its home region, at any cost: the baseline.

    Parameters
    ----------
    scenario : xarray.Dataset
    carbon_price : float
        [USD/t].

    Returns
    -------
    xarray.Dataset
        As :func:`place`, without shadow prices.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, or home demand exceeds capacity.
    """
    problem = build_problem(scenario, carbon_price=carbon_price)
    placement = _describe(_assemble(scenario, problem, home_flow(problem), carbon_price, FRICTIONS))
    placement.attrs |= {"status": "baseline", "solver": "none", "objective": "local"}
    return placement


@checked(
    scenario=admitted,
    flow=instance(xr.DataArray, "pass the 'flow' of a placement"),
    carbon_price=check_carbon_price,
    frictions=check_frictions,
)
def evaluate(scenario: xr.Dataset, flow: xr.DataArray, *, carbon_price: float = 0.0, frictions=FRICTIONS) -> xr.Dataset:
    """Compute cost and emissions of given flows in a scenario, for example under another carbon signal.

    Parameters
    ----------
    scenario : xarray.Dataset
    flow : xarray.DataArray
        Flows [MW] that serve the demand, dims (client, region, workload, hour), such as a placement's ``flow``.
    carbon_price : float
        [USD/t].
    frictions : sequence of str
        Frictions whose costs are included. The flow may violate latency, law, locality and capacity:
        :func:`geofront.violations` checks them.

    Returns
    -------
    xarray.Dataset
        As :func:`place`, without shadow prices. Warm-up follows from the increases of the flow.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, or the flow has other labels, is negative or does not serve the demand.
    """
    flow = aligned_flow(scenario, flow)
    # Relative to each demand, so that large demands do not hide small ones; the rest is rounding of sums.
    rounding = TOLERANCE * (scenario.demand + TOLERANCE * scenario.demand.max())
    negative = flow < -rounding
    if bool(negative.any()):
        raise GeofrontError(
            f"'flow' is negative at {labels_where(negative)}, down to {float(flow.min()):.6g} MW: give 0 or more, in MW"
        )
    unserved = abs(flow.sum(REGION, skipna=False) - scenario.demand)
    differs = ~(unserved <= rounding)
    if bool(differs.any()):
        raise GeofrontError(
            f"'flow' does not add up to 'demand' at {labels_where(differs)}, by up to "
            f"{float(unserved.max()):.6g} MW: evaluate it in a scenario of the same demand; "
            "gf.violations lists the differences"
        )
    problem = build_problem(scenario, carbon_price=carbon_price, frictions=frictions)
    placement = _describe(_assemble(scenario, problem, flow.values, carbon_price, frictions))
    placement.attrs |= {"status": "evaluated", "solver": "none", "objective": "none"}
    return placement


@checked(placement=result(PLACEMENT))
def totals(placement: xr.Dataset) -> pd.Series:
    """Compute annual sums, and cost and emissions per MWh of IT energy demanded.

    Returns
    -------
    pandas.Series
        ``energy_cost``, ``carbon_cost``, ``egress_cost``, ``overhead_cost``, ``warmup_cost`` and their sum ``cost``
        [USD/yr], ``emissions`` [kg/yr], ``demand_mwh`` and ``facility_mwh`` [MWh/yr], ``cost_per_mwh`` [USD/MWh],
        ``carbon_per_mwh`` [kg/MWh]. The last two are NaN without demand. ``carbon_cost`` excludes the carbon cost of
        warm-up, which is part of ``warmup_cost``. Units are in ``attrs["units"]``.
    """
    weight = placement[WEIGHT]
    cost = (placement.cost.sum((REGION, WORKLOAD)) * weight).sum(HOUR).to_series()
    components = {f"{component.replace('-', '')}_cost": value for component, value in cost.items()}
    total = {
        **components,
        "cost": cost.sum(),
        "emissions": float((placement.emissions * weight).sum()),
        "demand_mwh": float((placement.flow.sum((CLIENT, REGION, WORKLOAD), skipna=False) * weight).sum()),
        "facility_mwh": float((placement.energy * weight).sum()),
    }
    per_mwh = 1 / total["demand_mwh"] if total["demand_mwh"] else np.nan
    total["cost_per_mwh"] = total["cost"] * per_mwh
    total["carbon_per_mwh"] = total["emissions"] * per_mwh
    total = pd.Series(total)
    total.attrs["units"] = {name: TOTALS[name][0] for name in total.index}
    return total


def totals_by_region(placement: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Cost [USD/yr] and emissions [kg/yr] of each region and class, shape (region, workload)."""
    cost = placement.cost.sum("component").transpose(REGION, WORKLOAD, HOUR)
    emissions = placement.emissions.transpose(REGION, WORKLOAD, HOUR)
    weight = placement[WEIGHT].values
    return cost.values @ weight, emissions.values @ weight


def totals_by_class(placement: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Cost [USD/yr] and emissions [kg/yr] of each class, shape (workload,)."""
    cost, emissions = totals_by_region(placement)
    return cost.sum(axis=0), emissions.sum(axis=0)


class Executed(NamedTuple):
    """Energy, cost and emissions of flows by executing region, shape (r, k, t)."""

    cost: dict[str, np.ndarray]  # by component [USD/h]
    emissions: np.ndarray  # [kg/h]
    burned: np.ndarray  # IT power [MW]
    warmup: np.ndarray  # facility power of warm-up [MW]


def executed(problem: Problem, terms: xr.Dataset, flow: np.ndarray, carbon_price: float = 0.0) -> Executed:
    """Compute energy, cost and emissions of flows by executing region.

    Parameters
    ----------
    problem : Problem
    terms : xarray.Dataset
        Of the same scenario, from :func:`geofront.model.costs.arc_terms`.
    flow : numpy.ndarray
        (c, r, k, t) [MW].
    carbon_price : float
        [USD/t].
    """
    by_home = np.zeros((len(problem.home_region), *flow.shape[1:]))
    for client, service in enumerate(problem.home):
        by_home[service] += flow[client]
    away = problem.home_region[:, None] != np.arange(flow.shape[1])
    brought_up = starts(problem, (by_home * away[..., None, None]).sum(axis=0))

    burned = np.einsum("srkt,srk->rkt", by_home, terms.execution.values)
    warmup_mw = brought_up * terms.warmup_energy.values[..., None]
    price, carbon = terms.facility_price.values[:, None], terms.facility_carbon.values[:, None]
    warmup_carbon = warmup_mw * terms.warmup_carbon.values[:, None]
    cost = {
        "energy": burned * price,
        "carbon": carbon_cost(carbon_price, burned * carbon),
        "egress": np.einsum("srkt,srk->rkt", by_home, terms.egress.values),
        "overhead": np.einsum("srkt,srk->rkt", by_home, terms.overhead.values),
        "warm-up": warmup_mw * terms.warmup_price.values[:, None] + carbon_cost(carbon_price, warmup_carbon),
    }
    return Executed(cost, burned * carbon + warmup_carbon, burned, warmup_mw)


def home_flow(problem: Problem) -> np.ndarray:
    """All demand at home, (c, r, k, t) [MW]."""
    flow = np.zeros((*problem.away().shape, *problem.demand.shape[1:]))
    flow[np.arange(len(problem.home)), problem.home_region[problem.home]] = problem.demand
    return flow


def _assemble(scenario: xr.Dataset, problem: Problem, flow: np.ndarray, carbon_price: float, frictions) -> xr.Dataset:
    """Make a dataset of flows with their energy, cost and emissions by executing region."""
    terms = arc_terms(with_frictions(without_names(scenario), frictions))
    cost, emissions, burned, warmup = executed(problem, terms, flow, carbon_price)
    by_region = (REGION, WORKLOAD, HOUR)
    placement = xr.Dataset(
        {
            "flow": ((CLIENT, *by_region), flow),
            "cost": (("component", *by_region), np.stack([cost[name] for name in COMPONENTS])),
            "emissions": (by_region, emissions),
            "energy": (by_region, burned * scenario.pue.values[:, None, None] + warmup),
            "used_capacity": ((REGION, HOUR), burned.sum(axis=1)),
        },
        coords={"component": np.array(COMPONENTS, dtype=object)}
        | {name: scenario[name] for name in (CLIENT, REGION, WORKLOAD, HOUR, WEIGHT, BLOCK, HOME)},
    )
    placement.attrs = {
        "carbon_signal": scenario.attrs["carbon_signal"],
        "carbon_price": float(carbon_price),
        "frictions": check_frictions(frictions),
        "versions": _versions(),
    }
    return placement


@cache
def _versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("mip", "numpy", "xarray"))
    return f"geofront {VERSION}, {packages}, python {sys.version.split()[0]}"


def _describe(placement: xr.Dataset, objective: str = "cost") -> xr.Dataset:
    """Add units to a placement; shadow prices have the unit of the objective."""
    least = OBJECTIVE[objective]
    prices = {
        name: (units.replace("USD", least.units), long_name.replace("Cost", least.quantity))
        for name, (units, long_name) in _ATTRS.items()
        if name.endswith("_price")
    }
    return described(placement, _ATTRS | prices)

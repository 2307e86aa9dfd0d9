"""The energy-latency frontier, exact at every latency where it can change, and what a millisecond returns."""

import numpy as np
import pandas as pd
import xarray as xr
from tqdm.auto import tqdm

from geofront.errors import GeofrontError
from geofront.model.feasibility import LATENCY_TOLERANCE
from geofront.model.formulation import silent
from geofront.names import FRICTIONS, HOUR, LAYERS
from geofront.quantities.budget_by_budget import budget_by_budget
from geofront.quantities.latency_steps import LatencySteps, check_budgets, within
from geofront.quantities.ledger import Ledger
from geofront.shared import shared_in_run
from geofront.solver.parts import in_parts
from geofront.solver.reach import GrowingReach

FEW = 8
"""Number of given budgets up to which each is placed from nothing where hours are coupled, being far from the next."""

_ATTRS = {
    "budget": ("ms", "Latency budget"),
    "cost": ("USD/yr", "Cost"),
    "emissions": ("kg/yr", "Emissions"),
    "cost_per_mwh": ("USD/MWh", "Cost"),
    "carbon_per_mwh": ("kg/MWh", "Emissions"),
    "layer_share": ("1", "Share of the demand"),
    "relocated_share": ("1", "Relocated share"),
}


@shared_in_run
def latency_frontier(scenario: xr.Dataset, workload=None, *, carbon_price=0.0, frictions=FRICTIONS,
                     solver="CBC", budgets=None, progress=False) -> xr.Dataset:
    """The optimum as a function of a latency budget.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : str, optional
        The class whose own end-to-end budget varies, the others keeping theirs. By default a network
        budget common to all classes varies: what access and round trips may take beside the service time.
    carbon_price : float
        [USD/t].
    frictions : sequence of str
    solver : {"CBC", "HiGHS"}
    budgets : sequence of float, optional
        Evaluate here only [ms]; by default at the shortest home latency, at which nothing that varies may
        move, and at every budget where a further region comes into reach.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    xarray.Dataset
        Dim ``budget`` [ms], ascending. Between two budgets of the default everything stays as at the lower.

        - ``cost`` [USD/yr] and ``emissions`` [kg/yr] of all demand.
        - ``cost_per_mwh`` [USD/MWh], ``carbon_per_mwh`` [kg/MWh]: of the demand whose budget varies; what it
          costs at home less all that the system saves against a budget at which none of it may move.
        - ``layer_share`` (budget, layer) and ``relocated_share`` [1] of the demand whose budget varies.

        Per MWh, and shares, are not a number where no demand varies.

    Raises
    ------
    GeofrontError
        Invalid scenario, unknown class, budgets that are not ascending, or capacities that cannot hold the
        demand at home.

    Notes
    -----
    See "Energy-latency frontier" in docs/model.md.
    The optimum can change only where the budget crosses an arc's latency,
    and there only if the arc lowers the objective at the shadow prices before it; so every breakpoint is
    visited, and days are solved again where an arc pays; a few given budgets are placed one by one. Home stays
    allowed at any budget.
    """
    steps = LatencySteps(scenario, workload, frictions)
    problem = steps.problem(carbon_price)
    origins = steps.origins(problem)
    opens = steps.opens(origins)
    points = _breakpoints(opens, steps.shortest_home()) if budgets is None else check_budgets(budgets, "budgets")

    def along(hours: np.ndarray, step) -> tuple[np.ndarray, np.ndarray]:
        reach = within(opens, 0.0)
        optimum = GrowingReach(problem.at(hours), origins, reach, solver)
        ledger = Ledger(scenario.isel({HOUR: hours}), optimum, steps.varied, carbon_price, frictions)
        ledger.update(np.arange(len(hours)))
        totals = [ledger.totals()]
        for budget in points:
            new = within(opens, budget) & ~reach
            reach |= new
            changed = optimum.update(new)
            if len(changed):
                ledger.update(changed)
            totals.append(ledger.totals())
            step()
        return np.array(totals), ledger.varied_at_home

    few = problem.coupled and budgets is not None and len(points) <= FEW
    with silent(), tqdm(desc=f"frontier {workload or 'network'}", unit="budget", disable=not progress) as bar:
        if few:
            totals, at_home = budget_by_budget(scenario, workload, points, carbon_price, frictions, solver, bar)
        else:
            totals, at_home = in_parts(problem, along, steps=len(points), bar=bar)
    return _dataset(points, totals, at_home, workload)


def _breakpoints(opens: np.ndarray, home: float) -> np.ndarray:
    later = np.unique(opens[np.isfinite(opens) & (opens > home)])
    distinct = np.diff(later, prepend=0.0) > LATENCY_TOLERANCE * later
    return np.concatenate([[home], later[distinct]])


def _dataset(points: np.ndarray, totals: np.ndarray, at_home: np.ndarray, workload) -> xr.Dataset:
    """From totals (1 + budget, quantity), the first with nothing moved, and what the varied demand is at home."""
    cost, emissions = totals[1:, 0], totals[1:, 1]
    home_cost, home_emissions, demand = at_home
    # Of no demand there is neither a share nor a unit cost.
    per_mwh = 1 / demand if demand else np.nan
    layers = totals[1:, 2:] * per_mwh
    frontier = xr.Dataset(
        {
            "cost": ("budget", cost),
            "emissions": ("budget", emissions),
            "cost_per_mwh": ("budget", (home_cost + cost - totals[0, 0]) * per_mwh),
            "carbon_per_mwh": ("budget", (home_emissions + emissions - totals[0, 1]) * per_mwh),
            "layer_share": (("budget", "layer"), layers),
            "relocated_share": ("budget", 1 - layers[:, 0]),
        },
        coords={"budget": points, "layer": np.array(LAYERS, dtype=object)},
        attrs={"scope": "network" if workload is None else str(workload)},
    )
    for name, (units, long_name) in _ATTRS.items():
        frontier[name].attrs = {"units": units, "long_name": long_name}
    return frontier


def returns(frontier: xr.Dataset, *, between=None, hull: bool = False) -> pd.DataFrame:
    """Energy and carbon return on latency: what each further millisecond of budget saves.

    Parameters
    ----------
    frontier : xarray.Dataset
        From :func:`latency_frontier`.
    between : sequence of float, optional
        Budgets [ms] between which the return is taken; by default every step of the frontier.
    hull : bool
        Whether to keep only the corners of the frontier's lower convex hull, along which the return on
        latency diminishes.

    Returns
    -------
    pandas.DataFrame
        Columns ``from_ms``, ``to_ms`` [ms], ``saving`` [USD/MWh], ``carbon_saving`` [kg/MWh], ``erl``
        [USD/MWh per ms], ``crl`` [kg/MWh per ms]. ``erl`` is never negative; ``crl`` may be.

    Raises
    ------
    GeofrontError
        Fewer than two budgets, not ascending, or below the frontier's first.

    Notes
    -----
    ERL = −Δcost/Δbudget and CRL = −Δcarbon/Δbudget. The frontier is a step function: between its own budgets it has
    the value of the lower one. See "Returns on latency" in docs/model.md.
    """
    budgets = frontier.budget.values
    if between is not None:
        budgets = np.asarray(between, float)
        if len(budgets) < 2 or not (np.diff(budgets) > 0).all() or budgets[0] < float(frontier.budget[0]):
            raise GeofrontError(f"between={list(between)!r} needs two or more ascending budgets [ms], "
                                f"the first at least {float(frontier.budget[0]):g}")
    chosen = frontier[["cost_per_mwh", "carbon_per_mwh"]].sel(budget=budgets, method="ffill")
    cost, carbon = chosen.cost_per_mwh.values, chosen.carbon_per_mwh.values
    if hull:
        corners = _lower_hull(budgets, cost)
        budgets, cost, carbon = budgets[corners], cost[corners], carbon[corners]
    length = np.diff(budgets)
    return pd.DataFrame({
        "from_ms": budgets[:-1], "to_ms": budgets[1:], "saving": -np.diff(cost), "carbon_saving": -np.diff(carbon),
        "erl": -np.diff(cost) / length, "crl": -np.diff(carbon) / length,
    })


def _lower_hull(x: np.ndarray, y: np.ndarray) -> list[int]:
    """Corners of the lower convex hull of points with ascending x, up to the first minimum of y."""
    corners = []
    for i in range(int(np.argmin(y)) + 1):
        while len(corners) > 1:
            a, b = corners[-2], corners[-1]
            if (y[b] - y[a]) * (x[i] - x[a]) < (y[i] - y[a]) * (x[b] - x[a]):
                break
            corners.pop()
        corners.append(i)
    return corners

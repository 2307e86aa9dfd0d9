"""The energy-latency frontier, exact at every latency where it can change, and what a millisecond returns."""

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.model.costs import arc_terms, with_frictions
from geofront.model.feasibility import LATENCY_TOLERANCE, latency
from geofront.model.formulation import silent
from geofront.model.origins import Origins, gather, pinned_load
from geofront.model.problem import Problem, build_problem, starts
from geofront.model.reach import GrowingReach
from geofront.names import CLIENT, FRICTIONS, LAYERS, REGION, REGIONAL_RTT, WORKLOAD

_ATTRS = {
    "budget": ("ms", "Latency budget"),
    "cost": ("USD/yr", "Cost"),
    "emissions": ("kg/yr", "Emissions"),
    "cost_per_mwh": ("USD/MWh", "Cost"),
    "carbon_per_mwh": ("kg/MWh", "Emissions"),
    "layer_share": ("1", "Share of the demand"),
    "relocated_share": ("1", "Relocated share"),
}


def latency_frontier(scenario: xr.Dataset, workload=None, *, carbon_price=0.0, frictions=FRICTIONS,
                     solver="CBC", budgets=None) -> xr.Dataset:
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
        Evaluate here only [ms]; by default at every budget where a further region comes into reach.

    Returns
    -------
    xarray.Dataset
        Dim ``budget`` [ms], ascending; the first is the shortest home latency, at which nothing that
        varies may move. Between two budgets everything stays as at the lower one.

        - ``cost`` [USD/yr] and ``emissions`` [kg/yr] of all demand.
        - ``cost_per_mwh`` [USD/MWh], ``carbon_per_mwh`` [kg/MWh]: of the demand whose budget varies; at the
          first budget what it costs at home, thereafter less all that the system saves.
        - ``layer_share`` (budget, layer) and ``relocated_share`` [1] of the demand whose budget varies.

    Raises
    ------
    GeofrontError
        Unknown class, or budgets that are not ascending.

    Notes
    -----
    Section 6 of the model page. The optimum can change only where the budget crosses an arc's latency,
    and there only if the arc lowers the objective at the shadow prices before it; so every breakpoint is
    visited, and hours are solved again where an arc pays. Home stays allowed at any budget.
    """
    varied = _varied(scenario, workload)
    arc_latency = latency(scenario).transpose(CLIENT, WORKLOAD, REGION).values
    if workload is None:
        arc_latency = arc_latency - scenario.service_time.values[:, None]
    widest = build_problem(scenario, carbon_price=carbon_price, frictions=frictions)
    widest = replace(widest, allowed=widest.allowed | varied[:, None])
    origins = gather(widest, apart=varied)
    opens = _opening_budgets(widest, origins, varied, arc_latency)
    points = _points(opens, arc_latency, widest, varied, budgets)

    with silent():
        optimum = GrowingReach(widest, origins, opens <= points[0] * (1 + LATENCY_TOLERANCE), solver)
        ledger = _Ledger(scenario, optimum, varied, carbon_price, frictions)
        ledger.update(np.arange(len(widest.weight)))
        rows = [ledger.totals()]
        for budget in points[1:]:
            changed = optimum.allow(opens <= budget * (1 + LATENCY_TOLERANCE))
            if len(changed):
                ledger.update(changed)
            rows.append(ledger.totals())
    return _dataset(points, rows, ledger, workload)


def _varied(scenario: xr.Dataset, workload) -> np.ndarray:
    labels = scenario.indexes[WORKLOAD]
    if workload is not None and workload not in labels:
        raise GeofrontError(f"there is no class {workload!r}: use one of {first_labels(labels)}, or None for all")
    return np.ones(len(labels), bool) if workload is None else labels == workload


def _opening_budgets(problem: Problem, origins: Origins, varied: np.ndarray, arc_latency: np.ndarray) -> np.ndarray:
    """Budget at which each arc (o, r) opens: zero for home and for classes that do not vary."""
    client = np.zeros(len(origins.service), int)
    client[origins.origin] = origins.client
    opens = np.where(varied[origins.workload][:, None], arc_latency[client, origins.workload], 0.0)
    return np.where(origins.reach, np.where(origins.away, opens, 0.0), np.inf)


def _points(opens, arc_latency, problem: Problem, varied: np.ndarray, budgets) -> np.ndarray:
    if budgets is not None:
        budgets = np.asarray(budgets, float)
        if not len(budgets) or (np.diff(budgets) <= 0).any():
            raise GeofrontError("budgets must be at least one number of milliseconds, each larger than the one before")
        return budgets
    home = arc_latency[np.arange(len(problem.home)), :, problem.home_region[problem.home]][:, varied].min()
    later = opens[np.isfinite(opens) & (opens > home)]
    steps = np.unique(later)
    distinct = np.diff(steps, prepend=0.0) > LATENCY_TOLERANCE * steps
    return np.concatenate([[home], steps[distinct]])


class _Ledger:
    """Cost, emissions and layers of a placement hour by hour, brought up to date where it changes."""

    def __init__(self, scenario, optimum: GrowingReach, varied: np.ndarray, carbon_price: float, frictions):
        self.optimum = optimum
        self.money = build_problem(scenario, carbon_price=carbon_price, frictions=frictions, tie_break=False)
        self.warmup = self.money.warmup
        terms = arc_terms(with_frictions(scenario, frictions))
        self.carbon = terms.facility_carbon.values
        self.warmup_carbon = terms.warmup_energy.values[..., None] * terms.warmup_carbon.values[:, None]
        origins = optimum.origins
        self.fixed = self.money.fixed[origins.service, :, origins.workload]
        near = scenario.rtt.values[origins.service] <= REGIONAL_RTT
        self.layers = np.stack([~origins.away, origins.away & near, origins.away & ~near])
        self.layers &= varied[origins.workload][:, None]
        self.pinned = pinned_load(self.money)
        hours = len(self.money.weight)
        self.cost, self.emissions, self.by_layer = np.zeros(hours), np.zeros(hours), np.zeros((len(LAYERS), hours))
        demand = self.money.demand[:, varied]
        self.pinned_varied = (self.money.pinned[varied][:, None] * demand).sum(axis=(0, 1))
        self.demand_mwh = float((demand.sum(axis=(0, 1)) * self.money.weight).sum())
        at_home = self.money.price[self.money.home_region[self.money.home]][:, None] * demand
        home_carbon = self.carbon[self.money.home_region[self.money.home]][:, None] * demand
        self.home_cost = float((at_home * self.money.weight).sum())
        self.home_emissions = float((home_carbon * self.money.weight).sum())

    def update(self, hours: np.ndarray) -> None:
        """Account again for whole blocks (or, without coupling, hours)."""
        problem, origins = self.money.at(hours), self.optimum.origins
        placed = self.optimum.placed[..., hours]
        burned = np.einsum("ort,or->rt", placed, origins.execution) + self.pinned[:, hours]
        relocated = np.zeros(problem.warmup.shape)
        for workload in range(relocated.shape[1]):
            chosen = origins.workload == workload
            relocated[:, workload] = np.einsum("ort,or->rt", placed[chosen], origins.away[chosen].astype(float))
        started = starts(problem, relocated)
        self.cost[hours] = ((burned * problem.price).sum(axis=0) + np.einsum("ort,or->t", placed, self.fixed)
                            + (started * problem.warmup).sum(axis=(0, 1)))
        self.emissions[hours] = ((burned * self.carbon[:, hours]).sum(axis=0)
                                 + (started * self.warmup_carbon[..., hours]).sum(axis=(0, 1)))
        self.by_layer[:, hours] = np.einsum("ort,lor->lt", placed, self.layers.astype(float))
        self.by_layer[0, hours] += self.pinned_varied[hours]

    def totals(self) -> tuple[float, float, np.ndarray]:
        weight = self.money.weight
        return self.cost @ weight, self.emissions @ weight, self.by_layer @ weight / self.demand_mwh


def _dataset(points, rows, ledger: _Ledger, workload) -> xr.Dataset:
    cost, emissions, layers = (np.array(column) for column in zip(*rows, strict=True))
    frontier = xr.Dataset(
        {
            "cost": ("budget", cost),
            "emissions": ("budget", emissions),
            "cost_per_mwh": ("budget", (ledger.home_cost + cost - cost[0]) / ledger.demand_mwh),
            "carbon_per_mwh": ("budget", (ledger.home_emissions + emissions - emissions[0]) / ledger.demand_mwh),
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
    ERL = −Δcost/Δbudget and CRL = −Δcarbon/Δbudget, section 6 of the model page. The frontier is a step
    function: between its own budgets it has the value of the lower one.
    """
    budgets = frontier.budget.values
    if between is not None:
        budgets = np.asarray(between, float)
        if len(budgets) < 2 or (np.diff(budgets) <= 0).any() or budgets[0] < float(frontier.budget[0]):
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

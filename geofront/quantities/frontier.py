"""The energy-latency frontier, exact at every latency budget at which it can change."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from geofront.arguments import ascending, checked, choice, label, truth
from geofront.errors import GeofrontError
from geofront.model import formulation
from geofront.model.costs import (
    arc_terms,
    carbon_cost,
    check_carbon_price,
    check_frictions,
    objective_rates,
    with_frictions,
    with_objective,
)
from geofront.model.feasibility import LATENCY_TOLERANCE, at_home, latency, network_latency, within_budget
from geofront.model.origins import Block, Origins, gather
from geofront.model.problem import Problem, build_problem, starts
from geofront.model.scaling import with_scaled_costs
from geofront.names import CBC, FRICTIONS, HIGHS, HOUR, LAYERS, OBJECTIVES, SOLVERS, WORKLOAD
from geofront.quantities.layers import layer_of
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted
from geofront.shared import shared_in_run
from geofront.solver.engine import GrowingReach
from geofront.threads import in_threads

EXACT_HOURS = 744
"""Largest number of hours for which a frontier has all its breakpoints by default. In a year of hours a breakpoint
takes seconds."""

NETWORK_BUDGETS = (50.0, 100.0, 200.0, 500.0, 5000.0)
"""Default network budgets of a longer frontier, in addition to the shortest latency at home [ms]."""

_ATTRS = {
    "budget": ("ms", "Latency budget"),
    "cost": ("USD/yr", "Cost"),
    "emissions": ("kg/yr", "Emissions"),
    "cost_per_mwh": ("USD/MWh", "Cost"),
    "carbon_per_mwh": ("kg/MWh", "Emissions"),
    "layer_share": ("1", "Share of the demand"),
    "relocated_share": ("1", "Relocated share"),
}


@checked(
    scenario=admitted,
    carbon_price=check_carbon_price,
    objective=choice(OBJECTIVES),
    frictions=check_frictions,
    solver=choice(SOLVERS),
    budgets=ascending,
    progress=truth,
)
@shared_in_run
def latency_frontier(
    scenario: xr.Dataset,
    workload=None,
    *,
    carbon_price=0.0,
    objective="cost",
    frictions=FRICTIONS,
    solver=HIGHS,
    budgets=None,
    progress=False,
) -> xr.Dataset:
    """Compute the optimum, of least cost or least emissions, as a function of a latency budget.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : str, optional
        Class whose end-to-end budget varies; the other classes keep theirs. By default a network budget common to all
        classes varies, which limits access and round trips without service time.
    carbon_price : float
        [USD/t].
    objective : {"cost", "carbon"}
        As in :func:`geofront.place`: cost, including the carbon price, or emissions.
    frictions : sequence of str
    solver : {"HiGHS", "CBC"}
        CBC solves the plain formulation at every budget, which takes far longer.
    budgets : sequence of float, optional
        Budgets to evaluate [ms]; by default the shortest latency at home, and every longer budget that allows another
        region.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    xarray.Dataset
        Dim ``budget`` [ms], ascending. Between two of the default budgets all values are as at the lower one.

        - ``cost`` [USD/yr], including the carbon price, and ``emissions`` [kg/yr] of all demand.
        - ``cost_per_mwh`` [USD/MWh], ``carbon_per_mwh`` [kg/MWh] of the demand whose budget varies: its value at home
          less all savings of the system against a placement with this demand at home. That placement is not the one
          at 0 ms if a region is 0 ms away.
        - ``layer_share`` (budget, layer) and ``relocated_share`` [-] of the demand whose budget varies.
        - attributes: ``scope`` (the class, or ``network``), objective, carbon price, carbon signal, frictions.

        The objective never rises with the budget; the other quantity may. Values per MWh and shares are NaN if no
        demand varies.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, the class or objective is unknown, the budgets are not ascending, or the capacities
        cannot hold the demand at home.

    Notes
    -----
    See "Energy-latency frontier" in docs/model.md. The optimum can change only where the budget crosses an arc's
    latency, and only if the arc has a negative reduced cost at the last shadow prices. Every breakpoint is therefore
    evaluated, but a block is solved again only if an arc improves its objective. Home is allowed at any budget.
    """
    steps = LatencySteps(scenario, workload, frictions)
    problem = steps.problem(carbon_price, objective)
    points = steps.breakpoints(problem) if budgets is None else budgets
    with tqdm(desc=f"frontier {workload or 'network'}", unit="budget", disable=not progress) as bar:
        rows = steps.totals(problem, [-np.inf, *points], solver, bar)
    rows, at_home = (with_carbon_price(totals, carbon_price) for totals in (rows, steps.varied_at_home(problem)))
    attrs = {
        "scope": "network" if workload is None else str(workload),
        "objective": objective,
        "carbon_price": carbon_price,
        "carbon_signal": scenario.attrs["carbon_signal"],
        "frictions": frictions,
    }
    return _dataset(points, rows, at_home, attrs)


def with_carbon_price(totals: np.ndarray, carbon_price: float) -> np.ndarray:
    """Add the carbon cost of emissions, the second of the totals, to cost, the first."""
    return np.concatenate([totals[..., :1] + carbon_cost(carbon_price, totals[..., 1:2]), totals[..., 1:]], axis=-1)


def _dataset(points: np.ndarray, rows: np.ndarray, at_home: np.ndarray, attrs: dict) -> xr.Dataset:
    """Make the frontier from totals (1 + budget, quantity), first with all at home, and the varied demand at home."""
    cost, emissions = rows[1:, 0], rows[1:, 1]
    home_cost, home_emissions, demand = at_home
    per_mwh = 1 / demand if demand else np.nan
    layers = rows[1:, 2:] * per_mwh
    frontier = xr.Dataset(
        {
            "cost": ("budget", cost),
            "emissions": ("budget", emissions),
            "cost_per_mwh": ("budget", (home_cost + cost - rows[0, 0]) * per_mwh),
            "carbon_per_mwh": ("budget", (home_emissions + emissions - rows[0, 1]) * per_mwh),
            "layer_share": (("budget", "layer"), layers),
            "relocated_share": ("budget", 1 - layers[:, 0]),
        },
        coords={"budget": points, "layer": np.array(LAYERS, dtype=object)},
        attrs=attrs,
    )
    return described(frontier, with_objective(attrs["objective"], _ATTRS))


class LatencySteps:
    """Scenario whose latency budget varies, for one class or as a network budget of all classes.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : str or None
        Class whose end-to-end budget varies; None for the network budget, which limits access and round trips without
        service time.
    frictions : sequence of str

    Raises
    ------
    GeofrontError
        If the scenario is invalid or the class is unknown.
    """

    def __init__(self, scenario: xr.Dataset, workload, frictions):
        scenario = admitted(scenario)
        labels = scenario.indexes[WORKLOAD]
        if workload is not None:
            label(labels, "class", ", or None for all")(workload, "workload")
        self.scenario, self.frictions = scenario, frictions
        self.varied = np.ones(len(labels), bool) if workload is None else labels == workload
        self.latency = (network_latency if workload is None else latency)(scenario).values
        # Home is allowed at any budget, and so is every region for classes whose budget does not vary.
        always = at_home(scenario).values[:, None] | ~self.varied[:, None]
        self.opens = np.where(always, -np.inf, self.latency)
        terms = arc_terms(with_frictions(scenario, frictions))
        self.cost, self.emissions = objective_rates(terms, "cost"), objective_rates(terms, "carbon", tie_break=False)
        self.layers = layer_of(scenario).values.astype(float)

    def problem(self, carbon_price: float, objective: str) -> Problem:
        """Make the placement problem without limits on the latencies that vary."""
        problem = build_problem(self.scenario, carbon_price=carbon_price, objective=objective, frictions=self.frictions)
        return replace(problem, allowed=problem.allowed | self.varied[:, None])

    def origins(self, problem: Problem) -> tuple[Origins, np.ndarray]:
        """Origins with all arcs, and the budget at which each arc (o, r) becomes allowed [ms]."""
        origins = gather(problem, separate=self.varied)
        client = np.zeros(len(origins.service), int)
        client[origins.origin] = origins.client
        return origins, np.where(origins.reach, self.opens[client, origins.workload], np.inf)

    def breakpoints(self, problem: Problem) -> np.ndarray:
        """Shortest latency at home of the varied demand, and all larger budgets that allow more arcs [ms]."""
        home = at_home(self.scenario).values[:, None] & self.varied[:, None]
        shortest = self.latency[np.broadcast_to(home, self.latency.shape)].min()
        _, opens = self.origins(problem)
        later = np.unique(opens[np.isfinite(opens) & (opens > shortest)])
        distinct = np.diff(later, prepend=0.0) > LATENCY_TOLERANCE * later
        return np.concatenate([[shortest], later[distinct]])

    def totals(self, problem: Problem, budgets, solver: str, bar: tqdm, starts_at: dict | None = None) -> np.ndarray:
        """Compute totals of the optimum at every budget.

        Parameters
        ----------
        problem : Problem
            Result of :meth:`problem`.
        budgets : sequence of float
            Ascending [ms]; -inf keeps all varied demand at home.
        solver : {"HiGHS", "CBC"}
        bar : tqdm
            Progress bar of the budgets of each share of the blocks.
        starts_at : dict, optional
            Optima at the first budget, by the first hour of their block: used as warm starts and updated.

        Returns
        -------
        numpy.ndarray
            (budget, quantity): cost without the carbon price [USD/yr] and emissions [kg/yr] of all demand, and varied
            demand by layer [MWh].
        """
        blocks = problem.blocks()
        shares = [share for share in (blocks[::2], blocks[1::2]) if share]
        bar.reset(total=len(shares) * len(budgets))
        walk = self._engine if solver == HIGHS else self._plain

        def along(share: list[np.ndarray], check: Callable[[], None]) -> np.ndarray:
            of_block = np.zeros((len(share), 2 + len(LAYERS)))
            rows = []
            for changed in walk(problem, share, budgets, check, {} if starts_at is None else starts_at):
                for number, flow in changed:
                    of_block[number] = self._totals(problem, share[number], flow)
                rows.append(of_block.sum(axis=0))
                bar.update()
            return np.array(rows)

        return np.sum(in_threads(along, shares), axis=0)

    def _engine(self, problem: Problem, share, budgets, check, starts_at) -> Iterator[list[tuple[int, np.ndarray]]]:
        """Positions and flows of the blocks that change at every budget."""
        problem, _ = with_scaled_costs(problem)
        origins, opens = self.origins(problem)
        reach = within_budget(opens, budgets[0])
        blocks = [Block(problem.at(hours), origins) for hours in share]
        optimum = GrowingReach(blocks, reach, check, [starts_at.get(hours[0]) for hours in share])
        starts_at.update((hours[0], each) for hours, each in zip(share, optimum.optima, strict=True))
        changed = list(range(len(blocks)))
        for budget in budgets:
            new = within_budget(opens, budget) & ~reach
            reach |= new
            changed = [*changed, *optimum.update(new)]
            yield [(number, blocks[number].flows(optimum.optima[number].placed)) for number in changed]
            changed = []

    def _plain(self, problem: Problem, share, budgets, check, _) -> Iterator[list[tuple[int, np.ndarray]]]:
        """As `_engine`, by the plain formulation, which solves every block if any arc is added."""
        last = None
        for budget in budgets:
            allowed = within_budget(self.opens, budget)
            changed = [] if last is not None and (allowed == last).all() else range(len(share))
            limited, last = replace(problem, allowed=problem.allowed & allowed), allowed
            flows = []
            for number in changed:
                check()
                flows.append((number, formulation.solve(limited.at(share[number]), CBC).flow))
            yield flows

    def _totals(self, problem: Problem, hours: np.ndarray, flow: np.ndarray) -> np.ndarray:
        """Totals of a block's flows."""
        block, away = problem.at(hours), problem.away()[..., None, None]
        burned = np.einsum("crkt,crk->rt", flow, block.execution[block.home])
        started = starts(block, (flow * away).sum(axis=0))
        cost, emissions = (
            (burned * rates.price[:, hours]).sum(axis=0) + (started * rates.warmup[..., hours]).sum(axis=(0, 1))
            for rates in (self.cost, self.emissions)
        )
        cost += np.einsum("crkt,crk->t", flow, self.cost.fixed[block.home])
        by_layer = np.einsum("lcr,crt->lt", self.layers, flow[:, :, self.varied].sum(axis=2))
        return np.stack([cost, emissions, *by_layer]) @ block.weight

    def varied_at_home(self, problem: Problem) -> np.ndarray:
        """Cost without carbon price [USD/yr], emissions [kg/yr] and energy [MWh/yr] of the varied demand at home."""
        region = problem.home_region[problem.home]
        cost = self.cost.price[region]
        per_mwh = np.stack([cost, self.emissions.price[region], np.ones(cost.shape)])
        return np.einsum("qct,ckt,t->q", per_mwh, problem.demand[:, self.varied], problem.weight)


def chosen_budgets(scenario: xr.Dataset, workload=None, points: int = 0) -> np.ndarray | None:
    """Choose budgets for :func:`geofront.latency_frontier`.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : str, optional
        Class whose budget varies; by default the network budget common to all classes.
    points : int
        Number of budgets, evenly spaced on a log scale of network latency; 0 for every breakpoint. -1 for every
        breakpoint of scenarios with up to `EXACT_HOURS`, and for a few budgets of longer ones, in which a breakpoint
        takes seconds.

    Returns
    -------
    numpy.ndarray or None
        Budgets [ms], ascending, from the shortest latency at home to the longest in any region. For a class, they also
        include its nominal budget and the budget with twice the nominal network budget, if finite. The few budgets are
        only these, or `NETWORK_BUDGETS` for all classes. None for every breakpoint.

    Raises
    ------
    GeofrontError
        If the number is 1, or negative and not -1.
    """
    if points == 0 or (points == -1 and scenario.sizes[HOUR] <= EXACT_HOURS):
        return None
    if points != -1 and points < 2:
        raise GeofrontError(
            f"{points} budgets make no frontier: give 2 or more, 0 for every breakpoint, or -1 to choose "
            "by the number of hours"
        )
    scenario = admitted(scenario)
    network = network_latency(scenario)
    if workload is not None:
        network = network.sel({WORKLOAD: workload})
    shortest, longest = float(network.where(at_home(scenario)).min()), float(network.max())
    if workload is None:
        return np.unique([shortest, *NETWORK_BUDGETS]) if points == -1 else np.geomspace(shortest, longest, points)
    spaced = np.geomspace(shortest, longest, max(points, 2))
    service_time = float(scenario.service_time.sel({WORKLOAD: workload}))
    budgets = np.unique([*(spaced + service_time), *nominal_budgets(scenario, workload)])
    return budgets[np.isfinite(budgets)]


def nominal_budgets(scenario: xr.Dataset, workload) -> tuple[float, float]:
    """Latency budget of a class, and its budget with twice the network budget.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : str

    Returns
    -------
    tuple of float
        End-to-end budgets [ms].
    """
    budget, service_time = (
        float(scenario[name].sel({WORKLOAD: workload})) for name in ("latency_budget", "service_time")
    )
    return budget, 2 * budget - service_time

"""Where to keep models ready: Benders' decomposition with a small master program in python-mip."""

from dataclasses import replace

import mip
import numpy as np
import xarray as xr

from geofront.arguments import checked, choice, number, whole
from geofront.beyond.program import PlacementProgram
from geofront.errors import GeofrontError, Infeasible, SolverError, first_labels
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.model.formulation import REMEDY, named_errors, new_model
from geofront.model.origins import Block, gather
from geofront.model.problem import Problem, build_problem
from geofront.names import FRICTIONS, HIGHS, HOUR, REGION, WORKLOAD
from geofront.placement import evaluate
from geofront.scenarios.alignment import labelled_flow
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted
from geofront.solver import engine
from geofront.solver.assembled import Proved

GATES = ("import", "all")

MOST_MODELS = 20
"""Solving for more takes too long."""

MOST_ROUNDS = 300
"""Largest number of rounds of cuts in each phase; afterwards the gap is reported as it is [-]."""

STEP = 0.5
"""Where the next cut of the relaxed phase is made, from 0 at the last point to 1 at the master's [-]."""

RELAXED, ENOUGH = 0.2, 1e-5
"""Share of the tolerance, and gap, at which the relaxed phase ends: more cuts would not help to choose sites [-]."""

OPEN = 0.5
"""Value from which a binary counts as one [-]."""

_ATTRS = {
    "ready": ("", "Model kept ready"),
    "hosting_cost": ("USD/yr", "Cost of electricity to keep the model ready"),
    "capacity_price": ("USD/MWh", "Shadow price of capacity"),
}


@checked(
    scenario=admitted,
    hosting_mw=number("MW", least=0, most=1e6),
    models=whole(least=1, most=MOST_MODELS),
    gate=choice(GATES),
    tolerance=number(least=1e-8, most=1),
    carbon_price=check_carbon_price,
    frictions=check_frictions,
)
def site(
    scenario: xr.Dataset,
    hosting_mw: float,
    *,
    models: int = 1,
    gate: str = "import",
    tolerance: float = 1e-3,
    carbon_price: float = 0.0,
    frictions=FRICTIONS,
) -> xr.Dataset:
    """Decide where to keep each model ready, and place demand accordingly.

    Parameters
    ----------
    scenario : xarray.Dataset
    hosting_mw : float
        IT power of the replicas that keep one model ready in one region, in all hours [MW]. It uses capacity too.
    models : int
        Models per class. Each has an equal share of the demand of its class, and needs its own replicas.
    gate : {"import", "all"}
        Which demand needs a ready model: demand from elsewhere only, because a region serves its own anyway, or all
        demand. The latter requires ``locality`` to be switched off.
    tolerance : float
        Largest gap between the cost and its lower bound, relative to the cost [-].
    carbon_price, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.Dataset
        A placement as :func:`geofront.evaluate` returns it, without hosting, by class and model; and

        - ``ready`` (region, workload): true where the model is kept ready;
        - ``hosting_cost`` (region, workload) [USD/yr]: electricity of its replicas;
        - ``capacity_price`` (region, hour) [USD/MWh]: shadow price with these models ready;
        - attributes ``cost`` and ``bound`` [USD/yr], both with hosting, ``gap`` [-], and the number of ``cuts``.

    Raises
    ------
    GeofrontError
        Invalid scenario or argument, capacities that cannot hold the demand, or pinned demand with ``gate="all"``.

    Notes
    -----
    See "Where to open" in docs/model.md.
    """
    scenario = with_models(scenario, models)
    problem = build_problem(scenario, carbon_price=carbon_price, frictions=frictions)
    if gate == "all" and (problem.pinned > 0).any():
        names = first_labels(problem.labels[WORKLOAD][problem.pinned > 0])
        raise GeofrontError(f"gate='all' with pinned demand of classes {names}: leave 'locality' out of frictions")
    search = Decomposition(problem, hosting_mw, gate)
    search.solve(tolerance)
    solution = engine.solve(search.restricted())
    flow = labelled_flow(scenario, solution.flow)
    result = evaluate(scenario, flow, carbon_price=carbon_price, frictions=frictions).assign(
        ready=((REGION, WORKLOAD), search.best),
        hosting_cost=((REGION, WORKLOAD), search.best * search.hosting_cost[:, None]),
        capacity_price=((REGION, HOUR), solution.capacity_price),
    )
    attrs = {"status": "optimal", "solver": HIGHS, "gate": gate, "hosting_mw": hosting_mw}
    attrs |= {"cost": search.upper * search.energy, "bound": search.lower * search.energy}
    return described(result.assign_attrs(attrs, gap=search.gap, cuts=search.cuts), _ATTRS)


def with_models(scenario: xr.Dataset, models: int) -> xr.Dataset:
    """The scenario with every class divided into several models of equal demand: ``A`` into ``A 1``, ``A 2``, …"""
    if models == 1:
        return scenario
    names = [f"{label} {number}" for label in scenario[WORKLOAD].values for number in range(1, models + 1)]
    divided = scenario.isel({WORKLOAD: np.repeat(np.arange(scenario.sizes[WORKLOAD]), models)})
    divided = divided.assign_coords({WORKLOAD: np.array(names, object)})
    return divided.assign(demand=(divided.demand / models).assign_attrs(scenario.demand.attrs))


class Decomposition:
    """Benders' decomposition: the master program chooses y (r, k); the blocks return its cost, and the slope with y.

    After :meth:`solve`, ``best`` is the best integer y; ``upper`` and ``lower`` are its cost and bound [USD/MWh].
    """

    def __init__(self, problem: Problem, hosting_mw: float, gate: str):
        self.problem, self.hosting_mw, self.gate = problem, hosting_mw, gate
        self.programs = [Hosting(problem.at(hours), gate) for hours in problem.blocks()]
        self.energy = float((problem.demand @ problem.weight).sum()) or 1.0
        self.hosting_cost = hosting_mw * (problem.price @ problem.weight)
        origins = gather(problem)
        self.room = Block(problem, origins).room.min(axis=1)
        origin, region = (origins.reach & (origins.away | (gate == "all"))).nonzero()
        self.useful = np.zeros((len(problem.price), len(problem.pinned)), bool)
        self.useful[region, origins.workload[origin]] = True
        self.best, self.upper, self.lower, self.cuts = np.zeros(self.useful.shape, bool), np.inf, -np.inf, 0

        self.master = new_model(HIGHS, "sites")
        self.master.threads = 1
        cost = self.hosting_cost / self.energy
        self.y = {
            (r, k): self.master.add_var(f"y{r},{k}", obj=cost[r], var_type=mip.BINARY)
            for r, k in zip(*self.useful.nonzero(), strict=True)
        }
        self.estimates = []
        for block, program in enumerate(self.programs):
            least = program.at(np.ones(self.useful.shape), 0.0)[0].bound / self.energy
            self.estimates.append(self.master.add_var(f"cost{block}", obj=1.0, lb=least - 1e-9 * abs(least)))
        for r in np.flatnonzero(np.isfinite(self.room) & self.useful.any(axis=1)) if hosting_mw else ():
            ready = mip.xsum(self.y[r, k] for k in np.flatnonzero(self.useful[r]))
            self.master += ready <= float(max(self.room[r], 0.0) / hosting_mw)
        for reach, k in zip(origins.reach, origins.workload, strict=True) if gate == "all" else ():
            self.master += mip.xsum(self.y[r, k] for r in np.flatnonzero(reach)) >= 1

    @property
    def gap(self) -> float:
        """Distance of the cost from its bound, relative to the cost, or to 1 USD/MWh if that is larger."""
        return max(0.0, self.upper - self.lower) / max(abs(self.upper), 1.0)

    def solve(self, tolerance: float, integer_rounds: int = MOST_ROUNDS) -> None:
        """Find the best y to a tolerance, or after some rounds: relaxed, then rounded, then integer."""
        self.master.max_mip_gap = tolerance / 10
        share = np.minimum(1.0, self.room / max(self.hosting_mw * self.useful.shape[1], 1e-9))
        inside = self.useful * share[:, None]
        least = self.cut(inside)
        for _ in range(MOST_ROUNDS):
            point, self.lower = self.chosen(relaxed=True)
            inside = STEP * point + (1 - STEP) * inside
            least = min(least, self.cut(inside))
            if least - self.lower <= max(RELAXED * tolerance, ENOUGH) * max(abs(least), 1.0):
                break
        for threshold in (OPEN, OPEN / 2):
            if (self.hosting_mw * (point > threshold).sum(axis=1) <= self.room).all():
                self.improve(point > threshold)
        for _ in range(integer_rounds):
            if self.gap <= tolerance:
                break
            point, bound = self.chosen(relaxed=False)
            self.lower = max(self.lower, bound)
            self.improve(point > OPEN)

    def chosen(self, *, relaxed: bool) -> tuple[np.ndarray, float]:
        """The master's y given all cuts so far, and the bound that it proves; raises `Infeasible` or `SolverError`."""
        with named_errors(HIGHS):
            status = self.master.optimize(relax=relaxed)
        if status == mip.OptimizationStatus.INFEASIBLE:
            raise Infeasible(
                "no choice of sites is feasible: in some region that must be open, the models kept ready exceed "
                "the capacity; lower 'hosting_mw' or raise 'capacity'"
            )
        if status != mip.OptimizationStatus.OPTIMAL:
            raise SolverError(f"the master program ended with status {status.name}: {REMEDY}")
        y = np.zeros(self.useful.shape)
        for place, variable in self.y.items():
            y[place] = min(max(variable.x, 0.0), 1.0)
        return y, float(self.master.objective_value if relaxed else self.master.objective_bound)

    def cut(self, y: np.ndarray) -> float:
        """Add a cut for the cost of each block, linear in the change from y; return the cost of all with hosting."""
        total = float((self.hosting_cost[:, None] * y).sum())
        for program, estimate in zip(self.programs, self.estimates, strict=True):
            proved, slope = program.at(y, self.hosting_mw)
            slope /= self.energy
            terms = mip.xsum(float(slope[place]) * variable for place, variable in self.y.items())
            self.master += estimate - terms >= proved.bound / self.energy - float((slope * y).sum())
            total += proved.objective
        self.cuts += 1
        return total / self.energy

    def improve(self, ready: np.ndarray) -> None:
        """Add cuts at an integer y, and keep it if it is the best so far."""
        cost = self.cut(ready)
        if cost < self.upper:
            self.best, self.upper = ready, cost

    def restricted(self) -> Problem:
        """The problem at the best y: fewer allowed regions, and less capacity."""
        ready = self.best.T if self.gate == "all" else self.best.T | ~self.problem.away()[:, None]
        capacity = self.problem.capacity - self.hosting_mw * self.best.sum(axis=1)[:, None]
        return replace(self.problem, allowed=self.problem.allowed & ready, capacity=capacity)


class Hosting(PlacementProgram):
    """The program of one block with flows limited by y, and with unserved demand at a cost above any rerouting."""

    def __init__(self, problem: Problem, gate: str):
        super().__init__(problem)
        self.gated = self.away | (gate == "all")
        # Serving a demand by rerouting others, region by region, always costs less.
        reroutes = 2.0 * (len(problem.price) + 1) * (2.0 + problem.execution.max())
        unserved = self.columns(np.broadcast_to(reroutes * max(problem.largest_cost, 1.0), self.balance.shape))
        self.cost[unserved] *= problem.weight
        self.add(self.balance, unserved, 1.0)

    def at(self, y: np.ndarray, hosting_mw: float) -> tuple[Proved, np.ndarray]:
        """The optimum at any y (r, k) from 0 to 1, and the slope of its bound with y, (r, k) [USD/yr]."""
        region, workload = self.place[1:]
        demand = self.demand[self.queue]
        self.upper[self.flow] = np.where(self.gated[:, None], y[region, workload][:, None] * demand, np.inf)
        self.upper[self.load] = np.maximum(self.problem.capacity - hosting_mw * y.sum(axis=1)[:, None], 0.0)
        proved = self.solve("dual", unique=False)
        saving = np.minimum(proved.reduced_cost, 0.0)
        slope = np.repeat(-hosting_mw * saving[self.load].sum(axis=1)[:, None], y.shape[1], axis=1)
        np.add.at(slope, (region, workload), self.gated * (saving[self.flow] * demand).sum(axis=1))
        return proved, slope

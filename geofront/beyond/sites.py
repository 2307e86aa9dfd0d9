"""Where to keep models ready: Benders' decomposition with a small master program in python-mip."""

from dataclasses import replace

import mip
import numpy as np
import xarray as xr

from geofront.arguments import checked, choice, number, whole
from geofront.beyond.program import PlacementProgram, Proved
from geofront.errors import GeofrontError, Infeasible, SolverError, first_labels
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.model.formulation import REMEDY, named_errors, new_model
from geofront.model.origins import Block, gather
from geofront.model.problem import Problem, build_problem
from geofront.names import CLIENT, FRICTIONS, HIGHS, HOUR, REGION, WORKLOAD
from geofront.placement import evaluate
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted
from geofront.solver import engine

GATES = ("import", "all")

MOST_MODELS = 20

MOST_ROUNDS = 300
"""Largest number of rounds of cuts in each phase; afterwards the gap is reported as it is [-]."""

STEP = 0.5
"""Where the next cut of the relaxed phase is made, from 0 at the last point to 1 at the master's [-]."""

RELAXED, ENOUGH = 0.2, 1e-5
"""Share of the tolerance, and gap, at which the relaxed phase ends: more cuts would not help to choose sites [-]."""

OPEN = 0.5
"""Value from which a binary counts as one [-]."""


@checked(
    scenario=admitted,
    hosting_mw=number("MW", least=0, most=1e6),
    models=whole(least=1),
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
    See "Where to open" in docs/model.md. Each flow has its own limit, x ≤ demand · y, which makes the bound strong.
    Once y is fixed, the limit is a bound on a column, and the blocks are independent.
    """
    if models > MOST_MODELS:
        raise GeofrontError(f"models={models} is above {MOST_MODELS}: solving for more takes too long")
    several = with_models(scenario, models)
    problem = build_problem(several, carbon_price=carbon_price, frictions=frictions)
    if gate == "all" and (problem.pinned > 0).any():
        names = first_labels(problem.labels[WORKLOAD][problem.pinned > 0])
        raise GeofrontError(f"gate='all' with pinned demand of classes {names}: leave 'locality' out of frictions")
    decomposition = Decomposition(problem, hosting_mw, gate)
    decomposition.solve(tolerance)
    ready = decomposition.best
    solution = engine.solve(decomposition.restricted(ready))
    dims = (CLIENT, REGION, WORKLOAD, HOUR)
    flow = xr.DataArray(solution.flow, {dim: several[dim] for dim in dims}, dims)
    result = evaluate(several, flow, carbon_price=carbon_price, frictions=frictions).assign(
        ready=((REGION, WORKLOAD), ready),
        hosting_cost=((REGION, WORKLOAD), ready * decomposition.hosting_cost[:, None]),
        capacity_price=((REGION, HOUR), solution.capacity_price),
    )
    result.attrs |= {
        "status": "optimal",
        "solver": HIGHS,
        "gate": gate,
        "hosting_mw": hosting_mw,
        "cost": decomposition.upper * decomposition.energy,
        "bound": decomposition.lower * decomposition.energy,
        "gap": decomposition.gap,
        "cuts": decomposition.cuts,
    }
    return described(
        result,
        {
            "ready": ("", "Model kept ready"),
            "hosting_cost": ("USD/yr", "Cost of electricity to keep the model ready"),
            "capacity_price": ("USD/MWh", "Shadow price of capacity"),
        },
    )


def with_models(scenario: xr.Dataset, models: int) -> xr.Dataset:
    """The scenario with every class divided into several models of equal demand: ``A`` into ``A 1``, ``A 2``, …"""
    if models == 1:
        return scenario
    names = [f"{label} {number}" for label in scenario[WORKLOAD].values for number in range(1, models + 1)]
    divided = scenario.isel({WORKLOAD: np.repeat(np.arange(scenario.sizes[WORKLOAD]), models)})
    divided = divided.assign_coords({WORKLOAD: np.array(names, object)})
    return divided.assign(demand=(divided.demand / models).assign_attrs(scenario.demand.attrs))


class Hosting(PlacementProgram):
    """The program of one block with flows limited by y, and with unserved demand at a cost above any rerouting.

    Parameters
    ----------
    problem : Problem
        The hours of the block.
    gate : {"import", "all"}
    """

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
        demand = self.queues.demand[self.queue]
        self.upper[self.flow] = np.where(self.gated[:, None], y[region, workload][:, None] * demand, np.inf)
        self.upper[self.load] = np.maximum(self.problem.capacity - hosting_mw * y.sum(axis=1)[:, None], 0.0)
        proved = self.solve("dual", unique=False)
        saving = np.minimum(proved.reduced_cost, 0.0)
        slope = np.repeat(-hosting_mw * saving[self.load].sum(axis=1)[:, None], y.shape[1], axis=1)
        np.add.at(slope, (region, workload), self.gated * (saving[self.flow] * demand).sum(axis=1))
        return proved, slope


class Decomposition:
    """Benders' decomposition: the master chooses y; the blocks return its cost, and the slope of the cost with y.

    ``upper`` and ``lower`` are in USD per MWh of demand.

    Parameters
    ----------
    problem : Problem
    hosting_mw : float
    gate : {"import", "all"}
    """

    def __init__(self, problem: Problem, hosting_mw: float, gate: str):
        self.problem, self.hosting_mw, self.gate = problem, hosting_mw, gate
        self.origins = gather(problem)
        self.programs = [Hosting(problem.at(hours), gate) for hours in problem.blocks()]
        self.energy = float((problem.demand @ problem.weight).sum()) or 1.0
        self.hosting_cost = hosting_mw * (problem.price @ problem.weight)
        self.room = Block(problem, self.origins).room.min(axis=1)
        origin, region = (self.origins.reach & (self.origins.away | (gate == "all"))).nonzero()
        self.useful = np.zeros((len(problem.price), len(problem.pinned)), bool)
        self.useful[region, self.origins.workload[origin]] = True
        self.best, self.upper, self.lower, self.cuts = np.zeros(self.useful.shape, bool), np.inf, -np.inf, 0

    @property
    def gap(self) -> float:
        """Distance of the cost from its bound, relative to the cost, or to 1 USD/MWh if that is larger."""
        return max(0.0, self.upper - self.lower) / max(abs(self.upper), 1.0)

    def solve(self, tolerance: float, integer_rounds: int = MOST_ROUNDS) -> None:
        """Find the best y to a tolerance, or after some rounds: relaxed, then rounded, then integer."""
        master = Master(self, tolerance)
        share = np.minimum(1.0, self.room / max(self.hosting_mw * len(self.problem.pinned), 1e-9))
        point = inside = self.useful * share[:, None]
        least = self.cut(master, inside)
        for _ in range(MOST_ROUNDS):
            point, self.lower = master.optimum(relaxed=True)
            inside = STEP * point + (1 - STEP) * inside
            least = min(least, self.cut(master, inside))
            if least - self.lower <= max(RELAXED * tolerance, ENOUGH) * max(abs(least), 1.0):
                break
        for threshold in (OPEN, OPEN / 2):
            if (self.hosting_mw * (point > threshold).sum(axis=1) <= self.room).all():
                self.keep(point > threshold, self.cut(master, point > threshold))
        for _ in range(integer_rounds):
            if self.gap <= tolerance:
                break
            point, bound = master.optimum(relaxed=False)
            self.lower = max(self.lower, bound)
            self.keep(point > OPEN, self.cut(master, point > OPEN))

    def keep(self, ready: np.ndarray, cost: float) -> None:
        """Keep an integer y if it is the best so far."""
        if cost < self.upper:
            self.best, self.upper = ready, cost

    def cut(self, master: "Master", y: np.ndarray) -> float:
        """Add a cut for each block at a y, and return the cost of all blocks with hosting."""
        total = float((self.hosting_cost[:, None] * y).sum())
        for position, program in enumerate(self.programs):
            proved, slope = program.at(y, self.hosting_mw)
            master.add_cut(position, proved.bound / self.energy, slope / self.energy, y)
            total += proved.objective
        self.cuts += 1
        return total / self.energy

    def restricted(self, ready: np.ndarray) -> Problem:
        """The problem at an integer y: fewer allowed regions, and less capacity."""
        allowed = self.problem.allowed & ready.T
        if self.gate == "import":
            allowed |= ~self.problem.away()[:, None] & self.problem.allowed
        capacity = self.problem.capacity - self.hosting_mw * ready.sum(axis=1)[:, None]
        return replace(self.problem, allowed=allowed, capacity=capacity)


class Master:
    """The small mixed-integer program of y and one cost estimate per block.

    Parameters
    ----------
    of : Decomposition
    tolerance : float
    """

    def __init__(self, of: Decomposition, tolerance: float):
        self.model = new_model(HIGHS, "sites")
        self.model.max_mip_gap, self.model.threads = tolerance / 10, 1
        hosting = of.hosting_cost / of.energy
        self.y = {
            (r, k): self.model.add_var(f"y{r},{k}", obj=hosting[r], var_type=mip.BINARY)
            for r, k in zip(*of.useful.nonzero(), strict=True)
        }
        self.shape = of.useful.shape
        self.estimate = []
        for program in of.programs:
            least = program.at(np.ones(self.shape), 0.0)[0].bound / of.energy
            self.estimate.append(self.model.add_var(f"cost{len(self.estimate)}", obj=1.0, lb=least - 1e-9 * abs(least)))
        for r in np.flatnonzero(np.isfinite(of.room)) if of.hosting_mw else ():
            ready = [self.y[r, k] for k in range(self.shape[1]) if (r, k) in self.y]
            if ready:
                self.model += mip.xsum(ready) <= float(max(of.room[r], 0.0) / of.hosting_mw)
        for reach, k in zip(of.origins.reach, of.origins.workload, strict=True) if of.gate == "all" else ():
            self.model += mip.xsum(self.y[r, k] for r in np.flatnonzero(reach)) >= 1

    def add_cut(self, block: int, value: float, slope: np.ndarray, y: np.ndarray) -> None:
        """The cost of a block is at least ``value`` plus ``slope`` times the change of y."""
        terms = mip.xsum(float(slope[place]) * variable for place, variable in self.y.items())
        self.model += self.estimate[block] - terms >= value - float((slope * y).sum())

    def optimum(self, *, relaxed: bool) -> tuple[np.ndarray, float]:
        """The best y given all cuts so far, and the bound that it proves.

        Raises
        ------
        Infeasible
        SolverError
        """
        with named_errors(HIGHS):
            status = self.model.optimize(relax=relaxed)
        if status == mip.OptimizationStatus.INFEASIBLE:
            raise Infeasible(
                "no choice of sites is feasible: in some region that must be open, the models kept ready exceed "
                "the capacity; lower 'hosting_mw' or raise 'capacity'"
            )
        if status != mip.OptimizationStatus.OPTIMAL:
            raise SolverError(f"the master program ended with status {status.name}: {REMEDY}")
        y = np.zeros(self.shape)
        for place, variable in self.y.items():
            y[place] = min(max(variable.x, 0.0), 1.0)
        return y, float(self.model.objective_value if relaxed else self.model.objective_bound)

"""Where to keep models ready: Benders' decomposition with a small master program in python-mip."""

from dataclasses import replace

import mip
import numpy as np
import xarray as xr

from geofront.arguments import checked, choice, number, whole
from geofront.beyond.program import BlockProgram, Solved
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
"""Rounds of cuts in each phase, after which the gap is reported as it is [-]."""

STEP = 0.5
"""How far from the last point to the master's the next cut is made, in the relaxed phase [-]."""

RELAXED = 0.2
"""Share of the tolerance at which the relaxed phase ends [-]."""

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
    """Where each model is kept ready, and the placement that follows.

    Parameters
    ----------
    scenario : xarray.Dataset
    hosting_mw : float
        IT power of the replicas that keep one model ready in one region, in all hours [MW]. It uses capacity too.
    models : int
        Models per class. Each has an equal share of the demand of its class, and is kept ready by itself.
    gate : {"import", "all"}
        Whether a region needs a ready model for demand from elsewhere only, because it serves its own anyway, or for
        all demand. The latter needs ``locality`` switched off.
    tolerance : float
        Largest gap between the cost and its lower bound, relative to the cost [-].
    carbon_price, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.Dataset
        A placement as :func:`geofront.evaluate` returns it, without hosting, by class and model; and

        - ``ready`` (region, workload), true where the model is kept ready;
        - ``hosting_cost`` (region, workload) [USD/yr], its electricity;
        - ``capacity_price`` (region, hour) [USD/MWh] with these models ready;
        - attributes ``cost`` and ``bound`` [USD/yr], both with hosting, ``gap`` [-], and ``cuts``, their number.

    Raises
    ------
    GeofrontError
        Invalid scenario or argument, capacities that cannot hold the demand, or pinned demand with ``gate="all"``.

    Notes
    -----
    See "Where to open" in docs/model.md. Flows are limited one by one, x ≤ demand · y, which makes the bound strong.
    Once y is fixed, that is a bound on columns, and the blocks are independent.
    """
    if models > MOST_MODELS:
        raise GeofrontError(f"models={models} is above {MOST_MODELS}: more would not be solved in reasonable time")
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


class Decomposition:
    """Benders' decomposition: the master decides y, the blocks say what that costs and how the cost changes with y.

    Costs are in USD/yr divided by the demand in MWh/yr.

    Parameters
    ----------
    problem : Problem
    hosting_mw : float
    gate : {"import", "all"}
    """

    def __init__(self, problem: Problem, hosting_mw: float, gate: str):
        self.problem, self.hosting_mw, self.gate = problem, hosting_mw, gate
        self.origins = gather(problem)
        self.blocks = [Block(problem.at(hours), self.origins) for hours in problem.blocks()]
        self.energy = float((problem.demand @ problem.weight).sum()) or 1.0
        regions = problem.price.shape[0]
        # Whatever it takes to serve a demand by rerouting others, region by region, costs less.
        unserved = (
            2.0 * (regions + 1) * (2.0 + self.origins.execution.max(initial=1.0)) * max(problem.largest_cost, 1.0)
        )
        self.programs = [BlockProgram(block, unserved_cost=unserved) for block in self.blocks]
        self.gated = self.origins.reach & self.origins.away if gate == "import" else self.origins.reach
        self.hosting_cost = hosting_mw * (problem.price @ problem.weight)
        o, r = self.gated.nonzero()
        self.useful = np.zeros((regions, len(problem.pinned)), bool)
        self.useful[r, self.origins.workload[o]] = True
        self.room = np.min([block.room.min(axis=1) for block in self.blocks], axis=0)
        self.best, self.upper, self.lower, self.cuts = np.zeros(self.useful.shape, bool), np.inf, -np.inf, 0

    @property
    def gap(self) -> float:
        """Distance of the cost to its bound, relative to the cost or to 1 USD/MWh if that is more."""
        return max(0.0, self.upper - self.lower) / max(abs(self.upper), 1.0)

    def solve(self, tolerance: float) -> None:
        """Find the best y to a tolerance: relaxed, then rounded, then whole."""
        master = Master(self, tolerance)
        inside = (
            self.useful * np.minimum(1.0, self.room / max(self.hosting_mw * len(self.problem.pinned), 1e-9))[:, None]
        )
        least, point = self.cut(master, inside), inside
        for _ in range(MOST_ROUNDS):
            point, self.lower = master.optimum(relaxed=True)
            inside = STEP * point + (1 - STEP) * inside
            least = min(least, self.cut(master, inside))
            if least - self.lower <= RELAXED * tolerance * max(abs(least), 1.0):
                break
        for threshold in (OPEN, OPEN / 2):
            if (self.hosting_mw * (point > threshold).sum(axis=1) <= self.room).all():
                self.keep(point > threshold, self.cut(master, point > threshold))
        for _ in range(MOST_ROUNDS):
            if self.gap <= tolerance:
                break
            point, bound = master.optimum(relaxed=False)
            self.lower = max(self.lower, bound)
            self.keep(point > OPEN, self.cut(master, point > OPEN))

    def keep(self, ready: np.ndarray, cost: float) -> None:
        """Take a whole y if it is the best so far."""
        if cost < self.upper:
            self.best, self.upper = ready, cost

    def cut(self, master: "Master", y: np.ndarray) -> float:
        """Tell the master what a y costs in each block, and return the cost of all with hosting."""
        total = float((self.hosting_cost[:, None] * y).sum()) / self.energy
        for position, (block, program) in enumerate(zip(self.blocks, self.programs, strict=True)):
            problem, solved = block.problem, self.solved(block, program, y)
            weight, price = problem.weight, problem.price
            idle = self.hosting_mw * (np.maximum(solved.load_price - price, 0.0) @ weight)
            saved = np.einsum("ort,ot,t->or", solved.limit_price, block.demand, weight) * self.gated
            slope = np.repeat(idle[:, None], y.shape[1], axis=1)
            np.subtract.at(slope.T, self.origins.workload, saved)
            value = solved.objective + float((price * block.pinned_load).sum(axis=0) @ weight)
            master.add_cut(position, value / self.energy, slope / self.energy, y)
            total += value / self.energy
        self.cuts += 1
        return total

    def solved(self, block: Block, program: BlockProgram, y: np.ndarray, hosting: bool = True) -> Solved:
        """The optimum of a block at a y, whole or not."""
        limit = np.where(self.gated, y.T[self.origins.workload], 1.0)
        room = block.room - hosting * self.hosting_mw * y.sum(axis=1)[:, None]
        return program.solve(
            block.problem.price[None], np.maximum(room, 0.0)[None], limit[..., None] * block.demand[:, None]
        )

    def restricted(self, ready: np.ndarray) -> Problem:
        """The problem with a whole y: fewer regions in reach, and less capacity."""
        allowed = self.problem.allowed & ready.T
        if self.gate == "import":
            allowed |= ~self.problem.away()[:, None] & self.problem.allowed
        capacity = self.problem.capacity - self.hosting_mw * ready.sum(axis=1)[:, None]
        return replace(self.problem, allowed=allowed, capacity=capacity)


class Master:
    """The small mixed-integer program of y and of one estimate of the cost of each block.

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
        for block, program in zip(of.blocks, of.programs, strict=True):
            open_everywhere = of.solved(block, program, np.ones(self.shape), hosting=False)
            pinned = float((block.problem.price * block.pinned_load).sum(axis=0) @ block.problem.weight)
            least = (open_everywhere.objective + pinned) / of.energy
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
        """The best y by all cuts so far, and the bound that this proves.

        Raises
        ------
        Infeasible
        SolverError
        """
        with named_errors(HIGHS):
            status = self.model.optimize(relax=relaxed)
        if status == mip.OptimizationStatus.INFEASIBLE:
            raise Infeasible(
                "hosting leaves no choice: in some region that must be open the models kept ready exceed the "
                "capacity, so lower 'hosting_mw' or raise 'capacity'"
            )
        if status != mip.OptimizationStatus.OPTIMAL:
            raise SolverError(f"the master program ended with status {status.name}: {REMEDY}")
        y = np.zeros(self.shape)
        for place, variable in self.y.items():
            y[place] = min(max(variable.x, 0.0), 1.0)
        return y, float(self.model.objective_value if relaxed else self.model.objective_bound)

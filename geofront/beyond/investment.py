"""Investment: how much capacity to build, keep on and switch off, together with where demand runs."""

from dataclasses import replace

import numpy as np
import xarray as xr

from geofront.arguments import checked, choice, number, several, truth
from geofront.beyond.program import PlacementProgram
from geofront.errors import GeofrontError, first_labels
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.model.problem import Problem, build_problem
from geofront.names import FRICTIONS, REGION
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted

_ATTRS = {
    "cost": ("USD/yr", "Cost"),
    "local_cost": ("USD/yr", "Cost at home"),
    "energy_benefit": ("USD/MWh", "Saving in operation"),
    "capital_benefit": ("USD/MWh", "Saving in capital"),
    "relocated_share": ("1", "Relocated share"),
    "gap": ("1", "Relative duality gap"),
    "live": ("MW", "Capacity kept on"),
    "local_live": ("MW", "Capacity kept on if everything runs at home"),
    "built": ("MW", "Capacity built"),
    "rent": ("USD/MW/yr", "Worth of one more existing MW"),
}


@checked(
    scenario=admitted,
    capital_cost=several(number("USD/MW/yr", least=0, most=1e9)),
    existing=choice(("today", "none")),
    idle_share=number(least=0, most=1),
    retire=truth,
    carbon_price=check_carbon_price,
    frictions=check_frictions,
)
def invest(
    scenario: xr.Dataset,
    capital_cost,
    *,
    existing: str = "today",
    idle_share: float = 0.3,
    retire: bool = True,
    carbon_price: float = 0.0,
    frictions=FRICTIONS,
) -> xr.Dataset:
    """Minimise the cost of operation and capital, and compute what relocation saves of each.

    Parameters
    ----------
    scenario : xarray.Dataset
    capital_cost : float or sequence of float
        Yearly cost of new capacity [USD/MW/yr].
    existing : {"today", "none"}
        Whether the scenario's capacity exists and is paid for, or all capacity has to be built.
    idle_share : float
        Power of a live MW without load, relative to full load; the rest grows with load [-].
    retire : bool
        Whether existing capacity may be switched off, which saves its idle power but nothing else.
    carbon_price, frictions
        As in :func:`geofront.place`. Without the friction ``capacity``, only ``existing="none"`` is possible.

    Returns
    -------
    xarray.Dataset
        By ``capital_cost``: ``cost``, and ``local_cost`` with all demand at home [USD/yr]; ``energy_benefit`` and
        ``capital_benefit`` per MWh of demand [USD/MWh]; ``relocated_share`` [-]; ``gap`` of the certificate [-]. By
        ``region`` too: ``live``, ``local_live`` and ``built`` [MW], and ``rent``, what one more existing MW would save
        [USD/MW/yr].

    Raises
    ------
    GeofrontError
        Invalid scenario or argument; existing capacity that differs by hour or is infinite; idle power that earns more
        than capacity costs; capacity that cannot hold the demand; or a result that cannot be proved optimal.

    Notes
    -----
    See "Investment" in docs/model.md.
    """
    if not capital_cost:
        raise GeofrontError("capital_cost is empty: give at least one number, in USD/MW/yr")
    problem = build_problem(scenario, carbon_price=carbon_price, frictions=frictions)
    standing = _standing(problem, existing)
    earning = idle_share * problem.price @ problem.weight + min(capital_cost) < 0
    if earning.any():
        raise GeofrontError(
            f"idle power earns more in {first_labels(problem.labels[REGION][earning])} than capacity costs, because "
            "prices are negative on average: raise 'capital_cost' or 'price', or lower 'idle_share'"
        )
    home = np.broadcast_to(~problem.away()[:, None], problem.allowed.shape)
    programs = [Sizing(each, standing, idle_share, retire) for each in (problem, replace(problem, allowed=home))]
    best, local = (xr.concat(map(program.optimum, capital_cost), "capital_cost") for program in programs)
    per_mwh = 1 / (float((problem.demand * problem.weight).sum()) or np.nan)
    capital_saved = local.capital - best.capital
    result = best.assign(
        local_cost=local.cost,
        energy_benefit=(local.cost - best.cost - capital_saved) * per_mwh,
        capital_benefit=capital_saved * per_mwh,
        relocated_share=best.relocated * per_mwh,
        gap=np.maximum(best.gap, local.gap),
        local_live=local.live,
    )
    attrs = {"existing": existing, "idle_share": idle_share, "retire": int(retire)}
    result = result[list(_ATTRS)].assign_coords({"capital_cost": list(capital_cost), REGION: scenario[REGION]})
    return described(result.assign_attrs(attrs, carbon_price=carbon_price, frictions=frictions), _ATTRS)


def _standing(problem: Problem, existing: str) -> np.ndarray:
    """Existing capacity, (r,) [MW]."""
    if existing == "none":
        return np.zeros(len(problem.capacity))
    wrong = (problem.capacity != problem.capacity[:, :1]).any(axis=1) | np.isinf(problem.capacity).any(axis=1)
    if wrong.any():
        raise GeofrontError(
            f"'capacity' of {first_labels(problem.labels[REGION][wrong])} differs by hour or is infinite, so the "
            "existing capacity is not known: give one finite number per region, or existing='none'"
        )
    return problem.capacity[:, 0]


class Sizing(PlacementProgram):
    """The program of all hours in which capacity is a variable; ``standing`` (r,) [MW] exists already."""

    def __init__(self, problem: Problem, standing: np.ndarray, idle_share: float, retire: bool):
        super().__init__(problem)
        idle = idle_share * problem.price @ problem.weight
        self.cost[self.load] *= 1 - idle_share
        self.upper[self.load] = np.inf
        self.live = self.columns(idle, largest=standing + self.most)
        self.built = self.columns(np.zeros(len(idle)))
        within = self.rows(np.full(problem.price.shape, -np.inf), 0.0)
        self.add(within, self.load, 1.0)
        self.add(within, self.live[:, None], -1.0)
        self.limit = self.rows(-np.inf if retire else standing, standing)
        self.add(self.limit, self.live, 1.0)
        self.add(self.limit, self.built, -1.0)

    def optimum(self, capital_cost: float) -> xr.Dataset:
        """Costs [USD/yr], capacities [MW] and relocated energy [MWh/yr] of the optimum at a capital cost."""
        self.cost[self.built] = capital_cost
        proved = self.solve("primal")
        return xr.Dataset(
            {
                "cost": proved.objective,
                "capital": capital_cost * proved.x[self.built].sum(),
                "live": (REGION, proved.x[self.live]),
                "built": (REGION, proved.x[self.built]),
                "rent": (REGION, -proved.price[self.limit]),
                "relocated": float((proved.x[self.flow][self.away] @ self.problem.weight).sum()),
                "gap": proved.gap,
            }
        )

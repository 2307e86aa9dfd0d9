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

EXISTING = ("today", "none")
"""Existing capacity: as in the scenario, or none."""

_ATTRS = {
    "local_cost": ("USD/yr", "Cost at home"),
    "cost": ("USD/yr", "Cost"),
    "energy_benefit": ("USD/MWh", "Saving in operation"),
    "capital_benefit": ("USD/MWh", "Saving in capital"),
    "relocated_share": ("1", "Relocated share"),
    "live": ("MW", "Capacity kept on"),
    "local_live": ("MW", "Capacity kept on if everything runs at home"),
    "built": ("MW", "Capacity built"),
    "rent": ("USD/MW/yr", "Worth of one more existing MW"),
    "gap": ("1", "Relative duality gap"),
}


class Sizing(PlacementProgram):
    """The program of all hours with capacity as a variable.

    Parameters
    ----------
    problem : Problem
    standing : numpy.ndarray
        (r,) existing capacity [MW].
    idle_share : float
        Power of a live MW without load [-].
    retire : bool
        Whether existing capacity may be switched off.
    """

    def __init__(self, problem: Problem, standing: np.ndarray, idle_share: float, retire: bool):
        super().__init__(problem)
        idle = idle_share * problem.price @ problem.weight
        self.cost[self.load] *= 1 - idle_share
        self.upper[self.load] = np.inf
        self.live = self.columns(idle, largest=standing + self.most)
        self.built = self.columns(np.zeros(len(idle)))
        within = self.rows(np.full(problem.price.shape, -np.inf), np.zeros(problem.price.shape))
        self.add(within, self.load, 1.0)
        self.add(within, self.live[:, None], -1.0)
        self.limit = self.rows(np.full(len(idle), -np.inf) if retire else standing, standing)
        self.add(self.limit, self.live, 1.0)
        self.add(self.limit, self.built, -1.0)

    def optimum(self, capital_cost: float) -> dict:
        """The optimum at a yearly cost of new capacity [USD/MW/yr]."""
        self.cost[self.built] = capital_cost
        proved = self.solve("primal")
        built = proved.x[self.built]
        return {
            "cost": proved.objective,
            "capital": capital_cost * built.sum(),
            "live": proved.x[self.live],
            "built": built,
            "rent": -proved.price[self.limit],
            "moved": float((proved.x[self.flow][self.away] @ self.problem.weight).sum()),
            "gap": proved.gap,
        }


@checked(
    scenario=admitted,
    capital_cost=several(number("USD/MW/yr", least=0, most=1e9)),
    existing=choice(EXISTING),
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
        ``capital_benefit``, what relocation saves of operation and of capital per MWh of demand [USD/MWh];
        ``relocated_share`` [-]; ``gap`` of the certificate [-]. By ``region`` too: ``live``, ``local_live`` and
        ``built`` [MW], and ``rent``, what one more existing MW would save [USD/MW/yr].

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
    _check_idle(problem, idle_share, min(capital_cost))
    home = np.broadcast_to(~problem.away()[:, None], problem.allowed.shape)
    programs = [Sizing(each, standing, idle_share, retire) for each in (problem, replace(problem, allowed=home))]
    best, local = ([program.optimum(cost) for cost in capital_cost] for program in programs)
    energy = float((problem.demand * problem.weight).sum())
    per_mwh = 1 / energy if energy else np.nan

    def of(results: list[dict], name: str) -> np.ndarray:
        return np.array([each[name] for each in results])

    by_cost, by_region = ("capital_cost",), ("capital_cost", REGION)
    saved, capital_saved = of(local, "cost") - of(best, "cost"), of(local, "capital") - of(best, "capital")
    result = xr.Dataset(
        {
            "cost": (by_cost, of(best, "cost")),
            "local_cost": (by_cost, of(local, "cost")),
            "energy_benefit": (by_cost, (saved - capital_saved) * per_mwh),
            "capital_benefit": (by_cost, capital_saved * per_mwh),
            "relocated_share": (by_cost, of(best, "moved") * per_mwh),
            "gap": (by_cost, np.maximum(of(best, "gap"), of(local, "gap"))),
            "live": (by_region, of(best, "live")),
            "local_live": (by_region, of(local, "live")),
            "built": (by_region, of(best, "built")),
            "rent": (by_region, of(best, "rent")),
        },
        coords={"capital_cost": list(capital_cost), REGION: scenario[REGION]},
        attrs={
            "existing": existing,
            "idle_share": idle_share,
            "retire": int(retire),
            "carbon_price": carbon_price,
            "frictions": frictions,
        },
    )
    return described(result, _ATTRS)


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


def _check_idle(problem: Problem, idle_share: float, capital_cost: float) -> None:
    earning = idle_share * problem.price @ problem.weight + capital_cost < 0
    if earning.any():
        raise GeofrontError(
            f"idle power earns more in {first_labels(problem.labels[REGION][earning])} than capacity costs, because "
            "prices are negative on average: raise 'capital_cost' or 'price', or lower 'idle_share'"
        )

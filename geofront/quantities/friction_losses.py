"""Loss of the benefit of relocation to each friction."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from geofront.arguments import checked, choice, several, shown, truth
from geofront.errors import GeofrontError
from geofront.model.certificate import objective_of, prove
from geofront.model.costs import (
    arc_terms,
    check_carbon_price,
    check_frictions,
    check_objective,
    objective_rates,
    with_frictions,
)
from geofront.model.problem import build_problem
from geofront.names import FRICTIONS, HIGHS, OBJECTIVES, SOLVERS
from geofront.placement import local, solve, totals
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted

_LONG_NAMES = {
    "benefit": "Benefit over all-local",
    "marginal": "Loss added to these frictions",
    "alone": "Loss to this friction alone",
    "last": "Gain from removing this friction alone",
    "cumulative": "Loss added in order",
    "shapley": "Shapley value of the loss",
}


@checked(
    scenario=admitted,
    carbon_price=check_carbon_price,
    objective=choice(OBJECTIVES),
    frictions=check_frictions,
    order=several(choice(FRICTIONS)),
    solver=choice(SOLVERS),
    progress=truth,
)
def friction_losses(
    scenario: xr.Dataset,
    *,
    carbon_price: float = 0.0,
    objective: str = "cost",
    frictions=FRICTIONS,
    order=None,
    solver: str = HIGHS,
    progress: bool = False,
) -> xr.Dataset:
    """Compute the benefit of relocation under every subset of frictions, and divide its loss among them.

    Parameters
    ----------
    scenario : xarray.Dataset
    carbon_price : float
        [USD/t].
    objective : {"cost", "carbon"}
        As in :func:`geofront.place`; the benefit is a saving of cost, including the carbon price, or of emissions.
    frictions : sequence of str
        Frictions to compute losses for; all others are off.
    order : sequence of str, optional
        The same frictions in the order in which ``cumulative`` adds them, by default that of ``geofront.FRICTIONS``.
    solver : {"HiGHS", "CBC"}
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    xarray.Dataset
        Per MWh of IT energy demanded [USD/MWh, or kg/MWh if the objective is emissions], NaN without demand; dims
        (subset) and (friction), the latter in ``order``. Attributes: objective, carbon price, carbon signal.

        - ``benefit`` (subset): all-local cost, or emissions, less the optimum. Subsets are in order of size, from none
          to all frictions. The coordinate ``active`` (subset, friction) marks their frictions, and their labels are
          ``none`` or ``migration+egress+…``.
        - ``marginal`` (subset, friction): loss if the friction joins the subset; NaN if it is in it.
        - ``alone``: loss if only this friction is active.
        - ``last``: gain if only this friction is removed from all.
        - ``cumulative``: additional loss as the frictions are added in order.
        - ``shapley``: mean additional loss over all orders; the values sum to the total loss exactly.

    Raises
    ------
    GeofrontError
        If there are no frictions, ``order`` is not a permutation of them, the objective is unknown, or a placement
        fails.

    Notes
    -----
    With B(S) the benefit with active frictions S, the loss is B(∅) − B(S). Each placement is proven optimal as in
    :func:`geofront.certify`. See "Friction losses" in docs/model.md.
    """
    order = frictions if order is None else order
    if not frictions:
        raise GeofrontError(f"frictions is empty, so there are no losses; give one or more of {', '.join(FRICTIONS)}")
    if sorted(order) != sorted(frictions):
        raise GeofrontError(f"order={shown(order)} must name each friction once: {', '.join(frictions)}")
    least = check_objective(objective)
    baseline = totals(local(scenario, carbon_price=carbon_price))
    subsets = [subset for size in range(len(frictions) + 1) for subset in combinations(frictions, size)]

    def optimum(subset) -> float:
        problem = build_problem(scenario, carbon_price=carbon_price, objective=objective, frictions=subset)
        solution = solve(problem, solver)
        prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
        rates = objective_rates(arc_terms(with_frictions(scenario, subset)), objective, carbon_price, tie_break=False)
        return objective_of(replace(problem, **rates._asdict()), solution.flow)

    benefit = [
        (baseline[least.total] - optimum(subset)) / (baseline.demand_mwh or np.nan)
        for subset in tqdm(subsets, desc="frictions", unit="subset", disable=not progress)
    ]
    losses = _divided(dict(zip(map(frozenset, subsets), benefit, strict=True)), order)
    losses.attrs = {
        "objective": objective,
        "carbon_price": carbon_price,
        "carbon_signal": scenario.attrs["carbon_signal"],
    }
    return described(losses, {name: (f"{least.units}/MWh", long_name) for name, long_name in _LONG_NAMES.items()})


def marginal_losses(benefit: Mapping[frozenset, float], player) -> dict[frozenset, float]:
    """Loss if a player joins each subset of the other players, from the benefit of every subset."""
    return {subset: value - benefit[subset | {player}] for subset, value in benefit.items() if player not in subset}


def shapley_value(marginal: Mapping[frozenset, float]) -> float:
    """Mean of a player's marginal losses over all orders of the players."""
    others = max(map(len, marginal))
    return sum(loss / ((others + 1) * comb(others, len(subset))) for subset, loss in marginal.items())


def _divided(benefit: dict[frozenset, float], order: tuple[str, ...]) -> xr.Dataset:
    marginal = {name: marginal_losses(benefit, name) for name in order}
    labels = ["+".join(name for name in FRICTIONS if name in subset) or "none" for subset in benefit]
    return xr.Dataset(
        {
            "benefit": ("subset", list(benefit.values())),
            "marginal": (
                ("subset", "friction"),
                [[marginal[name].get(subset, np.nan) for name in order] for subset in benefit],
            ),
            "alone": ("friction", [marginal[name][frozenset()] for name in order]),
            "last": ("friction", [marginal[name][frozenset(order) - {name}] for name in order]),
            "cumulative": ("friction", [marginal[name][frozenset(order[:i])] for i, name in enumerate(order)]),
            "shapley": ("friction", [shapley_value(marginal[name]) for name in order]),
        },
        coords={
            "friction": np.array(order, dtype=object),
            "subset": np.array(labels, dtype=object),
            "active": (("subset", "friction"), [[name in subset for name in order] for subset in benefit]),
        },
    )

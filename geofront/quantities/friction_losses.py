"""How much of the benefit of relocation each friction takes."""

from itertools import combinations
from math import factorial

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from geofront.errors import GeofrontError
from geofront.model.certificate import objective_of, prove
from geofront.model.costs import check_frictions
from geofront.model.formulation import silent
from geofront.model.problem import build_problem
from geofront.names import FRICTIONS
from geofront.placement import local, totals
from geofront.solver.engine import solve
from geofront.solver.threads import at_once

_ATTRS = {
    "benefit": "Benefit over all-local",
    "alone": "Loss to this friction alone",
    "last": "Gain from removing this friction alone",
    "cumulative": "Loss added in order",
    "shapley": "Shapley value of the loss",
}


def friction_losses(scenario: xr.Dataset, *, carbon_price: float = 0.0, order=FRICTIONS,
                    solver: str = "CBC", progress: bool = False) -> xr.Dataset:
    """Benefit of relocation under every subset of frictions, and its loss divided among them.

    Parameters
    ----------
    scenario : xarray.Dataset
    carbon_price : float
        [USD/t].
    order : sequence of str
        All frictions, in the order in which ``cumulative`` adds them.
    solver : {"CBC", "HiGHS"}
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    xarray.Dataset
        [USD/MWh of IT energy asked for], not a number without demand; dims (subset) and (friction), the
        latter in ``order``.

        - ``benefit`` (subset): all-local cost less optimal cost; subsets are labelled ``none`` or
          ``migration+egress+…``.
        - ``alone``: loss when only this friction is active.
        - ``last``: gain when only this friction is removed from all.
        - ``cumulative``: further loss when the frictions are added one after the other.
        - ``shapley``: mean further loss over all orders; sums to the total loss exactly.

    Raises
    ------
    GeofrontError
        ``order`` is not a permutation of the frictions, or a placement fails.

    Notes
    -----
    With B(S) the benefit when the frictions S are active, the loss is B(∅) − B(S). Each of the 32
    placements is proven optimal as :func:`geofront.certify` does. See "Friction losses" in docs/model.md.
    """
    order = tuple(order)
    if sorted(order) != sorted(FRICTIONS):
        raise GeofrontError(f"order={order!r} must name each friction once: {', '.join(FRICTIONS)}")
    baseline = totals(local(scenario, carbon_price=carbon_price))
    subsets = [subset for size in range(len(order) + 1) for subset in combinations(FRICTIONS, size)]

    def optimal_cost(subset, _) -> float:
        problem = build_problem(scenario, carbon_price=carbon_price, frictions=subset)
        solution = solve(problem, solver)
        prove(problem, solution.flow, solution.capacity_price, solution.warmup_price)
        plain = build_problem(scenario, carbon_price=carbon_price, frictions=subset, tie_break=False)
        bar.update()
        return objective_of(plain, solution.flow)

    with silent(), tqdm(total=len(subsets), desc="frictions", unit="subset", disable=not progress) as bar:
        costs = dict(zip(subsets, at_once(optimal_cost, subsets), strict=True))
    saved = {subset: baseline.cost - costs[subset] for subset in subsets}
    return _describe({subset: value / (baseline.demand_mwh or np.nan) for subset, value in saved.items()}, order)


def shapley_values(benefit: dict[tuple[str, ...], float], players) -> dict[str, float]:
    """Mean loss of benefit that each player adds over all orders in which players can join.

    Parameters
    ----------
    benefit : dict
        Value of every subset of the players, given as a tuple in the players' order.
    players : sequence of str

    Returns
    -------
    dict
        One value per player; they sum to the loss of the whole set.
    """
    players = tuple(players)
    count = len(players)
    values = {}
    for player in players:
        others = [other for other in players if other != player]
        values[player] = sum(
            factorial(size) * factorial(count - size - 1) / factorial(count)
            * (benefit[subset] - benefit[tuple(p for p in players if p in subset or p == player)])
            for size in range(count) for subset in combinations(others, size))
    return values


def _describe(benefit: dict[tuple[str, ...], float], order: tuple[str, ...]) -> xr.Dataset:
    everything = check_frictions(order)
    cumulative = [benefit[check_frictions(order[:i])] - benefit[check_frictions(order[:i + 1])]
                  for i in range(len(order))]
    shapley = shapley_values(benefit, everything)
    losses = xr.Dataset(
        {
            "benefit": ("subset", list(benefit.values())),
            "alone": ("friction", [benefit[()] - benefit[(name,)] for name in order]),
            "last": ("friction", [benefit[tuple(n for n in everything if n != name)] - benefit[everything]
                                  for name in order]),
            "cumulative": ("friction", cumulative),
            "shapley": ("friction", [shapley[name] for name in order]),
        },
        coords={"friction": np.array(order, dtype=object),
                "subset": np.array(["+".join(subset) or "none" for subset in benefit], dtype=object)},
    )
    for name, long_name in _ATTRS.items():
        losses[name].attrs = {"units": "USD/MWh", "long_name": long_name}
    return losses

"""Placement policies under several carbon signals, solved again only where the signal matters."""

from collections.abc import Mapping

import xarray as xr

from geofront.names import FRICTIONS
from geofront.placement import evaluate, place
from geofront.quantities.policies import CARBON_PRICES, check_alike, policy_placements

_BLIND = ("local", "nearest", "cost")
"""Objectives that look at carbon through its price only."""


def placements_by_signal(scenarios: Mapping[str, xr.Dataset], *, carbon_prices=CARBON_PRICES, frictions=FRICTIONS,
                         solver: str = "CBC") -> dict[str, dict[str, xr.Dataset]]:
    """The placement of every policy under every carbon signal.

    Parameters
    ----------
    scenarios : mapping of str to xarray.Dataset
        Scenarios by the name of their signal, alike in everything but ``carbon``.
    carbon_prices, frictions, solver
        As in :func:`geofront.policy_placements`.

    Returns
    -------
    dict of dict of xarray.Dataset
        By signal, what :func:`geofront.policy_placements` returns.

    Raises
    ------
    GeofrontError
        The scenarios differ in more than carbon, or one of them is invalid or infeasible.

    Notes
    -----
    Where carbon has no price, a policy that minimises cost or latency does the same under every signal, so
    only its emissions are computed again; flows and shadow prices stay, and prove it optimal there, too.
    """
    check_alike(scenarios)
    first, *others = scenarios
    options = {"frictions": frictions, "solver": solver}
    placed = policy_placements(scenarios[first], carbon_prices=carbon_prices, **options)
    return {first: placed} | {signal: _under(scenarios[signal], placed, **options) for signal in others}


def _under(scenario: xr.Dataset, placed: Mapping[str, xr.Dataset], *, frictions, solver: str) -> dict[str, xr.Dataset]:
    """The same policies under the signal of this scenario."""
    return {policy: _again(scenario, placement, frictions=frictions, solver=solver)
            for policy, placement in placed.items()}


def _again(scenario: xr.Dataset, placement: xr.Dataset, *, frictions, solver) -> xr.Dataset:
    """The policy of a placement in another scenario that differs in carbon."""
    objective, carbon_price = placement.attrs["objective"], placement.attrs["carbon_price"]
    if objective in _BLIND and carbon_price == 0:
        emissions = evaluate(scenario, placement.flow, frictions=frictions).emissions
        return placement.assign(emissions=emissions).assign_attrs(carbon_signal=scenario.attrs["carbon_signal"])
    return place(scenario, objective=objective, carbon_price=carbon_price, frictions=frictions, solver=solver)

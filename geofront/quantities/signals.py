"""Placement policies under several carbon signals, and emissions under one signal of placements under another."""

from collections.abc import Iterable, Mapping
from os import PathLike

import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, mapping, same_names
from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders
from geofront.model.costs import check_carbon_price, check_carbon_prices, check_frictions
from geofront.names import CARBON_SIGNAL, FRICTIONS, HIGHS, OBJECTIVES, REGION, SOLVERS
from geofront.placement import evaluate, local, totals
from geofront.quantities.comparison import percent_change
from geofront.quantities.policies import CARBON_PRICES, COLUMNS, Policy, all_policies, policy_placements, policy_ranges
from geofront.results import PLACEMENT, result
from geofront.scenarios.validation import admitted

_SCENARIOS = mapping(admitted, "scenarios by the name of their carbon signal")


@checked(scenarios=_SCENARIOS, carbon_prices=check_carbon_prices, frictions=check_frictions, solver=choice(SOLVERS))
def placements_by_signal(
    scenarios: Mapping[str, xr.Dataset], *, carbon_prices=CARBON_PRICES, frictions=FRICTIONS, solver: str = HIGHS
) -> dict[str, dict[str, xr.Dataset]]:
    """Place scenarios with every policy under every carbon signal.

    Parameters
    ----------
    scenarios : mapping of str to xarray.Dataset
        Scenarios by the name of their signal, which differ only in ``carbon``.
    carbon_prices, frictions, solver
        As in :func:`geofront.policy_placements`.

    Returns
    -------
    dict of dict of xarray.Dataset
        Results of :func:`geofront.policy_placements` by signal.

    Raises
    ------
    GeofrontError
        If the scenarios differ in more than carbon, or one of them is invalid or infeasible.

    Notes
    -----
    A policy whose flows do not depend on the signal is placed once. Under the other signals only its emissions are
    computed; its shadow prices still prove it optimal.
    """
    check_alike(scenarios)
    first, *others = scenarios
    options = {"frictions": frictions, "solver": solver}
    placed = {first: policy_placements(scenarios[first], carbon_prices=carbon_prices, **options)}
    for signal in others:
        placed[signal] = {
            policy.name: policy.place(scenarios[signal], **options)
            if policy.follows_the_signal
            else _with_emissions_of(scenarios[signal], placed[first][policy.name])
            for policy in all_policies(carbon_prices)
        }
    return placed


def ranges_by_signal(
    scenarios: Mapping[str, xr.Dataset], placements: Mapping[str, Mapping[str, xr.Dataset]]
) -> dict[str, pd.DataFrame]:
    """Compute ranges at equal cost of every policy under every carbon signal.

    Parameters
    ----------
    scenarios : mapping of str to xarray.Dataset
        As for :func:`placements_by_signal`.
    placements : mapping of dict of xarray.Dataset
        Result of :func:`placements_by_signal`.

    Returns
    -------
    dict of pandas.DataFrame
        Results of :func:`geofront.quantities.policies.policy_ranges` by signal. A policy whose flows do not depend on
        the signal is computed once.
    """
    first, *_ = placements
    ranges = {first: policy_ranges(scenarios[first], placements[first])}
    for signal, placed in placements.items():
        follows = {
            name: placement
            for name, placement in placed.items()
            if Policy(name, placement.attrs["objective"], placement.attrs["carbon_price"]).follows_the_signal
        }
        others = ranges[first].drop(index=list(follows))
        if signal != first:
            ranges[signal] = pd.concat([others, policy_ranges(scenarios[signal], follows)]).loc[list(placed)]
    return ranges


@checked(
    scenarios=_SCENARIOS,
    placements=mapping(result(PLACEMENT), "placements by the name of their carbon signal"),
    objective=choice(OBJECTIVES),
    carbon_price=check_carbon_price,
    frictions=check_frictions,
    solver=choice(SOLVERS),
)
def signal_comparison(
    scenarios: Mapping[str, xr.Dataset],
    placements: Mapping[str, xr.Dataset] | None = None,
    *,
    objective: str = "carbon",
    carbon_price: float = 0.0,
    frictions=FRICTIONS,
    solver: str = HIGHS,
) -> pd.DataFrame:
    """Compute the emissions of placements under one carbon signal according to every other.

    Parameters
    ----------
    scenarios : mapping of str to xarray.Dataset
        Scenarios by the name of their signal, which differ only in ``carbon``.
    placements : mapping of str to xarray.Dataset, optional
        Placements by signal, computed if missing.
    objective, carbon_price, frictions, solver
        Arguments of :func:`geofront.place` if placements are missing.

    Returns
    -------
    pandas.DataFrame
        Index ``placed_under`` and ``evaluated_under``. Columns ``carbon_per_mwh`` [kg/MWh],
        ``carbon_vs_local`` [%] under the evaluating signal, ``cost_per_mwh`` [USD/MWh] without the
        carbon price.

    Raises
    ------
    GeofrontError
        If the scenarios differ in more than carbon.

    Notes
    -----
    Flows are unchanged, and all emissions, including warm-up, are computed with the evaluating signal.
    """
    check_alike(scenarios)
    baselines = {name: totals(local(scenario)).carbon_per_mwh for name, scenario in scenarios.items()}
    if placements is None:
        policy = Policy("", objective, carbon_price)
        placements = {
            name: policy.place(scenario, frictions=frictions, solver=solver) for name, scenario in scenarios.items()
        }
    same_names(scenarios=scenarios, placements=placements)
    rows = {}
    for placed in scenarios:
        for evaluated, scenario in scenarios.items():
            total = totals(evaluate(scenario, placements[placed].flow, frictions=frictions))
            rows[placed, evaluated] = {
                "carbon_per_mwh": total.carbon_per_mwh,
                "carbon_vs_local": percent_change(total.carbon_per_mwh, baselines[evaluated]),
                "cost_per_mwh": total.cost_per_mwh,
            }
    table = pd.DataFrame(rows).T.rename_axis(["placed_under", "evaluated_under"])
    table.attrs["units"] = {name: COLUMNS[name].units for name in map(str, table)}
    return table


def contested_factors(tables_dir: str | PathLike[str] | None = None) -> pd.Series:
    """Marginal carbon intensities whose source is contested.

    Parameters
    ----------
    tables_dir : str or path, optional
        See :func:`geofront.inputs.loaders.provenance`.

    Returns
    -------
    pandas.Series
        Index ``region`` [kg/MWh].
    """
    known = loaders.provenance("regions", tables_dir)
    is_marginal = known["column"] == CARBON_SIGNAL["marginal"].column
    contested = known[is_marginal & (known.confidence == "contested")]
    return contested.set_index(REGION).value.astype(float)


def without_factors(scenario: xr.Dataset, regions: Iterable[str]) -> xr.Dataset:
    """The scenario with the carbon intensity of some regions at zero."""
    return scenario.assign(carbon=scenario.carbon.where(~scenario[REGION].isin(list(regions)), 0.0))


def check_alike(scenarios: Mapping[str, xr.Dataset]) -> None:
    """Refuse scenarios that differ in anything but carbon.

    Raises
    ------
    GeofrontError
        Names the first scenario that differs, and its variables that differ.
    """
    first, *others = scenarios
    for name in others:
        differing = [
            variable
            for variable, array in scenarios[first].data_vars.items()
            if variable != "carbon" and not array.identical(scenarios[name][variable])
        ]
        if differing:
            raise GeofrontError(
                f"scenario {name!r} differs from {first!r} in {first_labels(differing)}: only 'carbon' "
                "may differ between signals"
            )


def _with_emissions_of(scenario: xr.Dataset, placement: xr.Dataset) -> xr.Dataset:
    """Replace a placement's emissions by those under the signal of another scenario."""
    emissions = evaluate(scenario, placement.flow, frictions=placement.attrs["frictions"]).emissions
    return placement.assign(emissions=emissions).assign_attrs(carbon_signal=scenario.attrs["carbon_signal"])

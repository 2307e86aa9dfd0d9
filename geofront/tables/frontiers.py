"""The network frontier by every carbon signal, at a few budgets."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping
from geofront.placement import evaluate, totals
from geofront.quantities.comparison import percent_change
from geofront.results import PLACEMENT, result
from geofront.scenarios.validation import admitted
from geofront.tables.columns import headed
from geofront.tables.policies import SIGNALS


@checked(
    scenarios=mapping(admitted, "scenarios by the name of their carbon signal"),
    placements=mapping(result(PLACEMENT), "placements by the name of their network budget"),
)
def frontier_by_signal(scenarios: Mapping[str, xr.Dataset], placements: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Make a table of cost, and emissions under each carbon signal, of placements at increasing latency budgets.

    Parameters
    ----------
    scenarios : mapping of str to xarray.Dataset
        Scenarios by the name of their signal, which differ only in ``carbon``.
    placements : mapping of str to xarray.Dataset
        Placements by the name of their budget, the smallest first; it is the reference for changes of emissions.

    Returns
    -------
    pandas.DataFrame
        Index ``Network budget``; cost, and for each signal emissions and their change. Units and decimals are in
        ``attrs``.
    """
    table = pd.DataFrame({"Cost": {name: totals(placement).cost_per_mwh for name, placement in placements.items()}})
    columns = {"Cost": ("Cost", "USD/MWh", 1)}
    for signal, scenario in scenarios.items():
        emissions, change = (f"{what}, {SIGNALS.get(signal, signal)}" for what in ("Emissions", "Change"))
        table[emissions] = pd.Series({name: _carbon(scenario, placement) for name, placement in placements.items()})
        table[change] = percent_change(table[emissions], table[emissions].iloc[0])
        columns |= {emissions: (emissions, "kg/MWh", 0), change: (change, "%", 1)}
    return headed(table, columns).rename_axis("Network budget")


def _carbon(scenario: xr.Dataset, placement: xr.Dataset) -> float:
    """Emissions of the placement's flows under the signal of a scenario [kg/MWh]."""
    return totals(evaluate(scenario, placement.flow, frictions=placement.attrs["frictions"])).carbon_per_mwh

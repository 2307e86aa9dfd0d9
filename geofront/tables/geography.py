"""Regions within a latency budget, and demand that may move, saves cost by moving, and moves (Table 5)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping, same_names
from geofront.charts.titles import class_names
from geofront.model.feasibility import at_home, feasibility, network_budgets
from geofront.names import CLIENT, REGION
from geofront.quantities.relocation import LEVEL, LEVELS
from geofront.results import RELOCATABLE, result
from geofront.scenarios.validation import with_names
from geofront.tables.columns import headed

ALL = "All classes"

_COLUMNS = {
    "budget": ("Network budget", "ms", 0),
    "home_late": ("Late even at home", "%", 1),
    "in_reach": ("Regions in reach", "", 1),
    "lawful": ("Lawful regions in reach", "", 1),
    "technical": ("Technical RID", "%", 1),
    "economic": ("Economic RID", "%", 1),
    "realised": ("Realised RID", "%", 1),
}
"""Head, unit and decimals of the columns."""


@checked(
    scenarios=mapping(with_names, "scenarios by name"),
    relocatable=mapping(result(RELOCATABLE), "what gf.relocatable returned, by the names of the scenarios"),
)
def feasible_geography(scenarios: Mapping[str, xr.Dataset], relocatable: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Make a table of regions in reach and relocatable inference demand (RID), by class and latency budget (Table 5).

    Parameters
    ----------
    scenarios : mapping
        Scenarios by any name, which differ only in their budgets.
    relocatable : mapping
        Results of :func:`geofront.relocatable` by the same names.

    Returns
    -------
    pandas.DataFrame
        Index ``Class`` (the last ``All classes``) and ``Budgets``: ``common`` if all classes have the same network
        budget, else ``own``. Columns: network budget, which is the latency budget less the service time; share of
        demand that is late even at home; numbers of regions other than home within the budget, and of lawful ones for
        regulated data, as means weighted by demand; and the three levels of RID in per cent of demand. Units and
        decimals are in ``attrs``.
    """
    same_names(scenarios=scenarios, relocatable=relocatable)
    table = pd.concat([_by_class(scenarios[name], relocatable[name]) for name in scenarios])
    classes = [*class_names(next(iter(scenarios.values()))).values(), ALL]
    table["Class"] = pd.Categorical(table["Class"], classes, ordered=True)
    table = table.sort_values("Class", kind="stable").astype({"Class": object}).set_index(["Class", "Budgets"])
    return headed(table, _COLUMNS)


def _by_class(scenario: xr.Dataset, relocatable: xr.Dataset) -> pd.DataFrame:
    """One row per class and one for all, with columns as in `_COLUMNS`."""
    masks, away = feasibility(scenario), ~at_home(scenario)
    in_reach = masks.latency & away
    by_demand = (
        xr.Dataset(
            {
                "home_late": 100 * masks.home_over_budget,
                "in_reach": in_reach.sum(REGION),
                "lawful": (in_reach & masks.lawful).sum(REGION),
            }
        )
        * relocatable.demand
    )
    levels = (100 * relocatable.rid).to_dataset(LEVEL)[list(LEVELS)]
    sums = by_demand.assign({**levels, "demand": relocatable.demand}).sum(CLIENT)
    table = sums.reset_coords(drop=True).to_dataframe()
    table.loc[ALL] = table.sum()
    table = table.drop(columns="demand").div(table.demand, axis=0)
    budgets = network_budgets(scenario).to_series()
    common = budgets.nunique() == 1
    table.insert(0, "budget", pd.concat([budgets, pd.Series({ALL: budgets.iloc[0] if common else float("nan")})]))
    table.insert(0, "Budgets", "common" if common else "own")
    return table.rename(index=class_names(scenario)).rename_axis("Class").reset_index()

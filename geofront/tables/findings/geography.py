"""Findings about reach and relocatable demand (notebook 04)."""

from collections.abc import Mapping
from itertools import pairwise

import pandas as pd
import xarray as xr

from geofront.model.feasibility import feasibility
from geofront.names import TOLERANCE
from geofront.scenarios.snapshots import annual_mean
from geofront.tables.finding import Finding, failures
from geofront.tables.geography import ALL

GROWING = ["Regions in reach", "Technical RID", "Economic RID"]
"""Columns of Table 5 that never fall as a budget grows."""

LITTLE = 0.5
"""Fall of realised RID that is not worth a sentence [percentage points]."""


def reach_and_relocation(geography: pd.DataFrame, cost: Mapping[str, float]) -> Finding:
    """How reach, relocatable demand and cost change as the network budget of all classes grows.

    Parameters
    ----------
    geography : pandas.DataFrame
        Table 5: network budgets common to all classes in ascending order, then the classes' own.
    cost : mapping of str to float
        Least cost with each of these budgets, in the same order [USD/MWh].

    Returns
    -------
    Finding
        Budgets in ms, shares of demand in per cent. It fails if a looser budget takes something away.
    """
    everyone = geography.loc[ALL]
    tight, loose, own = everyone.iloc[0], everyone.iloc[-2], everyone.iloc[-1]
    by_class = geography.drop(index=ALL)
    realised = by_class.xs("common", level="Budgets")["Realised RID"].groupby(level="Class")
    falls = realised.max() - realised.last()
    with_common = list(cost.values())[:-1]
    numbers = {
        "tightest_ms": tight["Network budget"],
        "loosest_ms": loose["Network budget"],
        "regions_in_reach": [tight["Regions in reach"], loose["Regions in reach"]],
        "technical_percent": [tight["Technical RID"], loose["Technical RID"]],
        "realised_percent": [tight["Realised RID"], loose["Realised RID"]],
        "own_percent": own[["Technical RID", "Economic RID", "Realised RID"]].to_list(),
        "cost_usd_per_mwh": dict(cost),
        "largest_fall_of_realised_percent": falls.max(),
        "class_of_the_largest_fall": falls.idxmax(),
    }
    sentence = (
        f"From {numbers['tightest_ms']:,.0f} to {numbers['loosest_ms']:,.0f} ms for the network, the regions in reach "
        f"of the average request grow from {tight['Regions in reach']:.1f} to {loose['Regions in reach']:.1f}, "
        f"technical RID from {tight['Technical RID']:.0f} to {loose['Technical RID']:.0f} % of demand, and what really "
        f"moves from {tight['Realised RID']:.0f} to {loose['Realised RID']:.0f} %; cost falls from "
        f"{with_common[0]:.1f} to {with_common[-1]:.1f} USD/MWh. With the classes' own budgets "
        f"{own['Technical RID']:.0f} % could move, {own['Economic RID']:.0f} % would be cheaper elsewhere, and "
        f"{own['Realised RID']:.0f} % moves: cheap capacity is scarce, and warming up costs."
    )
    if falls.max() >= LITTLE:
        sentence += (
            f" As all budgets grow, classes also compete for the cheap capacity: realised RID of class "
            f"{falls.idxmax()} ends {falls.max():.0f} percentage points below its best."
        )
    by_budget = by_class.sort_values("Network budget", kind="stable").groupby(level="Class")[GROWING]
    most = geography[["Economic RID", "Realised RID"]].max(axis=1)
    checks = {
        "a looser budget takes regions or relocatable demand away": (by_budget.diff().min() >= -1e-9).all(),
        "a looser budget costs more": all(b <= a + TOLERANCE * abs(a) for a, b in pairwise(with_common)),
        "more demand moves, or would save, than could move": (most <= geography["Technical RID"] + 1e-6).all(),
    }
    return Finding(sentence, numbers, failures(checks))


def at_unlawful_homes(scenario: xr.Dataset) -> Finding:
    """How much demand stays at homes that the law table does not allow; an empty sentence if none."""
    not_lawful = feasibility(scenario).home_not_lawful
    demand = annual_mean(scenario.demand)
    concerned = (1 - scenario.pinned_share) * scenario.regulated_share * not_lawful * demand
    share = 100 * float(concerned.sum() / demand.sum())
    clients = scenario.client_name.values[not_lawful.values].tolist()
    sentence = (
        f"Home counts as lawful even where the law table says no: that concerns {share:.2f} % of demand, the regulated "
        f"share of {', '.join(clients)}."
    )
    numbers = {"regulated_at_unlawful_homes_percent": share, "clients_of_unlawful_homes": clients}
    return Finding(sentence if clients else "", numbers)

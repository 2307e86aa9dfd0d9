"""Checks of the tables from which a scenario is built, beyond those of a single cell."""

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import geography
from geofront.names import CLIENT, REGION, SERVICE, TOLERANCE, WORKLOAD

LIGHT_SPEED = 300.0
"""Speed of light in vacuum, rounded up [km/ms]: no signal is faster."""


def check_tables(regions: pd.DataFrame, clients: pd.DataFrame, workloads: pd.DataFrame, *,
                 rescale_energy_shares: bool) -> None:
    """Refuse positions that are not on Earth, blank jurisdictions, and weights, capacities or shares without meaning.

    Parameters
    ----------
    regions, clients, workloads : pandas.DataFrame
        As :func:`geofront.from_tables` reads them.
    rescale_energy_shares : bool
        Whether energy shares may have another sum than 1.

    Raises
    ------
    GeofrontError
        Names the table, the column and the labels of every problem.
    """
    problems = [*_place_problems(regions, REGION), *_place_problems(clients, CLIENT)]
    for dim, table, column in ((CLIENT, clients, "demand_weight"), (WORKLOAD, workloads, "energy_share"),
                               (REGION, regions, "market_capacity_mw")):
        values = table[column]
        wrong = ~(np.isfinite(values) & (values >= 0))
        if wrong.any():
            problems.append(f"{column!r} is missing, negative or infinite for {dim} "
                            f"{first_labels(table.index[wrong])}: give finite numbers from 0")
        elif len(values) and not values.any():
            problems.append(f"{column!r} is 0 for every {dim}: give at least one a number above 0")
        elif column == "energy_share" and not rescale_energy_shares and abs(values.sum() - 1) > TOLERANCE:
            problems.append(f"{column!r} sums to {values.sum():.6g} over the classes, not to 1: correct the shares, or "
                            "pass rescale_energy_shares=True")
    if problems:
        raise GeofrontError("the tables have " + f"{len(problems)} problem(s):\n"
                            + "\n".join(f"  - {problem}" for problem in problems))


def _place_problems(table: pd.DataFrame, dim: str) -> list[str]:
    problems = []
    for column, limit in (("latitude", 90), ("longitude", 360)):
        wrong = ~(table[column].abs() <= limit)
        if wrong.any():
            problems.append(f"{column!r} is missing or beyond ±{limit}° for {dim} {first_labels(table.index[wrong])}: "
                            "give decimal degrees")
    blank = table["jurisdiction"].isna() | (table["jurisdiction"].astype(str).str.strip() == "")
    if blank.any():
        problems.append(f"'jurisdiction' is blank for {dim} {first_labels(table.index[blank])}: name one, "
                        "such as a country code")
    return problems


def check_round_trips(regions: pd.DataFrame, measured: pd.DataFrame | None) -> None:
    """Refuse measured round trips between other regions only, and those that are shorter than light needs.

    Parameters
    ----------
    regions : pandas.DataFrame
        Indexed by ``region``, with columns ``latitude`` and ``longitude`` [°].
    measured : pandas.DataFrame or None
        Columns ``region_a``, ``region_b``, ``rtt_ms`` [ms].

    Raises
    ------
    GeofrontError
        Names the pairs, or the labels that are not known.
    """
    if measured is None or measured.empty:
        return
    known = measured["region_a"].isin(regions.index), measured["region_b"].isin(regions.index)
    if not (known[0] | known[1]).any():
        labels = pd.unique(pd.concat([measured["region_a"], measured["region_b"]]))
        raise GeofrontError(f"the round-trip table has none of the regions, but {first_labels(labels)}: use the labels "
                            f"{first_labels(regions.index)}")
    pairs = measured[known[0] & known[1] & (measured["region_a"] != measured["region_b"])]
    km = geography.distance_matrix(regions, regions, (SERVICE, REGION)).values[
        regions.index.get_indexer(pairs["region_a"]), regions.index.get_indexer(pairs["region_b"])]
    least = 2 * km / LIGHT_SPEED
    wrong = pairs["rtt_ms"].to_numpy() < least
    if wrong.any():
        labels = [f"{row.region_a} → {row.region_b}: {row.rtt_ms:g} ms, light needs {shortest:.3g} ms"
                  for row, shortest in zip(pairs[wrong].itertuples(), least[wrong], strict=True)]
        raise GeofrontError(f"'rtt_ms' is shorter than light needs there and back for {first_labels(labels)}: "
                            "give milliseconds, and check the positions of the regions")

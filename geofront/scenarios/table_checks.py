"""Checks of the tables from which a scenario is built, beyond those of a single cell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import geography
from geofront.names import REGION, SERVICE, TOLERANCE

WEIGHTS = {"regions": "market_capacity_mw", "clients": "demand_weight", "workloads": "energy_share"}
"""The column of each table by which something is divided among its rows."""

LIMITS = {"latitude": 90, "longitude": 360}
"""The largest absolute values of positions [°]."""

LIGHT_SPEED = 300.0
"""Speed of light in vacuum, rounded up [km/ms]: no signal is faster."""


def check_tables(tables: dict[str, tuple[pd.DataFrame, Sequence[str]]], *, rescale_energy_shares: bool) -> None:
    """Refuse empty cells, positions that are not on Earth, and weights, capacities or shares without meaning.

    Parameters
    ----------
    tables : dict
        Of ``regions``, ``clients`` and ``workloads``, as :func:`geofront.from_tables` reads them, each with the columns
        that must be full.
    rescale_energy_shares : bool
        Whether energy shares may have another sum than 1.

    Raises
    ------
    GeofrontError
        Names the table, the column and the labels of every problem.
    """
    problems = []
    for name, (table, columns) in tables.items():
        for column in columns:
            wrong, what = _wrong_cells(table[column])
            if wrong.any():
                problems.append(f"{name}: {column!r} of {first_labels(table.index[wrong])} {what}")
    for name, column in WEIGHTS.items():
        values = tables[name][0][column]
        if len(values) and not (values.isna() | (values != 0)).any():
            problems.append(f"{name}: {column!r} is 0 in every row: give at least one a number above 0")
    shares = tables["workloads"][0]["energy_share"]
    if shares.any() and np.isfinite(shares).all() and not rescale_energy_shares and abs(shares.sum() - 1) > TOLERANCE:
        problems.append(
            f"workloads: 'energy_share' sums to {shares.sum():.6g} over the classes, not to 1: correct the "
            "shares, or pass rescale_energy_shares=True"
        )
    if problems:
        raise GeofrontError(
            "the tables have " + f"{len(problems)} problem(s):\n" + "\n".join(f"  - {problem}" for problem in problems)
        )


def _wrong_cells(column: pd.Series) -> tuple[pd.Series, str]:
    """Which cells of a column have no meaning, and why."""
    if column.name in LIMITS:
        limit = LIMITS[column.name]
        return ~(column.abs() <= limit), f"is missing or beyond ±{limit}°: give decimal degrees"
    if column.name in WEIGHTS.values():
        return ~(np.isfinite(column) & (column >= 0)), "is missing, negative or infinite: give finite numbers from 0"
    if column.name == "jurisdiction":
        blank = column.isna() | (column.astype(str).str.strip() == "")
        return blank, "is blank: name one, such as a country code"
    remedy = "give an IANA name such as 'Europe/Paris'" if column.name == "timezone" else "fill in the cell"
    return column.isna(), f"is missing: {remedy}"


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
        raise GeofrontError(
            f"the round-trip table has none of the regions, but {first_labels(labels)}: use the labels "
            f"{first_labels(regions.index)}"
        )
    pairs = measured[known[0] & known[1] & (measured["region_a"] != measured["region_b"])]
    km = geography.distance_matrix(regions, regions, (SERVICE, REGION)).values[
        regions.index.get_indexer(pairs["region_a"]), regions.index.get_indexer(pairs["region_b"])
    ]
    least = 2 * km / LIGHT_SPEED
    wrong = pairs["rtt_ms"].to_numpy() < least
    if wrong.any():
        labels = [
            f"{row.region_a} → {row.region_b}: {row.rtt_ms:g} ms, light needs {shortest:.3g} ms"
            for row, shortest in zip(pairs[wrong].itertuples(), least[wrong], strict=True)
        ]
        raise GeofrontError(
            f"'rtt_ms' is shorter than light needs there and back for {first_labels(labels)}: "
            "give milliseconds, and check the positions of the regions"
        )

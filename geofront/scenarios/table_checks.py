"""Checks the tables of a scenario beyond the type of each cell."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import geography
from geofront.names import REGION, SERVICE, TOLERANCE

WEIGHTS = {"regions": "market_capacity_mw", "clients": "demand_weight", "workloads": "energy_share"}
"""Column of each table that divides a total among the rows."""

LIMITS = {"latitude": 90, "longitude": 360}
"""Largest absolute values of positions [°]."""

LIGHT_SPEED = 300.0
"""Speed of light in vacuum, rounded up [km/ms]."""


def check_tables(tables: Mapping[str, tuple[pd.DataFrame, Sequence[str]]], *, rescale_energy_shares: bool) -> None:
    """Refuse empty cells, positions that are not on Earth, and invalid weights, capacities or shares.

    Parameters
    ----------
    tables : dict
        ``regions``, ``clients`` and ``workloads``, as :func:`geofront.from_tables` reads them, each with the columns
        that must have no empty cell.
    rescale_energy_shares : bool
        Whether to accept energy shares that do not sum to 1.

    Raises
    ------
    GeofrontError
        Lists the table, column and labels of every problem.
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
    """Invalid cells of a column, and the reason."""
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
    """Refuse measured round trips with no region in one of their columns, or faster than light.

    Parameters
    ----------
    regions : pandas.DataFrame
        Indexed by ``region``, with columns ``latitude`` and ``longitude`` [°].
    measured : pandas.DataFrame or None
        Columns ``region_a``, ``region_b``, ``rtt_ms`` [ms].

    Raises
    ------
    GeofrontError
        Lists the pairs, or the unknown labels.
    """
    if measured is None or measured.empty:
        return
    known = measured["region_a"].isin(regions.index), measured["region_b"].isin(regions.index)
    # A single region has no pairs, and a table of others is no mistake.
    unknown = [measured[column] for column, each in zip(("region_a", "region_b"), known, strict=True) if not each.any()]
    if unknown and (len(regions) > 1 or len(unknown) == 2):
        raise GeofrontError(
            f"the round-trip table has {first_labels(pd.unique(pd.concat(unknown)))}, none of which is a region: use "
            f"the labels {first_labels(regions.index)}"
        )
    pairs = measured[known[0] & known[1] & (measured["region_a"] != measured["region_b"])]
    km = geography.distance_matrix(regions, regions, (SERVICE, REGION)).values[
        regions.index.get_indexer(pd.Index(pairs["region_a"])), regions.index.get_indexer(pd.Index(pairs["region_b"]))
    ]
    least = 2 * km / LIGHT_SPEED
    wrong = pairs["rtt_ms"].to_numpy() < least
    if wrong.any():
        labels = [
            f"{row.region_a} → {row.region_b}: {row.rtt_ms:g} ms, light needs {shortest:.3g} ms"
            for row, shortest in zip(pairs[wrong].itertuples(), least[wrong], strict=True)
        ]
        raise GeofrontError(
            f"'rtt_ms' is less than the round trip of light for {first_labels(labels)}: "
            "give milliseconds, and check the positions of the regions"
        )

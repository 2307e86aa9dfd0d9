"""Loads geofront's tables of cited data, or the tables of a user's folder that replace them."""

from __future__ import annotations

import json
from functools import cache
from os import PathLike

import numpy as np
import pandas as pd

from geofront.arguments import Check, checked, choice, either, number
from geofront.errors import GeofrontError, first_labels
from geofront.inputs.table_paths import data_path, own_tables, table_path, tables_folder
from geofront.inputs.table_reading import read_table
from geofront.names import PRICE_SCOPES

DELIVERED_ADDER = "delivered_adder_usd_per_mwh"
"""Column of network, levy and capacity charges, which a data centre pays on top of the wholesale price."""

OWN = "own"
"""Confidence of values that a user's table changes or adds without a provenance."""

TIERS = ("core", "alternate", "annual_only")
"""Tiers of regions; see `regions`."""


@cache
def bounds(variable: str) -> tuple[float, float]:
    """Smallest and largest plausible value of a scenario variable, from ``data/schema.csv``."""
    table = pd.read_csv(data_path("schema.csv"), index_col="name")
    return float(table.at[variable, "minimum"]), float(table.at[variable, "maximum"])


def figure(variable: str, unit: str = "") -> Check:
    """Make a check for an argument with the range of a scenario variable."""
    least, most = bounds(variable)
    return number(unit, least=least, most=most)


def regions(tier: str | None = "core", tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load the compute regions and their data; units are in the column names.

    Parameters
    ----------
    tier : {"core", "alternate", "annual_only"} or None
        ``"core"`` selects the 12 regions with hourly prices and complete data. ``"alternate"`` regions have hourly
        prices but may lack a value. ``"annual_only"`` regions have annual values at best. None returns all 25. From
        a user's table, it drops only geofront's own regions of another tier, and only if they are unchanged.
    tables_dir : str or path, optional
        See `own_tables`.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``region``; unpublished values are NaN.

    Raises
    ------
    GeofrontError
        If the tier is unknown.
    """
    table = read_table(table_path("regions", tables_dir), "region")
    if tier is None or "tier" not in table:
        return table
    if "regions" in own_tables(tables_dir):
        return table[(table["tier"] == tier) | ~_is_unchanged(table)]
    known = list(table["tier"].unique())
    if tier not in known:
        raise GeofrontError(f"no region has tier {tier!r}; choose from {first_labels(known)}, or None.")
    return table[table["tier"] == tier]


def delivered_adder(table: pd.DataFrame, price_scope: str) -> pd.Series:
    """Cost of a region's electricity on top of the column ``price_usd_per_mwh`` [USD/MWh].

    Parameters
    ----------
    table : pandas.DataFrame
        Regions, with the column ``delivered_adder_usd_per_mwh`` for delivered prices.
    price_scope : {"wholesale", "delivered"}
        The adder is zero for wholesale prices.

    Returns
    -------
    pandas.Series
        By region.

    Raises
    ------
    GeofrontError
        The scope is unknown, or a region has no adder.
    """
    if price_scope not in PRICE_SCOPES:
        raise GeofrontError(f"price_scope={price_scope!r} is unknown: use one of {', '.join(PRICE_SCOPES)}")
    if price_scope == PRICE_SCOPES[0]:
        return pd.Series(0.0, table.index)
    adder = read_table(table, table.index.name, (DELIVERED_ADDER,))[DELIVERED_ADDER]
    if not np.isfinite(adder).all():
        raise GeofrontError(
            f"regions {first_labels(adder.index[~np.isfinite(adder)])} have no {DELIVERED_ADDER!r}: "
            "add it, leave these regions out, or use price_scope='wholesale'."
        )
    return adder


def _is_unchanged(table: pd.DataFrame) -> pd.Series:
    """Whether all values of a region equal the values in geofront's own table."""
    theirs = read_table(data_path("regions.csv"), "region")
    shared = [column for column in theirs if column in table]
    theirs = theirs[shared].reindex(table.index)
    same = (table[shared] == theirs) | (table[shared].isna() & theirs.isna())
    return same.all(axis=1)


def price_scopes(tables_dir: str | PathLike[str] | None = None) -> tuple[str, ...]:
    """Price scopes available for all core regions; a user's tables may have wholesale prices only."""
    table = regions(tables_dir=tables_dir)
    return PRICE_SCOPES if DELIVERED_ADDER in table and table[DELIVERED_ADDER].notna().all() else PRICE_SCOPES[:1]


def clients(tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load the client markets, indexed by ``client``: position, jurisdiction, time zone, demand weight."""
    return read_table(table_path("clients", tables_dir), "client")


def workloads(tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load the workload classes, indexed by ``workload``; units are in the column names, shares are fractions."""
    return read_table(table_path("workloads", tables_dir), "workload")


def lawful_transfers(tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load the jurisdictions that may process a client's regulated data: one row per lawful pair.

    Returns
    -------
    pandas.DataFrame
        Columns ``client_jurisdiction`` and ``region_jurisdiction``.
    """
    pair = ["client_jurisdiction", "region_jurisdiction"]
    return read_table(table_path("lawful_transfers", tables_dir), pair).reset_index()


def measured_rtt(tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load measured median round trips between regions: ``region_a``, ``region_b``, ``rtt_ms`` [ms]."""
    return measured_table(table_path("rtt_measured", tables_dir))


def measured_table(table: pd.DataFrame | str | PathLike[str] | None) -> pd.DataFrame | None:
    """Read and check a user's measured round trips; None stays None.

    Parameters
    ----------
    table : pandas.DataFrame, path or None
        Columns ``region_a``, ``region_b``, ``rtt_ms`` [ms], one row per pair.

    Raises
    ------
    GeofrontError
        As `read_table`, and if a round trip is empty or not positive.
    """
    if table is None:
        return None
    frame = read_table(table, ["region_a", "region_b"], ("rtt_ms",), "rtt").reset_index()
    wrong = frame[~(frame["rtt_ms"] > 0)]
    if len(wrong):
        pairs = [f"{a} → {b}" for a, b in zip(wrong["region_a"], wrong["region_b"], strict=True)]
        raise GeofrontError(
            f"rtt: 'rtt_ms' of {first_labels(pairs)} is missing or not positive: correct it, or leave the pair out to "
            "model it"
        )
    return frame


def profiles(tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load the fitted hourly shapes, one row per region and quantity; see `geofront.inputs.profiles`."""
    return read_table(table_path("profiles", tables_dir), ["region", "quantity"]).reset_index()


@checked(tier=either(type(None), lambda tier, _: tier, choice(TIERS)), tables_dir=tables_folder)
def data_tables(tier: str | None = "core", *, tables_dir: str | PathLike[str] | None = None) -> dict[str, pd.DataFrame]:
    """Load geofront's own tables, to edit and pass to :func:`geofront.from_tables`.

    Parameters
    ----------
    tier : {"core", "alternate", "annual_only"} or None
        Tier of the regions: ``"core"`` selects the 12 of :func:`geofront.stylized`, None all 25, some of which lack
        data.
    tables_dir : str or path, optional
        Folder of tables that replace geofront's of the same name.

    Returns
    -------
    dict of pandas.DataFrame
        ``regions``, ``clients`` and ``workloads``, indexed by label; ``lawful``, ``rtt`` and ``profiles``. They are
        copies, and the arguments of :func:`geofront.from_tables`.

    Raises
    ------
    GeofrontError
        If the tier is unknown, or the folder holds no table.

    Examples
    --------
    >>> import geofront as gf
    >>> tables = gf.data_tables()
    >>> tables["clients"] = tables["clients"].loc[["london", "paris"]]
    >>> gf.from_tables(**tables, snapshots="day").client.values.tolist()
    ['london', 'paris']
    """
    return {
        "regions": regions(tier, tables_dir),
        "clients": clients(tables_dir),
        "workloads": workloads(tables_dir),
        "lawful": lawful_transfers(tables_dir),
        "rtt": measured_rtt(tables_dir),
        "profiles": profiles(tables_dir),
    }


def hvdc(tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load the losses and costs of power lines and of data transfer; see `geofront.quantities.transmission`.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``parameter``: ``value``, the end of its range that favours each side
        (``favours_transmission``, ``favours_relocation``), ``unit`` and ``label``.
    """
    cases = ("value", "favours_transmission", "favours_relocation")
    return read_table(table_path("hvdc", tables_dir), "parameter", cases)


def building(tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load the cost of a data centre and its machines, without land.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``parameter``: ``value``, the ends of its range (``low`` and ``high`` cost), ``unit`` and ``label``.
    """
    return read_table(table_path("building", tables_dir), "parameter", ("value", "low", "high"))


def rtt_percentiles() -> pd.DataFrame:
    """Medians and 99th percentiles of measured round trips between cloud regions [ms], each row with its source."""
    return read_table(data_path("rtt_percentiles.csv"), required=("p50_ms", "p99_ms"))


def zones(tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Electricity consumption of the zones whose price the regions pay, ``consumption_twh`` [TWh/yr] by ``region``."""
    return read_table(table_path("zones", tables_dir), "region", ("consumption_twh",))


def land() -> dict:
    """Load Natural Earth land, 1:110 million, as TopoJSON (object ``land``)."""
    return json.loads(data_path("land-110m.json").read_text(encoding="utf-8"))


def provenance(table: str, tables_dir: str | PathLike[str] | None = None) -> pd.DataFrame:
    """Load the sources of the values of a table.

    Parameters
    ----------
    table : str
        ``"regions"``, ``"clients"``, ``"workloads"``, ``"lawful_transfers"``, ``"rtt_measured"``, ``"hvdc"`` or
        ``"building"``.
    tables_dir : str or path, optional
        See `own_tables`. In a user's table, values equal to geofront's keep their provenance and all others get the
        confidence `OWN`, unless the folder has its own provenance table.

    Returns
    -------
    pandas.DataFrame
        One row per value, with at least ``year``, ``source`` and ``confidence``; ``data/README.md`` defines the
        values of ``confidence``.

    Raises
    ------
    GeofrontError
        If the table has no provenance.
    """
    known = read_table(table_path(f"{table}_provenance", tables_dir))
    own = own_tables(tables_dir)
    if table not in own or f"{table}_provenance" in own:
        return known
    label = known.columns[0]
    mine, theirs = (read_table(path, label).stack().rename("value") for path in (own[table], data_path(f"{table}.csv")))
    theirs = theirs.reindex(mine.index)
    kept = mine[(mine == theirs) | (mine.isna() & theirs.isna())].index
    given = pd.MultiIndex.from_frame(known[[label, "column"]])
    added = mine[mine.notna() & ~mine.index.isin(given[given.isin(kept)])].rename_axis([label, "column"]).reset_index()
    added = added.assign(source="the user's own table", confidence=OWN)
    return pd.concat([known[given.isin(kept)], *([added] if len(added) else [])], ignore_index=True)

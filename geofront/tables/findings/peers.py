"""Rows of Table E4, and findings about published studies (notebook 10)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.inputs.peers import Equity, EuroSys
from geofront.names import TOLERANCE
from geofront.tables.finding import Finding, failures

EUROSYS, EQUITY = "EuroSys'24", "Equitable AI"
GREEDY, LEAST, MIGRATION = "Greedy placement", "Least emissions", "Saving of one migration"
OPTIMUM, ELECTRICITY = "Optimum", "Electricity cost"
CLOSEST = "Closest connection"

REPLAYED = 1e-9
"""Largest relative difference between a published result and geofront's [-]."""

_ROUNDING = 1e-7
"""Largest excess of emissions that counts as zero [%]."""


def eurosys_rows(
    study: EuroSys,
    compared: Mapping[tuple[int, int], pd.DataFrame],
    gaps: Mapping[tuple[int, int], float],
    savings: Mapping[str, float],
    saving_gaps: Mapping[str, float],
) -> list[tuple]:
    """Rows of :func:`geofront.tables.replays` for the EuroSys'24 study.

    Parameters
    ----------
    study : geofront.inputs.peers.EuroSys
    compared : mapping of tuple to pandas.DataFrame
        Results of :func:`geofront.compare` for ``greedy`` and ``least``, by idle capacity [%] and latency limit [ms].
    gaps : mapping of tuple to float
        Relative duality gaps of ``least`` [-].
    savings, saving_gaps : mapping of str to float
        Saving of one migration [g/kWh], and the gap of its optimum [-], by group.

    Returns
    -------
    list of tuple
    """
    rows: list[tuple] = []
    for (idle, limit), table in compared.items():
        setting, published = f"{idle} % idle, {limit} ms", study.emissions.loc[limit, idle]
        emissions, gap = table.carbon_per_mwh, gaps[idle, limit]
        rows.append((EUROSYS, GREEDY, setting, "g/kWh", published, emissions.greedy, None))
        rows.append((EUROSYS, LEAST, setting, "g/kWh", published, emissions.least, gap))
    for group, saving in savings.items():
        rows.append((EUROSYS, MIGRATION, group, "g/kWh", study.savings[group], saving, saving_gaps[group]))
    return rows


def equity_rows(study: Equity, found: Mapping[str, float], gaps: Mapping[str, float], closest: float) -> list[tuple]:
    """Rows of :func:`geofront.tables.replays` for the study of environmentally equitable AI.

    Parameters
    ----------
    study : geofront.inputs.peers.Equity
    found, gaps : mapping of str to float
        Objective [USD] and relative duality gap [-] of each optimum, by the name of the published one.
    closest : float
        Electricity cost with each gateway at its own data centre [USD].

    Returns
    -------
    list of tuple
    """
    optima = [
        (EQUITY, OPTIMUM, name.capitalize(), "USD", study.published[name], value, gaps[name])
        for name, value in found.items()
    ]
    published = study.published["price of closest connection"]
    return [*optima, (EQUITY, ELECTRICITY, CLOSEST, "USD", published, closest, None)]


def greedy(compared: Mapping[tuple[int, int], pd.DataFrame], frontiers: Mapping[int, xr.Dataset]) -> Finding:
    """Where the greedy placement is far from the optimum.

    Parameters
    ----------
    compared : mapping of tuple to pandas.DataFrame
        Results of :func:`geofront.compare` for ``greedy`` and ``least``, by idle capacity [%] and latency limit [ms].
    frontiers : mapping of int to xarray.Dataset
        Results of :func:`geofront.latency_frontier` with the objective ``carbon`` by idle capacity.

    Returns
    -------
    Finding
        Emissions in g/kWh, shares and the excess in per cent, limits in ms. It fails if the greedy placement emits less
        than the optimum, emits more than it at the largest idle capacity, or a frontier misses an optimum.
    """
    excess = {
        key: 100 * float(table.carbon_per_mwh.greedy / table.carbon_per_mwh.least - 1)
        for key, table in compared.items()
    }
    idle, limit = worst = max(excess, key=lambda key: excess[key])
    emissions, moved = compared[worst].carbon_per_mwh, 100 * compared[worst].relocated_share
    roomiest = max(each for each, _ in compared)
    numbers = {
        "greedy_excess_percent": excess[worst],
        "greedy_excess_at_ms": limit,
        "greedy_excess_at_idle_percent": idle,
        "greedy_emissions_g_per_kwh": emissions.greedy,
        "least_emissions_g_per_kwh": emissions.least,
        "greedy_moved_percent": moved.greedy,
        "least_moved_percent": moved.least,
        "frontier_breakpoints": {str(each): frontier.sizes["budget"] for each, frontier in frontiers.items()},
    }
    sentence = (
        f"The greedy placement emits up to {excess[worst]:.2f} % more than the optimum, at {limit} ms and {idle} % "
        f"idle capacity. It moves {moved.greedy:.0f} % of the load, and the optimum only {moved.least:.0f} %. At "
        f"{roomiest} % idle capacity no zone fills up, and greedy is optimal. Each frontier is exact: it has all "
        f"{frontiers[idle].sizes['budget']} round trips at which it can change."
    )
    at_most = {limit: abs(each) for (at, limit), each in excess.items() if at == roomiest}
    checks = {
        "greedy emits less than the least emissions": min(excess.values()) >= -_ROUNDING,
        f"greedy is not optimal at {roomiest} % idle capacity": max(at_most.values()) <= _ROUNDING,
    }
    for (each, at), table in compared.items():
        on_frontier = float(frontiers[each].carbon_per_mwh.sel(budget=at, method="ffill"))
        misses = f"the frontier of {each} % idle capacity misses the optimum at {at} ms"
        checks[misses] = abs(on_frontier / table.carbon_per_mwh.least - 1) <= TOLERANCE
    return Finding(sentence, numbers, failures(checks))


def replayed(table: pd.DataFrame) -> Finding:
    """Which published results come out of the same inputs.

    Parameters
    ----------
    table : pandas.DataFrame
        Table E4: what :func:`geofront.tables.replays` returned for :func:`eurosys_rows` and :func:`equity_rows`.

    Returns
    -------
    Finding
        Costs in USD; the largest difference is relative [-]. It fails if a result is not reproduced to `REPLAYED`, or
        if a published optimum is better than the proved one.
    """
    difference = table["geofront"] / table["Published"] - 1
    by_kind = {
        name: difference.xs(kind, level=("Peer", "Quantity"))
        for name, kind in (
            ("greedy", (EUROSYS, GREEDY)),
            ("migration", (EUROSYS, MIGRATION)),
            ("equity", (EQUITY, OPTIMUM)),
        )
    }
    largest = float(by_kind["equity"].abs().max())
    closest = table.loc[(EQUITY, ELECTRICITY, CLOSEST)]
    numbers = {
        "greedy_values": len(by_kind["greedy"]),
        "migration_values": len(by_kind["migration"]),
        "equity_values": len(by_kind["equity"]),
        "equity_largest_difference": float(f"{largest:.2g}"),
        "closest_connection_usd": closest["geofront"],
        "closest_connection_published_usd": closest["Published"],
    }
    sentence = (
        f"All {sum(map(len, by_kind.values()))} published results that geofront can replay are reproduced: "
        f"{numbers['greedy_values']} of the greedy placement and {numbers['migration_values']} of one migration to the "
        f"last digits, {numbers['equity_values']} of Equitable AI within {largest:.0e} of their value. There the "
        "published values are higher, because the study's interior-point solver stopped early, while geofront's values "
        "are proved optimal. One published row is not reproduced. The price of Closest Connection equals the price of "
        "Equitable in every digit, because the authors' notebook passes the mask that allows every connection to both. "
        f"With each gateway at its own data centre, electricity costs {closest['geofront']:,.0f} USD instead of "
        f"{closest['Published']:,.0f}."
    )
    checks = {
        f"a published result is not reproduced: {name}": bool((each.abs() <= REPLAYED).all())
        for name, each in by_kind.items()
    } | {"a published optimum is below the proved one": bool((by_kind["equity"] <= 0).all())}
    return Finding(sentence, numbers, failures(checks))

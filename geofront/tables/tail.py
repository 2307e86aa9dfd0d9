"""Homes that miss latency budgets at the tail, and pools of servers."""

import numpy as np
import pandas as pd

from geofront.arguments import checked, number, several, table
from geofront.charts.titles import require_columns
from geofront.tables.columns import headed

MISSED = table(("latency", "budget", "demand_share"), ("client", "workload"), maker="gf.homes_over_budget", empty=True)
POOLS = table(("servers", "over_budget"), maker="geofront.beyond.tail.tail_cases")
UTILISATIONS = several(number(above=0, most=1))


@checked(missed=MISSED)
def late_homes(missed: pd.DataFrame) -> pd.DataFrame:
    """List clients whose home misses a latency budget.

    Parameters
    ----------
    missed : pandas.DataFrame
        Result of :func:`geofront.homes_over_budget`.

    Returns
    -------
    pandas.DataFrame
        Latency at home and budget [ms] by client and class, with their share of all demand [%]. Units and decimals are
        in ``attrs``.
    """
    columns = {
        "latency": ("Latency at home", "ms", 0),
        "budget": ("Budget", "ms", 0),
        "demand_share": ("Share of demand", "%", 2),
    }
    return headed(missed.assign(demand_share=100 * missed.demand_share), columns)


@checked(cases=POOLS)
def pools(cases: pd.DataFrame) -> pd.DataFrame:
    """List savings by the number of servers in a pool and their utilisation.

    Parameters
    ----------
    cases : pandas.DataFrame
        Result of ``tail_cases`` with ``servers`` and one or several values of ``utilisation``.

    Returns
    -------
    pandas.DataFrame
        One row a case: servers, utilisation [%], saving [USD/MWh], and demand whose home misses its budget [%]. Units
        and decimals are in ``attrs``.
    """
    columns = {
        "servers": ("Servers", "", 0),
        "utilisation": ("Utilisation", "%", 0),
        "benefit": ("Saving", "USD/MWh", 1),
        "over_budget": ("Demand whose home misses its budget", "%", 1),
    }
    require_columns(cases, ["utilisation"], "pools")
    busy = [UTILISATIONS(np.atleast_1d(case), "utilisation") for case in cases.utilisation]
    busy = [", ".join(f"{100 * each:g}" for each in shares) for shares in busy]
    return headed(cases.assign(utilisation=busy, over_budget=100 * cases.over_budget), columns)

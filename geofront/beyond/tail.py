"""A scenario at a high percentile of latency: round trips that vary, and pools that make requests wait."""

import math
from collections.abc import Iterable, Mapping
from statistics import NormalDist

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, number, whole
from geofront.errors import GeofrontError, Infeasible
from geofront.inputs import loaders
from geofront.model.feasibility import feasibility_masks
from geofront.names import CLIENT, HOUR, REGION, WEIGHT, WORKLOAD
from geofront.placement import local, place, totals
from geofront.quantities.layers import layers
from geofront.scenarios.validation import admitted, validate

MOST_SERVERS = 100_000
"""Largest number of servers in a pool; more than this wait for no time that matters."""

MOST_JITTER = 2.0
"""Largest standard deviation of the logarithm of a round trip: 100 times the median at the 99th percentile [-]."""


@checked(
    scenario=admitted,
    quantile=number(least=0.5, most=0.9999),
    jitter=number(least=0, most=MOST_JITTER),
    servers=whole(least=1),
    utilisation=number(above=0, most=0.9999),
)
def tail(
    scenario: xr.Dataset,
    *,
    quantile: float = 0.99,
    jitter: float = 0.06,
    servers: int | None = None,
    utilisation: float = 0.9,
) -> xr.Dataset:
    """The scenario in which every latency is a quantile instead of a median, and pools are not full.

    Parameters
    ----------
    scenario : xarray.Dataset
    quantile : float
        Share of requests that must keep the latency budget, at least 0.5 [-].
    jitter : float
        Standard deviation of the logarithm of a round trip [-]. The scenario's round trips are medians. The default is
        the median of `measured_jitter`.
    servers : int, optional
        Servers in a pool, each busy with one request for its service time. By default requests do not wait, and
        pools may be full.
    utilisation : float
        Share of a pool that may be busy, if `servers` is given [-].

    Returns
    -------
    xarray.Dataset
        A validated scenario: ``round_trips``, ``access_rtt``, ``service_time`` and ``capacity`` differ. Attributes
        ``quantile``, ``jitter``, ``servers`` and ``utilisation``. Place it with :func:`geofront.place`.

    Raises
    ------
    GeofrontError
        Invalid scenario, or a parameter out of range.

    Notes
    -----
    See "At the tail" in docs/model.md. A round trip is lognormal. The sum of several is taken as lognormal with the
    same mean and variance (Fenton-Wilkinson). Waiting time is that of an M/M/c queue. The quantiles of access, round
    trips and waiting are added, which overstates the quantile of their sum.
    """
    trips = scenario.round_trips * _sum_factor(scenario.round_trips.values, quantile, jitter)
    changed = {
        "round_trips": trips,
        "access_rtt": scenario.access_rtt * float(_sum_factor(np.ones(1), quantile, jitter)[0]),
    }
    if servers is not None:
        if servers > MOST_SERVERS:
            raise GeofrontError(f"servers={servers} is above {MOST_SERVERS}: leave servers out, nothing waits then")
        waits = 1 + _relative_wait(servers, utilisation, quantile)
        changed |= {"service_time": scenario.service_time * waits, "capacity": scenario.capacity * utilisation}
    result = scenario.assign({name: each.assign_attrs(scenario[name].attrs) for name, each in changed.items()})
    waiting = {} if servers is None else {"servers": servers, "utilisation": utilisation}
    return validate(result.assign_attrs(quantile=quantile, jitter=jitter, **waiting), baseline=False)


@checked(scenario=admitted)
def homes_over_budget(scenario: xr.Dataset) -> pd.DataFrame:
    """Clients whose home misses the latency budget of a class; they are served there nevertheless.

    Parameters
    ----------
    scenario : xarray.Dataset
        For example what :func:`tail` returned.

    Returns
    -------
    pandas.DataFrame
        Index ``client``, ``workload``; ``latency`` at home and ``budget`` [ms]; ``demand_share``, the share of all
        demand [-]. The largest share comes first.

    Raises
    ------
    GeofrontError
        Invalid scenario.

    Notes
    -----
    See "At the tail" in docs/model.md.
    """
    masks = feasibility_masks(scenario)
    energy = (scenario.demand * scenario[WEIGHT]).sum(HOUR)
    at_home = scenario.home == scenario[REGION]
    frame = xr.Dataset(
        {
            "latency": masks.latency_ms.where(at_home).max(REGION),
            "budget": scenario.latency_budget.broadcast_like(energy),
            "demand_share": energy / energy.sum(),
            "over": masks.home_over_budget,
        }
    ).to_dataframe(dim_order=[CLIENT, WORKLOAD])
    frame = frame.loc[frame.over, ["latency", "budget", "demand_share"]]
    return frame.sort_values("demand_share", ascending=False, kind="stable")


def measured_jitter(quantile: float = 0.99) -> pd.Series:
    """Jitter of measured round trips between cloud regions, one value for each direction of a pair [-].

    The logarithm of the measured percentile over the median, divided by the same quantile of a standard normal
    distribution. Source: ``data/rtt_percentiles.csv``.
    """
    table = loaders.rtt_percentiles()
    return np.log(table.p99_ms / table.p50_ms) / NormalDist().inv_cdf(quantile)


def tail_cases(scenario: xr.Dataset, cases: Iterable[Mapping], **options) -> pd.DataFrame:
    """What relocation saves and where classes run, for several cases of :func:`tail`.

    Parameters
    ----------
    scenario : xarray.Dataset
    cases : iterable of mapping
        Keyword arguments of :func:`tail`.
    **options
        Those of :func:`geofront.place`.

    Returns
    -------
    pandas.DataFrame
        One row a case: its arguments; ``benefit`` over all-local execution [USD/MWh], not a number where the pools
        cannot hold the demand; ``relocated:A``, … the relocated share of each class [-]; ``over_budget``, the share of
        demand whose home misses its budget [-].
    """
    at_home = totals(local(scenario, carbon_price=options.get("carbon_price", 0.0))).cost_per_mwh
    rows = []
    for case in cases:
        changed = tail(scenario, **case)
        row = dict(case) | {"over_budget": homes_over_budget(changed).demand_share.sum()}
        try:
            placed = place(changed, **options)
        except Infeasible:
            rows.append(row)
            continue
        shares = 1 - layers(changed, placed).share.sel(layer="local")
        row["benefit"] = at_home - totals(placed).cost_per_mwh
        rows.append(row | {f"relocated:{name}": float(share) for name, share in shares.to_series().items()})
    return pd.DataFrame(rows)


def _sum_factor(count: np.ndarray, quantile: float, jitter: float) -> np.ndarray:
    """Quantile of the sum of several lognormal round trips, relative to the sum of their medians."""
    spread = np.sqrt(np.log1p(np.expm1(jitter**2) / np.maximum(count, 1.0)))
    return np.exp((jitter**2 - spread**2) / 2 + NormalDist().inv_cdf(quantile) * spread)


def _relative_wait(servers: int, utilisation: float, quantile: float) -> float:
    """Quantile of the waiting time in an M/M/c queue, relative to the mean service time."""
    blocked = 1.0  # the inverse of Erlang's loss formula, which does not overflow as the formula itself does
    load = servers * utilisation
    for busy in range(1, servers + 1):
        blocked = 1 + blocked * busy / load
        if math.isinf(blocked):
            return 0.0
    waits = 1 / (1 + (blocked - 1) * (1 - utilisation))
    return max(0.0, math.log(waits / (1 - quantile))) / (servers * (1 - utilisation))

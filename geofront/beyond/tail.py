"""A scenario at a high percentile of latency: round trips that vary, and pools that make requests wait."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, number, several, whole
from geofront.beyond.program import PlacementProgram
from geofront.errors import GeofrontError, Infeasible
from geofront.inputs import loaders
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.model.feasibility import feasibility_masks, latency, within_budget
from geofront.model.problem import Problem, build_problem
from geofront.names import CLIENT, FRICTIONS, HOUR, OBJECTIVES, REGION, WEIGHT, WORKLOAD
from geofront.placement import evaluate, local, place, totals
from geofront.quantities.layers import layers
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted, validate

MOST_SERVERS = 100_000
"""Largest number of servers in a pool; in larger pools, waiting times are negligible."""

MOST_JITTER = 2.0
"""Largest standard deviation of the logarithm of a round trip: 100 times the median at the 99th percentile [-]."""

UTILISATIONS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Usual choice of utilisations [-]."""

_ATTRS = {"utilisation": ("1", "Utilisation of the pool"), "held_capacity": ("MW", "Capacity that pools take")}


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
    """Replace medians of latency by a quantile, and add waiting times of pools.

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
        Busy share of a pool, if `servers` is given [-].

    Returns
    -------
    xarray.Dataset
        A validated scenario with other ``round_trips``, ``access_rtt``, ``service_time`` and ``capacity``. Attributes
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
            raise GeofrontError(f"servers={servers} is above {MOST_SERVERS}: leave servers out, waiting is negligible")
        waits = 1 + _relative_wait(servers, utilisation, quantile)
        changed |= {"service_time": scenario.service_time * waits, "capacity": scenario.capacity * utilisation}
    result = scenario.assign({name: each.assign_attrs(scenario[name].attrs) for name, each in changed.items()})
    waiting = {} if servers is None else {"servers": servers, "utilisation": utilisation}
    return validate(result.assign_attrs(quantile=quantile, jitter=jitter, **waiting), baseline=False)


class Pooled(PlacementProgram):
    """The program of a block in which every arc has its own use of capacity per MW.

    Parameters
    ----------
    problem : Problem
        The hours of the block; every client is its own service node.
    utilisation : numpy.ndarray
        (c, r, k) busy share of the pool that serves each arc [-].
    """

    def __init__(self, problem: Problem, utilisation: np.ndarray):
        super().__init__(problem)
        held = self.rows(np.full(problem.capacity.shape, -np.inf), problem.capacity)
        taken = (problem.execution / utilisation)[self.place]
        self.add(held[self.place[1]], self.flow, taken[:, None])

    def infeasible(self) -> GeofrontError:
        """The error for pools that cannot hold the demand."""
        return Infeasible(
            f"the pools cannot hold the demand of block {self.problem.block[0]} in time: raise 'capacity' or "
            "'servers', add a fuller 'utilisation', or lower 'demand'"
        )


@checked(
    scenario=admitted,
    servers=whole(least=1),
    utilisation=several(number(above=0, most=0.9999)),
    quantile=number(least=0.5, most=0.9999),
    jitter=number(least=0, most=MOST_JITTER),
    carbon_price=check_carbon_price,
    objective=choice(OBJECTIVES),
    frictions=check_frictions,
)
def place_in_pools(
    scenario: xr.Dataset,
    *,
    servers: int,
    utilisation=UTILISATIONS,
    quantile: float = 0.99,
    jitter: float = 0.06,
    carbon_price: float = 0.0,
    objective: str = "cost",
    frictions=FRICTIONS,
) -> xr.Dataset:
    """Place demand at a quantile of latency, in pools of several utilisations in each region.

    Each client's class is served in the fullest pool of a region whose waiting time still fits its latency budget,
    because that takes the least capacity.

    Parameters
    ----------
    scenario : xarray.Dataset
    servers : int
        Servers in a pool, as in :func:`tail`.
    utilisation : sequence of float
        Busy shares at which pools may run [-].
    quantile, jitter
        As in :func:`tail`.
    carbon_price, objective, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.Dataset
        A placement as :func:`geofront.evaluate` returns it, and

        - ``utilisation`` (client, region, workload) [-] of the fullest pool that fits, missing where none does. A home
          that misses its budget in all pools uses the emptiest one;
        - ``held_capacity`` (region, hour) [MW] of the pools: what they execute over their utilisation;
        - attribute ``gap`` of the certificate [-].

    Raises
    ------
    GeofrontError
        Invalid scenario or argument; pools that cannot hold the demand; or a result that cannot be proved optimal.

    Notes
    -----
    See "At the tail" in docs/model.md.
    """
    if not utilisation:
        raise GeofrontError("utilisation is empty: give at least one number between 0 and 1")
    pools = [
        tail(scenario, quantile=quantile, jitter=jitter, servers=servers, utilisation=u) for u in sorted(utilisation)
    ]
    emptiest = pools[0].assign(capacity=scenario.capacity)
    fullest = xr.where(emptiest.home == emptiest[REGION], pools[0].attrs["utilisation"], np.nan)
    for pool in pools:
        fullest = xr.where(within_budget(latency(pool), pool.latency_budget), pool.attrs["utilisation"], fullest)
    fullest = fullest.transpose(CLIENT, REGION, WORKLOAD)
    problem = build_problem(emptiest, carbon_price=carbon_price, objective=objective, frictions=frictions)
    flow = np.zeros((*problem.away().shape, *problem.demand.shape[1:]))
    gap = 0.0
    for hours in problem.blocks():
        block = Pooled(_by_client(problem.at(hours)), fullest.values)
        proved = block.solve("dual")
        flow[..., hours], gap = block.flows(proved.x), max(gap, abs(proved.gap))
    dims = (CLIENT, REGION, WORKLOAD, HOUR)
    flows = xr.DataArray(flow, {dim: scenario[dim] for dim in dims}, dims)
    placed = evaluate(emptiest, flows, carbon_price=carbon_price, frictions=frictions)
    execution = problem.execution[problem.home][..., None]
    held = (flow * execution / fullest.fillna(1.0).values[..., None]).sum(axis=(0, 2))
    placed = placed.assign(utilisation=fullest, held_capacity=((REGION, HOUR), held))
    return described(placed.assign_attrs(gap=gap), _ATTRS)


def _by_client(problem: Problem) -> Problem:
    """The problem with every client as its own service node, because utilisations differ by client."""
    home = problem.home
    of_home = {name: getattr(problem, name)[home] for name in ("home_region", "execution", "fixed", "delay")}
    return replace(problem, home=np.arange(len(home)), **of_home)


@checked(scenario=admitted)
def homes_over_budget(scenario: xr.Dataset) -> pd.DataFrame:
    """List clients whose home misses the latency budget of a class; they are still served there.

    Parameters
    ----------
    scenario : xarray.Dataset
        For example, the result of :func:`tail`.

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
    """Saving and relocated shares for several cases of :func:`tail` or :func:`place_in_pools`.

    Parameters
    ----------
    scenario : xarray.Dataset
    cases : iterable of mapping
        Keyword arguments of :func:`tail`, or of :func:`place_in_pools` if ``utilisation`` is a sequence.
    **options
        Options of :func:`geofront.place`.

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
        several_pools = np.iterable(case.get("utilisation"))
        changed = tail(scenario, **(case | {"utilisation": min(case["utilisation"])} if several_pools else case))
        row = dict(case) | {"over_budget": homes_over_budget(changed).demand_share.sum()}
        try:
            if several_pools:
                placed = place_in_pools(scenario, **case, **{n: options[n] for n in options if n != "solver"})
            else:
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

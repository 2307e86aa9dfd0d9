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
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.model.feasibility import at_home, latency, within_budget
from geofront.model.problem import Problem, build_problem
from geofront.names import CLIENT, FRICTIONS, HOUR, OBJECTIVES, REGION, WORKLOAD
from geofront.placement import evaluate, local, place, totals
from geofront.quantities.homes_over_budget import homes_over_budget
from geofront.quantities.layers import layers
from geofront.scenarios.alignment import labelled_flow
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted, validate

MOST_SERVERS = 100_000
"""Largest number of servers in a pool; in larger pools, waiting times are negligible."""

QUANTILE = number(least=0.5, most=0.9999)
UTILISATION = number(above=0, most=0.9999)
JITTER = number(least=0, most=2)
"""At 2, the 99th percentile of a round trip is 100 times the median."""


@checked(scenario=admitted, quantile=QUANTILE, jitter=JITTER, servers=whole(least=1), utilisation=UTILISATION)
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
        Standard deviation of the logarithm of a round trip, whose median is the scenario's [-]. The default is the
        median of :func:`geofront.inputs.geography.measured_jitter`.
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
    See "At the tail" in docs/model.md.
    """
    factors = {
        "round_trips": _sum_factor(scenario.round_trips.values, quantile, jitter),
        "access_rtt": _sum_factor(1.0, quantile, jitter),
    }
    attrs = {"quantile": quantile, "jitter": jitter}
    if servers is not None:
        if servers > MOST_SERVERS:
            raise GeofrontError(f"servers={servers} is above {MOST_SERVERS}: leave servers out, waiting is negligible")
        factors |= {"service_time": 1 + _relative_wait(servers, utilisation, quantile), "capacity": utilisation}
        attrs |= {"servers": servers, "utilisation": utilisation}
    changed = {name: (scenario[name] * each).assign_attrs(scenario[name].attrs) for name, each in factors.items()}
    return validate(scenario.assign(changed).assign_attrs(attrs), baseline=False)


def _sum_factor(count, quantile: float, jitter: float):
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


@checked(
    scenario=admitted,
    servers=whole(least=1),
    utilisation=several(UTILISATION),
    quantile=QUANTILE,
    jitter=JITTER,
    carbon_price=check_carbon_price,
    objective=choice(OBJECTIVES),
    frictions=check_frictions,
)
def place_in_pools(
    scenario: xr.Dataset,
    *,
    servers: int,
    utilisation=(0.5, 0.7, 0.8, 0.9, 0.95, 0.98),
    quantile: float = 0.99,
    jitter: float = 0.06,
    carbon_price: float = 0.0,
    objective: str = "cost",
    frictions=FRICTIONS,
) -> xr.Dataset:
    """Place demand at a quantile of latency, in pools of several utilisations in each region.

    Parameters
    ----------
    scenario : xarray.Dataset
    servers, quantile, jitter
        As in :func:`tail`.
    utilisation : sequence of float
        Busy shares at which pools may run [-].
    carbon_price, objective, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.Dataset
        A placement as :func:`geofront.evaluate` returns it, with attribute ``gap`` of the certificate [-], and

        - ``utilisation`` (client, region, workload) [-] of the fullest pool that fits, missing where none does. A home
          that misses its budget in all pools uses the emptiest one;
        - ``held_capacity`` (region, hour) [MW] of the pools: what they execute over their utilisation.

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
    common = {"quantile": quantile, "jitter": jitter, "servers": servers}
    pools = {share: tail(scenario, **common, utilisation=share) for share in sorted(utilisation)}
    emptiest, pool = next(iter(pools.items()))
    fullest = xr.where(at_home(scenario), emptiest, np.nan)
    for share, each in pools.items():
        fullest = xr.where(within_budget(latency(each), each.latency_budget), share, fullest)
    fullest = fullest.transpose(CLIENT, REGION, WORKLOAD)
    changed = pool.assign(capacity=scenario.capacity)
    problem = build_problem(changed, carbon_price=carbon_price, objective=objective, frictions=frictions)
    execution = problem.execution[problem.home]
    flow, gap = np.zeros((*execution.shape, len(problem.weight))), 0.0
    for hours in problem.blocks():
        block = Pooled(problem.at(hours), execution / fullest.values)
        proved = block.solve("dual")
        flow[..., hours], gap = block.flows(proved.x), max(gap, abs(proved.gap))
    held = np.einsum("crkt,crk->rt", flow, execution / fullest.fillna(1.0).values)
    placed = evaluate(changed, labelled_flow(scenario, flow), carbon_price=carbon_price, frictions=frictions)
    attrs = {"utilisation": ("1", "Utilisation of the pool"), "held_capacity": ("MW", "Capacity that pools take")}
    placed = placed.assign(utilisation=fullest, held_capacity=((REGION, HOUR), held)).assign_attrs(gap=gap)
    return described(placed, attrs)


class Pooled(PlacementProgram):
    """The program of a block in which each client's flows take a capacity of their own per MW, ``taken`` (c, r, k)."""

    def __init__(self, problem: Problem, taken: np.ndarray):
        home = problem.home  # with every client as its own service node
        of_home = {name: getattr(problem, name)[home] for name in ("home_region", "execution", "fixed", "delay")}
        super().__init__(replace(problem, home=np.arange(len(home)), **of_home))
        held = self.rows(-np.inf, problem.capacity)
        self.add(held[self.place[1]], self.flow, taken[self.place][:, None])

    def infeasible(self) -> GeofrontError:
        """The error for pools that cannot hold the demand."""
        return Infeasible(
            f"the pools cannot hold the demand of block {self.problem.block[0]} in time: raise 'capacity' or "
            "'servers', add a fuller 'utilisation', or lower 'demand'"
        )


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
    baseline = totals(local(scenario, carbon_price=options.get("carbon_price", 0.0))).cost_per_mwh
    rows = []
    for case in cases:
        several_pools = np.iterable(case.get("utilisation"))
        changed = tail(scenario, **(case | {"utilisation": min(case["utilisation"])} if several_pools else case))
        row = dict(case) | {"over_budget": homes_over_budget(changed).demand_share.sum()}
        rows.append(row)
        try:
            if several_pools:
                placed = place_in_pools(scenario, **case, **{n: options[n] for n in options if n != "solver"})
            else:
                placed = place(changed, **options)
        except Infeasible:
            continue
        shares = 1 - layers(changed, placed).share.sel(layer="local")
        row |= {"benefit": baseline - totals(placed).cost_per_mwh}
        row |= {f"relocated:{name}": float(share) for name, share in shares.to_series().items()}
    return pd.DataFrame(rows)

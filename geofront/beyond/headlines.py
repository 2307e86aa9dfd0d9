"""Outcomes of an ensemble beyond the paper: what the README quotes of notebooks 13 to 17, as functions of one world."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from geofront.beyond.investment import invest
from geofront.beyond.market import equilibrium
from geofront.beyond.sites import GATES, Decomposition
from geofront.beyond.tail import tail_cases
from geofront.beyond.waiting import space_and_time
from geofront.inputs.geography import measured_jitter
from geofront.model.problem import build_problem
from geofront.names import BLOCK, WEIGHT, WORKLOAD
from geofront.quantities.headlines import benefit_with_frictions
from geofront.quantities.price_slopes import price_slopes
from geofront.quantities.worth import yearly_cost
from geofront.shared import remembered

STEP = 1
"""Hours between snapshots. Longer steps miss peaks, which new capacity must hold, and shorten the longest wait [h]."""

WAYS = ("time", "space", "both")
"""Whether the class waits, moves, or does both."""

HOSTING_MW = 1.0
"""IT power of the replicas that keep a class ready in a region [MW]."""

SITES_TOLERANCE, SITES_ROUNDS = 3e-3, 5
"""The search for sites ends at this gap relative to the cost, or after this many integer rounds [-].

A smaller gap takes minutes in some worlds.
"""

FLEETS = SMALL, LARGE = 1.0, 10.0
"""Mean IT power of all demand [GW]."""

SIZES_GW = (1.0, 3.0, 10.0, 30.0, 100.0)
"""Fleets at which a linear price is tried [GW]."""

LARGEST_SHARE = 0.2
"""Largest change of a zone's load for which a linear price is valid, relative to that load [-]."""

MARKET_TOLERANCE = 1e-6
"""Largest gap between the objective with prices that respond and its bound, relative to the objective [-]."""

TAIL_QUANTILE = 0.99
"""Share of requests that must keep the latency budget [-]."""

JITTERS = {"median": 0.5, "high": 0.9}
"""Quantiles of the measured jitter [-]."""


def waiting_saving(scenario: xr.Dataset) -> xr.DataArray:
    """Saving from letting the last class (D) wait, move, or both, with the others at home [USD/MWh], dims (way,).

    The class waits at most one snapshot less than a block has: 23 h in days of 24 hours, 21 h with steps of 3.
    """
    longest = int(np.unique(scenario[BLOCK], return_counts=True)[1].min()) - 1
    benefit = space_and_time(scenario, scenario[WORKLOAD].values[-1], [longest]).benefit
    saving = [benefit[way, 0 if way == "space" else longest] for way in WAYS]
    return _by("way", WAYS, saving, "Saving of the class that may wait")


def greenfield_saving(scenario: xr.Dataset, tables) -> xr.DataArray:
    """Saving of relocation if all capacity is built, with machines [USD/MWh], dims (part,): capital and operation."""
    cost = yearly_cost(tables["building"]["value"], machines=True)
    found = invest(scenario, cost, existing="none").isel(capital_cost=0)
    saving = [float(found.capital_benefit), float(found.energy_benefit)]
    return _by("part", ("capital", "operation"), saving, "Saving if all capacity is built")


def standing_saving(scenario: xr.Dataset, tables) -> xr.DataArray:
    """Saving of relocation in operation if the capacity stands and is switched off when unused [USD/MWh].

    More capacity may be built at the cost of buildings.
    """
    found = invest(scenario, yearly_cost(tables["building"]["value"])).isel(capital_cost=0)
    return _number(found.energy_benefit, "USD/MWh", "Saving in operation if capacity stands")


def sites_worth_opening(scenario: xr.Dataset) -> xr.DataArray:
    """Pairs of a region and a class worth a megawatt of replicas for demand from elsewhere [-].

    The cost of the sites is within 0.3 % of the least in nearly all worlds. Within this gap the number may differ by
    one or two from that of the cheapest sites.
    """
    search = Decomposition(build_problem(scenario), HOSTING_MW, GATES[0])
    search.solve(SITES_TOLERANCE, SITES_ROUNDS)
    return _number(search.best.sum(), "1", "Pairs of a region and a class worth opening")


@remembered
def _equilibrium(scenario: xr.Dataset, size_gw: float) -> xr.Dataset:
    """The equilibrium of a fleet of a given size, by the default slopes."""
    weight = scenario[WEIGHT]
    factor = 1000 * size_gw / float((scenario.demand * weight).sum() / weight.sum())
    fleet = scenario.assign({name: factor * scenario[name] for name in ("demand", "capacity")})
    return equilibrium(fleet, price_slopes(fleet), largest_share=1e9, tolerance=MARKET_TOLERANCE)


def market_saving(scenario: xr.Dataset) -> xr.DataArray:
    """Saving of the system where prices respond to the fleet's load [USD/MWh], dims (fleet,) [GW].

    Capacity grows with the fleet. The saving of a fleet above `linear_prices_end` extrapolates the linear price.
    """
    saving = [float(_equilibrium(scenario, size).system_saving) for size in FLEETS]
    return _by("fleet", FLEETS, saving, "Saving of the system by size of the fleet (GW)")


def linear_prices_end(scenario: xr.Dataset) -> xr.DataArray:
    """Largest fleet of `SIZES_GW` that changes no zone's load by more than a fifth [GW]; 0 if none is."""
    valid = (size for size in sorted(SIZES_GW, reverse=True) if _largest_share(scenario, size) <= LARGEST_SHARE)
    return _number(next(valid, 0.0), "GW", "Largest fleet for which linear prices are valid")


def _largest_share(scenario: xr.Dataset, size_gw: float) -> float:
    return float(abs(_equilibrium(scenario, size_gw).zone_share).max())


def tail_saving(scenario: xr.Dataset) -> xr.DataArray:
    """Saving of relocation if all but one request in a hundred keep their budget [USD/MWh], dims (jitter,).

    Without jitter, at the median of measured jitter, and at its 90th percentile.
    """
    measured = [measured_jitter(TAIL_QUANTILE).quantile(each) for each in JITTERS.values()]
    cases = tail_cases(scenario, [{"quantile": TAIL_QUANTILE, "jitter": jitter} for jitter in measured])
    saving = [float(benefit_with_frictions(scenario)), *cases.benefit]
    return _by("jitter", ("none", *JITTERS), saving, "Saving at the tail of latency")


def _number(value, units: str, long_name: str) -> xr.DataArray:
    return xr.DataArray(float(value), attrs={"units": units, "long_name": long_name})


def _by(dim: str, labels: tuple, values: list, long_name: str) -> xr.DataArray:
    attrs = {"units": "USD/MWh", "long_name": long_name}
    return xr.DataArray(np.array(values, float), {dim: list(labels)}, dim, attrs=attrs)


_OUTCOMES = (
    waiting_saving,
    greenfield_saving,
    standing_saving,
    sites_worth_opening,
    market_saving,
    linear_prices_end,
    tail_saving,
)

BEYOND_HEADLINES: dict[str, Callable] = {outcome.__name__: outcome for outcome in _OUTCOMES}
"""Outcomes that the README quotes of notebooks 13 to 17, by name."""

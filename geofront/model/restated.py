"""States the placement problem and its reported results a second time, for the certificate.

Nothing here uses :func:`~geofront.model.problem.build_problem` or the unit costs of :mod:`geofront.model.costs`, so the
certificate detects their errors as differences from this module. It shares only the rules for latency and carbon cost,
the table of frictions and the container :class:`~geofront.model.problem.Problem`.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

from geofront.model.costs import COST_WEIGHT, carbon_cost
from geofront.model.feasibility import end_to_end, within_budget
from geofront.model.problem import Problem
from geofront.names import BLOCK, CLIENT, FRICTION, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD


class Terms(NamedTuple):
    """Terms of a scenario's costs and emissions with the active frictions. See "Unit cost" in docs/model.md.

    Axes as in :class:`~geofront.model.problem.Problem`.
    """

    home: np.ndarray  # (c,) position of the home service
    home_region: np.ndarray  # (s,) position of the service's own region
    away: np.ndarray  # (c, r)
    execution: np.ndarray  # (s, r, k) [-]
    egress: np.ndarray  # (s, r, k) [USD/MWh]
    overhead: np.ndarray  # (s, r, k) [USD/MWh]
    pue: np.ndarray  # (r,) [-]
    price: np.ndarray  # (r, t) of facility energy per MWh of IT energy [USD/MWh]
    carbon: np.ndarray  # (r, t) the same [kg/MWh]
    warmup_energy: np.ndarray  # (r, k) facility energy to start 1 MW [MWh/MW]
    warmup_price: np.ndarray  # (r, t) block mean, clipped at zero [USD/MWh]
    warmup_carbon: np.ndarray  # (r, t) block mean [kg/MWh]


class Reported(NamedTuple):
    """Correct values of a reported variable, and the size to which deviations are relative."""

    dims: tuple[str, ...]
    right: np.ndarray
    size: np.ndarray


def values(scenario: xr.Dataset, frictions, name: str, *dims: str) -> np.ndarray:
    """Values of a variable with the given dims and the active frictions."""
    numbers = scenario[name].transpose(*dims).values
    for friction, effect in FRICTION.items():
        if name in effect.without and friction not in frictions:
            return np.full(numbers.shape, effect.without[name])
    return numbers


def terms_of(scenario: xr.Dataset, frictions) -> Terms:
    """Compute the terms of a scenario's costs and emissions."""

    def value(name: str, *dims: str) -> np.ndarray:
        return values(scenario, frictions, name, *dims)

    services, regions = (list(scenario[dim].values) for dim in (SERVICE, REGION))
    home = np.array([services.index(label) for label in scenario["home"].values])
    home_region = np.array([regions.index(label) for label in services])
    away = home_region[:, None] != np.arange(len(regions))
    egress = value("egress_request", SERVICE, REGION)[..., None] * value("upload", WORKLOAD) + value(
        "egress_response", SERVICE, REGION
    )[..., None] * value("download", WORKLOAD)
    pue, block = value("pue", REGION), scenario[BLOCK].values
    price, carbon = (value(name, REGION, HOUR) for name in ("price", "carbon"))
    mean_price, mean_carbon = np.empty_like(price), np.empty_like(carbon)
    for number in np.unique(block):
        hours = block == number
        mean_price[:, hours] = price[:, hours].mean(axis=1, keepdims=True)
        mean_carbon[:, hours] = carbon[:, hours].mean(axis=1, keepdims=True)
    return Terms(
        home=home,
        home_region=home_region,
        away=away[home],
        execution=1 + away[..., None] * value("overhead_energy", WORKLOAD),
        egress=away[..., None] * egress,
        overhead=away[..., None] * value("overhead_cost", WORKLOAD),
        pue=pue,
        price=pue[:, None] * price,
        carbon=pue[:, None] * carbon,
        warmup_energy=pue[:, None] * value("warmup", WORKLOAD),
        warmup_price=np.maximum(mean_price, 0.0),
        warmup_carbon=mean_carbon,
    )


def restate(scenario: xr.Dataset, *, carbon_price: float, objective: str, frictions) -> Problem:
    """State the placement problem, line by line as under "Placement" in docs/model.md.

    Parameters
    ----------
    scenario : xarray.Dataset
        Validated.
    carbon_price : float
        [USD/t].
    objective : {"cost", "carbon"}
    frictions : sequence of str

    Returns
    -------
    Problem
        Without the second objective ``delay``, which no proof uses.
    """
    terms = terms_of(scenario, frictions)
    price = terms.price + carbon_cost(carbon_price, terms.carbon)
    fixed = terms.egress + terms.overhead
    warmup = terms.warmup_price + carbon_cost(carbon_price, terms.warmup_carbon)
    if objective == "carbon":
        price, fixed = terms.carbon + COST_WEIGHT * price, COST_WEIGHT * fixed
        warmup = terms.warmup_carbon + COST_WEIGHT * warmup
    at_service = np.arange(len(terms.home)), terms.home
    milliseconds = end_to_end(
        scenario["access_rtt"].transpose(CLIENT, SERVICE).values[at_service][:, None, None],
        scenario["rtt"].transpose(SERVICE, REGION).values[terms.home][:, None, :],
        scenario["round_trips"].values[:, None],
        scenario["service_time"].values[:, None],
    )
    in_budget = within_budget(milliseconds, scenario["latency_budget"].values[:, None])
    capacity = scenario["capacity"].broadcast_like(scenario["price"])
    return Problem(
        home=terms.home,
        home_region=terms.home_region,
        allowed=in_budget | ~terms.away[:, None],
        lawful=scenario["lawful"].transpose(CLIENT, REGION).values | ~terms.away,
        pinned=values(scenario, frictions, "pinned_share", WORKLOAD),
        regulated=values(scenario, frictions, "regulated_share", CLIENT, WORKLOAD),
        demand=scenario["demand"].transpose(CLIENT, WORKLOAD, HOUR).values,
        capacity=values(scenario.assign(capacity=capacity), frictions, "capacity", REGION, HOUR),
        execution=terms.execution,
        fixed=fixed,
        price=price,
        warmup=terms.warmup_energy[..., None] * warmup[:, None],
        delay=np.zeros(fixed.shape),
        weight=scenario[WEIGHT].values,
        block=scenario[BLOCK].values,
        labels={dim: scenario[dim].values for dim in (CLIENT, SERVICE, REGION, WORKLOAD, HOUR)},
    )


def hour_before(block: np.ndarray) -> np.ndarray:
    """Position of the previous hour of the same block, cyclically, shape (t,)."""
    before = np.empty(len(block), int)
    for number in np.unique(block):
        hours = np.flatnonzero(block == number)
        before[hours] = np.roll(hours, 1)
    return before


def recomputed(scenario: xr.Dataset, flow: np.ndarray, *, carbon_price: float, frictions) -> dict[str, Reported]:
    """Recompute the cost, emissions and energy of flows, line by line as under "Reported results" in docs/model.md.

    Parameters
    ----------
    scenario : xarray.Dataset
        Validated.
    flow : numpy.ndarray
        (c, r, k, t) [MW].
    carbon_price : float
        [USD/t].
    frictions : sequence of str

    Returns
    -------
    dict of str to Reported
        By variable name, or ``cost (energy)`` … for the components of the cost.
    """
    terms, before = terms_of(scenario, frictions), hour_before(scenario[BLOCK].values)
    burned = np.einsum("crkt,crk->rkt", flow, terms.execution[terms.home])
    relocated = np.einsum("crkt,cr->rkt", flow, terms.away)
    # A start is the difference of two loads, so its accuracy is relative to the loads.
    started, loads = (
        terms.warmup_energy[..., None] * each
        for each in (np.maximum(relocated - relocated[..., before], 0.0), relocated + relocated[..., before])
    )
    price, carbon, warmup_carbon = terms.price[:, None], terms.carbon[:, None], terms.warmup_carbon[:, None]
    warmup_price = terms.warmup_price[:, None] + carbon_cost(carbon_price, warmup_carbon)
    by_class, by_region = (REGION, WORKLOAD, HOUR), (REGION, HOUR)
    electricity = burned * price
    cost = {
        "energy": (electricity, np.abs(electricity)),
        "carbon": (carbon_cost(carbon_price, burned * carbon),) * 2,
        "egress": (np.einsum("crkt,crk->rkt", flow, terms.egress[terms.home]),) * 2,
        "overhead": (np.einsum("crkt,crk->rkt", flow, terms.overhead[terms.home]),) * 2,
        "warm-up": (started * warmup_price, loads * warmup_price),
    }
    facility, emitted, used = burned * terms.pue[:, None, None], burned * carbon, burned.sum(axis=1)
    return {f"cost ({name})": Reported(by_class, *each) for name, each in cost.items()} | {
        "emissions": Reported(by_class, emitted + started * warmup_carbon, emitted + loads * warmup_carbon),
        "energy": Reported(by_class, facility + started, facility + loads),
        "used_capacity": Reported(by_region, used, used),
        WEIGHT: Reported((HOUR,), *[scenario[WEIGHT].values] * 2),
    }

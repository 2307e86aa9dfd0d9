"""Where each client's classes may run: latency, law and state locality, one by one and together."""

import numpy as np
import xarray as xr

from geofront.arguments import checked
from geofront.names import CLIENT, REGION, SERVICE, WORKLOAD
from geofront.scenarios.validation import admitted

LATENCY_TOLERANCE = 1e-9
"""Rounding allowed for when a latency is compared with a budget, relative to the budget [1]."""


def at_home(scenario: xr.Dataset) -> xr.DataArray:
    """Whether a region is the client's home, dims (client, region)."""
    return (scenario[REGION] == scenario.home).transpose(CLIENT, REGION)


def home_index(scenario: xr.Dataset) -> np.ndarray:
    """Position of every client's home on the ``service`` dimension, shape (client,)."""
    return scenario.indexes[SERVICE].get_indexer(scenario.home.values)


def home_region_index(scenario: xr.Dataset) -> np.ndarray:
    """Position of every service node's own region on the ``region`` dimension, shape (service,)."""
    return scenario.indexes[REGION].get_indexer(scenario.indexes[SERVICE])


def by_client(scenario: xr.Dataset, by_service: xr.DataArray) -> xr.DataArray:
    """Values per service node looked up at every client's home; ``service`` becomes ``client``."""
    of_service = [name for name, coord in by_service.coords.items() if SERVICE in coord.dims]
    return by_service.sel({SERVICE: scenario.home}).drop_vars(of_service)


def end_to_end(access_rtt, rtt, round_trips, service_time=0.0):
    """The latency rule: what a request takes from its user and back [ms], of arrays that broadcast.

    access_rtt[c, home(c)] + round_trips[k] · rtt[home(c), r] + service_time[k], all but round_trips [-] in ms; without
    service_time, what the network takes. See "Latency" in docs/model.md. Every latency in geofront is computed here.
    """
    return access_rtt + round_trips * rtt + service_time


def within_budget(milliseconds, budget):
    """Whether latencies [ms] keep a budget [ms], up to rounding."""
    return milliseconds <= budget * (1 + LATENCY_TOLERANCE)


def latency(scenario: xr.Dataset) -> xr.DataArray:
    """End-to-end latency of each client's classes in each region [ms], dims (client, workload, region)."""
    return _latency(scenario, scenario.service_time).assign_attrs(units="ms", long_name="End-to-end latency")


def network_latency(scenario: xr.Dataset) -> xr.DataArray:
    """The part of :func:`latency` that access and round trips take, which a network budget limits."""
    return _latency(scenario, 0.0).assign_attrs(units="ms", long_name="Network latency")


def _latency(scenario: xr.Dataset, service_time) -> xr.DataArray:
    access, network = by_client(scenario, scenario.access_rtt), by_client(scenario, scenario.rtt)
    return end_to_end(access, network, scenario.round_trips, service_time).transpose(CLIENT, WORKLOAD, REGION)


def network_budgets(scenario: xr.Dataset) -> xr.DataArray:
    """What each class's latency budget leaves for the network beside the service time [ms], dims (workload,)."""
    return scenario.latency_budget.astype(float) - scenario.service_time


def with_network_budget(scenario: xr.Dataset, budget: float) -> xr.Dataset:
    """The scenario with one network budget [ms] common to all classes."""
    latency_budget = scenario.service_time.astype(float) + budget
    return scenario.assign(latency_budget=latency_budget.assign_attrs(scenario.latency_budget.attrs))


@checked(scenario=admitted)
def feasibility(scenario: xr.Dataset) -> xr.Dataset:
    """Which regions may execute which share of each client's classes, and what forbids the rest.

    Parameters
    ----------
    scenario : xarray.Dataset

    Returns
    -------
    xarray.Dataset
        Dims (client, workload, region) unless said otherwise.

        - ``latency_ms`` [ms]: end-to-end latency.
        - ``latency``: within the budget, or home.
        - ``lawful``: may process the client's regulated share, or home.
        - ``pinned``: state locality lets some of the class run there.
        - ``share`` [1]: largest share of the demand that may run there.
        - ``allowed``: ``share`` is positive.
        - ``home_over_budget`` (client, workload): home itself exceeds the latency budget.
        - ``home_not_lawful`` (client): home itself may not process the client's regulated share.

    Raises
    ------
    GeofrontError
        Invalid scenario.

    Notes
    -----
    Home is always allowed and counts as lawful, because the baseline serves there anyway. Law and locality act
    on shares of demand. See "Feasibility" in docs/model.md.
    """
    return feasibility_masks(scenario)


def feasibility_masks(scenario: xr.Dataset) -> xr.Dataset:
    """What :func:`feasibility` returns, of a scenario that has been validated."""
    home = at_home(scenario)
    milliseconds = latency(scenario)
    within = within_budget(milliseconds, scenario.latency_budget)
    lawful = scenario.lawful | home
    movable = 1 - scenario.pinned_share
    share = within * movable * xr.where(lawful, 1.0, 1 - scenario.regulated_share)
    masks = xr.Dataset(
        {
            "latency_ms": milliseconds,
            "latency": within | home,
            "lawful": lawful.expand_dims({WORKLOAD: scenario[WORKLOAD]}),
            "pinned": (movable > 0) | home,
            "share": xr.where(home, 1.0, share),
        }
    )
    masks["allowed"] = masks.share > 0
    masks = masks.transpose(CLIENT, WORKLOAD, REGION)
    masks["home_over_budget"] = (~within & home).any(REGION)
    masks["home_not_lawful"] = (~scenario.lawful & home).any(REGION)
    masks["share"].attrs = {"units": "1", "long_name": "Largest share that may run here"}
    return masks

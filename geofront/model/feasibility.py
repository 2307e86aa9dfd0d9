"""Regions in which each client's classes may run, by latency, law and state locality."""

from functools import partial

import numpy as np
import xarray as xr

from geofront.arguments import checked
from geofront.names import CLIENT, REGION, SERVICE, WORKLOAD
from geofront.scenarios.validation import admitted

LATENCY_TOLERANCE = 1e-9
"""Rounding tolerance when a latency is compared with a budget, relative to the budget [-]."""


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
    """Look up values per service node at every client's home; ``service`` becomes ``client``."""
    of_service = [name for name, coord in by_service.coords.items() if SERVICE in coord.dims]
    return by_service.sel({SERVICE: scenario.home}).drop_vars(of_service)


def end_to_end(access_rtt, rtt, round_trips, service_time=0.0):
    """End-to-end latency of a request [ms]; arrays broadcast.

    access_rtt[c, home(c)] + round_trips[k] · rtt[home(c), r] + service_time[k], all but round_trips [-] in ms. Without
    service_time, it is the network latency. See "Latency" in docs/model.md. All latencies in geofront are computed
    here.
    """
    return access_rtt + round_trips * rtt + service_time


def within_budget(milliseconds, budget):
    """Whether latencies [ms] are within a budget [ms], up to rounding."""
    return milliseconds <= budget * (1 + LATENCY_TOLERANCE)


def latency(scenario: xr.Dataset) -> xr.DataArray:
    """End-to-end latency of each client's classes in each region [ms], dims (client, workload, region)."""
    return _latency(scenario, scenario.service_time).assign_attrs(units="ms", long_name="End-to-end latency")


def network_latency(scenario: xr.Dataset) -> xr.DataArray:
    """Latency of access and round trips [ms], without service time; a network budget limits it."""
    return _latency(scenario, 0.0).assign_attrs(units="ms", long_name="Network latency")


def _latency(scenario: xr.Dataset, service_time) -> xr.DataArray:
    access, network = by_client(scenario, scenario.access_rtt), by_client(scenario, scenario.rtt)
    return end_to_end(access, network, scenario.round_trips, service_time).transpose(CLIENT, WORKLOAD, REGION)


def network_budgets(scenario: xr.Dataset) -> xr.DataArray:
    """Latency budget of each class less its service time [ms], dims (workload,)."""
    return scenario.latency_budget.astype(float) - scenario.service_time


def with_network_budget(scenario: xr.Dataset, budget: float) -> xr.Dataset:
    """Copy the scenario with one network budget [ms] for all classes."""
    latency_budget = scenario.service_time.astype(float) + budget
    return scenario.assign(latency_budget=latency_budget.assign_attrs(scenario.latency_budget.attrs))


@checked(scenario=partial(admitted, waiting=True))
def feasibility(scenario: xr.Dataset) -> xr.Dataset:
    """Compute the largest share of each client's classes that each region may execute, and the limits behind it.

    Parameters
    ----------
    scenario : xarray.Dataset

    Returns
    -------
    xarray.Dataset
        Dims (client, workload, region) unless said otherwise.

        - ``latency_ms`` [ms]: end-to-end latency.
        - ``latency``: True within the budget, and at home.
        - ``lawful``: True where the client's regulated share may run, and at home.
        - ``pinned``: True where state locality allows some of the class.
        - ``share`` [-]: largest share of the demand that may run there.
        - ``allowed``: True where ``share`` is positive.
        - ``home_over_budget`` (client, workload): True if home itself exceeds the latency budget.
        - ``home_not_lawful`` (client): True if the client's regulated share may not run at home.

    Raises
    ------
    GeofrontError
        If the scenario is invalid.

    Notes
    -----
    Home is always allowed and counts as lawful, because the baseline runs everything there. Law and locality apply
    to shares of demand. See "Feasibility" in docs/model.md.
    """
    return feasibility_masks(scenario)


def feasibility_masks(scenario: xr.Dataset) -> xr.Dataset:
    """As :func:`feasibility`, for a validated scenario."""
    home = at_home(scenario)
    milliseconds = latency(scenario)
    in_budget = within_budget(milliseconds, scenario.latency_budget)
    lawful = scenario.lawful | home
    movable = 1 - scenario.pinned_share
    share = in_budget * movable * xr.where(lawful, 1.0, 1 - scenario.regulated_share)
    masks = xr.Dataset(
        {
            "latency_ms": milliseconds,
            "latency": in_budget | home,
            "lawful": lawful.expand_dims({WORKLOAD: scenario[WORKLOAD]}),
            "pinned": (movable > 0) | home,
            "share": xr.where(home, 1.0, share),
        }
    )
    masks["allowed"] = masks.share > 0
    masks = masks.transpose(CLIENT, WORKLOAD, REGION)
    masks["home_over_budget"] = (~in_budget & home).any(REGION)
    masks["home_not_lawful"] = (~scenario.lawful & home).any(REGION)
    masks["share"].attrs = {"units": "1", "long_name": "Largest share that may run here"}
    return masks

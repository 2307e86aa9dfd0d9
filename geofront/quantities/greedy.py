"""Greedy placement of studies of carbon-aware scheduling: cleanest region first."""

import numpy as np
import xarray as xr

from geofront.model.feasibility import at_home, home_index, home_region_index, latency, within_budget
from geofront.names import CLIENT, HOUR, REGION, WORKLOAD
from geofront.scenarios.validation import admitted


def cleanest_first(scenario: xr.Dataset) -> xr.DataArray:
    """Place demand greedily, as in the study of Sukprasert et al. (EuroSys'24).

    In every hour clients are placed one after the other, in ascending order of the emissions of their home. Each client
    fills the free capacity of the regions within its latency budget, including its own, in ascending order of
    emissions, until all demand is placed. The rest stays at home.

    Parameters
    ----------
    scenario : xarray.Dataset
        Emissions are per MWh of IT energy, ``pue·carbon``. Law, locality, and the energy and cost of relocation are
        ignored; classes are placed in the order of their labels.

    Returns
    -------
    xarray.DataArray
        ``flow`` [MW], dims (client, region, workload, hour), for :func:`geofront.evaluate`.

    Raises
    ------
    GeofrontError
        If the scenario is invalid.

    Notes
    -----
    Demand occupies its home until it moves: the free capacity of a region is its capacity less the demand still at home
    there and the demand already moved there. As in the study, a client whose home is full moves to regions with higher
    emissions than its home. See "Greedy placement" in docs/model.md.
    """
    scenario = admitted(scenario)
    demand = scenario.demand.transpose(CLIENT, WORKLOAD, HOUR).values
    allowed = within_budget(latency(scenario), scenario.latency_budget) | at_home(scenario)
    allowed = allowed.transpose(CLIENT, WORKLOAD, REGION).values
    home = home_region_index(scenario)[home_index(scenario)]
    room = (scenario.capacity * xr.ones_like(scenario.demand[HOUR], float)).transpose(HOUR, REGION).values.copy()
    np.subtract.at(room.T, home, demand.sum(axis=1))
    emissions = (scenario.pue * scenario.carbon).transpose(HOUR, REGION).values
    cleanest = np.argsort(emissions, axis=1, kind="stable")
    turns = np.argsort(emissions[:, home], axis=1, kind="stable")
    hours = np.arange(scenario.sizes[HOUR])
    flow = np.zeros((scenario.sizes[CLIENT], scenario.sizes[REGION], *demand.shape[1:]))
    for client in turns.T:
        for workload in range(demand.shape[1]):
            left = demand[client, workload, hours]
            for region in cleanest.T:
                free = np.maximum(room[hours, region], 0.0)
                moved = np.where(allowed[client, workload, region], np.minimum(left, free), 0.0)
                flow[client, region, workload, hours] += moved
                room[hours, region] -= moved
                room[hours, home[client]] += moved
                left = left - moved
            flow[client, home[client], workload, hours] += left
    coords = {dim: scenario[dim] for dim in (CLIENT, REGION, WORKLOAD, HOUR)}
    return xr.DataArray(flow, coords, (CLIENT, REGION, WORKLOAD, HOUR), "flow", {"units": "MW"})

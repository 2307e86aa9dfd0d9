"""The greedy placement that carbon-aware schedulers are studied with: cleanest region first."""

import numpy as np
import xarray as xr

from geofront.model.feasibility import at_home, home_index, home_region_index, latency, within_budget
from geofront.names import CLIENT, HOUR, REGION, WORKLOAD
from geofront.scenarios.validation import admitted


def cleanest_first(scenario: xr.Dataset) -> xr.DataArray:
    """Place demand greedily, as the study of Sukprasert et al. (EuroSys'24) does.

    In every hour clients take turns, the one whose home emits least first. Each sends its demand to the region of
    least emissions within its latency budget that has room, then to the next, until all is placed; its own region is
    one of them. What finds no room stays at home.

    Parameters
    ----------
    scenario : xarray.Dataset
        Emissions are those per MWh of IT energy, ``pue·carbon``. Law, locality, and the energy and cost of relocation
        are ignored; classes take turns in the order of their labels.

    Returns
    -------
    xarray.DataArray
        ``flow`` [MW], dims (client, region, workload, hour), for :func:`geofront.evaluate`.

    Raises
    ------
    GeofrontError
        Invalid scenario.

    Notes
    -----
    Demand occupies its home until it moves: the room of a region is its capacity less the demand that is still at home
    there and what has already come. As in the study, a client whose home has no room left goes on to regions that emit
    more than its home. See "Greedy placement" in docs/model.md.
    """
    scenario = admitted(scenario)
    demand = scenario.demand.transpose(CLIENT, WORKLOAD, HOUR).values
    reach = within_budget(latency(scenario), scenario.latency_budget) | at_home(scenario)
    reach = reach.transpose(CLIENT, WORKLOAD, REGION).values
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
                moved = np.where(reach[client, workload, region], np.minimum(left, free), 0.0)
                flow[client, region, workload, hours] += moved
                room[hours, region] -= moved
                room[hours, home[client]] += moved
                left = left - moved
            flow[client, home[client], workload, hours] += left
    coords = {dim: scenario[dim] for dim in (CLIENT, REGION, WORKLOAD, HOUR)}
    return xr.DataArray(flow, coords, (CLIENT, REGION, WORKLOAD, HOUR), "flow", {"units": "MW"})

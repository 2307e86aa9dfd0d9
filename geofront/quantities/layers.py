"""Execution layers: local, regional and energy-oriented shares of each class."""

from functools import partial

import numpy as np
import xarray as xr

from geofront.arguments import MILLISECONDS, checked
from geofront.model.feasibility import by_client
from geofront.names import CLIENT, HOUR, LAYERS, REGION, REGIONAL_RTT, SERVICE, WEIGHT, WORKLOAD
from geofront.results import PLACEMENT, result
from geofront.scenarios.alignment import aligned
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted

LAYER = "layer"

_ATTRS = {
    "power": ("MW", "IT power executed"),
    "share": ("1", "Share of demand"),
    "share_of_all": ("1", "Share of demand"),
}


@checked(scenario=admitted, placement=result(PLACEMENT), regional_rtt=MILLISECONDS)
def layers(scenario: xr.Dataset, placement: xr.Dataset, *, regional_rtt: float = REGIONAL_RTT) -> xr.Dataset:
    """Divide a placement into local, regional and energy-oriented execution.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        A placement of this scenario, see :func:`geofront.place`.
    regional_rtt : float
        Longest round trip between home and region of regional execution [ms].

    Returns
    -------
    xarray.Dataset
        - ``share`` (layer, workload) [-] of each class's annual demand, summing to 1 over the layers; NaN for a class
          without demand.
        - ``share_of_all`` (layer) [-], all classes together.
        - ``power`` (layer, region, workload, hour) [MW] of demand executed, by executing region.

    Raises
    ------
    GeofrontError
        If the placement has another scenario.

    Notes
    -----
    See "Execution layers" in docs/model.md. Energy is the energy of the demand, without the overhead of relocation.
    Local shares are usually determined by cost. Regional and energy-oriented shares may not be: egress is billed at the
    source, so homes can exchange destinations at equal cost, and the tie-break decides. :func:`geofront.near_optimal`
    gives the ranges, :func:`geofront.energy_oriented` a definition by cause.
    """
    masks = layer_of(scenario, regional_rtt=regional_rtt).astype(float)
    power = xr.dot(masks, aligned(scenario, placement.flow, CLIENT, REGION, WORKLOAD, HOUR), dim=CLIENT)
    energy = (power.sum(REGION) * scenario[WEIGHT]).sum(HOUR)
    result = xr.Dataset(
        {
            "power": power.transpose(LAYER, REGION, WORKLOAD, HOUR),
            "share": _shares(energy),
            "share_of_all": _shares(energy.sum(WORKLOAD)),
        }
    )
    return described(result, _ATTRS).assign_attrs(regional_rtt=regional_rtt)


@checked(scenario=partial(admitted, waiting=True), regional_rtt=MILLISECONDS)
def layer_of(scenario: xr.Dataset, *, regional_rtt: float = REGIONAL_RTT) -> xr.DataArray:
    """Find the layer of executing a client's demand in each region.

    Returns
    -------
    xarray.DataArray
        Boolean, dims (layer, client, region); True for exactly one layer of each client and region.
    """
    masks = by_client(scenario, layer_of_home(scenario, regional_rtt=regional_rtt))
    return masks.reset_coords(drop=True).transpose(LAYER, CLIENT, REGION)


def layer_of_home(scenario: xr.Dataset, *, regional_rtt: float = REGIONAL_RTT) -> xr.DataArray:
    """As :func:`layer_of`, for all clients of a home, dims (layer, service, region)."""
    rtt = scenario.rtt.reset_coords(drop=True).transpose(SERVICE, REGION)
    home, near = (rtt[SERVICE] == rtt[REGION]).values, (rtt <= regional_rtt).values
    masks = np.stack([home, ~home & near, ~home & ~near])
    return xr.DataArray(masks, {LAYER: np.array(LAYERS, dtype=object), **rtt.coords}, (LAYER, SERVICE, REGION))


def _shares(energy: xr.DataArray) -> xr.DataArray:
    total = energy.sum(LAYER)
    return energy / total.where(total > 0)

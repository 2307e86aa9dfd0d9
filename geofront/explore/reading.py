"""What a placement says: the few figures of it that are shown."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from geofront.model.feasibility import home_index
from geofront.names import CLIENT, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.placement import totals_by_class
from geofront.quantities.layers import layer_of_home


@dataclass(frozen=True)
class Reading:
    """What a placement says, small enough to be kept for every setting that was tried.

    Means and sums are over the year; every array ends with the classes.
    """

    flow: np.ndarray
    """(service, region, workload) mean IT power of the demand of each home, by where it runs [MW]."""
    share: np.ndarray
    """(layer, workload) of each class's demand [1]."""
    demand: np.ndarray
    """(workload,) [MWh]."""
    cost: np.ndarray
    """(workload,) [USD]."""
    emissions: np.ndarray
    """(workload,) [kg]."""
    local_cost: np.ndarray
    local_emissions: np.ndarray

    def of(self, workloads) -> "Reading":
        """The same for some classes only, by position."""
        return Reading(**{name: values[..., workloads] for name, values in vars(self).items()})

    @property
    def cost_per_mwh(self) -> float:
        """[USD/MWh]"""
        return float(self.cost.sum() / self.demand.sum())

    @property
    def carbon_per_mwh(self) -> float:
        """[kg/MWh]"""
        return float(self.emissions.sum() / self.demand.sum())

    @property
    def local_cost_per_mwh(self) -> float:
        """All-local execution [USD/MWh]."""
        return float(self.local_cost.sum() / self.demand.sum())

    @property
    def local_carbon_per_mwh(self) -> float:
        """All-local execution [kg/MWh]."""
        return float(self.local_emissions.sum() / self.demand.sum())

    @property
    def relocated_share(self) -> float:
        """Share of the demand that runs away from home [1]."""
        return float(((1 - self.share[0]) * self.demand).sum() / self.demand.sum())


def read(scenario: xr.Dataset, placement: xr.Dataset, **baseline: np.ndarray) -> Reading:
    """The reading of a placement, with the figures of all-local execution beside it."""
    weight = placement[WEIGHT].values
    flow = np.einsum("crkt,t->crk", placement.flow.transpose(CLIENT, REGION, WORKLOAD, HOUR).values, weight)
    by_home = np.zeros((scenario.sizes[SERVICE], *flow.shape[1:]))
    np.add.at(by_home, home_index(scenario), flow)
    cost, emissions = totals_by_class(placement)
    demand = flow.sum(axis=(0, 1))
    in_layer = np.einsum("lsr,srk->lk", layer_of_home(scenario), by_home)
    share = np.divide(in_layer, demand, out=np.full(in_layer.shape, np.nan), where=demand > 0)
    return Reading(flow=by_home / weight.sum(), share=share, demand=demand, cost=cost, emissions=emissions, **baseline)

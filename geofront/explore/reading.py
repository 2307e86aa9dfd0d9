"""The results of a placement that the explorer shows."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from geofront.model.costs import carbon_cost
from geofront.model.feasibility import home_index
from geofront.names import CLIENT, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.placement import totals_by_class
from geofront.quantities.layers import layer_of_home


@dataclass(frozen=True)
class Reading:
    """Results of a placement that the explorer shows, small enough to be cached for all settings.

    Means and sums are over the year; the last dimension of every array is the class.
    """

    flow: np.ndarray
    """(service, region, workload) mean IT power by home and executing region [MW]."""
    share: np.ndarray
    """(layer, workload) share of the class's demand [-]."""
    demand: np.ndarray
    """(workload,) [MWh]."""
    cost: np.ndarray
    """(workload,) [USD]."""
    emissions: np.ndarray
    """(workload,) [kg]."""
    local_cost: np.ndarray
    """(workload,) of all-local execution [USD]."""
    local_emissions: np.ndarray
    """(workload,) of all-local execution [kg]."""

    def of(self, workloads) -> "Reading":
        """Select some classes by position."""
        return Reading(**{name: values[..., workloads] for name, values in vars(self).items()})

    def with_carbon_price(self, extra: float) -> "Reading":
        """The same placement at a carbon price that is higher by `extra` [USD/t]."""
        return replace(
            self,
            cost=self.cost + carbon_cost(extra, self.emissions),
            local_cost=self.local_cost + carbon_cost(extra, self.local_emissions),
        )

    @property
    def cost_per_mwh(self) -> float:
        """Cost [USD/MWh]."""
        return float(self.cost.sum() / self.demand.sum())

    @property
    def carbon_per_mwh(self) -> float:
        """Emissions [kg/MWh]."""
        return float(self.emissions.sum() / self.demand.sum())

    @property
    def local_cost_per_mwh(self) -> float:
        """Cost of all-local execution [USD/MWh]."""
        return float(self.local_cost.sum() / self.demand.sum())

    @property
    def local_carbon_per_mwh(self) -> float:
        """Emissions of all-local execution [kg/MWh]."""
        return float(self.local_emissions.sum() / self.demand.sum())

    @property
    def relocated_share(self) -> float:
        """Share of the demand that runs away from home [-]."""
        return float(((1 - self.share[0]) * self.demand).sum() / self.demand.sum())


def read(scenario: xr.Dataset, placement: xr.Dataset, base: xr.Dataset) -> Reading:
    """Make the reading of a placement; `base` is all-local execution from `geofront.local`."""
    weight = placement[WEIGHT].values
    flow = np.einsum("crkt,t->crk", placement.flow.transpose(CLIENT, REGION, WORKLOAD, HOUR).values, weight)
    by_home = np.zeros((scenario.sizes[SERVICE], *flow.shape[1:]))
    np.add.at(by_home, home_index(scenario), flow)
    demand = flow.sum(axis=(0, 1))
    in_layer = np.einsum("lsr,srk->lk", layer_of_home(scenario), by_home)
    share = np.divide(in_layer, demand, out=np.full(in_layer.shape, np.nan), where=demand > 0)
    return Reading(by_home / weight.sum(), share, demand, *totals_by_class(placement), *totals_by_class(base))

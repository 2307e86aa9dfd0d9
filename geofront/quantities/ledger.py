"""Cost, emissions and layers of a placement that changes hour by hour."""

import numpy as np

from geofront.model.costs import arc_terms, with_frictions
from geofront.model.problem import build_problem, starts
from geofront.names import LAYERS, REGION, REGIONAL_RTT, SERVICE
from geofront.solver.origins import pinned_load
from geofront.solver.reach import GrowingReach


class Ledger:
    """Cost, emissions and layers of a placement hour by hour, brought up to date where it changes.

    Parameters
    ----------
    scenario : xarray.Dataset
        Of the hours that are placed.
    optimum : GrowingReach
        Whose placement is accounted for.
    varied : numpy.ndarray
        (k,) classes whose budget varies; layers are theirs.
    carbon_price : float
        [USD/t].
    frictions : sequence of str

    Attributes
    ----------
    varied_at_home : numpy.ndarray
        Cost [USD], emissions [kg] and amount [MWh] of the varied demand, were all of it at home.
    """

    def __init__(self, scenario, optimum: GrowingReach, varied: np.ndarray, carbon_price: float, frictions):
        self.optimum = optimum
        self.money = build_problem(scenario, carbon_price=carbon_price, frictions=frictions, tie_break=False)
        self.warmup = self.money.warmup
        terms = arc_terms(with_frictions(scenario, frictions))
        self.carbon = terms.facility_carbon.values
        self.warmup_carbon = terms.warmup_energy.values[..., None] * terms.warmup_carbon.values[:, None]
        origins, classes = optimum.origins, np.arange(self.warmup.shape[1])
        near = scenario.rtt.transpose(SERVICE, REGION).values[origins.service] <= REGIONAL_RTT
        layers = np.stack([~origins.away, origins.away & near, origins.away & ~near])
        # What a MW from an origin to a region counts for: regions first, as sums over origins are asked for by region.
        self.counts = np.concatenate([
            [origins.execution, self.money.fixed[origins.service, :, origins.workload]],
            origins.away & (origins.workload == classes[:, None])[..., None],
            layers & varied[origins.workload][:, None],
        ]).transpose(2, 0, 1)
        self.pinned = pinned_load(self.money)
        hours = len(self.money.weight)
        self.cost, self.emissions, self.by_layer = np.zeros(hours), np.zeros(hours), np.zeros((len(LAYERS), hours))
        demand = self.money.demand[:, varied]
        self.pinned_varied = (self.money.pinned[varied][:, None] * demand).sum(axis=(0, 1))
        at_home = self.money.home_region[self.money.home]
        per_mwh = np.stack([self.money.price[at_home], self.carbon[at_home], np.ones_like(self.carbon[at_home])])
        self.varied_at_home = np.einsum("qct,ckt,t->q", per_mwh, demand, self.money.weight)

    def update(self, hours: np.ndarray) -> None:
        """Account again for hours, and for the rest of their blocks where load brought up emits."""
        if self.warmup_carbon.any():
            # It may cost nothing, so that hours are solved alone, and still emit in the hours after.
            hours = np.flatnonzero(np.isin(self.money.block, self.money.block[hours]))
        problem = self.money.at(hours)
        sums = self.counts @ self.optimum.placed[..., hours].transpose(1, 0, 2)
        burned, fixed, relocated, layers = np.split(sums, [1, 2, 2 + problem.warmup.shape[1]], axis=1)
        burned = burned[:, 0] + self.pinned[:, hours]
        started = starts(problem, relocated)
        self.cost[hours] = ((burned * problem.price).sum(axis=0) + fixed.sum(axis=(0, 1))
                            + (started * problem.warmup).sum(axis=(0, 1)))
        self.emissions[hours] = ((burned * self.carbon[:, hours]).sum(axis=0)
                                 + (started * self.warmup_carbon[..., hours]).sum(axis=(0, 1)))
        self.by_layer[:, hours] = layers.sum(axis=0)
        self.by_layer[0, hours] += self.pinned_varied[hours]

    def totals(self) -> np.ndarray:
        """Over all hours: cost [USD] and emissions [kg] of all demand, and the varied demand by layer [MWh]."""
        weight = self.money.weight
        return np.array([self.cost @ weight, self.emissions @ weight, *self.by_layer @ weight])

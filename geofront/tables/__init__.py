"""The tables of the paper as DataFrames: readable heads, units and decimals in ``attrs``; none calls a solver."""

from geofront.tables.display import show
from geofront.tables.frontiers import frontier_by_signal
from geofront.tables.geography import feasible_geography
from geofront.tables.inputs import model, price_swings, region_sources, regions, workload_sources, workloads
from geofront.tables.losses import losses
from geofront.tables.policies import energy_oriented, policies, signals
from geofront.tables.real_year import kinds_of_hours, typical_days, when_importing_pays
from geofront.tables.returns import returns
from geofront.tables.transmission import transmission

__all__ = [
    "energy_oriented", "feasible_geography", "frontier_by_signal", "kinds_of_hours", "losses", "model", "policies",
    "price_swings", "region_sources", "regions", "returns", "show", "signals", "transmission", "typical_days",
    "when_importing_pays", "workload_sources", "workloads",
]

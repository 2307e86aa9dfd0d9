"""The tables of the paper as DataFrames: readable heads, units and decimals in ``attrs``; none calls a solver."""

from geofront.tables.claims import claims
from geofront.tables.comparison import compare
from geofront.tables.display import say, show
from geofront.tables.foresight import foresight
from geofront.tables.frontiers import frontier_by_signal
from geofront.tables.geography import feasible_geography
from geofront.tables.inputs import model, price_swings, region_sources, regions, workload_sources, workloads
from geofront.tables.losses import losses
from geofront.tables.policies import energy_oriented, policies, signals
from geofront.tables.real_year import kinds_of_hours, typical_days, when_importing_pays
from geofront.tables.replays import replays
from geofront.tables.returns import returns
from geofront.tables.transmission import transmission, ways_by_source
from geofront.tables.worth import emission_cuts, worth

__all__ = [
    "claims",
    "compare",
    "emission_cuts",
    "energy_oriented",
    "feasible_geography",
    "foresight",
    "frontier_by_signal",
    "kinds_of_hours",
    "losses",
    "model",
    "policies",
    "price_swings",
    "region_sources",
    "regions",
    "replays",
    "returns",
    "say",
    "show",
    "signals",
    "transmission",
    "typical_days",
    "ways_by_source",
    "when_importing_pays",
    "workload_sources",
    "workloads",
    "worth",
]

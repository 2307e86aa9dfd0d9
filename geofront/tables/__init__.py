"""Tables for readers as DataFrames: heads, with units and decimals in ``attrs``. No table calls a solver."""

from geofront.tables.claims import claims
from geofront.tables.comparison import compare
from geofront.tables.display import say, show
from geofront.tables.ensemble import bands, claim_shares, nested, sure
from geofront.tables.foresight import foresight
from geofront.tables.frontiers import frontier_by_signal
from geofront.tables.geography import feasible_geography
from geofront.tables.inputs import model, price_swings, region_sources, regions, workload_sources, workloads
from geofront.tables.investment import investment
from geofront.tables.losses import losses
from geofront.tables.market import behaviours, equilibrium
from geofront.tables.policies import energy_oriented, policies, signals
from geofront.tables.real_year import kinds_of_hours, typical_days, when_importing_pays
from geofront.tables.replays import replays
from geofront.tables.returns import returns
from geofront.tables.sites import site_cases, sites
from geofront.tables.tail import late_homes, pools
from geofront.tables.transmission import transmission, ways_by_source
from geofront.tables.waiting import space_and_time
from geofront.tables.what_would_change import swept, what_would_change
from geofront.tables.worth import emission_cuts, worth

__all__ = [
    "bands",
    "behaviours",
    "claim_shares",
    "claims",
    "compare",
    "emission_cuts",
    "energy_oriented",
    "equilibrium",
    "feasible_geography",
    "foresight",
    "frontier_by_signal",
    "investment",
    "kinds_of_hours",
    "late_homes",
    "losses",
    "model",
    "nested",
    "policies",
    "pools",
    "price_swings",
    "region_sources",
    "regions",
    "replays",
    "returns",
    "say",
    "show",
    "signals",
    "site_cases",
    "sites",
    "space_and_time",
    "sure",
    "swept",
    "transmission",
    "typical_days",
    "ways_by_source",
    "what_would_change",
    "when_importing_pays",
    "workload_sources",
    "workloads",
    "worth",
]

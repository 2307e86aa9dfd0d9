"""geofront: when is moving AI inference between regions a way of moving electricity demand?"""

from geofront.beyond.investment import invest
from geofront.beyond.market import equilibrium
from geofront.beyond.sites import site
from geofront.beyond.tail import place_in_pools, tail
from geofront.beyond.waiting import defer, space_and_time
from geofront.ensemble_files import open_ensemble, save_ensemble
from geofront.errors import GeofrontError
from geofront.inputs.fetch import fetch_hours
from geofront.inputs.hours import hours
from geofront.inputs.loaders import data_tables
from geofront.inputs.peers import fetch_peers
from geofront.model.certificate import certify
from geofront.model.costs import unit_costs
from geofront.model.feasibility import feasibility
from geofront.names import CARBON_SIGNALS, FRICTIONS, LAYERS, PRICE_SCOPES, SNAPSHOTS, VERSION
from geofront.placement import evaluate, local, place, totals
from geofront.placement_files import open_placement, save_placement
from geofront.quantities.break_even import best_regions, break_even, break_even_by_class
from geofront.quantities.claims import CLAIMS, bands, claims, convergence
from geofront.quantities.comparison import compare
from geofront.quantities.energy_oriented import energy_oriented
from geofront.quantities.ensemble import ensemble
from geofront.quantities.foresight import FORECASTS, rolling
from geofront.quantities.friction_losses import friction_losses
from geofront.quantities.frontier import latency_frontier
from geofront.quantities.headlines import HEADLINES
from geofront.quantities.homes_over_budget import homes_over_budget
from geofront.quantities.layers import layer_of, layers
from geofront.quantities.limited import limited_demand
from geofront.quantities.near_optimal import near_optimal
from geofront.quantities.pareto import pareto
from geofront.quantities.policies import policies, policy_placements
from geofront.quantities.price_slopes import price_slopes
from geofront.quantities.region_pairs import ways_by_pair
from geofront.quantities.relocation import relocatable, relocatable_by_class
from geofront.quantities.returns import returns
from geofront.quantities.sensitivity import sensitivity, tornado
from geofront.quantities.signals import signal_comparison
from geofront.quantities.sweep import sweep
from geofront.quantities.transmission import break_even_distance, latency_reach, transmission_or_relocation
from geofront.quantities.uncertain_inputs import uncertainty
from geofront.quantities.violations import violations
from geofront.quantities.worth import capacity_worth, latency_worth, law_worth, locality_worth
from geofront.quantities.worth_ranges import capacity_range, law_range, locality_range
from geofront.scenarios.build import from_tables, stylized
from geofront.scenarios.own import scenario
from geofront.scenarios.schema import schema
from geofront.scenarios.storage import open_scenario, save_scenario
from geofront.scenarios.validation import validate
from geofront.solver.engine import WarmStart

__version__ = VERSION

__all__ = [
    "CARBON_SIGNALS",
    "CLAIMS",
    "FORECASTS",
    "FRICTIONS",
    "HEADLINES",
    "LAYERS",
    "PRICE_SCOPES",
    "SNAPSHOTS",
    "GeofrontError",
    "WarmStart",
    "bands",
    "best_regions",
    "break_even",
    "break_even_by_class",
    "break_even_distance",
    "capacity_range",
    "capacity_worth",
    "certify",
    "claims",
    "compare",
    "convergence",
    "data_tables",
    "defer",
    "energy_oriented",
    "ensemble",
    "equilibrium",
    "evaluate",
    "feasibility",
    "fetch_hours",
    "fetch_peers",
    "friction_losses",
    "from_tables",
    "homes_over_budget",
    "hours",
    "invest",
    "latency_frontier",
    "latency_reach",
    "latency_worth",
    "law_range",
    "law_worth",
    "layer_of",
    "layers",
    "limited_demand",
    "local",
    "locality_range",
    "locality_worth",
    "near_optimal",
    "open_ensemble",
    "open_placement",
    "open_scenario",
    "pareto",
    "place",
    "place_in_pools",
    "policies",
    "policy_placements",
    "price_slopes",
    "relocatable",
    "relocatable_by_class",
    "returns",
    "rolling",
    "save_ensemble",
    "save_placement",
    "save_scenario",
    "scenario",
    "schema",
    "sensitivity",
    "signal_comparison",
    "site",
    "space_and_time",
    "stylized",
    "sweep",
    "tail",
    "tornado",
    "totals",
    "transmission_or_relocation",
    "uncertainty",
    "unit_costs",
    "validate",
    "violations",
    "ways_by_pair",
]

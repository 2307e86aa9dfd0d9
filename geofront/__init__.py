"""geofront: when is moving AI inference between regions a way of moving electricity demand?"""

from geofront.certificate import certify
from geofront.costs import unit_costs
from geofront.errors import GeofrontError
from geofront.feasibility import feasibility
from geofront.hours import hours
from geofront.names import CARBON_SIGNALS, FRICTIONS, SNAPSHOTS
from geofront.placement import local, place, totals
from geofront.scenario import from_tables, open_scenario, save_scenario, stylized
from geofront.schema import schema
from geofront.validation import validate

__all__ = [
    "CARBON_SIGNALS", "FRICTIONS", "SNAPSHOTS", "GeofrontError", "certify", "feasibility", "from_tables",
    "hours", "local", "open_scenario", "place", "save_scenario", "schema", "stylized", "totals", "unit_costs",
    "validate",
]

"""Names shared by modules: dimensions, choices, units."""

from typing import NamedTuple

VERSION = "0.1.0"

CLIENT = "client"
SERVICE = "service"
REGION = "region"
WORKLOAD = "workload"
HOUR = "hour"
WEIGHT = "weight"
BLOCK = "block"


class CarbonSignal(NamedTuple):
    """A measure of the emissions of electricity."""

    column: str
    """Column in ``data/regions.csv``."""
    short: str
    """Name in sentences and narrow columns."""
    title: str


CARBON_SIGNAL = {
    "marginal": CarbonSignal("carbon_marginal_kg_per_mwh", "marginal", "Marginal carbon (MOER)"),
    "average": CarbonSignal("carbon_average_kg_per_mwh", "average", "Average carbon"),
    "ifi": CarbonSignal("carbon_marginal_ifi_kg_per_mwh", "IFI", "Harmonised marginal carbon (IFI)"),
}
CARBON_SIGNALS = tuple(CARBON_SIGNAL)


PRICE_SCOPES = ("wholesale", "delivered")
"""Scope of electricity prices: the wholesale price only, or also network, levy and capacity charges."""


class Friction(NamedTuple):
    """A cost or limit of relocation."""

    label: str
    without: dict[str, float]
    """Values of the scenario's variables if the friction is switched off."""


FRICTION = {
    "migration": Friction(
        "Migration: replay and warm-up", {"overhead_energy": 0.0, "overhead_cost": 0.0, "warmup": 0.0}
    ),
    "egress": Friction("Egress: bytes between regions", {"egress_request": 0.0, "egress_response": 0.0}),
    "locality": Friction("Locality: pinned state", {"pinned_share": 0.0}),
    "legal": Friction("Law: regulated data", {"regulated_share": 0.0}),
    "capacity": Friction("Capacity: room in cheap regions", {"capacity": float("inf")}),
}
"""All frictions, in their usual order."""

FRICTIONS = tuple(FRICTION)


class Objective(NamedTuple):
    """Objective of a placement."""

    total: str
    """Name of the quantity in :func:`geofront.totals` and in frontiers."""
    per_mwh: str
    """Name of the quantity per MWh of demand."""
    units: str
    quantity: str
    title: str


OBJECTIVE = {
    "cost": Objective("cost", "cost_per_mwh", "USD", "Cost", "Least cost"),
    "carbon": Objective("emissions", "carbon_per_mwh", "kg", "Emissions", "Least emissions"),
}
OBJECTIVES = tuple(OBJECTIVE)
SNAPSHOTS = ("month-hour", "day", "year", "hours")
HIGHS, CBC = "HiGHS", "CBC"
SOLVERS = (HIGHS, CBC)
COMPONENTS = ("energy", "carbon", "egress", "overhead", "warm-up")
LAYERS = ("local", "regional", "energy-oriented")

REGIONAL_RTT = 100.0
"""Longest round trip of regional execution [ms]."""

YEAR = 2023
"""Year of the hourly prices and carbon intensities, and of the time stamps of all snapshots."""

TOLERANCE = 1e-6
"""Largest relative duality gap and largest relative constraint violation accepted by a certificate [-]."""

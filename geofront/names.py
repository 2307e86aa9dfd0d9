"""Names that occur in more than one module: dimensions, choices, units of account."""

from typing import NamedTuple

CLIENT = "client"
SERVICE = "service"
REGION = "region"
WORKLOAD = "workload"
HOUR = "hour"
WEIGHT = "weight"
BLOCK = "block"


class CarbonSignal(NamedTuple):
    """A way to count the emissions of electricity."""

    column: str
    """Of ``data/regions.csv``."""
    short: str
    """In sentences and narrow columns."""
    title: str


CARBON_SIGNAL = {
    "marginal": CarbonSignal("carbon_marginal_kg_per_mwh", "marginal", "Marginal carbon (MOER)"),
    "average": CarbonSignal("carbon_average_kg_per_mwh", "average", "Average carbon"),
    "ifi": CarbonSignal("carbon_marginal_ifi_kg_per_mwh", "IFI", "Harmonised marginal carbon (IFI)"),
}
CARBON_SIGNALS = tuple(CARBON_SIGNAL)


PRICE_SCOPES = ("wholesale", "delivered")
"""What an electricity price includes: energy on the market, or also networks, levies and capacity."""


class Friction(NamedTuple):
    """What holds relocation back."""

    label: str
    without: dict[str, float]
    """Variables of the scenario, with the value that they take where the friction is switched off."""


FRICTION = {
    "migration": Friction(
        "Migration: replay and warm-up", {"overhead_energy": 0.0, "overhead_cost": 0.0, "warmup": 0.0}
    ),
    "egress": Friction("Egress: bytes between regions", {"egress_request": 0.0, "egress_response": 0.0}),
    "locality": Friction("Locality: pinned state", {"pinned_share": 0.0}),
    "legal": Friction("Law: regulated data", {"regulated_share": 0.0}),
    "capacity": Friction("Capacity: room in cheap regions", {"capacity": float("inf")}),
}
"""All frictions, in the order in which everything lists them."""

FRICTIONS = tuple(FRICTION)


class Objective(NamedTuple):
    """What a placement minimises."""

    total: str
    """The quantity, in :func:`geofront.totals` and in frontiers."""
    per_mwh: str
    """The same per MWh of demand."""
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
"""Round trip up to which relocated execution still counts as regional [ms]."""

YEAR = 2023
"""The year of the hourly prices and carbon intensities, and of the time stamps of every snapshot."""

TOLERANCE = 1e-6
"""Largest relative duality gap and largest relative constraint violation that a certificate accepts."""

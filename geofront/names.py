"""Names that occur in more than one module: dimensions, choices, units of account."""

CLIENT = "client"
SERVICE = "service"
REGION = "region"
WORKLOAD = "workload"
HOUR = "hour"
WEIGHT = "weight"
BLOCK = "block"

FRICTIONS = ("migration", "egress", "locality", "legal", "capacity")
SNAPSHOTS = ("month-hour", "day", "year")
CARBON_SIGNALS = ("marginal", "average", "ifi")
OBJECTIVES = ("cost", "carbon")
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

"""Settings of the explorer, and the ranges of their sliders."""

from dataclasses import dataclass, replace

from geofront.arguments import as_number, choice, number, shown, truth
from geofront.errors import GeofrontError
from geofront.inputs.loaders import figure
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.names import CARBON_SIGNALS, FRICTIONS

BUDGETS = (20.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 1500.0, 2000.0, 3000.0, 5000.0)
"""Network budgets of the frontier, and positions of their slider [ms]."""

SLIDERS = {
    "carbon_price": {"min": 0.0, "max": 300.0, "step": 5.0},
    "demand_mw": {"min": 100.0, "max": 3000.0, "step": 50.0},
    "headroom": {"min": 0.0, "max": 1.0, "step": 0.05},
    "egress_factor": {"min": 0.0, "max": 5.0, "step": 0.1},
    "pinned_factor": {"min": 0.0, "max": 3.0, "step": 0.1},
    "regulated_factor": {"min": 0.0, "max": 3.0, "step": 0.1},
}
"""Range and step of the sliders by setting, in its unit."""

FACTORS = {"min": 0.1, "max": 3.0, "step": 0.1}
"""Ends and step of the sliders that multiply a region's electricity price or capacity [-]."""

REGIONAL = {"price_factors": "price", "capacity_factors": "capacity"}
"""Variables of the scenario that a setting multiplies region by region."""

GLOBAL = {
    "egress_factor": ("egress_request", "egress_response"),
    "pinned_factor": ("pinned_share",),
    "regulated_factor": ("regulated_share",),
}
"""Variables of the scenario that a setting multiplies everywhere; shares reach 1 at most."""

DECIMALS = 6
"""Decimals of a slider's value, which the browser does not send exactly."""


def _check_factors(value, name: str) -> tuple[tuple[str, float], ...]:
    pairs = value if isinstance(value, tuple | list) else [value]
    for pair in pairs:
        right = isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[0], str)
        if not right or (as_number(pair[1]) or 0.0) <= 0:
            raise GeofrontError(f"{name}={shown(value)} has {shown(pair)}: give pairs of a region and a factor above 0")
    return tuple((region, float(factor)) for region, factor in pairs)


_CHECKS = {
    "carbon_price": check_carbon_price,
    "carbon_signal": choice(CARBON_SIGNALS),
    "network_budget": figure("latency_budget", "ms"),
    "frictions": check_frictions,
    "demand_mw": figure("demand", "MW"),
    "headroom": number(least=-1, most=1000),
    **dict.fromkeys(GLOBAL, number(least=0, most=1000)),
    **dict.fromkeys(REGIONAL, _check_factors),
    "real_year": truth,
    "average_day": truth,
}


@dataclass(frozen=True)
class Settings:
    """Settings of the explorer.

    Raises
    ------
    GeofrontError
        If a setting has the wrong type or is out of range.
    """

    carbon_price: float = 0.0
    """Carbon price [USD/t]."""
    carbon_signal: str = "marginal"
    network_budget: float | None = None
    """Network budget of all classes [ms]; with None each class has its own."""
    frictions: tuple[str, ...] = FRICTIONS
    demand_mw: float = 1000.0
    headroom: float = 0.15
    egress_factor: float = 1.0
    """Multiplies all egress prices [-]."""
    pinned_factor: float = 1.0
    """Multiplies the pinned share of every class [-]."""
    regulated_factor: float = 1.0
    """Multiplies the regulated share of every client and class [-]."""
    price_factors: tuple[tuple[str, float], ...] = ()
    """Regions whose electricity price is multiplied, with the factor [-]."""
    capacity_factors: tuple[tuple[str, float], ...] = ()
    """Regions whose capacity is multiplied, with the factor [-]."""
    real_year: bool = False
    """Whether to place every hour of a real year, which the explorer must have."""
    average_day: bool = False
    """Whether to place the scenario's average day instead of all its days."""

    def __post_init__(self):
        for name, check in _CHECKS.items():
            if name != "network_budget" or self.network_budget is not None:
                object.__setattr__(self, name, check(getattr(self, name), name))

    def factor(self, name: str, region: str) -> float:
        """Factor of a region in ``"price_factors"`` or ``"capacity_factors"`` [-]."""
        return dict(getattr(self, name)).get(region, 1.0)

    def with_factor(self, name: str, region: str, factor: float) -> "Settings":
        """The same settings with another factor for one region, relative to its first price or capacity."""
        factors = dict(getattr(self, name)) | {region: float(factor)}
        return replace(self, **{name: tuple(sorted((label, by) for label, by in factors.items() if by != 1))})

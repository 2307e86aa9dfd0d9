"""Settings of the knobs, and the ranges of their sliders."""

from dataclasses import dataclass, replace

from geofront.arguments import as_number, choice, number, shown, truth
from geofront.errors import GeofrontError
from geofront.inputs.loaders import figure
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.names import CARBON_SIGNALS, FRICTIONS

BUDGETS = (20.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 1500.0, 2000.0, 3000.0, 5000.0)
"""Network budgets of the frontier, and stops of their slider [ms]."""

SLIDERS = {
    "carbon_price": {"min": 0.0, "max": 300.0, "step": 5.0},
    "demand_mw": {"min": 100.0, "max": 3000.0, "step": 50.0},
    "headroom": {"min": 0.0, "max": 1.0, "step": 0.05},
}
"""Ends and step of the sliders by setting, in its unit."""

PRICE_FACTORS = {"min": 0.1, "max": 3.0, "step": 0.1}
"""Ends and step of the slider that multiplies a region's electricity price [1]."""

DECIMALS = 6
"""Decimals kept of a slider's value: the page rounds them."""


def _check_price_factors(value, name: str) -> tuple[tuple[str, float], ...]:
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
    "price_factors": _check_price_factors,
    "average_day": truth,
}


@dataclass(frozen=True)
class Settings:
    """Settings of all knobs.

    Raises
    ------
    GeofrontError
        A setting is of the wrong kind or out of range.
    """

    carbon_price: float = 0.0
    """[USD/t]"""
    carbon_signal: str = "marginal"
    network_budget: float | None = None
    """Longest time of access and round trips, for all classes alike [ms]; with None each has its own budget."""
    frictions: tuple[str, ...] = FRICTIONS
    demand_mw: float = 1000.0
    headroom: float = 0.15
    price_factors: tuple[tuple[str, float], ...] = ()
    """Regions whose electricity price is multiplied, with the factor [1]."""
    average_day: bool = False
    """Whether to place the scenario's average day instead of all its days."""

    def __post_init__(self):
        for name, check in _CHECKS.items():
            if name != "network_budget" or self.network_budget is not None:
                object.__setattr__(self, name, check(getattr(self, name), name))

    def price_factor(self, region: str) -> float:
        """Factor of a region's electricity price [1]."""
        return dict(self.price_factors).get(region, 1.0)

    def with_price_factor(self, region: str, factor: float) -> "Settings":
        """The same settings with another factor for one region, relative to its first price."""
        factors = dict(self.price_factors) | {region: float(factor)}
        return replace(self, price_factors=tuple(sorted((label, by) for label, by in factors.items() if by != 1)))

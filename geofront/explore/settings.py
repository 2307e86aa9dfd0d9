"""Where the knobs may stand."""

from dataclasses import dataclass, replace

from geofront.names import FRICTIONS

BUDGETS = (20.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 1500.0, 2000.0, 3000.0, 5000.0)
"""Network budgets at which the frontier is drawn: the stops of their slider [ms]."""

SLIDERS = {
    "carbon_price": {"min": 0.0, "max": 300.0, "step": 5.0},
    "demand_mw": {"min": 100.0, "max": 3000.0, "step": 50.0},
    "headroom": {"min": 0.0, "max": 1.0, "step": 0.05},
}
"""Ends and step of the sliders, by the setting that they turn and in its unit."""

PRICE_FACTORS = {"min": 0.1, "max": 3.0, "step": 0.1}
"""Ends and step of the slider that multiplies a region's electricity price [1]."""

DECIMALS = 6
"""To which sliders are read, because in a page their stops are hit only up to rounding."""


@dataclass(frozen=True)
class Settings:
    """Where all knobs stand."""

    carbon_price: float = 0.0
    """[USD/t]"""
    carbon_signal: str = "marginal"
    network_budget: float | None = None
    """What access and round trips may take, for all classes alike [ms]; None leaves each its own budget."""
    frictions: tuple[str, ...] = FRICTIONS
    demand_mw: float = 1000.0
    headroom: float = 0.15
    price_factors: tuple[tuple[str, float], ...] = ()
    """Regions whose electricity price is multiplied, with the factor [1]."""

    def price_factor(self, region: str) -> float:
        """What a region's electricity price is multiplied by [1]."""
        return dict(self.price_factors).get(region, 1.0)

    def with_price_factor(self, region: str, factor: float) -> "Settings":
        """The same settings with another factor for one region, of the price as it was at first."""
        factors = dict(self.price_factors) | {region: float(factor)}
        return replace(self, price_factors=tuple(sorted((label, by) for label, by in factors.items() if by != 1)))

    def has_programs_of(self, other: "Settings") -> bool:
        """Whether the programs of others do for these, in which frictions and what is within reach do not change."""
        return (self.frictions, self.network_budget) == (other.frictions, other.network_budget)

"""What the knobs stand at and what the placement there says, without any widget."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import traitlets
import xarray as xr
from tqdm.auto import tqdm

from geofront.errors import GeofrontError, first_labels
from geofront.model.engine import WarmStart
from geofront.model.feasibility import home_index
from geofront.model.placement import local, place
from geofront.model.scenario import stylized
from geofront.names import CLIENT, FRICTIONS, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.quantities.layers import layer_of_home

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


@dataclass(frozen=True)
class Reading:
    """What a placement says, small enough to be kept for every setting that was tried.

    Means and sums are over the year; every array ends with the classes.
    """

    flow: np.ndarray
    """(service, region, workload) mean IT power of the demand of each home, by where it runs [MW]."""
    share: np.ndarray
    """(layer, workload) of each class's demand [1]."""
    demand: np.ndarray
    """(workload,) [MWh]."""
    cost: np.ndarray
    """(workload,) [USD]."""
    emissions: np.ndarray
    """(workload,) [kg]."""
    local_cost: np.ndarray
    local_emissions: np.ndarray

    def of(self, workloads) -> "Reading":
        """The same for some classes only, by position."""
        return Reading(**{name: values[..., workloads] for name, values in vars(self).items()})

    @property
    def cost_per_mwh(self) -> float:
        """[USD/MWh]"""
        return float(self.cost.sum() / self.demand.sum())

    @property
    def carbon_per_mwh(self) -> float:
        """[kg/MWh]"""
        return float(self.emissions.sum() / self.demand.sum())

    @property
    def local_cost_per_mwh(self) -> float:
        """All-local execution [USD/MWh]."""
        return float(self.local_cost.sum() / self.demand.sum())

    @property
    def local_carbon_per_mwh(self) -> float:
        """All-local execution [kg/MWh]."""
        return float(self.local_emissions.sum() / self.demand.sum())

    @property
    def relocated_share(self) -> float:
        """Share of the demand that runs away from home [1]."""
        return float(((1 - self.share[0]) * self.demand).sum() / self.demand.sum())


class Explorer(traitlets.HasTraits):
    """A scenario with knobs.

    Parameters
    ----------
    make_scenario : callable, optional
        Called with ``carbon_signal``, ``demand_mw`` [MW] and ``headroom`` [1], returns a scenario; by default
        :func:`geofront.stylized`.
    settings : Settings, optional
        Where the knobs stand at first.
    solver : {"CBC", "HiGHS"}

    Attributes
    ----------
    settings : Settings
        A trait, which can be observed.
    shown : str
        The class that is shown, or ``"all"``; a trait, too.
    traced : int
        Points that :meth:`trace` has worked out so far; a trait, too.
    at_first : Settings

    Notes
    -----
    What was placed once is remembered, so that turning a knob back costs nothing, and an interrupted
    :meth:`trace` goes on where it stopped. Placements start warm from those before. A second thread may
    :meth:`look_ahead` while the knobs rest; it gives way as soon as there is something to place at once.
    """

    settings = traitlets.Instance(Settings)
    shown = traitlets.Unicode("all")
    traced = traitlets.Int()

    def __init__(self, make_scenario: Callable[..., xr.Dataset] = stylized, settings: Settings | None = None, *,
                 solver: str = "CBC"):
        self.make_scenario, self.solver = make_scenario, solver
        self.at_first = settings or Settings()
        self._scenarios, self._baselines, self._readings = {}, {}, {}
        self._warm_start, self._aside, self._placing = WarmStart(), WarmStart(kinds=0), threading.Lock()
        super().__init__(settings=self.at_first)

    @traitlets.validate("shown")
    def _known_class(self, proposal) -> str:
        if proposal.value not in ("all", *self.classes):
            raise GeofrontError(f"shown={proposal.value!r} is no class: use 'all' or one of "
                                f"{first_labels(self.classes)}")
        return proposal.value

    def _known_region(self, region: str) -> str:
        if region not in self.regions:
            raise GeofrontError(f"there is no region {region!r}: use one of {first_labels(self.regions, 99)}")
        return region

    @property
    def classes(self) -> list[str]:
        """Labels of the workload classes."""
        return [str(label) for label in self.scenario(self.at_first)[WORKLOAD].values]

    @property
    def regions(self) -> dict[str, str]:
        """Names of the regions by label."""
        scenario = self.scenario(self.at_first)
        names = scenario.coords.get("region_name", scenario[REGION]).values
        return dict(zip(map(str, scenario[REGION].values), map(str, names), strict=True))

    def change(self, **values) -> None:
        """Turn some knobs, such as ``change(carbon_price=50)``."""
        self.settings = replace(self.settings, **values)

    def reset(self) -> None:
        """Turn all knobs back to where they stood at first."""
        self.settings = self.at_first

    def scenario(self, settings: Settings | None = None) -> xr.Dataset:
        """The scenario at some settings, by default the present ones, to go on with in code."""
        settings = settings or self.settings
        key = (settings.carbon_signal, settings.demand_mw, settings.headroom)
        if key not in self._scenarios:
            self._scenarios[key] = self.make_scenario(
                carbon_signal=settings.carbon_signal, demand_mw=settings.demand_mw, headroom=settings.headroom)
        scenario, changed = self._scenarios[key], {}
        if settings.price_factors:
            changed["price"] = scenario.price.copy()
            for region, factor in settings.price_factors:
                changed["price"].loc[{REGION: self._known_region(region)}] *= factor
        if settings.network_budget is not None:
            changed["latency_budget"] = scenario.latency_budget.copy(
                data=scenario.service_time.values + settings.network_budget)
        return scenario.assign(changed)

    def place(self, settings: Settings | None = None) -> xr.Dataset:
        """The optimal placement at some settings, by default the present ones: :func:`geofront.place`."""
        settings = settings or self.settings
        scenario = self.scenario(settings)
        several = self._warm_start, self._aside
        for warm_start in several:
            warm_start.interrupt()
        with self._placing:
            for warm_start in several:
                warm_start.resume()
            return self._place(scenario, settings)

    def _place(self, scenario: xr.Dataset, settings: Settings) -> xr.Dataset:
        # Every network budget makes a kind of problem of its own, too many to keep their programs.
        alike = settings.network_budget == self.settings.network_budget
        return place(scenario, carbon_price=settings.carbon_price, frictions=settings.frictions, solver=self.solver,
                     warm_start=self._warm_start if alike else self._aside)

    def reading(self, settings: Settings | None = None) -> Reading:
        """What the placement at some settings says, by default the present ones."""
        settings = settings or self.settings
        if not self.is_known(settings):
            self._read(settings, self.place(settings))
        return self._readings[settings]

    def look_ahead(self, settings: Settings, resting: Settings) -> None:
        """Place at some settings, so that turning to them takes no time, as long as the knobs rest at others.

        Where there is no placement, this is said when the knobs are turned there.

        Parameters
        ----------
        settings, resting : Settings
        """
        scenario = self.scenario(settings)
        with contextlib.suppress(GeofrontError), self._placing:
            if self.settings == resting and not self.is_known(settings):
                self._read(settings, self._place(scenario, settings))

    def is_known(self, settings: Settings | None = None) -> bool:
        """Whether some settings, by default the present ones, were placed before, so that reading takes no time."""
        return (settings or self.settings) in self._readings

    def _read(self, settings: Settings, placement: xr.Dataset) -> None:
        cost, emissions = self._baseline(settings)
        self._readings[settings] = _read(
            self.scenario(settings), placement,
            local_cost=cost + settings.carbon_price / 1000 * emissions, local_emissions=emissions)

    def shown_reading(self) -> Reading:
        """The present reading of the class that is shown."""
        reading = self.reading()
        return reading if self.shown == "all" else reading.of([self.classes.index(self.shown)])

    def _baseline(self, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
        """Cost without carbon price [USD] and emissions [kg] of all-local execution, by class."""
        fixed = replace(settings, carbon_price=0.0, network_budget=None, frictions=FRICTIONS)
        if fixed not in self._baselines:
            self._baselines[fixed] = _by_class(local(self.scenario(fixed)))
        return self._baselines[fixed]

    def frontier(self, settings: Settings | None = None) -> dict[float, Reading]:
        """The readings known so far along the network budget, by budget [ms], all else as in the settings."""
        along = self._along_frontier(settings or self.settings)
        return {at.network_budget: self._readings[at] for at in along if at in self._readings}

    def trace(self, settings: Settings | None = None, *, progress: bool = False) -> None:
        """Work out the whole frontier; interrupted, it keeps what is done and goes on from there next time.

        Parameters
        ----------
        settings : Settings, optional
            By default the present ones; the network budget varies.
        progress : bool
            Whether to show a progress bar.
        """
        for at in tqdm(self.missing(settings), desc="frontier", unit="budget", disable=not progress):
            self.reading(at)
            self.traced += 1

    def missing(self, settings: Settings | None = None) -> list[Settings]:
        """Settings along the frontier that have no reading yet."""
        return [at for at in self._along_frontier(settings or self.settings) if at not in self._readings]

    @staticmethod
    def _along_frontier(settings: Settings) -> list[Settings]:
        return [replace(settings, network_budget=budget) for budget in BUDGETS]


def _read(scenario: xr.Dataset, placement: xr.Dataset, **baseline: np.ndarray) -> Reading:
    weight = placement[WEIGHT].values
    flow = np.einsum("crkt,t->crk", placement.flow.transpose(CLIENT, REGION, WORKLOAD, HOUR).values, weight)
    by_home = np.zeros((scenario.sizes[SERVICE], *flow.shape[1:]))
    np.add.at(by_home, home_index(scenario), flow)
    cost, emissions = _by_class(placement)
    demand = flow.sum(axis=(0, 1))
    in_layer = np.einsum("lsr,srk->lk", layer_of_home(scenario), by_home)
    share = np.divide(in_layer, demand, out=np.full(in_layer.shape, np.nan), where=demand > 0)
    return Reading(flow=by_home / weight.sum(), share=share, demand=demand, cost=cost, emissions=emissions, **baseline)


def _by_class(placement: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Cost [USD] and emissions [kg] of a year."""
    cost = placement.cost.sum(("component", REGION)).transpose(WORKLOAD, HOUR)
    emissions = placement.emissions.sum(REGION).transpose(WORKLOAD, HOUR)
    weight = placement[WEIGHT].values
    return cost.values @ weight, emissions.values @ weight

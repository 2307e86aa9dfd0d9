"""A scenario with knobs, without any widget: placed where they stand, or where they may soon be turned."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
import traitlets
import xarray as xr
from tqdm.auto import tqdm

from geofront.errors import Cancelled as Interrupted
from geofront.errors import GeofrontError, first_labels
from geofront.explore.reading import Reading, read
from geofront.explore.settings import BUDGETS, Settings
from geofront.model.costs import carbon_cost
from geofront.model.feasibility import with_network_budget
from geofront.names import FRICTIONS, HOUR, REGION, WORKLOAD
from geofront.placement import local, place, totals, totals_by_region
from geofront.quantities.frontier import EXACT_HOURS, NETWORK_BUDGETS
from geofront.scenarios.build import stylized
from geofront.solver.engine import WarmStart

KEPT_SCENARIOS = 16
"""Number of scenarios that are kept, of those that differ in more than prices and budgets; bounds the memory."""


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
    :meth:`trace` goes on where it stopped. Placements start warm from the last one. A second thread may
    :meth:`look_ahead` while the knobs rest. What a thread is placing gives way to what another wants at once.
    """

    settings = traitlets.Instance(Settings)
    shown = traitlets.Unicode("all")
    traced = traitlets.Int()

    def __init__(self, make_scenario: Callable[..., xr.Dataset] = stylized, settings: Settings | None = None, *,
                 solver: str = "CBC"):
        self.make_scenario, self.solver = make_scenario, solver
        self.at_first = settings or Settings()
        self._made = lru_cache(KEPT_SCENARIOS)(self._make)
        self._baselines, self._readings = {}, {}
        self._warm_start, self._cold_start, self._kept_at = WarmStart(), WarmStart(kinds=0), None
        self._starts = self._warm_start, self._cold_start
        self._placing, self._under_way, self._interruptions = threading.Lock(), None, 0
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
        return [str(label) for label in self._base(self.at_first)[WORKLOAD].values]

    @property
    def regions(self) -> dict[str, str]:
        """Names of the regions by label."""
        scenario = self._base(self.at_first)
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
        scenario, changed = self._base(settings), {}
        if settings.price_factors:
            changed["price"] = scenario.price.copy()
            for region, factor in settings.price_factors:
                changed["price"].loc[{REGION: self._known_region(region)}] *= factor
        if settings.network_budget is not None:
            scenario = with_network_budget(scenario, settings.network_budget)
        return scenario.assign(changed)

    def _base(self, settings: Settings) -> xr.Dataset:
        """The scenario as it is made, to which prices and budgets have not been changed."""
        return self._made(settings.carbon_signal, settings.demand_mw, settings.headroom)

    def _make(self, carbon_signal: str, demand_mw: float, headroom: float) -> xr.Dataset:
        return self.make_scenario(carbon_signal=carbon_signal, demand_mw=demand_mw, headroom=headroom)

    def place(self, settings: Settings | None = None) -> xr.Dataset:
        """The optimal placement at some settings, by default the present ones: :func:`geofront.place`.

        Raises
        ------
        GeofrontError
            There is none; or, as `Interrupted`, another thread has wanted one at other settings meanwhile.
        """
        settings = settings or self.settings
        with self._wanted(settings):
            return self._place(settings, keep=True)

    @contextlib.contextmanager
    def _wanted(self, settings: Settings) -> Iterator[None]:
        """Place before all other threads: what they place at other settings, or wait to place, is interrupted."""
        if settings != self._under_way:
            self.interrupt()
        with self._in_turn():
            self._under_way = settings
            try:
                yield
            finally:
                self._under_way = None

    def interrupt(self, *, short: bool = True) -> None:
        """Have what other threads place, or wait to place, raise `Interrupted` at its next step.

        Parameters
        ----------
        short : bool
            Whether also what is over soon: a placement that goes on from kept programs, or a preview.
        """
        self._interruptions += 1
        for start in self._starts:
            start.interrupt(short=short)

    @contextlib.contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Place, one thread at a time, unless interrupted before it begins."""
        before = self._interruptions
        with self._placing:
            for start in self._starts:
                start.resume()
            if self._interruptions != before:
                raise Interrupted("the placement was interrupted before it began: it is no longer wanted")
            yield

    def _place(self, settings: Settings, *, keep: bool, **options) -> xr.Dataset:
        placement = place(
            self.scenario(settings), carbon_price=settings.carbon_price, frictions=settings.frictions,
            solver=self.solver, warm_start=self._warm_start if keep else self._cold_start, **options)
        if keep:
            self._kept_at = settings
        return placement

    def reading(self, settings: Settings | None = None,
                preview: Callable[[Reading, float], None] | None = None) -> Reading:
        """What the placement at some settings says, by default the present ones.

        Parameters
        ----------
        settings : Settings, optional
        preview : callable, optional
            Called at most once, from another thread, where the placement takes long: with what a feasible one says, and
            by how much its cost may exceed the least [USD/MWh].

        Raises
        ------
        GeofrontError
            As :meth:`place`.
        """
        settings = settings or self.settings

        def tell(feasible: xr.Dataset) -> None:
            reading = self._read(settings, feasible)
            excess = float(totals(feasible)["warm-up"] / reading.demand.sum())
            preview(reading, excess)

        if not self.is_known(settings):
            with self._wanted(settings):
                if not self.is_known(settings):
                    placement = self._place(settings, keep=True, preview=preview and tell)
                    self._readings[settings] = self._read(settings, placement)
        return self._readings[settings]

    def look_ahead(self, settings: Settings, resting: Settings) -> None:
        """Place at some settings, so that turning to them takes no time, as long as the knobs rest at others.

        Where there is no placement, this is said when the knobs are turned there.

        Parameters
        ----------
        settings, resting : Settings
            At the resting ones themselves, programs are made ready from which placements near by start warm. Those of
            other frictions or another network budget are not kept.
        """
        with contextlib.suppress(GeofrontError):
            self._base(settings)  # which may take long: not while a placement that is wanted waits
            with self._in_turn():
                make_ready = settings == resting != self._kept_at
                if self.settings == resting and (make_ready or not self.is_known(settings)):
                    placement = self._place(settings, keep=settings.has_programs_of(resting))
                    self._readings[settings] = self._read(settings, placement)

    def is_known(self, settings: Settings | None = None) -> bool:
        """Whether some settings, by default the present ones, were placed before, so that reading takes no time."""
        return (settings or self.settings) in self._readings

    def _read(self, settings: Settings, placement: xr.Dataset) -> Reading:
        cost, emissions = self._baseline(settings)
        return read(
            self._base(settings), placement,
            local_cost=cost + carbon_cost(settings.carbon_price, emissions), local_emissions=emissions)

    def shown_reading(self) -> Reading:
        """The present reading of the class that is shown."""
        return self.of_shown(self.reading())

    def of_shown(self, reading: Reading) -> Reading:
        """The part of a reading that is the class that is shown."""
        return reading if self.shown == "all" else reading.of([self.classes.index(self.shown)])

    def _baseline(self, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
        """Cost without carbon price [USD] and emissions [kg] of all-local execution by class.

        Whatever the headroom, and the cost in proportion to the price of each region, where nothing else costs.
        """
        fixed = replace(settings, carbon_price=0.0, network_budget=None, frictions=FRICTIONS, price_factors=())
        alike = replace(fixed, headroom=0.0)
        if alike not in self._baselines:
            self._baselines[alike] = totals_by_region(local(self.scenario(fixed)))
        cost, emissions = self._baselines[alike]
        return np.array([settings.price_factor(region) for region in self.regions]) @ cost, emissions.sum(axis=0)

    def frontier(self, settings: Settings | None = None) -> dict[float, Reading]:
        """The readings known so far along the network budget, by budget [ms], all else as in the settings."""
        along = self._along_frontier(settings or self.settings, BUDGETS)
        return {at.network_budget: self._readings[at] for at in along if at in self._readings}

    def trace(self, settings: Settings | None = None, *, progress: bool = False) -> None:
        """Work out the frontier; interrupted, it keeps what is done and goes on from there next time.

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
        """Settings along the frontier that have no reading yet; where hours are many, at fewer budgets."""
        settings = settings or self.settings
        budgets = BUDGETS if self._base(settings).sizes[HOUR] <= EXACT_HOURS else NETWORK_BUDGETS
        return [at for at in self._along_frontier(settings, budgets) if at not in self._readings]

    @staticmethod
    def _along_frontier(settings: Settings, budgets: tuple[float, ...]) -> list[Settings]:
        return [replace(settings, network_budget=budget) for budget in budgets]

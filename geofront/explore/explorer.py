"""A scenario with adjustable settings and the readings of its placements, without widgets."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import traitlets
import xarray as xr
from tqdm.auto import tqdm

from geofront.arguments import checked, choice, function, instance, truth
from geofront.errors import GeofrontError, first_labels
from geofront.explore.edits import as_code, edited
from geofront.explore.ranges import Ranges, share_ranges
from geofront.explore.reading import Reading, read
from geofront.explore.settings import BUDGETS, Settings
from geofront.names import HIGHS, HOUR, REGION, SOLVERS, WORKLOAD
from geofront.placement import local, place
from geofront.quantities.frontier import EXACT_HOURS, NETWORK_BUDGETS
from geofront.scenarios.build import stylized
from geofront.scenarios.snapshots import average_day
from geofront.scenarios.validation import with_names
from geofront.solver.engine import WarmStart

KEPT_SCENARIOS = 16
"""Number of cached scenarios that differ in more than prices and budgets; limits memory."""

KEPT_BLOCKS = 200
"""Number of blocks cached for warm starts: typical days at every network budget and without one (60 MB)."""


_SETTINGS = instance(Settings, "make some with geofront.explore.Settings(…)")
_checked = checked(
    make_scenario=function,
    make_real_year=function,
    settings=_SETTINGS,
    solver=choice(SOLVERS),
    progress=truth,
    cancel=instance(threading.Event, "give a threading.Event"),
    reading=instance(Reading, "pass what Explorer.reading returned"),
)


class Explorer(traitlets.HasTraits):
    """Scenario with adjustable settings.

    Parameters
    ----------
    make_scenario : callable, optional
        Called with ``carbon_signal``, ``demand_mw`` [MW] and ``headroom`` [-], returns a scenario; by default
        :func:`geofront.stylized`.
    settings : Settings, optional
        Initial settings.
    solver : {"HiGHS", "CBC"}
        CBC takes long and cannot be cancelled.
    make_real_year : callable, optional
        As `make_scenario`, of all hours of a real year, for the setting ``real_year``.

    Attributes
    ----------
    settings : Settings
        Current settings, an observable trait.
    shown : str
        Class that is shown, or ``"all"``; a trait.
    traced : int
        Number of frontier points that :meth:`trace` has computed so far; a trait, too.
    held : Settings
        What the present settings are compared with, at first the first ones; a trait, too.
    at_first : Settings
        Initial settings.

    Notes
    -----
    Readings are cached, so returning to earlier settings is free. Placements use warm starts. One thread places at a
    time; a request for other settings cancels it.
    """

    settings = traitlets.TraitType()
    shown = traitlets.TraitType("all")
    traced = traitlets.Int()
    held = traitlets.TraitType()

    @_checked
    def __init__(
        self,
        make_scenario: Callable[..., xr.Dataset] = stylized,
        settings: Settings | None = None,
        *,
        solver: str = HIGHS,
        make_real_year: Callable[..., xr.Dataset] | None = None,
    ):
        self.make_scenario, self.make_real_year, self.solver = make_scenario, make_real_year, solver
        self.at_first = settings or Settings()
        self._made = lru_cache(KEPT_SCENARIOS)(self._make)
        self._readings, self._ranges, self._placement = {}, {}, (None, None)
        self._warm_starts = {of_average_day: WarmStart(KEPT_BLOCKS) for of_average_day in (False, True)}
        self._lock, self._wanted, self._cancel = threading.RLock(), None, threading.Event()
        super().__init__(settings=self.at_first, held=self.at_first)

    @traitlets.validate("settings", "held")
    def _right_settings(self, proposal) -> Settings:
        return _SETTINGS(proposal.value, proposal.trait.name)

    @traitlets.validate("shown")
    def _known_class(self, proposal) -> str:
        if not (isinstance(proposal.value, str) and proposal.value in ("all", *self.classes)):
            raise GeofrontError(
                f"shown={proposal.value!r} is not a class: use 'all' or one of {first_labels(self.classes)}"
            )
        return proposal.value

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
        """Change some settings, such as ``change(carbon_price=50)``."""
        self.settings = replace(self.settings, **values)

    def reset(self) -> None:
        """Restore the initial settings."""
        self.settings = self.at_first

    @_checked
    def scenario(self, settings: Settings | None = None) -> xr.Dataset:
        """Scenario at some settings, by default the current ones, for use in code."""
        settings = settings or self.settings
        return edited(self._base(settings), settings)

    @_checked
    def code(self, settings: Settings | None = None) -> str:
        """Lines that place the same scenario without an explorer, by default at the present settings."""
        settings = settings or self.settings
        return as_code(settings, self._maker(settings.real_year), self.solver)

    def _base(self, settings: Settings) -> xr.Dataset:
        """The scenario before it is edited."""
        chosen = settings.carbon_signal, settings.demand_mw, settings.headroom
        return self._made(*chosen, settings.real_year, settings.average_day)

    def _make(
        self, carbon_signal: str, demand_mw: float, headroom: float, real_year: bool, of_average_day: bool
    ) -> xr.Dataset:
        if of_average_day:
            return average_day(self._made(carbon_signal, demand_mw, headroom, real_year, False))
        make = self._maker(real_year)
        made = make(carbon_signal=carbon_signal, demand_mw=demand_mw, headroom=headroom)
        return with_names(made, f"what {'make_real_year' if real_year else 'make_scenario'} returned")

    def _maker(self, real_year: bool) -> Callable[..., xr.Dataset]:
        if real_year and self.make_real_year is None:
            raise GeofrontError("the explorer has no real year: give Explorer(make_real_year=…)")
        return self.make_real_year if real_year else self.make_scenario

    @_checked
    def cancel_others(self, settings: Settings) -> threading.Event:
        """Cancel placements of other settings in other threads.

        Returns
        -------
        threading.Event
            Event for :meth:`reading` at these settings, set as soon as other settings are requested.
        """
        if settings != self._wanted:
            self._cancel.set()
            self._wanted, self._cancel = settings, threading.Event()
        return self._cancel

    @_checked
    def place(self, settings: Settings | None = None, cancel: threading.Event | None = None) -> xr.Dataset:
        """Optimal placement at some settings: :func:`geofront.place`.

        Parameters
        ----------
        settings : Settings, optional
            By default the current ones.
        cancel : threading.Event, optional
            Cancels the placement within a second once it is set. By default the event of :meth:`cancel_others`.

        Raises
        ------
        GeofrontError
            If the placement is infeasible, or, as ``Cancelled``, if another thread has requested other settings.
        """
        settings = settings or self.settings
        cancel = cancel or self.cancel_others(settings)
        with self._lock:
            return place(
                self.scenario(settings),
                carbon_price=settings.carbon_price,
                frictions=settings.frictions,
                solver=self.solver,
                warm_start=self._warm_starts[settings.average_day],
                cancel=cancel,
            )

    @_checked
    def reading(self, settings: Settings | None = None, cancel: threading.Event | None = None) -> Reading:
        """Reading of the placement at some settings, cached; parameters and errors as for :meth:`place`."""
        settings = settings or self.settings
        if not self.is_known(settings):
            cancel = cancel or self.cancel_others(settings)
            with self._lock:
                if not self.is_known(settings):
                    placement, scenario = self.place(settings, cancel), self.scenario(settings)
                    base = local(scenario, carbon_price=settings.carbon_price)
                    if settings == self.settings:
                        self._placement = settings, placement
                    self._readings[settings] = read(scenario, placement, base)
        return self._readings[settings]

    @_checked
    def ranges(self, settings: Settings | None = None, cancel: threading.Event | None = None) -> Ranges:
        """Least and largest share [-] of each layer among all placements of least cost, cached.

        Parameters and errors are those of :meth:`place`. Keys are a layer and a class, or ``"all"`` of them.
        """
        settings = settings or self.settings
        if settings not in self._ranges:
            cancel = cancel or self.cancel_others(settings)
            with self._lock:
                placed, placement = self._placement
                if placed != settings:
                    placement = self.place(settings, cancel)
                self._ranges[settings] = share_ranges(self.scenario(settings), placement, cancel)
        return self._ranges[settings]

    @_checked
    def ranges_if_known(self, settings: Settings | None = None) -> Ranges:
        """The cached :meth:`ranges`, or none."""
        return self._ranges.get(settings or self.settings, {})

    @_checked
    def first_reading(self, settings: Settings | None = None, cancel: threading.Event | None = None) -> Reading:
        """Reading of the average day, which takes a fraction of the time, or :meth:`reading` if it is as fast."""
        settings = settings or self.settings
        average = replace(settings, average_day=True)
        as_fast = self.is_known(settings) or self._base(average) is self._base(settings)
        return self.reading(settings if as_fast else average, cancel)

    @_checked
    def is_known(self, settings: Settings | None = None) -> bool:
        """Whether the reading at some settings, by default the current ones, is cached."""
        return (settings or self.settings) in self._readings

    @_checked
    def of_shown(self, reading: Reading) -> Reading:
        """Part of a reading for the class that is shown."""
        return reading if self.shown == "all" else reading.of([self.classes.index(self.shown)])

    @_checked
    def frontier(self, settings: Settings | None = None) -> dict[float, Reading]:
        """Cached readings along the frontier, by network budget [ms]; other settings unchanged."""
        along = (replace(settings or self.settings, network_budget=budget) for budget in BUDGETS)
        return {at.network_budget: self._readings[at] for at in along if self.is_known(at)}

    @_checked
    def trace(self, settings: Settings | None = None, *, progress: bool = False) -> None:
        """Compute the frontier. If it is cancelled or interrupted, the next call resumes it.

        Parameters
        ----------
        settings : Settings, optional
            By default the current ones; the network budget varies.
        progress : bool
            Whether to show a progress bar.

        Raises
        ------
        GeofrontError
            As :meth:`place`.
        """
        settings = settings or self.settings
        cancel = self.cancel_others(settings)
        for at in tqdm(self.missing(settings), desc="frontier", unit="budget", disable=not progress):
            self.reading(at, cancel)
            self.traced += 1

    @_checked
    def missing(self, settings: Settings | None = None) -> list[Settings]:
        """Settings along the frontier without a cached reading; scenarios of many hours have fewer budgets."""
        settings = settings or self.settings
        budgets = BUDGETS if self._base(settings).sizes[HOUR] <= EXACT_HOURS else NETWORK_BUDGETS
        along = (replace(settings, network_budget=budget) for budget in budgets)
        return [at for at in along if not self.is_known(at)]

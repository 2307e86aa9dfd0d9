"""A scenario with knobs, without any widget: readings of its placement at any settings."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import traitlets
import xarray as xr
from tqdm.auto import tqdm

from geofront.arguments import checked, choice, function, instance, truth
from geofront.errors import GeofrontError, first_labels
from geofront.explore.reading import Reading, read
from geofront.explore.settings import BUDGETS, Settings
from geofront.model.feasibility import with_network_budget
from geofront.names import HIGHS, HOUR, REGION, SOLVERS, WORKLOAD
from geofront.placement import local, place
from geofront.quantities.frontier import EXACT_HOURS, NETWORK_BUDGETS
from geofront.scenarios.build import stylized
from geofront.scenarios.snapshots import average_day
from geofront.scenarios.validation import with_names
from geofront.solver.engine import WarmStart

KEPT_SCENARIOS = 16
"""Number of cached scenarios, which differ in more than prices and budgets; bounds the memory."""

KEPT_BLOCKS = 200
"""Number of blocks kept for warm starts: typical days at every network budget and at none (60 MB)."""


_SETTINGS = instance(Settings, "make some with geofront.explore.Settings(…)")
_checked = checked(
    make_scenario=function,
    settings=_SETTINGS,
    solver=choice(SOLVERS),
    progress=truth,
    cancel=instance(threading.Event, "give a threading.Event"),
    reading=instance(Reading, "pass what Explorer.reading returned"),
)


class Explorer(traitlets.HasTraits):
    """A scenario with knobs.

    Parameters
    ----------
    make_scenario : callable, optional
        Called with ``carbon_signal``, ``demand_mw`` [MW] and ``headroom`` [1], returns a scenario; by default
        :func:`geofront.stylized`.
    settings : Settings, optional
        The first settings.
    solver : {"HiGHS", "CBC"}
        CBC takes long and cannot be cancelled.

    Attributes
    ----------
    settings : Settings
        A trait, which can be observed.
    shown : str
        The class that is shown, or ``"all"``; a trait, too.
    traced : int
        Number of frontier points that :meth:`trace` has computed so far; a trait, too.
    at_first : Settings

    Notes
    -----
    Readings are cached, so turning a knob back costs nothing. Placements start warm. One thread places at a time;
    whoever asks for other settings cancels what is running.
    """

    settings = traitlets.TraitType()
    shown = traitlets.TraitType("all")
    traced = traitlets.Int()

    @_checked
    def __init__(
        self,
        make_scenario: Callable[..., xr.Dataset] = stylized,
        settings: Settings | None = None,
        *,
        solver: str = HIGHS,
    ):
        self.make_scenario, self.solver = make_scenario, solver
        self.at_first = settings or Settings()
        self._made = lru_cache(KEPT_SCENARIOS)(self._make)
        self._readings = {}
        self._warm_starts = {of_average_day: WarmStart(KEPT_BLOCKS) for of_average_day in (False, True)}
        self._lock, self._wanted, self._cancel = threading.RLock(), None, threading.Event()
        super().__init__(settings=self.at_first)

    @traitlets.validate("settings")
    def _right_settings(self, proposal) -> Settings:
        return _SETTINGS(proposal.value, "settings")

    @traitlets.validate("shown")
    def _known_class(self, proposal) -> str:
        if not (isinstance(proposal.value, str) and proposal.value in ("all", *self.classes)):
            raise GeofrontError(
                f"shown={proposal.value!r} is no class: use 'all' or one of {first_labels(self.classes)}"
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
        """Turn some knobs, such as ``change(carbon_price=50)``."""
        self.settings = replace(self.settings, **values)

    def reset(self) -> None:
        """Turn all knobs back to where they stood at first."""
        self.settings = self.at_first

    @_checked
    def scenario(self, settings: Settings | None = None) -> xr.Dataset:
        """The scenario at some settings, by default the present ones, for use in code."""
        settings = settings or self.settings
        scenario = self._base(settings)
        price = scenario.price.copy()
        for region, factor in settings.price_factors:
            if region not in self.regions:
                raise GeofrontError(f"there is no region {region!r}: use one of {first_labels(self.regions, 99)}")
            price.loc[{REGION: region}] *= factor
        if settings.network_budget is not None:
            scenario = with_network_budget(scenario, settings.network_budget)
        return scenario.assign(price=price)

    def _base(self, settings: Settings) -> xr.Dataset:
        """The scenario before prices and budgets are changed."""
        return self._made(settings.carbon_signal, settings.demand_mw, settings.headroom, settings.average_day)

    def _make(self, carbon_signal: str, demand_mw: float, headroom: float, of_average_day: bool) -> xr.Dataset:
        if of_average_day:
            return average_day(self._made(carbon_signal, demand_mw, headroom, False))
        made = self.make_scenario(carbon_signal=carbon_signal, demand_mw=demand_mw, headroom=headroom)
        return with_names(made, "what make_scenario returned")

    @_checked
    def cancel_others(self, settings: Settings) -> threading.Event:
        """Cancel what other threads place for other settings.

        Returns
        -------
        threading.Event
            For :meth:`reading` at these settings; it is set as soon as other settings are asked for.
        """
        if settings != self._wanted:
            self._cancel.set()
            self._wanted, self._cancel = settings, threading.Event()
        return self._cancel

    @_checked
    def place(self, settings: Settings | None = None, cancel: threading.Event | None = None) -> xr.Dataset:
        """The optimal placement at some settings: :func:`geofront.place`.

        Parameters
        ----------
        settings : Settings, optional
            By default the present ones.
        cancel : threading.Event, optional
            Ends the placement within a second once it is set. By default that of :meth:`cancel_others`.

        Raises
        ------
        GeofrontError
            Infeasible; or, as ``Cancelled``, another thread has asked for other settings.
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
        """The reading of the placement at some settings, cached; parameters and errors are those of :meth:`place`."""
        settings = settings or self.settings
        if not self.is_known(settings):
            cancel = cancel or self.cancel_others(settings)
            with self._lock:
                if not self.is_known(settings):
                    placement, scenario = self.place(settings, cancel), self.scenario(settings)
                    base = local(scenario, carbon_price=settings.carbon_price)
                    self._readings[settings] = read(scenario, placement, base)
        return self._readings[settings]

    @_checked
    def first_reading(self, settings: Settings | None = None, cancel: threading.Event | None = None) -> Reading:
        """The reading of the average day, which takes a fraction of the time; or :meth:`reading` if it is as fast."""
        settings = settings or self.settings
        average = replace(settings, average_day=True)
        as_fast = self.is_known(settings) or self._base(average) is self._base(settings)
        return self.reading(settings if as_fast else average, cancel)

    @_checked
    def is_known(self, settings: Settings | None = None) -> bool:
        """Whether the reading at some settings, by default the present ones, is cached."""
        return (settings or self.settings) in self._readings

    @_checked
    def of_shown(self, reading: Reading) -> Reading:
        """The part of a reading for the class that is shown."""
        return reading if self.shown == "all" else reading.of([self.classes.index(self.shown)])

    @_checked
    def frontier(self, settings: Settings | None = None) -> dict[float, Reading]:
        """The cached readings along the frontier, by network budget [ms]; all else as in the settings."""
        along = (replace(settings or self.settings, network_budget=budget) for budget in BUDGETS)
        return {at.network_budget: self._readings[at] for at in along if self.is_known(at)}

    @_checked
    def trace(self, settings: Settings | None = None, *, progress: bool = False) -> None:
        """Compute the frontier. If it is cancelled or interrupted, the next call resumes it.

        Parameters
        ----------
        settings : Settings, optional
            By default the present ones; the network budget varies.
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

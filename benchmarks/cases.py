"""Cases of the benchmarks: each is an instance and the tools that solve it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import xarray as xr

from benchmarks import instances
from geofront.names import FRICTIONS

WITHOUT_MIGRATION = tuple(name for name in FRICTIONS if name != "migration")
GEOFRONT = "geofront"
LINOPY, LINOPY_BY_DAY = "linopy + HiGHS, one program", "linopy + HiGHS, a program per day"
LINOPY_PERSISTENT = "linopy + HiGHS, persistent, day by day"
HIGHSPY_BY_HOUR = "highspy, gathered origins, hour by hour, warm start"
HIGHSPY_BY_DAY = "highspy, gathered origins, day by day, warm start"
SCIPY_BY_DAY = "scipy linprog, a program per day"
REGIONS = (25, 50, 100, 150)
"""Numbers of regions of the scaling cases."""

_HOURS_NOTE = (
    "Hours are independent. The simplex method takes more than proportionally longer for one program of all hours, so "
    "a program per day is faster. A persistent model that goes from hour to hour is faster still, because the optimal "
    "basis changes little. geofront and highspy both do this, and both group clients with the same home, class and "
    "allowed regions. geofront also skips the solver in hours where no capacity binds. Calls to HiGHS for every other "
    "hour bound its time."
)
_BLOCKS_NOTE = (
    "Warm-up couples the 24 hours of a day, so a day is the smallest program. HiGHS's simplex method bounds the time. "
    "geofront starts with few columns and adds those with a negative reduced cost, so its programs are smaller; the "
    "peers solve programs with all columns."
)
_FRONTIER_NOTE = (
    "The frontier has a point at every budget that allows another region for a client. geofront solves a day again "
    "only if a new arc has a negative reduced cost. Simplex iterations bound its time: at most of these budgets, every "
    "day changes. linopy solves every point with a cold start, or updates one persistent program."
)
_SWEEP_NOTE = (
    "geofront solves an hour again only if a newly allowed region lowers the objective. highspy uses one persistent "
    "model for all hours and carbon prices of a budget. linopy solves every point with a cold start, or updates one "
    "persistent program of a day; building and comparing arrays then takes longer than the solver."
)
_REGIONS_NOTE = (
    "One day with warm-up, 20 clients and random prices. Columns grow with the number of regions, and so do the rows "
    "of capacity and warm-up. scipy solves the plain program with all columns, and simplex iterations bound its time. "
    "geofront solves programs with the columns near each origin's best."
)
_BIG_NOTE = (
    "Memory and simplex iterations bound the time: a plain program of one of the seven days would have 1.3 million "
    "columns for the flows alone, so only peers with gathered origins are run."
)


@dataclass(frozen=True)
class Entry:
    """A tool that solves a case: ``function`` is ``module:function`` in ``benchmarks.tools``."""

    tool: str
    function: str
    arguments: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """An instance and the tools that solve it, geofront first; the note explains the times."""

    name: str
    title: str
    scenario: Callable[[], xr.Dataset]
    entries: tuple[Entry, ...]
    repeats: int = 3
    note: str = ""


def all_cases(quick: bool = False, hours_file: str = "") -> dict[str, Case]:
    """The cases by name.

    Parameters
    ----------
    quick : bool
        Whether to use small instances, to try out the benchmarks.
    hours_file : str
        Tidy file of real hours; stylized hours if empty.
    """
    year = partial(instances.year, hours_file)
    listed = [
        _hours("year", "year of 12 regions without migration", partial(year, 7 if quick else 365)),
        _blocks(
            "coupled", "year of 12 regions with all frictions, in daily blocks", partial(year, 2 if quick else 365)
        ),
        _hours(
            "wide",
            "week of 40 regions and 60 clients without migration",
            partial(instances.wide, days=1 if quick else 7),
        ),
        _frontier(partial(instances.typical_days, hours_file, "day" if quick else "month-hour"), quick),
        _sweep(partial(year, 1 if quick else 7), quick),
        *(_regions(regions) for regions in ((8, 16) if quick else REGIONS)),
        _big(partial(instances.wide, *(1, 12, 20, 8) if quick else (7, 60, 200, 8))),
        *(_growth(weeks, partial(year, 7 * weeks)) for weeks in ((1, 2) if quick else (1, 2, 4, 8, 16, 32))),
    ]
    return {case.name: replace(case, repeats=1) if quick else case for case in listed}


def _hours(name: str, title: str, scenario: Callable[[], xr.Dataset]) -> Case:
    chosen = {"frictions": WITHOUT_MIGRATION}
    return Case(
        name,
        title,
        scenario,
        (
            Entry(GEOFRONT, "geofront:place", chosen),
            Entry(LINOPY, "linopy_highs:place", chosen),
            Entry(LINOPY_BY_DAY, "linopy_highs:place_by_block", chosen),
            Entry(LINOPY_PERSISTENT, "linopy_highs:place_persistent", chosen),
            Entry(HIGHSPY_BY_HOUR, "highspy_arrays:place", chosen),
            Entry(SCIPY_BY_DAY, "scipy_highs:place", chosen),
        ),
        note=_HOURS_NOTE,
    )


def _blocks(name: str, title: str, scenario: Callable[[], xr.Dataset]) -> Case:
    chosen = {"frictions": FRICTIONS}
    return Case(
        name,
        title,
        scenario,
        (
            Entry(GEOFRONT, "geofront:place", chosen),
            Entry(LINOPY_BY_DAY, "linopy_highs:place_by_block", chosen),
            Entry(LINOPY_PERSISTENT, "linopy_highs:place_persistent", chosen),
            Entry(HIGHSPY_BY_DAY, "highspy_arrays:place", chosen),
            Entry(SCIPY_BY_DAY, "scipy_highs:place", chosen),
        ),
        note=_BLOCKS_NOTE,
    )


def _frontier(scenario: Callable[[], xr.Dataset], quick: bool) -> Case:
    budgets = np.geomspace(20, 4000, 2 if quick else 6).tolist()
    return Case(
        "frontier",
        "exact frontier of all classes with all frictions, month-hour snapshots",
        scenario,
        (
            Entry(GEOFRONT, "geofront:frontier"),
            Entry(LINOPY, "linopy_highs:frontier", {"budgets": budgets}),
            Entry(LINOPY_PERSISTENT, "linopy_highs:frontier_persistent", {"budgets": budgets}),
        ),
        note=_FRONTIER_NOTE,
    )


def _sweep(scenario: Callable[[], xr.Dataset], quick: bool) -> Case:
    budgets = np.geomspace(15, 4000, 8 if quick else 60)
    prices = np.linspace(0, 190, 4 if quick else 20)

    def grid(every_budget: int = 1, every_price: int = 1) -> dict:
        return {
            "network_budgets": budgets[::every_budget].tolist(),
            "carbon_prices": prices[::every_price].tolist(),
            "frictions": WITHOUT_MIGRATION,
        }

    few = grid(4, 3) if quick else grid(15, 7)
    return Case(
        "sweep",
        "network budgets × carbon prices over a week without migration",
        scenario,
        (
            Entry(GEOFRONT, "geofront:sweep", grid()),
            Entry(LINOPY, "linopy_highs:sweep", few),
            Entry(LINOPY_PERSISTENT, "linopy_highs:sweep_persistent", few),
            Entry(HIGHSPY_BY_HOUR, "highspy_arrays:sweep", grid(2) if quick else grid(10)),
        ),
        note=_SWEEP_NOTE,
    )


def _regions(regions: int) -> Case:
    chosen = {"frictions": FRICTIONS}
    scenario = partial(instances.wide, days=1, regions=regions, clients=20)
    return Case(
        f"regions-{regions}",
        f"day of {regions} regions and 20 clients with all frictions",
        scenario,
        (
            Entry(GEOFRONT, "geofront:place", chosen),
            Entry(SCIPY_BY_DAY, "scipy_highs:place", chosen),
            Entry(HIGHSPY_BY_DAY, "highspy_arrays:place", chosen),
        ),
        note=_REGIONS_NOTE,
    )


def _big(scenario: Callable[[], xr.Dataset]) -> Case:
    chosen = {"frictions": FRICTIONS}
    return Case(
        "big",
        "week of 60 regions, 200 clients and 8 classes with all frictions, in daily blocks",
        scenario,
        (Entry(GEOFRONT, "geofront:place", chosen), Entry(HIGHSPY_BY_DAY, "highspy_arrays:place", chosen)),
        note=_BIG_NOTE,
    )


def _growth(weeks: int, scenario: Callable[[], xr.Dataset]) -> Case:
    """Case with few peers and one run, because there are many of these cases."""
    chosen = {"frictions": WITHOUT_MIGRATION}
    entries = [
        Entry(GEOFRONT, "geofront:place", chosen),
        Entry(LINOPY_BY_DAY, "linopy_highs:place_by_block", chosen),
        Entry(HIGHSPY_BY_HOUR, "highspy_arrays:place", chosen),
    ]
    if weeks <= 4:
        entries.insert(1, Entry(LINOPY, "linopy_highs:place", chosen))
    title = f"{weeks} weeks of 12 regions without migration"
    return Case(f"growth-{weeks}", title, scenario, tuple(entries), repeats=1)

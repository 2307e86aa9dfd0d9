"""What is measured: every case is one instance and the tools that solve it."""

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
HIGHSPY_BY_HOUR = "highspy, hour by hour, warm start"
HIGHSPY_BY_DAY = "highspy, day by day, warm start"
SCIPY_BY_DAY = "scipy linprog, a program per day"

_HOURS_NOTE = (
    "Hours are independent. One program of all hours costs the simplex method more than proportionally, so splitting "
    "it by days pays. Going through the hours in one model that stays warm, as geofront does, pays most, and highspy "
    "can do that too; geofront moreover gathers clients that are alike and skips the solver where no capacity binds. "
    "What is left is an exchange of figures with the solver for every hour.")
_BLOCKS_NOTE = (
    "Warm-up ties the 24 hours of a day together, so a day is the smallest program there is. Most of geofront's time "
    "is CBC's simplex method; what it saves is columns, because it starts with few and adds those that pay.")
_FRONTIER_NOTE = (
    "The frontier has a point wherever one more region comes into reach of some client; geofront solves a day again "
    "only where that lowers the objective. linopy solves every point from scratch. Most of geofront's time is CBC's "
    "simplex method, which takes a few hundred steps for a day that changes, and every day changes at most of the "
    "budgets that matter at all: that is why the target is missed.")
_SWEEP_NOTE = (
    "linopy solves every point from scratch; highspy leads one warm model per hour through all points. geofront leads "
    "one per day, because that takes hardly longer than for an hour, and leaves out the days that an opening region "
    "does not change.")


@dataclass(frozen=True)
class Entry:
    """One way of solving a case: ``function`` is ``module:function`` in ``benchmarks.tools``."""

    tool: str
    function: str
    arguments: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """An instance and who solves it, geofront first; the note says what bounds the time."""

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
        Whether to take small instances, to try the benchmarks out.
    hours_file : str
        Tidy file of real hours; stylized hours if empty.
    """
    year = partial(instances.year, hours_file)
    listed = [
        _year("year", "year of 12 regions without migration", partial(year, 7 if quick else 365)),
        _coupled("coupled", "year of 12 regions with all frictions, in daily blocks",
                 partial(year, 2 if quick else 365)),
        _wide(partial(instances.wide, days=1 if quick else 7)),
        _frontier(partial(instances.typical_days, hours_file, "day" if quick else "month-hour"), quick),
        _sweep(partial(year, 1 if quick else 7), quick),
        *(_growth(weeks, partial(year, 7 * weeks)) for weeks in ((1, 2) if quick else (1, 2, 4, 8, 16, 32))),
    ]
    return {case.name: replace(case, repeats=1) if quick else case for case in listed}


def _year(name: str, title: str, scenario: Callable[[], xr.Dataset]) -> Case:
    chosen = {"frictions": WITHOUT_MIGRATION}
    return Case(name, title, scenario, (
        Entry(GEOFRONT, "geofront:place", chosen),
        Entry(LINOPY, "linopy_highs:place", chosen),
        Entry(LINOPY_BY_DAY, "linopy_highs:place_by_block", chosen),
        Entry(HIGHSPY_BY_HOUR, "highspy_arrays:place", chosen),
        Entry(SCIPY_BY_DAY, "scipy_highs:place", chosen),
    ), note=_HOURS_NOTE)


def _coupled(name: str, title: str, scenario: Callable[[], xr.Dataset]) -> Case:
    chosen = {"frictions": FRICTIONS}
    return Case(name, title, scenario, (
        Entry(GEOFRONT, "geofront:place", chosen),
        Entry(LINOPY_BY_DAY, "linopy_highs:place_by_block", chosen),
        Entry(HIGHSPY_BY_DAY, "highspy_arrays:place", chosen),
        Entry(SCIPY_BY_DAY, "scipy_highs:place", chosen),
    ), note=_BLOCKS_NOTE)


def _wide(scenario: Callable[[], xr.Dataset]) -> Case:
    return _year("wide", "week of 40 regions and 60 clients without migration", scenario)


def _frontier(scenario: Callable[[], xr.Dataset], quick: bool) -> Case:
    budgets = np.geomspace(20, 4000, 2 if quick else 6).tolist()
    return Case("frontier", "exact frontier of all classes with all frictions, month-hour snapshots", scenario, (
        Entry(GEOFRONT, "geofront:frontier"),
        Entry(LINOPY, "linopy_highs:frontier", {"budgets": budgets}),
    ), note=_FRONTIER_NOTE)


def _sweep(scenario: Callable[[], xr.Dataset], quick: bool) -> Case:
    budgets = np.geomspace(15, 4000, 8 if quick else 60)
    prices = np.linspace(0, 190, 4 if quick else 20)

    def grid(every_budget: int = 1, every_price: int = 1) -> dict:
        return {"network_budgets": budgets[::every_budget].tolist(), "carbon_prices": prices[::every_price].tolist(),
                "frictions": WITHOUT_MIGRATION}

    return Case("sweep", "network budgets × carbon prices over a week without migration", scenario, (
        Entry(GEOFRONT, "geofront:sweep", grid()),
        Entry(LINOPY, "linopy_highs:sweep", grid(4, 3) if quick else grid(15, 7)),
        Entry(HIGHSPY_BY_HOUR, "highspy_arrays:sweep", grid(2) if quick else grid(10)),
    ), note=_SWEEP_NOTE)


def _growth(weeks: int, scenario: Callable[[], xr.Dataset]) -> Case:
    """Few peers and one run, because there are many of these cases."""
    chosen = {"frictions": WITHOUT_MIGRATION}
    entries = [Entry(GEOFRONT, "geofront:place", chosen), Entry(LINOPY_BY_DAY, "linopy_highs:place_by_block", chosen)]
    if weeks <= 4:
        entries.insert(1, Entry(LINOPY, "linopy_highs:place", chosen))
    title = f"{weeks} weeks of 12 regions without migration"
    return Case(f"growth-{weeks}", title, scenario, tuple(entries), repeats=1)

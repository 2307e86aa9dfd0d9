"""Changes of a limit over which its worth holds: demand is placed again at other values of the limit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, instance, whole
from geofront.errors import Infeasible
from geofront.model.certificate import objective_of
from geofront.model.problem import Problem
from geofront.names import REGION, WORKLOAD
from geofront.quantities.worth import JURISDICTIONS, Prices, capacity_worth, law_worth, locality_worth, of_jurisdictions
from geofront.results import SOLVED, result
from geofront.scenarios.alignment import aligned_flow
from geofront.scenarios.validation import admitted
from geofront.solver import engine
from geofront.solver.engine import WarmStart

WITHIN, CLOSE = 0.05, 0.02
"""The worth holds if the mean saving per unit differs from it by at most the first of these; a change at which it
differs by more than the second is close enough to the largest [-]."""

FIRST, SMALLEST = 0.05, 1e-4
"""First change that is tried, and change below which the worth does not hold at all, relative to the largest [-]."""

MOST_PERCENT = 10.0
"""Largest change of a class's pinned share [percentage points]."""

_WARM_START = instance(WarmStart, "make one with gf.WarmStart()")


@checked(scenario=admitted, placement=result(SOLVED), largest=whole(least=0), warm_start=_WARM_START)
def capacity_range(
    scenario: xr.Dataset, placement: xr.Dataset, *, largest: int | None = None, warm_start: WarmStart | None = None
) -> pd.DataFrame:
    """Find by how much the capacity of a region can change while the worth of a megawatt holds.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        Result of :func:`geofront.place` for the scenario.
    largest : int, optional
        Number of regions, those with the largest worth; all by default.
    warm_start : WarmStart, optional
        Cached optima of the placement, which save time. They stay as they are.

    Returns
    -------
    pandas.DataFrame
        Index ``region``, for regions whose capacity is worth something; ``less`` and ``more`` [MW], decrease and
        increase in every hour up to which the mean saving per megawatt is within 5 % of the worth. The largest changes
        considered are the region's capacity, or for ``less`` its least over the hours.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, or the placement has another one.

    Notes
    -----
    See "What limits are worth" in docs/model.md.
    """
    limit = _Limit(scenario, placement, warm_start)
    ranges = {}
    for region, worth in _valuable(capacity_worth(placement).worth, largest).items():
        row = limit.problem.labels[REGION] == region
        capacity = limit.problem.capacity

        def changed(change: float, row=row, capacity=capacity) -> Problem:
            return replace(limit.problem, capacity=capacity + change * row[:, None])

        more = limit.holds(changed, worth, float(capacity[row].max()))
        least = float(capacity[row].min())
        ranges[region] = limit.holds(lambda change: changed(-change), -worth, least, min(more / 2, least)), more
    return _table(ranges, pd.Index([], name=REGION))


@checked(scenario=admitted, placement=result(SOLVED), largest=whole(least=0), warm_start=_WARM_START)
def locality_range(
    scenario: xr.Dataset, placement: xr.Dataset, *, largest: int | None = None, warm_start: WarmStart | None = None
) -> pd.DataFrame:
    """Find by how much the movable share of a class can change while the worth of a percentage point holds.

    Parameters
    ----------
    scenario, placement, warm_start
        As for :func:`geofront.capacity_range`.
    largest : int, optional
        Number of classes, those with the largest worth; all by default.

    Returns
    -------
    pandas.DataFrame
        Index ``workload``, for classes with a worth; ``less`` and ``more`` [percentage points] of the class's demand
        that may leave home, at most 10.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, or the placement has another one.

    Notes
    -----
    See "What limits are worth" in docs/model.md.
    """
    limit = _Limit(scenario, placement, warm_start)
    pinned, ranges = limit.problem.pinned, {}
    for workload, worth in _valuable(locality_worth(placement).worth, largest).items():
        row = limit.problem.labels[WORKLOAD] == workload

        def changed(percent: float, row=row) -> Problem:
            return replace(limit.problem, pinned=np.clip(pinned - percent / 100 * row, 0, 1))

        room = 100 * (1 - pinned[row].item()), 100 * pinned[row].item()
        less, more = (min(MOST_PERCENT, each) for each in room)
        ranges[workload] = (
            limit.holds(lambda percent: changed(-percent), -worth, less, less),
            limit.holds(changed, worth, more, more),
        )
    return _table(ranges, pd.Index([], name=WORKLOAD))


@checked(
    scenario=admitted, placement=result(SOLVED), clients=JURISDICTIONS, regions=JURISDICTIONS, largest=whole(least=0)
)
def law_range(
    scenario: xr.Dataset, placement: xr.Dataset, clients: pd.Series, regions: pd.Series, *, largest: int | None = None
) -> pd.DataFrame:
    """Find for which part of a pair of jurisdictions the worth of a lawful transfer holds.

    Parameters
    ----------
    scenario, placement, clients, regions
        As for :func:`geofront.law_worth`.
    largest : int, optional
        Number of pairs, those with the largest worth; all by default.

    Returns
    -------
    pandas.DataFrame
        Index ``from``, ``to``, for pairs with a worth; ``more`` [-], the part of the regulated demand for which the
        transfer can become lawful; 1 is all of it.

    Raises
    ------
    GeofrontError
        As for :func:`geofront.law_worth`.

    Notes
    -----
    See "What limits are worth" in docs/model.md.
    """
    limit = _Limit(scenario, placement, None)
    client_of, region_of = of_jurisdictions(scenario, clients, regions)
    ranges = {}
    valuable = _valuable(law_worth(scenario, placement, clients, regions).worth, largest)
    for (origin, target), worth in zip(valuable.index.to_list(), valuable, strict=True):
        chosen, opened = np.flatnonzero(client_of == origin), region_of == target

        def changed(part: float, chosen=chosen, opened=opened) -> Problem:
            return _with_lawful_part(limit.problem, chosen, opened, part)

        ranges[origin, target] = np.nan, limit.holds(changed, worth, 1.0, 1.0)
    return _table(ranges, pd.MultiIndex.from_tuples([], names=["from", "to"]))[["more"]]


class _Limit:
    """Problem whose limits change, and the objective at the present ones."""

    def __init__(self, scenario: xr.Dataset, placement: xr.Dataset, warm_start: WarmStart | None):
        self.problem = Prices(scenario, placement).problem
        self.least = objective_of(self.problem, aligned_flow(scenario, placement.flow).values)
        self.warm_start = warm_start or WarmStart()

    def holds(self, changed: Callable[[float], Problem], worth: float, most: float, first: float = 0.0) -> float:
        """Largest change, of at most `most`, at which the mean saving per unit is within `WITHIN` of a worth.

        The difference grows with the change, because the objective is convex in its limits.
        """
        cached = WarmStart(self.warm_start.most_blocks)
        cached.update(self.warm_start)
        holds, fails = 0.0, np.inf
        change = first or FIRST * most
        while change > SMALLEST * most:
            try:
                solution = engine.solve(changed(change), warm_start=cached, interruptible=False, unique=False)
                saving = self.least - objective_of(changed(change), solution.flow)
                off = abs(1 - saving / (worth * change))
            except Infeasible:
                off = np.inf
            if off <= WITHIN:
                holds = change
                if off >= CLOSE or change == most:
                    break
            else:
                fails = change
            # The difference is roughly proportional to the change.
            aimed = min(change * 0.8 * WITHIN / max(off, SMALLEST), most)
            change = aimed if holds < aimed < fails else (holds + fails) / 2
        return holds


def _with_lawful_part(problem: Problem, chosen: np.ndarray, opened: np.ndarray, part: float) -> Problem:
    """Divide clients in two: a part of their demand for which more regions are lawful, and the rest."""
    clients = np.append(np.arange(len(problem.home)), chosen)
    share, lawful = np.ones(len(clients)), problem.lawful[clients]
    share[chosen], share[len(problem.home) :] = 1 - part, part
    lawful[len(problem.home) :] |= opened
    return replace(
        problem,
        home=problem.home[clients],
        allowed=problem.allowed[clients],
        lawful=lawful,
        regulated=problem.regulated[clients],
        demand=problem.demand[clients] * share[:, None, None],
    )


def _valuable(worth: pd.Series, largest: int | None) -> pd.Series:
    """The limits with the largest worth, as numbers: an empty table has columns of objects."""
    return worth[worth > 0].astype(float).nlargest(len(worth) if largest is None else largest)


def _table(ranges: dict, index: pd.Index) -> pd.DataFrame:
    columns = ["less", "more"]
    if not ranges:
        return pd.DataFrame(columns=columns, index=index, dtype=float)
    return pd.DataFrame.from_dict(ranges, orient="index", columns=columns).set_axis(
        pd.Index(list(ranges), name=index.name)
        if index.nlevels == 1
        else pd.MultiIndex.from_tuples(ranges, names=index.names)
    )

"""The least cost at every level of emissions, exact to a tolerance."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from tqdm.auto import tqdm

from geofront.arguments import checked, number, truth
from geofront.model.costs import (
    COST_WEIGHT,
    arc_terms,
    carbon_cost,
    check_carbon_prices,
    check_frictions,
    objective_rates,
    with_frictions,
)
from geofront.model.origins import Block, gather
from geofront.model.problem import build_problem, starts
from geofront.names import FRICTIONS
from geofront.placement import local, totals
from geofront.quantities.policies import all_policies
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted
from geofront.shared import shared_in_run
from geofront.solver.engine import optimum_of
from geofront.solver.optimum import Placer
from geofront.solver.program import Optimum
from geofront.threads import in_threads

CLEANEST = 1000 / COST_WEIGHT
"""Carbon price at which least cost is equivalent to ``objective="carbon"`` [USD/t]."""

FIRST_STEP, SHORTEST = 30.0, 3.0
"""First and shortest step of the carbon price [USD/t]."""

WIDEST = 10.0
"""How much longer a step of the carbon price may be than the last [-]."""

SMALLEST_TOLERANCE = 1e-8
"""Smallest tolerance, limited by rounding [-]."""

ROUNDING = 1e-12
"""Largest difference that counts as zero, relative to the totals of a block [-]."""

_ATTRS = {
    "cost": ("USD/yr", "Cost without payments for carbon"),
    "emissions": ("kg/yr", "Emissions"),
    "cost_per_mwh": ("USD/MWh", "Cost without payments for carbon"),
    "carbon_per_mwh": ("kg/MWh", "Emissions"),
    "carbon_price": ("USD/t", "Carbon price from which the point is cheaper than the one before"),
}

_POLICY = ("objective", "carbon_price", "cost_per_mwh", "carbon_per_mwh")


class Point(NamedTuple):
    """The optimum of a block at a carbon price."""

    carbon_price: float  # [USD/t]
    cost: float  # without the carbon price [USD/yr]
    emissions: float  # [kg/yr]
    optimum: Optimum


@checked(
    scenario=admitted,
    tolerance=number(least=SMALLEST_TOLERANCE, most=1),
    carbon_prices=check_carbon_prices,
    frictions=check_frictions,
    progress=truth,
)
@shared_in_run
def pareto(
    scenario: xr.Dataset, *, tolerance: float = 1e-4, carbon_prices=(), frictions=FRICTIONS, progress: bool = False
) -> xr.Dataset:
    """Compute the front of cost against emissions: the least cost at every level of emissions.

    Parameters
    ----------
    scenario : xarray.Dataset
    tolerance : float
        Largest error of the front, relative to the cost of all-local execution, or to 1 USD/MWh if that is more [-].
    carbon_prices : sequence of float
        The optimum at each of these carbon prices [USD/t] is a point of the front.
    frictions : sequence of str
    progress : bool
        Whether to show a progress bar of blocks.

    Returns
    -------
    xarray.Dataset
        Dim ``point``, from least cost to least emissions. The front is the line through the points.

        - ``cost`` [USD/yr] without payments for carbon and ``emissions`` [kg/yr]; ``cost_per_mwh`` [USD/MWh] and
          ``carbon_per_mwh`` [kg/MWh] of the demand.
        - ``carbon_price`` (point) [USD/t]: price above which the point is cheaper than the previous one; 0 at the
          first point.
        - attribute ``error`` [-]: largest possible distance of the exact front below this one, relative as
          ``tolerance``.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, the tolerance is not between 1e-8 and 1, or the capacities cannot hold the demand.

    Notes
    -----
    See "Cost against emissions" in docs/model.md. Blocks are independent, so the front of all blocks consists of the
    segments of each block's front, sorted by slope. The front of a block is found by optima at growing carbon prices
    and then by bisection: the optimum at the slope between two known points is a new point, or proves that the segment
    is part of the front. The tangents at known points bound the error of the other segments.
    """
    baseline = totals(local(scenario))
    blocks = Blocks(scenario, frictions)
    hours = blocks.problem.blocks()
    scale = max(abs(baseline["cost"]), baseline["demand_mwh"], 1.0)
    largest_gap = tolerance * scale / len(hours)

    def work(share: list[np.ndarray], check: Callable[[], None]) -> list[tuple[list[Point], float]]:
        placer, fronts = Placer(blocks.origins.reach, None, unique=False), []
        for each in share:
            check()
            fronts.append(_front(blocks, each, placer, largest_gap, carbon_prices))
            bar.update()
        return fronts

    with tqdm(total=len(hours), desc="pareto", unit="block", disable=not progress) as bar:
        fronts = [front for share in in_threads(work, [hours[::2], hours[1::2]]) for front in share]
    return _dataset(fronts, baseline, scale)


class Blocks:
    """Blocks of a scenario at any carbon price.

    Parameters
    ----------
    scenario : xarray.Dataset
        Validated.
    frictions : sequence of str
    """

    def __init__(self, scenario: xr.Dataset, frictions):
        self.problem = build_problem(scenario, frictions=frictions)
        self.origins = gather(self.problem)
        terms = arc_terms(with_frictions(scenario, frictions))
        self.emissions = objective_rates(terms, "carbon", 0.0, tie_break=False)

    def point(self, hours: np.ndarray, placer: Placer, carbon_price: float, start: Optimum | None = None) -> Point:
        """Solve a block at a carbon price, with a warm start."""
        # A weighted mean of cost and emissions keeps the size of coefficients the same at any carbon price.
        of_carbon = carbon_cost(carbon_price, 1.0)
        of_cost = 1 / (1 + of_carbon)
        priced = replace(
            self.problem.at(hours),
            price=of_cost * (self.problem.price[:, hours] + of_carbon * self.emissions.price[:, hours]),
            warmup=of_cost * (self.problem.warmup[..., hours] + of_carbon * self.emissions.warmup[..., hours]),
        )
        origins = replace(self.origins, fixed=of_cost * self.origins.fixed)
        optimum = optimum_of(Block(priced, origins), placer, start)
        return Point(carbon_price, *self.totals(hours, optimum), optimum)

    def totals(self, hours: np.ndarray, optimum: Optimum) -> tuple[float, float]:
        """Cost [USD/yr] and emissions [kg/yr] of a block's placement."""
        problem = self.problem.at(hours)
        load = optimum.block.load(optimum.placed)
        started = starts(problem, self.origins.relocated(optimum.placed, len(problem.pinned)))
        cost = (
            (load * problem.price).sum(axis=0)
            + (started * problem.warmup).sum(axis=(0, 1))
            + np.einsum("ort,or->t", optimum.placed, self.origins.fixed)
        )
        emissions = (load * self.emissions.price[:, hours]).sum(axis=0) + (
            started * self.emissions.warmup[..., hours]
        ).sum(axis=(0, 1))
        return float(cost @ problem.weight), float(emissions @ problem.weight)


def _front(blocks: Blocks, hours: np.ndarray, placer: Placer, largest_gap: float, prices) -> tuple[list[Point], float]:
    """Points of a block's front from least cost to least emissions, and the largest remaining gap [USD/yr]."""
    known = _at_growing_prices(blocks, hours, placer, largest_gap, prices)
    front, later, gap = known[:1], known[:0:-1], 0.0
    while later:
        left, right = front[-1], later[-1]
        remaining = _gap(left, right)
        if remaining > largest_gap:
            price = 1000 * (right.cost - left.cost) / (left.emissions - right.emissions)
            near = min(left, right, key=lambda point: abs(point.carbon_price - price))
            middle = blocks.point(hours, placer, price, near.optimum)
            gain = _objective(left, price) - _objective(middle, price)
            if gain > 0 and left.emissions > middle.emissions > right.emissions:
                later.append(middle)
                continue
            remaining = max(gain, 0.0)
        gap = max(gap, remaining)
        front.append(later.pop())
    return front, gap


def _at_growing_prices(blocks: Blocks, hours: np.ndarray, placer: Placer, largest_gap: float, prices) -> list[Point]:
    """Optima of a block at growing carbon prices, the given ones among them.

    Each is a warm start of the next. Where carbon intensity is flat in time, a cold start at the clean end takes many
    times as long. Steps get longer where they leave a small gap.
    """
    points, step = [blocks.point(hours, placer, 0.0)], FIRST_STEP
    stops = sorted({CLEANEST, *(price for price in prices if price > 0)})
    while points[-1].carbon_price < CLEANEST:
        last = points[-1]
        stop = next(price for price in stops if price > last.carbon_price)
        points.append(blocks.point(hours, placer, min(last.carbon_price + step, stop), last.optimum))
        gap = _gap(last, points[-1])
        longer = np.sqrt(largest_gap / (2 * gap)) if gap > 0 else WIDEST
        step = max(min(longer, WIDEST) * step, SHORTEST)
    return points


def _objective(point: Point, price: float) -> float:
    """Cost with a carbon price [USD/yr]."""
    return point.cost + carbon_cost(price, point.emissions)


def _gap(left: Point, right: Point) -> float:
    """Largest distance of the front below the segment between two points, from the tangents at both [USD/yr]."""
    saved = left.emissions - right.emissions
    tangents = carbon_cost(right.carbon_price - left.carbon_price, 1.0)
    if saved <= ROUNDING * abs(left.emissions) or tangents <= 0:
        return 0.0
    # The tangents intersect at this saving of emissions.
    part = (carbon_cost(right.carbon_price, saved) - (right.cost - left.cost)) / tangents
    segment = (right.cost - left.cost) * part / saved
    return max(0.0, segment - carbon_cost(left.carbon_price, part))


def at_carbon_price(front: xr.Dataset, carbon_price: float) -> xr.Dataset:
    """The point of a front that is the optimum at a carbon price [USD/t].

    Parameters
    ----------
    front : xarray.Dataset
        What :func:`pareto` returned. The point is exact if the front was asked for this carbon price.
    carbon_price : float
    """
    return front.isel(point=np.searchsorted(front.carbon_price, carbon_price, side="right") - 1)


def policies_on_front(front: xr.Dataset, others: pd.DataFrame, carbon_prices) -> pd.DataFrame:
    """Cost and emissions of the placement policies: those that minimise cost or emissions are points of the front.

    Parameters
    ----------
    front : xarray.Dataset
        What :func:`pareto` returned with these carbon prices.
    others : pandas.DataFrame
        What :func:`geofront.policies` returned for the other policies.
    carbon_prices : sequence of float
        Of the joint policies [USD/t].

    Returns
    -------
    pandas.DataFrame
        Index ``policy``; ``objective``, ``carbon_price`` [USD/t], ``cost_per_mwh`` [USD/MWh] and ``carbon_per_mwh``
        [kg/MWh], as from :func:`geofront.policies`.
    """
    rows: dict[str, Any] = {}
    for policy in all_policies(carbon_prices):
        if policy.name in others.index:
            rows[policy.name] = others.loc[policy.name, list(_POLICY)]
        else:
            cleanest = policy.objective == "carbon"
            point = at_carbon_price(front, CLEANEST if cleanest else policy.carbon_price)
            values = policy.objective, policy.carbon_price, float(point.cost_per_mwh), float(point.carbon_per_mwh)
            rows[policy.name] = dict(zip(_POLICY, values, strict=True))
    return pd.DataFrame.from_dict(rows, orient="index", columns=_POLICY).rename_axis("policy")


def _dataset(fronts: list[tuple[list[Point], float]], baseline, scale: float) -> xr.Dataset:
    """Front of all blocks: it starts at the least cost of each block and adds segments in order of slope."""
    values = [np.array([(point.cost, point.emissions) for point in front]) for front, _ in fronts]
    start = sum(points[0] for points in values)
    steps = np.concatenate([np.diff(points, axis=0) for points in values])
    steps = steps[steps[:, 1] < -ROUNDING * abs(start[1])]
    price = -1000 * steps[:, 0] / steps[:, 1]
    order = np.argsort(price, kind="stable")
    cost, emissions = np.concatenate([start[None], start + np.cumsum(steps[order], axis=0)]).T
    per_mwh = 1 / baseline["demand_mwh"] if baseline["demand_mwh"] else np.nan
    front = xr.Dataset(
        {
            "cost": ("point", cost),
            "emissions": ("point", emissions),
            "cost_per_mwh": ("point", cost * per_mwh),
            "carbon_per_mwh": ("point", emissions * per_mwh),
            "carbon_price": ("point", np.concatenate([[0.0], price[order]])),
        },
        {"point": np.arange(len(cost))},
        {"error": sum(gap for _, gap in fronts) / scale},
    )
    return described(front, _ATTRS)

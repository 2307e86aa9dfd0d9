"""Prices that answer: a placement whose facility load moves the price of every region."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, number, table
from geofront.beyond.program import BlockProgram, Solved
from geofront.errors import GeofrontError, Infeasible, first_labels
from geofront.inputs import loaders, table_paths
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.model.formulation import shortage
from geofront.model.origins import Block, gather
from geofront.model.problem import Problem, build_problem, starts
from geofront.names import CLIENT, FRICTIONS, HOUR, REGION, WEIGHT, WORKLOAD
from geofront.placement import evaluate, local, totals
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted
from geofront.solver.optimum import arc_costs

BEHAVIOURS = {"price-taking": 0.5, "fleet": 1.0}
"""Weight of the squared load in the objective: the area under the price, or the price times the load [-]."""

HOURS_PER_YEAR = 8760

STEEPEST = 1e9
"""Steeper slopes are mistakes [USD/MWh per MW]."""

SEGMENTS = 8
FINER = 8.0
"""Ratio of segments before and after a refinement [-]."""

MOST_REFINEMENTS = 12

_STEPS = np.array([-9.0, -3.0, -1.0, 0.0, 1.0, 3.0, 9.0])
"""Inner ends of the segments around the last load, in lengths of the shortest segment."""

_ATTRS = {
    "flow": ("MW", "IT power executed"),
    "price": ("USD/MWh", "Electricity price with the response"),
    "facility_load": ("MW", "Facility load"),
    "home_load": ("MW", "Facility load at home"),
    "zone_share": ("1", "Change of load relative to the zone's"),
    "system_saving": ("USD/MWh", "Saving of the whole system"),
    "bill_saving": ("USD/MWh", "Saving of the fleet's own bill"),
    "others_saving": ("USD/MWh", "Saving of the other consumers"),
}


@checked(scenario=admitted, percent=number("percent", least=0, most=1000), tables_dir=table_paths.tables_folder)
def price_slopes(scenario: xr.Dataset, percent: float = 1.0, *, tables_dir=None) -> pd.DataFrame:
    """By how much the price of each region rises with load: a percentage of its mean per percent of zone load.

    Parameters
    ----------
    scenario : xarray.Dataset
    percent : float
        Rise of the price, in percent of its mean, per percent of the zone's mean load. An assumption.
    tables_dir : str or path, optional
        Folder with your own ``zones.csv``.

    Returns
    -------
    pandas.DataFrame
        Index ``region``; ``slope`` [USD/MWh per MW] and ``zone_load``, the mean load of the zone [MW]. The price of
        regions that ``zones.csv`` lacks does not respond: slope 0, infinite zone load.

    Raises
    ------
    GeofrontError
        Invalid scenario.

    Notes
    -----
    See "Prices that answer" in docs/model.md. Loads: ``data/zones.csv``. There are no hourly loads beside the hourly
    prices, so no slope is estimated by regression.
    """
    zones = loaders.zones(tables_dir).consumption_twh
    load = zones.reindex(scenario[REGION].values) * 1e6 / HOURS_PER_YEAR
    mean = scenario.price.weighted(scenario[WEIGHT]).mean(HOUR).to_series().clip(lower=0.0)
    slopes = pd.DataFrame({"slope": percent * mean / load, "zone_load": load}).rename_axis(REGION)
    return slopes.fillna({"slope": 0.0, "zone_load": np.inf})


@checked(
    scenario=admitted,
    price_slope=table(["slope", "zone_load"], maker="gf.price_slopes", index=False),
    behaviour=choice(BEHAVIOURS),
    largest_share=number(above=0, most=1e9),
    tolerance=number(least=1e-9, most=1),
    carbon_price=check_carbon_price,
    frictions=check_frictions,
)
def equilibrium(
    scenario: xr.Dataset,
    price_slope: pd.DataFrame,
    *,
    behaviour: str = "price-taking",
    largest_share: float = 0.2,
    tolerance: float = 1e-4,
    carbon_price: float = 0.0,
    frictions=FRICTIONS,
) -> xr.Dataset:
    """The placement at prices that rise and fall with its own load.

    Parameters
    ----------
    scenario : xarray.Dataset
        Its prices are those with all demand at home.
    price_slope : pandas.DataFrame
        Index ``region``; ``slope`` [USD/MWh per MW], not negative, and ``zone_load`` [MW], positive; see
        :func:`price_slopes`.
    behaviour : {"price-taking", "fleet"}
        Many small operators who take prices as given, or one who knows that its load moves them.
    largest_share : float
        Largest change of load that a linear price is trusted for, relative to the zone's load [-].
    tolerance : float
        Largest gap between the objective and its lower bound, relative to the larger of both, or to 1 USD/MWh of
        demand if that is more [-].
    carbon_price, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.Dataset
        - ``flow`` (client, region, workload, hour) [MW].
        - ``price`` (region, hour) [USD/MWh] with the response; ``facility_load`` and ``home_load`` (region, hour) [MW],
          with and without relocation; ``zone_share`` (region, hour) [-], their difference relative to the zone's load.
        - ``system_saving``, ``bill_saving`` and ``others_saving`` [USD/MWh of demand] against all-local execution.
        - attributes ``behaviour``, ``gap`` [-], the proven one, and ``objective`` [USD/yr].

    Raises
    ------
    GeofrontError
        Invalid scenario or argument, capacities that cannot hold the demand, or a change of load above
        ``largest_share``.

    Notes
    -----
    See "Prices that answer" in docs/model.md. The convex objective is made piecewise linear, and its segments are
    refined around the last load until the gap is proven. The bound needs shadow prices only, not a solver's word.
    Warm-up is charged at the mean prices of its block without response.
    """
    problem = build_problem(scenario, carbon_price=carbon_price, frictions=frictions)
    response = _response(scenario, problem, price_slope, BEHAVIOURS[behaviour])
    origins = gather(problem)
    flow = np.zeros((*problem.away().shape, *problem.demand.shape[1:]))
    objective = bound = 0.0
    energy = float((problem.demand @ problem.weight).sum())
    blocks = [Block(problem.at(hours), origins) for hours in problem.blocks()]
    for hours, block in zip(problem.blocks(), blocks, strict=True):
        part = _block_optimum(block, response.at(hours), tolerance, energy / len(blocks))
        flow[..., hours] = block.flows(part.placed)
        objective, bound = objective + part.objective, bound + part.bound
    result = _result(scenario, price_slope, flow, carbon_price=carbon_price, frictions=frictions)
    share = abs(result.zone_share)
    if float(share.max()) > largest_share:
        place = share.isel(share.argmax(...))
        raise GeofrontError(
            f"the load of {place[REGION].item()} changes by {float(place):.0%} of its zone's at {place[HOUR].values}, "
            f"above largest_share={largest_share:g}: a linear price does not hold there, so lower the demand"
        )
    scale = max(abs(objective), abs(bound), energy, 1.0)
    return result.assign_attrs(behaviour=behaviour, objective=objective, gap=(objective - bound) / scale)


class Response(NamedTuple):
    """Cost of load that is linear plus quadratic, in MW of IT power: ``price·L + curvature·(a·L² − home·L)``."""

    price: np.ndarray  # (r, t) per MWh
    curvature: np.ndarray  # (r, t) per MWh and MW
    home: np.ndarray  # (r, t) load at home [MW]
    quadratic: float  # a, one of `BEHAVIOURS`

    def at(self, hours) -> "Response":
        """Some of the hours."""
        return self._replace(price=self.price[:, hours], curvature=self.curvature[:, hours], home=self.home[:, hours])

    def cost(self, load: np.ndarray) -> np.ndarray:
        """Cost of a load, per hour."""
        return self.price * load + self.curvature * load * (self.quadratic * load - self.home)

    def least(self, price: np.ndarray, fewest: np.ndarray, most: np.ndarray) -> np.ndarray:
        """Least cost net of the worth of the load at a given price, over loads between two limits."""
        slope, bend = self.price - self.curvature * self.home - price, 2 * self.quadratic * self.curvature
        flat = np.divide(-slope, bend, out=np.zeros(slope.shape), where=bend > 0)
        loads = (fewest, np.clip(flat, fewest, most), most)
        return np.minimum.reduce([self.cost(load) - price * load for load in loads])


class Part(NamedTuple):
    """The placement of a block, its objective and a lower bound [USD/yr]."""

    placed: np.ndarray
    objective: float
    bound: float


def _response(scenario: xr.Dataset, problem: Problem, given: pd.DataFrame, quadratic: float) -> Response:
    regions = scenario.indexes[REGION]
    missing = regions.difference(given.index)
    if len(missing) or given.index.has_duplicates:
        which = f"has no row for regions {first_labels(missing)}" if len(missing) else "repeats regions"
        raise GeofrontError(f"price_slope {which}: pass gf.price_slopes(scenario)")
    slope, load = (given[name].loc[regions].to_numpy(float) for name in ("slope", "zone_load"))
    for name, wrong, need in (
        ("slope", ~((slope >= 0) & (slope <= STEEPEST)), "0 or more"),
        ("zone_load", ~(load > 0), "a positive number"),
    ):
        if wrong.any():
            raise GeofrontError(f"price_slope: {name!r} of {first_labels(regions[wrong])} is out of range: give {need}")
    home = np.zeros(problem.price.shape)
    np.add.at(home, problem.home_region[problem.home], problem.demand.sum(axis=1))
    curvature = slope * scenario.pue.values**2
    return Response(problem.price, np.repeat(curvature[:, None], home.shape[1], axis=1), home, quadratic)


def _block_optimum(block: Block, response: Response, tolerance: float, energy: float) -> Part:
    """The optimum of a block to a tolerance."""
    pinned, most = block.pinned_load, _largest_load(block)
    program = BlockProgram(block, segments=SEGMENTS)
    ends, length = np.linspace(pinned, most, SEGMENTS + 1), (most - pinned) / SEGMENTS
    best, last = None, np.zeros(pinned.shape)
    for refinement in range(MOST_REFINEMENTS):
        widths = np.diff(ends, axis=0)
        slopes = np.divide(
            np.diff([response.cost(end) for end in ends], axis=0), widths, out=np.zeros(widths.shape), where=widths > 0
        )
        try:
            method = "interior" if refinement else "dual"
            solved = program.solve(np.maximum.accumulate(slopes, axis=0), widths, method=method)
        except Infeasible as error:
            raise shortage(block.problem) from error
        part = _proven(block, response, solved)
        if best is None:
            best = part
        best = Part(*(part if part.objective <= best.objective else best)[:2], max(best.bound, part.bound))
        if best.objective - best.bound <= tolerance * max(abs(best.objective), energy, 1.0):
            return best
        # A load that has moved far may move on, so its segments stay as long as a part of that way.
        length = np.maximum(length / FINER, abs(solved.load - last) / 3) if refinement else length / FINER
        last = solved.load
        inner = pinned + solved.load + _STEPS[:, None, None] * length
        ends = np.concatenate([pinned[None], np.clip(inner, pinned, most), most[None]])
    return best


def _proven(block: Block, response: Response, solved: Solved) -> Part:
    """The objective of a placement, and the lower bound that its shadow prices prove."""
    problem, origins = block.problem, block.origins
    relocated = origins.relocated(solved.placed, len(problem.pinned))
    hourly = (
        response.cost(block.load(solved.placed)).sum(axis=0)
        + np.einsum("ort,or->t", solved.placed, origins.fixed)
        + (starts(problem, relocated) * problem.warmup).sum(axis=(0, 1))
    )
    price = solved.load_price
    cost = arc_costs(block, origins.reach, price - problem.price, solved.warmup_price)
    least = (
        (block.demand * cost.min(axis=1)).sum(axis=0)
        + (price * block.pinned_load).sum(axis=0)
        + response.least(price, block.pinned_load, _largest_load(block)).sum(axis=0)
    )
    return Part(solved.placed, float(hourly @ problem.weight), float(least @ problem.weight))


def _largest_load(block: Block) -> np.ndarray:
    """What a region can hold, or all movable demand if that is less, (r, t) [MW]."""
    movable = block.demand.sum(axis=0) * block.origins.execution.max(initial=1.0)
    return block.pinned_load + np.minimum(block.room, movable)


def _result(scenario: xr.Dataset, given: pd.DataFrame, flow: np.ndarray, **options) -> xr.Dataset:
    """Loads, prices and who saves what, of given flows."""
    dims = (CLIENT, REGION, WORKLOAD, HOUR)
    flow = xr.DataArray(flow, {dim: scenario[dim] for dim in dims}, dims)
    placed, at_home = evaluate(scenario, flow, **options), local(scenario, carbon_price=options["carbon_price"])
    slope, zone_load = (given[name].loc[scenario.indexes[REGION]].to_xarray() for name in ("slope", "zone_load"))
    load, home_load = (each.used_capacity * scenario.pue for each in (placed, at_home))
    change, weight = load - home_load, scenario[WEIGHT]
    saving = totals(at_home).cost - totals(placed).cost
    savings = {
        "system_saving": saving - float((weight * slope * change**2).sum()) / 2,
        "bill_saving": saving - float((weight * slope * change * load).sum()),
        "others_saving": -float((weight * slope * change * zone_load.where(slope > 0, 0.0)).sum()),
    }
    energy = totals(at_home).demand_mwh or np.nan
    result = xr.Dataset(
        {
            "flow": flow,
            "price": scenario.price + slope * change,
            "facility_load": load,
            "home_load": home_load,
            "zone_share": change / zone_load,
            **{name: value / energy for name, value in savings.items()},
        }
    )
    return described(result.transpose(*dims, missing_dims="ignore"), _ATTRS)

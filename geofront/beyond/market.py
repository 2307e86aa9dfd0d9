"""Prices that respond to load: a placement whose facility load moves the price of every region."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, number, table
from geofront.beyond.program import PlacementProgram
from geofront.errors import GeofrontError, first_labels
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.model.problem import Problem, build_problem
from geofront.names import CLIENT, FRICTIONS, HOUR, REGION, WEIGHT, WORKLOAD
from geofront.placement import evaluate, local, totals
from geofront.scenarios.alignment import labelled_flow
from geofront.scenarios.schema import described
from geofront.scenarios.validation import HOME, admitted

BEHAVIOURS = {"price-taking": 0.5, "fleet": 1.0}
"""Weight of the squared load in the objective: the area under the price, or the price times the load [-]."""

STEEPEST = 1e9
"""Steeper slopes are mistakes [USD/MWh per MW]."""

SEGMENTS = 8
FINER = 8.0
"""Ratio of the lengths of segments before and after a refinement [-]."""

MOST_REFINEMENTS = 12

_STEPS = np.array([-9.0, -3.0, -1.0, 0.0, 1.0, 3.0, 9.0])
"""Inner ends of the segments around the last load, in units of the shortest segment."""

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
        :func:`geofront.price_slopes`.
    behaviour : {"price-taking", "fleet"}
        Many small operators who take prices as given, or one operator who knows that its load moves prices.
    largest_share : float
        Largest change of load for which a linear price is accepted, relative to the zone's load [-].
    tolerance : float
        Largest gap between the objective and its lower bound, relative to the larger of the two, or to 1 USD/MWh of
        demand if that is larger [-].
    carbon_price, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.Dataset
        - ``flow`` (client, region, workload, hour) [MW].
        - ``price`` (region, hour) [USD/MWh] with the response; ``facility_load`` and ``home_load`` (region, hour) [MW],
          with and without relocation; ``zone_share`` (region, hour) [-], the difference relative to the zone's load.
        - ``system_saving``, ``bill_saving`` and ``others_saving`` [USD/MWh of demand] relative to all-local execution.
        - attributes ``behaviour``, ``gap`` [-], which is proven, and ``objective`` [USD/yr].

    Raises
    ------
    GeofrontError
        Invalid scenario or argument, lack of capacity, or a change of load above ``largest_share``.

    Notes
    -----
    See "Prices that respond" in docs/model.md.
    """
    problem = build_problem(scenario, carbon_price=carbon_price, frictions=frictions)
    given = _checked(price_slope, scenario.indexes[REGION])
    curvature = given.slope.to_numpy() * scenario.pue.values**2
    flow = np.zeros((*problem.away().shape, *problem.demand.shape[1:]))
    objective = bound = 0.0
    energy, blocks = float((problem.demand @ problem.weight).sum()), problem.blocks()
    for hours in blocks:
        block = Responsive(problem.at(hours), curvature, BEHAVIOURS[behaviour])
        flow[..., hours], its_objective, its_bound = block.optimum(tolerance, energy / len(blocks))
        objective, bound = objective + its_objective, bound + its_bound
    placed = evaluate(scenario, labelled_flow(scenario, flow), carbon_price=carbon_price, frictions=frictions)
    result = _compared(scenario, given.to_xarray(), placed, local(scenario, carbon_price=carbon_price))
    share = abs(result.zone_share)
    if float(share.max()) > largest_share:
        place = share.isel(share.argmax(...))
        raise GeofrontError(
            f"the load of {place[REGION].item()} changes by {float(place):.0%} of its zone's at {place[HOUR].values}, "
            f"above largest_share={largest_share:g}: a linear price is not valid there, so lower the demand"
        )
    scale = max(abs(objective), abs(bound), energy, 1.0)
    return result.assign_attrs(behaviour=behaviour, objective=objective, gap=(objective - bound) / scale)


def _compared(scenario: xr.Dataset, given: xr.Dataset, placed: xr.Dataset, at_home: xr.Dataset) -> xr.Dataset:
    """Loads, prices and savings of a placement relative to all-local execution."""
    load, home_load = (each.used_capacity * scenario.pue for each in (placed, at_home))
    change, local_totals = load - home_load, totals(at_home)
    saving, energy = local_totals.cost - totals(placed).cost, local_totals.demand_mwh or np.nan
    rise, zone_load = scenario[WEIGHT] * given.slope * change, given.zone_load
    result = xr.Dataset(
        {
            "flow": placed.flow.drop_vars(HOME),
            "price": scenario.price + given.slope * change,
            "facility_load": load,
            "home_load": home_load,
            "zone_share": change / zone_load,
            "system_saving": (saving - (rise * change).sum() / 2) / energy,
            "bill_saving": (saving - (rise * load).sum()) / energy,
            "others_saving": -(rise * zone_load.where(given.slope > 0, 0.0)).sum() / energy,
        }
    )
    return described(result.transpose(CLIENT, REGION, WORKLOAD, HOUR, missing_dims="ignore"), _ATTRS)


def _checked(price_slope: pd.DataFrame, regions: pd.Index) -> pd.DataFrame:
    """Slopes and zone loads in the order of the regions."""
    missing = regions.difference(price_slope.index)
    if len(missing) or price_slope.index.has_duplicates:
        which = f"has no row for regions {first_labels(missing)}" if len(missing) else "repeats regions"
        raise GeofrontError(f"price_slope {which}: pass gf.price_slopes(scenario)")
    given = price_slope.loc[regions, ["slope", "zone_load"]].astype(float)
    for name, wrong, need in (
        ("slope", ~given.slope.between(0, STEEPEST), "0 or more"),
        ("zone_load", ~(given.zone_load > 0), "a positive number"),
    ):
        if wrong.any():
            raise GeofrontError(f"price_slope: {name!r} of {first_labels(regions[wrong])} is out of range: give {need}")
    return given.rename_axis(REGION)


class Responsive(PlacementProgram):
    """The program of a block in which each load L [MW] has segments of rising cost.

    A load costs ``price·L + curvature·(quadratic·L² − home·L)`` per hour, with the curvature (r,) [USD/MWh per MW] of
    the price of IT power and one of the values of `BEHAVIOURS`.
    """

    def __init__(self, problem: Problem, curvature: np.ndarray, quadratic: float):
        super().__init__(problem)
        self.curvature, self.quadratic = curvature[:, None], quadratic
        self.home = np.zeros(problem.price.shape)
        np.add.at(self.home, problem.home_region[problem.home], problem.demand.sum(axis=1))
        movable = self.block.demand.sum(axis=0) * problem.execution.max()
        self.fewest = self.block.pinned_load
        self.most_load = self.fewest + np.minimum(self.block.room, movable)
        self.cost[self.load] = 0.0
        self.segments = self.columns(np.zeros((SEGMENTS, *self.fewest.shape)))
        self.divided = self.rows(self.fewest, self.fewest)
        self.add(self.divided, self.load, 1.0)
        self.add(self.divided, self.segments, -1.0)

    def load_cost(self, load: np.ndarray) -> np.ndarray:
        """Cost of a load, per hour."""
        return self.problem.price * load + self.curvature * load * (self.quadratic * load - self.home)

    def marginal_cost(self, load: np.ndarray) -> np.ndarray:
        """Cost of one more MW, per hour."""
        return self.problem.price + self.curvature * (2 * self.quadratic * load - self.home)

    def least_cost(self, price: np.ndarray) -> np.ndarray:
        """Least cost of a load, less its value at a given price, per hour."""
        slope, bend = self.marginal_cost(0.0) - price, 2 * self.quadratic * self.curvature
        flat = np.divide(-slope, bend, out=np.zeros(slope.shape), where=bend > 0)
        loads = self.fewest, np.clip(flat, self.fewest, self.most_load), self.most_load
        return np.minimum.reduce([self.load_cost(load) - price * load for load in loads])

    def optimum(self, tolerance: float, energy: float) -> tuple[np.ndarray, float, float]:
        """Flows by client (c, r, k, t) [MW], the objective and a lower bound [USD/yr], to a tolerance."""
        fewest, most = self.fewest, self.most_load
        ends, length = np.linspace(fewest, most, SEGMENTS + 1), (most - fewest) / SEGMENTS
        best, least, bound, load = np.zeros(0), np.inf, -np.inf, fewest
        for refinement in range(MOST_REFINEMENTS):
            x, objective, its_bound = self.linearised(ends)
            if objective <= least:
                best, least = x, objective
            bound = max(bound, its_bound)
            if least - bound <= tolerance * max(abs(least), energy, 1.0):
                break
            # A load that moved far may move further, so its segments keep a length in proportion to that move.
            last, load = load, x[self.load]
            length = np.maximum(length / FINER, abs(load - last) / 3) if refinement else length / FINER
            inner = np.clip(load + _STEPS[:, None, None] * length, fewest, most)
            ends = np.concatenate([fewest[None], inner, most[None]])
        return self.client_flows(best), least, bound

    def linearised(self, ends: np.ndarray) -> tuple[np.ndarray, float, float]:
        """The optimum with given ends of segments (s, r, t): columns, true objective and its lower bound."""
        weight, columns = self.problem.weight, self.segments.ravel()
        self.cost[self.segments] = self.marginal_cost((ends[:-1] + ends[1:]) / 2) * weight
        self.upper[self.segments] = np.diff(ends, axis=0)
        proved = self.solve("dual", unique=False)
        price = -proved.price[self.divided] / weight
        # The least true cost of each load replaces that of its segments in the bound.
        least = (self.least_cost(price) + price * self.fewest) @ weight
        of_segments = np.minimum(proved.reduced_cost[columns], 0.0) @ self.upper[columns]
        true_cost = self.load_cost(proved.x[self.load]) @ weight
        objective = proved.objective - self.cost[columns] @ proved.x[columns] + true_cost.sum()
        return proved.x, objective, proved.bound - of_segments + least.sum()

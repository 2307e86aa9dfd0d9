"""Placement of demand that may wait, in space and time together, block by block."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, label, several, whole
from geofront.beyond.program import PlacementProgram, Proved
from geofront.errors import GeofrontError, SolverError
from geofront.model.costs import (
    Rates,
    arc_terms,
    check_carbon_price,
    check_frictions,
    check_objective,
    objective_rates,
    with_frictions,
)
from geofront.model.problem import Problem, build_problem, starts
from geofront.names import BLOCK, FRICTIONS, HOUR, OBJECTIVE, OBJECTIVES, REGION, SERVICE, TOLERANCE, WEIGHT, WORKLOAD
from geofront.scenarios.schema import described
from geofront.scenarios.snapshots import longer_blocks
from geofront.scenarios.validation import admitted

OTHERS = ("home", "move")
"""Whether the other classes stay at home while one class may wait, or move as in a placement."""


_ATTRS = {
    "flow": ("MW", "IT power executed"),
    "backlog": ("MWh", "Demand that waits"),
    "mean_wait": ("h", "Mean wait"),
    "cost": ("USD/yr", "Cost"),
    "emissions": ("kg/yr", "Emissions"),
}


class Waiting(PlacementProgram):
    """The program of one block with a backlog, to be solved for several sets of windows.

    Parameters
    ----------
    problem : Problem
        The hours of the block, of equal weight.
    """

    def __init__(self, problem: Problem):
        super().__init__(problem)
        demand = self.queues.demand
        self.waits = self.columns(np.zeros(demand.shape), largest=demand.sum(axis=1, keepdims=True))
        self.add_change(self.balance, self.waits, 1.0)
        self.delay = np.append(self.delay, np.ones(demand.size))

    def optimum(self, windows: np.ndarray) -> Proved:
        """The optimum with the least delay and waiting, for windows (k,) [h]."""
        demand, longest = self.queues.demand, np.zeros(self.queues.demand.shape)
        for wait in range(int(windows.max())):
            longest += (windows > wait)[self.queues.workload][:, None] * np.roll(demand, wait, axis=1)
        self.upper[self.waits] = longest
        return self.solve("dual")

    def backlog(self, x: np.ndarray) -> np.ndarray:
        """Backlog at the end of each hour, (s, k, t) [MWh]."""
        backlog = np.zeros((len(self.problem.home_region), *self.problem.demand.shape[1:]))
        np.add.at(backlog, (self.queues.service, self.queues.workload), x[self.waits])
        return backlog


class Placed(NamedTuple):
    """Optima of all blocks of a problem, with one set of windows."""

    flow: np.ndarray  # (s, r, k, t) [MW]
    backlog: np.ndarray  # (s, k, t) [MWh]
    bound: np.ndarray  # (1,) lower bound of the objective [USD/yr or kg/yr]

    def mean_wait(self, problem: Problem) -> np.ndarray:
        """Mean wait of each class, (k,) [h]: its mean backlog divided by its mean arrivals."""
        waiting, arriving = (each.sum(axis=0) @ problem.weight for each in (self.backlog, problem.demand))
        return np.divide(waiting, arriving, out=np.zeros(waiting.shape), where=arriving > 0)

    def gap(self, problem: Problem) -> float:
        """Relative duality gap [-] of the objective computed from the flows; an error if it is not negligible."""
        rates = Rates(problem.price, problem.fixed, problem.warmup)
        objective, bound = spent(problem, rates, self.flow).sum(), float(self.bound[0])
        scale = max(abs(objective), abs(bound), (problem.weight * problem.demand).sum())
        gap = float((objective - bound) / scale) if scale else 0.0
        if not abs(gap) <= TOLERANCE:
            raise SolverError(f"the relative duality gap of demand that waits is {gap:.3g}: look for extreme values")
        return gap


def spent(problem: Problem, rates: Rates, flow: np.ndarray) -> np.ndarray:
    """Cost [USD/yr] or emissions [kg/yr] of flows (s, r, k, t) by class, with warm-up, (k,)."""
    burned = np.einsum("srkt,srk->rkt", flow, problem.execution)
    away = problem.home_region[:, None] != np.arange(flow.shape[1])
    risen = starts(problem, np.einsum("srkt,sr->rkt", flow, away))
    hourly = burned * rates.price[:, None] + np.einsum("srkt,srk->rkt", flow, rates.fixed) + risen * rates.warmup
    return hourly.sum(axis=0) @ problem.weight


def placed(problem: Problem, cases: list[np.ndarray]) -> list[Placed]:
    """Optima of all blocks for several sets of windows (k,) [h].

    Raises
    ------
    GeofrontError
        A window is no shorter than a block, or the hours of a block differ in weight.
    Infeasible
        The capacities cannot hold the demand.
    """
    check_windows(problem, np.max(cases, axis=0))
    (services, regions, classes), count = problem.execution.shape, len(problem.weight)
    shapes = (services, regions, classes, count), (services, classes, count), (1,)
    results = [Placed(*map(np.zeros, shapes)) for _ in cases]
    for hours in problem.blocks():
        block = Waiting(problem.at(hours))
        for windows, result in zip(cases, results, strict=True):
            optimum = block.optimum(windows)
            result.flow[..., hours], result.backlog[..., hours] = block.flows(optimum.x), block.backlog(optimum.x)
            result.bound[:] += optimum.bound
    return results


def check_windows(problem: Problem, windows: np.ndarray) -> None:
    """Raise an error for windows (k,) [h] that are too long for a block."""
    if (windows % 1).any():
        raise GeofrontError("'deferral_window' has fractions of hours: give whole hours")
    longest, name = windows.max(), problem.labels[WORKLOAD][windows.argmax()]
    for hours in problem.blocks() if longest else ():
        block = problem.block[hours[0]]
        if longest >= len(hours):
            raise GeofrontError(
                f"class {name!r} may wait for {longest:g} h, but block {block} is a cycle of {len(hours)} hours: "
                f"let it wait for at most {len(hours) - 1} h, or make longer blocks"
            )
        if np.ptp(problem.weight[hours]) > 0:
            raise GeofrontError(
                f"the hours of block {block} differ in 'weight', so waiting would change energy: give them the same"
            )


@checked(
    scenario=partial(admitted, waiting=True),
    carbon_price=check_carbon_price,
    objective=choice(OBJECTIVES),
    frictions=check_frictions,
)
def defer(
    scenario: xr.Dataset, *, carbon_price: float = 0.0, objective: str = "cost", frictions=FRICTIONS
) -> xr.Dataset:
    """The optimal placement of demand that may wait: where and when each class runs.

    Parameters
    ----------
    scenario : xarray.Dataset
        Its ``deferral_window`` [h] says how long each class may wait: whole hours, fewer than a block has.
    carbon_price, objective, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.Dataset
        - ``flow`` (service, region, workload, hour) [MW], by home.
        - ``backlog`` (service, workload, hour) [MWh]: demand that waits at the end of the hour.
        - ``mean_wait`` (workload) [h], ``cost`` [USD/yr] with the carbon price and ``emissions`` [kg/yr].
        - attributes: ``bound``, a lower bound on the objective, and ``gap`` [-], the relative distance from it.

    Raises
    ------
    GeofrontError
        Invalid scenario or choice; windows that are not whole hours or no shorter than a block; hours of unequal weight
        in a block; capacities that cannot hold the demand; or a result that its shadow prices do not prove optimal.

    Notes
    -----
    See "Waiting" in docs/model.md. If there are several optima, the one with the least latency and waiting is
    returned. Without windows, the objective is the same as for :func:`geofront.place`.
    """
    problem = build_problem(scenario, carbon_price=carbon_price, objective=objective, frictions=frictions)
    terms = arc_terms(with_frictions(scenario, frictions))
    (result,) = placed(problem, [scenario.deferral_window.values])
    rates = {name: objective_rates(terms, name, carbon_price, tie_break=False) for name in OBJECTIVES}
    of_arc = (SERVICE, REGION, WORKLOAD, HOUR)
    placement = xr.Dataset(
        {
            "flow": (of_arc, result.flow),
            "backlog": ((SERVICE, WORKLOAD, HOUR), result.backlog),
            "mean_wait": (WORKLOAD, result.mean_wait(problem)),
            **{OBJECTIVE[name].total: spent(problem, rates[name], result.flow).sum() for name in OBJECTIVES},
        },
        coords={name: scenario[name] for name in (*of_arc, WEIGHT, BLOCK)},
        attrs={"objective": objective, "carbon_price": carbon_price, "frictions": frictions},
    )
    placement.attrs |= {"bound": float(result.bound[0]), "gap": result.gap(problem)}
    return described(placement, _ATTRS)


@checked(
    scenario=admitted,
    windows=several(whole(least=1)),
    others=choice(OTHERS),
    block_days=whole(least=1),
    carbon_price=check_carbon_price,
    objective=choice(OBJECTIVES),
    frictions=check_frictions,
)
def space_and_time(
    scenario: xr.Dataset,
    workload,
    windows=(6, 12, 23),
    *,
    others: str = "home",
    block_days: int = 1,
    carbon_price: float = 0.0,
    objective: str = "cost",
    frictions=FRICTIONS,
) -> pd.DataFrame:
    """Savings from letting a class wait, letting it move, and both.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : label
        The class.
    windows : sequence of int
        Longest waits [h], each shorter than a block.
    others : {"home", "move"}
        Whether the other classes stay at home or are placed together with this one.
    block_days : int
        Days per block, for windows longer than 23 h; the hours must follow one another.
    carbon_price, objective, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    pandas.DataFrame
        Index ``case`` (``neither``, ``time``, ``space``, ``both``) and ``window`` [h]. Per MWh of the class, in USD or
        with ``objective="carbon"`` in kg:

        - ``benefit``: saving of the system relative to ``neither``, also in ``percent`` of the cost of the class [%].
        - ``own_benefit``: saving of the class itself. If others move, optima of equal cost may divide the saving among
          classes differently; this is the optimum with the least latency and waiting.
        - ``return_on_delay``: benefit that waiting adds, per hour of the window [USD/MWh/h].
        - ``mean_wait`` [h], and ``gap`` of the certificate [-].

    Raises
    ------
    GeofrontError
        As for :func:`defer`; an unknown class; or a scenario in which demand already waits.

    Notes
    -----
    See "Waiting" in docs/model.md.
    """
    classes = scenario.indexes[WORKLOAD]
    only = classes == label(classes, "class")(workload, "workload")
    scenario = longer_blocks(scenario, block_days)
    problem = build_problem(scenario, carbon_price=carbon_price, objective=objective, frictions=frictions)
    terms = arc_terms(with_frictions(scenario, frictions))
    rates = objective_rates(terms, objective, carbon_price, tie_break=False)
    energy = float((problem.demand[:, only] * problem.weight).sum())
    home = ~problem.away()[:, None]
    others_move = home | (problem.allowed & (others == "move"))
    rows, waits = {}, [0, *windows]
    for still, waiting, reach in (("neither", "time", home), ("space", "both", problem.allowed)):
        restricted = replace(problem, allowed=np.where(only[:, None], reach, others_move))
        for wait, result in zip(waits, placed(restricted, [wait * only for wait in waits]), strict=True):
            bills = spent(problem, rates, result.flow)
            mean_wait, gap = result.mean_wait(problem)[only][0], result.gap(restricted)
            rows[waiting if wait else still, wait] = bills.sum(), bills[only][0], mean_wait, gap
    columns = ["system", "own", "mean_wait", "gap"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table.index = pd.MultiIndex.from_tuples(rows, names=["case", "window"])
    return _benefits(table, energy, check_objective(objective).units)


def _benefits(table: pd.DataFrame, energy: float, units: str) -> pd.DataFrame:
    """Savings per MWh relative to neither waiting nor moving, from yearly sums of the system and of the class."""
    per_mwh = 1 / energy if energy else np.nan
    neither, case = table.loc["neither", 0], table.index.get_level_values("case")
    window = table.index.get_level_values("window").to_numpy(float)
    benefit = (neither.system - table.system) * per_mwh
    without = np.where(case.isin(["space", "both"]), benefit["space", 0], 0.0)
    benefits = pd.DataFrame(
        {
            "benefit": benefit,
            "percent": 100 * benefit / (neither.own * per_mwh) if neither.own > 0 else np.nan,
            "own_benefit": (neither.own - table.own) * per_mwh,
            "return_on_delay": (benefit - without) / np.where(window > 0, window, np.nan),
            "mean_wait": table.mean_wait,
            "gap": table.gap,
        }
    )
    savings = {"benefit": f"{units}/MWh", "percent": "%", "own_benefit": f"{units}/MWh"}
    benefits.attrs["units"] = savings | {"return_on_delay": f"{units}/MWh/h", "mean_wait": "h", "gap": "1"}
    return benefits

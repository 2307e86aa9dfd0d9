"""Placement of demand that may wait, in space and time together, block by block."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, label, several, whole
from geofront.beyond.program import PlacementProgram
from geofront.errors import GeofrontError, SolverError
from geofront.model.costs import Rates, arc_terms, check_carbon_price, check_frictions, objective_rates, with_frictions
from geofront.model.problem import Problem, build_problem, starts
from geofront.names import BLOCK, FRICTIONS, HOUR, OBJECTIVE, OBJECTIVES, REGION, SERVICE, TOLERANCE, WEIGHT, WORKLOAD
from geofront.scenarios.schema import described
from geofront.scenarios.snapshots import longer_blocks
from geofront.scenarios.validation import admitted
from geofront.solver.assembled import Proved

_ATTRS = {
    "flow": ("MW", "IT power executed"),
    "backlog": ("MWh", "Demand that waits"),
    "mean_wait": ("h", "Mean wait"),
    "cost": ("USD/yr", "Cost"),
    "emissions": ("kg/yr", "Emissions"),
}


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
    See "Waiting" in docs/model.md. Of several optima, the result is the one with the least latency and waiting.
    """
    problem = build_problem(scenario, carbon_price=carbon_price, objective=objective, frictions=frictions)
    terms = arc_terms(with_frictions(scenario, frictions))
    rates = {OBJECTIVE[name].total: objective_rates(terms, name, carbon_price, tie_break=False) for name in OBJECTIVES}
    found = placed(problem, [scenario.deferral_window.values], rates).isel(case=0)
    sums = {name: found[name].sum() for name in rates}
    coords = {name: scenario[name] for name in (SERVICE, REGION, WORKLOAD, HOUR, WEIGHT, BLOCK)}
    attrs = {"objective": objective, "carbon_price": carbon_price, "frictions": frictions}
    attrs |= {name: found[name].item() for name in ("bound", "gap")}
    return described(found.drop_vars(["bound", "gap"]).assign(sums).assign_coords(coords).assign_attrs(attrs), _ATTRS)


@checked(
    scenario=admitted,
    windows=several(whole(least=1)),
    others=choice(("home", "move")),
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
          classes differently.
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
    rates = objective_rates(arc_terms(with_frictions(scenario, frictions)), objective, carbon_price, tie_break=False)
    home = ~problem.away()[:, None]
    others_move = home | (problem.allowed & (others == "move"))
    waits = np.array(list(dict.fromkeys([0, *windows])))
    parts = []
    for reach in (home, problem.allowed):
        restricted = replace(problem, allowed=np.where(only[:, None], reach, others_move))
        result = placed(restricted, [wait * only for wait in waits], {"spent": rates})
        parts.append(result[["spent", "mean_wait", "gap"]])
    found = xr.concat(parts, "reach")
    system, own = found.spent.sum(WORKLOAD).values, found.spent.values[..., only][..., 0]
    per_mwh = 1 / (float((problem.demand[:, only] * problem.weight).sum()) or np.nan)
    benefit, units = (system[0, 0] - system) * per_mwh, OBJECTIVE[objective].units
    columns = {
        "benefit": (f"{units}/MWh", benefit),
        "percent": ("%", 100 * benefit / (own[0, 0] * per_mwh if own[0, 0] > 0 else np.nan)),
        "own_benefit": (f"{units}/MWh", (own[0, 0] - own) * per_mwh),
        "return_on_delay": (f"{units}/MWh/h", (benefit - benefit[:, :1]) / np.where(waits > 0, waits, np.nan)),
        "mean_wait": ("h", found.mean_wait[..., only]),
        "gap": ("1", found.gap),
    }
    cases = [(name[wait > 0], wait) for name in (("neither", "time"), ("space", "both")) for wait in waits.tolist()]
    index = pd.MultiIndex.from_tuples(cases, names=["case", "window"])
    table = pd.DataFrame({name: np.ravel(values) for name, (_, values) in columns.items()}, index)
    table.attrs["units"] = {name: unit for name, (unit, _) in columns.items()}
    return table


def placed(problem: Problem, cases: list[np.ndarray], rates: Mapping[str, Rates]) -> xr.Dataset:
    """Flows, backlogs, mean waits, sums at several rates, bounds and gaps by ``case``, a set of windows (k,) [h]."""
    _check_windows(problem, np.max(cases, axis=0))
    flow = np.zeros((len(cases), *problem.execution.shape, len(problem.weight)))
    backlog, bound = np.zeros_like(flow[:, :, 0]), np.zeros(len(cases))
    for hours in problem.blocks():
        block = Waiting(problem.at(hours))
        for case, windows in enumerate(cases):
            optimum = block.optimum(windows)
            flow[case][..., hours], backlog[case][..., hours] = block.flows(optimum.x), block.backlog(optimum.x)
            bound[case] += optimum.bound
    waiting, arriving = backlog.sum(axis=1) @ problem.weight, problem.demand.sum(axis=0) @ problem.weight
    objective = np.array([spent(problem, problem, each).sum() for each in flow])
    scale = np.maximum(np.maximum(abs(objective), abs(bound)), arriving.sum())
    gap = np.divide(objective - bound, scale, out=np.zeros(len(cases)), where=scale > 0)
    if not (abs(gap) <= TOLERANCE).all():
        raise SolverError(
            f"the relative duality gap of demand that waits is {abs(gap).max():.3g}: look for extreme values"
        )
    return xr.Dataset(
        {
            "flow": (("case", SERVICE, REGION, WORKLOAD, HOUR), flow),
            "backlog": (("case", SERVICE, WORKLOAD, HOUR), backlog),
            "mean_wait": (("case", WORKLOAD), waiting / np.where(arriving > 0, arriving, np.inf)),
            "bound": ("case", bound),
            "gap": ("case", gap),
            **{name: (("case", WORKLOAD), [spent(problem, each, one) for one in flow]) for name, each in rates.items()},
        }
    )


def _check_windows(problem: Problem, windows: np.ndarray) -> None:
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


class Waiting(PlacementProgram):
    """The program of one block with a backlog of every queue; its hours have equal weight."""

    def __init__(self, problem: Problem):
        super().__init__(problem)
        zero, arriving = np.zeros(self.demand.shape), self.demand.sum(axis=1, keepdims=True)
        self.waits = self.columns(zero, largest=arriving, second=1.0)
        self.add_change(self.balance, self.waits, 1.0)

    def optimum(self, windows: np.ndarray) -> Proved:
        """The optimum with the least delay and waiting, for windows (k,) [h]."""
        longest = np.zeros(self.demand.shape)
        for wait in range(int(windows.max())):
            longest += (windows > wait)[self.workload][:, None] * np.roll(self.demand, wait, axis=1)
        self.upper[self.waits] = longest
        return self.solve("dual")

    def backlog(self, x: np.ndarray) -> np.ndarray:
        """Backlog at the end of each hour, (s, k, t) [MWh]."""
        backlog = np.zeros((len(self.problem.home_region), *self.problem.demand.shape[1:]))
        np.add.at(backlog, (self.service, self.workload), x[self.waits])
        return backlog


def spent(problem: Problem, rates: Rates | Problem, flow: np.ndarray) -> np.ndarray:
    """Cost [USD/yr] or emissions [kg/yr] of flows (s, r, k, t) by class, with warm-up, (k,)."""
    burned = np.einsum("srkt,srk->rkt", flow, problem.execution)
    away = problem.home_region[:, None] != np.arange(flow.shape[1])
    risen = starts(problem, np.einsum("srkt,sr->rkt", flow, away))
    hourly = burned * rates.price[:, None] + np.einsum("srkt,srk->rkt", flow, rates.fixed) + risen * rates.warmup
    return hourly.sum(axis=0) @ problem.weight

"""Relocatable inference demand: demand that could move, would save cost by moving, and does move."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice
from geofront.errors import GeofrontError
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.model.feasibility import at_home
from geofront.model.problem import Problem, build_problem, marginal_costs
from geofront.names import CLIENT, FRICTIONS, HOUR, OBJECTIVES, REGION, WEIGHT, WORKLOAD
from geofront.placement import place
from geofront.results import PLACEMENT, RELOCATABLE, result
from geofront.scenarios.alignment import aligned
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted

LEVEL = "level"
LEVELS = ("technical", "economic", "realised")

_ATTRS = {
    "rid": ("MWh/yr", "Relocatable inference demand"),
    "demand": ("MWh/yr", "Demand"),
    "regions": ("1", "Regions within the latency budget"),
    "share": ("1", "Share of demand"),
}


@checked(
    scenario=admitted,
    placement=result(PLACEMENT),
    frictions=check_frictions,
    carbon_price=check_carbon_price,
    objective=choice(OBJECTIVES),
)
def relocatable(
    scenario: xr.Dataset,
    placement: xr.Dataset | None = None,
    *,
    frictions=None,
    carbon_price: float | None = None,
    objective: str = "cost",
) -> xr.Dataset:
    """Compute relocatable inference demand (RID) at three levels, by client and class.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset, optional
        Result of :func:`geofront.place` for this scenario; computed by default.
    frictions : sequence of str, optional
        Active frictions; by default the placement's, or all of them without a placement.
    carbon_price : float, optional
        [USD/t]; by default the placement's, or zero without a placement.
    objective : {"cost", "carbon"}
        Objective of the placement if it is computed here. The economic level always compares costs.

    Returns
    -------
    xarray.Dataset
        - ``rid`` (level, client, workload) [MWh/yr] and ``share`` of demand [-].
        - ``demand`` (client, workload) [MWh/yr].
        - ``regions`` (client, workload) [-]: number of regions other than home within the latency budget.

        Levels are ``technical``: the demand is not pinned, and some away region is within the latency budget and, for
        the regulated share, lawful; ``economic``: some such region also costs less than home in that hour;
        ``realised``: the demand that the placement executes away from home. Shares of a class without demand are NaN.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, or the placement has another scenario, other frictions or another carbon price.

    Notes
    -----
    See "Relocatable inference demand" in docs/model.md.
    The economic level compares unit costs (energy, carbon price, egress,
    overhead) per MWh and hour, without capacity and warm-up. Technical is never below economic or realised. Realised is
    usually below economic, because capacity in cheap regions is scarce. It can exceed economic if scarce capacity at
    home displaces demand, or if staying away through an expensive hour saves a warm-up.
    """
    if placement is None:
        placement = place(
            scenario,
            carbon_price=0.0 if carbon_price is None else carbon_price,
            objective=objective,
            frictions=FRICTIONS if frictions is None else frictions,
        )
    frictions, carbon_price = _settings(placement, frictions, carbon_price)
    problem = build_problem(scenario, carbon_price=carbon_price, frictions=frictions)
    demand = (problem.demand * problem.weight).sum(axis=-1)
    dims = (CLIENT, WORKLOAD)
    levels = [
        technical_share(problem) * demand,
        economic_demand(problem),
        relocated(scenario, placement.flow).transpose(*dims).values,
    ]
    result = xr.Dataset(
        {
            "rid": ((LEVEL, *dims), np.stack(levels)),
            "demand": (dims, demand),
            "regions": (dims, _allowed_away(problem).sum(axis=-1)),
        },
        coords={LEVEL: np.array(LEVELS, dtype=object)} | {dim: scenario[dim] for dim in dims},
    )
    result["share"] = result.rid / result.demand.where(result.demand > 0)
    return described(result, _ATTRS).assign_attrs(frictions=frictions, carbon_price=carbon_price)


@checked(relocatable=result(RELOCATABLE))
def relocatable_by_class(relocatable: xr.Dataset) -> pd.DataFrame:
    """Sum the result of :func:`relocatable` over clients.

    Returns
    -------
    pandas.DataFrame
        Index ``workload``, the last row ``all``. Columns ``demand``, ``technical``, ``economic``, ``realised``
        [MWh/yr], and the three levels' ``…_share`` of demand [-].
    """
    rid = relocatable.rid.sum(CLIENT).to_pandas().T
    table = pd.concat([relocatable.demand.sum(CLIENT).to_series(), rid], axis=1)
    table.loc["all"] = table.sum()
    for level in LEVELS:
        table[f"{level}_share"] = table[level] / table.demand.where(table.demand > 0)
    table.index.name = WORKLOAD
    table.columns.name = None
    return table


def relocated(scenario: xr.Dataset, flow: xr.DataArray) -> xr.DataArray:
    """Annual demand that a flow [MW] executes away from home [MWh/yr], dims (client, workload).

    Raises
    ------
    GeofrontError
        If the flow has another scenario.
    """
    away = (~at_home(scenario)).astype(float).reset_coords(drop=True)
    energy = xr.dot(aligned(scenario, flow, CLIENT, REGION, WORKLOAD, HOUR), away, scenario[WEIGHT], dim=(REGION, HOUR))
    return energy.assign_attrs(units="MWh/yr", long_name="Relocated demand")


def technical_share(problem: Problem) -> np.ndarray:
    """Share of each demand that may run in some region other than home, shape (client, workload)."""
    allowed = _allowed_away(problem)
    lawful = (allowed & problem.lawful[:, None, :]).any(axis=-1)
    return (1 - problem.pinned) * np.where(lawful, 1.0, (1 - problem.regulated) * allowed.any(axis=-1))


def economic_demand(problem: Problem) -> np.ndarray:
    """Annual demand that some allowed region serves at less cost than home, shape (client, workload) [MWh/yr]."""
    energy = np.empty(problem.demand.shape[:2])
    no_scarcity = np.zeros_like(problem.capacity), np.zeros_like(problem.warmup)
    for client, demand in enumerate(problem.demand):
        home, lawful, free = marginal_costs(problem, *no_scarcity, client)
        regulated = problem.regulated[client][:, None]
        pays = regulated * (lawful < home) + (1 - regulated) * (free < home)
        energy[client] = (1 - problem.pinned) * (problem.weight * demand * pays).sum(axis=-1)
    return energy


def _allowed_away(problem: Problem) -> np.ndarray:
    """Regions other than home within the latency budget, shape (client, workload, region)."""
    return problem.allowed & problem.away()[:, None, :]


def _settings(placement: xr.Dataset, frictions, carbon_price) -> tuple[tuple[str, ...], float]:
    """Frictions and carbon price of the placement, compared with the arguments."""
    placed, price = check_frictions(placement.attrs["frictions"]), placement.attrs["carbon_price"]
    if frictions is not None and (asked := check_frictions(frictions)) != placed:
        raise GeofrontError(
            f"the placement was computed with frictions {', '.join(placed) or 'none'}, not "
            f"{', '.join(asked) or 'none'}: place the scenario again, or leave frictions out"
        )
    if carbon_price is not None and check_carbon_price(carbon_price) != price:
        raise GeofrontError(
            f"the placement was computed with carbon_price={price:g}, not "
            f"{carbon_price:g}: place the scenario again, or leave carbon_price out"
        )
    return placed, price

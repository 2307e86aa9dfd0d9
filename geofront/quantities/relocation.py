"""Relocatable inference demand: how much could move, would gain by moving, and does move."""

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
    """Relocatable inference demand (RID) at three levels, by client and class.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset, optional
        What :func:`geofront.place` returned for this scenario; by default it is computed.
    frictions : sequence of str, optional
        Those that are active; by default the placement's, and all of them where none is given.
    carbon_price : float, optional
        [USD/t]; by default the placement's, and zero where none is given.
    objective : {"cost", "carbon"}
        Objective of the placement that is made if none is given. The economic level always compares costs.

    Returns
    -------
    xarray.Dataset
        - ``rid`` (level, client, workload) [MWh/yr] and ``share`` of demand [1].
        - ``demand`` (client, workload) [MWh/yr].
        - ``regions`` (client, workload) [1]: regions other than home within the latency budget.

        Levels: ``technical``, some away region is within the latency budget, lawful for the share in
        question, and the demand is not pinned; ``economic``, some such region moreover costs less than
        home in that hour; ``realised``, what the placement executes away from home. Shares of a class
        without demand are not defined (NaN).

    Raises
    ------
    GeofrontError
        Invalid scenario; or the placement is another scenario's, or was computed with other frictions or another
        carbon price.

    Notes
    -----
    See "Relocatable inference demand" in docs/model.md.
    The economic level compares unit costs (energy, carbon price, egress,
    overhead) per MWh and hour, without capacity and warm-up. Technical is never below economic nor
    below realised. Realised is usually below economic, because capacity in cheap regions is scarce; it
    can exceed it where scarce capacity at home pushes demand out, or where staying away through a
    dear hour saves a warm-up.
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
            "regions": (dims, _reach(problem).sum(axis=-1)),
        },
        coords={LEVEL: np.array(LEVELS, dtype=object)} | {dim: scenario[dim] for dim in dims},
    )
    result["share"] = result.rid / result.demand.where(result.demand > 0)
    return described(result, _ATTRS).assign_attrs(frictions=frictions, carbon_price=carbon_price)


@checked(relocatable=result(RELOCATABLE))
def relocatable_by_class(relocatable: xr.Dataset) -> pd.DataFrame:
    """What :func:`relocatable` returned, summed over clients.

    Returns
    -------
    pandas.DataFrame
        Index ``workload``, the last row ``all``. Columns ``demand``, ``technical``, ``economic``,
        ``realised`` [MWh/yr], and the three levels' ``…_share`` of demand [1].
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
        The flow is another scenario's.
    """
    away = (~at_home(scenario)).astype(float).reset_coords(drop=True)
    energy = xr.dot(aligned(scenario, flow, CLIENT, REGION, WORKLOAD, HOUR), away, scenario[WEIGHT], dim=(REGION, HOUR))
    return energy.assign_attrs(units="MWh/yr", long_name="Relocated demand")


def technical_share(problem: Problem) -> np.ndarray:
    """Share of each demand that may run in some region other than home, shape (client, workload)."""
    reach = _reach(problem)
    lawful = (reach & problem.lawful[:, None, :]).any(axis=-1)
    return (1 - problem.pinned) * np.where(lawful, 1.0, (1 - problem.regulated) * reach.any(axis=-1))


def economic_demand(problem: Problem) -> np.ndarray:
    """Annual demand that some allowed region serves for less than home, shape (client, workload) [MWh/yr]."""
    energy = np.empty(problem.demand.shape[:2])
    no_scarcity = np.zeros_like(problem.capacity), np.zeros_like(problem.warmup)
    for client, demand in enumerate(problem.demand):
        home, lawful, free = marginal_costs(problem, *no_scarcity, client)
        regulated = problem.regulated[client][:, None]
        pays = regulated * (lawful < home) + (1 - regulated) * (free < home)
        energy[client] = (1 - problem.pinned) * (problem.weight * demand * pays).sum(axis=-1)
    return energy


def _reach(problem: Problem) -> np.ndarray:
    """Whether a region other than home is within the latency budget, shape (client, workload, region)."""
    return problem.allowed & problem.away()[:, None, :]


def _settings(placement: xr.Dataset, frictions, carbon_price) -> tuple[tuple[str, ...], float]:
    """The placement's frictions and carbon price, which those asked for must equal."""
    placed, price = check_frictions(placement.attrs["frictions"]), placement.attrs["carbon_price"]
    if frictions is not None and (asked := check_frictions(frictions)) != placed:
        raise GeofrontError(
            f"the placement was computed with frictions {', '.join(placed) or 'none'}, not "
            f"{', '.join(asked) or 'none'}: place again, or leave frictions out"
        )
    if carbon_price is not None and check_carbon_price(carbon_price) != price:
        raise GeofrontError(
            f"the placement was computed with carbon_price={price:g}, not "
            f"{carbon_price:g}: place again, or leave carbon_price out"
        )
    return placed, price

"""What a relaxed limit is worth at the shadow prices of a placement: capacity, latency, law, locality.

Worth is in USD, or in kg where the placement minimises emissions.
"""

from os import PathLike

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, instance
from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders
from geofront.model.costs import check_frictions
from geofront.model.feasibility import latency
from geofront.model.problem import build_problem, costs_by_region, coupling_costs, marginal_costs
from geofront.names import CLIENT, HOUR, REGION, WEIGHT, WORKLOAD
from geofront.quantities.hvdc_link import annuity
from geofront.results import SOLVED, result
from geofront.scenarios.alignment import aligned
from geofront.scenarios.validation import admitted

_JURISDICTIONS = instance(pd.Series, "give jurisdictions by label, such as gf.data_tables()['clients']['jurisdiction']")


@checked(placement=result(SOLVED))
def capacity_worth(placement: xr.Dataset) -> pd.DataFrame:
    """What one more megawatt of IT capacity is worth in each region.

    Parameters
    ----------
    placement : xarray.Dataset
        What :func:`geofront.place` returned.

    Returns
    -------
    pandas.DataFrame
        Index ``region``; ``worth`` [USD/MW/yr], the saving of one more MW in every hour, and ``scarce_hours`` [h/yr]
        in which it has a price.

    Notes
    -----
    See "What limits are worth" in docs/model.md.
    """
    price = placement.capacity_price
    return pd.DataFrame(
        {
            "worth": (price * placement[WEIGHT]).sum(HOUR).to_series(),
            "scarce_hours": ((price > 0) * placement[WEIGHT]).sum(HOUR).to_series(),
        }
    )


@checked(case=choice(("value", "low", "high")))
def building_cost(case: str = "value", tables_dir: str | PathLike[str] | None = None) -> float:
    """What a megawatt of data centre costs per year, without servers and land.

    Parameters
    ----------
    case : {"value", "low", "high"}
        Column of ``data/building.csv``.
    tables_dir : str or path, optional
        Folder of tables of one's own.

    Returns
    -------
    float
        Annuity of the capital cost [USD/MW/yr].
    """
    parameters = loaders.building(tables_dir)[case]
    return float(annuity(parameters["capex"], parameters["discount_rate"], parameters["lifetime"]))


@checked(placement=result(SOLVED))
def locality_worth(placement: xr.Dataset) -> pd.DataFrame:
    """What it is worth to let one more percent of each class leave home.

    Parameters
    ----------
    placement : xarray.Dataset
        What :func:`geofront.place` returned.

    Returns
    -------
    pandas.DataFrame
        Index ``workload``; ``worth`` [USD/yr]: the saving per percentage point of the class's demand.

    Notes
    -----
    See "What limits are worth" in docs/model.md.
    """
    energy = placement.flow.sum(REGION) * placement[WEIGHT]
    worth = (placement.locality_price * energy).sum((CLIENT, HOUR)) / 100
    return worth.to_series().to_frame("worth")


@checked(scenario=admitted, placement=result(SOLVED), clients=_JURISDICTIONS, regions=_JURISDICTIONS)
def law_worth(scenario: xr.Dataset, placement: xr.Dataset, clients: pd.Series, regions: pd.Series) -> pd.DataFrame:
    """What one more lawful transfer is worth, for each pair of jurisdictions.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        What :func:`geofront.place` returned for it.
    clients, regions : pandas.Series
        Jurisdiction of each client and of each region, by label.

    Returns
    -------
    pandas.DataFrame
        Index ``from``, ``to``: every pair of jurisdictions with demand that the law keeps out of a region in reach.

        - ``worth`` [USD/yr]: the saving if all of that demand could go there at the present shadow prices. As its
          share goes to zero, this is exact per unit of it; for all of it, an upper bound.
        - ``demand`` [MWh/yr]: the demand that would move.

    Raises
    ------
    GeofrontError
        Invalid scenario, the placement of another scenario, or a client or region without a jurisdiction.

    Notes
    -----
    See "What limits are worth" in docs/model.md.
    """
    prices = Prices(scenario, placement)
    client_of, region_of = (
        _jurisdictions(prices.scenario, given, dim) for given, dim in ((clients, CLIENT), (regions, REGION))
    )
    problem, rows = prices.problem, []
    for client, origin in enumerate(client_of):
        regulated = (1 - problem.pinned) * problem.regulated[client]
        energy = problem.weight * problem.demand[client] * regulated[:, None]
        cost = prices.of_client(client)
        closed = problem.allowed[client] & ~problem.lawful[client]
        _, lawful, _ = marginal_costs(problem, prices.capacity, prices.coupling, client)
        for target in np.unique(region_of[closed.any(axis=0)]):
            reach = closed & (region_of == target)
            cheapest = np.where(reach.T[..., None], cost, np.inf).min(axis=0)
            saving = np.maximum(lawful - cheapest, 0.0)
            rows.append((origin, target, (saving * energy).sum(), ((saving > 0) * energy).sum()))
    table = pd.DataFrame(rows, columns=["from", "to", "worth", "demand"])
    return table.groupby(["from", "to"]).sum().sort_values("worth", ascending=False)


@checked(scenario=admitted, placement=result(SOLVED))
def latency_worth(scenario: xr.Dataset, placement: xr.Dataset) -> pd.DataFrame:
    """What more milliseconds are worth to each client and class: the next regions that come into reach.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        What :func:`geofront.place` returned for it.

    Returns
    -------
    pandas.DataFrame
        Index ``client``, ``workload``: those for which a longer latency budget would save anything. The row is the
        extension of the budget that saves most per millisecond.

        - ``region``: the region that comes into reach last.
        - ``extra_ms`` [ms]: by how much the budget must grow.
        - ``worth`` [USD/yr]: the saving at the present shadow prices, an upper bound.
        - ``worth_per_ms`` [USD/yr/ms]: their ratio.

    Raises
    ------
    GeofrontError
        Invalid scenario, or the placement of another scenario.

    Notes
    -----
    See "What limits are worth" in docs/model.md. A budget is worth nothing until the next region comes into reach, so
    there is no derivative: the ratio is the slope of the concave hull.
    """
    prices = Prices(scenario, placement)
    problem, labels = prices.problem, prices.problem.labels
    excess = (latency(prices.scenario) - prices.scenario.latency_budget).transpose(CLIENT, WORKLOAD, REGION).values
    rows = []
    for client, workload in np.ndindex(excess.shape[:2]):
        beyond = np.flatnonzero(~problem.allowed[client, workload])
        beyond = beyond[np.argsort(excess[client, workload, beyond], kind="stable")]
        if not len(beyond):
            continue
        worth = prices.savings(client, workload, beyond)
        per_ms = worth / excess[client, workload, beyond]
        best = int(per_ms.argmax())
        if per_ms[best] > 0:
            rows.append(
                (
                    labels[CLIENT][client],
                    labels[WORKLOAD][workload],
                    labels[REGION][beyond[best]],
                    excess[client, workload, beyond[best]],
                    worth[best],
                    per_ms[best],
                )
            )
    columns = [CLIENT, WORKLOAD, REGION, "extra_ms", "worth", "worth_per_ms"]
    table = pd.DataFrame(rows, columns=columns).set_index([CLIENT, WORKLOAD])
    return table.sort_values("worth_per_ms", ascending=False)


class Prices:
    """A scenario's problem with the shadow prices of a placement.

    Parameters
    ----------
    scenario, placement : xarray.Dataset
        Checked.

    Raises
    ------
    GeofrontError
        The placement is another scenario's.
    """

    def __init__(self, scenario: xr.Dataset, placement: xr.Dataset):
        self.scenario = scenario
        self.problem = build_problem(
            self.scenario,
            carbon_price=placement.attrs["carbon_price"],
            objective=placement.attrs["objective"],
            frictions=check_frictions(placement.attrs["frictions"]),
        )
        self.capacity = aligned(self.scenario, placement.capacity_price, REGION, HOUR).values
        warmup = aligned(self.scenario, placement.warmup_price, REGION, WORKLOAD, HOUR).values
        self.coupling = coupling_costs(self.problem, warmup)

    def of_client(self, client: int) -> np.ndarray:
        """Marginal cost of a client's demand in every region, in reach or not, (r, k, t) [USD/MWh]."""
        return costs_by_region(self.problem, self.capacity, self.coupling, client)

    def savings(self, client: int, workload: int, regions: np.ndarray) -> np.ndarray:
        """Saving of a demand if the first one, two, … of these regions came into reach [USD/yr]."""
        problem = self.problem
        cost = self.of_client(client)[regions, workload]
        _, lawful, free = (each[workload] for each in marginal_costs(problem, self.capacity, self.coupling, client))
        if_lawful = np.where(problem.lawful[client, regions][:, None], cost, np.inf)
        energy = problem.weight * problem.demand[client, workload] * (1 - problem.pinned[workload])
        regulated = problem.regulated[client, workload]
        saving = regulated * np.maximum(lawful - np.minimum.accumulate(if_lawful), 0.0) + (1 - regulated) * np.maximum(
            free - np.minimum.accumulate(cost), 0.0
        )
        return (saving * energy).sum(axis=1)


def _jurisdictions(scenario: xr.Dataset, given: pd.Series, dim: str) -> np.ndarray:
    """Jurisdiction of every client or region, in the scenario's order."""
    repeated = given.index[given.index.duplicated()].unique()
    if len(repeated):
        raise GeofrontError(f"{dim}s {first_labels(repeated)} have several jurisdictions: give one for every {dim}")
    missing = scenario.indexes[dim].difference(given.index)
    if len(missing):
        raise GeofrontError(f"{dim}s {first_labels(missing)} have no jurisdiction: give one for every {dim}")
    return given.loc[scenario[dim].values].to_numpy()

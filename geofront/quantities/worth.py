"""Worth of relaxing a limit at the shadow prices of a placement: capacity, latency, law, locality.

Worth is in USD, or in kg if the objective of the placement is emissions.
"""

from os import PathLike

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, instance, truth
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

JURISDICTIONS = instance(pd.Series, "give jurisdictions by label, such as gf.data_tables()['clients']['jurisdiction']")


@checked(placement=result(SOLVED))
def capacity_worth(placement: xr.Dataset) -> pd.DataFrame:
    """Compute the worth of one more megawatt of IT capacity in each region.

    Parameters
    ----------
    placement : xarray.Dataset
        Result of :func:`geofront.place`.

    Returns
    -------
    pandas.DataFrame
        Index ``region``; ``worth`` [USD/MW/yr], the saving from one more MW in every hour, and ``scarce_hours`` [h/yr]
        with a capacity price.

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


@checked(case=choice(("value", "low", "high")), machines=truth)
def building_cost(
    case: str = "value", tables_dir: str | PathLike[str] | None = None, *, machines: bool = False
) -> float:
    """Compute the annual cost of a megawatt of data centre, without land.

    Parameters
    ----------
    case : {"value", "low", "high"}
        Column of ``data/building.csv``.
    tables_dir : str or path, optional
        Folder with your own tables.
    machines : bool
        Whether accelerators, servers and their network count too.

    Returns
    -------
    float
        Annuity of the capital cost [USD/MW/yr].

    Raises
    ------
    GeofrontError
        The table lacks a parameter.
    """
    return yearly_cost(loaders.building(tables_dir)[case], machines=machines)


def yearly_cost(parameters: pd.Series, *, machines: bool = False) -> float:
    """The cost of :func:`building_cost` from one column of the table.

    Parameters
    ----------
    parameters : pandas.Series
        Values by parameter.
    machines : bool

    Returns
    -------
    float
        [USD/MW/yr].

    Raises
    ------
    GeofrontError
        The table lacks a parameter.
    """
    parts = ("", "machines_") if machines else ("",)
    needed = ["discount_rate", *(f"{part}{name}" for part in parts for name in ("capex", "lifetime"))]
    missing = [name for name in needed if name not in parameters]
    if missing:
        raise GeofrontError(f"building: missing parameter(s) {first_labels(missing)}; add them as rows.")
    rate = parameters["discount_rate"]
    return float(sum(annuity(parameters[f"{part}capex"], rate, parameters[f"{part}lifetime"]) for part in parts))


@checked(placement=result(SOLVED))
def locality_worth(placement: xr.Dataset) -> pd.DataFrame:
    """Compute the worth of one more per cent of each class that may leave home.

    Parameters
    ----------
    placement : xarray.Dataset
        Result of :func:`geofront.place`.

    Returns
    -------
    pandas.DataFrame
        Index ``workload``; ``worth`` [USD/yr]: saving per percentage point of the class's demand.

    Notes
    -----
    See "What limits are worth" in docs/model.md.
    """
    energy = placement.flow.sum(REGION) * placement[WEIGHT]
    worth = (placement.locality_price * energy).sum((CLIENT, HOUR)) / 100
    return worth.to_series().to_frame("worth")


@checked(scenario=admitted, placement=result(SOLVED), clients=JURISDICTIONS, regions=JURISDICTIONS)
def law_worth(scenario: xr.Dataset, placement: xr.Dataset, clients: pd.Series, regions: pd.Series) -> pd.DataFrame:
    """Compute the worth of one more lawful transfer, for each pair of jurisdictions.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        Result of :func:`geofront.place` for the scenario.
    clients, regions : pandas.Series
        Jurisdiction of each client and of each region, by label.

    Returns
    -------
    pandas.DataFrame
        Index ``from``, ``to``: every pair of jurisdictions for which law alone excludes demand from a region.

        - ``worth`` [USD/yr]: saving if all of that demand could move there at the current shadow prices. It is exact
          per unit for a small share of the demand, and an upper bound for all of it.
        - ``demand`` [MWh/yr]: demand that would move.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, the placement has another one, or a client or region has no jurisdiction.

    Notes
    -----
    See "What limits are worth" in docs/model.md.
    """
    prices = Prices(scenario, placement)
    client_of, region_of = of_jurisdictions(prices.scenario, clients, regions)
    problem, rows = prices.problem, []
    for client, origin in enumerate(client_of):
        regulated = (1 - problem.pinned) * problem.regulated[client]
        energy = problem.weight * problem.demand[client] * regulated[:, None]
        cost = prices.of_client(client)
        closed = problem.allowed[client] & ~problem.lawful[client]
        _, lawful, _ = marginal_costs(problem, prices.capacity, prices.coupling, client)
        for target in np.unique(region_of[closed.any(axis=0)]):
            opened = closed & (region_of == target)
            cheapest = np.where(opened.T[..., None], cost, np.inf).min(axis=0)
            saving = np.maximum(lawful - cheapest, 0.0)
            rows.append((origin, target, (saving * energy).sum(), ((saving > 0) * energy).sum()))
    table = pd.DataFrame(rows, columns=["from", "to", "worth", "demand"])
    return table.groupby(["from", "to"]).sum().sort_values("worth", ascending=False)


@checked(scenario=admitted, placement=result(SOLVED))
def latency_worth(scenario: xr.Dataset, placement: xr.Dataset) -> pd.DataFrame:
    """Compute the worth of a larger latency budget, which allows more regions, for each client and class.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        Result of :func:`geofront.place` for the scenario.

    Returns
    -------
    pandas.DataFrame
        Index ``client``, ``workload``: pairs for which a larger latency budget would save anything. Each row is the
        extension of the budget with the largest saving per millisecond.

        - ``region``: last region that the extension allows.
        - ``extra_ms`` [ms]: extension of the budget.
        - ``worth`` [USD/yr]: saving at the current shadow prices, an upper bound.
        - ``worth_per_ms`` [USD/yr/ms]: their ratio.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, or the placement has another one.

    Notes
    -----
    See "What limits are worth" in docs/model.md. A larger budget saves nothing until it allows another region, so there
    is no derivative: the ratio is the slope of the concave hull.
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
    """Problem of a scenario with the shadow prices of a placement.

    Parameters
    ----------
    scenario, placement : xarray.Dataset
        Checked.

    Raises
    ------
    GeofrontError
        If the placement has another scenario.
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
        """Marginal cost of a client's demand in every region, allowed or not, (r, k, t) [USD/MWh]."""
        return costs_by_region(self.problem, self.capacity, self.coupling, client)

    def savings(self, client: int, workload: int, regions: np.ndarray) -> np.ndarray:
        """Saving of a demand if the first one, two, … of these regions were allowed [USD/yr]."""
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


def of_jurisdictions(scenario: xr.Dataset, clients: pd.Series, regions: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Jurisdictions of all clients and of all regions, in the scenario's order."""
    return _jurisdictions(scenario, clients, CLIENT), _jurisdictions(scenario, regions, REGION)


def _jurisdictions(scenario: xr.Dataset, given: pd.Series, dim: str) -> np.ndarray:
    """Jurisdiction of every client or region, in the scenario's order."""
    repeated = given.index[given.index.duplicated()].unique()
    if len(repeated):
        raise GeofrontError(f"{dim}s {first_labels(repeated)} have several jurisdictions: give one for every {dim}")
    missing = scenario.indexes[dim].difference(given.index)
    if len(missing):
        raise GeofrontError(f"{dim}s {first_labels(missing)} have no jurisdiction: give one for every {dim}")
    return given.loc[scenario[dim].values].to_numpy()

"""Error of typical days against a year of hours, by home, class and kind of hour; and hours in which imports pay.

See "A real year" in docs/model.md.
"""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.alternatives.search import least_values
from geofront.errors import GeofrontError, first_labels
from geofront.model.costs import unit_costs, with_frictions
from geofront.model.feasibility import at_home, feasibility
from geofront.model.origins import gather
from geofront.names import BLOCK, CLIENT, FRICTIONS, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.quantities.near_optimal import optimum_of
from geofront.scenarios.alignment import aligned
from geofront.scenarios.schema import described
from geofront.scenarios.snapshots import annual_mean, time_stamps
from geofront.scenarios.validation import admitted

SPIKE = 3.0
"""A price above this multiple of the region's annual mean is a spike [-]; a choice of this project."""

_BLOCKS_AT_ONCE = 31
"""Number of days whose ranges are computed together; a whole year would need gigabytes."""

KINDS = ("ordinary", "negative price", "spike", "both")
"""Kinds of hours, by the prices of all regions."""


def hours_of(year: xr.Dataset) -> xr.Dataset:
    """Convert prices and carbon intensities of a year's scenario to ``hours`` for :func:`geofront.stylized`."""
    return year[["price", "carbon"]].rename(carbon="carbon_average").drop_vars([WEIGHT, BLOCK])


def first_months(scenario: xr.Dataset, months: int) -> xr.Dataset:
    """Select the first months, 1 to 12, of a year's scenario."""
    if not 1 <= months <= 12:
        raise GeofrontError(f"months={months!r} is not a number of months: give 1 to 12")
    return scenario.isel({HOUR: time_stamps(scenario).month <= months})


def benefits(scenario: xr.Dataset, placement: xr.Dataset) -> xr.Dataset:
    """Compute the benefit of relocation by home and class.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        Result of :func:`geofront.place` for this scenario.

    Returns
    -------
    xarray.Dataset
        Dims (service, workload), by home service node: ``benefit`` [USD/yr], which sums to the cost of local execution
        less the cost of the placement, and ``demand`` [MWh/yr].

    Raises
    ------
    GeofrontError
        If the placement has another scenario.

    Notes
    -----
    A relocated megawatt-hour saves its unit cost at home less its unit cost in the region. The warm-up cost of a class
    in a region is shared among homes in proportion to the energy that they send there. The benefit of a home is not
    unique, because homes can exchange destinations at equal cost: see :func:`benefit_ranges`.
    """
    scenario = admitted(scenario)
    saving = _saving(scenario, placement)
    flow = aligned(scenario, placement.flow, CLIENT, REGION, WORKLOAD, HOUR)
    of_home = (scenario.home == scenario[SERVICE]).astype(float)
    energy = xr.dot(flow.reset_coords(drop=True), of_home.reset_coords(drop=True), dim=CLIENT) * scenario[WEIGHT]
    saved = (energy * saving).sum((REGION, HOUR))
    moved = energy.sum(HOUR).where(energy[SERVICE] != energy[REGION], 0.0)
    everyone = moved.sum(SERVICE)
    warmup = (placement.cost.sel(component="warm-up", drop=True) * scenario[WEIGHT]).sum(HOUR)
    shared = (warmup * moved / everyone.where(everyone > 0)).sum(REGION)
    result = xr.Dataset({"benefit": saved - shared, "demand": energy.sum((REGION, HOUR))})
    result = described(result, {"benefit": ("USD/yr", "Benefit of relocation"), "demand": ("MWh/yr", "Demand")})
    return result.reset_coords(drop=True).transpose(SERVICE, WORKLOAD)


def benefit_ranges(scenario: xr.Dataset, placement: xr.Dataset) -> xr.Dataset:
    """Compute the range of the benefit of each home and each class among all placements of the same cost.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        Result of :func:`geofront.place` for this scenario.

    Returns
    -------
    xarray.Dataset
        [USD/yr]: ``home_least`` and ``home_most`` (service), ``class_least`` and ``class_most`` (workload). Warm-up is
        shared as in :func:`benefits` of the given placement.

    Raises
    ------
    GeofrontError
        If the placement is not this scenario's optimum.
    """
    scenario = admitted(scenario)
    optimum = optimum_of(scenario, placement)
    origins, problem = gather(optimum.problem), optimum.problem
    saving = _saving(scenario, placement).transpose(SERVICE, REGION, WORKLOAD, HOUR).values
    groups = [origins.service == service for service in range(scenario.sizes[SERVICE])]
    groups += [origins.workload == workload for workload in range(scenario.sizes[WORKLOAD])]
    found = np.zeros(2 * len(groups))
    blocks = problem.blocks()
    for first in range(0, len(blocks), _BLOCKS_AT_ONCE):
        hours = np.concatenate(blocks[first : first + _BLOCKS_AT_ONCE])
        by_origin = saving[..., hours][origins.service, :, origins.workload]
        signed = [sign * by_origin * group[:, None, None] for sign in (1.0, -1.0) for group in groups]
        prices = optimum.prices[0][:, hours], optimum.prices[1][..., hours]
        values = least_values(problem.at(hours), origins, prices, signed, [0.0])
        found += np.array([least.value for (least,) in values])
    least, most = found.reshape(2, -1) * np.array([[1.0], [-1.0]]) + 0.0
    benefit = benefits(scenario, placement).benefit
    # Demand at home saves nothing, so pinned demand does not contribute.
    energy = xr.dot(
        aligned(scenario, placement.flow, CLIENT, REGION, WORKLOAD, HOUR).reset_coords(drop=True),
        (scenario.home == scenario[SERVICE]).astype(float).reset_coords(drop=True),
        dim=CLIENT,
    )
    warmup = xr.dot(energy, _saving(scenario, placement), scenario[WEIGHT], dim=(REGION, HOUR)) - benefit
    homes, classes = scenario.sizes[SERVICE], warmup.sum(SERVICE).values
    warmup = warmup.sum(WORKLOAD).values
    ranges = {
        "home_least": (SERVICE, least[:homes] - warmup),
        "home_most": (SERVICE, most[:homes] - warmup),
        "class_least": (WORKLOAD, least[homes:] - classes),
        "class_most": (WORKLOAD, most[homes:] - classes),
    }
    result = xr.Dataset(ranges, {dim: scenario.indexes[dim].values for dim in (SERVICE, WORKLOAD)})
    return described(result, dict.fromkeys(ranges, ("USD/yr", "Benefit of relocation")))


def timetable(year: xr.Dataset, typical: xr.Dataset, placement: xr.Dataset) -> xr.DataArray:
    """Repeat the placement of typical days on every day of their month.

    Parameters
    ----------
    year, typical : xarray.Dataset
        Scenarios of the hours of a year and of typical days by month and hour, with no other differences.
    placement : xarray.Dataset
        Result of :func:`geofront.place` for ``typical``.

    Returns
    -------
    xarray.DataArray
        Flow [MW], dims (client, region, workload, hour): in every hour, each demand is divided among the regions as at
        the same hour of the month's typical day. It may exceed a capacity in months with a change to summer time, which
        shifts demand.

    Raises
    ------
    GeofrontError
        If ``typical`` lacks an hour of some month.
    """
    year, typical = admitted(year), admitted(typical)
    flow = aligned(typical, placement.flow, CLIENT, REGION, WORKLOAD, HOUR)
    demand = typical.demand
    home = at_home(typical).astype(float).reset_coords(drop=True)
    share = (flow / demand.where(demand > 0)).fillna(home)
    stamps = [pd.MultiIndex.from_arrays([index.month, index.hour]) for index in map(time_stamps, (typical, year))]
    position = stamps[0].get_indexer(stamps[1])
    if (position < 0).any():
        lacking = stamps[1][position < 0].unique()
        raise GeofrontError(f"the typical days lack (month, hour) {first_labels(lacking)}: use snapshots='month-hour'")
    repeated = share.drop_vars([WEIGHT, BLOCK], errors="ignore").isel({HOUR: position})
    flow = repeated.assign_coords({HOUR: year[HOUR]}) * year.demand
    return flow.transpose(CLIENT, REGION, WORKLOAD, HOUR).rename("flow")


def kind_of_hour(year: xr.Dataset, *, spike: float = SPIKE) -> xr.DataArray:
    """Kind, one of `KINDS`, of every hour of a scenario, dims (hour); `spike` is relative to the annual mean [-]."""
    year = admitted(year)
    negative = (year.price < 0).any(REGION)
    high = (year.price > spike * annual_mean(year.price)).any(REGION)
    return xr.DataArray(np.array(KINDS, object)[negative + 2 * high], {HOUR: year[HOUR]}, (HOUR,), "kind")


def missed_by_kind(
    year: xr.Dataset, local: xr.Dataset, optimum: xr.Dataset, repeated: xr.Dataset, *, spike: float = SPIKE
) -> pd.DataFrame:
    """Compute the loss of a timetable against the optimum by kind of hour.

    Parameters
    ----------
    year, local, optimum, repeated : xarray.Dataset
        A scenario of the hours of a year and its placements: all-local, optimal, and by :func:`timetable`.
    spike : float
        As for :func:`kind_of_hour`.

    Returns
    -------
    pandas.DataFrame
        Index ``kind``; ``hours`` [h], ``demand`` [MWh], ``benefit`` of the optimum and ``missed`` by the timetable
        [USD].
    """
    cost = {
        name: (placement.cost.sum(("component", REGION, WORKLOAD)) * year[WEIGHT]).to_series()
        for name, placement in (("local", local), ("optimum", optimum), ("repeated", repeated))
    }
    by_hour = pd.DataFrame(
        {
            "hours": year[WEIGHT].to_series(),
            "demand": (year.demand.sum((CLIENT, WORKLOAD)) * year[WEIGHT]).to_series(),
            "benefit": cost["local"] - cost["optimum"],
            "missed": cost["repeated"] - cost["optimum"],
        }
    )
    kinds = kind_of_hour(year, spike=spike).to_series()
    return by_hour.groupby(kinds.to_numpy()).sum().reindex(list(KINDS), fill_value=0.0).rename_axis("kind")


def import_saving(scenario: xr.Dataset, *, carbon_price: float = 0.0, frictions=FRICTIONS) -> xr.DataArray:
    """Compute the mean saving of running a megawatt-hour in a region instead of at home, by hour.

    Parameters
    ----------
    scenario, carbon_price, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.DataArray
        [USD/MWh], dims (region, hour): mean over all demand that may run there and has its home elsewhere, of the unit
        cost at home less the unit cost in the region, or zero if moving does not pay. Capacity and warm-up are
        ignored.
    """
    scenario = admitted(scenario)
    cost = _unit_cost(scenario, carbon_price, frictions)
    saving = (_cost_at_home(cost) - cost).clip(min=0).transpose(SERVICE, REGION, WORKLOAD, HOUR)
    may_run = feasibility(with_frictions(scenario, frictions)).share * ~at_home(scenario)
    saved, possible = np.zeros(saving.shape[1::2]), np.zeros(saving.shape[1::2])
    for service, own in enumerate(saving[SERVICE].values):
        clients = scenario.home.values == own
        demand = np.einsum(
            "ckr,ckt->rkt", may_run.transpose(CLIENT, WORKLOAD, REGION).values[clients], scenario.demand.values[clients]
        )
        saved += (demand * saving.values[service]).sum(axis=1)
        possible += demand.sum(axis=1)
    mean = np.divide(saved, possible, out=np.zeros(saved.shape), where=possible > 0)
    coords = {REGION: scenario[REGION], HOUR: scenario[HOUR]}
    return xr.DataArray(
        mean, coords, (REGION, HOUR), "saving", {"units": "USD/MWh", "long_name": "Saving of a MWh that may run there"}
    )


def _saving(scenario: xr.Dataset, placement: xr.Dataset) -> xr.DataArray:
    """Saving of a MWh that runs in a region instead of at home, (service, region, workload, hour) [USD/MWh]."""
    cost = _unit_cost(scenario, placement.attrs["carbon_price"], placement.attrs["frictions"])
    return _cost_at_home(cost) - cost


def _unit_cost(scenario: xr.Dataset, carbon_price: float, frictions) -> xr.DataArray:
    """Unit cost, dims (service, region, workload, hour) [USD/MWh]."""
    return unit_costs(scenario, carbon_price=carbon_price, frictions=frictions).total.reset_coords(drop=True)


def _cost_at_home(cost: xr.DataArray) -> xr.DataArray:
    """Unit cost of a service node in its own region."""
    homes = cost[SERVICE].values
    return cost.sel({SERVICE: xr.DataArray(homes, dims=SERVICE), REGION: xr.DataArray(homes, dims=SERVICE)})

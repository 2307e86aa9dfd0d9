"""Arrays brought into a scenario's order of labels, by name and never by position."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.names import BLOCK, CLIENT, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD


def demand_by_home(demand: xr.DataArray, home: xr.DataArray, regions: pd.Index) -> xr.DataArray:
    """Demand summed over classes and over the clients of each home [MW], dims (region, hour)."""
    of_clients = demand.sum(WORKLOAD).transpose(CLIENT, HOUR)
    at_home = regions.get_indexer(home.values) == np.arange(len(regions))[:, None]
    return xr.DataArray(at_home @ of_clients.values, {REGION: regions, HOUR: demand[HOUR]})


def without_names(scenario: xr.Dataset) -> xr.Dataset:
    """The scenario with no other coordinates than the schema's: without names, positions and a user's own.

    Results would carry them along, and arithmetic takes half the time without.
    """
    kept = {CLIENT, SERVICE, REGION, WORKLOAD, HOUR, BLOCK, WEIGHT}
    return scenario.drop_vars([name for name in scenario.coords if name not in kept])


def check_labels(scenario: xr.Dataset, result: xr.Dataset, *dims: str) -> None:
    """Refuse a result with labels that the scenario does not have.

    Raises
    ------
    GeofrontError
    """
    for dim in dims:
        stray = [label for label in result.indexes[dim] if label not in scenario.indexes[dim]]
        if stray:
            raise GeofrontError(
                f"the scenario does not have the {dim} labels {first_labels(stray)} of the result: use "
                "the scenario that was placed"
            )


def aligned(scenario: xr.Dataset, array: xr.DataArray, *dims: str) -> xr.DataArray:
    """An array in the scenario's order of labels, with the dims that it must have in the order given.

    Raises
    ------
    GeofrontError
        Its dims or labels are not the scenario's.
    """
    if set(array.dims) != set(dims):
        raise GeofrontError(
            f"{array.name!r} has dims ({', '.join(map(str, array.dims))}): it needs ({', '.join(dims)})"
        )
    for dim in dims:
        if dim not in array.indexes or array.indexes[dim].has_duplicates:
            raise GeofrontError(
                f"{array.name!r} has no labels for {dim}, or repeats some: use the scenario that was placed"
            )
        stray = scenario.indexes[dim].symmetric_difference(array.indexes[dim], sort=False)
        if len(stray):
            raise GeofrontError(
                f"{array.name!r} and the scenario do not share the {dim} labels "
                f"{first_labels(stray)}: use the scenario that was placed"
            )
    moved = [dim for dim in dims if not array.indexes[dim].equals(scenario.indexes[dim])]
    return array.sel({dim: scenario[dim].values for dim in moved}).transpose(*dims)


def aligned_flow(scenario: xr.Dataset, flow: xr.DataArray) -> xr.DataArray:
    """Flows [MW] as float64, dims (client, region, workload, hour) in the scenario's order of labels.

    Raises
    ------
    GeofrontError
        It holds no numbers, or its dims or labels are not the scenario's.
    """
    if flow.dtype.kind not in "iuf":
        raise GeofrontError(f"'flow' has dtype {flow.dtype}: it needs numbers [MW]")
    unlabelled = [dim for dim in flow.dims if dim not in flow.indexes]
    if unlabelled:
        raise GeofrontError(f"'flow' has no labels for {first_labels(unlabelled)}: use the labels of the scenario")
    return aligned(scenario, flow.rename("flow").astype(float), CLIENT, REGION, WORKLOAD, HOUR)

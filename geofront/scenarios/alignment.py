"""Aligns arrays with a scenario's labels, by label and never by position."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.names import BLOCK, CLIENT, HOUR, REGION, SERVICE, WEIGHT, WORKLOAD


def demand_by_home(demand: xr.DataArray, home: xr.DataArray, regions: pd.Index) -> xr.DataArray:
    """Sum demand over classes and over the clients of each home [MW], dims (region, hour)."""
    of_clients = demand.sum(WORKLOAD).transpose(CLIENT, HOUR)
    at_home = regions.get_indexer(pd.Index(home.values)) == np.arange(len(regions))[:, None]
    return xr.DataArray(at_home @ of_clients.values, {REGION: regions, HOUR: demand[HOUR]})


def without_names(scenario: xr.Dataset) -> xr.Dataset:
    """Drop all coordinates beyond the schema's: names, positions and the user's own.

    Results would keep them, and arithmetic without them takes half the time.
    """
    kept = {CLIENT, SERVICE, REGION, WORKLOAD, HOUR, BLOCK, WEIGHT}
    return scenario.drop_vars([name for name in scenario.coords if name not in kept])


def check_labels(scenario: xr.Dataset, result: xr.Dataset, *dims: str) -> None:
    """Refuse a result whose labels are not in the scenario.

    Raises
    ------
    GeofrontError
        If a label of one of `dims` is not in the scenario.
    """
    for dim in dims:
        stray = [label for label in result.indexes[dim] if label not in scenario.indexes[dim]]
        if stray:
            raise GeofrontError(
                f"the scenario lacks the {dim} labels {first_labels(stray)} of the result: use the scenario "
                "of the placement"
            )


def aligned(scenario: xr.Dataset, array: xr.DataArray, *dims: str) -> xr.DataArray:
    """Reorder an array to the scenario's labels and to the order of `dims`.

    Raises
    ------
    GeofrontError
        If its dims are not `dims`, or its labels are not the scenario's.
    """
    if set(array.dims) != set(dims):
        raise GeofrontError(
            f"{array.name!r} has dims ({', '.join(map(str, array.dims))}): it needs ({', '.join(dims)})"
        )
    for dim in dims:
        if dim not in array.indexes or array.indexes[dim].has_duplicates:
            raise GeofrontError(
                f"{array.name!r} has no labels or repeated labels for {dim}: use the scenario of the placement"
            )
        stray = scenario.indexes[dim].symmetric_difference(array.indexes[dim], sort=False)
        if len(stray):
            raise GeofrontError(
                f"{array.name!r} and the scenario do not share the {dim} labels "
                f"{first_labels(stray)}: use the scenario of the placement"
            )
    moved = [dim for dim in dims if not array.indexes[dim].equals(scenario.indexes[dim])]
    return array.sel({dim: scenario[dim].values for dim in moved}).transpose(*dims)


def labelled_flow(scenario: xr.Dataset, flow: np.ndarray) -> xr.DataArray:
    """Label flows [MW] of shape (client, region, workload, hour)."""
    dims = (CLIENT, REGION, WORKLOAD, HOUR)
    return xr.DataArray(flow, {dim: scenario[dim] for dim in dims}, dims)


def aligned_flow(scenario: xr.Dataset, flow: xr.DataArray) -> xr.DataArray:
    """Convert flows [MW] to float64 and align them, dims (client, region, workload, hour).

    Raises
    ------
    GeofrontError
        If they are not numbers, or their dims or labels are not the scenario's.
    """
    if flow.dtype.kind not in "iuf":
        raise GeofrontError(f"'flow' has dtype {flow.dtype}: it needs numbers [MW]")
    unlabelled = [dim for dim in flow.dims if dim not in flow.indexes]
    if unlabelled:
        raise GeofrontError(f"'flow' has no labels for {first_labels(unlabelled)}: use the labels of the scenario")
    return aligned(scenario, flow.rename("flow").astype(float), CLIENT, REGION, WORKLOAD, HOUR)

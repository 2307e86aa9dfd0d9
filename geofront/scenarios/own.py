"""Builds a scenario from a user's own arrays and tables."""

from collections.abc import Hashable
from difflib import get_close_matches

import numpy as np
import xarray as xr

from geofront.arguments import checked, text
from geofront.errors import GeofrontError, first_labels
from geofront.names import BLOCK, CLIENT, REGION, SERVICE, WEIGHT
from geofront.scenarios.axes import Dims, Table, table_of
from geofront.scenarios.schema import allowed_dims, annotate, schema
from geofront.scenarios.validation import DIMS, EGRESS, HOME, validate


@checked(carbon_signal=text)
def scenario(
    *,
    demand,
    price=0.0,
    carbon=0.0,
    capacity=np.inf,
    rtt=None,
    home=None,
    latency_budget=np.inf,
    hours=None,
    weight=None,
    block=None,
    carbon_signal="own",
    **others,
) -> xr.Dataset:
    """Build a scenario from arrays, Series, DataFrames or DataArrays.

    Parameters
    ----------
    demand : scalar, array, Series, DataFrame, DataArray or mapping
        IT power by client, class and hour, or by some of them [MW]. All arguments below accept the same types.
    price : optional
        By region, hour or both [USD/MWh].
    carbon : optional
        By region, hour or both [kg/MWh], the same as g/kWh.
    capacity : optional
        By region, hour or both [MW].
    rtt : optional
        Rows are service nodes, columns regions [ms]. Used unchanged: it may be asymmetric, and its diagonal is kept.
    home : optional
        By client: label of its service node. The default is the service node of the same label as the client. If
        there is none, it is the nearest service node by `access_rtt`, or by `rtt` to the region of the client's label.
    latency_budget : optional
        By class [ms]; infinite means no latency limit.
    hours : sequence, optional
        Labels of the hours, such as a DatetimeIndex. Stamps with a time zone are converted to UTC.
    weight : optional
        By hour: number of hours that the snapshot represents [h]; 1 by default.
    block : optional
        By hour: number of the block; the snapshots of a block are consecutive. One block by default.
    carbon_signal : str
        Name of the signal in `carbon`, kept as an attribute.
    **others : optional
        Any other variable of :func:`geofront.schema`, by its name. None means the neutral value.

    Returns
    -------
    xarray.Dataset
        Every variable of the schema, validated. Coordinates of DataArrays are kept. Home capacity is not checked:
        :func:`geofront.local` needs it, :func:`geofront.place` does not.

    Raises
    ------
    GeofrontError
        If an argument is unknown, an axis is ambiguous, labels differ between arguments, a client has no home, or
        :func:`geofront.validate` refuses the scenario.

    Notes
    -----
    The axes of an argument are recognised by name (``client``, ``service``, ``region``, ``workload``, ``hour``), by
    time stamps, by labels or sizes that match another argument, and otherwise by the schema's order of dims. If no
    argument has hours or two axes, lists are by client or by region. Axes without labels, such as the axes of plain
    arrays, get the labels 0, 1, 2, … Arguments broadcast by label. A missing variable gets its ``neutral`` value from
    :func:`geofront.schema`. Service nodes without labels get the labels of the regions, and clients without labels get
    the labels of the service nodes. Egress prices that do not depend on both service node and region are 0 at home.
    See "Building a scenario" in docs/model.md.

    Examples
    --------
    >>> import geofront as gf
    >>> import pandas as pd
    >>> price = pd.Series({"north": 30.0, "south": 80.0})
    >>> own = gf.scenario(demand=pd.Series({"north": 2.0, "south": 5.0}), price=price, capacity=6.0)
    >>> print(gf.totals(gf.place(own))["cost_per_mwh"].round(2))
    37.14
    """
    named = {
        "demand": demand,
        "price": price,
        "carbon": carbon,
        "capacity": capacity,
        "rtt": rtt,
        HOME: home,
        "latency_budget": latency_budget,
        WEIGHT: weight,
        BLOCK: block,
    }
    known = list(schema().index)
    for name in others:
        if name not in known:
            nearest = get_close_matches(name.lower(), [*known, "hours", "carbon_signal"], n=1, cutoff=0.0)[0]
            raise GeofrontError(
                f"{name!r} is not a variable of a scenario: did you mean {nearest!r}? gf.schema() lists all variables"
            )
    if demand is None:
        raise GeofrontError("'demand' is missing: give the IT power of each client [MW]")
    given = {name: value for name, value in (named | others).items() if value is not None}
    arrays = [value for value in given.values() if isinstance(value, xr.DataArray)]
    for array in arrays:
        given |= {name: array[name] for name in known if name not in given and name in array.coords}
    tables = {name: table_of(name, value) for name, value in given.items()}
    dims = Dims(hours)
    dims.recognise(tables)
    s = xr.Dataset(coords=dims.coords(), attrs={"carbon_signal": carbon_signal})
    s = s.assign({name: _variable(name, tables.get(name), s) for name in known if name != HOME})
    s[HOME] = _variable(HOME, tables[HOME], s) if HOME in tables else _homes(s, "access_rtt" in tables)
    s = s.set_coords([WEIGHT, BLOCK]).assign_coords(_coordinates(arrays, s))
    return validate(annotate(s), baseline=False)


def _variable(name: str, table: Table | None, s: xr.Dataset) -> xr.Variable:
    """Align a variable with the scenario's labels and broadcast it to all its dims."""
    table = table or table_of(name, schema().at[name, "neutral"])
    values = table.values
    for axis, (dim, labels) in enumerate(zip(table.dims, table.labels, strict=True)):
        if labels is not None:
            values = values.take(labels.get_indexer(s.indexes[dim]), axis)
    dims = next(dims for dims in allowed_dims(name) if set(table.dims) <= set(dims))
    array = xr.Variable(table.dims, values).set_dims({dim: s.sizes[dim] for dim in dims}).transpose(*dims).copy()
    if name in EGRESS and set(table.dims) != set(dims):
        array = array * (s.variables[SERVICE] != s.variables[REGION])
    # A fixed-width text type would truncate labels that are assigned later.
    return array.astype(object) if name == HOME else array


def _homes(s: xr.Dataset, access_given: bool) -> xr.Variable:
    """Service node of the client's own label if there is one, else the nearest service node."""
    clients, services, regions = (s.indexes[dim] for dim in (CLIENT, SERVICE, REGION))
    away = ~clients.isin(services)
    if access_given or len(services) == 1:
        distance = s.access_rtt.values
    else:
        distance = s.rtt.values.T[regions.get_indexer(clients)]
        lost = away & ~clients.isin(regions)
        if lost.any():
            raise GeofrontError(
                f"clients {first_labels(clients[lost])} have no home: give 'home', or 'access_rtt' to "
                f"take the nearest of the service nodes {first_labels(services)}"
            )
    nearest = services.to_numpy()[np.nan_to_num(distance, nan=np.inf).argmin(axis=1)]
    return xr.Variable(CLIENT, np.where(away, nearest, clients.to_numpy()))


def _coordinates(arrays: list[xr.DataArray], s: xr.Dataset) -> dict:
    """Further coordinates of the DataArrays, such as names and positions; the first of each name."""
    found: dict[Hashable, xr.DataArray] = {}
    for array in arrays:
        for name, coord in array.coords.items():
            fits = all(dim in DIMS and dim in coord.indexes for dim in coord.dims)
            if fits and name not in {*schema().index, *DIMS, *found}:
                found[name] = coord.sel({dim: s[dim].values for dim in coord.dims}).variable
    return found

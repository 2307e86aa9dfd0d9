"""Smallest and largest value of linear quantities among near-optimal placements."""

import threading
from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

import numpy as np
import xarray as xr

from geofront.alternatives.search import least_values
from geofront.arguments import checked, instance, number, several, text, truth
from geofront.errors import GeofrontError, first_labels
from geofront.model.certificate import prove
from geofront.model.costs import arc_terms, with_frictions
from geofront.model.feasibility import at_home, by_client
from geofront.model.origins import Origins, gather
from geofront.model.problem import Problem, build_problem
from geofront.names import CLIENT, HOUR, LAYERS, REGION, WEIGHT, WORKLOAD
from geofront.placement import solve
from geofront.quantities.layers import layer_of
from geofront.results import SOLVED, result
from geofront.scenarios.alignment import aligned
from geofront.scenarios.validation import admitted

QUANTITY, SLACK = "quantity", "slack"
SLACKS = (0.0, 0.001, 0.01)

PRECISE = 1e-11
"""Largest relative duality gap at which shadow prices are precise enough to identify ties [-]."""

FLOW = (CLIENT, REGION, WORKLOAD, HOUR)

_ATTRS = {
    "value": "In the placement",
    "least": "Least value",
    "most": "Largest value",
    "least_bound": "Lower bound on the least value",
    "most_bound": "Upper bound on the largest value",
}


def _by_name(quantities, name: str) -> dict[str, str | xr.DataArray]:
    """Convert names, or names and arrays by name, to a dict."""
    if isinstance(quantities, Mapping):
        return dict(quantities)
    return {each: each for each in several(text)(quantities, name)}


@checked(
    scenario=admitted,
    placement=result(SOLVED),
    quantities=_by_name,
    slack=several(number(least=0)),
    cancel=instance(threading.Event, "give a threading.Event"),
    progress=truth,
)
def near_optimal(
    scenario: xr.Dataset,
    placement: xr.Dataset,
    *,
    quantities: Iterable[str] | Mapping[str, xr.DataArray],
    slack: float | Iterable[float] = SLACKS,
    cancel: threading.Event | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Find the smallest and largest value of quantities among all placements whose cost is within a slack of the least.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        Result of :func:`geofront.place` for this scenario. Its carbon price, frictions and objective apply; with
        ``objective="carbon"`` the slack refers to emissions.
    quantities : iterable of str, or mapping of str to xarray.DataArray
        Names of quantities:

        - ``relocated_share``: share of all demand executed away from home [-];
        - ``local``, ``regional``, ``energy-oriented``: share of all demand in that layer [-];
        - ``local:A`` and so on: share of that class's demand in that layer [-];
        - ``emissions``: emissions per MWh of demand, without warm-up [kg/MWh];
        - ``load:us-virginia`` and so on: mean IT power used in that region, including overhead [MW].

        Or your own arrays by name, each with the coefficient per MWh of flow, dims any of (client, region, workload,
        hour). The quantity is the sum of coefficient · ``weight`` · ``flow``. Values may also be names.
    slack : float or iterable of float
        Allowed excess of the cost over the least, relative to its size [-].
    cancel : threading.Event, optional
        Cancels the work within a second once another thread sets it.
    progress : bool
        Whether to show a progress bar of quantities.

    Returns
    -------
    xarray.Dataset
        - ``least`` and ``most`` (quantity, slack): values attained by some placement.
        - ``least_bound`` and ``most_bound`` (quantity, slack): bounds from shadow prices for all placements.
        - ``value`` (quantity): value in the given placement.

        The coordinate ``units`` (quantity) has the units. A share of a class without demand is NaN.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, the placement is not its optimum, a quantity is unknown or has other dims or labels,
        or a slack is negative or not a number.
    Cancelled
        If ``cancel`` is set.

    Notes
    -----
    See "Near-optimal placements" in docs/model.md. Values and bounds agree to about 1e-9 of the quantity's largest
    possible size. Emissions exclude warm-up here, because the slack could pay for unnecessary starts. Without slack, a
    quantity is unique if ``least`` equals ``most``. Many are not: the cost of an away MWh is a term of home and class
    plus a term of region, class and hour, because egress is billed at the source of the bytes. Homes can therefore
    exchange destinations, as long as the loads stay the same.
    """
    optimum = optimum_of(scenario, placement)
    given = {
        name: _coefficient(scenario, placement.attrs["frictions"], name, each)
        for name, each in cast(Mapping, quantities).items()
    }
    known = {name: each for name, each in given.items() if bool(each.notnull().all())}
    value = {name: float(xr.dot(each, optimum.flow, scenario[WEIGHT], dim=FLOW)) for name, each in known.items()}
    slack = cast(tuple[float, ...], slack)
    budgets = [each * abs(optimum.objective) for each in slack]
    least, most = _least_and_most(optimum, list(known.values()), budgets, cancel, progress)
    return _dataset(
        given,
        slack,
        {
            "value": value,
            "least": {name: [each.value for each in row] for name, row in zip(known, least, strict=True)},
            "most": {name: [0.0 - each.value for each in row] for name, row in zip(known, most, strict=True)},
            "least_bound": {name: [each.bound for each in row] for name, row in zip(known, least, strict=True)},
            "most_bound": {name: [0.0 - each.bound for each in row] for name, row in zip(known, most, strict=True)},
        },
    )


def layer_ranges(scenario: xr.Dataset, placement: xr.Dataset) -> xr.Dataset:
    """Range of each class's share in each layer at equal cost, from :func:`near_optimal` without slack.

    Parameters
    ----------
    scenario, placement
        As for :func:`near_optimal`.

    Returns
    -------
    xarray.Dataset
        ``least`` and ``most`` (layer, workload) [-].
    """
    classes = [str(label) for label in scenario.indexes[WORKLOAD]]
    names = [f"{layer}:{label}" for layer in LAYERS for label in classes]
    found = near_optimal(scenario, placement, quantities=names, slack=0.0).squeeze(SLACK)
    coords = {"layer": np.array(LAYERS, object), WORKLOAD: scenario.indexes[WORKLOAD].values}
    return xr.Dataset(
        {end: (tuple(coords), found[end].values.reshape(len(LAYERS), -1), {"units": "1"}) for end in ("least", "most")},
        coords,
    )


class Optimum(NamedTuple):
    """An optimal placement as arrays."""

    problem: Problem
    flow: xr.DataArray
    prices: tuple[np.ndarray, np.ndarray]
    """Capacity prices (r, t) and warm-up prices (r, k, t)."""
    objective: float


def optimum_of(scenario: xr.Dataset, placement: xr.Dataset) -> Optimum:
    """Problem and shadow prices of a placement, which must prove it optimal.

    Raises
    ------
    GeofrontError
        If there are no shadow prices, or they do not prove the placement optimal.
    """
    problem = build_problem(
        scenario,
        carbon_price=placement.attrs["carbon_price"],
        objective=placement.attrs["objective"],
        frictions=placement.attrs["frictions"],
    )
    flow = aligned(scenario, placement.flow, *FLOW)
    prices = (
        aligned(scenario, placement.capacity_price, REGION, HOUR).values,
        aligned(scenario, placement.warmup_price, REGION, WORKLOAD, HOUR).values,
    )
    proof = prove(problem, flow.values, *prices)
    if not abs(proof["gap"]) <= PRECISE:
        solution = solve(problem)
        prices = solution.capacity_price, solution.warmup_price
    return Optimum(problem, flow, prices, proof["objective"])


def _coefficient(scenario: xr.Dataset, frictions, name: str, quantity) -> xr.DataArray:
    """Coefficient of each flow per MWh, in the scenario's order of labels."""
    if isinstance(quantity, str):
        return _named(scenario, frictions, quantity)
    if not isinstance(quantity, xr.DataArray):
        raise GeofrontError(f"quantity {name!r} is a {type(quantity).__name__}: give a name or an xarray.DataArray")
    dims = [dim for dim in FLOW if dim in quantity.dims]
    if stray := [dim for dim in quantity.dims if dim not in dims]:
        raise GeofrontError(f"quantity {name!r} has dims {first_labels(stray)}: use any of {', '.join(FLOW)}")
    if quantity.dtype.kind not in "biuf" or not np.isfinite(quantity.values).all():
        raise GeofrontError(f"quantity {name!r} has coefficients that are not finite numbers: correct them")
    array = aligned(scenario, quantity.rename(name).astype(float), *dims).reset_coords(drop=True)
    return array.assign_attrs(units=quantity.attrs.get("units", ""))


def _named(scenario: xr.Dataset, frictions, name: str) -> xr.DataArray:
    """Coefficient of a named quantity."""
    energy = (scenario.demand.sum(CLIENT) * scenario[WEIGHT]).sum(HOUR).reset_coords(drop=True)
    total = energy.sum()
    kind, _, label = name.partition(":")
    units = "1"
    if name == "relocated_share":
        array = ~at_home(scenario) / total.where(total > 0)
    elif name in LAYERS:
        array = layer_of(scenario).sel(layer=name) / total.where(total > 0)
    elif kind in LAYERS and label in scenario.indexes[WORKLOAD]:
        array = (
            layer_of(scenario).sel(layer=kind)
            * (energy[WORKLOAD] == label)
            / energy.where(energy > 0).sel({WORKLOAD: label}, drop=True)
        )
    elif name == "emissions":
        terms = _terms(scenario, frictions)
        array, units = terms.execution * terms.facility_carbon / total.where(total > 0), "kg/MWh"
    elif kind == "load" and label in scenario.indexes[REGION]:
        execution = _terms(scenario, frictions).execution
        array, units = execution * (execution[REGION] == label) / float(scenario[WEIGHT].sum()), "MW"
    else:
        raise GeofrontError(
            f"quantity {name!r} is unknown: use relocated_share, emissions, {', '.join(LAYERS)}, these with a class "
            f"such as 'local:{scenario.indexes[WORKLOAD][0]}', or 'load:{scenario.indexes[REGION][0]}'"
        )
    dims = [dim for dim in FLOW if dim in array.dims]
    return array.astype(float).reset_coords(drop=True).transpose(*dims).assign_attrs(units=units)


def _terms(scenario: xr.Dataset, frictions) -> xr.Dataset:
    """Factors of the unit cost at each client's home."""
    terms = arc_terms(with_frictions(scenario, frictions))[["execution", "facility_carbon"]]
    return terms.assign(execution=by_client(scenario, terms.execution))


def _least_and_most(optimum: Optimum, quantities: list[xr.DataArray], budgets, cancel, progress):
    """Least and largest values from :func:`least_values` of each quantity and its negative, including pinned demand."""
    problem, arrays = optimum.problem, [_full(each) for each in quantities]
    origins = gather(problem, separate=np.full(len(problem.pinned), any(_differs(problem, each) for each in arrays)))
    signed = [sign * _by_origin(origins, each) for sign in (1.0, -1.0) for each in arrays]
    found = least_values(problem, origins, optimum.prices, signed, budgets, cancel=cancel, progress=progress)
    pinned = [_pinned(problem, each) for each in arrays]
    half = len(arrays)
    return (
        [
            [type(each)(*(number + constant for number in each)) for each in row]
            for row, constant in zip(found[:half], pinned, strict=True)
        ],
        [
            [type(each)(*(number - constant for number in each)) for each in row]
            for row, constant in zip(found[half:], pinned, strict=True)
        ],
    )


def _full(quantity: xr.DataArray) -> np.ndarray:
    """Coefficients with axes (c, r, k, t), of length 1 for missing dims."""
    return quantity.values.reshape([quantity.sizes.get(dim, 1) for dim in FLOW])


def _differs(problem: Problem, array: np.ndarray) -> bool:
    """Whether clients of one home have different coefficients."""
    first = np.array([np.argmax(problem.home == home) for home in problem.home])
    return len(array) > 1 and not np.array_equal(array, array[first])


def _by_origin(origins: Origins, array: np.ndarray) -> np.ndarray:
    """Coefficients with axes (o, r, t)."""
    client = np.zeros(len(origins.service), int)
    client[origins.origin] = origins.client
    array = np.broadcast_to(array, (array.shape[0], origins.reach.shape[1], *array.shape[2:]))
    return array[client * (len(array) > 1), :, origins.workload * (array.shape[2] > 1)]


def _pinned(problem: Problem, array: np.ndarray) -> float:
    """Contribution of pinned demand."""
    home = problem.home_region[problem.home]
    clients = np.arange(len(home))
    of_home = array[clients * (len(array) > 1), home * (array.shape[1] > 1)]
    return float((of_home * problem.pinned[:, None] * problem.demand * problem.weight).sum())


def _dataset(given: Mapping[str, xr.DataArray], slacks: Iterable[float], columns: Mapping[str, Mapping]) -> xr.Dataset:
    result = xr.Dataset(
        coords={
            QUANTITY: np.array(list(given), object),
            SLACK: list(slacks),
            "units": (QUANTITY, np.array([each.attrs["units"] for each in given.values()], object)),
        }
    )
    for column, values in columns.items():
        dims = (QUANTITY,) if column == "value" else (QUANTITY, SLACK)
        shape = [result.sizes[dim] for dim in dims]
        numbers = np.full(shape, np.nan)
        for position, name in enumerate(given):
            numbers[position] = values.get(name, np.nan)
        result[column] = xr.Variable(dims, numbers, {"long_name": _ATTRS[column]})
    result[SLACK].attrs = {"units": "1", "long_name": "Cost above the least"}
    return result

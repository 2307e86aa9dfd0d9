"""Violations of the constraints of a placement, with their size and labels."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, instance, number
from geofront.errors import GeofrontError
from geofront.model.costs import check_frictions
from geofront.model.feasibility import latency
from geofront.model.problem import Problem, build_problem
from geofront.names import CLIENT, FRICTIONS, HOUR, REGION, TOLERANCE, WORKLOAD
from geofront.scenarios.alignment import aligned_flow
from geofront.scenarios.validation import admitted, labels_where

ROUNDING = 1e-3
"""Share of all demand of an hour that is added to the demand or capacity to make a violation relative [-]. Rounding
errors of flows are relative to the sums that the flows are part of."""

_BY_FLOW, _BY_DEMAND, _BY_CAPACITY = (CLIENT, REGION, WORKLOAD, HOUR), (CLIENT, WORKLOAD, HOUR), (REGION, HOUR)


class _Family(NamedTuple):
    """Constraints of one kind: arrays of the shape of its dims, or that broadcast to it."""

    dims: tuple[str, ...]
    flow: np.ndarray  # [MW]
    excess: np.ndarray  # size of the violation [MW]
    limit: np.ndarray  # [MW], or [ms] for latencies
    milliseconds: np.ndarray | None = None  # excess over the limit, for latencies


@checked(
    scenario=admitted,
    flow=instance(xr.DataArray, "pass the 'flow' of a placement"),
    frictions=check_frictions,
    tolerance=number(least=0, most=1),
)
def violations(
    scenario: xr.Dataset, flow: xr.DataArray, *, frictions=FRICTIONS, tolerance: float = TOLERANCE
) -> pd.DataFrame:
    """List the violations of constraints by given flows, with their size and labels.

    Parameters
    ----------
    scenario : xarray.Dataset
    flow : xarray.DataArray
        Flows [MW] from any source, dims (client, region, workload, hour) in any order.
    frictions : sequence of str
        Active frictions, as in :func:`geofront.place`.
    tolerance : float
        Largest violation that counts as rounding, relative to the demand or capacity plus a thousandth of all demand
        of the hour [-].

    Returns
    -------
    pandas.DataFrame
        One row per violation, none for a feasible placement. Columns:

        - ``constraint``: ``negative flow``, ``demand not served``, ``demand exceeded``, ``latency``, ``locality``,
          ``legal`` or ``capacity``, in this order.
        - ``client``, ``region``, ``workload``, ``hour``: labels of the constraint; None for dims that it sums over. The
          region of ``locality`` is the client's home.
        - ``flow`` [MW]: IT power in the constraint. For ``legal`` it is the sum over unlawful regions, and for
          ``capacity`` it includes the overhead of relocation.
        - ``amount``: size of the violation in ``unit``: MW, or ms for ``latency``.
        - ``limit``: limit of the constraint, in the same unit.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, a friction is unknown, or the flow has other labels or is not finite.

    Notes
    -----
    Warm-up does not limit flows: it follows from their increases, and :func:`geofront.evaluate` includes it. Home is
    allowed at any latency. See "Violations" in docs/model.md.
    """
    flow = aligned_flow(scenario, flow)
    missing = flow.copy(data=~np.isfinite(flow.values))
    if bool(missing.any()):
        raise GeofrontError(f"'flow' has no finite number at {labels_where(missing)}: use 0 for no flow")
    problem = build_problem(scenario, frictions=frictions)
    milliseconds = latency(scenario).transpose(CLIENT, REGION, WORKLOAD).values
    families = _families(problem, flow.values, milliseconds, scenario.latency_budget.values)
    parts = [_rows(problem, name, family, tolerance) for name, family in families.items()]
    joined = {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}
    # Keep dtypes, because pandas would convert objects to text and None to NaN.
    table = pd.DataFrame({column: pd.Series(values, dtype=values.dtype) for column, values in joined.items()})
    table.attrs["units"] = {"flow": "MW"}
    return table


def _families(p: Problem, flow: np.ndarray, milliseconds: np.ndarray, budget: np.ndarray) -> dict[str, _Family]:
    """All constraints, from flows (c, r, k, t), latencies (c, r, k) and latency budgets (k,) [ms]."""
    served = flow.sum(axis=1)
    at_home = flow[np.arange(len(p.home)), p.home_region[p.home]]
    pinned = p.pinned[:, None] * p.demand
    unlawful = np.einsum("crkt,cr->ckt", flow, (p.away() & ~p.lawful).astype(float))
    open_to_all = ((1 - p.pinned) * (1 - p.regulated))[..., None] * p.demand
    late = np.where(p.allowed.transpose(0, 2, 1)[..., None], 0.0, flow)
    used = np.einsum("crkt,crk->rt", flow, p.execution[p.home])
    return {
        "negative flow": _Family(_BY_FLOW, flow, -flow, np.zeros(1)),
        "demand not served": _Family(_BY_DEMAND, served, p.demand - served, p.demand),
        "demand exceeded": _Family(_BY_DEMAND, served, served - p.demand, p.demand),
        "latency": _Family(_BY_FLOW, late, late, budget[:, None], (milliseconds - budget)[..., None]),
        "locality": _Family(_BY_DEMAND, at_home, pinned - at_home, pinned),
        "legal": _Family(_BY_DEMAND, unlawful, unlawful - open_to_all, open_to_all),
        "capacity": _Family(_BY_CAPACITY, used, used - p.capacity, p.capacity),
    }


def _rows(p: Problem, name: str, family: _Family, tolerance: float) -> dict[str, np.ndarray]:
    """Columns of :func:`violations` for one kind of constraint."""
    size = {_BY_FLOW: p.demand[:, None], _BY_DEMAND: p.demand, _BY_CAPACITY: p.capacity}[family.dims]
    broken = family.excess > tolerance * (size + ROUNDING * p.demand.sum(axis=(0, 1)))
    position = dict(zip(family.dims, broken.nonzero(), strict=True))
    count = len(position[HOUR])

    def at(array: np.ndarray) -> np.ndarray:
        return np.broadcast_to(array, broken.shape)[broken]

    if name == "locality":
        position[REGION] = p.home_region[p.home[position[CLIENT]]]
    where = {
        dim: np.asarray(p.labels[dim], dtype=object)[position[dim]] if dim in position else np.full(count, None)
        for dim in (CLIENT, REGION, WORKLOAD)
    }
    return {
        "constraint": np.full(count, name, dtype=object),
        **where,
        HOUR: p.labels[HOUR][position[HOUR]],
        "flow": at(family.flow),
        "amount": at(family.excess if family.milliseconds is None else family.milliseconds),
        "unit": np.full(count, "MW" if family.milliseconds is None else "ms", dtype=object),
        "limit": at(family.limit),
    }

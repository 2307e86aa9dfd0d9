"""Energy-oriented share of each class, by distance and by cause."""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from geofront.alternatives.search import least_values
from geofront.arguments import MILLISECONDS, checked, several
from geofront.model.origins import Origins, gather
from geofront.model.problem import Problem
from geofront.names import REGION, REGIONAL_RTT, SERVICE, TOLERANCE, WORKLOAD
from geofront.quantities.near_optimal import optimum_of
from geofront.results import SOLVED, result
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted
from geofront.solver.lp import TIED

DEFINITION = "definition"
BY_CAUSE = "by cause"
BOUNDARIES = (60.0, REGIONAL_RTT, 200.0)
"""Default boundaries: load beyond this round trip is energy-oriented by distance [ms]."""

_ATTRS = {
    "least": ("1", "Least energy-oriented share of demand"),
    "most": ("1", "Largest energy-oriented share of demand"),
}


@checked(scenario=admitted, placement=result(SOLVED), boundaries=several(MILLISECONDS))
def energy_oriented(
    scenario: xr.Dataset, placement: xr.Dataset, *, boundaries: Iterable[float] = BOUNDARIES
) -> xr.Dataset:
    """Compute the energy-oriented share of each class by distance, for several boundaries, and by cause.

    Parameters
    ----------
    scenario : xarray.Dataset
    placement : xarray.Dataset
        Result of :func:`geofront.place` for this scenario.
    boundaries : iterable of float
        Relocated load with a longer round trip between home and region is energy-oriented by distance [ms].

    Returns
    -------
    xarray.Dataset
        ``least`` and ``most`` (definition, workload) [-]: shares of the class's demand among all placements of the
        same cost. Definitions are ``beyond 60 ms`` and so on, and ``by cause``. NaN for a class without demand.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, or the placement is not its optimum.

    Notes
    -----
    By cause, an away megawatt-hour is energy-oriented if a nearer allowed away region had free capacity in that hour
    but was more expensive. All other away load is regional by need. Home does not count as a nearer region: load
    hardly ever leaves home for lack of capacity, so all away load would be energy-oriented. Free capacity refers to
    the given placement. See "Execution layers" in docs/model.md.
    """
    optimum = optimum_of(scenario, placement)
    problem, origins = optimum.problem, gather(optimum.problem)
    rtt = scenario.rtt.transpose(SERVICE, REGION).values
    used = np.einsum("crkt,crk->rt", optimum.flow.values, problem.execution[problem.home])
    room = problem.capacity - used > TOLERANCE * max(problem.demand.max(initial=0.0), 1.0)
    far = {
        f"beyond {boundary:g} ms": (origins.away & (rtt[origins.service] > boundary))[..., None]
        for boundary in boundaries
    } | {BY_CAUSE: _passed_over(problem, origins, rtt, room)}
    of_class = [
        each & (origins.workload == workload)[:, None, None]
        for each in far.values()
        for workload in range(len(problem.pinned))
    ]
    signed = [sign * each for sign in (1.0, -1.0) for each in of_class]
    found = np.array([least.value for (least,) in least_values(problem, origins, optimum.prices, signed, [0.0])])
    demand = (problem.demand * problem.weight).sum(axis=(0, 2))
    least, most = np.abs(found).reshape(2, len(far), -1) / np.where(demand > 0, demand, np.nan)
    dims = (DEFINITION, WORKLOAD)
    shares = xr.Dataset(
        {"least": (dims, least), "most": (dims, most)},
        {DEFINITION: np.array(list(far), object), WORKLOAD: scenario[WORKLOAD]},
    )
    return described(shares, _ATTRS)


def _passed_over(problem: Problem, origins: Origins, rtt: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Whether a nearer away region with room (r, t) is more expensive than the region of an away flow (o, r, t)."""
    cost = origins.execution[..., None] * problem.price + origins.fixed[..., None]
    away, distance = origins.reach & origins.away, rtt[origins.service]
    passed = np.zeros(cost.shape, bool)
    for region in range(rtt.shape[1]):
        nearer = away & (distance < distance[:, [region]])
        higher = cost > cost[:, [region]] + TIED
        passed[:, region] = (nearer[..., None] & higher & room).any(axis=1) & away[:, [region]]
    return passed

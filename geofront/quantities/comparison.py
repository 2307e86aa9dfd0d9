"""Comparison of several placements."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, mapping
from geofront.errors import GeofrontError
from geofront.model.costs import check_frictions, check_objective
from geofront.model.feasibility import latency
from geofront.names import CLIENT, HIGHS, HOUR, OBJECTIVES, REGION, SOLVERS, TOLERANCE, WEIGHT, WORKLOAD
from geofront.placement import TOTALS, evaluate, place, totals
from geofront.quantities.relocation import relocated
from geofront.results import PLACEMENT, result
from geofront.scenarios.alignment import aligned_flow
from geofront.scenarios.validation import admitted

PERCENTILE = 95
"""Percentile of the latency, by demand."""

_COLUMNS = TOTALS | {
    "relocated_share": ("1", "Relocated share"),
    "cost_change": ("%", "Change of cost"),
    "carbon_change": ("%", "Change of emissions"),
    "latency_mean": ("ms", "Mean latency"),
    f"latency_p{PERCENTILE}": ("ms", f"{PERCENTILE}th percentile of latency"),
    "relative_regret": ("%", "Relative regret"),
}


@checked(
    placements=mapping(result(PLACEMENT), "placements by name, {'base': gf.place(…), …}"),
    scenario=admitted,
    objective=choice(OBJECTIVES),
    solver=choice(SOLVERS),
)
def compare(
    placements: Mapping[str, xr.Dataset],
    scenario: xr.Dataset | None = None,
    *,
    objective: str = "cost",
    solver: str = HIGHS,
) -> pd.DataFrame:
    """Compare the annual totals of several placements, and their distance from the optimum.

    Parameters
    ----------
    placements : mapping of str to xarray.Dataset
        Placements by name, such as ``{"base": gf.place(a), "low price in São Paulo": gf.place(b)}``. The first is the
        reference for changes.
    scenario : xarray.Dataset, optional
        Common scenario of all placements. It adds columns of latency and regret, for which it is placed once for each
        carbon price and set of frictions among the placements.
    objective : {"cost", "carbon"}
        Objective of the optimum, as in :func:`geofront.place`.
    solver : {"HiGHS", "CBC"}

    Returns
    -------
    pandas.DataFrame
        Index ``case``. Columns as :func:`geofront.totals`, then

        - ``relocated_share`` [-]: share of demand executed away from home;
        - ``cost_change`` and ``carbon_change`` [%]: changes of the values per MWh against the first case;
        - with a scenario, ``latency_mean`` and ``latency_p95`` [ms]: mean and 95th percentile of the end-to-end
          latency, weighted by demand;
        - with a scenario, ``regret``: cost per MWh [USD/MWh], including the carbon price, or emissions per MWh [kg/MWh]
          in excess of the optimum with the same carbon price and frictions; ``relative_regret`` [%] of the optimum,
          NaN if that is not positive.

        Units are in ``attrs["units"]``, titles in ``attrs["long_names"]``.

    Raises
    ------
    GeofrontError
        If there is nothing to compare, or an item is not a placement or has another scenario.

    Notes
    -----
    A placement that violates constraints may have a negative regret: see :func:`geofront.violations`, and "Reported
    results" in docs/model.md.
    """
    least = check_objective(objective)
    table = pd.DataFrame({name: totals(placement) for name, placement in placements.items()}).T
    # relocated() needs only 'home' of the scenario, which a placement has.
    moved = [float(relocated(placement, placement.flow).sum()) for placement in placements.values()]
    table["relocated_share"] = moved / table.demand_mwh
    for quantity in ("cost", "carbon"):
        per_mwh = table[f"{quantity}_per_mwh"]
        table[f"{quantity}_change"] = percent_change(per_mwh, per_mwh.iloc[0])
    if scenario is not None:
        latencies = [_latency_seen(scenario, placement.flow) for placement in placements.values()]
        table[["latency_mean", f"latency_p{PERCENTILE}"]] = latencies
        optimum = _optima(scenario, placements, objective, solver)
        table["regret"] = table[least.per_mwh] - optimum
        table["relative_regret"] = [percent_change(*pair) for pair in zip(table[least.per_mwh], optimum, strict=True)]
    columns = _COLUMNS | {"regret": (f"{least.units}/MWh", "Regret")}
    for number, attribute in enumerate(("units", "long_names")):
        table.attrs[attribute] = {name: columns[name][number] for name in map(str, table)}
    return table.rename_axis("case")


def percent_change(value, base: float):
    """Change against a base [%]; NaN if the base is not positive."""
    return 100 * (value / base - 1) if base > 0 else value * np.nan


def _latency_seen(scenario: xr.Dataset, flow: xr.DataArray) -> tuple[float, float]:
    """Mean and percentile of the end-to-end latency by demand [ms]."""
    energy = (aligned_flow(scenario, flow) * scenario[WEIGHT]).sum(HOUR).transpose(CLIENT, REGION, WORKLOAD)
    energy = energy.values.ravel().clip(min=0)
    if not energy.any():
        return np.nan, np.nan
    used = energy > 0
    energy, milliseconds = energy[used], latency(scenario).transpose(CLIENT, REGION, WORKLOAD).values.ravel()[used]
    order = np.argsort(milliseconds)
    share = energy[order].cumsum() / energy.sum()
    reached = np.searchsorted(share, PERCENTILE / 100 - TOLERANCE)
    return float(milliseconds @ energy / energy.sum()), float(milliseconds[order][reached])


def _optima(scenario: xr.Dataset, placements: Mapping[str, xr.Dataset], objective: str, solver: str) -> list[float]:
    """Least cost or emissions per MWh with the carbon price and frictions of every placement."""
    per_mwh = check_objective(objective).per_mwh
    optima, of_case = {}, []
    for name, placement in placements.items():
        frictions, carbon_price = check_frictions(placement.attrs["frictions"]), placement.attrs["carbon_price"]
        settings = {"carbon_price": carbon_price, "frictions": frictions}
        reported, found = totals(placement), totals(evaluate(scenario, placement.flow, **settings))
        if not np.allclose(reported, found, rtol=TOLERANCE, atol=TOLERANCE * found.demand_mwh, equal_nan=True):
            raise GeofrontError(
                f"{name!r} is a placement of another scenario: its flows have another cost or other emissions "
                "in this one; pass its own scenario, or evaluate the flows in this one"
            )
        if (carbon_price, frictions) not in optima:
            optima[carbon_price, frictions] = totals(place(scenario, objective=objective, solver=solver, **settings))
        of_case.append(float(optima[carbon_price, frictions][per_mwh]))
    return of_case

"""Returns on latency and break-evens of relocation, by class (Table 8)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping, table
from geofront.arguments import label as known_label
from geofront.charts.titles import class_names
from geofront.model.costs import objective_of_result
from geofront.names import TOLERANCE, WORKLOAD
from geofront.quantities.frontier import nominal_budgets
from geofront.quantities.returns import returns as returns_on_latency
from geofront.results import SCOPED_FRONTIER, result
from geofront.scenarios.validation import with_names

_ERL, _CRL = "USD/MWh per 100 ms", "kg/MWh per 100 ms"
_RETURNS = {
    "nominal": ("Nominal network budget", "ms", 1),
    "flat": ("Network budget from which on nothing is gained", "ms", 1),
    "erl": ("ERL, home to nominal", _ERL, 100),
    "crl": ("CRL, home to nominal", _CRL, 100),
    "erl_steepest": ("ERL, steepest stretch of the hull", _ERL, 100),
    "crl_steepest": ("CRL, same stretch", _CRL, 100),
    "steepest_from": ("Network budget where the stretch begins", "ms", 1),
    "steepest_to": ("Network budget where the stretch ends", "ms", 1),
    "erl_beyond": ("ERL, nominal to twice nominal", _ERL, 100),
    "crl_beyond": ("CRL, nominal to twice nominal", _CRL, 100),
}
_BREAK_EVEN = {
    "paying_share": ("Demand that gains by moving", "%", 100),
    "saving": ("Net saving", "USD/MWh", 1),
    "price_gap": ("Price gap", "USD/MWh", 1),
    "break_even_gap": ("Break-even price gap", "USD/MWh", 1),
    "emissions_avoided": ("Emissions avoided", "kg/MWh", 1),
    "break_even_egress": ("Break-even egress price", "USD/GB", 1),
    "carbon_price_floor": ("Break-even carbon price where moving avoids emissions", "USD/t", 1),
    "carbon_price_ceiling": ("Break-even carbon price where moving adds emissions", "USD/t", 1),
    "dwell_time": ("Dwell time that repays the warm-up", "min", 60),
}
"""Name, unit and factor of the rows of both parts."""

_PARTS = ("Return on latency", "Break-even, best region")


@checked(
    scenario=with_names,
    frontiers=mapping(result(SCOPED_FRONTIER), "the frontier of each class"),
    break_even=table(tuple(_BREAK_EVEN), maker="gf.break_even_by_class"),
)
def returns(scenario: xr.Dataset, frontiers: Mapping[str, xr.Dataset], break_even: pd.DataFrame) -> pd.DataFrame:
    """Make a table of returns on latency and break-evens of each class (Table 8).

    Parameters
    ----------
    scenario : xarray.Dataset
    frontiers : mapping of str to xarray.Dataset
        Result of :func:`geofront.latency_frontier` for each class.
    break_even : pandas.DataFrame
        Result of :func:`geofront.break_even_by_class`.

    Returns
    -------
    pandas.DataFrame
        Index ``Part``, ``Figure`` and ``Unit``, one column per class. The network budget is the latency budget less the
        service time. Returns are from :func:`class_returns`. Break-evens are the share of demand with a positive saving
        in its best region, then demand-weighted medians over the clients, each at its best region.
    """
    names = class_names(scenario)
    columns = {}
    for label, frontier in frontiers.items():
        for known in (scenario.indexes[WORKLOAD], break_even.index):
            known_label(known, "class")(label, "frontiers")
        measured, paying = class_returns(scenario, frontier), break_even.loc[label]
        values = [factor * measured[name] for name, (_, _, factor) in _RETURNS.items()]
        values += [factor * paying[name] for name, (_, _, factor) in _BREAK_EVEN.items()]
        # With dtype object, each number is shown with its own decimals.
        columns[names[label]] = pd.Series(values, dtype=object)
    rows = [
        (part, name, unit)
        for part, terms in zip(_PARTS, (_RETURNS, _BREAK_EVEN), strict=True)
        for name, unit, _ in terms.values()
    ]
    index = pd.MultiIndex.from_tuples(rows, names=["Part", "Figure", "Unit"])
    return pd.DataFrame(columns).set_index(index)


def class_returns(scenario: xr.Dataset, frontier: xr.Dataset) -> dict[str, float]:
    """Compute energy and carbon return on latency (ERL, CRL) of a class, at its nominal budget and at its steepest.

    Parameters
    ----------
    scenario, frontier : xarray.Dataset
        Scenario, and result of :func:`geofront.latency_frontier` for the class. It is exact with all breakpoints, else
        only as fine as its budgets, which must include the nominal one and twice the nominal network budget.

    Returns
    -------
    dict of float
        ``nominal`` network budget, and ``flat`` budget from which the objective no longer falls [ms]; ``erl`` [USD/MWh
        per ms] and ``crl`` [kg/MWh per ms] from the shortest latency at home to the nominal budget; ``…_steepest`` on
        the first segment of the lower convex hull of the objective, from ``steepest_from`` to ``steepest_to`` [ms];
        ``…_beyond`` from the nominal to twice the nominal network budget. Returns of an infinite nominal budget are
        NaN, and so is the steepest segment if latency saves nothing.
    """
    workload = known_label(scenario.indexes[WORKLOAD], "class")(frontier.attrs["scope"], "the frontier's scope")
    service_time = float(scenario.service_time.sel(workload=workload))
    nominal, twice = nominal_budgets(scenario, workload)
    first = float(frontier.budget[0])
    inside = beyond = {"erl": np.nan, "crl": np.nan}
    if np.isfinite(nominal):
        inside, beyond = returns_on_latency(frontier, between=[first, nominal, twice]).to_dict("records")
    hull = returns_on_latency(frontier, hull=True)
    steepest = hull.iloc[0] if len(hull) else pd.Series(np.nan, hull.columns)
    objective = frontier[objective_of_result(frontier).total].values
    lowest = objective <= objective.min() + TOLERANCE * abs(objective.min())
    found = {
        "nominal": nominal - service_time,
        "flat": float(frontier.budget[np.argmax(lowest)]) - service_time,
        "erl": inside["erl"],
        "crl": inside["crl"],
        "erl_steepest": steepest.erl,
        "crl_steepest": steepest.crl,
        "steepest_from": steepest.from_ms - service_time,
        "steepest_to": steepest.to_ms - service_time,
        "erl_beyond": beyond["erl"],
        "crl_beyond": beyond["crl"],
    }
    # Rounded, so that the return of a flat frontier is zero rather than a rounding error.
    return {name: round(float(value), 12) + 0.0 for name, value in found.items()}

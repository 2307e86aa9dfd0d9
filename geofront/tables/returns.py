"""What a millisecond returns, and from where on relocation pays, by class (Table 8)."""

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
    """Returns on latency and break-even of each class (Table 8).

    Parameters
    ----------
    scenario : xarray.Dataset
    frontiers : mapping of str to xarray.Dataset
        What :func:`geofront.latency_frontier` returned for each class.
    break_even : pandas.DataFrame
        What :func:`geofront.break_even_by_class` returned.

    Returns
    -------
    pandas.DataFrame
        Index ``Part``, ``Figure`` and ``Unit``, one column a class. The network budget is the latency budget
        less the service time. Returns as of :func:`class_returns`. Break-even: share of
        demand whose best region saves, then medians by demand over the clients, each at its best region.
    """
    names = class_names(scenario)
    columns = {}
    for label, frontier in frontiers.items():
        for known in (scenario.indexes[WORKLOAD], break_even.index):
            known_label(known, "class")(label, "frontiers")
        measured, paying = class_returns(scenario, frontier), break_even.loc[label]
        values = [factor * measured[name] for name, (_, _, factor) in _RETURNS.items()]
        values += [factor * paying[name] for name, (_, _, factor) in _BREAK_EVEN.items()]
        # Objects, because each number is shown with decimals of its own.
        columns[names[label]] = pd.Series(values, dtype=object)
    rows = [
        (part, name, unit)
        for part, figures in zip(_PARTS, (_RETURNS, _BREAK_EVEN), strict=True)
        for name, unit, _ in figures.values()
    ]
    index = pd.MultiIndex.from_tuples(rows, names=["Part", "Figure", "Unit"])
    return pd.DataFrame(columns).set_index(index)


def class_returns(scenario: xr.Dataset, frontier: xr.Dataset) -> dict[str, float]:
    """Energy and carbon return on latency (ERL, CRL) of one class, at its nominal budget and where it is steepest.

    Parameters
    ----------
    scenario, frontier : xarray.Dataset
        What :func:`geofront.latency_frontier` returned for the class: exact with all its breakpoints, and else
        only as fine as its budgets, which have to include the nominal one and twice the nominal network budget.

    Returns
    -------
    dict of float
        ``nominal`` network budget and ``flat``, from which on the objective falls no more [ms]; ``erl`` [USD/MWh per
        ms] and ``crl`` [kg/MWh per ms] from the shortest home latency to the nominal budget; ``…_steepest`` of
        the first stretch of the lower convex hull of the objective, ``steepest_from`` and ``steepest_to`` [ms];
        ``…_beyond`` from the nominal to twice the nominal network budget. Returns that involve an infinite nominal
        budget are not a number, nor is the steepest stretch where latency saves nothing.
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
    figures = {
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
    # Rounded so that a flat frontier returns nothing, not the last bit of a sum.
    return {name: round(float(value), 12) + 0.0 for name, value in figures.items()}

"""One module per tool: functions from a scenario in memory to labelled results, all of which is timed.

All peers take their coefficients from :func:`geofront.model.problem.build_problem`, so all tools solve the same
problem, tie-break included.
"""

import numpy as np
import xarray as xr

from geofront.model.problem import Problem, build_problem


def with_network_budget(scenario: xr.Dataset, budget: float) -> xr.Dataset:
    """The scenario with one network budget common to all classes [ms]."""
    return scenario.assign(latency_budget=scenario.service_time + budget)


def point(scenario: xr.Dataset, budget: float, carbon_price: float, frictions) -> tuple[Problem, Problem]:
    """The problem at one network budget and carbon price, with tie-break to solve and without to report costs."""
    tight = with_network_budget(scenario, budget)
    chosen = {"carbon_price": carbon_price, "frictions": frictions}
    return build_problem(tight, **chosen), build_problem(tight, **chosen, tie_break=False)


def cost_grid(network_budgets, carbon_prices, cost) -> xr.DataArray:
    """Costs [USD/yr] with the labels of a sweep."""
    coords = {"network_budget": np.asarray(network_budgets, float), "carbon_price": np.asarray(carbon_prices, float)}
    return xr.DataArray(np.reshape(cost, [len(values) for values in coords.values()]), coords, name="cost")

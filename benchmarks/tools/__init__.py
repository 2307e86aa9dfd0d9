"""One module per tool, with functions from a scenario in memory to labelled results; all of it is timed.

All peers take their coefficients from :func:`geofront.model.problem.build_problem`, so all tools solve the same
problem. geofront also breaks ties, which the peers do not.
"""

import numpy as np
import xarray as xr

from geofront.model.feasibility import with_network_budget
from geofront.model.problem import Problem, build_problem


def point(scenario: xr.Dataset, budget: float, carbon_price: float, frictions) -> Problem:
    """Make the problem at one network budget and carbon price."""
    return build_problem(with_network_budget(scenario, budget), carbon_price=carbon_price, frictions=frictions)


def cost_grid(network_budgets, carbon_prices, cost) -> xr.DataArray:
    """Add the labels of a sweep to costs [USD/yr]."""
    coords = {"network_budget": np.asarray(network_budgets, float), "carbon_price": np.asarray(carbon_prices, float)}
    return xr.DataArray(np.reshape(cost, [len(values) for values in coords.values()]), coords, name="cost")

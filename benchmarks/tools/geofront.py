"""geofront itself."""

import xarray as xr

import geofront as gf
from geofront.names import FRICTIONS


def place(scenario: xr.Dataset, frictions) -> xr.DataArray:
    """The time includes costs, emissions and shadow prices."""
    return gf.place(scenario, frictions=frictions).flow


def sweep(scenario: xr.Dataset, network_budgets, carbon_prices, frictions) -> xr.DataArray:
    return gf.sweep(scenario, network_budgets=network_budgets, carbon_prices=carbon_prices, frictions=frictions).cost


def frontier(scenario: xr.Dataset) -> xr.DataArray:
    """The exact frontier, at every budget that allows another region."""
    return gf.latency_frontier(scenario, frictions=FRICTIONS).cost

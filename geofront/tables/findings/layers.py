"""Findings about the model and the layers of execution (notebook 02)."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.names import REGIONAL_RTT, TOLERANCE
from geofront.placement import totals
from geofront.tables.cells import rounded
from geofront.tables.finding import Finding, failures
from geofront.tables.policies import SIGNALS, span


def size_of_model(model: pd.DataFrame, placement: xr.Dataset) -> Finding:
    """How large the model is, from Table 2 and a placement."""
    kinds = model.index.get_level_values("Kind").value_counts()
    numbers = {"sets": int(kinds["Set"]), "parameters": int(kinds["Parameter"]), "flows": placement.flow.size}
    sentence = (
        f"The model has {numbers['sets']} sets, {numbers['parameters']} parameters and one kind of decision, here "
        f"{numbers['flows']:,} flows."
    )
    return Finding(sentence, numbers)


def where_demand_runs(at_home: xr.Dataset, placement: xr.Dataset, shares: xr.DataArray, ranges: xr.Dataset) -> Finding:
    """How much of the demand leaves home at least cost, and what that saves.

    Parameters
    ----------
    at_home, placement : xarray.Dataset
        Local execution and the cheapest placement of one scenario, at one carbon price.
    shares : xarray.DataArray
        ``share_of_all`` of :func:`geofront.layers` [-].
    ranges : xarray.Dataset
        Result of :func:`geofront.near_optimal` for ``regional`` and ``energy-oriented`` without slack [-].

    Returns
    -------
    Finding
        Power in MW, costs in USD/MWh of IT energy; shares and changes [-]. It fails if the layers do not add up, or if
        relocation costs more than staying at home, where everything may stay.
    """
    baseline, cheapest = totals(at_home), totals(placement)
    ends = ranges[["least", "most"]].squeeze("slack").to_array()
    demand = baseline.demand_mwh / float(at_home.weight.sum())
    local = float(shares.sel(layer="local"))
    numbers = {
        "local_share": local,
        "regional_share": ends.sel(quantity="regional").values.tolist(),
        "energy_oriented_share": ends.sel(quantity="energy-oriented").values.tolist(),
        "regional_rtt_ms": REGIONAL_RTT,
        "demand_mw": demand,
        "relocated_mw": demand * (1 - local),
        "carbon_price_usd_per_t": placement.attrs["carbon_price"],
        "cost_at_home_usd_per_mwh": baseline.cost_per_mwh,
        "cost_usd_per_mwh": cheapest.cost_per_mwh,
        "carbon_change": cheapest.emissions / (baseline.emissions or np.nan) - 1,
    }
    regional, far = (span(*(100 * np.array(numbers[f"{layer}_share"]))) for layer in ("regional", "energy_oriented"))
    signal, change = SIGNALS[placement.attrs["carbon_signal"]], rounded(100 * numbers["carbon_change"], 1, "+")
    sentence = (
        f"The optimum executes {100 * local:.0f} % of the demand at home, {regional} % in another region within "
        f"{REGIONAL_RTT:.0f} ms and {far} % farther away, where energy is cheap; ranges are what equal cost leaves "
        f"open. In all, {numbers['relocated_mw']:,.0f} of {demand:,.0f} MW move. At a carbon price of "
        f"{numbers['carbon_price_usd_per_t']:g} USD/t, that lowers cost from {baseline.cost_per_mwh:.1f} to "
        f"{cheapest.cost_per_mwh:.1f} USD per MWh of IT energy and "
        + (f"changes emissions by {change} % " if baseline.emissions else "leaves emissions at zero ")
        + f"({signal} carbon intensity)."
    )
    checks = {
        "the layers do not add up to all demand": abs(float(shares.sum()) - 1) < 1e-9,
        "relocation costs more than staying at home": cheapest.cost <= baseline.cost * (1 + TOLERANCE),
    }
    return Finding(sentence, numbers, failures(checks))

"""Findings about regions and workload classes (notebook 03)."""

import pandas as pd
import xarray as xr

from geofront.model.feasibility import network_budgets
from geofront.tables.cells import rounded
from geofront.tables.columns import largest_ratio
from geofront.tables.finding import Finding, failures

DEMAND = ("Mean demand, IT power", "MW")
"""Row of Table 4."""


def cheap_and_clean(regions: pd.DataFrame) -> Finding:
    """How regions differ in price and in carbon intensity, from Table 3.

    Returns
    -------
    Finding
        Prices in USD/MWh; ratios and rank correlations [-], None where a ratio has no positive divisor. It fails if a
        region cannot serve its own demand.
    """
    carbon = regions.filter(like="Carbon").rename(columns=lambda column: column.removeprefix("Carbon, "))
    cheapest, most_expensive = regions.Price.idxmin(), regions.Price.idxmax()
    cleanest = carbon.idxmin()
    ratio = largest_ratio(regions.Price.max(), regions.Price[[cheapest]])
    spread = largest_ratio(carbon.max(axis=1), carbon.min(axis=1))
    agreement = carbon.rank().corr().min().min()
    numbers = {
        "regions": len(regions),
        "price_least_usd_per_mwh": regions.Price.min(),
        "price_most_usd_per_mwh": regions.Price.max(),
        "price_ratio": ratio,
        "cheapest": cheapest,
        "most_expensive": most_expensive,
        "cleanest": cleanest.add_prefix("Carbon, ").to_dict(),
        "carbon_spread": spread,
        "least_rank_correlation_of_signals": agreement,
    }
    times = f"{ratio:.{0 if ratio >= 10 else 1}f} times as much" if ratio else "more"
    depends = "depends on the signal" if cleanest.nunique() > 1 else "is the same by every signal"
    by_signal = ", ".join(f"{region} ({signal})" for signal, region in cleanest.items())
    sentence = (
        f"Electricity costs {times} in {most_expensive} {'as' if ratio else 'than'} in {cheapest}, the cheapest of "
        f"{len(regions)} regions, but which region is the cleanest {depends}: {by_signal}."
        if len(regions) > 1
        else f"In {cheapest}, the only region, electricity costs {regions.Price.max():.1f} USD/MWh."
    )
    disagree = [
        f"for the same region the signals differ by up to a factor of {spread:.0f}" if spread else "",
        f"the rank correlation of the regions under two signals is as low as {rounded(agreement, 2)}"
        if agreement == agreement
        else "",
    ]
    if any(disagree):
        clauses = ", and ".join(filter(None, disagree))
        sentence += f" {clauses[0].upper()}{clauses[1:]}."
    checks = {"some region cannot serve its own demand": (regions["Capacity"] >= regions["Home demand"]).all()}
    return Finding(sentence, numbers, failures(checks))


def classes(scenario: xr.Dataset, workloads: pd.DataFrame, demand_mw: float) -> Finding:
    """How classes differ in latency and traffic, and how much of Table 4 is estimated.

    Parameters
    ----------
    scenario : xarray.Dataset
    workloads : pandas.DataFrame
        Table 4 of the scenario.
    demand_mw : float
        Demand that the classes should add up to [MW].

    Returns
    -------
    Finding
        Network budgets in ms, traffic in GB/MWh. It fails if the classes do not add up to the demand.
    """
    budget = network_budgets(scenario).to_series()
    traffic = (scenario.upload + scenario.download).to_series()
    most, least = traffic.idxmax(), traffic.idxmin()
    estimates = int((workloads.Basis == "estimated").sum())
    numbers = {
        "network_budget_ms": budget.to_dict(),
        "traffic_gb_per_mwh": traffic.to_dict(),
        "traffic_ratio": largest_ratio(traffic.max(), traffic[[least]]),
        "workload_values": len(workloads),
        "estimated_workload_values": estimates,
    }
    times = f"{numbers['traffic_ratio']:.0f} times as many bytes as" if numbers["traffic_ratio"] else "more bytes than"
    sentence = (
        f"The network budget of class {budget.index[0]} is {budget.iloc[0]:,.0f} ms, and of class {budget.index[-1]} "
        f"{budget.iloc[-1]:,.0f} ms; per unit of energy, class {most} moves {times} class {least}. Of {len(workloads)} "
        f"values of each class, {estimates} {'is an estimate' if estimates == 1 else 'are estimates'}."
    )
    demand = workloads.loc[DEMAND].drop("Basis").sum()
    checks = {"the classes do not add up to the demand": abs(demand / demand_mw - 1) < 1e-9}
    return Finding(sentence, numbers, failures(checks))

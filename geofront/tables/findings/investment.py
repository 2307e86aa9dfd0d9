"""Findings about capacity that is built or stands (notebook 14)."""

import numpy as np
import xarray as xr

from geofront.names import TOLERANCE
from geofront.tables.cells import rounded
from geofront.tables.finding import Finding, failures


def greenfield(investment: xr.Dataset, building: float, equipped: float) -> Finding:
    """What relocation saves in operation and in capital where all capacity has to be built.

    Parameters
    ----------
    investment : xarray.Dataset
        Result of :func:`geofront.invest` with ``existing="none"``, at rising capital costs that include both below.
    building, equipped : float
        Yearly cost of a building alone and with machines [USD/MW/yr].

    Returns
    -------
    Finding
        Savings in USD/MWh, capital costs in million USD per MW and year, capacity in MW, shares in per cent. It fails
        if a result is not proved, or if relocation costs more than execution at home.
    """
    at_building, at_machines = (investment.sel(capital_cost=cost) for cost in (building, equipped))
    shares = [float(share) for share in 100 * investment.relocated_share.values[[0, -1]]]
    capacity = {"local": float(at_machines.local_live.sum()), "pooled": float(at_machines.live.sum())}
    saving = {
        name: {"energy_usd_per_mwh": float(each.energy_benefit), "capital_usd_per_mwh": float(each.capital_benefit)}
        for name, each in (("building", at_building), ("equipped", at_machines))
    }
    numbers = {
        "building_million_usd_per_mw_yr": building / 1e6,
        "equipped_million_usd_per_mw_yr": equipped / 1e6,
        "greenfield": saving,
        "capacity_mw": capacity,
        "relocated_percent": shares,
    }
    advantage = investment.capital_benefit - investment.energy_benefit
    crosses = bool(advantage[0] < 0 < advantage[-1])
    if crosses:
        cost = float(np.interp(0.0, advantage, investment.capital_cost))
        numbers["pooling_wins_above_million_usd_per_mw_yr"] = cost / 1e6
        crossing = f"Pooling saves more than arbitrage above about {cost / 1e6:.1f} million USD per MW and year."
    else:
        crossing = _without_crossing(advantage)
    in_operation, in_capital = (rounded(each, 0) for each in saving["equipped"].values())
    alone_in_operation, alone_in_capital = (rounded(each, 0) for each in saving["building"].values())
    sentence = (
        f"If everything has to be built with machines, at {equipped / 1e6:.1f} million USD per MW and year, relocation "
        f"saves {in_operation} USD/MWh in operation and {in_capital} in capital: {_needs(**capacity)}. For the "
        f"building alone, at {building / 1e6:.1f} million, it is {alone_in_operation} and {alone_in_capital}. "
        f"{crossing} From the lowest to the highest capital cost, the relocated share {_goes(*shares)} %."
    )
    return Finding(sentence, numbers, _failed(investment))


def standing(idle_off: xr.Dataset, always_on: xr.Dataset, building: float) -> Finding:
    """What relocation saves where today's capacity stands.

    Parameters
    ----------
    idle_off, always_on : xarray.Dataset
        Results of :func:`geofront.invest` with ``existing="today"``, at capital costs that include the one below. In
        the second, capacity is never switched off.
    building : float
        Yearly cost of a building [USD/MW/yr].

    Returns
    -------
    Finding
        Savings in USD/MWh, the worth of one more MW in million USD a year. It fails as `greenfield` does.
    """
    off, on = (each.sel(capital_cost=building) for each in (idle_off, always_on))
    numbers = {
        "stands_usd_per_mwh": float(off.energy_benefit),
        "always_on_usd_per_mwh": float(on.energy_benefit),
        "largest_rent_million_usd_per_mw_yr": float(off.rent.max()) / 1e6,
    }
    pays = off.rent.max() >= building
    sentence = (
        f"Where today's capacity stands, relocation saves {rounded(numbers['stands_usd_per_mwh'], 1)} USD/MWh, of "
        f"operation only, and {rounded(numbers['always_on_usd_per_mwh'], 1)} if all of it is always on. One more MW is "
        f"worth at most {rounded(numbers['largest_rent_million_usd_per_mw_yr'], 2)} million USD a year, "
        + ("more than its building." if pays else "less than its building: nobody builds to chase prices.")
    )
    return Finding(sentence, numbers, _failed(idle_off) + _failed(always_on))


def _needs(local: float, pooled: float) -> str:
    before, after = f"{local:,.0f}", f"{pooled:,.0f}"
    if before == after:
        return f"relocation needs as much capacity as execution at home, {after} MW"
    return f"{'pooling across time zones' if pooled < local else 'relocation'} needs {after} instead of {before} MW"


def _goes(first: float, last: float) -> str:
    before, after = f"{first:.0f}", f"{last:.0f}"
    return f"stays at {after}" if before == after else f"goes from {before} to {after}"


def _without_crossing(advantage: xr.DataArray) -> str:
    if (advantage > 0).all():
        return "Pooling saves more than arbitrage at every capital cost."
    if (advantage < 0).all():
        return "Arbitrage saves more than pooling at every capital cost."
    return "Neither pooling nor arbitrage saves more at every capital cost."


def _failed(investment: xr.Dataset) -> tuple[str, ...]:
    checks = {
        "a result is not proved": abs(investment.gap).max() <= TOLERANCE,
        "relocation costs more than home": (investment.cost <= investment.local_cost * (1 + TOLERANCE)).all(),
    }
    return failures(checks)

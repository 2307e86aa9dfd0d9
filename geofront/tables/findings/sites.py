"""Findings about the regions where models are kept ready (notebook 15)."""

from collections.abc import Mapping

import xarray as xr

from geofront.names import CLIENT, HOUR, REGION, TOLERANCE, WORKLOAD
from geofront.placement import totals
from geofront.tables.cells import rounded
from geofront.tables.finding import Finding, failures
from geofront.tables.sites import site_cases


def worth_opening(
    sites: Mapping[float, xr.Dataset], free: xr.Dataset, at_home: xr.Dataset, *, gate: str, tolerance: float
) -> Finding:
    """How many sites are worth the cost of keeping a model ready, and what they save.

    Parameters
    ----------
    sites : mapping of float to xarray.Dataset
        Results of :func:`geofront.site` by the IT power of the replicas of one model [MW]; the sentence starts with
        the first.
    free : xarray.Dataset
        Result of :func:`geofront.site` if replicas need no power.
    at_home : xarray.Dataset
        Local execution of the same scenario.
    gate : {"import", "all"}
        Which demand needs a ready model, as in :func:`geofront.site`.
    tolerance : float
        Largest gap that the search was allowed [-].

    Returns
    -------
    Finding
        Savings in USD/MWh, sizes in MW. It fails if a gap is larger than allowed, if larger replicas save more, or if
        demand runs where its model is not ready.
    """
    cases = site_cases(sites, at_home)
    size, chosen = next(iter(sites.items()))
    saving, most = cases.set_index("hosting_mw").saving, cases.iloc[-1]
    at_no_cost = float(site_cases({0.0: free}, at_home).saving[0])
    numbers = {
        "sites": {f"{size:g}": int(each.ready.sum()) for size, each in sites.items()},
        "pairs": chosen.ready.size,
        "regions": int(chosen.ready.any(WORKLOAD).sum()),
        "hosting_mw": size,
        "most_hosting_mw": float(most.hosting_mw),
        "saving_usd_per_mwh": {f"{size:g}": value for size, value in saving.items()},
        "saving_at_no_cost_usd_per_mwh": at_no_cost,
    }
    pairs, regions, ready = numbers["pairs"], numbers["regions"], int(chosen.ready.sum())
    sentence = (
        f"With {size:g} MW of replicas for each, {ready} of {pairs} pairs of a region and a class "
        f"{'is' if ready == 1 else 'are'} kept ready, in {regions} region{'s' if regions != 1 else ''}, and relocation "
        f"still saves {rounded(saving[size], 1)} of {rounded(at_no_cost, 1)} USD/MWh."
    )
    if most.hosting_mw > size:
        left = f"{most.sites:.0f} pair{' is' if most.sites == 1 else 's are'} left"
        sentence += f" With {most.hosting_mw:g} MW, {left}, and the saving is {rounded(most.saving, 1)} USD/MWh."
    least_cost = abs(totals(at_home).cost_per_mwh)
    negligible = TOLERANCE * max(least_cost, 1) + 2 * tolerance * least_cost
    checks = {
        "a gap is too large": (cases.gap <= tolerance).all(),
        "larger replicas save more": (cases.saving.diff().dropna() <= negligible).all(),
        "demand runs where its model is not ready": not any(_runs_elsewhere(each, gate) for each in sites.values()),
    }
    return Finding(sentence, numbers, failures(checks))


def _runs_elsewhere(sites: xr.Dataset, gate: str) -> bool:
    """Whether demand that needs a ready model runs where there is none."""
    needs_model = (sites["home"] != sites[REGION]) | (gate == "all")
    return bool(((sites.flow * needs_model).sum((CLIENT, HOUR)) > TOLERANCE).where(~sites.ready, False).any())

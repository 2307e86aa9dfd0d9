"""Break-even of relocation: prices of electricity, carbon and bytes, and the stay that repays the warm-up."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked
from geofront.model.costs import arc_terms, carbon_cost, check_carbon_price, check_frictions, with_frictions
from geofront.model.feasibility import at_home, by_client, feasibility_masks
from geofront.names import CLIENT, FRICTIONS, HOUR, REGION, WEIGHT, WORKLOAD
from geofront.results import BREAK_EVEN, result
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted

_ATTRS = {
    "saving": ("USD/MWh", "Net saving"),
    "price_gap": ("USD/MWh", "Price gap"),
    "break_even_gap": ("USD/MWh", "Break-even price gap"),
    "break_even_price": ("USD/MWh", "Break-even price"),
    "emissions_avoided": ("kg/MWh", "Emissions avoided"),
    "carbon_price_floor": ("USD/t", "Carbon price from which it pays"),
    "carbon_price_ceiling": ("USD/t", "Carbon price up to which it pays"),
    "break_even_egress": ("USD/GB", "Break-even egress price"),
    "dwell_time": ("h", "Dwell time that repays the warm-up"),
    "demand": ("MWh/yr", "Demand"),
    "feasible": ("", "Away and within the latency budget"),
    "lawful": ("", "Open to the regulated share"),
}


@checked(scenario=admitted, carbon_price=check_carbon_price, frictions=check_frictions)
def break_even(scenario: xr.Dataset, *, carbon_price: float = 0.0, frictions=FRICTIONS) -> xr.Dataset:
    """Compute the prices and the time at which relocating a client's class to a region breaks even.

    Parameters
    ----------
    scenario : xarray.Dataset
    carbon_price : float
        [USD/t]. The break-even carbon prices do not depend on it.
    frictions : sequence of str
        Frictions whose costs are included.

    Returns
    -------
    xarray.Dataset
        Dims (client, region, workload) unless stated otherwise; NaN where ``feasible`` is False, for classes without
        demand, and where there is no such price or time. Means are annual and weighted by the class's demand; a MWh
        is a MWh of IT energy demanded.

        - ``feasible``: away from home and within the latency budget; ``lawful``: open to regulated demand.
        - ``saving`` [USD/MWh]: mean unit cost at home less the unit cost in the region.
        - ``price_gap`` [USD/MWh]: mean electricity price at home less the price in the region.
        - ``break_even_gap`` [USD/MWh]: price gap at which the saving is zero; ``break_even_price``: the region's mean
          price at that gap. Relocation pays if ``price_gap > break_even_gap``.
        - ``emissions_avoided`` [kg/MWh].
        - ``carbon_price_floor`` [USD/t]: if relocation avoids emissions, it pays above this carbon price; a negative
          floor means that it pays without one. ``carbon_price_ceiling``: if relocation adds emissions, it pays below
          this carbon price.
        - ``break_even_egress`` [USD/GB]: price of bytes in both directions at which the saving is zero; negative if
          relocation does not pay even with free bytes.
        - ``dwell_time`` [h]: stay after which the saving has repaid the warm-up; NaN if it never does.
        - ``demand`` (client, workload) [MWh/yr].

    Raises
    ------
    GeofrontError
        If the scenario is invalid, a friction is unknown, or the carbon price is negative or not a number.

    Notes
    -----
    With ⟨·⟩ the demand-weighted mean, h the home, e = 1 + overhead_energy and π the carbon price:

    - saving S = pue_h⟨p_h + π c_h/1000⟩ − e·pue_r⟨p_r + π c_r/1000⟩ − egress − overhead
    - break-even price p* = ⟨p_r⟩ + S/(e·pue_r), so that S = e·pue_r·(price_gap − break_even_gap)
    - emissions avoided Δ = ⟨pue_h c_h − e·pue_r c_r⟩; break-even carbon price π − 1000 S/Δ
    - break-even egress (S + egress)/(upload + download)
    - dwell time warmup·pue_r·⟨block-mean p_r + π c_r/1000⟩/S

    These equations hold for a stay through all hours, without capacity limits. Relocation may pay in some hours even
    if it does not on average. See "Relocation break-even" in docs/model.md.
    """
    active = with_frictions(scenario, frictions)
    terms = arc_terms(active)
    energy = active.demand * active[WEIGHT]
    demand = energy.sum(HOUR)
    share = energy / demand.where(demand > 0)
    price, carbon = _mean(share, active.price), _mean(share, active.carbon)

    egress = by_client(active, terms.egress)
    facility = by_client(active, terms.execution) * active.pue
    emissions = facility * carbon
    fixed = egress + by_client(active, terms.overhead)
    unit_cost = facility * price + carbon_cost(carbon_price, emissions) + fixed
    saving = _at_home(active, unit_cost) - unit_cost
    avoided = _at_home(active, emissions) - emissions
    root = carbon_price - saving / carbon_cost(1.0, avoided.where(avoided != 0))
    bytes_moved = active.upload + active.download
    warmup_price = terms.warmup_price + carbon_cost(carbon_price, terms.warmup_carbon)

    gap = _at_home(active, price) - price
    quantities = xr.Dataset(
        {
            "saving": saving,
            "price_gap": gap,
            "break_even_gap": gap - saving / facility,
            "break_even_price": price + saving / facility,
            "emissions_avoided": avoided,
            "carbon_price_floor": root.where(avoided > 0),
            "carbon_price_ceiling": root.where(avoided < 0),
            "break_even_egress": (saving + egress) / bytes_moved.where(bytes_moved > 0),
            "dwell_time": terms.warmup_energy * _mean(share, warmup_price) / saving.where(saving > 0),
        }
    )
    masks = feasibility_masks(active)
    feasible = masks.latency & ~at_home(active)
    result = quantities.where(feasible).assign(feasible=feasible, lawful=masks.lawful)
    result = described(result.transpose(CLIENT, REGION, WORKLOAD).assign(demand=demand), _ATTRS)
    return result.assign_attrs(carbon_price=carbon_price, frictions=check_frictions(frictions))


@checked(break_even=result(BREAK_EVEN))
def best_regions(break_even: xr.Dataset) -> xr.Dataset:
    """Select each client's region of largest saving from the result of :func:`break_even`.

    Returns
    -------
    xarray.Dataset
        Dims (client, workload); coordinate ``region`` is the feasible region of largest saving. If no region is
        feasible, the values are NaN and ``feasible`` is False.
    """
    best = break_even.saving.fillna(-np.inf).argmax(REGION)
    return break_even.isel({REGION: best})


@checked(break_even=result(BREAK_EVEN))
def break_even_by_class(break_even: xr.Dataset) -> pd.DataFrame:
    """Summarise the result of :func:`break_even` by class: demand-weighted medians at the clients' best regions.

    Returns
    -------
    pandas.DataFrame
        Index ``workload``. ``feasible_share`` and ``paying_share`` [-]: shares of demand with a feasible region, and
        with a positive saving. Then the demand-weighted median of every quantity of :func:`break_even` over the
        clients for which it is defined; NaN if there are none.

    Notes
    -----
    A median is used because the dwell time and the break-even carbon price are unbounded if the best region barely
    pays, and would dominate a mean.
    """
    best = best_regions(break_even)
    total = best.demand.sum(CLIENT)
    total = total.where(total > 0)
    table = {
        name: (best.demand * mask).sum(CLIENT) / total
        for name, mask in (("feasible_share", best.feasible), ("paying_share", best.saving > 0))
    }
    table |= {
        name: _weighted_median(best[name], best.demand)
        for name in map(str, best.data_vars)
        if name not in ("demand", "feasible", "lawful") and set(best[name].dims) == {CLIENT, WORKLOAD}
    }
    columns = {name: column.to_series() for name, column in table.items()}
    return pd.DataFrame(columns).rename_axis(WORKLOAD)


def _mean(share: xr.DataArray, by_region: xr.DataArray) -> xr.DataArray:
    """Demand-weighted mean over the hours of a quantity (region, hour), for every client and class."""
    return xr.dot(share, by_region, dim=HOUR)


def _at_home(scenario: xr.Dataset, by_region: xr.DataArray) -> xr.DataArray:
    """Value at each client's home, without the region dim."""
    return by_region.sel({REGION: scenario.home}).drop_vars(REGION)


def _weighted_median(values: xr.DataArray, weights: xr.DataArray) -> xr.DataArray:
    """Weighted median over the clients that have a value."""

    def median(values: np.ndarray, weights: np.ndarray) -> float:
        order = np.argsort(values)[: np.isfinite(values).sum()]
        if not len(order):
            return np.nan
        reached = np.cumsum(weights[order])
        return values[order[np.searchsorted(reached, reached[-1] / 2)]]

    return xr.apply_ufunc(median, values, weights, input_core_dims=[[CLIENT], [CLIENT]], vectorize=True)

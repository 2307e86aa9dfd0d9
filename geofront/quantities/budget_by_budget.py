"""A frontier at budgets that are far apart: each is placed by itself, or found where another notebook placed it."""

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from geofront.model.feasibility import at_home, latency, with_network_budget, within_budget
from geofront.names import CLIENT, HOUR, WEIGHT, WORKLOAD
from geofront.placement import evaluate, place, totals, totals_by_class
from geofront.quantities.layers import layers


def budget_by_budget(scenario: xr.Dataset, workload, budgets: np.ndarray, carbon_price: float, frictions, solver: str,
                     bar: tqdm) -> tuple[np.ndarray, np.ndarray]:
    """Totals of the placement at every budget.

    Parameters
    ----------
    scenario, workload, carbon_price, frictions, solver
        As for :func:`geofront.latency_frontier`.
    budgets : numpy.ndarray
        Ascending [ms].
    bar : tqdm
        Counts them.

    Returns
    -------
    totals : numpy.ndarray
        (1 + budget, quantity), the first with nothing moved of what varies: cost [USD] and emissions [kg] of all
        demand, and the varied demand by layer [MWh].
    varied_at_home : numpy.ndarray
        Cost [USD], emissions [kg] and amount [MWh] of the varied demand, were all of it at home.
    """
    varied = scenario[WORKLOAD].isin(scenario[WORKLOAD] if workload is None else [workload])
    demand = (scenario.demand.sum(CLIENT) * scenario[WEIGHT]).sum(HOUR)
    options = {"carbon_price": carbon_price, "frictions": frictions}
    bar.reset(total=1 + len(budgets))
    rows, placement, reached = [], None, None
    for budget in [0.0, *budgets]:
        within = with_network_budget(scenario, budget) if workload is None else scenario.assign(
            latency_budget=xr.where(varied, budget, scenario.latency_budget))
        reach = within_budget(latency(within), within.latency_budget) | at_home(within)
        if reach.equals(reached):
            rows.append(rows[-1])
        else:
            placement, reached = place(within, solver=solver, before=placement, **options), reach
            total, share = totals(placement), layers(scenario, placement).share
            rows.append([total.cost, total.emissions, *(share * demand).where(varied).sum(WORKLOAD).values])
        bar.update()
    home = evaluate(scenario, scenario.demand * at_home(scenario), **options)
    of_class = np.array([*totals_by_class(home), demand.values])
    return np.array(rows), of_class[:, varied.values].sum(axis=1)

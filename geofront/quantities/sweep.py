"""The optimum over a grid of network budgets and carbon prices."""

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from geofront.arguments import ascending, checked, choice, truth
from geofront.errors import GeofrontError
from geofront.model.costs import check_carbon_prices, check_frictions, with_objective
from geofront.names import FRICTIONS, HIGHS, LAYERS, OBJECTIVES, SOLVERS
from geofront.quantities.frontier import LatencySteps, with_carbon_price
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted

_ATTRS = {
    "network_budget": ("ms", "Network budget"),
    "carbon_price": ("USD/t", "Carbon price"),
    "cost": ("USD/yr", "Cost, carbon price included"),
    "emissions": ("kg/yr", "Emissions"),
    "layer_share": ("1", "Share of the demand"),
    "relocated_share": ("1", "Relocated share"),
}


@checked(
    scenario=admitted,
    network_budgets=ascending,
    carbon_prices=check_carbon_prices,
    objective=choice(OBJECTIVES),
    frictions=check_frictions,
    solver=choice(SOLVERS),
    progress=truth,
)
def sweep(
    scenario: xr.Dataset,
    *,
    network_budgets,
    carbon_prices=(0.0,),
    objective="cost",
    frictions=FRICTIONS,
    solver=HIGHS,
    progress=False,
) -> xr.Dataset:
    """Compute the optimum at every pair of a network budget, common to all classes, and a carbon price.

    Parameters
    ----------
    scenario : xarray.Dataset
    network_budgets : sequence of float
        Ascending limits of access and round trips without service time [ms].
    carbon_prices : sequence of float
        [USD/t].
    objective : {"cost", "carbon"}
        As in :func:`geofront.place`. With least emissions, the carbon price only breaks ties.
    frictions : sequence of str
    solver : {"HiGHS", "CBC"}
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    xarray.Dataset
        Dims (network_budget, carbon_price): ``cost`` [USD/yr], including the carbon price, ``emissions`` [kg/yr],
        ``relocated_share`` and ``layer_share`` (…, layer) [-]. Attributes: objective, carbon signal.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, the objective is unknown, budgets are empty or not ascending, or there is no carbon
        price or a negative one.

    Notes
    -----
    Every point is an exact optimum. From one budget to the next, a block is solved again only if a newly allowed arc
    lowers its objective. Each carbon price uses the optima of the previous one as warm starts.
    """
    budgets, prices = network_budgets, np.array(carbon_prices)
    if not len(prices):
        raise GeofrontError("carbon_prices must hold at least one price [USD/t]")
    steps = LatencySteps(scenario, None, frictions)
    starts_at: dict = {}
    totals = []
    with tqdm(desc="sweep", unit="budget", disable=not progress) as bar:
        for price in prices:
            problem = steps.problem(price, objective)
            totals.append(with_carbon_price(steps.totals(problem, budgets, solver, bar, starts_at), price))
    result = _dataset(budgets, prices, np.stack(totals, axis=1), steps.varied_at_home(problem))
    result.attrs = {"objective": objective, "carbon_signal": scenario.attrs["carbon_signal"]}
    return described(result, with_objective(objective, _ATTRS))


def _dataset(budgets: np.ndarray, prices: np.ndarray, totals: np.ndarray, at_home: np.ndarray) -> xr.Dataset:
    """Make the result from totals (network_budget, carbon_price, quantity) and the totals of all demand at home."""
    grid, demand = ("network_budget", "carbon_price"), at_home[2]
    layers = totals[..., 2:] / (demand or np.nan)
    return xr.Dataset(
        {
            "cost": (grid, totals[..., 0]),
            "emissions": (grid, totals[..., 1]),
            "layer_share": ((*grid, "layer"), layers),
            "relocated_share": (grid, 1 - layers[..., 0]),
        },
        coords={"network_budget": budgets, "carbon_price": prices, "layer": np.array(LAYERS, dtype=object)},
    )

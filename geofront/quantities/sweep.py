"""The optimum over a grid of network budgets and carbon prices."""

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from geofront.errors import GeofrontError
from geofront.model.formulation import silent
from geofront.names import FRICTIONS, HOUR, LAYERS
from geofront.quantities.latency_steps import LatencySteps, check_budgets, within
from geofront.quantities.ledger import Ledger
from geofront.solver.parts import in_parts
from geofront.solver.reach import GrowingReach

_ATTRS = {
    "network_budget": ("ms", "Network budget"),
    "carbon_price": ("USD/t", "Carbon price"),
    "cost": ("USD/yr", "Cost, carbon price included"),
    "emissions": ("kg/yr", "Emissions"),
    "layer_share": ("1", "Share of the demand"),
    "relocated_share": ("1", "Relocated share"),
}


def sweep(scenario: xr.Dataset, *, network_budgets, carbon_prices=(0.0,), frictions=FRICTIONS, solver="CBC",
          progress=False) -> xr.Dataset:
    """The optimum at every pair of a network budget, common to all classes, and a carbon price.

    Parameters
    ----------
    scenario : xarray.Dataset
    network_budgets : sequence of float
        Ascending [ms]: what access and round trips may take beside the service time.
    carbon_prices : sequence of float
        [USD/t].
    frictions : sequence of str
    solver : {"CBC", "HiGHS"}
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    xarray.Dataset
        Dims (network_budget, carbon_price): ``cost`` [USD/yr], carbon price included, ``emissions``
        [kg/yr], ``relocated_share`` and ``layer_share`` (…, layer) [1].

    Raises
    ------
    GeofrontError
        Invalid scenario, empty or unsorted budgets, or no carbon price.

    Notes
    -----
    See "Energy-latency frontier" in docs/model.md.
    Every point is an exact optimum. Going from one budget to the next, days are solved again only where
    an arc that opens lowers the objective; all carbon prices share the solver's programs and start warm.
    """
    budgets, prices = check_budgets(network_budgets, "network_budgets"), np.atleast_1d(np.asarray(carbon_prices, float))
    if not len(prices):
        raise GeofrontError("carbon_prices must hold at least one price [USD/t]")
    steps = LatencySteps(scenario, None, frictions)
    problems = [steps.problem(price) for price in prices]
    origins = steps.origins(problems[0])
    opens = steps.opens(origins)

    def grid(hours: np.ndarray, step) -> tuple[np.ndarray, np.ndarray]:
        reach, masters = within(opens, budgets[0]), {}
        states = [GrowingReach(problem.at(hours), origins, reach, solver, masters) for problem in problems]
        part = scenario.isel({HOUR: hours})
        ledgers = [Ledger(part, state, steps.varied, price, frictions)
                   for state, price in zip(states, prices, strict=True)]
        taken, totals = list(zip(states, ledgers, strict=True)), []
        for budget in budgets:
            new = within(opens, budget) & ~reach
            reach |= new
            for state, ledger in taken:
                changed = state.update(new) if totals else np.arange(len(hours))
                if len(changed):
                    ledger.update(changed)
                step()
            totals.append([ledger.totals() for ledger in ledgers])
            taken.reverse()  # back and forth, so that the programs go on from the price they had last
        return np.array(totals), ledgers[0].varied_at_home

    points = len(budgets) * len(prices)
    with silent(), tqdm(desc="sweep", disable=not progress) as bar:
        totals, at_home = in_parts(problems[0], grid, steps=points, bar=bar)
    return _dataset(budgets, prices, totals, at_home)


def _dataset(budgets: np.ndarray, prices: np.ndarray, totals: np.ndarray, at_home: np.ndarray) -> xr.Dataset:
    """From totals (network_budget, carbon_price, quantity) and what all demand is at home."""
    grid, demand = ("network_budget", "carbon_price"), at_home[2]
    layers = totals[..., 2:] / (demand or np.nan)
    result = xr.Dataset(
        {
            "cost": (grid, totals[..., 0]),
            "emissions": (grid, totals[..., 1]),
            "layer_share": ((*grid, "layer"), layers),
            "relocated_share": (grid, 1 - layers[..., 0]),
        },
        coords={"network_budget": budgets, "carbon_price": prices, "layer": np.array(LAYERS, dtype=object)},
    )
    for name, (units, long_name) in _ATTRS.items():
        result[name].attrs = {"units": units, "long_name": long_name}
    return result

"""Which arcs open at which latency budget: the steps of a frontier."""

from dataclasses import replace

import numpy as np
import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.model.feasibility import latency, network_latency, within_budget
from geofront.model.problem import Problem, build_problem
from geofront.names import REGION, WORKLOAD
from geofront.scenarios.validation import validate
from geofront.solver.origins import Origins, gather


def check_budgets(budgets, name: str) -> np.ndarray:
    """Budgets [ms] as an array.

    Raises
    ------
    GeofrontError
        There is none, or they are not finite, negative or not ascending.
    """
    budgets = np.atleast_1d(np.asarray(budgets, float))
    if not (len(budgets) and np.isfinite(budgets).all() and budgets[0] >= 0 and (np.diff(budgets) > 0).all()):
        raise GeofrontError(f"{name} must be at least one finite number of milliseconds, none negative, "
                            "each larger than the one before")
    return budgets


def within(opens: np.ndarray, budget: float) -> np.ndarray:
    """Which arcs (o, r) are open at a budget [ms]."""
    return within_budget(opens, budget)


class LatencySteps:
    """A scenario whose latency budget varies, for one class or as a network budget common to all.

    Parameters
    ----------
    scenario : xarray.Dataset
    workload : str or None
        The class whose end-to-end budget varies; None for the network budget: what access and round
        trips may take beside the service time.
    frictions : sequence of str

    Raises
    ------
    GeofrontError
        Invalid scenario or unknown class.
    """

    def __init__(self, scenario: xr.Dataset, workload, frictions):
        validate(scenario, baseline=False)
        labels = scenario.indexes[WORKLOAD]
        if workload is not None and workload not in labels:
            raise GeofrontError(f"there is no class {workload!r}: use one of {first_labels(labels)}, or None for all")
        self.scenario, self.frictions = scenario, frictions
        self.varied = np.ones(len(labels), bool) if workload is None else labels == workload
        self.latency = (network_latency if workload is None else latency)(scenario).values

    def problem(self, carbon_price: float) -> Problem:
        """The placement problem with every budget that varies lifted."""
        problem = build_problem(self.scenario, carbon_price=carbon_price, frictions=self.frictions)
        return replace(problem, allowed=problem.allowed | self.varied[:, None])

    def origins(self, problem: Problem) -> Origins:
        """Origins with the largest reach, clients apart where their budget varies."""
        return gather(problem, apart=self.varied)

    def opens(self, origins: Origins) -> np.ndarray:
        """Budget at which each arc (o, r) opens [ms]: zero for home and for classes that do not vary."""
        client = np.zeros(len(origins.service), int)
        client[origins.origin] = origins.client
        opens = np.where(self.varied[origins.workload][:, None], self.latency[client, origins.workload], 0.0)
        return np.where(origins.reach, np.where(origins.away, opens, 0.0), np.inf)

    def shortest_home(self) -> float:
        """Shortest latency at home of the demand that varies [ms]: below it no budget can be met."""
        home = self.scenario.indexes[REGION].get_indexer(self.scenario.home.values)
        return float(self.latency[np.arange(len(home)), :, home][:, self.varied].min())

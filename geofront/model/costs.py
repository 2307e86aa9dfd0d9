"""Cost and emissions of executing a megawatt-hour of inference at home or away."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import xarray as xr

from geofront.arguments import checked, choice, number, several, shown
from geofront.errors import GeofrontError
from geofront.names import (
    BLOCK,
    CLIENT,
    FRICTION,
    FRICTIONS,
    HOUR,
    OBJECTIVE,
    OBJECTIVES,
    REGION,
    SERVICE,
    WORKLOAD,
    Objective,
)
from geofront.scenarios.schema import described
from geofront.scenarios.validation import admitted

CARBON_PRICE = number("USD per tonne", least=0, most=1e5)

COST_WEIGHT = 1e-5
"""Weight of the cost when the objective is emissions: it selects the cheapest of the cleanest placements [kg/USD]."""


class Rates(NamedTuple):
    """Coefficients of the cost [USD] or emissions [kg] of a placement."""

    price: np.ndarray  # (r, t) per MWh of IT energy used
    fixed: np.ndarray  # (s, r, k) per MWh of IT energy demanded
    warmup: np.ndarray  # (r, k, t) per MW started


def check_objective(objective) -> Objective:
    """Look up an objective by name.

    Raises
    ------
    GeofrontError
        If the name is unknown.
    """
    return OBJECTIVE[choice(OBJECTIVES)(objective, "objective")]


def objective_of_result(result: xr.Dataset) -> Objective:
    """Objective of the placements behind a result, from its attribute ``objective``; cost if it has none.

    Raises
    ------
    GeofrontError
        If the attribute is not an objective.
    """
    return check_objective(result.attrs.get("objective", "cost"))


def with_objective(objective: str, attrs: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Add the objective to the long names of cost and emissions in `attrs`, (units, long name) by variable."""
    least = check_objective(objective)
    titles = {
        name: least.title if each is least else f"{each.quantity} at {least.title.lower()}"
        for each in OBJECTIVE.values()
        for name in (each.total, each.per_mwh)
    }
    return {name: (units, titles.get(name, long_name)) for name, (units, long_name) in attrs.items()}


def check_frictions(frictions, name: str = "frictions") -> tuple[str, ...]:
    """Check frictions and sort them. A single name is accepted, because NetCDF reads a list of one back as a name.

    Raises
    ------
    GeofrontError
        If one of them is unknown.
    """
    given = several(lambda friction, _: friction)(frictions, name)
    unknown = [shown(friction) for friction in given if not (isinstance(friction, str) and friction in FRICTIONS)]
    if unknown:
        raise GeofrontError(f"{name}: unknown frictions {', '.join(unknown[:5])}: use any of {', '.join(FRICTIONS)}")
    return tuple(friction for friction in FRICTIONS if friction in given)


def check_carbon_price(carbon_price, name: str = "carbon_price") -> float:
    """Check a carbon price and return it as a float [USD/t].

    Raises
    ------
    GeofrontError
        If it is not a finite number, is negative, or exceeds 100,000 USD/t.
    """
    return CARBON_PRICE(carbon_price, name)


def check_carbon_prices(carbon_prices, name: str = "carbon_prices") -> tuple[float, ...]:
    """Check carbon prices with :func:`check_carbon_price`; a single number counts as a list of one.

    Raises
    ------
    GeofrontError
        As :func:`check_carbon_price`, for the first invalid one.
    """
    return several(lambda price, _: check_carbon_price(price, name.removesuffix("s")))(carbon_prices, name)


def carbon_cost(carbon_price, carbon):
    """Cost of carbon [USD/MWh] at a carbon price [USD/t] and a carbon intensity [kg/MWh].

    For emissions [kg], the result is in USD. All carbon costs in geofront are computed here.
    """
    return carbon_price / 1000 * carbon


def with_frictions(scenario: xr.Dataset, frictions=FRICTIONS) -> xr.Dataset:
    """Copy the scenario with only the given frictions active.

    The variables of every other friction get their values from `geofront.names.FRICTION`: zero, or infinite capacity.
    """
    kept = check_frictions(frictions)
    return scenario.assign(
        {
            variable: xr.full_like(scenario.variables[variable], value, dtype=float)
            for name in FRICTIONS
            if name not in kept
            for variable, value in FRICTION[name].without.items()
        }
    )


def arc_terms(scenario: xr.Dataset) -> xr.Dataset:
    """Compute the factors of the unit cost, each with only the dims that it needs.

    Returns
    -------
    xarray.Dataset
        - ``execution`` (service, region, workload) [-]: IT energy used per IT energy demanded.
        - ``egress``, ``overhead`` (service, region, workload) [USD/MWh].
        - ``facility_price`` (region, hour) [USD/MWh of IT energy], ``facility_carbon`` (region, hour) [kg/MWh].
        - ``warmup_energy`` (region, workload) [MWh/MW]: facility energy to start 1 MW.
        - ``warmup_price`` [USD/MWh], ``warmup_carbon`` [kg/MWh] (region, hour): block means. The price is clipped at
          zero, so that starting and stopping never earns money.
    """
    # Variables of a scenario share its labels, so the arithmetic can skip alignment, which takes most of the time.
    given = scenario.variables
    away = given[SERVICE] != given[REGION]
    egress = given["upload"] * given["egress_request"] + given["download"] * given["egress_response"]
    terms = xr.Dataset(
        {
            "execution": 1 + given["overhead_energy"] * away,
            "egress": away * egress,
            "overhead": away * given["overhead_cost"],
            "facility_price": given["pue"] * given["price"],
            "facility_carbon": given["pue"] * given["carbon"],
            "warmup_energy": given["warmup"] * given["pue"],
            "warmup_price": _block_mean(given["price"], given[BLOCK]).clip(min=0),
            "warmup_carbon": _block_mean(given["carbon"], given[BLOCK]),
        },
        coords=scenario.drop_dims(CLIENT).coords,
    )
    return terms.transpose(SERVICE, REGION, WORKLOAD, HOUR)


def objective_rates(terms: xr.Dataset, objective: str, carbon_price: float = 0.0, *, tie_break: bool = True) -> Rates:
    """Compute the coefficients of the objective: cost, cost with a carbon price, or emissions.

    Parameters
    ----------
    terms : xarray.Dataset
        From :func:`arc_terms`.
    objective : {"cost", "carbon"}
    carbon_price : float
        Part of the cost [USD/t].
    tie_break : bool
        Whether emissions include `COST_WEIGHT` times the cost, as in the objective but not in results.

    Returns
    -------
    Rates
        In USD for ``cost``, in kg for ``carbon``.

    Raises
    ------
    GeofrontError
        If the objective is unknown.
    """
    check_objective(objective)
    terms = terms.variables
    warmup_price = terms["warmup_price"] + carbon_cost(carbon_price, terms["warmup_carbon"])
    rates = {
        "price": terms["facility_price"] + carbon_cost(carbon_price, terms["facility_carbon"]),
        "fixed": terms["egress"] + terms["overhead"],
        "warmup": terms["warmup_energy"] * warmup_price,
    }
    if objective == "carbon":
        carbon = {
            "price": terms["facility_carbon"],
            "fixed": xr.zeros_like(rates["fixed"]),
            "warmup": terms["warmup_energy"] * terms["warmup_carbon"],
        }
        rates = {name: carbon[name] + COST_WEIGHT * rates[name] for name in rates} if tie_break else carbon
    return Rates(
        price=rates["price"].transpose(REGION, HOUR).values,
        fixed=rates["fixed"].transpose(SERVICE, REGION, WORKLOAD).values,
        warmup=rates["warmup"].transpose(REGION, WORKLOAD, HOUR).values,
    )


def _block_mean(array: xr.Variable, block: xr.Variable) -> xr.Variable:
    """Mean over the hours of a block, at each of its hours."""
    array = array.transpose(..., HOUR)
    _, number, hours = np.unique(block, return_inverse=True, return_counts=True)
    total = np.zeros((*array.shape[:-1], len(hours)))
    np.add.at(total.T, number, array.values.T)
    return array.copy(data=(total / hours)[..., number])


@checked(scenario=partial(admitted, waiting=True), carbon_price=check_carbon_price, frictions=check_frictions)
def unit_costs(scenario: xr.Dataset, *, carbon_price=0.0, frictions=FRICTIONS) -> xr.Dataset:
    """Cost components and emissions per MWh of IT energy demanded, by home, region and class.

    Parameters
    ----------
    scenario, carbon_price, frictions
        As in :func:`geofront.place`.

    Returns
    -------
    xarray.Dataset
        ``energy``, ``carbon`` (cost of carbon), ``egress``, ``overhead`` and their ``total``
        [USD/MWh], ``emissions`` [kg/MWh], dims (service, region, workload, hour); ``egress`` and
        ``overhead`` have no hour. ``service`` is the client's home.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, a friction is unknown, or the carbon price is negative or not a number.

    Notes
    -----
    u = (1 + overhead_energy·away)·pue·(price + π·carbon/1000) + away·(upload·egress_request +
    download·egress_response + overhead_cost). Warm-up is excluded, because it depends on changes between hours.
    See "Unit cost" in docs/model.md.
    """
    terms = arc_terms(with_frictions(scenario, frictions))
    costs = xr.Dataset(
        {
            "energy": terms.execution * terms.facility_price,
            "emissions": terms.execution * terms.facility_carbon,
            "egress": terms.egress,
            "overhead": terms.overhead,
        }
    )
    costs["carbon"] = carbon_cost(carbon_price, costs.emissions)
    costs["total"] = costs.energy + costs.carbon + costs.egress + costs.overhead
    costs = described(
        costs, {name: ("kg/MWh" if name == "emissions" else "USD/MWh", f"Unit {name}") for name in map(str, costs)}
    )
    return costs.transpose(SERVICE, REGION, WORKLOAD, HOUR, missing_dims="ignore")

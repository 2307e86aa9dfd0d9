"""What settings change in a scenario: done, and as code to copy."""

from functools import partial
from inspect import signature

import xarray as xr

from geofront.errors import GeofrontError, first_labels
from geofront.explore.settings import GLOBAL, REGIONAL, Settings
from geofront.model.feasibility import with_network_budget
from geofront.names import FRICTIONS, HIGHS, REGION
from geofront.scenarios.build import stylized
from geofront.scenarios.schema import schema


def edited(scenario: xr.Dataset, settings: Settings) -> xr.Dataset:
    """The scenario with its factors and network budget as in the settings.

    Raises
    ------
    GeofrontError
        A factor names no region.
    """
    changed = {}
    for name, variable in REGIONAL.items():
        if factors := getattr(settings, name):
            changed[variable] = array = scenario[variable].copy()
            for region, factor in factors:
                if region not in scenario.indexes[REGION]:
                    labels = first_labels(scenario[REGION].values, 99)
                    raise GeofrontError(f"there is no region {region!r}: use one of {labels}")
                array.loc[{REGION: region}] *= factor
    for name, variables in GLOBAL.items():
        if (factor := getattr(settings, name)) != 1:
            for variable in variables:
                array = factor * scenario[variable]
                changed[variable] = array.clip(max=_most(variable)).assign_attrs(scenario[variable].attrs)
    if settings.network_budget is not None:
        scenario = with_network_budget(scenario, settings.network_budget)
    return scenario.assign(changed)


def as_code(settings: Settings, make_scenario, solver: str = HIGHS) -> str:
    """Code that makes the scenario at some settings and places it; `make_scenario` is that of the explorer."""
    lines = [f"scenario = {_call(settings, make_scenario)}"]
    for name, variable in REGIONAL.items():
        for region, factor in getattr(settings, name):
            lines.append(f'scenario["{variable}"].loc[{{"region": {_literal(region)}}}] *= {factor:.6g}')
    for name, variables in GLOBAL.items():
        if (factor := getattr(settings, name)) != 1:
            for variable in variables:
                scaled = f"{factor:.6g} * scenario.{variable}"
                share = schema().at[variable, "maximum"] == 1
                lines.append(f'scenario["{variable}"] = ' + (f"({scaled}).clip(max=1)" if share else scaled))
    if settings.network_budget is not None:
        lines.append(f'scenario["latency_budget"] = scenario.service_time + {settings.network_budget:.6g}')
    options = {"carbon_price": settings.carbon_price, "frictions": list(settings.frictions), "solver": solver}
    usual = {"carbon_price": 0.0, "frictions": list(FRICTIONS), "solver": HIGHS}
    given = "".join(f", {name}={_literal(value)}" for name, value in options.items() if value != usual[name])
    lines += [f"placement = gf.place(scenario{given})", "print(gf.totals(placement))"]
    return "\n".join(["import geofront as gf", "", *lines])


def _most(variable: str) -> float:
    return float(schema().at[variable, "maximum"])


def _call(settings: Settings, make_scenario) -> str:
    """The call that makes the scenario; of geofront's own function, only what differs from its defaults."""
    called = {name: getattr(settings, name) for name in ("carbon_signal", "demand_mw", "headroom")}
    keywords, function = called, make_scenario
    while isinstance(function, partial):
        keywords, function = function.keywords | keywords, function.func
    if function is not stylized:
        return "make_scenario(" + ", ".join(f"{name}={_literal(value)}" for name, value in called.items()) + ")"
    usual = {name: each.default for name, each in signature(stylized).parameters.items()}
    given = [f"{name}={_literal(value)}" for name, value in keywords.items() if not _same(value, usual[name])]
    return f"gf.stylized({', '.join(given)})"


def _same(value, other) -> bool:
    return value is other or (isinstance(value, str | int | float) and value == other)


def _literal(value) -> str:
    """A value as code: hours by the file that they were read from."""
    if isinstance(value, xr.Dataset):
        return f"gf.hours({_literal(value.attrs.get('source', 'hours.csv'))})"
    return repr(value).replace("'", '"') if isinstance(value, str | list) else repr(value)

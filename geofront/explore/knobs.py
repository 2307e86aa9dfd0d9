"""The knobs as widgets, kept in step with an explorer's settings."""

from dataclasses import replace

import ipywidgets as widgets

from geofront.explore.explorer import Explorer
from geofront.explore.settings import BUDGETS, DECIMALS, PRICE_FACTORS, SLIDERS, Settings
from geofront.names import CARBON_SIGNALS, FRICTIONS

_OWN = "each its own"
"""Stop of the slider without a common network budget; sliders cannot hold None."""

_SIGNALS = dict(zip(CARBON_SIGNALS, ("marginal (WattTime)", "average (life-cycle)", "marginal (IFI)"), strict=True))


def make_knobs(explorer: Explorer) -> dict[str, widgets.ValueWidget]:
    """Widgets by the name of the setting, at the explorer's present settings."""
    knobs = {
        "carbon_price": widgets.FloatSlider(
            description="Carbon price [USD/t]", readout_format=".0f", **SLIDERS["carbon_price"]
        ),
        "carbon_signal": widgets.Dropdown(
            description="Carbon signal", options=[(_SIGNALS[signal], signal) for signal in CARBON_SIGNALS]
        ),
        "network_budget": widgets.SelectionSlider(description="Network budget", options=_stops(BUDGETS)),
        "demand_mw": widgets.FloatSlider(description="Demand [MW]", readout_format=".0f", **SLIDERS["demand_mw"]),
        "headroom": widgets.FloatSlider(
            description="Capacity headroom [%]", readout_format=".0%", **SLIDERS["headroom"]
        ),
        "region": widgets.Dropdown(
            description="Electricity price of", options=[(name, label) for label, name in explorer.regions.items()]
        ),
        "factor": widgets.FloatSlider(description="times", readout_format=".1f", **PRICE_FACTORS),
        "shown": widgets.ToggleButtons(
            description="Show flows and cost of class",
            options=["all", *explorer.classes],
            style={"button_width": "38px"},
        ),
    }
    switches = {
        name: widgets.Checkbox(description=name, indent=False, layout=widgets.Layout(width="110px"))
        for name in FRICTIONS
    }
    for several, kind in ((knobs, "geofront-knob"), (switches, "geofront-switch")):
        for knob in several.values():
            knob.add_class(kind)
    turn(knobs | switches, explorer)
    return knobs | switches


def settings_of(knobs: dict[str, widgets.ValueWidget], settings: Settings) -> Settings:
    """The settings shown by the knobs; all others stay as they are."""
    turned = {name: round(knobs[name].value, DECIMALS) for name in SLIDERS}
    turned["carbon_signal"] = knobs["carbon_signal"].value
    budget = knobs["network_budget"].value
    turned["network_budget"] = None if budget == _OWN else budget
    turned["frictions"] = tuple(name for name in FRICTIONS if knobs[name].value)
    factor = round(knobs["factor"].value, DECIMALS)
    return replace(settings, **turned).with_price_factor(knobs["region"].value, factor)


def turn(knobs: dict[str, widgets.ValueWidget], explorer: Explorer) -> None:
    """Turn the knobs to the explorer's settings, also beyond their ends or between their stops."""
    settings = explorer.settings
    for name in SLIDERS:
        _slide(knobs[name], getattr(settings, name))
    _slide(knobs["factor"], settings.price_factor(knobs["region"].value))
    if settings.network_budget not in (None, *BUDGETS):
        knobs["network_budget"].options = _stops(sorted({*BUDGETS, settings.network_budget}))
    knobs["network_budget"].value = settings.network_budget or _OWN
    knobs["carbon_signal"].value = settings.carbon_signal
    for name in FRICTIONS:
        knobs[name].value = name in settings.frictions
    knobs["shown"].value = explorer.shown


def _stops(budgets) -> list[tuple[str, float | str]]:
    return [(f"{budget:g} ms", budget) for budget in budgets] + [(_OWN, _OWN)]


def _slide(slider: widgets.FloatSlider, value: float) -> None:
    slider.min, slider.max = min(slider.min, value), max(slider.max, value)
    slider.value = value

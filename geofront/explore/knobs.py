"""The knobs as widgets: which there are, and how they and an explorer's settings follow each other."""

from dataclasses import replace

import ipywidgets as widgets

from geofront.explore.explorer import BUDGETS, Explorer, Settings
from geofront.names import CARBON_SIGNALS, FRICTIONS

_NUMBERS = ("carbon_price", "demand_mw", "headroom")
"""Sliders called like the setting that they turn."""

_DECIMALS = 6
"""To which sliders are read, because in a page their stops are hit only up to rounding."""

_OWN = "each its own"
"""Stop of the slider that stands for no common network budget; sliders cannot hold None."""

_SIGNALS = dict(zip(CARBON_SIGNALS, ("marginal (WattTime)", "average (life-cycle)", "marginal (IFI)"), strict=True))


def make_knobs(explorer: Explorer) -> dict[str, widgets.ValueWidget]:
    """Widgets by the name of what they turn, at the explorer's present settings."""
    settings = explorer.settings
    budgets = [(f"{budget:g} ms", budget) for budget in BUDGETS] + [(_OWN, _OWN)]
    knobs = {
        "carbon_price": widgets.FloatSlider(
            settings.carbon_price, description="Carbon price [USD/t]", readout_format=".0f", step=5,
            min=min(0.0, settings.carbon_price), max=max(300.0, settings.carbon_price)),
        "carbon_signal": widgets.Dropdown(
            options=[(_SIGNALS[signal], signal) for signal in CARBON_SIGNALS], value=settings.carbon_signal,
            description="Carbon signal"),
        "network_budget": widgets.SelectionSlider(
            options=budgets, value=settings.network_budget or _OWN, description="Network budget"),
        "demand_mw": widgets.FloatSlider(
            settings.demand_mw, description="Demand [MW]", readout_format=".0f", step=50,
            min=min(100.0, settings.demand_mw), max=max(3000.0, settings.demand_mw)),
        "headroom": widgets.FloatSlider(
            settings.headroom, description="Capacity headroom [%]", readout_format=".0%", step=0.05,
            min=0, max=max(1.0, settings.headroom)),
        "region": widgets.Dropdown(
            options=[(name, label) for label, name in explorer.regions.items()], description="Electricity price of"),
        "factor": widgets.FloatSlider(1, description="times", readout_format=".1f", min=0.1, max=3, step=0.1),
        "shown": widgets.ToggleButtons(
            options=["all", *explorer.classes], description="Show flows and cost of class",
            style={"button_width": "38px"}),
    }
    switches = {name: widgets.Checkbox(name in settings.frictions, description=name, indent=False,
                                       layout=widgets.Layout(width="110px")) for name in FRICTIONS}
    for several, kind in ((knobs, "geofront-knob"), (switches, "geofront-switch")):
        for knob in several.values():
            knob.add_class(kind)
    return knobs | switches


def settings_of(knobs: dict[str, widgets.ValueWidget], settings: Settings) -> Settings:
    """Settings as the knobs stand; what they do not show stays as it is."""
    turned = {name: round(knobs[name].value, _DECIMALS) for name in _NUMBERS}
    turned["carbon_signal"] = knobs["carbon_signal"].value
    budget = knobs["network_budget"].value
    turned["network_budget"] = None if budget == _OWN else budget
    turned["frictions"] = tuple(name for name in FRICTIONS if knobs[name].value)
    factor = round(knobs["factor"].value, _DECIMALS)
    return replace(settings, **turned).with_price_factor(knobs["region"].value, factor)


def turn(knobs: dict[str, widgets.ValueWidget], explorer: Explorer) -> None:
    """Make the knobs stand where the explorer's settings are."""
    for name in (*_NUMBERS, "carbon_signal"):
        knobs[name].value = getattr(explorer.settings, name)
    knobs["network_budget"].value = explorer.settings.network_budget or _OWN
    for name in FRICTIONS:
        knobs[name].value = name in explorer.settings.frictions
    knobs["factor"].value = explorer.settings.price_factor(knobs["region"].value)
    knobs["shown"].value = explorer.shown

"""Widgets of the settings, synchronised with an explorer."""

import html
from dataclasses import replace

import ipywidgets as widgets

from geofront.explore.explorer import Explorer
from geofront.explore.settings import BUDGETS, DECIMALS, FACTORS, GLOBAL, REGIONAL, SLIDERS, Settings
from geofront.names import CARBON_SIGNALS, FRICTION, FRICTIONS
from geofront.scenarios.schema import schema

_OWN = "each its own"
"""Slider position without a common network budget, because sliders cannot hold None."""

_SIGNALS = dict(zip(CARBON_SIGNALS, ("marginal (WattTime)", "average (life-cycle)", "marginal (IFI)"), strict=True))


_MEANING = {
    "carbon_price": ("Price on emissions [USD/t]: part of every cost shown.", ()),
    "carbon_signal": (
        "Which emissions are counted: those of one more MWh, by two sources, or the average.",
        ("carbon",),
    ),
    "network_budget": ("Longest time of access and round trips, for all classes alike.", ("latency_budget",)),
    "demand_mw": ("Mean IT power of all demand [MW].", ("demand",)),
    "headroom": ("Capacity above the peak of home demand, per unit of it [%].", ("capacity",)),
    "region": ("The region whose price and capacity the next two knobs change; or click it on the map.", ()),
    "price_factors": ("Multiplies the electricity price of the region chosen above.", ("price",)),
    "capacity_factors": ("Multiplies the capacity of the region chosen above.", ("capacity",)),
    "egress_factor": ("Multiplies all egress prices.", GLOBAL["egress_factor"]),
    "pinned_factor": ("Multiplies the pinned share of every class, up to 1.", GLOBAL["pinned_factor"]),
    "regulated_factor": ("Multiplies all regulated shares, up to 1.", ("regulated_share", "lawful")),
    "shown": ("Flows, cost and emissions of all classes or of one.", ()),
}
"""What a knob does, and the variables of the scenario that it changes."""


def tooltip(name: str) -> str:
    """What a knob does, with name, unit and meaning of the variables behind it."""
    if name in FRICTION:
        does, variables = f"{FRICTION[name].label}.", tuple(FRICTION[name].without)
    else:
        does, variables = _MEANING[name]
    table = schema()
    lines = [
        f"{row.long_name}{f' [{row.units}]' if row.units not in ('', '1') else ''}: {row.meaning}."
        for row in table.loc[list(variables)].itertuples()
    ]
    return "\n".join([does, *lines])


def make_knobs(explorer: Explorer) -> dict[str, widgets.ValueWidget]:
    """Widgets by the name of the setting, at the explorer's present settings."""

    def slider(description: str, readout: str, ends: dict[str, float]) -> widgets.FloatSlider:
        return widgets.FloatSlider(description=description, readout_format=readout, **ends)

    knobs = {
        "carbon_price": slider("Carbon price [USD/t]", ".0f", SLIDERS["carbon_price"]),
        "carbon_signal": widgets.Dropdown(
            description="Carbon signal", options=[(_SIGNALS[signal], signal) for signal in CARBON_SIGNALS]
        ),
        "network_budget": widgets.SelectionSlider(description="Network budget", options=_stops(BUDGETS)),
        "demand_mw": slider("Demand [MW]", ".0f", SLIDERS["demand_mw"]),
        "headroom": slider("Capacity headroom [%]", ".0%", SLIDERS["headroom"]),
        "egress_factor": slider("Egress prices ×", ".1f", SLIDERS["egress_factor"]),
        "pinned_factor": slider("Pinned shares ×", ".1f", SLIDERS["pinned_factor"]),
        "regulated_factor": slider("Regulated shares ×", ".1f", SLIDERS["regulated_factor"]),
        "region": widgets.Dropdown(
            description="Region", options=[(name, label) for label, name in explorer.regions.items()]
        ),
        "price_factors": slider("its electricity price ×", ".1f", FACTORS),
        "capacity_factors": slider("its capacity ×", ".1f", FACTORS),
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
    for name, knob in knobs.items():
        knob.add_class("geofront-knob")
        knob.tooltip = tooltip(name)
        if isinstance(knob, widgets.Dropdown):  # which ignores its tooltip beside a description
            knob.description_allow_html = True
            knob.description = f"<span title='{html.escape(knob.tooltip, quote=True)}'>{knob.description}</span>"
    for switch in switches.values():
        switch.add_class("geofront-switch")
    turn(knobs | switches, explorer)
    return knobs | switches


def settings_of(knobs: dict[str, widgets.ValueWidget], settings: Settings) -> Settings:
    """Settings shown by the widgets; all others unchanged."""
    turned = {name: round(knobs[name].value, DECIMALS) for name in SLIDERS}
    turned["carbon_signal"] = knobs["carbon_signal"].value
    budget = knobs["network_budget"].value
    turned["network_budget"] = None if budget == _OWN else budget
    turned["frictions"] = tuple(name for name in FRICTIONS if knobs[name].value)
    settings = replace(settings, **turned)
    for name in REGIONAL:
        settings = settings.with_factor(name, knobs["region"].value, round(knobs[name].value, DECIMALS))
    return settings


def turn(knobs: dict[str, widgets.ValueWidget], explorer: Explorer) -> None:
    """Move the widgets to the explorer's settings, even beyond their ranges or between their steps."""
    settings = explorer.settings
    for name in SLIDERS:
        _slide(knobs[name], getattr(settings, name))
    for name in REGIONAL:
        _slide(knobs[name], settings.factor(name, knobs["region"].value))
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

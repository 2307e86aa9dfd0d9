"""Settings to start from."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import ipywidgets as widgets

from geofront.explore.explorer import Explorer
from geofront.explore.settings import Settings

CHEAP_CARBON = 20.0
"""Carbon price of the preset of that name [USD/t]."""


class Preset(NamedTuple):
    """Settings by a name."""

    meaning: str
    settings: Callable[[Settings], Settings]
    """Given the first settings."""


PRESETS = {
    "paper's budgets": Preset(
        "Each class within the paper's latency budget, all frictions, no carbon price; all other values are geofront's",
        lambda first: Settings(carbon_signal=first.carbon_signal, demand_mw=first.demand_mw),
    ),
    "real year": Preset(
        "Every hour of a real year instead of typical days: takes a minute",
        lambda first: replace(first, real_year=True),
    ),
    "no law": Preset(
        "Regulated data may be processed anywhere",
        lambda first: replace(first, frictions=tuple(name for name in first.frictions if name != "legal")),
    ),
    "cheap carbon": Preset(
        f"A carbon price of {CHEAP_CARBON:g} USD/t", lambda first: replace(first, carbon_price=CHEAP_CARBON)
    ),
}


def preset_buttons(explorer: Explorer) -> list[widgets.Button]:
    """A button for each preset; that of the real year is disabled without its hours."""
    buttons = []
    for name, preset in PRESETS.items():
        button = widgets.Button(description=name, tooltip=preset.meaning, layout=widgets.Layout(width="auto"))
        button.on_click(lambda _, preset=preset: setattr(explorer, "settings", preset.settings(explorer.at_first)))
        if name == "real year" and explorer.make_real_year is None:
            button.disabled, button.tooltip = True, "Needs a file of real hours: the notebook's parameter hours_file"
        buttons.append(button)
    return buttons

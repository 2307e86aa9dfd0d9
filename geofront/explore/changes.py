"""What differs from the first settings: a list of changes, each with its undo."""

from dataclasses import replace
from typing import NamedTuple

import ipywidgets as widgets

from geofront.explore.explorer import Explorer
from geofront.explore.settings import REGIONAL, Settings
from geofront.names import FRICTIONS

_TEXTS = {
    "carbon_price": "carbon price {:g} USD/t",
    "carbon_signal": "carbon signal {}",
    "demand_mw": "demand {:,g} MW",
    "headroom": "headroom {:.0%}",
    "egress_factor": "egress × {:g}",
    "pinned_factor": "pinned share × {:g}",
    "regulated_factor": "regulated share × {:g}",
}


class Change(NamedTuple):
    """One difference from the first settings."""

    text: str
    undone: Settings
    """The present settings without it."""


def changes(explorer: Explorer) -> dict[tuple[str, str], Change]:
    """Changes by the name of the setting and, of settings with several parts, the region or friction."""
    settings, first = explorer.settings, explorer.at_first
    found = {}
    for name, text in _TEXTS.items():
        value = getattr(settings, name)
        if value != getattr(first, name):
            found[name, ""] = Change(text.format(value), replace(settings, **{name: getattr(first, name)}))
    if (budget := settings.network_budget) != first.network_budget:
        text = "own network budgets" if budget is None else f"network budget {budget:g} ms"
        found["network_budget", ""] = Change(text, replace(settings, network_budget=first.network_budget))
    if settings.real_year != first.real_year:
        text = "real year" if settings.real_year else "no real year"
        found["real_year", ""] = Change(text, replace(settings, real_year=first.real_year))
    for friction in FRICTIONS:
        if (friction in settings.frictions) != (friction in first.frictions):
            undone = tuple(each for each in FRICTIONS if (each in settings.frictions) != (each == friction))
            text = f"{friction} {'on' if friction in settings.frictions else 'off'}"
            found["frictions", friction] = Change(text, replace(settings, frictions=undone))
    for name, variable in REGIONAL.items():
        for region, label in explorer.regions.items():
            if (factor := settings.factor(name, region)) != (at_first := first.factor(name, region)):
                undone = settings.with_factor(name, region, at_first)
                found[name, region] = Change(f"{label}: {variable} × {factor:g}", undone)
    return found


class ChangeList:
    """Buttons with the changes made; a click undoes one.

    Attributes
    ----------
    box : ipywidgets.Widget
    """

    def __init__(self, explorer: Explorer):
        self.explorer, self._buttons = explorer, {}
        self.box = widgets.Box()
        self.box.add_class("geofront-changes")
        self.update()

    def update(self) -> None:
        """Show the present changes; buttons of changes that stay are kept, and with them the focus."""
        found = changes(self.explorer)
        for key in [*self._buttons]:
            if key not in found:
                self._buttons.pop(key).close()
        for key, change in found.items():
            button = self._buttons.get(key) or self._button(key)
            button.description, button.tooltip = f"{change.text} ✕", f"Undo: {change.text}"
        self.box.children = [self._buttons[key] for key in found]

    def _button(self, key: tuple[str, str]) -> widgets.Button:
        button = self._buttons[key] = widgets.Button(layout=widgets.Layout(width="auto"))
        button.on_click(lambda _: self._undo(key))
        return button

    def _undo(self, key: tuple[str, str]) -> None:
        if change := changes(self.explorer).get(key):
            self.explorer.settings = change.undone

"""Widgets around an explorer: knobs on the left, headline and picture on the right."""

import asyncio
import html
import threading
import time
from collections.abc import Callable

import ipywidgets as widgets
import numpy as np

from geofront.arguments import checked, instance
from geofront.errors import Cancelled, GeofrontError
from geofront.explore.datasets import change, datasets, frontier_rows
from geofront.explore.explorer import Explorer
from geofront.explore.knobs import make_knobs, settings_of, turn
from geofront.explore.live_chart import LiveChart
from geofront.explore.picture import FRAME, picture
from geofront.explore.reading import Reading
from geofront.explore.settings import Settings
from geofront.names import BLOCK, FRICTIONS

_STYLE = """<style>
.geofront-knob { display: grid; grid-template: 22px auto / 1fr auto; width: 230px; height: auto; margin: 0 0 8px; }
.geofront-knob > .widget-label { width: auto; overflow: visible; line-height: 22px; height: 22px; text-align: left; }
.geofront-knob > .widget-readout { grid-area: 1 / 2; min-width: 0; line-height: 22px; height: 22px; }
.geofront-knob > :nth-child(2) { grid-area: 2 / 1 / 3 / 3; width: auto; }
.geofront-knob > .slider-container { height: 18px; margin: 0 8px; }
.geofront-switch { height: 22px; margin: 0; }
.geofront-numbers { display: flex; flex-wrap: wrap; gap: 4px 36px; }
.geofront-numbers b { display: block; font-size: 22px; line-height: 28px; }
.geofront-numbers span { display: block; font-size: 12px; line-height: 16px; }
</style>"""


@checked(explorer=instance(Explorer, "make one with geofront.explore.Explorer()"))
def panel(explorer: Explorer) -> widgets.Widget:
    """Widgets that turn an explorer's knobs and show the result.

    Parameters
    ----------
    explorer : Explorer
        Its state is shown, whether a widget or code changed it.

    Returns
    -------
    ipywidgets.Widget
    """
    return Panel(explorer).box


class Panel:
    """The widgets of one explorer.

    Parameters
    ----------
    explorer : Explorer

    Attributes
    ----------
    knobs : dict
        Widgets by the name of what they turn.
    numbers, status : ipywidgets.HTML
        The headline, and whether it is that of the average day or of all days, or an error.
    chart : LiveChart
    box : ipywidgets.Widget
        All of them, laid out.

    Notes
    -----
    In Jupyter another thread places. The panel shows the average day first, then the optimum, then the frontier point
    by point. A turn of a knob cancels what is running.
    """

    def __init__(self, explorer: Explorer):
        self.explorer = explorer
        self.knobs = make_knobs(explorer)
        self.numbers, self.status = widgets.HTML(), widgets.HTML()
        first = explorer.first_reading()
        self.chart = LiveChart(picture(explorer, first))
        self.box = self._layout()
        self._turning, self._following = False, None
        for knob in self.knobs.values():
            knob.observe(self._on_knob, "value")
        explorer.observe(self._on_settings, "settings")
        explorer.observe(self._on_shown, "shown")
        explorer.observe(lambda _: self._show_frontier(), "traced")
        self._draw(explorer.settings, first)
        self._start()

    def _draw(self, settings: Settings, reading: Reading) -> None:
        """Show a reading at some settings."""
        self._drawn = settings, reading
        self.chart.rows = datasets(self.explorer, FRAME, settings, reading)
        self.numbers.value = _headline(self.explorer.of_shown(reading))

    def _show_frontier(self) -> None:
        self.chart.rows = self.chart.rows | frontier_rows(self.explorer, *self._drawn)

    def _tell(self, text: str) -> None:
        self.status.value = f"<span role='status'>{text}</span>"

    def _refuse(self, error: GeofrontError) -> None:
        self.status.value = f"<span role='alert' style='color: #D55E00'>{html.escape(str(error))}</span>"

    def _on_knob(self, event) -> None:
        if self._turning:
            return
        if event.owner is self.knobs["region"]:
            self._turn_knobs()
        self.explorer.shown = self.knobs["shown"].value
        self.explorer.settings = settings_of(self.knobs, self.explorer.settings)

    def _turn_knobs(self) -> None:
        self._turning = True
        try:
            turn(self.knobs, self.explorer)
        finally:
            self._turning = False

    def _on_shown(self, _) -> None:
        self._turn_knobs()
        self._draw(*self._drawn)

    def _on_settings(self, _) -> None:
        self._turn_knobs()
        self._start()

    def _start(self) -> None:
        """Show the present settings: in Jupyter step by step, elsewhere at once."""
        try:
            self._following = asyncio.get_running_loop().create_task(self._follow(self.explorer.settings))
        except RuntimeError:
            self._show_at_once()

    def _show_at_once(self) -> None:
        began = time.perf_counter()
        try:
            self._draw(self.explorer.settings, self.explorer.reading())
        except GeofrontError as error:
            self._refuse(error)
        else:
            self._tell(f"Placed in {time.perf_counter() - began:.2f} s")

    async def _follow(self, settings: Settings) -> None:
        """Show some settings, or why they cannot be placed, unless they are no longer the present ones."""
        while settings == self.explorer.settings:
            cancel = self.explorer.cancel_others(settings)
            try:
                return await self._show(settings, cancel)
            except GeofrontError as error:
                if not cancel.is_set():
                    return self._refuse(error)
                # A knob was turned; or a cell placed other settings, and these start again.

    async def _show(self, settings: Settings, cancel: threading.Event) -> None:
        """Show the average day, the optimum and the frontier, each as soon as it is placed."""
        self._tell("Placing …")
        reading, seconds = await _in_thread(self.explorer.first_reading, settings, cancel)
        self._draw(settings, reading)
        if not self.explorer.is_known(settings):
            days = np.unique(self.explorer.scenario(settings)[BLOCK]).size
            self._tell(f"Average day, after {seconds:.2f} s; all {days} days follow …")
            reading, seconds = await _in_thread(self.explorer.reading, settings, cancel)
            self._draw(settings, reading)
        self._tell(f"Placed in {seconds:.2f} s")
        for at in self.explorer.missing(settings):
            await _in_thread(self.explorer.reading, at, cancel)
            self._show_frontier()

    def _layout(self) -> widgets.Widget:
        wide = widgets.Layout(width="230px", margin="0 0 7px")
        reset = widgets.Button(description="Reset all", layout=wide)
        reset.on_click(lambda _: self.explorer.reset())
        switches = widgets.VBox(
            [
                widgets.Label("Frictions", layout=widgets.Layout(height="22px", margin="0")),
                widgets.GridBox(
                    [self.knobs[name] for name in FRICTIONS], layout=widgets.Layout(grid_template_columns="115px 115px")
                ),
            ],
            layout=wide,
        )
        knobs = [self.knobs[name] for name in self.knobs if name not in FRICTIONS]
        left = widgets.VBox(
            [widgets.HTML(_STYLE), *knobs[:3], switches, *knobs[3:], reset], layout=widgets.Layout(width="250px")
        )
        right = widgets.VBox([self.numbers, self.status, self.chart])
        return widgets.HBox([left, right], layout=widgets.Layout(flex_flow="row wrap"))


async def _in_thread(
    place: Callable[..., Reading], settings: Settings, cancel: threading.Event
) -> tuple[Reading, float]:
    """What another thread places and how long that takes [s], unless it is cancelled."""

    def timed() -> tuple[Reading, float]:
        began = time.perf_counter()
        return place(settings, cancel), time.perf_counter() - began

    result = await asyncio.to_thread(timed)
    if cancel.is_set():
        raise Cancelled("other settings were asked for")
    return result


def _headline(reading: Reading) -> str:
    cards = {
        "Cost": (
            f"{reading.cost_per_mwh:.1f} USD/MWh",
            f"{change(reading.cost_per_mwh, reading.local_cost_per_mwh)} against all-local",
        ),
        "Emissions": (
            f"{reading.carbon_per_mwh:.0f} kg/MWh",
            f"{change(reading.carbon_per_mwh, reading.local_carbon_per_mwh)} against all-local",
        ),
        "Relocated": (f"{reading.relocated_share:.0%}", "of the demand"),
        "In a year": (f"{reading.cost.sum() / 1e6:,.0f} million USD", f"{reading.emissions.sum() / 1e9:,.2f} Mt CO₂"),
    }
    return (
        "<div class='geofront-numbers'>"
        + "".join(
            f"<div><span>{name}</span><b>{value}</b><span>{note}</span></div>" for name, (value, note) in cards.items()
        )
        + "</div>"
    )

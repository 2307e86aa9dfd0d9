"""Widgets around an explorer: knobs, headline, changes, picture, code and data."""

import asyncio
import html
import threading
import time
from collections.abc import Callable

import ipywidgets as widgets
import numpy as np

from geofront.arguments import checked, instance
from geofront.errors import Cancelled, GeofrontError
from geofront.explore.changes import ChangeList
from geofront.explore.datasets import chosen_row, datasets, frontier_rows, reference_name
from geofront.explore.explorer import Explorer
from geofront.explore.export import download_link
from geofront.explore.headline import headline
from geofront.explore.knobs import make_knobs, settings_of, turn
from geofront.explore.layout import arrange
from geofront.explore.live_chart import LiveChart
from geofront.explore.picture import frame_of, picture
from geofront.explore.presets import preset_buttons
from geofront.explore.reading import Reading
from geofront.explore.settings import Settings
from geofront.names import BLOCK


@checked(explorer=instance(Explorer, "make one with geofront.explore.Explorer()"))
def panel(explorer: Explorer) -> widgets.Widget:
    """Make widgets that change an explorer's settings and show the result.

    Parameters
    ----------
    explorer : Explorer
        The widgets follow its state, whether a widget or code changes it.

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
        Widgets by the name of their setting.
    numbers, status : ipywidgets.HTML
        The headline, and whether it is that of the average day or of all days, or an error.
    changes : ChangeList
    chart : LiveChart
    code, data : ipywidgets.HTML
        Code that makes the same placement, and a link to the data shown.
    box : ipywidgets.Widget
        Layout of all widgets.

    Notes
    -----
    In Jupyter another thread places. The panel shows the average day first, then the optimum, then the frontier point
    by point, then the ranges of the shares at equal cost. A turn of a knob cancels what is running.
    """

    def __init__(self, explorer: Explorer):
        self.explorer = explorer
        self.knobs = make_knobs(explorer)
        self.numbers, self.status, self.code, self.data = (widgets.HTML() for _ in range(4))
        self.changes = ChangeList(explorer)
        self.frame = frame_of(explorer)
        first = explorer.first_reading()
        self.chart = LiveChart(picture(explorer, first))
        self.box = self._layout()
        self._turning, self._following = False, None
        for knob in self.knobs.values():
            knob.observe(self._on_knob, "value")
        self.chart.observe(self._on_click, "clicked")
        explorer.observe(self._on_settings, "settings")
        explorer.observe(self._on_shown, ["shown", "held"])
        explorer.observe(lambda _: self._show_frontier(), "traced")
        self._draw(explorer.settings, first)
        self._start()

    def _draw(self, settings: Settings, reading: Reading) -> None:
        """Show a reading at some settings."""
        self._drawn = settings, reading
        rows = datasets(self.explorer, self.frame, settings, reading)
        self.chart.rows = rows | chosen_row(rows, self.knobs["region"].value)
        self._show_headline()

    def _offer(self) -> None:
        """Let the data that are shown be saved."""
        self.data.value = download_link(self.explorer, *self._drawn)

    def _show_headline(self) -> None:
        settings, reading = self._drawn
        held, reference = self.explorer.held, None
        if held != settings and self.explorer.is_known(held):
            extra = settings.carbon_price - held.carbon_price
            reference = self.explorer.of_shown(self.explorer.reading(held).with_carbon_price(extra))
        self.numbers.value = headline(self.explorer.of_shown(reading), reference, reference_name(self.explorer))

    def _show_frontier(self) -> None:
        self.chart.rows = self.chart.rows | frontier_rows(self.explorer, *self._drawn)

    def _report(self, text: str) -> None:
        self.status.value = f"<span role='status'>{text}</span>"

    def _refuse(self, error: GeofrontError) -> None:
        self.status.value = f"<span role='alert' style='color: #D55E00'>{html.escape(str(error))}</span>"

    def _on_knob(self, event) -> None:
        if self._turning:
            return
        if event.owner is self.knobs["region"]:
            self._turn_knobs()
            self.chart.rows = self.chart.rows | chosen_row(self.chart.rows, event.new)
        self.explorer.shown = self.knobs["shown"].value
        self.explorer.settings = settings_of(self.knobs, self.explorer.settings)

    def _on_click(self, event) -> None:
        if event.new:
            self.knobs["region"].value, self.chart.clicked = event.new, ""

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
        self.changes.update()
        self.data.value = "Save the data (CSV): as soon as they are placed"
        self.code.value = f"<pre class='geofront-code'>{html.escape(self.explorer.code())}</pre>"
        try:
            self._following = asyncio.get_running_loop().create_task(self._follow(self.explorer.settings))
        except RuntimeError:
            self._show_at_once()

    def _show_at_once(self) -> None:
        began = time.perf_counter()
        try:
            self._draw(self.explorer.settings, self.explorer.reading())
            self._offer()
        except GeofrontError as error:
            self._refuse(error)
        else:
            self._report(f"Placed in {time.perf_counter() - began:.2f} s")

    async def _follow(self, settings: Settings) -> None:
        """Show some settings, or why they cannot be placed, as long as they are the current ones."""
        while settings == self.explorer.settings:
            cancel = self.explorer.cancel_others(settings)
            try:
                return await self._show(settings, cancel)
            except GeofrontError as error:
                if not cancel.is_set():
                    return self._refuse(error)
                # Either a setting changed, or a cell placed other settings and this placement starts again.

    async def _show(self, settings: Settings, cancel: threading.Event) -> None:
        """Show the average day, the optimum, the frontier and the ranges, each as soon as it is computed."""
        self._report("Placing …")
        reading, seconds = await _in_thread(self.explorer.first_reading, settings, cancel)
        self._draw(settings, reading)
        if not self.explorer.is_known(settings):
            days = np.unique(self.explorer.scenario(settings)[BLOCK]).size
            self._report(f"Average day, after {seconds:.2f} s; all {days} days follow …")
            reading, seconds = await _in_thread(self.explorer.reading, settings, cancel)
            self._draw(settings, reading)
        self._report(f"Placed in {seconds:.2f} s")
        self._offer()
        for at in self.explorer.missing(settings):
            await _in_thread(self.explorer.reading, at, cancel)
            self._show_frontier()
        if not self.explorer.is_known(self.explorer.held):
            await _in_thread(self.explorer.reading, self.explorer.held, cancel)
        await _in_thread(self.explorer.ranges, settings, cancel)
        self._draw(settings, reading)
        self._offer()

    def _layout(self) -> widgets.Widget:
        does = {
            "hold as A": ("Compare what follows with the present settings", self._hold),
            "back to A": ("Return to the settings held as A, at first the first ones", self._back),
            "Reset all": ("Undo all changes", lambda _: self.explorer.reset()),
        }
        buttons = preset_buttons(self.explorer)
        for name, (meaning, act) in does.items():
            button = widgets.Button(description=name, tooltip=meaning, layout=widgets.Layout(width="auto"))
            button.on_click(act)
            buttons.append(button)
        code = widgets.Accordion([self.code], titles=["These settings as code (a click selects all of it)"])
        head = [self.numbers, self.status, self.changes.box]
        return arrange(self.knobs, buttons, head, self.chart, [self.data, code])

    def _hold(self, _) -> None:
        self.explorer.held = self.explorer.settings

    def _back(self, _) -> None:
        self.explorer.settings = self.explorer.held


async def _in_thread(compute: Callable, settings: Settings, cancel: threading.Event) -> tuple:
    """What another thread computes and how long that takes [s], unless it is cancelled."""

    def timed() -> tuple:
        began = time.perf_counter()
        return compute(settings, cancel), time.perf_counter() - began

    result = await asyncio.to_thread(timed)
    if cancel.is_set():
        raise Cancelled("other settings were requested")
    return result

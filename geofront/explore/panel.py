"""Widgets around an explorer: knobs on the left, headline and picture on the right."""

import asyncio
import html
import math
import time

import ipywidgets as widgets

from geofront.errors import Cancelled as Interrupted
from geofront.errors import GeofrontError
from geofront.explore.ahead import turns_ahead
from geofront.explore.datasets import change, datasets, frontier_rows
from geofront.explore.explorer import Explorer
from geofront.explore.knobs import make_knobs, settings_of, turn
from geofront.explore.live_chart import DRAWN, LiveChart
from geofront.explore.picture import FRAME, picture
from geofront.explore.reading import Reading
from geofront.explore.settings import Settings
from geofront.names import FRICTIONS

DEBOUNCE, IDLE = 0.01, 0.25
"""Time without a further change after which the panel follows the knobs, and after which it looks ahead [s]."""

PATIENCE = 0.05
"""Time for which a placement that is over soon may still go on once the knobs rest elsewhere [s]."""

AHEAD = 120.0
"""Time for which it looks ahead at most, so that a computer left alone comes to rest [s]."""

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


def panel(explorer: Explorer) -> widgets.Widget:
    """Widgets that turn an explorer's knobs and show what comes of it.

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
        The headline, and how the last change went.
    chart : LiveChart
    box : ipywidgets.Widget
        All of them, laid out.

    Notes
    -----
    In Jupyter a thread of its own places. Where that takes long, a placement hour by hour is shown first. Where a knob
    is turned on meanwhile, what takes long is given up, and what is over soon is shown on the way.
    """

    def __init__(self, explorer: Explorer):
        self.explorer = explorer
        self.knobs = make_knobs(explorer)
        self.numbers, self.status = widgets.HTML(), widgets.HTML()
        self.chart = LiveChart(picture(explorer))
        self.box = self._layout()
        self._turning, self._following, self._before = False, None, explorer.settings
        self._placing, self._placing_at = None, None
        for knob in self.knobs.values():
            knob.observe(self._on_knob, "value")
        explorer.observe(self._on_change, ["settings", "shown"])
        explorer.observe(lambda _: self._show_frontier(), "traced")
        self.chart.on_msg(self._on_message)
        self.numbers.value = _headline(explorer.shown_reading())

    def show(self) -> None:
        """Place at the present settings and show what comes of it, or why it cannot be."""
        began, settings = time.perf_counter(), self.explorer.settings
        try:
            reading = self.explorer.reading()
        except GeofrontError as error:
            self._refuse(error)
        else:
            self.draw(settings, reading, began)

    def draw(self, settings: Settings, reading: Reading, began: float, excess: float | None = None) -> None:
        """Show what a placement says.

        Parameters
        ----------
        settings : Settings
        reading : Reading
        began : float
            Time at which placing began, by :func:`time.perf_counter`.
        excess : float, optional
            By how much its cost may exceed the least, where the optimal placement is still to come [USD/MWh].
        """
        self.chart.rows = datasets(self.explorer, FRAME, settings, reading)
        self.numbers.value = _headline(self.explorer.of_shown(reading))
        seconds = f"{time.perf_counter() - began:.2f} s"
        self._tell(f"Placed in {seconds}" if excess is None else f"Placed hour by hour in {seconds}, "
                   f"at most {math.ceil(100 * excess) / 100:.2f} USD/MWh above the least cost, which follows …")

    def _tell(self, text: str) -> None:
        self.status.value = f"<span role='status'>{text}</span>"

    def _refuse(self, error: GeofrontError) -> None:
        self.status.value = f"<span role='alert' style='color: #D55E00'>{html.escape(str(error))}</span>"

    def _show_frontier(self) -> None:
        rows = frontier_rows(self.explorer, self.explorer.settings, self.explorer.reading())
        self.chart.rows = self.chart.rows | rows

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

    def _on_change(self, _) -> None:
        self._turn_knobs()
        if self._following is not None:
            self._following.cancel()
        try:
            self._following = asyncio.get_running_loop().create_task(self._follow())
        except RuntimeError:
            # Outside Jupyter nobody turns knobs faster than they can be followed.
            self.show()

    def _on_message(self, _, content, __) -> None:
        if content == DRAWN and self._following is None:
            self._following = asyncio.get_running_loop().create_task(self._look_ahead())

    async def _follow(self) -> None:
        """Show the present settings once they rest, then look ahead until they change again."""
        await asyncio.sleep(DEBOUNCE)
        wanted = self.explorer.settings
        if self._is_placing() and self._placing_at != wanted:
            await self._give_up(short=self.explorer.is_known())
        if not self._is_placing():
            self._placing_at, self._placing = wanted, asyncio.get_running_loop().create_task(self._place(wanted))
        if await asyncio.shield(self._placing):
            await self._look_ahead()

    def _is_placing(self) -> bool:
        return self._placing is not None and not self._placing.done()

    async def _give_up(self, *, short: bool) -> None:
        """End what is being placed; unless ``short``, with some patience for what is over soon."""
        self.explorer.interrupt(short=short)
        done, _ = await asyncio.wait([self._placing], timeout=PATIENCE)
        if not done:
            self.explorer.interrupt()
            await asyncio.wait([self._placing])

    async def _place(self, settings: Settings) -> bool:
        """Place in another thread and show what comes of it, even if the knobs have been turned on; whether it does."""
        began, loop = time.perf_counter(), asyncio.get_running_loop()

        def preview(reading: Reading, excess: float) -> None:
            loop.call_soon_threadsafe(self.draw, settings, reading, began, excess)

        while not self.explorer.is_known(settings):
            self._tell("Placing …")
            try:
                await asyncio.to_thread(self.explorer.reading, settings, preview)
            except Interrupted:
                if settings != self.explorer.settings:
                    return False
            except GeofrontError as error:
                self._refuse(error)
                return False
        self.draw(settings, self.explorer.reading(settings), began)
        return True

    async def _look_ahead(self) -> None:
        """Place what the next turn of a knob may lead to, the frontier among it."""
        resting = self.explorer.settings
        ahead = turns_ahead(resting, self._before, self.knobs["region"].value)
        self._before = resting
        await asyncio.to_thread(self.explorer.look_ahead, resting, resting)
        await asyncio.sleep(IDLE)
        until = time.monotonic() + AHEAD
        for settings in ahead:
            if time.monotonic() > until:
                return
            if settings == resting or not self.explorer.is_known(settings):
                await asyncio.to_thread(self.explorer.look_ahead, settings, resting)
                if settings.network_budget != resting.network_budget:
                    self._show_frontier()

    def _layout(self) -> widgets.Widget:
        wide = widgets.Layout(width="230px", margin="0 0 7px")
        reset = widgets.Button(description="Reset all", layout=wide)
        reset.on_click(lambda _: self.explorer.reset())
        switches = widgets.VBox([
            widgets.Label("Frictions", layout=widgets.Layout(height="22px", margin="0")),
            widgets.GridBox([self.knobs[name] for name in FRICTIONS],
                            layout=widgets.Layout(grid_template_columns="115px 115px"))], layout=wide)
        knobs = [self.knobs[name] for name in self.knobs if name not in FRICTIONS]
        left = widgets.VBox([widgets.HTML(_STYLE), *knobs[:3], switches, *knobs[3:], reset],
                            layout=widgets.Layout(width="250px"))
        right = widgets.VBox([self.numbers, self.status, self.chart])
        return widgets.HBox([left, right], layout=widgets.Layout(flex_flow="row wrap"))


def _headline(reading: Reading) -> str:
    cards = {
        "Cost": (f"{reading.cost_per_mwh:.1f} USD/MWh",
                 f"{change(reading.cost_per_mwh, reading.local_cost_per_mwh)} against all-local"),
        "Emissions": (f"{reading.carbon_per_mwh:.0f} kg/MWh",
                      f"{change(reading.carbon_per_mwh, reading.local_carbon_per_mwh)} against all-local"),
        "Relocated": (f"{reading.relocated_share:.0%}", "of the demand"),
        "In a year": (f"{reading.cost.sum() / 1e6:,.0f} million USD", f"{reading.emissions.sum() / 1e9:,.2f} Mt CO₂"),
    }
    return "<div class='geofront-numbers'>" + "".join(
        f"<div><span>{name}</span><b>{value}</b><span>{note}</span></div>"
        for name, (value, note) in cards.items()) + "</div>"

"""Measures how long the explorer takes to show a change, and writes ``explorer.md``: ``python -m benchmarks.knobs``.

Time runs in the kernel, from the turn of a knob to the numbers and the data of the picture that follow from it; drawing
them in the page comes on top. Every explorer is as :mod:`geofront.explore` makes it: typical days, all frictions.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import ipywidgets as widgets

from benchmarks.explorer_page import write_page
from benchmarks.run import Measured
from benchmarks.turns import SITUATIONS, Situation, Turn, label, outcome
from geofront.explore import Explorer, Settings
from geofront.explore.panel import Panel
from geofront.explore.reading import Reading
from geofront.explore.settings import DECIMALS


class Stopwatch(Panel):
    """A panel that tells when it has shown the present settings."""

    def __init__(self, explorer: Explorer):
        super().__init__(explorer)
        self.done, self.shown = asyncio.Event(), []

    def draw(self, settings: Settings, reading: Reading, began: float, excess: float | None = None) -> None:
        super().draw(settings, reading, began, excess)
        if settings == self.explorer.settings:
            self.shown.append(time.perf_counter())
            if excess is None:
                self.done.set()

    async def time(self, knob: str, value, pace: float | None = None) -> tuple[float, float]:
        """Turn a knob, or with a pace lead it through all its stops.

        Returns
        -------
        shown, optimal : float
            Time from then until something is shown for it, and until the optimal placement is [s].
        """
        if pace is not None:
            await self._lead(self.knobs[knob], value, pace)
        self.done.clear()
        self.shown.clear()
        began = time.perf_counter()
        self.knobs[knob].value = value
        await self.done.wait()
        return self.shown[0] - began, self.shown[-1] - began

    @staticmethod
    async def _lead(slider: widgets.ValueWidget, value, pace: float) -> None:
        stops = _stops(slider)
        first, last = (stops.index(each) for each in (slider.value, value))
        step = 1 if last > first else -1
        for stop in stops[first + step:last:step]:
            slider.value = stop
            await asyncio.sleep(pace)


def _stops(slider: widgets.ValueWidget) -> list:
    if isinstance(slider, widgets.SelectionSlider):
        return [value for _, value in slider.options]
    count = round((slider.max - slider.min) / slider.step)
    return [round(slider.min + stop * slider.step, DECIMALS) for stop in range(count + 1)]


async def _times(turns: Iterable[Turn], situation: Situation) -> dict[str, tuple[float, float]]:
    """Times of each turn from where all knobs stand at first [s]."""
    panel, seconds = Stopwatch(Explorer()), {}
    # Any change makes the panel look ahead; this one is turned back at once.
    await panel.time("carbon_price", 10.0)
    await panel.time("carbon_price", 0.0)
    await asyncio.sleep(situation.rest)
    for knob, value in turns:
        at_first = panel.knobs[knob].value
        seconds[label((knob, value))] = await panel.time(knob, value, situation.pace)
        await panel.time(knob, at_first)
    return seconds


def measure(situation: Situation) -> dict[str, Measured]:
    """Every turn of a situation, in words, as often as it asks."""
    measured = {label(turn): Measured(label(turn)) for turn in situation.turns}
    together = [situation.turns] if situation.rest else [[turn] for turn in situation.turns]
    for turns in together * situation.repeats:
        for turn, (shown, optimal) in asyncio.run(_times(turns, situation)).items():
            measured[turn].runs.append({"seconds": shown, "megabytes": float("nan"), "points": 1,
                                        "values": {"optimal_seconds": optimal}})
    return measured


def measure_all(say: Callable[[str], None]) -> dict[str, dict[str, Measured]]:
    """All situations by name."""
    measured = {}
    for situation in SITUATIONS:
        measured[situation.name] = measure(situation)
        say(f"{situation.name}: {outcome(measured[situation.name])[0]}")
    return measured


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.knobs", description=__doc__).parse_args()
    write_page(measure_all(lambda line: print(line, file=sys.stderr, flush=True)), Path(__file__).parent)


if __name__ == "__main__":
    main()

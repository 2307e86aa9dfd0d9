"""Measures how long the explorer takes to show a change: ``python -m benchmarks.knobs``.

Time runs from the turn of a knob to the numbers and the picture that follow from it, in the kernel; drawing in the page
comes on top. Every explorer is one with the settings and typical days of its own, as :mod:`geofront.explore` makes it.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable

from benchmarks.report import turns_table
from benchmarks.run import Measured
from benchmarks.turns import SITUATIONS, Situation, outcome
from geofront.explore import Explorer
from geofront.explore.panel import Panel


class Stopwatch(Panel):
    """A panel that tells when it has shown the present settings."""

    def __init__(self, explorer: Explorer):
        super().__init__(explorer)
        self.done = asyncio.Event()

    def show(self) -> bool:
        shown = super().show()
        self.done.set()
        return shown

    async def time(self, knob: str, value) -> float:
        """Turn a knob and wait [s]."""
        self.done.clear()
        began = time.perf_counter()
        self.knobs[knob].value = value
        await self.done.wait()
        return time.perf_counter() - began


async def _turn(turns: dict, rest: float) -> dict[str, float]:
    """Time of each turn from where all knobs stand at first [s]."""
    panel, seconds = Stopwatch(Explorer()), {}
    # Any change makes the panel look ahead; this one is turned back at once.
    await panel.time("carbon_price", 10.0)
    await panel.time("carbon_price", 0.0)
    await asyncio.sleep(rest)
    for knob, value in turns.items():
        at_first = panel.knobs[knob].value
        seconds[knob] = await panel.time(knob, value)
        await panel.time(knob, at_first)
    return seconds


def measure(situation: Situation) -> dict[str, Measured]:
    """Every turn of a situation, by knob, as often as it asks."""
    measured = {knob: Measured(knob) for knob in situation.turns}
    together = [dict(situation.turns)] if situation.rest else [{knob: value} for knob, value in situation.turns.items()]
    for turns in together * situation.repeats:
        for knob, seconds in asyncio.run(_turn(turns, situation.rest)).items():
            measured[knob].runs.append({"seconds": seconds, "megabytes": float("nan"), "points": 1, "values": {}})
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
    print(turns_table(measure_all(lambda line: print(line, file=sys.stderr, flush=True))))


if __name__ == "__main__":
    main()

"""Measures how long the explorer takes to show a change: ``python -m benchmarks.knobs``.

Time runs in the kernel, from the turn of a knob to the numbers and the data of the picture that follow from it; drawing
them in the page comes on top. Every explorer is as :mod:`geofront.explore` makes it: typical days, all frictions.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Iterable

from benchmarks.report import turns_tables
from benchmarks.run import Measured
from benchmarks.turns import SITUATIONS, Situation, Turn, label, outcome
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


async def _times(turns: Iterable[Turn], rest: float) -> dict[str, float]:
    """Time of each turn from where all knobs stand at first [s]."""
    panel, seconds = Stopwatch(Explorer()), {}
    # Any change makes the panel look ahead; this one is turned back at once.
    await panel.time("carbon_price", 10.0)
    await panel.time("carbon_price", 0.0)
    await asyncio.sleep(rest)
    for knob, value in turns:
        at_first = panel.knobs[knob].value
        seconds[label((knob, value))] = await panel.time(knob, value)
        await panel.time(knob, at_first)
    return seconds


def measure(situation: Situation) -> dict[str, Measured]:
    """Every turn of a situation, in words, as often as it asks."""
    measured = {label(turn): Measured(label(turn)) for turn in situation.turns}
    together = [situation.turns] if situation.rest else [[turn] for turn in situation.turns]
    for turns in together * situation.repeats:
        for turn, seconds in asyncio.run(_times(turns, situation.rest)).items():
            measured[turn].runs.append({"seconds": seconds, "megabytes": float("nan"), "points": 1, "values": {}})
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
    print(turns_tables(measure_all(lambda line: print(line, file=sys.stderr, flush=True))))


if __name__ == "__main__":
    main()

"""Measures how long the explorer takes to show a change: ``python -m benchmarks.knobs``.

Every knob is turned by one stop, as by an arrow key, once while the one before has hardly been shown and once after
a rest in which the explorer looks ahead; then by as much as a mouse may drag it. Time runs from the turn to the
numbers and the picture that follow from it.
"""

import argparse
import asyncio
import statistics
import time

from geofront.explore import Explorer
from geofront.explore.panel import Panel
from geofront.names import FRICTIONS

ONE_STOP = {
    "carbon_price": 5.0, "carbon_signal": "average", "demand_mw": 1050.0, "headroom": 0.2, "factor": 1.1,
    "network_budget": 5000.0, **dict.fromkeys(FRICTIONS, False),
}
"""Knobs and where one stop takes them from where they stand at first."""

FAR = {"carbon_price": 150.0, "demand_mw": 2000.0, "headroom": 0.8, "factor": 2.0, "network_budget": 100.0}
"""Where they may be dragged."""

TARGET = 0.5
"""Time within which a change should be shown [s]."""


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


async def measure(knob: str, value, rest: float) -> float:
    """Time of one turn from where all knobs stand at first, after a rest [s]."""
    panel = Stopwatch(Explorer())
    # Any change makes the panel look ahead; this one is turned back at once.
    await panel.time("carbon_price", 10.0)
    await panel.time("carbon_price", 0.0)
    await asyncio.sleep(rest)
    return await panel.time(knob, value)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.knobs", description=__doc__)
    parser.add_argument("--rest", type=float, default=15.0, help="seconds of rest before a turn [%(default)g]")
    given = parser.parse_args()
    for what, turns, rest in (("one stop, at once", ONE_STOP, 0.0), (f"one stop, after {given.rest:g} s", ONE_STOP,
                              given.rest), ("far, at once", FAR, 0.0)):
        seconds = {knob: asyncio.run(measure(knob, value, rest)) for knob, value in turns.items()}
        print(f"{what}: median {statistics.median(seconds.values()):.2f} s, within {TARGET:g} s in "
              f"{sum(each <= TARGET for each in seconds.values())} of {len(seconds)} turns")
        for knob, each in seconds.items():
            print(f"  {knob:<15}{each:6.2f} s")


if __name__ == "__main__":
    main()

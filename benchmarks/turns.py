"""Turns of the explorer's knobs that are timed, and within how long each should be shown."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.run import Measured
from geofront.names import FRICTIONS

LIMIT = 0.5
"""Time within which a change should be shown [s]."""

ONE_STOP = {
    "carbon_price": 5.0, "carbon_signal": "average", "demand_mw": 1050.0, "headroom": 0.2, "factor": 1.1,
    "network_budget": 5000.0, **dict.fromkeys(FRICTIONS, False),
}
"""Knobs and where one stop takes them from where they stand at first."""

FAR = {"carbon_price": 150.0, "demand_mw": 2000.0, "headroom": 0.8, "factor": 2.0, "network_budget": 100.0}
"""Where they may be dragged."""


@dataclass(frozen=True)
class Situation:
    """Turns that are timed after the explorer has had some rest, in which it looks ahead.

    ``turns`` is by knob, ``rest`` in seconds. Without rest, every turn is the first of an explorer of its own; after
    one, each is turned back, and the next follows.
    """

    name: str
    turns: Mapping[str, float | str | bool]
    rest: float
    repeats: int = 1


SITUATIONS = (
    Situation("one stop, at once", ONE_STOP, 0.0, repeats=3),
    Situation("one stop, after 5 s", ONE_STOP, 5.0),
    Situation("far, at once", FAR, 0.0, repeats=3),
    Situation("far, after 90 s", FAR, 90.0),
)


def outcome(turned: Mapping[str, Measured]) -> tuple[str, bool]:
    """How long the turns of a situation took, in words, and whether all were shown in time."""
    seconds = [record.seconds for record in turned.values()]
    in_time = sum(each <= LIMIT for each in seconds)
    return (f"{in_time} of {len(seconds)} knobs, median {statistics.median(seconds):.2f} s, "
            f"longest {max(seconds):.2f} s", in_time == len(seconds))

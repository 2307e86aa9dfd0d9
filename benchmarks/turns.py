"""Turns of the explorer's knobs that are timed, and within how long each should be shown."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.run import Measured
from geofront.names import FRICTIONS

LIMIT = 0.5
"""Time within which a change should be shown [s]."""

PACE = 0.05
"""Time for which a dragged knob is at each of the stops that it passes [s]."""

Turn = tuple[str, float | str | bool]
"""A knob, and where it is turned from where it stands at first."""

ONE_STOP: tuple[Turn, ...] = (
    ("carbon_price", 5.0), ("carbon_signal", "average"), ("network_budget", 5000.0), ("demand_mw", 1050.0),
    ("demand_mw", 950.0), ("headroom", 0.2), ("headroom", 0.1), ("factor", 1.1), ("factor", 0.9),
    *((friction, False) for friction in FRICTIONS),
)
FAR: tuple[Turn, ...] = (
    ("carbon_price", 150.0), ("network_budget", 100.0), ("demand_mw", 2000.0), ("headroom", 0.8), ("headroom", 0.0),
    ("factor", 2.0), ("factor", 0.5),
)


@dataclass(frozen=True)
class Situation:
    """Turns that are timed after the explorer has had some rest, in which it looks ahead.

    ``rest`` is in seconds. Without it, every turn is the first of an explorer of its own; after it, each is turned
    back, and the next follows. With a ``pace``, a knob is led through all stops on its way, each shown or not, for that
    time [s]; what is timed begins at the last.
    """

    way: str
    turns: tuple[Turn, ...]
    rest: float
    repeats: int = 1
    pace: float | None = None

    @property
    def when(self) -> str:
        """When the knobs are turned, in words."""
        return f"after {self.rest:g} s" if self.rest else "at once"

    @property
    def name(self) -> str:
        """Way and time in words."""
        return f"{self.way}, {self.when}"


SITUATIONS = (
    Situation("one stop", ONE_STOP, 0.0, repeats=3),
    Situation("one stop", ONE_STOP, 5.0),
    Situation("far", FAR, 0.0, repeats=3),
    Situation("far", FAR, 90.0),
    Situation("dragged far", FAR, 0.0, repeats=3, pace=PACE),
)


def label(turn: Turn) -> str:
    """A turn in words."""
    knob, value = turn
    return f"{knob} off" if value is False else f"{knob} {value}"


def optimal_seconds(turned: Measured) -> float:
    """Median time until the optimal placement was shown [s]."""
    return statistics.median(run["values"]["optimal_seconds"] for run in turned.runs)


def outcome(turned: Mapping[str, Measured]) -> tuple[str, bool]:
    """How long the turns of a situation took, in words, and whether all were shown in time."""
    shown = [record.seconds for record in turned.values()]
    optimal = [optimal_seconds(record) for record in turned.values()]
    in_time = sum(each <= LIMIT for each in shown)
    return (f"{in_time} of {len(shown)}, median {statistics.median(shown):.2f} s, longest {max(shown):.2f} s; "
            f"the optimum in {sum(each <= LIMIT for each in optimal)} of {len(optimal)}, "
            f"median {statistics.median(optimal):.2f} s, longest {max(optimal):.2f} s", in_time == len(shown))

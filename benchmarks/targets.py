"""Targets of the benchmarks, and whether they are met."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.cases import GEOFRONT, HIGHSPY_BY_HOUR, LINOPY, LINOPY_BY_DAY, SCIPY_BY_DAY
from benchmarks.growth import exponent
from benchmarks.run import Measured

Results = Mapping[str, Mapping[str, Measured]]
LINEAR = 1.1
"""Largest exponent that still counts as linear growth [-]."""


@dataclass(frozen=True)
class Target:
    """A target: its case, its text, and a function that returns the measurement and whether it meets the target."""

    case: str
    text: str
    check: Callable[[Results], tuple[str, bool]]

    def outcome(self, measured: Results) -> tuple[str, str]:
        """The measurement, and yes or no."""
        found, met = self.check(measured)
        return found, "yes" if met else "**no**"


def targets() -> list[Target]:
    """All targets, in the order of the cases."""
    return [
        _faster("year", 30, LINOPY, "year of 12 regions without migration"),
        Target("year", "the same within 500 MB", _below("year", "megabytes", 500, "MB")),
        Target("coupled", "year with all frictions in at most 40 s on 2 cores", _below("coupled", "seconds", 40, "s")),
        _faster("coupled", 5, LINOPY_BY_DAY, "the same"),
        _faster("wide", 15, LINOPY, "week of 40 regions and 60 clients"),
        Target("frontier", "exact frontier in at most 10 s", _below("frontier", "seconds", 10, "s")),
        _faster("sweep", 20, LINOPY, "60 network budgets × 20 carbon prices"),
        _faster("sweep", 1, HIGHSPY_BY_HOUR, "the same"),
        *(
            _faster(f"regions-{regions}", 1, SCIPY_BY_DAY, f"day of {regions} regions with all frictions")
            for regions in (50, 100, 150)
        ),
        Target(
            "big", "week of 60 regions, 200 clients and 8 classes in at most 300 s", _below("big", "seconds", 300, "s")
        ),
        Target("big", "the same within 4 GB", _below("big", "megabytes", 4096, "MB")),
        Target("growth-1", "time linear in hours", _linear),
        Target(
            "reproduce", "`make reproduce` with nothing changed in at most 5 s", _below("reproduce", "seconds", 5, "s")
        ),
    ]


def ratio(tools: Mapping[str, Measured], peer: str) -> float:
    """Time of a peer over the time of geofront, for the same number of points [-]."""
    ours, theirs = tools[GEOFRONT], tools[peer]
    return theirs.seconds * ours.points / theirs.points / ours.seconds


def bound(tools: Mapping[str, Measured], peer: str) -> str:
    """Sign before a ratio that is only a bound, because a run was stopped."""
    ours, theirs = bool(tools[GEOFRONT].stopped), bool(tools[peer].stopped)
    return {(False, False): "", (False, True): ">", (True, False): "<", (True, True): "?"}[ours, theirs]


def _faster(case: str, times: float, peer: str, what: str) -> Target:
    def check(measured: Results) -> tuple[str, bool]:
        tools = measured[case]
        if tools[GEOFRONT].stopped:
            return tools[GEOFRONT].stopped, False
        found = ratio(tools, peer)
        return f"{bound(tools, peer)} {found:.1f} ×".strip(), found >= times

    much = f"at least {times} × faster" if times > 1 else "not slower"
    return Target(case, f"{what}: {much} than {peer}", check)


def _below(case: str, quantity: str, limit: float, unit: str) -> Callable[[Results], tuple[str, bool]]:
    def check(measured: Results) -> tuple[str, bool]:
        ours = measured[case][GEOFRONT]
        found = getattr(ours, quantity)
        if ours.stopped or math.isnan(found):
            return ours.stopped, False
        return f"{found:.3g} {unit}", found <= limit

    return check


def _linear(measured: Results) -> tuple[str, bool]:
    found = exponent(measured, "hours")
    return f"hours to the power of {found:.2f}", found <= LINEAR

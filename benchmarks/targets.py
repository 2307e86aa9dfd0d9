"""What the benchmarks have to show, and whether they do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.cases import GEOFRONT, HIGHSPY_BY_HOUR, LINOPY, LINOPY_BY_DAY
from benchmarks.growth import exponent
from benchmarks.run import Measured

Results = Mapping[str, Mapping[str, Measured]]
LINEAR = 1.1
"""Largest exponent that still counts as linear growth [1]."""


@dataclass(frozen=True)
class Target:
    """One target: the case that it is about, what it says, and what came out."""

    case: str
    text: str
    check: Callable[[Results], tuple[str, bool]]

    def outcome(self, measured: Results) -> tuple[str, str]:
        """What was measured, and yes or no."""
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
        Target("growth-1", "time linear in hours", _linear),
        Target("reproduce", "`make reproduce` with nothing changed in at most 5 s",
               _below("reproduce", "seconds", 5, "s")),
    ]


def ratio(tools: Mapping[str, Measured], peer: str) -> float:
    """Time of a peer over that of geofront, for as many points [1]."""
    ours, theirs = tools[GEOFRONT], tools[peer]
    return theirs.seconds * ours.points / theirs.points / ours.seconds


def _faster(case: str, times: float, peer: str, what: str) -> Target:
    def check(measured: Results) -> tuple[str, bool]:
        tools = measured[case]
        found = ratio(tools, peer)
        return f"{'> ' if tools[peer].stopped else ''}{found:.1f} ×", found >= times

    much = f"at least {times} × faster" if times > 1 else "faster"
    return Target(case, f"{what}: {much} than {peer}", check)


def _below(case: str, quantity: str, limit: float, unit: str) -> Callable[[Results], tuple[str, bool]]:
    def check(measured: Results) -> tuple[str, bool]:
        found = getattr(measured[case][GEOFRONT], quantity)
        return f"{found:.3g} {unit}", found <= limit

    return check


def _linear(measured: Results) -> tuple[str, bool]:
    found = exponent(measured)
    return f"hours to the power of {found:.2f}", found <= LINEAR

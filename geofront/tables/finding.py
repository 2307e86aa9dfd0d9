"""What a notebook finds: a sentence, the numbers in it, and the checks that fail."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A sentence about results, and what it follows from."""

    sentence: str
    numbers: Mapping[str, object]
    """What the notebook saves, by name with the unit at its end."""
    failed: tuple[str, ...] = ()
    """What is wrong with the results; empty if all checks hold."""


def failures(checks: Mapping[str, bool]) -> tuple[str, ...]:
    """Checks that do not hold, from whether each holds, by what is wrong if it does not."""
    return tuple(wrong for wrong, holds in checks.items() if not holds)

"""What a notebook finds: a sentence, the numbers in it, and the checks that fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A sentence about results, and what it follows from."""

    sentence: str
    numbers: Mapping[str, object]
    """What the notebook saves, by name with the unit at its end. Numbers that are not defined (NaN) are left out."""
    failed: tuple[str, ...] = ()
    """What is wrong with the results; empty if all checks hold."""

    def __post_init__(self):
        object.__setattr__(self, "numbers", _defined(self.numbers))


def _defined(numbers: Mapping[Any, object]) -> dict:
    """The numbers without NaN, at any depth."""
    nested = {name: _defined(value) if isinstance(value, Mapping) else value for name, value in numbers.items()}
    return {name: value for name, value in nested.items() if not (isinstance(value, float) and value != value)}


def failures(checks: Mapping[str, bool]) -> tuple[str, ...]:
    """Checks that do not hold, from whether each holds, by what is wrong if it does not."""
    return tuple(wrong for wrong, holds in checks.items() if not holds)

"""Errors of geofront: a user has to catch `GeofrontError` only."""


class GeofrontError(ValueError):
    """Something in the input or the outcome is wrong; the message says what, where and what to do."""


class Infeasible(GeofrontError):
    """The capacities cannot hold the demand."""


class SolverError(GeofrontError):
    """A solver ended without an optimum, or the numbers span more magnitudes than it can compute with."""


class Cancelled(GeofrontError):
    """A placement was cancelled before it ended."""


def first_labels(labels, limit: int = 5) -> str:
    """The first ``limit`` labels and, where there are more, the total: ``'a', 'b', … (7 in all)``."""
    labels = list(labels)
    shown = ", ".join(repr(str(label)) for label in labels[:limit])
    return shown if len(labels) <= limit else f"{shown}, … ({len(labels)} in all)"

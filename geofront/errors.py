"""Errors of geofront. All are subclasses of `GeofrontError`."""


class GeofrontError(ValueError):
    """An input or a result is wrong; the message says what, where and what to do."""


class Infeasible(GeofrontError):
    """The capacities cannot hold the demand."""


class SolverError(GeofrontError):
    """A solver found no optimum, or the numbers span too many orders of magnitude."""


class Cancelled(GeofrontError):
    """A placement was cancelled before it finished."""


def first_labels(labels, limit: int = 5) -> str:
    """Format the first ``limit`` labels and, if there are more, their number: ``'a', 'b', … (7 in all)``."""
    labels = list(labels)
    shown = ", ".join(repr(str(label)) for label in labels[:limit])
    return shown if len(labels) <= limit else f"{shown}, … ({len(labels)} in all)"

"""The one error a user of geofront has to catch."""


class GeofrontError(ValueError):
    """Something in the input or the outcome is wrong; the message says what, where and what to do."""


def first_labels(labels, limit: int = 5) -> str:
    """The first ``limit`` labels and, where there are more, the total: ``'a', 'b', … (7 in all)``."""
    labels = list(labels)
    shown = ", ".join(repr(str(label)) for label in labels[:limit])
    return shown if len(labels) <= limit else f"{shown}, … ({len(labels)} in all)"

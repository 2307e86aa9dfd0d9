"""Parameters of a notebook: their types follow from their defaults."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geofront.errors import GeofrontError, first_labels
from geofront.names import CARBON_SIGNALS, SNAPSHOTS, SOLVERS
from geofront.report.provenance import HOURS_FILE

CHOICES = {"snapshots": SNAPSHOTS, "carbon_signal": CARBON_SIGNALS, "solver": SOLVERS}
"""Parameters that take one of a few words, in every notebook that has them."""

NEVER_EMPTY = ("network_budgets", "distances")
"""Lists that must hold something, in every notebook that has them; others may be empty."""


@dataclass(frozen=True)
class Parameter:
    """One assignment of a notebook's parameters cell: its name, default and comment."""

    name: str
    default: Any
    help: str


def fit(parameter: Parameter, value: Any) -> Any:
    """A value as the type of the parameter's default.

    Parameters
    ----------
    parameter : Parameter
        Its default tells the type; whole numbers pass for numbers, and a default of None takes anything.
    value : object
        Text is read as YAML where the default is not text. A relative ``hours_file`` is taken from the
        current directory and returned as an absolute path.

    Raises
    ------
    GeofrontError
        If the value does not fit, is not finite, is not among the choices, is a list that may not be empty, or
        is no existing file of hours.
    """
    name, default = parameter.name, parameter.default
    if name == HOURS_FILE:
        return _existing_file(value)
    if isinstance(value, str) and not isinstance(default, str):
        value = _read_yaml(name, value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise GeofrontError(f"parameter {name!r}: {value} is not a finite number.")
    if default is not None and type(value) is not type(default):
        raise GeofrontError(
            f"parameter {name!r}: {value!r} is {_kind(value)}, but the notebook expects {_kind(default)}, "
            f"such as {default!r}."
        )
    if name in CHOICES and value not in CHOICES[name]:
        raise GeofrontError(
            f"parameter {name!r}: unknown {value!r}; choose from {first_labels(CHOICES[name])}."
        )
    if name in NEVER_EMPTY and not value:
        raise GeofrontError(f"parameter {name!r}: the list is empty; give one value or more, such as {default!r}.")
    return value


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}
    return kinds.get(type(value), f"of type {type(value).__name__}")


def _read_yaml(name: str, text: str) -> Any:
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise GeofrontError(f"parameter {name!r}: {text!r} cannot be read as a YAML value.") from error
    if isinstance(value, str):
        # YAML takes 1e3 for text because it lacks a point.
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _existing_file(value: Any) -> str:
    if value in ("", None):
        return ""
    path = Path(value).expanduser().resolve()
    if not path.is_file():
        raise GeofrontError(
            f"parameter {HOURS_FILE!r}: no file {str(value)!r}; give the path of a tidy hourly file."
        )
    return str(path)

"""Parameters of a notebook, whose types follow from their defaults."""

import math
import os
from dataclasses import dataclass
from typing import Any

from geofront.errors import GeofrontError, first_labels
from geofront.files import resolved
from geofront.inputs.table_paths import own_tables
from geofront.names import CARBON_SIGNALS, FRICTIONS, PRICE_SCOPES, SNAPSHOTS, SOLVERS
from geofront.report.provenance import HOURS_FILE, PEERS_DIR, TABLES_DIR

CHOICES = {
    "snapshots": SNAPSHOTS,
    "carbon_signal": CARBON_SIGNALS,
    "price_scope": PRICE_SCOPES,
    "solver": SOLVERS,
    "frictions": FRICTIONS,
}
"""Parameters that take one of a few words, or a list of them, in every notebook that has them."""

NEVER_EMPTY = ("network_budgets", "distances")
"""Lists that must not be empty, in every notebook that has them."""

DEEPEST, LONGEST = 10, 70
"""Deepest nesting of lists, and longest quotation of a value in messages, in characters."""

KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}


@dataclass(frozen=True)
class Parameter:
    """One assignment of a notebook's parameters cell: its name, default and comment."""

    name: str
    default: Any
    help: str


def fit(parameter: Parameter, value: Any) -> Any:
    """Convert a value to the type of the parameter's default.

    Parameters
    ----------
    parameter : Parameter
        Its default determines the type. Whole numbers are accepted as numbers, and a default of None accepts any
        value.
    value : object
        Text is parsed as a number, true, false or a list in brackets if the default is not text. A relative
        ``hours_file``, ``peers_dir`` or ``tables_dir`` is resolved in the current directory and returned as an
        absolute path.

    Raises
    ------
    GeofrontError
        If the value or an item of a list has another type, is not finite or not among the choices, if a list must not
        be empty, or if the file of hours, the folder of peers or the folder of tables does not exist.
    """
    name, default = parameter.name, parameter.default
    if name == HOURS_FILE:
        return _existing_file(value)
    if name == PEERS_DIR:
        return _existing_folder(value)
    if name == TABLES_DIR:
        folder = str(resolved(value)) if value else ""
        own_tables(folder)
        return folder
    value = _typed(name, value, default)
    for word in (value if isinstance(value, list) else [value]) if name in CHOICES else ():
        if word not in CHOICES[name]:
            raise GeofrontError(f"parameter {name!r}: unknown {word!r}; choose from {first_labels(CHOICES[name])}.")
    if name in NEVER_EMPTY and not value:
        raise GeofrontError(f"parameter {name!r}: the list is empty; give one or more values, such as {default!r}.")
    return value


def _typed(name: str, value: Any, default: Any) -> Any:
    if isinstance(value, str) and not isinstance(default, str):
        value = _parsed(value)
    if isinstance(default, float) and type(value) is int:
        # Python cannot convert larger integers.
        value = float(value) if abs(value) < 10**300 else math.inf
    if isinstance(value, float) and not math.isfinite(value):
        raise GeofrontError(f"parameter {name!r}: {value} is not a finite number.")
    if default is not None and type(value) is not type(default):
        kind, expected = (KINDS.get(type(each), f"of type {type(each).__name__}") for each in (value, default))
        raise GeofrontError(
            f"parameter {name!r}: {_quoted(value)} is {kind}, but the notebook expects {expected}, such as {default!r}."
        )
    return [_typed(name, item, default[0]) for item in value] if isinstance(value, list) and default else value


def _parsed(text: str, depth: int = 0) -> Any:
    """Parse a number (050 is fifty), boolean or list; any other text is returned unchanged."""
    text = text.strip()
    if text.startswith("[") and text.endswith("]") and depth < DEEPEST:
        # A comma may end a list, but an item before it may not be empty.
        inside = text[1:-1].strip().removesuffix(",")
        return [_parsed(item, depth + 1) for item in inside.split(",")] if inside else []
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text.strip("'\"")


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _existing_file(value: Any) -> str:
    if value in ("", None):
        return ""
    path = resolved(value)
    if not os.path.isfile(path):
        raise GeofrontError(f"parameter {HOURS_FILE!r}: no file {str(value)!r}; give the path of a tidy hourly file.")
    return str(path)


def _existing_folder(value: Any) -> str:
    path = resolved(value or "")
    if not value or not os.path.isdir(path):
        raise GeofrontError(
            f"parameter {PEERS_DIR!r}: no folder {str(value)!r}; give the one from 'geofront fetch-peers'."
        )
    return str(path)

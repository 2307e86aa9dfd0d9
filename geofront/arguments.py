"""Checks of the arguments of public functions.

A check takes a value and the name of its argument. It returns the value in the type that the function uses, or raises
a `GeofrontError` that names the argument, the given value and the expected one.
"""

import math
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from errno import ENAMETOOLONG
from functools import wraps
from inspect import signature
from numbers import Real
from os import PathLike
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
import xarray as xr
from pandas.api.types import is_bool_dtype, is_complex_dtype, is_hashable, is_numeric_dtype, is_scalar

from geofront.errors import GeofrontError, first_labels

Check = Callable[[Any, str], Any]
P = ParamSpec("P")
T = TypeVar("T")

_SHORT = 60
"""Longest quoted value in messages, in characters."""


def checked(**checks: Check) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Check the arguments of a function before it runs.

    Parameters
    ----------
    **checks
        Check by parameter name. None is not checked if it is the default.

    Examples
    --------
    >>> @checked(demand_mw=number("MW", least=0))
    ... def doubled(demand_mw):
    ...     return 2 * demand_mw
    >>> doubled("1000")
    Traceback (most recent call last):
    geofront.errors.GeofrontError: demand_mw='1000' is not a number: give it in MW
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        parameters = signature(function).parameters

        def passed(name: str, value):
            if name not in checks or (value is None and parameters[name].default is None):
                return value
            return checks[name](value, name)

        @wraps(function)
        def wrapper(*arguments: P.args, **options: P.kwargs) -> T:
            given: Any = arguments
            named = [passed(name, value) for name, value in zip(parameters, given, strict=False)]
            others: Any = {name: passed(name, value) for name, value in options.items()}
            return function(*named, *given[len(named) :], **others)

        return wrapper

    return decorate


def a(name: str) -> str:
    """Put the indefinite article before a name."""
    return f"{'an' if name[0].lower() in 'aeiou' or name.startswith('nd') else 'a'} {name}"


def shown(value) -> str:
    """Format a value for messages: its repr if that is short, else its type."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, list | tuple | set | frozenset) and len(value) < 10:
        texts = [shown(item) for item in value]
        return f"[{', '.join(texts)}]" if sum(map(len, texts)) <= _SHORT else a(type(value).__name__)
    # Python refuses to format integers of thousands of digits.
    plain = isinstance(value, str | float | complex | bytes | np.generic | None) or (
        isinstance(value, int) and value.bit_length() < 200
    )
    text = repr(value.item() if isinstance(value, np.generic) else value) if plain else a(type(value).__name__)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def called(name: str, value) -> str:
    """Format an argument for messages: ``demand_mw='1000'`` or ``demand_mw (a Dataset)``."""
    text = shown(value)
    return f"{name} ({text})" if text.startswith(("a ", "an ")) else f"{name}={text}"


def as_number(value) -> float | None:
    """Convert a finite number to float; None for anything else, including booleans and text."""
    if isinstance(value, np.ndarray | xr.DataArray) and value.ndim == 0:
        value = np.asarray(value)[()]
    if (
        isinstance(value, bool | np.bool_)
        or not isinstance(value, Real | np.number)
        or isinstance(value, np.complexfloating)
    ):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def number(unit: str = "", *, least: float = -math.inf, most: float = math.inf, above: float = -math.inf) -> Check:
    """Make a check for a finite number, which returns a float.

    Parameters
    ----------
    unit : str
        Unit in messages, such as ``"MW"``.
    least, most : float
        Range, including both ends.
    above : float
        The number must be larger than this.
    """
    given_in = f", in {unit}" if unit else ""

    def check(value, name: str) -> float:
        number = as_number(value)
        if number is None:
            raise GeofrontError(f"{called(name, value)} is not a number: give " + (f"it in {unit}" if unit else "one"))
        if number < least:
            what = "negative" if least == 0 else f"below {least:g}"
            raise GeofrontError(f"{called(name, value)} is {what}: give {least:g} or more{given_in}")
        if number <= above:
            raise GeofrontError(f"{called(name, value)} is not above {above:g}: give a larger number{given_in}")
        if number > most:
            raise GeofrontError(f"{called(name, value)} is above {most:g}: give at most {most:g}{given_in}")
        return number

    return check


MILLISECONDS = number("ms", least=0)


def whole(*, least: int, most: int = 2**53) -> Check:
    """Make a check for a whole number, which returns an int."""
    in_range = number(least=least, most=most)

    def check(value, name: str) -> int:
        if in_range(value, name) % 1:
            raise GeofrontError(f"{called(name, value)} is not a whole number: give one from {least}")
        return int(value)

    return check


def several(check: Check) -> Check:
    """Make a check for a list, which returns a tuple of checked items; a single value counts as a list of one."""

    def check_all(value, name: str) -> tuple:
        if isinstance(value, xr.DataArray):
            value = value.values
        one = not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping | pd.DataFrame)
        if one or (isinstance(value, np.ndarray) and value.ndim == 0):
            return (check(value, name),)
        return tuple(check(item, name) for item in value)

    return check_all


def ascending(value, name: str, fewest: int = 1) -> np.ndarray:
    """Check milliseconds in ascending order, such as latency budgets."""
    given = several(lambda item, _: as_number(item))(value, name)
    if len(given) < fewest or None in given or min(given) < 0 or not (np.diff(given) > 0).all():
        many = {1: "at least one finite number", 2: "two or more finite numbers"}[fewest]
        raise GeofrontError(
            f"{name} must be {many} of milliseconds, not negative and in ascending order, not {shown(value)}"
        )
    return np.array(given)


def choice(options: Collection[str]) -> Check:
    """Make a check for one of some names."""

    def check(value, name: str) -> str:
        if not (isinstance(value, str) and value in options):
            raise GeofrontError(f"{called(name, value)} is unknown: use one of {', '.join(options)}")
        return str(value)

    return check


def label(labels: pd.Index, what: str, alternative: str = "") -> Check:
    """Make a check for a label of a dimension; messages call it `what` and may offer an `alternative` remedy."""

    def check(value, name: str):
        if not (is_hashable(value) and value in labels):
            raise GeofrontError(
                f"{name}: there is no {what} {shown(value)}: use one of {first_labels(labels)}{alternative}"
            )
        return value

    return check


def truth(value, name: str) -> bool:
    """Check that an argument is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise GeofrontError(f"{called(name, value)} is neither True nor False: give one of them")
    return bool(value)


def path(value, name: str):
    """Check the path of a file or folder, and return it unchanged."""
    if not isinstance(value, str | PathLike) or not str(value):
        raise GeofrontError(f"{called(name, value)} is not a path: give it as text or as pathlib.Path")
    try:
        os.lstat(value)
    except ValueError as error:
        raise GeofrontError(f"{called(name, value)} is not a path ({error}): give another one") from error
    except OSError as error:
        if error.errno == ENAMETOOLONG:
            raise GeofrontError(f"{called(name, value)} is too long for a path: give a shorter one") from error
    return value


def text(value, name: str) -> str:
    """Check that an argument is text."""
    if not isinstance(value, str):
        raise GeofrontError(f"{called(name, value)} is not text: put it in quotes")
    return value


def function(value, name: str) -> Callable:
    """Check that an argument is callable."""
    if not callable(value):
        raise GeofrontError(f"{called(name, value)} cannot be called: give a function")
    return value


def instance(kind: type, remedy: str) -> Check:
    """Make a check for an instance of a class."""

    def check(value, name: str):
        if not isinstance(value, kind):
            raise GeofrontError(f"{called(name, value)} is not {a(kind.__name__)}: {remedy}")
        return value

    return check


def mapping(check: Check, example: str) -> Check:
    """Make a check for a non-empty mapping of checked values; messages show `example`."""

    def check_all(value, name: str) -> dict:
        if not isinstance(value, Mapping) or isinstance(value, xr.Dataset):
            raise GeofrontError(f"{name} is {shown(value)}, not a mapping: give {example}")
        if not value:
            raise GeofrontError(f"{name} is empty: there is nothing to compare or show; give {example}")
        return {key: check(item, f"{name}[{shown(key)}]") for key, item in value.items()}

    return check_all


def same_names(**mappings: Mapping) -> None:
    """Refuse mappings, passed by argument name, that lack keys of the first one.

    Raises
    ------
    GeofrontError
        If a key is missing.
    """
    (first, expected), *others = mappings.items()
    for name, given in others:
        missing = [key for key in expected if key not in given]
        if missing:
            raise GeofrontError(f"{name} lacks {first_labels(missing)}, which {first} has: give both the same names")


def frame_or_path(value, name: str):
    """Check that an argument is a table or a path."""
    if isinstance(value, pd.DataFrame):
        return value
    if not isinstance(value, str | PathLike):
        raise GeofrontError(f"{name} is {shown(value)}, not a table: give a pandas.DataFrame or the path of a CSV file")
    return path(value, name)


def either(kind: type, first: Check, second: Check) -> Check:
    """Make a check that applies the first check to instances of a class, and the second to all other values."""
    return lambda value, name: (first if isinstance(value, kind) else second)(value, name)


def table(
    numbers: Collection[str] = (), others: Collection[str] = (), *, maker: str, index: bool = True, empty: bool = False
) -> Check:
    """Make a check for a table, which must have rows unless `empty` is True.

    Parameters
    ----------
    numbers, others : collection of str
        Required columns or, unless `index` is False, index levels; `numbers` must hold numbers or NaN.
    maker : str
        Name in messages of the function that returns such tables.
    """

    def check(value, name: str) -> pd.DataFrame:
        if not isinstance(value, pd.DataFrame):
            raise GeofrontError(f"{name} is {shown(value)}, not a table: pass what {maker} returned")
        levels = [level for level in value.index.names if level is not None] if index else []
        columns = [*levels, *value.columns]
        missing = [column for column in (*numbers, *others) if columns.count(column) != 1]
        missing += [column for column in value.columns[value.columns.duplicated()] if column not in missing]
        if missing:
            raise GeofrontError(
                f"{name}: missing or repeated column(s) {first_labels(missing)}; the table has "
                f"{first_labels(columns, 30)}. Pass what {maker} returned"
            )
        if value.empty and not empty:
            raise GeofrontError(f"{name}: the table has no rows, so there is nothing to show")
        wrong = [column for column in numbers if column not in levels and not has_numbers(value[column])]
        if levels and value.index.has_duplicates:
            repeated = value.index[value.index.duplicated()]
            raise GeofrontError(f"{name}: the index repeats {first_labels(repeated)}: keep one row each")
        if wrong:
            raise GeofrontError(
                f"{name}: column(s) {first_labels(wrong)} do not hold numbers: pass what {maker} returned"
            )
        nested = [column for column in others if column in value.columns and not all(map(is_scalar, value[column]))]
        if nested:
            raise GeofrontError(f"{name}: column(s) {first_labels(nested)} hold lists: pass what {maker} returned")
        columns = [column for column in numbers if column not in levels]
        converted = value.assign(**{column: value[column].to_numpy(float, na_value=np.nan) for column in columns})
        converted.attrs = dict(value.attrs)
        return converted

    return check


def has_numbers(column: pd.Series) -> bool:
    """Whether all cells of a column are real numbers or missing; booleans and text do not count."""
    if is_numeric_dtype(column):
        return not is_bool_dtype(column) and not is_complex_dtype(column)
    return all(map(is_number_or_missing, column))


def is_number_or_missing(cell) -> bool:
    """Whether a cell is a real number, NaN or missing."""
    return cell is None or cell is pd.NA or (isinstance(cell, Real) and not isinstance(cell, bool | np.bool_))

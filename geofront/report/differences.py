"""Finds differences between two versions of a table, figure or page beyond solver noise and rounding."""

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, takewhile, zip_longest
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from geofront.report.outputs import OF_THE_MACHINE

RTOL = 1e-6
"""Relative difference that is ignored."""

ATOL = 1e-9
"""Absolute difference that is ignored, as a share of the largest value in a column, or in a row of small values,
because zeros are accurate to the solver's tolerance."""

ROUNDING = 0.01
"""A rounded number may differ by one in its last digit if that digit is worth less than this share of the number, or
of the largest value in a chart's column."""

NUMBER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?")
LONGEST, ROW_HEADS = 70, 3
"""Longest quotation of a text, in characters, and of the start of a row, in cells."""

BLOCKS = ["p", "div", "li", "tr", "table", "pre", "br", "h1", "h2", "h3", "h4", "figure", "section", "text", "title"]
ABSENT = ("", "")


@dataclass(frozen=True)
class Difference:
    """A place where a committed file differs from the output of the code."""

    file: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.where}: {self.what}" if self.where else f"{self.file}: {self.what}"


def summary(found: list[Difference], limit: int = 8) -> str:
    """Format differences as lines, at most `limit` per file."""
    if not found:
        return "No differences: the committed outputs match the code."
    lines = []
    for file, group in groupby(found, key=lambda difference: difference.file):
        items = list(group)
        lines += map(str, items[:limit])
        lines += [f"{file}: … and {len(items) - limit} more"] if len(items) > limit else []
    return "\n".join(lines)


def compare_files(name: str, committed: Path, now: Path) -> list[Difference]:
    """Compare two versions of one output, either of which may be missing.

    Tables and JSON are compared value by value, figures by their Vega-Lite data, SVG and HTML by their visible text.
    PNG and PDF only have to exist.
    """
    if not now.is_file():
        return [Difference(name, "", "committed, but the code does not make it")]
    if not committed.is_file():
        return [Difference(name, "", "made by the code, but not committed")]
    reader = next((reader for suffix, reader in READERS.items() if name.endswith(suffix)), None)
    if reader is None:
        return []
    return list(reader(name, committed.read_text(encoding="utf-8"), now.read_text(encoding="utf-8")))


def compare_tables(name: str, committed: str, now: str) -> Iterator[Difference]:
    """Compare the cells, heads and numbers of rows of two CSV texts."""
    (old_heads, *old_rows), (new_heads, *new_rows) = (list(csv.reader(text.splitlines())) for text in (committed, now))
    if old_heads != new_heads:
        yield Difference(name, "columns", _changed(", ".join(old_heads), ", ".join(new_heads)))
        return
    if len(old_rows) != len(new_rows):
        yield Difference(name, "rows", _changed(str(len(old_rows)), str(len(new_rows))))
    columns = zip(old_heads, zip(*old_rows, strict=True), zip(*new_rows, strict=True), strict=False)
    for head, old_column, new_column in columns:
        in_column = _largest(old_column)
        for row, (old, new) in enumerate(zip(old_column, new_column, strict=False)):
            in_row = _largest(old_rows[row])
            scale = in_row if ATOL * in_column < in_row < in_column else in_column
            before, after = _number(old), _number(new)
            numbers = math.isfinite(before) and math.isfinite(after)
            if not (
                math.isclose(before, after, rel_tol=RTOL, abs_tol=ATOL * scale) if numbers else same_text(old, new)
            ):
                label = ", ".join(takewhile(lambda cell: math.isnan(_number(cell)), old_rows[row][:ROW_HEADS]))
                yield Difference(name, f"row {row + 1} ({label}), column {head!r}", _changed(old, new))


def compare_json(name: str, committed: str, now: str, rounded: bool = False) -> Iterator[Difference]:
    """Compare the values of two JSON texts; the entries of a list share one scale for each of their items."""
    old, new = (dict(_leaves(json.loads(text))) for text in (committed, now))
    columns: dict[tuple, list[float]] = {}
    for path, value in [*old.items(), *new.items()]:
        if _is_number(value):
            columns.setdefault(_column(path), []).append(value)
    tolerances = {column: _tolerance(values, rounded) for column, values in columns.items()}
    for path in dict.fromkeys([*old, *new]):
        before, after = old.get(path, ABSENT), new.get(path, ABSENT)
        if not _same_value(before, after, tolerances.get(_column(path), 0.0)):
            yield Difference(name, ".".join(map(str, path)), _changed(_shown(before), _shown(after)))


def compare_sidecars(name: str, committed: str, now: str) -> Iterator[Difference]:
    """As `compare_json`, but ignore library versions and hashes of pictures."""
    old, new = (
        {key: item for key, item in json.loads(text).items() if key not in OF_THE_MACHINE} for text in (committed, now)
    )
    yield from compare_json(name, json.dumps(old), json.dumps(new))


def compare_charts(name: str, committed: str, now: str) -> Iterator[Difference]:
    """As `compare_json`, for Vega-Lite, whose data sets are named after their content and hold rounded values."""
    yield from compare_json(name, _with_plain_names(committed), _with_plain_names(now), rounded=True)


def compare_texts(name: str, committed: str, now: str, where: str = "") -> Iterator[Difference]:
    """Compare the lines of two texts, up to the last digits of their numbers."""
    prefix = f"{where}, " if where else ""
    for number, (old, new) in enumerate(zip_longest(committed.splitlines(), now.splitlines()), start=1):
        if old is None or new is None:
            yield Difference(name, f"{prefix}line {number}", _changed(old, new))
        elif not same_text(old, new):
            yield Difference(name, f"{prefix}line {number}", _changed(*_around_the_change(old, new)))


def compare_pages(name: str, committed: str, now: str) -> Iterator[Difference]:
    """As `compare_texts`, for the visible text of two HTML or SVG documents."""
    yield from compare_texts(name, shown_text(committed), shown_text(now))


READERS: dict[str, Callable[[str, str, str], Iterable[Difference]]] = {
    "numbers.json": compare_json,
    ".vl.json": compare_charts,
    ".json": compare_sidecars,
    ".csv": compare_tables,
    ".tex": compare_texts,
    ".svg": compare_pages,
    ".html": compare_pages,
}
"""Comparison by file name suffix; the first match counts."""


def same_text(old: str, new: str) -> bool:
    """Whether two texts are equal up to digits that solver noise can change by rounding."""
    if NUMBER.sub("#", old) != NUMBER.sub("#", new):
        return False
    return old == new or all(map(_same_shown_number, NUMBER.findall(old), NUMBER.findall(new)))


def shown_text(document: str) -> str:
    """Text of an HTML or SVG document that a reader sees or hears, one line per block."""
    page = BeautifulSoup(document, "html.parser")
    for tag in page(["script", "style", "template"]):
        tag.decompose()
    for tag in page(alt=True):
        tag.replace_with(f"\n{tag['alt']}\n")
    for tag in page(BLOCKS):
        tag.insert(0, "\n")
        tag.append("\n")
    for tag in page(["td", "th"]):
        tag.insert(0, " ")
    lines = (" ".join(line.split()) for line in page.get_text().splitlines())
    return "\n".join(line for line in lines if line)


def _largest(cells: Iterable[str]) -> float:
    return max((abs(value) for value in map(_number, cells) if math.isfinite(value)), default=0.0)


def _tolerance(column: list[float], rounded: bool) -> float:
    scale = max(map(abs, column))
    last_digit = min((_last_digit(repr(value)) for value in column if value % 1), default=0.0)
    return max(ATOL * scale, last_digit * (1 + RTOL) if rounded and last_digit <= ROUNDING * scale else 0.0)


def _leaves(value: Any, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    if not isinstance(value, Mapping | list) or not value:
        yield path, value
        return
    for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from _leaves(item, (*path, key))


def _column(path: tuple) -> tuple:
    return tuple("*" if isinstance(step, int) else step for step in path)


def _with_plain_names(chart: str) -> str:
    for number, name in enumerate(json.loads(chart).get("datasets", {})):
        chart = chart.replace(name, f"data {number}")
    return chart


def _same_value(old: Any, new: Any, tolerance: float) -> bool:
    if _is_number(old) and _is_number(new):
        return math.isclose(old, new, rel_tol=RTOL, abs_tol=tolerance)
    if isinstance(old, str) and isinstance(new, str):
        return same_text(old, new)
    return type(old) is type(new) and old == new


def _same_shown_number(old: str, new: str) -> bool:
    before, after = _number(old), _number(new)
    last_digit = max(_last_digit(old), _last_digit(new))
    is_small = last_digit <= ROUNDING * max(abs(before), abs(after))
    return math.isclose(before, after, rel_tol=RTOL, abs_tol=last_digit * (1 + RTOL) if is_small else 0.0)


def _last_digit(number: str) -> float:
    """Value of the last digit; 0 for an integer, which is not rounded unless it has thousands separators."""
    digits, _, power = number.lower().partition("e")
    _, point, fraction = digits.partition(".")
    return 10.0 ** (int(power or 0) - len(fraction)) if point or "," in digits else 0.0


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "").replace("−", "-"))
    except ValueError:
        return math.nan


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str | None:
    return None if value is ABSENT else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _changed(old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"not committed, now {_shortened(new)}" if old is None else f"committed {_shortened(old)}, now gone"
    before, after = _number(old), _number(new)
    relative = f" ({after / before - 1:+.2g})" if math.isfinite(before) and math.isfinite(after) and before else ""
    return f"committed {_shortened(old)}, now {_shortened(new)}{relative}"


def _shortened(text: str) -> str:
    return repr(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def _around_the_change(old: str, new: str) -> tuple[str, str]:
    """Cut both texts to start shortly before their first relevant difference."""
    before = after = next((at for at, (a, b) in enumerate(zip_longest(old, new)) if a != b), 0)
    if NUMBER.sub("#", old) == NUMBER.sub("#", new):
        pairs = zip(NUMBER.finditer(old), NUMBER.finditer(new), strict=True)
        before, after = next((a.start(), b.start()) for a, b in pairs if not _same_shown_number(a[0], b[0]))
    back = min(before, after, LONGEST // 2)
    return old[before - back :], new[after - back :]

"""Updates the README: its numbers come from the notebooks and its outputs from its examples."""

import contextlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from geofront.errors import GeofrontError, first_labels
from geofront.files import write_text
from geofront.report.differences import Difference, compare_texts
from geofront.report.outputs import NUMBERS
from geofront.tables.cells import MINUS
from geofront.tables.display import literal

README = "README.md"
RESULTS = "What it shows"
"""Heading of the section in which every number must come from a notebook."""

SPAN = re.compile(r"<!--n (?P<key>[^>]+) (?P<form>[^\s>]+)-->(?:\\.|[^\\<\n])*<!--/n-->")
PART = re.compile(r"<!--/?n\b")
FIRST_ON_LINE = re.compile(r"^[ \t>]*(?:[-*+]|\d+[.)])?[ \t]*<!--n ", re.MULTILINE)
BLOCK = r"```{}\n(?P<{}>(?:(?!```).*\n)*)```\n"
EXAMPLE = re.compile(f"^{BLOCK.format('python', 'code')}(?:\n{BLOCK.format('text', 'shown')})?", re.MULTILINE)
NO_RESULT = re.compile(r"^ *\d+\. |\]\([^)]*\)|\b(?:Table|Figure|notebook) E?\d+")
"""Digits that are not results: in numbers of list items, addresses of links, and names."""


def quotes_numbers(output_dir: Path) -> bool:
    """Whether the README next to `output_dir` has spans for numbers; any other README is left unchanged."""
    path = _beside(output_dir)
    return path.is_file() and PART.search(path.read_text(encoding="utf-8")) is not None


def write_readme(output_dir: Path) -> bool:
    """Update numbers and outputs in the README next to `output_dir`; return whether it changed.

    Raises
    ------
    GeofrontError
        If there is no README with spans, a span is malformed or names an unknown number, or an example fails.
    """
    path = _beside(output_dir)
    if not quotes_numbers(output_dir):
        raise GeofrontError(
            f"no {README} with spans for numbers in {str(path.parent)!r}; pass the folder next to it as --output-dir."
        )
    old = path.read_text(encoding="utf-8")
    new = updated(old, _numbers(output_dir))
    write_text(path, new)
    return new != old


def compare_readme(committed: Path, made: Path) -> Iterator[Difference]:
    """Compare the README next to `committed` with the numbers in `made` and the output of its examples."""
    if not quotes_numbers(committed):
        return
    text = _beside(committed).read_text(encoding="utf-8")
    yield from typed_numbers(text)
    try:
        yield from compare_texts(README, text, updated(text, _numbers(made)))
    except GeofrontError as error:
        yield Difference(README, "", str(error))


def updated(text: str, numbers: Mapping[str, Any]) -> str:
    """Update all spans and outputs in the README's text; see `fill` and `run_examples`."""
    return run_examples(fill(text, numbers))


def fill(text: str, numbers: Mapping[str, Any]) -> str:
    """Put the numbers of `geofront.report.outputs.collect_numbers` into their spans.

    A span such as ``<!--n 07_frictions.loss .1f-->28.9<!--/n-->`` has the path of a value, with steps separated by
    dots, and a Python format. Viewers do not show comments.

    Raises
    ------
    GeofrontError
        If a span is not closed, starts a line (Markdown would treat the line as HTML), names an unknown number or one
        that is not a single value, or its format does not match the value.
    """
    rest = SPAN.sub(lambda span: " " * len(span[0]), text)
    if broken := PART.search(rest):
        raise GeofrontError(
            f"{_place(text, broken.start())}: a span is incomplete; write <!--n KEY FORMAT-->…<!--/n--> on one line."
        )
    if first := FIRST_ON_LINE.search(text):
        raise GeofrontError(
            f"{_place(text, first.end())}: the line starts with a span, so Markdown treats it as "
            "HTML; put a word before it."
        )
    return SPAN.sub(lambda span: _filled(span, numbers), text)


def run_examples(text: str) -> str:
    """Run all Python blocks in order, in one namespace, and put their output into the text block after each.

    Raises
    ------
    GeofrontError
        If an example fails, or prints without a text block after it.
    """
    names: dict[str, Any] = {}
    return EXAMPLE.sub(lambda example: _with_output(example, names), text)


def typed_numbers(text: str) -> Iterator[Difference]:
    """Find numbers outside spans in the section of results."""
    start = re.search(rf"^## {RESULTS}$", text, re.MULTILINE)
    if start is None:
        return
    section = re.split(r"^## ", text[start.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    for line in section.splitlines():
        rest = NO_RESULT.sub("", SPAN.sub("", line))
        for number in re.findall(r"\d[\d.,]*", rest):
            yield Difference(README, RESULTS, f"{number!r} in {line[:60]!r} … is typed; take it from a notebook")


def _beside(output_dir: Path) -> Path:
    return output_dir.absolute().parent / README


def _numbers(folder: Path) -> dict[str, Any]:
    path = folder / f"{NUMBERS}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _filled(span: re.Match[str], numbers: Mapping[str, Any]) -> str:
    key, form = span["key"], span["form"]
    where = _place(span.string, span.start())
    value = _value(numbers, key, where)
    try:
        shown = format(value, form)
    except (ValueError, TypeError) as error:
        raise GeofrontError(f"{where}: format {form!r} does not fit {key} = {value!r} ({error}).") from error
    shown = literal(shown) if isinstance(value, str) else shown.replace("-", MINUS).replace("%", " %")
    return f"<!--n {key} {form}-->{shown}<!--/n-->"


def _value(numbers: Mapping[str, Any], key: str, where: str) -> Any:
    value: Any = numbers
    for step in key.split("."):
        known = _items(value)
        if step not in known:
            raise GeofrontError(f"{where}: no number {key!r}; instead of {step!r}, choose from {_list(known)}.")
        value = known[step]
    if _items(value):
        raise GeofrontError(f"{where}: {key!r} is not one number; choose from {_list(_items(value))} in it.")
    return value


def _items(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return {str(place): item for place, item in enumerate(value)} if isinstance(value, list) else {}


def _list(known: Mapping[str, Any]) -> str:
    return first_labels(known, limit=30) if known else "nothing: run 'geofront reproduce'"


def _with_output(example: re.Match[str], names: dict[str, Any]) -> str:
    where = _place(example.string, example.start())
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(example["code"], where, "exec"), names)
    except Exception as error:
        raise GeofrontError(f"{where}: the example fails: {type(error).__name__}: {error}") from error
    output = "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())
    if example["shown"] is not None:
        return f"```python\n{example['code']}```\n\n```text\n{output}```\n"
    if output:
        raise GeofrontError(f"{where}: the example prints; put a block ```text after it for its output.")
    return example[0]


def _place(text: str, at: int) -> str:
    return f"{README} line {text.count(chr(10), 0, at) + 1}"

"""Decompresses, decodes and splits delimited text files. Every reader of the package starts here."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from os import PathLike
from pathlib import Path

import pandas as pd

from geofront.errors import GeofrontError, first_labels

SEPARATORS = (";", "\t", "|", ",")
SNIFFED_LINES = 20
"""Number of lines from which the separator is detected."""

FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""Beginning of a cell that spreadsheets would evaluate, perhaps after an apostrophe from `guarded`."""


def read_text(path: str | PathLike[str]) -> str:
    """Read the text of a file, plain or compressed.

    Parameters
    ----------
    path : str or path
        UTF-8 text, with or without byte order mark; plain, compressed with gzip, bzip2 or xz, or the only file of
        a zip archive. The compression is detected from the content, not the name.

    Returns
    -------
    str

    Raises
    ------
    GeofrontError
        If the file cannot be read or decompressed, or is not UTF-8 text.
    """
    path = Path(path)
    try:
        text = _unpacked(path.read_bytes()).decode("utf-8-sig")
    except (
        OSError,
        EOFError,
        ValueError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise GeofrontError(f"{path}: no UTF-8 CSV table, or no such file ({error}).") from error
    if "\0" in text:
        raise GeofrontError(f"{path}: no UTF-8 CSV table: it holds zero bytes. Save it as text.")
    return text


def read_cells(path: str | PathLike[str]) -> pd.DataFrame:
    """Read the cells of a delimited text file, as text.

    Parameters
    ----------
    path : str or path
        As `read_text` takes it. The separator is a comma, a semicolon, a tab or ``|``.

    Returns
    -------
    pandas.DataFrame
        One row per non-empty line, indexed by the line number. Surrounding spaces of cells and column names are
        stripped; missing cells at the end of a line are empty.

    Raises
    ------
    GeofrontError
        As `read_text`, and if the file has no header, a line with more cells than the header, or a
        repeated column name.
    """
    return cells_of(read_text(path), path)


def cells_of(text: str, path: str | PathLike[str]) -> pd.DataFrame:
    """As `read_cells`, for the text of a file; messages name `path`."""
    separator = separator_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, line) for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise GeofrontError(f"{path}: no UTF-8 CSV table: line {reader.line_num}: {error}.") from error
    if not lines:
        raise GeofrontError(f"{path}: no UTF-8 CSV table: the file is empty.")
    lines = {number: [cell.strip() for cell in line] for number, line in lines}
    header = lines.pop(min(lines))
    width = max([len(header), *map(len, lines.values())])
    cells = pd.DataFrame(
        [line + [""] * (width - len(line)) for line in lines.values()], list(lines), range(width), dtype=str
    )
    headless = [column for column in range(width) if column >= len(header) or not header[column]]
    # Lines that end in a separator have an extra empty cell.
    empty = [column for column in headless if (cells[column] == "").all()]
    beyond = [column for column in headless if column >= len(header) and column not in empty]
    if beyond:
        number = cells.index[cells[beyond[0]] != ""][0]
        raise GeofrontError(
            f"{path}: line {number} has {len(lines[number])} cells, the header {len(header)}. Where the comma is "
            "the decimal mark, separate the columns by ';'."
        )
    cells = cells.drop(columns=empty)
    names = [header[column] for column in cells]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise GeofrontError(f"{path}: repeated column(s) {first_labels(repeated)}; give each its own name.")
    return cells.set_axis(names, axis=1)


def separator_of(text: str) -> str:
    """Detect the character that splits the first lines into the same number of columns, at least two; else a comma."""
    head = text.splitlines()[:SNIFFED_LINES]
    widths = {mark: {len(line) for line in csv.reader(head, delimiter=mark) if line} for mark in SEPARATORS}
    columns = {mark: max(width) for mark, width in widths.items() if len(width) == 1 and max(width) > 1}
    if columns:
        return max(columns, key=columns.__getitem__)
    # Trailing separators make lines uneven; then only the header counts.
    return max(SEPARATORS, key=lambda mark: (head[0].count(mark) if head else 0, mark == ","))


def guarded(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would evaluate as a formula."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def unguarded(cell: object) -> object:
    """Invert `guarded` for a cell read from CSV."""
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") and FORMULA.match(cell) else cell


def _unpacked(content: bytes) -> bytes:
    for start, unpack in _UNPACKERS.items():
        if content.startswith(start):
            return unpack(content)
    return content


def _only_member(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if len(names) != 1:
            raise ValueError(f"a zip archive of {len(names)} files: {first_labels(names)}; unpack it and pass one")
        return archive.read(names[0])


_UNPACKERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ": lzma.decompress,
    b"PK": _only_member,
}

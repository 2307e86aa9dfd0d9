"""Writes tables, figures and numbers as files, atomically and with a sidecar of their provenance."""

import filecmp
import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geofront.errors import GeofrontError
from geofront.files import file_hash, staged
from geofront.png import smaller
from geofront.report.provenance import plain, provenance

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

TABLE_FORMATS = (".csv", ".tex", ".json")
FIGURE_FORMATS = (".svg", ".png", ".pdf", ".vl.json", ".json")
PICTURES = (".svg", ".png", ".pdf")
"""Formats that depend on the fonts of a machine; PDF also differs in each run."""
DIGITS = 12
"""Significant digits of numbers in JSON, which hide most differences between machines."""
NUMBERS = "numbers"
EXECUTED = "executed"
"""Folder of the executed notebooks and their fingerprints, inside the output folder."""
PAGE = "index.html"
"""The page of all tables and figures."""
PNG_SCALE = 3
"""Pixels of a PNG per CSS pixel of the chart: about 300 per inch in print."""

PICTURES_HASHES = "pictures_sha256"
"""Entry of a figure's sidecar: SHA-256 of its pictures by suffix."""
OF_THE_MACHINE = ("versions", PICTURES_HASHES)
"""Entries of a sidecar that may differ between machines even if the results are the same."""

DATA_NAME = re.compile(r"data-[0-9a-f]{32}")
"""Altair's name of a data set, a hash of its content."""

STEM = re.compile(r"(table|figure)_(e?)(\d+)")


def title(stem: str) -> str:
    """Printed name of an output: ``Table 3`` for ``table_3``, ``Figure E1`` for ``figure_e1``.

    Raises
    ------
    GeofrontError
        If the stem is not ``table_`` or ``figure_`` and a number.
    """
    match = STEM.fullmatch(stem)
    if match is None:
        raise GeofrontError(
            f"output {stem!r} is not named like a table or figure; name it such as 'table_3' or 'figure_e1'."
        )
    kind, extra, number = match.groups()
    return f"{kind.capitalize()} {extra.upper()}{number}"


def output_files(stem: str) -> list[str]:
    """Names of the files of a table or figure."""
    formats = TABLE_FORMATS if title(stem).startswith("Table") else FIGURE_FORMATS
    return [stem + suffix for suffix in formats]


def missing_outputs(stems: list[str], output_dir: str | Path) -> list[str]:
    """Names of the files of `stems` that are absent from `output_dir` or empty."""
    files = (Path(output_dir, name) for stem in stems for name in output_files(stem))
    return [path.name for path in files if not path.is_file() or path.stat().st_size == 0]


def save_table(
    frame: "pd.DataFrame",
    stem: str,
    output_dir: str | Path,
    *,
    caption: str,
    parameters: Mapping[str, Any],
    finding: str | None = None,
    units: Mapping[str, str] | None = None,
    digits: Mapping[str, int] | None = None,
) -> None:
    """Write a table as CSV and LaTeX, with its sidecar.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table. Named index levels become the first columns; an unnamed index is left out.
    stem : str
        File name without suffix, such as ``"table_3"``.
    output_dir : str or path
        Output folder, created if missing. Nothing in it changes unless all files could be made.
    caption : str
        One sentence, plain text.
    parameters : mapping
        The notebook's parameters by name; `output_dir` is not recorded, and `hours_file` by name and hash.
    finding : str, optional
        The result that the table shows, in a sentence or two with numbers from the results; kept in the sidecar.
    units : mapping, optional
        Unit by column, appended to the column's head in brackets. Default: ``frame.attrs["units"]``, if any.
    digits : mapping, optional
        Decimals by column in LaTeX and HTML, by default ``frame.attrs["digits"]``. Other columns get four significant
        digits of their largest value, or of each number if their dtype is object. The CSV always has ten significant
        digits. In it, text that a spreadsheet would evaluate as a formula (it begins with ``=``, ``+``, ``-`` or
        ``@``) gets an apostrophe in front.

    Raises
    ------
    GeofrontError
        If the stem is not the name of a table, the table is empty, or `units` or `digits` have unknown columns.
    """
    if not title(stem).startswith("Table"):
        raise GeofrontError(f"table {stem!r}: the name of a table starts with 'table_'.")
    if frame.empty:
        raise GeofrontError(f"table {stem!r}: it has no rows or no columns; pass one that has.")
    from geofront.inputs.text_files import guarded
    from geofront.tables.cells import is_numeric, with_texts, with_units
    from geofront.tables.display import latex

    table, decimals = with_units(frame, units, digits)
    row_heads = [name for name in table.index.names if name]
    table = table.reset_index(drop=not row_heads)
    own = [name for name in table.columns if is_numeric(table[name]) and table[name].dtype == object]
    with staged(Path(output_dir)) as staging:
        exact = table.assign(**{name: table[name].map(lambda value: f"{value:.10g}", "ignore") for name in own})
        exact = with_texts(exact, guarded, own)
        exact.to_csv(staging / f"{stem}.csv", index=False, float_format="%.10g", lineterminator="\n", encoding="utf-8")
        printed = latex(table, caption=caption, label=stem, digits=decimals)
        (staging / f"{stem}.tex").write_text(printed, encoding="utf-8", newline="\n")
        for_readers = {"finding": finding, "row_heads": row_heads, "digits": decimals, "own_decimals": own}
        _write_sidecar(staging, stem, caption, parameters, for_readers)
        keep_older(staging, Path(output_dir), [stem])


def save_figure(
    chart: "alt.TopLevelMixin",
    stem: str,
    output_dir: str | Path,
    *,
    caption: str,
    parameters: Mapping[str, Any],
    finding: str | None = None,
    alt_text: str | None = None,
) -> None:
    """Write a figure as SVG, PNG, PDF and Vega-Lite JSON, with its sidecar.

    Parameters
    ----------
    chart : altair.TopLevelMixin
        A chart of any kind, drawn with the enabled theme.
    stem, output_dir, caption, parameters, finding
        As for `save_table`; a stem such as ``"figure_2"``.
    alt_text : str, optional
        Description for readers who cannot see the figure, kept in the sidecar. Default: the chart's description.

    Raises
    ------
    GeofrontError
        If the stem is not the name of a figure.

    Notes
    -----
    No format needs a network: a chart that refers to a URL fails. Numbers are rounded to 12 significant digits before
    the chart is drawn. SVG, PNG and JSON are identical for the same chart and fonts; a PDF lists its resources in
    random order. Existing pictures of an unchanged chart in `output_dir` are kept: see `keep_older`.
    """
    if not title(stem).startswith("Figure"):
        raise GeofrontError(f"figure {stem!r}: the name of a figure starts with 'figure_'.")
    import vl_convert
    from altair import SCHEMA_VERSION

    spec = _with_rounded_data(chart.to_dict())
    version = "_".join(SCHEMA_VERSION.split(".")[:2])
    drawing = vl_convert.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[])
    with staged(Path(output_dir)) as staging:
        (staging / f"{stem}.svg").write_text(drawing, encoding="utf-8", newline="\n")
        Path(staging, f"{stem}.png").write_bytes(smaller(vl_convert.svg_to_png(drawing, scale=PNG_SCALE)))
        Path(staging, f"{stem}.pdf").write_bytes(vl_convert.svg_to_pdf(drawing))
        _write_json(staging / f"{stem}.vl.json", spec, indent=None)
        pictures = {suffix: file_hash(staging / f"{stem}{suffix}") for suffix in PICTURES}
        for_readers = {"finding": finding, "alt_text": alt_text or spec.get("description"), PICTURES_HASHES: pictures}
        _write_sidecar(staging, stem, caption, parameters, for_readers)
        keep_older(staging, Path(output_dir), [stem])


def keep_older(made: Path, folder: Path, stems: Iterable[str]) -> None:
    """Replace new files by older ones with the same data.

    Older pictures are kept if the Vega-Lite files are identical and the pictures match the hashes in their sidecar. An
    older sidecar is kept if it differs only in library versions and its table or figure is kept.

    Parameters
    ----------
    made, folder : pathlib.Path
        Folders of the new and the older files.
    stems : iterable of str
        Names without suffix; names missing in either folder are skipped.
    """
    for stem in stems:
        if missing_outputs([stem], made) or missing_outputs([stem], folder):
            continue
        data = [name for name in output_files(stem) if not name.endswith((*PICTURES, f"{stem}.json"))]
        if not all(filecmp.cmp(made / name, folder / name, shallow=False) for name in data):
            continue
        sidecar = f"{stem}.json"
        new, older = _read_sidecar(made / sidecar), _read_sidecar(folder / sidecar)
        pictures = {suffix: f"{stem}{suffix}" for suffix in PICTURES if stem.startswith("figure")}
        hashes = {suffix: file_hash(folder / name) for suffix, name in pictures.items()}
        if older.get(PICTURES_HASHES, {}) != hashes:
            continue
        if pictures:
            _write_json(made / sidecar, new | {PICTURES_HASHES: hashes})
        # Not the same if only the order of parameters differs, because the page of results shows it.
        if len({json.dumps(_without(each, OF_THE_MACHINE)) for each in (new, older)}) == 1:
            shutil.copyfile(folder / sidecar, made / sidecar)
        for name in pictures.values():
            shutil.copyfile(folder / name, made / name)


def save_numbers(numbers: Mapping[str, Any], notebook: str, output_dir: str | Path) -> None:
    """Write the numbers of one notebook that texts quote to ``numbers/<notebook>.json``.

    Notebooks that run in parallel write separate files; `collect_numbers` joins them.

    Parameters
    ----------
    numbers : mapping
        Values by name, at least one. Numbers are rounded to 12 significant digits.
    notebook : str
        The notebook's name, such as ``"06_placement_policies"``.
    output_dir : str or path
        Output folder, created if missing.

    Raises
    ------
    GeofrontError
        If there are none, one of them is NaN or infinite, or the notebook's name is a path.
    """
    if notebook in ("", "..") or "\0" in notebook or Path(notebook).name != notebook:
        raise GeofrontError(f"numbers of {notebook!r}: this is not the name of a notebook; leave out folders.")
    if not numbers:
        raise GeofrontError(f"numbers of {notebook}: there are none; give at least one value by name.")
    with staged(Path(output_dir) / NUMBERS) as staging:
        _write_json(staging / f"{notebook}.json", plain(numbers))


def collect_numbers(output_dir: str | Path, notebooks: list[str] | None = None) -> dict[str, Any]:
    """Join the numbers of some or all notebooks from `save_numbers` in ``numbers.json``, if there are any."""
    folder = Path(output_dir)
    files = [path for path in sorted((folder / NUMBERS).glob("*.json")) if notebooks is None or path.stem in notebooks]
    numbers = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}
    if numbers:
        with staged(folder) as staging:
            _write_json(staging / f"{NUMBERS}.json", numbers)
    return numbers


def _write_sidecar(
    folder: Path, stem: str, caption: str, parameters: Mapping[str, Any], for_readers: Mapping[str, Any]
) -> None:
    described = {"id": title(stem), "caption": caption} | {key: item for key, item in for_readers.items() if item}
    _write_json(folder / f"{stem}.json", described | provenance(parameters))


def _read_sidecar(path: Path) -> dict[str, Any]:
    """Entries of a sidecar; empty if the file is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _without(sidecar: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: item for name, item in sidecar.items() if name not in names}


def _with_rounded_data(spec: dict[str, Any]) -> dict[str, Any]:
    """Round the numbers of a chart, and rename its data sets after the rounded content as Altair does."""
    spec = _rounded(spec)
    text = json.dumps(spec)
    for name, rows in spec.get("datasets", {}).items():
        if DATA_NAME.fullmatch(name):
            content = json.dumps(rows, sort_keys=True, default=str)
            text = text.replace(name, f"data-{hashlib.sha256(content.encode()).hexdigest()[:32]}")
    return json.loads(text)


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _write_json(path: Path, value: Any, indent: int | None = 1) -> None:
    try:
        text = json.dumps(_rounded(value), indent=indent, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise GeofrontError(f"{path.name}: NaN or infinity cannot be saved; remove or replace it.") from error
    path.write_text(text + "\n", encoding="utf-8", newline="\n")

"""Tables, figures and numbers as files: each appears whole, with a sidecar that says what made it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geofront.errors import GeofrontError
from geofront.files import staged
from geofront.png import smaller
from geofront.report.provenance import plain, provenance

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

TABLE_FORMATS = (".csv", ".tex", ".json")
FIGURE_FORMATS = (".svg", ".png", ".pdf", ".vl.json", ".json")
NUMBERS = "numbers"
EXECUTED = "executed"
"""Folder, inside that of the outputs, of the executed notebooks and their fingerprints."""
PAGE = "index.html"
"""The page of all tables and figures."""
PNG_SCALE = 3
"""Pixels of a PNG per CSS pixel of the chart: about 300 per inch in print."""

STEM = re.compile(r"(table|figure)_(e?)(\d+)")


def title(stem: str) -> str:
    """The name in print of an output: ``Table 3`` for ``table_3``, ``Figure E1`` for ``figure_e1``.

    Raises
    ------
    GeofrontError
        The stem is not ``table_`` or ``figure_`` and a number.
    """
    match = STEM.fullmatch(stem)
    if match is None:
        raise GeofrontError(
            f"output {stem!r} is not named like a table or figure; name it such as 'table_3' or 'figure_e1'.")
    kind, extra, number = match.groups()
    return f"{kind.capitalize()} {extra.upper()}{number}"


def output_files(stem: str) -> list[str]:
    """Names of the files that make up one table or figure."""
    formats = TABLE_FORMATS if title(stem).startswith("Table") else FIGURE_FORMATS
    return [stem + suffix for suffix in formats]


def missing_outputs(stems: list[str], output_dir: str | Path) -> list[str]:
    """Names of the files of `stems` that are absent from `output_dir` or empty."""
    files = (Path(output_dir, name) for stem in stems for name in output_files(stem))
    return [path.name for path in files if not path.is_file() or path.stat().st_size == 0]


def save_table(frame: "pd.DataFrame", stem: str, output_dir: str | Path, *, caption: str, parameters: Mapping[str, Any],
               finding: str | None = None, units: Mapping[str, str] | None = None,
               digits: Mapping[str, int] | None = None) -> None:
    """Write a table as CSV and LaTeX, with its sidecar.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a line; named index levels become the first columns, an unnamed index is left out.
    stem : str
        File name without suffix, such as ``"table_3"``.
    output_dir : str or path
        Created if missing. Nothing in it changes unless all files could be made.
    caption : str
        One sentence, plain text.
    parameters : mapping
        The notebook's parameters by name; `output_dir` is not recorded, `hours_file` by name and hash.
    finding : str, optional
        The result that it shows, in a sentence or two with numbers from the results; kept in the sidecar.
    units : mapping, optional
        Unit by column, put in brackets behind the column's head. Default: ``frame.attrs["units"]``, if any.
    digits : mapping, optional
        Decimals by column in LaTeX and HTML, by default those in ``frame.attrs["digits"]``; the other columns get four
        significant digits of their largest value, or each number of its own where they are objects. The CSV always
        has ten significant digits.

    Raises
    ------
    GeofrontError
        The stem is not that of a table, the table is empty, or `units` or `digits` name unknown columns.
    """
    if not title(stem).startswith("Table"):
        raise GeofrontError(f"table {stem!r}: the name of a table starts with 'table_'.")
    if frame.empty:
        raise GeofrontError(f"table {stem!r}: it has no rows or no columns, so there is nothing to save.")
    from geofront.tables.cells import is_numeric, with_units
    from geofront.tables.display import latex

    table, decimals = with_units(frame, units, digits)
    row_heads = [name for name in table.index.names if name]
    table = table.reset_index(drop=not row_heads)
    own = [name for name in table.columns if is_numeric(table[name]) and table[name].dtype == object]
    with staged(Path(output_dir)) as staging:
        exact = table.assign(**{name: table[name].map(lambda value: f"{value:.10g}", "ignore") for name in own})
        exact.to_csv(staging / f"{stem}.csv", index=False, float_format="%.10g", lineterminator="\n", encoding="utf-8")
        printed = latex(table, caption=caption, label=stem, digits=decimals)
        (staging / f"{stem}.tex").write_text(printed, encoding="utf-8", newline="\n")
        for_readers = {"finding": finding, "row_heads": row_heads, "digits": decimals, "own_decimals": own}
        _write_sidecar(staging, stem, caption, parameters, for_readers)


def save_figure(chart: "alt.TopLevelMixin", stem: str, output_dir: str | Path, *, caption: str,
                parameters: Mapping[str, Any], finding: str | None = None, alt_text: str | None = None) -> None:
    """Write a figure as SVG, PNG, PDF and Vega-Lite JSON, with its sidecar.

    Parameters
    ----------
    chart : altair.TopLevelMixin
        A chart, layered, concatenated or not, drawn with the theme that is enabled.
    stem, output_dir, caption, parameters, finding
        As for `save_table`; a stem such as ``"figure_2"``.
    alt_text : str, optional
        Description for readers who cannot see the figure, kept in the sidecar. Default: the chart's description.

    Raises
    ------
    GeofrontError
        The stem is not that of a figure.

    Notes
    -----
    No format needs the network: a chart that refers to a URL fails. SVG, PNG and JSON are the same bytes for the
    same chart; a PDF lists its resources in random order.
    """
    if not title(stem).startswith("Figure"):
        raise GeofrontError(f"figure {stem!r}: the name of a figure starts with 'figure_'.")
    import vl_convert
    from altair import SCHEMA_VERSION

    spec = chart.to_dict()
    version = "_".join(SCHEMA_VERSION.split(".")[:2])
    drawing = vl_convert.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[])
    with staged(Path(output_dir)) as staging:
        (staging / f"{stem}.svg").write_text(drawing, encoding="utf-8", newline="\n")
        Path(staging, f"{stem}.png").write_bytes(smaller(vl_convert.svg_to_png(drawing, scale=PNG_SCALE)))
        Path(staging, f"{stem}.pdf").write_bytes(vl_convert.svg_to_pdf(drawing))
        _write_json(staging / f"{stem}.vl.json", spec, indent=None)
        for_readers = {"finding": finding, "alt_text": alt_text or spec.get("description")}
        _write_sidecar(staging, stem, caption, parameters, for_readers)


def save_numbers(numbers: Mapping[str, Any], notebook: str, output_dir: str | Path) -> None:
    """Write the numbers that any text quotes from one notebook to ``numbers/<notebook>.json``.

    Notebooks that run at once write files of their own; `collect_numbers` joins them.

    Parameters
    ----------
    numbers : mapping
        Value by name; at least one.
    notebook : str
        The notebook's name, such as ``"06_placement_policies"``.
    output_dir : str or path
        Created if missing.

    Raises
    ------
    GeofrontError
        There are none, one of them is NaN or infinite, or the notebook's name is a path.
    """
    if Path(notebook).name != notebook:
        raise GeofrontError(f"numbers of {notebook!r}: that is no name of a notebook; leave out folders.")
    if not numbers:
        raise GeofrontError(f"numbers of {notebook}: there are none; give at least one value by name.")
    with staged(Path(output_dir) / NUMBERS) as staging:
        _write_json(staging / f"{notebook}.json", plain(numbers))


def collect_numbers(output_dir: str | Path, notebooks: list[str] | None = None) -> dict[str, Any]:
    """Join the numbers that `save_numbers` wrote, of some notebooks or all, into ``numbers.json`` if there are any."""
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


def _write_json(path: Path, value: Any, indent: int | None = 1) -> None:
    try:
        text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise GeofrontError(f"{path.name}: NaN or infinity cannot be saved; remove or replace it.") from error
    path.write_text(text + "\n", encoding="utf-8", newline="\n")

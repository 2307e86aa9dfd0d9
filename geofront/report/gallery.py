"""All tables and figures on one page that needs nothing but a browser, and the executed notebooks beside it."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from geofront.files import staged
from geofront.report.catalogue import Notebook
from geofront.report.outputs import EXECUTED, PAGE, PNG_SCALE, missing_outputs, output_files
from geofront.report.pages import environment, finding, for_reading, notebook_page, picture, read, split_title, typeset

FORMATS = {
    ".csv": "CSV",
    ".tex": "LaTeX",
    ".svg": "SVG",
    ".png": "PNG",
    ".pdf": "PDF",
    ".vl.json": "Vega-Lite",
    ".json": "provenance",
}


def write_gallery(output_dir: Path, notebooks: Iterable[Notebook]) -> None:
    """Write ``index.html`` and ``executed/<notebook>.html`` from the outputs and executed copies that are present.

    Nothing is written where there are no executed notebooks. The order of the page is that of `notebooks`.
    """
    sections = []
    with staged(output_dir) as staging:
        (staging / EXECUTED).mkdir()
        for notebook in notebooks:
            name, source = f"{EXECUTED}/{notebook.name}.html", _source(notebook, output_dir)
            executed = output_dir / EXECUTED / f"{notebook.name}.ipynb"
            if executed.is_file():
                page = notebook_page(notebook, for_reading(read(executed)), gallery=f"../{PAGE}", source=f"../{source}")
                _write(staging / name, page)
            if executed.is_file() or (output_dir / name).is_file():
                number, claim = split_title(notebook.title)
                sections.append(
                    {
                        "number": number,
                        "claim": claim,
                        "anchor": f"notebook-{notebook.name}",
                        "page": name,
                        "source": source,
                        "finding": finding(read(executed if executed.is_file() else notebook.path)),
                        "items": [
                            _item(stem, notebook, output_dir)
                            for stem in notebook.makes
                            if not missing_outputs([stem], output_dir)
                        ],
                    }
                )
        if sections:
            has_figures = any(item["kind"] == "figure" for section in sections for item in section["items"])
            page = environment().get_template("gallery.html.j2")
            _write(staging / PAGE, page.render(sections=sections, vega=Markup(vega()) if has_figures else ""))


@cache
def vega() -> str:
    """The JavaScript that draws Vega-Lite figures, all in one, as vl-convert brings it."""
    import vl_convert
    from altair import SCHEMA_VERSION

    return vl_convert.javascript_bundle(vl_version="_".join(SCHEMA_VERSION.split(".")[:2]))


def _source(notebook: Notebook, output_dir: Path) -> str:
    """Address of the notebook itself where it lies beside the outputs, or else of its executed copy."""
    if notebook.path.resolve().parent.parent == output_dir.resolve().parent:
        return f"../{notebook.path.parent.name}/{notebook.path.name}"
    return f"{EXECUTED}/{notebook.name}.ipynb"


def _item(stem: str, notebook: Notebook, output_dir: Path) -> dict[str, Any]:
    sidecar = json.loads((output_dir / f"{stem}.json").read_text(encoding="utf-8"))
    read = _figure if stem.startswith("figure") else _table
    return {
        "stem": stem,
        "title": sidecar["id"],
        "caption": typeset(sidecar["caption"]),
        "finding": typeset(sidecar.get("finding", "")),
        "parameters": list(_parameters(sidecar["parameters"], notebook)),
        "files": [(FORMATS[name.removeprefix(stem)], name) for name in output_files(stem)],
        **read(stem, sidecar, output_dir),
    }


def _parameters(values: dict[str, Any], notebook: Notebook) -> Iterator[dict[str, Any]]:
    for name, value in values.items():
        known = notebook.parameters.get(name)
        yield {
            "name": name,
            "value": json.dumps(value, ensure_ascii=False),
            "help": known.help if known else "",
            "default": json.dumps(known.default, ensure_ascii=False) if known and known.default != value else None,
        }


def _figure(stem: str, sidecar: dict[str, Any], output_dir: Path) -> dict[str, Any]:
    address, width, height = picture((output_dir / f"{stem}.png").read_bytes())
    chart = (output_dir / f"{stem}.vl.json").read_text(encoding="utf-8").strip()
    return {
        "kind": "figure",
        "alt": sidecar.get("alt_text", sidecar["caption"]),
        "address": address,
        "width": round(width / PNG_SCALE),
        "height": round(height / PNG_SCALE),
        # Inside a script element, "</script" and "<!--" have meanings of their own.
        "chart": Markup(chart.replace("<", "\\u003c")),
    }


def _table(stem: str, sidecar: dict[str, Any], output_dir: Path) -> dict[str, Any]:
    import pandas as pd

    from geofront.inputs.text_files import unguarded
    from geofront.tables.cells import with_texts
    from geofront.tables.display import html

    frame = pd.read_csv(output_dir / f"{stem}.csv", keep_default_na=False, na_values=[""])
    frame = with_texts(frame, unguarded)
    frame = frame.astype(dict.fromkeys(sidecar.get("own_decimals", []), object))
    heads = sidecar.get("row_heads") or list(frame.columns[:1] if frame.shape[1] > 1 else [])
    frame = frame.set_index(heads) if heads else frame
    table = html(frame, sidecar.get("digits", {}), f'aria-describedby="{stem}-caption"')
    return {"kind": "table", "html": Markup(table)}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")

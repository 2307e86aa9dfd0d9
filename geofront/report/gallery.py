"""Writes a page of all tables and figures and a page per executed notebook, which need only a browser."""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from geofront.files import staged
from geofront.report.catalogue import Notebook
from geofront.report.outputs import EXECUTED, PAGE, PNG_SCALE, STEM, missing_outputs, output_files
from geofront.report.pages import environment, finding, for_reading, notebook_page, picture, read, split_title, typeset
from geofront.report.provenance import published

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
    """Write ``index.html`` and ``executed/<notebook>.html`` from the available outputs and executed copies.

    Nothing is written without executed notebooks. The page has the order of `notebooks`.
    """
    sections = []
    with staged(output_dir) as staging:
        (staging / EXECUTED).mkdir()
        for notebook in notebooks:
            name, source = f"{EXECUTED}/{notebook.name}.html", _source(notebook, output_dir)
            executed = output_dir / EXECUTED / f"{notebook.name}.ipynb"
            made = [stem for stem in notebook.makes if not missing_outputs([stem], output_dir)]
            items = list(_without_repeats(_item(stem, notebook, output_dir) for stem in made))
            changed = any(parameter["default"] is not None for item in items for parameter in item["parameters"])
            if executed.is_file():
                links = {"gallery": f"../{PAGE}", "source": f"../{source}"}
                _write(staging / name, notebook_page(notebook, for_reading(read(executed)), changed=changed, **links))
            if executed.is_file() or (output_dir / name).is_file():
                number, claim = split_title(notebook.title)
                sections.append(
                    {
                        "number": number,
                        "claim": claim,
                        "topic": _topic(notebook.name),
                        "anchor": f"notebook-{notebook.name}",
                        "page": name,
                        "source": source,
                        "finding": finding(read(executed if executed.is_file() else notebook.path)),
                        "items": items,
                        "changed": changed,
                    }
                )
        if sections:
            figures = [item for section in sections for item in section["items"] if item["kind"] == "figure"]
            page = (
                environment()
                .get_template("gallery.html.j2")
                .render(
                    sections=sections,
                    cover=min(figures, key=lambda item: _rank(item["stem"]), default=None),
                    vega=Markup(vega()) if figures else "",
                )
            )
            _write(staging / PAGE, page)


@cache
def vega() -> str:
    """JavaScript bundle of vl-convert that draws Vega-Lite figures."""
    import vl_convert
    from altair import SCHEMA_VERSION

    return vl_convert.javascript_bundle(vl_version="_".join(SCHEMA_VERSION.split(".")[:2]))


def _source(notebook: Notebook, output_dir: Path) -> str:
    """Address of the notebook if its folder is next to the outputs, else of its executed copy."""
    if notebook.path.resolve().parent.parent == output_dir.resolve().parent:
        return f"../{notebook.path.parent.name}/{notebook.path.name}"
    return f"{EXECUTED}/{notebook.name}.ipynb"


def _topic(name: str) -> str:
    """What a notebook is about, by its name: ``Feasible geography`` for ``04_feasible_geography``."""
    words = name.lstrip("0123456789").strip("_ ").replace("_", " ")
    return words[:1].upper() + words[1:] or name


def _rank(stem: str) -> tuple[bool, int]:
    """Where an output stands among all: those with a plain number before those with an E."""
    _, extra, number = STEM.fullmatch(stem).groups()
    return bool(extra), int(number)


def _without_repeats(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items without the findings that an earlier one of the same notebook has said."""
    said, kept = "", []
    for item in items:
        kept.append(item | {"finding": ""} if item["finding"] in said else item)
        said += item["finding"]
    return kept


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
        # An empty list lets the notebook choose, and sidecars have no paths.
        is_default = known is None or known.default == [] or published({name: known.default}).get(name) == value
        yield {
            "name": name,
            "value": json.dumps(value, ensure_ascii=False),
            "help": known.help if known else "",
            "default": None if is_default else json.dumps(known.default, ensure_ascii=False),
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
        # "</script" and "<!--" have a special meaning inside a script element.
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
    return {"kind": "table", "html": Markup(table), "columns": len(heads) + frame.shape[1]}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")

"""Fingerprints of a notebook's inputs and outputs: if neither has changed, it need not run again."""

import hashlib
import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from geofront.files import PACKAGE, file_hash
from geofront.inputs.table_paths import data_path
from geofront.report.catalogue import Notebook, default_data
from geofront.report.provenance import HOURS_FILE, data_hashes, hours_hash, published, tables_hashes, versions

RUNTIME = ("cbcbox", "highspy", "ipykernel", "ipywidgets", "jupyter-client", "papermill")
"""Further distributions, where installed, that can change what a notebook makes or how it looks."""


def environment() -> dict[str, Any]:
    """All that every notebook depends on: the package's sources, its data tables, the library versions."""
    sources = {str(path.relative_to(PACKAGE)): file_hash(path) for path in sorted(PACKAGE.rglob("*.py"))}
    installed = {package.name: package.version for package in metadata.distributions() if package.name in RUNTIME}
    ensembles = data_path("regions.csv").parent / "ensemble"
    sampled = {path.name: file_hash(path) for path in sorted(ensembles.glob("*.nc"))}
    return {"package": sources, "data": data_hashes(), "ensembles": sampled, "versions": versions() | installed}


def fingerprint(notebook: Notebook, parameters: Mapping[str, Any], surroundings: Mapping[str, Any]) -> str:
    """SHA-256 of everything that determines a notebook's outputs.

    That is its cells without their saved outputs, the values of its parameters, the content of its file of hours and
    of one's own tables, and `surroundings`, as from `environment`.
    """
    values = {name: parameter.default for name, parameter in notebook.parameters.items()} | dict(parameters)
    followed = {
        "cells": notebook.cells,
        "makes": notebook.makes,
        "parameters": published(values),
        "hours": hours_hash({HOURS_FILE: default_data(notebook, HOURS_FILE)} | dict(parameters)),
        "own_tables": tables_hashes(parameters),
        **surroundings,
    }
    return hashlib.sha256(json.dumps(followed, sort_keys=True).encode()).hexdigest()


def record(path: Path, mark: str, outputs: Mapping[str, str]) -> None:
    """Keep a notebook's fingerprint and the SHA-256 of each of its output files."""
    path.write_text(json.dumps({"fingerprint": mark, "outputs": outputs}, indent=1) + "\n", encoding="utf-8")


def is_unchanged(path: Path, mark: str, output_dir: Path) -> bool:
    """Whether the record at `path` has this fingerprint and its output files are unchanged; not if it is broken."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        outputs = dict(kept["outputs"])
        if kept["fingerprint"] != mark:
            return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    paths = {output_dir / name: digest for name, digest in outputs.items()}
    return all(path.is_file() and file_hash(path) == digest for path, digest in paths.items())

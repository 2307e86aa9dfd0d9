"""Fingerprints of a notebook's inputs and outputs, so that only changed notebooks run again."""

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
"""Other distributions that can change a notebook's outputs, if installed."""


def environment() -> dict[str, Any]:
    """Dependencies of every notebook: the package's sources, its data tables and library versions."""
    sources = {str(path.relative_to(PACKAGE)): file_hash(path) for path in sorted(PACKAGE.rglob("*.py"))}
    installed = {package.name: package.version for package in metadata.distributions() if package.name in RUNTIME}
    ensembles = data_path("regions.csv").parent / "ensemble"
    sampled = {path.name: file_hash(path) for path in sorted(ensembles.glob("*.nc"))}
    return {"package": sources, "data": data_hashes(), "ensembles": sampled, "versions": versions() | installed}


def fingerprint(notebook: Notebook, parameters: Mapping[str, Any], surroundings: Mapping[str, Any]) -> str:
    """SHA-256 of everything that determines a notebook's outputs.

    It covers the cells without their saved outputs, the values of the parameters, the content of the file of hours and
    of the user's tables, and `surroundings`, the result of `environment`.
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
    """Save a notebook's fingerprint and the SHA-256 of each of its output files."""
    path.write_text(json.dumps({"fingerprint": mark, "outputs": outputs}, indent=1) + "\n", encoding="utf-8")


def is_unchanged(path: Path, mark: str, output_dir: Path) -> bool:
    """Whether the record at `path` has this fingerprint and its output files are unchanged; False if it is damaged."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        outputs = dict(kept["outputs"])
        if kept["fingerprint"] != mark:
            return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    paths = {output_dir / name: digest for name, digest in outputs.items()}
    return all(path.is_file() and file_hash(path) == digest for path, digest in paths.items())

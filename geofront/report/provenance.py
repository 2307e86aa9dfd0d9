"""Provenance of a result: library versions, data tables and parameters, without time stamps or machine paths."""

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from geofront.errors import GeofrontError
from geofront.files import file_hash
from geofront.inputs.table_paths import data_path, own_tables
from geofront.names import VERSION

LIBRARIES = ("altair", "mip", "numpy", "pandas", "vl-convert-python", "xarray")
"""Distributions whose versions are recorded with every result."""

TABLES = (".csv", ".json")
"""Suffixes of the files in the data folder that determine results."""

HOURS_FILE = "hours_file"
PEERS_DIR = "peers_dir"
TABLES_DIR = "tables_dir"
OUTPUT_DIR = "output_dir"


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that determine the results, read without importing them."""
    own = {"python": platform.python_version(), "geofront": VERSION}
    return own | {name: metadata.version(name) for name in LIBRARIES}


def data_hashes() -> dict[str, str]:
    """SHA-256 of every table in the package's data folder, by file name."""
    folder = data_path("regions.csv").parent
    return {path.name: file_hash(path) for path in sorted(folder.iterdir()) if path.suffix in TABLES}


def published(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters without paths on this machine: no output folder, and only the names of files and folders."""
    shown = {name: plain(value) for name, value in parameters.items() if name != OUTPUT_DIR}
    for name in (HOURS_FILE, PEERS_DIR, TABLES_DIR):
        if shown.get(name):
            shown[name] = Path(shown[name]).name
    return shown


def hours_hash(parameters: Mapping[str, Any]) -> str | None:
    """SHA-256 of the file of hours in `parameters`, or None without one."""
    path = parameters.get(HOURS_FILE)
    if not path:
        return None
    if not Path(path).is_file():
        raise GeofrontError(f"{HOURS_FILE}: no file {str(path)!r}; give the path of a tidy hourly file.")
    return file_hash(path)


def tables_hashes(parameters: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 by file name of the user's tables in the folder in `parameters`; see `own_tables`."""
    return {path.name: file_hash(path) for path in own_tables(parameters.get(TABLES_DIR)).values()}


def provenance(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Provenance of a result, for its sidecar.

    Returns
    -------
    dict
        ``parameters``, ``versions`` and ``data`` (SHA-256 by table); also ``own_tables`` with a user's tables, and
        ``hours_sha256`` with real hours.

    Raises
    ------
    GeofrontError
        If the file of hours or the folder of tables is missing.
    """
    made_from = {"parameters": published(parameters), "versions": versions(), "data": data_hashes()}
    own = {"own_tables": tables_hashes(parameters), "hours_sha256": hours_hash(parameters)}
    return made_from | {name: item for name, item in own.items() if item}


def plain(value: Any) -> Any:
    """Convert a value for JSON: NumPy scalars and arrays become numbers and lists, paths become text."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, os.PathLike) else value

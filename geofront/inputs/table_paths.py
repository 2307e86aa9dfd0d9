"""Paths of tables: in the package's data, or in a user's folder."""

import os
from os import PathLike
from pathlib import Path

from geofront.arguments import path
from geofront.errors import GeofrontError, first_labels
from geofront.files import PACKAGE

OWN_TABLES = (
    "regions",
    "clients",
    "workloads",
    "lawful_transfers",
    "rtt_measured",
    "profiles",
    "hvdc",
    "building",
    "zones",
)
"""Tables that a user's folder may replace, each with an optional ``…_provenance`` table."""


def own_tables(tables_dir: str | PathLike[str] | None) -> dict[str, Path]:
    """Find the tables in a user's folder, by name; empty without a folder.

    Parameters
    ----------
    tables_dir : str, path or None
        Folder whose CSV files replace the tables of the same name in geofront's ``data/``.

    Raises
    ------
    GeofrontError
        If the folder does not exist, holds no table, or holds a file that replaces no table.
    """
    if not tables_dir:
        return {}
    folder = Path(os.path.expanduser(tables_dir))
    if not os.path.isdir(folder):
        raise GeofrontError(f"tables_dir: no folder {str(tables_dir)!r}; pass one with tables such as 'regions.csv'.")
    found = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    known = [*OWN_TABLES, *(f"{name}_provenance" for name in OWN_TABLES)]
    stray = [path.name for name, path in found.items() if name not in known]
    if stray or not found:
        what = (
            f"{first_labels(stray)} in {str(tables_dir)!r} replace no table"
            if stray
            else (f"{str(tables_dir)!r} has no tables")
        )
        raise GeofrontError(
            f"tables_dir: {what}; name them as geofront's: "
            f"{first_labels([f'{name}.csv' for name in OWN_TABLES], limit=20)}."
        )
    return found


def tables_folder(value, name: str):
    """Check the path of a folder of tables; an empty text means no folder, as in the notebooks."""
    return value if isinstance(value, str) and not value else path(value, name)


def table_path(name: str, tables_dir: str | PathLike[str] | None = None) -> Path:
    """Path of a table such as ``"regions"``: the user's if `own_tables` has it, else geofront's."""
    return own_tables(tables_dir).get(name) or data_path(f"{name}.csv")


def data_path(name: str) -> Path:
    """Path of a data file shipped with geofront.

    Parameters
    ----------
    name : str
        File name, such as ``"regions.csv"``.

    Returns
    -------
    pathlib.Path
        Inside the installed package, or in ``data/`` of a checkout.

    Raises
    ------
    GeofrontError
        If neither place has the file.
    """
    places = [PACKAGE / "data" / name, PACKAGE.parent / "data" / name]
    for place in places:
        if place.is_file():
            return place
    raise GeofrontError(
        f"geofront's data file {name!r} is missing; looked in {', '.join(str(p.parent) for p in places)}. "
        "Reinstall geofront, or run from a complete checkout."
    )

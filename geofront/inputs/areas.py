"""Market areas: what publishers call them, and what Electricity Maps calls the zones in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from geofront.errors import GeofrontError, first_labels

AREAS_OF_ZONES = {
    "DE": "DE-LU",
    "LU": "DE-LU",
    "IE": "IE(SEM)",
    "IT-NO": "IT-North",
    "IT-CNO": "IT-Centre-North",
    "IT-CSO": "IT-Centre-South",
    "IT-SO": "IT-South",
    "IT-SAR": "IT-Sardinia",
    "IT-SIC": "IT-Sicily",
}
"""Market areas by zone of Electricity Maps, where their codes differ, but for numbered ones like ``NO-NO2``."""


def chosen(areas: Mapping[str, str], names: Collection[str], any_name: bool, export: str) -> str:
    """The one market area of an export that some names stand for.

    Parameters
    ----------
    areas : mapping of str to str
        Code, such as ``"DE-LU"`` or ``"NO2"``, of each area of the export, by its name there.
    names : collection of str
        Names in the export, codes, or zones of Electricity Maps such as ``"DE"`` or ``"NO-NO2"``.
    any_name : bool
        Whether the only area of an export will do under any other name.
    export : str
        What the error message calls the export.

    Returns
    -------
    str
        Name in the export.

    Raises
    ------
    GeofrontError
        If none or several of the areas fit.
    """
    wanted = {str(name) for name in names}
    wanted |= {AREAS_OF_ZONES[name] for name in wanted & AREAS_OF_ZONES.keys()}
    wanted |= {match[1] for name in wanted if (match := re.fullmatch(r"[A-Z]{2}-([A-Z]{2}\d)", name))}
    fitting = [area for area, code in areas.items() if {area, code} & wanted] or (list(areas) if any_name else [])
    if len(fitting) != 1:
        asked = " or ".join(map(repr, dict.fromkeys(names))) or "any name"
        raise GeofrontError(f"{export} needs one market area for {asked}; it has {first_labels(areas) or 'none'}.")
    return fitting[0]

"""Market areas by their names at publishers and by their zones at Electricity Maps."""

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
"""Market area by Electricity Maps zone, where the codes differ. Numbered zones such as ``NO-NO2`` follow a rule."""


def chosen(areas: Mapping[str, str], names: Collection[str], any_name: bool, export: str) -> str:
    """Find the market area of an export that matches some names.

    Parameters
    ----------
    areas : mapping of str to str
        Code of each area, such as ``"DE-LU"`` or ``"NO2"``, by its name in the export.
    names : collection of str
        Names in the export, codes, or zones of Electricity Maps such as ``"DE"`` or ``"NO-NO2"``.
    any_name : bool
        Whether to accept an area under any other name if the export has only one.
    export : str
        Name of the export in the error message.

    Returns
    -------
    str
        Name in the export.

    Raises
    ------
    GeofrontError
        If no area or more than one matches.
    """
    wanted = {str(name) for name in names}
    wanted |= {AREAS_OF_ZONES[name] for name in wanted & AREAS_OF_ZONES.keys()}
    wanted |= {match[1] for name in wanted if (match := re.fullmatch(r"[A-Z]{2}-([A-Z]{2}\d)", name))}
    fitting = [area for area, code in areas.items() if {area, code} & wanted] or (list(areas) if any_name else [])
    if len(fitting) != 1:
        asked = " or ".join(map(repr, dict.fromkeys(names))) or "any name"
        raise GeofrontError(f"{export} needs one market area for {asked}; it has {first_labels(areas) or 'none'}.")
    return fitting[0]

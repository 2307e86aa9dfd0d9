"""Market areas: what publishers call them, and what Electricity Maps calls the zones in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

AREAS_OF_ZONES = {
    "DE": ("DE-LU", "DE-AT-LU"),
    "LU": ("DE-LU", "DE-AT-LU"),
    "IE": ("IE(SEM)",),
    "IT-NO": ("IT-North",),
    "IT-CNO": ("IT-Centre-North",),
    "IT-CSO": ("IT-Centre-South",),
    "IT-SO": ("IT-South",),
    "IT-SAR": ("IT-Sardinia",),
    "IT-SIC": ("IT-Sicily",),
}
"""Market areas by zone of Electricity Maps, where their codes differ."""


def matching(areas: Iterable[str], names: Collection[str]) -> list[str]:
    """The codes of market areas that any of some names stands for.

    Parameters
    ----------
    areas : iterable of str
        Codes such as ``"DE-LU"`` or ``"NO2"``.
    names : collection of str
        Codes, or zones of Electricity Maps such as ``"DE"`` or ``"NO-NO2"``.

    Returns
    -------
    list of str
        In the order of `areas`.
    """
    wanted = set(names)
    for name in names:
        wanted.update(AREAS_OF_ZONES.get(name, ()))
        wanted.update(re.findall(r"^[A-Z]{2}-([A-Z]{2}\d)$", str(name)))
    return [area for area in areas if area in wanted]

"""Published results beside what geofront finds from the same inputs (Table E4)."""

import math
from collections.abc import Iterable

import pandas as pd

from geofront.tables.columns import headed

AGREES = 1e-12
"""Relative difference below which two results are the same; rounding takes up to 1e-15 for each sum."""

_COLUMNS = {
    "unit": ("Unit", "", None),
    "published": ("Published", "", 3),
    "geofront": ("geofront", "", 3),
    "difference": ("Relative difference", "", None),
    "certificate": ("Certificate", "", None),
}


def replays(rows: Iterable[tuple[str, str, str, float, float, float | None]]) -> pd.DataFrame:
    """A table of published results and geofront's.

    Parameters
    ----------
    rows : iterable of tuple
        Peer, quantity, its unit, published value, geofront's value, and the relative duality gap [-] that
        :func:`geofront.certify` reports, or None where geofront evaluates a placement instead of optimising it.

    Returns
    -------
    pandas.DataFrame
        Index ``Peer`` and ``Quantity``. The relative difference is ``geofront / published - 1`` to three significant
        digits, zero below `AGREES`; the certificate is a power of ten above the gap. Decimals in ``attrs``.
    """
    names = ["Peer", "Quantity", "unit", "published", "geofront", "gap"]
    table = pd.DataFrame(rows, columns=names).set_index(names[:2])
    table["difference"] = (table.geofront / table.published - 1).map(_three_digits).astype(object)
    table["certificate"] = table.gap.astype(float).map(_bound)
    return headed(table, _COLUMNS)


def _three_digits(difference: float) -> float:
    return 0.0 if abs(difference) < AGREES else float(f"{difference:.3g}")


def _bound(gap: float) -> str | None:
    if math.isnan(gap):
        return None
    return f"gap below 1e{max(math.ceil(math.log10(abs(gap) or AGREES)), round(math.log10(AGREES)))}"

"""Published results and geofront's results from the same inputs (Table E4)."""

import math
from collections.abc import Iterable

import pandas as pd

from geofront.arguments import checked, number, several, shown, text
from geofront.errors import GeofrontError
from geofront.tables.columns import headed

DECIMALS = 12
"""Decimals of a relative difference: solvers and sums differ by up to 1e-14."""

_COLUMNS = {
    "unit": ("Unit", "", None),
    "published": ("Published", "", 3),
    "geofront": ("geofront", "", 3),
    "difference": ("Relative difference", "", None),
    "certificate": ("Certificate", "", None),
}


_ROW = ("Peer", "Quantity", "Setting", "unit", "published", "geofront", "gap")


def _row(row, name: str) -> tuple:
    """Check a row and convert its numbers to floats."""
    if not isinstance(row, tuple | list) or len(row) != len(_ROW):
        raise GeofrontError(f"{name} has {shown(row)}, not a row: give {len(_ROW)} values, {', '.join(_ROW)}")
    checks = (*[text] * 4, number(), number(), number())
    values = zip(_ROW, row, checks, strict=True)
    return tuple(
        value if key == "gap" and value is None else check(value, f"{name}: {key}") for key, value, check in values
    )


@checked(rows=several(_row))
def replays(rows: Iterable[tuple[str, str, str, str, float, float, float | None]]) -> pd.DataFrame:
    """Make a table of published results and geofront's results.

    Parameters
    ----------
    rows : iterable of tuple
        Peer, quantity, setting, unit, published value, geofront's value, and the relative duality gap [-] from
        :func:`geofront.certify`, or None if geofront evaluates a placement instead of optimising it.

    Returns
    -------
    pandas.DataFrame
        Index ``Peer``, ``Quantity`` and ``Setting``. The relative difference is ``geofront / published - 1``, to three
        significant digits and at most `DECIMALS` decimals; the certificate is a power of ten above the gap. Decimals
        are in ``attrs``.
    """
    table = pd.DataFrame(rows, columns=_ROW).set_index(list(_ROW[:3]))
    table["difference"] = (table.geofront / table.published - 1).map(_rounded).astype(object)
    table["certificate"] = table.gap.astype(float).map(_bound)
    return headed(table, _COLUMNS)


def _rounded(difference: float) -> float:
    return round(float(f"{difference:.3g}"), DECIMALS) + 0.0


def _bound(gap: float) -> str | None:
    if math.isnan(gap):
        return None
    power = math.ceil(math.log10(abs(gap))) if gap else -DECIMALS
    return f"gap < 1e{max(power, -DECIMALS)}"

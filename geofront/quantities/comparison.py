"""Several placements side by side."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping
from geofront.placement import totals
from geofront.quantities.relocation import relocated
from geofront.results import PLACEMENT, result


@checked(placements=mapping(result(PLACEMENT), "placements by name, {'base': gf.place(…), …}"))
def compare(placements: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Annual totals of several placements, one row each.

    Parameters
    ----------
    placements : mapping of str to xarray.Dataset
        Placements by the name to show, such as ``{"base": gf.place(a), "cheap Brazil": gf.place(b)}``.
        The first is the one that the others are measured against.

    Returns
    -------
    pandas.DataFrame
        Index ``case``. Columns as :func:`geofront.totals`, then ``relocated_share`` [1] of demand
        executed away from home, and ``cost_change`` and ``carbon_change`` [%] of the figures per MWh
        against the first case.

    Raises
    ------
    GeofrontError
        There is nothing to compare, or something in it is not a placement.
    """
    table = pd.DataFrame({name: totals(placement) for name, placement in placements.items()}).T
    # A placement carries 'home', all that relocated() needs of its scenario.
    moved = [float(relocated(placement, placement.flow).sum()) for placement in placements.values()]
    table["relocated_share"] = moved / table.demand_mwh
    for quantity in ("cost", "carbon"):
        per_mwh = table[f"{quantity}_per_mwh"]
        table[f"{quantity}_change"] = percent_change(per_mwh, per_mwh.iloc[0])
    return table.rename_axis("case")


def percent_change(value, base: float):
    """Change against a base [%]; not defined (NaN) where the base is not positive."""
    return 100 * (value / base - 1) if base > 0 else value * np.nan

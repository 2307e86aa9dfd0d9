"""Loss of the benefit of relocation to each friction (Table 7)."""

import pandas as pd
import xarray as xr

from geofront.arguments import checked
from geofront.names import FRICTION
from geofront.results import LOSSES, result
from geofront.tables.columns import headed

TOTAL, TOTAL_OF_SOME = "All frictions", "These frictions"

_COLUMNS = {
    "alone": ("Loss if alone", 2),
    "last": ("Gain if removed", 2),
    "cumulative": ("Loss added in order", 2),
    "shapley": ("Shapley value", 2),
    "share": ("Share of the loss", 1),
}
"""Head and decimals of the columns."""


@checked(losses=result(LOSSES))
def losses(losses: xr.Dataset) -> pd.DataFrame:
    """Make a table of friction losses: alone, removed, added in order, and averaged over all orders (Table 7).

    Parameters
    ----------
    losses : xarray.Dataset
        Result of :func:`geofront.friction_losses`.

    Returns
    -------
    pandas.DataFrame
        Index ``Friction``, the last ``All frictions``, or ``These frictions`` if the others are off. Losses per MWh of
        IT energy; each Shapley value's share of the total loss. Losses alone and gains if removed have no total,
        because frictions overlap. Units and decimals are in ``attrs``.
    """
    table = losses[["alone", "last", "cumulative", "shapley"]].to_dataframe()
    table = pd.concat([table, table[["cumulative", "shapley"]].sum().to_frame(TOTAL).T])
    table["share"] = 100 * table.shapley / table.shapley[TOTAL]
    labels = {name: friction.label for name, friction in FRICTION.items()}
    labels |= {TOTAL: TOTAL if losses.sizes["friction"] == len(FRICTION) else TOTAL_OF_SOME}
    units = {name: array.attrs.get("units", "") for name, array in losses.data_vars.items()} | {"share": "%"}
    columns = {name: (head, units[name], digits) for name, (head, digits) in _COLUMNS.items()}
    return headed(table, columns).rename(index=labels).rename_axis("Friction")

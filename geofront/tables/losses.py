"""How much of the benefit of relocation each friction takes (Table 7)."""

from itertools import combinations

import pandas as pd
import xarray as xr

from geofront.names import FRICTIONS

TOTAL = "All frictions"

_FRICTIONS = {
    "migration": "Migration: replay and warm-up",
    "egress": "Egress: bytes between regions",
    "locality": "Locality: pinned state",
    "legal": "Law: regulated data",
    "capacity": "Capacity: room in cheap regions",
}
_COLUMNS = {
    "alone": "Loss if alone",
    "last": "Gain if removed",
    "cumulative": "Loss added in order",
    "shapley": "Shapley value",
}
_SHARE = "Share of the loss"


def losses(losses: xr.Dataset) -> pd.DataFrame:
    """Friction losses: alone, removed, one after the other, and on average over all orders (Table 7).

    Parameters
    ----------
    losses : xarray.Dataset
        What :func:`geofront.friction_losses` returned.

    Returns
    -------
    pandas.DataFrame
        Index ``Friction``, the last ``All frictions``. Losses per MWh of IT energy; each Shapley value's share
        of the total loss. Losses alone and gains if removed have no total, because frictions overlap. Units and
        decimals in ``attrs``.
    """
    table = losses[list(_COLUMNS)].to_dataframe()
    total = table[["cumulative", "shapley"]].sum()
    table = pd.concat([table, total.to_frame(TOTAL).T])
    table[_SHARE] = 100 * table.shapley / table.shapley[TOTAL]
    table = table.rename(index=_FRICTIONS, columns=_COLUMNS).rename_axis("Friction")
    table.attrs = {
        "units": dict.fromkeys(_COLUMNS.values(), losses.shapley.attrs["units"]) | {_SHARE: "%"},
        "digits": dict.fromkeys(_COLUMNS.values(), 2) | {_SHARE: 1},
    }
    return table


def marginal_losses(losses: xr.Dataset) -> pd.Series:
    """What each friction takes when it joins any set of the others.

    Parameters
    ----------
    losses : xarray.Dataset
        What :func:`geofront.friction_losses` returned.

    Returns
    -------
    pandas.Series
        [USD/MWh], index ``subset`` joined and ``friction``, 80 values. None is negative, if every set of
        frictions costs at least as much as any of its subsets.
    """
    benefit = losses.benefit.to_series()
    subsets = [subset for size in range(len(FRICTIONS)) for subset in combinations(FRICTIONS, size)]
    joined = {(_label(subset), name): benefit[_label(subset)] - benefit[_label((*subset, name))]
              for subset in subsets for name in FRICTIONS if name not in subset}
    return pd.Series(joined, name="loss").rename_axis(["subset", "friction"])


def _label(subset: tuple[str, ...]) -> str:
    return "+".join(name for name in FRICTIONS if name in subset) or "none"

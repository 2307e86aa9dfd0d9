"""A point-to-point HVDC link: what arrives of the electricity and what the link costs."""

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders

LINES = ("overhead", "submarine")
CASES = ("value", "favours_transmission", "favours_relocation")
"""Columns of ``data/hvdc.csv``: the central figures, and the end of every range that favours one side."""

HOURS_PER_YEAR = 8760.0

_LOSSES = ("converter_loss", "line_loss_overhead", "line_loss_submarine")
_POSITIVE = ("lifetime", "utilisation", "route_factor")
_OTHER = (
    "converter_capex", "line_capex_overhead", "line_capex_submarine", "converter_fom", "line_fom_overhead",
    "line_fom_submarine", "discount_rate", "network_energy", "network_carbon",
)


def parameters(hvdc=None, case: str = "value") -> pd.Series:
    """One column of the table of parameters, checked.

    Parameters
    ----------
    hvdc : pandas.DataFrame or path, optional
        Indexed by ``parameter`` like :func:`geofront.inputs.loaders.hvdc`, which is the default.
    case : {"value", "favours_transmission", "favours_relocation"}

    Returns
    -------
    pandas.Series
        Indexed by ``parameter``, in the units of the table.

    Raises
    ------
    GeofrontError
        A parameter is missing or out of range.
    """
    if case not in CASES:
        raise GeofrontError(f"case={case!r} is unknown: use one of {', '.join(CASES)}")
    table = loaders.read_table(loaders.hvdc() if hvdc is None else hvdc, "parameter", (case,))
    names = pd.Index([*_LOSSES, *_POSITIVE, *_OTHER])
    missing = names.difference(table.index)
    if len(missing):
        raise GeofrontError(f"hvdc: missing parameter(s) {first_labels(missing)}; add them as rows.")
    values = table[case].reindex(names)
    valid = np.isfinite(values) & (values >= 0)
    valid[list(_LOSSES)] &= values[list(_LOSSES)] < 1
    valid[list(_POSITIVE)] &= values[list(_POSITIVE)] > 0
    valid["utilisation"] &= values["utilisation"] <= 1
    valid["route_factor"] &= values["route_factor"] >= 1
    if not valid.all():
        raise GeofrontError(
            f"hvdc, column {case!r}: {first_labels(names[~valid])} out of range; losses lie in [0, 1), "
            "utilisation in (0, 1], lifetime above 0, route_factor from 1 and all others from 0."
        )
    return values


def annuity(capex, rate: float, lifetime: float):
    """Constant yearly payment that repays an investment with interest over its lifetime.

    Parameters
    ----------
    capex : array_like
        Investment [USD].
    rate : float
        Discount rate [1/yr].
    lifetime : float
        [yr].

    Returns
    -------
    array_like
        ``capex · rate / (1 − (1 + rate)^−lifetime)`` [USD/yr]; without interest ``capex / lifetime``.
    """
    if rate == 0:
        return capex / lifetime
    return capex * rate / -np.expm1(-lifetime * np.log1p(rate))


def delivered_share(km, values: pd.Series, line: str):
    """Share of the electricity sent into the link that arrives.

    Parameters
    ----------
    km : array_like
        Great-circle distance [km].
    values : pandas.Series
        From :func:`parameters`.
    line : {"overhead", "submarine"}

    Returns
    -------
    array_like
        ``(1 − converter_loss)² · (1 − line_loss)^(route_factor·km/1000)`` [1].
    """
    return (1 - values["converter_loss"]) ** 2 * np.exp(-decay(values, line) * km)


def decay(values: pd.Series, line: str) -> float:
    """Rate at which the delivered share falls with great-circle distance [1/km]."""
    return -values["route_factor"] * np.log1p(-values[f"line_loss_{line}"]) / 1000


def link_cost(km, values: pd.Series, line: str):
    """Annuitised capex and yearly operation and maintenance of the link.

    Parameters
    ----------
    km : array_like
        Great-circle distance [km].
    values : pandas.Series
        From :func:`parameters`.
    line : {"overhead", "submarine"}

    Returns
    -------
    array_like
        [USD per MWh sent]; affine in distance. The link is rated at its sending end.
    """
    per_capex = annuity(1.0, values["discount_rate"], values["lifetime"])
    converters = 1000 * values["converter_capex"] * (per_capex + values["converter_fom"])
    per_km = values[f"line_capex_{line}"] * (per_capex + values[f"line_fom_{line}"])
    yearly = converters + values["route_factor"] * km * per_km
    return yearly / (HOURS_PER_YEAR * values["utilisation"])

"""Delivered electricity and cost of a point-to-point line, HVDC or AC."""

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders, table_reading

LINES = {"overhead": "HVDC overhead", "submarine": "HVDC submarine", "ac": "AC overhead"}
"""Lines and their names in tables and charts."""

_TERMINAL = {"overhead": "converter", "submarine": "converter", "ac": "substation"}
CASES = ("value", "favours_transmission", "favours_relocation")
"""Columns of ``data/hvdc.csv``: central values, and the end of every range that favours each side."""

HOURS_PER_YEAR = 8760.0

_LOSS, _NOT_NEGATIVE = pd.Interval(0, 1, "left"), pd.Interval(0, np.inf, "left")
_RANGES: dict[str, pd.Interval] = {
    "converter_loss": _LOSS,
    "substation_loss": _LOSS,
    "line_loss_overhead": _LOSS,
    "line_loss_submarine": _LOSS,
    "line_loss_ac": _LOSS,
    "lifetime": pd.Interval(0, np.inf, "neither"),
    "utilisation": pd.Interval(0, 1, "right"),
    "route_factor": pd.Interval(1, np.inf, "left"),
    "converter_capex": _NOT_NEGATIVE,
    "substation_capex": _NOT_NEGATIVE,
    "line_capex_overhead": _NOT_NEGATIVE,
    "line_capex_submarine": _NOT_NEGATIVE,
    "line_capex_ac": _NOT_NEGATIVE,
    "converter_fom": _NOT_NEGATIVE,
    "substation_fom": _NOT_NEGATIVE,
    "line_fom_overhead": _NOT_NEGATIVE,
    "line_fom_submarine": _NOT_NEGATIVE,
    "line_fom_ac": _NOT_NEGATIVE,
    "discount_rate": _NOT_NEGATIVE,
    "network_energy": _NOT_NEGATIVE,
    "network_carbon": _NOT_NEGATIVE,
    "egress_multiple": _NOT_NEGATIVE,
    "bytes_multiple": _NOT_NEGATIVE,
    "overhead_multiple": _NOT_NEGATIVE,
}
"""Range of each parameter."""


def parameters(hvdc=None, case: str = "value", tables_dir=None) -> pd.Series:
    """Read one column of a table in the layout of :func:`geofront.inputs.loaders.hvdc`, the default, by parameter.

    Raises
    ------
    GeofrontError
        If the case is not in `CASES`, or a parameter is missing or out of range.
    """
    if case not in CASES:
        raise GeofrontError(f"case={case!r} is unknown: use one of {', '.join(CASES)}")
    table = table_reading.read_table(loaders.hvdc(tables_dir) if hvdc is None else hvdc, "parameter", (case,))
    missing = pd.Index(_RANGES).difference(table.index)
    if len(missing):
        raise GeofrontError(f"hvdc: missing parameter(s) {first_labels(missing)}; add them as rows.")
    values = table[case].reindex(list(_RANGES))
    wrong = [
        f"{name}={values[name]:g} (allowed: {allowed})"
        for name, allowed in _RANGES.items()
        if values[name] not in allowed
    ]
    if wrong:
        raise GeofrontError(f"hvdc, column {case!r}: {first_labels(wrong)} out of range: correct the table")
    return values


def annuity(capex, rate: float, lifetime: float):
    """Annual payment [USD/yr] that repays an investment [USD] with interest [1/yr] over a lifetime [yr].

    capex · rate / (1 − (1 + rate)^−lifetime), without interest capex / lifetime.
    """
    if rate == 0:
        return capex / lifetime
    return capex * rate / -np.expm1(-lifetime * np.log1p(rate))


def delivered_share(km, values: pd.Series, line: str):
    """Delivered share of the electricity sent over a great-circle distance [km].

    (1 − terminal loss)² · (1 − line_loss)^(route_factor·km/1000) [-]. The terminals of an HVDC line are converter
    stations, and those of an AC line are substations.
    """
    decay = -values["route_factor"] * np.log1p(-values[f"line_loss_{line}"]) / 1000
    return (1 - values[f"{_TERMINAL[line]}_loss"]) ** 2 * np.exp(-decay * km)


def link_cost(km, values: pd.Series, line: str):
    """Annuitised capex, operation and maintenance of a line over a great-circle distance [km].

    [USD per MWh sent]; affine in distance. The line is rated at its sending end.
    """
    per_capex = annuity(1.0, values["discount_rate"], values["lifetime"])
    terminal = _TERMINAL[line]
    terminals = 1000 * values[f"{terminal}_capex"] * (per_capex + values[f"{terminal}_fom"])
    per_km = values[f"line_capex_{line}"] * (per_capex + values[f"line_fom_{line}"])
    return (terminals + values["route_factor"] * km * per_km) / (HOURS_PER_YEAR * values["utilisation"])

"""Physical transmission against digital relocation of the same megawatt-hour (Table 1)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

_QUANTITIES = {
    "delivered_share": ("Useful share", "%", 100, 1),
    "cost": ("Cost", "USD/MWh", 1, 1),
    "emissions": ("Emissions", "kg/MWh", 1, 0),
    "latency_added": ("Latency added", "ms", 1, 0),
}
"""Name, unit, factor and decimals of what depends on distance."""

_CASES = {
    "value": "Break-even distance",
    "favours_transmission": "Break-even, favouring HVDC",
    "favours_relocation": "Break-even, favouring relocation",
}
_REACH = "Latency reach"


def transmission(options: xr.Dataset, break_even: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """HVDC links and workload classes side by side (Table 1).

    Parameters
    ----------
    options : xarray.Dataset
        What :func:`geofront.transmission_or_relocation` returned for a few distances.
    break_even : mapping
        What :func:`geofront.break_even_distance` returned, by its ``case``.

    Returns
    -------
    pandas.DataFrame
        Index ``Option``. At each distance the useful share of the electricity, cost and emissions per MWh of
        IT energy served, and latency added; the distance beyond which relocation is cheaper than either line,
        with central figures and with those that favour one side; the largest distance within the latency
        budget. Units and decimals in ``attrs``.
    """
    table = pd.DataFrame({"Option": _names(options)}, index=options.indexes["option"])
    units, digits = {}, {}
    for quantity, (name, unit, factor, places) in _QUANTITIES.items():
        for km in options.distance.values:
            column = f"{name}, {km:,.0f} km"
            table[column] = factor * options[quantity].sel(distance=km).to_series()
            units[column], digits[column] = unit, places
    for case, result in break_even.items():
        table[_CASES[case]] = result.break_even.max("line").to_series()
    table[_REACH] = next(iter(break_even.values())).reach.to_series()
    for column in (*(_CASES[case] for case in break_even), _REACH):
        units[column], digits[column] = "km", 0
    table = table.set_index("Option")
    table.attrs = {"units": units, "digits": digits}
    return table


def _names(options: xr.Dataset) -> list[str]:
    """Options as tables call them: classes by letter and name, without the examples in parentheses."""
    short = [str(label).partition(" (")[0] for label in options.label.values]
    return [f"{option} {name}" if kind == "relocation" and option != name else name
            for option, name, kind in zip(options.option.values, short, options.kind.values, strict=True)]

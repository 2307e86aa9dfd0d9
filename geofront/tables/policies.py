"""What placement policies cost, emit, move and delay, under each carbon signal (Table 6)."""

from collections.abc import Mapping

import pandas as pd

from geofront.charts.policies import SIGNAL_NAMES
from geofront.names import LAYERS

_LOCAL, _REGIONAL, _ENERGY = LAYERS
_COLUMNS = {
    "cost_per_mwh": ("Cost", "USD/MWh", 1, 1),
    "cost_vs_local": ("Cost against local", "%", 1, 1),
    "carbon_per_mwh": ("Emissions", "kg/MWh", 1, 0),
    "carbon_vs_local": ("Emissions against local", "%", 1, 1),
    _LOCAL: ("Local", "%", 100, 0),
    _REGIONAL: ("Regional", "%", 100, 0),
    _ENERGY: ("Energy-oriented", "%", 100, 0),
    "latency_added": ("Mean latency added", "ms", 1, 0),
}
"""Name, unit, factor and decimals of each column of Table 6."""

SIGNALS = {"marginal": "marginal", "average": "average", "ifi": "IFI"}
"""What sentences and narrow columns call the carbon signals."""

_SIGNAL, _POLICY = "Carbon signal", "Policy"
_PLACED = "Cleanest under"


def policies(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The placement policies under each carbon signal (Table 6).

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        What :func:`geofront.policies` returned, by carbon signal.

    Returns
    -------
    pandas.DataFrame
        Index ``Carbon signal`` and ``Policy``. Cost and emissions per MWh of IT energy and their change
        against local execution, shares of demand executed in each layer, and the end-to-end latency that
        relocation adds on average over all demand. Units and decimals in ``attrs``.
    """
    table = pd.concat(tables, names=[_SIGNAL, _POLICY])[list(_COLUMNS)]
    table = table.mul([factor for _, _, factor, _ in _COLUMNS.values()])
    table = table.rename(columns={column: name for column, (name, *_) in _COLUMNS.items()})
    table = table.rename(index=SIGNAL_NAMES, level=_SIGNAL)
    table.attrs = {
        "units": {name: unit for name, unit, _, _ in _COLUMNS.values()},
        "digits": {name: places for name, _, _, places in _COLUMNS.values()},
    }
    return table


def signals(comparison: pd.DataFrame) -> pd.DataFrame:
    """What the cleanest placement under one carbon signal emits according to the others.

    Parameters
    ----------
    comparison : pandas.DataFrame
        What :func:`geofront.signal_comparison` returned.

    Returns
    -------
    pandas.DataFrame
        Index ``Cleanest under``; one column for each judging signal, the change of emissions against local
        execution [%], and the cost. Units and decimals in ``attrs``.
    """
    order = list(dict.fromkeys(comparison.index.get_level_values("placed_under")))
    table = comparison.carbon_vs_local.unstack("evaluated_under").loc[order, order]
    judged = {signal: f"Emissions, {SIGNALS[signal]}" for signal in order}
    table = table.rename(columns=judged).rename_axis(columns=None)
    table["Cost"] = comparison.cost_per_mwh.groupby(level="placed_under").first()
    table = table.rename(index=SIGNAL_NAMES).rename_axis(_PLACED)
    table.attrs = {
        "units": dict.fromkeys(judged.values(), "%") | {"Cost": "USD/MWh"},
        "digits": dict.fromkeys(table, 1),
    }
    return table


def more_or_less(percent: float, places: int = 1) -> str:
    """A change in words, for sentences: ``3.1 % more``, ``0.3 % less``."""
    return f"{abs(percent):.{places}f} % {'more' if percent >= 0 else 'less'}"

"""Comparison of several placements, for readers."""

import pandas as pd

from geofront.arguments import checked, table
from geofront.errors import GeofrontError
from geofront.tables.columns import headed

_DIGITS = {
    "cost_per_mwh": 1,
    "carbon_per_mwh": 0,
    "relocated_share": 1,
    "cost_change": 1,
    "carbon_change": 1,
    "latency_mean": 0,
    "latency_p95": 0,
    "regret": 2,
    "relative_regret": 2,
}
"""Decimals of the columns that are shown."""


@checked(table=table(("cost_per_mwh", "carbon_per_mwh"), maker="gf.compare"))
def compare(table: pd.DataFrame) -> pd.DataFrame:
    """Make a table of cost, emissions, relocated share, latency and regret of several placements.

    Parameters
    ----------
    table : pandas.DataFrame
        Result of :func:`geofront.compare`.

    Returns
    -------
    pandas.DataFrame
        Index ``Case``; columns with the titles in ``table.attrs``, without annual sums, shares in per cent. Units and
        decimals are in ``attrs``.
    """
    if not {"units", "long_names"} <= table.attrs.keys():
        raise GeofrontError("table: it lacks the units and titles of its columns: pass what gf.compare returned")
    units, titles = table.attrs["units"], table.attrs["long_names"]
    shares = [name for name in _DIGITS if units.get(name) == "1"]
    shown = table.assign(**{name: 100 * table[name] for name in shares})
    columns = {
        name: (titles[name], "%" if name in shares else units[name], digits)
        for name, digits in _DIGITS.items()
        if name in table
    }
    return headed(shown, columns).rename_axis("Case")

"""Cost, emissions, shares and latency of placement policies, under each carbon signal (Table 6)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, has_numbers, mapping, same_names, shown, table
from geofront.charts.titles import as_columns, class_names
from geofront.errors import GeofrontError
from geofront.names import CARBON_SIGNAL, WORKLOAD
from geofront.quantities.policies import COLUMNS
from geofront.results import SHARES, result
from geofront.scenarios.alignment import check_labels
from geofront.scenarios.validation import with_names
from geofront.tables.cells import MISSING
from geofront.tables.columns import headed

SIGNALS = {name: signal.short for name, signal in CARBON_SIGNAL.items()}
"""Names of the carbon signals in sentences and narrow columns."""

_TITLES = {name: signal.title for name, signal in CARBON_SIGNAL.items()}
_SIGNAL, _POLICY = "Carbon signal", "Policy"
_PLACED = "Cleanest under"


def _ranges(value, name: str) -> pd.DataFrame:
    columns = value.columns if isinstance(value, pd.DataFrame) else pd.Index([])
    ends = [(column, end) for column in columns.unique(0) for end in ("least", "most")]
    right = (
        len(columns)
        and columns.nlevels == 2
        and columns.isin(COLUMNS, 0).all()
        and not value.index.has_duplicates
        and sorted(columns) == sorted(ends)
        and all(has_numbers(value[each]) for each in ends)
    )
    if not right:
        raise GeofrontError(f"{name} is {shown(value)}, not ranges of policies: pass what ranges_by_signal returned")
    return value


@checked(ranges=mapping(_ranges, "what geofront.quantities.signals.ranges_by_signal returned"))
def policies(tables: Mapping[str, pd.DataFrame], ranges: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """Make a table of the placement policies under each carbon signal (Table 6).

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Results of :func:`geofront.policies` by carbon signal.
    ranges : mapping of str to pandas.DataFrame, optional
        Result of :func:`geofront.quantities.signals.ranges_by_signal`: these columns show the range at equal cost, as
        text such as ``23–29``.

    Returns
    -------
    pandas.DataFrame
        Index ``Carbon signal`` and ``Policy``; the columns of `geofront.quantities.policies.COLUMNS` with a heading,
        shares in per cent. Units and decimals are in ``attrs``.
    """
    shown = {name: column for name, column in COLUMNS.items() if column.heading}
    right = mapping(table(tuple(shown), ["policy"], maker="gf.policies"), "what gf.policies returned, by carbon signal")
    tables = right(tables, "tables")
    joined = as_columns(tables, _SIGNAL).rename(columns={"policy": _POLICY}).set_index([_SIGNAL, _POLICY])
    joined = joined.rename(index=_TITLES, level=_SIGNAL)
    shares = [name for name, column in shown.items() if column.units == "1"]
    joined[shares] *= 100
    if ranges is not None:
        same_names(tables=tables, ranges=ranges)
        left_open = pd.concat(ranges, names=joined.index.names).rename(index=_TITLES, level=_SIGNAL)
        for name in left_open.columns.unique(0):
            ends = left_open[name] * (100 if name in shares else 1)
            values = pd.DataFrame({end: ends[end].fillna(joined[name]) for end in ends})
            joined[name] = [span(*row, shown[name].digits) for row in values[["least", "most"]].itertuples(index=False)]
    return headed(
        joined,
        {
            name: (column.heading, "%" if name in shares else column.units, column.digits)
            for name, column in shown.items()
        },
    )


def span(least: float, most: float, digits: int = 0, joint: str = "–") -> str:
    """Format a range, ``23–29``; a single number if both ends are equal after rounding."""
    if least != least or most != most:
        return MISSING
    ends = dict.fromkeys(f"{end + 0.0:,.{digits}f}" for end in (least, most))
    return joint.join(ends)


@checked(scenario=with_names, shares=result(SHARES))
def energy_oriented(scenario: xr.Dataset, shares: xr.Dataset) -> pd.DataFrame:
    """Make a table of the energy-oriented share of each class by distance and by cause.

    Parameters
    ----------
    scenario : xarray.Dataset
        Scenario with the names of the classes.
    shares : xarray.Dataset
        Result of :func:`geofront.energy_oriented`.

    Returns
    -------
    pandas.DataFrame
        Index ``Energy-oriented``; a column per class, in per cent, with the range at equal cost as text. Units are in
        ``attrs``.
    """
    check_labels(scenario, shares, WORKLOAD)
    names = class_names(scenario)
    rows = {
        definition: {
            names[label]: span(
                *(100 * shares[end].sel(definition=definition, workload=label).item() for end in ("least", "most"))
            )
            for label in shares[WORKLOAD].values
        }
        for definition in shares["definition"].values
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("Energy-oriented")
    table.attrs["units"] = dict.fromkeys(table, "%")
    return table


@checked(
    comparison=table(
        ("carbon_vs_local", "cost_per_mwh"), ("placed_under", "evaluated_under"), maker="gf.signal_comparison"
    )
)
def signals(comparison: pd.DataFrame) -> pd.DataFrame:
    """Make a table of the emissions, under every carbon signal, of the cleanest placement under one of them.

    Parameters
    ----------
    comparison : pandas.DataFrame
        Result of :func:`geofront.signal_comparison`.

    Returns
    -------
    pandas.DataFrame
        Index ``Cleanest under``; one column per evaluating signal with the change of emissions against local execution
        [%], and the cost. Units and decimals are in ``attrs``.
    """
    order = list(dict.fromkeys(comparison.index.get_level_values("placed_under")))
    table = comparison.carbon_vs_local.unstack("evaluated_under").loc[order, order]
    table["cost"] = comparison.cost_per_mwh.groupby(level="placed_under").first()
    columns = {signal: (f"Emissions, {SIGNALS.get(signal, signal)}", "%", 1) for signal in order}
    columns["cost"] = ("Cost", "USD/MWh", 1)
    return headed(table, columns).rename(index=_TITLES).rename_axis(index=_PLACED, columns=None)


def more_or_less(percent: float) -> str:
    """Format a change for sentences: ``3.1 % more``, ``0.3 % less``; NaN is a change of zero."""
    if percent != percent:
        return "neither more nor less"
    percent = round(percent, 1)
    return f"{abs(percent):.1f} % {'more' if percent >= 0 else 'less'}"

"""What axes, legends and regions are called: from ``units`` and ``long_name``, in one way everywhere."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.errors import GeofrontError, first_labels

_COLUMNS = {
    "cost_per_mwh": ("Cost", "USD/MWh"),
    "carbon_per_mwh": ("Emissions", "kg/MWh"),
    "budget": ("Latency budget", "ms"),
    "cost": ("Cost", "USD/yr"),
    "emissions": ("Emissions", "kg/yr"),
    "relocated_share": ("Relocated share", "1"),
    "cost_change": ("Change of cost", "%"),
    "carbon_change": ("Change of emissions", "%"),
}
"""Long name and unit of the columns that the quantities return, where the frame itself does not say."""


def title(long_name: str, units: str = "") -> str:
    """``Cost [USD/MWh]``; without brackets where there is no unit."""
    return f"{long_name} [{units}]" if units else long_name


def array_title(array: xr.DataArray) -> str:
    """Title of an array by its attributes ``long_name`` and ``units``."""
    return title(array.attrs.get("long_name", str(array.name)), array.attrs.get("units", ""))


def column_title(frame: pd.DataFrame, column: str) -> str:
    """Title of a column, by ``frame.attrs["long_names"]`` and ``frame.attrs["units"]`` where they have it."""
    long_name, units = _COLUMNS.get(column, (column.replace("_", " ").capitalize(), ""))
    return title(
        frame.attrs.get("long_names", {}).get(column, long_name), frame.attrs.get("units", {}).get(column, units)
    )


def require_columns(frame: pd.DataFrame, columns, chart: str) -> None:
    """Refuse a frame that is empty or lacks columns.

    Raises
    ------
    GeofrontError
        Naming the chart, the missing columns and those that the frame has.
    """
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise GeofrontError(
            f"{chart}: missing column(s) {first_labels(missing)}; the frame has {first_labels(frame.columns, 30)}."
        )
    if frame.empty:
        raise GeofrontError(f"{chart}: the frame has no rows, so there is nothing to draw.")


def as_columns(tables: Mapping[str, pd.DataFrame] | pd.DataFrame, key: str = "") -> pd.DataFrame:
    """One frame with its index levels as columns; of a mapping, its keys too, under the name `key`."""
    frame = tables
    if not isinstance(tables, pd.DataFrame):
        frame = pd.concat(tables, names=[key]) if tables else pd.DataFrame()
    columns = frame.reset_index([name for name in frame.index.names if name is not None])
    columns.attrs = dict(frame.attrs)
    return columns.reset_index(drop=True)


def region_names(scenario: xr.Dataset) -> dict[str, str]:
    """What charts call each region: its name in the scenario, or its label where that is not unique."""
    labels = [str(label) for label in scenario["region"].values]
    if "region_name" not in scenario.coords:
        return dict(zip(labels, labels, strict=True))
    names = [str(name).replace("Northern ", "N. ") for name in scenario["region_name"].values]
    return {label: name if names.count(name) == 1 else label for label, name in zip(labels, names, strict=True)}


def class_names(scenario: xr.Dataset) -> dict[str, str]:
    """What legends call each class: its label and its name without the examples in parentheses."""
    labels = scenario["workload"].values
    names = scenario["workload_name"].values if "workload_name" in scenario.coords else labels
    return {str(label): _letter_and_name(label, name) for label, name in zip(labels, names, strict=True)}


def option_names(options: xr.Dataset) -> dict[str, str]:
    """What charts and tables call the options of :func:`geofront.transmission_or_relocation`, classes as legends do."""
    table = options[["kind", "label"]].to_dataframe()
    return {
        option: _letter_and_name(option, row.label) if row.kind == "relocation" else row.label
        for option, row in table.iterrows()
    }


def _letter_and_name(label, name) -> str:
    short = str(name).partition(" (")[0]
    return str(label) if short == label else f"{label} {short}"


def duration(milliseconds: float) -> str:
    """A time in the unit that suits it: ``300 ms``, ``1.5 s``, ``1 min``, ``1 h``."""
    for size, unit in ((3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if milliseconds >= size:
            return f"{milliseconds / size:.3g} {unit}"
    return f"{milliseconds:.3g} ms"

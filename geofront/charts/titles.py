"""Titles of axes, legends and regions, from ``units`` and ``long_name``."""

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
"""Default long names and units of columns, for frames without them in ``attrs``."""


def title(long_name: str, units: str = "") -> str:
    """Format a title, ``Cost [USD/MWh]``; without brackets if there is no unit."""
    return f"{long_name} [{units}]" if units else long_name


def lower_first(text: str) -> str:
    """A title as it stands within a sentence: ``marginal carbon (MOER)``."""
    return text[:1].lower() + text[1:]


def array_title(array: xr.DataArray) -> str:
    """Title of an array from its attributes ``long_name`` and ``units``."""
    return title(array.attrs.get("long_name", str(array.name)), array.attrs.get("units", ""))


def column_title(frame: pd.DataFrame, column: str) -> str:
    """Title of a column, from ``frame.attrs["long_names"]`` and ``frame.attrs["units"]`` if they have it."""
    long_name, units = _COLUMNS.get(column, (column.replace("_", " ").capitalize(), ""))
    return title(
        frame.attrs.get("long_names", {}).get(column, long_name), frame.attrs.get("units", {}).get(column, units)
    )


def require_columns(frame: pd.DataFrame, columns, chart: str) -> None:
    """Refuse a frame that is empty or lacks columns.

    Raises
    ------
    GeofrontError
        Names the chart, the missing columns and the columns of the frame.
    """
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise GeofrontError(
            f"{chart}: missing column(s) {first_labels(missing)}; the frame has {first_labels(frame.columns, 30)}."
        )
    if frame.empty:
        raise GeofrontError(f"{chart}: the frame has no rows; give at least one.")


def as_columns(tables: Mapping[str, pd.DataFrame] | pd.DataFrame, key: str = "") -> pd.DataFrame:
    """Convert a frame or a mapping of frames to one frame with index levels, and keys named `key`, as columns."""
    frame = tables
    if not isinstance(tables, pd.DataFrame):
        frame = pd.concat(tables, names=[key]) if tables else pd.DataFrame()
    columns = frame.reset_index([name for name in frame.index.names if name is not None])
    columns.attrs = dict(frame.attrs)
    return columns.reset_index(drop=True)


def region_names(scenario: xr.Dataset) -> dict[str, str]:
    """Displayed name of each region: its name in the scenario, or its label if the name is not unique."""
    labels = [str(label) for label in scenario["region"].values]
    if "region_name" not in scenario.coords:
        return dict(zip(labels, labels, strict=True))
    names = [str(name).replace("Northern ", "N. ") for name in scenario["region_name"].values]
    return {label: name if names.count(name) == 1 else label for label, name in zip(labels, names, strict=True)}


def class_names(scenario: xr.Dataset) -> dict[str, str]:
    """Name of each class in legends: its label, and its name without the examples in parentheses."""
    labels = scenario["workload"].values
    names = scenario["workload_name"].values if "workload_name" in scenario.coords else labels
    return {str(label): _letter_and_name(label, name) for label, name in zip(labels, names, strict=True)}


def option_names(options: xr.Dataset) -> dict[str, str]:
    """Displayed names of the options of :func:`geofront.transmission_or_relocation`, classes as in legends."""
    table = options[["kind", "label"]].to_dataframe()
    return {
        option: _letter_and_name(option, row.label) if row.kind == "relocation" else row.label
        for option, row in table.iterrows()
    }


def _letter_and_name(label, name) -> str:
    short = str(name).partition(" (")[0]
    return str(label) if str(label) in (str(name), short) else f"{label} {short}"


def duration(milliseconds: float) -> str:
    """Format a time in a suitable unit: ``300 ms``, ``1.5 s``, ``1 min``, ``1 h``."""
    for size, unit in ((3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if milliseconds >= size:
            return f"{milliseconds / size:.3g} {unit}"
    return f"{milliseconds:.3g} ms"

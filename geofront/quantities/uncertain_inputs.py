"""Uncertain inputs: their distributions, and the tables and the scenario of one world drawn from them."""

from collections.abc import Callable, Mapping
from functools import cache
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import ndtri

from geofront.arguments import checked, frame_or_path, instance, mapping, whole
from geofront.errors import GeofrontError, first_labels
from geofront.inputs import geography, loaders
from geofront.inputs.table_paths import data_path
from geofront.inputs.table_reading import read_table
from geofront.names import CARBON_SIGNALS, HOUR, PRICE_SCOPES, WEIGHT
from geofront.scenarios.build import assembled, carbon_intensity, from_tables
from geofront.scenarios.validation import validate

ARGUMENTS = ("headroom", "surplus")
"""Arguments of :func:`geofront.from_tables` that can be uncertain [-]."""

ARGUMENT_TABLE, SCENARIO_TABLE = "arguments", "scenario"
DELIVERED = PRICE_SCOPES[1]

ENDS = {"hvdc": ("favours_transmission", "favours_relocation"), "building": ("low", "high")}
"""Columns of the tables of ranges that an input of −1 or 1 takes in place of ``value``."""

EACH = "each"
"""In the column ``rows``: every row of the table is an input of its own."""

TRANSFER = ["client_jurisdiction", "region_jurisdiction"]

TAIL = 1e-3
"""Lognormal inputs are cut at this quantile and at one minus it [-]."""

_COLUMNS = (
    "input",
    "label",
    "group",
    "table",
    "columns",
    "rows",
    "change",
    "distribution",
    "low",
    "mode",
    "high",
    "source",
    "confidence",
)
_NUMBERS = ("low", "mode", "high")


_DEFAULTS = {
    name: signature(from_tables).parameters[name].default
    for name in ("snapshots", "carbon_signal", "demand_mw", "hours", "price_scope", *ARGUMENTS)
}


_TABLES = ("regions", "clients", "workloads", "lawful", "rtt", "profiles", *ENDS)


class World(NamedTuple):
    """One draw of all inputs."""

    scenario: xr.Dataset
    """With the region's carbon intensities under every signal as coordinates ``carbon_marginal``, … [kg/MWh]."""
    tables: dict[str, pd.DataFrame]
    """The tables that it was built from, and ``hvdc`` and ``building``."""


@checked(table=frame_or_path)
def uncertainty(table=None) -> pd.DataFrame:
    """The uncertain inputs, one row each.

    Parameters
    ----------
    table : pandas.DataFrame or path, optional
        In the layout of ``data/uncertainty.csv``, which is the default. Add or remove rows to change what is sampled.

    Returns
    -------
    pandas.DataFrame
        Index ``input``. Rows that say ``each`` are repeated for every row of their table, as ``input.label``.
        Columns: ``label`` and ``group`` for readers; ``table``, ``columns`` and ``rows`` that the input changes
        together; ``change``, how it does so; ``distribution`` with ``low``, ``mode`` and ``high``; ``source`` and
        ``confidence``; and ``covers``, further columns whose uncertainty the input stands for.

    Raises
    ------
    GeofrontError
        Missing columns; an unknown table, column, row, change or distribution; or numbers that are out of order.

    Notes
    -----
    ``mode`` is the value in the default world. Distributions:

    - ``uniform`` between ``low`` and ``high``.
    - ``triangular`` between ``low`` and ``high``, with its peak at ``mode``.
    - ``lognormal`` with the median ``mode``; ``low`` and ``high`` are its 5th and 95th percentile. It is cut at the
      0.1st and the 99.9th percentile.
    """
    given = data_path("uncertainty.csv") if table is None else table
    read = read_table(given, "input", _NUMBERS, "uncertainty").reset_index()
    missing = [name for name in _COLUMNS if name not in read]
    if missing:
        raise GeofrontError(f"uncertainty: no column {first_labels(missing)}; see data/README.md for the layout")
    text = [name for name in read.columns if name not in _NUMBERS]
    read = read.assign(**read[text].fillna("").astype(str))
    if "covers" not in read:
        read["covers"] = ""
    tables = loaders.data_tables() | _more_tables()
    rows = [
        each
        for row in read.to_dict("records")
        for each in _expanded({str(name): cell for name, cell in row.items()}, tables)
    ]
    inputs = pd.DataFrame(rows, columns=read.columns).set_index("input")
    problems = [f"{name}: {problem}" for name, row in inputs.iterrows() if (problem := _problem(row, tables))]
    problems += [f"{name}: the name occurs twice" for name in inputs.index[inputs.index.duplicated()].unique()]
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise GeofrontError(f"uncertainty has {len(problems)} problem(s):\n{listed}")
    return inputs


def _expanded(row: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> list[dict]:
    if row["rows"] != EACH or row["table"] not in tables:
        return [dict(row)]
    labels = tables[row["table"]].index
    return [
        {**row, "input": f"{row['input']}.{label}", "label": f"{row['label']}, {label}", "rows": str(label)}
        for label in labels
    ]


def _problem(row: pd.Series, tables: Mapping[str, pd.DataFrame]) -> str | None:
    if row.distribution not in DISTRIBUTIONS:
        return f"the distribution {row.distribution!r} is unknown: use one of {', '.join(DISTRIBUTIONS)}"
    if row.change not in CHANGES:
        return f"the change {row.change!r} is unknown: use one of {', '.join(CHANGES)}"
    if not (row.low <= row["mode"] <= row.high and row.low < row.high):
        return f"low {row.low:g}, mode {row['mode']:g} and high {row.high:g} are out of order"
    if row.distribution == "lognormal":
        if row.low <= 0:
            return f"low {row.low:g} of a lognormal distribution is not above 0"
        if abs(row.low * row.high / row["mode"] ** 2 - 1) > 0.01:
            return "low and high of a lognormal distribution must be as far from the mode, as ratios"
    if row["table"] in (ARGUMENT_TABLE, SCENARIO_TABLE):
        return None
    if row["table"] not in tables:
        known = ", ".join((*tables, ARGUMENT_TABLE, SCENARIO_TABLE))
        return f"the table {row['table']!r} is unknown: use one of {known}"
    table = tables[row["table"]]
    if stray := [column for column in row["columns"].split() if column not in table]:
        return f"{row['table']} has no column {first_labels(stray)}"
    if stray := [label for label in row["rows"].split() if label not in table.index]:
        return f"{row['table']} has no row {first_labels(stray)}"
    return None


def _uniform(row, quantile: np.ndarray) -> np.ndarray:
    return row.low + quantile * (row.high - row.low)


def _triangular(row, quantile: np.ndarray) -> np.ndarray:
    from scipy.stats import triang  # takes half a second to import

    width = row.high - row.low
    return triang.ppf(quantile, (row["mode"] - row.low) / width, loc=row.low, scale=width)


def _lognormal(row, quantile: np.ndarray) -> np.ndarray:
    sigma = np.log(row.high / row["mode"]) / ndtri(0.95)
    return row["mode"] * np.exp(sigma * ndtri(np.clip(quantile, TAIL, 1 - TAIL)))


DISTRIBUTIONS: dict[str, Callable] = {"uniform": _uniform, "triangular": _triangular, "lognormal": _lognormal}


def values_at(inputs: pd.DataFrame, quantiles: np.ndarray) -> np.ndarray:
    """Values of the inputs at given quantiles.

    Parameters
    ----------
    inputs : pandas.DataFrame
        From :func:`uncertainty`.
    quantiles : numpy.ndarray
        Shape (sample, input), between 0 and 1.

    Returns
    -------
    numpy.ndarray
        Of the same shape.
    """
    columns = [DISTRIBUTIONS[row.distribution](row, quantiles[:, i]) for i, (_, row) in enumerate(inputs.iterrows())]
    return np.stack(columns, axis=1) if columns else quantiles


def _spread(before: np.ndarray, value: float) -> np.ndarray:
    """Ratios to the geometric mean, to the power of the value."""
    centre = np.exp(np.log(before).mean())
    return centre * (before / centre) ** value if value != 1 else before


_CELLS: dict[str, Callable] = {
    "multiply": lambda before, value: before * value,
    "spread": _spread,
    "excess": lambda before, value: 1 + (before - 1) * value if value != 1 else before,
    "set": np.full_like,
}
"""What a value makes of the cells of one column."""

CHANGES = (*_CELLS, "ends", "modelled", "strictness")
"""How a value changes a table: see data/README.md."""


def own_tables(tables, name: str = "tables") -> dict[str, pd.DataFrame]:
    """Tables by the names of those that :func:`geofront.data_tables` returns, ``hvdc`` and ``building``."""
    given = mapping(instance(pd.DataFrame, "give a table"), "tables as gf.data_tables returns them")(tables, name)
    if stray := [key for key in given if key not in _TABLES]:
        raise GeofrontError(f"{name}: unknown tables {first_labels(stray)}: use any of {', '.join(_TABLES)}")
    return given


def base_tables(tables: Mapping[str, pd.DataFrame] | None = None) -> dict[str, pd.DataFrame]:
    """The tables that inputs change.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame, optional
        In place of those that :func:`geofront.data_tables` returns.
    """
    return loaders.data_tables() | _more_tables() | dict(tables or {})


def world(inputs: pd.DataFrame, values, tables: Mapping[str, pd.DataFrame], *, step: int = 1, **options) -> World:
    """Tables and scenario at given values of the inputs.

    Parameters
    ----------
    inputs : pandas.DataFrame
        From :func:`uncertainty`.
    values : sequence of float
        One for each input; ``inputs["mode"]`` gives the default world.
    tables : mapping of str to pandas.DataFrame
        From `base_tables`. They are not checked again, nor are the options; the scenario is.
    step : int
        Hours between the snapshots of the scenario.
    **options
        Of :func:`geofront.from_tables`, such as ``snapshots``.

    Raises
    ------
    GeofrontError
        Invalid scenario.
    """
    options = _DEFAULTS | options
    changed = dict(tables)
    changed[ARGUMENT_TABLE] = pd.DataFrame([{name: options.pop(name) for name in ARGUMENTS}])
    columns: dict[str, dict] = {}
    later: list[tuple[Any, float]] = []
    row: Any
    for row, value in zip(inputs.itertuples(), map(float, values), strict=True):
        if row.table == SCENARIO_TABLE:
            later.append((row, value))
        elif row.change in _CELLS:
            _change_cells(columns.setdefault(row.table, {}), changed[row.table], row, value)
        else:
            table = _with(changed[row.table], columns.pop(row.table, {}))
            changed[row.table] = _change_table(table, changed, row, value)
    changed |= {name: _with(changed[name], cells) for name, cells in columns.items()}
    arguments = {str(name): given for name, given in changed.pop(ARGUMENT_TABLE).iloc[0].items()}
    if any(loaders.DELIVERED_ADDER in names.split() for names in inputs["columns"]):
        options["price_scope"] = DELIVERED
    regions, clients, workloads = (changed[name] for name in ("regions", "clients", "workloads"))
    scenario = assembled(
        regions,
        clients,
        workloads,
        lawful=changed["lawful"],
        measured=changed["rtt"],
        profiles=changed["profiles"],
        **arguments,
        **options,
    )
    scenario = scenario.assign(
        {
            name: (scenario[name].dims, _CELLS[row.change](scenario[name].values, value), scenario[name].attrs)
            for row, value in later
            for name in row.columns.split()
        }
    )
    carbon = {
        f"carbon_{signal}": carbon_intensity(scenario, signal, regions, changed["profiles"], options["hours"])
        for signal in CARBON_SIGNALS
    }
    return World(validate(_in_steps(scenario.assign_coords(carbon), step)), changed)


def _in_steps(scenario: xr.Dataset, step: int) -> xr.Dataset:
    """Take one hour in every `step` of a scenario; each also represents the hours that are left out."""
    if step == 1:
        return scenario
    kept = scenario.isel({HOUR: slice(None, None, step)})
    # Each hour has a larger weight, but as many starts a year.
    scaled = {"warmup": scenario.warmup.copy(data=scenario.warmup.values / step)}
    return kept.assign(scaled).assign_coords({WEIGHT: kept[WEIGHT].copy(data=kept[WEIGHT].values * step)})


def check_options(inputs: pd.DataFrame, tables: Mapping[str, pd.DataFrame], options: Mapping[str, Any]) -> None:
    """Refuse options and tables that :func:`geofront.from_tables` refuses, or that contradict the inputs."""
    adders = inputs[[loaders.DELIVERED_ADDER in names.split() for names in inputs["columns"]]]
    if options.get("price_scope") == DELIVERED and (adders["mode"] == 0).any():
        raise GeofrontError(
            f"price_scope='delivered' contradicts the inputs {first_labels(adders.index)}, by which the default world "
            "has wholesale prices: set their 'mode' to 1, or leave price_scope out"
        )
    options = dict(options)
    if stray := [name for name in options if name not in (*_DEFAULTS, "step")]:
        raise GeofrontError(f"unknown options {first_labels(stray)}: use any of step, {', '.join(_DEFAULTS)}")
    step = whole(least=1)(options.pop("step", 1), "step")
    if 24 % step:
        raise GeofrontError(f"step={step} does not divide a day: use one of 1, 2, 3, 4, 6, 8, 12 hours")
    from_tables(**{name: table for name, table in tables.items() if name not in ENDS}, **options)


def _with(table: pd.DataFrame, columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    return table.assign(**columns) if columns else table


def _change_cells(columns: dict[str, np.ndarray], table: pd.DataFrame, row, value: float) -> None:
    """Change the rows and columns that an input names; labels that the table lacks are left out."""
    at = table.index.isin(row.rows.split()) if row.rows else slice(None)
    for name in row.columns.split():
        if name not in columns:
            columns[name] = table[name].to_numpy(float, copy=True)
        columns[name][at] = _CELLS[row.change](columns[name][at], value)


def _change_table(table: pd.DataFrame, tables: Mapping[str, pd.DataFrame], row, value: float) -> pd.DataFrame:
    if row.change == "strictness":
        return _transfers(table, tables, round(value))
    if row.change == "modelled":
        return _towards_model(table, tables["regions"], value)
    end = table[ENDS[row.table][int(value > 0)]]
    return table.assign(value=table["value"] + abs(value) * (end - table["value"]))


def _more_tables() -> dict[str, pd.DataFrame]:
    return {"hvdc": loaders.hvdc(), "building": loaders.building()}


def _transfers(lawful: pd.DataFrame, tables: Mapping[str, pd.DataFrame], level: int) -> pd.DataFrame:
    """Lawful transfers: 0, published ones only; 1, as in the table; 2, between all jurisdictions."""
    if level == 1:
        return lawful
    if level == 2:
        return pd.DataFrame(
            [
                (here, there)
                for here in tables["clients"].jurisdiction.unique()
                for there in tables["regions"].jurisdiction.unique()
            ],
            columns=TRANSFER,
        )
    guessed = _guessed_transfers()
    pairs = lawful.reset_index()[TRANSFER]
    return pairs[[pair not in guessed for pair in pairs.itertuples(index=False, name=None)]]


@cache
def _guessed_transfers() -> frozenset:
    sources = loaders.provenance("lawful_transfers")
    return frozenset(sources[sources.confidence == "estimated"].set_index(TRANSFER).index)


def _towards_model(rtt: pd.DataFrame, regions: pd.DataFrame, share: float) -> pd.DataFrame:
    """Round trips between the measured ones (0) and the modelled ones (1), as a geometric mean."""
    if share == 0:
        return rtt
    known = rtt.region_a.isin(regions.index) & rtt.region_b.isin(regions.index)
    here, there = (regions.loc[rtt.loc[known, side]] for side in ("region_a", "region_b"))
    km = geography.great_circle_km(
        here.latitude.to_numpy(), here.longitude.to_numpy(), there.latitude.to_numpy(), there.longitude.to_numpy()
    )
    moved = rtt.astype({"rtt_ms": float})
    moved.loc[known, "rtt_ms"] = rtt.rtt_ms[known] ** (1 - share) * geography.modelled_rtt(km) ** share
    return moved


def under_signal(scenario: xr.Dataset, signal: str) -> xr.Dataset:
    """A world's scenario with the carbon intensity of another signal."""
    carbon = scenario[f"carbon_{signal}"].variable
    return scenario.assign(carbon=(carbon.dims, carbon.values, scenario.carbon.attrs)).assign_attrs(
        carbon_signal=signal
    )

"""Files of ensembles, including the committed ones."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from geofront import arguments
from geofront.arguments import checked
from geofront.beyond.headlines import BEYOND_HEADLINES, STEP
from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders
from geofront.inputs.table_paths import data_path
from geofront.quantities.costly_headlines import COSTLY_HEADLINES, DELIVERED_HEADLINES
from geofront.quantities.designs import design, problem
from geofront.quantities.ensemble import ensemble, outcomes, outcomes_at
from geofront.quantities.headlines import FEW_HEADLINES, HEADLINES
from geofront.quantities.uncertain_inputs import DELIVERED, uncertainty
from geofront.results import ENSEMBLE, result
from geofront.scenarios.storage import read_dataset, write_dataset

ENSEMBLES = WORLDS, COSTLY, BY_DELIVERED, QUESTIONS, INDICES, TORNADO = (
    "worlds",
    "costly",
    "delivered",
    "beyond",
    "indices",
    "one_at_a_time",
)
"""The committed ensembles: bands and claims; outcomes that take longer; delivered prices; questions beyond the paper;
Sobol indices; one input at a time."""

FEWER = {COSTLY: 8, BY_DELIVERED: 8, QUESTIONS: 16}
"""Divisors of the number of worlds for ensembles whose worlds take longer [-]."""

OWN_WORLDS = 64
"""Worlds that are computed for tables of a user's own [-]."""

VERIFIED = {WORLDS: 8, COSTLY: 1, BY_DELIVERED: 2, QUESTIONS: 0, INDICES: 2, TORNADO: 2}
"""Worlds of each ensemble that are computed again when it is read, in addition to the default world [-]."""

RELATIVE, ABSOLUTE = 1e-6, 1e-4
"""Largest difference between a committed and a recomputed outcome, relative and in its unit."""


@checked(ensemble=result(ENSEMBLE), path=arguments.path)
def save_ensemble(ensemble: xr.Dataset, path) -> Path:
    """Write an ensemble to NetCDF atomically.

    Parameters
    ----------
    ensemble : xarray.Dataset
        What :func:`geofront.ensemble` returned.
    path : str or path
        Replaced if it exists.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    GeofrontError
        It is no ensemble, NetCDF cannot hold something in it, or the file cannot be written.
    """
    compressed = {
        name: {"zlib": True, "shuffle": True, "complevel": 9}
        for name, array in ensemble.data_vars.items()
        if array.dtype.kind == "f" and array.ndim > 0
    }
    return write_dataset(ensemble, path, "ensemble", lambda read: _restored(read, path), encoding=compressed)


@checked(path=arguments.path)
def open_ensemble(path) -> xr.Dataset:
    """Read an ensemble that :func:`save_ensemble` wrote.

    Raises
    ------
    GeofrontError
        The file does not exist, or does not hold an ensemble.
    """
    return _restored(read_dataset(path, "ensemble"), path)


def _restored(read: xr.Dataset, path) -> xr.Dataset:
    single = {name: each.astype(float) for name, each in read.data_vars.items() if each.dtype == np.float32}
    return result(ENSEMBLE)(read.assign(single), repr(str(path)))


def ensembles(
    samples: int = 0, seed: int = 0, snapshots: str = "day", *, tables_dir: str = "", **options
) -> dict[str, xr.Dataset]:
    """All of `ENSEMBLES`.

    Parameters
    ----------
    samples : int
        Worlds to compute; 0 reads the committed ensembles and verifies some of their worlds, or computes `OWN_WORLDS`
        with tables of a user's own.
    seed : int
    snapshots : str
    tables_dir : str
        Folder of tables that replace geofront's of the same name.
    **options
        Of :func:`geofront.ensemble`, such as ``executor`` and ``store``.

    Returns
    -------
    dict of str to xarray.Dataset
        By `ENSEMBLES`; not by delivered prices if tables of a user's own have none.

    Raises
    ------
    GeofrontError
        The committed ensembles are stale, or of another seed or other snapshots.
    """
    if samples or tables_dir:
        options |= {"inputs": _inputs_of(tables_dir), "tables": _tables(tables_dir)}
        return computed(samples or OWN_WORLDS, seed, snapshots, **options)
    found = {name: committed(name) for name in ENSEMBLES}
    for name, each in found.items():
        made = json.loads(each.attrs["options"])["snapshots"], int(each.attrs["seed"])
        if made != (snapshots, seed):
            raise GeofrontError(
                f"the committed ensemble {name!r} has snapshots={made[0]!r} and seed={made[1]}: pass "
                "samples to compute another"
            )
        verify(each, count=VERIFIED[name], inputs=_inputs(name))
    return found


@checked(name=arguments.choice(ENSEMBLES))
def committed(name: str) -> xr.Dataset:
    """One of the committed `ENSEMBLES`, as it is in its file: notebook 12 verifies them."""
    return open_ensemble(folder() / f"{name}.nc")


def as_quoted(tables_dir: str = "") -> xr.Dataset:
    """The headlines of the default world on all hours of typical days, as the README quotes them."""
    inputs = _inputs_of(tables_dir)
    values = inputs["mode"].to_numpy(float)[None]
    found = outcomes_at(inputs, values, HEADLINES, tables=_tables(tables_dir), snapshots="month-hour")
    return found.isel(sample=0, drop=True)


def _inputs_of(tables_dir: str) -> pd.DataFrame:
    """The uncertain inputs; tables without delivered prices leave out the inputs about them."""
    inputs = uncertainty()
    return inputs if DELIVERED in loaders.price_scopes(tables_dir) else inputs[~_of_delivered_prices(inputs)]


def _of_delivered_prices(inputs: pd.DataFrame) -> pd.Series:
    return inputs["columns"].map(lambda names: loaders.DELIVERED_ADDER in names.split())


def _tables(tables_dir: str) -> dict[str, pd.DataFrame]:
    ends = {"hvdc": loaders.hvdc(tables_dir), "building": loaders.building(tables_dir)}
    return loaders.data_tables(tables_dir=tables_dir or None) | ends


def folder() -> Path:
    """The folder of the committed ensembles."""
    return data_path("uncertainty.csv").parent / "ensemble"


def computed(samples: int, seed: int = 0, snapshots: str = "day", **options) -> dict[str, xr.Dataset]:
    """Like :func:`ensembles`, but compute all; the indices take about the given number of worlds."""
    samples = arguments.whole(least=1)(samples, "samples")
    groups = len(set(problem(_inputs(INDICES, options.get("inputs")))["groups"]))
    base = max(2, 2 ** round(np.log2(samples / (groups + 2))))
    fewer = {name: max(1, samples // divisor) for name, divisor in FEWER.items()}
    designs = {
        WORLDS: (samples, HEADLINES, "sobol"),
        COSTLY: (fewer[COSTLY], COSTLY_HEADLINES, "sobol"),
        BY_DELIVERED: (fewer[BY_DELIVERED], DELIVERED_HEADLINES, "sobol"),
        QUESTIONS: (fewer[QUESTIONS], BEYOND_HEADLINES, "sobol"),
        INDICES: (base * (groups + 2), FEW_HEADLINES, "saltelli"),
        TORNADO: (1, FEW_HEADLINES, "one-at-a-time"),
    }
    given = uncertainty(options.pop("inputs", None))
    if not _of_delivered_prices(given).any():
        del designs[BY_DELIVERED]
    options |= {"snapshots": snapshots}
    own = {name: {"inputs": _inputs(name, given)} for name in ENSEMBLES}
    own[QUESTIONS]["step"] = STEP
    return {
        name: ensemble(count, seed, chosen, sampler=sampler, **options | own[name])
        for name, (count, chosen, sampler) in designs.items()
    }


def _inputs(name: str, inputs=None) -> pd.DataFrame:
    """The inputs that an ensemble draws; without the one that leads there from wholesale, prices are delivered."""
    drawn = uncertainty(inputs)
    return drawn.drop(index=DELIVERED, errors="ignore") if name == BY_DELIVERED else drawn


def make_ensembles(to=None, samples: int = 1024, **options) -> list[Path]:
    """Compute and write the committed ensembles.

    Parameters
    ----------
    to : path, optional
        Folder to write to; by default that of the committed ones.
    samples : int
    **options
        As for :func:`ensembles`.

    Returns
    -------
    list of pathlib.Path
    """
    to = folder() if to is None else Path(to)
    return [save_ensemble(_compact(each), to / f"{name}.nc") for name, each in computed(samples, **options).items()]


def _compact(ensemble: xr.Dataset) -> xr.Dataset:
    """In single precision, and without quantiles, which follow from the values and only Morris designs need."""
    return ensemble.drop_vars("quantile").map(lambda each: each.astype(np.float32, copy=False), keep_attrs=True)


def verify(given: xr.Dataset, count: int = 2, inputs=None) -> float:
    """Compute some worlds of an ensemble again and compare their outcomes.

    Parameters
    ----------
    given : xarray.Dataset
        With outcomes from one of `ENSEMBLES`.
    count : int
        Worlds to compute, evenly spaced, beside the default world [-].
    inputs : pandas.DataFrame, optional
        That it draws; by default all.

    Returns
    -------
    float
        Largest relative difference [-].

    Raises
    ------
    GeofrontError
        The inputs or an outcome differ.
    """
    inputs = uncertainty(inputs)
    stale = "make the committed ensembles again: 'make ensemble'"
    if list(given["input"].values) != list(inputs.index):
        raise GeofrontError(f"the ensemble has other inputs than data/uncertainty.csv; {stale}")
    draws = design(inputs, given.attrs["sampler"], given.sizes["sample"], int(given.attrs["seed"]))[1]
    if draws.shape != given.input_value.shape or not np.allclose(draws, given.input_value, rtol=RELATIVE, atol=1e-9):
        raise GeofrontError(f"the draws of the ensemble do not follow from data/uncertainty.csv and its seed; {stale}")
    known = HEADLINES | COSTLY_HEADLINES | DELIVERED_HEADLINES | BEYOND_HEADLINES
    names = [name for name in outcomes(given) if name in known]
    picked = np.linspace(0, given.sizes["sample"] - 1, count).round().astype(int)
    values = np.vstack([inputs["mode"].to_numpy(float), given.input_value.values[picked]])
    again = outcomes_at(inputs, values, {name: known[name] for name in names}, **json.loads(given.attrs["options"]))
    largest = 0.0
    for name in names:
        before = np.concatenate([given[f"default_{name}"].values[None], given[name].isel(sample=picked).values])
        after = again[name].transpose("sample", *given[f"default_{name}"].dims).values
        difference = np.abs(after - before)
        wrong = ~(difference <= ABSOLUTE + RELATIVE * np.abs(before)) & ~(np.isnan(after) & np.isnan(before))
        if wrong.any():
            worlds = ["the default world", *map(str, picked)]
            where = [worlds[i] for i in np.unique(np.nonzero(wrong)[0])]
            raise GeofrontError(
                f"{name!r} of the ensemble differs when computed again in worlds {first_labels(where)}; {stale}"
            )
        largest = max(largest, float(np.nanmax(difference / np.maximum(np.abs(before), 1), initial=0.0)))
    return largest

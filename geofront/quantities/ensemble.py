"""Ensembles: outcomes in many worlds, each with its own draw of the uncertain inputs."""

import concurrent.futures
import hashlib
import inspect
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from filelock import FileLock
from tqdm.auto import tqdm

from geofront.arguments import called, checked, choice, frame_or_path, function, path, several, shown, truth, whole
from geofront.array_files import digest
from geofront.errors import GeofrontError, first_labels
from geofront.files import PACKAGE, file_hash, write_text
from geofront.inputs.hours import checked_hours, hours_or_path
from geofront.inputs.table_paths import data_path
from geofront.quantities.designs import SAMPLERS, design, groups
from geofront.quantities.headlines import HEADLINES
from geofront.quantities.uncertain_inputs import base_tables, check_options, own_tables, uncertainty, world
from geofront.shared import remembering

SAMPLE, INPUT = "sample", "input"

STEP = 3
"""Hours between snapshots. Sums of products of the daily harmonics of prices and demand stay exact [h]."""

CHUNK = 16
"""Samples of one task: some twenty seconds of work."""

_RESULT_FOLDERS = ("charts", "tables", "report", "explore")
"""Parts of the package that no outcome depends on."""


_TAKEN = {"sample", "input", "input_value", "quantile", "error", "label", "group", "change"}
"""Names that outcomes cannot have."""


def named_outcomes(outcomes, name: str = "outcomes") -> dict[str, Callable]:
    """Outcomes by name; functions in a list keep their names."""
    if callable(outcomes):
        outcomes = [outcomes]
    if isinstance(outcomes, Mapping):
        named = dict(outcomes)
    else:
        given = several(function)(outcomes, name)
        named = {getattr(each, "__name__", str(i)): each for i, each in enumerate(given)}
    for key, each in named.items():
        if not isinstance(key, str) or not key.isidentifier():
            raise GeofrontError(f"{name} has the name {shown(key)}: use names as of variables")
        function(each, f"{name}[{key!r}]")
    if not named:
        raise GeofrontError(f"{name}: there are none; give one function of a scenario or more")
    if taken := named.keys() & _TAKEN:
        raise GeofrontError(f"{name} {first_labels(sorted(taken))}: these names are taken; choose others")
    return named


def _executor(executor, name: str):
    """An executor, or a client of Dask, which has one."""
    if not hasattr(executor, "submit"):
        raise GeofrontError(
            f"{called(name, executor)} is no executor: give one of concurrent.futures or a dask.distributed.Client"
        )
    return executor


class Chunk(NamedTuple):
    """Neighbouring samples that one worker computes."""

    inputs: pd.DataFrame
    values: np.ndarray
    outcomes: dict[str, Callable]
    tables: dict[str, pd.DataFrame]
    options: dict[str, Any]
    path: Path | None


@checked(
    samples=whole(least=1, most=1_000_000),
    seed=whole(least=0, most=2**32 - 1),
    outcomes=named_outcomes,
    sampler=choice(SAMPLERS),
    inputs=frame_or_path,
    tables=own_tables,
    executor=_executor,
    store=path,
    progress=truth,
)
def ensemble(
    samples: int = 256,
    seed: int = 0,
    outcomes: Mapping[str, Callable] | Sequence[Callable] = HEADLINES,
    *,
    sampler: str = "sobol",
    inputs=None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    executor=None,
    store: str | Path | None = None,
    progress: bool = True,
    **options,
) -> xr.Dataset:
    """Outcomes in many worlds, each with its own draw of all uncertain inputs.

    Parameters
    ----------
    samples : int
        Number of worlds [-].
    seed : int
        Seed of the draws. The same seed gives the same worlds.
    outcomes : mapping of str to callable, or sequence of callable
        Functions of a scenario that return a number or a DataArray with its own dims; by default
        :data:`geofront.HEADLINES`. A function with a second parameter also gets the world's tables.
    sampler : {"sobol", "latin", "saltelli", "morris", "one-at-a-time"}
        ``sobol``: a scrambled Sobol sequence; more samples extend fewer. ``latin``: a Latin hypercube. ``saltelli``
        and ``morris``: for the indices of :func:`geofront.sensitivity`. ``one-at-a-time``: each input at its 5th and
        its 95th percentile, all others at their default.
    inputs : pandas.DataFrame or path, optional
        As :func:`geofront.uncertainty` reads them.
    tables : mapping of str to pandas.DataFrame, optional
        As :func:`geofront.data_tables` returns them, which is the default.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        By default, processes on this machine's cores, or this one for up to 15 samples.
    store : path, optional
        Folder for finished chunks of samples. The same call resumes from it, and processes can share it.
    progress : bool
        Whether to show a progress bar, which counts samples.
    **options
        Of :func:`geofront.from_tables`; ``snapshots`` is ``"day"`` unless given. ``step`` [h]: take every so many hours
        of them, 3 unless given; 1 takes all.

    Returns
    -------
    xarray.Dataset
        - ``input_value`` and ``quantile`` (sample, input) [-]: the draws.
        - each outcome, dims (sample, …), and in the default world as ``default_…``, dims (…).

        Coordinates: ``error`` (sample), why a world has no outcomes, else empty; its outcomes are not a number.
        ``label``, ``group`` and ``change`` of the inputs. Attributes: sampler, seed, options, failed samples.

    Raises
    ------
    GeofrontError
        Invalid choice, or no world at all has outcomes.

    Notes
    -----
    Each world is computed separately, so that results do not depend on the number of workers. Placements that several
    outcomes need are computed once for each world. See "Uncertainty" in docs/model.md.
    """
    inputs, outcomes = uncertainty(inputs), named_outcomes(outcomes)
    options = {"snapshots": "day", "step": STEP} | options
    check_options(inputs, base_tables(tables), options)
    quantiles, values = design(inputs, sampler, samples, seed)
    every = np.vstack([inputs["mode"].to_numpy(float), values])
    found = outcomes_at(
        inputs, every, outcomes, tables=tables, executor=executor, store=store, progress=progress, **options
    )
    default, worlds = found.isel({SAMPLE: 0}, drop=True), found.isel({SAMPLE: slice(1, None)})
    failed, *errors = found.error.values
    if failed:
        raise GeofrontError(f"the default world fails: {failed}")
    if all(errors):
        raise GeofrontError(f"all {len(errors)} worlds fail, the first one for this reason: {errors[0]}")
    result = worlds.assign({f"default_{name}": default[name] for name in outcomes}).assign(
        input_value=((SAMPLE, INPUT), values), quantile=((SAMPLE, INPUT), quantiles)
    )
    result = result.assign_coords(
        {
            SAMPLE: np.arange(len(values)),
            INPUT: inputs.index.to_numpy(object),
            "label": (INPUT, inputs.label.to_numpy(object)),
            "group": (INPUT, np.array(groups(inputs), object)),
            "change": (INPUT, inputs.change.to_numpy(object)),
        }
    )
    return result.assign_attrs(
        sampler=sampler, seed=seed, failed=sum(map(bool, errors)), options=json.dumps(options, sort_keys=True)
    )


def outcomes(ensemble: xr.Dataset) -> list[str]:
    """Names of an ensemble's outcomes."""
    return [str(name) for name in ensemble.data_vars if f"default_{name}" in ensemble.data_vars]


def outcome_of(ensemble: xr.Dataset, outcome: str | xr.DataArray) -> xr.DataArray:
    """An outcome by its name, or values with the samples of an ensemble as they are."""
    if isinstance(outcome, str):
        if outcome not in outcomes(ensemble):
            raise GeofrontError(f"there is no outcome {outcome!r}: use one of {first_labels(outcomes(ensemble), 30)}")
        if any(ensemble[name].dtype.kind not in "iufb" for name in (outcome, f"default_{outcome}")):
            raise GeofrontError(f"the outcome {outcome!r} or its default does not hold numbers")
        return ensemble[outcome]
    if outcome.sizes.get(SAMPLE) != ensemble.sizes[SAMPLE] or outcome.dtype.kind not in "iufb":
        raise GeofrontError("the outcome does not hold a number for each sample of the ensemble: select it from there")
    return outcome


def outcomes_at(
    inputs: pd.DataFrame,
    values: np.ndarray,
    outcomes: Mapping[str, Callable],
    *,
    tables=None,
    executor=None,
    store=None,
    progress: bool = False,
    **options,
) -> xr.Dataset:
    """Outcomes at given values of the inputs.

    Parameters
    ----------
    inputs : pandas.DataFrame
        From :func:`geofront.uncertainty`.
    values : numpy.ndarray
        Shape (sample, input).
    outcomes, tables, executor, store, progress, **options
        As in :func:`ensemble`.

    Returns
    -------
    xarray.Dataset
        Each outcome, dims (sample, …), and ``error`` (sample).
    """
    tables = base_tables(tables)
    if options.get("hours") is not None:
        options["hours"] = checked_hours(hours_or_path(options["hours"], "hours"))
    task = Chunk(inputs, values, dict(outcomes), tables, options, None)
    results = _run(_chunks(task, store), executor, progress)
    return _assembled(outcomes, results).assign_coords(
        error=(SAMPLE, np.array([each["error"] for each in results], object))
    )


def _chunks(task: Chunk, store: str | Path | None) -> list[Chunk]:
    mark = _fingerprint(task) if store is not None else ""
    chunks = []
    for start in range(0, len(task.values), CHUNK):
        values = np.ascontiguousarray(task.values[start : start + CHUNK])
        path = None
        if store is not None:
            path = Path(store).absolute() / f"{hashlib.sha256(mark.encode() + values.tobytes()).hexdigest()}.json"
        chunks.append(task._replace(values=values, path=path))
    return chunks


def _fingerprint(task: Chunk) -> str:
    """Of everything but the values that a chunk follows from."""
    import cloudpickle

    parts = [code_hash(), digest(task.options), task.inputs.to_csv()]
    parts += [f"{name}\n{table.to_csv()}" for name, table in sorted(task.tables.items())]
    for name, outcome in task.outcomes.items():
        # Functions of a module are pickled by name, functions of a notebook by value.
        source = inspect.getsource(outcome) if inspect.isfunction(outcome) and outcome.__module__ != "__main__" else ""
        parts += [name, source, hashlib.sha256(cloudpickle.dumps(outcome)).hexdigest()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def code_hash() -> str:
    """SHA-256 of the sources and data tables that outcomes follow from."""
    sources = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in _RESULT_FOLDERS]
    data = [*data_path("regions.csv").parent.glob("*.csv")]
    return hashlib.sha256("".join(file_hash(path) for path in sorted(sources) + sorted(data)).encode()).hexdigest()


def _run(chunks: list[Chunk], executor, progress: bool) -> list[dict]:
    """Results of all samples, in their order."""
    import cloudpickle
    from loky import cpu_count, get_reusable_executor

    if executor is None and len(chunks) == 1:
        return json.loads(_computed(chunks[0]))
    if executor is None:
        executor = get_reusable_executor(min(cpu_count(), len(chunks)))
    elif hasattr(executor, "get_executor"):
        executor = executor.get_executor(pure=False)
    results: dict[int, list[dict]] = {}
    # In an order of its own, so that processes that share a store do not wait for each other at every chunk.
    order = np.random.default_rng().permutation(len(chunks)).tolist()
    futures = {executor.submit(_unpickled, cloudpickle.dumps(chunks[i])): i for i in order}
    try:
        with tqdm(
            total=sum(len(chunk.values) for chunk in chunks), desc="worlds", unit="world", disable=not progress
        ) as bar:
            for future in concurrent.futures.as_completed(futures):
                i = futures[future]
                text = future.result()
                if chunks[i].path is not None and not chunks[i].path.exists():
                    # A worker on another machine may have another file system.
                    write_text(chunks[i].path, text)
                results[i] = json.loads(text)
                bar.update(len(chunks[i].values))
    except concurrent.futures.BrokenExecutor as error:
        raise GeofrontError(
            "a worker process ended before its work was done, perhaps for lack of memory; with "
            "store=FOLDER the same call resumes from the chunks that are finished"
        ) from error
    finally:
        for future in futures:
            future.cancel()
    return [result for i in range(len(chunks)) for result in results[i]]


def _unpickled(chunk: bytes) -> str:
    """Like `_computed`, for another process, which cannot find functions of a notebook by name."""
    return _computed(pickle.loads(chunk))


def _computed(chunk: Chunk) -> str:
    """The results of a chunk as JSON, from its store or computed."""
    if chunk.path is None:
        return _results(chunk)
    try:
        chunk.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GeofrontError(f"store: no folder {str(chunk.path.parent)!r} ({error}): choose another one") from error
    with FileLock(f"{chunk.path}.lock"):
        if not chunk.path.exists():
            write_text(chunk.path, _results(chunk))
        return chunk.path.read_text(encoding="utf-8")


def _results(chunk: Chunk) -> str:
    return json.dumps([_result(chunk, values) for values in chunk.values])


def _result(chunk: Chunk, values: np.ndarray) -> dict:
    """Outcomes of one world by name, or the reason why there are none."""
    try:
        drawn = world(chunk.inputs, values, chunk.tables, **chunk.options)
        for variable in drawn.scenario.variables.values():
            # An outcome that edits the scenario in place would change the outcomes after it.
            variable.values.flags.writeable = False
        with remembering():
            found = {
                name: xr.DataArray(_call(outcome, drawn)).astype(float).to_dict()
                for name, outcome in chunk.outcomes.items()
            }
    except Exception as error:  # Whatever an outcome of the user's own raises must not end a run of hours.
        return {"error": f"{type(error).__name__}: {error}", "outcomes": {}}
    return {"error": "", "outcomes": found}


def _call(outcome: Callable, drawn):
    return outcome(*drawn) if len(inspect.signature(outcome).parameters) > 1 else outcome(drawn.scenario)


def _assembled(outcomes: Mapping[str, Callable], results: list[dict]) -> xr.Dataset:
    variables = {}
    for name in outcomes:
        drawn = [None if each["error"] else xr.DataArray.from_dict(each["outcomes"][name]) for each in results]
        like = next((array for array in drawn if array is not None), xr.DataArray(np.nan))
        filled = [xr.full_like(like, np.nan) if array is None else array for array in drawn]
        variables[name] = xr.concat(
            filled, SAMPLE, join="outer", coords="minimal", compat="override", combine_attrs="override"
        ).assign_attrs(like.attrs)
    return xr.Dataset(variables)

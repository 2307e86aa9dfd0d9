"""Caches results that several notebooks of one run need, until the run ends."""

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import signature
from pathlib import Path

from filelock import FileLock

from geofront.array_files import NotPlain, digest, load, save
from geofront.errors import GeofrontError
from geofront.files import staged, temporary_folder

RUN = "GEOFRONT_RUN"
"""Environment variable with the id of the current run; without it nothing is cached."""

_memory: ContextVar[dict | None] = ContextVar("memory", default=None)

IGNORED = ("progress", "warm_start", "cancel")
"""Arguments that do not change the result."""


@contextmanager
def sharing() -> Iterator[Path]:
    """Start a run: processes started inside the block share results in a private folder, deleted at the end."""
    before = os.environ.get(RUN)
    with temporary_folder(_runs(), "") as folder:
        os.environ[RUN] = folder.name
        try:
            yield folder
        finally:
            del os.environ[RUN]
            if before is not None:
                os.environ[RUN] = before


def shared_in_run(function: Callable) -> Callable:
    """Cache a function's results for the duration of a run.

    Parameters
    ----------
    function : callable
        Its result must depend only on its arguments other than `IGNORED`. If the result is a data class, the return
        annotation must name it.

    Returns
    -------
    callable
        A function of the same arguments. Concurrent callers wait for the first result, and compute it themselves if
        the first caller fails. Calls with arguments that `geofront.array_files` cannot store are not cached.
    """
    parameters = signature(function)
    returned = parameters.return_annotation

    @wraps(function)
    def cached(*arguments, **options):
        folder = _run_folder()
        if folder is None:
            return function(*arguments, **options)
        call = parameters.bind(*arguments, **options)
        call.apply_defaults()
        named = dict(zip(parameters.parameters, call.args, strict=False)) | call.kwargs
        try:
            key = digest({name: value for name, value in named.items() if name not in IGNORED})
        except NotPlain:
            return function(*arguments, **options)
        path = folder / f"{function.__name__}-{key}"
        with FileLock(f"{path}.lock"):
            if path.exists():
                return load(path, returned)
            result = function(*arguments, **options)
            with staged(folder) as staging:
                save(result, staging / path.name)
            return result

    return cached


@contextmanager
def remembering() -> Iterator[None]:
    """Inside the block, `remembered` functions keep their results in memory, and nothing is written for a run."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def remembered(function: Callable) -> Callable:
    """Compute a function's result once for each scenario object and further arguments, in a block of `remembering`.

    Outside such a block the function is called each time. A scenario must not be edited inside one.
    """

    @wraps(function)
    def wrapper(scenario, *arguments):
        memory = _memory.get()
        if memory is None:
            return function(scenario, *arguments)
        key = function, id(scenario), arguments
        if key not in memory:
            # With the scenario, which keeps its id from being used again.
            memory[key] = scenario, function(scenario, *arguments)
        return memory[key][1]

    return wrapper


def _runs() -> Path:
    import pooch

    return Path(pooch.os_cache("geofront"), "runs")


def _run_folder() -> Path | None:
    """Folder of the current run, if there is one; only this user must be able to write to it."""
    run = os.environ.get(RUN)
    if run is None or _memory.get() is not None:
        return None
    if not re.fullmatch("[0-9a-f]{16}", run):
        raise GeofrontError(f"the environment variable {RUN} is {run!r}, which is not the id of a run; unset it.")
    folder = _runs() / run
    if not folder.is_dir():
        return None
    about = folder.lstat()
    if hasattr(os, "getuid") and (about.st_uid != os.getuid() or stat.S_IMODE(about.st_mode) != 0o700):
        raise GeofrontError(f"{str(folder)!r} is open to other users and cannot be trusted; remove it.")
    return folder

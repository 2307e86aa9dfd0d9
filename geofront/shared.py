"""What several notebooks of one run need, worked out by the first of them and read by the others."""

import hashlib
import io
import json
import os
import pickle
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from filelock import FileLock

from geofront.files import staged

FOLDER = "GEOFRONT_SHARED"
"""Environment variable with the folder of the present run; without it nothing is shared."""

HOW = ("progress", "warm_start", "preview")
"""Arguments that tell how something is worked out, and change nothing about what comes out."""


@contextmanager
def sharing() -> Iterator[None]:
    """A run whose processes, begun inside the block, share results; they are gone when it ends."""
    before = os.environ.get(FOLDER)
    with tempfile.TemporaryDirectory(prefix="geofront-", ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]
            if before is not None:
                os.environ[FOLDER] = before


def shared_in_run(work: Callable) -> Callable:
    """Have a function called only once in a run for the same arguments.

    Parameters
    ----------
    work : callable
        Of datasets, data classes, numbers, texts, arrays and sequences of these; what it returns must follow from
        them alone. Arguments named in `HOW` do not count.

    Returns
    -------
    callable
        Does the same. Who asks while another process is at it waits for what that one finds, and goes on itself if
        it fails.
    """
    parameters = signature(work)

    @wraps(work)
    def found_or_worked_out(*arguments, **options):
        folder = os.environ.get(FOLDER)
        if folder is None:
            return work(*arguments, **options)
        call = parameters.bind(*arguments, **options)
        call.apply_defaults()
        question = {name: value for name, value in call.arguments.items() if name not in HOW}
        path = Path(folder, f"{work.__name__}-{_digest(question)}")
        with FileLock(f"{path}.lock"):
            if path.is_file():
                return _unpacked(path.read_bytes())
            result = work(*arguments, **options)
            with staged(path.parent) as staging:
                (staging / path.name).write_bytes(_packed(result))
            return result

    return found_or_worked_out


class _Packer(pickle.Pickler):
    """Writes of an array of figures only those that are not zero, and where they are: most flows are zero."""

    def reducer_override(self, value: Any) -> Any:
        if type(value) is not np.ndarray or value.dtype != float or not value.ndim:
            return NotImplemented
        # By its bits, so that what is read is what was written, be it a negative zero.
        there = np.ascontiguousarray(value).view(np.int64) != 0
        return _array, (value.shape, np.packbits(there).tobytes(), value[there].tobytes())


def _array(shape: tuple[int, ...], there: bytes, values: bytes) -> np.ndarray:
    array = np.zeros(shape)
    where = np.unpackbits(np.frombuffer(there, np.uint8), count=array.size).astype(bool).reshape(shape)
    array[where] = np.frombuffer(values)
    return array


def _packed(result: Any) -> bytes:
    with io.BytesIO() as file:
        _Packer(file).dump(result)
        return zlib.compress(file.getbuffer(), 1)


def _unpacked(packed: bytes) -> Any:
    return pickle.loads(zlib.decompress(packed))


def _digest(question: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(question, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """What JSON holds of a value that is none of its own kinds; figures to the last digit."""
    if isinstance(value, xr.Dataset):
        return value.to_dict(data="array")
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim <= 1):
        return value.tolist()
    return hashlib.sha256(pickle.dumps(value)).hexdigest()

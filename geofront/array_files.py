"""Stores nested containers of arrays exactly and without pickles, so that reading them cannot run code."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import xarray as xr
from numpy.lib.format import read_array, write_array

from geofront.errors import GeofrontError

UNNAMED = "values of the array"
PLAIN = (str, int, float, type(None))


class NotPlain(TypeError):
    """An object is neither a plain value, an array or dataset, nor a container of these."""


class _Digest:
    def __init__(self):
        self.hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.hash.update(data)


def digest(value: Any) -> str:
    """SHA-256 of a value, including every bit of its arrays.

    Raises
    ------
    NotPlain
        If the value holds anything but plain values, arrays, datasets, data classes, mappings, lists and tuples.
    """
    target = _Digest()
    _write(value, target)
    return target.hash.hexdigest()


def save(value: Any, path: Path) -> None:
    """Write a value as gzipped JSON, followed by its arrays in NumPy's format; raises as `digest`."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        _write(value, file)


def load(path: Path, kind: type | None = None) -> Any:
    """Read a file written by `save`; `kind` is the type of a data class.

    Raises
    ------
    GeofrontError
        If `save` did not write the file, or it is damaged.
    """
    try:
        with gzip.open(path, "rb") as file:
            described, count = json.loads(file.readline())
            arrays = [read_array(file, allow_pickle=False) for _ in range(count)]
        value = _built(described, arrays)
        return kind(**value) if kind is not None and is_dataclass(kind) else value
    except (ValueError, TypeError, KeyError, IndexError, EOFError, gzip.BadGzipFile) as error:
        raise GeofrontError(f"{str(path)!r} is damaged ({error}); remove it.") from error


def _write(value: Any, target: BinaryIO | _Digest) -> None:
    arrays: list[np.ndarray] = []
    described = _described(value, arrays)
    target.write(json.dumps([described, len(arrays)]).encode() + b"\n")
    for array in arrays:
        write_array(target, array, allow_pickle=False)


def _described(value: Any, arrays: list[np.ndarray]) -> Any:
    """Convert a value to JSON, with arrays replaced by their positions in `arrays`."""
    if isinstance(value, PLAIN) and not isinstance(value, np.generic):
        return value
    if isinstance(value, list):
        return [_described(item, arrays) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_described(item, arrays) for item in value]}
    if isinstance(value, xr.DataArray):
        return {"array": [_described(each, arrays) for each in (value.name, value.to_dataset(name=UNNAMED))]}
    if isinstance(value, xr.Dataset):  # before mappings, because a dataset is a mapping
        parts = [
            {name: (part.variable.dims, part.values, part.attrs) for name, part in each.items()}
            for each in (value.data_vars, value.coords)
        ]
        return {"dataset": [_described(part, arrays) for part in (*parts, value.attrs)]}
    if isinstance(value, Mapping):
        return {"map": [[_described(each, arrays) for each in pair] for pair in value.items()]}
    if is_dataclass(value) and not isinstance(value, type):
        return _described({field.name: getattr(value, field.name) for field in fields(value)}, arrays)
    if not isinstance(value, np.ndarray | np.generic):
        raise NotPlain(f"{type(value).__name__} is not a plain value, an array or a container of these")
    if value.dtype == object:
        return {"objects": [_described(item, arrays) for item in value.ravel()], "shape": list(value.shape)}
    if value.dtype.hasobject:
        raise NotPlain(f"an array of dtype {value.dtype} holds objects")
    arrays.append(np.asarray(value, order="C"))
    return {"scalar" if isinstance(value, np.generic) else "ndarray": len(arrays) - 1}


def _built(described: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(described, list):
        return [_built(item, arrays) for item in described]
    if not isinstance(described, dict):
        return described
    kind, content = next(iter(described.items()))
    if kind in ("ndarray", "scalar"):
        return arrays[content] if kind == "ndarray" else arrays[content][()]
    content = _built(content, arrays)
    if kind == "tuple":
        return tuple(content)
    if kind == "map":
        return dict(content)
    if kind == "objects":
        array = np.empty(len(content), dtype=object)
        array[:] = content
        return array.reshape(described["shape"])
    if kind == "dataset":
        return xr.Dataset(*content)
    name, dataset = content
    return dataset[UNNAMED].rename(name)

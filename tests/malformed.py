"""Malformed arguments, datasets, tables and files, drawn from a random generator."""

import datetime
import decimal
import gzip
import io
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

EXTREMES = [np.nan, np.inf, -np.inf, -1.0, -0.0, 1e-300, 1e-9, 0.5, 1e5, 1e9, 1e15, 1e25, 1e300, -1e15]
DTYPES = [
    "int8",
    "uint8",
    "int64",
    "float16",
    "float32",
    "longdouble",
    bool,
    str,
    object,
    complex,
    "datetime64[ns]",
    "timedelta64[ns]",
    "S4",
]

WRONG = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2.5,
    1e15,
    -1e300,
    float("nan"),
    float("inf"),
    10**400,
    1j,
    "",
    "x",
    "1.08",
    "all",
    "0\0",
    b"x",
    [],
    [1],
    ["a", 1],
    [None],
    [[1, 2], [3]],
    (),
    (1, "x"),
    {},
    {"a": 1},
    {"x": None},
    {1: "a"},
    set(),
    {"egress"},
    frozenset([1]),
    object(),
    int,
    len,
    range(3),
    slice(1, 2),
    Ellipsis,
    Path("x"),
    decimal.Decimal("1.5"),
    datetime.date(2023, 1, 1),
    datetime.timedelta(1),
    pd.NaT,
    pd.NA,
    pd.Timestamp("2023-01-01"),
    pd.Series([1.0, 2.0]),
    pd.Series(["a"]),
    pd.DataFrame(),
    pd.DataFrame({"a": [1]}),
    pd.Index(["a"]),
    np.array(3),
    np.array(["x"]),
    np.array([[1.0, 2.0]]),
    np.array([object()]),
    np.array([1, 2], "int8"),
    np.float16(1),
    np.str_("x"),
    np.bool_(True),
    np.datetime64("2023-01-01"),
    xr.Dataset(),
    xr.DataArray([1.0, 2.0]),
    xr.DataArray(1.0),
    xr.DataArray(["x"], dims="region"),
    xr.Dataset({"a": ("x", [1])}),
    np.complex128(1),
    iter([1, 2]),
    np.ma.masked_array([1, 2], [0, 1]),
    memoryview(b"12"),
    "x" * 10_000,
    ["x"] * 100,
    {"x": xr.Dataset()},
]


def pick(rng, options):
    """One of several options."""
    return options[rng.integers(len(options))]


def dataset(rng, given: xr.Dataset) -> xr.Dataset:
    """A copy of a dataset with one to three faults."""
    broken = given.copy(deep=True)
    for _ in range(rng.integers(1, 4)):
        # xarray itself refuses some faults, and more of them if the dataset already has faults.
        with suppress(Exception):
            changed = pick(rng, DATASET_FAULTS)(rng, broken)
            broken = broken if changed is None else changed
    return broken


def _name(rng, s: xr.Dataset):
    return pick(rng, sorted(map(str, s.data_vars)))


def _dim(rng, s: xr.Dataset):
    return pick(rng, sorted(map(str, s.dims)))


def _extreme_cells(rng, s):
    name = pick(rng, sorted(map(str, [*s.data_vars, *set(s.coords) - set(s.indexes)])))
    values = s[name].values.astype(object if s[name].dtype.kind not in "f" else float).copy()
    for _ in range(rng.integers(1, 4)):
        values[tuple(rng.integers(size) for size in values.shape)] = pick(rng, EXTREMES)
    return (
        s.assign({name: (s[name].dims, values)})
        if name in s.data_vars
        else s.assign_coords({name: (s[name].dims, values)})
    )


def _scaled(rng, s):
    name = _name(rng, s)
    return s.assign({name: s[name] * 10.0 ** rng.integers(-12, 25)}) if s[name].dtype.kind == "f" else None


def _constant(rng, s):
    name = _name(rng, s)
    return s.assign(
        {name: (s[name].dims, np.full(s[name].shape, pick(rng, [*EXTREMES, "50", None, [1], pd.NaT]), dtype=object))}
    )


def _cast(rng, s):
    name, dtype = _name(rng, s), pick(rng, DTYPES)
    values = s[name].values
    if np.dtype(dtype).kind in "Mm" and values.dtype.kind == "f":
        values = values.astype("int64")
    if values.dtype.kind == "O" or np.dtype(dtype).kind == "S":
        values, dtype = values.astype(str), object
    if np.dtype(dtype).kind in "iu":
        values = np.clip(np.nan_to_num(values.astype(float)), 0, 100)
    with np.errstate(over="ignore"):
        return s.assign({name: (s[name].dims, values.astype(dtype))})


def _dropped(rng, s):
    return s.drop_vars(pick(rng, sorted(map(str, set(s.variables) - {"hour"}))))


def _renamed(rng, s):
    new = pick(rng, ["x", "flow", "cost", "energy", "price", "emissions", "zone", "level"])
    name = pick(rng, sorted(map(str, [*s.variables, *s.dims])))
    return s.rename({name: new}) if new not in s.variables and new not in s.dims else None


def _one_label(rng, s):
    return s.isel({_dim(rng, s): 0}, drop=bool(rng.integers(2)))


def _empty(rng, s):
    return s.isel({_dim(rng, s): slice(0)})


def _repeated(rng, s):
    dim = _dim(rng, s)
    return s.isel({dim: [*range(s.sizes[dim]), 0]})


def _new_labels(rng, s):
    dim = _dim(rng, s)
    count = s.sizes[dim]
    kinds = [
        list(range(count)),
        [1, *"abcdefghijklmnopqrstuvwxyz" * 20][:count],
        [None, *"abcdefg" * 60][:count],
        [float("nan")] * count,
        [True, False, *range(count)][:count],
        [b"x"] * count,
        ["x" * 5000, *range(count)][:count],
        [(number, "a") for number in range(count)],
        [pd.Timestamp("2023-01-01")] * count,
        [1.5] * count,
        list(pd.date_range("2023", periods=count, freq="h", tz="Europe/Paris")),
        list(pd.date_range("2023", periods=count, freq="-1h")),
        [["a"]] * count,
        [""] * count,
    ]
    labels = np.empty(count, object)
    labels[:] = pick(rng, kinds)
    return s.assign_coords({dim: (dim, labels)})


def _without_labels(rng, s):
    dim = _dim(rng, s)
    return s.drop_vars(dim) if dim in s.coords else None


def _several_levels(rng, s):
    coords = [name for name, coord in s.coords.items() if coord.ndim == 1 and name not in s.indexes]
    if not coords:
        return None
    name = pick(rng, sorted(coords))
    dim = s[name].dims[0]
    return pick(
        rng,
        [
            lambda: s.set_index({dim: [name]}),
            lambda: s.set_index({dim: name}),
            lambda: s.set_xindex(name),
            lambda: s.assign_coords(
                xr.Coordinates.from_pandas_multiindex(
                    pd.MultiIndex.from_arrays([range(s.sizes[dim]), s[name].values], names=["l", "m"]), dim
                )
            ),
        ],
    )()


def _as_coordinate(rng, s):
    return s.set_coords(_name(rng, s))


def _as_variable(rng, s):
    coords = sorted(map(str, set(s.coords) - set(s.indexes)))
    return s.reset_coords(pick(rng, coords)) if coords else None


def _other_dims(rng, s):
    name, dim = _name(rng, s), _dim(rng, s)
    return s.assign(
        {
            name: pick(
                rng,
                [
                    lambda: s[name].expand_dims(extra=[1, 2]),
                    lambda: s[name].transpose(),
                    lambda: s[name].max(dim) if dim in s[name].dims else s[name],
                    lambda: s[name].rename({dim: "other"}) if dim in s[name].dims else s[name],
                    lambda: xr.DataArray(1.0),
                ],
            )()
        }
    )


def _other_labels(rng, s):
    name, dim = _name(rng, s), _dim(rng, s)
    if dim not in s[name].dims or dim not in s.indexes or dim == "hour":
        return None
    moved = s[name].assign_coords({dim: [f"{label}!" for label in s[dim].values]})
    return s.drop_vars(name).merge(moved.to_dataset(name=name), join="outer", compat="override")


def _own_variable(rng, s):
    name = pick(
        rng, ["flow", "cost", "emissions", "share", "layer", "x", "budget", "component", "level", "total", "line"]
    )
    if name in s.variables or name in s.dims:
        return None
    dim = _dim(rng, s)
    values = pick(rng, [np.arange(s.sizes[dim]), np.array(["a"] * s.sizes[dim], object)])
    return pick(rng, [s.assign, s.assign_coords])({name: (dim, values)})


def _attribute(rng, s):
    value = pick(rng, [None, 3, ["a"], {"a": 1}, "", "other", np.array([1, 2]), float("nan"), object()])
    return s.assign_attrs({pick(rng, [*s.attrs, "note"]): value})


def _no_attributes(rng, s):
    return s.drop_attrs() if rng.integers(2) else s.assign_attrs({pick(rng, [*s.attrs, "x"]): "x"})


def _shuffled(rng, s):
    dim = _dim(rng, s)
    return s.isel({dim: rng.permutation(s.sizes[dim])})


def _other_values(rng, s):
    texts = [name for name, array in s.variables.items() if array.dtype.kind == "O" and name not in s.indexes]
    if not texts:
        return None
    name = pick(rng, sorted(texts))
    values = s[name].values.copy()
    values[tuple(rng.integers(size) for size in values.shape)] = pick(
        rng, [None, 3, "nowhere", ["a"], float("nan"), b"P", {}]
    )
    new = {name: (s[name].dims, values)}
    return s.assign(new) if name in s.data_vars else s.assign_coords(new)


DATASET_FAULTS = [
    _extreme_cells,
    _extreme_cells,
    _extreme_cells,
    _scaled,
    _scaled,
    _constant,
    _cast,
    _cast,
    _dropped,
    _renamed,
    _one_label,
    _empty,
    _repeated,
    _new_labels,
    _new_labels,
    _without_labels,
    _several_levels,
    _as_coordinate,
    _as_variable,
    _other_dims,
    _other_labels,
    _own_variable,
    _attribute,
    _no_attributes,
    _shuffled,
    _other_values,
]


def table(rng, given: pd.DataFrame) -> pd.DataFrame:
    """A copy of a table with one or two faults."""
    broken = given.copy()
    for _ in range(rng.integers(1, 3)):
        # pandas itself refuses some faults, and more of them if the table already has faults.
        with suppress(Exception):
            broken = pick(rng, TABLE_FAULTS)(rng, broken)
    return broken


def _cells(rng, t):
    column = pick(rng, t.columns)
    values = t[column].astype(object).to_list()
    if values:
        values[rng.integers(len(values))] = pick(
            rng, [*EXTREMES, "50", "x", "", None, True, pd.NA, pd.NaT, [1], {}, 1j, b"x", 10**30, "Mars/Base"]
        )
    return t.assign(**{str(column): pd.Series(values, t.index, dtype=object)})


def _column(rng, t):
    column = pick(rng, t.columns)
    numbers = pd.to_numeric(t[column], errors="coerce").fillna(1.0)
    make = pick(
        rng,
        [
            lambda: t[column].astype(str),
            lambda: numbers > 0,
            lambda: numbers.astype(complex),
            lambda: pd.to_datetime(numbers.clip(0, 1e6).astype("int64")),
            lambda: t[column].astype("category"),
            lambda: numbers.astype("Float64"),
            lambda: numbers * 0,
            lambda: -numbers,
            lambda: numbers * 1e20,
            lambda: pd.Series([None] * len(t), t.index, dtype=object),
            lambda: pd.Series(pick(rng, EXTREMES), t.index),
        ],
    )
    return t.assign(**{str(column): make()})


TABLE_FAULTS = [
    _cells,
    _cells,
    _cells,
    _column,
    _column,
    lambda rng, t: t.drop(columns=pick(rng, t.columns)),
    lambda rng, t: t.rename(columns={pick(rng, t.columns): pick(rng, ["x", 3, None, ("a", "b"), t.columns[0]])}),
    lambda rng, t: pd.concat([t, t[[pick(rng, t.columns)]]], axis=1),
    lambda rng, t: t.iloc[:0],
    lambda rng, t: pd.concat([t, t.iloc[:1]]),
    lambda rng, t: t.T,
    lambda rng, t: t.set_index(t.columns[0], drop=bool(rng.integers(2))),
    lambda rng, t: t.set_index(list(t.columns[:2])),
    lambda rng, t: t.set_axis(pd.MultiIndex.from_product([["a"], t.columns]), axis=1),
    lambda rng, t: t.assign(
        **{str(t.columns[0]): [pick(rng, [1, "a", None, ("a",), ["a"], 1.5]) for _ in range(len(t))]}
    ),
    lambda rng, t: t.sample(frac=1, random_state=int(rng.integers(1000))),
    lambda rng, t: t.set_axis([0] * len(t)),
    lambda rng, t: t[t.columns[::-1]],
]


def text_file(rng, content: bytes) -> bytes:
    """The bytes of a text file with one to three faults."""
    for _ in range(rng.integers(1, 4)):
        content = pick(rng, TEXT_FAULTS)(rng, content)
    return content


def _word(rng, content):
    words = content.split(b",")
    words[rng.integers(len(words))] = pick(rng, TOKENS)
    return b",".join(words)


def _lines(change):
    def apply(rng, content):
        head, *lines = content.split(b"\n")
        return b"\n".join([head, *change(rng, lines)])

    return apply


def _zipped(_, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", content)
        archive.writestr("b.csv", content)
    return buffer.getvalue()


TOKENS = [
    b"",
    b"inf",
    b"nan",
    b"1e400",
    b"-",
    b"n/e",
    b"1,5",
    b'"',
    b"\x00",
    b"\xff\xfe",
    b"1e15",
    b"true",
    b"2024-02-30",
    b"2024-01-01T25:00Z",
    b"24:00",
    b"2024-01-01T00:30Z",
    b"+99:00",
    b";;;",
    b"\r",
    b"0x10",
    b"1_000",
    b"9" * 400,
    b"2024-01-01 00:00+15:00",
    b"\n",
    b"FR",
    "\u0661".encode(),
    b"=1+1",
]
TEXT_FAULTS = [
    _word,
    _word,
    _word,
    lambda rng, content: binary(rng, content),
    _lines(lambda rng, lines: lines[::-1]),
    _lines(lambda rng, lines: [*lines, *lines[:1]]),
    _lines(lambda rng, lines: [lines[i] for i in rng.permutation(len(lines))]),
    _lines(lambda rng, lines: lines[::2]),
    _lines(lambda rng, lines: []),
    lambda rng, content: content.split(b"\n", 1)[-1],
    lambda rng, content: content.replace(b",", pick(rng, [b";", b"\t", b"|", b", ", b";;"])),
    lambda rng, content: content.replace(b".", b","),
    lambda rng, content: content.replace(b"Z", pick(rng, [b"", b"+01:00", b"-15:00", b" CET", b"+00:00"])),
    lambda rng, content: content.replace(b"\n", pick(rng, [b"\r\n", b"\r", b"\n\n"])),
    lambda rng, content: gzip.compress(content)[: rng.integers(200)],
    _zipped,
    lambda rng, content: content.decode("latin-1").encode("utf-16"),
    lambda rng, content: b"",
    lambda rng, content: b"\xef\xbb\xbf" + content,
]


def binary(rng, content: bytes) -> bytes:
    """A file with flipped, overwritten, cut, moved or repeated bytes."""
    broken = bytearray(content)
    if not broken:
        return content
    start, length = rng.integers(len(broken)), int(pick(rng, [1, 2, 8, 64, 512]))
    match rng.integers(6):
        case 0:
            broken[start] ^= 1 << rng.integers(8)
        case 1:
            broken[start : start + length] = bytes(int(pick(rng, [0, 255])) for _ in broken[start : start + length])
        case 2:
            for place in rng.integers(len(broken), size=rng.integers(2, 50)):
                broken[place] = rng.integers(256)
        case 3:
            del broken[start:]
        case 4:
            broken[start:start] = broken[:length]
        case _:
            del broken[start : start + length]
    return bytes(broken)

"""Reads a NetCDF file completely, in a separate process, because HDF5 can hang or crash on a damaged file.

HDF5 may not return from damaged metadata: https://github.com/HDFGroup/hdf5/issues/1707. This module imports nothing
from geofront, so that it starts in a fraction of a second.
"""

import math
import os
import sys

import h5netcdf

CPU_TIME = 5
"""CPU time allowed for the smallest file [s]; an intact one takes a tenth of that."""

SPEED = 10_000_000
"""Least reading speed of larger files [B/s]."""

LARGEST_RATIO = 1100
"""Largest compression ratio [-]; deflate reaches 1032, see https://zlib.net/zlib_tech.html."""


def limit_time(size: int) -> None:
    """Limit the CPU time of this process, so that a busy machine does not matter."""
    if os.name == "posix":
        import resource

        seconds = CPU_TIME + size // SPEED
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def read_all(group, most: int) -> None:
    """Read all attributes and values; refuse a variable with more than `most` values."""
    dict(group.attrs)
    for variable in group.variables.values():
        dict(variable.attrs)
        if math.prod(variable.shape) > most:
            raise ValueError(f"{variable.name} is larger than its file can hold")
        variable[...]
    for each in group.groups.values():
        read_all(each, most)


if __name__ == "__main__":
    path = sys.argv[1]
    size = os.path.getsize(path)
    limit_time(size)
    with h5netcdf.File(path, "r") as file:
        read_all(file, LARGEST_RATIO * size)

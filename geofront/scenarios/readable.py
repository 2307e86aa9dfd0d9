"""Reads a NetCDF file to its end; run as a program, because HDF5 can hang or crash on a damaged file.

HDF5 does not promise to return from damaged metadata: https://github.com/HDFGroup/hdf5/issues/1707. This module
imports nothing of geofront, so that it starts in a fraction of a second.
"""

import math
import os
import sys

import h5netcdf

CPU_TIME = 5
"""Time that reading the smallest file may take [s]; an intact one takes a tenth of that."""

SPEED = 10_000_000
"""Speed at which larger files are read at least [B/s]."""

LARGEST_RATIO = 1100
"""Bytes that a byte of a compressed file holds at most; deflate reaches 1032, see https://zlib.net/zlib_tech.html."""


def limit_time(size: int) -> None:
    """Let the system end this process if it takes too long, however busy the machine is."""
    if os.name == "posix":
        import resource

        seconds = CPU_TIME + size // SPEED
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def read_all(group, most: int) -> None:
    """Read all attributes and values; a variable may have so many values at most."""
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

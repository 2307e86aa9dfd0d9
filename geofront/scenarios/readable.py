"""Reads NetCDF files to their end; run as a program, because HDF5 can hang or crash on a damaged file.

HDF5 does not promise to return from damaged metadata: https://github.com/HDFGroup/hdf5/issues/1707. It imports nothing
of geofront, so that it starts in a fraction of a second.
"""

import sys
from pathlib import Path

import h5netcdf

LARGEST_RATIO = 1100
"""Bytes that one byte of a compressed file can hold; deflate reaches 1032, https://zlib.net/zlib_tech.html."""


def read_all(group, most: int) -> None:
    """Read all values and attributes, none of which may take more than so many bytes."""
    dict(group.attrs)
    for variable in group.variables.values():
        dict(variable.attrs)
        items = 1
        for length in variable.shape:
            items *= length
        if items > most:
            raise ValueError(f"{variable.name} is larger than its file can hold")
        variable[...]
    for each in group.groups.values():
        read_all(each, most)


if __name__ == "__main__":
    with h5netcdf.File(sys.argv[1], "r") as file:
        read_all(file, LARGEST_RATIO * Path(sys.argv[1]).stat().st_size)

"""Scenarios on disk, and the NetCDF files of all datasets."""

import os
import subprocess
import sys
from pathlib import Path

import xarray as xr

from geofront import arguments
from geofront.arguments import checked
from geofront.errors import GeofrontError
from geofront.files import staged
from geofront.scenarios.validation import validate, validated

READER = Path(__file__).with_name("readable.py")
"""Program that reads a file to its end."""

LONGEST_READING = 300.0
"""Time after which reading ends where the system does not limit it [s]."""


@checked(path=arguments.path)
def save_scenario(scenario: xr.Dataset, path) -> Path:
    """Write a scenario to NetCDF, whole or not at all.

    Parameters
    ----------
    scenario : xarray.Dataset
        Checked as :func:`open_scenario` does; its numbers become float64.
    path : str or path
        Replaced if it exists.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    GeofrontError
        Invalid scenario; NetCDF cannot hold something in it, such as an attribute that is no text or number; or the
        file cannot be written.
    """
    return write_dataset(validate(scenario), path, "scenario", validate)


@checked(path=arguments.path)
def open_scenario(path) -> xr.Dataset:
    """Read a scenario that :func:`save_scenario` wrote, check it and load it into memory.

    Raises
    ------
    GeofrontError
        The file does not exist, or does not hold a scenario.
    """
    return validated(read_dataset(path, "scenario"), repr(str(path)), baseline=True)


def write_dataset(dataset: xr.Dataset, path, kind: str, check) -> Path:
    """Write a dataset to NetCDF, whole or not at all.

    Parameters
    ----------
    dataset : xarray.Dataset
    path : str or path
        Replaced if it exists.
    kind : str
        What messages call the dataset.
    check : callable
        Raises `GeofrontError` if what is read back is of no use.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    GeofrontError
        NetCDF cannot hold something in the dataset, or the file cannot be written.
    """
    path = Path(path)
    try:
        with staged(path.parent) as staging:
            dataset.to_netcdf(staging / path.name, engine="h5netcdf")
            check(_loaded(staging / path.name, kind))
    except (OSError, TypeError, ValueError) as error:
        raise GeofrontError(
            f"{str(path)!r}: the {kind} cannot be written there ({error}): remove what NetCDF cannot "
            "hold, or choose another place"
        ) from error
    return path


def read_dataset(path, kind: str) -> xr.Dataset:
    """Load a NetCDF file into memory.

    Parameters
    ----------
    path : str or path
    kind : str
        What messages call the dataset.

    Raises
    ------
    GeofrontError
        The file does not exist, is not NetCDF, or is damaged.

    Notes
    -----
    Another process reads the file first, and must come to its end in time: HDF5 can hang or crash on a damaged file.
    """
    path = Path(path)
    if not path.is_file():
        raise GeofrontError(f"there is no {kind} file {str(path)!r}: write one with gf.save_{kind}")
    program = [sys.executable, "-P", os.fspath(READER), os.fspath(path.absolute())]
    try:
        ends = (
            subprocess.run(
                program, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=LONGEST_READING
            ).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        ends = False
    if not ends:
        raise GeofrontError(f"{str(path)!r} is not a NetCDF file, or is damaged: write it again with gf.save_{kind}")
    return _loaded(path, kind)


def _loaded(path: Path, kind: str) -> xr.Dataset:
    try:
        return xr.load_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise GeofrontError(
            f"{str(path)!r} has labels or attributes that xarray cannot decode ({error}): write it "
            f"again with gf.save_{kind}"
        ) from error

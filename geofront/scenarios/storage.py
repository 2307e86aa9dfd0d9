"""Reads and writes scenarios and other datasets as NetCDF files."""

import os
import subprocess
import sys
from pathlib import Path

import xarray as xr
from h5netcdf.utils import CompatibilityError

from geofront import arguments
from geofront.arguments import checked
from geofront.errors import GeofrontError
from geofront.files import staged
from geofront.scenarios.validation import validate, validated

READER = Path(__file__).with_name("readable.py")
"""Program that reads a file completely."""

LONGEST_READING = 300.0
"""Timeout of reading a file where the system cannot limit CPU time [s]."""


@checked(path=arguments.path)
def save_scenario(scenario: xr.Dataset, path) -> Path:
    """Write a scenario to NetCDF atomically.

    Parameters
    ----------
    scenario : xarray.Dataset
        Validated as in :func:`open_scenario`; its numbers become float64.
    path : str or path
        File to write, replaced if it exists.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    GeofrontError
        If the scenario is invalid, NetCDF cannot hold part of it, such as an attribute that is neither text nor
        number, or the file cannot be written.
    """
    return write_dataset(validate(scenario), path, "scenario", validate)


@checked(path=arguments.path)
def open_scenario(path) -> xr.Dataset:
    """Load a scenario written by :func:`save_scenario` into memory and validate it.

    Raises
    ------
    GeofrontError
        If the file does not exist or does not hold a valid scenario.
    """
    return validated(read_dataset(path, "scenario"), repr(str(path)), baseline=True)


def write_dataset(dataset: xr.Dataset, path, kind: str, check, *, encoding=None) -> Path:
    """Write a dataset to NetCDF atomically.

    Parameters
    ----------
    dataset : xarray.Dataset
    path : str or path
        File to write, replaced if it exists.
    kind : str
        Kind of dataset in messages.
    check : callable
        Raises `GeofrontError` if the dataset read back from the file is invalid.
    encoding : mapping, optional
        By variable, as :meth:`xarray.Dataset.to_netcdf` takes it.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    GeofrontError
        If NetCDF cannot hold part of the dataset, or the file cannot be written.
    """
    path = Path(path)
    try:
        with staged(path.parent) as staging:
            # Encodings of the file that a variable came from, such as 16-bit integers, would round it.
            dataset.drop_encoding().to_netcdf(staging / path.name, engine="h5netcdf", encoding=encoding)
            check(_loaded(staging / path.name, kind))
    except (OSError, TypeError, ValueError, CompatibilityError) as error:
        raise GeofrontError(
            f"{str(path)!r}: the {kind} cannot be written ({error}): remove whatever NetCDF cannot hold, "
            "or choose another path"
        ) from error
    return path


def read_dataset(path, kind: str) -> xr.Dataset:
    """Load a NetCDF file into memory.

    Parameters
    ----------
    path : str or path
    kind : str
        Kind of dataset in messages.

    Raises
    ------
    GeofrontError
        If the file does not exist, is not NetCDF, or is damaged.

    Notes
    -----
    A separate process first reads the whole file within a time limit, because HDF5 can hang or crash on a damaged file.
    """
    path = Path(path)
    if not os.path.isfile(path):
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

"""Scenarios on disk, and the NetCDF files of all datasets."""

from pathlib import Path

import xarray as xr

from geofront.errors import GeofrontError
from geofront.files import staged
from geofront.scenarios.validation import validate


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


def open_scenario(path) -> xr.Dataset:
    """Read a scenario that :func:`save_scenario` wrote, check it and load it into memory.

    Raises
    ------
    GeofrontError
        The file does not exist, or does not hold a scenario.
    """
    return validate(read_dataset(path, "scenario"))


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
            check(read_dataset(staging / path.name, kind))
    except (OSError, TypeError, ValueError) as error:
        raise GeofrontError(f"{str(path)!r}: the {kind} cannot be written there ({error}): remove what NetCDF cannot "
                            "hold, or choose another place") from error
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
        The file does not exist, or is not NetCDF.
    """
    if not Path(path).is_file():
        raise GeofrontError(f"there is no {kind} file {str(path)!r}: write one with gf.save_{kind}")
    try:
        return xr.load_dataset(path, engine="h5netcdf")
    except OSError as error:
        raise GeofrontError(f"{str(path)!r} is not a NetCDF file ({error}): write one with gf.save_{kind}") from error

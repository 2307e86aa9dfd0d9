"""Scenarios on disk."""

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
    path : str or path
        Replaced if it exists.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    GeofrontError
        NetCDF cannot hold something in the scenario, such as an attribute that is no text or number; or the file
        cannot be written.
    """
    path = Path(path)
    try:
        with staged(path.parent) as staging:
            scenario.to_netcdf(staging / path.name, engine="h5netcdf")
    except (OSError, TypeError, ValueError) as error:
        raise GeofrontError(f"{str(path)!r}: the scenario cannot be written there ({error}): remove what NetCDF cannot "
                            "hold, or choose another place") from error
    return path


def open_scenario(path) -> xr.Dataset:
    """Read a scenario that :func:`save_scenario` wrote, check it and load it into memory.

    Raises
    ------
    GeofrontError
        The file does not exist, or does not hold a scenario.
    """
    if not Path(path).is_file():
        raise GeofrontError(f"there is no scenario file {str(path)!r}: write one with gf.save_scenario")
    try:
        scenario = xr.load_dataset(path, engine="h5netcdf")
    except OSError as error:
        raise GeofrontError(f"{str(path)!r} is not a NetCDF file ({error}): write one with gf.save_scenario") from error
    return validate(scenario)

"""Reads and writes placements as NetCDF files."""

from pathlib import Path

import xarray as xr

from geofront import arguments
from geofront.arguments import checked
from geofront.model.costs import check_carbon_price, check_frictions
from geofront.results import PLACEMENT, result
from geofront.scenarios.storage import read_dataset, write_dataset

_SEPARATOR = ", "


@checked(placement=result(PLACEMENT), path=arguments.path)
def save_placement(placement: xr.Dataset, path) -> Path:
    """Write a placement to NetCDF atomically.

    Parameters
    ----------
    placement : xarray.Dataset
        Result of :func:`geofront.place`, :func:`geofront.local` or :func:`geofront.evaluate`.
    path : str or path
        File to write, replaced if it exists.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    GeofrontError
        If it is not a placement, NetCDF cannot hold part of it, or the file cannot be written.

    Notes
    -----
    NetCDF has no tuples, so the file stores the frictions as one text, and :func:`open_placement` restores the tuple.
    """
    checked = _checked(placement, "the dataset")
    frictions = check_frictions(checked.attrs["frictions"])
    return write_dataset(
        checked.assign_attrs(frictions=_SEPARATOR.join(frictions)),
        path,
        "placement",
        lambda read: _restored(read, path),
    )


@checked(path=arguments.path)
def open_placement(path) -> xr.Dataset:
    """Load a placement written by :func:`save_placement` into memory and check it.

    Returns
    -------
    xarray.Dataset
        Equal to the saved placement, including attributes.

    Raises
    ------
    GeofrontError
        If the file does not exist or does not hold a placement.
    """
    return _restored(read_dataset(path, "placement"), path)


def _restored(read: xr.Dataset, path) -> xr.Dataset:
    text = read.attrs.get("frictions")
    if isinstance(text, str):
        read = read.assign_attrs(frictions=tuple(text.split(_SEPARATOR)) if text else ())
    return _checked(read, repr(str(path)))


def _checked(placement: xr.Dataset, origin: str) -> xr.Dataset:
    placement = result(PLACEMENT)(placement, origin)
    check_frictions(placement.attrs["frictions"])
    check_carbon_price(placement.attrs["carbon_price"])
    return placement

"""Distances on the globe, the round-trip times modelled from them, and the jitter of measured ones.

See "Round trips" in docs/model.md.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import xarray as xr

from geofront.inputs.loaders import rtt_percentiles
from geofront.names import CLIENT, REGION, SERVICE

EARTH_RADIUS = 6371.0088
"""Mean radius of the Earth [km]: the IUGG mean radius R₁."""

HALF_CIRCUMFERENCE = np.pi * EARTH_RADIUS
"""Greatest distance between two places on Earth [km]."""

FIBRE_SPEED = 200.0
"""Speed of light in fibre [km/ms]; arXiv:2604.27855, as quoted by public projects."""

WAN_INFLATION = 1.4
"""Actual over shortest possible round trip [-]; arXiv:2604.27855 section 5.4, as quoted by public projects."""

SWITCHING_OVERHEAD = 20.0
"""Switching and routing on a wide-area path [ms]; arXiv:2604.27855, as quoted by public projects."""

LAST_MILE = 10.0
"""Access network between a user and the Internet backbone [ms]; geofront's estimate."""

INTRA_REGION_RTT = 2.0
"""Round trip between a service node and the accelerators of its own region [ms]; geofront's estimate."""


def great_circle_km(lat1, lon1, lat2, lon2):
    """Great-circle distance by the haversine formula.

    Parameters
    ----------
    lat1, lon1, lat2, lon2 : array_like
        Latitudes and longitudes [°]; they broadcast against each other.

    Returns
    -------
    numpy.ndarray, xarray.DataArray or float
        Distance [km], in the broadcast shape.
    """
    phi1, phi2 = np.deg2rad(lat1), np.deg2rad(lat2)
    half_dphi = (phi2 - phi1) / 2
    half_dlambda = (np.deg2rad(lon2) - np.deg2rad(lon1)) / 2
    haversine = np.sin(half_dphi) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_dlambda) ** 2
    # Rounding can push the haversine of antipodes above one, where arcsin is undefined.
    return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))


def modelled_rtt(km, inflation: float = WAN_INFLATION, overhead_ms: float = SWITCHING_OVERHEAD):
    """Model the round trip between two regions that have no measurement.

    Parameters
    ----------
    km : array_like
        Great-circle distance [km].
    inflation : float
        Actual over shortest possible round trip [-].
    overhead_ms : float
        Switching overhead [ms], inflated like the distance.

    Returns
    -------
    array_like
        ``inflation × (2·km/200 + overhead_ms)`` [ms].

    Notes
    -----
    Our reading of the formula of arXiv:2604.27855. A regression on 1,226 measured pairs of Azure regions
    gives 25.9 + 1.43·2·km/200 (R² 0.78), against 28 + 1.4·2·km/200 here.
    """
    return inflation * (2 * km / FIBRE_SPEED + overhead_ms)


def access_rtt(km, last_mile: float = LAST_MILE, inflation: float = WAN_INFLATION):
    """Model the round trip between a client and a service node: ``last_mile + inflation·2·km/200`` [ms].

    Parameters
    ----------
    km : array_like
        Great-circle distance [km].
    last_mile : float
        Access network [ms].
    inflation : float
        Actual over shortest possible round trip [-].
    """
    return last_mile + inflation * 2 * km / FIBRE_SPEED


def distance_matrix(origins: pd.DataFrame, targets: pd.DataFrame, dims: tuple[str, str]) -> xr.DataArray:
    """Great-circle distances between all rows of two tables.

    Parameters
    ----------
    origins, targets : pandas.DataFrame
        Indexed by label, with columns ``latitude`` and ``longitude`` [°].
    dims : tuple of str
        Names of the two dims of the result.

    Returns
    -------
    xarray.DataArray
        Dims `dims`, labelled by the two indexes [km].
    """
    km = great_circle_km(
        origins["latitude"].to_numpy(float)[:, None],
        origins["longitude"].to_numpy(float)[:, None],
        targets["latitude"].to_numpy(float)[None, :],
        targets["longitude"].to_numpy(float)[None, :],
    )
    coords = {dims[0]: origins.index.to_numpy(object), dims[1]: targets.index.to_numpy(object)}
    return xr.DataArray(km, coords=coords, dims=dims, attrs={"units": "km", "long_name": "distance"})


def access_rtt_matrix(clients: pd.DataFrame, regions: pd.DataFrame) -> xr.DataArray:
    """Modelled round trips between all clients and all service nodes: (client, service) [ms]."""
    rtt = access_rtt(distance_matrix(clients, regions, (CLIENT, SERVICE)))
    return rtt.assign_attrs(units="ms", long_name="client–service round trip")


def rtt_matrix(regions: pd.DataFrame, measured: pd.DataFrame | None = None) -> xr.DataArray:
    """Round trips between service nodes and regions, measured or modelled.

    Parameters
    ----------
    regions : pandas.DataFrame
        Indexed by ``region``, with columns ``latitude`` and ``longitude`` [°].
    measured : pandas.DataFrame or None
        Columns ``region_a``, ``region_b``, ``rtt_ms`` [ms]. A measurement in one direction counts for both.
        Pairs with other regions than those in `regions` are ignored. None models every pair.

    Returns
    -------
    xarray.DataArray
        (service, region) [ms], both with the labels of `regions`: the measured value if there is one,
        else `modelled_rtt`, and `INTRA_REGION_RTT` on the diagonal. `rtt_is_measured` marks the measured pairs.
    """
    modelled = modelled_rtt(distance_matrix(regions, regions, (SERVICE, REGION)))
    rtt = _measured_matrix(regions, measured).fillna(modelled)
    same = rtt[SERVICE] == rtt[REGION]
    return rtt.where(~same, INTRA_REGION_RTT).assign_attrs(units="ms", long_name="service–region round trip")


def rtt_is_measured(regions: pd.DataFrame, measured: pd.DataFrame | None = None) -> xr.DataArray:
    """Whether the round trip of a pair in `rtt_matrix` is measured: (service, region), False on the diagonal."""
    known = _measured_matrix(regions, measured).notnull()
    return known & (known[SERVICE] != known[REGION])


def _measured_matrix(regions: pd.DataFrame, measured: pd.DataFrame | None) -> xr.DataArray:
    """Measured round trips (service, region) [ms], NaN where neither direction is measured."""
    labels = regions.index
    matrix = pd.DataFrame(np.nan, index=labels, columns=labels)
    if measured is not None and len(measured):
        forward = measured.set_index(["region_a", "region_b"])["rtt_ms"].unstack()
        matrix = forward.reindex(index=labels, columns=labels).astype(float)
    values = matrix.to_numpy()
    values = np.where(np.isnan(values), values.T, values)
    coords = {SERVICE: labels.to_numpy(object), REGION: labels.to_numpy(object)}
    return xr.DataArray(values, coords=coords, dims=(SERVICE, REGION))


def measured_jitter(quantile: float = 0.99) -> pd.Series:
    """Jitter of measured round trips between cloud regions, one value for each direction of a pair [-].

    The logarithm of the measured percentile over the median, divided by the same quantile of a standard normal
    distribution. Source: ``data/rtt_percentiles.csv``.
    """
    table = rtt_percentiles()
    return np.log(table.p99_ms / table.p50_ms) / NormalDist().inv_cdf(quantile)

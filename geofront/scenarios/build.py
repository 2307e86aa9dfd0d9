"""Builds scenarios from geofront's tables or from a user's tables."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront import arguments
from geofront.arguments import checked, choice, number, several, truth
from geofront.errors import GeofrontError, first_labels
from geofront.inputs import geography, loaders, table_paths, table_reading
from geofront.inputs.hours import checked_hours, hours_or_path
from geofront.inputs.profiles import shape
from geofront.inputs.stamps import time_zone
from geofront.names import CARBON_SIGNAL, CARBON_SIGNALS, CLIENT, HOUR, REGION, SERVICE, SNAPSHOTS, WEIGHT, WORKLOAD
from geofront.scenarios.alignment import demand_by_home
from geofront.scenarios.schema import annotate
from geofront.scenarios.snapshots import real_hours, snapshot_coords, time_stamps
from geofront.scenarios.table_checks import check_round_trips, check_tables
from geofront.scenarios.validation import validate

PEAK_LOCAL_HOUR = 15
"""Local hour of peak demand; an estimate, like the amplitudes in ``data/workloads.csv``."""

REGION_COLUMNS = ("latitude", "longitude", "jurisdiction", "pue", "market_capacity_mw", "egress_usd_per_gb")
CLIENT_COLUMNS = ("latitude", "longitude", "jurisdiction", "timezone", "demand_weight")
WORKLOAD_TERMS = {
    "latency_budget": "latency_budget_ms",
    "service_time": "service_time_ms",
    "round_trips": "round_trips",
    "pinned_share": "pinned_share",
    "overhead_energy": "relocation_energy_overhead",
    "overhead_cost": "relocation_cost_usd_per_mwh",
    "warmup": "warmup_hours",
}
"""Column in the table of workload classes of each scenario variable."""

BYTES = {"upload": "upload_kb_per_request", "download": "download_kb_per_request"}
WORKLOAD_COLUMNS = (
    *WORKLOAD_TERMS.values(),
    *BYTES.values(),
    "energy_wh_per_request",
    "energy_share",
    "diurnal_amplitude",
    "regulated_share",
)

_CHECKS = {
    "snapshots": choice(SNAPSHOTS),
    "carbon_signal": choice(CARBON_SIGNALS),
    "demand_mw": loaders.figure("demand", "MW"),
    "headroom": number(least=-1, most=1000),
    "surplus": number(least=0, most=1000),
    "hours": hours_or_path,
    "price_scope": arguments.text,
}


@checked(regions=several(lambda label, _: label), tables_dir=table_paths.tables_folder, **_CHECKS)
def stylized(
    *,
    snapshots="month-hour",
    carbon_signal="marginal",
    demand_mw=1000.0,
    headroom=0.15,
    surplus=0.6,
    hours=None,
    regions=None,
    price_scope="wholesale",
    tables_dir=None,
) -> xr.Dataset:
    """Build the stylized scenario of geofront's twelve core regions.

    Parameters
    ----------
    snapshots : {"month-hour", "day", "year", "hours"}
        Twelve typical days, one average day, the 8760 hours of 2023, or the given `hours` themselves.
    carbon_signal : {"marginal", "average", "ifi"}
        Annual level of the WattTime MOER, life-cycle average with hourly shape, or harmonised IFI factor.
    demand_mw : float
        Mean IT power of all demand [MW].
    headroom : float
        Capacity above the peak of home demand, relative to that peak [-].
    surplus : float
        Additional capacity of all regions together, relative to ``demand_mw`` [-]; shared by market size.
    hours : xarray.Dataset or path, optional
        Real prices and average carbon intensities, as :func:`geofront.hours` returns or reads them. Typical days
        average them by month and hour. Without them, fitted harmonics give the shape. With ``"hours"``, any number of
        hours is accepted.
    regions : sequence of str, optional
        Labels of ``data/regions.csv``; by default its core tier.
    price_scope : {"wholesale", "delivered"}
        The wholesale price only, or also network, levy and capacity charges: the same adder in every hour.
    tables_dir : str or path, optional
        Folder with your own tables, which replace files of the same name in ``data/``: ``regions.csv``,
        ``clients.csv``, ``workloads.csv``, ``lawful_transfers.csv``, ``rtt_measured.csv``, ``profiles.csv``. From your
        ``regions.csv``, only unchanged regions of geofront beyond the core tier are left out.

    Returns
    -------
    xarray.Dataset
        A scenario, see :func:`geofront.scenarios.schema`.

    Raises
    ------
    GeofrontError
        If a choice or region is unknown, or a region lacks a value.

    Notes
    -----
    See "Building a scenario" in docs/model.md. ``data/*_provenance.csv`` lists sources, years and confidence.
    """
    table = loaders.regions(tier=None if regions is not None else "core", tables_dir=tables_dir)
    if regions is not None:
        unknown = [label for label in regions if not (isinstance(label, str) and label in table.index)]
        if unknown or not regions:
            raise GeofrontError(
                f"unknown regions {first_labels(unknown)}: use {first_labels(table.index, 99)}"
                if unknown
                else "regions is empty: name at least one"
            )
        table = table.loc[list(regions)]
    clients, workloads, lawful, profiles = (
        table_paths.table_path(name, tables_dir) for name in ("clients", "workloads", "lawful_transfers", "profiles")
    )
    rtt = loaders.measured_rtt(tables_dir)
    if "rtt_measured" not in table_paths.own_tables(tables_dir):
        rtt = rtt[rtt["region_a"].isin(table.index) & rtt["region_b"].isin(table.index)]
    return from_tables(
        table,
        clients,
        workloads,
        lawful=lawful,
        rtt=rtt if len(rtt) else None,
        profiles=profiles,
        hours=hours,
        snapshots=snapshots,
        carbon_signal=carbon_signal,
        demand_mw=demand_mw,
        headroom=headroom,
        surplus=surplus,
        price_scope=price_scope,
    )


@checked(
    regions=arguments.frame_or_path,
    clients=arguments.frame_or_path,
    workloads=arguments.frame_or_path,
    lawful=arguments.frame_or_path,
    rtt=arguments.frame_or_path,
    profiles=arguments.frame_or_path,
    rescale_energy_shares=truth,
    **_CHECKS,
)
def from_tables(
    regions,
    clients,
    workloads,
    *,
    lawful=None,
    rtt=None,
    profiles=None,
    hours=None,
    snapshots="month-hour",
    carbon_signal="marginal",
    demand_mw=1000.0,
    headroom=0.15,
    surplus=0.6,
    price_scope="wholesale",
    rescale_energy_shares=False,
) -> xr.Dataset:
    """Build a scenario from tables in the layout of ``data/*.csv``.

    Parameters
    ----------
    regions, clients, workloads : pandas.DataFrame or path
        As ``data/regions.csv``, ``data/clients.csv`` and ``data/workloads.csv``; :func:`geofront.data_tables` returns
        them. A column ``home`` in ``clients`` names the home service node; the default is the service node with the
        shortest access round trip. With `hours`, ``regions`` needs no annual price and no average carbon.
    lawful : pandas.DataFrame or path, optional
        Pairs ``client_jurisdiction, region_jurisdiction`` in addition to the client's own; by default none.
    rtt : pandas.DataFrame or path, optional
        Measured ``region_a, region_b, rtt_ms`` [ms]; other pairs are modelled.
    profiles : pandas.DataFrame or path, optional
        Harmonic coefficients as ``data/profiles.csv``; regions without coefficients have flat profiles.
    hours, snapshots, carbon_signal, demand_mw, headroom, surplus, price_scope
        As in :func:`stylized`. Delivered prices need the column ``delivered_adder_usd_per_mwh`` of `regions`.
    rescale_energy_shares : bool
        Whether to divide the column ``energy_share`` of `workloads` by its sum. By default it must sum to 1.

    Returns
    -------
    xarray.Dataset
        A validated scenario.

    Raises
    ------
    GeofrontError
        If columns, labels or cells are missing (named by table, row and column), a choice is unknown, a value is out
        of range, energy shares do not sum to 1, or measured round trips are faster than light or have none of the
        regions.
    """
    carbon_column = CARBON_SIGNAL[carbon_signal].column
    annual = () if hours is not None else ("price_usd_per_mwh",)
    annual += () if hours is not None and carbon_signal == "average" else (carbon_column,)
    given = {
        "regions": (regions, REGION, REGION_COLUMNS + annual),
        "clients": (clients, CLIENT, CLIENT_COLUMNS),
        "workloads": (workloads, WORKLOAD, WORKLOAD_COLUMNS),
    }
    read = {
        name: (table_reading.read_table(table, dim, columns, name), columns)
        for name, (table, dim, columns) in given.items()
    }
    check_tables(read, rescale_energy_shares=rescale_energy_shares)
    regions, clients, workloads = (table for table, _ in read.values())
    measured = loaders.measured_table(rtt)
    check_round_trips(regions, measured)
    if hours is not None:
        hours = checked_hours(hours)

    return validate(
        assembled(
            regions,
            clients,
            workloads,
            lawful=lawful,
            measured=measured,
            profiles=profiles,
            hours=hours,
            snapshots=snapshots,
            carbon_signal=carbon_signal,
            demand_mw=demand_mw,
            headroom=headroom,
            surplus=surplus,
            price_scope=price_scope,
        )
    )


def assembled(
    regions: pd.DataFrame,
    clients: pd.DataFrame,
    workloads: pd.DataFrame,
    *,
    lawful,
    measured: pd.DataFrame | None,
    profiles,
    hours: xr.Dataset | None,
    snapshots: str,
    carbon_signal: str,
    demand_mw: float,
    headroom: float,
    surplus: float,
    price_scope: str,
) -> xr.Dataset:
    """A scenario that has yet to be validated, from tables as `from_tables` reads and checks them."""
    labels = {CLIENT: clients.index, SERVICE: regions.index, REGION: regions.index, WORKLOAD: workloads.index}
    s = xr.Dataset(coords=snapshot_coords(snapshots, hours) | {dim: _labels(index) for dim, index in labels.items()})
    s.attrs = {
        "carbon_signal": carbon_signal,
        "price_scope": price_scope,
        "snapshots": snapshots,
        "prices": "stylized" if hours is None else "real hours",
    }
    price = _by_hour(regions, "price_usd_per_mwh", "price", s, profiles, hours)
    price = price + _column(loaders.delivered_adder(regions, price_scope))
    carbon = carbon_intensity(s, carbon_signal, regions, profiles, hours)
    access_rtt = geography.access_rtt_matrix(clients, regions)
    home = _homes(clients, access_rtt)
    away = s.variables[SERVICE] != s.variables[REGION]
    egress = _column(regions.egress_usd_per_gb)
    demand = _demand(clients, workloads, s, demand_mw)
    # One assignment, because each one aligns the whole scenario again.
    s = s.assign(
        {
            "price": price,
            "carbon": carbon,
            "pue": _column(regions.pue),
            "access_rtt": access_rtt,
            "home": home,
            "rtt": geography.rtt_matrix(regions, measured),
            "egress_request": away * xr.Variable(SERVICE, egress.values),
            "egress_response": away * egress,
            "lawful": _lawful(clients, regions, lawful),
            **{name: _column(workloads[column]) for name, column in WORKLOAD_TERMS.items()},
            # A value in kB/Wh equals the value in GB/MWh.
            **{name: _column(workloads[column] / workloads.energy_wh_per_request) for name, column in BYTES.items()},
            "regulated_share": _column(workloads.regulated_share) * xr.ones_like(s.variables[CLIENT], dtype=float),
            "deferral_window": xr.zeros_like(s.variables[WORKLOAD], dtype=float),
            "demand": demand,
            "capacity": _capacity(demand, home, regions.market_capacity_mw, demand_mw, headroom, surplus),
        }
    )
    return annotate(s.assign_coords(_descriptions(clients, regions, workloads)))


def carbon_intensity(
    s: xr.Dataset, signal: str, regions: pd.DataFrame, profiles, hours: xr.Dataset | None
) -> xr.Variable:
    """Carbon intensity under a signal at the snapshots of a scenario, (region, hour) [kg/MWh]."""
    column = CARBON_SIGNAL[signal].column
    if signal == "average":
        return _by_hour(regions, column, "carbon_average", s, profiles, hours).variable
    return _column(regions[column]) * xr.ones_like(s.variables[HOUR], dtype=float)


def _column(column: pd.Series) -> xr.Variable:
    """Drop the labels, which are the scenario's in its order, to save the alignment."""
    return xr.Variable(column.index.name, column.to_numpy(float))


def _labels(index: pd.Index) -> np.ndarray:
    return index.to_numpy(dtype=object)


def _descriptions(clients: pd.DataFrame, regions: pd.DataFrame, workloads: pd.DataFrame) -> dict:
    """Coordinates in addition to the labels: positions and names."""
    coords: dict[str, tuple] = {}
    for dim, table in ((CLIENT, clients), (SERVICE, regions), (REGION, regions)):
        for axis in ("latitude", "longitude"):
            coords[f"{dim}_{axis}"] = (dim, table[axis].to_numpy(float), {"units": "degrees"})
    for dim, table, column in ((CLIENT, clients, "name"), (REGION, regions, "name"), (WORKLOAD, workloads, "label")):
        names = table.get(column, table.index)
        coords[f"{dim}_name"] = (dim, names.to_numpy(dtype=object))
    return coords


def _by_hour(
    regions: pd.DataFrame, column: str, quantity: str, s: xr.Dataset, profiles, hours: xr.Dataset | None
) -> xr.DataArray:
    """Quantity at every snapshot, from real hours, or from the regions' annual means and fitted harmonics."""
    snapshots, stamps = s.attrs["snapshots"], time_stamps(s)
    if hours is not None:
        return real_hours(hours, quantity, regions.index, snapshots, stamps)
    waves = shape(profiles, quantity, regions.index, stamps, annual=snapshots != "day")
    return waves * regions[column].to_numpy(float)[:, None]


def _homes(clients: pd.DataFrame, access_rtt: xr.DataArray) -> xr.DataArray:
    nearest = access_rtt.idxmin(SERVICE)
    if "home" not in clients:
        return nearest
    given = xr.DataArray(clients.home.to_numpy(dtype=object), {CLIENT: nearest[CLIENT]}, CLIENT)
    return given.where(clients.home.notna().to_numpy(), nearest)


def _lawful(clients: pd.DataFrame, regions: pd.DataFrame, transfers) -> xr.DataArray:
    keys = ["client_jurisdiction", "region_jurisdiction"]
    pairs = set() if transfers is None else set(table_reading.read_table(transfers, keys, name="lawful").index)
    allowed = [
        [here == there or (here, there) in pairs for there in regions.jurisdiction] for here in clients.jurisdiction
    ]
    return xr.DataArray(allowed, {CLIENT: _labels(clients.index), REGION: _labels(regions.index)}, (CLIENT, REGION))


def _demand(clients: pd.DataFrame, workloads: pd.DataFrame, s: xr.Dataset, demand_mw: float) -> xr.DataArray:
    utc = time_stamps(s).tz_localize("UTC")
    zones = [time_zone(name, f"clients' 'timezone' of {client!r}") for client, name in clients.timezone.items()]
    local = [utc.tz_convert(zone).tz_localize(None).to_numpy("datetime64[m]") for zone in zones]
    hour = xr.Variable((CLIENT, HOUR), np.array(local).astype(int) % (24 * 60) / 60)
    daily = 1 + _column(workloads.diurnal_amplitude) * np.cos(2 * np.pi * (hour - PEAK_LOCAL_HOUR) / 24)
    relative = (_column(clients.demand_weight) * _column(workloads.energy_share) * daily).transpose(
        CLIENT, WORKLOAD, HOUR
    )
    mean_total = np.average(relative.sum((CLIENT, WORKLOAD)), weights=s.variables[WEIGHT])
    return xr.DataArray(demand_mw * relative / mean_total, {dim: s[dim] for dim in relative.dims})


def _capacity(
    demand: xr.DataArray, home: xr.DataArray, market_mw: pd.Series, demand_mw, headroom, surplus
) -> xr.DataArray:
    peak = demand_by_home(demand, home, market_mw.index).max(HOUR)
    market = _column(market_mw)
    return (1 + headroom) * peak + surplus * demand_mw * market / market.sum()

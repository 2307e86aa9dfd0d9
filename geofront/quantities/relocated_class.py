"""Relocation of a workload class to the electricity: energy, cost, and the distance within its latency budget."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders, table_reading
from geofront.inputs.geography import HALF_CIRCUMFERENCE, INTRA_REGION_RTT, modelled_rtt
from geofront.model.costs import carbon_cost, check_carbon_price
from geofront.model.feasibility import end_to_end, within_budget
from geofront.names import CARBON_SIGNAL, WORKLOAD

_COLUMNS = (
    "latency_budget_ms",
    "service_time_ms",
    "round_trips",
    "energy_wh_per_request",
    "upload_kb_per_request",
    "download_kb_per_request",
    "relocation_energy_overhead",
    "relocation_cost_usd_per_mwh",
)


@dataclass(frozen=True)
class SendingEnd:
    """Data of the sending end, and the PUE of the user's site."""

    price: float  # electricity [USD/MWh]
    carbon: float  # electricity [kg/MWh]
    carbon_price: float  # [USD/t]
    egress_price: float  # the same in both directions [USD/GB]
    pue_source: float  # facility energy per IT energy [-]
    pue_user: float  # [-]


def sending_end(
    source, price, carbon, carbon_signal, carbon_price, egress_price, pue_source, pue_user, price_scope, tables_dir=None
) -> SendingEnd:
    """Make a sending end; values that are None come from a region of ``data/regions.csv``, of any tier.

    Without `pue_user` the user's site has the PUE of the sending end.

    Raises
    ------
    GeofrontError
        If the region or signal is unknown, or a value is missing or out of range.
    """
    if carbon_signal not in CARBON_SIGNAL:
        raise GeofrontError(f"carbon_signal={carbon_signal!r} is unknown: use one of {', '.join(CARBON_SIGNAL)}")
    regions = loaders.regions(tier=None, tables_dir=tables_dir)
    if source not in regions.index:
        raise GeofrontError(f"source={source!r} is not a region: use one of {first_labels(regions.index)}")
    region = regions.loc[source]
    pue_source = region["pue"] if pue_source is None else pue_source
    end = SendingEnd(
        price=_price(regions.loc[[source]], price_scope) if price is None else price,
        carbon=region[CARBON_SIGNAL[carbon_signal].column] if carbon is None else carbon,
        carbon_price=check_carbon_price(carbon_price),
        egress_price=region["egress_usd_per_gb"] if egress_price is None else egress_price,
        pue_source=pue_source,
        pue_user=pue_source if pue_user is None else pue_user,
    )
    least = {"pue_source": 1, "pue_user": 1}
    bad = [name for name, value in vars(end).items() if not least.get(name, 0) <= value < math.inf]
    if bad:
        raise GeofrontError(
            f"sending end {source!r}: {first_labels(bad)} missing or out of range; pass numbers, at least 1 for PUE "
            "and at least 0 for all others."
        )
    return end


def _price(region: pd.DataFrame, price_scope: str) -> float:
    return (region["price_usd_per_mwh"] + loaders.delivered_adder(region, price_scope)).item()


def classes(workloads=None, tables_dir=None) -> pd.DataFrame:
    """Read and check a table in the layout of :func:`geofront.inputs.loaders.workloads`, the default.

    Raises
    ------
    GeofrontError
        If there is no class, or a value is missing or out of range.
    """
    table = loaders.workloads(tables_dir) if workloads is None else workloads
    table = table_reading.read_table(table, WORKLOAD, _COLUMNS)
    values = table[list(_COLUMNS)].replace({"latency_budget_ms": {np.inf: 0.0}})
    valid = ((abs(values) < np.inf) & (values >= 0)).all(axis=1) & (values["energy_wh_per_request"] > 0)
    if table.empty or not valid.all():
        raise GeofrontError(
            f"workloads {first_labels(table.index[~valid])}: values must be numbers from 0, and "
            "energy_wh_per_request above 0; correct them, and give at least one class."
        )
    return table


def served(workload: pd.Series, values: pd.Series, end: SendingEnd) -> dict:
    """Energy, cost and emissions of a megawatt-hour of a class served from the sending end.

    `values` come from :func:`geofront.quantities.hvdc_link.parameters`: the network, and multiples of the class's bytes
    and overhead and of the egress price.
    """
    executed = end.pue_source * (1 + values["overhead_multiple"] * workload["relocation_energy_overhead"])
    kilobytes = workload["upload_kb_per_request"] + workload["download_kb_per_request"]
    # A value in kB/Wh equals the value in GB/MWh.
    traffic = values["bytes_multiple"] * kilobytes / workload["energy_wh_per_request"]
    network = traffic * values["network_energy"] / 1000
    emissions = executed * end.carbon + network * values["network_carbon"]
    return {
        "delivered_share": end.pue_source / (executed + network),
        "electricity": executed + network,
        "traffic": traffic,
        "energy_cost": executed * end.price,
        "carbon_cost": carbon_cost(end.carbon_price, emissions),
        "link_cost": 0.0,
        "egress_cost": traffic * end.egress_price * values["egress_multiple"],
        "overhead_cost": values["overhead_multiple"] * workload["relocation_cost_usd_per_mwh"],
        "emissions": emissions,
    }


def latency_added(km, workload: pd.Series):
    """Latency in excess of local execution at some distances [ms]."""
    return _latency(modelled_rtt(km), workload) - _latency(INTRA_REGION_RTT, workload)


def in_time(km, workload: pd.Series, access_rtt: float):
    """Whether the latency at some distances [km] is within the class's budget."""
    return within_budget(_latency(modelled_rtt(km), workload, access_rtt), workload["latency_budget_ms"])


def _latency(rtt, workload: pd.Series, access_rtt: float = 0.0):
    return end_to_end(access_rtt, rtt, workload["round_trips"], workload["service_time_ms"])


def farthest(holds: Callable[[float], bool]) -> float | None:
    """Largest distance on Earth up to which a condition holds, by bisection [km]; None if it never does."""
    near, far = 0.0, HALF_CIRCUMFERENCE
    if not holds(near):
        return None
    if holds(far):
        return far
    while near < (middle := (near + far) / 2) < far:
        near, far = (middle, far) if holds(middle) else (near, middle)
    return far

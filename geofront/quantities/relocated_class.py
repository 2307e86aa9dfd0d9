"""A workload class executed at the sending end: what it takes and costs, how late it is and how far it reaches."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders
from geofront.inputs.geography import HALF_CIRCUMFERENCE, INTRA_REGION_RTT, modelled_rtt
from geofront.model.costs import carbon_cost
from geofront.model.feasibility import end_to_end, within_budget
from geofront.names import WORKLOAD
from geofront.quantities.sending_end import SendingEnd

_FIGURES = (
    "latency_budget_ms", "service_time_ms", "round_trips", "energy_wh_per_request", "upload_kb_per_request",
    "download_kb_per_request", "relocation_energy_overhead", "relocation_cost_usd_per_mwh",
)


def classes(workloads=None) -> pd.DataFrame:
    """A table like :func:`geofront.inputs.loaders.workloads`, which is the default, checked.

    Raises
    ------
    GeofrontError
        There is no class, or a figure is missing or out of range.
    """
    table = loaders.workloads() if workloads is None else workloads
    table = loaders.read_table(table, WORKLOAD, _FIGURES)
    figures = table[list(_FIGURES)]
    valid = (np.isfinite(figures) & (figures >= 0)).all(axis=1) & (figures["energy_wh_per_request"] > 0)
    if table.empty or not valid.all():
        raise GeofrontError(f"workloads {first_labels(table.index[~valid])}: figures must be numbers from 0, and "
                            "energy_wh_per_request above 0; correct them, and give one class or more.")
    return table


def served(workload: pd.Series, values: pd.Series, end: SendingEnd) -> dict:
    """What a megawatt-hour of a class served from the sending end takes, costs and emits; `values` of the network."""
    executed = end.pue_source * (1 + workload["relocation_energy_overhead"])
    kilobytes = workload["upload_kb_per_request"] + workload["download_kb_per_request"]
    # kB per Wh and GB per MWh are the same number.
    traffic = kilobytes / workload["energy_wh_per_request"]
    network = traffic * values["network_energy"] / 1000
    emissions = executed * end.carbon + network * values["network_carbon"]
    return {
        "delivered_share": end.pue_source / (executed + network),
        "electricity": executed + network,
        "traffic": traffic,
        "energy_cost": executed * end.price,
        "carbon_cost": carbon_cost(end.carbon_price, emissions),
        "link_cost": 0.0,
        "egress_cost": traffic * end.egress_price,
        "overhead_cost": workload["relocation_cost_usd_per_mwh"],
        "emissions": emissions,
    }


def latency_added(km, workload: pd.Series):
    """Latency beyond that of local execution at some distances [ms]."""
    return _latency(modelled_rtt(km), workload) - _latency(INTRA_REGION_RTT, workload)


def in_time(km, workload: pd.Series, access_rtt: float):
    """Whether the latency at some distances [km] is within the class's budget."""
    return within_budget(_latency(modelled_rtt(km), workload, access_rtt), workload["latency_budget_ms"])


def _latency(rtt, workload: pd.Series, access_rtt: float = 0.0):
    return end_to_end(access_rtt, rtt, workload["round_trips"], workload["service_time_ms"])


def farthest(holds: Callable[[float], bool]) -> float | None:
    """Largest distance on Earth up to which something holds, by bisection [km]; None where it never does."""
    near, far = 0.0, HALF_CIRCUMFERENCE
    if not holds(near):
        return None
    if holds(far):
        return far
    while near < (middle := (near + far) / 2) < far:
        near, far = (middle, far) if holds(middle) else (near, middle)
    return far

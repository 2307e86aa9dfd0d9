"""A workload class executed at the sending end: what it takes and costs, how late it is and how far it reaches."""

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders
from geofront.inputs.geography import HALF_CIRCUMFERENCE, INTRA_REGION_RTT, modelled_rtt
from geofront.names import WORKLOAD
from geofront.quantities.sending_end import SendingEnd

_FIGURES = (
    "latency_budget_ms", "service_time_ms", "round_trips", "energy_wh_per_request", "upload_kb_per_request",
    "download_kb_per_request", "relocation_energy_overhead", "relocation_cost_usd_per_mwh",
)


def classes(workloads=None) -> pd.DataFrame:
    """The table of workload classes, checked.

    Parameters
    ----------
    workloads : pandas.DataFrame or path, optional
        Indexed by ``workload`` like :func:`geofront.inputs.loaders.workloads`, which is the default.

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
        raise GeofrontError(
            f"workloads {first_labels(table.index[~valid])}: figures must be numbers from 0, and "
            "energy_wh_per_request above 0; correct them, and give one class or more."
        )
    return table


def served(workload: pd.Series, values: pd.Series, end: SendingEnd) -> dict:
    """What a megawatt-hour of IT energy served from the sending end takes, costs and emits.

    Parameters
    ----------
    workload : pandas.Series
        A row of :func:`classes`.
    values : pandas.Series
        What :func:`geofront.quantities.hvdc_link.parameters` returned; of it, the network's energy and carbon.
    end : SendingEnd
    """
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
        "carbon_cost": end.carbon_price * emissions / 1000,
        "link_cost": 0.0,
        "egress_cost": traffic * end.egress_price,
        "overhead_cost": workload["relocation_cost_usd_per_mwh"],
        "emissions": emissions,
    }


def latency(km, workload: pd.Series, access_rtt: float) -> dict:
    """Latency added over local execution at some distances [km], and whether the whole keeps within the budget."""
    network = workload["round_trips"] * modelled_rtt(km)
    total = access_rtt + network + workload["service_time_ms"]
    return {
        "latency_added": network - workload["round_trips"] * INTRA_REGION_RTT,
        "feasible": total <= workload["latency_budget_ms"],
    }


def reach(workload: pd.Series, access_rtt: float) -> float:
    """Largest distance within the latency budget, NaN if there is none [km]."""
    left = workload["latency_budget_ms"] - workload["service_time_ms"] - access_rtt
    nearest = modelled_rtt(0.0)
    if left < workload["round_trips"] * nearest:
        return np.nan
    if workload["round_trips"] == 0:
        return HALF_CIRCUMFERENCE
    km = (left / workload["round_trips"] - nearest) / (modelled_rtt(1.0) - nearest)
    return min(km, HALF_CIRCUMFERENCE)

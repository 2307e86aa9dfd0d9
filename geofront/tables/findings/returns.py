"""Findings about returns on latency and break-evens of relocation (notebook 08)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from geofront.names import TOLERANCE
from geofront.quantities.returns import returns
from geofront.tables.finding import Finding, failures
from geofront.tables.findings import frontier
from geofront.tables.policies import SIGNALS, span
from geofront.tables.returns import class_returns

NOTHING = 1e-6
"""Return on latency below which a class gains nothing [USD/MWh per ms]."""

_SAVED = {
    "nominal": "network_budget_ms",
    "flat": "nothing_gained_from_ms",
    "erl": "erl_usd_per_mwh_ms",
    "crl": "crl_kg_per_mwh_ms",
    "erl_steepest": "erl_steepest_usd_per_mwh_ms",
    "crl_steepest": "crl_steepest_kg_per_mwh_ms",
    "steepest_from": "steepest_from_ms",
    "steepest_to": "steepest_to_ms",
    "erl_beyond": "erl_beyond_usd_per_mwh_ms",
    "crl_beyond": "crl_beyond_kg_per_mwh_ms",
}
"""Names of the saved numbers, by name in :func:`geofront.tables.returns.class_returns`."""


def evaluated_at(budgets: Mapping[str, np.ndarray | None]) -> str:
    """As :func:`geofront.tables.findings.frontier.evaluated_at`, with what remains unknown about returns."""
    coarse = frontier.evaluated_at(budgets)
    unknown = " The steepest segment and the end of the returns are only known up to these budgets."
    return coarse + unknown if coarse else ""


def by_class(scenario: xr.Dataset, frontiers: Mapping[str, xr.Dataset], coarse: str = "") -> Finding:
    """What the milliseconds up to the nominal budget, and beyond it, save each class and do to emissions.

    Parameters
    ----------
    scenario : xarray.Dataset
    frontiers : mapping of str to xarray.Dataset
        Results of :func:`geofront.latency_frontier` by class.
    coarse : str
        Result of :func:`evaluated_at`.

    Returns
    -------
    Finding
        Returns on latency (ERL and CRL) in USD/MWh and kg/MWh per ms, budgets in ms, by class. It fails if returns grow
        along the hull of a frontier.
    """
    table = pd.DataFrame({workload: class_returns(scenario, each) for workload, each in frontiers.items()})
    signal = SIGNALS[next(iter(frontiers.values())).attrs["carbon_signal"]]
    erl, classes = 100 * table.loc["erl"].dropna(), list(table)
    idle = [workload for workload in classes if table.at["erl_beyond", workload] < NOTHING]
    dirty = [workload for workload in classes if table.at["crl", workload] < 0]
    at_nominal = ""
    if len(erl):
        best, worst = erl.idxmax(), erl.idxmin()
        everyone = f"class {best}" if len(erl) == 1 else "every class"
        ends = f"class {best} and {erl[worst]:.2g} in class {worst}"
        at_nominal = (
            f"Up to the nominal budget, a hundred milliseconds save {erl[best]:.1f} USD/MWh in "
            f"{everyone if best == worst else ends}. "
        )
    sentence = (
        f"{at_nominal}Twice the nominal network budget would save nothing more in {_of(idle, classes)}. Under the "
        f"{signal} signal the milliseconds up to the nominal budget add emissions in {_of(dirty, classes)}.{coarse}"
    )
    numbers = {saved: table.loc[name].dropna().to_dict() for name, saved in _SAVED.items()}
    numbers |= {
        "classes_that_gain_nothing_beyond": len(idle),
        "classes_that_emit_more": len(dirty),
        "classes": len(classes),
    }
    checks = {
        f"the returns of class {workload} grow along the hull": not (
            returns(each, hull=True).erl.diff() > TOLERANCE
        ).any()
        for workload, each in frontiers.items()
    }
    return Finding(sentence, numbers, failures(checks))


def _of(some: Sequence[str], classes: Sequence[str]) -> str:
    """How many of the classes, and which: ``2 of 4 classes (C, D)``."""
    noun = "class" if len(classes) == 1 else "classes"
    return f"{len(some)} of {len(classes)} {noun}" + (f" ({', '.join(some)})" if some else "")


def break_even(by_class: pd.DataFrame) -> Finding:
    """Which classes would gain by moving, the egress price at which they no longer do, and the stay that repays it.

    Parameters
    ----------
    by_class : pandas.DataFrame
        Result of :func:`geofront.break_even_by_class`.

    Returns
    -------
    Finding
        Shares of demand [%], egress prices [USD/GB] and stays [min] by class.
    """
    paying = (100 * by_class.paying_share).dropna().round(6)
    egress, dwell = by_class.break_even_egress.dropna(), 60 * by_class.dwell_time.dropna()
    numbers = {
        "paying_percent": paying.to_dict(),
        "break_even_egress_usd_per_gb": egress.to_dict(),
        "dwell_time_min": dwell.to_dict(),
    }
    least, most = paying.idxmin(), paying.idxmax()
    everyone = f"class {least}" if len(paying) == 1 else "every class"
    ends = f"class {least} and {paying[most]:.0f} % of class {most}"
    gain = f"{paying[least]:.0f} % of the demand of {everyone if least == most else ends}"
    price = ""
    if len(egress):
        low, high = egress.idxmin(), egress.idxmax()
        ends = f"ranges from {_price(egress[low])} USD/GB (class {low}) to {_price(egress[high])} (class {high})"
        one = f"is {_price(egress[low])} USD/GB"
        price = f"; the median break-even egress price {one if low == high else ends}"
    stay = ""
    if dwell.max() > 0:
        stay = f", and a stay of {span(dwell.min(), dwell.max(), 1, ' to ')} minutes repays the warm-up"
    return Finding(f"Without capacity limits, {gain} would gain by moving{price}{stay}.", numbers)


def _price(usd_per_gb: float) -> str:
    """Two significant digits, never an exponent for large prices."""
    return f"{float(f'{usd_per_gb:.2g}'):,g}".replace("-", "−")

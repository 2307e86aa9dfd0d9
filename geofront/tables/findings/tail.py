"""Findings about slow requests (notebook 17)."""

import pandas as pd

from geofront.names import TOLERANCE
from geofront.tables.cells import rounded
from geofront.tables.finding import Finding, failures

RELOCATED = "relocated:"
"""What precedes a class in the columns of relocated shares."""

_JITTERS = ["none", "median", "high"]


def at_measured_jitter(measured: pd.DataFrame, cases: pd.DataFrame) -> Finding:
    """What relocation saves, and what moves, at the jitter that was measured.

    Parameters
    ----------
    measured : pandas.DataFrame
        Result of ``tail_cases`` without jitter, at the median and at the 90th percentile of measured jitter: index
        ``none``, ``median`` and ``high``.
    cases : pandas.DataFrame
        Result of ``tail_cases`` at several values of jitter.

    Returns
    -------
    Finding
        Savings in USD/MWh, shares in per cent. It fails if more jitter saves more.
    """
    shares = 100 * measured.filter(like=RELOCATED).rename(columns=lambda name: name.removeprefix(RELOCATED))
    numbers = {
        "benefit_usd_per_mwh": measured.benefit.to_dict(),
        "relocated_percent": shares.to_dict(),
        "over_budget_percent": 100 * float(measured.over_budget["high"]),
    }
    sentence = f"{_saves(measured)} {_relocates(shares.iloc[:, 0])}"
    rises = cases.sort_values("jitter").benefit.diff().dropna()
    negligible = TOLERANCE * max(abs(measured.benefit["none"]), 1)
    return Finding(sentence, numbers, failures({"more jitter saves more": (rises < negligible).all()}))


def _saves(measured: pd.DataFrame) -> str:
    none, median, high = (rounded(each, 1) for each in measured.benefit[_JITTERS])
    middle, most = (f"{measured.jitter[name]:.2f}" for name in ("median", "high"))
    if none == median == high:
        return f"Relocation saves {none} USD/MWh up to the 90th percentile of measured jitter, {most}."
    return (
        f"With the median of measured jitter, {middle}, relocation saves {median} instead of {none} USD/MWh; with the "
        f"90th percentile, {most}, it saves {high}."
    )


def _relocates(shares: pd.Series) -> str:
    none, median, high = (f"{each:.0f}" for each in shares[_JITTERS])
    if none == median == high:
        return f"Class {shares.name} relocates {none} % with or without jitter."
    return f"Class {shares.name} relocates {median} and {high} instead of {none} %."

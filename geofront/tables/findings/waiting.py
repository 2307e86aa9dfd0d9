"""Findings about waiting and moving (notebook 13)."""

import pandas as pd
import xarray as xr

from geofront.names import CLIENT, HOUR, TOLERANCE, WEIGHT
from geofront.tables.cells import rounded
from geofront.tables.finding import Finding, failures

NEGLIGIBLE = 1e-7
"""Relative difference of savings that is left to rounding [-]."""


def with_others_at_home(savings: pd.DataFrame, workload: str) -> Finding:
    """What a class saves by waiting, by moving and by both, while the other classes stay at home.

    Parameters
    ----------
    savings : pandas.DataFrame
        Result of :func:`geofront.space_and_time` with ``others="home"``.
    workload : str
        Label of the class.

    Returns
    -------
    Finding
        Savings in USD/MWh, windows in hours. It fails if a result is not proved, or if waiting or moving costs money.
    """
    returns = savings.return_on_delay["time"]
    first, longest = returns.index[0], returns.index.max()
    saved = _by_way(savings.benefit, longest)
    saved["added"] = saved["both"] - saved["space"]
    numbers = {
        "longest_window_h": int(longest),
        "saving_usd_per_mwh": saved,
        "return_on_delay_usd_per_mwh_h": {str(window): value for window, value in returns.items()},
    }
    time, space, both, added = (rounded(each, 1) for each in saved.values())
    sentence = (
        f"Waiting for up to {longest} h saves class {workload} {time} USD/MWh, moving {space}, and both {both}: once "
        f"it moves, waiting adds {added}. An hour of the window is worth {rounded(returns[first], 2)} USD/MWh"
        + (f" up to {first} h and {rounded(returns[longest], 2)} up to {longest} h." if first != longest else ".")
    )
    return Finding(sentence, numbers, _failed(savings))


def with_others_moving(savings: pd.DataFrame) -> Finding:
    """What the system and a class save by moving and by waiting too, while the other classes move as well.

    Parameters
    ----------
    savings : pandas.DataFrame
        Result of :func:`geofront.space_and_time` with ``others="move"``.

    Returns
    -------
    Finding
        Savings in USD per MWh of the class. It fails as `with_others_at_home` does.
    """
    system, own = (_by_way(each, savings.loc["time"].index.max()) for each in (savings.benefit, savings.own_benefit))
    saved = {"space": system["space"], "own": own["space"], "both": system["both"], "own_both": own["both"]}
    space, own_space, both, own_both = (rounded(each, 1) for each in saved.values())
    displaces = ": it displaces others from cheap regions" if saved["own"] > saved["space"] else ""
    sentence = (
        f"If the other classes move too, moving saves the system {space} USD per MWh of the class and the class itself "
        f"{own_space}{displaces if own_space != space else ''}. If it moves and waits, the system saves {both} and the "
        f"class {own_both}."
    )
    return Finding(sentence, {"saving_with_others_usd_per_mwh": saved}, _failed(savings))


def of_emissions(savings: pd.DataFrame, signal: str) -> Finding:
    """Share of its emissions that a class avoids by waiting, by moving and by both.

    Parameters
    ----------
    savings : pandas.DataFrame
        Result of :func:`geofront.space_and_time` with ``objective="carbon"``.
    signal : str
        Carbon signal in sentences, such as ``"average"``.

    Returns
    -------
    Finding
        Shares in per cent. It fails as `with_others_at_home` does.
    """
    longest = savings.loc["time"].index.max()
    avoided = _by_way(savings.percent, longest)
    time, space, both = (rounded(each, 1) for each in avoided.values())
    saves = (
        f"waiting for up to {longest} h avoids {time} % of the emissions of the class, moving {space} %, and both "
        f"{both} %"
    )
    sentence = f"By {signal} carbon intensity, {saves if avoided['both'] == avoided['both'] else 'nothing is emitted'}."
    return Finding(sentence, {"emissions_percent": avoided}, _failed(savings))


def per_delay(scenario: xr.Dataset, savings: pd.DataFrame, compared: pd.DataFrame, workload: str) -> Finding:
    """What waiting saves per hour waited, and moving per millisecond of latency added.

    Parameters
    ----------
    scenario : xarray.Dataset
        A scenario in which only this class moves.
    savings : pandas.DataFrame
        Result of :func:`geofront.space_and_time` with ``others="home"``; its first window is compared.
    compared : pandas.DataFrame
        Result of :func:`geofront.compare` for this scenario: cases ``home`` and ``moved``.
    workload : str
        Label of the class.

    Returns
    -------
    Finding
        Minutes of waiting that save as much as a millisecond; none if nothing waits or moves. It fails if the
        placement saves something else than moving at once.
    """
    energy = (scenario.demand * scenario[WEIGHT]).sum((CLIENT, HOUR)).to_series()
    window, space = savings.loc["time"].index[0], savings.benefit["space", 0]
    waited_h = savings.mean_wait["time", window]
    added_ms = (compared.latency_mean["moved"] - compared.latency_mean["home"]) * energy.sum() / energy[workload]
    saved = (compared.cost["home"] - compared.cost["moved"]) / energy[workload]
    negligible = NEGLIGIBLE * compared.cost["home"] / energy[workload]
    failed = failures({"gf.place finds another saving than moving at once": abs(saved - space) <= negligible})
    if min(waited_h, added_ms) < TOLERANCE:
        return Finding("Nothing moves or nothing waits, so savings by delay cannot be compared.", {}, failed)
    per_ms, per_hour = space / added_ms, savings.benefit["time", window] / waited_h
    minutes = 60 * per_ms / per_hour
    sentence = (
        f"Moving adds {added_ms:,.0f} ms of latency on average and earns {per_ms:.2f} USD/MWh per millisecond. Waiting "
        f"for up to {window} h adds {waited_h:.1f} h and earns {per_hour:.1f} USD/MWh per hour: a millisecond of "
        f"latency earns as much as {_minutes(minutes)} of waiting."
    )
    return Finding(sentence, {"minutes_of_waiting_per_ms": minutes}, failed)


def _minutes(minutes: float) -> str:
    number = f"{minutes:,.0f}" if minutes >= 1 else f"{minutes:.1f}"
    return f"{number} minute{'s' if number != '1' else ''}"


def _by_way(savings: pd.Series, window: int) -> dict[str, float]:
    """Savings by waiting for a window, by moving at once and by both."""
    return {"time": savings["time", window], "space": savings["space", 0], "both": savings["both", window]}


def _failed(savings: pd.DataFrame) -> tuple[str, ...]:
    benefit, negligible = savings.benefit, NEGLIGIBLE * savings.benefit.max()
    checks = {
        "a saving is not proved": savings.gap.abs().max() <= TOLERANCE,
        "waiting costs something": (benefit["both"] >= benefit["space", 0] - negligible).all(),
        "moving costs something": (benefit["both"] >= benefit["time"] - negligible).all(),
    }
    return failures(checks)

"""Findings about a real year and the typical days that stand for it (notebook 09)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.names import TOLERANCE
from geofront.placement import totals
from geofront.tables.cells import rounded
from geofront.tables.finding import Finding, failures
from geofront.tables.foresight import WORST_DAYS, regret, worst_share
from geofront.tables.real_year import ALL, EVERY_HOUR, EXTREME

FITTED, AVERAGED = "Fitted typical days", "Averaged typical days"
"""Names of typical days in Table E1: fitted by harmonics, and averaged from the hours of the year."""

TYPICAL = 0.01
"""Share of the benefit up to which averaged days may miss something of stylized hours [-]."""

ROUNDING = 1e-12
"""Largest difference of two costs that counts as zero, relative to them [-]."""

NO_BENEFIT = 1e-6
"""Largest benefit that counts as none [USD/MWh]."""

EARNED = 0.001
"""Share of the benefit by which that of a timetable may differ from the typical days', because of summer time [-]."""


def missed_shares(days: pd.DataFrame, year: str) -> dict[str, float]:
    """Share of the benefit that typical days miss.

    Parameters
    ----------
    days : pandas.DataFrame
        Table E1, what :func:`geofront.tables.typical_days` returned for `FITTED`, `AVERAGED` and `year`.
    year : str
        Name of the year's hours.

    Returns
    -------
    dict of str to float
        By name of the typical days [-]; 0 if the year has no benefit.
    """
    benefit = days.loc[("All", ALL)]
    return {
        name: float((benefit[year] - benefit[name]) / benefit[year]) if benefit[year] > NO_BENEFIT else 0.0
        for name in (FITTED, AVERAGED)
    }


def of_typical_days(days: pd.DataFrame, year: str, source: str, *, are_real: bool) -> Finding:
    """How much of the benefit typical days miss.

    Parameters
    ----------
    days, year
        As in :func:`missed_shares`.
    source : str
        Description of the hours, such as ``8,760 real hours of 2023``.
    are_real : bool
        Whether they are real hours, not stylized ones.

    Returns
    -------
    Finding
        Benefits in USD/MWh of demand. It fails if averaged days show more than the year or miss something of typical
        hours, or if a benefit is outside its own range.
    """
    benefit, missed = days.loc[("All", ALL)], missed_shares(days, year)
    differences = days[year] - days[AVERAGED]
    most = {name: differences.loc[part].idxmax() for name, part in (("class", "Class"), ("home", "Home"))}
    home = days.loc[("Home", most["home"])]
    numbers = {
        "year": source,
        "benefit_usd_per_mwh": {"fitted": benefit[FITTED], "averaged": benefit[AVERAGED], "year": benefit[year]},
        "missed_percent": {"fitted": 100 * missed[FITTED], "averaged": 100 * missed[AVERAGED]},
        "most_missed": most,
    }
    sentence = (
        f"Over {source}, relocation saves {benefit[year]:.1f} USD/MWh. Typical days averaged from these hours show "
        f"{benefit[AVERAGED]:.1f} and miss {rounded(100 * missed[AVERAGED], 1)} % of it; fitted ones show "
        f"{benefit[FITTED]:.1f} and miss {rounded(100 * missed[FITTED], 1)} %. Averaged days miss most per MWh for "
        f"class {most['class']}, and among homes for {most['home']}: {home[AVERAGED]:.1f} instead of {home[year]:.1f} "
        f"USD/MWh ({home[f'{year}, least']:.1f} to {home[f'{year}, most']:.1f} at equal cost)."
    )
    if benefit[year] <= NO_BENEFIT:
        sentence = f"Over {source}, relocation saves nothing."
    small = TOLERANCE * benefit[year] + NO_BENEFIT
    checks = {
        "averaged typical days show more than the year": missed[AVERAGED] >= -TOLERANCE,
        "averaged typical days miss something of typical hours": are_real or missed[AVERAGED] <= TYPICAL,
        "a benefit is below its range": bool((days[f"{year}, least"] <= days[year] + small).all()),
        "a benefit is above its range": bool((days[year] <= days[f"{year}, most"] + small).all()),
    }
    return Finding(sentence, numbers, failures(checks))


def of_price_scopes(costs: Mapping[str, pd.DataFrame]) -> Finding:
    """What relocation saves by price scope.

    Parameters
    ----------
    costs : mapping of str to pandas.DataFrame
        Results of :func:`geofront.compare` for ``local`` and ``cheapest``, by price scope.

    Returns
    -------
    Finding
        Savings in USD/MWh of demand.
    """
    per_mwh = {scope: table.cost_per_mwh for scope, table in costs.items()}
    saved = {scope: float(cost["local"] - cost["cheapest"]) for scope, cost in per_mwh.items()}
    listed = " and ".join(
        f"{saved[scope]:.1f} of {cost['local']:.1f} USD/MWh by {scope} prices" for scope, cost in per_mwh.items()
    )
    return Finding(f"Over these hours relocation saves {listed}.", {"benefit_usd_per_mwh_by_price_scope": saved})


def of_extreme_hours(kinds: pd.DataFrame, days: pd.DataFrame, year: str, spike: float) -> Finding:
    """How much of the missed benefit belongs to hours with extreme prices.

    Parameters
    ----------
    kinds : pandas.DataFrame
        Table E2, what :func:`geofront.tables.kinds_of_hours` returned.
    days, year
        As in :func:`missed_shares`.
    spike : float
        Multiple of a region's annual mean above which a price is a spike [-].

    Returns
    -------
    Finding
        Shares in per cent. It fails if the timetable of Table E2 does not earn the benefit of the averaged days.
    """
    extreme = kinds.loc[EXTREME].sum()
    numbers = {
        "extreme_share_of_hours_percent": extreme["Share of hours"],
        "extreme_share_of_missed_percent": extreme["Share of what is missed"],
    }
    which = f"some region's price is below zero or above {spike:g} times its annual mean"
    sentence = (
        f"The {extreme['Share of hours']:.0f} % of hours in which {which} account for "
        f"{rounded(extreme['Share of what is missed'], 0)} % of the missed benefit."
        if extreme["Share of hours"] > 0
        else f"There is no hour in which {which}."
    )
    benefit = days.loc[("All", ALL)]
    earned = benefit[year] - kinds.loc[EVERY_HOUR, "Missed"]
    checks = {
        "the timetable does not earn the benefit of the averaged days": (
            abs(earned - benefit[AVERAGED]) <= EARNED * benefit[year] + NO_BENEFIT
        )
    }
    return Finding(sentence, numbers, failures(checks))


def of_foresight(results: Mapping[str, xr.Dataset], year: xr.Dataset) -> Finding:
    """What a forecast of prices is worth.

    Parameters
    ----------
    results : mapping of str to xarray.Dataset
        Results of :func:`geofront.rolling` by forecast, with ``yesterday``.
    year : xarray.Dataset
        Their scenario.

    Returns
    -------
    Finding
        Shares in per cent; None where nothing can be saved or regretted. It fails if a forecast beats perfect
        foresight.
    """
    yesterday = results["yesterday"]
    captured = {name: _percent(result.attrs["captured"]) for name, result in results.items()}
    too_low = 100 * (1 - float(yesterday.expected.sum() / yesterday.paid.sum()))
    share = _percent(worst_share(yesterday))
    numbers = {"captured_percent": captured, "expected_too_low_percent": too_low, "worst_days_percent_of_regret": share}
    share_captured = "no benefit" if captured["yesterday"] is None else f"{captured['yesterday']:.0f} % of the benefit"
    apart = f"{abs(too_low):.1f} % {'below' if too_low > 0 else 'above'} " if round(too_low, 1) else ""
    first = (
        f"With yesterday's prices, placements capture {share_captured}. Their expected cost is {apart}their real cost. "
    )
    days = year.hour.groupby(year.block).min().to_series()[regret(yesterday).index[:3]]
    named = ", ".join(f"{day.day} {day.month_name()}" for day in days)
    last = (
        "There is no regret."
        if share is None
        else f"The {WORST_DAYS} worst days account for {share:.0f} % of the regret; the worst are {named}."
    )
    checks = {
        f"the forecast {name!r} beats perfect foresight": bool(
            result.optimum.sum() - result.paid.sum() <= TOLERANCE * abs(result.paid.sum())
        )
        for name, result in results.items()
    }
    return Finding(first + last, numbers, failures(checks))


def of_imports(pays: pd.DataFrame, source: str) -> Finding:
    """Where and when importing load saves most.

    Parameters
    ----------
    pays : pandas.DataFrame
        What :func:`geofront.tables.when_importing_pays` returned.
    source : str
        Description of the hours.

    Returns
    -------
    Finding
        Savings in USD/MWh of the demand that may run in a region.
    """
    means = pays.groupby("region", sort=False).saving.mean()
    best = pays.loc[pays.saving.idxmax()]
    numbers = {"import_saving_usd_per_mwh": means.to_dict()}
    if best.saving <= 0:
        return Finding(f"Over {source}, importing load saves nothing anywhere.", numbers)
    month = pd.Timestamp(year=2000, month=int(best.month), day=1).month_name()
    sentence = (
        f"On average over {source}, importing load saves most in {means.index[0]} ({means.iloc[0]:.0f} USD/MWh) and "
        f"least in {means.index[-1]} ({means.iloc[-1]:.1f} USD/MWh). It saves most of all in {best.region} in {month} "
        f"at {best.hour}:00 UTC: {best.saving:.0f} USD/MWh."
    )
    return Finding(sentence, numbers)


def benefit_failures(
    benefits: Mapping[str, xr.Dataset], local: Mapping[str, xr.Dataset], placements: Mapping[str, xr.Dataset]
) -> tuple[str, ...]:
    """Check that the benefits of homes and classes add up to the saving.

    Parameters
    ----------
    benefits : mapping of str to xarray.Dataset
        Results of :func:`geofront.quantities.real_year.benefits` by the name of the hours.
    local, placements : mapping of str to xarray.Dataset
        All-local execution and the placements, by the same names.

    Returns
    -------
    tuple of str
        What is wrong; empty if all add up.
    """
    checks = {}
    for name, part in benefits.items():
        at_home = totals(local[name]).cost
        saved = at_home - totals(placements[name]).cost
        small = TOLERANCE * abs(saved) + ROUNDING * abs(at_home)
        checks[f"the parts of {name} do not add up"] = abs(float(part.benefit.sum()) - saved) <= small
    return failures(checks)


def _percent(share: float) -> float | None:
    return None if pd.isna(share) else 100 * float(share)

"""Error of typical days by class and home, and by kind of hour (Tables E1 and E2); hours in which importing pays."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, instance, mapping, table
from geofront.charts.titles import class_names, region_names
from geofront.names import HOUR, REGION, SERVICE, WEIGHT, WORKLOAD
from geofront.results import BENEFIT_RANGES, BENEFITS, result
from geofront.scenarios.alignment import aligned
from geofront.scenarios.validation import with_names
from geofront.tables.columns import by_month_and_hour, headed

ALL = "All demand"
EVERY_HOUR = "Every hour"

_PARTS = ("All", "Class", "Home")
_KIND_COLUMNS = {
    "hours": ("Hours", "h", 0),
    "hours_share": ("Share of hours", "%", 1),
    "benefit": ("Benefit", "USD/MWh", 2),
    "missed": ("Missed", "USD/MWh", 2),
    "missed_share": ("Share of what is missed", "%", 1),
}
"""Head, unit and decimals of the columns of Table E2."""

_KINDS = {
    "ordinary": "No extreme price anywhere",
    "negative price": "Price below zero somewhere",
    "spike": "Spike somewhere",
    "both": "Both",
}
EXTREME = [name for kind, name in _KINDS.items() if kind != "ordinary"]
"""Rows of Table E2 with some extreme price."""


@checked(
    scenario=with_names,
    benefits=mapping(result(BENEFITS), "benefits by the name of the hours"),
    ranges=result(BENEFIT_RANGES),
)
def typical_days(
    scenario: xr.Dataset, benefits: Mapping[str, xr.Dataset], ranges: xr.Dataset | None = None
) -> pd.DataFrame:
    """Make a table of the benefit of relocation with typical days and with the year, by class and by home (Table E1).

    Parameters
    ----------
    scenario : xarray.Dataset
        Scenario with the names of classes and regions.
    benefits : mapping of str to xarray.Dataset
        Results of :func:`geofront.quantities.real_year.benefits` by the name of the hours; the last two are typical
        days and the year for comparison.
    ranges : xarray.Dataset, optional
        Result of :func:`geofront.quantities.real_year.benefit_ranges` for the year.

    Returns
    -------
    pandas.DataFrame
        Index ``By`` and ``Demand``; homes in descending order of their demand. Share of the year's demand, benefit per
        MWh of that demand under each name, difference of the last two, and the least and the largest benefit in the
        year at equal cost. Units and decimals are in ``attrs``.
    """
    *_, typical, year = benefits
    parts = [_parts(each) for each in benefits.values()]
    demand = parts[-1].demand
    share = 100 * demand / demand[_PARTS[0]].iloc[0]
    # Rounded, so that the order of homes of equal demand does not depend on the last digit of a sum.
    table = pd.DataFrame({"Share of demand": share.round(9)})
    for name, part in zip(benefits, parts, strict=True):
        table[name] = part.benefit / part.demand
    table[f"Missed by {typical[:1].lower()}{typical[1:]}"] = table[year] - table[typical]
    if ranges is not None:
        for end in ("least", "most"):
            ends = {_PARTS[1]: ranges[f"class_{end}"].to_series(), _PARTS[2]: ranges[f"home_{end}"].to_series()}
            of_part = pd.concat(ends).reindex(table.index).fillna(parts[-1].benefit)
            table[f"{year}, {end}"] = of_part / demand
    homes = table.loc[[_PARTS[2]]].sort_values("Share of demand", ascending=False, kind="stable")
    table = pd.concat([table.loc[[_PARTS[0]]], table.loc[[_PARTS[1]]], homes])
    table = table.rename(index=class_names(scenario) | region_names(scenario), level=1)
    share, *others = table
    return headed(table, {share: (share, "%", 1)} | {name: (name, "USD/MWh", 2) for name in others})


def _parts(benefits: xr.Dataset) -> pd.DataFrame:
    """``benefit`` [USD/yr] and ``demand`` [MWh/yr] in total, by class and by home with demand."""
    benefits = benefits[["benefit", "demand"]]
    sums = {
        _PARTS[0]: benefits.sum().expand_dims(of=[ALL]),
        _PARTS[1]: benefits.sum(SERVICE).rename({WORKLOAD: "of"}),
        _PARTS[2]: benefits.sum(WORKLOAD).rename({SERVICE: "of"}),
    }
    table = pd.concat({part: each.to_dataframe() for part, each in sums.items()}, names=["By", "Demand"])
    return table[table.demand > 0]


@checked(missed=table(("hours", "demand", "benefit", "missed"), maker="real_year.missed_by_kind"))
def kinds_of_hours(missed: pd.DataFrame) -> pd.DataFrame:
    """Make a table of the benefit, and of the part that typical days miss, by kind of hour (Table E2).

    Parameters
    ----------
    missed : pandas.DataFrame
        Result of :func:`geofront.quantities.real_year.missed_by_kind`.

    Returns
    -------
    pandas.DataFrame
        Index ``Prices``, the last ``Every hour``. Hours, their share, benefit and missed benefit per MWh of demand in
        these hours (NaN if there are none), and share of the total missed benefit. Units and decimals are in
        ``attrs``.
    """
    sums = missed.rename(index=_KINDS).rename_axis("Prices")
    sums.loc[EVERY_HOUR] = sums.sum()
    demand = sums.demand.where(sums.demand > 0)
    table = pd.DataFrame(
        {
            "hours": sums.hours,
            "hours_share": 100 * sums.hours / sums.hours[EVERY_HOUR],
            "benefit": sums.benefit / demand,
            "missed": sums.missed / demand,
            "missed_share": 100 * sums.missed / sums.missed[EVERY_HOUR],
        }
    )
    return headed(table, _KIND_COLUMNS)


@checked(scenario=with_names, saving=instance(xr.DataArray, "pass what real_year.import_saving returned"))
def when_importing_pays(scenario: xr.Dataset, saving: xr.DataArray) -> pd.DataFrame:
    """Prepare :func:`~geofront.quantities.real_year.import_saving` for :func:`geofront.charts.pays_heatmap`.

    Columns are ``region``, in descending order of the mean, ``month``, ``hour`` and ``saving``.
    """
    saving = aligned(scenario, saving, REGION, HOUR)
    mean = saving.weighted(scenario[WEIGHT]).mean(HOUR).to_series()
    order = mean.sort_values(ascending=False).index
    return by_month_and_hour(scenario, saving.sel({REGION: order}), "saving", "Saving of load that may be imported")

"""How sure results are: bands of headlines (Table E7) and the worlds in which claims hold (Table E8)."""

from collections.abc import Iterable

import pandas as pd

from geofront.arguments import checked
from geofront.arguments import table as table_of
from geofront.tables.columns import headed

_BANDS = table_of(
    ("default", "p5", "p25", "p50", "p75", "p95"), ("outcome", "of", "title", "units", "usual"), maker="gf.bands"
)
_CLAIMS = table_of(
    ("finding", "share", "standard_error", "worlds"),
    ("claim", "sentence", "question", "default", "fails_where"),
    maker="gf.claims",
)
LIKELY = 2 / 3
"""Share of worlds below which a claim is worded as a question [-]."""

_PERCENTILES = {"p5": "5 %", "p25": "25 %", "p50": "Median", "p75": "75 %", "p95": "95 %"}


_SHORT = {
    "cheapest_cost_change": "Cost, cheapest",
    "cleanest_cost_change": "Cost, cleanest",
    "cheapest_carbon_change, marginal": "Emissions, cheapest, marginal",
    "cheapest_carbon_change, average": "Emissions, cheapest, average",
    "cheapest_carbon_change, ifi": "Emissions, cheapest, IFI",
    "cleanest_carbon_change": "Emissions, cleanest",
    "relocatable_share, realised": "Relocated share",
    "friction_loss": "Benefit lost to frictions",
    "friction_shares, capacity": "of that, capacity",
    "friction_shares, locality": "of that, locality",
    "friction_shares, legal": "of that, law",
}


def short_names(workloads: Iterable[str]) -> dict[str, str]:
    """Names of the headlines in per cent for :func:`geofront.charts.bands`, by outcome and labels, in their order.

    Parameters
    ----------
    workloads : iterable of str
        Labels of the classes, whose local shares come last.

    Returns
    -------
    dict of str to str
    """
    return _SHORT | {f"layer_shares, local, {workload}": f"Local share of {workload}" for workload in workloads}


@checked(table=_BANDS)
def bands(table: pd.DataFrame) -> pd.DataFrame:
    """Headlines with their percentiles over the worlds of an ensemble (Table E7).

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`geofront.bands` returned.

    Returns
    -------
    pandas.DataFrame
        Index ``Result``. The unit, the value that texts quote, if the table has it, and that of the default world, five
        percentiles, and whether the default lies between the 25th and the 75th. Each number has digits of its own.
    """
    results = [title(row.title, of) for (_, of), row in table.iterrows()]
    shown = table.assign(
        units=table.units.where(table.units != "1", "–"), usual=table.usual.map({True: "yes", False: "no"})
    )
    quoted = {"quoted": ("As quoted", "", None)} if "quoted" in shown else {}
    numbers = [*quoted, "default", *_PERCENTILES]
    shown[numbers] = shown[numbers].astype(object)
    columns = {
        "units": ("Unit", "", None),
        **quoted,
        "default": ("Default", "", None),
        **{name: (head, "", None) for name, head in _PERCENTILES.items()},
        "usual": ("Default in the middle half", "", None),
    }
    return headed(shown, columns).set_axis(pd.Index(results, name="Result"))


@checked(table=_CLAIMS)
def claim_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Claims with the share of worlds in which they hold, and where they fail (Table E8).

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`geofront.claims` returned.

    Returns
    -------
    pandas.DataFrame
        Index ``Claim``. The finding of the README, whether the claim holds in the default world, the share of worlds
        in which it holds with its standard error [%], their number, and where it fails. Units and decimals in
        ``attrs``.
    """
    shown = table.assign(
        share=100 * table.share,
        standard_error=100 * table.standard_error,
        default=table.default.map({True: "yes", False: "no"}),
        fails_where=table.fails_where.where(table.fails_where != "", "–"),
    )
    columns = {
        "finding": ("Finding", "", 0),
        "default": ("Holds by default", "", None),
        "share": ("Holds in worlds", "%", 0),
        "standard_error": ("Standard error", "%", 1),
        "worlds": ("Worlds", "", 0),
        "fails_where": ("Where it fails", "", None),
    }
    return headed(shown, columns).set_axis(pd.Index(table.sentence, name="Claim"))


def title(name: str, of: str) -> str:
    """Name of an outcome and the labels of its own dims in tables and figures."""
    return f"{name}, {of}" if of else name


@checked(table=_BANDS)
def nested(table: pd.DataFrame) -> dict:
    """Bands as nested mappings, for numbers that texts quote: by outcome, the labels of its own dims, and column."""
    columns = ["default", *_PERCENTILES]
    found: dict = {}
    for (outcome, of), row in table.iterrows():
        here = found.setdefault(outcome, {})
        for label in str(of).split(", ") if of else []:
            here = here.setdefault(label, {})
        here.update({name: float(row[name]) for name in columns})
    return found


@checked(table=_CLAIMS)
def sure(table: pd.DataFrame) -> dict[str, str]:
    """Sentences on the certainty of findings.

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`geofront.claims` returned.

    Returns
    -------
    dict of str to str
        By name, each claim with the share of worlds in which it holds; as a question where that is less than two
        thirds.
    """
    said = {}
    for row in table.itertuples():
        share = f"{percent(row.share)} % of {row.worlds:,.0f} worlds"
        sentence = str(row.sentence).rstrip(".")
        said[str(row.Index)] = f"{sentence}: in {share}." if row.share >= LIKELY else f"{row.question} In {share}."
    return said


def percent(share: float) -> int:
    """A share of worlds in per cent, of which only what always holds is 100, and only what never does is 0."""
    return round(100 * share) if share in (0, 1) else min(max(round(100 * share), 1), 99)

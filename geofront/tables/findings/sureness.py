"""Findings about the certainty of results (notebook 12)."""

import pandas as pd

from geofront.tables.cells import rounded
from geofront.tables.ensemble import LIKELY, nested, percent, sure, title
from geofront.tables.finding import Finding, failures

SURE = 0.9
"""Share of worlds from which a claim counts as sure [-]."""

_PERCENTILES = ["p5", "p25", "p50", "p75", "p95"]


def of_bands(bands: pd.DataFrame, worlds: int) -> Finding:
    """How far headlines vary over the worlds of an ensemble.

    Parameters
    ----------
    bands : pandas.DataFrame
        What :func:`geofront.bands` returned, of :data:`geofront.HEADLINES` and others.
    worlds : int
        Worlds of the headlines that could be solved [-].

    Returns
    -------
    Finding
        Numbers in the units of the outcomes. It fails if the percentiles of an outcome are not ordered.
    """
    unusual = int((~bands.usual).sum())
    cost, carbon, loss = (
        bands.loc[key]
        for key in (("cheapest_cost_change", ""), ("cheapest_carbon_change", "marginal"), ("friction_loss", ""))
    )
    numbers = {"bands": nested(bands), "unusual_defaults": unusual, "numbers_with_bands": len(bands)}
    sentence = (
        f"In {worlds:,} worlds the cheapest placement changes cost by {_span(cost)} % (5 to 95 % of worlds; default "
        f"{rounded(cost.default, 0)} %), emissions by the marginal signal by {_span(carbon, '+')} % (default "
        f"{rounded(carbon.default, 1, '+')} %), and frictions take {_span(loss)} % of the benefit (default "
        f"{rounded(loss.default, 0)} %). The default lies outside the middle half of worlds for {unusual} of "
        f"{len(bands)} numbers."
    )
    is_ordered = (bands[_PERCENTILES].diff(axis=1).iloc[:, 1:] >= 0).all(axis=1)
    checks = {f"percentiles of {title(*key)} are out of order": each for key, each in is_ordered.items()}
    return Finding(sentence, numbers, failures(checks))


def of_claims(claims: pd.DataFrame) -> Finding:
    """In how many worlds claims hold.

    Parameters
    ----------
    claims : pandas.DataFrame
        What :func:`geofront.claims` returned.

    Returns
    -------
    Finding
        Shares in per cent. It fails if a share is not between 0 and 1.
    """
    holding, doubtful = (claims.share >= SURE).sum(), claims[claims.share < LIKELY]
    numbers = {
        "sure": sure(claims),
        "claims": {
            name: {"percent": 100 * row.share, "standard_error_percent": 100 * row.standard_error}
            for name, row in claims.iterrows()
        },
        "claims_in_fewer_than_two_thirds": len(doubtful),
    }
    listed = "; ".join(
        f"{row.sentence.rstrip('.')} ({percent(row.share)} ± {100 * row.standard_error:.0f} %)"
        for row in doubtful.itertuples()
    )
    sentence = (
        f"Of {len(claims)} claims {holding or 'none'} {'holds' if holding == 1 else 'hold'} in nine worlds of ten or "
        f"more, and {len(doubtful) or 'none'} in fewer than two thirds" + (f": {listed}." if listed else ".")
    )
    checks = {f"the share of {name} is no share": 0 <= share <= 1 for name, share in claims.share.items()}
    return Finding(sentence, numbers, failures(checks))


def of_inputs(saving: pd.DataFrame, carbon: pd.DataFrame) -> Finding:
    """Which groups of inputs matter most.

    Parameters
    ----------
    saving, carbon : pandas.DataFrame
        What :func:`geofront.sensitivity` returned from a Saltelli design for the change of cost and for the change of
        emissions by the marginal signal.

    Returns
    -------
    Finding
        Total-order indices with their 95 % confidence intervals [-]; no numbers are saved. It fails if an index of the
        saving is further below zero than its confidence interval.
    """
    (first, *second), (of_carbon, *_) = _most(saving, "total-order index "), _most(carbon)
    sentence = (
        f"The saving depends most on {' and '.join([first, *second])}, the change of emissions by the marginal signal "
        f"on {of_carbon}."
    )
    ends = saving.total_order + saving.total_order_confidence
    checks = {f"the index of {group} is negative": end >= 0 for group, end in ends.items()}
    return Finding(sentence, {}, failures(checks))


def _span(row: pd.Series, sign: str = "") -> str:
    """The 5th to the 95th percentile."""
    return f"{rounded(row.p5, 0, sign)} to {rounded(row.p95, 0, sign)}"


def _most(indices: pd.DataFrame, index: str = "") -> list[str]:
    """The two groups with the largest total-order indices; the first index is introduced by a word."""
    return [
        f"{row.Index} ({'' if i else index}{rounded(row.total_order, 2)} ± {row.total_order_confidence:.2f})"
        for i, row in enumerate(indices.head(2).itertuples())
    ]

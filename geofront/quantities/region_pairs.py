"""Local purchase, lines and relocation for every pair of regions.

See "Physical transmission or digital relocation" in docs/model.md.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, choice, frame_or_path, several, text
from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders, table_paths
from geofront.inputs.geography import LAST_MILE, distance_matrix
from geofront.model.costs import carbon_cost, check_carbon_price
from geofront.names import CARBON_SIGNAL, CARBON_SIGNALS, WORKLOAD
from geofront.quantities.hvdc_link import CASES
from geofront.quantities.transmission import break_even_distance, transmission_or_relocation
from geofront.scenarios.schema import described

SOURCE, USER, OPTION = "source", "user", "option"
WAYS = ("local", "transmission", "relocation")
"""Kinds of options: electricity bought at the user's site, a line, requests moved to the source."""

_ATTRS = {
    "cost": ("USD/MWh", "Cost per IT energy served"),
    "distance": ("km", "Great-circle distance"),
    "break_even": ("km", "Break-even distance"),
    "reach": ("km", "Largest distance within the latency budget"),
}


@checked(
    regions=several(text),
    workloads=frame_or_path,
    hvdc=frame_or_path,
    case=choice(CASES),
    carbon_signal=choice(CARBON_SIGNALS),
    carbon_price=check_carbon_price,
    access_rtt=loaders.figure("access_rtt", "ms"),
    price_scope=text,
    tables_dir=table_paths.tables_folder,
)
def ways_by_pair(
    regions: Sequence[str] | None = None,
    *,
    workloads=None,
    hvdc=None,
    case="value",
    carbon_signal="marginal",
    carbon_price=0.0,
    access_rtt=LAST_MILE,
    price_scope="wholesale",
    tables_dir=None,
) -> xr.Dataset:
    """Compare ways to serve one MWh of inference: buy electricity locally, transmit it, or move the requests.

    Parameters
    ----------
    regions : sequence of str, optional
        Labels of ``data/regions.csv``; by default its core tier.
    workloads, hvdc, case, carbon_signal, carbon_price, access_rtt, price_scope, tables_dir
        As in :func:`geofront.transmission_or_relocation`.

    Returns
    -------
    xarray.Dataset
        Dims ``source`` (region of the electricity for lines and relocation) and ``user`` (region of the demand):

        - ``cost`` (option, source, user) [USD/MWh]: options are ``local``, the lines and the workload classes; NaN if
          source and user are the same.
        - ``feasible`` (option, source, user): within the class's latency budget.
        - ``distance`` (source, user) [km].
        - ``cheapest`` (workload, source, user): cheapest of `WAYS` within the latency budget; empty text if source and
          user are the same.
        - ``break_even`` (workload, line, source) [km] and ``reach`` (workload) [km]: as in
          :func:`geofront.break_even_distance`.

        Coords ``kind`` (one of `WAYS`) and ``label`` on ``option``, and ``name`` on ``source``.

    Raises
    ------
    GeofrontError
        If a region is unknown or lacks a value, or a parameter is out of range.

    Notes
    -----
    Every line may be built between every pair, even overhead lines across seas, which favours transmission.
    """
    table = loaders.regions(tier="core" if regions is None else None, tables_dir=tables_dir)
    labels = list(table.index if regions is None else regions)
    unknown = [label for label in labels if label not in table.index]
    if unknown or not labels:
        raise GeofrontError(
            f"unknown regions {first_labels(unknown)}: use one or more of {first_labels(table.index, 99)}."
        )
    table = table.loc[labels]
    terms = {
        "workloads": workloads,
        "hvdc": hvdc,
        "case": case,
        "carbon_signal": carbon_signal,
        "carbon_price": carbon_price,
        "access_rtt": access_rtt,
        "price_scope": price_scope,
        "tables_dir": tables_dir,
    }
    result = compared(table, **terms)
    result = result.assign_coords(name=(SOURCE, table.get("name", table.index).to_numpy(object)))
    limits = [break_even_distance(source=label, **terms) for label in labels]
    result["break_even"] = xr.concat([limit.break_even for limit in limits], SOURCE)
    result["reach"] = limits[0].reach
    return described(result, _ATTRS)


def compared(
    table: pd.DataFrame,
    *,
    carbon_signal: str = "marginal",
    carbon_price: float = 0.0,
    price_scope: str = "wholesale",
    **terms,
) -> xr.Dataset:
    """Costs of all ways for every pair of regions of a table, and the cheapest.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of regions, in the layout of ``data/regions.csv``.
    carbon_signal, carbon_price, price_scope, **terms
        As in :func:`ways_by_pair`.

    Returns
    -------
    xarray.Dataset
        ``cost``, ``feasible``, ``distance`` and ``cheapest`` of :func:`ways_by_pair`.
    """
    labels, km = list(table.index), distance_matrix(table, table, (SOURCE, USER))
    if len(labels) < 2:
        raise GeofrontError(f"regions: {first_labels(labels)} alone makes no pair; give two or more regions")
    needed = table[["price_usd_per_mwh", CARBON_SIGNAL[carbon_signal].column, "pue", "egress_usd_per_gb"]]
    missing = [f"{column!r} of {label!r}" for column in needed.columns for label in needed.index[needed[column].isna()]]
    if missing:
        raise GeofrontError(f"regions: no {', '.join(missing)}; give these values, or leave the regions out.")
    price = table.price_usd_per_mwh + loaders.delivered_adder(table, price_scope)
    carbon = table[CARBON_SIGNAL[carbon_signal].column]
    pue = xr.DataArray(table.pue, dims=USER, coords={USER: labels})
    terms |= {"carbon_price": carbon_price}
    from_sources = [
        _from_source(
            km.sel({SOURCE: label}),
            pue,
            terms
            | {
                "source": label,
                "price": float(price[label]),
                "carbon": float(carbon[label]),
                "pue_source": float(table.pue[label]),
                "egress_price": float(table.egress_usd_per_gb[label]),
            },
        )
        for label in labels
    ]
    paid = xr.DataArray(price + carbon_cost(carbon_price, carbon), dims=USER, coords={USER: labels})
    local = xr.Dataset({"cost": pue * paid * xr.ones_like(km), "feasible": xr.ones_like(km, bool)})
    local = local.expand_dims({OPTION: np.array([WAYS[0]], object)})
    local = local.assign_coords(kind=(OPTION, [WAYS[0]]), label=(OPTION, ["Bought locally"]))
    result = xr.concat([local, xr.concat(from_sources, SOURCE)], OPTION)
    result = result.assign_coords({SOURCE: labels, USER: labels})
    elsewhere = result[SOURCE] != result[USER]
    result = result.assign(cost=result.cost.where(elsewhere), distance=km)
    return result.assign(cheapest=_cheapest(result).where(elsewhere, ""))


def shares(cheapest: xr.DataArray) -> dict[str, float]:
    """Share of each of `WAYS` over all classes and pairs of different regions [%]."""
    pairs = float((cheapest != "").sum())
    return {way: 100 * float((cheapest == way).sum()) / pairs for way in WAYS}


def _from_source(km: xr.DataArray, pue: xr.DataArray, terms: dict) -> xr.Dataset:
    """Costs of lines and relocation from one source to all users, dims (option, user)."""
    # The cost of lines is proportional to the user's PUE; the cost of relocation does not depend on it.
    ways = transmission_or_relocation(km.values, pue_user=1.0, **terms)
    ways = ways[["cost", "feasible"]].rename(distance=USER).assign_coords({USER: km[USER].values})
    return ways.assign(cost=xr.where(ways.kind == WAYS[1], ways.cost * pue, ways.cost))


def _cheapest(ways: xr.Dataset) -> xr.DataArray:
    """Cheapest way within the latency budget by class and pair; the first of `WAYS` at equal cost."""
    in_time = ways.cost.where(ways.feasible, np.inf)
    classes = ways[OPTION].values[ways.kind.values == WAYS[2]]
    relocated = in_time.sel({OPTION: classes}).drop_vars(("kind", "label")).rename({OPTION: WORKLOAD})
    others = [in_time[ways.kind.values == way].min(OPTION) for way in WAYS[:2]]
    costs = xr.concat([other.broadcast_like(relocated) for other in others] + [relocated], "way")
    return xr.DataArray(np.array(WAYS, object), dims="way")[costs.fillna(np.inf).argmin("way")]

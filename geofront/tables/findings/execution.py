"""Findings about execution layers and near-optimal placements (notebook 06)."""

from collections.abc import Sequence

import xarray as xr

from geofront.names import LAYERS, TOLERANCE, WORKLOAD
from geofront.quantities.energy_oriented import BOUNDARIES, BY_CAUSE
from geofront.tables.finding import Finding, failures
from geofront.tables.policies import span

ENDS = ("least", "most")


def by_class(layers: xr.Dataset, energy_oriented: xr.Dataset, ranges: xr.Dataset) -> Finding:
    """Which part of each class runs at home, and which is energy-oriented by distance and by cause.

    Parameters
    ----------
    layers : xarray.Dataset
        Result of :func:`geofront.layers` for a placement of least cost.
    energy_oriented : xarray.Dataset
        Result of :func:`geofront.energy_oriented` for the same placement.
    ranges : xarray.Dataset
        Result of :func:`geofront.quantities.near_optimal.layer_ranges` for the same placement.

    Returns
    -------
    Finding
        Shares of demand [%] and ranges at equal cost, of classes with demand. It fails if layers do not add up to all
        demand, a range does not contain the placement's own share, or local shares are not unique.
    """
    local = 100 * layers.share.sel(layer=LAYERS[0]).to_series().dropna()
    classes, of_all = list(local.index), 100 * float(layers.share_of_all.sel(layer=LAYERS[0]))
    least, most = (100 * energy_oriented[end].to_pandas()[classes] for end in ENDS)
    spans = {
        name: _listed([span(*ends) for ends in zip(least.loc[name], most.loc[name], strict=True)])
        for name in least.index
    }
    growing = [
        name
        for name in least.index
        if (least.loc[name].iloc[1:].to_numpy() > most.loc[name].iloc[:-1].to_numpy()).all()
    ]
    far = f"beyond {layers.regional_rtt:g} ms"
    several = len(classes) > 1
    sentence = (
        _listed(
            [
                f"{share:.0f} % of {'' if number else 'class '}{name}"
                for number, (name, share) in enumerate(local.items())
            ]
        )
        + " run at home"
        + (f", {of_all:.0f} % of all demand. From {classes[0]} to {classes[-1]}, " if several else ". Of this class, ")
        + f"{spans[far]} % run {far}, and {spans[BY_CAUSE]} % pass a nearer region with room because that costs more; "
        "ranges are what equal cost leaves open."
    )
    if several:
        by = f"{_listed(growing)}, the share grows" if growing else "by no definition does the share grow"
        sentence += f" {by[0].upper()}{by[1:]} from class to class, whichever of these placements is chosen."
    numbers = {
        "local_shares_percent": local.to_dict(),
        "at_home_percent": of_all,
        "energy_oriented_percent": {
            _key(name): {each: {"least": least.at[name, each], "most": most.at[name, each]} for each in classes}
            for name in least.index
        },
        "energy_oriented_spans": {_key(name): text for name, text in spans.items()},
        "boundaries_ms": list(BOUNDARIES),
        "regional_rtt_ms": layers.regional_rtt,
    }
    total = layers.share.sum("layer", skipna=False).dropna(WORKLOAD)
    below, above = ranges.least > layers.share + TOLERANCE, layers.share > ranges.most + TOLERANCE
    width = (ranges.most - ranges.least).sel(layer=LAYERS[0])
    checks = {
        "the layers do not add up to all demand": not (abs(total - 1) >= 1e-9).any(),
        "a share is outside its range at equal cost": not (below | above).any(),
        "local shares are not unique": not (width >= TOLERANCE).any(),
    }
    return Finding(sentence, numbers, failures(checks))


def _key(definition: str) -> str:
    return definition.replace(" ", "_")


def _listed(texts: Sequence[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def within_slack(near_optimal: xr.Dataset, workload: str) -> Finding:
    """What placements that cost a little more leave open.

    Parameters
    ----------
    near_optimal : xarray.Dataset
        Result of :func:`geofront.near_optimal` with the quantities ``Emissions`` and the class's share ``… at home``;
        the first slack is zero.
    workload : str
        The class.

    Returns
    -------
    Finding
        Share at home [%] and emissions [kg/MWh] by slack. It fails if a bound does not prove an end of a range.
    """
    ends = near_optimal[[*ENDS]].to_array("end").transpose("quantity", "slack", "end")
    at_home, carbon = 100 * ends.sel(quantity=f"{workload} at home").values, ends.sel(quantity="Emissions").values
    slacks = 100 * near_optimal.slack.values
    sentence = " ".join(
        f"With {slack:g} % of cost to spare, {span(*home)} % of class {workload} run at home, and {span(*emitted)} "
        "kg/MWh are emitted."
        for slack, home, emitted in zip(slacks[1:], at_home[1:], carbon[1:], strict=True)
    )
    numbers = {
        "slack_percent": slacks.tolist(),
        "near_optimal_at_home_percent": at_home.tolist(),
        "near_optimal_carbon_kg_per_mwh": carbon.tolist(),
    }
    missed = {end: abs(near_optimal[f"{end}_bound"] - near_optimal[end]) for end in ENDS}
    size = {end: abs(near_optimal[end]).where(near_optimal[end] != 0, 1.0) for end in ENDS}
    checks = {
        f"the bound does not prove the {end} value": not (missed[end] >= TOLERANCE * size[end]).any() for end in ENDS
    }
    return Finding(sentence, numbers, failures(checks))

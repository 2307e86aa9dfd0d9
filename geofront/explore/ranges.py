"""How far the shares of the layers can move at equal cost."""

import threading

import xarray as xr

from geofront.names import LAYERS, WORKLOAD
from geofront.quantities.near_optimal import near_optimal

Ranges = dict[tuple[str, str], tuple[float, float]]
"""Least and largest share [-] by layer and class, or ``"all"`` of them."""


def share_ranges(scenario: xr.Dataset, placement: xr.Dataset, cancel: threading.Event) -> Ranges:
    """Least and largest share of each layer among all placements of least cost."""
    names = {layer: (layer, "all") for layer in LAYERS}
    names |= {f"{layer}:{label}": (layer, str(label)) for layer in LAYERS for label in scenario[WORKLOAD].values}
    found = near_optimal(scenario, placement, quantities=list(names), slack=0, cancel=cancel)
    least, most = (found[end].values[:, 0].clip(0, 1) for end in ("least", "most"))
    return dict(zip(names.values(), zip(least, most, strict=True), strict=True))

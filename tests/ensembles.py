"""Ensembles made by hand, and tables of uncertain inputs."""

import numpy as np
import pandas as pd
import xarray as xr

import geofront as gf
from geofront.quantities.designs import design

COLUMNS = [
    "input",
    "label",
    "group",
    "table",
    "columns",
    "rows",
    "change",
    "distribution",
    "low",
    "mode",
    "high",
    "source",
    "confidence",
]
UNIT = {"low": 0.0, "mode": 0.5, "high": 1.0}


def row(
    name="x",
    table="regions",
    columns="price_usd_per_mwh",
    rows="",
    change="multiply",
    distribution="uniform",
    low=0.0,
    mode=1.0,
    high=2.0,
) -> dict:
    """One uncertain input."""
    values = (name, name, "", table, columns, rows, change, distribution, low, mode, high, "test", "estimated")
    return dict(zip(COLUMNS, values, strict=True))


def inputs(*rows) -> pd.DataFrame:
    return gf.uncertainty(pd.DataFrame(rows))


def made(sampler, samples, outcome, *rows, seed=0) -> xr.Dataset:
    """An ensemble whose one outcome ``y`` is a function of the values of the inputs, shape (sample, input)."""
    table = inputs(*rows)
    quantiles, values = design(table, sampler, samples, seed)
    default = outcome(table["mode"].to_numpy(float)[None])[0]
    return xr.Dataset(
        {
            "y": ("sample", outcome(values)),
            "default_y": default,
            "input_value": (("sample", "input"), values),
            "quantile": (("sample", "input"), quantiles),
        },
        {
            "sample": np.arange(len(values)),
            "input": list(table.index),
            "error": ("sample", np.full(len(values), "", object)),
            "label": ("input", np.array(table.label, object)),
            "group": ("input", np.array([each.group or name for name, each in table.iterrows()], object)),
            "change": ("input", np.array(table.change, object)),
        },
        {"sampler": sampler, "seed": seed, "options": "{}", "failed": 0},
    )


def linear(values):
    return 3 * values[:, 0] + 4 * values[:, 1]

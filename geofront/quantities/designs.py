"""Designs of an ensemble: the values of the uncertain inputs in its worlds."""

import numpy as np
import pandas as pd

from geofront.errors import GeofrontError
from geofront.quantities.uncertain_inputs import values_at

SAMPLERS = ("sobol", "latin", "saltelli", "morris", "one-at-a-time")

ENDS = (0.05, 0.95)
"""Quantiles of an input in the design ``one-at-a-time`` [-]."""


def design(inputs: pd.DataFrame, sampler: str, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Worlds as quantiles and values of the inputs.

    Parameters
    ----------
    inputs : pandas.DataFrame
        From :func:`geofront.uncertainty`.
    sampler : {"sobol", "latin", "saltelli", "morris", "one-at-a-time"}
        See :func:`geofront.ensemble`.
    samples : int
        Number of worlds; the designs ``saltelli`` and ``morris`` take as many as they can use, and ``one-at-a-time``
        always takes two for each input.
    seed : int

    Returns
    -------
    quantiles, values : numpy.ndarray
        Shape (sample, input). Quantiles are not a number where an input has its default value.

    Raises
    ------
    GeofrontError
        The sampler is unknown, or there are too few samples for it.
    """
    if sampler not in SAMPLERS:
        raise GeofrontError(f"sampler={sampler!r} is unknown: use one of {', '.join(SAMPLERS)}")
    if samples < 1 or inputs.empty:
        raise GeofrontError(
            f"an ensemble needs one sample or more and one uncertain input or more, not {samples} and {len(inputs)}"
        )
    if sampler == "one-at-a-time":
        return _one_at_a_time(inputs)
    quantiles = _quantiles(inputs, sampler, samples, seed)
    return quantiles, values_at(inputs, quantiles)


def problem(inputs: pd.DataFrame) -> dict:
    """The inputs as SALib describes them, as quantiles in groups."""
    return {
        "num_vars": len(inputs),
        "names": list(inputs.index),
        "bounds": [[0.0, 1.0]] * len(inputs),
        "groups": groups(inputs),
    }


def groups(inputs: pd.DataFrame) -> list[str]:
    """The group of each input, or the input itself where it has none."""
    return [row.group or str(name) for name, row in inputs.iterrows()]


def _quantiles(inputs: pd.DataFrame, sampler: str, samples: int, seed: int) -> np.ndarray:
    from SALib.sample import latin, morris, sobol
    from scipy.stats import qmc

    described = problem(inputs)
    count = len(set(described["groups"]))
    if sampler == "sobol":
        # A whole power of two is balanced; the first ones of it are the same for any number of samples.
        return qmc.Sobol(len(inputs), rng=seed).random_base2(int(np.ceil(np.log2(samples))))[:samples]
    if sampler == "latin":
        return latin.sample({**described, "groups": None}, samples, seed=seed)
    runs = count + (2 if sampler == "saltelli" else 1)
    if samples < 2 * runs:
        raise GeofrontError(
            f"sampler={sampler!r} needs at least {2 * runs} samples for {count} groups of inputs, not {samples}"
        )
    if sampler == "saltelli":
        base = 2 ** int(np.log2(samples // runs))
        return sobol.sample(described, base, calc_second_order=False, seed=seed)
    return morris.sample(described, samples // runs, seed=seed)


def _one_at_a_time(inputs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    count = len(inputs)
    values = np.repeat(inputs["mode"].to_numpy(float)[None], 2 * count, axis=0)
    quantiles = np.full_like(values, np.nan)
    for end, quantile in enumerate(ENDS):
        at = values_at(inputs, np.full((1, count), quantile))[0]
        rows = np.arange(count) * 2 + end
        quantiles[rows, np.arange(count)] = quantile
        values[rows, np.arange(count)] = at
    return quantiles, values

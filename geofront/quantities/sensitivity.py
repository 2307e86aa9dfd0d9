"""Which uncertain inputs matter: Sobol indices and elementary effects by SALib, and one input at a time."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, either, number, text, whole
from geofront.errors import GeofrontError
from geofront.quantities.designs import ENDS
from geofront.quantities.ensemble import INPUT, SAMPLE, outcome_of
from geofront.results import ENSEMBLE, result

_OUTCOME = either(xr.DataArray, lambda values, _: values, text)

_INDICES = {
    "saltelli": {
        "S1": "first_order",
        "S1_conf": "first_order_confidence",
        "ST": "total_order",
        "ST_conf": "total_order_confidence",
    },
    "morris": {"mu_star": "mean_effect", "mu_star_conf": "mean_effect_confidence", "sigma": "spread_of_effects"},
}


@checked(ensemble=result(ENSEMBLE), outcome=_OUTCOME, seed=whole(least=0, most=2**32 - 1))
def sensitivity(ensemble: xr.Dataset, outcome: str | xr.DataArray, *, seed: int = 0) -> pd.DataFrame:
    """Sensitivity indices of an outcome by group of inputs.

    Parameters
    ----------
    ensemble : xarray.Dataset
        What :func:`geofront.ensemble` returned with ``sampler="saltelli"`` or ``"morris"``.
    outcome : str or xarray.DataArray
        Name of an outcome without dims of its own, or values with the one dim ``sample``.
    seed : int
        Of the resampling for the confidence intervals.

    Returns
    -------
    pandas.DataFrame
        Index ``group``, the largest first. From a Saltelli design: ``first_order`` and ``total_order``, shares of the
        outcome's variance [-], each with the half-width of its 95 % confidence interval as ``…_confidence``. From a
        Morris design: ``mean_effect``, ``mean_effect_confidence`` and ``spread_of_effects``, in the outcome's unit.

    Raises
    ------
    GeofrontError
        Another sampler, an outcome with further dims, or one that does not vary.

    Notes
    -----
    Inputs of one group move together. Failed worlds take the other worlds of their base point with them.

    References
    ----------
    Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018; Morris 1991, doi:10.2307/1269043; as implemented in SALib.
    """
    from SALib.analyze import morris, sobol

    sampler = ensemble.attrs["sampler"]
    if sampler not in _INDICES:
        raise GeofrontError(f"indices need an ensemble with sampler='saltelli' or 'morris', not {sampler!r}")
    values = _values(ensemble, outcome)
    names = list(dict.fromkeys(ensemble.group.values))
    runs = len(names) + (2 if sampler == "saltelli" else 1)
    if len(values) % runs:
        raise GeofrontError(f"the ensemble has {len(values)} samples, not whole groups of {runs}: pass all of them")
    solved = np.isfinite(values).reshape(-1, runs).all(axis=1)
    kept = np.repeat(solved, runs)
    values = values[kept]
    if not len(values) or np.ptp(values) == 0:
        raise GeofrontError("the outcome is the same in all worlds that could be solved, so no input matters")
    described = {
        "num_vars": ensemble.sizes[INPUT],
        "names": list(ensemble[INPUT].values),
        "bounds": [[0.0, 1.0]] * ensemble.sizes[INPUT],
        "groups": list(ensemble.group.values),
    }
    seed += 1  # SALib does not seed its bootstrap if the seed is 0.
    if sampler == "saltelli":
        found = sobol.analyze(described, values, calc_second_order=False, seed=seed)
    else:
        if "quantile" not in ensemble:
            raise GeofrontError("the ensemble lacks 'quantile', which elementary effects need: pass it as it was made")
        found = morris.analyze(described, ensemble["quantile"].values[kept], values, seed=seed)
    columns = {column: np.asarray(found[key], float) for key, column in _INDICES[sampler].items()}
    table = pd.DataFrame(columns, index=pd.Index(names, name="group"))
    return table.sort_values("total_order" if sampler == "saltelli" else "mean_effect", ascending=False)


@checked(ensemble=result(ENSEMBLE), outcome=_OUTCOME, default=number())
def tornado(ensemble: xr.Dataset, outcome: str | xr.DataArray, default: float | None = None) -> pd.DataFrame:
    """Outcome with one input at a time at its 5th and its 95th percentile.

    Parameters
    ----------
    ensemble : xarray.Dataset
        What :func:`geofront.ensemble` returned with ``sampler="one-at-a-time"``.
    outcome : str or xarray.DataArray
        As for :func:`sensitivity`.
    default : float, optional
        The outcome in the default world; by default the ensemble's value, which needs the outcome's name.

    Returns
    -------
    pandas.DataFrame
        Index ``input``, the largest swing first. ``label`` and ``group``; ``low`` and ``high``, the input's values;
        ``at_low``, ``at_high`` and ``default``, the outcome's; ``swing``, the largest of the three less the smallest.

    Raises
    ------
    GeofrontError
        Another sampler, an outcome with further dims, or no default.
    """
    if ensemble.attrs["sampler"] != "one-at-a-time":
        raise GeofrontError(
            f"a tornado needs an ensemble with sampler='one-at-a-time', not {ensemble.attrs['sampler']!r}"
        )
    count = ensemble.sizes[INPUT]
    if ensemble.sizes[SAMPLE] != len(ENDS) * count:
        raise GeofrontError(f"the ensemble has not {len(ENDS)} samples for each of {count} inputs: pass all of them")
    values = _values(ensemble, outcome).reshape(-1, len(ENDS))
    if default is None:
        if not isinstance(outcome, str):
            raise GeofrontError("a tornado of values needs their value in the default world: pass default=…")
        default = float(ensemble[f"default_{outcome}"])
    at = ensemble.input_value.values.reshape(count, len(ENDS), count)[np.arange(count), :, np.arange(count)]
    table = pd.DataFrame(
        {
            "label": ensemble.label.values,
            "group": ensemble.group.values,
            "low": at[:, 0],
            "high": at[:, 1],
            "at_low": values[:, 0],
            "at_high": values[:, 1],
            "default": default,
        },
        index=pd.Index(ensemble[INPUT].values, name=INPUT),
    )
    ends = table[["at_low", "at_high", "default"]]
    return table.assign(swing=ends.max(axis=1) - ends.min(axis=1)).sort_values("swing", ascending=False)


def _values(ensemble: xr.Dataset, outcome: str | xr.DataArray) -> np.ndarray:
    values = outcome_of(ensemble, outcome)
    if values.dims != (SAMPLE,):
        raise GeofrontError(
            f"the outcome has dims {', '.join(map(str, values.dims))}: select one value a sample, for example "
            "ensemble.cheapest_carbon_change.sel(signal='marginal')"
        )
    return values.values.astype(float)

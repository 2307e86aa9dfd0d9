"""How much the price of each region rises with load."""

import numpy as np
import pandas as pd
import xarray as xr

from geofront.arguments import checked, number
from geofront.inputs import loaders, table_paths
from geofront.names import HOUR, REGION, WEIGHT
from geofront.quantities.hvdc_link import HOURS_PER_YEAR
from geofront.scenarios.validation import admitted


@checked(scenario=admitted, percent=number("percent", least=0, most=1000), tables_dir=table_paths.tables_folder)
def price_slopes(scenario: xr.Dataset, percent: float = 1.0, *, tables_dir=None) -> pd.DataFrame:
    """Slope of each region's price: a percentage of its mean per percent of the zone's load.

    Parameters
    ----------
    scenario : xarray.Dataset
    percent : float
        Rise of the price, in percent of its mean, per percent of the zone's mean load. An assumption.
    tables_dir : str or path, optional
        Folder with your own ``zones.csv``.

    Returns
    -------
    pandas.DataFrame
        Index ``region``; ``slope`` [USD/MWh per MW] and ``zone_load``, the mean load of the zone [MW]. The price of
        regions that are not in ``zones.csv`` does not respond: slope 0, infinite zone load.

    Raises
    ------
    GeofrontError
        Invalid scenario.

    Notes
    -----
    See "Prices that respond" in docs/model.md. Loads: ``data/zones.csv``. No slope is estimated by regression, because
    the hourly files have prices but no loads.
    """
    zones = loaders.zones(tables_dir).consumption_twh
    load = zones.reindex(scenario[REGION].values) * 1e6 / HOURS_PER_YEAR
    mean = scenario.price.weighted(scenario[WEIGHT]).mean(HOUR).to_series().clip(lower=0.0)
    slopes = pd.DataFrame({"slope": percent * mean / load, "zone_load": load}).rename_axis(REGION)
    return slopes.fillna({"slope": 0.0, "zone_load": np.inf})

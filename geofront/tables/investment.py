"""What relocation saves of operation and of capital (Table E10)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping
from geofront.names import REGION
from geofront.results import INVESTMENT, result
from geofront.tables.columns import headed

_COLUMNS = {
    "energy_benefit": ("Saving in operation", "USD/MWh", 1),
    "capital_benefit": ("Saving in capital", "USD/MWh", 1),
    "local_live": ("On if all at home", "MW", 0),
    "live": ("On", "MW", 0),
    "built": ("Built", "MW", 0),
    "relocated_share": ("Relocated", "%", 0),
    "rent": ("Largest worth of a MW", "1000 USD/yr", 0),
}


@checked(results=mapping(result(INVESTMENT), "what gf.invest returned, by case"))
def investment(results: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """What relocation saves of operation and of capital, by case and capital cost (Table E10).

    Parameters
    ----------
    results : mapping of str to xarray.Dataset
        Results of :func:`geofront.invest`, by case.

    Returns
    -------
    pandas.DataFrame
        Index ``Case`` and ``Capital`` [million USD/MW/yr]; capacities are sums over regions.
    """
    return headed(pd.concat({name: _rows(each) for name, each in results.items()}, names=["Case"]), _COLUMNS)


def _rows(result: xr.Dataset) -> pd.DataFrame:
    rows = result[["energy_benefit", "capital_benefit"]].assign(
        {name: result[name].sum(REGION) for name in ("local_live", "live", "built")}
        | {"relocated_share": 100 * result.relocated_share, "rent": result.rent.max(REGION) / 1000}
    )
    index = "Capital [million USD/MW/yr]"
    return rows.to_dataframe().rename(index=lambda cost: f"{cost / 1e6:.3g}").rename_axis(index)

"""What the explorer shows, as a table and as a link that saves it."""

import base64

import pandas as pd
import xarray as xr

from geofront.arguments import checked, instance
from geofront.explore.explorer import Explorer
from geofront.explore.reading import Reading
from geofront.explore.settings import Settings
from geofront.inputs.text_files import guarded
from geofront.names import LAYERS, REGION, SERVICE

COLUMNS = ("quantity", "class", "home", "region", "network_budget_ms", "value", "least", "most", "units")


@checked(
    explorer=instance(Explorer, "make one with geofront.explore.Explorer()"),
    settings=instance(Settings, "make some with geofront.explore.Settings(…)"),
    reading=instance(Reading, "pass what Explorer.reading returned"),
)
def table(explorer: Explorer, settings: Settings | None = None, reading: Reading | None = None) -> pd.DataFrame:
    """All numbers of the picture, one a row.

    Parameters
    ----------
    explorer : Explorer
    settings : Settings, optional
        By default the present ones.
    reading : Reading, optional
        By default that of the optimal placement at these settings.

    Returns
    -------
    pandas.DataFrame
        Columns ``quantity``, ``class`` (``all``, or of a class), ``home``, ``region``, ``network_budget_ms`` (along
        the frontier), ``value``, ``least`` and ``most`` (range at equal cost, once it is computed), ``units``. Flows
        are means over the year.
    """
    settings = settings or explorer.settings
    reading = reading or explorer.reading(settings)
    rows = []
    for number, workload in enumerate(["all", *explorer.classes]):
        part = reading if workload == "all" else reading.of([number - 1])
        totals = {
            ("cost", "USD/MWh"): part.cost_per_mwh,
            ("all-local cost", "USD/MWh"): part.local_cost_per_mwh,
            ("emissions", "kg/MWh"): part.carbon_per_mwh,
            ("all-local emissions", "kg/MWh"): part.local_carbon_per_mwh,
            ("demand", "MWh"): part.demand.sum(),
        }
        rows += [
            {"quantity": name, "class": workload, "value": value, "units": units}
            for (name, units), value in totals.items()
        ]
        ranges = explorer.ranges_if_known(settings)
        for layer, share in zip(LAYERS, part.share @ part.demand / part.demand.sum(), strict=True):
            least, most = ranges.get((layer, workload), (None, None))
            row = {"quantity": f"{layer} share", "class": workload, "value": share, "least": least, "most": most}
            rows.append(row | {"units": "1"})
    rows += [
        {"quantity": "cost", "class": "all", "network_budget_ms": budget, "value": at.cost_per_mwh, "units": "USD/MWh"}
        for budget, at in explorer.frontier(settings).items()
    ]
    scenario = explorer.scenario(settings)
    flow = xr.DataArray(
        reading.flow, {SERVICE: scenario[SERVICE].values, REGION: scenario[REGION].values, "class": explorer.classes}
    )
    flows = flow.to_series().rename_axis(index={SERVICE: "home"}).rename("value").reset_index()
    flows = flows[flows.value > 0].assign(quantity="flow", units="MW")
    return pd.concat([pd.DataFrame(rows), flows]).reindex(columns=COLUMNS).reset_index(drop=True)


def download_link(explorer: Explorer, settings: Settings, reading: Reading) -> str:
    """HTML of a link that saves the table as CSV."""
    text = table(explorer, settings, reading).map(lambda cell: guarded(cell) if isinstance(cell, str) else cell)
    data = base64.b64encode(text.to_csv(index=False, float_format="%.10g").encode()).decode()
    return f"<a download='explorer.csv' href='data:text/csv;base64,{data}'>Save the data (CSV)</a>"

"""A small world in tables: two of geofront's regions, a third with other values, three clients and two classes."""

from pathlib import Path

import geofront as gf

NAME = "<!--<script>*Reykjavík*"
"""Name of the third region; it is markup in HTML and Markdown."""


def write_tables(folder: Path) -> Path:
    """Write regions, clients and workload classes; all other tables are geofront's."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = gf.data_tables(tier=None)
    regions = tables["regions"].loc[["eu-frankfurt", "eu-paris", "is-reykjavik"]].drop(columns="tier")
    values = {
        "name": NAME,
        "jurisdiction": "EU",
        "price_usd_per_mwh": 30.0,
        "pue": 1.1,
        "market_capacity_mw": 900.0,
        "egress_usd_per_gb": 0.01,
        "carbon_average_kg_per_mwh": 28.0,
        "carbon_marginal_kg_per_mwh": 20.0,
        "carbon_marginal_ifi_kg_per_mwh": 0.0,
    }
    for column, value in values.items():
        regions.loc["is-reykjavik", column] = value
    regions.to_csv(folder / "regions.csv")
    tables["clients"].loc[["berlin", "paris", "madrid"]].to_csv(folder / "clients.csv")
    workloads = tables["workloads"].loc[["A", "C"]].assign(energy_share=[0.7, 0.3])
    workloads.loc["A", "latency_budget_ms"] = 400.0
    workloads.to_csv(folder / "workloads.csv")
    return folder

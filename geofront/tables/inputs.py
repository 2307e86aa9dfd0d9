"""Inputs of the model, for readers: sets and variables, regions and workload classes (Tables 2 to 4)."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from geofront.arguments import checked, mapping
from geofront.charts.titles import class_names, region_names
from geofront.errors import GeofrontError, first_labels
from geofront.inputs import loaders, table_paths
from geofront.names import CARBON_SIGNAL, CLIENT, HOUR, REGION, SERVICE, WORKLOAD
from geofront.results import PLACEMENT, result
from geofront.scenarios.schema import schema
from geofront.scenarios.snapshots import annual_mean
from geofront.scenarios.validation import with_names
from geofront.tables.columns import by_month_and_hour, headed

_SETS = {
    CLIENT: ("Clients", "Markets with users"),
    SERVICE: ("Service nodes", "User-facing endpoints: session, policy, billing"),
    REGION: ("Compute regions", "Places whose accelerators execute requests and use electricity"),
    WORKLOAD: ("Workload classes", "Requests with the same latency budget and the same needs"),
    HOUR: ("Snapshots", "Hours of typical or real days, UTC"),
}
_RESULTS = {
    "flow": ("Decision", "Where each client's demand runs"),
    "cost": ("Result", "By component, counted where the demand runs"),
    "emissions": ("Result", "Counted where the demand runs"),
    "energy": ("Result", "Power usage effectiveness, overhead and warm-up included"),
    "used_capacity": ("Result", "Relocation overhead included"),
    "capacity_price": ("Shadow price", "What one more unit of capacity would save"),
    "demand_price": ("Shadow price", "What one more unit of demand would cost"),
    "locality_price": ("Shadow price", "What one more unit that must stay at home costs above one that need not"),
    "law_price": ("Shadow price", "What one more unit that needs a lawful region costs above one that does not"),
    "warmup_price": ("Shadow price", "What one more unit of load brought up costs"),
}

_REGION_TERMS = {
    "price_usd_per_mwh": "price",
    "delivered_adder_usd_per_mwh": "delivered adder",
    **{signal.column: f"{signal.short} carbon" for signal in CARBON_SIGNAL.values()},
    "pue": "PUE",
    "market_capacity_mw": "market",
    "egress_usd_per_gb": "egress price",
}
_REGION_COLUMNS = {
    "price": ("Price", "USD/MWh", 1),
    "delivered_adder": ("Delivered adder", "USD/MWh", 1),
    **{name: (f"Carbon, {signal.short}", "kg/MWh", 0) for name, signal in CARBON_SIGNAL.items()},
    "pue": ("PUE", "", 2),
    "egress": ("Egress", "USD/GB", 3),
    "market": ("Market", "MW", 0),
    "home_demand": ("Home demand", "MW", 0),
    "capacity": ("Capacity", "MW", 0),
    "fit_price": ("R², price", "", 2),
    "fit_carbon": ("R², carbon", "", 2),
    "less_certain": ("Less certain", "", None),
}
"""Head, unit and decimals of the columns of Table 3."""

_LESS_CERTAIN = {
    "modelled": "modelled",
    "contested": "contested",
    "derived": "derived",
    "estimated": "estimated",
    "tariff": "a tariff",
    "published-proxy": "by proxy",
    "published-old": "old",
}

_PAPER = "2604.27855"
_CLASS_TERMS = {
    "latency_budget_ms": ("Latency budget", "ms", 1),
    "service_time_ms": ("Service time", "ms", 1),
    "network_budget_ms": ("Network budget", "ms", 1),
    "round_trips": ("Round trips per request", "1", 1),
    "energy_wh_per_request": ("IT energy per request", "Wh", 1),
    "upload_kb_per_request": ("Request size", "kB", 1),
    "download_kb_per_request": ("Response size", "kB", 1),
    "traffic_gb_per_mwh": ("Bytes moved per IT energy", "GB/MWh", 1),
    "energy_share": ("Share of inference energy", "%", 100),
    "demand_mw": ("Mean demand, IT power", "MW", 1),
    "diurnal_amplitude": ("Diurnal amplitude of demand", "%", 100),
    "pinned_share": ("Pinned share", "%", 100),
    "regulated_share": ("Regulated share of the rest", "%", 100),
    "relocation_energy_overhead": ("Relocation energy overhead", "%", 100),
    "relocation_cost_usd_per_mwh": ("Other relocation cost", "USD/MWh", 1),
    "warmup_hours": ("Warm-up", "h", 1),
}
"""Name, unit and factor of each row of Table 4."""


@checked(scenario=with_names, placement=result(PLACEMENT))
def model(scenario: xr.Dataset, placement: xr.Dataset) -> pd.DataFrame:
    """Make a table of the model's sets, parameters, decisions, results and shadow prices, with units (Table 2).

    Returns
    -------
    pandas.DataFrame
        Index ``Kind`` and ``Term``; columns ``In geofront``, ``Over``, ``Unit``, ``Meaning``.
    """
    rows = [
        ("Set", term, dim, f"{scenario.sizes[dim]} members", None, meaning) for dim, (term, meaning) in _SETS.items()
    ]
    rows += [
        ("Parameter", row.long_name, name, _over(scenario[name]), row.units or None, row.meaning)
        for name, row in schema().iterrows()
    ]
    rows += [("Parameter", "Carbon price", "carbon_price", None, "USD/t", "Price on emissions in the objective")]
    rows += [
        (
            kind,
            placement[name].attrs.get("long_name"),
            name,
            _over(placement[name]),
            placement[name].attrs.get("units"),
            meaning,
        )
        for name, (kind, meaning) in _RESULTS.items()
        if name in placement
    ]
    table = pd.DataFrame(rows, columns=["Kind", "Term", "In geofront", "Over", "Unit", "Meaning"])
    return table.set_index(["Kind", "Term"])


def _over(array: xr.DataArray) -> str:
    return ", ".join(map(str, array.dims))


@checked(
    scenarios=mapping(with_names, "scenarios by the name of their carbon signal"), tables_dir=table_paths.tables_folder
)
def regions(scenarios: Mapping[str, xr.Dataset], tables_dir=None) -> pd.DataFrame:
    """Make a table of the compute regions and their data (Table 3).

    Parameters
    ----------
    scenarios : mapping
        Scenarios by carbon signal, with no other differences.
    tables_dir : str or path, optional
        Folder of the scenarios' tables, as in :func:`geofront.stylized`.

    Returns
    -------
    pandas.DataFrame
        Index ``Region``, in descending order of home demand. Annual means of price in the scenario's scope, the adder
        of delivered prices, annual means of carbon intensity under each signal, PUE, egress price, market size, mean
        home demand and inference capacity; with stylized hours, R² of their harmonics; and values that are contested,
        or neither measured nor published for the place. Units and decimals are in ``attrs``.
    """
    scenario = next(iter(scenarios.values()))
    labels = scenario.indexes[REGION]
    data = loaders.regions(tier=None, tables_dir=tables_dir).reindex(labels)
    by_home = annual_mean(scenario.demand).sum(WORKLOAD).to_series().groupby(scenario.home.to_series()).sum()
    capacity = scenario.capacity if HOUR not in scenario.capacity.dims else annual_mean(scenario.capacity)
    table = pd.DataFrame(
        {
            "Region": region_names(scenario),
            "price": annual_mean(scenario.price).to_series(),
            "delivered_adder": data.get(loaders.DELIVERED_ADDER),
            **{signal: annual_mean(each.carbon).to_series() for signal, each in scenarios.items()},
            "pue": scenario.pue.to_series(),
            "egress": scenario.egress_response.max(SERVICE).to_series(),
            "market": data.market_capacity_mw,
            "capacity": capacity.to_series(),
            # Rounded, so that the order of equal values does not depend on the last digit of a sum.
            "home_demand": by_home.reindex(labels, fill_value=0.0).round(9),
            "less_certain": _less_certain(labels, tables_dir).reindex(labels),
        }
    )
    if scenario.attrs.get("prices") == "stylized":
        fits = loaders.profiles(tables_dir).pivot(index=REGION, columns="quantity", values="r_squared")
        fits = fits.reindex(labels)
        table["fit_price"], table["fit_carbon"] = fits["price"], fits["carbon_average"]
    table = table.sort_values("home_demand", ascending=False, kind="stable").set_index("Region")
    return headed(table, _REGION_COLUMNS)


@checked(scenario=with_names, tables_dir=table_paths.tables_folder)
def region_sources(scenario: xr.Dataset, tables_dir=None) -> pd.DataFrame:
    """Make a table of the sources of the regions' data by quantity and confidence, with the number of regions."""
    known = _region_provenance(scenario.indexes[REGION], tables_dir)
    order = pd.CategoricalDtype(list(_REGION_TERMS), ordered=True)
    known = known.assign(column=known["column"].astype(order)).sort_values("column", kind="stable")
    groups = known.groupby(["column", "confidence"], sort=False, observed=True)
    table = groups.agg(Regions=(REGION, "size"), Year=("year", _years), Source=("source", "first")).reset_index()
    table["column"] = table["column"].astype(str).map(_REGION_TERMS)
    table.columns = ["Figure", "Confidence", "Regions", "Year", "Source, of the first"]
    return table.set_index(["Figure", "Confidence"])


@checked(scenario=with_names)
def price_swings(scenario: xr.Dataset) -> pd.DataFrame:
    """Subtract the region's annual mean from prices [USD/MWh], for :func:`geofront.charts.pays_heatmap`.

    Columns are ``region``, in ascending order of the mean, ``month``, ``hour`` and ``swing``.
    """
    mean = annual_mean(scenario.price)
    return by_month_and_hour(
        scenario, (scenario.price - mean).sortby(mean), "swing", "Electricity price, less its annual mean"
    )


def _region_provenance(labels: pd.Index, tables_dir) -> pd.DataFrame:
    known = loaders.provenance("regions", tables_dir)
    return known[known["column"].isin(_REGION_TERMS) & known[REGION].isin(labels)]


def _less_certain(labels: pd.Index, tables_dir) -> pd.Series:
    """Contested values, and values neither measured nor published for a region, unless that holds for all regions."""
    known = _region_provenance(labels, tables_dir)
    doubtful = known.confidence.isin(_LESS_CERTAIN)
    everywhere = doubtful.groupby(known["column"]).transform("all") & (known.confidence != "contested")
    known = known[doubtful & ~everywhere]
    words = known["column"].map(_REGION_TERMS) + " " + known.confidence.map(_LESS_CERTAIN)
    return words.groupby(known[REGION]).agg("; ".join)


def _years(years: pd.Series) -> str:
    return "–".join(f"{year:.0f}" for year in sorted({years.min(), years.max()} if years.notna().any() else []))


@checked(scenario=with_names, tables_dir=table_paths.tables_folder)
def workloads(scenario: xr.Dataset, tables_dir=None) -> pd.DataFrame:
    """Make a table of the workload classes and the basis of their data (Table 4).

    Parameters
    ----------
    scenario : xarray.Dataset
        Its classes must be in ``data/workloads.csv``; it also gives their mean demand.
    tables_dir : str or path, optional
        Folder of the scenario's tables, as in :func:`geofront.stylized`.

    Returns
    -------
    pandas.DataFrame
        Index ``Figure`` and ``Unit``, one column per class, and ``Basis``: the paper, a cited source by its
        confidence, an estimate, or computed from the other rows.

    Raises
    ------
    GeofrontError
        If the scenario has other classes, which have no data.
    """
    data = loaders.workloads(tables_dir)
    labels = scenario.indexes[WORKLOAD]
    unknown = labels.difference(data.index)
    if len(unknown):
        raise GeofrontError(
            f"workloads {first_labels(unknown)} are not in data/workloads.csv, which Table 4 "
            "describes: leave them out of the scenario"
        )
    data = data.loc[labels]
    kilobytes = data.upload_kb_per_request + data.download_kb_per_request
    data = data.assign(
        network_budget_ms=data.latency_budget_ms - data.service_time_ms,
        # A value in kB/Wh equals the value in GB/MWh.
        traffic_gb_per_mwh=kilobytes / data.energy_wh_per_request,
        demand_mw=annual_mean(scenario.demand).sum(CLIENT).to_series(),
    )
    names, basis = class_names(scenario), _basis(tables_dir)
    rows = [
        [term, unit, *(factor * data[column]), basis.get(column, "computed")]
        for column, (term, unit, factor) in _CLASS_TERMS.items()
    ]
    heads = ["Figure", "Unit", *(names[label] for label in data.index), "Basis"]
    # With dtype object, each number is shown with its own decimals.
    return pd.DataFrame(rows, columns=heads, dtype=object).set_index(["Figure", "Unit"])


def workload_sources(tables_dir=None) -> pd.DataFrame:
    """Make a table of the sources of the workload classes' data, without geofront's own estimates."""
    known = loaders.provenance("workloads", tables_dir)
    known = known[known["column"].isin(_CLASS_TERMS) & ~known.confidence.isin(["estimated", loaders.OWN])]
    table = pd.DataFrame(
        {
            "Figure": known["column"].map({column: term for column, (term, _, _) in _CLASS_TERMS.items()}),
            "Class": known[WORKLOAD],
            "Year": known.year.astype(int).astype(str),
            "Confidence": known.confidence,
            "Source": known.source,
        }
    )
    return table.sort_values("Figure", ascending=False, kind="stable").set_index(["Figure", "Class"])


def _basis(tables_dir) -> dict[str, str]:
    """Basis of each quantity, by class if it differs between classes."""
    known = loaders.provenance("workloads", tables_dir)
    known["word"] = known.confidence.where(~known.source.str.contains(_PAPER), "the paper, as quoted")
    basis = {}
    for column, rows in known.groupby("column"):
        classes = rows.groupby("word", sort=False)[WORKLOAD].agg(", ".join)
        words = [word if len(classes) == 1 else f"{word} ({labels})" for word, labels in classes.items()]
        basis[column] = "; ".join(words)
    return basis

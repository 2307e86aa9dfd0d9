"""Every public function with valid arguments."""

from functools import cache

import numpy as np
import pandas as pd
import xarray as xr
from ensembles import UNIT, linear, made, row
from scenarios import tiny

import geofront as gf
from geofront import charts, explore, placement, tables
from geofront.beyond.tail import tail_cases
from geofront.inputs import loaders
from geofront.model.feasibility import with_network_budget
from geofront.quantities import near_optimal, real_year, signals
from geofront.quantities.claims import Claim
from geofront.tables.claims import Verdict


@cache
def scenario() -> xr.Dataset:
    """Three regions with positions, two clients, two classes, two blocks of two hours."""
    made = tiny(
        regions="PQR",
        clients={"a": "P", "b": "Q"},
        workloads="AB",
        hours=4,
        block=[1, 1, 2, 2],
        weight=2190.0,
        price={"P": [60, 90, 70, 50], "Q": [20, 30, -5, 40], "R": [40, 10, 80, 20]},
        carbon={"P": 300, "Q": 100, "R": 500},
        capacity={"P": 40, "Q": 30, "R": 20},
        warmup=0.25,
        pinned_share=0.2,
        regulated_share=0.25,
        overhead_energy=0.1,
        egress_response=0.05,
        download=20,
        latency_budget=[80, 1000],
    )
    places = {
        f"{dim}_{axis}": (dim, np.linspace(5, 45, made.sizes[dim]))
        for dim in ("client", "service", "region")
        for axis in ("latitude", "longitude")
    }
    return made.assign_coords(places).assign_attrs(prices="real hours")


@cache
def own_tables() -> dict[str, pd.DataFrame]:
    """Tables of a few regions, clients and classes, as `geofront.from_tables` takes them."""
    return {
        "regions": loaders.regions().loc[["eu-paris", "in-mumbai"]].reset_index(),
        "clients": loaders.clients().reset_index().head(4),
        "workloads": loaders.workloads().reset_index(),
        "lawful": loaders.lawful_transfers(),
        "rtt": loaders.measured_rtt(),
        "profiles": loaders.profiles(),
    }


@cache
def jurisdictions() -> dict[str, pd.Series]:
    """Of the scenario's clients and regions."""
    return {"clients": pd.Series({"a": "X", "b": "Y"}), "regions": pd.Series({"P": "X", "Q": "Y", "R": "Z"})}


@cache
def results() -> dict:
    """What the public functions return for the scenario."""
    s = scenario()
    placed = placement.place(s)
    break_even = gf.break_even(s)
    by_signal = {"marginal": s}
    pairs = {case: gf.ways_by_pair(["eu-paris", "in-mumbai"], case=case) for case in ("value", "favours_transmission")}
    policies = signals.placements_by_signal(by_signal)
    names = ["relocated_share", "local:A", "emissions", "load:P"]
    uncertain = [row(name=name, **UNIT) for name in "ab"]
    worlds, each, saltelli = (made(name, 8, linear, *uncertain) for name in ("latin", "one-at-a-time", "saltelli"))
    return {
        "placement": placed,
        "flow": placed.flow,
        "frontier": gf.latency_frontier(s),
        "frontiers": {label: gf.latency_frontier(s, label) for label in "AB"},
        "break_even": break_even,
        "by_class": gf.break_even_by_class(break_even),
        "relocatable": gf.relocatable(s, placed),
        "layers": gf.layers(s, placed),
        "losses": gf.friction_losses(s),
        "policies": gf.policies(s),
        "placements": policies["marginal"],
        "policy_ranges": signals.ranges_by_signal(by_signal, policies)["marginal"],
        "options": gf.transmission_or_relocation([500, 5000]),
        "distances": gf.break_even_distance(),
        "signals": gf.signal_comparison({"marginal": s}),
        "swings": tables.price_swings(s),
        "compared": gf.compare({"base": gf.local(s), "placed": placed}, s),
        "totals": gf.totals(gf.local(s)),
        "benefits": real_year.benefits(s, placed),
        "saving": real_year.import_saving(s),
        "missed": real_year.missed_by_kind(s, gf.local(s), placed, placed),
        "benefit_ranges": real_year.benefit_ranges(s, placed),
        "ranges": gf.near_optimal(s, placed, quantities=names),
        "layer_ranges": near_optimal.layer_ranges(s, placed),
        "shares": gf.energy_oriented(s, placed),
        "front": gf.pareto(s),
        "pairs": pairs,
        "pair": pairs["value"],
        "foresight": gf.rolling(s, forecast=s.price),
        "capacity": gf.capacity_worth(placed),
        "latency": gf.latency_worth(s, placed),
        "law": gf.law_worth(s, placed, *jurisdictions().values()),
        "locality": gf.locality_worth(placed),
        "equilibrium": gf.equilibrium(s, gf.price_slopes(s)),
        "sites": gf.site(s, 1.0),
        "waiting": gf.space_and_time(s, "A", 1),
        "investment": gf.invest(s, [1e5, 1e6]),
        "worlds": worlds,
        "one_at_a_time": each,
        "saltelli": saltelli,
        "bands": gf.bands(worlds),
        "claims": gf.claims(worlds, claims()),
        "tornado": gf.tornado(each, "y"),
        "indices": gf.sensitivity(saltelli, "y"),
    }


def claims() -> dict[str, Claim]:
    """About the outcome of `results`' ensembles."""
    return {"positive": Claim(1, "It is positive.", "Is it positive?", lambda worlds: worlds.y > 0)}


def mean_price(scenario: xr.Dataset) -> float:
    """An outcome."""
    return float(scenario.price.mean())


@cache
def calls() -> dict:
    """By function its arguments."""
    return _of_package() | _of_charts() | _of_tables() | _of_explorer()


def _of_package() -> dict:
    s, of, own = scenario(), results(), own_tables()
    placed = {"scenario": s, "placement": of["placement"]}
    solved = {"frictions": ("egress",), "solver": "HiGHS"}
    priced = {"scenario": s, "carbon_price": 0.0, "frictions": ("egress",)}
    built = {
        "snapshots": "day",
        "carbon_signal": "ifi",
        "demand_mw": 100,
        "headroom": 0.2,
        "surplus": 0.5,
        "hours": None,
        "price_scope": "wholesale",
    }
    distant = {
        "workloads": own["workloads"],
        "hvdc": None,
        "case": "value",
        "source": "eu-paris",
        "price": 50,
        "carbon": 1,
        "carbon_signal": "ifi",
        "carbon_price": 0,
        "egress_price": 0,
        "pue_source": 1.1,
        "pue_user": 1.2,
        "access_rtt": 5,
        "price_scope": "wholesale",
        "tables_dir": None,
    }
    of_pairs = {
        name: distant[name]
        for name in (
            "workloads",
            "hvdc",
            "case",
            "carbon_signal",
            "carbon_price",
            "access_rtt",
            "price_scope",
            "tables_dir",
        )
    }
    own_scenario = {
        "demand": {"a": 1.0, "b": 2.0},
        "price": {"a": 40.0, "b": 20.0},
        "carbon": 100.0,
        "capacity": 10.0,
        "rtt": None,
        "home": None,
        "latency_budget": 500.0,
        "hours": None,
        "weight": None,
        "block": None,
        "carbon_signal": "own",
        "pue": 1.1,
    }
    return {
        gf.WarmStart: {"most_blocks": 3},
        gf.bands: {"ensemble": of["worlds"], "quoted": of["worlds"][["y"]].isel(sample=0)},
        gf.best_regions: {"break_even": of["break_even"]},
        gf.break_even: priced,
        gf.break_even_by_class: {"break_even": of["break_even"]},
        gf.break_even_distance: distant,
        gf.capacity_range: placed | {"largest": 1, "warm_start": None},
        gf.capacity_worth: {"placement": of["placement"]},
        gf.certify: placed | {"carbon_price": 0.0, "objective": "cost", "frictions": gf.FRICTIONS, "tolerance": 1e-6},
        gf.claims: {"ensemble": of["worlds"], "claims": claims()},
        gf.compare: {"placements": of["placements"], "scenario": s, "objective": "cost", "solver": "HiGHS"},
        gf.convergence: {"ensemble": of["worlds"], "outcome": "y"},
        gf.data_tables: {"tier": None},
        gf.defer: priced | {"objective": "carbon"},
        gf.energy_oriented: placed | {"boundaries": [60, 200]},
        gf.equilibrium: priced
        | {"price_slope": gf.price_slopes(s), "behaviour": "fleet", "largest_share": 0.5, "tolerance": 1e-3},
        gf.ensemble: {
            "samples": 1,
            "seed": 0,
            "outcomes": [mean_price],
            "sampler": "latin",
            "inputs": pd.DataFrame([row()]),
            "tables": {"clients": own["clients"].set_index("client")},
            "executor": None,
            "store": None,
            "progress": False,
        },
        gf.evaluate: priced | {"flow": of["flow"]},
        gf.feasibility: {"scenario": s},
        gf.fetch_hours: {"year": 2023, "source": "nowhere", "to": "hours.csv", "cache": "cache"},
        gf.fetch_peers: {"source": "nowhere", "to": "peers", "cache": "cache"},
        gf.friction_losses: {
            "scenario": s,
            "carbon_price": 0,
            "objective": "cost",
            "frictions": ("egress", "capacity"),
            "order": ("capacity", "egress"),
            "solver": "HiGHS",
            "progress": False,
        },
        gf.from_tables: own | built | {"rescale_energy_shares": False},
        gf.homes_over_budget: {"scenario": s},
        gf.hours: {
            "path": "nowhere.csv",
            "prices": "prices.csv",
            "timezone": "UTC",
            "usd_per_unit": 1.08,
            "zones": {"FR": "eu"},
        },
        gf.invest: priced | {"capital_cost": [1e5], "existing": "none", "idle_share": 0.1, "retire": False},
        gf.latency_frontier: priced
        | solved
        | {"workload": "A", "objective": "cost", "budgets": [50, 100], "progress": False},
        gf.latency_reach: {"workloads": own["workloads"], "access_rtt": 10},
        gf.latency_worth: placed,
        gf.law_range: placed | jurisdictions() | {"largest": 1},
        gf.law_worth: placed | jurisdictions(),
        gf.layer_of: {"scenario": s, "regional_rtt": 100},
        gf.layers: placed | {"regional_rtt": 100},
        gf.local: {"scenario": s, "carbon_price": 0},
        gf.limited_demand: placed,
        gf.locality_range: placed | {"largest": 1, "warm_start": None},
        gf.locality_worth: {"placement": of["placement"]},
        gf.near_optimal: placed
        | {"quantities": ["relocated_share", "load:P"], "slack": [0.0, 0.01], "cancel": None, "progress": False},
        gf.open_ensemble: {"path": "nowhere.nc"},
        gf.open_placement: {"path": "nowhere.nc"},
        gf.open_scenario: {"path": "nowhere.nc"},
        gf.pareto: {"scenario": s, "tolerance": 1e-3, "frictions": ("egress",), "progress": False},
        placement.place: priced | solved | {"objective": "cost", "warm_start": None, "cancel": None, "progress": False},
        gf.place_in_pools: {"scenario": s, "servers": 500, "utilisation": [0.5, 0.9], "quantile": 0.95, "jitter": 0.2}
        | {"carbon_price": 10, "frictions": ("capacity",)},
        gf.policies: solved | {"scenario": s, "placements": of["placements"], "carbon_prices": [5]},
        gf.policy_placements: solved | {"scenario": s, "carbon_prices": [5]},
        gf.price_slopes: {"scenario": s, "percent": 2.0, "tables_dir": None},
        gf.relocatable: placed | {"frictions": None, "carbon_price": None, "objective": "cost"},
        gf.relocatable_by_class: {"relocatable": of["relocatable"]},
        gf.returns: {"frontier": of["frontier"], "between": [50, 100], "hull": True},
        gf.rolling: solved | {"scenario": s, "forecast": s.price, "carbon_price": 0},
        gf.save_ensemble: {"ensemble": of["worlds"], "path": "saved/x.nc"},
        gf.save_placement: {"placement": of["placement"], "path": "saved/x.nc"},
        gf.save_scenario: {"scenario": s, "path": "saved/x.nc"},
        gf.scenario: own_scenario,
        gf.schema: {},
        gf.sensitivity: {"ensemble": of["saltelli"], "outcome": "y", "seed": 0},
        gf.signal_comparison: solved
        | {"scenarios": {"ifi": s}, "placements": {"ifi": of["placement"]}, "objective": "carbon", "carbon_price": 0},
        gf.site: priced | {"hosting_mw": 1.0, "models": 2, "gate": "import", "tolerance": 1e-3},
        gf.space_and_time: priced
        | {"workload": "A", "windows": [1], "others": "move", "block_days": 1, "objective": "carbon"},
        gf.stylized: built | {"regions": ["eu-paris", "in-mumbai"], "tables_dir": None},
        gf.sweep: solved
        | {
            "scenario": s,
            "network_budgets": [50, 100],
            "carbon_prices": [0, 50],
            "objective": "cost",
            "progress": False,
        },
        gf.tail: {"scenario": s, "quantile": 0.95, "jitter": 0.2, "servers": 500, "utilisation": 0.95},
        gf.tornado: {"ensemble": of["one_at_a_time"], "outcome": "y", "default": 1.0},
        gf.totals: {"placement": of["placement"]},
        gf.transmission_or_relocation: distant | {"distances": [100, 200]},
        gf.uncertainty: {"table": pd.DataFrame([row()])},
        gf.unit_costs: priced,
        gf.validate: {"scenario": s, "baseline": True},
        gf.violations: {"scenario": s, "flow": of["flow"], "frictions": ("capacity",), "tolerance": 1e-6},
        gf.ways_by_pair: of_pairs | {"regions": ["eu-paris", "in-mumbai"]},
    }


def _of_charts() -> dict:
    s, of = scenario(), results()
    days = tables.typical_days(s, dict.fromkeys(("average day", "typical days", "the year"), of["benefits"]))
    both = {"common": with_network_budget(s, 100.0), "own": s}
    reach = tables.feasible_geography(both, dict.fromkeys(both, of["relocatable"]))
    costs = pd.DataFrame({"hosting_mw": [0.5, 1.0], "saving": [30.0, 29.0], "sites": [4, 3]})
    return {
        charts.bands: {"table": of["bands"], "names": {"y": "Y"}},
        charts.compare: {"table": of["compared"], "quantities": ["cost_per_mwh"]},
        charts.enable: {"renderer": "png"},
        charts.equilibrium: {"sizes": tables.equilibrium(s, {(1.0, 1.0): of["equilibrium"]}), "largest_share": 0.2},
        charts.execution: {"scenario": s, "layers": of["layers"], "ranges": of["layer_ranges"], "least_power": 0.1},
        charts.friction_waterfall: {"losses": of["losses"]},
        charts.frontier: {"scenario": s, "frontiers": {"all": [*of["frontiers"].values(), of["frontier"]]}},
        charts.near_optimal: {"ranges": of["ranges"]},
        charts.pareto: {"fronts": {"marginal": of["front"]}, "policies": {"marginal": of["policies"]}},
        charts.pays_heatmap: {"frame": of["swings"], "value": "swing", "columns": 2},
        charts.policies: {"tables": {"marginal": of["policies"]}},
        charts.reach: {"table": reach, "bands": of["bands"]},
        charts.replay: {"frontiers": {"all": of["frontier"]}, "published": pd.DataFrame({"all": [250.0]}, [300])},
        charts.returns: {"scenario": s, "returns": {"A": gf.returns(of["frontier"])}},
        charts.three_layers: {},
        charts.sites: {"ready": tables.sites(s, of["sites"]), "costs": costs},
        charts.tail: {
            "cases": tail_cases(s, [{"jitter": 0.0}, {"jitter": 0.2}]),
            "low": 0.0,
            "middle": 0.1,
            "high": 0.2,
        },
        charts.space_and_time: {"results": {"alone": of["waiting"]}},
        charts.sensitivity: {
            "tornado": of["tornado"],
            "indices": of["indices"],
            "long_name": "Y",
            "units": "%",
            "rows": 3,
        },
        charts.transmission: {"options": of["options"], "quantity": "cost"},
        charts.typical_days: {"table": days},
        charts.use_theme: {},
        charts.world_map: {"scenario": s, "placement": of["placement"], "least_flow": 0.1, "width": 482},
    }


def _of_tables() -> dict:
    s, of = scenario(), results()
    row = "Study", "cost", "same", "USD", 100.0, 90.0, 1e-9
    return {
        tables.bands: {"table": of["bands"]},
        tables.behaviours: {"takers": {1.0: of["equilibrium"]}, "fleets": {1.0: of["equilibrium"]}},
        tables.claim_shares: {"table": of["claims"]},
        tables.claims: {"made": [Verdict("it holds", True, "1 of 1")]},
        tables.compare: {"table": of["compared"]},
        tables.emission_cuts: {"fronts": {"marginal": of["front"]}},
        tables.energy_oriented: {"scenario": s, "shares": of["shares"]},
        tables.equilibrium: {"scenario": s, "results": {(1.0, 1.0): of["equilibrium"]}},
        tables.feasible_geography: {"scenarios": {"x": s}, "relocatable": {"x": of["relocatable"]}},
        tables.foresight: {"results": {"yesterday": of["foresight"]}, "demand_mwh": 1000.0},
        tables.frontier_by_signal: {"scenarios": {"ifi": s}, "placements": of["placements"]},
        tables.investment: {"results": {"greenfield": of["investment"]}},
        tables.kinds_of_hours: {"missed": of["missed"]},
        tables.late_homes: {"missed": gf.homes_over_budget(s)},
        tables.losses: {"losses": of["losses"]},
        tables.model: {"scenario": s, "placement": of["placement"]},
        tables.nested: {"table": of["bands"]},
        tables.policies: {"tables": {"ifi": of["policies"]}, "ranges": {"ifi": of["policy_ranges"]}},
        tables.pools: {"cases": tail_cases(s, [{"servers": 100, "utilisation": 0.9}])},
        tables.price_swings: {"scenario": s},
        tables.region_sources: {"scenario": s, "tables_dir": None},
        tables.regions: {"scenarios": {"ifi": s}, "tables_dir": None},
        tables.replays: {"rows": [row]},
        tables.returns: {"scenario": s, "frontiers": of["frontiers"], "break_even": of["by_class"]},
        tables.say: {},
        tables.show: {"frame": of["policies"], "units": {"carbon_price": "USD/t"}, "digits": {"carbon_price": 1}},
        tables.signals: {"comparison": of["signals"]},
        tables.site_cases: {"sites": {1.0: of["sites"]}, "at_home": gf.local(s)},
        tables.sites: {"scenario": s, "sites": of["sites"]},
        tables.space_and_time: {"results": {"alone": of["waiting"]}},
        tables.sure: {"table": of["claims"]},
        tables.swept: {"what": "It saves", "values": {"a": 1.0, "b": 2.0}, "unit": "USD/MWh", "digits": 1},
        tables.transmission: {"options": of["options"], "break_even": {"value": of["distances"]}},
        tables.typical_days: {
            "scenario": s,
            "benefits": dict.fromkeys(("a day", "days", "the year"), of["benefits"]),
            "ranges": of["benefit_ranges"],
        },
        tables.ways_by_source: {"pairs": of["pairs"]},
        tables.what_would_change: {
            "worlds": of["worlds"],
            "outcomes": ["y"],
            "claims": [],
            "indices": of["saltelli"],
            "costly": of["worlds"],
            "own_world": False,
        },
        tables.when_importing_pays: {"scenario": s, "saving": of["saving"]},
        tables.workload_sources: {},
        tables.workloads: {"scenario": s, "tables_dir": None},
        tables.worth: {"scenario": s, **{limit: of[limit] for limit in ("capacity", "latency", "law", "locality")}},
    }


def _of_explorer() -> dict:
    explorer, first = explore.Explorer(lambda **_: scenario()), explore.Settings()
    return {
        explore.Explorer: {"make_scenario": lambda **_: scenario(), "settings": first, "solver": "HiGHS"},
        explore.Settings: vars(first),
        explore.panel: {"explorer": explorer},
        explore.picture: {"explorer": explorer, "reading": explorer.reading()},
        explorer.change: {"carbon_price": 50, "network_budget": 100},
        explorer.place: {"settings": first},
        explorer.scenario: {"settings": first},
        explorer.code: {"settings": first},
        explorer.ranges: {"settings": first},
        explore.table: {"explorer": explorer, "settings": first, "reading": explorer.reading()},
        explorer.trace: {"settings": first, "progress": False},
    }

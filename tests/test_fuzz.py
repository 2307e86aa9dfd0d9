"""Malformed inputs end in a named error or, where they still mean something, in a certified answer.

By default 2,000 inputs; the environment variable GEOFRONT_FUZZ sets another number, and `make fuzz` takes 10,000.
"""

import inspect
import os
import traceback
from contextlib import suppress
from functools import cache

import altair as alt
import malformed
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from exports import write_carbon
from scenarios import tiny

import geofront as gf
from geofront import charts, explore, placement, tables
from geofront.inputs import loaders
from geofront.quantities import real_year

INPUTS = int(os.environ.get("GEOFRONT_FUZZ", "2000"))
SHARES = {"arguments": 0.5, "scenarios": 0.2, "results": 0.1, "tables": 0.1, "hours": 0.09, "files": 0.01}
"""How the inputs divide among the tests."""

PACKAGE = os.path.dirname(gf.__file__)

NOT_OPTIMAL = "the placement is not optimal"
"""How the certificate begins what it says."""


@cache
def scenario() -> xr.Dataset:
    """Three regions with positions, two clients, two classes, two blocks of two hours."""
    made = tiny(
        regions="PQR", clients={"a": "P", "b": "Q"}, workloads="AB", hours=4, block=[1, 1, 2, 2], weight=2190.0,
        price={"P": [60, 90, 70, 50], "Q": [20, 30, -5, 40], "R": [40, 10, 80, 20]},
        carbon={"P": 300, "Q": 100, "R": 500}, capacity={"P": 40, "Q": 30, "R": 20}, warmup=0.25, pinned_share=0.2,
        regulated_share=0.25, overhead_energy=0.1, egress_response=0.05, download=20, latency_budget=[80, 1000])
    places = {f"{dim}_{axis}": (dim, np.linspace(5, 45, made.sizes[dim]))
              for dim in ("client", "service", "region") for axis in ("latitude", "longitude")}
    return made.assign_coords(places).assign_attrs(prices="real hours")


@cache
def regions() -> pd.DataFrame:
    return loaders.regions().loc[["eu-paris", "in-mumbai"]].reset_index()


@cache
def results() -> dict:
    """What the public functions return for the scenario."""
    s = scenario()
    placed = placement.place(s)
    frontiers = {label: gf.latency_frontier(s, label) for label in "AB"}
    break_even = gf.break_even(s)
    return {
        "placement": placed, "flow": placed.flow, "frontier": gf.latency_frontier(s), "frontiers": frontiers,
        "break_even": break_even, "by_class": gf.break_even_by_class(break_even), "relocatable": gf.relocatable(s, placed),
        "layers": gf.layers(s, placed), "losses": gf.friction_losses(s), "policies": gf.policies(s),
        "placements": gf.policy_placements(s), "options": gf.transmission_or_relocation([500, 5000]),
        "distances": gf.break_even_distance(), "signals": gf.signal_comparison({"marginal": s}),
        "compared": gf.compare({"base": gf.local(s), "placed": placed}), "swings": tables.price_swings(s),
        "benefits": real_year.benefits(s, placed), "saving": real_year.import_saving(s),
        "missed": real_year.missed_by_kind(s, gf.local(s), placed, placed),
    }


def calls() -> dict:
    """Every public function with arguments that it takes."""
    s, of = scenario(), results()
    own = {"regions": regions(), "clients": loaders.clients().reset_index(), "workloads": loaders.workloads().reset_index()}
    frontiers = {"all": [*of["frontiers"].values(), of["frontier"]]}
    explorer = explore.Explorer(lambda **options: s)
    placed = {"scenario": s, "placement": of["placement"]}
    known = {"carbon_price": 0.0, "frictions": ("egress",), "solver": "HiGHS", "progress": False}
    common = {"scenario": s, **{name: known[name] for name in ("carbon_price", "frictions")}}
    distant = {"workloads": own["workloads"], "hvdc": None, "case": "value", "source": "eu-paris", "price": 50, "carbon": 1,
               "carbon_signal": "ifi", "carbon_price": 0, "egress_price": 0, "pue_source": 1.1, "pue_user": 1.2, "access_rtt": 5}
    built = {"snapshots": "day", "carbon_signal": "ifi", "demand_mw": 100, "headroom": 0.2, "surplus": 0.5, "hours": None}
    days = dict.fromkeys(("average day", "typical days", "the year"), of["benefits"])
    return {
        gf.WarmStart: {"most_blocks": 3}, gf.best_regions: {"break_even": of["break_even"]}, gf.break_even: common,
        gf.break_even_by_class: {"break_even": of["break_even"]}, gf.break_even_distance: distant,
        gf.certify: placed | {"tolerance": 1e-6}, gf.compare: {"placements": of["placements"]},
        gf.evaluate: common | {"flow": of["flow"]}, gf.feasibility: {"scenario": s},
        gf.fetch_hours: {"year": 2023, "source": "nowhere", "to": "hours.csv", "cache": "cache"},
        gf.friction_losses: {"scenario": s, "carbon_price": 0, "order": gf.FRICTIONS, "solver": "HiGHS", "progress": False},
        gf.from_tables: own | built | {"lawful": None, "rtt": None, "profiles": None, "rescale_energy_shares": False},
        gf.hours: {"path": "nowhere.csv", "prices": "prices.csv", "timezone": "UTC", "usd_per_unit": 1.08, "zones": {"FR": "eu"}},
        gf.latency_frontier: {"scenario": s, "workload": "A", "budgets": [50, 100], **known},
        gf.latency_reach: {"workloads": own["workloads"], "access_rtt": 10}, gf.layer_of: {"scenario": s, "regional_rtt": 100},
        gf.layers: placed | {"regional_rtt": 100}, gf.local: {"scenario": s, "carbon_price": 0},
        gf.open_placement: {"path": "nowhere.nc"}, gf.open_scenario: {"path": "nowhere.nc"},
        placement.place: {"scenario": s, "objective": "cost", "warm_start": None, "cancel": None, **known},
        gf.policies: {"scenario": s, "placements": of["placements"], "carbon_prices": [5], "frictions": (), "solver": "HiGHS"},
        gf.policy_placements: {"scenario": s, "carbon_prices": [5], "frictions": (), "solver": "HiGHS"},
        gf.relocatable: placed | {"frictions": None, "carbon_price": None},
        gf.relocatable_by_class: {"relocatable": of["relocatable"]},
        gf.returns: {"frontier": of["frontier"], "between": [50, 100], "hull": True},
        gf.save_placement: {"placement": of["placement"], "path": "nowhere/x.nc"},
        gf.save_scenario: {"scenario": s, "path": "nowhere/x.nc"}, gf.schema: {},
        gf.signal_comparison: {"scenarios": {"ifi": s}, "placements": {"ifi": of["placement"]}, "objective": "carbon", "carbon_price": 0,
                               "frictions": (), "solver": "HiGHS"},
        gf.stylized: built | {"regions": ["eu-paris", "in-mumbai"]},
        gf.sweep: {"scenario": s, "network_budgets": [50, 100], "carbon_prices": [0, 50], "frictions": (), "solver": "HiGHS",
                   "progress": False},
        gf.totals: {"placement": of["placement"]}, gf.transmission_or_relocation: distant | {"distances": [100, 200]},
        gf.unit_costs: common, gf.validate: {"scenario": s, "baseline": True},
        charts.compare: {"table": of["compared"], "quantities": ["cost_per_mwh"]}, charts.enable: {"renderer": "png"},
        charts.execution: {"layers": of["layers"], "scenario": s, "least_power": 0.1},
        charts.friction_waterfall: {"losses": of["losses"]}, charts.frontier: {"frontiers": frontiers, "scenario": s},
        charts.pays_heatmap: {"frame": of["swings"], "value": "swing", "columns": 2},
        charts.policies: {"tables": {"marginal": of["policies"]}},
        charts.transmission: {"options": of["options"], "quantity": "cost"},
        charts.typical_days: {"table": tables.typical_days(s, days)}, charts.use_theme: {},
        charts.world_map: placed | {"least_flow": 0.1, "width": 482},
        tables.feasible_geography: {"scenarios": {"x": s}, "relocatable": {"x": of["relocatable"]}},
        tables.frontier_by_signal: {"scenarios": {"ifi": s}, "placements": of["placements"]},
        tables.kinds_of_hours: {"missed": of["missed"]}, tables.losses: {"losses": of["losses"]}, tables.model: placed,
        tables.policies: {"tables": {"ifi": of["policies"]}}, tables.price_swings: {"scenario": s},
        tables.region_sources: {"scenario": s}, tables.regions: {"scenarios": {"ifi": s}},
        tables.returns: {"scenario": s, "frontiers": of["frontiers"], "break_even": of["by_class"]},
        tables.show: {"frame": of["policies"], "units": {"carbon_price": "USD/t"}, "digits": {"carbon_price": 1}},
        tables.signals: {"comparison": of["signals"]},
        tables.transmission: {"options": of["options"], "break_even": {"value": of["distances"]}},
        tables.typical_days: {"scenario": s, "benefits": days},
        tables.when_importing_pays: {"scenario": s, "saving": of["saving"]}, tables.workload_sources: {},
        tables.workloads: {"scenario": s},
        explore.Explorer: {"make_scenario": lambda **_: s, "settings": explore.Settings(), "solver": "HiGHS"},
        explore.Settings: vars(explore.Settings()), explore.panel: {"explorer": explorer},
        explore.picture: {"explorer": explorer, "reading": explorer.reading()},
        explorer.change: {"carbon_price": 50, "network_budget": 100}, explorer.place: {"settings": explore.Settings()},
        explorer.scenario: {"settings": explore.Settings()}, explorer.trace: {"settings": explore.Settings(), "progress": False},
    }


ARGUMENTS = cache(calls)
NOT_CALLED = {gf.GeofrontError, explore.panel, charts.enable}
"""What is no function, starts threads, or changes how notebooks show charts."""


def public():
    for module in (gf, charts, tables, explore):
        yield from (getattr(module, name) for name in module.__all__ if callable(getattr(module, name)))


def test_every_public_function_is_called():
    names = {function.__name__ for function in ARGUMENTS()}
    assert {function.__name__ for function in public()} - {"GeofrontError", "certified"} <= names


@pytest.mark.parametrize("function", [function for function in ARGUMENTS() if function not in NOT_CALLED],
                         ids=lambda function: f"{function.__module__}.{function.__qualname__}")
def test_right_arguments(function, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nowhere").mkdir()
    try:
        function(**ARGUMENTS()[function])
    except gf.GeofrontError as error:
        assert "nowhere" in str(error), "only files that do not exist are refused"


def outcome(attempt) -> str:
    """Why an attempt failed where it may not, or nothing."""
    try:
        answer = attempt()
        if isinstance(answer, alt.TopLevelMixin):
            answer.to_dict()
    except gf.GeofrontError as error:
        return f"an answer is not certified: {error}" if NOT_OPTIMAL in str(error) else ""
    except Exception as error:
        where = [frame for frame in traceback.extract_tb(error.__traceback__) if PACKAGE in frame.filename]
        place = f" in {where[-1].filename}:{where[-1].lineno}" if where else ""
        return f"{type(error).__name__}{place}: {error}"
    return ""


def fuzz(share: str, attempt_of) -> None:
    """Make attempts from the seeds of a share, and report all that fail at once."""
    failures = {}
    for seed in range(round(INPUTS * SHARES[share])):
        if failed := outcome(attempt_of(np.random.default_rng(seed))):
            failures.setdefault(failed, []).append(seed)
    listed = "\n".join(f"seeds {seeds}: {failed}" for failed, seeds in failures.items())
    assert not failures, f"{len(failures)} kinds of {share} fail:\n{listed}"


def certified(s: xr.Dataset, **options) -> None:
    """Place a scenario, and prove the answer."""
    placed = placement.place(s, **options)
    gf.certify(s, placed)


def judged(s: xr.Dataset, placed: xr.Dataset) -> None:
    """Certify a placement that may be another scenario's, and may be refused."""
    with suppress(gf.GeofrontError):
        gf.certify(s, placed)


def test_arguments(tmp_path, monkeypatch):
    """One argument of a public function is something else, or is exchanged for one of another function."""
    monkeypatch.chdir(tmp_path)
    others = [value for given in ARGUMENTS().values() for value in given.values()]
    functions = [function for function, given in ARGUMENTS().items() if given]

    def attempt_of(rng):
        function = malformed.pick(rng, functions)
        given = dict(ARGUMENTS()[function])
        name = malformed.pick(rng, list(given))
        given[name] = malformed.pick(rng, malformed.WRONG if rng.random() < 0.75 else others)
        unsafe = (function is gf.fetch_hours and name == "source") or (function in NOT_CALLED and rng.random() < 2)
        if unsafe and (given[name] is None or isinstance(given[name], str | explore.Explorer)):
            return lambda: None
        first = next(iter(inspect.signature(function).parameters.values()))
        positional = first.name in given and first.kind is first.POSITIONAL_OR_KEYWORD and rng.random() < 0.3
        return lambda: function(*[given.pop(first.name)] if positional else [], **given)

    fuzz("arguments", attempt_of)


def test_scenarios():
    """A scenario with faults is refused, or placed with proof."""
    uses = [
        certified, certified, certified, lambda s: certified(s, objective="carbon"),
        lambda s: certified(s, frictions=("egress", "capacity"), carbon_price=80), gf.validate, gf.local, gf.feasibility,
        gf.break_even, gf.relocatable, gf.latency_frontier, lambda s: gf.latency_frontier(s, "A"),
        lambda s: gf.sweep(s, network_budgets=[30, 300]), gf.policies, lambda s: gf.signal_comparison({"x": s, "y": s}),
        gf.layer_of, gf.unit_costs, lambda s: tables.regions({"x": s}), lambda s: tables.model(s, results()["placement"]),
        tables.price_swings, tables.workloads, lambda s: charts.world_map(s, results()["placement"]),
        lambda s: charts.execution(results()["layers"], s), lambda s: explore.Explorer(lambda **_: s).reading(),
        lambda s: gf.layers(s, results()["placement"]), lambda s: judged(s, results()["placement"]),
        lambda s: gf.evaluate(s, results()["flow"]), lambda s: real_year.import_saving(s),
    ]

    def attempt_of(rng):
        broken, use = malformed.dataset(rng, scenario()), malformed.pick(rng, uses)
        return lambda: use(broken)

    fuzz("scenarios", attempt_of)


def test_results():
    """A result with faults is refused by what takes it, or shown."""
    s, of = scenario(), results()
    uses = {
        "placement": [gf.totals, lambda it: judged(s, it), lambda it: gf.layers(s, it), lambda it: gf.relocatable(s, it),
                      lambda it: gf.compare({"x": it}), lambda it: charts.world_map(s, it), lambda it: tables.model(s, it),
                      lambda it: gf.policies(s, {"x": it}), lambda it: gf.evaluate(s, it.get("flow")),
                      lambda it: tables.frontier_by_signal({"x": s}, {"x": it}),
                      lambda it: gf.signal_comparison({"x": s}, {"x": it})],
        "frontier": [gf.returns, lambda it: gf.returns(it, hull=True), lambda it: charts.frontier({"all": [it]}, s),
                     lambda it: tables.returns(s, {"A": it}, of["by_class"])],
        "break_even": [gf.best_regions, gf.break_even_by_class], "relocatable": [
            gf.relocatable_by_class, lambda it: tables.feasible_geography({"x": s}, {"x": it})],
        "layers": [lambda it: charts.execution(it, s)], "losses": [tables.losses, charts.friction_waterfall],
        "options": [charts.transmission, lambda it: tables.transmission(it, {"value": of["distances"]})],
        "distances": [lambda it: tables.transmission(of["options"], {"value": it})],
        "benefits": [lambda it: tables.typical_days(s, {"a": it, "b": it, "c": it})],
        "policies": [lambda it: charts.policies({"x": it}), lambda it: tables.policies({"x": it}), tables.show],
        "compared": [charts.compare, tables.show], "signals": [tables.signals], "missed": [tables.kinds_of_hours],
        "swings": [lambda it: charts.pays_heatmap(it, "swing")],
        "by_class": [lambda it: tables.returns(s, of["frontiers"], it)],
    }

    def attempt_of(rng):
        name = malformed.pick(rng, list(uses))
        break_it = malformed.table if isinstance(of[name], pd.DataFrame) else malformed.dataset
        broken, use = break_it(rng, of[name]), malformed.pick(rng, uses[name])
        return lambda: use(broken)

    fuzz("results", attempt_of)


def test_tables():
    """A table with faults is refused, or makes a scenario that is placed with proof."""
    given = {
        "regions": regions(), "clients": loaders.clients().reset_index().head(4), "workloads": loaders.workloads().reset_index(),
        "lawful": loaders.lawful_transfers(), "rtt": loaders.measured_rtt().head(20), "profiles": loaders.profiles(),
    }
    hvdc = loaders.hvdc().reset_index()

    def attempt_of(rng):
        name = malformed.pick(rng, [*given, "hvdc", "classes"])
        if name == "hvdc":
            broken = malformed.table(rng, hvdc)
            return lambda: gf.break_even_distance(hvdc=broken)
        if name == "classes":
            broken = malformed.table(rng, given["workloads"])
            return lambda: gf.transmission_or_relocation([1000], workloads=broken)
        broken = given | {name: malformed.table(rng, given[name])}
        return lambda: certified(gf.from_tables(**broken, snapshots="day"))

    fuzz("tables", attempt_of)


def test_hours(tmp_path):
    """A file of hours with faults is refused, or read as numbers."""
    stamps = pd.date_range("2024-01-01", periods=30, freq="h")
    tidy = "utc,region,price_usd_per_mwh,carbon_avg_g_per_kwh\n" + "".join(
        f"{stamp:%Y-%m-%dT%H:%MZ},{region},{50.5 + stamp.hour},{300}\n" for region in ("P", "Q") for stamp in stamps)
    prices = "Datetime,FR\n" + "".join(f"{stamp:%Y-%m-%d %H:%MZ},{20.25 + stamp.hour}\n" for stamp in stamps)
    carbon = write_carbon(tmp_path, count=30)
    content = {"tidy": tidy.encode(), "prices": prices.encode(), "carbon": carbon.read_bytes()}

    def attempt_of(rng):
        paths = {name: tmp_path / f"{name}.csv" for name in content}
        broken = malformed.pick(rng, list(content))
        for name, path in paths.items():
            path.write_bytes(malformed.text_file(rng, content[name]) if name == broken else content[name])

        def attempt():
            real = gf.hours(paths["tidy"]) if broken == "tidy" else gf.hours(
                paths["carbon"], prices=paths["prices"], timezone="UTC", usd_per_unit=1.08)
            assert np.isfinite(real.price).all()
            assert np.isfinite(real.carbon_average).all()

        return attempt

    fuzz("hours", attempt_of)


def test_files(tmp_path):
    """A damaged NetCDF file is refused, or what it says is checked."""
    kinds = [(gf.save_scenario(scenario(), tmp_path / "scenario.nc").read_bytes(), lambda path: certified(gf.open_scenario(path))),
             (gf.save_placement(results()["placement"], tmp_path / "placement.nc").read_bytes(),
              lambda path: gf.totals(gf.open_placement(path)))]

    def attempt_of(rng):
        content, use = malformed.pick(rng, kinds)
        path = tmp_path / "damaged.nc"
        path.write_bytes(malformed.binary(rng, content))
        return lambda: use(path)

    fuzz("files", attempt_of)

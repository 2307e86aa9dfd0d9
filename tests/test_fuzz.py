"""Malformed inputs end in a named error or, if they are still valid, in a certified result.

By default 2,000 inputs; the environment variable GEOFRONT_FUZZ sets another number, and `make fuzz` takes 10,000.
GEOFRONT_FUZZ_FIRST sets the first seed, for inputs that no run has tried before.
"""

import inspect
import os
import traceback
from contextlib import nullcontext, suppress
from pathlib import Path

import altair as alt
import malformed
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from exports import write_carbon
from public_calls import calls, claims, jurisdictions, own_tables, results, scenario

import geofront as gf
from geofront import charts, explore, placement, tables
from geofront.inputs import loaders
from geofront.quantities import real_year

pytestmark = pytest.mark.slow

INPUTS = int(os.environ.get("GEOFRONT_FUZZ", "2000"))
FIRST = int(os.environ.get("GEOFRONT_FUZZ_FIRST", "0"))
SHARES = {
    "arguments": 0.5,
    "scenarios": 0.2,
    "results": 0.1,
    "tables": 0.1,
    "hours": 0.06,
    "datasets of hours": 0.03,
    "files": 0.01,
}
"""How the inputs divide among the tests."""

PACKAGE = str(Path(gf.__file__).parent)

NOT_OPTIMAL = "the placement is not optimal"
"""Beginning of the certificate's message."""

NOT_CALLED = (explore.panel, charts.enable)
"""Functions that start threads or change how notebooks show charts."""


def test_every_public_function_is_called():
    public = {
        getattr(module, name)
        for module in (gf, charts, tables, explore)
        for name in module.__all__
        if callable(getattr(module, name))
    }
    # The tests replace gf.place by one that certifies.
    assert public - {gf.GeofrontError, gf.place} <= set(calls())


def test_right_arguments(tmp_path, monkeypatch):
    """The inputs of the other tests are valid before faults are added."""
    monkeypatch.chdir(tmp_path)
    for function, given in calls().items():
        if function not in NOT_CALLED:
            missing = function in (
                gf.hours,
                gf.fetch_hours,
                gf.fetch_peers,
                gf.open_scenario,
                gf.open_placement,
                gf.open_ensemble,
            )
            with pytest.raises(gf.GeofrontError, match="nowhere") if missing else nullcontext():
                function(**given)


def outcome(attempt) -> str:
    """Reason of a failure that is not allowed, or an empty text."""
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
    for seed in range(FIRST, FIRST + round(INPUTS * SHARES[share])):
        if failed := outcome(attempt_of(np.random.default_rng(seed))):
            failures.setdefault(failed, []).append(seed)
    listed = "\n".join(f"seeds {seeds}: {failed}" for failed, seeds in failures.items())
    assert not failures, f"{len(failures)} kinds of {share} fail:\n{listed}"


def certified(s: xr.Dataset, **options) -> None:
    """Place a scenario, and prove the result."""
    placed = placement.place(s, **options)
    gf.certify(s, placed)


def refusable(function, s: xr.Dataset, placed: xr.Dataset, **options) -> None:
    """Use a placement, which may belong to another scenario and be refused."""
    with suppress(gf.GeofrontError):
        function(s, placed, **options)


def test_arguments(tmp_path, monkeypatch):
    """One argument of a public function is replaced, or exchanged for one of another function."""
    monkeypatch.chdir(tmp_path)
    others = [value for given in calls().values() for value in given.values()]
    functions = [function for function, given in calls().items() if given]

    def attempt_of(rng):
        function = malformed.pick(rng, functions)
        given = dict(calls()[function])
        name = malformed.pick(rng, list(given))
        wrong = function in NOT_CALLED or rng.random() < 0.75
        given[name] = malformed.pick(rng, malformed.WRONG if wrong else others)
        # Downloads need the network.
        if (
            function in (gf.fetch_hours, gf.fetch_peers)
            and name == "source"
            and (given[name] is None or isinstance(given[name], str))
        ):
            given[name] = "nowhere"
        first = next(iter(inspect.signature(function).parameters.values()))
        positional = first.name in given and first.kind is first.POSITIONAL_OR_KEYWORD and rng.random() < 0.3
        return lambda: function(*[given.pop(first.name)] if positional else [], **given)

    fuzz("arguments", attempt_of)


def test_scenarios():
    """A scenario with faults is refused, or placed with proof."""
    uses = [
        certified,
        certified,
        certified,
        lambda s: certified(s, objective="carbon"),
        lambda s: certified(s, frictions=("egress", "capacity"), carbon_price=80),
        gf.validate,
        gf.local,
        gf.feasibility,
        gf.break_even,
        gf.relocatable,
        gf.latency_frontier,
        lambda s: gf.latency_frontier(s, "A"),
        lambda s: gf.sweep(s, network_budgets=[30, 300]),
        gf.policies,
        lambda s: gf.signal_comparison({"x": s, "y": s}),
        gf.layer_of,
        gf.unit_costs,
        lambda s: tables.regions({"x": s}),
        lambda s: tables.model(s, results()["placement"]),
        tables.price_swings,
        tables.workloads,
        lambda s: charts.world_map(s, results()["placement"]),
        lambda s: charts.execution(s, results()["layers"]),
        lambda s: explore.Explorer(lambda **_: s).reading(),
        lambda s: gf.layers(s, results()["placement"]),
        lambda s: refusable(gf.certify, s, results()["placement"]),
        lambda s: gf.evaluate(s, results()["flow"]),
        lambda s: real_year.import_saving(s),
        lambda s: gf.violations(s, results()["flow"]),
        gf.pareto,
        lambda s: gf.rolling(s, forecast=scenario().price),
        lambda s: refusable(gf.near_optimal, s, results()["placement"], quantities=["relocated_share"]),
        lambda s: refusable(gf.energy_oriented, s, results()["placement"]),
        lambda s: gf.latency_worth(s, results()["placement"]),
        lambda s: gf.law_worth(s, results()["placement"], **jurisdictions()),
        lambda s: gf.compare({"x": results()["placement"]}, s),
        lambda s: tables.worth(s, **{limit: results()[limit] for limit in ("capacity", "latency", "law", "locality")}),
        lambda s: tables.energy_oriented(s, results()["shares"]),
        gf.tail,
        gf.homes_over_budget,
        lambda s: gf.equilibrium(s, gf.price_slopes(s)),
        lambda s: gf.site(s, 1.0),
    ]

    def attempt_of(rng):
        broken, use = malformed.dataset(rng, scenario()), malformed.pick(rng, uses)
        return lambda: use(broken)

    fuzz("scenarios", attempt_of)


def test_results():
    """A result with faults is refused by the function that takes it, or shown."""
    s, of = scenario(), results()
    uses = {
        "placement": [
            gf.totals,
            lambda it: refusable(gf.certify, s, it),
            lambda it: gf.layers(s, it),
            lambda it: gf.relocatable(s, it),
            lambda it: gf.compare({"x": it}),
            lambda it: charts.world_map(s, it),
            lambda it: tables.model(s, it),
            lambda it: gf.policies(s, {"x": it}),
            lambda it: gf.evaluate(s, it.get("flow")),
            lambda it: tables.frontier_by_signal({"x": s}, {"x": it}),
            lambda it: gf.signal_comparison({"x": s}, {"x": it}),
            gf.capacity_worth,
            gf.locality_worth,
            lambda it: gf.law_worth(s, it, **jurisdictions()),
            lambda it: gf.latency_worth(s, it),
            lambda it: refusable(gf.near_optimal, s, it, quantities="relocated_share"),
            lambda it: refusable(gf.energy_oriented, s, it),
            lambda it: gf.compare({"x": it}, s),
            lambda it: gf.violations(s, it.get("flow")),
        ],
        "frontier": [
            gf.returns,
            lambda it: gf.returns(it, hull=True),
            lambda it: charts.frontier(s, {"all": [it]}),
            lambda it: charts.frontier(s, it),
            lambda it: tables.returns(s, {"A": it}, of["by_class"]),
            lambda it: charts.replay({"x": it}, pd.DataFrame({"x": [100.0]}, [300.0])),
        ],
        "break_even": [gf.best_regions, gf.break_even_by_class],
        "relocatable": [gf.relocatable_by_class, lambda it: tables.feasible_geography({"x": s}, {"x": it})],
        "layers": [lambda it: charts.execution(s, it)],
        "losses": [tables.losses, charts.friction_waterfall],
        "options": [charts.transmission, lambda it: tables.transmission(it, {"value": of["distances"]})],
        "distances": [lambda it: tables.transmission(of["options"], {"value": it})],
        "benefits": [lambda it: tables.typical_days(s, {"a": it, "b": it, "c": it})],
        "ranges": [charts.near_optimal],
        "shares": [lambda it: tables.energy_oriented(s, it)],
        "layer_ranges": [lambda it: charts.execution(s, of["layers"], ranges=it)],
        "benefit_ranges": [lambda it: tables.typical_days(s, dict.fromkeys("abc", of["benefits"]), it)],
        "foresight": [lambda it: tables.foresight({"x": it}, 1000.0)],
        "sites": [
            lambda it: charts.sites(
                tables.sites(s, it), pd.DataFrame({"hosting_mw": [1], "saving": [1], "sites": [1]})
            ),
            lambda it: tables.site_cases({1.0: it}, gf.local(s)),
        ],
        "equilibrium": [
            lambda it: charts.equilibrium(tables.equilibrium(s, {(1.0, 1.0): it}), 0.2),
            lambda it: tables.behaviours({1.0: it}, {1.0: of["equilibrium"]}),
        ],
        "front": [
            lambda it: charts.pareto({"x": it}, {"x": of["policies"]}),
            lambda it: tables.emission_cuts({"x": it}),
        ],
        "pair": [lambda it: tables.ways_by_source(dict.fromkeys(of["pairs"], it))],
        **{
            limit: [
                lambda it, limit=limit: tables.worth(
                    s,
                    **{each: it if each == limit else of[each] for each in ("capacity", "latency", "law", "locality")},
                )
            ]
            for limit in ("capacity", "latency", "law", "locality")
        },
        "worlds": [
            gf.bands,
            lambda it: gf.claims(it, claims()),
            lambda it: gf.convergence(it, "y"),
            lambda it: gf.sensitivity(it, "y"),
        ],
        "one_at_a_time": [lambda it: gf.tornado(it, "y")],
        "saltelli": [lambda it: gf.sensitivity(it, "y")],
        "bands": [tables.bands, tables.nested, lambda it: charts.bands(it, {"y": "Y"})],
        "claims": [tables.claim_shares, tables.sure],
        "tornado": [lambda it: charts.sensitivity(it, of["indices"], "Y", "%")],
        "indices": [lambda it: charts.sensitivity(of["tornado"], it, "Y", "%")],
        "policies": [lambda it: charts.policies({"x": it}), lambda it: tables.policies({"x": it}), tables.show],
        "compared": [charts.compare, tables.compare, tables.show],
        "signals": [tables.signals],
        "missed": [tables.kinds_of_hours],
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
    given = own_tables()
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
        f"{stamp:%Y-%m-%dT%H:%MZ},{region},{50.5 + stamp.hour},{300}\n" for region in ("P", "Q") for stamp in stamps
    )
    prices = "Datetime,FR\n" + "".join(f"{stamp:%Y-%m-%d %H:%MZ},{20.25 + stamp.hour}\n" for stamp in stamps)
    carbon = write_carbon(tmp_path, count=30)
    content = {"tidy": tidy.encode(), "prices": prices.encode(), "carbon": carbon.read_bytes()}

    def attempt_of(rng):
        paths = {name: tmp_path / f"{name}.csv" for name in content}
        broken = malformed.pick(rng, list(content))
        for name, path in paths.items():
            path.write_bytes(malformed.text_file(rng, content[name]) if name == broken else content[name])

        def attempt():
            real = (
                gf.hours(paths["tidy"])
                if broken == "tidy"
                else gf.hours(paths["carbon"], prices=paths["prices"], timezone="UTC", usd_per_unit=1.08)
            )
            assert np.isfinite(real.price).all()
            assert np.isfinite(real.carbon_average).all()

        return attempt

    fuzz("hours", attempt_of)


def test_datasets_of_hours():
    """A dataset of hours with faults is refused, or makes a scenario that is placed with proof."""
    stamps = pd.date_range("2023-01-01", periods=48, freq="h")
    places = ["eu-paris", "in-mumbai"]
    values = ("region", "hour"), np.arange(96.0).reshape(2, 48) + 5
    hours = xr.Dataset({"price": values, "carbon_average": values}, {"region": places, "hour": stamps})

    def attempt_of(rng):
        broken = malformed.dataset(rng, hours)
        return lambda: certified(gf.stylized(hours=broken, regions=places, snapshots="day", carbon_signal="average"))

    fuzz("datasets of hours", attempt_of)


def test_files(tmp_path):
    """A damaged NetCDF file is refused, or its contents are checked."""
    kinds = [
        (
            gf.save_scenario(scenario(), tmp_path / "scenario.nc").read_bytes(),
            lambda path: certified(gf.open_scenario(path)),
        ),
        (
            gf.save_placement(results()["placement"], tmp_path / "placement.nc").read_bytes(),
            lambda path: gf.totals(gf.open_placement(path)),
        ),
    ]

    def attempt_of(rng):
        content, use = malformed.pick(rng, kinds)
        path = tmp_path / "damaged.nc"
        path.write_bytes(malformed.binary(rng, content))
        return lambda: use(path)

    fuzz("files", attempt_of)

"""Ensembles: reproducible, resumable, with failures named; and files of them."""

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from ensembles import inputs, row
from own_world import write_tables

import geofront as gf
from geofront import ensemble_files
from geofront.quantities import region_pairs
from geofront.quantities.claims import CLAIMS, applicable
from geofront.quantities.costly_headlines import COSTLY_HEADLINES, DELIVERED_HEADLINES
from geofront.quantities.designs import design
from geofront.quantities.headlines import NETWORK_BUDGETS
from geofront.quantities.worth import building_cost

LEVEL = row(name="level", low=0.5, mode=1.0, high=1.5)
PUE = row(name="pue", columns="pue", change="excess", low=0.5, mode=1.0, high=1.5)


@pytest.fixture
def threads():
    with ThreadPoolExecutor(2) as executor:
        yield executor


def mean_price(scenario):
    return float(scenario.price.mean())


def run(samples=20, seed=0, outcomes=(mean_price,), **options):
    options = {"inputs": pd.DataFrame([LEVEL, PUE]), "progress": False} | options
    return gf.ensemble(samples, seed, outcomes, **options)


@pytest.mark.slow
def test_outcomes_follow_from_the_draws(threads):
    found = run(executor=threads)
    default = float(gf.stylized(snapshots="day").price.mean())
    assert found.default_mean_price.item() == pytest.approx(default)
    assert found.mean_price.values == pytest.approx(default * found.input_value.sel(input="level").values)
    assert found.input_value.values == pytest.approx(0.5 + found["quantile"].values)
    assert found.attrs["failed"] == 0
    assert set(found.error.values) == {""}


def test_outcomes_of_ones_own_keep_their_dims_and_units(threads):
    def by_region(scenario):
        return scenario.pue.reset_coords(drop=True)

    def hvdc_lifetime(scenario, tables):
        return tables["hvdc"].at["lifetime", "value"]

    found = run(2, outcomes={"pue": by_region, "lifetime": hvdc_lifetime}, executor=threads)
    assert found.pue.dims == ("sample", "region")
    assert found.pue.attrs["units"] == gf.stylized(snapshots="day").pue.attrs["units"]
    excess = gf.stylized(snapshots="day").pue.values - 1
    assert found.pue.values == pytest.approx(1 + found.input_value.sel(input="pue").values[:, None] * excess)
    assert found.lifetime.values.tolist() == [40, 40]


@pytest.mark.slow
def test_the_seed_determines_the_draws_and_more_samples_extend_fewer(threads):
    once, again, more, other = (run(n, seed, executor=threads) for n, seed in ((5, 3), (5, 3), (20, 3), (5, 4)))
    xr.testing.assert_identical(once, again)
    assert (more.mean_price[:5] == once.mean_price).all()
    assert not np.isclose(other.mean_price, once.mean_price).any()


@pytest.mark.slow
def test_one_and_two_processes_give_the_same_digits():
    with concurrent.futures.ProcessPoolExecutor(1) as one, concurrent.futures.ProcessPoolExecutor(2) as two:
        xr.testing.assert_identical(run(executor=one), run(executor=two))


@pytest.mark.slow
def test_processes_are_the_default():
    def process(scenario):
        return os.getpid()

    assert run(20, outcomes=[process]).process.values[0] != os.getpid()
    # Not worth it for a few samples.
    assert run(2, outcomes=[process]).process.values[0] == os.getpid()


@pytest.mark.parametrize("sampler", ["latin", "saltelli", "morris", "one-at-a-time"])
def test_designs_are_reproducible(sampler):
    table = inputs(LEVEL, PUE)
    quantiles, values = design(table, sampler, 16, 5)
    again = design(table, sampler, 16, 5)[0]
    assert np.array_equal(quantiles, again, equal_nan=True)
    if sampler == "latin":
        # One sample in each sixteenth of every input's range.
        assert sorted((16 * quantiles[:, 0]).astype(int)) == list(range(16))
    if sampler == "saltelli":
        assert len(values) == 16  # four worlds for each of four base points
    if sampler == "one-at-a-time":
        assert values.tolist() == [[0.55, 1], [1.45, 1], [1, 0.55], [1, 1.45]]


def test_groups_move_together_in_a_saltelli_design():
    table = inputs(*({**row(name=name), "group": group} for name, group in (("a", "1"), ("b", "1"), ("c", "2"))))
    quantiles, _ = design(table, "saltelli", 8, 0)
    assert len(quantiles) == 8
    first, with_group_1, with_group_2, second = quantiles[:4]
    assert with_group_1.tolist() == [*second[:2], first[2]]
    assert with_group_2.tolist() == [*first[:2], second[2]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sampler": "random"}, "sampler='random' is unknown"),
        ({"samples": 0}, "samples=0 is below 1"),
        ({"sampler": "saltelli", "samples": 7}, "at least 8 samples for 2 groups"),
        ({"outcomes": ()}, "there are none"),
        ({"outcomes": {"error": mean_price}}, "'error': these names are taken"),
        ({"outcomes": [3]}, "outcomes=3 cannot be called"),
        ({"executor": 2}, "executor=2 is no executor: give one of concurrent.futures"),
        ({"tables": {"prices": pd.DataFrame()}}, "tables: unknown tables 'prices'"),
        ({"step": 5}, "step=5 does not divide a day"),
        ({"solver": "CBC"}, "unknown options 'solver'"),
        ({"snapshots": "week"}, "snapshots='week' is unknown"),
    ],
)
def test_wrong_choices_are_refused(options, words):
    with pytest.raises(gf.GeofrontError, match=words):
        run(**options)


@pytest.mark.slow
def test_a_failing_world_is_named_and_not_lost(threads):
    def careful(scenario):
        if float(scenario.price.mean()) > limit:
            raise gf.GeofrontError("prices are too high")
        return float(scenario.price.mean())

    limit = float(gf.stylized(snapshots="day").price.mean()) * 1.2
    found = run(outcomes=[careful], executor=threads)
    high = found.input_value.sel(input="level").values > 1.2
    assert 0 < found.attrs["failed"] == high.sum() < found.sizes["sample"]
    assert set(found.error.values[high]) == {"GeofrontError: prices are too high"}
    assert np.isnan(found.careful.values[high]).all()
    assert np.isfinite(found.careful.values[~high]).all()
    # Bands leave it out.
    assert gf.bands(found).p95.iloc[0] == pytest.approx(np.percentile(found.careful.values[~high], 95))


def test_an_ensemble_without_any_outcome_fails_with_the_reason(threads):
    def only_default(scenario):
        if abs(float(scenario.price.mean()) - default) > 1e-6:
            raise ZeroDivisionError("nothing to divide by")
        return 0.0

    default = float(gf.stylized(snapshots="day").price.mean())
    with pytest.raises(gf.GeofrontError, match=r"all 3 worlds fail.*ZeroDivisionError: nothing to divide by"):
        run(3, outcomes=[only_default], executor=threads)

    def never(scenario):
        raise KeyError("x")

    with pytest.raises(gf.GeofrontError, match="the default world fails: KeyError"):
        run(3, outcomes=[never], executor=threads)


def counted(folder: Path):
    def outcome(scenario):
        value = float(scenario.price.mean())
        (folder / f"{time.monotonic_ns()}").touch()
        return value

    return outcome


@pytest.mark.slow
def test_an_ensemble_resumes_from_its_store(tmp_path, threads):
    calls, store = tmp_path / "calls", tmp_path / "store"
    calls.mkdir()
    options = {"outcomes": {"counted": counted(calls)}, "store": store, "executor": threads}
    first = run(40, **options)
    assert len(list(calls.iterdir())) == 41  # with the default world
    chunks = sorted(store.glob("*.json"))
    assert len(chunks) == 3
    xr.testing.assert_identical(run(40, **options), first)
    assert len(list(calls.iterdir())) == 41
    lost = len(json.loads(chunks[0].read_text()))
    chunks[0].unlink()
    xr.testing.assert_identical(run(40, **options), first)
    assert len(list(calls.iterdir())) == 41 + lost
    run(40, **options | {"inputs": pd.DataFrame([LEVEL])})
    assert len(list(calls.iterdir())) == 41 + lost + 41


KILLS = int(os.environ.get("GEOFRONT_KILLS", "3"))
"""How often an ensemble is killed at a random moment; with more than three, its worker processes die with it."""

PROGRAM = """
import sys, time, uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import geofront as gf

inputs, store, calls, to, processes = sys.argv[1:]

def slow(scenario):
    (Path(calls) / uuid.uuid4().hex).touch()
    time.sleep(0.05)
    return float(scenario.price.mean())

if __name__ == "__main__":
    executor = None if processes else ThreadPoolExecutor(1)
    found = gf.ensemble(60, outcomes=[slow], inputs=inputs, store=store, executor=executor, progress=False)
    gf.save_ensemble(found, to)
"""


@pytest.mark.slow
def test_killed_ensembles_lose_no_finished_chunk_and_two_processes_share_the_rest(tmp_path):
    store, table, calls = tmp_path / "store", tmp_path / "inputs.csv", tmp_path / "calls"
    pd.DataFrame([LEVEL, PUE]).to_csv(table, index=False)
    calls.mkdir()
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    command = [sys.executable, str(script), str(table), str(store), str(calls)]
    moments = np.random.default_rng(0).uniform(0, 2.5, KILLS)
    finished = {}
    for moment in moments:
        running = subprocess.Popen([*command, str(tmp_path / "killed.nc"), "yes" if KILLS > 3 else ""])
        deadline = time.monotonic() + 300
        while not store.exists() and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(moment)
        running.kill()
        running.wait()
        # What was finished before is still there, untouched, and whatever is there is whole.
        now = {path: path.stat().st_mtime_ns for path in store.glob("*.json")}
        assert finished.items() <= now.items()
        assert all(len(json.loads(path.read_text())) in (13, 16) for path in now)
        finished = now
    before = len(list(calls.iterdir()))
    both = [subprocess.Popen([*command, str(tmp_path / f"{i}.nc"), ""]) for i in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    left = 4 - len(finished)
    assert len(list(calls.iterdir())) - before in ([0] if left == 0 else range(16 * left - 3, 16 * left + 1))
    first, second = (gf.open_ensemble(tmp_path / f"{i}.nc") for i in range(2))
    xr.testing.assert_identical(first, second)
    assert first.slow.values.tolist() == run(60, executor=ThreadPoolExecutor(1)).mean_price.values.tolist()


def test_an_outcome_cannot_change_the_scenario_of_others(threads):
    def careless(scenario):
        scenario["price"] *= 2
        return 0.0

    with pytest.raises(gf.GeofrontError, match=r"the default world fails: ValueError: .*read-only"):
        run(2, outcomes=[careless], executor=threads)


@pytest.mark.slow
def test_a_dask_cluster_that_loses_a_worker_loses_no_sample(tmp_path):
    distributed = pytest.importorskip("distributed")

    def slow(scenario):
        time.sleep(0.02)
        return float(scenario.price.mean())

    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with (
        distributed.LocalCluster(**options) as cluster,
        distributed.Client(cluster) as client,
        ThreadPoolExecutor(1) as killer,
    ):
        pid = next(iter(client.run(os.getpid).values()))
        killer.submit(lambda: (time.sleep(1.0), os.kill(pid, signal.SIGKILL)))
        found = run(60, outcomes=[slow], executor=client, store=tmp_path)
    default = float(gf.stylized(snapshots="day").price.mean())
    assert found.slow.values == pytest.approx(default * found.input_value.sel(input="level").values)


@pytest.mark.slow
def test_files_keep_ensembles_and_stale_ones_are_refused(tmp_path, threads):
    found = run(3, outcomes={name: gf.HEADLINES[name] for name in ("local_cost",)}, inputs=None, executor=threads)
    read = gf.open_ensemble(gf.save_ensemble(found, tmp_path / "worlds.nc"))
    xr.testing.assert_identical(read, found)
    assert ensemble_files.verify(read) < 1e-9
    stale = read.assign(local_cost=read.local_cost + np.array([0, 0, 1]))
    with pytest.raises(
        gf.GeofrontError, match="'local_cost' of the ensemble differs when computed again in worlds '2'"
    ):
        ensemble_files.verify(stale)
    with pytest.raises(gf.GeofrontError, match=r"the draws of the ensemble do not follow from data/uncertainty\.csv"):
        ensemble_files.verify(read.assign_attrs(seed=1))
    with pytest.raises(gf.GeofrontError, match="not an ensemble: it lacks 'input_value'"):
        gf.save_ensemble(xr.Dataset(), tmp_path / "empty.nc")


@pytest.mark.slow
def test_headlines_are_those_of_the_quantities(threads):
    """Each against what the public functions return for the default scenario."""
    found = run(1, outcomes=gf.HEADLINES | COSTLY_HEADLINES, inputs=None, step=1)
    scenario = gf.stylized(snapshots="day")
    placement, policies = gf.place(scenario), gf.policies(scenario, carbon_prices=())
    assert found.default_local_cost.item() == pytest.approx(gf.totals(gf.local(scenario)).cost_per_mwh)
    assert found.default_cheapest_cost.item() == pytest.approx(gf.totals(placement).cost_per_mwh)
    assert found.default_cheapest_cost_change.item() == pytest.approx(policies.at["cheapest", "cost_vs_local"])
    assert found.default_cleanest_carbon_change.item() == pytest.approx(policies.at["cleanest", "carbon_vs_local"])
    assert found.default_cleanest_cost_change.item() == pytest.approx(policies.at["cleanest", "cost_vs_local"])
    losses = gf.friction_losses(scenario)
    benefit = losses.benefit.values
    assert found.default_benefit_without_frictions.item() == pytest.approx(benefit[0])
    assert found.default_benefit_with_frictions.item() == pytest.approx(benefit[-1])
    assert found.default_friction_loss.item() == pytest.approx(100 * (1 - benefit[-1] / benefit[0]))
    shares = 100 * losses.shapley / losses.shapley.sum()
    assert found.default_friction_shares.values == pytest.approx(shares.sel(friction=list(gf.FRICTIONS)).values)
    average = gf.policies(gf.stylized(snapshots="day", carbon_signal="average"), carbon_prices=())
    assert found.default_cheapest_carbon_change.sel(signal="average").item() == pytest.approx(
        average.at["cheapest", "carbon_vs_local"], rel=1e-5
    )
    swept = gf.sweep(scenario, network_budgets=NETWORK_BUDGETS).squeeze("carbon_price")
    demand = float((scenario.demand.sum(("client", "workload")) * scenario.weight).sum())
    assert found.default_network_cost.values == pytest.approx(swept.cost.values / demand)
    assert found.default_network_relocated_share.values == pytest.approx(100 * swept.relocated_share.values, rel=1e-5)
    tight, early, loose = swept.cost.values
    assert found.default_early_saving.item() == pytest.approx(100 * (tight - early) / (tight - loose))
    layers = gf.layers(scenario, placement).share
    assert found.default_layer_shares.values == pytest.approx(100 * layers.values, abs=1e-6)
    moved = gf.relocatable(scenario, placement)
    assert found.default_relocatable_share.values == pytest.approx(
        (100 * moved.rid.sum(("client", "workload")) / moved.demand.sum()).values, rel=1e-5
    )
    tight = scenario.assign(latency_budget=scenario.latency_budget * 0 + scenario.service_time + NETWORK_BUDGETS[0])
    away = (gf.feasibility(tight).latency & (scenario.region != scenario.home)).sum("region")
    assert found.default_regions_in_reach.values[0] == pytest.approx(
        float((away * scenario.demand.mean("hour")).sum() / scenario.demand.mean("hour").sum())
    )
    assert found.default_requests_win_beyond.item() == pytest.approx(float(gf.break_even_distance().break_even.max()))
    worth = gf.capacity_worth(placement).worth.max()
    assert found.default_capacity_worth.item() == pytest.approx(worth / 1000)
    assert found.default_capacity_worth_of_building.item() == pytest.approx(100 * worth / building_cost())
    at_zero = scenario.assign(carbon=scenario.carbon.where(scenario.region != "br-saopaulo", 0.0))
    before, after = (gf.totals(each) for each in (gf.local(at_zero), gf.evaluate(at_zero, placement.flow)))
    assert found.default_cheapest_carbon_change_contested.item() == pytest.approx(
        100 * (after.carbon_per_mwh / before.carbon_per_mwh - 1), rel=1e-5
    )
    frontier = gf.latency_frontier(scenario).cost_per_mwh
    reached = frontier <= (frontier[0] + frontier[-1]) / 2
    assert found.default_half_of_the_saving.item() == pytest.approx(float(frontier.budget[reached].min()))
    ranges = gf.energy_oriented(scenario, placement, boundaries=[100.0]).sel(definition="beyond 100 ms")
    assert found.default_energy_oriented_spans.sel(end="least").values == pytest.approx(100 * ranges.least.values)
    assert found.default_energy_oriented_spans.sel(end="most").values == pytest.approx(100 * ranges.most.values)
    ways = region_pairs.ways_by_pair().cheapest
    assert found.default_cheapest_ways.sel(way="relocation").item() == pytest.approx(
        100 * float((ways == "relocation").sum() / (ways != "").sum())
    )
    assert found.attrs["failed"] == 0


@pytest.mark.slow
def test_headlines_by_delivered_prices_are_those_of_delivered_scenarios():
    delivered = gf.uncertainty().drop(index="delivered")
    found = run(1, outcomes=DELIVERED_HEADLINES, inputs=delivered)
    scenario = gf.stylized(snapshots="day", price_scope="delivered")
    saved = gf.totals(gf.local(scenario)).cost_per_mwh - gf.totals(gf.place(scenario)).cost_per_mwh
    assert found.default_delivered_benefit_with_frictions.item() == pytest.approx(saved, rel=0.01)
    ways = region_pairs.ways_by_pair(price_scope="delivered").cheapest
    assert found.default_delivered_cheapest_ways.sel(way="local").item() == pytest.approx(
        100 * float((ways == "local").sum() / (ways != "").sum())
    )


@pytest.mark.slow
def test_steps_of_hours_keep_the_headlines():
    """Local cost to the last digit, as products of daily harmonics are summed exactly; the others nearly."""
    names = ("local_cost", "cheapest_cost", "cleanest_carbon_change")
    every, some = (run(1, outcomes={name: gf.HEADLINES[name] for name in names}, step=n) for n in (1, 3))
    assert some.default_local_cost.item() == pytest.approx(every.default_local_cost.item(), rel=1e-12)
    for name in names[1:]:
        assert some[f"default_{name}"].item() == pytest.approx(every[f"default_{name}"].item(), rel=1e-3)


@pytest.mark.slow
def test_ensembles_take_a_users_own_tables(tmp_path):
    folder = str(write_tables(tmp_path))
    quoted = ensemble_files.as_quoted(folder)
    scenario = gf.stylized(tables_dir=folder)
    assert quoted.local_cost.item() == pytest.approx(gf.totals(gf.local(scenario)).cost_per_mwh)
    assert quoted.layer_shares.workload.values.tolist() == ["A", "C"]
    tables = gf.data_tables(tables_dir=folder)
    inputs = gf.uncertainty()
    wholesale = inputs[~inputs.index.str.startswith("delivered")]  # the own tables have no delivered prices
    found = run(2, outcomes=gf.HEADLINES, inputs=wholesale, tables=tables)
    assert found.attrs["failed"] == 0
    known = applicable(found, CLAIMS)
    assert set(CLAIMS) - set(known) == {"batch_work_keeps_much_at_home"}
    assert len(gf.claims(found, known)) == len(known)


def test_a_store_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(gf.GeofrontError, match=r"store: no folder '.*file'"):
        run(2, store=tmp_path / "file")

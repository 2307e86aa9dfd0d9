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
from test_uncertain_inputs import inputs, row

import geofront as gf
from geofront import ensemble_files
from geofront.quantities.designs import design

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


def test_the_seed_determines_the_draws_and_more_samples_extend_fewer(threads):
    once, again, more, other = (run(n, seed, executor=threads) for n, seed in ((5, 3), (5, 3), (20, 3), (5, 4)))
    xr.testing.assert_identical(once, again)
    assert (more.mean_price[:5] == once.mean_price).all()
    assert not np.isclose(other.mean_price, once.mean_price).any()


def test_one_and_two_processes_give_the_same_digits():
    with concurrent.futures.ProcessPoolExecutor(1) as one, concurrent.futures.ProcessPoolExecutor(2) as two:
        xr.testing.assert_identical(run(executor=one), run(executor=two))


def test_processes_are_the_default():
    def process(scenario):
        return os.getpid()

    assert run(2, outcomes=[process]).process.values[0] != os.getpid()


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
        ({"samples": 0}, "one sample or more"),
        ({"sampler": "saltelli", "samples": 7}, "at least 8 samples for 2 groups"),
        ({"outcomes": ()}, "there are none"),
        ({"outcomes": {"error": mean_price}}, "'error': these names are taken"),
    ],
)
def test_wrong_choices_are_refused(options, words):
    with pytest.raises(gf.GeofrontError, match=words):
        run(**options)


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
        if float(scenario.price.mean()) != default:
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


KILLED = """
import sys, time
import geofront as gf
import pandas as pd

def slow(scenario):
    time.sleep(0.02)
    return float(scenario.price.mean())

if __name__ == "__main__":
    gf.ensemble(60, outcomes=[slow], inputs=pd.read_csv(sys.argv[1]), store=sys.argv[2], progress=False)
"""


def test_a_killed_ensemble_loses_no_finished_chunk(tmp_path):
    store, table = tmp_path / "store", tmp_path / "inputs.csv"
    pd.DataFrame([LEVEL, PUE]).to_csv(table, index=False)
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(table), str(store)]
    process = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 300
    while not list(store.glob("*.json")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = {path: path.read_bytes() for path in store.glob("*.json")}
    assert finished
    assert all(len(json.loads(text)) in (13, 16) for text in finished.values())
    before = {path: path.stat().st_mtime_ns for path in finished}
    subprocess.run(command, check=True)
    assert len(list(store.glob("*.json"))) == 4
    assert {path: path.stat().st_mtime_ns for path in finished} == before


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


def test_files_keep_ensembles_and_stale_ones_are_refused(tmp_path, threads):
    found = run(3, outcomes={name: gf.HEADLINES[name] for name in ("local_cost",)}, inputs=None, executor=threads)
    path = ensemble_files.save_ensemble(found, tmp_path / "worlds.nc")
    read = ensemble_files.open_ensemble(path)
    assert read.local_cost.values.tolist() == found.local_cost.values.tolist()
    assert list(read.label.values) == list(found.label.values)
    assert ensemble_files.verify(read) < 1e-9
    stale = read.assign(local_cost=read.local_cost + np.array([0, 0, 1]))
    with pytest.raises(gf.GeofrontError, match="'local_cost' of the ensemble does not come out again in worlds '2'"):
        ensemble_files.verify(stale)
    with pytest.raises(gf.GeofrontError, match="no ensemble, it lacks 'input_value'"):
        ensemble_files.save_ensemble(xr.Dataset(), tmp_path / "empty.nc")


def test_headlines_are_those_of_the_quantities(threads):
    """Each against what the public functions say of the default scenario."""
    found = run(1, outcomes=gf.HEADLINES, inputs=None, executor=threads)
    scenario = gf.stylized(snapshots="day")
    policies = gf.policies(scenario, carbon_prices=())
    assert found.default_cheapest_cost_change.item() == pytest.approx(policies.at["cheapest", "cost_vs_local"])
    assert found.default_cleanest_carbon_change.item() == pytest.approx(policies.at["cleanest", "carbon_vs_local"])
    assert found.default_cleanest_cost_change.item() == pytest.approx(policies.at["cleanest", "cost_vs_local"])
    losses = gf.friction_losses(scenario)
    benefit = losses.benefit.values
    assert found.default_friction_loss.item() == pytest.approx(100 * (1 - benefit[-1] / benefit[0]), rel=1e-5)
    assert found.default_friction_shares.sel(friction="capacity").item() == pytest.approx(
        float(100 * losses.shapley.sel(friction="capacity") / losses.shapley.sum()), rel=1e-6
    )
    average = gf.policies(gf.stylized(snapshots="day", carbon_signal="average"), carbon_prices=())
    assert found.default_cheapest_carbon_change.sel(signal="average").item() == pytest.approx(
        average.at["cheapest", "carbon_vs_local"], rel=1e-5
    )
    assert found.attrs["failed"] == 0

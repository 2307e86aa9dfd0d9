"""Uncertain inputs: distributions, what they change, and that they cover every estimate."""

import numpy as np
import pandas as pd
import pytest
from ensembles import inputs, row

import geofront as gf
from geofront.inputs import loaders
from geofront.quantities.uncertain_inputs import base_tables, check_options, under_signal, values_at, world

pytestmark = pytest.mark.slow

PROVENANCE = {
    "regions": "regions",
    "clients": "clients",
    "workloads": "workloads",
    "hvdc": "hvdc",
    "building": "building",
    "lawful_transfers": "lawful",
    "rtt_measured": "rtt",
}
"""Tables with a provenance, and what they are called among the inputs."""


def drawn(value, options=None, **described):
    table, options = inputs(row(**described)), {"snapshots": "day"} | (options or {})
    check_options(table, base_tables(), options)
    return world(table, [value], base_tables(), **options)


@pytest.mark.parametrize(
    ("described", "quantile", "value"),
    [
        ({"low": 2, "mode": 3, "high": 6}, 0.25, 3.0),
        # Below the peak of a triangle from 0 to 2 with its peak at 1, the distribution function is x²/2.
        ({"distribution": "triangular"}, 0.125, 0.5),
        ({"distribution": "triangular"}, 0.5, 1.0),
        ({"distribution": "triangular", "mode": 0.0}, 0.75, 1.0),
        ({"distribution": "lognormal", "low": 0.5}, 0.05, 0.5),
        ({"distribution": "lognormal", "low": 0.5}, 0.5, 1.0),
        ({"distribution": "lognormal", "low": 0.5}, 0.95, 2.0),
        # Cut at the 0.1st percentile: 2^(−3.0902 / 1.6449).
        ({"distribution": "lognormal", "low": 0.5}, 0.0, 0.27193),
    ],
)
def test_quantiles(described, quantile, value):
    assert values_at(inputs(row(**described)), np.array([[quantile]])) == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize(
    ("described", "words"),
    [
        ({"distribution": "normal"}, "distribution 'normal' is unknown"),
        ({"change": "subtract"}, "change 'subtract' is unknown"),
        ({"table": "prices"}, "table 'prices' is unknown"),
        ({"columns": "price"}, "no column 'price'"),
        ({"rows": "atlantis"}, "no row 'atlantis'"),
        ({"mode": 3.0}, "out of order"),
        ({"distribution": "lognormal"}, "not above 0"),
        ({"distribution": "lognormal", "low": 0.9}, "as far from the mode"),
    ],
)
def test_wrong_rows_are_named(described, words):
    with pytest.raises(gf.GeofrontError, match=f"bad: .*{words}"):
        inputs(row(name="bad", **described), row(name="good"))


def test_missing_columns_and_repeated_names_are_refused():
    with pytest.raises(gf.GeofrontError, match=r"missing column\(s\) 'mode'"):
        gf.uncertainty(pd.DataFrame([row()]).drop(columns="mode"))
    with pytest.raises(gf.GeofrontError, match=r"repeated label\(s\) in input: 'x'"):
        inputs(row(), row())


def test_each_makes_an_input_of_every_row():
    table = inputs(row(name="budget", table="workloads", columns="latency_budget_ms", rows="each"))
    assert list(table.index) == ["budget.A", "budget.B", "budget.C", "budget.D"]
    made = world(table, [1, 2, 1, 1], base_tables(), snapshots="day").scenario
    assert made.latency_budget.values.tolist() == [300, 3000, 60_000, 3_600_000]


def test_changes_of_cells():
    prices = loaders.regions().price_usd_per_mwh
    doubled = drawn(2.0, rows="us-texas sg-singapore").tables["regions"].price_usd_per_mwh
    assert doubled.to_dict() == {
        **prices,
        "us-texas": 2 * prices["us-texas"],
        "sg-singapore": 2 * prices["sg-singapore"],
    }
    same = drawn(0.0, change="spread").tables["regions"].price_usd_per_mwh
    assert same.to_numpy() == pytest.approx(np.full(12, np.exp(np.log(prices).mean())))
    wider = drawn(2.0, change="spread").tables["regions"].price_usd_per_mwh
    assert np.log(wider).std() == pytest.approx(2 * np.log(prices).std())
    assert drawn(0.5, columns="pue", change="excess").scenario.pue.sel(region="us-virginia") == pytest.approx(1.075)
    assert (
        drawn(0.3, table="workloads", columns="pinned_share", change="set").scenario.pinned_share.values.tolist()
        == [0.3] * 4
    )


def test_changes_of_arguments_and_of_the_finished_scenario():
    plain = gf.stylized(snapshots="day")
    roomy = drawn(2.0, table="arguments", columns="headroom").scenario
    assert roomy.capacity.values == pytest.approx(gf.stylized(snapshots="day", headroom=0.3).capacity.values)
    slow = drawn(1.5, table="scenario", columns="access_rtt").scenario
    assert slow.access_rtt.values == pytest.approx(1.5 * plain.access_rtt.values)
    assert slow.access_rtt.attrs == plain.access_rtt.attrs


def test_round_trips_between_measured_and_modelled():
    rtt = {share: drawn(share, table="rtt", columns="rtt_ms", change="modelled").scenario.rtt for share in (0, 0.5, 1)}
    pair = {"service": "us-virginia", "region": "us-texas"}
    # 1,868.6 km apart; modelled 1.4·(2·1868.6/200 + 20) ms.
    assert float(rtt[0].sel(pair)) == 36.0
    assert float(rtt[1].sel(pair)) == pytest.approx(54.16, abs=0.01)
    assert float(rtt[0.5].sel(pair)) == pytest.approx(np.sqrt(36.0 * float(rtt[1].sel(pair))))


def test_law_from_strict_to_permissive():
    lawful = [
        drawn(
            level, table="lawful", columns="client_jurisdiction region_jurisdiction", change="strictness"
        ).scenario.lawful
        for level in (0, 1, 2)
    ]
    assert (lawful[0] <= lawful[1]).all()
    assert (lawful[1] == gf.stylized(snapshots="day").lawful).all()
    assert int(lawful[0].sum()) < int(lawful[1].sum())
    assert bool(lawful[2].all())
    # Own jurisdictions are lawful however strict the law.
    assert bool(lawful[0].sel(client="mumbai", region="in-mumbai"))


def test_ranges_move_between_their_ends():
    hvdc = loaders.hvdc()
    described = {"table": "hvdc", "columns": "value", "change": "ends", "low": -1.0, "mode": 0.0, "high": 1.0}
    for value, end in ((-1, "favours_transmission"), (0, "value"), (1, "favours_relocation")):
        assert drawn(value, **described).tables["hvdc"]["value"].to_numpy() == pytest.approx(hvdc[end].to_numpy())
    halfway = drawn(0.5, **described).tables["hvdc"].at["converter_capex", "value"]
    assert halfway == pytest.approx((210.16 + 756.74) / 2)


def test_delivered_prices_are_reached_by_degrees():
    described = {"columns": "delivered_adder_usd_per_mwh", "low": 0.0, "mode": 0.0, "high": 1.0}
    prices = {share: drawn(share, **described).scenario.price.values for share in (0, 0.5, 1)}
    wholesale, delivered = (gf.stylized(snapshots="day", price_scope=scope).price.values for scope in gf.PRICE_SCOPES)
    assert prices[0] == pytest.approx(wholesale)
    assert prices[1] == pytest.approx(delivered)
    assert prices[0.5] == pytest.approx((wholesale + delivered) / 2)


def test_a_scope_of_prices_that_contradicts_the_inputs_is_refused():
    described = {"columns": "delivered_adder_usd_per_mwh", "low": 0.0, "mode": 0.0, "high": 1.0}
    with pytest.raises(gf.GeofrontError, match="price_scope='delivered' contradicts the inputs 'x'"):
        drawn(0.5, {"price_scope": "delivered"}, **described)
    as_default = drawn(1.0, {"price_scope": "delivered"}, **described | {"mode": 1.0}).scenario.price.values
    assert as_default == pytest.approx(gf.stylized(snapshots="day", price_scope="delivered").price.values)


def test_energy_shares_are_divided_by_their_sum():
    made = drawn(2.0, table="workloads", columns="energy_share", rows="A").scenario
    by_class = made.demand.sum("client").mean("hour")
    assert (by_class / by_class.sum()).values == pytest.approx(np.array([0.7, 0.3, 0.2, 0.15]) / 1.35)


@pytest.mark.parametrize("signal", gf.CARBON_SIGNALS)
@pytest.mark.parametrize("snapshots", ["day", "month-hour"])
def test_the_default_world_is_the_default_scenario(signal, snapshots):
    table = gf.uncertainty()
    made = world(table, table["mode"], base_tables(), snapshots=snapshots, carbon_signal=signal).scenario
    plain = gf.stylized(snapshots=snapshots, carbon_signal=signal)
    assert made.drop_vars([f"carbon_{name}" for name in gf.CARBON_SIGNALS]).equals(plain)
    for other in gf.CARBON_SIGNALS:
        expected = gf.stylized(snapshots=snapshots, carbon_signal=other)
        assert under_signal(made, other).carbon.values == pytest.approx(expected.carbon.values)
        assert under_signal(made, other).attrs["carbon_signal"] == other


def test_steps_take_every_third_hour_with_three_times_its_weight():
    table = gf.uncertainty()
    made = world(table, table["mode"], base_tables(), snapshots="day", step=3).scenario
    plain = gf.stylized(snapshots="day").isel(hour=slice(None, None, 3))
    assert made.weight.values.tolist() == [3 * 365] * 8
    assert made.price.values.tolist() == plain.price.values.tolist()
    # A start costs as much, but the weight of an hour is three times as large.
    assert (made.warmup * made.weight[0]).values == pytest.approx((plain.warmup * 365).values)


def test_any_draw_is_a_scenario_without_failures():
    table = gf.uncertainty()
    quantiles = np.random.default_rng(1).random((5, len(table)))
    for values in values_at(table, quantiles):
        gf.validate(world(table, values, base_tables(), snapshots="day").scenario)


def estimates() -> set[tuple[str, str, str]]:
    """Table, column and row of every value of the core regions, and all others, that is an estimate or contested."""
    found = set()
    core = set(loaders.regions().index)
    for name, table in PROVENANCE.items():
        sources = loaders.provenance(name)
        guessed = sources[sources.confidence.isin(["estimated", "contested"])]
        for entry in guessed.to_dict("records"):
            label = next((entry[key] for key in ("region", "client", "workload", "parameter") if key in entry), "")
            if name != "regions" or label in core:
                found.add((table, entry.get("column", "client_jurisdiction"), label))
    return found


def test_every_estimate_is_covered():
    covered = set()
    for _, each in gf.uncertainty().iterrows():
        own = [f"{each.table}.{column}" for column in each["columns"].split()]
        rows = each.rows.split() or [""]
        covered |= {(*name.split("."), label) for name in (*own, *each.covers.split()) for label in rows}
    lacking = {entry for entry in estimates() if entry not in covered and (*entry[:2], "") not in covered}
    assert lacking == set()
    assert len(estimates()) > 80

"""Latency at a high percentile: by hand, against scipy, and without jitter the same as before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import texts
from reference import ReferenceProgram
from scenarios import scenarios, tiny
from scipy import stats

import geofront as gf
from geofront import charts
from geofront.beyond.tail import tail_cases
from geofront.errors import GeofrontError, Infeasible
from geofront.inputs import loaders
from geofront.inputs.geography import measured_jitter
from geofront.names import FRICTIONS, TOLERANCE

Z = 2.3263478740408408
"""The 99th percentile of a standard normal distribution."""


def near_and_far(**values):
    """10 MW at home P at 60 USD/MWh; Q costs 30 at a round trip of 40 ms, S costs 20 at 60 ms. Budget 100 ms."""
    return tiny(
        regions="PQS",
        price={"P": 60, "Q": 30, "S": 20},
        rtt={"P": [2, 40, 60], "Q": 30, "S": 30},
        **{"latency_budget": 100.0} | values,
    )


def test_one_round_trip_by_hand():
    """At 0.2 each takes e^(0.2 z) = 1.59 times as long: S 15.9 + 95.6 ms is too far, Q 15.9 + 63.7 ms is not."""
    tail = gf.tail(near_and_far(), jitter=0.2)
    assert float(tail.round_trips[0]) == pytest.approx(np.exp(0.2 * Z))
    assert float(tail.access_rtt[0, 0]) == pytest.approx(10 * np.exp(0.2 * Z))
    assert gf.totals(gf.place(near_and_far())).cost_per_mwh == pytest.approx(20)
    assert gf.totals(gf.place(tail)).cost_per_mwh == pytest.approx(30)


def test_many_round_trips_vary_less():
    """Four of jitter 0.5: mean 4 e^0.125, variance 4 e^0.25 (e^0.25 − 1), so the sum has the jitter 0.2619."""
    spread = np.sqrt(np.log(1 + (np.exp(0.25) - 1) / 4))
    assert spread == pytest.approx(0.2619, abs=5e-5)
    tail = gf.tail(near_and_far(round_trips=4.0), jitter=0.5)
    assert float(tail.round_trips[0]) == pytest.approx(4 * np.exp(0.125 - spread**2 / 2 + Z * spread))


def test_the_sum_of_round_trips_against_a_sample():
    """Fenton-Wilkinson is exact in mean and variance; at the 99th percentile it is within 2 % here."""
    sample = np.random.default_rng(0).lognormal(0, 0.3, (200_000, 5)).sum(axis=1)
    tail = gf.tail(near_and_far(round_trips=5.0), jitter=0.3)
    assert float(tail.round_trips[0]) == pytest.approx(np.quantile(sample, 0.99), rel=0.02)


def test_one_server_by_hand():
    """M/M/1 at 80 %: a request waits longer than t service times with probability 0.8 e^(−0.2 t)."""
    tail = gf.tail(near_and_far(service_time=5.0), jitter=0, servers=1, utilisation=0.8)
    assert float(tail.service_time[0]) == pytest.approx(5 * (1 + np.log(0.8 / 0.01) / 0.2))
    assert tail.capacity.values == pytest.approx([80, 80, 80])


@pytest.mark.parametrize(("servers", "utilisation"), [(3, 0.5), (16, 0.9), (400, 0.97)])
def test_waiting_follows_erlang(servers, utilisation):
    load = stats.poisson(servers * utilisation)
    lost = load.pmf(servers) / load.cdf(servers)
    waits = lost / (1 - utilisation * (1 - lost))
    expected = 1 + max(0, np.log(waits / 0.01)) / (servers * (1 - utilisation))
    tail = gf.tail(near_and_far(service_time=1.0), jitter=0, servers=servers, utilisation=utilisation)
    assert float(tail.service_time[0]) == pytest.approx(expected)


def test_so_many_servers_that_nothing_waits():
    tail = gf.tail(near_and_far(service_time=5.0), servers=100_000, utilisation=0.5)
    assert float(tail.service_time[0]) == 5


@settings(max_examples=8)
@given(scenarios())
def test_without_jitter_the_scenario_is_the_same(scenario):
    tail = gf.tail(scenario, jitter=0)
    assert gf.totals(gf.place(tail)).cost == pytest.approx(gf.totals(gf.place(scenario)).cost, rel=1e-7, abs=1e-7)


class TailProgram(ReferenceProgram):
    """The reference program with the latency of a percentile, from scipy's distributions."""

    jitter = quantile = 0.0

    def latency(self, c, k, r):
        v, home, count = self.v, self.v["home"][c], self.v["round_trips"][k]
        mean, variance = stats.lognorm(self.jitter).stats()
        spread = np.sqrt(np.log1p(variance / mean**2 / count))
        sum_of = stats.lognorm(spread, scale=count * mean / np.exp(spread**2 / 2))
        return (
            v["access_rtt"][c, home] * stats.lognorm(self.jitter).ppf(self.quantile)
            + v["rtt"][home, r] * sum_of.ppf(self.quantile)
            + v["service_time"][k]
        )


@settings(max_examples=8)
@given(scenarios(), st.sampled_from([0.05, 0.13, 0.37]), st.sampled_from([0.9, 0.99]))
def test_against_scipy(scenario, jitter, quantile):
    program = TailProgram(scenario, 0.0, "cost", FRICTIONS)
    program.jitter, program.quantile = jitter, quantile
    program.add_flows()
    program.add_shares()
    program.add_capacities()
    program.add_starts()
    cost = gf.totals(gf.place(gf.tail(scenario, jitter=jitter, quantile=quantile))).cost
    scale = 1 + 500 * float((scenario.demand * scenario.weight).sum())
    assert cost == pytest.approx(program.solve(), rel=TOLERANCE, abs=TOLERANCE * scale)


TIERS = (0.5, 0.8, 0.9)


def test_the_fullest_pool_that_fits_by_hand():
    """One server: 99 % wait at most ln(100 u) / (1 - u) service times, so 8, 22 and 45 ms at 50, 80 and 90 %.

    Home takes 13 ms and Q 51, which leaves time for the pool at 90 %; S takes 71 and has time for that at 80 %. So 5 MW
    in S serve 4 of the 10 MW, 4 MW in Q serve 3.6, and 2.4 stay at home.
    """
    scenario = near_and_far(service_time=1.0, capacity={"P": 20, "Q": 4, "S": 5})
    placed = gf.place_in_pools(scenario, servers=1, utilisation=TIERS, jitter=0)
    assert placed.utilisation.squeeze().values.tolist() == [0.9, 0.9, 0.8]
    assert placed.flow.squeeze().values.tolist() == pytest.approx([2.4, 3.6, 4.0])
    assert placed.held_capacity.squeeze().values.tolist() == pytest.approx([2.4 / 0.9, 4, 5])
    assert gf.totals(placed).cost_per_mwh == pytest.approx((2.4 * 60 + 3.6 * 30 + 4 * 20) / 10)
    assert placed.attrs["gap"] <= TOLERANCE


def test_pools_of_least_emissions_by_hand():
    """The pools above, but S is the dirtiest: 3.6 MW in Q emit least, and home is cleaner than S."""
    scenario = near_and_far(service_time=1.0, capacity={"P": 20, "Q": 4, "S": 5}, carbon={"P": 200, "Q": 50, "S": 300})
    placed = gf.place_in_pools(scenario, servers=1, utilisation=TIERS, jitter=0, objective="carbon")
    assert placed.flow.squeeze().values.tolist() == pytest.approx([6.4, 3.6, 0])
    assert gf.totals(placed).carbon_per_mwh == pytest.approx((6.4 * 200 + 3.6 * 50) / 10)


def test_a_home_that_misses_its_budget_has_the_emptiest_pool():
    scenario = near_and_far(service_time=1.0, latency_budget=20.0)
    placed = gf.place_in_pools(scenario, servers=1, utilisation=TIERS, jitter=0)
    assert placed.utilisation.squeeze().values.tolist() == pytest.approx([0.5, np.nan, np.nan], nan_ok=True)
    assert placed.held_capacity.squeeze().values.tolist() == pytest.approx([20, 0, 0])


def enough(scenario):
    """Capacity for all demand at home in the emptiest pools."""
    return scenario.assign(capacity=scenario.capacity / min(TIERS))


@settings(max_examples=8)
@given(scenarios().map(enough), st.sampled_from([1, 20, 400]))
def test_pools_of_one_utilisation_are_a_scenario(scenario, servers):
    placed = gf.place_in_pools(scenario, servers=servers, utilisation=0.8)
    tail = gf.tail(scenario, servers=servers, utilisation=0.8)
    assert gf.totals(placed).cost == pytest.approx(gf.totals(gf.place(tail)).cost, rel=1e-7, abs=1e-6)


class PoolProgram(TailProgram):
    """The program of a percentile with a pool for every arc, and Erlang's waiting times from scipy."""

    servers = 1

    def wait(self, utilisation):
        load = stats.poisson(self.servers * utilisation)
        lost = load.pmf(self.servers) / load.cdf(self.servers)
        waits = lost / (1 - utilisation * (1 - lost))
        return max(0.0, np.log(waits / (1 - self.quantile))) / (self.servers * (1 - utilisation))

    def latency(self, c, k, r, utilisation=TIERS[0]):
        return super().latency(c, k, r) + self.v["service_time"][k] * self.wait(utilisation)

    def fullest(self, c, k, r):
        fit = [each for each in TIERS if self.latency(c, k, r, each) <= self.v["latency_budget"][k]]
        return max(fit, default=TIERS[0])

    def add_capacities(self):
        for r in self.regions:
            for t in self.hours:
                held = [
                    ((c, s, k, h), (1 + self.v["overhead_energy"][k] * self.away(c, r)) / self.fullest(c, k, r))
                    for c, s, k, h in self.columns
                    if (s, h) == (r, t)
                ]
                capacity = self.v["capacity"]
                self.add_row("ub", held, capacity[r, t] if (r, t) in capacity else capacity[r])


@settings(max_examples=8)
@given(scenarios().map(enough), st.sampled_from([1, 20, 400]), st.sampled_from([0.05, 0.37]))
def test_pools_against_scipy(scenario, servers, jitter):
    program = PoolProgram(scenario, 0.0, "cost", FRICTIONS)
    program.jitter, program.quantile, program.servers = jitter, 0.99, servers
    program.add_flows()
    program.add_shares()
    program.add_capacities()
    program.add_starts()
    cost = gf.totals(gf.place_in_pools(scenario, servers=servers, utilisation=TIERS, jitter=jitter)).cost
    scale = 1 + 500 * float((scenario.demand * scenario.weight).sum())
    assert cost == pytest.approx(program.solve(), rel=TOLERANCE, abs=TOLERANCE * scale)


def test_pools_without_room():
    with pytest.raises(Infeasible, match="the pools cannot hold the demand of block 1 in time: raise 'capacity'"):
        gf.place_in_pools(near_and_far(capacity=12.0, latency_budget=15.0), servers=5000, utilisation=[0.2, 0.3])
    with pytest.raises(GeofrontError, match="utilisation is empty"):
        gf.place_in_pools(near_and_far(), servers=5, utilisation=[])


def test_homes_over_budget():
    """At home 15.9 + 3.2 ms: beyond a budget of 15 ms, and of all demand since there is one client and class."""
    tail = gf.tail(near_and_far(latency_budget=15.0), jitter=0.2)
    table = gf.homes_over_budget(tail)
    assert table.index.tolist() == [("a", "A")]
    assert table.latency.tolist() == [pytest.approx(12 * np.exp(0.2 * Z))]
    assert table.budget.tolist() == [15]
    assert table.demand_share.tolist() == [1]
    assert gf.homes_over_budget(near_and_far(latency_budget=15.0)).empty


def test_cases():
    """S, then Q, then home; half the capacity of 12 MW cannot hold 10 MW."""
    scenario = near_and_far(capacity={"P": 12, "Q": 12, "S": 12})
    cases = [{"jitter": 0.0}, {"jitter": 0.2}, {"jitter": 0.6}, {"servers": 5000, "utilisation": 0.2}]
    table = tail_cases(scenario, cases)
    assert table.benefit.tolist() == pytest.approx([40, 30, 0, np.nan], nan_ok=True)
    assert table["relocated:A"].tolist() == pytest.approx([1, 1, 0, np.nan], nan_ok=True)
    with pytest.raises(Infeasible):
        gf.place(gf.tail(scenario, **cases[-1]))


def test_a_case_of_several_pools():
    scenario = near_and_far(service_time=1.0, capacity={"P": 20, "Q": 4, "S": 5})
    table = tail_cases(scenario, [{"jitter": 0.0, "servers": 1, "utilisation": TIERS}], solver="HiGHS")
    assert table.benefit.tolist() == pytest.approx([60 - 33.2])
    assert table["relocated:A"].tolist() == pytest.approx([0.76])


def test_measured_jitter():
    """Virginia to Oregon: 104.0 over 80.9 ms."""
    jitter = measured_jitter()
    assert len(jitter) == 56
    assert jitter.iloc[0] == pytest.approx(np.log(104.0 / 80.9) / Z)
    assert (jitter > 0).all()
    assert jitter.median() == pytest.approx(0.06, abs=0.005)
    table = loaders.rtt_percentiles()
    assert table.source.str.len().gt(5).all()
    assert set(table.confidence) == {"published-proxy"}


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"quantile": 0.4}, r"quantile=0\.4 is below 0\.5"),
        ({"quantile": 1}, r"quantile=1 is above 0\.9999"),
        ({"jitter": -0.1}, r"jitter=-0\.1 is negative"),
        ({"jitter": "0.1"}, r"jitter='0\.1' is not a number"),
        ({"servers": 0}, r"servers=0 is below 1"),
        ({"servers": 2.5}, r"servers=2\.5 is not a whole number"),
        ({"servers": 10**6}, "leave servers out"),
        ({"servers": 5, "utilisation": 1.0}, r"utilisation=1\.0 is above 0\.9999"),
    ],
)
def test_bad_arguments(option, message):
    with pytest.raises(GeofrontError, match=message):
        gf.tail(near_and_far(), **option)


def test_chart_of_cases():
    cases = tail_cases(near_and_far(), [{"jitter": 0.0}, {"jitter": 0.2}])
    chart = charts.tail(cases, 0.05, 0.1, 0.5).to_dict()
    assert "falls from 40.0 to 30.0 USD/MWh as jitter grows from 0 to 0.2" in chart["description"]
    rows = [row for rows in chart["datasets"].values() for row in rows]
    assert {"low": 0.05, "high": 0.2, "middle": 0.1} in rows
    assert "Jitter of a round trip [-]" in {text.words for text in texts(chart)[0]}

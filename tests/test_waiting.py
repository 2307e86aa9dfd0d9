"""Demand that waits: by hand, against arcs from hour to hour, and without windows against a placement."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import ReferenceProgram
from scenarios import scenarios, tiny

import geofront as gf
from geofront.errors import GeofrontError, Infeasible
from geofront.scenarios.snapshots import longer_blocks


def waits(scenario, *windows):
    return scenario.assign(deferral_window=("workload", np.array(windows, float)))


def three_hours(**given):
    """10 MW arrive in each of three hours of 50, 10 and 30 USD/MWh; the capacity is 20 MW."""
    return tiny(regions="P", hours=3, price={"P": [50, 10, 30]}, capacity=20, weight=100, **given)


class HourToHour(ReferenceProgram):
    """Each megawatt-hour has the hours of its arrival and of its execution, not further apart than its window."""

    def __init__(self, scenario):
        super().__init__(scenario, 0.0, "cost", gf.FRICTIONS)
        self.add_flows()
        executed = dict(self.columns)
        self.add_capacities()
        self.add_starts()
        self.add_executions(executed)

    def add_executions(self, arcs):
        v, at_execution = self.v, {arc: [(arc, -1)] for arc in arcs}
        for (c, k, arrival), demand in v["demand"].items():
            block = [hour for hour in self.hours if self.block[hour] == self.block[arrival]]
            first = block.index(arrival)
            hours = [block[(first + wait) % len(block)] for wait in range(int(v["deferral_window"][k]) + 1)]
            regions = [r for r in self.regions if (c, r, k, arrival) in arcs]
            for r in regions:
                for t in hours:
                    self.add_column((c, r, k, t, arrival), 0.0)
                    at_execution[c, r, k, t].append(((c, r, k, t, arrival), 1))
            served = {r: [((c, r, k, t, arrival), 1) for t in hours] for r in regions}
            unlawful = [r for r in regions if self.away(c, r) and not v["lawful"][c, r]]
            pinned, regulated = v["pinned_share"][k], v["regulated_share"][c, k]
            self.add_row("eq", list(chain(*served.values())), demand)
            self.add_row("ub", [(key, -1) for key, _ in served[v["home"][c]]], -pinned * demand)
            self.add_row("ub", list(chain(*(served[r] for r in unlawful))), (1 - pinned) * (1 - regulated) * demand)
        for terms in at_execution.values():
            self.add_row("eq", terms, 0.0)


def test_an_hour_of_waiting():
    """The first hour's work joins the second's at 10 USD; the third's would meet 50 USD, and stays."""
    result = gf.defer(waits(three_hours(), 1))
    assert result.flow.squeeze().values.tolist() == pytest.approx([0, 20, 10])
    assert result.backlog.squeeze().values.tolist() == pytest.approx([10, 0, 0])
    assert result.cost == pytest.approx(100 * (20 * 10 + 10 * 30))
    assert result.mean_wait.values.tolist() == pytest.approx([1 / 3])
    assert result.attrs["bound"] == pytest.approx(50_000)
    assert abs(result.attrs["gap"]) < 1e-12


def test_two_hours_lead_through_the_end_of_the_cycle():
    """With room for all, the third hour's work waits for the second hour of the next cycle."""
    result = gf.defer(waits(three_hours().assign(capacity=("region", [30.0])), 2))
    assert result.flow.squeeze().values.tolist() == pytest.approx([0, 30, 0])
    assert result.mean_wait.values.tolist() == pytest.approx([(10 * 1 + 10 * 2) / 30])


def test_space_and_time():
    """Home costs 60 and 40 USD in turn, Q always 30; a fifth is pinned and waits at home. B stays at home."""
    scenario = tiny(
        workloads="AB", hours=2, price={"P": [60, 40], "Q": 30}, pinned_share=[0.2, 0], weight=4380, carbon=0
    )
    table = gf.space_and_time(scenario, "A", 1)
    assert table.benefit.to_dict() == {
        ("neither", 0): 0,
        ("time", 1): pytest.approx(10),
        ("space", 0): pytest.approx(0.8 * 20),
        ("both", 1): pytest.approx(0.8 * 20 + 0.2 * 10),
    }
    assert table.percent["both", 1] == pytest.approx(100 * 18 / 50)
    assert table.return_on_delay["time", 1] == pytest.approx(10)
    assert table.return_on_delay["both", 1] == pytest.approx(2)
    assert table.mean_wait["both", 1] == pytest.approx(0.1)
    assert table.own_benefit.tolist() == pytest.approx(table.benefit.tolist())
    assert table.attrs["units"]["return_on_delay"] == "USD/MWh/h"


def test_a_class_that_moves_displaces_others():
    """A saves 30 USD on each of its 10 MW in Q, where B then finds no room: the system saves less than A."""
    scenario = tiny(
        workloads="AB",
        price={"P": 60, "Q": 30},
        capacity={"P": 30, "Q": 10},
        upload=[0, 1],
        egress_request=5.0,
        latency_budget=1000,
    )
    table = gf.space_and_time(scenario, "A", [], others="move")
    assert table.benefit["space", 0] == pytest.approx(5)
    assert table.own_benefit["space", 0] == pytest.approx(30)


def equal_weights():
    return scenarios().map(lambda s: s.assign_coords(weight=s.weight * 0 + 30.0))


@settings(max_examples=10)
@given(equal_weights(), st.data())
def test_arcs_from_hour_to_hour_cost_the_same(scenario, data):
    shortest = int(scenario.block.to_series().value_counts().min())
    scenario = waits(scenario, *(data.draw(st.integers(0, shortest - 1)) for _ in scenario.workload))
    result = gf.defer(scenario)
    assert float(result.cost) == pytest.approx(HourToHour(scenario).solve(), rel=1e-7, abs=1e-6)


@settings(max_examples=10)
@given(scenarios(), st.sampled_from(["cost", "carbon"]))
def test_without_windows_it_is_a_placement(scenario, objective):
    result = gf.defer(scenario, objective=objective, carbon_price=20)
    total = gf.totals(gf.place(scenario, objective=objective, carbon_price=20))
    minimised = {"cost": "cost", "carbon": "emissions"}[objective]
    assert float(result[minimised]) == pytest.approx(total[minimised], rel=1e-7, abs=1e-6)


@settings(max_examples=10)
@given(equal_weights())
def test_more_freedom_never_costs_more(scenario):
    shortest = int(scenario.block.to_series().value_counts().min())
    windows = range(1, shortest)
    for others in ("home", "move"):
        benefit = gf.space_and_time(scenario, "A", windows, others=others).benefit.dropna()
        for case, still in (("time", "neither"), ("both", "space")):
            along = [benefit.get((still, 0), 0.0), *(benefit.get((case, window), 0.0) for window in windows)]
            assert (np.diff(along) >= -1e-6).all()
        assert benefit.get(("space", 0), 0.0) >= -1e-6


def test_longer_blocks():
    """48 hours in which only the second day is cheap: a day is too short to wait for it."""
    scenario = tiny(regions="P", hours=48, price={"P": np.repeat([50, 10], 24)}, block=np.repeat([1, 2], 24))
    with pytest.raises(GeofrontError, match="class 'A' may wait for 24 h, but block 1 is a cycle of 24 hours"):
        gf.space_and_time(scenario, "A", 24)
    table = gf.space_and_time(scenario, "A", 24, block_days=2)
    assert table.benefit["time", 24] == pytest.approx(20)
    assert longer_blocks(scenario, 2).block.values.tolist() == [1] * 48


def test_blocks_of_typical_days_are_not_joined():
    with pytest.raises(GeofrontError, match="block_days=2 needs hours that follow one another"):
        gf.space_and_time(gf.stylized(regions=["eu-paris"]), "D", 6, block_days=2)


def test_functions_that_place_at_once_refuse_demand_that_waits():
    scenario = waits(three_hours(), 1)
    for refusing in (gf.place, gf.local, gf.break_even, gf.latency_frontier, gf.policies, gf.friction_losses):
        with pytest.raises(GeofrontError, match=r"'deferral_window' of scenario is above 0 for 'A'.*use gf\.defer"):
            refusing(scenario)
    assert gf.feasibility(scenario).latency.all()
    assert gf.unit_costs(scenario).total.size == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"deferral_window": 1.5}, "fractions of hours"),
        ({"deferral_window": 3.0}, "block 1 is a cycle of 3 hours: let it wait for at most 2 h"),
        ({"deferral_window": 1.0, "weight": [1.0, 2.0, 1.0]}, "the hours of block 1 differ in 'weight'"),
    ],
)
def test_windows_that_mean_nothing(change, message):
    scenario = waits(three_hours(), change["deferral_window"])
    if "weight" in change:
        scenario = scenario.assign_coords(weight=("hour", change["weight"]))
    with pytest.raises(GeofrontError, match=message):
        gf.defer(scenario)


def test_demand_without_room_is_named():
    with pytest.raises(Infeasible, match="P at"):
        gf.defer(waits(three_hours().assign(capacity=("region", [9.0])), 2))


def test_others_is_a_choice():
    with pytest.raises(GeofrontError, match="others='stay' is unknown"):
        gf.space_and_time(three_hours(), "A", 1, others="stay")
    with pytest.raises(GeofrontError, match="there is no class 'Z'"):
        gf.space_and_time(three_hours(), "Z", 1)

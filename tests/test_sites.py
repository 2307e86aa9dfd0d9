"""Where to keep models ready: by hand, against the whole program in scipy, and the ordinary placement at no cost."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import ReferenceProgram
from scenarios import scenarios, tiny
from scipy.optimize import Bounds, LinearConstraint, milp

import geofront as gf
from geofront import charts, tables
from geofront.errors import GeofrontError, Infeasible
from geofront.names import FRICTIONS, TOLERANCE

MOVABLE = tuple(friction for friction in FRICTIONS if friction != "locality")


def two_classes(**values):
    """10 MW of A and 1 MW of B at home P at 60 USD/MWh, for 100 hours; Q costs 30."""
    given = {"demand": {"a": {"A": 10, "B": 1}}, "price": {"P": 60, "Q": 30}, "weight": 100.0}
    return tiny(workloads="AB", **given | values)


def test_only_what_saves_more_than_its_hosting():
    """2 MW in Q cost 60 USD/h: A saves 300 there, B saves 30. All else costs 10·30 + 2·30 + 1·60 USD/h."""
    sites = gf.site(two_classes(), 2.0)
    assert sites.ready.sel(region="Q").values.tolist() == [True, False]
    assert not sites.ready.sel(region="P").any()
    assert sites.attrs["cost"] == pytest.approx(100 * (300 + 60 + 60))
    assert float(sites.hosting_cost.sum()) == pytest.approx(100 * 60)
    assert gf.totals(sites).cost == pytest.approx(100 * (300 + 60))
    assert sites.attrs["bound"] <= sites.attrs["cost"]
    assert sites.attrs["gap"] <= 1e-3


def test_hosting_uses_capacity():
    """Q has 8 MW; 2 of them keep A ready, so 6 MW of A move there and 4 stay."""
    sites = gf.site(two_classes(capacity={"P": 100, "Q": 8}), 2.0)
    assert sites.attrs["cost"] == pytest.approx(100 * (6 * 30 + 4 * 60 + 60 + 60))
    assert float(sites.capacity_price.sel(region="Q")[0]) == pytest.approx(30)


def test_two_models_of_a_class_each_need_a_replica():
    """5 MW each: both save 150 USD/h for 60; of B, half a MW would save 15."""
    sites = gf.site(two_classes(), 2.0, models=2)
    assert sites.workload.values.tolist() == ["A 1", "A 2", "B 1", "B 2"]
    assert sites.ready.sel(region="Q").values.tolist() == [True, True, False, False]
    assert sites.attrs["cost"] == pytest.approx(100 * (300 + 120 + 60))


def test_all_demand_gated():
    """Home needs a replica too: B goes to Q if A is there, since 1 + 2 MW at 30 cost less than at 60."""
    sites = gf.site(two_classes(), 2.0, gate="all", frictions=MOVABLE)
    assert sites.ready.sel(region="P").values.tolist() == [False, False]
    assert sites.ready.sel(region="Q").values.tolist() == [True, True]
    assert sites.attrs["cost"] == pytest.approx(100 * (10 + 1 + 2 + 2) * 30)


def test_replicas_too_large_for_a_region_stay_out():
    """Q holds one replica of 6 MW, not two, and A with the 2 MW that are left saves less than it costs."""
    sites = gf.site(two_classes(capacity={"P": 100, "Q": 8}), 6.0)
    assert not sites.ready.any()


@settings(max_examples=6)
@given(scenarios())
def test_at_no_cost_all_may_be_open(scenario):
    sites = gf.site(scenario, 0.0, tolerance=1e-8)
    assert sites.attrs["cost"] == pytest.approx(gf.totals(gf.place(scenario)).cost, rel=1e-7, abs=1e-4)


class Sites(ReferenceProgram):
    """The reference program with binaries: x ≤ demand · y, and hosting that costs electricity and capacity."""

    def may_serve(self, c, r, k, t):
        v = self.v
        lawful = v["lawful"][c, r] or not self.away(c, r) or v["regulated_share"][c, k] < 1
        return v["demand"][c, k, t] > 0 and v["pinned_share"][k] < 1 and lawful

    def add_sites(self, hosting, gate):
        v = self.v
        for r in self.regions:
            for k in self.workloads:
                gated = [
                    arc
                    for arc in self.columns
                    if len(arc) == 4 and arc[1:3] == (r, k) and (gate == "all" or self.away(arc[0], r))
                ]
                # At negative prices a replica that serves nobody would earn money.
                if not any(self.may_serve(*arc) for arc in gated):
                    continue
                cost = sum(self.weight[t] * v["pue"][r] * v["price"][r, t] for t in self.hours)
                self.add_column(("ready", r, k), hosting * cost)
                for arc in gated:
                    self.add_row("ub", [(arc, 1), (("ready", r, k), -v["demand"][arc[0], k, arc[3]])], 0.0)

    def add_capacities(self, hosting):
        for r in self.regions:
            for t in self.hours:
                used = [
                    (arc, 1 + self.v["overhead_energy"][arc[2]] * self.away(arc[0], r))
                    for arc in self.columns
                    if len(arc) == 4 and arc[0] != "start" and (arc[1], arc[3]) == (r, t)
                ]
                used += [(("ready", r, k), hosting) for k in self.workloads if ("ready", r, k) in self.columns]
                capacity = self.v["capacity"]
                self.add_row("ub", used, capacity[r, t] if (r, t) in capacity else capacity[r])

    def solve(self):
        whole = [key[0] == "ready" for key in self.columns]
        limits = [
            LinearConstraint(self.matrix(kind), *bounds)
            for kind, bounds in (
                ("ub", (-np.inf, [right for _, right in self.rows["ub"]])),
                ("eq", 2 * ([right for _, right in self.rows["eq"]],)),
            )
        ]
        upper = np.where(whole, 1.0, np.inf)
        options = {"mip_rel_gap": 1e-10}
        result = milp(self.cost, integrality=whole, bounds=Bounds(0, upper), constraints=limits, options=options)
        return result.fun


def whole_program(scenario, hosting, gate):
    program = Sites(scenario, 0.0, "cost", MOVABLE if gate == "all" else FRICTIONS)
    program.add_flows()
    program.add_shares()
    program.add_sites(hosting, gate)
    program.add_capacities(hosting)
    program.add_starts()
    return program.solve()


@settings(max_examples=14)
@given(scenarios(), st.sampled_from([0.25, 1.0, 3.0]), st.sampled_from(["import", "all"]))
def test_against_the_whole_program(scenario, hosting, gate):
    expected = whole_program(scenario, hosting, gate)
    frictions = MOVABLE if gate == "all" else FRICTIONS
    if expected is None:
        with pytest.raises(Infeasible):
            gf.site(scenario, hosting, gate=gate, frictions=frictions)
        return
    sites = gf.site(scenario, hosting, gate=gate, frictions=frictions, tolerance=1e-8)
    scale = 1 + 500 * float((scenario.demand * scenario.weight).sum())
    assert sites.attrs["cost"] == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE * scale)
    assert sites.attrs["bound"] <= expected + TOLERANCE * scale
    reported = gf.totals(sites).cost + float(sites.hosting_cost.sum())
    assert reported == pytest.approx(sites.attrs["cost"], rel=TOLERANCE, abs=TOLERANCE * scale)
    assert gf.violations(scenario, sites.flow, frictions=frictions).empty
    away = scenario.home != scenario.region
    gated = sites.flow * (away | (gate == "all"))
    assert not ((gated > TOLERANCE * (1 + scenario.demand.max())).any(("client", "hour")) & ~sites.ready).any()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"hosting_mw": -1}, "hosting_mw=-1 is negative"),
        ({"hosting_mw": "2"}, "hosting_mw='2' is not a number"),
        ({"models": 0}, "models=0 is below 1"),
        ({"models": 50}, "models=50 is above 20"),
        ({"gate": "some"}, "gate='some' is unknown: use one of import, all"),
        ({"tolerance": 0}, "tolerance=0 is below 1e-08"),
    ],
)
def test_bad_arguments(option, message):
    with pytest.raises(GeofrontError, match=message):
        gf.site(**{"scenario": two_classes(), "hosting_mw": 1.0} | option)


def test_pinned_demand_cannot_be_gated():
    with pytest.raises(GeofrontError, match="pinned demand of classes 'A', 'B': leave 'locality' out"):
        gf.site(two_classes(pinned_share=0.1), 1.0, gate="all")


def test_replicas_that_leave_no_room():
    with pytest.raises(Infeasible, match="lower 'hosting_mw'"):
        gf.site(two_classes(capacity=12.0), 50.0, gate="all")


def test_table_and_chart_of_sites():
    """Q serves all 10 MW of A; nothing else is open."""
    scenario = two_classes()
    table = tables.sites(scenario, gf.site(scenario, 2.0))
    assert table[table.ready][["region", "workload"]].to_numpy().tolist() == [["Q", "A"]]
    assert table.set_index(["region", "workload"]).imported["Q", "A"] == pytest.approx(10)
    assert table.imported.sum() == pytest.approx(10)
    costs = pd.DataFrame({"hosting_mw": [1.0, 2.0], "saving": [22.0, 20.0], "sites": [2, 1]})
    chart = charts.sites(table, costs).to_dict()
    assert "A in Q 10 MW. Below: from 2 sites at 1 MW to 1 at 2 MW." in chart["description"]

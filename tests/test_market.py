"""Prices that answer: by hand, against scipy, and without a slope the ordinary placement."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import ReferenceProgram
from scenarios import scenarios, tiny

import geofront as gf
from geofront import charts, tables
from geofront.errors import GeofrontError, Infeasible
from geofront.inputs import loaders
from geofront.names import FRICTIONS


def slopes(scenario, slope, zone_load=1000.0):
    return pd.DataFrame({"slope": slope, "zone_load": zone_load}, index=scenario.indexes["region"])


def two_regions(**values):
    """10 MW at home P at 60 USD/MWh, for 100 hours; Q costs 30. Both slopes are 2 USD/MWh per MW of facility load."""
    return tiny(**{"price": {"P": 60, "Q": 30}, "weight": 100.0} | values)


def test_price_takers_by_hand():
    """With x MW in Q, P costs 60 − 2x and Q 30 + 2x: equal at 7.5 MW, where both cost 45.

    The area under both prices falls by 30·7.5 − 2·7.5². The bill was 600 and is 45·10. Others in P, 1000 MW, save
    15 each, and those in Q lose as much.
    """
    scenario = two_regions()
    result = gf.equilibrium(scenario, slopes(scenario, 2.0), tolerance=1e-9)
    assert result.facility_load.values.ravel() == pytest.approx([2.5, 7.5], abs=1e-3)
    assert result.price.values.ravel() == pytest.approx([45, 45], abs=1e-2)
    assert float(result.system_saving) == pytest.approx((30 * 7.5 - 2 * 7.5**2) / 10, rel=1e-6)
    assert float(result.bill_saving) == pytest.approx((600 - 450) / 10, rel=1e-3)
    assert float(result.others_saving) == pytest.approx(0, abs=1e-9)
    assert result.zone_share.values.ravel() == pytest.approx([-0.0075, 0.0075], abs=1e-6)
    assert result.attrs["gap"] <= 1e-9


def test_a_fleet_by_hand():
    """It minimises (60 − 2x)(10 − x) + (30 + 2x)x: 4x² − 50x + 600, at 6.25 MW, where Q is cheaper by 5."""
    scenario = two_regions()
    result = gf.equilibrium(scenario, slopes(scenario, 2.0), behaviour="fleet", tolerance=1e-9)
    assert result.facility_load.values.ravel() == pytest.approx([3.75, 6.25], abs=1e-3)
    assert result.price.values.ravel() == pytest.approx([47.5, 42.5], abs=1e-2)
    assert float(result.bill_saving) == pytest.approx((50 * 6.25 - 4 * 6.25**2) / 10, rel=1e-6)


def test_facility_load_moves_the_price():
    """With a PUE of 1.5 in Q, x MW of IT power cost 45 + 4.5x there: equal to 60 − 2x at 2.3 MW."""
    scenario = two_regions(pue=[1.0, 1.5])
    result = gf.equilibrium(scenario, slopes(scenario, 2.0), tolerance=1e-9)
    assert result.facility_load.values.ravel() == pytest.approx([10 - 15 / 6.5, 1.5 * 15 / 6.5], abs=1e-3)


def test_others_pay_where_the_zone_is_large():
    """5 MW move for lack of capacity: P, 1000 MW, gains 10 USD/MWh; Q, 100 MW, loses as much; 10 MW of ours."""
    scenario = two_regions(capacity={"P": 20, "Q": 5})
    given = slopes(scenario, 2.0, [1000.0, 100.0])
    result = gf.equilibrium(scenario, given)
    assert float(result.others_saving) == pytest.approx(10 * (1000 - 100) / 10)


@settings(max_examples=8)
@given(scenarios(), st.sampled_from(["price-taking", "fleet"]))
def test_without_a_slope_it_is_the_ordinary_placement(scenario, behaviour):
    result = gf.equilibrium(scenario, slopes(scenario, 0.0), behaviour=behaviour, tolerance=1e-9)
    energy = float((scenario.demand * scenario.weight).sum())
    saved = gf.totals(gf.local(scenario)).cost - gf.totals(gf.place(scenario)).cost
    if energy:
        assert float(result.system_saving) * energy == pytest.approx(saved, rel=1e-7, abs=1e-7 * (1 + 500 * energy))
        assert float(result.bill_saving) == pytest.approx(float(result.system_saving), abs=1e-9)
    assert result.attrs["gap"] <= 1e-9


class Priced(ReferenceProgram):
    """The reference program with a cost of each region's load, as the largest of many tangents."""

    def tangents(self, slope, quadratic, count):
        """Least objective, a lower bound that tends to the true one as the number of tangents grows."""
        v, program = self.v, self
        home = {
            (r, t): sum(v["demand"][c, k, t] for c in self.clients if v["home"][c] == r for k in self.workloads)
            for r in self.regions
            for t in self.hours
        }
        most = 1.5 * max(sum(v["demand"][c, k, t] for c in self.clients for k in self.workloads) for t in self.hours)
        for r, t in home:
            program.add_column(("rise", r, t), self.weight[t])
        flows = [arc for arc in self.columns if len(arc) == 4 and arc[0] != "start"]
        shift = {}
        for (r, t), at_home in home.items():
            bend = slope * v["pue"][r] ** 2
            # The linear part of the cost may be negative: rise ≥ tangent + a constant that keeps it positive.
            shift[r, t] = bend * at_home**2
            for load in np.linspace(0, most, count):
                tilt, base = bend * (2 * quadratic * load - at_home), -bend * quadratic * load**2
                used = [
                    (arc, tilt * (1 + v["overhead_energy"][arc[2]] * self.away(arc[0], r)))
                    for arc in flows
                    if (arc[1], arc[3]) == (r, t)
                ]
                self.add_row("ub", [*used, (("rise", r, t), -1)], -base - shift[r, t])
        return self.solve() - sum(self.weight[t] * value for (_, t), value in shift.items())


@settings(max_examples=8)
@given(scenarios(), st.sampled_from([0.1, 1.0, 5.0]), st.sampled_from(["price-taking", "fleet"]))
def test_against_tangents_in_scipy(scenario, slope, behaviour):
    program = Priced(scenario, 0.0, "cost", FRICTIONS)
    program.add_flows()
    program.add_shares()
    program.add_capacities()
    program.add_starts()
    count, quadratic = 60, {"price-taking": 0.5, "fleet": 1.0}[behaviour]
    lower = program.tangents(slope, quadratic, count)
    given = slopes(scenario, slope, 1e9)
    result = gf.equilibrium(scenario, given, behaviour=behaviour, tolerance=1e-6)
    energy = float((scenario.demand * scenario.weight).sum())
    largest = 1.5 * float(scenario.demand.sum(("client", "workload")).max())
    # Between two tangents the curve lies above both by at most this.
    step = largest / (count - 1)
    regions = float(scenario.weight.sum() * quadratic * slope * (scenario.pue**2).sum()) * step**2 / 4
    small = 2e-6 * max(abs(result.attrs["objective"]), energy, 1)
    assert lower - small <= result.attrs["objective"] <= lower + regions + small


@settings(max_examples=8)
@given(scenarios(), st.sampled_from([0.1, 2.0]))
def test_nobody_gains_by_moving_at_the_equilibrium_prices(scenario, slope):
    """What the optimum at these prices would save is below the gap, but for warm-up, which keeps its price."""
    frictions = ("egress", "locality", "legal", "capacity")
    result = gf.equilibrium(scenario, slopes(scenario, slope, 1e9), frictions=frictions, tolerance=1e-7)
    fixed = scenario.assign(price=result.price)
    paid = gf.totals(gf.evaluate(fixed, result.flow, frictions=frictions)).cost
    least = gf.totals(gf.place(fixed, frictions=frictions)).cost
    energy = float((scenario.demand * scenario.weight).sum())
    assert paid - least <= 1e-3 * max(abs(paid), 100 * energy, 1)


def test_slopes_of_the_cited_zones():
    """One percent of the mean price for one percent of the zone's load: Singapore, 57 TWh a year."""
    scenario = gf.stylized(snapshots="day")
    table = gf.price_slopes(scenario)
    mean = float(scenario.price.sel(region="sg-singapore").mean())
    assert table.zone_load["sg-singapore"] == pytest.approx(57e6 / 8760)
    assert table.slope["sg-singapore"] == pytest.approx(mean / (57e6 / 8760))
    assert gf.price_slopes(scenario, 3.0).slope.tolist() == pytest.approx((3 * table.slope).tolist())
    assert sorted(loaders.zones().index) == sorted(scenario.region.values)


def test_regions_without_a_zone_do_not_respond():
    assert gf.price_slopes(two_regions()).to_numpy().tolist() == [[0, np.inf], [0, np.inf]]
    result = gf.equilibrium(two_regions(), gf.price_slopes(two_regions()))
    assert float(result.others_saving) == 0
    assert float(result.system_saving) == pytest.approx(30)


def test_the_answer_ends_where_the_load_is_a_large_share_of_the_zone():
    scenario = two_regions()
    with pytest.raises(GeofrontError, match=r"the load of Q changes by 75% of its zone's .* lower the demand"):
        gf.equilibrium(scenario, slopes(scenario, 2.0, [1000.0, 10.0]))
    gf.equilibrium(scenario, slopes(scenario, 2.0, [1000.0, 10.0]), largest_share=0.76)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"price_slope": 2.0}, r"price_slope is 2\.0, not a table"),
        ({"price_slope": slopes(two_regions(), -1.0)}, r"'slope' of 'P', 'Q' is out of range: give 0 or more"),
        ({"price_slope": slopes(two_regions(), np.nan)}, "'slope' of 'P', 'Q' is out of range"),
        ({"price_slope": slopes(two_regions(), 1.0, 0.0)}, "'zone_load' of 'P', 'Q' is out of range"),
        ({"price_slope": slopes(two_regions(), 1.0).iloc[:1]}, "no row for regions 'Q'"),
        ({"price_slope": slopes(two_regions(), 1.0).iloc[[0, 1, 1]]}, "repeats"),
        ({"behaviour": "naive"}, "behaviour='naive' is unknown: use one of price-taking, fleet"),
        ({"tolerance": 0}, "tolerance=0 is below"),
        ({"largest_share": 0}, "largest_share=0 is not above 0"),
    ],
)
def test_bad_arguments(given, message):
    with pytest.raises(GeofrontError, match=message):
        gf.equilibrium(**{"scenario": two_regions(), "price_slope": slopes(two_regions(), 1.0)} | given)


def test_capacity_that_is_lacking_is_named():
    scenario = two_regions(capacity=4.0)
    with pytest.raises(Infeasible, match="P at 2023-03-21T00:00, class A: 2 MW"):
        gf.equilibrium(scenario, slopes(scenario, 1.0))


def test_table_and_chart_by_size():
    """75 % of Q's zone is beyond 20 %, so the point is hollow; 0.75 % is not."""
    scenario = two_regions()
    results = {
        (size, 1.0): gf.equilibrium(scenario, slopes(scenario, 2.0, [1000.0, zone]), largest_share=1.0)
        for size, zone in ((1.0, 1000.0), (3.0, 10.0))
    }
    sizes = tables.equilibrium(scenario, results)
    assert sizes.demand_gw.tolist() == [1, 3]
    assert sizes.zone_share.tolist() == pytest.approx([0.0075, 0.75], abs=1e-3)
    assert sizes.region.tolist()[1] == "Q"
    assert sizes.system_saving.tolist() == pytest.approx([11.25, 11.25], rel=1e-3)
    chart = charts.equilibrium(sizes, 0.2).to_dict()
    points = [row for rows in chart["datasets"].values() for row in rows if "who" in row]
    assert {(row["demand_gw"], row["trusted"]) for row in points} == {(1, True), (3, False)}
    assert "at 1 GW and 1 %: system 11.2" in chart["description"]

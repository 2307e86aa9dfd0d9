"""Capacity as a variable: by hand, against a formulation of its own, and at its limits against a placement."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import ReferenceProgram
from scenarios import scenarios, tiny

import geofront as gf
from geofront.errors import GeofrontError


def sizable():
    """Random scenarios whose capacity does not differ by hour, and in which electricity never earns money."""
    return scenarios(lowest_price=0).map(
        lambda s: s.assign(capacity=s.capacity.max("hour") if "hour" in s.capacity.dims else s.capacity)
    )


def opposite_peaks(**given):
    """10 and 2 MW in turn at P, 2 and 10 at Q, for half a year each: 20 MW of peaks, 12 MW of demand."""
    return tiny(
        clients={"a": "P", "b": "Q"}, hours=2, demand={"a": [[10, 2]], "b": [[2, 10]]}, price=20, weight=4380, **given
    )


class Sized(ReferenceProgram):
    """The placement with live and built capacity as columns."""

    def __init__(self, scenario, capital_cost, existing, idle_share, retire):
        super().__init__(scenario, 0.0, "cost", gf.FRICTIONS)
        self.idle_share = idle_share
        self.add_flows()
        self.add_shares()
        mean = {
            r: sum(self.weight[t] * self.v["pue"][r] * self.v["price"][r, t] for t in self.hours) for r in self.regions
        }
        arcs = list(self.columns)
        for r in self.regions:
            standing = self.v["capacity"][r] if existing == "today" else 0.0
            self.add_column(("live", r), idle_share * mean[r])
            self.add_column(("built", r), capital_cost)
            self.add_row("ub" if retire else "eq", [(("live", r), 1), (("built", r), -1)], standing)
            for t in self.hours:
                used = [
                    (arc, 1 + self.v["overhead_energy"][arc[2]] * self.away(arc[0], r))
                    for arc in arcs
                    if (arc[1], arc[3]) == (r, t)
                ]
                self.add_row("ub", [*used, (("live", r), -1)], 0.0)
        sized, self.columns = self.columns, {key: at for key, at in self.columns.items() if len(key) == 4}
        self.add_starts()
        self.columns = sized | self.columns

    def unit_cost(self, c, r, k, t):
        v = self.v
        energy = (1 + v["overhead_energy"][k] * self.away(c, r)) * v["pue"][r] * v["price"][r, t]
        return super().unit_cost(c, r, k, t) - self.idle_share * energy


def test_pooling():
    """12 instead of 20 MW are built, and half of the saved 8 MW no longer idle: nothing is gained by prices."""
    result = gf.invest(opposite_peaks(), [0, 1e6], existing="none", idle_share=0.5)
    assert result.live.sum("region").values.tolist() == pytest.approx([12, 12])
    assert result.local_live.sum("region").values.tolist() == pytest.approx([20, 20])
    assert result.energy_benefit.values.tolist() == pytest.approx([0.5 * 8 * 20 / 12] * 2)
    assert result.capital_benefit.values.tolist() == pytest.approx([0, 8e6 / (12 * 8760)])
    assert float(result.cost[1]) == pytest.approx(12e6 + 12 * 20 * 8760)


def test_what_stands_is_free_and_what_is_built_is_not():
    """4 MW stand in Q, where a MWh costs 30 USD less all year: a fifth one pays below 30 * 8760 USD a year."""
    scenario = tiny(price={"P": 60, "Q": 30}, capacity={"P": 20, "Q": 4}, weight=8760)
    result = gf.invest(scenario, [262_799, 262_801], idle_share=0)
    assert result.built.sel(region="Q").values.tolist() == pytest.approx([6, 0])
    assert float(result.rent.sel(region="Q")[1]) == pytest.approx(30 * 8760)
    assert result.energy_benefit.values.tolist() == pytest.approx([30, 12])
    assert result.capital_benefit.values.tolist() == pytest.approx([-6 * 262_799 / 87_600, 0])
    assert result.relocated_share.values.tolist() == pytest.approx([1, 0.4])


def test_capacity_that_is_always_on_saves_only_what_grows_with_load():
    """Idle power stays whatever moves, so that 70 % of the saving of a placement are left."""
    scenario = tiny(price={"P": 60, "Q": 30}, capacity={"P": 20, "Q": 4}, weight=8760)
    result = gf.invest(scenario, 1e7, retire=False)
    assert result.energy_benefit.values.tolist() == pytest.approx([0.7 * 12])
    assert result.live.values.tolist() == [pytest.approx([20, 4])]


@settings(max_examples=10)
@given(
    sizable(),
    st.sampled_from([0.0, 5.0, 400.0]),
    st.sampled_from(["today", "none"]),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.booleans(),
)
def test_a_formulation_of_its_own_costs_the_same(scenario, capital_cost, existing, idle_share, retire):
    result = gf.invest(scenario, capital_cost, existing=existing, idle_share=idle_share, retire=retire)
    expected = Sized(scenario, capital_cost, existing, idle_share, retire).solve()
    assert float(result.cost[0]) == pytest.approx(expected, rel=1e-7, abs=1e-6)
    assert abs(float(result.gap[0])) < 1e-9


@settings(max_examples=10)
@given(sizable())
def test_limits_are_placements(scenario):
    """Capital that costs too much leaves what stands, and capital for nothing leaves no limit."""
    unlimited = [name for name in gf.FRICTIONS if name != "capacity"]
    for existing, price, frictions in (("today", 1e7, gf.FRICTIONS), ("none", 0, unlimited)):
        result = gf.invest(scenario, price, existing=existing, idle_share=0)
        placed = gf.totals(gf.place(scenario, frictions=frictions)).cost
        assert float(result.cost[0]) == pytest.approx(placed, rel=1e-7, abs=1e-6)


@pytest.mark.parametrize(
    ("scenario", "given", "message"),
    [
        (tiny(capacity={"P": [20, 30], "Q": [9, 9]}, hours=2), {}, "'capacity' of 'P' differs by hour or is infinite"),
        (tiny(), {"frictions": ["egress"]}, "'capacity' of 'P', 'Q' differs by hour or is infinite"),
        (tiny(price={"P": 50, "Q": -10}), {}, "idle power earns more in 'Q' than capacity costs"),
        (tiny(), {"idle_share": 1.5}, "idle_share=1.5 is above 1"),
        (tiny(), {"existing": "some"}, "existing='some' is unknown"),
    ],
)
def test_refused(scenario, given, message):
    with pytest.raises(GeofrontError, match=message):
        gf.invest(scenario, 0.0, **given)


def test_no_capital_cost_at_all():
    with pytest.raises(GeofrontError, match="capital_cost is empty"):
        gf.invest(tiny(), [])

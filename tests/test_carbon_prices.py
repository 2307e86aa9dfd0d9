"""A negative carbon price is refused wherever it is an argument, before anything is placed."""

import numpy as np
import pytest
from scenarios import tiny

import geofront as gf
from geofront.quantities.policies import Policy
from geofront.quantities.real_year import import_saving
from geofront.quantities.signals import placements_by_signal

SINGLE = {
    "place": lambda price: gf.place(tiny(), carbon_price=price),
    "place by CBC": lambda price: gf.place(tiny(), carbon_price=price, solver="CBC"),
    "place for carbon": lambda price: gf.place(tiny(), carbon_price=price, objective="carbon"),
    "local": lambda price: gf.local(tiny(), carbon_price=price),
    "evaluate": lambda price: gf.evaluate(tiny(), gf.local(tiny()).flow, carbon_price=price),
    "unit_costs": lambda price: gf.unit_costs(tiny(), carbon_price=price),
    "break_even": lambda price: gf.break_even(tiny(), carbon_price=price),
    "friction_losses": lambda price: gf.friction_losses(tiny(), carbon_price=price),
    "latency_frontier": lambda price: gf.latency_frontier(tiny(), carbon_price=price),
    "relocatable": lambda price: gf.relocatable(tiny(), carbon_price=price),
    "relocatable of a placement": lambda price: gf.relocatable(tiny(), gf.place(tiny()), carbon_price=price),
    "signal_comparison": lambda price: gf.signal_comparison({"marginal": tiny()}, carbon_price=price),
    "transmission_or_relocation": lambda price: gf.transmission_or_relocation([1000], carbon_price=price),
    "break_even_distance": lambda price: gf.break_even_distance(carbon_price=price),
    "import_saving": lambda price: import_saving(tiny(), carbon_price=price),
    "certify": lambda price: gf.certify(tiny(), gf.place(tiny()).assign_attrs(carbon_price=price)),
    "Policy": lambda price: Policy("joint", "cost", price),
    "sweep of one": lambda price: gf.sweep(tiny(), network_budgets=[100], carbon_prices=price),
}
SEVERAL = {
    "sweep": lambda prices: gf.sweep(tiny(), network_budgets=[100], carbon_prices=prices),
    "policies": lambda prices: gf.policies(tiny(), carbon_prices=prices),
    "policy_placements": lambda prices: gf.policy_placements(tiny(), carbon_prices=prices),
    "placements_by_signal": lambda prices: placements_by_signal({"marginal": tiny()}, carbon_prices=prices),
}


@pytest.mark.parametrize("price", [-1, -1e-9, np.float32(-50), np.int8(-5)])
@pytest.mark.parametrize("name", SINGLE)
def test_a_negative_carbon_price(name, price):
    with pytest.raises(gf.GeofrontError, match=r"carbon_price=-.* is negative: give 0 or more, in USD per tonne"):
        SINGLE[name](price)


@pytest.mark.parametrize("prices", [[-1], [0, 50, -1.0], (100, -5), np.array([10.0, -10.0])])
@pytest.mark.parametrize("name", SEVERAL)
def test_a_negative_carbon_price_in_a_list(name, prices):
    with pytest.raises(gf.GeofrontError, match=r"carbon_price=-.* is negative: give 0 or more, in USD per tonne"):
        SEVERAL[name](prices)


@pytest.mark.parametrize("wrong", ["50", True, None, np.nan, np.inf])
@pytest.mark.parametrize("name", SEVERAL)
def test_what_is_no_carbon_price(name, wrong):
    with pytest.raises(gf.GeofrontError, match=r"carbon_price=.* is not a number: give it in USD per tonne"):
        SEVERAL[name]([0.0, wrong])


def test_zero_is_a_carbon_price():
    """10 MW at home cost 50 USD/MWh with and without a price of zero."""
    for price in (0, 0.0, -0.0, np.uint8(0)):
        assert gf.totals(gf.place(tiny(regions="P"), carbon_price=price)).cost_per_mwh == pytest.approx(50)

"""How much demand each limit keeps from a cheaper region: by hand, and against shadow prices."""

import numpy as np
import pytest
from hypothesis import given
from scenarios import scenarios
from test_worth import three_regions

import geofront as gf
from geofront.quantities.limited import LIMITS


def test_by_hand():
    """Of 90 % that may leave home, half is regulated: it finds Q full and may not go to R; the rest would go to S.

    The pinned tenth pays 60 USD instead of 40.
    """
    scenario = three_regions()
    table = gf.limited_demand(scenario, gf.place(scenario))
    assert table.index.tolist() == ["A", "all"]
    assert table.loc["A"].to_dict() == pytest.approx(
        {"capacity": 0.45, "latency": 0.45, "legal": 0.45, "locality": 0.1}
    )
    assert table.loc["all"].tolist() == table.loc["A"].tolist()


def test_room_and_reach_for_all():
    """Q has room for all regulated demand, and a budget of 200 ms reaches S, which the law closes to them."""
    scenario = three_regions().assign(latency_budget=("workload", [200.0]), capacity=("region", [20.0, 5, 20, 20]))
    assert gf.limited_demand(scenario, gf.place(scenario)).loc["all"].to_dict() == pytest.approx(
        {"capacity": 0, "latency": 0, "legal": 0.45, "locality": 0.1}
    )


@given(scenarios())
def test_shares_and_shadow_prices_agree(scenario):
    """Shares lie between 0 and 1, and where no capacity has a price none is scarce."""
    placement = gf.place(scenario)
    table = gf.limited_demand(scenario, placement)
    known = table.dropna()
    assert list(table) == list(LIMITS)
    assert ((known >= 0) & (known <= 1 + 1e-9)).all(axis=None)
    if not (placement.capacity_price > 0).any():
        assert (known.capacity == 0).all()
    assert (known.locality <= np.append(scenario.pinned_share.values, 1)[: len(known)] + 1e-9).all()

"""Table 7: losses with their total, and the loss by each friction added to any set of the others."""

import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront.tables import losses, show
from geofront.tables.losses import TOTAL

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def divided():
    """Of 10 MW 80 % may move and Q has room for 6; moving saves 30 USD/MWh, less 2 for other costs.

    Without frictions the benefit is 30 per MWh of demand. Locality leaves 24, capacity 18, both 18, and with
    the other costs 28, 22.4, 16.8 and 16.8.
    """
    return gf.friction_losses(
        tiny(price={"P": 50, "Q": 20}, pinned_share=0.2, overhead_cost=2, capacity={"P": 10, "Q": 6})
    )


def test_losses_come_with_their_total_and_shares(divided):
    table = losses(divided)
    assert table.index[-1] == TOTAL
    assert table["Loss if alone"].iloc[:-1].tolist() == pytest.approx([2, 0, 6, 0, 12])
    assert table["Gain if removed"].iloc[:-1].tolist() == pytest.approx([1.2, 0, 0, 0, 5.6])
    assert table["Loss added in order"].tolist() == pytest.approx([2, 0, 5.6, 0, 5.6, 13.2])
    assert table.loc[TOTAL, "Shapley value"] == pytest.approx(13.2)
    assert table["Share of the loss"].iloc[:-1].sum() == pytest.approx(100)
    assert table[["Loss if alone", "Gain if removed"]].loc[TOTAL].isna().all()
    assert set(table.attrs["units"]) == set(table.attrs["digits"]) == set(table)
    assert repr(show(table)).splitlines()[-1].startswith(TOTAL)


def test_every_friction_joins_every_set_of_the_others(divided):
    marginal = divided.marginal
    assert int(marginal.notnull().sum()) == 80
    xr.testing.assert_equal(marginal.isnull(), divided.active)
    for subset, friction, loss in (
        ("none", "capacity", 12),
        ("locality", "capacity", 6),
        ("migration+locality", "capacity", 5.6),
        ("capacity", "locality", 0),
    ):
        assert float(marginal.sel(subset=subset, friction=friction)) == pytest.approx(loss)
    assert float(marginal.min()) >= -1e-9


def test_losses_of_emissions_are_in_kg():
    """Q emits 60 kg less and has room for 6 of 10 MW."""
    scenario = tiny(carbon={"P": 100, "Q": 40}, capacity={"P": 10, "Q": 6})
    table = losses(gf.friction_losses(scenario, objective="carbon"))
    assert table.loc[TOTAL, "Shapley value"] == pytest.approx(24)
    assert table.attrs["units"]["Shapley value"] == "kg/MWh"
    assert table.attrs["units"]["Share of the loss"] == "%"

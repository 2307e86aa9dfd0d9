"""Placements written to files and read back."""

import numpy as np
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront.names import FRICTIONS

pytestmark = pytest.mark.slow


@pytest.fixture
def scenario():
    return tiny(
        regions="PQR",
        clients={"a": "P", "b": "Q"},
        workloads="AB",
        hours=3,
        block=[1, 1, 2],
        price={"P": [50, 60, 70], "Q": 30, "R": [10, 20, -5]},
        warmup=0.5,
        capacity={"P": 50, "Q": np.inf, "R": 15},
    )


MAKE = {
    "place": lambda s: gf.place(s, carbon_price=50),
    "place for carbon": lambda s: gf.place(s, objective="carbon"),
    "place by CBC": lambda s: gf.place(s, solver="CBC"),
    "local": gf.local,
    "evaluate": lambda s: gf.evaluate(s, gf.local(s).flow, frictions=["egress"]),
}


@pytest.mark.parametrize("make", MAKE)
def test_round_trip_through_a_file(scenario, make, tmp_path):
    placement = MAKE[make](scenario)
    before = placement.copy(deep=True)
    path = gf.save_placement(placement, tmp_path / "placement.nc")
    assert path == tmp_path / "placement.nc"
    xr.testing.assert_identical(placement, before)
    again = gf.open_placement(path)
    xr.testing.assert_identical(again, placement)
    assert again.attrs == placement.attrs
    assert list(again.coords) == list(placement.coords)
    for name in (*placement.data_vars, "hour", "weight", "block"):
        assert again[name].dtype == placement[name].dtype, name
    assert gf.totals(again).equals(gf.totals(placement))


@pytest.mark.parametrize("frictions", [(), ("egress",), ("migration", "capacity"), FRICTIONS])
def test_frictions_come_back(scenario, frictions, tmp_path):
    placement = gf.place(scenario, frictions=frictions)
    again = gf.open_placement(gf.save_placement(placement, str(tmp_path / "placement.nc")))
    assert again.attrs["frictions"] == frictions
    assert isinstance(again.attrs["frictions"], tuple)
    xr.testing.assert_identical(again, placement)
    assert gf.certify(scenario, again) == gf.certify(scenario, placement)
    gf.relocatable(scenario, again, frictions=frictions)


def test_files_are_replaced_atomically(scenario, tmp_path):
    placement = gf.place(scenario)
    path = gf.save_placement(gf.local(scenario), tmp_path / "placement.nc")
    gf.save_placement(placement, path)
    with pytest.raises(gf.GeofrontError, match=r"placement\.nc.*: the placement cannot be written"):
        gf.save_placement(placement.assign_attrs(note={"not": "a text"}), path)
    xr.testing.assert_identical(gf.open_placement(path), placement)
    assert list(tmp_path.iterdir()) == [path], "nothing half-written is left behind"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda placement: placement.drop_vars("flow"), "it lacks 'flow'"),
        (lambda placement: placement.isel(hour=0), "it lacks 'flow'"),
        (lambda placement: placement.drop_attrs(), "it lacks 'status'"),
        (lambda placement: placement.assign_attrs(frictions="sand"), "unknown frictions 'sand'"),
        (lambda placement: placement.assign_attrs(carbon_price=-1), "carbon_price=-1 is negative"),
        (lambda placement: placement.flow, "placement is a DataArray, not a placement"),
        (lambda _: tiny(), "placement is a scenario, not a placement: it lacks 'flow'"),
    ],
)
def test_other_objects_are_refused(scenario, bad, message, tmp_path):
    with pytest.raises(gf.GeofrontError, match=message):
        gf.save_placement(bad(gf.local(scenario)), tmp_path / "placement.nc")
    assert not list(tmp_path.iterdir())


def test_unusable_files(scenario, tmp_path):
    with pytest.raises(gf.GeofrontError, match=r"there is no placement file '.*nothing\.nc': write one"):
        gf.open_placement(tmp_path / "nothing.nc")
    (tmp_path / "letter.nc").write_text("Dear reader")
    with pytest.raises(gf.GeofrontError, match=r"letter\.nc' is not a NetCDF file"):
        gf.open_placement(tmp_path / "letter.nc")
    other = gf.save_scenario(scenario, tmp_path / "scenario.nc")
    with pytest.raises(gf.GeofrontError, match=r"scenario\.nc' is a scenario, not a placement: it lacks 'flow'"):
        gf.open_placement(other)
    with pytest.raises(gf.GeofrontError, match=r"placement\.nc' is a placement, not a scenario"):
        gf.open_scenario(gf.save_placement(gf.local(scenario), tmp_path / "placement.nc"))
    with pytest.raises(gf.GeofrontError, match="the placement cannot be written"):
        gf.save_placement(gf.local(scenario), tmp_path / "letter.nc" / "placement.nc")

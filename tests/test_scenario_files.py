"""Scenarios written to files and read back."""

import numpy as np
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "make",
    [
        lambda: gf.stylized(snapshots="day", regions=["eu-paris", "in-mumbai"]),
        lambda: tiny(hours=3, block=[1, 1, 2], capacity={"P": [10, 11, 12], "Q": np.inf}, price=-5),
    ],
)
def test_round_trip_through_a_file(make, tmp_path):
    scenario = make()
    before = scenario.copy(deep=True)
    path = gf.save_scenario(scenario, tmp_path / "scenario.nc")
    xr.testing.assert_identical(scenario, before)
    again = gf.open_scenario(path)
    xr.testing.assert_identical(again, scenario)
    for name in ("lawful", "block", "hour", "demand"):
        assert again[name].dtype == scenario[name].dtype


def test_files_are_replaced_atomically(tmp_path):
    path = gf.save_scenario(tiny(price=30), str(tmp_path / "scenario.nc"))
    gf.save_scenario(tiny(price=40), path)
    kept = gf.open_scenario(path)
    assert float(kept.price.mean()) == 40
    with pytest.raises(gf.GeofrontError, match=r"scenario\.nc.* cannot be written .*attr"):
        gf.save_scenario(tiny(price=50).assign_attrs(note={"not": "a text"}), path)
    xr.testing.assert_identical(gf.open_scenario(path), kept)
    assert list(tmp_path.iterdir()) == [path], "nothing half-written is left behind"


def test_unusable_places(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(gf.GeofrontError, match="the scenario cannot be written"):
        gf.save_scenario(tiny(), tmp_path / "file" / "scenario.nc")


def test_unusable_files(tmp_path):
    with pytest.raises(gf.GeofrontError, match=r"there is no scenario file '.*nothing\.nc'"):
        gf.open_scenario(tmp_path / "nothing.nc")
    incomplete = tmp_path / "incomplete.nc"
    tiny().drop_vars("price").to_netcdf(incomplete, engine="h5netcdf")
    with pytest.raises(gf.GeofrontError, match="'price' is missing"):
        gf.open_scenario(incomplete)
    (tmp_path / "letter.nc").write_text("Dear reader")
    with pytest.raises(gf.GeofrontError, match=r"letter\.nc"):
        gf.open_scenario(tmp_path / "letter.nc")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: tiny().drop_vars("price"), "'price' is missing"),
        (lambda: tiny(capacity=5), "home demand exceeds 'capacity'"),
        (lambda: tiny(pue=0.5), "'pue' is below 1"),
        (lambda: tiny().assign(price=tiny().price.astype(bool)), "'price' has dtype bool"),
        (lambda: tiny().drop_attrs(), "'carbon_signal' is missing"),
        (lambda: "a letter", "is an xarray.Dataset, not str"),
    ],
)
def test_nothing_is_written_that_could_not_be_opened(bad, message, tmp_path):
    with pytest.raises(gf.GeofrontError, match=message):
        gf.save_scenario(bad(), tmp_path / "scenario.nc")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dtype", ["uint16", "float16", "longdouble"])
def test_files_hold_float64(dtype, tmp_path):
    scenario = tiny(price=40).assign(price=tiny(price=40).price.astype(dtype))
    again = gf.open_scenario(gf.save_scenario(scenario, tmp_path / "scenario.nc"))
    assert again.price.dtype == "float64"
    assert (again.price == 40).all()


def test_encodings_of_another_file_do_not_round_numbers(tmp_path):
    scenario = tiny(price=40.25)
    scenario["price"].encoding = {"dtype": "int8", "scale_factor": 10.0, "_FillValue": 4}
    again = gf.open_scenario(gf.save_scenario(scenario, tmp_path / "scenario.nc"))
    assert (again.price == 40.25).all()


def test_attributes_that_netcdf_cannot_hold_are_named(tmp_path):
    for value in (True, {"a": 1}, None, [1, "a"]):
        with pytest.raises(gf.GeofrontError, match=r"scenario.nc': the scenario cannot be written"):
            gf.save_scenario(tiny().assign_attrs(own=value), tmp_path / "scenario.nc")
    assert not list(tmp_path.iterdir())


def test_damaged_files_are_named(tmp_path):
    """HDF5 never returns from a global heap of zeros, which holds the dimensions of the variables."""
    path = gf.save_scenario(tiny(), tmp_path / "scenario.nc")
    content = path.read_bytes()
    heap = content.index(b"GCOL")
    for name, damaged in {
        "cut.nc": content[:-100],
        "flipped.nc": content.replace(b"price", b"pr\xffce"),
        "hanging.nc": content[: heap + 16] + bytes(64) + content[heap + 80 :],
    }.items():
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(gf.GeofrontError, match=f"{name}' is not a NetCDF file, or is damaged: write it again"):
            gf.open_scenario(tmp_path / name)

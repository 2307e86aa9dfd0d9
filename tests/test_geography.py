import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from geofront.inputs import geography, loaders

QUARTER = geography.EARTH_RADIUS * np.pi / 2
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
points = st.tuples(latitudes, longitudes)


@pytest.mark.parametrize(
    ("origin", "target", "km"),
    [
        ((0, 0), (0, 0), 0),
        ((0, 0), (0, 90), QUARTER),
        ((0, 0), (90, 123), QUARTER),
        ((90, 0), (-90, 77), 2 * QUARTER),
        ((0, -179.5), (0, 179.5), QUARTER / 90),
        ((60, 0), (60, 180), QUARTER * 60 / 90),
        ((12, 34), (-12, -146), 2 * QUARTER),
    ],
)
def test_distances_in_closed_form(origin, target, km):
    assert geography.great_circle_km(*origin, *target) == pytest.approx(km, abs=1e-4)


def test_distance_between_two_cities():
    assert geography.great_circle_km(48.8566, 2.3522, 51.5074, -0.1278) == pytest.approx(343.6, abs=0.5)


@given(points, points)
def test_distance_is_symmetric_and_at_most_half_the_circumference(a, b):
    there = geography.great_circle_km(*a, *b)
    assert there == pytest.approx(geography.great_circle_km(*b, *a))
    assert 0 <= there <= 2 * QUARTER + 1e-9


@given(points, points, points)
def test_no_detour_is_shorter(a, b, c):
    distance = geography.great_circle_km
    assert distance(*a, *c) <= distance(*a, *b) + distance(*b, *c) + 1e-3


@given(st.floats(0, 20_000), st.floats(0.1, 5_000))
def test_round_trips_grow_with_distance(km, further):
    assert geography.modelled_rtt(km + further) > geography.modelled_rtt(km)
    assert geography.access_rtt(km + further) > geography.access_rtt(km)


def test_round_trip_formulas():
    assert geography.modelled_rtt(1000.0) == pytest.approx(1.4 * (10 + 20))
    assert geography.modelled_rtt(1000.0, inflation=1, overhead_ms=0) == pytest.approx(10)
    assert geography.access_rtt(1000.0) == pytest.approx(10 + 14)
    assert geography.access_rtt(0.0) == 10


@pytest.fixture
def places():
    labels = pd.Index(["x", "y", "z"], name="region")
    return pd.DataFrame({"latitude": [0.0, 0.0, 90.0], "longitude": [0.0, 90.0, 0.0]}, index=labels)


def test_measured_round_trips_come_before_modelled_ones(places):
    rows = [("x", "y", 77.0), ("q", "x", 5.0), ("x", "x", 9.0)]
    measured = pd.DataFrame(rows, columns=["region_a", "region_b", "rtt_ms"])
    rtt = geography.rtt_matrix(places, measured)
    modelled = geography.modelled_rtt(QUARTER)
    expected = xr.DataArray(
        [[2.0, 77.0, modelled], [77.0, 2.0, modelled], [modelled, modelled, 2.0]],
        coords={"service": list("xyz"), "region": list("xyz")},
        dims=("service", "region"),
    )
    xr.testing.assert_allclose(rtt, expected)
    assert rtt.attrs["units"] == "ms"
    is_measured = geography.rtt_is_measured(places, measured)
    assert is_measured.to_pandas().stack().loc[lambda known: known].index.tolist() == [("x", "y"), ("y", "x")]


def test_directions_may_differ(places):
    measured = pd.DataFrame({"region_a": ["x", "y"], "region_b": ["y", "x"], "rtt_ms": [77.0, 80.0]})
    rtt = geography.rtt_matrix(places, measured)
    assert rtt.sel(service="x", region="y") == 77
    assert rtt.sel(service="y", region="x") == 80


def test_nothing_measured(places):
    rtt = geography.rtt_matrix(places)
    assert rtt.sel(service="x", region="y").item() == pytest.approx(geography.modelled_rtt(QUARTER))
    assert not geography.rtt_is_measured(places).any()


def test_round_trips_follow_labels_not_positions():
    regions, measured = loaders.regions(), loaders.measured_rtt()
    rtt = geography.rtt_matrix(regions, measured)
    shuffled = geography.rtt_matrix(regions.iloc[::-1], measured.sample(frac=1, random_state=1))
    xr.testing.assert_identical(rtt, shuffled.sel(service=rtt.service, region=rtt.region))


def test_every_pair_of_core_regions_is_measured():
    regions = loaders.regions()
    known = geography.rtt_is_measured(regions, loaders.measured_rtt())
    assert known.sum() == len(regions) * (len(regions) - 1)


def test_no_measured_round_trip_beats_light_in_fibre():
    regions = loaders.regions(tier=None)
    km = geography.distance_matrix(regions, regions, ("service", "region"))
    rtt = geography.rtt_matrix(regions, loaders.measured_rtt())
    known = geography.rtt_is_measured(regions, loaders.measured_rtt())
    assert (rtt >= 2 * km / geography.FIBRE_SPEED).where(known, True).all()


def test_the_formula_has_no_bias_over_the_measured_pairs():
    regions = loaders.regions(tier=None)
    known = geography.rtt_is_measured(regions, loaders.measured_rtt())
    error = geography.rtt_matrix(regions) - geography.rtt_matrix(regions, loaders.measured_rtt())
    assert abs(error.where(known).mean()) < 2


def test_access_round_trips():
    clients, regions = loaders.clients(), loaders.regions()
    rtt = geography.access_rtt_matrix(clients, regions)
    assert rtt.dims == ("client", "service")
    assert rtt.sel(client="dallas", service="us-texas").item() == pytest.approx(10)
    assert rtt.idxmin("service").sel(client="berlin") == "eu-frankfurt"

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from geofront.errors import GeofrontError
from geofront.inputs import loaders, table_paths
from geofront.inputs.hours import hours
from geofront.inputs.profiles import ANNUAL, DIURNAL, QUANTITIES, fit_profiles, harmonics, shape, write_profiles

YEAR = pd.date_range("2023-01-01", periods=8760, freq="h")
NAMES = list(DIURNAL + ANNUAL)
coefficients = st.lists(st.floats(-0.5, 0.5), min_size=6, max_size=6)


def synthetic(price, carbon=None):
    """A year of hours of one region."""
    carbon = np.full(len(price), 100.0) if carbon is None else carbon
    return xr.Dataset(
        {"price": (("region", "hour"), [price]), "carbon_average": (("region", "hour"), [carbon])},
        coords={"region": ["x"], "hour": YEAR[: len(price)]},
    )


def test_harmonics_at_known_points():
    table = harmonics(["2023-01-01T00:00", "2023-01-01T06:00", "2023-07-02T12:00"])
    assert table[0] == pytest.approx([1, 0, 1, 0, 1, 0])
    quarter_day = 2 * np.pi * 0.25 / 365
    assert table[1] == pytest.approx([0, 1, -1, 0, np.cos(quarter_day), np.sin(quarter_day)], abs=1e-12)
    assert table[2] == pytest.approx([-1, 0, 1, 0, -1, 0], abs=1e-12)


def test_harmonics_are_orthogonal_over_a_year():
    table = harmonics(YEAR)
    assert table.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-12)
    assert table.T @ table / len(YEAR) == pytest.approx(np.eye(6) / 2, abs=1e-12)


@given(coefficients, st.floats(1, 500))
def test_fit_finds_the_coefficients_that_made_the_hours(given_coefficients, mean):
    hours = synthetic(np.full(len(YEAR), 50.0), mean * (1 + harmonics(YEAR) @ given_coefficients))
    fit = fit_profiles(hours).set_index("quantity").loc["carbon_average"]
    assert fit[NAMES].to_numpy(float) == pytest.approx(given_coefficients, abs=1e-9)
    assert fit["mean"] == pytest.approx(mean)
    # A value that varies by less than rounding has no variance to explain.
    if np.abs(given_coefficients).max() > 1e-6:
        assert fit["r_squared"] == pytest.approx(1)


def test_noise_lowers_r_squared_but_keeps_the_mean():
    noise = np.random.default_rng(1).normal(scale=20, size=len(YEAR))
    price = 50 * (1 + 0.2 * harmonics(YEAR)[:, 0]) + noise
    fit = fit_profiles(synthetic(price), source="made up")
    row = fit[fit["quantity"] == "price"].iloc[0]
    explained = 50 * 0.2 / np.sqrt(2)
    assert row["r_squared"] == pytest.approx(explained**2 / (explained**2 + 400), abs=0.01)
    fitted = row["mean"] * shape(fit, "price", ["x"], YEAR)
    assert fitted.mean().item() == pytest.approx(price.mean(), rel=1e-12)
    assert list(fit["source"]) == ["made up"] * 2
    assert list(fit["hours"]) == [8760] * 2
    assert list(fit["year"]) == [2023] * 2
    assert list(fit["confidence"]) == ["fitted"] * 2


def test_constant_hours_fit_perfectly():
    fit = fit_profiles(synthetic(np.full(8760, 40.0)))
    assert list(fit["r_squared"]) == [1, 1]
    assert np.abs(fit[NAMES].to_numpy()).max() < 1e-12


def test_part_of_a_year_is_refused():
    with pytest.raises(GeofrontError, match=r"8760 in 2023.*8759 from 2023-01-01 00:00:00"):
        fit_profiles(synthetic(np.ones(8759)))


def test_a_mean_that_is_not_positive_is_refused():
    with pytest.raises(GeofrontError, match="price of 'x' has the mean -5"):
        fit_profiles(synthetic(np.full(8760, -5.0)))


def test_shape_by_hand():
    table = pd.DataFrame([["x", "price", 0.5, 0, 0.25, 0, 0.1, 0]], columns=["region", "quantity", *NAMES])
    stamps = ["2023-01-01T00:00", "2023-01-01T12:00"]
    daily = shape(table, "price", ["x"], stamps, annual=False)
    assert daily.dims == ("region", "hour")
    assert daily.values[0] == pytest.approx([1.75, 0.75])
    with_year = shape(table, "price", ["x"], stamps)
    assert with_year.values[0] == pytest.approx([1.85, 0.75 + 0.1 * np.cos(np.pi / 365)])


def test_regions_without_a_fit_are_flat():
    profiles = loaders.profiles()
    found = shape(profiles, "price", ["nowhere", "jp-tokyo"], YEAR)
    assert (found.sel(region="nowhere") == 1).all()
    assert found.sel(region="jp-tokyo").std() > 0.1
    assert (shape(None, "price", ["jp-tokyo"], YEAR) == 1).all()


def test_quantities_keep_their_own_shapes():
    profiles, regions = loaders.profiles(), loaders.regions().index
    price, carbon = (shape(profiles, quantity, regions, YEAR) for quantity in QUANTITIES)
    assert not np.allclose(price, carbon)
    with pytest.raises(GeofrontError, match="'marginal'; choose from 'price', 'carbon_average'"):
        shape(profiles, "marginal", regions, YEAR)


def test_profiles_that_repeat_a_region_are_refused():
    profiles = loaders.profiles()
    with pytest.raises(GeofrontError, match="'jp-tokyo → price'"):
        shape(pd.concat([profiles, profiles.query("region == 'jp-tokyo'")]), "price", ["jp-tokyo"], YEAR)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_shapes_have_mean_one_over_the_year_and_over_the_day(quantity):
    regions = loaders.regions().index
    assert shape(loaders.profiles(), quantity, regions, YEAR).mean("hour").values == pytest.approx(1)
    day = shape(loaders.profiles(), quantity, regions, YEAR[:24], annual=False)
    assert day.mean("hour").values == pytest.approx(1)


@pytest.fixture
def readme():
    return table_paths.data_path("README.md").read_text(encoding="utf-8").replace("−", "-")


def test_shapes_fall_below_zero_only_where_the_readme_says_so(readme):
    regions = loaders.regions().index
    carbon = shape(loaders.profiles(), "carbon_average", regions, YEAR)
    assert (carbon > 0).all()
    price = shape(loaders.profiles(), "price", regions, YEAR)
    negative = (price < 0).sum("hour").to_series()
    assert negative[negative > 0].index.tolist() == ["au-melbourne"]
    lowest = price.sel(region="au-melbourne").min().item()
    assert f"Melbourne's fitted price falls to {lowest:.2f} times the mean ({negative.max()} hours" in readme


def test_the_readme_says_how_well_the_shapes_fit(readme):
    fit = loaders.profiles().set_index(["quantity", "region"])["r_squared"]
    price, carbon = fit["price"], fit["carbon_average"]
    best = loaders.regions()["name"][price.idxmax()]
    assert f"at most {100 * price.max():.0f} % ({best}) of the variance of hourly prices" in readme
    assert price[price < 0.005].index.tolist() == ["br-saopaulo"]
    assert "none in São Paulo" in readme
    assert f"{100 * carbon.min():.0f} to {100 * carbon.max():.0f} % of the variance of average carbon" in readme


def test_the_readme_says_what_real_prices_do(shared_data, readme):
    price = hours(shared_data / "hourly_core12_2023.csv.gz").price
    assert f"in the real year {(price.sel(region='au-melbourne') < 0).sum().item()} were" in readme
    floor, *_ = price.sel(region="br-saopaulo").to_series().value_counts(normalize=True)
    assert floor > 0.95
    assert "São Paulo, whose price was at its floor nearly all year" in readme


def test_unclipped_scarcity_hours_would_push_texas_below_zero(shared_data, readme, monkeypatch):
    texas = hours(shared_data / "hourly_core12_2023.csv.gz").sel(region=["us-texas"])
    monkeypatch.setattr("geofront.inputs.profiles.CLIPPED", {})
    below = shape(fit_profiles(texas), "price", ["us-texas"], YEAR) < 0
    assert below.mean() == pytest.approx(0.25, abs=0.01)
    assert "would otherwise push its fitted price below zero in a quarter of all hours" in readme


def test_the_readme_says_how_paris_differs(readme):
    yearly = loaders.regions()["carbon_average_kg_per_mwh"]["eu-paris"]
    hourly = loaders.profiles().set_index(["quantity", "region"])["mean"]["carbon_average", "eu-paris"]
    assert f"of Paris is {yearly:.1f} kg/MWh in `regions.csv` (Electricity Maps, yearly) and {hourly:.1f} in" in readme


def test_a_few_scarcity_hours_raise_the_mean_but_do_not_bend_the_shape_of_prices():
    daily = 50 * (1 + 0.2 * np.cos(2 * np.pi * YEAR.hour.to_numpy() / 24))
    spiked = daily.copy()
    spiked[4000:4100] = 5000
    plain, bent = (fit_profiles(synthetic(price)).iloc[0] for price in (daily, spiked))
    assert bent["mean"] == pytest.approx(spiked.mean())
    assert bent[NAMES].to_numpy(float) == pytest.approx(plain[NAMES].to_numpy(float), abs=0.01)


def test_the_committed_table_is_the_fit_to_the_real_hours(shared_data, tmp_path):
    write_profiles(shared_data / "hourly_core12_2023.csv.gz", tmp_path / "profiles.csv")
    refitted = pd.read_csv(tmp_path / "profiles.csv")
    pd.testing.assert_frame_equal(refitted, pd.read_csv(table_paths.data_path("profiles.csv")), rtol=1e-6, atol=0)
    assert [path.name for path in tmp_path.iterdir()] == ["profiles.csv"]


def test_digits_of_the_table_suffice(shared_data):
    fit = fit_profiles(hours(shared_data / "hourly_core12_2023.csv.gz")).drop(columns="source")
    table = loaders.profiles().drop(columns="source")
    pd.testing.assert_frame_equal(fit, table, rtol=1e-8, atol=0, check_dtype=False)


def test_a_region_that_a_spreadsheet_would_evaluate_is_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "geofront.inputs.profiles.read_hours",
        lambda path: synthetic(50 + 5 * np.cos(2 * np.pi * YEAR.hour.to_numpy() / 24)).assign_coords(region=["=1+1"]),
    )
    write_profiles("=hours.csv", tmp_path / "profiles.csv")
    assert (tmp_path / "profiles.csv").read_text().splitlines()[1].startswith("'=1+1,price,50,")
    assert shape(tmp_path / "profiles.csv", "price", ["=1+1"], YEAR[:1]).item() == pytest.approx(1.1, abs=0.001)

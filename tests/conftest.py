"""Fixtures and settings shared by all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

import geofront as gf
from geofront.explore import explorer
from geofront.quantities import policies

REPOSITORY = Path(__file__).resolve().parent.parent

settings.register_profile("reproducible", deadline=None, derandomize=True)
settings.load_profile("reproducible")


def pytest_collection_modifyitems(items):
    """Tests of many examples and of a real year take long."""
    for item in items:
        if is_hypothesis_test(item.obj) or "shared_data" in item.fixturenames:
            item.add_marker("slow")


@pytest.fixture(scope="session", autouse=True)
def every_placement_is_certified():
    """Prove every placement of a test, direct or through a quantity, optimal from its shadow prices alone."""
    place = gf.place

    def certified(scenario, **choices):
        placement = place(scenario, **choices)
        gf.certify(scenario, placement)
        return placement

    with pytest.MonkeyPatch.context() as patch:
        for module in (gf, explorer, policies):
            patch.setattr(module, "place", certified)
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout in which the tests run."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of hourly and upstream files that are too large for the repository."""
    folder = Path(os.environ.get("GEOFRONT_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"shared data absent: no folder {folder}; set GEOFRONT_SHARED_DATA to where it is")
    return folder

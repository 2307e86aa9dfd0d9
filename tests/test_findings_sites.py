"""Findings about models kept ready: numbers of sites, savings net of hosting, and checks."""

import numpy as np
import pytest
import xarray as xr
from scenarios import tiny

import geofront as gf
from geofront import tables
from geofront.tables.findings import sites as findings

AT_HOME = gf.local(tiny(price=100, weight=100.0))
"""1,000 MWh at 100 USD/MWh."""


def site(ready, saving, gap=0.0):
    """Sites of two classes in three regions; all demand, of a client at home in p, runs in q."""
    flow = np.zeros((1, 3, 2, 1))
    flow[0, 1] = 5.0
    return xr.Dataset(
        {
            "ready": (("region", "workload"), np.array(ready, bool)),
            "flow": (("client", "region", "workload", "hour"), flow),
            "home": ("client", ["p"]),
        },
        {
            "client": ["paris"],
            "region": ["p", "q", "r"],
            "workload": ["A", "B"],
            "hour": [0],
            "weight": ("hour", [100.0]),
        },
        {"cost": 1000 * (100 - saving), "gap": gap, "hosting_mw": 1.0, "gate": "import"},
    )


FOUR, TWO = [[0, 0], [1, 1], [1, 1]], [[0, 0], [1, 1], [0, 0]]


def finding(sites, **options):
    return findings.worth_opening(
        sites, site(np.ones((3, 2)), 40.0), AT_HOME, **({"gate": "import", "tolerance": 1e-5} | options)
    )


def test_cases_by_rising_size():
    cases = tables.site_cases({5.0: site(TWO, 30.0), 1.0: site(FOUR, 38.0, 1e-6)}, AT_HOME)
    assert cases.hosting_mw.tolist() == [1, 5]
    assert cases.sites.tolist() == [4, 2]
    assert cases.saving.tolist() == pytest.approx([38, 30])
    assert cases.gap.tolist() == [1e-6, 0]


def test_sites_of_the_first_and_the_largest_size():
    found = finding({1.0: site(FOUR, 38.0), 0.5: site(FOUR, 39.0), 5.0: site(TWO, 30.0)})
    assert found.sentence == (
        "With 1 MW of replicas for each, 4 of 6 pairs of a region and a class are kept ready, in 2 regions, and "
        "relocation still saves 38.0 of 40.0 USD/MWh. With 5 MW, 2 pairs are left, and the saving is 30.0 USD/MWh."
    )
    assert found.numbers == {
        "sites": {"1": 4, "0.5": 4, "5": 2},
        "pairs": 6,
        "regions": 2,
        "hosting_mw": 1.0,
        "most_hosting_mw": 5.0,
        "saving_usd_per_mwh": pytest.approx({"0.5": 39, "1": 38, "5": 30}),
        "saving_at_no_cost_usd_per_mwh": pytest.approx(40),
    }
    assert found.failed == ()


def test_a_single_region_and_a_single_size():
    assert finding({1.0: site(TWO, 38.0)}).sentence == (
        "With 1 MW of replicas for each, 2 of 6 pairs of a region and a class are kept ready, in 1 region, and "
        "relocation still saves 38.0 of 40.0 USD/MWh."
    )


def test_a_single_pair():
    one = [[0, 0], [1, 0], [0, 0]]
    found = finding({1.0: site(one, 38.0), 5.0: site(one, 30.0)})
    assert "1 of 6 pairs of a region and a class is kept ready, in 1 region, and" in found.sentence
    assert "With 5 MW, 1 pair is left, and" in found.sentence


def test_demand_at_home_needs_a_model_only_by_its_gate():
    """Demand runs in q, which is home to nobody or to all."""
    at_home = {1.0: site(np.zeros((3, 2)), 0.0).assign(home=("client", ["q"]))}
    assert finding(at_home).failed == ()
    assert finding(at_home, gate="all").failed == ("demand runs where its model is not ready",)


def test_wrong_results_are_noticed():
    found = finding({1.0: site([[0, 0], [1, 0], [1, 1]], 38.0, gap=1e-3), 5.0: site(TWO, 39.0)})
    assert found.failed == (
        "a gap is too large",
        "larger replicas save more",
        "demand runs where its model is not ready",
    )

"""Every notebook runs with small parameters, passes its checks and follows its parameters."""

import json

import pytest

from geofront.report.catalogue import catalogue
from geofront.report.outputs import missing_outputs
from geofront.report.runner import reproduce

pytestmark = pytest.mark.slow

SMALL = {
    "snapshots": "day",
    "carbon_signal": "average",
    "demand_mw": 400.0,
    "frontier_points": 8,
    "hosting_mw": [1.0, 0.1],
    "sizes_gw": [1.0, 3.0],
    "tolerance": 1e-4,
    "months": 1,
    "hours_file": "",
}
LAYERS, PEERS = "02_three_layers", "10_published_peers"
NAMES = sorted(catalogue().keys() - {LAYERS, PEERS})


def run(name: str, parameters: dict, folder) -> None:
    notebook = catalogue()[name]
    taken = {key: value for key, value in parameters.items() if key in notebook.parameters}
    reproduce([name], taken, output_dir=folder)
    assert missing_outputs(notebook.makes, folder) == []
    assert (folder / "executed" / f"{name}.ipynb").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_notebook_runs_with_small_parameters(name, tmp_path):
    run(name, SMALL, tmp_path)


def test_table_follows_the_carbon_price(tmp_path):
    """A higher carbon price never raises the emissions of the joint policy, nor lowers its cost."""
    figures = {}
    for price in (0.0, 150.0):
        run(LAYERS, SMALL | {"carbon_price": price}, tmp_path / str(price))
        numbers = json.loads((tmp_path / str(price) / "numbers.json").read_text())
        figures[price] = numbers[LAYERS]
    assert figures[150.0]["carbon_change"] < figures[0.0]["carbon_change"]
    assert figures[150.0]["cost_usd_per_mwh"] > figures[0.0]["cost_usd_per_mwh"]


def test_typical_days_miss_something_of_a_real_month(shared_data, tmp_path):
    run("09_a_real_year", {"hours_file": str(shared_data / "hourly_core12_2023.csv.gz"), "months": 1}, tmp_path)
    numbers = json.loads((tmp_path / "numbers.json").read_text())["09_a_real_year"]
    assert numbers["year"] == "744 real hours of 2023"
    assert numbers["missed_percent"]["averaged"] > 1


def test_published_results_are_replayed(shared_data, tmp_path):
    run(PEERS, {"peers_dir": str(shared_data / "peers")}, tmp_path)
    numbers = json.loads((tmp_path / "numbers.json").read_text())[PEERS]
    assert numbers["greedy_excess_percent"] == pytest.approx(8.32, abs=0.005)
    assert numbers["greedy_moved_percent"] == pytest.approx(87, abs=0.5)
    assert numbers["least_moved_percent"] == pytest.approx(57, abs=0.5)
    assert numbers["equity_largest_difference"] < 1e-9
    sidecar = json.loads((tmp_path / "table_e4.json").read_text())
    assert sidecar["parameters"]["peers_dir"] == "peers"


def test_scenarios_of_published_studies_take_eight_lines_at_most():
    """The cells that build the scenarios, up to the end of their last call."""
    cells = [source for kind, source, _ in catalogue()[PEERS].cells if kind == "code" and "gf.scenario(" in source]
    eurosys, equity = cells[0], cells[-1]
    assert len(eurosys.splitlines()) <= 8
    assert len(equity.splitlines()) <= 8

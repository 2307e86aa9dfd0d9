"""The plain linear program: every family of rows as written, both solvers, and what it says when infeasible.

The files in ``golden/`` hold the program of one tiny instance per family. Where a change of the formulation
is meant, ``GEOFRONT_UPDATE_GOLDEN=1 pytest tests/test_formulation.py`` updates them; read the diff.
"""

import os
import re
from pathlib import Path
from unittest import mock

import mip
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import optimum
from scenarios import friction_subsets, scenarios, tiny

import geofront as gf
from geofront.errors import Infeasible
from geofront.model.certificate import objective_of
from geofront.model.formulation import BlockModel, new_model, silent, solve
from geofront.model.problem import build_problem
from geofront.names import OBJECTIVES, SOLVERS, TOLERANCE

GOLDEN = Path(__file__).parent / "golden"
AGREEMENT = 1e-7
"""Largest relative difference between the objectives of two solvers."""

FAMILIES = {
    # R is out of reach at 2000 ms: it has no variable. A megawatt-hour in Q costs 1.5 · 40 USD of energy and
    # 1 USD of egress; the snapshot stands for two hours.
    "demand": (
        ("egress",),
        {
            "regions": "PQR",
            "rtt": {"P": [0, 100, 2000], "Q": 100, "R": 100},
            "weight": 2,
            "price": {"P": 60, "Q": 40, "R": 20},
            "pue": {"P": 1, "Q": 1.5, "R": 1},
            "upload": 10,
            "egress_request": 0.1,
        },
    ),
    # A quarter of 10 MW stays at home; without the legal friction nothing is regulated.
    "pinned": (("locality",), {"pinned_share": 0.25, "regulated_share": 0.4, "lawful": False}),
    # Of 10 MW, (1 − 0.25)(1 − 0.4) = 4.5 MW may go to Q and S together, which are unlawful; R is lawful.
    "regulated": (
        ("locality", "legal"),
        {
            "regions": "PQRS",
            "pinned_share": 0.25,
            "regulated_share": 0.4,
            "lawful": {"a": {"P": False, "Q": False, "R": True, "S": False}},
        },
    ),
    # Relocated megawatts take 1.25 MW each of the region's capacity.
    "capacity": (
        ("migration", "capacity"),
        {"clients": {"a": "P", "b": "Q"}, "capacity": {"P": 12, "Q": 15}, "overhead_energy": 0.25},
    ),
    # Three hours in a ring; bringing 1 MW up takes 0.5 MWh at the mean price of 30 USD/MWh in Q, 50 in P.
    "warmup": (
        ("migration",),
        {"hours": 3, "clients": {"a": "P", "b": "P"}, "price": {"P": 50, "Q": [10, 70, 10]}, "warmup": 0.5},
    ),
}


def linear_program(problem, folder):
    """One block as python-mip writes it: one row a line, numbers to ten digits, no comments."""
    path = folder / "block.lp"
    with silent():
        BlockModel(problem, "CBC").model.write(str(path))
    text = re.sub(r"^\\.*\n", "", path.read_text(), flags=re.MULTILINE)
    text = re.sub(r"\n +(?=[+-])", " ", text)
    lines = (" ".join(tidy(word) for word in line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def tidy(word):
    return f"{float(word):.10g}" if re.fullmatch(r"[+-]?\d+(\.\d*)?(e[+-]?\d+)?", word) else word


@pytest.mark.parametrize("family", FAMILIES)
def test_golden(family, tmp_path):
    frictions, instance = FAMILIES[family]
    text = linear_program(build_problem(tiny(**instance), frictions=frictions), tmp_path)
    path = GOLDEN / f"{family}.lp"
    if os.environ.get("GEOFRONT_UPDATE_GOLDEN") == "1":
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("family", FAMILIES)
def test_golden_files_hold_their_family(family):
    """A golden file that has lost the rows it is there for would prove nothing."""
    assert re.search(rf"^{family},.*(=|<=|>=)", (GOLDEN / f"{family}.lp").read_text(), re.MULTILINE)


def test_rows_of_a_whole_block():
    """Two clients, two regions, one class, two hours: 2·2·2 flows and 2·2 starts; 4 demand, 4 pinned and
    4 capacity rows, 4 warm-up rows, and 2 regulated rows, for only b may not go everywhere."""
    scenario = tiny(
        clients={"a": "P", "b": "Q"}, hours=2, warmup=0.5, regulated_share=0.5, lawful={"a": True, "b": False}
    )
    model = BlockModel(build_problem(scenario), "CBC").model
    families = [row.name.split(",")[0] for row in model.constrs]
    assert {name: families.count(name) for name in sorted(set(families))} == {
        "capacity": 4,
        "demand": 4,
        "pinned": 4,
        "regulated": 2,
        "warmup": 4,
    }
    assert (model.num_cols, model.num_rows) == (12, 18)
    assert all(variable.var_type == mip.CONTINUOUS for variable in model.vars)


def test_one_hour_brings_nothing_up():
    """The hour before a block's only hour is that hour itself."""
    block = BlockModel(build_problem(tiny(warmup=0.5, price={"P": 50, "Q": 10})), "CBC")
    assert not block.warmup_row
    assert not block.start


def test_unlimited_capacity_has_no_row():
    scenario = tiny(capacity={"P": 20, "Q": np.inf})
    assert [row[0] for row in BlockModel(build_problem(scenario), "CBC").capacity_row] == [0]


@settings(max_examples=40)
@given(scenarios(), friction_subsets, st.sampled_from(OBJECTIVES), st.sampled_from([0.0, 50.0]))
def test_solvers_agree_with_each_other_and_with_scipy(scenario, frictions, objective, carbon_price):
    """Without the small weight of cost in emissions, which scipy's formulation does not have."""
    choices = {"carbon_price": carbon_price, "objective": objective, "frictions": frictions}
    with mock.patch("geofront.model.costs.COST_WEIGHT", 0.0):
        problem = build_problem(scenario, **choices)
    solutions = {solver: solve(problem, solver) for solver in SOLVERS}
    scale = float((scenario.weight * scenario.demand).sum()) or 1.0
    cbc, highs = (objective_of(problem, solutions[solver].flow) for solver in SOLVERS)
    assert cbc == pytest.approx(highs, rel=AGREEMENT, abs=AGREEMENT * scale)
    for solution in solutions.values():
        assert objective_of(problem, solution.flow) == pytest.approx(
            optimum(scenario, **choices), rel=TOLERANCE, abs=TOLERANCE * scale
        )


def test_blocks_are_joined_in_the_order_of_the_hours():
    """Two interleaved blocks: flows come back at the hours they belong to.

    Q is cheaper than P (50) in the first, third and last hour only.
    """
    scenario = tiny(hours=5, block=[1, 2, 1, 2, 1], price={"P": 50, "Q": [10, 90, 20, 80, 30]}, demand=[1, 2, 3, 4, 5])
    flow = solve(build_problem(scenario)).flow
    assert flow[0, :, 0].tolist() == [[0, 2, 0, 4, 0], [1, 0, 3, 0, 5]]


@pytest.mark.parametrize("solver", SOLVERS)
def test_missing_capacity_is_named(solver):
    """Home P holds 12 of b's 20 MW, Q the other 5: 3 MW of b have no place, in the second hour only."""
    scenario = tiny(clients={"b": "P"}, hours=2, demand=[10, 20], capacity={"P": 12, "Q": 5})
    with pytest.raises(Infeasible) as caught:
        solve(build_problem(scenario), solver)
    message = str(caught.value)
    assert message.startswith("the capacities cannot hold the demand: 3 MW are unserved in 1 combination(s)")
    assert "P at 2023-03-21T01:00, class A: 3 MW (clients b)" in message
    assert "raise 'capacity' there, lower 'demand'" in message


def test_unknown_solver():
    with pytest.raises(gf.GeofrontError, match="solver='Abacus' is unknown: use one of HiGHS, CBC"):
        new_model("Abacus")


@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers_are_silent(solver, capfd):
    solve(build_problem(tiny(hours=2, price={"P": 50, "Q": 10}, warmup=0.5)), solver)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""

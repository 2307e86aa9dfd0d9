"""A program built from arrays is the one meant, is changed where it should be, and is read back in order."""

import numpy as np
import pytest

from geofront.errors import Infeasible
from geofront.model.formulation import silent
from geofront.names import SOLVERS
from geofront.solver.program import Program


@pytest.fixture(params=SOLVERS)
def program(request):
    with silent():
        yield Program(request.param)


def test_positions_follow_the_order_and_have_the_shape_of_the_figures(program):
    assert program.add_columns(np.zeros((2, 3))).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert program.add_rows(np.array([[4], [-1]]), 1.0, ">", 0.0).tolist() == [[0], [1]]
    assert program.add_columns(np.zeros(0)).tolist() == []
    assert program.add_columns(np.zeros(1)).tolist() == [6]
    assert program.size == {"columns": 7, "rows": 2}


def test_a_small_program(program):
    """4 units are needed: 3 at cost 1, the rest at cost 5; a second need of 2 has a row without entry at first."""
    cheap = program.add_columns(np.array([1.0]), upper=3.0)
    needs = program.add_rows(np.array([cheap[0], -1]), 1.0, ">", np.array([4.0, 2.0]))
    program.add_columns(np.array([5.0, 2.0]), rows=[np.array([needs[0], -1]), np.array([-1, needs[1]])],
                        coefficients=[1.0, 0.5])
    values, prices = program.optimise()
    np.testing.assert_allclose(values, [3, 1, 4])
    np.testing.assert_allclose(prices, [5, 4])


def test_rows_take_in_columns_that_are_there(program):
    """Two outputs at cost 1 and 2, together at least 6, the second at least 1 and the first."""
    columns = program.add_columns(np.array([1.0, 2.0]))
    further = np.array([1, 0]), columns[::-1], np.array([1.0, 1.0])
    rows = program.add_rows(np.array([columns[1], -1]), 1.0, ">", np.array([6.0, 1.0]), further)
    program.add_rows(columns[1:], 1.0, ">", 0.0, (np.array([0]), columns[:1], np.array([-1.0])))
    assert rows.tolist() == [0, 1]
    values, prices = program.optimise()
    np.testing.assert_allclose(values, [3, 3])
    np.testing.assert_allclose(prices, [1.5, 0, 0.5])


def test_what_comes_after_the_first_run_counts_as_well(program):
    """4 units are needed: 3 at cost 1 and one at cost 5, which another at cost 2 replaces; then only 2 at cost 1."""
    cheap = program.add_columns(np.array([1.0, 5.0]), upper=np.array([3.0, np.inf]))
    need = program.add_rows(cheap[:1], 1.0, ">", 4.0, (np.array([0]), cheap[1:], np.array([1.0])))
    np.testing.assert_allclose(program.optimise()[0], [3, 1])
    program.add_columns(np.array([2.0]), rows=[need], coefficients=[1.0])
    np.testing.assert_allclose(program.optimise()[0], [3, 0, 1])
    program.add_rows(cheap[:1], 1.0, "<", 2.0)
    values, prices = program.optimise()
    np.testing.assert_allclose(values, [2, 0, 2])
    np.testing.assert_allclose(prices, [2, -1])


def test_figures_change_by_position(program):
    columns = program.add_columns(np.array([1.0, 5.0]), upper=np.array([3.0, 9.0]))
    need = program.add_rows(np.array([-1]), 1.0, ">", 4.0)
    program.add_columns(np.array([9.0]), rows=[need], coefficients=[1.0])
    link = program.add_rows(columns, 1.0, "<", np.array([np.inf, 8.0]))
    values, _ = program.optimise()
    np.testing.assert_allclose(values, [0, 0, 4])
    program.set_objective(columns, np.array([-1.0, -2.0]))
    program.set_upper(columns[:1], np.array([2.0]))
    program.set_right(np.append(need, link[1:]), np.array([1.0, 6.0]))
    values, _ = program.optimise()
    np.testing.assert_allclose(values, [2, 6, 1])


def test_no_feasible_point(program):
    column = program.add_columns(np.array([1.0]), upper=1.0)
    program.add_rows(column, 1.0, ">", 2.0)
    with pytest.raises(Infeasible):
        program.optimise()

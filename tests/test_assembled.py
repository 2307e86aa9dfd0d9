"""Programs assembled from columns and rows: by hand, solved again, with ties, and with proofs that fail."""

import numpy as np
import pytest

from geofront.errors import Infeasible, SolverError
from geofront.solver.assembled import AssembledProgram


def two_sources(cost=(1.0, 2.0)):
    """4 MW in each of two hours, from a source of at most 3 MW and another one without limit."""
    program = AssembledProgram(most=8.0)
    program.sources = program.columns(np.outer(cost, [1.0, 10.0]), np.array([[3.0], [np.inf]]), second=[[0.0], [1.0]])
    served = program.rows(np.full(2, 4.0), np.inf)
    program.add(served, program.sources, 1.0)
    return program


def test_a_program_by_hand():
    """The cheaper source is full, so one more MW would save the difference of both costs."""
    program = two_sources()
    optimum = program.solve("dual")
    assert optimum.x[program.sources] == pytest.approx(np.array([[3, 3], [1, 1]]))
    assert optimum.price == pytest.approx([2, 20])
    assert optimum.reduced_cost[program.sources] == pytest.approx(np.array([[-1, -10], [0, 0]]))
    assert (optimum.objective, optimum.bound) == pytest.approx((5 + 50, 55))
    assert abs(optimum.gap) < 1e-12


def test_costs_and_bounds_may_change():
    program = two_sources()
    program.solve("dual")
    program.cost[program.sources[0]] = 3.0
    assert program.solve("primal").objective == pytest.approx(4 * 2 + (3 * 3 + 20))
    program.upper[program.sources[0]] = 4.0
    assert program.solve("dual").objective == pytest.approx(4 * 2 + 4 * 3)


def test_ties_go_to_the_second_objective():
    program = two_sources(cost=(1.0, 1.0))
    assert program.solve("dual").x[program.sources[1]] == pytest.approx([1, 1])


def test_no_feasible_point():
    program = two_sources()
    program.upper[program.sources[1]] = 0.5
    with pytest.raises(Infeasible, match="no feasible point"):
        program.solve("dual")


@pytest.mark.parametrize(
    ("x", "price"),
    [
        ([3, 3, 1, 0.9], [2, 20]),  # a row is violated
        ([2, 3, 2, 1], [2, 20]),  # the cheaper source is not full
        ([3, 3, 1, 1], [1, 20]),  # the price proves less than the cost
        ([3, 3, 1, 1], [2.5, 20]),  # a column with a negative reduced cost could grow
    ],
)
def test_proofs_that_fail(x, price):
    program = two_sources()
    program.solve("dual")
    with pytest.raises(SolverError, match="cannot be proved optimal"):
        program.proved(np.array(x, float), np.array(price, float))

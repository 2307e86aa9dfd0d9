"""A linear program from arrays: its solution, warm starts, ties and cancellation."""

import time
from unittest import mock

import numpy as np
import pytest

from geofront.errors import Cancelled, Infeasible
from geofront.model.highs import highs_library
from geofront.solver import lp as lp_module
from geofront.solver.lp import LinearProgram

FREE = np.inf


def program(check=lambda: None):
    """x + y ≥ 4 and x ≤ y + 2: the first row and second row of A."""
    return LinearProgram(
        row=np.array([0, 0, 1, 1]),
        column=np.array([1, 0, 0, 1]),
        value=np.array([1.0, 1.0, 1.0, -1.0]),
        columns=2,
        rows=2,
        check=check,
    )


def bounds(least=4.0, upper=(FREE, FREE)):
    return np.array(upper, float), np.array([least, -FREE]), np.array([FREE, 2.0])


def test_a_small_program_by_hand():
    """x is cheaper, but at most y + 2: 3 and 1. One more unit costs half of each, and the second row saves 0.5."""
    lp = program()
    lp.update(np.array([1.0, 2.0]), *bounds())
    result = lp.solve("dual")
    assert result.x == pytest.approx([3, 1])
    assert result.activity == pytest.approx([4, 2])
    assert result.dual == pytest.approx([1.5, -0.5])
    assert result.reduced_cost == pytest.approx([0, 0])


@pytest.mark.parametrize("method", ["primal", "dual", "interior", "presolved"])
def test_it_is_solved_again_with_other_costs_and_bounds(method):
    lp = program()
    for cost, least, upper, best in [
        ((1, 2), 4, (FREE, FREE), (3, 1)),
        ((2, 1), 4, (FREE, FREE), (0, 4)),
        ((2, 1), 8, (FREE, 5), (3, 5)),
        ((1, 2), 8, (4.5, FREE), (4.5, 3.5)),
    ]:
        lp.update(np.array(cost, float), *bounds(least, upper))
        assert lp.solve(method).x == pytest.approx(best)


def test_another_program_starts_from_its_basis():
    lp = program()
    lp.update(np.array([1.0, 2.0]), *bounds())
    optimum = lp.solve("dual")
    other = program()
    other.update(np.array([1.0, 2.0]), *bounds())
    other.basis = lp.basis
    assert other.solve("primal").x == pytest.approx(optimum.x)


@pytest.mark.parametrize(("second", "best"), [((1, 0), (0, 4)), ((0, 1), (3, 1))])
def test_ties_are_broken_by_a_second_objective(second, best):
    """x and y cost the same: any split of 4 with x ≤ y + 2 is optimal. Afterwards the first objective stands again."""
    lp = program()
    lp.update(np.array([1.0, 1.0]), *bounds())
    result = lp.break_ties(lp.solve("dual"), np.array(second, float))
    assert result.x == pytest.approx(best)
    assert lp.solve("primal").x.sum() == pytest.approx(4)
    lp.update(np.array([1.0, 2.0]), *bounds(6))
    assert lp.solve("primal").x == pytest.approx([4, 2])


def test_a_second_objective_cannot_outweigh_the_first():
    lp = program()
    lp.update(np.array([1.0, 1.001]), *bounds())
    assert lp.break_ties(lp.solve("dual"), np.array([1e6, 0.0])).x == pytest.approx([3, 1])


def test_a_cold_start_follows_an_unknown_status(monkeypatch):
    """HiGHS reports an unknown status once: the program is solved again."""
    ffi, library = highs_library()
    statuses = [library.kHighsModelStatusUnknown]

    class Unsure:
        def __getattr__(self, name):
            return getattr(library, name)

        def Highs_getModelStatus(self, model):
            return statuses.pop() if statuses else library.Highs_getModelStatus(model)

    monkeypatch.setattr("geofront.solver.lp.highs_library", lambda: (ffi, Unsure()))
    lp = program()
    lp.update(np.array([1.0, 2.0]), *bounds())
    assert lp.solve("primal").x == pytest.approx([3, 1])
    assert statuses == []


def test_no_feasible_point():
    lp = program()
    lp.update(np.array([1.0, 1.0]), *bounds(4, (1, 1)))
    with pytest.raises(Infeasible):
        lp.solve("dual")


def transport(check):
    """A transport problem that takes some hundred iterations."""
    count, random = 120, np.random.default_rng(0)
    column = np.arange(count * count)
    lp = LinearProgram(
        row=np.concatenate([column // count, count + column % count]),
        column=np.concatenate([column, column]),
        value=np.ones(2 * len(column)),
        columns=len(column),
        rows=2 * count,
        check=check,
    )
    lp.update(random.random(len(column)), np.full(len(column), np.inf), *np.ones((2, 2 * count)))
    return lp


@pytest.mark.parametrize("method", ["dual", "interior", "presolved"])
@pytest.mark.parametrize("calls", [0, 1])
def test_a_check_ends_the_solve(method, calls):
    """Before the solve, or during it."""
    seen = []

    def check():
        seen.append(method)
        if len(seen) > calls:
            raise Cancelled("enough")

    with mock.patch.multiple(lp_module, WORK=0, FEWEST=10), pytest.raises(Cancelled, match="enough"):
        transport(check).solve(method)
    assert len(seen) == calls + 1


def test_checks_do_not_depend_on_the_speed_of_the_machine():
    """Between two checks are ten iterations, however long a check takes."""
    seen: list[list[float]] = [[], []]
    with mock.patch.multiple(lp_module, WORK=0, FEWEST=10):
        fast = transport(lambda: seen[0].append(0)).solve("dual")
        slow = transport(lambda: (seen[1].append(0), time.sleep(2e-3))).solve("dual")
    assert len(seen[0]) == len(seen[1]) > 10
    assert (fast.dual == slow.dual).all()

"""Parts are whole blocks; what is worked out on each adds up, and one that fails ends the others."""

import threading
import time

import numpy as np
import pytest
from scenarios import tiny
from tqdm.auto import tqdm

from geofront.model.problem import build_problem
from geofront.solver.parts import in_parts, parts
from geofront.solver.threads import at_once, others_turn


def problem_of(*blocks):
    """A problem whose hours lie in these blocks."""
    return build_problem(tiny(hours=len(blocks), block=list(blocks)))


def together(problem, work):
    return in_parts(problem, work, steps=1, bar=tqdm(disable=True))


@pytest.fixture
def two_hours_a_part(monkeypatch):
    monkeypatch.setattr("geofront.solver.parts.MOST_HOURS", 2)


def test_a_block_is_never_divided(two_hours_a_part):
    split = parts(problem_of(1, 2, 1, 3, 1, 2))
    assert [part.tolist() for part in split] == [[0, 2, 4], [1, 5], [3]]


@pytest.mark.parametrize(("blocks", "count"), [(1, 1), (2, 2), (8, 2)])
def test_two_at_once_as_soon_as_there_are_two(blocks, count):
    assert len(parts(problem_of(*range(blocks)))) == count


def test_results_add_up(two_hours_a_part):
    whole, counted = together(problem_of(*range(5)), lambda hours, step: (hours.sum(), np.array([1, len(hours)])))
    assert whole == 10
    assert counted.tolist() == [3, 5]


def test_steps_of_all_parts_are_counted(two_hours_a_part):
    def work(hours, step):
        step()
        step()
        return (len(hours),)

    with tqdm(disable=True) as bar:
        bar.update = lambda: seen.append(bar.total)
        seen = []
        assert in_parts(problem_of(*range(4)), work, steps=2, bar=bar) == [4]
    assert len(seen) == 4


@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_ends_the_other_part_and_is_what_is_raised(failing):
    """The part that does not fail goes on until it is told to end, so that the test only ends if it is."""
    begun = threading.Barrier(2)

    def work(hours, step):
        with others_turn():
            begun.wait(10)
        if (hours[0] > 0) == failing:
            raise ValueError("no room")
        while True:
            step()
            with others_turn():
                time.sleep(0.001)

    with pytest.raises(ValueError, match="no room"):
        together(problem_of(*range(8)), work)


def test_parts_that_have_not_begun_do_not_begin_after_a_failure(two_hours_a_part):
    begun = []

    def work(hours, step):
        begun.append(hours[0])
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        together(problem_of(*range(6)), work)
    assert begun == [0]


def test_python_work_takes_turns_with_work_within_it_too():
    """Two at once that have two at once in each: never two in Python, and none waits for another forever."""
    working, most = [0], [0]

    def count(share, go_on):
        working[0] += 1
        most[0] = max(most[0], working[0])
        time.sleep(0.001)
        working[0] -= 1
        with others_turn():
            time.sleep(0.001)
        return share

    def twice(share, go_on):
        return sum(at_once(count, [share, share]))

    assert at_once(twice, [1, 2, 3]) == [2, 4, 6]
    assert most == [1]


def test_failing_within_frees_the_turn():
    def fail(share, go_on):
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        at_once(lambda share, go_on: at_once(fail, [share, share]), [1, 2])
    assert at_once(lambda share, go_on: share, [1, 2]) == [1, 2]

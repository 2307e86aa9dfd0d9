"""Shares run in parallel; a failure ends the others, and a cancelled event ends all."""

import threading
import time

import pytest

from geofront.errors import Cancelled
from geofront.threads import in_threads


def test_results_are_in_the_order_of_the_shares():
    assert in_threads(lambda share, check: sum(share), [[1, 2], [3], [4, 5]]) == [3, 3, 9]


@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_ends_the_other_share_and_is_raised(failing):
    """The other share runs until it is cancelled, so the test ends only if that happens."""
    started = threading.Barrier(2)

    def work(share, check):
        started.wait(10)
        if share == [failing]:
            raise ValueError("no room")
        while True:
            check()
            time.sleep(0.001)

    with pytest.raises(ValueError, match="no room"):
        in_threads(work, [[0], [1]])


def test_shares_that_have_not_started_do_not_start_after_a_failure():
    started = []

    def work(share, check):
        check()
        started.append(share)
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        in_threads(work, [[number] for number in range(50)])
    assert len(started) <= 2


def test_an_event_cancels_all_shares():
    cancel = threading.Event()

    def work(share, check):
        cancel.set()
        while True:
            check()
            time.sleep(0.001)

    with pytest.raises(Cancelled):
        in_threads(work, [[0], [1]], cancel)

"""Work on several shares at once, which ends everywhere once it fails or is interrupted anywhere."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

THREADS = 2
"""The solvers work outside Python's lock, so threads suffice; more than two starve on that lock."""

_turn, _own = threading.Lock(), threading.local()
"""Held by the thread that works in Python, and whether that is the present one. Without taking turns, threads snatch
Python's lock from each other at each of the thousands of calls that tell a solver its program."""


@contextlib.contextmanager
def others_turn() -> Iterator[None]:
    """Let other threads of :func:`at_once` work in Python meanwhile: for a solver's run, or while waiting."""
    if not getattr(_own, "turn", False):
        yield
        return
    _own.turn = False
    _turn.release()
    try:
        yield
    finally:
        _turn.acquire()
        _own.turn = True


class _Stopped(Exception):
    """Another share has failed, or the user has interrupted the work."""


def at_once(work: Callable, shares: Iterable) -> list:
    """The results of the work on each share, of which `THREADS` are worked on at once.

    Parameters
    ----------
    work : callable
        Takes a share, and a function to call after every step, which ends the work where the rest of it
        is no longer wanted. Only in :func:`others_turn` is there work on several shares at the same time.
    shares : iterable

    Returns
    -------
    list
        In the order of the shares.

    Raises
    ------
    Exception
        What the work on a share raised; that on the others ends at its next step.
    """
    unwanted = threading.Event()

    def go_on() -> None:
        if unwanted.is_set():
            raise _Stopped

    def run(share):
        go_on()
        with _turn:
            _own.turn = True
            try:
                return work(share, go_on)
            except BaseException:
                unwanted.set()
                raise
            finally:
                _own.turn = False

    with others_turn(), ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(run, share) for share in shares]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
        finally:
            unwanted.set()
    for error in (each.exception() for each in running):
        if error is not None and not isinstance(error, _Stopped):
            raise error
    return [each.result() for each in running]

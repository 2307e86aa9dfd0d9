"""Work on several shares at once, which ends everywhere once it fails or is interrupted anywhere."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

THREADS = 2
"""The solvers work outside Python's lock, so threads suffice; more than two starve on that lock."""


class _Stopped(Exception):
    """Another share has failed, or the user has interrupted the work."""


def at_once(work: Callable, shares: Iterable, threads: int = THREADS) -> list:
    """The results of the work on each share.

    Parameters
    ----------
    work : callable
        Takes a share, and a function to call after every step, which ends the work where the rest of it
        is no longer wanted.
    shares : iterable
    threads : int
        How many shares are worked on at once.

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
        try:
            return work(share, go_on)
        except BaseException:
            unwanted.set()
            raise

    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(run, share) for share in shares]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
        finally:
            unwanted.set()
    for error in (each.exception() for each in running):
        if error is not None and not isinstance(error, _Stopped):
            raise error
    return [each.result() for each in running]

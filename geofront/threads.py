"""Runs shares of work in threads. If one fails or is cancelled, all end."""

import threading
from collections.abc import Callable, Sized
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from geofront.errors import Cancelled

Share = TypeVar("Share", bound=Sized)
Done = TypeVar("Done")

THREADS = 2
"""Number of threads. More than two compete for Python's global lock."""


def in_threads(
    work: Callable[[Share, Callable[[], None]], Done], shares: list[Share], cancel: threading.Event | None = None
) -> list[Done]:
    """Work on each share, `THREADS` at a time, and return the results.

    Parameters
    ----------
    work : callable
        Function of a share and of a check. It must call the check repeatedly; the check raises `Cancelled`
        if the work is to end.
    shares : list
    cancel : threading.Event, optional
        Cancels the work once it is set.

    Raises
    ------
    Exception
        Exception of the work on a share. The other shares are cancelled then, and after a keyboard interrupt.
    """
    failed = threading.Event()

    def check() -> None:
        if failed.is_set() or (cancel is not None and cancel.is_set()):
            raise Cancelled("the placement was cancelled")

    def run(share: Share) -> Done:
        try:
            return work(share, check)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(run, share) for share in shares if len(share)]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
        finally:
            failed.set()
    errors = [error for each in running if (error := each.exception())]
    for error in sorted(errors, key=lambda error: isinstance(error, Cancelled)):
        raise error
    return [each.result() for each in running]

"""Work on several shares in threads, which ends everywhere once it fails or is cancelled."""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from geofront.errors import Cancelled

THREADS = 2
"""More than two compete for Python's lock."""


def in_threads(
    work: Callable[[object, Callable[[], None]], object], shares: list, cancel: threading.Event | None = None
) -> list:
    """Results of the work on each share, `THREADS` at a time.

    Parameters
    ----------
    work : callable
        Takes a share, and a function to call several times a second, which raises `Cancelled` if the rest is no
        longer needed.
    shares : list
    cancel : threading.Event, optional

    Raises
    ------
    Exception
        What the work on a share raised; the other shares are cancelled, also by an interrupt from the keyboard.
    """
    failed = threading.Event()

    def check() -> None:
        if failed.is_set() or (cancel is not None and cancel.is_set()):
            raise Cancelled("the placement was cancelled")

    def run(share):
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
    errors = [each.exception() for each in running if each.exception()]
    for error in sorted(errors, key=lambda error: isinstance(error, Cancelled)):
        raise error
    return [each.result() for each in running]

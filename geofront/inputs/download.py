"""Downloads of files whose size and checksum are known beforehand."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pooch
import requests

from geofront.errors import GeofrontError

PATIENCE = 30.0
"""Time for the server to answer, and for any pause in what it sends [s]."""
SLOWEST = 10_000.0
"""Rate of the slowest connection that may complete a file [B/s]."""
CHUNK = 4096


def download(url: str, sha256: str, size: int, name: str, cache: Path) -> Path:
    """Download a file, unless the cache has it.

    Parameters
    ----------
    url : str
        Address.
    sha256 : str
        Of the content, as hexadecimal digits; checked before anything reads the file.
    size : int
        Of the content [B]; no more is read.
    name : str
        Path in the cache.
    cache : pathlib.Path
        Created if missing.

    Returns
    -------
    pathlib.Path
        The file in the cache.

    Raises
    ------
    GeofrontError
        If the file cannot be downloaded or stored, is larger than `size`, takes longer than `PATIENCE` and
        `size` at `SLOWEST`, or does not have the checksum. Nothing of it is left in the cache.
    """

    def save(url: str, output_file: str, _: object) -> None:
        Path(output_file).write_bytes(_content(url, size))

    try:
        with _quiet_pooch():
            path = pooch.retrieve(url, f"sha256:{sha256}", name, cache, downloader=save)
    except requests.RequestException as error:
        raise GeofrontError(
            f"{url}: {_failure(error)}. Try again, which continues with the files still missing; without a "
            "connection, pass a folder that holds them (--from DIR)."
        ) from error
    except ValueError as error:
        raise GeofrontError(
            f"{url}: what came is incomplete or not the pinned file (sha256 {sha256}). Try again, or "
            "pass a folder that holds the pinned files (--from DIR)."
        ) from error
    except OSError as error:
        raise GeofrontError(
            f"{cache / name}: cannot be stored ({error}). Make room, or let XDG_CACHE_HOME name a "
            "folder that you may write to."
        ) from error
    return Path(path)


def _content(url: str, size: int) -> bytes:
    """What the server sends, within the limits of size and time."""
    stop, outcome = Event(), Future()
    # No timeout of a socket limits the whole of a slow answer, so that a thread waits for it.
    Thread(target=_read, args=(url, size, stop, outcome), daemon=True).start()
    limit = PATIENCE + size / SLOWEST
    try:
        wait([outcome], limit)
    finally:
        stop.set()
    if not outcome.done():
        raise requests.RequestException(f"it was not complete after {limit:.0f} s")
    return outcome.result()


def _read(url: str, size: int, stop: Event, outcome: Future) -> None:
    content = bytearray()
    try:
        with requests.get(url, stream=True, timeout=PATIENCE, headers={"Accept-Encoding": "identity"}) as response:
            response.raise_for_status()
            # Unpacking comes after the checksum.
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise requests.RequestException("the server packed what it was asked to send as it is")
            for chunk in response.iter_content(CHUNK):
                content += chunk
                if len(content) > size:
                    raise requests.RequestException(f"more came than the {size} bytes of the pinned file")
                if stop.is_set():
                    return
        outcome.set_result(bytes(content))
    except Exception as error:
        outcome.set_exception(error)


def _failure(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the download broke off"
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return "no connection, or it was lost"
    return f"cannot be downloaded ({error})"


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Without pooch's line per file, which would tear the progress bar apart."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)

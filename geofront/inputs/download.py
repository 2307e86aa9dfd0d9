"""Downloads files of known size and checksum."""

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
"""Longest wait for the server's first or next bytes [s]."""
SLOWEST = 10_000.0
"""Slowest connection that can complete a download [B/s]."""
CHUNK = 4096


def download(url: str, sha256: str, size: int, name: str, cache: Path) -> Path:
    """Download a file unless it is cached.

    Parameters
    ----------
    url : str
        Address.
    sha256 : str
        Checksum of the content, as hexadecimal digits; verified before anything reads the file.
    size : int
        Size of the content [B]; the download stops beyond it.
    name : str
        Path in the cache.
    cache : pathlib.Path
        Cache folder, created if missing.

    Returns
    -------
    pathlib.Path
        The cached file.

    Raises
    ------
    GeofrontError
        If the file cannot be downloaded or stored, is larger than `size`, takes longer than
        ``PATIENCE + size / SLOWEST``, or has another checksum. The cache keeps no partial file.
    """

    def save(url: str, output_file: str, _: object) -> None:
        Path(output_file).write_bytes(_content(url, size))

    try:
        with _quiet_pooch():
            path = pooch.retrieve(url, f"sha256:{sha256}", name, cache, downloader=save)
    except requests.RequestException as error:
        raise GeofrontError(
            f"{url}: {_failure(error)}. Try again to download the files still missing; without a "
            "connection, pass a folder that holds them (--from DIR)."
        ) from error
    except ValueError as error:
        raise GeofrontError(
            f"{url}: the download is incomplete or not the pinned file (sha256 {sha256}). Try again, or "
            "pass a folder that holds the pinned files (--from DIR)."
        ) from error
    except OSError as error:
        raise GeofrontError(
            f"{cache / name}: cannot be stored ({error}). Free disk space, or set XDG_CACHE_HOME to a writable folder."
        ) from error
    return Path(path)


def _content(url: str, size: int) -> bytes:
    """Content of a URL, within the limits of size and time."""
    stop, outcome = Event(), Future()
    # Socket timeouts do not limit the total time of a slow response, so a thread reads it.
    Thread(target=_read, args=(url, size, stop, outcome), daemon=True).start()
    limit = PATIENCE + size / SLOWEST
    try:
        wait([outcome], limit)
    finally:
        stop.set()
    if not outcome.done():
        raise requests.RequestException(f"not complete after {limit:.0f} s")
    return outcome.result()


def _read(url: str, size: int, stop: Event, outcome: Future) -> None:
    content = bytearray()
    try:
        with requests.get(url, stream=True, timeout=PATIENCE, headers={"Accept-Encoding": "identity"}) as response:
            response.raise_for_status()
            # The checksum is of the bytes as sent: nothing may be decompressed before it is verified.
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise requests.RequestException("the server compressed the file, although asked not to")
            for chunk in response.iter_content(CHUNK):
                content += chunk
                if len(content) > size:
                    raise requests.RequestException(f"the server sent more than the {size} bytes of the pinned file")
                if stop.is_set():
                    return
        outcome.set_result(bytes(content))
    except Exception as error:
        outcome.set_exception(error)


def _failure(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the download was interrupted"
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return "no connection, or it was lost"
    return f"cannot be downloaded ({error})"


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Silence pooch's line per file, which would break the progress bar."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)

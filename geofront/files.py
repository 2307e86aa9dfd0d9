"""Where geofront's files lie, and how files are written: each whole or not at all, even if the process is killed."""

import filecmp
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from geofront.errors import GeofrontError

PACKAGE = Path(__file__).resolve().parent
"""The installed package, or ``geofront/`` of a checkout."""

STAGING = ".staging-"


def in_checkout() -> bool:
    """Whether the package is part of a checkout rather than installed by itself."""
    return (PACKAGE.parent / "pyproject.toml").is_file()


def file_hash(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file's content, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def temporary_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new private folder that is removed at the end.

    Parameters
    ----------
    parent : pathlib.Path
        Created if missing. Folders of the same prefix that killed processes left in it are removed first.
    prefix : str
        What the folder's name starts with.

    Raises
    ------
    GeofrontError
        `parent` cannot be created or written to.
    """
    # A process holds the lock beside its folder for as long as the folder exists; the system frees it on a kill.
    folder = parent / f"{prefix}{secrets.token_hex(8)}"
    lock = _lock_of(folder)
    with named_errors(parent):
        parent.mkdir(parents=True, exist_ok=True)
        for left_over in parent.glob(f"{prefix}*/"):
            with suppress(Timeout, PermissionError), _lock_of(left_over).acquire(timeout=0):
                _remove(left_over)
        lock.acquire()
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        _remove(folder)
        lock.release()


@contextmanager
def locked(folder: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Let one process at a time use a folder, which is created if missing; `on_wait` is called before waiting.

    Raises
    ------
    GeofrontError
        The folder cannot be created or written to.
    """
    lock = FileLock(folder / ".lock", thread_local=False)
    with named_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait()
            lock.acquire()
    try:
        yield
    finally:
        _unlink(lock)
        lock.release()


@contextmanager
def named_errors(folder: Path) -> Iterator[None]:
    """Raise errors of the file system, such as that of a full disk, as one GeofrontError that names the folder."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise GeofrontError(f"{str(folder)!r} cannot be written to ({reason}); choose another folder.") from error


def _lock_of(folder: Path) -> FileLock:
    return FileLock(f"{folder}.lock", thread_local=False)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _unlink(_lock_of(folder))


def _unlink(lock: FileLock) -> None:
    with suppress(PermissionError):  # Windows keeps a file that is open.
        Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """An empty folder whose files move into `folder` when the block succeeds and vanish when it fails.

    Parameters
    ----------
    folder : pathlib.Path
        Created if missing. The staging folder is inside it, so that each move is a rename. Files whose content is
        unchanged are left alone; where `folder` has a symbolic link, the file that it points at is written.

    Raises
    ------
    GeofrontError
        `folder` cannot be written to, or a file would replace something that is no regular file.
    """
    with temporary_folder(folder, STAGING) as staging:
        yield staging
        moves = {
            source: folder / source.relative_to(staging) for source in sorted(staging.rglob("*")) if source.is_file()
        }
        for target in moves.values():
            if target.exists() and not target.is_file():
                raise GeofrontError(f"{str(target)!r} is no regular file and stays as it is; choose another name.")
        for source, target in moves.items():
            if target.is_file() and filecmp.cmp(source, target, shallow=False):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_symlink():
                with staged(target.resolve().parent) as beside:
                    shutil.copyfile(source, beside / target.resolve().name)
            else:
                os.replace(source, target)


def write_text(path: Path, text: str) -> None:
    """Write one UTF-8 text file through `staged`."""
    with staged(path.parent) as staging:
        (staging / path.name).write_text(text, encoding="utf-8", newline="\n")

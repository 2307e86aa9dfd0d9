"""Finds geofront's own files, and writes files atomically, even if the process is killed."""

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
    """Whether the package is part of a checkout of the repository."""
    return (PACKAGE.parent / "pyproject.toml").is_file()


def file_hash(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file's content, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resolved(path: str | os.PathLike[str]) -> Path:
    """Absolute path with ``~`` and links resolved, as far as they lead anywhere.

    `Path.resolve` and `Path.expanduser` raise errors for links that lead back to themselves and for unknown users.
    """
    return Path(os.path.realpath(os.path.expanduser(path)))


@contextmanager
def temporary_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a private folder that is removed at the end.

    Parameters
    ----------
    parent : pathlib.Path
        Parent folder, created if missing. Folders of the same prefix left by killed processes are removed first.
    prefix : str
        Prefix of the folder's name.

    Raises
    ------
    GeofrontError
        If `parent` cannot be created or written to.
    """
    # A process holds the lock of its folder as long as the folder exists; the system releases it on a kill.
    folder = parent / f"{prefix}{secrets.token_hex(8)}"
    lock = _lock_of(folder)
    with named_errors(parent):
        parent.mkdir(parents=True, exist_ok=True)
        for left_over in parent.glob(f"{prefix}*/"):
            with suppress(Timeout, PermissionError), _lock_of(left_over).acquire(timeout=0):
                _remove(left_over)
        _create(lock)
        lock.acquire()
        folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        _remove(folder)
        lock.release()


@contextmanager
def locked(folder: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Lock a folder, created if missing, against other processes; `on_wait` is called before waiting.

    Raises
    ------
    GeofrontError
        If the folder cannot be created or written to.
    """
    lock = FileLock(folder / ".lock", thread_local=False)
    with named_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _create(lock)
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
    """Raise errors of the file system, such as a full disk, as a GeofrontError that names the folder."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise GeofrontError(f"{str(folder)!r} cannot be written to ({reason}); choose another folder.") from error


def _lock_of(folder: Path) -> FileLock:
    return FileLock(f"{folder}.lock", thread_local=False)


def _create(lock: FileLock) -> None:
    """Create the file of a lock, because filelock waits forever where none can be created, as in /proc."""
    Path(lock.lock_file).touch()


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _unlink(_lock_of(folder))


def _unlink(lock: FileLock) -> None:
    with suppress(PermissionError):  # Windows keeps a file that is open.
        Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Make an empty folder whose files are moved into `folder` if the block succeeds, and deleted if it fails.

    Parameters
    ----------
    folder : pathlib.Path
        Target folder, created if missing. The staging folder is inside it, so that each move is a rename. Files with
        unchanged content are not replaced. If the target is a symbolic link, the file that it points at is written.

    Raises
    ------
    GeofrontError
        If `folder` cannot be written to, or a target exists that is not a regular file.
    """
    with temporary_folder(folder, STAGING) as staging:
        yield staging
        moves = {
            source: folder / source.relative_to(staging) for source in sorted(staging.rglob("*")) if source.is_file()
        }
        for target in moves.values():
            # A link that still is one after it has been followed leads back to itself.
            if resolved(target).is_symlink() or (target.exists() and not target.is_file()):
                raise GeofrontError(f"{str(target)!r} is not a regular file, so it is kept; choose another name.")
        for source, target in moves.items():
            if target.is_file() and filecmp.cmp(source, target, shallow=False):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_symlink():
                with staged(resolved(target).parent) as beside:
                    shutil.copyfile(source, beside / resolved(target).name)
            else:
                os.replace(source, target)


def write_text(path: Path, text: str) -> None:
    """Write one UTF-8 text file through `staged`."""
    path = Path(os.path.abspath(path))
    with staged(path.parent) as staging:
        (staging / path.name).write_text(text, encoding="utf-8", newline="\n")

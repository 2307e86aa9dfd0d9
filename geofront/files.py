"""Where geofront's files lie, and how files are written whole or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""The installed package, or ``geofront/`` of a checkout."""

STAGING = ".staging-"


def in_checkout() -> bool:
    """Whether the package lies in a checkout rather than installed by itself."""
    return (PACKAGE.parent / "pyproject.toml").is_file()


def file_hash(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file's content, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """An empty folder whose files move into `folder` when the block succeeds and vanish when it fails.

    Parameters
    ----------
    folder : pathlib.Path
        Created if missing. The staging folder lies inside it, so that each move is a rename.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=STAGING, dir=folder) as staging:
        yield Path(staging)
        for source in sorted(path for path in Path(staging).rglob("*") if path.is_file()):
            target = folder / source.relative_to(staging)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, target)

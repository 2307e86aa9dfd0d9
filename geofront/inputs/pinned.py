"""Downloads or finds files of public repositories, pinned by commit, size and sha256, and checks them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from tqdm import tqdm

from geofront.errors import GeofrontError
from geofront.files import file_hash
from geofront.inputs.download import download

GITHUB = "https://raw.githubusercontent.com"


def obtain(registry: pd.DataFrame, name: str, source, cache: Path) -> dict[str, Path]:
    """Download or find every file of a registry, and check it.

    Parameters
    ----------
    registry : pandas.DataFrame
        Indexed by the path of a file in `source` and `cache`; columns ``repository``, ``commit``, ``sha256``,
        ``size_bytes`` [B] and, where it differs from the index, ``path`` in the repository.
    name : str
        File name of the registry in messages.
    source : str or path or None
        Folder or ``http(s)://`` address that holds the files; None for their repositories on GitHub.
    cache : pathlib.Path
        Folder for downloads. A `source` folder is read in place.

    Returns
    -------
    dict of str to pathlib.Path
        The checked file of every path in the index.

    Raises
    ------
    GeofrontError
        If a file is missing, cannot be downloaded, is incomplete or is not the pinned one.
    """
    progress = tqdm(registry.itertuples(), "Files", len(registry), leave=False, unit="file", disable=None)
    if source is not None and not str(source).startswith(("http://", "https://")):
        return {file.Index: local(file, Path(source), name) for file in progress}
    paths = {}
    for file in progress:
        address = f"{GITHUB}/{file.repository}/{file.commit}/{getattr(file, 'path', file.Index)}"
        url = address if source is None else f"{str(source).rstrip('/')}/{file.Index}"
        paths[file.Index] = download(url, file.sha256, int(file.size_bytes), file.Index, cache)
    return paths


def local(file, folder: Path, name: str) -> Path:
    """Check a file in a folder and return its path; `file` is its row in the registry called `name`.

    Raises
    ------
    GeofrontError
        If the file is missing, incomplete or not the pinned one.
    """
    path = folder / file.Index
    try:
        size = path.stat().st_size
        # A file of another size is not read: it may never end.
        digest = file_hash(path) if size == file.size_bytes else None
    except OSError as error:
        raise GeofrontError(
            f"{path}: cannot be read ({error.strerror}). The folder must hold the files of {name} under "
            "the same relative paths; leave the folder out to download them."
        ) from error
    if size < file.size_bytes:
        raise GeofrontError(f"{path}: incomplete, {size} of {file.size_bytes} bytes; copy it again.")
    if digest != file.sha256:
        found = (
            f"it has {size} bytes instead of {file.size_bytes}"
            if digest is None
            else (f"its sha256 is {digest} instead of {file.sha256}")
        )
        raise GeofrontError(
            f"{path}: not the pinned file, {found}; "
            f"replace it by the file in {file.repository} at commit {file.commit}."
        )
    return path

"""Selects the HiGHS library that python-mip loads."""

import os
import sys
from importlib import import_module
from pathlib import Path

import highsbox

VARIABLE = "PMIP_HIGHS_LIBRARY"
"""Environment variable with the library's path, which python-mip reads once, when it imports its HiGHS module."""


def load_highs() -> None:
    """Make python-mip load HiGHS from highsbox, a dependency of geofront, unless the user has chosen another.

    By default python-mip uses the library of highspy if it is installed. Recent versions do not export the C
    interface, so python-mip warns on standard error and falls back to highsbox. Older ones do, so the solver's
    version would depend on the other packages installed.
    """
    places = {"win32": ("bin", "highs.dll"), "darwin": ("lib", "libhighs.dylib")}
    library = Path(highsbox.highs_dist_dir()).joinpath(*places.get(sys.platform, ("lib", "libhighs.so")))
    if "mip.highs" in sys.modules or VARIABLE in os.environ or not library.is_file():
        return
    os.environ[VARIABLE] = str(library)
    try:
        import_module("mip.highs")
    finally:
        os.environ.pop(VARIABLE, None)


def highs_library() -> tuple:
    """Foreign-function interface and library loaded by python-mip, with the C functions of HiGHS."""
    load_highs()
    highs = import_module("mip.highs")
    return highs.ffi, highs.highslib

"""Which HiGHS library python-mip loads."""

import os
import sys
from importlib import import_module
from pathlib import Path

import highsbox

VARIABLE = "PMIP_HIGHS_LIBRARY"
"""Where python-mip looks for the library's path, once, when its module for HiGHS is imported."""


def load_highs() -> None:
    """Have python-mip load the HiGHS of highsbox, on which geofront depends, unless the user has chosen another.

    By default python-mip takes the library of highspy where that is installed. Recent ones do not export the C
    interface, so python-mip warns on standard error and falls back to highsbox; older ones do, so the solver's
    version would depend on what else is installed.
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
    """The foreign-function interface and the library that python-mip loaded: the C functions of HiGHS."""
    load_highs()
    highs = import_module("mip.highs")
    return highs.ffi, highs.highslib

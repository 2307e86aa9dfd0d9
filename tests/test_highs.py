"""HiGHS comes from highsbox, whatever else is installed, and loads silently."""

import os
import subprocess
import sys

import highsbox
import pytest

from geofront.model.highs import VARIABLE

pytestmark = pytest.mark.slow

SCRIPT = f"""
import os
from geofront.model.formulation import new_model
new_model("HiGHS")
import mip.highs
print(mip.highs.libfile, os.environ.get({VARIABLE!r}), sep="\\n")
"""


@pytest.fixture
def loaded(tmp_path):
    """Library and environment of a new Python process in which an unusable highspy is installed."""
    (tmp_path / "highspy").mkdir()
    for name in ("__init__", "_core"):
        (tmp_path / "highspy" / f"{name}.py").touch()

    def run(**variables):
        kept = {name: value for name, value in os.environ.items() if name != VARIABLE}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=kept | {"PYTHONPATH": str(tmp_path)} | variables,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.splitlines()

    return run


def test_highsbox_comes_before_highspy_and_no_variable_stays(loaded):
    library, left = loaded()
    assert library.startswith(highsbox.highs_dist_dir())
    assert left == "None"


def test_the_user_s_choice_comes_first(loaded, tmp_path):
    library, _ = loaded()
    chosen = tmp_path / "chosen.so"
    chosen.symlink_to(library)
    assert loaded(**{VARIABLE: str(chosen)}) == [str(chosen)] * 2

"""The files around the package agree with one another."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import geofront as gf

CONDA_NAMES = {"python-tzdata": "tzdata"}
"""Packages that conda-forge calls otherwise than PyPI."""


@pytest.fixture(scope="module")
def project(repository: Path) -> dict:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def specifiers(requirements: list[str]) -> dict[str, str]:
    parsed = [Requirement(requirement) for requirement in requirements]
    return {canonicalize_name(entry.name): str(entry.specifier) for entry in parsed}


def locked(lock: Path) -> dict[str, list[Requirement]]:
    pins: dict[str, list[Requirement]] = {}
    for line in re.findall(r"^[a-z0-9].*", lock.read_text(encoding="utf-8"), flags=re.MULTILINE):
        pin = Requirement(line.rstrip("\\ "))
        pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def test_conda_environment_has_the_dependencies_and_pins_of_pyproject(repository, project):
    environment = yaml.safe_load((repository / "environment.yml").read_text(encoding="utf-8"))
    from_conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    from_pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    conda = specifiers([entry for entry in from_conda if entry != "pip"])
    python = conda.pop("python")
    conda = {CONDA_NAMES.get(name, name): pins for name, pins in conda.items()}
    pip = specifiers([entry for entry in from_pip if not entry.startswith("-")])
    assert python == project["requires-python"]
    assert conda | pip == specifiers(project["dependencies"] + project["optional-dependencies"]["test"])
    assert not conda.keys() & pip.keys()
    assert "--editable ." in from_pip


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", ["test", "lint", "docs", "build"]), ("requirements-bench.lock", ["bench"])],
)
def test_lock_pins_every_dependency_within_its_range(repository, project, lock, extras):
    pins = locked(repository / lock)
    wanted = project["dependencies"] + [
        requirement for extra in extras for requirement in project["optional-dependencies"][extra]
    ]
    for requirement in map(Requirement, wanted):
        found = pins[canonicalize_name(requirement.name)]
        versions = [next(iter(pin.specifier)) for pin in found]
        assert all(version.operator == "==" for version in versions)
        assert all(requirement.specifier.contains(version.version) for version in versions)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-bench.lock"])
def test_lock_has_hashes_and_no_address_or_path(repository, lock):
    text = (repository / lock).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"://|^-|/", text, flags=re.MULTILINE)


def test_both_locks_pin_the_same_versions(repository):
    run = locked(repository / "requirements.lock")
    bench = locked(repository / "requirements-bench.lock")
    shared = run.keys() & bench.keys()
    assert "numpy" in shared
    for name in shared:
        assert {str(pin.specifier) for pin in run[name]} == {str(pin.specifier) for pin in bench[name]}


def test_version_is_the_same_in_citation_changelog_and_package(repository):
    citation = yaml.safe_load((repository / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert str(citation["version"]) == str(Version(gf.__version__))
    assert f"## {gf.__version__}" in changelog


def test_make_help_lists_every_target_meant_for_users(repository):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)[1].split()
    described = re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE)
    assert {"reproduce", "test", "lab", "lint", "lock", "help"} <= set(described)
    assert set(phony) == set(described)

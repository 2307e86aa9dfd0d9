"""docs/own-world.md: its examples run and print what it shows, and its links lead somewhere."""

import ast
import re

import pytest

from geofront.report.readme import run_examples

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(repository) -> str:
    return (repository / "docs" / "own-world.md").read_text(encoding="utf-8")


def test_examples_print_what_the_page_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_examples(page) == page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hourly.nc", "my_tables", "placed.nc"]


def test_example_for_pypsa_is_python_and_takes_the_frame_before_it(page):
    code = re.search(r"^```py\n(.*?)```", page, re.DOTALL | re.MULTILINE)[1]
    names = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    assert names == {"pypsa", "n", "p_set"}


def test_links_lead_to_headings(page):
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert re.findall(r"\]\(#([^)]+)\)", page) == anchors

"""Code cells of notebooks are short enough to read: findings are made by `geofront.tables.findings`."""

import ast
from collections.abc import Iterator

import nbformat
import pytest

MOST_LINES, LONGEST_TEXT, MOST_NUMBERS = 24, 160, 6
NOTEBOOKS = [f"{number:02}" for number in range(18)]


def outside_captions(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.keyword) and node.arg == "caption":
        return
    yield node
    if isinstance(node, ast.JoinedStr):
        return
    for child in ast.iter_child_nodes(node):
        yield from outside_captions(child)


def faults(code: str) -> list[str]:
    found = []
    if len(code.splitlines()) > MOST_LINES:
        found.append(f"{len(code.splitlines())} lines")
    for node in outside_captions(ast.parse(code)):
        is_text = isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        if is_text and len(ast.get_source_segment(code, node)) > LONGEST_TEXT:
            found.append(f"a text of more than {LONGEST_TEXT} characters in line {node.lineno}")
        if isinstance(node, ast.Dict) and len(node.keys) > MOST_NUMBERS:
            found.append(f"a mapping of {len(node.keys)} in line {node.lineno}")
    return found


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_code_cells_are_short(number, repository):
    (path,) = (repository / "notebooks").glob(f"{number}_*.ipynb")
    cells = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", [])
    ]
    assert cells
    assert {cell.id: faults(cell.source) for cell in cells if faults(cell.source)} == {}


def test_all_notebooks_are_looked_at(repository):
    assert sorted(path.name[:2] for path in (repository / "notebooks").glob("*.ipynb")) == NOTEBOOKS


def test_long_cells_are_found():
    long = "x = f'" + "y" * 200 + "'\n"
    assert faults(long) == ["a text of more than 160 characters in line 1"]
    assert faults("save(caption=f'" + "y" * 200 + "')") == []
    assert faults("\n" * 24 + "x = 1") == ["25 lines"]
    assert faults("n = dict(), {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7}") == ["a mapping of 7 in line 1"]

"""The pages in docs/ agree with the code: headings, names, units, numbers, and what each room imports."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from scenarios import tiny

import geofront as gf

CITED = re.compile(r'((?:"[^"]+"(?:,|,? and) )*"[^"]+") in docs/model\.md')
"""The headings in ``See "Latency" in docs/model.md`` or ``See "Latency" and "Law" in docs/model.md``."""

TEX = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)

STILTED = {
    r"from nothing": "cold start, or none",
    r"go(es)? on from": "warm start",
    r"what (is|was) (being )?minimised": "objective",
    r"told": "set, given or known",
    r"dear(er|est)": "more expensive, most expensive",
    r"anew": "again",
    r"at hand": "available",
    r"that which": "the one that",
    r"those of": "the noun itself",
    r"had better": "should",
    r"(?<!word )in words": "in short",
    r"(of )?(one's|ones) own": "own, or a user's",
    r"nothing but": "only",
    r"(annual|central|certain|cited|own|public|published|yearly) figures": "data or values",
    r"(?<=[a-z)%`] )(?<!in )(?<!return )\[1\]": "[-]",
}
"""Phrases that the text of the project avoids, as regular expressions, and what to write."""


@pytest.fixture(scope="module")
def page(repository) -> str:
    return (repository / "docs" / "model.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def architecture(repository) -> str:
    return (repository / "docs" / "architecture.md").read_text(encoding="utf-8")


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def headings(text: str) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE))


def section(text: str, heading: str) -> str:
    """Text between a heading and the next one."""
    return re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def table(text: str) -> list[list[str]]:
    """The cells of a Markdown table, row by row without its head."""
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return rows[2:]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("folder", ["geofront", "tests", "benchmarks"])
def test_every_cited_heading_is_on_the_model_page(repository, page, folder):
    for path in sorted((repository / folder).rglob("*.py")):
        text = " ".join(path.read_text(encoding="utf-8").split())
        if path == Path(__file__):
            continue
        citations = CITED.findall(text)
        assert text.count("docs/model.md") == len(citations), f'{path}: write See "Latency" in docs/model.md.'
        assert set(re.findall(r'"([^"]+)"', " ".join(citations))) <= headings(page), path
        assert not re.search(r"model page|MODEL\.md", text), path


def test_docstrings_cite_the_model_page(repository):
    citing = [path for path in (repository / "geofront").rglob("*.py") if "docs/model.md" in path.read_text("utf-8")]
    assert len(citing) > 10


def test_every_public_function_is_on_the_model_page_with_its_module(repository, page):
    where = {
        name: code(places) for _, names, places in table(section(page, "Where it is computed")) for name in code(names)
    }
    exports = [
        node
        for node in ast.parse((repository / "geofront" / "__init__.py").read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom)
    ]
    module = {name.name: f"{node.module.replace('.', '/')}.py" for node in exports for name in node.names}
    functions = {name for name in gf.__all__ if callable(getattr(gf, name))}
    assert functions - set(where) == {"GeofrontError"}, "missing from the table"
    assert set(where) <= functions
    for name, places in where.items():
        assert any(module[name].startswith(place) for place in places), (name, module[name])


def test_parameters_match_the_schema(page):
    def shown(neutral):
        words = {"None": "–", "nan": "–", "True": "true", "inf": "∞"}
        return words.get(str(neutral)) or f"{neutral:g}"

    rows = {
        code(name)[0]: (dims, unit, neutral)
        for _, name, dims, unit, neutral, _, _ in table(section(page, "Parameters"))
    }
    schema = {
        name: (
            " or ".join(", ".join(dims.split()) for dims in row.dims.split(" | ")),
            row.units or "–",
            shown(row.neutral),
        )
        for name, row in gf.schema().iterrows()
    }
    assert rows == schema


def test_frictions_policies_and_layers_are_named_as_in_the_package(page):
    frictions = [code(name)[0] for name, _ in table(section(page, "Frictions"))]
    assert frictions == list(gf.FRICTIONS)
    policies = [code(name)[0] for name, _ in table(section(page, "Placement policies"))]
    placed = list(gf.policy_placements(tiny(), carbon_prices=[50]))
    assert policies[:-1] == placed[:-1]
    assert all(f"*{layer}*" in section(page, "Execution layers") for layer in gf.LAYERS)


@pytest.mark.slow
def test_worked_example_agrees_with_the_package(page):
    """Arithmetic, printed value and result of the package are the same to the digits printed."""
    example = section(page, "Worked example")
    names = {}
    exec(re.search(r"```python\n(.*?)```", example, re.DOTALL)[1], names)
    rows = table(example)
    assert len(rows) > 20
    for quantity, arithmetic, printed, _, expression in rows:
        digits = len(printed.partition(".")[2])
        for source in (arithmetic, expression):
            value = float(eval(code(source)[0], names))
            assert f"{value:,.{digits}f}".replace("-", "−") == printed, f"{quantity}: {source}"


@pytest.mark.parametrize("name", ["model.md", "architecture.md"])
def test_links_lead_to_files_and_headings(repository, name):
    text = (repository / "docs" / name).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", prose(text))
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings(text)}
    for target in targets:
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (repository / "docs" / target.partition("#")[0]).exists(), target


def test_mathematics_survives_markdown(page):
    r"""GitHub reads Markdown before TeX: it removes the backslash of ``\,``, and ``)_`` may begin emphasis."""
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    assert text.count("$") > 200
    for display, inline in TEX.findall(text):
        tex = display or inline
        assert not re.search(r"\\[^A-Za-z]|[<>*#%&~|]|(?<![A-Za-z0-9])_|\]\(|\\operatorname", tex), tex
        assert "\n" not in tex, tex
    assert not re.search(r"[\w-]\$(?! )[^$\n]+\$(?<! \$)\w", text)


@pytest.fixture(scope="module")
def rooms(architecture) -> list[tuple[list[str], list[str]]]:
    """The files or folders of each room, in order, and the rooms that it may import."""

    def names(cell):
        return [name.removesuffix("/").removesuffix(".py") for name in code(cell)]

    return [(names(room), names(imports)) for room, _, imports in table(section(architecture, "Rooms"))]


def imported_rooms(path: Path) -> set[str]:
    """Rooms of the package that a module imports, inside its functions too."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: import by the full name of the module"
            modules |= {f"{node.module}.{name.name}" for name in node.names}
    return {f"{module}.".split(".")[1] for module in modules if module.partition(".")[0] == "geofront"}


def test_every_room_is_on_the_architecture_page(repository, rooms):
    package = repository / "geofront"
    there = {path.stem for path in package.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    listed = [name for names, _ in rooms for name in names]
    assert sorted(listed) == sorted(there - {"__init__"} | {"notebooks"})


def test_rooms_may_import_earlier_rooms_only(rooms):
    earlier = set()
    for names, imports in rooms:
        assert set(imports) <= earlier, names
        earlier |= set(names)


def test_no_module_imports_from_a_later_room(repository, rooms):
    package, shared = repository / "geofront", rooms[0][0]
    allowed = {name: {*names, *imports, *shared} for names, imports in rooms for name in names}
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room != "__init__":
            assert imported_rooms(path) <= allowed[room], path


def test_places_to_change_exist(repository, architecture):
    """Each name before the file that has it, and each file."""
    text = " ".join(section(architecture, "Where to change what").split())
    for path in set(re.findall(r"`((?:geofront|data|tests)/[^`]*)`", text)):
        assert (repository / path).exists(), path
    for name, path in re.findall(r"`(\w+)` (?:in|of) `([^`]+\.py)`", text):
        assert re.search(rf"\b{name}\b", (repository / path).read_text(encoding="utf-8")), (name, path)


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Text of a file line by line, each with its place; of a notebook the sources of its cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        for number, line in enumerate(text.splitlines(), start=1):
            yield f"{path}:{number}", line
        return
    for number, cell in enumerate(json.loads(text)["cells"]):
        for line in "".join(cell["source"]).splitlines():
            yield f"{path}, cell {number}", line


@pytest.fixture(scope="module")
def text(repository) -> list[tuple[str, str]]:
    folders = ("geofront/**/*.py", "geofront/**/*.j2", "benchmarks/*.py", "tests/*.py", "notebooks/*.ipynb")
    patterns = ("*.md", "data/*.md", "data/*.csv", "docs/*.md", *folders)
    paths = {path for pattern in patterns for path in repository.glob(pattern)} - {Path(__file__)}
    return [line for path in sorted(paths) for line in lines(path)]


@pytest.mark.parametrize(("phrase", "plain"), STILTED.items())
def test_text_is_plain_english(text, phrase, plain):
    pattern = re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)
    found = [f"{place}: {line.strip()}" for place, line in text if pattern.search(line)]
    assert not found, f"write {plain}:\n" + "\n".join(found)

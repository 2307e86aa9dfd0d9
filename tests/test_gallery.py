"""The page of all tables and figures, and the executed notebooks as pages."""

import json
import re
from itertools import pairwise
from pathlib import Path

import altair as alt
import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from sample_notebooks import contents, write

from geofront import tables
from geofront.report.catalogue import Notebook, read_notebook
from geofront.report.gallery import write_gallery
from geofront.report.outputs import EXECUTED, output_files, save_figure, save_table
from geofront.report.pages import markdown, split_title

pytestmark = pytest.mark.slow

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
OUTPUTS = {
    "stdout": nbformat.v4.new_output("stream", text="<b>12</b> MW\n"),
    "table": nbformat.v4.new_output(
        "display_data", data={"text/html": "<table><tr><th>a</th></tr></table>", "text/plain": "a"}
    ),
    "picture": nbformat.v4.new_output(
        "display_data",
        data={"image/png": PIXEL, "text/plain": 'A "map"'},
        metadata={"image/png": {"width": 490.5, "height": 300}},
    ),
    "finding": nbformat.v4.new_output("display_data", data={"text/markdown": "It falls **by 35 USD** & more."}),
    "widget": nbformat.v4.new_output(
        "display_data", data={"application/vnd.jupyter.widget-view+json": {}, "text/plain": "VBox()"}
    ),
}


def executed_copy(notebook: Notebook, output_dir: Path, *kinds: str) -> None:
    """An executed notebook with one cell per kind of output."""
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# {notebook.title}\n\nAn *idea*.")])
    for kind in kinds:
        cell = nbformat.v4.new_code_cell(f"show('{kind}')", id=kind, outputs=[OUTPUTS[kind]])
        node.cells.append(cell)
    (output_dir / EXECUTED).mkdir(parents=True, exist_ok=True)
    nbformat.write(node, output_dir / EXECUTED / f"{notebook.name}.ipynb")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Outputs of two notebooks and their page; a third notebook made nothing, and a fourth was not run."""
    project = tmp_path_factory.mktemp("project")
    (project / "notebooks").mkdir()
    outputs = project / "paper_figures"
    parameters = {"carbon_price": 5.0, "solver": "CBC", "output_dir": "x"}
    frame = pd.DataFrame(
        {
            "cost": [64.5, 1099.754],
            "share": [0.5, None],
            "regions": [4, 12],
            "basis": ["<cited> & long enough to need more than one line", "estimated"],
        },
        index=pd.MultiIndex.from_tuples([("Core", "Paris"), ("Core", "Oregon")], names=["Tier", "Region"]),
    )
    frame["mixed"] = pd.Series([300, 0.25], index=frame.index, dtype=object)
    save_table(
        frame,
        "table_1",
        outputs,
        caption="Costs & classes",
        parameters=parameters,
        units={"cost": "USD/MWh"},
        digits={"share": 2},
    )
    save_table(frame.droplevel(0), "table_2", outputs, caption="Again", parameters={"solver": "CBC"})
    names = pd.DataFrame({"x": [1, 2], "name": ["<!--<script>", "</script>"]})
    chart = alt.Chart(names).mark_point().encode(x="x:Q", y="name:N")
    save_figure(
        chart,
        "figure_1",
        outputs,
        caption="Cost <by> budget",
        parameters=parameters,
        finding="It falls by 35.25 USD/MWh.",
        alt_text='A falling "step"',
    )
    made = {
        "01_costs": (["table_1", "figure_1"], "01 · Moving is cheap & easy"),
        "02_more": (["table_2"], None),
        "00_explore": ([], "00 · Turn the knobs"),
        "03_later": (["table_3"], None),
    }
    for name, (makes, title) in made.items():
        write(project / "notebooks", name, "1 + 1", makes=tuple(makes), title=title)
    executed_copy(notebook(project, "01_costs"), outputs, "table", "picture", "finding", "stdout")
    executed_copy(notebook(project, "02_more"), outputs, "finding")
    executed_copy(notebook(project, "00_explore"), outputs, "widget", "stdout")
    write_gallery(outputs, notebooks(project))
    return project


def notebook(project: Path, name: str) -> Notebook:
    return read_notebook(project / "notebooks" / f"{name}.ipynb")


def notebooks(project: Path) -> list[Notebook]:
    return [read_notebook(path) for path in sorted((project / "notebooks").glob("*.ipynb"))]


@pytest.fixture(scope="module")
def page(project) -> BeautifulSoup:
    return BeautifulSoup((project / "paper_figures" / "index.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def notebook_page(project) -> BeautifulSoup:
    text = (project / "paper_figures" / "executed" / "01_costs.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser")


def text_of(tag) -> str:
    return " ".join(tag.get_text().split())


@pytest.mark.parametrize("name", ["page", "notebook_page"])
def test_pages_request_nothing_and_forbid_that_anything_does(name, request):
    page = request.getfixturevalue(name)
    assert not page.find_all(["link", "iframe", "object", "embed"], href=re.compile("^(?!data:)"))
    assert not page.find_all(src=re.compile("^(?!data:)"))
    assert not re.search(r"url\(|@import", page.style.string)
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy


def test_links_lead_to_files_and_places_that_exist(project, page, notebook_page):
    for folder, each in ((project / "paper_figures", page), (project / "paper_figures" / "executed", notebook_page)):
        places = [tag["id"] for tag in each.find_all(id=True)]
        assert len(places) == len(set(places))
        for link in (tag["href"] for tag in each.find_all("a") if not tag["href"].startswith("https://arxiv.org/")):
            assert link[1:] in places if link.startswith("#") else (folder / link).is_file(), link


def test_page_has_landmarks_skip_link_and_headings_in_order(page):
    assert [len(page.find_all(tag)) for tag in ("header", "nav", "main", "footer", "h1")] == [1, 1, 1, 1, 1]
    assert page.html["lang"] == "en"
    assert page.find("a", class_="skip")["href"] == f"#{page.main['id']}"
    levels = [int(tag.name[1]) for tag in page.find_all(re.compile("^h[1-6]$"))]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_sections_follow_the_notebooks_that_were_run(page):
    sections = page.find_all("section")
    assert [text_of(section.h2) for section in sections] == [
        "Turn the knobs",
        "Moving is cheap & easy",
        "The claim of 02_more",
    ]
    assert [tag["id"] for tag in sections[1].find_all("article")] == ["table_1", "figure_1"]
    contents = [text_of(tag) for tag in page.nav.find_all("a")]
    assert contents == ["00 Explore", "01 Costs", "Table 1", "Figure 1", "More", "Table 2"]


def test_page_begins_with_a_picture_and_all_claims(page):
    cover = page.header.find(class_="cover")
    assert cover.a["href"] == "#figure_1"
    assert cover.img["src"] == page.find("article", id="figure_1").img["src"]
    claims = cover.find(class_="claims").find_all("a")
    assert [text_of(link) for link in claims] == ["Turn the knobs", "Moving is cheap & easy", "The claim of 02_more"]
    assert [link["href"][1:] for link in claims] == [section["id"] for section in page.find_all("section")]


def test_cover_is_the_first_figure_of_the_paper_and_each_finding_is_said_once(tmp_path):
    chart = alt.Chart(pd.DataFrame({"x": [1]})).mark_point().encode(x="x:Q")
    said = {"figure_e1": "It falls.", "figure_e2": "It falls. It rises.", "figure_2": "It rises."}
    for stem, finding in said.items():
        save_figure(chart, stem, tmp_path, caption="c", parameters={}, finding=finding)
    source = read_notebook(write(tmp_path, "01_costs", "1", makes=tuple(said)))
    executed_copy(source, tmp_path, "stdout")
    write_gallery(tmp_path, [source])
    page = BeautifulSoup((tmp_path / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert page.find(class_="cover").a["href"] == "#figure_2"
    assert [text_of(tag) for tag in page.select("article .finding")] == ["It falls.", "It falls. It rises."]


def test_findings_are_those_of_the_outputs_or_else_of_the_notebook(page):
    _, first, second = page.find_all("section")
    assert [text_of(tag) for tag in first.find_all(class_="finding")] == ["It falls by 35.25 USD/MWh."]
    assert [str(tag.strong) for tag in second.find_all(class_="finding")] == ["<strong>by 35 USD</strong>"]


def test_table_has_heads_with_scope_and_cells_as_they_are_printed(page):
    table = page.find("article", id="table_1").table
    heads = table.thead.find_all("th")
    assert [text_of(tag) for tag in heads] == ["Tier", "Region", "cost [USD/MWh]", "share", "regions", "basis", "mixed"]
    assert {tag["scope"] for tag in heads} == {"col"}
    rows = [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in table.tbody.find_all("tr")]
    assert rows == [
        ["Core", "Paris", "64", "0.50", "4", "<cited> & long enough to need more than one line", "300"],
        ["Oregon", "1,100", "–", "12", "estimated", "0.25"],
    ]
    group = table.tbody.th
    assert (group["scope"], group["rowspan"]) == ("rowgroup", "2")
    assert [tag["scope"] for tag in table.tbody.find_all("th")[1:]] == ["row", "row"]
    numbers = [cell for cell in table.tbody.find_all("td") if "text-align: right" in cell["style"]]
    assert [text_of(cell) for cell in numbers] == ["64", "0.50", "4", "300", "1,100", "–", "12", "0.25"]


def test_table_scrolls_by_keyboard_and_has_its_caption(page):
    article = page.find("article", id="table_1")
    assert article.find(class_="scroll")["tabindex"] == "0"
    caption = page.find(id=article.table["aria-describedby"])
    assert text_of(caption) == "Costs & classes"


def test_figure_is_a_picture_with_a_text_and_a_chart(project, page):
    figure = page.find("figure")
    assert figure.img["alt"] == 'A falling "step"'
    assert figure.img["src"].startswith("data:image/png;base64,")
    assert int(figure.img["width"]) > 20
    assert text_of(figure.find(class_="caption")) == "Cost <by> budget"
    chart = page.find("script", id=figure.find(class_="card")["data-chart"])
    saved = (project / "paper_figures" / "figure_1.vl.json").read_text(encoding="utf-8")
    assert json.loads(chart.string) == json.loads(saved)
    assert len(page.find_all("script")) == 3


def test_files_and_parameters_are_listed(page):
    article = page.find("article", id="figure_1")
    assert sorted(link["href"] for link in article.find(class_="files").find_all("a")) == sorted(
        output_files("figure_1")
    )
    rows = [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in article.details.tbody.find_all("tr")]
    assert rows == [["carbon_price", "5.0", "price on emissions [USD/t]"], ["solver", '"CBC"', "linear solver"]]
    assert text_of(article.find(class_="changed")) == "Made with carbon_price = 5.0 instead of 0.0."
    assert not page.find("article", id="table_2").find(class_="changed")


def test_titles_are_about_the_default_parameters(project, page, notebook_page):
    assert text_of(page.header.find(class_="changed")).startswith("Titles say what holds with the default parameters")
    assert text_of(notebook_page.main.find(class_="changed")).startswith("The title and the text say what holds with")
    default = (project / "paper_figures" / "executed" / "02_more.html").read_text(encoding="utf-8")
    assert not BeautifulSoup(default, "html.parser").select(".changed")


def test_what_a_notebook_chose_itself_is_no_change(tmp_path):
    """An empty list lets the notebook choose; a sidecar has the name of a file, not its path."""
    values = {"prices": [50.0], "peers_dir": "peers", "carbon_price": 0.0}
    save_table(pd.DataFrame({"a": [1]}), "table_1", tmp_path, caption="c", parameters=values)
    path = write(tmp_path, "01_costs", "1", makes=("table_1",))
    text = path.read_text(encoding="utf-8")
    node = nbformat.reads(text, 4)
    cell = next(cell for cell in node.cells if "parameters" in cell.metadata.get("tags", []))
    cell.source = 'prices = []  # prices [USD/t]\npeers_dir = "../peers"  # folder\ncarbon_price = 0.0  # price'
    nbformat.write(node, path)
    source = read_notebook(path)
    executed_copy(source, tmp_path, "stdout")
    write_gallery(tmp_path, [source])
    page = BeautifulSoup((tmp_path / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert not page.select(".changed")
    assert [text_of(row.td) for row in page.details.tbody.find_all("tr")] == ["[50.0]", '"peers"', "0.0"]


def test_page_is_the_same_each_time_and_of_sensible_size(project):
    before = contents(project)
    write_gallery(project / "paper_figures", notebooks(project))
    assert contents(project) == before
    assert len(before["paper_figures/index.html"]) < 1_500_000


def test_executed_notebook_shows_text_code_and_outputs_without_javascript(notebook_page):
    assert not notebook_page.find_all("script")
    assert text_of(notebook_page.h1) == "01 · Moving is cheap & easy"
    assert text_of(notebook_page.title) == "01 · Moving is cheap & easy – geofront"
    assert text_of(notebook_page.find(class_="source")) == "show('table')"
    picture = notebook_page.img
    assert (picture["alt"], picture["width"], picture["height"]) == ('A "map"', "490", "300")
    assert text_of(notebook_page.table) == "a"
    assert notebook_page.find(class_="said").strong
    assert [text_of(tag) for tag in notebook_page.select(".output > pre")] == ["<b>12</b> MW"]
    assert notebook_page.nav.a["href"] == "../index.html"


def test_formulas_of_a_notebook_are_set_without_javascript_and_those_of_outputs_are_text():
    page = BeautifulSoup(markdown("Cost $u_k$:\n\n$$\\sum_t w_t \\le 1$$", trusted=True), "html.parser")
    inline, block = page.find_all("math")
    assert (inline["display"], block["display"]) == ("inline", "block")
    assert [text_of(tag) for tag in inline.msub.find_all("mi")] == ["u", "k"]
    assert "$" not in text_of(page)
    assert not BeautifulSoup(markdown("It costs $5 to $6, or $u$."), "html.parser").find("math")


def test_widgets_leave_no_trace_on_the_page(project):
    text = (project / "paper_figures" / "executed" / "00_explore.html").read_text(encoding="utf-8")
    assert "VBox" not in text
    assert "12" in text


HOSTILE = "<b>x</b> <!--<script>alert(1)</script> [a](javascript:alert(1)) *i* &lt;"


def test_names_in_markdown_reach_pages_as_text_and_only_the_cells_of_a_notebook_may_hold_html(tmp_path):
    """What a notebook displays as Markdown may hold names; what its author wrote is not changed."""
    cells = [
        nbformat.v4.new_markdown_cell("# 01 · Names\n\nOf <em>its author</em>.", id="title"),
        nbformat.v4.new_code_cell(
            "",
            id="finding",
            outputs=[
                nbformat.v4.new_output("display_data", data={"text/markdown": f"It falls in {HOSTILE} **by 5**."})
            ],
        ),
        nbformat.v4.new_code_cell(
            "",
            id="said",
            outputs=[
                nbformat.v4.new_output("display_data", data={"text/markdown": tables.say(HOSTILE)._repr_markdown_()})
            ],
        ),
    ]
    source = read_notebook(write(tmp_path, "01_names", title="01 · Names"))
    (tmp_path / "out" / EXECUTED).mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "out" / EXECUTED / "01_names.ipynb")
    write_gallery(tmp_path / "out", [source])
    for name, found in (("index.html", ".finding"), ("executed/01_names.html", ".said")):
        page = BeautifulSoup((tmp_path / "out" / name).read_text(encoding="utf-8"), "html.parser")
        assert not page.select("script, b")
        finding = page.select_one(found)
        assert finding.strong.string == "by 5"
        assert "<b>x</b> <!--<script>alert(1)</script>" in text_of(finding)
        assert not [link for link in page.find_all("a") if link["href"].startswith("javascript")]
    assert page.find("em").string == "its author"
    assert text_of(page.select(".said")[-1]) == HOSTILE


def test_tables_show_names_without_the_apostrophe_that_guards_them_in_csv(tmp_path):
    frame = pd.DataFrame(
        {"=cost": [1.5, 2.5, 3.5], "class": ["-x", "'=y", "<b>"]}, index=pd.Index(["=1+1", "@x", "'z"], name="region")
    )
    save_table(frame, "table_1", tmp_path, caption="<b>", parameters={}, units={"=cost": "USD"})
    source = read_notebook(write(tmp_path, "01_costs", "1", makes=("table_1",)))
    executed_copy(source, tmp_path, "stdout")
    write_gallery(tmp_path, [source])
    page = BeautifulSoup((tmp_path / "index.html").read_text(encoding="utf-8"), "html.parser")
    rows = [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in page.table.find_all("tr")]
    assert rows == [
        ["region", "=cost [USD]", "class"],
        ["=1+1", "1.500", "-x"],
        ["@x", "2.500", "'=y"],
        ["'z", "3.500", "<b>"],
    ]
    assert not page.select("b")


def test_notebook_is_linked_where_it_lies_or_else_as_its_copy(project, page, tmp_path):
    assert page.find_all("section")[1].find(class_="sources").find_all("a")[1]["href"] == "../notebooks/01_costs.ipynb"
    apart = tmp_path / "elsewhere" / "outputs"
    executed_copy(notebook(project, "01_costs"), apart, "finding")
    write_gallery(apart, notebooks(project))
    text = (apart / "index.html").read_text(encoding="utf-8")
    assert 'href="executed/01_costs.ipynb"' in text
    assert str(project) not in text
    assert "<script" not in text


def test_without_any_run_there_is_no_page(project, tmp_path):
    write_gallery(tmp_path, notebooks(project))
    assert contents(tmp_path) == {}


def test_titles_split_into_number_and_claim():
    assert split_title("03 · Cheap · not clean") == ("03", "Cheap · not clean")
    assert split_title("A claim") == ("", "A claim")

"""The gallery and the explorer as a person meets them: in a real browser, without network."""

import json
import re
import shutil

import pytest
from sample_notebooks import write

import geofront as gf
from geofront import charts
from geofront.report.catalogue import catalogue
from geofront.report.gallery import write_gallery
from geofront.report.outputs import EXECUTED, save_figure, save_table

pytestmark = pytest.mark.slow

browser = pytest.importorskip("browser", reason="the browser tests need playwright: pip install -e .[test]")

DESKTOP, PHONE = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def chromium():
    if browser.executable() is None:
        pytest.skip("no Chromium: install it with 'apt-get install chromium' (as root), or put one on the PATH")
    with browser.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def gallery(tmp_path_factory) -> str:
    """Address of a gallery with the map, which has tooltips and a legend that selects, and a wide table."""
    project = tmp_path_factory.mktemp("gallery")
    (project / "notebooks").mkdir()
    path = write(project / "notebooks", "02_layers", "1 + 1", makes=("table_1", "figure_1"), title="02 · All moves")
    outputs = project / "paper_figures"
    scenario = gf.stylized(snapshots="day")
    placement = gf.place(scenario, frictions=())
    save_figure(charts.world_map(scenario, placement), "figure_1", outputs, caption="Map", parameters={})
    save_table(gf.compare({"base": placement}), "table_1", outputs, caption="Totals", parameters={})
    (outputs / EXECUTED).mkdir()
    shutil.copy(path, outputs / EXECUTED)
    write_gallery(outputs, catalogue(project / "notebooks").values())
    return (outputs / "index.html").as_uri()


@pytest.mark.parametrize(("width", "height"), [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_gallery_fits_the_screen_and_asks_for_nothing(chromium, gallery, tmp_path, width, height):
    with browser.page_of(chromium, gallery, width=width, height=height) as (page, wrong):
        page.locator("html[data-figures=drawn]").wait_for()
        page.screenshot(path=tmp_path / "gallery.png", full_page=True)
        assert page.locator("figure svg").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert wrong == []


def test_gallery_figure_has_tooltips(chromium, gallery):
    with browser.page_of(chromium, gallery) as (page, wrong):
        page.locator("html[data-figures=drawn]").wait_for()
        tooltip = page.locator("#vg-tooltip-element.visible")
        assert tooltip.count() == 0
        page.locator("figure svg path[aria-label*='compute region; name: São Paulo']").hover(force=True)
        assert re.search(r"São Paulo\s+mean IT power \[MW\]\s+[\d,.]+", tooltip.inner_text())
        assert wrong == []


def test_gallery_legend_click_fades_the_rest_until_the_next(chromium, gallery):
    with browser.page_of(chromium, gallery) as (page, wrong):
        page.locator("html[data-figures=drawn]").wait_for()
        page.locator("figure svg text").get_by_text("regional", exact=True).click()
        faded = page.locator("figure svg path[aria-label*='energy-oriented'][opacity='0.15']")
        faded.first.wait_for(state="attached")
        assert page.locator("figure svg path[aria-label*='layer: regional'][opacity='0.15']").count() == 0
        page.locator("figure svg").dblclick(position={"x": 5, "y": 5})
        faded.first.wait_for(state="detached")
        assert wrong == []


def test_executed_notebook_opens_without_network(chromium, gallery):
    address = gallery.replace("index.html", f"{EXECUTED}/02_layers.html")
    with browser.page_of(chromium, address, width=PHONE[0]) as (page, wrong):
        assert "All moves" in page.inner_text("h1")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        assert wrong == []


def test_explorer_in_jupyterlab_follows_the_keyboard(chromium, repository, tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    notebook = json.loads((repository / "notebooks" / "00_explore.ipynb").read_text(encoding="utf-8"))
    parameters = next(cell for cell in notebook["cells"] if cell["id"] == "parameters")
    parameters["source"] = "".join(parameters["source"]).replace('"month-hour"', '"day"')
    (folder / "00_explore.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with (
        browser.lab(folder) as address,
        browser.page_of(chromium, f"{address}/doc/tree/00_explore.ipynb") as (page, wrong),
    ):
        browser.run_all(page)
        browser.wait_for(page, tmp_path / "paper_figures" / "numbers" / "00_explore.json")  # the last cell was run
        browser.show_panel(page)
        numbers, status = page.locator(".geofront-numbers"), page.get_by_role("status").get_by_text("Placed in")
        before, drawn = numbers.inner_text(), page.locator(".vega-embed svg").inner_html()
        page.get_by_role("slider").first.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("text => document.querySelector('.geofront-numbers').innerText !== text", arg=before)
        status.wait_for()
        assert page.locator(".vega-embed svg").inner_html() != drawn
        page.screenshot(path=tmp_path / "explore.png")
        page.get_by_role("button", name="Reset all").click()
        page.wait_for_function("text => document.querySelector('.geofront-numbers').innerText === text", arg=before)
        assert wrong == []

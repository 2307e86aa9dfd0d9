"""The gallery and the explorer as a user sees them: in a real browser, without network."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from pictures import drawn
from sample_notebooks import write

import geofront as gf
from geofront import charts
from geofront.report.catalogue import catalogue
from geofront.report.gallery import write_gallery
from geofront.report.outputs import EXECUTED, save_figure, save_table

pytestmark = pytest.mark.slow

browser = pytest.importorskip("browser", reason="the browser tests need playwright: pip install -e .[test]")

DESKTOP, TABLET, PHONE = (1280, 900), (900, 900), (390, 844)
IDS = ["desktop", "tablet", "phone"]


@pytest.fixture(scope="module")
def chromium():
    if browser.executable() is None:
        pytest.skip("no Chromium: install it with 'apt-get install chromium' (as root), or put one on the PATH")
    with browser.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def gallery(tmp_path_factory) -> str:
    """Address of a gallery with the map, which has tooltips and a legend that selects, and wide tables."""
    project = tmp_path_factory.mktemp("gallery")
    (project / "notebooks").mkdir()
    path = write(
        project / "notebooks", "02_layers", "1 + 1", makes=("table_1", "figure_1", "table_3"), title="02 · All moves"
    )
    outputs = project / "paper_figures"
    scenario = gf.stylized(snapshots="day")
    placement = gf.place(scenario, frictions=())
    save_figure(charts.world_map(scenario, placement), "figure_1", outputs, caption="Map", parameters={})
    save_table(gf.compare({"base": placement}), "table_1", outputs, caption="Totals", parameters={})
    regions = gf.tables.regions(dict.fromkeys(gf.CARBON_SIGNALS, scenario))
    save_table(regions, "table_3", outputs, caption="Regions", parameters={})
    (outputs / EXECUTED).mkdir()
    shutil.copy(path, outputs / EXECUTED)
    write_gallery(outputs, catalogue(project / "notebooks").values())
    return (outputs / "index.html").as_uri()


@pytest.mark.parametrize(("width", "height"), [DESKTOP, TABLET, PHONE], ids=IDS)
def test_gallery_fits_the_screen_and_asks_for_nothing(chromium, gallery, tmp_path, width, height):
    with browser.page_of(chromium, gallery, width=width, height=height) as (page, wrong):
        page.locator("html[data-figures=drawn]").wait_for()
        page.screenshot(path=tmp_path / "gallery.png", full_page=True)
        assert page.locator("figure svg").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert wrong == []


@pytest.mark.parametrize(("width", "height"), [DESKTOP, TABLET, PHONE], ids=IDS)
def test_gallery_begins_with_a_picture_and_the_findings(chromium, gallery, width, height):
    with browser.page_of(chromium, gallery, width=width, height=height) as (page, _):
        picture = page.locator(".cover img").bounding_box()
        claim = page.locator(".claims li").first.bounding_box()
        assert picture["width"] > 0.3 * min(width, 900)
        assert max(box["y"] + box["height"] for box in (picture, claim)) <= height


@pytest.mark.parametrize(("width", "height"), [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_gallery_figures_are_as_wide_as_the_text(chromium, gallery, width, height):
    with browser.page_of(chromium, gallery, width=width, height=height) as (page, _):
        page.locator("html[data-figures=drawn]").wait_for()
        card = page.locator("figure .card").bounding_box()
        text = page.locator("figcaption").bounding_box()
        assert abs(card["width"] - text["width"]) <= 25  # beyond the margins of a phone
        drawing = page.locator("figure .card svg").first.bounding_box()
        assert card["width"] - drawing["width"] <= 30


def test_gallery_contents_fit_beside_and_the_widest_table_is_whole(chromium, gallery):
    with browser.page_of(chromium, gallery) as (page, _):
        contents, table = page.locator("nav"), page.locator("#table_3 .dense")
        for box in (contents, table):
            assert box.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
        assert contents.evaluate("node => node.scrollHeight - node.clientHeight") <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", f"{EXECUTED}/02_layers.html"], ids=["gallery", "notebook"])
def test_pages_have_no_serious_accessibility_fault(chromium, gallery, name, scheme):
    with browser.page_of(chromium, gallery.replace("index.html", name)) as (page, _):
        page.emulate_media(color_scheme=scheme)
        if name == "index.html":
            page.locator("html[data-figures=drawn]").wait_for()
        faults = Axe().run(page).response["violations"]
        assert [fault["id"] for fault in faults if fault["impact"] in ("serious", "critical")] == []


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


@pytest.fixture(scope="module")
def explorer_page(chromium, repository, tmp_path_factory):
    """Notebook 00 of an average day in JupyterLab, run to its end, and what should not happen there."""
    private = tmp_path_factory.mktemp("explorer")
    folder = private / "notebooks"
    folder.mkdir()
    notebook = json.loads((repository / "notebooks" / "00_explore.ipynb").read_text(encoding="utf-8"))
    parameters = next(cell for cell in notebook["cells"] if cell["id"] == "parameters")
    parameters["source"] = "".join(parameters["source"]).replace('"month-hour"', '"day"')
    (folder / "00_explore.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with (
        browser.lab(folder) as address,
        browser.page_of(chromium, f"{address}/doc/tree/00_explore.ipynb", width=1100, height=1000, warning="WARN") as (
            page,
            wrong,
        ),
    ):
        browser.run_all(page)
        browser.wait_for(page, private / "paper_figures" / "numbers" / "00_explore.json")  # the last cell was run
        browser.show_panel(page)
        page.locator(".geofront-below a").wait_for()
        yield page, wrong


@pytest.fixture
def explorer(explorer_page):
    """The page with all changes undone; nothing wrong may happen while a test uses it."""
    page, wrong = explorer_page
    page.set_viewport_size({"width": 1100, "height": 1000})
    page.get_by_role("button", name="Reset all").click()
    page.locator(".geofront-changes:not(:has(button))").wait_for(state="attached")
    page.get_by_role("button", name="hold as A").click()
    page.locator(".geofront-below a").wait_for()
    yield page
    assert wrong == []


def numbers(page) -> str:
    return page.locator(".geofront-numbers").inner_text()


def wait_for_other_numbers(page, than: str) -> None:
    page.wait_for_function("text => document.querySelector('.geofront-numbers').innerText !== text", arg=than)


def knob(page, name: str):
    """The slider or menu of a name."""
    return page.locator(".geofront-knob", has_text=name).locator("[role=slider], select")


def test_explorer_in_jupyterlab_follows_the_keyboard(explorer, tmp_path):
    page = explorer
    before, drawn = numbers(page), page.locator(".vega-embed svg.marks").inner_html()
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowRight")
    wait_for_other_numbers(page, before)
    page.get_by_role("status").get_by_text("Placed in").wait_for()
    assert page.locator(".vega-embed svg.marks").inner_html() != drawn
    page.screenshot(path=tmp_path / "explore.png")
    page.get_by_role("button", name="Reset all").click()
    page.wait_for_function("text => document.querySelector('.geofront-numbers').innerText === text", arg=before)


def test_explorer_lists_a_change_in_a_region_that_was_clicked(explorer):
    """And keeps it in sight while another region is chosen."""
    page = explorer
    before = numbers(page)
    page.locator("svg.marks path[aria-label*='region: São Paulo']").first.click(force=True)
    region, price = knob(page, "Region").first, knob(page, "its electricity price")
    page.wait_for_function(
        "select => select.selectedOptions[0].text.replace(/\\s/, ' ') === 'São Paulo'", arg=region.element_handle()
    )
    price.focus()
    page.keyboard.press("End")
    change = page.get_by_role("button", name="São Paulo: price × 3")
    change.wait_for()
    wait_for_other_numbers(page, before)
    region.select_option("Paris")
    page.wait_for_function("node => parseFloat(node.ariaValueNow) === 1", arg=price.element_handle())
    assert change.is_visible()
    change.click()
    page.wait_for_function("text => document.querySelector('.geofront-numbers').innerText === text", arg=before)
    assert change.count() == 0


def test_explorer_holds_a_and_compares_it_with_b(explorer):
    page = explorer
    page.get_by_role("button", name="cheap carbon").click()
    page.get_by_role("button", name="carbon price 20 USD/t").wait_for()
    page.get_by_text("at first:").first.wait_for()
    page.locator("svg.marks text").get_by_text("at first, 20 USD/t", exact=True).wait_for()
    page.locator(".geofront-below a").wait_for()
    held = page.locator(".geofront-numbers b").first.inner_text()
    page.get_by_role("button", name="hold as A").click()
    page.get_by_role("button", name="no law").click()
    page.get_by_text("A: ").first.wait_for()
    assert page.locator(".geofront-changes button").all_inner_texts() == ["legal off ✕"]
    page.get_by_role("button", name="back to A").click()
    page.wait_for_function("text => document.querySelector('.geofront-numbers b').innerText === text", arg=held)
    assert page.get_by_role("button", name="real year").is_disabled()


def test_explorer_gives_code_picture_and_data(explorer, tmp_path):
    page = explorer
    page.get_by_text("These settings as code").click()
    code = page.locator(".geofront-code")
    code.click()
    assert page.evaluate("getSelection().toString()").strip() == code.inner_text().strip()
    assert "gf.place(scenario)" in code.inner_text()
    page.get_by_text("These settings as code").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save the data").click()
    table = pd.read_csv(saved.value.path())
    cost = table[(table.quantity == "cost") & (table["class"] == "all") & table.network_budget_ms.isna()].value.item()
    assert f"{cost:.1f} USD/MWh" in numbers(page)
    page.locator(".vega-embed summary").click()
    for kind, head in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as saved:
            page.get_by_role("link", name=f"Save as {kind}").click()
        assert saved.value.suggested_filename == f"explorer.{kind.lower()}"
        assert saved.value.path().read_bytes().startswith(head)
    page.locator(".vega-embed summary").click()


def test_explorer_tells_what_knobs_mean_and_how_far_shares_can_move(explorer):
    page = explorer
    meaning = page.locator(".geofront-knob label", has_text="its electricity price").get_attribute("title")
    assert "Electricity price [USD/MWh]: " in meaning
    assert "Relocation energy overhead" in page.get_by_text("Frictions (?)").get_attribute("title")
    page.locator("svg.marks .mark-rule line[stroke='#000000']").nth(1).wait_for(state="attached")
    page.locator("svg.marks path[aria-label*='class: D'][aria-label*='layer: energy-oriented']").first.hover(force=True)
    tooltip = page.locator("#vg-tooltip-element.visible", has_text="at equal cost")
    assert re.search(r"at equal cost\s+\d+ to \d+ %", tooltip.inner_text())
    page.mouse.move(5, 5)


def test_explorer_moves_nothing_while_it_places(explorer):
    """Positions at every change of the page between a turn and the end of its frontier."""
    page = explorer
    page.evaluate(
        """() => {
          const panel = document.querySelector('.geofront-panel');
          const parts = ['svg.marks', '.geofront-head', '.geofront-knobs', '.geofront-below'];
          const titles = () => [...panel.querySelectorAll('svg.marks text')].filter(
            node => /^(Where each|Emissions|Energy-latency)/.test(node.textContent));
          window.seen = new Set();
          const look = () => window.seen.add(JSON.stringify(
            [...parts.map(part => panel.querySelector(part)), ...titles()].map(
              node => { const box = node.getBoundingClientRect(); return [box.x, box.y].map(Math.round); })));
          window.watch = new MutationObserver(look);
          window.watch.observe(panel, { subtree: true, childList: true, characterData: true, attributes: true });
          look();
        }"""
    )
    before = numbers(page)
    page.get_by_role("checkbox", name="capacity").press("Space")
    wait_for_other_numbers(page, before)
    page.locator(".geofront-below a").wait_for()
    page.locator("svg.marks text").get_by_text("at first", exact=True).wait_for()
    page.evaluate("window.watch.disconnect()")
    assert page.evaluate("window.seen.size") == 1


def test_explorer_fits_the_screen(explorer, tmp_path):
    page = explorer
    for width in (1100, 900, 380):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(300)
        knobs, picture, panel = (
            page.locator(name).bounding_box() for name in (".geofront-knobs", ".geofront-picture", ".geofront-explorer")
        )
        page.screenshot(path=tmp_path / f"{width}.png")
        assert (knobs["x"] + knobs["width"] <= picture["x"]) == (width == 1100)
        assert picture["x"] + picture["width"] <= panel["x"] + panel["width"] + 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_explorer_is_dark_in_a_dark_theme(explorer, tmp_path):
    page = explorer
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu").get_by_text("Theme", exact=True).click()
    page.locator(".lm-Menu").get_by_text("JupyterLab Dark", exact=True).click()
    page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    picture = drawn(page.locator("svg.marks").screenshot(path=tmp_path / "dark.png"))
    red, _, blue = np.moveaxis(picture, -1, 0)[:3]
    assert np.median(red) < 40
    assert (red > 200).any()
    assert ((red > 180) & (blue < 120)).any()  # energy-oriented flows stay orange

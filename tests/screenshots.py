"""Takes screenshots of the gallery and the explorer for the README: ``make screenshots``, after ``make reproduce``."""

import shutil
import sys
import tempfile
from pathlib import Path

import browser

from geofront.explore.datasets import NOW, REFERENCE
from geofront.explore.settings import BUDGETS

REPOSITORY = Path(__file__).resolve().parent.parent
GALLERY = REPOSITORY / "paper_figures" / "index.html"
SCREENSHOTS = Path(__file__).with_name("screenshots")


def photograph_gallery(chromium, to: Path) -> None:
    with browser.page_of(chromium, GALLERY.as_uri(), height=1080) as (page, _):
        page.locator("html[data-figures=drawn]").wait_for()
        page.locator("section.notebook", has=page.locator("#figure_2")).evaluate(
            "node => node.scrollIntoView({behavior: 'instant'})"
        )
        page.screenshot(path=to)


def photograph_explorer(chromium, to: Path) -> None:
    with tempfile.TemporaryDirectory() as private:
        folder = Path(private, "notebooks")
        folder.mkdir()
        shutil.copy(REPOSITORY / "notebooks" / "00_explore.ipynb", folder)
        with (
            browser.lab(folder) as address,
            browser.page_of(chromium, f"{address}/doc/tree/00_explore.ipynb", height=800) as (page, _),
        ):
            browser.run_all(page)
            browser.wait_for(page, Path(private, "paper_figures", "numbers", "00_explore.json"))
            browser.show_panel(page)
            page.get_by_role("slider").nth(1).focus()
            for _ in range(7):
                page.keyboard.press("ArrowLeft")
            page.get_by_role("checkbox", name="migration").press("Space")
            drawn = ".vega-embed svg.marks path[aria-label*='line: {}']"
            page.locator(drawn.format(REFERENCE)).first.wait_for(state="attached")
            page.locator(drawn.format(NOW)).nth(len(BUDGETS)).wait_for(state="attached")  # line and points
            page.screenshot(path=to)


if __name__ == "__main__":
    if browser.executable() is None:
        sys.exit("no Chromium: make browser, or put one on the PATH")
    SCREENSHOTS.mkdir(exist_ok=True)
    with browser.chromium() as chromium:
        photograph_gallery(chromium, SCREENSHOTS / "gallery.png")
        photograph_explorer(chromium, SCREENSHOTS / "explore.png")

"""Photographs the gallery and the explorer for the README: ``make screenshots``, after ``make reproduce``."""

import shutil
import sys
import tempfile
from pathlib import Path

import browser

REPOSITORY = Path(__file__).resolve().parent.parent
OUTPUTS = REPOSITORY / "paper_figures"


def photograph_gallery(chromium, to: Path) -> None:
    with browser.page_of(chromium, (OUTPUTS / "index.html").as_uri(), height=1000) as (page, _):
        page.locator("html[data-figures=drawn]").wait_for()
        page.screenshot(path=to)


def photograph_explorer(chromium, to: Path) -> None:
    with tempfile.TemporaryDirectory() as private:
        folder = Path(private, "notebooks")
        folder.mkdir()
        shutil.copy(REPOSITORY / "notebooks" / "00_explore.ipynb", folder)
        with (browser.lab(folder) as address,
              browser.page_of(chromium, f"{address}/doc/tree/00_explore.ipynb", height=800) as (page, _)):
            browser.run_all(page)
            browser.wait_for(page, Path(private, "paper_figures", "numbers", "00_explore.json"))
            browser.show_panel(page)
            budget = page.get_by_role("slider").nth(1)
            budget.focus()
            for _ in range(7):
                page.keyboard.press("ArrowLeft")
            page.get_by_role("status").get_by_text("Placed in").wait_for()
            page.screenshot(path=to)


if __name__ == "__main__":
    if browser.executable() is None:
        sys.exit("no Chromium: make browser, or put one on the PATH")
    folder = OUTPUTS / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with browser.chromium() as chromium:
        photograph_gallery(chromium, folder / "gallery.png")
        photograph_explorer(chromium, folder / "explore.png")

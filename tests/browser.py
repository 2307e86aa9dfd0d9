"""A real browser and a JupyterLab server for it, both without network access."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
OWN = ("file:", "data:", "blob:", "about:")
SLOW = 240_000
"""Timeout of every step, long enough for a busy machine [ms]."""

LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
}


def executable() -> str | None:
    """Path of Chromium, or None if it is not installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def page_of(
    browser: Browser,
    address: str,
    *,
    width: int = 1280,
    height: int = 900,
    scale: float = 1,
    warning: str | None = None,
) -> Iterator[tuple[Page, list[str]]]:
    """A page, and a list of its errors and of its requests that leave the machine, which fail.

    Parameters
    ----------
    browser : Browser
    address : str
        A file or a local server, from which the page may request everything.
    width, height, scale : float
        Of the screen [px], and pixels per px.
    warning : str, optional
        Beginning of warnings on the console that should not happen either; Vega's begin with ``"WARN"``.
    """
    local = address.startswith("file:")
    server = () if local else ("/".join(address.split("/")[:3]) + "/",)
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale)
    context.set_default_timeout(SLOW)
    context.set_offline(local)
    page, wrong = context.new_page(), []

    def route(request) -> None:
        if request.request.url.startswith((*OWN, *server)):
            request.continue_()
        else:
            wrong.append(f"request to {request.request.url}")
            request.abort()

    context.route("**/*", route)

    def listen(message) -> None:
        if message.type == "error" or (warning and message.type == "warning" and message.text.startswith(warning)):
            wrong.append(f"console: {message.text}")

    page.on("console", listen)
    page.on("pageerror", lambda error: wrong.append(f"page: {error}"))
    page.goto(address)
    yield page, wrong
    context.close()


@contextmanager
def lab(folder: Path) -> Iterator[str]:
    """JupyterLab on a free port for the notebooks in a folder, without any configuration of the user.

    Parameters
    ----------
    folder : pathlib.Path
        Its parent gets folders for configuration and log.

    Yields
    ------
    str
        Address of the server.
    """
    private = folder.parent / "jupyter"
    settings = private / "config" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(LAB_SETTINGS), encoding="utf-8")
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    environment = os.environ | {name: str(private / place) for name, place in places.items()}
    with open(private / "log", "wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for_server(address, server, private / "log")
        yield address
    finally:
        _end(server)


def _end(server: subprocess.Popen) -> None:
    """Ask the server to end, which also ends its kernels, and kill it if it does not."""
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _wait_for_server(address: str, server: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + SLOW / 1000
    while server.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/api", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start: {log.read_text(encoding='utf-8')[-2000:]}")


def run_all(page: Page) -> None:
    """Run all cells of the open notebook."""
    page.get_by_text("| Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('.lm-Menu [data-command="runmenu:run-all"]').click()


def wait_for(page: Page, file: Path) -> None:
    """Wait until a file exists, while the page keeps running.

    Raises
    ------
    TimeoutError
        If the file does not appear in time.
    """
    until = time.monotonic() + SLOW / 1000
    while not file.is_file():
        if time.monotonic() > until:
            raise TimeoutError(f"no {file.name}")
        page.wait_for_timeout(100)


def show_panel(page: Page) -> None:
    """Scroll to the explorer's knobs."""
    page.locator(".geofront-numbers").wait_for(state="attached")
    page.locator(".geofront-numbers").evaluate("node => node.closest('.jp-OutputArea').scrollIntoView()")
    page.locator(".vega-embed svg .mark-rect").first.wait_for()

"""`python -m tests.screenshots`: the guide's pictures, of a demo that is made for them and used as its people would."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.chromium import LAUNCH

REPOSITORY = Path(__file__).resolve().parent.parent
PICTURES = REPOSITORY / "docs" / "screenshots"
SIZE = {"width": 1440, "height": 900}
PASSWORD = "find-wrong-picks"
N_DECISIONS = 24
RUN_S = 900.0  # a run may take that long on a busy machine


def main() -> None:
    with _demo() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)

        def page_of(name: str, scheme: str) -> Page:
            page = browser.new_context(viewport=SIZE, color_scheme=scheme).new_page()  # type: ignore[arg-type]
            page.add_init_script(f"localStorage.setItem('repick:{name}:tour', 'seen')")
            page.goto(f"{site}/login/")
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{site}/")
            return page

        home = f"{site}/w/demo-network"
        admin, dark, light = page_of("admin", "light"), page_of("ana", "dark"), page_of("ben", "light")
        _review(dark, light, home)
        _open(light, f"{home}/review/quality/", "quality")
        _open(admin, f"{home}/", "overview")
        _open(admin, _first_link(admin, f"{home}/imports/", "/imports/"), "import-report")
        _open(admin, _first_link(admin, f"{home}/runs/", "/runs/"), "run")
        _open(admin, _first_link(admin, f"{home}/picks/?state=corrected", "/picks/"), "pick-history")
        _snapshot(admin, home)
        _second_run(admin, home)
        browser.close()


def _review(dark: Page, light: Page, home: str) -> None:
    """The review screen as it opens; with the event and the spectrogram, once some decisions were taken."""
    dark.goto(f"{home}/review/")
    expect(dark.locator("[data-part=ready]")).to_contain_text("ready", timeout=30_000)
    dark.wait_for_timeout(1500)
    _shoot(dark, "review-dark")
    for number in range(N_DECISIONS):
        accept = dark.locator("[data-action=accept]")
        dark.keyboard.press("r" if number % 4 == 3 or accept.is_disabled() else "a")
        dark.wait_for_timeout(400)
    light.goto(f"{home}/review/")
    expect(light.locator("[data-part=ready]")).to_contain_text("ready", timeout=30_000)
    light.keyboard.press("v")
    light.keyboard.press("g")
    light.wait_for_timeout(2500)
    _shoot(light, "review-light")


def _snapshot(page: Page, home: str) -> None:
    page.goto(f"{home}/snapshots/")
    page.get_by_role("button", name="Freeze snapshot").click()
    page.wait_for_url("**/snapshots/*/")
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("link", name="Download").first).to_be_visible(timeout=120_000)
    _shoot(page, "snapshot")


def _second_run(page: Page, home: str) -> None:
    page.goto(f"{home}/runs/")
    page.get_by_role("button", name="Start run").click()
    page.wait_for_url("**/runs/*/")
    expect(page.get_by_role("button", name="Compare")).to_be_visible(timeout=1000 * RUN_S)
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare/**")
    _shoot(page, "compare-runs")


def _first_link(page: Page, address: str, within: str) -> str:
    """Where the first row of a list leads."""
    page.goto(address)
    links = page.locator(f"main table a[href*='{within}']")
    return page.url.split("/w/")[0] + str(links.first.get_attribute("href"))


def _open(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_timeout(1500)  # for the figures
    _shoot(page, name)


def _shoot(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/screenshots/{name}.png", flush=True)


@contextmanager
def _demo() -> Iterator[str]:
    """`manage.py demo` with a data folder of its own, ready; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="repick-screenshots-") as folder:
        environment = {**os.environ, "REPICK_DATA_DIR": folder, "DATABASE_URL": "", "CELERY_BROKER_URL": ""}
        command = [sys.executable, "manage.py", "demo", "--port", str(port)]
        demo = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert demo.stdout is not None
            for line in demo.stdout:
                print(line, end="", flush=True)
                if "Ctrl-C ends Repick" in line:
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(timeout=60)


if __name__ == "__main__":
    main()

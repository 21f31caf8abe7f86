"""From key press to the next waveform painted: a real Chromium, a served workspace, decisions by keyboard, each of them stored."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import numpy as np
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright

from labeling.models import Decision, Workspace
from tests import factories
from tests.bench.figure import Figure, Options
from tests.bench.surroundings import peak_memory_mib

N_FLAGS, N_TRACES, N_SAMPLES = 500, 100, 9001
KEYS = ("a", "r", "x")
LOOK_S = 0.25  # how long a waveform is looked at, at the least; a quicker hand would outrun the server, not the screen
LIMIT_MS = 100.0  # what review-screen.md promises at the 95th percentile
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# The screen says when it has painted a waveform; the frame after that is the one that the analyst sees.
WATCH = """
window.keyToPaint = [];
let pressed = null;
addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
new PerformanceObserver((list) => {
  if (pressed === null || !list.getEntriesByName("repick-painted").length) return;
  const began = pressed, drawn = performance.getEntriesByName("repick-painted").at(-1);
  pressed = null;
  requestAnimationFrame(() => {
    const seen = new MessageChannel();
    seen.port1.onmessage = () => window.keyToPaint.push([drawn.duration, performance.now() - began]);
    seen.port2.postMessage(null);
  });
}).observe({ type: "measure" });
"""


# What no page can beat: three lines of as many points, drawn by the key's own handler, up to the frame after.
BARE = """
document.body.innerHTML = "<canvas width=1000 height=700></canvas>";
const context = document.querySelector("canvas").getContext("2d");
window.keyToPaint = [];
addEventListener("keydown", (event) => {
  context.clearRect(0, 0, 1000, 700);
  for (const middle of [120, 350, 580]) {
    context.beginPath();
    for (let point = 0; point < 1000; point++) context.lineTo(point, middle + 100 * Math.random());
    context.stroke();
  }
  requestAnimationFrame(() => {
    const seen = new MessageChannel();
    seen.port1.onmessage = () => window.keyToPaint.push(performance.now() - event.timeStamp);
    seen.port2.postMessage(null);
  });
});
"""


def measure(options: Options, folder: Path) -> list[Figure]:
    workspace = _workspace()
    analyst = factories.make_analyst(workspace, f"ana-{uuid4().hex[:6]}")
    client = Client()
    client.force_login(analyst)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    with _served() as (address, server), sync_playwright() as playwright:
        own = options.chromium if Path(options.chromium).exists() else None
        browser = playwright.chromium.launch(args=FLAGS, executable_path=own)
        page = _opened(browser, f"{address}/w/{workspace.slug}/review/", {**cookie, "url": address})
        for number in range(options.n_decisions):
            time.sleep(LOOK_S)
            page.keyboard.press(KEYS[number % len(KEYS)])
            _until(page, f"keyToPaint.length === {number + 1}")
        _until(page, "!document.querySelector('[data-part=saved]').textContent.startsWith('saving')")
        drawn_ms, seen_ms = np.array(page.evaluate("keyToPaint")).T
        bare_ms = _bare(browser, options.n_decisions)
        browser.close()
        server_mib = sum(peak_memory_mib(process) for process in _with_children(server.pid))
    n_stored = Decision.objects.filter(workspace=workspace, analyst=analyst).count()
    if n_stored != options.n_decisions:
        raise SystemExit(f"{n_stored} of {options.n_decisions} decisions were stored.")
    details = {
        "p50 (ms)": round(float(np.percentile(seen_ms, 50)), 1),
        "largest (ms)": round(float(seen_ms.max()), 1),
        "drawn, less the wait for the frame, p50 and p95 (ms)": [round(float(np.percentile(drawn_ms, share)), 1) for share in (50, 95)],
        "a bare page that draws three lines, p50 and p95 (ms)": [round(float(np.percentile(bare_ms, share)), 1) for share in (50, 95)],
        "decisions taken and stored": n_stored,
        "flags": N_FLAGS,
        "samples a trace": f"(3, {N_SAMPLES})",
        "memory": "of the web server",
    }
    name, peer = "key press to next waveform painted, p95", "limit"
    value = float(np.percentile(seen_ms, 95))
    return [Figure(name, value, "ms", peer, LIMIT_MS, more_is_better=False, details=details, peak_mib=server_mib)]


@transaction.atomic
def _workspace() -> Workspace:
    """Traces of 90 s with five flagged picks each."""
    workspace = factories.make_workspace("Key to paint")
    catalog = factories.make_catalog(workspace)
    flag_set = factories.make_flag_set(workspace)
    for number in range(N_TRACES):
        samples = factories.onset_samples(n_samples=N_SAMPLES, p_s=30.0, s_s=38.0, seed=number)
        event = factories.make_event(catalog)
        trace = factories.make_trace(catalog, samples=samples, station_code=f"S{number:03d}", event=event)
        for place in range(N_FLAGS // N_TRACES):
            pick = factories.make_pick(trace, offset_s=30.6 + 0.3 * place)
            factories.make_flag(pick, flag_set=flag_set, p_mislabelled=0.99 - 0.0009 * (number + N_TRACES * place))
    return workspace


def _opened(browser: Browser, address: str, cookie: dict[str, str]) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address)
    _until(page, "performance.getEntriesByName('repick-painted').length > 0")
    _until(page, "document.querySelector('[data-part=ready]').textContent.includes('ready')")
    return page


def _bare(browser: Browser, n_keys: int) -> NDArray[np.float64]:
    """Milliseconds from key press to frame of the bare page."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.evaluate(f"() => {{ {BARE} }}")
    for number in range(n_keys):
        time.sleep(LOOK_S / 5)
        page.keyboard.press("a")
        _until(page, f"keyToPaint.length === {number + 1}")
    return np.array(page.evaluate("keyToPaint"))


def _until(page: Page, condition: str, within_s: float = 60.0) -> None:
    """Waits until an expression holds. Asked from outside: the page's security policy forbids what `wait_for_function` does."""
    until = time.monotonic() + within_s
    while not page.evaluate(condition):
        if time.monotonic() > until:
            raise SystemExit(f"In the browser this did not become true in {within_s:.0f} s: {condition}")
        time.sleep(0.02)


@contextmanager
def _served() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The web server as `manage.py up` starts it, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--log-level", "warning"]
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "webapp.wsgi", *arguments], start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address + reverse("login"), server)
        yield address, server
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def _wait_for(address: str, server: subprocess.Popen[bytes], within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=10)
            return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The web server did not start.")


def _with_children(process: int) -> list[str]:
    """A process and those it started, by number; the process alone where the system does not tell."""
    told = Path(f"/proc/{process}/task/{process}/children")
    return [str(process), *(told.read_text().split() if told.exists() else [])]

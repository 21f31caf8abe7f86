"""From key press to the next waveform painted: a real Chromium, a served workspace, decisions by keyboard, each of them stored."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright

from labeling.models import Decision, Flag
from tests import factories
from tests.bench.figure import Figure, Options
from tests.bench.many_picks import N_SAMPLES, workspace_of
from tests.bench.served import served, signed_in, until
from tests.chromium import LAUNCH

KEYS = ("m", "r", "x")  # move to where the cursor is, keep, remove: they go with every pick, also with those shown blind
LOOK_S = 0.25  # how long a waveform is looked at, at the least; a quicker hand would outrun the server, not the screen
LIMIT_MS = 100.0  # what review-screen.md promises at the 95th percentile
# The screen says when it has drawn a waveform; the frame after that is the one that the analyst sees. It is asked for at that moment: an
# observer of the screen's measures is called only when the browser has nothing better to do, one or two frames later.
WATCH = """
window.keyToPaint = [];
let pressed = null;
addEventListener("keydown", (event) => { if (!event.key.startsWith("Arrow")) pressed = event.timeStamp; }, true);
const measure = performance.measure;
performance.measure = function (name, ...more) {
  const drawn = measure.call(this, name, ...more);
  if (pressed === null || name !== "repick-painted") return drawn;
  const began = pressed;
  pressed = null;
  requestAnimationFrame(() => {
    const seen = new MessageChannel();
    seen.port1.onmessage = () => window.keyToPaint.push([drawn.duration, performance.now() - began]);
    seen.port2.postMessage(null);
  });
  return drawn;
};
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
    workspace = workspace_of(options.n_flags)
    analyst = factories.make_analyst(workspace, f"ana-{uuid4().hex[:6]}")
    with served() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        page = signed_in(browser, site, analyst).new_page()
        page.add_init_script(WATCH)
        began = time.perf_counter()
        page.goto(f"{site.address}/w/{workspace.slug}/review/")
        until(page, "performance.getEntriesByName('repick-painted').length > 0")
        opened_ms = 1000 * (time.perf_counter() - began)
        first_paint_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        first_byte_ms = page.evaluate("performance.getEntriesByType('navigation')[0].responseStart")
        until(page, "document.querySelector('[data-part=ready]').textContent.includes('ready')")
        for number in range(options.n_decisions):
            time.sleep(LOOK_S)
            key = KEYS[number % len(KEYS)]
            if key == "m":
                page.keyboard.press("ArrowRight")
            page.keyboard.press(key)
            until(page, f"keyToPaint.length === {number + 1}")
        until(page, "!document.querySelector('[data-part=saved]').textContent.startsWith('saving')")
        drawn_ms, seen_ms = np.array(page.evaluate("keyToPaint")).T
        bare_ms = _bare(browser, options.n_decisions)
        browser.close()
        server_mib = site.peak_mib()
    n_stored = Decision.objects.filter(workspace=workspace, analyst=analyst).count()
    if n_stored != options.n_decisions:
        raise SystemExit(f"{n_stored} of {options.n_decisions} decisions were stored.")
    details = {
        "p50 (ms)": round(float(np.percentile(seen_ms, 50)), 1),
        "largest (ms)": round(float(seen_ms.max()), 1),
        "drawn, less the wait for the frame, p50 and p95 (ms)": [round(float(np.percentile(drawn_ms, share)), 1) for share in (50, 95)],
        "a bare page that draws three lines, p50 and p95 (ms)": [round(float(np.percentile(bare_ms, share)), 1) for share in (50, 95)],
        "first visit, from address to first waveform (ms)": round(opened_ms),
        "of it, up to the page's first byte and the screen's first paint (ms)": [round(first_byte_ms), round(first_paint_ms)],
        "decisions taken and stored": n_stored,
        "picks, each with its flag": Flag.objects.count(),
        "samples a trace": f"(3, {N_SAMPLES})",
        "memory": "of the web server",
    }
    name, peer = "key press to next waveform painted, p95", "limit"
    value = float(np.percentile(seen_ms, 95))
    return [Figure(name, value, "ms", peer, LIMIT_MS, more_is_better=False, details=details, peak_mib=server_mib)]


def _bare(browser: Browser, n_keys: int) -> NDArray[np.float64]:
    """Milliseconds from key press to frame of the bare page."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.evaluate(f"() => {{ {BARE} }}")
    for number in range(n_keys):
        time.sleep(LOOK_S / 5)
        page.keyboard.press("a")
        until(page, f"keyToPaint.length === {number + 1}")
    return np.array(page.evaluate("keyToPaint"))

"""Frames a second while the wheel zooms and the pointer pans over three long components, and how soon a day of them is seen."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
from playwright.sync_api import Page, sync_playwright

from labeling.models import Workspace
from tests import factories
from tests.bench.figure import Figure, Options
from tests.bench.served import served, signed_in, until
from tests.chromium import LAUNCH

N_SAMPLES, RATE_HZ = 60_000, 100.0
DAY_S = 86_400
SECONDS = 3.0
LIMIT_FPS, LIMIT_DAY_MS, LIMIT_PAINT_MS, LIMIT_BYTES = 30.0, 1000.0, 1000.0, 1_500_000
N_VISITS = 5
# An event in each frame, as a wheel or a hand sends them, and as many frames as the browser then makes.
WHEEL = """async (seconds) => {
  const overlay = document.querySelector("[data-part=overlay]"), box = overlay.getBoundingClientRect();
  const at = { clientX: box.left + box.width / 2, clientY: box.top + 60, bubbles: true, cancelable: true };
  const began = performance.now();
  let frames = 0;
  while (performance.now() - began < 1000 * seconds) {
    const inward = Math.floor((performance.now() - began) / 400) % 2 === 0;
    overlay.dispatchEvent(new WheelEvent("wheel", { ...at, deltaY: inward ? -12 : 12 }));
    await new Promise(requestAnimationFrame);
    frames += 1;
  }
  return (1000 * frames) / (performance.now() - began);
}"""
DRAG = """async (seconds) => {
  const overlay = document.querySelector("[data-part=overlay]"), box = overlay.getBoundingClientRect();
  overlay.setPointerCapture = () => {};
  const send = (kind, x) => overlay.dispatchEvent(
    new PointerEvent(kind, { clientX: x, clientY: box.top + 60, button: 0, pointerId: 1, bubbles: true }));
  const middle = box.left + box.width / 2 + 40;
  send("pointerdown", middle);
  const began = performance.now();
  let frames = 0;
  while (performance.now() - began < 1000 * seconds) {
    send("pointermove", middle + 150 * Math.sin((performance.now() - began) / 300));
    await new Promise(requestAnimationFrame);
    frames += 1;
  }
  send("pointerup", middle + 50);
  return (1000 * frames) / (performance.now() - began);
}"""
# The same pixels' worth of lines on a page that does nothing else.
BARE = """async (seconds) => {
  document.body.innerHTML = "<canvas width=900 height=480></canvas>";
  const context = document.querySelector("canvas").getContext("2d");
  const began = performance.now();
  let frames = 0;
  while (performance.now() - began < 1000 * seconds) {
    context.clearRect(0, 0, 900, 480);
    for (const middle of [80, 240, 400]) {
      context.beginPath();
      for (let x = 0; x < 900; x++) {
        context.lineTo(x, middle + 60 * Math.random());
        context.lineTo(x, middle - 60 * Math.random());
      }
      context.stroke();
    }
    await new Promise(requestAnimationFrame);
    frames += 1;
  }
  return (1000 * frames) / (performance.now() - began);
}"""
WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sums, { encodedBodySize, transferSize }) => [sums[0] + encodedBodySize, sums[1] + transferSize], [0, 0])"""
# Notes when the last key was pressed, and of each painted frame when, how many seconds it spans, and whether all of them had come.
WATCH = """
window.lastKeyMs = 0;
window.framesPainted = [];
addEventListener("keydown", (event) => { window.lastKeyMs = event.timeStamp; }, true);
new PerformanceObserver((list) => {
  for (const { startTime, duration, detail } of list.getEntriesByName("repick-frame"))
    window.framesPainted.push({ ms: startTime + duration, ...detail });
}).observe({ type: "measure" });
"""
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))"
IS_ALL_IN_VIEW = "framesPainted.some(({{ spanS }}) => spanS > {duration_s} - 1)"
WHEN_ALL_SEEN_MS = "framesPainted.find(({{ spanS, coversAll }}) => coversAll && spanS > {duration_s} - 1)?.ms ?? null"
WHOLE_FETCHED_MS = """performance.getEntriesByType("resource")
  .find(({{ name }}) => /[?&]start=0[.0]*&end={duration_s}[.0]*(&|$)/.test(name)).duration"""
PAINTED = "performance.getEntriesByName('repick-painted').length > 0"


def measure(options: Options, folder: Path) -> list[Figure]:
    long, day = _one_pick("Ten minutes", N_SAMPLES), _one_pick("A day", int(DAY_S * RATE_HZ))
    analyst = factories.make_analyst(long, f"ana-{uuid4().hex[:6]}")
    day.memberships.create(user=analyst, role="analyst")
    figures = []
    with served() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        first_ms, [weight, _] = _visit(signed_in(browser, site, analyst).new_page(), f"{site.address}/w/{long.slug}/review/")
        context = signed_in(browser, site, analyst)
        visits = []
        for _ in range(N_VISITS):
            page = context.new_page()
            visits.append(_visit(page, f"{site.address}/w/{long.slug}/review/"))
        again_ms = float(np.median([ms for ms, _ in visits[1:]]))
        said = {"first visit (ms)": round(first_ms), "asked of the network on a later visit (bytes)": visits[-1][1][1]}
        figures.append(Figure("first paint of the screen, later visits", again_ms, "ms", "limit", LIMIT_PAINT_MS, False, said))
        figures.append(Figure("weight of the review page, compressed", weight, "bytes", "limit", LIMIT_BYTES, False))
        _zoom_out(page, int(N_SAMPLES / RATE_HZ))
        zoom_fps, pan_fps = page.evaluate(WHEEL, SECONDS), page.evaluate(DRAG, SECONDS)
        bare_page = browser.new_page(viewport={"width": 1440, "height": 900})
        bare_fps = bare_page.evaluate(BARE, SECONDS)
        bare = {"a bare page that draws as many lines (frames/s)": round(bare_fps, 1), "samples": f"(3, {N_SAMPLES})"}
        figures.append(Figure("zooming", zoom_fps, "frames/s", "limit", LIMIT_FPS, True, bare))
        figures.append(Figure("panning", pan_fps, "frames/s", "limit", LIMIT_FPS, True, bare))
        page = context.new_page()
        opened_ms, _ = _visit(page, f"{site.address}/w/{day.slug}/review/")
        whole_ms = _zoom_out(page, DAY_S)
        days = {
            "fetching all of it in few points, unasked (ms)": round(page.evaluate(WHOLE_FETCHED_MS.format(duration_s=DAY_S))),
            "then from the key that zooms out to the day to the frame that shows it (ms)": round(whole_ms),
            "samples": f"(3, {int(DAY_S * RATE_HZ)})",
        }
        figures.append(Figure("a day at 100 Hz, from address to waveform", opened_ms, "ms", "limit", LIMIT_DAY_MS, False, days))
        browser.close()
    for figure in figures:
        print(f"   {figure.name}: {figure.value:,.0f} {figure.unit} {dict(figure.details)}", flush=True)
    return figures


def _one_pick(name: str, n_samples: int) -> Workspace:
    """A workspace with one flagged pick in the middle of a long trace."""
    workspace = factories.make_workspace(name)
    samples = np.random.default_rng(1).normal(0.0, 12.0, (3, n_samples)).astype(np.float32)
    begin = factories.ORIGIN + timedelta(days=1)
    trace = factories.make_trace(factories.make_catalog(workspace), samples=samples, sampling_rate_hz=RATE_HZ, start_time=begin)
    factories.make_flag(factories.make_pick(trace, offset_s=n_samples / RATE_HZ / 2))
    return workspace


def _visit(page: Page, address: str) -> tuple[float, list[int]]:
    """Milliseconds from address to the first waveform painted, and bytes: of all that the page is made of, and of what came anew."""
    page.add_init_script(WATCH)
    began = time.perf_counter()
    page.goto(address)
    until(page, PAINTED)
    took_ms = 1000 * (time.perf_counter() - began)
    time.sleep(1.5)  # what comes after the paint
    return took_ms, page.evaluate(WEIGHT)


def _zoom_out(page: Page, duration_s: int) -> float:
    """Milliseconds from the key press that brings the whole trace into view until a frame has all of it, as fine as it then is.

    Some of it may have come before: the page fetches a whole long trace in few points while one looks at its pick.
    """
    for _ in range(4 * int(np.log2(duration_s))):
        page.keyboard.press("Shift+ArrowDown")
        page.evaluate(NEXT_FRAME)
        if page.evaluate(IS_ALL_IN_VIEW.format(duration_s=duration_s)):
            break
    until(page, f"({WHEN_ALL_SEEN_MS.format(duration_s=duration_s)}) !== null")
    return float(page.evaluate(f"({WHEN_ALL_SEEN_MS.format(duration_s=duration_s)}) - lastKeyMs"))

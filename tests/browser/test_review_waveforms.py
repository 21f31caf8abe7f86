"""The waveform panel as an analyst handles it, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from labeling.models import Decision
from tests import factories
from tests.browser.review_screen import eventually, expect_station, has_waveform

GUTTER_PX = 70
FIRST_VIEW_S = 10.0


def sent_decision(page: Page, key: str) -> dict:
    """What a key press sends to the server."""
    with page.expect_request("**/decisions/") as request:
        page.keyboard.press(key)
    return request.value.post_data_json


def overlay_box(page: Page) -> dict[str, float]:
    box = page.locator("[data-part=overlay]").bounding_box()
    assert box is not None
    return dict(box)


def test_one_drag_with_shift_sets_the_time_and_its_uncertainty(page, flags):
    box = overlay_box(page)
    per_s = (box["width"] - GUTTER_PX) / FIRST_VIEW_S
    x, y = box["x"] + GUTTER_PX + 0.8 * (box["width"] - GUTTER_PX), box["y"] + 100
    page.keyboard.down("Shift")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.3 * per_s, y, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator("[data-part=cursor]")).to_contain_text("uncertainty ±0.3 s")
    sent = sent_decision(page, "m")
    assert abs(sent["uncertainty_s"] - 0.3) < 0.02
    expect_station(page, "LTC")


def test_a_drag_from_the_cursor_opens_its_uncertainty_and_elsewhere_pans(page):
    box = overlay_box(page)
    x, y = box["x"] + GUTTER_PX + 0.5 * (box["width"] - GUTTER_PX), box["y"] + 100
    page.mouse.click(x, y)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y, steps=4)
    page.mouse.up()
    expect(page.locator("[data-part=cursor]")).to_contain_text("uncertainty ±")
    before = page.locator("[data-part=figure]").get_attribute("aria-label")
    page.mouse.move(x + 200, y)
    page.mouse.down()
    page.mouse.move(x + 300, y, steps=4)
    page.mouse.up()
    expect(page.locator("[data-part=figure]")).not_to_have_attribute("aria-label", before or "")


def test_the_uncertainty_is_set_by_keys_too_and_goes_with_an_added_arrival(page):
    page.keyboard.press("ArrowRight")
    for _ in range(3):
        page.keyboard.press("w")
    page.keyboard.press("Shift+W")
    assert sent_decision(page, "Shift+S")["uncertainty_s"] == 0.02


def test_a_cursor_without_uncertainty_sends_none(page):
    page.keyboard.press("ArrowRight")
    assert "uncertainty_s" not in sent_decision(page, "m")


def test_a_click_between_samples_keeps_what_the_zoom_tells(page, flags):
    for _ in range(9):
        page.keyboard.press("Shift+ArrowUp")
    box = overlay_box(page)
    page.mouse.click(box["x"] + GUTTER_PX + 0.333 * (box["width"] - GUTTER_PX), box["y"] + 100)
    page.keyboard.press("ArrowRight")
    offset_s = sent_decision(page, "m")["trace_offset_s"]
    assert abs(offset_s * 100 - round(offset_s * 100)) > 1e-3
    eventually(Decision.objects.exists)
    assert Decision.objects.get().time is not None


def test_what_is_drawn_is_told_in_words_and_follows_the_view(page):
    canvas = page.locator("[data-part=figure]")
    words = (
        "Waveforms of HHZ, HHN, HHE at 100 Hz; 2–15 Hz, zero-phase; from −4.3 to +5.7 s around the P of the catalog; P proposed at −0.62 s"
    )
    expect(canvas).to_have_attribute("aria-label", words)
    page.keyboard.press("Shift+ArrowDown")
    expect(canvas).to_have_attribute("aria-label", re.compile("from −6.2 to"))


def expect_words(page: Page, words: str) -> None:
    expect(page.locator("[data-part=figure]")).to_have_attribute("aria-label", re.compile(re.escape(words)), timeout=15_000)


def test_filters_are_told_apart_by_band_and_direction(page):
    expect_words(page, "2–15 Hz, zero-phase")
    page.keyboard.press("Shift+F")
    expect_words(page, "2–15 Hz, causal")
    page.get_by_role("button", name="own …").click()
    page.get_by_label("Lower corner").fill("20")
    page.get_by_label("Upper corner").fill("10")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=own_filter]")).to_be_visible()
    page.get_by_label("Lower corner").fill("5")
    page.keyboard.press("Enter")
    expect_words(page, "5–10 Hz, causal")
    assert sent_decision(page, "a")["shown"]["filter"] == "5-10-causal"


def test_horizontals_are_turned_where_event_and_station_are_placed(open_page, analyst, workspace, flags):
    factories.make_station(workspace, "FUM")
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    page.keyboard.press("z")
    expect_words(page, "HHZ, HHR, HHT")
    page.keyboard.press("r")
    expect_station(page, "LTC")
    expect_words(page, "HHZ, HHN")
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Not turned to radial and transverse: it takes a north and an east component")


def test_the_spectrogram_comes_and_goes_with_its_key(page):
    button = page.locator("[data-part=spectrogram]")
    page.keyboard.press("g")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect_words(page, "spectrogram of HHZ")
    page.keyboard.press("g")
    expect(button).to_have_attribute("aria-pressed", "false")


UNUSUAL = [
    ("one component", {"samples": factories.onset_samples(n_components=1), "channel_codes": ("HHZ",)}, "Waveforms of HHZ at 100 Hz"),
    ("40 Hz", {"sampling_rate_hz": 40.0}, "4 Hz and above, zero-phase: 40 Hz data end at 20 Hz, so 30 Hz cuts nothing"),
    ("1000 Hz", {"samples": factories.onset_samples(n_samples=30_000, sampling_rate_hz=1000.0), "sampling_rate_hz": 1000.0}, "at 1000 Hz"),
    ("3 s", {"samples": factories.onset_samples(n_samples=300)}, "from −1.2 to +1.8 s"),
]


@pytest.mark.parametrize(("what", "trace", "words"), UNUSUAL, ids=[row[0] for row in UNUSUAL])
def test_an_unusual_trace_is_drawn_and_told(open_page, analyst, workspace, what, trace, words):
    catalog = factories.make_catalog(workspace)
    pick = factories.make_pick(factories.make_trace(catalog, station_code="ODD", **trace), offset_s=1.2)
    factories.make_flag(pick, p_mislabelled=0.9, kind="timing", shift_s=-0.5)
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "ODD")
    page.keyboard.press("f")  # 4–30 Hz
    expect_words(page, words)
    assert has_waveform(page)
    page.keyboard.press("a")
    eventually(Decision.objects.exists)


def test_a_gap_at_the_pick_is_told_and_stays_a_gap(open_page, analyst, workspace):
    samples = factories.onset_samples()
    samples[:, 980:1090] = np.nan
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace), samples=samples), offset_s=10.62)
    factories.make_flag(pick, p_mislabelled=0.9, kind="timing", shift_s=-0.62)
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    expect_words(page, "3 gaps in view")


def test_a_day_is_seen_whole_by_zooming_out(open_page, analyst, workspace):
    samples = np.random.default_rng(1).normal(0.0, 12.0, (3, 8_640_000)).astype(np.float32)
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace), samples=samples), offset_s=43_200.0)
    factories.make_flag(pick, p_mislabelled=0.9, kind="timing", shift_s=-0.62)
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    expect_words(page, "from −4.3 to +5.7 s")
    for _ in range(30):
        page.keyboard.press("Shift+ArrowDown")
    expect_words(page, "from −43200.0 to +43200.0 s")
    with page.expect_response(lambda answer: "end=86400" in answer.url and "raw" in answer.url, timeout=30_000):
        for _ in range(2):
            page.keyboard.press("f")
    expect_words(page, "at 100 Hz; raw; from −43200.0")


def test_where_the_networks_see_the_arrival_is_marked_where_nothing_is_proposed(open_page, analyst, workspace):
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)), offset_s=10.62)
    flag = factories.make_flag(pick, p_mislabelled=0.7, kind="timing", shift_s=None)
    flag.evidence |= {"network_residual_s": -0.58}
    flag.save(update_fields=["evidence"])
    page = open_page(analyst, f"/w/{workspace.slug}/review/")
    expect_station(page, "FUM")
    expect_words(page, "the networks see it at −0.58 s")


def test_ground_motion_and_directions_come_from_the_inventory(page, flags):
    for flag in flags:
        factories.make_channels(flag.pick.trace, azimuth_deg=20.0)
    page.reload()
    expect(page.locator("[data-part=unit]")).to_have_text("µm/s")
    with page.expect_response(re.compile("unit=motion")) as motion:
        page.keyboard.press("q")
    assert motion.value.status == 200
    expect(page.locator("[data-part=unit]")).to_have_attribute("aria-pressed", "true")
    with page.expect_response(re.compile("turned=1")):
        page.keyboard.press("z")
    expect(page.locator("[data-part=rotate]")).to_have_text("ZNE")
    expect(page.locator("[data-part=figure]")).to_have_attribute("aria-label", re.compile("HHZ, HHN, HHE .* in µm/s"))
    assert has_waveform(page)


def test_without_inventory_the_buttons_say_what_is_missing(page, flags):
    page.keyboard.press("q")
    expect(page.locator("#toasts")).to_contain_text("Only counts here: no inventory tells of all its channels")


def test_the_cursor_is_told_from_the_pick_and_in_utc(page: Page, flags) -> None:
    page.keyboard.press("ArrowRight")
    told = flags[0].label_time + timedelta(milliseconds=10)
    expect(page.locator("[data-part=cursor]")).to_have_text(f"Cursor at +0.01 s from the catalog pick, {told:%H:%M:%S.%f}"[:-4] + " UTC")

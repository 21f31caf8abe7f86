"""What tests of the review screen look for on it, and how they hold up the network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect

from labeling.models import Flag

STATIONS = ("FUM", "LTC", "MCV", "NEG")


def seen_tour(analyst: User) -> str:
    """A script for a new browser, in which the analyst then has been before."""
    return f"if (location.protocol.startsWith('http')) localStorage.setItem('repick:{analyst.get_username()}:tour', 'seen');"


def expect_station(page: Page, station: str) -> None:
    expect(page.locator("[data-part=title]")).to_contain_text(f"BG.{station}")
    expect(page.locator(".queue-row[aria-current]")).to_contain_text(f"BG.{station}")


def expect_saved(page: Page) -> None:
    expect(page.locator("[data-part=saved]")).to_contain_text("saved ·")


def eventually(is_so: Callable[[], Any], within_s: float = 8.0) -> None:
    """Waits for the live server's thread to have stored what the page has sent."""
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, "it did not become so in time"
        time.sleep(0.05)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def reloaded_without(page: Page, pattern: str) -> None:
    """The page anew, with nothing fetched ahead, and with requests that fail."""
    page.route(pattern, lambda route: route.abort())
    page.reload()


def held_back(page: Page, pattern: str) -> list[Route]:
    """Requests that wait until `let_go`, in the order in which they came."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))
    return held


def let_go(page: Page, pattern: str, held: list[Route]) -> None:
    for route in held:
        route.continue_()
    page.unroute(pattern)


def item_of(flag: Flag) -> str:
    return f"**/items/{flag.pk}/"


def has_waveform(page: Page) -> bool:
    """Whether more is painted on the canvas of the waveforms than lines, names and sentences."""
    painted: int = page.evaluate(
        """() => {
            const canvas = document.querySelector('[data-part=figure]');
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((value, index) => index % 4 === 3 && value > 0).length;
        }"""
    )
    return painted > 10_000

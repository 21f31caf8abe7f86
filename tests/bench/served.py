"""A workspace served as `manage.py up` serves it, and a real Chromium on it."""

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
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page

from tests.bench.surroundings import peak_memory_mib
from tests.browser.review_screen import seen_tour


@dataclass(frozen=True)
class Site:
    """address: without a slash at its end."""

    address: str
    server: subprocess.Popen[bytes]

    def peak_mib(self) -> float:
        """Largest resident memory of the web server's processes together."""
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        processes = [str(self.server.pid), *(children.read_text().split() if children.exists() else [])]
        return sum(peak_memory_mib(process) for process in processes)


@contextmanager
def served() -> Iterator[Site]:
    """The web server on a port of its own."""
    if settings.DEPLOYED:
        call_command("collectstatic", interactive=False, verbosity=0)  # its pages name files by their hashes
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--log-level", "warning"]
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "webapp.wsgi", *arguments], start_new_session=True)
    address = f"http://localhost:{port}"
    try:
        _wait_for(address + reverse("login"), server)
        yield Site(address, server)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def session_cookie(user: User) -> tuple[str, str]:
    """Name and value of a cookie by which the person is signed in."""
    client = Client()
    client.force_login(user)
    return settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value


def signed_in(browser: Browser, site: Site, user: User) -> BrowserContext:
    """A new browser of somebody who has been here before."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    name, value = session_cookie(user)
    context.add_cookies([{"name": name, "value": value, "url": site.address}])
    context.add_init_script(seen_tour(user))
    return context


def until(page: Page, condition: str, within_s: float = 60.0) -> None:
    """Waits until an expression holds. Asked from outside: the page's security policy forbids what `wait_for_function` does."""
    end = time.monotonic() + within_s
    while not page.evaluate(condition):
        if time.monotonic() > end:
            raise SystemExit(f"In the browser this did not become true in {within_s:.0f} s: {condition}")
        time.sleep(0.02)


def _wait_for(address: str, server: subprocess.Popen[bytes], within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=10)
            return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The web server did not start.")

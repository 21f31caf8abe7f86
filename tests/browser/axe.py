"""What axe-core finds against the WCAG, level AA, on a page as it stands."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page, where: str) -> list[str]:
    """One line for each rule that the page breaks, with the elements that break it. where: the page's name in those lines."""
    # What is fading in has half its colour, which no reader is left with.
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null))).then(() => null)")
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]})
    return [
        f"{where}: {broken['id']} ({broken['help']}): " + "; ".join(f"{node['target']} {_why(node)}" for node in broken["nodes"])
        for broken in found.response["violations"]
    ]


def _why(node: dict[str, list[dict[str, str]]]) -> str:
    return ", ".join(check["message"] for rule in ("any", "all", "none") for check in node[rule])

"""The browser of the system, as tests, bench and pictures start it; where there is none, the one that Playwright has installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

_PATH = os.environ.get("REPICK_CHROMIUM", "/usr/bin/chromium")
LAUNCH: dict[str, Any] = {
    "args": [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
    **({"executable_path": _PATH} if Path(_PATH).exists() else {}),
}

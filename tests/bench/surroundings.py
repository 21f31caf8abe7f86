"""A database and a data folder of the benchmark's own, and how much memory the process takes."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path


def set_up_django(folder: Path) -> None:
    """Points the settings at an empty SQLite database and store below `folder`. To be called before anything of Django is imported."""
    # Never the database of whoever runs this: its address is taken out of the environment.
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    os.environ |= {"REPICK_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "webapp.settings", "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
    (folder / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise warns where there is none
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def peak_memory_mib(process: str = "self") -> float:
    """Largest resident memory of a process so far. process: its number; other systems than Linux know it of `self` only, else 0."""
    status = Path(f"/proc/{process}/status")
    if status.exists():
        fields: Mapping[str, str] = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        # Of this program alone; the kernel's usage figure goes on counting what ran before it under the same number.
        return int(fields["VmHWM"].split()[0]) / 1024
    if process != "self":
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)

"""A database and a data folder of the benchmark's own, and how much memory the process takes."""

from __future__ import annotations

import os
import resource
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2


def set_up_django(folder: Path, database_url: str = "") -> None:
    """Points the settings at an empty database and a store below `folder`. To be called before anything of Django is imported.

    database_url: an empty database of PostgreSQL; SQLite below `folder` where there is none.
    """
    # Never the database of whoever runs this: its address is taken out of the environment.
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    if database_url:
        # What the settings want of a deployment.
        deployed = {"REPICK_SECRET_KEY": secrets.token_urlsafe(60), "REPICK_ALLOWED_HOSTS": "localhost", "CELERY_BROKER_URL": "memory://"}
        os.environ |= {"DATABASE_URL": database_url, **deployed}
    os.environ |= {"REPICK_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "webapp.settings", "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
    (folder / "static").mkdir(parents=True, exist_ok=True)  # WhiteNoise warns where there is none
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


@contextmanager
def own_database(server_url: str) -> Iterator[str]:
    """Address of an empty database on the server of PostgreSQL, dropped afterwards. server_url: `postgres://user@host/any`."""
    name = f"repick_bench_{os.getpid()}"
    with closing(psycopg2.connect(server_url)) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            try:
                yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
            finally:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


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

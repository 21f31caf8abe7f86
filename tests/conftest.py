"""Fixtures that every kind of test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.conf import settings as django_settings

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real labelled waveforms; tests that need it are skipped where it is absent, unless REPICK_SHARED_DATA promises it."""
    promised = os.environ.get("REPICK_SHARED_DATA")
    folder = Path(promised) if promised else REPOSITORY.parent / "shared" / "data"
    if not (folder / "README.md").exists():
        if promised:
            pytest.fail(f"REPICK_SHARED_DATA is {promised}, and there is no README.md in it.")
        pytest.skip("Real data are not at hand; set REPICK_SHARED_DATA to their folder.")
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_queue(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Messages that tests send must not reach the workers of whoever runs them."""
    if settings.CELERY_BROKER_URL.startswith("repick-local"):
        current_app.conf.broker_transport_options = {"folder": str(tmp_path_factory.mktemp("queue"))}
    elif side := os.environ.get("PYTEST_XDIST_WORKER"):  # of tests side by side, on one Redis
        current_app.conf.broker_transport_options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": f"{side}:"}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A database in a file: one in memory locks its tables against the live server's threads and against workers."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")

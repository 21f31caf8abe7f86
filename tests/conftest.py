"""Fixtures that every kind of test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings

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

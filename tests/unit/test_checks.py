from __future__ import annotations

from pathlib import Path

import pytest

from webapp.checks import data_folder_can_be_written, deployment_is_whole, stale_limit_exceeds_heartbeat


@pytest.fixture
def deployment(settings, monkeypatch: pytest.MonkeyPatch):
    """Settings as on a deployment where nothing is missing."""
    settings.DEPLOYED, settings.DEBUG = True, False
    settings.CELERY_BROKER_URL = "redis://redis:6379/0"
    monkeypatch.delenv("REPICK_ALLOW_LOCAL_BROKER", raising=False)
    monkeypatch.setenv("REPICK_ALLOWED_HOSTS", "repick.example.org")
    return settings


def said(problems) -> list[tuple[str, str]]:
    return [(problem.id, problem.msg) for problem in problems]


def test_a_whole_deployment_has_nothing_to_complain_about(deployment):
    assert said(deployment_is_whole(None)) == []


def test_a_deployment_without_a_broker_names_the_variable(deployment):
    deployment.CELERY_BROKER_URL = "repick-local://localhost"
    ((code, message),) = said(deployment_is_whole(None))
    assert code == "repick.E001"
    assert "CELERY_BROKER_URL" in message


def test_a_deployment_without_hosts_names_the_variable(deployment, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("REPICK_ALLOWED_HOSTS")
    assert said(deployment_is_whole(None)) == [("repick.E002", "REPICK_ALLOWED_HOSTS is not set.")]


def test_a_laptop_needs_neither_broker_nor_hosts(deployment, monkeypatch: pytest.MonkeyPatch):
    deployment.DEPLOYED, deployment.CELERY_BROKER_URL = False, "repick-local://localhost"
    monkeypatch.delenv("REPICK_ALLOWED_HOSTS")
    assert said(deployment_is_whole(None)) == []


def test_a_data_folder_that_is_not_there_is_made(settings, tmp_path: Path):
    settings.DATA_DIR = tmp_path / "new" / "data"
    assert said(data_folder_can_be_written(None)) == []
    assert settings.DATA_DIR.is_dir()


def test_a_data_folder_that_cannot_be_made_names_the_variable(settings, tmp_path: Path):
    (tmp_path / "taken").write_text("a file where the folder should be")
    settings.DATA_DIR = tmp_path / "taken" / "data"
    ((code, message),) = said(data_folder_can_be_written(None))
    assert code == "repick.E003"
    assert "REPICK_DATA_DIR" in message


def test_a_stale_limit_below_three_heartbeats_is_refused(settings):
    settings.WORK_HEARTBEAT_S, settings.WORK_STALE_S = 5, 10
    ((code, message),) = said(stale_limit_exceeds_heartbeat(None))
    assert code == "repick.E004"
    assert "REPICK_STALE_S (10)" in message


def test_the_limits_as_delivered_are_fine(settings):
    assert said(stale_limit_exceeds_heartbeat(None)) == []

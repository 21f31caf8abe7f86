"""What an administrator goes by: the compose file, the image, the table of variables."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parent.parent.parent
VARIABLE = re.compile(r"\b(?:REPICK_[A-Z_]+|DATABASE_URL|CELERY_BROKER_URL)\b")
OF_COMPOSE_ONLY = {"REPICK_PORT", "REPICK_DATA_CONCURRENCY"}
OF_TESTS_ONLY = {"REPICK_SHARED_DATA", "REPICK_CHROMIUM"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())


def known_variables() -> set[str]:
    """Every variable that the product reads."""
    code = "".join(path.read_text() for package in ("webapp", "labeling", "training") for path in (REPOSITORY / package).rglob("*.py"))
    return set(VARIABLE.findall(code)) - OF_TESTS_ONLY


def test_every_variable_that_is_read_is_in_the_table():
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (REPOSITORY / "docs" / "deployment.md").read_text(), flags=re.MULTILINE)
    assert sorted(rows) == sorted(known_variables())


@pytest.mark.parametrize("name", [".env.example", "docker-compose.yml", "Dockerfile"])
def test_no_file_of_the_deployment_sets_a_variable_that_nobody_reads(name: str):
    named = set(VARIABLE.findall((REPOSITORY / name).read_text()))
    assert named - known_variables() - OF_COMPOSE_ONLY == set()


def test_the_compose_file_has_every_process_of_a_deployment(compose):
    assert set(compose["services"]) == {
        *("migrate", "web", "worker-data", "worker-training", "beat", "postgres", "redis"),
        *("storage", "bucket"),
    }


def test_the_storage_is_started_by_its_profile_only_and_nothing_else_needs_it(compose):
    services = compose["services"]
    optional = {name for name, service in services.items() if service.get("profiles") == ["storage"]}
    assert optional == {"storage", "bucket"}
    for name in services.keys() - optional:
        needed = services[name].get("depends_on", {})
        assert all(needed[other].get("required") is False for other in optional & needed.keys()), name


def test_the_bucket_is_made_by_a_program_that_says_what_it_lacks(compose):
    python, option, program = compose["services"]["bucket"]["command"]
    environment = {name: value for name, value in os.environ.items() if name != "REPICK_BUCKET"}
    ended = subprocess.run([sys.executable, option, program], env=environment, capture_output=True, text=True, check=False)
    assert (python, ended.returncode, ended.stderr.strip()) == ("python", 1, "Set REPICK_BUCKET in .env.")


def test_the_image_can_use_a_bucket():
    assert '".[s3]"' in (REPOSITORY / "Dockerfile").read_text()


def test_every_service_says_how_to_tell_that_it_is_well(compose):
    in_image = "HEALTHCHECK" in (REPOSITORY / "Dockerfile").read_text()
    for name, service in compose["services"].items():
        assert "healthcheck" in service or (name == "web" and in_image), name


def test_every_volume_that_is_mounted_is_declared_and_what_is_stored_is_mounted(compose):
    mounted = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])}
    assert mounted == set(compose["volumes"])
    assert any(volume.endswith(":/var/lib/postgresql/data") for volume in compose["services"]["postgres"]["volumes"])


def test_workers_listen_to_the_queues_that_tasks_are_sent_to(compose):
    queues = {}
    for name in ("worker-data", "worker-training"):
        command = compose["services"][name]["command"]
        queues[name] = command[command.index("--queues") + 1]
    assert queues == {"worker-data": "data", "worker-training": "training"}


def test_nothing_starts_before_the_database_is_up_to_date(compose):
    for name in ("web", "worker-data", "worker-training", "beat"):
        assert compose["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_what_the_image_copies_exists():
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    for sources in re.findall(r"^COPY (?:--\S+ )*(.+) \S+$", dockerfile, flags=re.MULTILINE):
        for source in sources.split():
            assert (REPOSITORY / source).exists(), source


def test_the_image_does_not_run_as_root():
    users = re.findall(r"^USER (\S+)$", (REPOSITORY / "Dockerfile").read_text(), flags=re.MULTILINE)
    assert users == ["repick"]

"""Start-up checks: what would fail later is said now, with the name of the variable to set."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from labeling.bucket import StorageUnreachable
from labeling.files import shared_files

TAG = "repick"  # `up` runs these checks alone: the others load every page first


@register(TAG)
def deployment_is_whole(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """A deployment (PostgreSQL) needs a shared broker, hosts to serve and a key that every host shares."""
    problems: list[CheckMessage] = []
    if not settings.DEPLOYED:
        return problems
    if settings.CELERY_BROKER_URL.startswith("repick-local") and not os.environ.get("REPICK_ALLOW_LOCAL_BROKER"):
        problems.append(
            Error(
                "CELERY_BROKER_URL is not set, though DATABASE_URL names a database server.",
                hint="Set CELERY_BROKER_URL to redis://host:6379/0 or amqp://user:password@host:5672//.",
                id="repick.E001",
            )
        )
    if not os.environ.get("REPICK_ALLOWED_HOSTS") and not settings.DEBUG:
        problems.append(
            Error("REPICK_ALLOWED_HOSTS is not set.", hint="Set it to the names people type, such as repick.example.org.", id="repick.E002")
        )
    return problems


@register(TAG)
def data_folder_can_be_written(app_configs: Any, **_: Any) -> list[CheckMessage]:
    try:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return [
            Error(
                f"REPICK_DATA_DIR {settings.DATA_DIR} can't be made: {error.strerror}.",
                hint="Choose a folder that this user may write.",
                id="repick.E003",
            )
        ]
    if not os.access(settings.DATA_DIR, os.W_OK):
        return [
            Error(
                f"REPICK_DATA_DIR {settings.DATA_DIR} can't be written.", hint="Choose a folder that this user may write.", id="repick.E003"
            )
        ]
    return []


@register(TAG)
def bucket_can_be_used(app_configs: Any, **_: Any) -> list[CheckMessage]:
    if settings.BUCKET and find_spec("boto3") is None:
        hint = "Install it with pip install 'repick[s3]'."
        return [Error("REPICK_BUCKET is set, and the package boto3 is missing.", hint=hint, id="repick.E005")]
    return []


@register(TAG, deploy=True)
def bucket_answers(app_configs: Any, **_: Any) -> list[CheckMessage]:
    bucket = shared_files().bucket
    if bucket is None or find_spec("boto3") is None:
        return []
    try:
        bucket.check()
    except StorageUnreachable as problem:
        hint = "It must answer every host, and let Repick list, read, write and delete what lies below REPICK_BUCKET."
        return [Error(f"{settings.BUCKET}: {problem}", hint=hint, id="repick.E006")]
    return []


@register(TAG)
def stale_limit_exceeds_heartbeat(app_configs: Any, **_: Any) -> list[CheckMessage]:
    if settings.WORK_STALE_S < 3 * settings.WORK_HEARTBEAT_S:
        return [
            Error(
                f"REPICK_STALE_S ({settings.WORK_STALE_S}) is less than three times REPICK_HEARTBEAT_S ({settings.WORK_HEARTBEAT_S}).",
                hint="A busy worker would lose its work to another. Raise REPICK_STALE_S.",
                id="repick.E004",
            )
        ]
    return []

"""Whether this host can do its work, for a load balancer or a person with curl. Says nothing about what is stored."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.models import Max
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from labeling.bucket import StorageUnreachable
from labeling.files import shared_files
from labeling.models import Work

BROKER_TIMEOUT_S = 2


@require_safe
@never_cache
@login_not_required
def health(request: HttpRequest) -> JsonResponse:
    """200 if all is well, 503 with the part that is not. Part: `ok`, or what is wrong in a few words."""
    parts = {"database": _said(_database), "broker": _said(_broker), "data_folder": _said(_data_folder)}
    if shared_files().bucket is not None:
        parts["bucket"] = _said(_bucket)
    is_well = all(part == "ok" for part in parts.values())
    body: dict[str, object] = {"status": "ok" if is_well else "unwell", **parts}
    if parts["database"] == "ok":
        body |= _workers()
    return JsonResponse(body, status=200 if is_well else 503)


class Unwell(Exception):
    """A part does not answer; the text says what to look at, without naming hosts or paths."""


def _said(check: Callable[[], None]) -> str:
    try:
        check()
    except Unwell as problem:
        return str(problem)
    return "ok"


def _database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        raise Unwell("no answer; look at DATABASE_URL and its server") from None


def _broker() -> None:
    if settings.CELERY_BROKER_URL.startswith("repick-local"):
        folder = Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["folder"]))
        if not os.access(folder if folder.exists() else folder.parent, os.W_OK):
            raise Unwell("the queue folder can't be written; look at REPICK_DATA_DIR")
        return
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=BROKER_TIMEOUT_S) as broker:  # type: ignore[no-untyped-call]
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_S)
    except (OperationalError, OSError, redis.RedisError):
        raise Unwell("no answer; look at CELERY_BROKER_URL and its server") from None


def _data_folder() -> None:
    if not os.access(settings.DATA_DIR, os.W_OK):
        raise Unwell("can't be written; look at REPICK_DATA_DIR")


def _bucket() -> None:
    bucket = shared_files().bucket
    try:
        if bucket is not None:
            bucket.check()
    except StorageUnreachable:
        raise Unwell("no answer; look at REPICK_BUCKET and the AWS_ variables") from None


def _workers() -> dict[str, object]:
    """When a worker last gave a sign of life while it worked, and how many rows wait. An idle worker gives none."""
    beats = [model._default_manager.aggregate(last=Max("heartbeat_at"))["last"] for model in Work.__subclasses__()]
    last = max((beat for beat in beats if beat is not None), default=None)
    queued = sum(model._default_manager.filter(state=Work.State.QUEUED).count() for model in Work.__subclasses__())
    return {
        "seconds_since_a_worker_beat": None if last is None else round((timezone.now() - last).total_seconds(), 1),
        "rows_queued": queued,
    }

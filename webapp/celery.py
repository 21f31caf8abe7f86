"""The Celery application. Queues: `data` (imports, exports, upkeep) and `training`."""

import os

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
app = Celery("repick")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect  # type: ignore[untyped-decorator]
def take_up_lost_work(**_: object) -> None:
    """A worker that starts looks first for what a dead one left."""
    app.send_task("labeling.take_up_lost_work", queue="data")

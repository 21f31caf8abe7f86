"""What Celery calls on the catalog side. The rows say what there is to do; see `labeling.jobs.lease`."""

from celery import shared_task

from labeling.jobs import export_snapshot as exporting
from labeling.jobs import import_catalog as importing
from labeling.jobs import take_up_lost_work as upkeep


@shared_task(name="labeling.import_catalog")  # type: ignore[untyped-decorator]
def import_catalog(import_id: int) -> None:
    importing.import_catalog(import_id)


@shared_task(name="labeling.export_snapshot")  # type: ignore[untyped-decorator]
def export_snapshot(export_id: int) -> None:
    exporting.export_snapshot(export_id)


@shared_task(name="labeling.take_up_lost_work")  # type: ignore[untyped-decorator]
def take_up_lost_work() -> None:
    upkeep.take_up_lost_work()

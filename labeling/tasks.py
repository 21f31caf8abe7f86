"""What Celery calls on the catalog side. The rows say what there is to do; see `labeling.jobs.lease`."""

from celery import shared_task

from labeling.jobs import export_snapshot as exporting
from labeling.jobs import import_catalog as importing
from labeling.jobs import preview_import as previewing
from labeling.jobs import take_up_lost_work as upkeep
from labeling.models import Workspace
from labeling.services import overview_counts


@shared_task(name="labeling.import_catalog")  # type: ignore[untyped-decorator]
def import_catalog(import_id: int) -> None:
    importing.import_catalog(import_id)


@shared_task(name="labeling.preview_import")  # type: ignore[untyped-decorator]
def preview_import(preview_id: int) -> None:
    previewing.preview_import(preview_id)


@shared_task(name="labeling.export_snapshot")  # type: ignore[untyped-decorator]
def export_snapshot(export_id: int) -> None:
    exporting.export_snapshot(export_id)


@shared_task(name="labeling.take_up_lost_work")  # type: ignore[untyped-decorator]
def take_up_lost_work() -> None:
    upkeep.take_up_lost_work()


@shared_task(name=overview_counts.TASK_NAME)  # type: ignore[untyped-decorator]
def count_overview(workspace_id: int) -> None:
    overview_counts.keep_counts(Workspace.objects.get(pk=workspace_id))

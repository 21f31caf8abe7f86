"""A workspace with something on every page: an upload, two runs, decisions, snapshots and an export, all made by the product's own jobs."""

from __future__ import annotations

from itertools import cycle
from uuid import uuid4

from django.contrib.auth.models import User

from labeling.jobs.export_snapshot import export_snapshot
from labeling.models import Flag, Workspace
from labeling.services.exports import begin_export
from labeling.services.review import decide
from labeling.services.review_draw import set_review_shares
from labeling.services.snapshots import freeze_snapshot
from tests.integration.quick_runs import finished_run
from tests.integration.small_uploads import import_files, small_files

DECIDED = ("accept", "reject", "remove", "skip")


def fill_workspace(workspace: Workspace, analyst: User) -> None:
    """The networks hardly train and know little; the threshold lets all they say into the queue, and no proposal is hidden."""
    set_review_shares(workspace=workspace, blind_share=0.0, double_share=0.0, hidden_share=0.0)
    import_files(workspace, small_files())
    for epochs in (1, 2):
        finished_run(workspace, settings={"epochs": epochs})
        Workspace.objects.filter(pk=workspace.pk).update(flag_threshold=0.0)
        proposing = Flag.objects.current(workspace).open().worst_first().filter(pick__is_removed=False).exclude(proposed_time=None)
        for flag, kind in zip(proposing[:8], cycle(DECIDED)):
            decide(pick=flag.pick, kind=kind, analyst=analyst, client_id=uuid4(), flag=flag)
        freeze_snapshot(workspace=workspace, by=analyst)
    newest = workspace.snapshots.order_by("-number")[0]
    export_snapshot(begin_export(snapshot=newest, format="csv", by=analyst, send=False).pk)

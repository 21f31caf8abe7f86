"""Exports of a snapshot: asking for one, watching it, taking it."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from labeling.downloads import download
from labeling.files import exports_folder, shared_files
from labeling.forms import ExportForm
from labeling.models import Work, Workspace
from labeling.services.exports import begin_export
from labeling.services.refusals import Refused
from labeling.services.work import cancel_work
from labeling.views.access import WorkspaceRequest, with_role, workspace_view


@require_POST
@workspace_view()
def export_start(request: WorkspaceRequest, workspace: Workspace, number: int) -> HttpResponse:
    snapshot = get_object_or_404(workspace.snapshots, number=number)
    form = ExportForm(request.POST)
    if not form.is_valid():
        raise Refused("unknown_format", "Choose one of the forms offered.")
    begin_export(snapshot=snapshot, format=form.cleaned_data["format"], by=request.user)
    return redirect("snapshot_detail", workspace.slug, snapshot.number)


@require_GET
@workspace_view()
def export_row(request: WorkspaceRequest, workspace: Workspace, export_id: int) -> HttpResponse:
    """One row of a snapshot's exports, which asks for itself anew until the export has ended."""
    export = get_object_or_404(workspace.exports.select_related("snapshot", "created_by"), pk=export_id)
    if not request.headers.get("HX-Request"):
        return redirect("snapshot_detail", workspace.slug, export.snapshot.number)
    return render(request, "snapshots/_export_row.html", with_role(request, export=export))


@require_POST
@workspace_view("analyst")
def export_cancel(request: WorkspaceRequest, workspace: Workspace, export_id: int) -> HttpResponse:
    export = get_object_or_404(workspace.exports.select_related("snapshot"), pk=export_id)
    cancel_work(row=export)
    return redirect("snapshot_detail", workspace.slug, export.snapshot.number)


@require_safe
@workspace_view()
def export_download(request: WorkspaceRequest, workspace: Workspace, export_id: int) -> HttpResponseBase:
    export = get_object_or_404(workspace.exports.select_related("snapshot"), pk=export_id, state=Work.State.DONE)
    folder = exports_folder().resolve()
    path = (folder / export.path).resolve()
    if not path.is_relative_to(folder) or not shared_files().fetch(path).is_file():
        raise Http404
    name = f"{workspace.slug}-snapshot-{export.snapshot.number}-{export.format}{''.join(path.suffixes)}"
    return download(request, path, name=name, sha256=export.sha256)

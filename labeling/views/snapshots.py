"""Frozen states: the list, one of them, and the difference of two."""

from __future__ import annotations

from itertools import islice

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from labeling.forms import EXPORT_HINTS, SnapshotForm
from labeling.models import Export, Snapshot, Workspace
from labeling.services.snapshots import freeze_snapshot, snapshot_difference
from labeling.views.access import WorkspaceRequest, with_role, workspace_view
from labeling.views.keyset import keyset_page

CHANGES_SHOWN = 200
EXPORTS_SHOWN = 20
SNAPSHOTS_TO_CHOOSE = 50


@require_GET
@workspace_view()
def snapshot_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    page = keyset_page(request, workspace.snapshots.select_related("parent", "created_by"), ["-number"])
    has_picks = workspace.picks.active().exists()
    return render(request, "snapshots/list.html", with_role(request, page=page, form=SnapshotForm(), has_picks=has_picks))


@require_POST
@workspace_view("analyst")
def snapshot_freeze(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = SnapshotForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    newest_before = workspace.snapshots.values_list("pk", flat=True).first()
    snapshot = freeze_snapshot(workspace=workspace, by=request.user, note=note)
    if snapshot.pk == newest_before:
        messages.info(request, f"Nothing has changed since {snapshot}; that one is it.")
    else:
        messages.success(request, f"{snapshot} holds {snapshot.n_picks} picks and will not change any more.")
    return redirect("snapshot_detail", workspace.slug, snapshot.number)


@require_GET
@workspace_view()
def snapshot_detail(request: WorkspaceRequest, workspace: Workspace, number: int) -> HttpResponse:
    snapshot = get_object_or_404(workspace.snapshots.select_related("parent", "created_by"), number=number)
    context = with_role(
        request,
        snapshot=snapshot,
        others=workspace.snapshots.exclude(pk=snapshot.pk).order_by("-number")[:SNAPSHOTS_TO_CHOOSE],
        exports=snapshot.exports.select_related("created_by").order_by("-id")[:EXPORTS_SHOWN],
        flag_sets=snapshot.flag_sets.order_by("-id")[:20],
        formats=[(form.value, form.label, EXPORT_HINTS[form]) for form in Export.Format],
    )
    return render(request, "snapshots/detail.html", context)


@require_GET
@workspace_view()
def snapshot_compare(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """`?a=` and `?b=` are numbers of snapshots; the smaller is the older."""
    chosen = sorted((_chosen(workspace, request.GET.get(name, "")) for name in ("a", "b")), key=lambda snapshot: snapshot.number)
    difference = snapshot_difference(older=chosen[0], newer=chosen[1], viewer=request.user)
    changes = list(islice(difference.changes(), CHANGES_SHOWN))
    total = difference.n_changed + difference.n_added + difference.n_gone
    return render(request, "snapshots/compare.html", with_role(request, difference=difference, changes=changes, total=total))


def _chosen(workspace: Workspace, number: str) -> Snapshot:
    if not number.isdecimal() or len(number) > 9:
        raise Http404
    return get_object_or_404(workspace.snapshots, number=int(number))

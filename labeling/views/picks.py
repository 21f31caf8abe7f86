"""The list of picks and the history of one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from labeling.forms import PickFilterForm
from labeling.models import Flag, Pick, Workspace
from labeling.services.pick_selection import flags_of, is_flagged, select_picks
from labeling.services.pick_story import tell_story
from labeling.services.veil import Veil, unseen_picks, veils_of
from labeling.views.access import WorkspaceRequest, with_role, workspace_view
from labeling.views.keyset import keyset_page


@require_GET
@workspace_view()
def pick_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = PickFilterForm(request.GET.dict(), workspace=workspace)
    wanted = form.cleaned_data if form.is_valid() else {}
    picks = select_picks(workspace=workspace, wanted=wanted, viewer=request.user).select_related("event")
    page = keyset_page(request, picks, ["time", "id"])
    flags = flags_of(page.rows, workspace)
    veils = veils_of(flags.values())
    context = with_role(
        request,
        form=form,
        page=page,
        rows=[_row(pick, flags.get(pick.pk), workspace, veils) for pick in page.rows],
        is_narrowed=any(wanted.values()),
        has_picks=bool(page.rows) or workspace.picks.active().exists(),
    )
    return render(request, "picks/list.html", context)


def _row(pick: Pick, flag: Flag | None, workspace: Workspace, veils: dict[int, Veil]) -> tuple[Pick, Flag | None, bool, bool]:
    """With whether the pick is flagged, and whether its proposal is hidden."""
    if flag is None:
        return pick, None, False, False
    return pick, flag, is_flagged(flag, workspace.flag_threshold), flag.pk in veils


@require_GET
@workspace_view()
def pick_detail(request: WorkspaceRequest, workspace: Workspace, pick_id: int) -> HttpResponse:
    unseen = unseen_picks(workspace, request.user)
    pick = get_object_or_404(workspace.picks.exclude(pk__in=unseen).select_related("catalog", "event", "trace"), pk=pick_id)
    flag = flags_of([pick], workspace).get(pick.pk)
    story = tell_story(pick, threshold=workspace.flag_threshold, viewer=request.user)
    others = (
        workspace.picks.standing().filter(event=pick.event).exclude(pk__in=[pick.pk, *unseen]).order_by("time", "id")[:40]
        if pick.event_id
        else []
    )
    return render(request, "picks/detail.html", with_role(request, pick=pick, flag=flag, story=story, others=others))

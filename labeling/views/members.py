"""Who is in a workspace; admins change it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from labeling.forms import MemberForm, RoleForm
from labeling.models import Membership, Workspace
from labeling.services.refusals import Refused
from labeling.services.workspaces import add_member, change_role, remove_member
from labeling.views.access import WorkspaceRequest, with_role, workspace_view
from labeling.views.keyset import keyset_page


@require_GET
@workspace_view()
def member_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    return _page(request, workspace, MemberForm())


def _page(request: WorkspaceRequest, workspace: Workspace, form: MemberForm, *, status: int = 200) -> HttpResponse:
    page = keyset_page(request, workspace.memberships.select_related("user"), ["id"])
    context = with_role(request, page=page, form=form, roles=Membership.Role.choices)
    return render(request, "members/list.html", context, status=status)


@sensitive_post_parameters("password")
@require_POST
@workspace_view("admin")
def member_add(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = MemberForm(request.POST)
    if form.is_valid():
        try:
            membership = add_member(workspace=workspace, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("password" if "password" in refusal.fields else None, str(refusal))
        else:
            messages.success(request, f"{membership.user} is now {_with_article(membership.role)} of {workspace}.")
            return redirect("member_list", workspace.slug)
    return _page(request, workspace, form, status=400)


@require_POST
@workspace_view("admin")
def member_change(request: WorkspaceRequest, workspace: Workspace, membership_id: int) -> HttpResponse:
    membership = get_object_or_404(workspace.memberships.select_related("user", "workspace"), pk=membership_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        change_role(membership=membership, role=form.cleaned_data["role"], by=request.user)
        messages.success(request, f"{membership.user} is now {_with_article(membership.role)}.")
    return redirect("member_list", workspace.slug)


@require_POST
@workspace_view("admin")
def member_remove(request: WorkspaceRequest, workspace: Workspace, membership_id: int) -> HttpResponse:
    membership = get_object_or_404(workspace.memberships.select_related("user", "workspace"), pk=membership_id)
    remove_member(membership=membership, by=request.user)
    messages.success(request, f"{membership.user} is no longer in {workspace}. Their decisions stay.")
    if membership.user_id == request.user.pk:
        return redirect("workspace_list")
    return redirect("member_list", workspace.slug)


def _with_article(role: str) -> str:
    return f"a {role}" if role == Membership.Role.VIEWER else f"an {role}"

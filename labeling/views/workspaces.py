"""The workspaces of a person, and making a new one."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from labeling.forms import WorkspaceForm
from labeling.models import FlagSet, Membership, Workspace
from labeling.services.refusals import Refused
from labeling.services.workspaces import create_workspace
from labeling.views.keyset import keyset_page


@require_GET
def workspace_list(request: HttpRequest) -> HttpResponse:
    page = keyset_page(request, _with_facts(Workspace.objects.of(request.user), request), ["name", "id"])
    return render(request, "workspaces/list.html", {"page": page})


def _with_facts(workspaces: QuerySet[Workspace], request: HttpRequest) -> QuerySet[Workspace]:
    role = Membership.objects.filter(workspace=OuterRef("pk"), user=request.user.pk).values("role")
    run = FlagSet.objects.filter(workspace=OuterRef("pk"), is_current=True).values("run_name")
    members = Membership.objects.filter(workspace=OuterRef("pk")).order_by().values("workspace").annotate(n=Count("pk")).values("n")
    return workspaces.annotate(my_role=Subquery(role[:1]), run_name=Subquery(run[:1]), n_members=Subquery(members))


@require_http_methods(["GET", "POST"])
def workspace_create(request: HttpRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workspace = create_workspace(name=form.cleaned_data["name"], by=request.user)  # type: ignore[arg-type]  # login is required
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{workspace} is there. Upload a catalog and its waveforms next.")
            return redirect("overview", workspace.slug)
    return render(request, "workspaces/create.html", {"form": form})

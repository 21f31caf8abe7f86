"""The workspace's own velocity models; admins bring them in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from labeling.forms import EarthModelForm
from labeling.models import Workspace
from labeling.seismo.velocity_model import MOST_BYTES
from labeling.services.earth_models import add_earth_model
from labeling.services.refusals import Refused
from labeling.views.access import WorkspaceRequest, with_role, workspace_view


@require_GET
@workspace_view()
def earth_model_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    return _page(request, workspace, EarthModelForm())


def _page(request: WorkspaceRequest, workspace: Workspace, form: EarthModelForm, *, status: int = 200) -> HttpResponse:
    models = workspace.earth_models.defer("source").select_related("created_by")
    return render(request, "earth_models/list.html", with_role(request, models=models, form=form), status=status)


@require_POST
@workspace_view("admin")
def earth_model_add(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = EarthModelForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            model = add_earth_model(
                workspace=workspace, name=form.cleaned_data["name"], file_name=file.name, content=file.read(MOST_BYTES + 1), by=request.user
            )
        except Refused as refusal:
            form.add_error(next((name for name in refusal.fields if name in form.fields), None), str(refusal))
        else:
            below = "" if model.completed_from_km is None else f" Below {model.completed_from_km:g} km it goes on as ak135."
            messages.success(request, f"{model} is ready; H on the review screen goes through the models.{below}")
            return redirect("earth_model_list", workspace.slug)
    return _page(request, workspace, form, status=400)


@require_POST
@workspace_view("admin")
def earth_model_remove(request: WorkspaceRequest, workspace: Workspace, model_id: int) -> HttpResponse:
    model = get_object_or_404(workspace.earth_models, pk=model_id)
    model.delete()
    messages.success(request, f"{model} is removed.")
    return redirect("earth_model_list", workspace.slug)

"""Withdrawing a catalog and bringing it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from labeling.models import Workspace
from labeling.services.catalogs import restore_catalog, withdraw_catalog
from labeling.views.access import WorkspaceRequest, came_from, workspace_view


@require_POST
@workspace_view("admin")
def catalog_withdraw(request: WorkspaceRequest, workspace: Workspace, catalog_id: int) -> HttpResponse:
    catalog = withdraw_catalog(catalog=get_object_or_404(workspace.catalogs, pk=catalog_id), by=request.user)
    messages.success(request, f"{catalog} is withdrawn. Its picks are hidden; you can restore it at any time.")
    return redirect(came_from(request) or reverse("import_list", args=[workspace.slug]))


@require_POST
@workspace_view("admin")
def catalog_restore(request: WorkspaceRequest, workspace: Workspace, catalog_id: int) -> HttpResponse:
    catalog = restore_catalog(catalog=get_object_or_404(workspace.catalogs, pk=catalog_id), by=request.user)
    messages.success(request, f"{catalog} is back.")
    return redirect(came_from(request) or reverse("import_list", args=[workspace.slug]))

"""The page on which somebody says what the columns of an unknown table are."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from labeling.forms import MappingForm, delimiter_named
from labeling.models import Import, Work, Workspace
from labeling.seismo.formats.table_mapping import TableMapping
from labeling.services.refusals import Refused
from labeling.services.table_mappings import (
    Table,
    checked_mapping,
    confirm_mapping,
    first_rows,
    leave_out_table,
    suggestion_for,
    table_of,
)
from labeling.views.access import WorkspaceRequest, with_role, workspace_view

MOST_SKIPPED = 1000


@require_GET
@workspace_view()
def import_table(request: WorkspaceRequest, workspace: Workspace, import_id: int, key: str) -> HttpResponse:
    source_import, table = _table(workspace, import_id, key)
    suggestion = suggestion_for(source_import, table)
    form = MappingForm(None, names=first_rows(table, suggestion.mapping).names, mapping=suggestion.mapping)
    return _page(request, source_import, table, form, suggestion.mapping)


@require_POST
@workspace_view("analyst")
def import_table_say(request: WorkspaceRequest, workspace: Workspace, import_id: int, key: str) -> HttpResponseBase:
    """`leave_out`, `confirm`, or else shows how the rows would be read with what was chosen."""
    source_import, table = _table(workspace, import_id, key)
    if "leave_out" in request.POST:
        leave_out_table(source_import=source_import, key=key, by=request.user)
        messages.success(request, f"{table.name} will be left out; the report will say so.")
        return redirect("import_detail", workspace.slug, source_import.pk)
    layout = _layout_of(request)
    form = MappingForm(request.POST, names=first_rows(table, layout).names, mapping=layout)
    if not form.is_valid():
        return _page(request, source_import, table, form, layout)
    try:
        mapping = checked_mapping(form.settings())
        if "confirm" in request.POST:
            confirm_mapping(source_import=source_import, key=key, mapping=mapping, by=request.user)
            messages.success(request, f"{table.name} will be read as confirmed.")
            return redirect("import_detail", workspace.slug, source_import.pk)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        mapping = layout
    return _page(request, source_import, table, form, mapping)


def _table(workspace: Workspace, import_id: int, key: str) -> tuple[Import, Table]:
    source_import = get_object_or_404(workspace.imports, pk=import_id)
    table = table_of(source_import, key)
    if table is None:
        raise Http404
    return source_import, table


def _layout_of(request: WorkspaceRequest) -> TableMapping:
    """What is said of how lines are cut, which decides what columns there are to choose from."""
    skip = request.POST.get("skip_lines", "")
    skip_lines = min(int(skip), MOST_SKIPPED) if skip.isascii() and skip.isdigit() and len(skip) < 5 else 0
    mapping = TableMapping(delimiter=delimiter_named(request.POST.get("delimiter", "")), header="header" in request.POST)
    return replace(mapping, skip_lines=skip_lines)


def _page(request: WorkspaceRequest, source_import: Import, table: Table, form: MappingForm, mapping: TableMapping) -> HttpResponse:
    suggestion = suggestion_for(source_import, table)
    context = with_role(
        request,
        source_import=source_import,
        table=table,
        form=form,
        suggestion=suggestion,
        missing=[] if form.errors else mapping.missing(),
        first=first_rows(table, mapping),
        is_open=source_import.state == Work.State.RECEIVING,
    )
    return render(request, "imports/table.html", context)

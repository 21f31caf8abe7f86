"""Uploads: opening one, receiving its files, starting it, and the report."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.forms import ArchiveForm, FdsnForm, ReportFilterForm
from labeling.jobs.fdsn_windows import fdsn_services
from labeling.models import Import, ImportPreview, ImportProblem, Workspace
from labeling.request_body import WholeBody
from labeling.request_chunk import chunk_of, received_json, whole_number
from labeling.services.archives import use_archive, use_fdsn
from labeling.services.import_previews import begin_preview
from labeling.services.table_mappings import tables_of
from labeling.services.upload_chunks import add_chunk, cancel_import, leave_out, received_so_far
from labeling.services.uploads import add_file, begin_import, start_import
from labeling.services.work import cancel_work
from labeling.views.access import WorkspaceRequest, wants_json, with_role, workspace_view
from labeling.views.fragments import polled_fragment
from labeling.views.keyset import keyset_page

FILES_SHOWN = 100
REPORT_COLUMNS = ("severity", "code", "place", "message")


@require_GET
@workspace_view()
def import_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    page = keyset_page(request, workspace.imports.select_related("catalog", "created_by"), ["-id"])
    elsewhere = {
        "archives": list(settings.ARCHIVES),
        "archive_form": ArchiveForm(),
        "services": sorted(fdsn_services()),
        "fdsn_form": FdsnForm(),
    }
    return render(request, "imports/list.html", with_role(request, page=page, chunk_bytes=settings.UPLOAD_CHUNK_BYTES, **elsewhere))


@require_POST
@workspace_view("analyst")
def import_new(request: WorkspaceRequest, workspace: Workspace) -> HttpResponseBase:
    """Opens an import. Scripts get the addresses for its files, people its page."""
    source_import = begin_import(workspace=workspace, name=request.POST.get("name", ""), by=request.user)
    address = [workspace.slug, source_import.pk]
    if wants_json(request):
        urls = {name: reverse(f"import_{name}", args=address) for name in ("file", "chunk", "start", "detail")}
        urls["preview"] = reverse("import_preview_begin", args=address)
        return JsonResponse({"id": source_import.pk, "name": source_import.name, "urls": urls}, status=201)
    return redirect("import_detail", *address)


@require_POST
@workspace_view("analyst")
def import_file(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponseBase:
    """One file: the raw body, its relative path percent-encoded in X-File-Name."""
    source_import = get_object_or_404(workspace.imports, pk=import_id)
    file = add_file(source_import=source_import, name=unquote(request.headers.get("X-File-Name", "")), chunks=WholeBody(request).chunks())
    return JsonResponse({"name": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256}, status=201)


@require_http_methods(["GET", "POST"])
@workspace_view("analyst")
def import_chunk(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponseBase:
    """A large file in chunks. GET with `name` and `size_bytes`: how much is here; POST: a chunk as the body, headers as in `chunk_of`."""
    source_import = get_object_or_404(workspace.imports, pk=import_id)
    if request.method == "GET":
        size_bytes = whole_number("size_bytes", request.GET.get("size_bytes", ""))
        received = received_so_far(source_import=source_import, name=request.GET.get("name", ""), size_bytes=size_bytes)
    else:
        received = add_chunk(source_import=source_import, chunk=chunk_of(request))
    return JsonResponse(received_json(received), status=201 if received.file and request.method == "POST" else 200)


@require_POST
@workspace_view("analyst")
def import_leave_out(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponseBase:
    """Forgets what has come of a file that is not whole."""
    leave_out(source_import=get_object_or_404(workspace.imports, pk=import_id), name=request.POST.get("name", ""))
    return redirect("import_detail", workspace.slug, import_id)


@require_POST
@workspace_view("admin")
def import_archive(request: WorkspaceRequest, workspace: Workspace) -> HttpResponseBase:
    """Looks for the waveforms of picks that have none in an archive on the server."""
    return _look_for_waveforms(request, workspace, ArchiveForm(request.POST), "folder", use_archive)


@require_POST
@workspace_view("analyst")
def import_fdsn(request: WorkspaceRequest, workspace: Workspace) -> HttpResponseBase:
    """Fetches the waveforms of picks that have none from an FDSN web service."""
    return _look_for_waveforms(request, workspace, FdsnForm(request.POST), "service", use_fdsn)


def _look_for_waveforms(
    request: WorkspaceRequest, workspace: Workspace, form: Form, where: str, use: Callable[..., Import]
) -> HttpResponseBase:
    """Starts an import without files. where: the form's field that names the source."""
    if not form.is_valid():
        messages.error(request, " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()))
        return redirect("import_list", workspace.slug)
    with transaction.atomic():
        source_import = begin_import(workspace=workspace, name=f"Waveforms of {form.cleaned_data[where]}", by=request.user)
        use(source_import=source_import, **form.cleaned_data)
        start_import(source_import=source_import)
    return redirect("import_detail", workspace.slug, source_import.pk)


@require_POST
@workspace_view("analyst")
def import_start(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponseBase:
    source_import = start_import(source_import=get_object_or_404(workspace.imports, pk=import_id))
    if wants_json(request):
        return JsonResponse({"id": source_import.pk, "state": source_import.state})
    return redirect("import_detail", workspace.slug, source_import.pk)


@require_GET
@workspace_view()
def import_preview(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponse:
    """The newest preview as part of the page, asked for while it is being made."""
    source_import = get_object_or_404(workspace.imports, pk=import_id)
    preview = get_object_or_404(ImportPreview, pk=_newest_preview_id(source_import))
    totals = {"n": source_import.files.count()}
    context = with_role(request, source_import=source_import, preview=preview, totals=totals)
    return polled_fragment(request, "imports/_preview.html", context, row=preview)


@require_POST
@workspace_view("analyst")
def import_preview_begin(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponseBase:
    preview = begin_preview(source_import=get_object_or_404(workspace.imports, pk=import_id), by=request.user)
    if wants_json(request):
        return JsonResponse({"id": preview.pk, "state": preview.state})
    return redirect("import_detail", workspace.slug, import_id)


@require_POST
@workspace_view("analyst")
def import_preview_cancel(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponseBase:
    source_import = get_object_or_404(workspace.imports, pk=import_id)
    cancel_work(row=get_object_or_404(ImportPreview, pk=_newest_preview_id(source_import)))
    return redirect("import_detail", workspace.slug, import_id)


def _newest_preview_id(source_import: Import) -> int | None:
    return source_import.previews.values_list("pk", flat=True).first()


@require_POST
@workspace_view("analyst")
def import_cancel(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponseBase:
    source_import = get_object_or_404(workspace.imports, pk=import_id)
    cancel_import(source_import=source_import)
    messages.success(request, f"{source_import} is being cancelled.")
    return redirect("import_detail", workspace.slug, source_import.pk)


@require_GET
@workspace_view()
def import_detail(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponse:
    source_import = get_object_or_404(workspace.imports.select_related("catalog", "catalog__withdrawn_by", "created_by"), pk=import_id)
    context = with_role(request, source_import=source_import)
    if request.headers.get("HX-Request"):
        return polled_fragment(request, "imports/_progress.html", context, row=source_import)
    codes = list(source_import.problems.values("severity", "code").annotate(n=Count("pk")).order_by("-n"))
    codes.sort(key=lambda row: ImportProblem.Severity.values.index(row["severity"]))
    form = ReportFilterForm(request.GET.dict(), codes=sorted({row["code"] for row in codes}))
    context |= {
        "chunk_bytes": settings.UPLOAD_CHUNK_BYTES,
        "codes": codes,
        "form": form,
        "page": keyset_page(request, _problems(source_import, form), ["id"]),
        "files": source_import.files.order_by("name")[:FILES_SHOWN],
        "totals": source_import.files.aggregate(n=Count("pk"), size_bytes=Sum("size_bytes")),
        "partial_files": source_import.partial_files.all()[:FILES_SHOWN],
        "report_query": request.GET.urlencode(),
        "tables": tables_of(source_import),
        "preview": source_import.previews.first() if source_import.state == Import.State.RECEIVING else None,
    }
    return render(request, "imports/detail.html", context)


def _problems(source_import: Import, form: ReportFilterForm) -> QuerySet[ImportProblem]:
    wanted = form.cleaned_data if form.is_valid() else {}
    problems = source_import.problems.filter(**{name: wanted[name] for name in ("severity", "code") if wanted.get(name)})
    return problems.of_file(wanted["file"].rstrip("/")) if wanted.get("file") else problems


@require_GET
@workspace_view()
def import_report(request: WorkspaceRequest, workspace: Workspace, import_id: int) -> HttpResponseBase:
    """The report as CSV, narrowed as on the page."""
    source_import = get_object_or_404(workspace.imports, pk=import_id)
    codes = source_import.problems.order_by("code").values_list("code", flat=True).distinct()
    problems = _problems(source_import, ReportFilterForm(request.GET.dict(), codes=list(codes)))
    rows = problems.order_by("id").values_list(*REPORT_COLUMNS).iterator(chunk_size=2000)
    name = f"import-{source_import.pk}-report.csv"
    return StreamingHttpResponse(
        _csv_lines(rows), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


class _Line:
    """What csv.writer writes to: `write` hands the line back."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(REPORT_COLUMNS)
    for row in rows:
        yield writer.writerow([_harmless(cell) for cell in row])


def _harmless(cell: str) -> str:
    """A spreadsheet would run a cell from an uploaded file that begins like a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell

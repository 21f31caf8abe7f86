"""Pages of runs: the list, one run with its live curves, two side by side, and the retraining schedule."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from labeling.models import FlagSet, Work, Workspace
from labeling.services.review_queue import flags_under_review
from labeling.services.veil import blind_picks
from labeling.views.access import WorkspaceRequest, with_role, workspace_view
from labeling.views.fragments import polled_fragment
from labeling.views.keyset import keyset_page
from training.forms import RunForm, ScheduleForm
from training.lancor.config import is_trial
from training.models import Checkpoint, EpochMetric, RetrainSchedule, Run
from training.services.comparison import calibration_rows, compare_runs
from training.services.gain import LEAST_FOR_CURVE, LEAST_FOR_RELIABILITY, gain_of
from training.services.runs import cancel_run, promote_run, start_run
from training.services.schedules import decisions_since_last_run, next_run_at, set_schedule
from training.services.shown_summary import shown_calibration, withheld_of

RUNS_TO_CHOOSE = 50
CHECKPOINTS_SHOWN = 200
SETTINGS_FIRST = ("network", "objective", "start_from", "n_folds", "n_networks", "epochs")


@require_GET
@workspace_view()
def run_list(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    return _list_page(request, workspace, RunForm())


def _list_page(request: WorkspaceRequest, workspace: Workspace, form: RunForm, *, status: int = 200) -> HttpResponse:
    schedule = RetrainSchedule.objects.filter(workspace=workspace).select_related("last_run").first() or RetrainSchedule(
        workspace=workspace
    )
    runs = _with_flag_set(workspace.runs.select_related("snapshot", "created_by").defer("summary"))
    context = with_role(
        request,
        page=keyset_page(request, runs, ["-id"]),
        form=form,
        under_way=workspace.runs.exclude(state__in=Work.FINISHED).first(),
        has_picks=workspace.picks.standing().exists(),
        schedule=schedule,
        schedule_form=ScheduleForm(initial={"mode": schedule.mode, "hour_utc": schedule.hour_utc, "n_decisions": schedule.n_decisions}),
        next_run_at=next_run_at(schedule),
        decisions_since=decisions_since_last_run(workspace),
        choices=workspace.runs.filter(state=Work.State.DONE).only("id", "number").order_by("-id")[:RUNS_TO_CHOOSE],
    )
    return render(request, "runs/list.html", context, status=status)


def _with_flag_set(runs: QuerySet[Run]) -> QuerySet[Run]:
    flag_sets = FlagSet.objects.filter(run_id=OuterRef("pk"))
    return runs.annotate(is_current=Subquery(flag_sets.values("is_current")[:1]))


@require_POST
@workspace_view("analyst")
def run_start(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = RunForm(request.POST)
    if not form.is_valid():
        return _list_page(request, workspace, form, status=400)
    run = start_run(
        workspace=workspace,
        by=request.user,
        settings=form.settings(),
        seed=form.cleaned_data["seed"],
        review_when_done=form.review_when_done(),
    )
    messages.success(request, f"{run} is queued on {run.snapshot}.")
    return redirect("run_detail", workspace.slug, run.pk)


@require_GET
@workspace_view()
def run_detail(request: WorkspaceRequest, workspace: Workspace, run_id: int) -> HttpResponse:
    run = get_object_or_404(_with_flag_set(workspace.runs.select_related("snapshot", "created_by")), pk=run_id)
    folds = list(run.folds.order_by("fold"))
    context = with_role(request, run=run, folds=folds)
    if request.headers.get("HX-Request"):
        return polled_fragment(request, "runs/_progress.html", context, row=run)
    flag_set = FlagSet.objects.filter(run_id=run.pk).first()
    withheld = withheld_of(run)
    calibration = shown_calibration(flag_set.calibration if flag_set else run.summary.get("calibration", {}), withheld)
    context |= _counts_of_flags(flag_set, workspace) if flag_set else {"n_flagged": 0, "n_open": 0}
    context |= {
        "flag_set": flag_set,
        "leaves_out_blind": bool(withheld),
        "statements": flag_set.statements if flag_set else run.summary.get("statements", []),
        "calibration": calibration_rows(calibration),
        "found_by_shift": calibration.get("found_by_shift") or {},
        "found_when_left_out": calibration.get("found_when_left_out") or {},
        "gain": gain_of(run=run, flag_set=flag_set, threshold=workspace.flag_threshold) if flag_set and run.is_finished else None,
        "is_trial": is_trial(run.configuration),
        "least_for_curve": LEAST_FOR_CURVE,
        "least_for_reliability": LEAST_FOR_RELIABILITY,
        "configuration": [(name, run.configuration[name]) for name in SETTINGS_FIRST if name in run.configuration],
        "more_configuration": sorted(item for item in run.configuration.items() if item[0] not in SETTINGS_FIRST),
        "checkpoints": Checkpoint.objects.filter(fold__run=run)
        .select_related("fold")
        .order_by("fold__fold", "network_index")[:CHECKPOINTS_SHOWN],
        "others": workspace.runs.filter(state=Work.State.DONE).exclude(pk=run.pk).only("id", "number").order_by("-id")[:RUNS_TO_CHOOSE],
        "has_curves": EpochMetric.objects.filter(fold__run=run).exists() or not run.is_finished,
    }
    return render(request, "runs/detail.html", context)


@require_GET
@workspace_view()
def run_curves(request: WorkspaceRequest, workspace: Workspace, run_id: int) -> HttpResponseBase:
    """Curves of all folds as JSON: by fold and network, the epochs and each loss and validation figure beside them."""
    run = get_object_or_404(workspace.runs.only("id", "state"), pk=run_id)
    metrics = EpochMetric.objects.filter(fold__run=run).order_by("fold__fold", "network_index", "epoch")
    curves: dict[tuple[int, int], dict[str, Any]] = {}
    columns = ("fold__fold", "network_index", "epoch", "losses", "validation", "seconds")
    for fold, network_index, epoch, losses, validation, seconds in metrics.values_list(*columns):
        curve = curves.setdefault((fold, network_index), {"fold": fold, "network": network_index, "epochs": []})
        curve["epochs"].append({"epoch": epoch, "losses": losses, "validation": validation, "seconds": seconds})
    return JsonResponse({"state": run.state, "is_finished": run.is_finished, "curves": list(curves.values())})


@require_POST
@workspace_view("analyst")
def run_cancel(request: WorkspaceRequest, workspace: Workspace, run_id: int) -> HttpResponse:
    run = cancel_run(run=get_object_or_404(workspace.runs, pk=run_id))
    messages.success(request, f"{run} is being cancelled.")
    return redirect("run_detail", workspace.slug, run.pk)


@require_POST
@workspace_view("admin")
def run_promote(request: WorkspaceRequest, workspace: Workspace, run_id: int) -> HttpResponse:
    run = get_object_or_404(workspace.runs, pk=run_id)
    promote_run(run=run)
    messages.success(request, f"The review queue now shows the flags of {run}.")
    return redirect("run_detail", workspace.slug, run.pk)


@require_GET
@workspace_view()
def run_compare(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    a, b = (_chosen(workspace, request.GET.get(name, "")) for name in ("a", "b"))
    comparison = compare_runs(a=a, b=b, threshold=workspace.flag_threshold)
    choices = workspace.runs.filter(state=Work.State.DONE).only("id", "number").order_by("-id")[:RUNS_TO_CHOOSE]
    return render(request, "runs/compare.html", with_role(request, comparison=comparison, choices=choices))


def _chosen(workspace: Workspace, run_id: str) -> Run:
    if not run_id.isdecimal() or len(run_id) > 18:
        raise Http404
    return get_object_or_404(workspace.runs.select_related("snapshot"), pk=int(run_id))


@require_POST
@workspace_view("admin")
def schedule_save(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        for name, problems in form.errors.items():
            messages.error(request, f"{form.fields[name].label or name}: {' '.join(str(problem) for problem in problems)}")
        return redirect("run_list", workspace.slug)
    schedule = set_schedule(workspace=workspace, by=request.user, **form.cleaned_data)
    messages.success(request, f"Retraining: {schedule.get_mode_display().lower()}.")
    return redirect("run_list", workspace.slug)


def _counts_of_flags(flag_set: FlagSet, workspace: Workspace) -> dict[str, int]:
    """As the overview counts them: without the undecided ones of the blind slice, and without withdrawn picks."""
    flags = flags_under_review(workspace, str(flag_set.run_id)).order_by().above(workspace.flag_threshold)
    n_blind = flags.filter(pick__in=blind_picks(workspace)).count()
    n_open_blind = flags.open().filter(pick__in=blind_picks(workspace)).count()
    return {"n_flagged": flags.count() - n_blind, "n_open": flags.open().count() - n_open_blind}

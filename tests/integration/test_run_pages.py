"""Starting, watching, promoting and comparing runs, and the retraining schedule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labeling.models import FlagSet, Workspace
from labeling.services.snapshots import freeze_snapshot
from tests import factories
from training.lancor.config import TrainingConfig
from training.models import Checkpoint, EpochMetric, FoldResult, RetrainSchedule, Run

SETTINGS = {"network": "phasenet", "objective": "lancor", "n_folds": "3", "epochs": "5", "n_networks": "1", "seed": "7"}


def make_run(workspace: Workspace, number: int = 1, state: str = "done", **values: Any) -> Run:
    settings = values.pop("settings", {})
    snapshot = workspace.snapshots.first() or factories.make_snapshot(workspace)
    configuration = TrainingConfig.from_dict(settings).to_dict()
    return Run.objects.create(
        workspace=workspace, number=number, state=state, snapshot=snapshot, configuration=configuration, code_version="1", **values
    )


def flagged_by(run: Run, *picks: Any, p: float = 0.9, is_current: bool = False) -> FlagSet:
    flag_set = factories.make_flag_set(run.workspace, run_id=run.pk, run_name=str(run), snapshot=run.snapshot, is_current=is_current)
    for pick in picks:
        factories.make_flag(pick, flag_set=flag_set, p_mislabelled=p)
    return flag_set


def calibration(found: float) -> dict[str, Any]:
    row = {"threshold": 0.5, "n_flagged": 31, "n_errors_expected": 24.2, "planted_found": found, "planted_found_by_kind": {"timing": found}}
    return {"rows": [row], "error_rate": 0.07, "n_errors_expected": 30.0, "threshold": 0.5, "found_by_shift": {"0.2–0.5 s": 0.8}}


def test_a_run_starts_with_the_options_chosen(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    page = analyst_client.post(reverse("run_start", args=[workspace.slug]), SETTINGS, follow=True).content.decode()
    run = Run.objects.get()
    assert (run.seed, run.configuration["n_folds"], run.configuration["objective"]) == (7, 3, "lancor")
    assert "Run 1 is queued on Snapshot 1" in page


def test_the_form_asks_whether_flags_go_under_review(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    for answer, goes in (("", False), ("yes", True), ("no", False)):  # 5 epochs are a trial
        analyst_client.post(reverse("run_start", args=[workspace.slug]), {**SETTINGS, "review": answer})
        assert Run.objects.get(state="queued").review_when_done is goes
        Run.objects.update(state="done")


def test_a_trial_that_is_not_under_review_says_so_on_its_page_and_in_the_empty_queue(workspace: Workspace, analyst_client: Client) -> None:
    pick = factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    run = make_run(workspace, settings={"epochs": 2}, review_when_done=False)
    flagged_by(run, pick)
    page = analyst_client.get(reverse("run_detail", args=[workspace.slug, run.pk])).content.decode()
    assert "This run was a trial of 2 epochs: its flags go under review" in page
    assert (
        "Run 1 has finished, but was not meant to go under review."
        in analyst_client.get(reverse("review", args=[workspace.slug])).content.decode()
    )


def test_one_run_at_a_time(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    make_run(workspace, state="running")
    assert "Run 1</a> is under way" in analyst_client.get(reverse("run_list", args=[workspace.slug])).content.decode()
    page = analyst_client.post(reverse("run_start", args=[workspace.slug]), SETTINGS, follow=True).content.decode()
    assert "has a run under way. Wait for it, or cancel it first." in page
    assert Run.objects.count() == 1


def test_while_the_first_run_trains_overview_and_review_lead_to_it_and_offer_no_other(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    run = make_run(workspace, state="waiting", progress=0.31, message="Training: 2 of 5 folds done")
    for name, words in (("overview", "is under way: 31 %, training: 2 of 5 folds done."), ("review", "Run 1 is looking at these picks")):
        page = analyst_client.get(reverse(name, args=[workspace.slug])).content.decode()
        assert words in page
        assert reverse("run_detail", args=[workspace.slug, run.pk]) in page
        assert "Start a run" not in page


def test_a_run_whose_folds_train_is_called_running(workspace: Workspace, analyst_client: Client) -> None:
    make_run(workspace, state="waiting", stage="train")
    assert ">running</span>" in analyst_client.get(reverse("run_list", args=[workspace.slug])).content.decode()


def test_one_fold_is_too_few_and_the_form_says_so(workspace: Workspace, analyst_client: Client) -> None:
    factories.make_pick(factories.make_trace(factories.make_catalog(workspace)))
    answer = analyst_client.post(reverse("run_start", args=[workspace.slug]), {**SETTINGS, "n_folds": "1"})
    assert answer.status_code == 400
    assert "greater than or equal to 2" in answer.content.decode()


def test_nothing_to_train_on_leads_to_the_upload(workspace: Workspace, analyst_client: Client) -> None:
    page = analyst_client.get(reverse("run_list", args=[workspace.slug])).content.decode()
    assert "Nothing to train on yet" in page
    assert reverse("import_list", args=[workspace.slug]) in page.split("Nothing to train on yet")[1]


def test_curves_come_as_json_by_fold_and_network(workspace: Workspace, analyst_client: Client) -> None:
    fold = FoldResult.objects.create(run=make_run(workspace, state="waiting"), fold=1)
    for epoch in (1, 2):
        EpochMetric.objects.create(fold=fold, epoch=epoch, losses={"picking": 1 / epoch}, validation={"mae_s": 0.2})
    answer = analyst_client.get(reverse("run_curves", args=[workspace.slug, fold.run_id])).json()
    assert not answer["is_finished"]
    (curve,) = answer["curves"]
    assert (curve["fold"], curve["network"]) == (1, 0)
    assert [epoch["losses"]["picking"] for epoch in curve["epochs"]] == [1.0, 0.5]


def test_the_run_page_is_watched_until_it_has_ended(workspace: Workspace, analyst_client: Client) -> None:
    run = make_run(workspace, state="waiting", stage="train")
    FoldResult.objects.create(run=run, fold=0, state="running", progress=0.62, message="epoch 31 of 80")
    url = reverse("run_detail", args=[workspace.slug, run.pk])
    fragment = analyst_client.get(url, headers={"HX-Request": "true"})
    assert "62 %" in fragment.content.decode()
    assert "epoch 31 of 80" in fragment.content.decode()
    Run.objects.update(state="done")
    assert analyst_client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_a_finished_run_shows_statements_calibration_and_checkpoints(workspace: Workspace, analyst_client: Client) -> None:
    run = make_run(workspace)
    FlagSet.objects.filter(pk=flagged_by(run).pk).update(calibration=calibration(0.91), statements=["BG.SQK: P labels are 0.18 s late."])
    Checkpoint.objects.create(fold=FoldResult.objects.create(run=run, fold=0), path="x", sha256="ab" * 32, size_bytes=10)
    page = analyst_client.get(reverse("run_detail", args=[workspace.slug, run.pk])).content.decode()
    for text in ("BG.SQK: P labels are 0.18 s late.", "91 %", "ab" * 32, "never on accepted proposals"):
        assert text in page


def test_a_run_is_cancelled_with_its_folds(workspace: Workspace, analyst_client: Client) -> None:
    run = make_run(workspace, state="waiting")
    fold = FoldResult.objects.create(run=run, fold=0, state="queued")
    analyst_client.post(reverse("run_cancel", args=[workspace.slug, run.pk]))
    run.refresh_from_db()
    fold.refresh_from_db()
    assert (run.state, fold.state) == ("cancelled", "cancelled")


def test_promoting_an_older_run_brings_its_flags_back_to_review(workspace: Workspace, workspace_admin_client: Client) -> None:
    older, newer = make_run(workspace), make_run(workspace, number=2)
    flagged_by(older)
    flagged_by(newer, is_current=True)
    page = workspace_admin_client.post(reverse("run_promote", args=[workspace.slug, older.pk]), follow=True).content.decode()
    assert "The review queue now shows the flags of Run 1" in page
    assert workspace.flag_sets.get(is_current=True).run_id == older.pk


def test_a_run_without_flags_is_not_promoted(workspace: Workspace, workspace_admin_client: Client) -> None:
    run = make_run(workspace)
    page = workspace_admin_client.post(reverse("run_promote", args=[workspace.slug, run.pk]), follow=True).content.decode()
    assert "Run 1 has no flags yet" in page


def test_two_runs_side_by_side_show_what_differs_in_settings_and_flags(workspace: Workspace, analyst_client: Client) -> None:
    trace = factories.make_trace(factories.make_catalog(workspace))
    both, only_a, only_b = (factories.make_pick(trace, offset_s=10 + n) for n in range(3))
    freeze_snapshot(workspace=workspace, by=None)
    a = make_run(workspace, settings={"objective": "plain"}, summary={"n_flagged": 2, "calibration": calibration(0.88)})
    b = make_run(workspace, number=2, summary={"n_flagged": 2, "calibration": calibration(0.94)})
    flagged_by(a, both, only_a)
    flagged_by(b, both, only_b)
    answer = analyst_client.get(reverse("run_compare", args=[workspace.slug]) + f"?a={a.pk}&b={b.pk}")
    comparison = answer.context["comparison"]
    assert [pair.name for pair in comparison.set_up] == ["objective"]
    assert (comparison.flags.n_both, comparison.flags.n_only_a, comparison.flags.n_only_b) == (1, 1, 1)
    assert [flag.pick for flag in comparison.flags.only_a] == [only_a]
    assert [flag.pick for flag in comparison.flags.only_b] == [only_b]
    page = answer.content.decode()
    assert "88 %" in page
    assert "94 %" in page
    assert "never on accepted proposals" in page


def test_runs_without_figures_are_compared_all_the_same(workspace: Workspace, analyst_client: Client) -> None:
    a, b = make_run(workspace), make_run(workspace, number=2)
    page = analyst_client.get(reverse("run_compare", args=[workspace.slug]) + f"?a={a.pk}&b={b.pk}").content.decode()
    assert "Nothing: same settings, seed and snapshot." in page
    assert "No flags to compare" in page


def test_an_admin_sets_when_to_retrain(workspace: Workspace, workspace_admin: User, workspace_admin_client: Client) -> None:
    wanted = {"mode": "nightly", "hour_utc": "2", "n_decisions": "200"}
    page = workspace_admin_client.post(reverse("schedule_save", args=[workspace.slug]), wanted, follow=True).content.decode()
    assert "nightly at 2:00 UTC" in page
    now = timezone.now()
    next_night = now.replace(hour=2, minute=0) + timedelta(days=now.hour >= 2)
    assert f"{next_night:%Y-%m-%d} 02:00 UTC" in page


def test_an_hour_that_is_none_is_refused_by_name(workspace: Workspace, workspace_admin_client: Client) -> None:
    wanted = {"mode": "nightly", "hour_utc": "24", "n_decisions": "200"}
    page = workspace_admin_client.post(reverse("schedule_save", args=[workspace.slug]), wanted, follow=True).content.decode()
    assert "Hour (UTC): Ensure this value is less than or equal to 23." in page
    assert not RetrainSchedule.objects.exists()

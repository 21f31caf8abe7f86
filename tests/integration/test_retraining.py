"""Runs after runs: which one is under review, and what a new one makes of what people decided."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from labeling.models import Decision, Flag, FlagSet, Pick
from labeling.services.refusals import Conflict
from labeling.services.review import decide
from tests import factories
from tests.integration.quick_runs import NoLease, finished_run, quick_run
from training.jobs.advance_run import advance_run
from training.jobs.prepare_run import prepare_run
from training.jobs.run_files import RunFolder
from training.models import Run
from training.services.runs import promote_run, start_run


def test_the_newest_run_is_the_one_under_review_until_an_older_is_promoted(imported):
    first, second = finished_run(imported), finished_run(imported, seed=1)
    assert FlagSet.objects.get(workspace=imported, is_current=True).run_id == second.pk
    promote_run(run=first)
    assert FlagSet.objects.get(workspace=imported, is_current=True).run_id == first.pk
    with pytest.raises(Conflict, match="under review already"):
        promote_run(run=first)


def test_a_trial_neither_takes_over_the_queue_nor_weighs_the_labels_of_the_next_run(imported):
    usual, trial = finished_run(imported), finished_run(imported, seed=1, review_when_done=None)
    assert FlagSet.objects.get(workspace=imported, is_current=True).run_id == usual.pk
    after = quick_run(imported, seed=2)
    advance_run(after.pk, send=False)
    after.refresh_from_db()
    assert (trial.review_when_done, after.summary["label_weights_from"]) == (False, "Run 1")


def test_a_first_trial_leaves_the_queue_empty_until_it_is_promoted(imported):
    trial = finished_run(imported, review_when_done=None)
    assert not FlagSet.objects.filter(workspace=imported, is_current=True).exists()
    promote_run(run=trial)
    assert FlagSet.objects.get(workspace=imported, is_current=True).run_id == trial.pk


@pytest.mark.parametrize(
    ("given", "asked", "goes"),
    [
        ({}, None, True),
        ({"epochs": 12}, None, False),
        ({"epochs": 13}, None, True),
        ({"epochs": 13, "start_from": "scratch"}, None, False),
        ({"epochs": 1}, True, True),
        ({}, False, False),
    ],
)
def test_a_run_goes_under_review_if_it_is_of_usual_length_or_asked_to(imported, given, asked, goes):
    run = start_run(workspace=imported, by=None, settings=given, review_when_done=asked, send=False)
    assert run.review_when_done is goes


def test_a_run_without_flags_cannot_be_promoted(imported):
    with pytest.raises(Conflict, match="no flags yet"):
        promote_run(run=quick_run(imported))


def test_retraining_trusts_decided_labels_wholly_and_doubted_ones_less(imported, analyst):
    first = finished_run(imported)
    assert _weights(first) == {1.0}
    flags = list(Flag.objects.filter(flag_set__run_id=first.pk))
    for flag in flags:
        flag.evidence["p_gross_error"] = 0.8
    Flag.objects.bulk_update(flags, ["evidence"])
    decided = flags[0].pick
    decide(pick=decided, kind="reject", analyst=analyst, client_id=uuid4())

    second = quick_run(imported)
    advance_run(second.pk, send=False)
    dataset, labels = RunFolder(second.pk).load()
    weight = dict(zip(labels.pick_id.tolist(), dataset.label_weight.tolist(), strict=True))
    assert weight.pop(decided.pk) == 1.0
    assert list(weight.values()) == pytest.approx([0.2] * len(weight))


@pytest.mark.parametrize("kind", ["skip", "add", "kept aside"])
def test_what_is_no_decision_about_a_label_does_not_make_it_believed(imported, analyst, kind: str):
    flag_set = factories.make_flag_set(imported)
    pick = Pick.objects.filter(workspace=imported, phase_hint="P").first()
    factories.make_flag(pick, flag_set=flag_set, kind=Flag.Kind.MISSED_ARRIVAL, evidence={"p_gross_error": 0.97})
    if kind == "kept aside":
        Decision.objects.create(workspace=imported, pick=pick, analyst=analyst, client_id=uuid4(), kind="reject", is_conflicting=True)
    else:
        added = {"time": pick.time + timedelta(seconds=5), "phase": "S"} if kind == "add" else {}
        decide(pick=pick, kind=kind, analyst=analyst, client_id=uuid4(), **added)
    run = quick_run(imported)
    prepare_run(run, NoLease())
    dataset, labels = RunFolder(run.pk).load()
    assert dataset.label_weight[labels.pick_id == pick.pk] == pytest.approx([0.03])


def _weights(run: Run) -> set[float]:
    dataset, _ = RunFolder(run.pk).load()
    return set(dataset.label_weight.tolist())


def test_picks_that_were_removed_are_not_trained_on(imported, analyst):
    removed = Pick.objects.filter(workspace=imported).first()
    decide(pick=removed, kind="remove", analyst=analyst, client_id=uuid4())
    run = quick_run(imported)
    advance_run(run.pk, send=False)
    _, labels = RunFolder(run.pk).load()
    assert removed.pk not in labels.pick_id


def test_picks_that_are_decided_do_not_come_back_into_the_queue(imported, analyst):
    finished_run(imported)
    decided = Pick.objects.filter(workspace=imported).first()
    decide(pick=decided, kind="reject", analyst=analyst, client_id=uuid4())
    second = finished_run(imported, seed=1)
    states = dict(Flag.objects.filter(flag_set__run_id=second.pk).values_list("pick_id", "state"))
    assert states.pop(decided.pk) == Flag.State.DECIDED
    assert set(states.values()) == {Flag.State.OPEN}

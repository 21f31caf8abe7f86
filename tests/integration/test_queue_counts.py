"""How many flags lie where in the queue, kept for runs of many: the same as if they were counted anew, whoever does what."""

from __future__ import annotations

import uuid

import pytest

from labeling.models import Flag, FlagSet, Pick, QueueCount
from labeling.services import queue_counts
from labeling.services.batches import accept_together, undo_together
from labeling.services.catalogs import restore_catalog, withdraw_catalog
from labeling.services.flags import make_current
from labeling.services.queue_counts import by_hundredth, counts_above, hundredth_of, keep_queue_counts, open_by_hundredth
from labeling.services.review import undo
from labeling.services.review_draw import draw_review
from labeling.services.review_queue import flags_under_review, open_by_threshold, progress_of
from tests import factories
from tests.integration.deciding import take

THRESHOLDS = (0.0, 0.29, 0.295, 0.5, 0.571, 0.99, 1.0)


@pytest.fixture
def flags(workspace):
    trace = factories.make_trace(factories.make_catalog(workspace))
    many = (1.0, 0.97, 0.9, 0.58, 0.57, 0.5, 0.29, 0.28, 0.004, 0.0)
    return [factories.make_flag(factories.make_pick(trace, offset_s=5.0 + n), p_mislabelled=p) for n, p in enumerate(many)]


@pytest.fixture
def flag_set(flags, monkeypatch):
    monkeypatch.setattr(queue_counts, "FEW", 3)
    keep_queue_counts(flags[0].flag_set)
    return flags[0].flag_set


def counted_anew(flag_set, threshold):
    flags = flag_set.flags.active().filter(queue_place__gte=threshold)
    return {state: (len(found := flags.filter(state=state)), sum(flag.p_mislabelled for flag in found)) for state in Flag.State.values}


def assert_exact(flag_set):
    assert flag_set.queue_counts.exists()
    for threshold in THRESHOLDS:
        expected = counted_anew(flag_set, threshold)
        kept = counts_above(flag_set.pk, threshold)
        assert {state: n for state, (n, _) in kept.items()} == {state: n for state, (n, _) in expected.items()}, threshold
        assert [p for _, p in kept.values()] == pytest.approx([p for _, p in expected.values()]), threshold
    counted = {hundredth: n for hundredth, (n, _) in by_hundredth(flag_set.flags.active().filter(state="open")).items()}
    assert {hundredth: n for hundredth, n in open_by_hundredth(flag_set.pk).items() if n} == counted


def test_what_is_kept_is_what_is_there(flag_set):
    assert_exact(flag_set)


def test_of_few_flags_nothing_is_kept(flags):
    keep_queue_counts(flags[0].flag_set)
    assert counts_above(flags[0].flag_set_id, 0.5) is None


@pytest.mark.parametrize("kind", ["accept", "reject", "remove", "skip"])
def test_a_decision_is_counted_and_taken_back(kind, flag_set, flags, analyst):
    decision = take(flags[2], analyst, kind)
    assert_exact(flag_set)
    undo(decision=decision, analyst=analyst, client_id=uuid.uuid4())
    assert_exact(flag_set)


def test_a_batch_is_counted_and_taken_back(flag_set, flags, analyst, workspace):
    batch = accept_together(workspace=workspace, flags=[flag.pk for flag in flags[:5]], analyst=analyst, client_id=uuid.uuid4())
    assert batch.n_decided == 5
    assert_exact(flag_set)
    undo_together(batch=batch, analyst=analyst, client_id=uuid.uuid4())
    assert_exact(flag_set)


def test_places_that_are_drawn_are_counted(flag_set, workspace):
    flag_set.workspace.blind_share = 0.9
    FlagSet.objects.update(is_current=False)
    make_current(flag_set=flag_set)
    assert flag_set.flags.exclude(drawn_place=None).exists()
    assert_exact(flag_set)


def test_a_run_taken_up_again_counts_what_was_decided_since(flag_set, flags, analyst, workspace):
    draw_review(flag_set=flag_set, seed=1)
    factories.make_flag_set(workspace)
    take(flags[3], analyst, "reject")
    make_current(flag_set=flag_set)
    assert_exact(flag_set)


def test_many_changes_leave_few_rows(flag_set, flags, analyst, monkeypatch):
    monkeypatch.setattr(queue_counts, "MOST_PARTS", 12)
    for _ in range(10):
        decision = take(flags[2], analyst, "reject")
        undo(decision=decision, analyst=analyst, client_id=uuid.uuid4())
    assert QueueCount.objects.filter(flag_set=flag_set).count() <= 14
    assert_exact(flag_set)


def test_progress_and_threshold_counts_are_the_same_kept_or_not(flags, analyst, workspace, monkeypatch):
    take(flags[0], analyst, "reject")
    take(flags[3], analyst, "skip")
    counted = [progress_of(workspace=workspace, analyst=analyst, threshold=threshold) for threshold in THRESHOLDS]
    by_threshold = open_by_threshold(workspace=workspace)
    monkeypatch.setattr(queue_counts, "FEW", 3)
    keep_queue_counts(flags[0].flag_set)
    for threshold, expected in zip(THRESHOLDS, counted, strict=True):
        kept = progress_of(workspace=workspace, analyst=analyst, threshold=threshold)
        assert vars(kept) | {"errors_left": 0} == vars(expected) | {"errors_left": 0}
        assert kept.errors_left == pytest.approx(expected.errors_left)
    assert open_by_threshold(workspace=workspace) == by_threshold


@pytest.mark.parametrize("takes", ["the picks", "their waveforms"])
def test_what_is_withdrawn_and_brought_back_is_counted_no_more_and_again(takes, flag_set, flags, workspace, workspace_admin, analyst):
    other = factories.make_catalog(workspace, "another")
    if takes == "the picks":
        factories.make_flag(factories.make_pick(factories.make_trace(other)), flag_set=flag_set, p_mislabelled=0.95)
    else:
        Pick.objects.filter(pk=flags[0].pick_id).update(trace=factories.make_trace(other))
    keep_queue_counts(flag_set)
    n_before = progress_of(workspace=workspace, analyst=analyst, threshold=0.5).n_flagged
    withdraw_catalog(catalog=other, by=workspace_admin)
    assert flag_set.queue_counts.exists()
    assert progress_of(workspace=workspace, analyst=analyst, threshold=0.5).n_flagged == n_before - 1
    take(flags[2], analyst, "reject")
    assert_exact(flag_set)
    restore_catalog(catalog=other, by=workspace_admin)
    assert progress_of(workspace=workspace, analyst=analyst, threshold=0.5).n_flagged == n_before
    assert_exact(flag_set)


def test_between_two_hundredths_what_was_withdrawn_is_not_counted(flag_set, workspace, workspace_admin):
    other = factories.make_catalog(workspace, "another")
    factories.make_flag(factories.make_pick(factories.make_trace(other)), flag_set=flag_set, p_mislabelled=0.575)
    keep_queue_counts(flag_set)
    assert_exact(flag_set)
    withdraw_catalog(catalog=other, by=workspace_admin)
    assert_exact(flag_set)
    restore_catalog(catalog=other, by=workspace_admin)
    assert_exact(flag_set)


def test_a_run_after_the_withdrawal_is_walked_without_a_look_at_its_picks(flags, workspace, workspace_admin):
    withdraw_catalog(catalog=factories.make_catalog(workspace, "another"), by=workspace_admin)
    assert workspace.flag_sets.with_withdrawals().get().was_withdrawn_from
    assert "is_withdrawn" in str(flags_under_review(workspace).query)
    FlagSet.objects.update(snapshot=factories.make_snapshot(workspace))
    assert "is_withdrawn" not in str(flags_under_review(workspace).query)


def test_a_hundredth_begins_at_the_threshold_that_is_written_so():
    assert [hundredth_of(float(f"{hundredth / 100:.2f}")) for hundredth in range(101)] == list(range(101))

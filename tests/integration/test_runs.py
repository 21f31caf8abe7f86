"""Runs: started, prepared, trained out of fold, flagged, cancelled. What people decided about them is in test_retraining."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

from labeling.models import Flag, FlagSet, Pick, Work
from labeling.services.catalogs import withdraw_catalog
from labeling.services.refusals import Conflict, Refused
from labeling.services.review import decide
from tests import factories
from tests.integration.quick_runs import NoLease, finished_run, quick_run
from tests.integration.small_uploads import import_files, small_files, small_network, without_waveforms
from training.jobs.advance_run import advance_run
from training.jobs.prepare_run import prepare_run
from training.jobs.run_files import RunFolder
from training.jobs.run_to_end import run_to_end
from training.jobs.settle_run import settle_run
from training.jobs.train_fold import train_fold
from training.lancor.checkpoint import sha256_of
from training.models import FoldResult, Run
from training.services.runs import cancel_run

# --- starting -----------------------------------------------------------------------------------------------------------


def test_a_run_freezes_the_present_state_and_is_queued(imported):
    run = quick_run(imported, seed=3)
    assert (run.number, run.state, run.stage, run.seed) == (1, Work.State.QUEUED, Run.Stage.PREPARE, 3)
    assert run.snapshot.n_picks == len(small_network().picks)
    assert (run.configuration["epochs"], run.configuration["objective"]) == (2, "lancor")


def test_an_unknown_setting_is_refused_with_the_known_ones(imported):
    with pytest.raises(Refused, match=r"epoch: no such setting\. Known settings: .*epochs"):
        quick_run(imported, settings={"epoch": 3})
    assert not imported.runs.exists()


def test_a_setting_without_sense_is_refused(imported):
    with pytest.raises(Refused, match=r"n_folds: 1\. Give 2 or more"):
        quick_run(imported, settings={"n_folds": 1})


def test_a_workspace_without_picks_cannot_train(workspace):
    with pytest.raises(Refused, match="Import a catalog first"):
        quick_run(workspace)


def test_one_run_at_a_time_in_a_workspace(imported):
    quick_run(imported)
    with pytest.raises(Conflict, match="a run under way"):
        quick_run(imported)


def test_another_workspace_may_train_meanwhile(imported):
    other = factories.make_workspace("Elsewhere")
    import_files(other, small_files())
    quick_run(imported)
    assert quick_run(other).number == 1


def test_a_run_on_a_snapshot_of_another_workspace_is_refused(imported):
    other = factories.make_workspace("Elsewhere")
    with pytest.raises(Refused, match="belongs to another workspace"):
        quick_run(imported, snapshot=factories.make_snapshot(other))


def test_a_run_without_any_waveform_fails_with_what_to_do(workspace):
    import_files(workspace, without_waveforms(small_files()))
    run = run_to_end(quick_run(workspace).pk, lambda text: None)
    assert run.state == Work.State.FAILED
    assert "Import waveforms" in run.message


# --- preparing ----------------------------------------------------------------------------------------------------------


def test_every_label_sits_on_its_onset_whatever_the_trace_was_sampled_at(workspace):
    """A pulse at the pick, at several sampling rates, comes out at the label's sample of the segment."""
    catalog = factories.make_catalog(workspace)
    for number, rate_hz in enumerate([40.0, 50.0, 62.5, 100.0, 125.0, 200.0, 250.0]):
        time_s = np.arange(round(60 * rate_hz)) / rate_hz
        pulse = 1000 * np.exp(-0.5 * ((time_s - 21.7) / 0.1) ** 2)
        trace = factories.make_trace(
            catalog, samples=np.stack([pulse] * 3).astype(np.float32), sampling_rate_hz=rate_hz, station_code=f"ST{number}"
        )
        factories.make_pick(trace, offset_s=21.7)
    run = quick_run(workspace, settings={"highpass_hz": 0.0})  # a filter that runs forwards only moves a slow pulse's peak
    prepare_run(run, NoLease())
    dataset, _ = RunFolder(run.pk).load()
    assert dataset.n_labels == 7
    for index in range(7):
        segment = np.asarray(dataset.segments[dataset.label_segment[index], 0], dtype=np.float64)
        weights = np.clip(segment - segment.max() / 2, 0, None)
        peak = (weights * np.arange(segment.size)).sum() / weights.sum()
        assert peak == pytest.approx(dataset.label_sample[index], abs=0.05)


def test_a_run_knows_what_of_its_segments_is_padding(workspace):
    catalog = factories.make_catalog(workspace)
    for seconds in (12, 60):
        samples = factories.onset_samples(n_samples=100 * seconds)
        factories.make_pick(factories.make_trace(catalog, samples=samples, station_code=f"ST{seconds}"), offset_s=8.0)
    run = quick_run(workspace)
    prepare_run(run, NoLease())
    real = RunFolder(run.pk).load()[0].real_samples
    assert sorted((real[:, 1] + 1 - real[:, 0]).tolist()) == [1200, 3072]


def test_a_pick_that_its_own_catalog_rejects_is_no_label_until_somebody_decides_about_it(workspace):
    analyst = factories.make_analyst(workspace, "ana")
    catalog = factories.make_catalog(workspace)
    picks = [factories.make_pick(factories.make_trace(catalog, station_code=f"ST{number}"), offset_s=15.0) for number in range(4)]
    Pick.objects.filter(pk=picks[0].pk).update(evaluation_status="rejected")
    run = quick_run(workspace)
    prepare_run(run, NoLease())
    assert set(RunFolder(run.pk).load()[1].pick_id) == {pick.pk for pick in picks[1:]}

    Run.objects.filter(pk=run.pk).update(state=Work.State.CANCELLED)
    decide(pick=picks[0], kind="move", time=picks[0].time + timedelta(seconds=0.2), analyst=analyst, client_id=uuid4())
    run = quick_run(workspace)
    prepare_run(run, NoLease())
    assert set(RunFolder(run.pk).load()[1].pick_id) == {pick.pk for pick in picks}


def test_a_pick_on_a_withdrawn_waveform_is_no_label(workspace, workspace_admin):
    catalog, waveforms = (factories.make_catalog(workspace, name) for name in ("NCSN 2012", "waveforms"))
    picks = [factories.make_pick(factories.make_trace(catalog, station_code=f"ST{number}"), offset_s=15.0) for number in range(3)]
    waiting = factories.make_pick(factories.make_trace(waveforms), offset_s=15.0)
    Pick.objects.filter(pk=waiting.pk).update(catalog=catalog)
    withdraw_catalog(catalog=waveforms, by=workspace_admin)
    run = quick_run(workspace)
    prepare_run(run, NoLease())
    assert set(RunFolder(run.pk).load()[1].pick_id) == {pick.pk for pick in picks}


def test_nothing_of_one_earthquake_is_in_two_folds(imported):
    run = quick_run(imported, settings={"n_folds": 3})
    advance_run(run.pk, send=False)
    _, labels = RunFolder(run.pk).load()
    events = dict(Pick.objects.filter(workspace=imported).values_list("pk", "event_id"))
    folds_of: dict[int, set[int]] = {}
    for pick_id, fold in zip(labels.pick_id, labels.fold, strict=True):
        folds_of.setdefault(events[int(pick_id)], set()).add(int(fold))
    assert {len(folds) for folds in folds_of.values()} == {1}
    assert set(labels.fold.tolist()) == {0, 1, 2}


# --- a whole run --------------------------------------------------------------------------------------------------------


def test_a_run_judges_every_pick_that_has_a_waveform(imported):
    run = finished_run(imported)
    scored = Pick.objects.filter(workspace=imported, state=Pick.State.SCORED)
    flags = Flag.objects.filter(flag_set__run_id=run.pk)
    assert scored.count() == flags.count() == len(small_network().picks)
    for flag in flags.select_related("pick"):
        assert 0 <= flag.p_mislabelled <= 1
        assert flag.label_time == flag.pick.time
        assert flag.sentence
        if flag.proposed_lower is not None:  # a label that should change its name is moved without an interval
            assert flag.proposed_lower <= flag.proposed_time <= flag.proposed_upper
    flag_set = FlagSet.objects.get(run_id=run.pk)
    assert flag_set.is_current
    assert len(flag_set.provenance["checkpoints_sha256"]) == 2


def test_each_fold_trains_on_the_others_and_keeps_its_curves_and_checkpoint(imported):
    run = finished_run(imported)
    folds = list(run.folds.all())
    assert [fold.state for fold in folds] == [Work.State.DONE] * 2
    assert sum(fold.n_scored_labels for fold in folds) == run.n_labels
    for fold in folds:
        assert fold.n_train_labels + fold.n_scored_labels == run.n_labels
        assert [metric.epoch for metric in fold.epochs.all()] == [1, 2]
        (checkpoint,) = fold.checkpoints.all()
        assert checkpoint.sha256 == sha256_of(RunFolder(run.pk).path.parent / checkpoint.path)


def test_the_same_seed_gives_the_same_flags(imported):
    first = finished_run(imported, seed=5)
    FlagSet.objects.update(is_current=False)  # the run under review says how far the next one believes each label
    second = finished_run(imported, seed=5)
    flags = [dict(Flag.objects.filter(flag_set__run_id=run.pk).values_list("pick_id", "p_mislabelled")) for run in (first, second)]
    assert flags[0] == pytest.approx(flags[1], abs=1e-4)


def test_a_fold_done_twice_is_done_once(imported):
    run = finished_run(imported)
    before = [(fold.finished_at, fold.attempt) for fold in run.folds.all()]
    for fold in run.folds.all():
        train_fold(fold.pk)
    assert [(fold.finished_at, fold.attempt) for fold in run.folds.all()] == before


def test_a_plain_run_says_that_it_was_not_shown_the_alignment(imported):
    run = finished_run(imported, settings={"objective": "plain"})
    flag = Flag.objects.filter(flag_set__run_id=run.pk).first()
    assert flag.evidence.get("feature_kl") is None


# --- cancelling and failing ---------------------------------------------------------------------------------------------


def test_a_cancelled_run_and_its_folds_end(imported):
    run = quick_run(imported)
    advance_run(run.pk, send=False)
    run.refresh_from_db()
    assert run.state == Work.State.WAITING
    cancel_run(run=run)
    assert run.state == Work.State.CANCELLED
    assert set(run.folds.values_list("state", flat=True)) == {Work.State.CANCELLED}
    assert quick_run(imported).number == 2


def test_a_run_cancelled_while_it_prepares_gets_no_folds(imported):
    run = quick_run(imported)
    Run.objects.filter(pk=run.pk).update(cancel_requested=True)
    advance_run(run.pk, send=False)
    run.refresh_from_db()
    assert (run.state, run.folds.count()) == (Work.State.CANCELLED, 0)


def test_a_fold_that_failed_fails_its_run_with_the_reason(imported):
    run = quick_run(imported)
    advance_run(run.pk, send=False)
    FoldResult.objects.filter(run=run, fold=0).update(state=Work.State.FAILED, message="The disk is full.")
    settle_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.message) == (Work.State.FAILED, "A fold failed: The disk is full.")
    assert run.folds.get(fold=1).cancel_requested


def test_a_run_whose_fold_was_given_up_ends_without_a_scheduler(imported):
    run = quick_run(imported)
    advance_run(run.pk, send=False)
    run.folds.update(state=Work.State.FAILED, message="The worker died 5 times over this.")
    ended = run_to_end(run.pk, lambda text: None)
    assert (ended.state, ended.message) == (Work.State.FAILED, "A fold failed: The worker died 5 times over this.")


def test_a_run_whose_last_fold_ended_with_its_process_goes_on(imported):
    run = quick_run(imported)
    advance_run(run.pk, send=False)
    for fold in run.folds.all():
        train_fold(fold.pk)
    Run.objects.filter(pk=run.pk).update(state=Work.State.WAITING, stage=Run.Stage.TRAIN)
    assert run_to_end(run.pk, lambda text: None).state == Work.State.DONE


def test_a_fold_that_is_cancelled_cancels_the_others(imported):
    run = quick_run(imported)
    advance_run(run.pk, send=False)
    FoldResult.objects.filter(run=run, fold=0).update(state=Work.State.CANCELLED)
    settle_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.folds.get(fold=1).state) == (Work.State.CANCELLED, Work.State.CANCELLED)


@pytest.mark.parametrize("name", ["fold-0-network-0.training.pt", "fold-0-network-0.pt"])
def test_a_damaged_checkpoint_is_discarded_and_the_network_trained_from_the_start(imported, caplog, name: str):
    run = quick_run(imported)
    advance_run(run.pk, send=False)
    (RunFolder(run.pk).path / name).write_bytes(b"half a checkpoint")
    fold = run.folds.get(fold=0)
    train_fold(fold.pk)
    assert (run.folds.get(fold=0).state, fold.epochs.count()) == (Work.State.DONE, 2)
    assert f"{name}: cannot be read" in caplog.text and "trained from the start" in caplog.text


def test_a_fold_with_too_little_to_train_on_says_so(workspace):
    catalog = factories.make_catalog(workspace)
    for number in range(2):
        factories.make_pick(factories.make_trace(catalog, station_code=f"ST{number}"))
    run = run_to_end(quick_run(workspace).pk, lambda text: None)
    assert (run.state, run.error_reference) == (Work.State.FAILED, "")
    assert "1 of the 2 labelled segments that it takes. Import picks of more events." in run.message


def test_an_error_inside_the_training_is_no_fault_of_the_user(imported):
    run = quick_run(imported)
    advance_run(run.pk, send=False)
    folder = RunFolder(run.pk)
    np.save(folder.segments, np.load(folder.segments)[:, :, :100])
    with pytest.raises(ValueError):
        train_fold(run.folds.get(fold=0).pk)
    assert run.folds.get(fold=0).error_reference


def test_a_training_that_diverges_leaves_gaps_in_its_curves(imported):
    run = quick_run(imported, settings={"learning_rate": 1e30})
    advance_run(run.pk, send=False)
    fold = run.folds.get(fold=0)
    train_fold(fold.pk)
    assert fold.epochs.count() == 2
    assert None in fold.epochs.last().losses.values()


def test_an_unexpected_error_in_a_fold_fails_the_run_too(imported):
    run = quick_run(imported)
    advance_run(run.pk, send=False)
    RunFolder(run.pk).labels.unlink()
    with pytest.raises(FileNotFoundError):
        train_fold(run.folds.get(fold=0).pk)
    run.refresh_from_db()
    assert run.state == Work.State.FAILED
    assert "reference" in run.message
